"""A static copy of the site that opens from a folder or from any web server: relative links, no server behind it.

Lessons, glossary, claims, versions, book and cheat sheets are the pages of the site; of every model there is a page for
each example, on which a sequence stands as all of its steps, a picture each; a quiz shows its answers when they are
unfolded, and search asks a small index of its own. What needs the site itself (operating a model, keeping answers) has
no link and no control, and each page says where it can be had.
"""

import json
import re
from collections.abc import Iterator, Mapping
from html import unescape
from pathlib import Path
from posixpath import dirname, relpath
from urllib.parse import parse_qsl, urlencode

from markupsafe import Markup, escape

from app.content.bank import Bank, Question
from app.content.language import LANGUAGES, Lang
from app.lessons.search.entry import Entry
from app.quiz.deck import reasons, right_texts
from app.quiz.question import Keys
from app.record import dataclass
from app.web.assets import Assets
from app.web.page import Prepared
from app.web.templates import Templates
from app.widgetkit.registry import Room, Rooms
from app.widgetkit.routes import widget_page
from app.widgetkit.state import state_of

MARKER = "podscope-export.txt"
LEFT_OUT = ("/sw.js",)
TEXT_LIMIT = 400  # characters of a text that the client's index keeps
SCRIPT = "export.js"
_HTML = "text/html"
_LINK = re.compile(r'\s(href|src|action)="([^"]*)"')
_HTMX = re.compile(r'\s(?:hx-[a-z:-]+|data-mine)="[^"]*"')
_LISTED = re.compile(r"^(w-[\w-]+)-t-(\d+)$")  # a step in the list of all, which are pictures in the copy
_SCRIPT = re.compile(r'<script src="/static/js/(?:page|later)[^"]*"[^>]*></script>')
_HEAD_LINKS = re.compile(r'\s*<link rel="(?:alternate|canonical|search|manifest)"[^>]*>|\s*<meta property="og:[^>]*>')
_FORM = re.compile(r"<(/?)form\b[^>]*>")
_BUTTON = re.compile(r"<button\b(?![^>]*popovertarget)[^>]*>.*?</button>", re.S)
_FINDER = re.compile(r'<button type="button" class="find-it".*?</button>', re.S)
_POPOVER = re.compile(r'<div id="finder".*?<div id="found"></div>\s*</div>', re.S)
_QUESTION = re.compile(r'<section class="question(?: answered)?" id="([^"]+)".*?</section>', re.S)
_FOLDED = re.compile(r'<details class="(transcript[^"]*)"')
_INPUTS = re.compile(r'<details class="inputs".*?</form>\s*</details>|<form class="inline".*?</form>', re.S)
_BACK = re.compile(r'<p class="back-to">.*?</p>', re.S)
_KEPT = (".md", ".cff", ".epub", ".png", ".ico", ".webmanifest", ".html")
_MAIN = re.compile(r"(<main\b[^>]*>)")


class NotEmpty(Exception):
    """The folder holds something that is no earlier copy."""


@dataclass(frozen=True)
class Source:
    """What is copied: pages by address, and what pages are made of that only the copy has."""

    pages: Mapping[str, Prepared]
    templates: Templates
    assets: Assets
    rooms: Rooms
    bank: Bank
    keys: Keys
    entries: Mapping[Lang, tuple[Entry, ...]]
    script: Path


def export(source: Source, folder: Path) -> int:
    """Writes the copy and returns how many files it has; a folder with something else in it is NotEmpty."""
    if folder.exists() and any(folder.iterdir()) and not (folder / MARKER).exists():
        raise NotEmpty(folder)
    texts = {**dict(_pages(source)), **dict(_models(source)), **dict(_quizzes(source)), **dict(_searches(source))}
    places = {address: _file_of(address) for address in (*texts, *_files(source))}
    written = 0
    for address, text in texts.items():
        path = folder / places[address]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_made_static(text, address, places, source), encoding="utf-8")
        written += 1
    for address, data in _files(source).items():
        path = folder / places[address]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        written += 1
    (folder / "index.html").write_text(_start(source), encoding="utf-8")
    (folder / MARKER).write_text("A static copy made by `podscope export`.\n", encoding="utf-8")
    return written + 2


