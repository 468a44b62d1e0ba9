"""The rules of content, beyond what its readers refuse: what a lesson needs, and that both languages say the same.

What needs rooms (widgets drawn, keys computed) is checked above, by `app.check`.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from itertools import chain, zip_longest
from pathlib import Path

from app.content.alike import differences
from app.content.bank import Subject
from app.content.entry import read_yaml
from app.content.error import ContentError, line_of, text_of
from app.content.figure import PLACEHOLDER, line_at
from app.content.lesson import Lesson, Told
from app.content.outline import HEADING
from app.content.part import TITLED, Part
from app.content.prompts import Prompt
from app.content.taken import NOTHING, Taken
from app.content.words import place_of

FIGURES = 2  # that a lesson shows at least
QUESTIONS = 2
NEEDED = ("short", "claims", "widget")
CODE_WIDTH = 80  # characters of a line of code that a page can show

ONCE = ("figure", "question", "widget", "claims", "changes", "mystery", "solved", "short", "follow")

_CODE = re.compile(r"^```\w*\n(.*?)^```", re.S | re.M)
_CLASS = re.compile(r'class="([^"{}]*)"')
_TEXT = re.compile(r">([^<>]+)<")
_TO_HEADING = re.compile(r"\]\(#([^)\s]+)\)")
_TAG = r"(?:(?:[a-z][\w.-]*/)?(?:v|go)?\d+(?:\.\d+)+(?:-[\w.]+)?|V(?:_\d+)+(?:_P\d+)?)"
_COMMIT = re.compile(r"[0-9a-f]{40}(?=/)")
_DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
_FILE = re.compile(r"https://(?:github\.com/[^/]+/[^/]+/(?:blob|tree|raw)|raw\.githubusercontent\.com/[^/]+/[^/]+)/")
_DATED = re.compile(rf"/(?:pull|issues)/\d+$|/commit/[0-9a-f]{{40}}$|/releases/tag/{_TAG}$")


def check_lesson(lesson: Lesson, styles: str, taken: Taken = NOTHING) -> Iterator[ContentError]:
    """What a lesson by itself has to keep; `styles` are the site's style sheets, `taken` the ids of its pages."""
    for told in lesson.texts.values():
        yield from lacking(told)
        yield from _by_itself(told, taken)
    if not is_nameless(lesson):
        yield from other_shape(lesson.texts["en"], lesson.texts["zh"])
    for piece in lesson.pieces:
        yield from check_piece(piece, taken)
    yield from check_figures(lesson, styles)
    yield from loose_sources(lesson)


def check_piece(piece: Lesson, taken: Taken = NOTHING) -> Iterator[ContentError]:
    """What a page that goes deeper has to keep by itself."""
    for told in piece.texts.values():
        yield from _by_itself(told, taken)
    if not is_nameless(piece):
        yield from other_shape(piece.texts["en"], piece.texts["zh"])


def _by_itself(told: Told, taken: Taken) -> Iterator[ContentError]:
    """What each language of a page has to keep, of a lesson or of what goes deeper."""
    yield from doubled(told)
    yield from wide_code(told)
    yield from doubled_ids(told)
    yield from taken_ids(told, taken)
    yield from lost_links(told)


def _mistake(told: Told, line: int, message: str, advice: str) -> ContentError:
    return ContentError(told.path, line, message, advice)


def _directives(told: Told) -> list[Part]:
    return [part for part in told.parts if part.name != "text"]


def lacking(told: Told) -> Iterator[ContentError]:
    """Every lesson has a short answer, claims, a model, two figures and two questions."""
    names = [part.name for part in told.parts]
    body = told.written.body
    first = told.written.line + line_at(body, len(body) - len(body.lstrip())) - 1
    for name in NEEDED:
        if name not in names:
            yield _mistake(told, first, f"the lesson has no ::: {name}", "every lesson has one")
    for name, least in (("figure", FIGURES), ("question", QUESTIONS)):
        count = names.count(name) + (names.count("follow") if name == "figure" else 0)
        if count < least:
            message = f"the lesson has {count} × ::: {name}"
            yield _mistake(told, first, message, f"show at least {least}")


def doubled(told: Told) -> Iterator[ContentError]:
    """What may stand in a page once."""
    seen: dict[tuple[str, ...], int] = {}
    for part in _directives(told):
        # A comic has no ids: the same room may be followed twice, with other inputs.
        inputs = (part.body.partition("\n---\n")[0].strip(),) if part.name == "follow" else ()
        key = part.name, part.argument, *inputs
        if part.name in ONCE and key in seen:
            message = f"::: {f'{part.name} {part.argument}'.strip()} stands in line {seen[key]} already"
            yield _mistake(told, part.line, message, "show it once: its ids would stand in the page twice")
        seen.setdefault(key, part.line)


def wide_code(told: Told) -> Iterator[ContentError]:
    for block in _CODE.finditer(told.written.body):
        for number, line in enumerate(block[1].splitlines(), line_at(told.written.body, block.start(1))):
            if len(line) > CODE_WIDTH:
                message = f"a line of code has {len(line)} characters"
                yield _mistake(told, told.written.line + number - 1, message, f"break it at {CODE_WIDTH}")


