"""A subject's folder as a checked lesson: `content/NN-subject/` with its two texts, sources, claims and figures."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from app.content.error import ContentError
from app.content.language import LANGUAGES, Lang
from app.content.part import Part, split_parts
from app.content.words import Words, load_words

ModelType = TypeVar("ModelType", bound=BaseModel)

_FOLDER = re.compile(r"^(?P<number>\d{2})-(?P<slug>[a-z0-9]+(?:-[a-z0-9]+)*)$")
_STRICT = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


class FrontMatter(BaseModel):
    model_config = _STRICT
    title: str = Field(min_length=2, max_length=80)
    question: str = Field(min_length=4)
    summary: str = Field(min_length=15, max_length=320)
    minutes: int = Field(ge=1, le=120)
    kubernetes: str
    sources: list[str] = Field(min_length=1)


class Source(BaseModel):
    model_config = _STRICT
    title: str
    version: str
    url: str = Field(pattern=r"^https://")


class Both(BaseModel):
    """A text in both languages."""

    model_config = _STRICT
    en: str = Field(min_length=1)
    zh: str = Field(min_length=1)

    def say(self, lang: Lang) -> str:
        return self.en if lang == "en" else self.zh


class Claim(BaseModel):
    model_config = _STRICT
    id: str
    claim: Both
    verdict: Literal["holds", "outdated", "incomplete", "wrong"]
    since: Both | None = None
    today: Both
    source: str

    @field_validator("since", mode="before")
    @classmethod
    def _one_text_for_both(cls, since: Any) -> Any:
        """A version is called the same in both languages."""
        return {"en": since, "zh": since} if isinstance(since, str) else since


@dataclass(frozen=True)
class Text:
    """One language of a lesson."""

    path: Path
    front: FrontMatter
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Lesson:
    number: int
    slug: str
    folder: Path
    texts: Mapping[Lang, Text]
    sources: Mapping[str, Source]
    claims: tuple[Claim, ...]
    words: Words

    def front(self, lang: Lang) -> FrontMatter:
        return self.texts[lang].front

    def title(self, lang: Lang) -> str:
        return self.front(lang).title


def load_lessons(content: Path) -> tuple[Lesson, ...]:
    """Every subject in the order of its number; the first mistake stops the start with file, line and advice."""
    folders = sorted(path for path in content.iterdir() if path.is_dir())
    if not folders:
        raise ContentError(content, 1, "there are no lessons", "add a folder like 01-pod-creation")
    return tuple(_load(folder) for folder in folders)


def _load(folder: Path) -> Lesson:
    match = _FOLDER.match(folder.name)
    if not match:
        raise ContentError(folder, 1, "a folder of content is called NN-subject", "rename it, for instance 10-storage")
    sources = {key: _model(Source, folder / "sources.yaml", key, value) for key, value in _sources(folder).items()}
    claims = tuple(
        _model(Claim, folder / "claims.yaml", str(entry.get("id", "?")), entry)
        for entry in read_yaml(folder / "claims.yaml", list)
    )
    for claim in claims:
        if claim.source not in sources:
            path = folder / "claims.yaml"
            raise ContentError(path, line_of(path, claim.id), f"no source {claim.source}", "add it to sources.yaml")
    words_path = folder / "words.yaml"
    words = load_words(words_path) if words_path.exists() else Words({})
    texts = {lang: _text(folder / f"lesson.{lang}.md") for lang in LANGUAGES}
    return Lesson(int(match["number"]), match["slug"], folder, texts, sources, claims, words)


def _sources(folder: Path) -> Mapping[str, Any]:
    sources: Mapping[str, Any] = read_yaml(folder / "sources.yaml", dict)
    return sources


def _text(path: Path) -> Text:
    if not path.exists():
        raise ContentError(path, 1, "this language of the lesson is missing", "write it; both languages, always")
    raw = path.read_text(encoding="utf-8")
    match = re.match(r"---\n(.*?\n)---\n", raw, re.S)
    if not match:
        raise ContentError(path, 1, "no front matter", "begin with --- lines around title, summary and the rest")
    front = _model(FrontMatter, path, "title", _yaml(path, match[1]))
    return Text(path, front, tuple(split_parts(path, raw[match.end() :], raw[: match.end()].count("\n") + 1)))


def read_yaml(path: Path, kind: type) -> Any:
    """The content of a YAML file that must be a list or a mapping."""
    if not path.exists():
        raise ContentError(path, 1, "this file is missing", "write it; see the README's recipe for a lesson")
    value = _yaml(path, path.read_text(encoding="utf-8"))
    if not isinstance(value, kind):
        raise ContentError(path, 1, f"this must be a {kind.__name__}", "see another lesson for the form")
    return value


def _yaml(path: Path, text: str) -> Any:
    try:
        return yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise ContentError(path, line, f"not YAML: {getattr(error, 'problem', error)}", "mend the syntax") from error


def _model(model: type[ModelType], path: Path, key: str, value: Any) -> ModelType:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ContentError(path, line_of(path, key), f"{key}: {place}: {first['msg']}", "mend this field") from error


def line_of(path: Path, key: str) -> int:
    """The line (from 1) on which a key or an id stands for the first time."""
    pattern = re.compile(rf"^\s*(?:-\s*)?(?:id:\s*)?[\"']?{re.escape(key)}[\"']?\s*(?::|$)")
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if pattern.match(line):
            return number
    return 1