# What there is


def _pages(source: Source) -> Iterator[tuple[str, str]]:
    """The public pages; those of models are `_models`."""
    models = {f"/{lang}/widgets/{slug}" for lang in LANGUAGES for slug in source.rooms}
    for address, page in source.pages.items():
        is_kept = not address.endswith("/offline") and "/quiz/" not in address and address not in models
        if page.media_type.startswith(_HTML) and is_kept:
            yield address, source.assets.whole(bytes(page.identity).decode())


def _files(source: Source) -> dict[str, bytes]:
    """Everything that is no page; the site's own script is not among it."""
    found = {
        address: bytes(page.identity)
        for address, page in source.pages.items()
        if not page.media_type.startswith(_HTML)
        and address not in LEFT_OUT
        and not address.startswith(("/static/js/page", "/static/js/later"))
    }
    found[f"/static/{SCRIPT}"] = source.script.read_bytes()
    for lang in LANGUAGES:
        found[f"/static/search.{lang}.js"] = _index(source.entries[lang], source.rooms).encode()
    return found


def _models(source: Source) -> Iterator[tuple[str, str]]:
    """The page of each model, and one for each of its examples."""
    for lang in LANGUAGES:
        for room in source.rooms.values():
            page = f"/{lang}/widgets/{room.slug}"
            yield page, _model(source, room, lang, {})
            for example in room.widget.examples:
                yield f"{page}/{example.name}", _model(source, room, lang, {"example": example.name})


def _model(source: Source, room: Room, lang: Lang, asked: dict[str, str]) -> str:
    """A sequence is all of its steps, one below the other: a player has nobody here to ask for the next."""
    as_list = {"view": "storyboard"} if room.widget.kind == "sequence" else {}
    page, _ = widget_page(source.templates, source.rooms, state_of(room, lang, asked | as_list))
    return _BACK.sub("", page)


def _quizzes(source: Source) -> Iterator[tuple[str, str]]:
    for lang in LANGUAGES:
        for subject in source.bank.subjects:
            page = source.templates.render(
                "export/quiz.html",
                lang,
                subject=subject,
                title=subject.title.in_(lang),
                questions=[_asked(source, question, lang) for question in subject.questions],
                path=f"/quiz/{subject.slug}",
                query="",
            )
            yield f"/{lang}/quiz/{subject.slug}", page


def _asked(source: Source, question: Question, lang: Lang) -> Markup:
    """A question whose answer is there when it is unfolded."""
    return Markup(
        source.templates.render(
            "export/_question.html",
            lang,
            question=question,
            options=sorted(question.options, key=lambda option: option.token),
            right=right_texts(question, source.keys, lang),
            reasons=reasons(question, lang),
        )
    )


def _searches(source: Source) -> Iterator[tuple[str, str]]:
    for lang in LANGUAGES:
        yield f"/{lang}/search", source.templates.render("export/search.html", lang, path="/search", query="")


def _index(entries: tuple[Entry, ...], rooms: Rooms) -> str:
    """What the client searches: kind, address, title, where it stands, the beginning of its text, hidden words."""
    rows = [
        [
            entry.kind,
            _place_of(_as_example(entry.url, rooms)),
            entry.title,
            entry.where,
            entry.text[:TEXT_LIMIT],
            entry.terms,
        ]
        for entry in entries
    ]
    return f"window.PODSCOPE_INDEX = {json.dumps(rows, ensure_ascii=False, separators=(',', ':'))};\n"


def _place_of(url: str) -> str:
    """The file, and the place in it, for an address of the site."""
    page, mark, place = _in_copy(url).partition("#")
    return f"{_file_of(page)}{mark}{place}"


