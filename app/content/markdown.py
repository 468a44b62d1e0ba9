"""Markdown to HTML: headings with explicit ids, citations `[@source]`, chips `[since 1.35]`, code by Pygments
classes, tables that scroll."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markupsafe import Markup, escape

from app.content.chip import CHIP, Chip, read_chip
from app.content.outline import HEADING_ID
from app.record import dataclass

_CITATION = re.compile(r"\[@([a-z0-9-]+)\]")
_PLAIN = re.compile(
    r'<span class="c-(?:w|p|o|nv|se|si|no|nn|nl)">([^<]*)</span>'
)  # kinds that look like the rest of the code
_ADJOINING = re.compile(r'(<span class="c-\w+">)[^<]*</span>(?:\s*\1[^<]*</span>)+')


class MarkdownProblem(Exception):
    """What is wrong at a line of a Markdown text, counted from 0 at its beginning."""

    def __init__(self, line: int, message: str, advice: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message
        self.advice = advice


@dataclass(frozen=True)
class Heading:
    level: int
    id: str
    text: str


@dataclass(frozen=True)
class Rendered:
    html: Markup
    headings: tuple[Heading, ...]
    cited: tuple[str, ...]
    chips: tuple[Chip, ...] = ()
    terms: tuple[str, ...] = ()


_LOOSE = re.compile(r'\s+(?=<sup class="source">)')  # a mark stands on the line of the word before it


def _name_of(chip: Chip) -> str:
    return f"{chip.kind} {chip.named}"


def render_markdown(
    text: str,
    sources: Mapping[str, tuple[int, str]],
    scroll_label: str,
    chip_label: Callable[[Chip], str] = _name_of,
    terms: Mapping[str, str] | None = None,
    differs: str = "",
) -> Rendered:
    """`sources` gives number and title of each source that may be cited; `scroll_label` names wide tables.

    `chip_label` says what stands on a chip and `differs` what is added for a reader whose version it is not so in;
    `terms` says what bold words mean that are in the list of terms.
    """
    markdown = _parser()
    environment: dict[str, Any] = {
        "sources": sources,
        "cited": [],
        "scroll": scroll_label,
        "chips": [],
        "chip": chip_label,
        "differs": differs,
        "terms": terms or {},
        "met": [],
    }
    tokens = markdown.parse(text, environment)
    headings = tuple(_headings(tokens))
    html = _LOOSE.sub("", markdown.renderer.render(tokens, markdown.options, environment))
    return Rendered(
        Markup(html),
        headings,
        tuple(dict.fromkeys(environment["cited"])),
        tuple(environment["chips"]),
        tuple(environment["met"]),
    )


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False, "typographer": False}).enable("table")
    markdown.inline.ruler.before("link", "citation", _citation)
    markdown.inline.ruler.before("citation", "chip", _chip)
    markdown.add_render_rule("citation", _render_citation)
    markdown.add_render_rule("chip", _render_chip)
    markdown.add_render_rule("strong_open", _render_strong)
    markdown.add_render_rule("strong_close", _render_strong)
    markdown.add_render_rule("heading_open", _render_heading_open)
    markdown.add_render_rule("heading_close", _render_heading_close)
    markdown.add_render_rule("fence", _render_fence)
    markdown.add_render_rule("table_open", _render_table_open)
    markdown.add_render_rule("table_close", lambda *_: "</table></div>\n")
    markdown.add_render_rule("th_open", _render_cell)
    markdown.add_render_rule("td_open", _render_cell)
    markdown.add_render_rule("th_close", _render_th_close)
    return markdown


def _headings(tokens: Sequence[Token]) -> list[Heading]:
    """Moves `{#id}` from the text of each heading to its attribute."""
    found = []
    for token, inline in pairwise(tokens):
        if token.type != "heading_open":
            continue
        line = token.map[0] if token.map else 0
        match = HEADING_ID.search(inline.content)
        if not match:
            raise MarkdownProblem(line, f"heading without an id: {inline.content}", "end it with {#a-short-id}")
        token.attrSet("id", match[1])
        last = (inline.children or [])[-1]
        last.content = HEADING_ID.sub("", last.content)
        text = "".join(child.content for child in inline.children or [])
        found.append(Heading(int(token.tag[1]), match[1], text))
    return found


def _render_heading_open(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    """A heading is a link to itself: its address is there to be copied."""
    token = tokens[index]
    return f'<{token.tag} id="{token.attrs["id"]}"><a href="#{token.attrs["id"]}">'


def _render_heading_close(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    return f"</a></{tokens[index].tag}>\n"


def _citation(state: StateInline, silent: bool) -> bool:
    match = _CITATION.match(state.src, state.pos)
    if not match:
        return False
    if not silent:
        token = state.push("citation", "", 0)
        token.content = match[1]
    state.pos = match.end()
    return True


def _render_citation(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    source = tokens[index].content
    env["cited"].append(source)
    number, title = env["sources"].get(source, (0, ""))
    return f'<sup class="source"><a href="#source-{source}" title="{escape(title)}">{number}</a></sup>'


def _chip(state: StateInline, silent: bool) -> bool:
    match = CHIP.match(state.src, state.pos)
    if not match:
        return False
    if not silent:
        token = state.push("chip", "", 0)
        token.meta = {"chip": read_chip(match, state.src)}
    state.pos = match.end()
    return True


def _render_chip(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    """A chip says for which of the offered versions the clause is not so; its id is given when the page is whole."""
    chip: Chip = tokens[index].meta["chip"]
    env["chips"].append(chip)
    differs = f' data-differs="{escape(env["differs"])}"' if env["differs"] else ""
    lacking = f' data-not="{" ".join(chip.lacking)}"{differs}' if chip.lacking else ""
    return f'<small class="chip {chip.kind}"{lacking}>{escape(env["chip"](chip))}</small>'


def _render_strong(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    """Bold words of the list of terms are defined where they stand first."""
    opens = tokens[index].nesting > 0
    step = 1 if opens else -1
    end = index + step
    while tokens[end].type not in ("strong_open", "strong_close"):
        end += step
    first, last = sorted((index, end))
    text = "".join(token.content for token in tokens[first + 1 : last])
    if text.lower() not in env["terms"]:
        return "<strong>" if opens else "</strong>"
    if opens:
        env["met"].append(text.lower())
    return f'<dfn title="{escape(env["terms"][text.lower()])}">' if opens else "</dfn>"


def _render_fence(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    token = tokens[index]
    language = token.info.strip().partition(" ")[0]
    code = _highlighted(token.content, language)
    return f'<pre class="code" tabindex="0"><code class="{escape(language)}">{code}</code></pre>\n'


def _highlighted(code: str, language: str) -> str:
    # A megabyte that is of no use where all pages lie ready.
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_by_name(language or "text", stripnl=False)
    except ClassNotFound:
        return str(escape(code))
    return _spared(highlight(code, lexer, HtmlFormatter(nowrap=True, classprefix="c-")))


def _spared(code: str) -> str:
    """The same without what the style sheet has no color for, and neighbors of one kind in one element."""
    return _ADJOINING.sub(_as_one, _PLAIN.sub(r"\1", code))


def _as_one(neighbors: re.Match[str]) -> str:
    return neighbors[1] + neighbors[0].replace(neighbors[1], "").replace("</span>", "") + "</span>"


def _render_table_open(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    return f'<div class="scroll" tabindex="0" role="group" aria-label="{escape(env["scroll"])}"><table class="data">\n'


def _render_cell(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    """Alignment is a class, since the headers forbid style attributes; a corner without text is no header."""
    token = tokens[index]
    aligned = str(token.attrs.get("style", "")).removeprefix("text-align:")
    number = ' class="num"' if aligned == "right" else ""
    return f"<td{number}>" if token.tag == "td" or _is_corner(tokens[index + 1]) else f'<th scope="col"{number}>'


def _render_th_close(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    return "</td>\n" if _is_corner(tokens[index - 1]) else "</th>\n"


def _is_corner(inside: Token) -> bool:
    return inside.type == "inline" and not inside.content.strip()
