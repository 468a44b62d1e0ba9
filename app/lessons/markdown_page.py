"""A lesson as Markdown for people and programs that take it away: directives become text, citations footnotes."""

import re
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import urlencode

from app.content.bank import Bank
from app.content.chip import CHIP, Chip, read_chip
from app.content.deeper import section_address
from app.content.entry import parse_yaml
from app.content.error import ContentError
from app.content.example import example_text, excerpt
from app.content.language import Lang
from app.content.lesson import Lesson
from app.content.outline import HEADING
from app.content.part import Part
from app.content.words import Words
from app.lessons.follow import without_keys
from app.lessons.page import LANGUAGES_OF, inputs_of
from app.lessons.seen import seen_versions
from app.lessons.version import named
from app.widgetkit.registry import Rooms

_CITED = re.compile(r"\s?\[@([a-z0-9-]+)\]")
_BLANK = re.compile(r"\n\s*\n+")
_CHIP = re.compile(rf"[ \t]*{CHIP.pattern}")
_IN_BRACKETS: Mapping[Lang, str] = {"en": " ({})", "zh": "（{}）"}


def as_markdown(lesson: Lesson, lang: Lang, base: str, words: Words, rooms: Rooms, bank: Bank) -> str:
    """The whole lesson; `base` is where the site is reached, or "" for addresses on the same host."""
    front = lesson.front(lang)
    page = base + section_address(lang, lesson.slug, lesson.section)
    place = f"[{page}]({page}) · {named(front.kubernetes)}"
    head = f"# {front.title}\n\n> {front.question}\n\n{front.summary}\n\n{place}\n"
    told = _Told(lesson, lang, base, words, rooms, bank)
    parts = [told.part(part) for part in lesson.texts[lang].parts]
    seen = {id_: words.text(lang, "lesson.seen", version=version) for id_, version in seen_versions(lesson).items()}
    notes = [
        f"[^{id_}]: [{lesson.sources[id_].title}]({lesson.sources[id_].url}), {lesson.sources[id_].version}"
        + (f" · {seen[id_]}" if id_ in seen else "")
        for id_ in front.sources
        if id_ in lesson.sources
    ]
    body = "\n\n".join(part.strip() for part in (head, *parts, "\n".join(notes)) if part.strip())
    return f"{body}\n"


def to_plain_markdown(text: str, chip: Callable[[Chip], str]) -> str:
    """Markdown that any reader of it takes: citations as footnotes, no ids of headings, chips as `chip` says them."""
    text = HEADING.sub(r"\g<level> \g<title>", text)
    text = _CHIP.sub(lambda match: chip(read_chip(match, match.string)), text)
    return _CITED.sub(r"[^\1]", text)


class _Told:
    """The parts of one lesson in one language."""

    def __init__(self, lesson: Lesson, lang: Lang, base: str, words: Words, rooms: Rooms, bank: Bank) -> None:
        self._lesson, self._lang, self._base = lesson, lang, base
        self._words, self._rooms, self._bank = words, rooms, bank

    def part(self, part: Part) -> str:
        match part.name:
            case "text":
                return self._plain(part.body)
            case "short":
                return f"## {self._said('lesson.short')}\n\n{self._plain(part.body)}"
            case "figure":
                return f"*{self._figure(part.argument)}*\n\n{self._plain(part.body)}"
            case "claims":
                return "\n".join(self._claims())
            case "changes":
                return "\n".join(self._changes())
            case "widget" | "follow":
                return self._model(part)
            case "question":
                return self._question(part.argument)
            case "file":
                return self._file(part)
            case "deeper":
                return _quoted(f"**{part.argument}**\n\n{self._plain(part.body)}")
            case _:
                return _quoted(self._plain(part.body))

    def _said(self, key: str, **values: object) -> str:
        return self._words.text(self._lang, key, **values)

    def _plain(self, text: str) -> str:
        brackets = _IN_BRACKETS[self._lang]
        return to_plain_markdown(text, lambda chip: brackets.format(self._label(chip)))

    def _label(self, chip: Chip) -> str:
        return self._said(f"lesson.chip-{chip.kind}", version=chip.named)

    def _file(self, part: Part) -> str:
        """A file of the example, or lines of it; the page has been made of it before, so that it is there."""
        text = example_text(self._lesson.folder, part.argument)
        given = inputs_of(self._lesson.texts[self._lang].path, part)
        lines = given["lines"].text() if "lines" in given else ""
        which = f" {self._said('lesson.lines', lines=lines)}" if lines else ""
        language = LANGUAGES_OF.get(part.argument.rpartition(".")[2], "text")
        return f"`{part.argument}`{which}\n\n````{language}\n{excerpt(text, lines) if lines else text}````"

    def _changes(self) -> Iterator[str]:
        """What is said on each chip of the lesson, the newest first."""
        yield f"| {self._said('lesson.change-when')} | {self._said('lesson.change-what')} |"
        yield "|---|---|"
        paragraphs = [each for part in self._lesson.texts[self._lang].parts for each in _BLANK.split(part.body)]
        chips = [read_chip(match, each) for each in paragraphs for match in CHIP.finditer(each)]
        for chip in sorted(chips, key=lambda chip: chip.order):
            yield f"| {self._label(chip)} | {_cell(chip.text)} |"

    def _figure(self, name: str) -> str:
        key = f"{name}.desc"
        return self._lesson.words.text(self._lang, key) if key in self._lesson.words else name

    def _claims(self) -> Iterator[str]:
        yield f"| {self._said('lesson.then')} | | {self._said('lesson.today')} |"
        yield "|---|---|---|"
        for claim in self._lesson.claims:
            verdict = self._said(f"verdict.{claim.verdict}")
            yield f"| {_cell(claim.claim.in_(self._lang))} | {verdict} | {_cell(claim.today.in_(self._lang))} |"

    def _model(self, part: Part) -> str:
        if part.argument not in self._rooms:
            return ""
        inputs, _, body = part.body.partition("\n---\n") if part.name == "follow" else (part.body, "", "")
        address = f"{self._base}/{self._lang}/widgets/{part.argument}{_query(self._lesson, inputs)}"
        link = f"→ [{self._rooms[part.argument].title(self._lang)}]({address})"
        return f"{link}\n\n{self._plain(without_keys(body))}".strip()

    def _question(self, id_: str) -> str:
        question = self._bank.questions.get(id_)
        if question is None:
            return ""
        address = f"{self._base}/{self._lang}/quiz/{question.subject}?{urlencode([('question', id_)])}"
        return f"**?** [{question.stem.in_(self._lang)}]({address})"


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.strip().splitlines())


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _query(lesson: Lesson, inputs: str) -> str:
    """The inputs of a model as its address has them, where they are short."""
    try:
        given = parse_yaml(lesson.folder, inputs).plain() if inputs.strip() else {}
    except ContentError:
        return ""
    short: Mapping[str, object] = given if isinstance(given, dict) else {}
    texts = [(name, _text(value)) for name, value in short.items()]
    query = urlencode(texts)
    return f"?{query}" if query and len(query) < 300 and not any(text.startswith("@") for _, text in texts) else ""


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