def _in_copy(url: str) -> str:
    """Where something of the site stands in the copy: a question on its quiz, an example on its page, a step on its
    picture there."""
    page, _, query = url.partition("?")
    asked = dict(parse_qsl(query))
    if "question" in asked:
        return f"{page}#{asked['question']}"
    if "example" in asked:
        board = f"#w-{page.rpartition('/')[2]}-board-{asked['step']}" if "step" in asked else ""
        return f"{page}/{asked['example']}{board}"
    return page + ("#" + url.partition("#")[2] if "#" in url and "?" not in url and "#" not in page else "")


# How it becomes static


def _file_of(address: str) -> str:
    """The file for an address, below the folder: `/en/` is `en/index.html`."""
    path = address.lstrip("/")
    if not path or path.endswith("/"):
        return f"{path}index.html"
    return path if path.startswith("static/") or path.endswith(_KEPT) else f"{path}.html"


def _made_static(text: str, address: str, places: Mapping[str, str], source: Source) -> str:
    lang: Lang = "zh" if address.startswith("/zh/") else "en"
    text = _SCRIPT.sub("", _HEAD_LINKS.sub("", text))
    text = _POPOVER.sub("", text)
    text = _FINDER.sub(f'<a href="/{lang}/search">{escape(source.templates.said(lang, "find.search"))}</a>', text)
    if "/quiz/" not in address:
        text = _QUESTION.sub(lambda match: str(_question(source, match[1], lang)), text)
    text = _INPUTS.sub("", text)
    if not address.endswith("/search"):
        text = _FORM.sub(_as_division, _BUTTON.sub("", text))
    text = _FOLDED.sub(r'<details open class="\1"', _HTMX.sub("", text))
    note = source.templates.render("export/_note.html", lang)
    text = _MAIN.sub(lambda match: match[1] + note, text, count=1)
    here = dirname(places[address])
    return _LINK.sub(lambda match: _link(match, here, places, source.rooms), text)


def _as_division(form: re.Match[str]) -> str:
    """A form that nobody can send, as what it looks like; links to it lead to the same place."""
    found = re.search(r'\sid="[^"]*"', form[0])
    return f"<{form[1]}div{found[0] if found else ''}>"


def _question(source: Source, root: str, lang: Lang) -> Markup:
    question = source.bank.questions.get(root.removeprefix("q-"))
    return _asked(source, question, lang) if question else Markup("")


def _link(match: re.Match[str], here: str, places: Mapping[str, str], rooms: Rooms) -> str:
    """A link to what the copy has, relative to the page; one to what it has not loses its address."""
    name, url = match[1], unescape(match[2])
    if not url.startswith("/"):
        return match[0] if not url.startswith("?") else ""
    if url.startswith("/language/"):
        url = dict(parse_qsl(url.partition("?")[2])).get("to", "/")
    page, _, place = _in_copy(_as_example(url, rooms)).partition("#")
    place = _LISTED.sub(r"\1-board-\2", place or url.partition("#")[2])
    if page not in places:
        return ""
    target = relpath(places[page], here or ".")
    return f' {name}="{escape(target)}{"#" + str(escape(place)) if place else ""}"'


def _as_example(url: str, rooms: Rooms) -> str:
    """The address of an example by its name, and of a step of it, where a link gives its inputs; others keep their
    address."""
    page, _, query = url.partition("?")
    slug = page.rpartition("/")[2]
    if "/widgets/" not in page or slug not in rooms or not query:
        return url
    room, lang = rooms[slug], page[1:3]
    asked = dict(parse_qsl(query.partition("#")[0], keep_blank_values=True))
    if "example" in asked:
        return url
    step = [("step", asked.pop("step"))] if "step" in asked and room.widget.kind == "sequence" else []
    if asked.get("view") == "storyboard":
        del asked["view"]
    wanted = state_of(room, "en" if lang == "en" else "zh", asked).typed
    for example in room.widget.examples:
        if room.typed_by_name[example.name] == dict(wanted) and not asked.keys() - wanted.keys():
            return f"{page}?{urlencode([('example', example.name), *step])}"
    return f"{url}&not-in-copy"


def _start(source: Source) -> str:
    """The page that leads to both languages."""
    return source.templates.render("export/start.html", "en", style=source.assets.url("css/site.css").lstrip("/"))
