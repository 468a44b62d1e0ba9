"""The files of cases and answers: JSON, one case a line, so that a change shows the cases that it touches."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

RECORDINGS = Path(__file__).parents[2] / "recordings"
Case = Mapping[str, Any]


def write(path: Path, about: Mapping[str, Any], cases: Iterable[Case]) -> None:
    """`about` says which program, version and seed; each case carries its `name`."""
    head = ",\n".join(f"{json.dumps(key)}: {compact(value)}" for key, value in about.items())
    body = ",\n".join(compact(case) for case in cases)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'{{\n{head},\n"cases": [\n{body}\n]\n}}\n', encoding="utf-8")


def compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def drawn(part: str) -> Path:
    """The cases themselves, the same for every version of a program."""
    return RECORDINGS / "cases" / f"{part}.json"


def answered(program: str, part: str) -> Path:
    """What a program, for instance `kubernetes-1.37.2`, answered."""
    return RECORDINGS / program / f"{part}.json"


def read(path: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return told
