"""Which stories were held against the real programs (tests/test_witness.py), and in which version."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

TABLE = Path(__file__).with_name("witnessed.yaml")


@cache
def _table() -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    found: Mapping[str, Mapping[str, Mapping[str, Any]]] = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return found


def witnessed(room: str, inputs: Mapping[str, Any], first: Mapping[str, Any]) -> str:
    """The version that witnesses a story, "" when none does: recorded were the inputs that a room begins with.

    `first` are those; the table names what was recorded otherwise, and the fault where it is not the story's name.
    """
    for name, entry in _table().get(room, {}).items():
        recorded = {**first, "fault": name, **{each: entry[each] for each in entry if each != "version"}}
        if inputs == recorded:
            return str(entry["version"])
    return ""
