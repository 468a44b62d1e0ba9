"""A lesson as Markdown for people and programs that take it away: directives become text, citations footnotes."""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlencode

from app.content.bank import Bank
from app.content.entry import parse_yaml
from app.content.error import ContentError
from app.content.language import Lang
from app.content.lesson import Lesson
from app.content.part import Part
from app.content.words import Words
from app.lessons.seen import seen_versions
from app.lessons.version import named
from app.widgetkit.registry import Rooms

_CITED = re.compile(r"\s?\[@([a-z0-9-]+)\]")
_HEADING_ID = re.compile(r"^(#+ .*?)\s*\{#[a-z0-9-]+\}[ \t]*$", re.M)
_CHIP = re.compile(r"\[((?:since|until|alpha|beta) [^\]\n:]*)(?:: [^\]\n]*)?\](?!\()")
_STEP = re.compile(r"^\[[a-z0-9#-]+(?:\.\.[a-z0-9#-]+)?\] ", re.M)
HIDDEN = ("changes",)
"""Directives that only repeat what the text says."""


def as_markdown(lesson: Lesson, lang: Lang, base: str, words: Words, rooms: Rooms, bank: Bank) -> str:
    """The whole lesson; `base` is where the site is reached, or "" for addresses on the same host."""
    front = lesson.front(lang)
    page = f"{base}/{lang}/lessons/{lesson.slug}"
    place = f"[{page}]({page}) · {named(front.kubernetes)}"
    head = f"# {front.title}\n\n> {front.question}\n\n{front.summary}\n\n{place}\n"
    told = _Told(lesson, lang, base, words, rooms, bank)
    parts = [told.part(part) for part in lesson.texts[lang].parts if part.name not in HIDDEN]
    seen = {id_: words.text(lang, "lesson.seen", version=version) for id_, version in seen_versions(lesson).items()}
    notes = [
        f"[^{id_}]: [{lesson.sources[id_].title}]({lesson.sources[id_].url}), {lesson.sources[id_].version}"
        + (f" · {seen[id_]}" if id_ in seen else "")
        for id_ in front.sources
        if id_ in lesson.sources
    ]
    body = "\n\n".join(part.strip() for part in (head, *parts, "\n".join(notes)) if part.strip())
    return f"{body}\n"


def to_plain_markdown(text: str) -> str:
    """Markdown that any reader of it takes: citations as footnotes, no ids of headings, chips in brackets."""
    text = _HEADING_ID.sub(r"\1", text)
    text = _STEP.sub("", text)
    return _CHIP.sub(r"(\1)", _CITED.sub(r"[^\1]", text))


class _Told:
    """The parts of one lesson in one language."""

    def __init__(self, lesson: Lesson, lang: Lang, base: str, words: Words, rooms: Rooms, bank: Bank) -> None:
        self._lesson, self._lang, self._base = lesson, lang, base
        self._words, self._rooms, self._bank = words, rooms, bank

    def part(self, part: Part) -> str:
        match part.name:
            case "text":
                return to_plain_markdown(part.body)
            case "short":
                return f"## {self._words.text(self._lang, 'lesson.short')}\n\n{to_plain_markdown(part.body)}"
            case "figure":
                return f"*{self._figure(part.argument)}*\n\n{to_plain_markdown(part.body)}"
            case "claims":
                return "\n".join(self._claims())
            case "widget" | "follow":
                return self._model(part)
            case "question":
                return self._question(part.argument)
            case "file":
                return f"`{part.argument}`"
            case _:
                return "\n".join(f"> {line}".rstrip() for line in to_plain_markdown(part.body).strip().splitlines())

    def _figure(self, name: str) -> str:
        key = f"{name}.desc"
        return self._lesson.words.text(self._lang, key) if key in self._lesson.words else name

    def _claims(self) -> Iterator[str]:
        said = self._words.text(self._lang, "lesson.then"), self._words.text(self._lang, "lesson.today")
        yield f"| {said[0]} | | {said[1]} |"
        yield "|---|---|---|"
        for claim in self._lesson.claims:
            verdict = self._words.text(self._lang, f"verdict.{claim.verdict}")
            yield f"| {_cell(claim.claim.in_(self._lang))} | {verdict} | {_cell(claim.today.in_(self._lang))} |"

    def _model(self, part: Part) -> str:
        if part.argument not in self._rooms:
            return ""
        inputs, _, body = part.body.partition("\n---\n") if part.name == "follow" else (part.body, "", "")
        address = f"{self._base}/{self._lang}/widgets/{part.argument}{_query(self._lesson, inputs)}"
        link = f"→ [{self._rooms[part.argument].title(self._lang)}]({address})"
        return f"{link}\n\n{to_plain_markdown(body)}".strip()

    def _question(self, id_: str) -> str:
        question = self._bank.questions.get(id_)
        if question is None:
            return ""
        address = f"{self._base}/{self._lang}/quiz/{question.subject}?{urlencode([('question', id_)])}"
        return f"**?** [{question.stem.in_(self._lang)}]({address})"


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
