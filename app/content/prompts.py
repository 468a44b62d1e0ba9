"""The questions of the mock interview: `content/NN-subject/interview.yaml`, read once and checked at start."""

from collections.abc import Iterable, Mapping
from dataclasses import field
from functools import cached_property
from pathlib import Path

from app.content.entry import Entry, Text, read_yaml
from app.content.error import ContentError, Tell, going_on, stop
from app.content.folder import slug_of, subject_folders
from app.content.outline import read_outline
from app.content.source import Source, load_sources
from app.content.value import UNCOMPUTED, Values, ValuesOf, uncomputed
from app.record import dataclass


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question of the interview; `note` marks those that real interviews are known to ask first, `find` has words of
    both languages by which it is looked for and which it does not say."""

    id: str
    subject: str
    note: bool
    section: str
    prompt: Text
    answer: Text
    rubric: tuple[Text, ...]
    source: Source
    find: str
    path: Path = field(compare=False)
    line: int = field(compare=False)


@dataclass(frozen=True)
class Interviews:
    """All prompts in the order of the lessons."""

    prompts: tuple[Prompt, ...]

    @cached_property
    def by_id(self) -> Mapping[str, Prompt]:
        return {prompt.id: prompt for prompt in self.prompts}


def load_interviews(content: Path, values_of: ValuesOf = uncomputed) -> Interviews:
    """The prompts of every subject that has an interview.yaml."""
    folders = [folder for folder in subject_folders(content) if (folder / "interview.yaml").exists()]
    return interviews_of(prompt for folder in folders for prompt in load_prompts(folder, values=values_of(folder)))


def interviews_of(prompts: Iterable[Prompt], tell: Tell = stop) -> Interviews:
    """The prompts of all subjects together; an id that two of them have is told."""
    seen: dict[str, Prompt] = {}
    for prompt in prompts:
        if prompt.id in seen:
            message = f"interview {prompt.id} is already in {seen[prompt.id].path}"
            tell(ContentError(prompt.path, prompt.line, message, "give it another id"))
        seen.setdefault(prompt.id, prompt)
    return Interviews(tuple(seen.values()))


def load_prompts(folder: Path, tell: Tell = stop, values: Values = UNCOMPUTED) -> list[Prompt]:
    sources = load_sources(folder / "sources.yaml", tell)
    sections = read_outline(folder, tell, values).sections
    prompts = []
    for entry in read_yaml(folder / "interview.yaml", values.in_entry).items():
        with going_on(tell):
            prompts.append(_prompt(entry, slug_of(folder), sources, sections))
    return prompts


def _prompt(entry: Entry, subject: str, sources: Mapping[str, Source], sections: Iterable[str]) -> Prompt:
    found = entry.fields(["id", "section", "prompt", "answer", "rubric", "source"], ["note", "find"])
    if found["section"].text() not in sections:
        message = f"{found['section'].text()} is no heading of the lesson"
        raise found["section"].error(message, f"name one of {', '.join(sections)}")
    if found["source"].text() not in sources:
        raise found["source"].error(f"{found['source'].text()} is not in sources.yaml", "add it there")
    rubric = tuple(point.both() for point in found["rubric"].items())
    if not 3 <= len(rubric) <= 10:
        raise found["rubric"].error(f"has {len(rubric)} points", "write three to ten, each one checkable")
    return Prompt(
        id=found["id"].text(),
        subject=subject,
        note="note" in found and found["note"].one_of(("true", "false")) == "true",
        section=found["section"].text(),
        prompt=found["prompt"].both(),
        answer=found["answer"].both(),
        rubric=rubric,
        source=sources[found["source"].text()],
        find=found["find"].text() if "find" in found else "",
        path=entry.path,
        line=entry.line,
    )
