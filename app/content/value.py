"""Values that the models compute for a lesson: written once, in the front matter of `lesson.en.md`.

    values:
      adj: {widget: oom-score, inputs: {manifest: "@shop.yaml"}, path: pods.shop.containers.app.oom_score_adj}

`[=adj]` prints it in the lesson, the figures' words, the questions and the interview, `{{=adj}}` in a figure.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from app.content.entry import Entry, parse_yaml
from app.content.error import ContentError, Tell, going_on, stop, text_of
from app.content.example import NoExample, filled
from app.record import dataclass

Compute = Callable[[str, Mapping[str, Any], str], Any]
"""What a widget gives for its inputs at a path of its outcome; NoValue when there is none."""

MAIN = "lesson.en.md"
FORMS = ("plain", "grouped", "MiB", "GiB", "digest")
RATIOS = {"percent": 100, "thousandths": 1000}
NAME = r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*"
GROUPED_FROM = 10_000
DIGEST = re.compile(r"(sha256:[0-9a-f]{4})[0-9a-f]{60}")
_USED = re.compile(rf"\[=({NAME})\]")
_LOOKS_USED = re.compile(r"\[=([^\]\n]*)\]")
_FRONT = re.compile(r"---\n(.*?\n)---\n", re.S)


class NoValue(Exception):
    """Why a widget gives nothing there."""

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice


@dataclass(frozen=True)
class Values:
    """What is printed for each name. Where nothing was computed (`is_blank`), texts stay as they were written."""

    printed: Mapping[str, str] = field(default_factory=dict)
    is_blank: bool = False

    def fill(self, text: str) -> str:
        """The text with its values; NoValue for a name that the lesson does not have."""
        return text if self.is_blank or "[=" not in text else _LOOKS_USED.sub(lambda match: self[match[1]], text)

    def __getitem__(self, name: str) -> str:
        if name not in self.printed:
            known = ", ".join(self.printed) or "none yet"
            raise NoValue(f"no value is called {name}", f"add it to `values:` of lesson.en.md; there is {known}")
        return self.printed[name]

    def in_entry(self, entry: Entry, text: str) -> str:
        """The text of an entry with its values, for what reads YAML."""
        try:
            return self.fill(text)
        except NoValue as problem:
            raise entry.error(problem.message, problem.advice) from problem

    def fill_lines(self, path: Path, text: str, line: int, tell: Tell) -> str:
        """The text, which begins on a line of a file; each line with an unknown name is told and stays as it is."""
        if self.is_blank or "[=" not in text:
            return text
        return "\n".join(self._filled(path, each, number, tell) for number, each in enumerate(text.split("\n"), line))

    def _filled(self, path: Path, text: str, line: int, tell: Tell) -> str:
        try:
            return self.fill(text)
        except NoValue as problem:
            tell(ContentError(path, line, problem.message, problem.advice))
            return text


UNCOMPUTED = Values(is_blank=True)


ValuesOf = Callable[[Path], Values]
"""The values of a subject's folder."""


def uncomputed(_: Path) -> Values:
    """For what reads content without the models: `[=name]` stays as it is written."""
    return UNCOMPUTED


def used_in(text: str) -> set[str]:
    """The names of values that a text prints."""
    return set(_USED.findall(text)) | set(re.findall(rf"\{{\{{=({NAME})\}}\}}", text))


def read_values(folder: Path, compute: Compute, tell: Tell = stop) -> Values:
    """The values of a subject; one that cannot be computed is told, and printed as a number that hurts nothing."""
    found = declared(folder)
    if found is None:
        return UNCOMPUTED
    printed: dict[str, str] = {}
    for name, entry in found.items():
        printed[name] = "1"
        with going_on(tell):
            printed[name] = _computed(folder, name, entry, compute)
    return Values(printed)


def declared(folder: Path) -> Mapping[str, Entry] | None:
    """The entries below `values:` by name; None when the front matter cannot be read, which its reader tells."""
    path = folder / MAIN
    try:
        match = _FRONT.match(text_of(path)) if path.exists() else None
        if not match:
            return None
        front = parse_yaml(path, "\n" + match[1]).mapping(lambda _: None)
        return front["values"].mapping() if "values" in front else {}
    except ContentError:
        return None


def _computed(folder: Path, name: str, entry: Entry, compute: Compute) -> str:
    if not re.fullmatch(NAME, name):
        raise entry.error("is no name of a value", "use a-z, 0-9 and single hyphens")
    if "given" in entry.mapping():
        # Not ours to compute: what a source prints, for instance in the report of an incident.
        given = entry.fields(["given", "why"])
        given["why"].line_of_text(10, 200)
        return given["given"].text()
    told = entry.fields(["widget", "path"], ["inputs", "as", "of"])
    form = _form(entry, told)
    inputs = told["inputs"].plain() if "inputs" in told else {}
    if not isinstance(inputs, dict):
        raise told["inputs"].error("must be a mapping", "write the widget's inputs, `name: value`")
    try:
        whole = filled(folder, inputs)
    except NoExample as problem:
        # Where the inputs stand, which several values may share.
        raise problem.at(entry.path, int(told["inputs"].node.start_mark.line) + 1) from problem
    try:
        value = compute(told["widget"].text(), whole, told["path"].text())
        if "of" in told:
            return printed(ratio(value, compute(told["widget"].text(), whole, told["of"].text()), RATIOS[form]))
        return printed(value, form)
    except NoValue as problem:
        raise entry.error(problem.message, problem.advice) from problem


def _form(entry: Entry, told: Mapping[str, Entry]) -> str:
    """How a value is printed; one that is a part `of` another has to say in which parts."""
    if "of" in told and "as" not in told:
        raise entry.error("`of` needs `as`", f"write as: {' or '.join(RATIOS)}")
    return told["as"].one_of(RATIOS if "of" in told else FORMS) if "as" in told else ""


def printed(value: Any, form: str = "") -> str:
    """A value of an outcome as it stands in a text; whole numbers from 10,000 are grouped by default."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise NoValue("this is no text and no number", "let `path` lead to one")
    if form in ("MiB", "GiB"):
        return _in_unit(value, 1 << (20 if form == "MiB" else 30), form)
    if isinstance(value, int) and form != "plain":
        return (f"{value:,}" if form == "grouped" or abs(value) >= GROUPED_FROM else str(value)).replace("-", "−")
    text = str(value)
    if form == "digest":
        return _first_signs(text)
    if not text or "\n" in text:
        raise NoValue("this has no line, or several", "let `path` lead to a text of one line")
    return text


def _first_signs(digest: str) -> str:
    """A digest as people read it out: its first four signs, `sha256:f84c…`."""
    if not (match := DIGEST.fullmatch(digest)):
        raise NoValue(f"{digest[:40]} is no digest", "take `as: digest` away, or mend the path")
    return match[1] + "…"


def ratio(value: Any, of: Any, parts: int) -> int:
    """How many hundredths or thousandths of another value, rounded down."""
    if isinstance(value, str) or isinstance(of, str) or not of:
        raise NoValue(f"{value} of {of} is no ratio", "let `path` and `of` lead to numbers, `of` not to 0")
    whole: int = math.floor(value * parts / of)
    return whole


def _in_unit(value: Any, unit: int, name: str) -> str:
    try:
        number = float(value) / unit
    except ValueError:
        raise NoValue(f"{value} is no number of bytes", f"take `as: {name}` away, or mend the path") from None
    return f"{number:.1f}".removesuffix(".0").replace("-", "−") + f" {name}"