def _headings(told: Told) -> list[tuple[str, int]]:
    """The ids of headings with their lines in the file."""
    body = _CODE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), told.written.body)
    return [(match["id"], told.written.line + line_at(body, match.start()) - 1) for match in HEADING.finditer(body)]


def is_nameless(lesson: Lesson) -> bool:
    """Whether a heading has no id, so that the sections of the lesson are not known."""
    bodies = (_CODE.sub("", told.written.body) for told in lesson.texts.values())
    return any(len(re.findall(r"^##+ ", body, re.M)) != len(HEADING.findall(body)) for body in bodies)


def doubled_ids(told: Told) -> Iterator[ContentError]:
    seen: dict[str, int] = {}
    for id_, line in _headings(told):
        if id_ in seen:
            message = f"heading id {id_} stands in line {seen[id_]} already"
            yield _mistake(told, line, message, "give one of them another id, in both languages")
        seen.setdefault(id_, line)


def taken_ids(told: Told, taken: Taken) -> Iterator[ContentError]:
    """A heading with the id of a part of the page would get what belongs there."""
    for id_, line in _headings(told):
        if id_ in taken:
            message = f"heading id {id_} is one of the page's own"
            yield _mistake(told, line, message, "give it another id, in both languages")


def lost_links(told: Told) -> Iterator[ContentError]:
    known = {id_ for id_, _ in _headings(told)}
    for match in _TO_HEADING.finditer(told.written.body):
        if match[1] not in known:
            line = told.written.line + line_at(told.written.body, match.start()) - 1
            yield _mistake(told, line, f"#{match[1]} is no heading of this lesson", "mend the link or the heading's id")


def other_shape(english: Told, chinese: Told) -> Iterator[ContentError]:
    """Both languages have the same headings and directives in the same order: the first that differs is told."""
    yield from _first_difference(english, chinese, "a heading", *map(_headings, (english, chinese)))
    yield from _first_difference(
        english,
        chinese,
        "a directive",
        *(
            [
                (f"::: {part.name} {'' if part.name in TITLED else part.argument}".strip(), part.line)
                for part in _directives(told)
            ]
            for told in (english, chinese)
        ),
    )
    for here, there in zip(_directives(chinese), _directives(english), strict=False):
        if (here.name, here.argument) == (there.name, there.argument) and _given(here) != _given(there):
            what = "tells other steps" if _inputs(here) == _inputs(there) else "has other inputs"
            message = f"::: {here.name} {here.argument} {what} than in en"
            yield _mistake(chinese, here.line, message, "give both languages the same")
    for name in ("minutes", "kubernetes", "sources"):
        if getattr(english.front, name) != getattr(chinese.front, name):
            message = f"{name} is not what {english.path.name} says"
            yield _mistake(chinese, line_of(chinese.path, f"{name}:"), message, "write the same in both")


def _inputs(part: Part) -> list[str]:
    """What a directive gives to a room or says of a file."""
    if part.name == "follow":
        return re.split(r"^---[ \t]*$", part.body, maxsplit=1, flags=re.M)[0].split()
    return part.body.split() if part.name in ("widget", "file") else []


def _given(part: Part) -> list[str]:
    steps = _STEP.findall(part.body) if part.name == "follow" else []
    return [*_inputs(part), "---", *steps]


_STEP = re.compile(r"^\[[a-z0-9.#-]+\]", re.M)


def _first_difference(
    english: Told, chinese: Told, what: str, told: list[tuple[str, int]], other: list[tuple[str, int]]
) -> Iterator[ContentError]:
    for here, there in zip_longest(told, other, fillvalue=("nothing", 0)):
        if here[0] != there[0]:
            place = f" (its line {here[1]})" if here[1] else ""
            message = f"{what} differs: {there[0]} here, {here[0]} in {english.path.name}{place}"
            last = text_of(chinese.path).count("\n")
            yield _mistake(chinese, there[1] or last, message, "both languages have the same, in the same order")
            return


def check_figures(lesson: Lesson, styles: str) -> Iterator[ContentError]:
    """Every picture is shown, uses known classes, and says its words in both languages; no word is left over."""
    pages = (lesson, *lesson.pieces)
    shown = {
        part.argument for page in pages for told in page.texts.values() for part in told.parts if part.name == "figure"
    }
    wanted: set[str] = set()
    for path in sorted(lesson.folder.glob("*.svg")):
        if path.stem not in shown:
            yield ContentError(path, 1, "no lesson shows this figure", f"write ::: figure {path.stem}, or delete it")
        svg = text_of(path)
        wanted |= {
            f"{path.stem}.{key}" for key in ("title", "desc", *(match[1] for match in PLACEHOLDER.finditer(svg)))
        }
        yield from unknown_classes(path, svg, styles)
        yield from literal_text(path, svg)
    for key in lesson.words:
        if key not in wanted:
            path = lesson.folder / "words.yaml"
            yield ContentError(
                path, place_of(path, key), f"no figure says {key}", "write {{…}} in its figure, or delete it"
            )


