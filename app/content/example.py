"""The one example of a lesson: real files in `content/NN-subject/example/`, which `@web.yaml` names.

A widget's input, a value and a code block of the lesson take their text from there, so that it stands once.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from app.content.error import ContentError, text_of

FOLDER = "example"
_NAMED = re.compile(r"@([A-Za-z0-9][A-Za-z0-9._-]*)")
_UNQUOTED = re.compile(r"^(\s*[\w-]+:\s*)(@[A-Za-z0-9][A-Za-z0-9._-]*)\s*$", re.M)
_LINES = re.compile(r"(\d+)(?:-(\d+))?")


class NoExample(Exception):
    """Why a file of the example, or lines of it, cannot be shown; the caller knows where it was asked for."""

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice

    def at(self, path: Path, line: int) -> ContentError:
        return ContentError(path, line, self.message, self.advice)


def example_text(folder: Path, name: str) -> str:
    """A file of a subject's example; NoExample when it has none of this name."""
    path = folder / FOLDER / name
    if not _NAMED.fullmatch(f"@{name}") or not path.is_file():
        there = ", ".join(sorted(each.name for each in (folder / FOLDER).glob("*"))) or "no file yet"
        raise NoExample(f"the example has no file {name}", f"write {FOLDER}/{name}; there is {there}")
    return text_of(path)


def unreadable_examples(folder: Path) -> Iterator[ContentError]:
    """Each YAML or JSON file of the example that is none: readers paste what they are shown."""
    for path in sorted((folder / FOLDER).glob("*")):
        if not path.is_file():
            yield ContentError(path, 1, "the example is files, without folders", "move its files up, or delete it")
            continue
        try:
            text = text_of(path)
            if path.suffix in (".yaml", ".yml"):
                for _ in yaml.parse(text, Loader=yaml.CSafeLoader):
                    pass
            elif path.suffix == ".json":
                json.loads(text)
        except ContentError as error:
            yield error
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            yield ContentError(path, mark.line + 1 if mark else 1, f"not YAML: {error.problem}", "mend the syntax")
        except (yaml.YAMLError, json.JSONDecodeError, RecursionError) as error:
            line = getattr(error, "lineno", 1)
            kind = "JSON" if path.suffix == ".json" else "YAML"
            yield ContentError(path, line, f"not {kind}: {' '.join(str(error).split())}", "mend the syntax")


def filled(folder: Path, inputs: Any) -> Any:
    """The inputs of a widget with the text of each file that is named in place of its `@name`."""
    if isinstance(inputs, str) and (match := _NAMED.fullmatch(inputs)):
        return example_text(folder, match[1])
    if isinstance(inputs, Mapping):
        return {name: filled(folder, value) for name, value in inputs.items()}
    return inputs


def named_in(text: str) -> set[str]:
    """The files of the example that a text names."""
    return set(re.findall(r"(?<![\w.@])@([A-Za-z0-9][A-Za-z0-9_-]*\.[A-Za-z0-9._-]*[A-Za-z0-9])", text))


def quoted(text: str) -> str:
    """YAML with its `name: @file` lines as YAML wants them."""
    return _UNQUOTED.sub(r'\1"\2"', text)


def excerpt(text: str, lines: str) -> str:
    """Lines `5-12` or `7` of a file, from 1; NoExample for lines that it does not have."""
    match = _LINES.fullmatch(lines)
    every = text.splitlines()
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not 1 <= first <= last <= len(every):
        raise NoExample(f"lines {lines} are not in the file", f"write a line or first-last, from 1 to {len(every)}")
    return "\n".join(every[first - 1 : last]) + "\n"