def unknown_classes(path: Path, svg: str, styles: str) -> Iterator[ContentError]:
    """Classes of a picture that no style sheet of the site knows."""
    for match in _CLASS.finditer(svg):
        for name in match[1].split():
            if not re.search(rf"\.{re.escape(name)}(?![\w-])", styles):
                message = f"no style sheet knows the class {name}"
                yield ContentError(path, line_at(svg, match.start()), message, "use one of static/css/figure.css")


def literal_text(path: Path, svg: str) -> Iterator[ContentError]:
    """A picture says nothing by itself: between its tags stand placeholders only."""
    for match in _TEXT.finditer(svg):
        if left := PLACEHOLDER.sub("", match[1]).strip():
            message = f"“{left}” stands in the figure in one language"
            advice = f"write {{{{a-key}}}} here and {path.stem}.a-key in words.yaml"
            yield ContentError(path, line_at(svg, match.start(1)), message, advice)


# Sources


def is_pinned(url: str, version: str) -> bool:
    """A file at a release, or at a commit that the version names or dates; a numbered change or issue; or a page
    whose version or date is written beside it."""
    if found := _FILE.match(url):
        at = url[found.end() :]
        if commit := _COMMIT.match(at):
            return bool(_DATE.search(version)) or commit[0][:7] in version
        return bool(re.match(rf"{_TAG}/", at))
    if url.startswith("https://github.com/"):
        return bool(_DATED.search(url))
    return bool(re.search(r"\d", version))


def names_release(url: str, version: str) -> bool:
    """Whether the tag in the address is the version that the reader is told, where both name one."""
    tag = re.search(rf"/blob/({_TAG})/", url)
    return not tag or not re.search(r"\bv\d+\.\d+\.\d+", version) or tag[1].rpartition("/")[2] in version


def is_in_release(url: str) -> bool:
    """Whether the tag holds the file: etcd's release branches leave CHANGELOG/ out, tags cut from main have it."""
    return not re.match(r"https://github\.com/etcd-io/etcd/blob/v\d+\.\d+\.\d+/CHANGELOG/", url)


def is_of_told_release(url: str, told: str) -> bool:
    """Whether a project's documentation, which has an address for each release, is that of the release told."""
    page = re.match(r"https://(\w+)\.\w+/docs/v(\d+\.\d+)/", url)
    release = page and re.search(rf"\b{page[1]} (\d+\.\d+)", told, re.IGNORECASE)
    return not page or not release or release[1] == page[2]


def loose_sources(lesson: Lesson) -> Iterator[ContentError]:
    path = lesson.folder / "sources.yaml"
    releases = {told.front.kubernetes for told in lesson.texts.values()}
    lines = {id_: entry.line for id_, entry in read_yaml(path).mapping(lambda _: None).items()}
    for source in lesson.sources.values():
        if not source.url:
            continue  # told by its reader
        if not is_pinned(source.url, source.version):
            message = f"source {source.id} may change: {source.url}"
            yield ContentError(path, lines[source.id], message, "name a release, a commit, or the version of the page")
        elif not is_in_release(source.url):
            message = f"source {source.id} is not in that release: {source.url}"
            yield ContentError(path, lines[source.id], message, "name a tag that was cut from main, as v3.7.0-beta.0")
        elif not names_release(source.url, source.version):
            message = f"source {source.id} says {source.version}, its address another release"
            yield ContentError(path, lines[source.id], message, "write the same release in both")
        elif not all(is_of_told_release(source.url, told) for told in releases):
            message = f"source {source.id} is of another release than the lesson tells: {source.url}"
            yield ContentError(path, lines[source.id], message, f"cite the page of {' / '.join(sorted(releases))}")


def idle_sources(
    lesson: Lesson, subject: Subject | None, prompts: Iterable[Prompt], elsewhere: Collection[str] = ()
) -> Iterator[ContentError]:
    """Sources that nothing of the subject names; `elsewhere` are those that the list of terms names."""
    named = {*elsewhere}
    pages = (lesson, *lesson.pieces)
    named |= {source for page in pages for told in page.texts.values() for source in told.front.sources}
    named |= {claim.source for claim in lesson.claims} | {prompt.source.id for prompt in prompts}
    asked = (*subject.questions, *subject.suspects) if subject else ()
    named |= {question.source.id for question in asked}
    path = lesson.folder / "sources.yaml"
    for id_, entry in read_yaml(path).mapping(lambda _: None).items():
        if id_ not in named:
            yield ContentError(path, entry.line, f"nothing names the source {id_}", "cite it, or delete it")


def check_prompts(folder: Path, prompts: list[Prompt]) -> Iterator[ContentError]:
    """Every subject can be asked in an interview, and a model answer says the same in both languages."""
    path = folder / "interview.yaml"
    if not prompts:
        yield ContentError(path, 1, "the interview cannot ask about this subject", "write at least one question")
    for prompt in prompts:
        for told in chain(differences(prompt.answer)):
            yield ContentError(path, prompt.line, f"answer of {prompt.id}: {told}", "say the same in both languages")
