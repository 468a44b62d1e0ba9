"""What nobody's tool printed, pasted into every room: wrong types, characters that are no text, text that takes long.

Whatever stands in a field, the model answers or refuses, soon, and a refusal names the field and has a sentence.
"""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.content.language import LANGUAGES
from app.kube.refusal import Refusal
from app.widgetkit.contract import LINE_LIMIT
from app.widgetkit.form import as_text, fields_of, read_inputs
from app.widgetkit.registry import Room
from tests.bend import bent, paths_of
from tests.soon import soon
from tests.written import known_rooms

ROOMS = known_rooms()
OBJECTS: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("attack.yaml").read_text(encoding="utf-8"))
GIVEN: dict[tuple[str, str], tuple[str, ...]] = {
    ("oom-score", "manifest"): ("pod", "deployment", "priority pod", "node pod"),
    ("scheduler-pick", "pod"): ("pod", "deployment"),
    ("scheduler-pick", "nodes"): ("node",),
    ("scheduler-pick", "pods"): ("pod", "priority pod"),
    ("rolling-update", "manifest"): ("deployment", "daemonset", "statefulset", "deployment autoscaler"),
    ("probe-clock", "manifest"): ("pod", "deployment"),
    ("service-rules", "service"): ("service", "service slice"),
    ("service-rules", "endpoints"): ("slice", "endpoints", "slice endpoints"),
    ("alert-routing", "config"): ("alertmanager",),
    ("alert-routing", "labels"): ("alerts",),
    ("alert-inhibition", "rules"): ("alertmanager",),
    ("alert-inhibition", "alerts"): ("alerts",),
    ("alert-inhibition", "target"): ("alerts",),
    ("image-index", "image"): ("index", "manifest", "inspected", "image"),
}
"""What each field takes; several names are objects of one list."""
CASES = [(slug, field, names) for (slug, field), given in GIVEN.items() for names in given]
WRONG: tuple[Any, ...] = (None, True, -1, 1.5, 10**400, "", "x", [None], [[]], {"a": []}, {"a": None}, "\u202e\ufeff")
AREAS = [
    (slug, field.name)
    for slug, room in ROOMS.items()
    for field in fields_of(room.widget.form, {})
    if field.control == "area" and slug != "pod-story"  # which has attacks of its own
]
LINES = [
    (slug, field.name)
    for slug, room in ROOMS.items()
    for field in fields_of(room.widget.form, {})
    if field.control == "line"
]


def answered(room: Room, name: str, text: str) -> Refusal | None:
    """The refusal with which one field is answered, if it is one; any other exception is a fault of ours."""
    base = {other: value for other, value in as_text(room.first).items() if value}
    refused = None
    try:
        room.json(room.run(read_inputs(room.widget.form, {**base, name: text})), "en")
    except Refusal as refusal:
        refused = refusal
    if refused:
        assert refused.field, refused.code
        for lang in LANGUAGES:
            assert room.words.text(lang, f"refusal.{refused.code}", **refused.values)
    return refused


def thing_of(names: str) -> Any:
    found = [OBJECTS[name] for name in names.split()]
    return found[0] if len(found) == 1 else {"apiVersion": "v1", "kind": "List", "items": found}


def as_yaml(thing: Any) -> str:
    return str(yaml.dump(thing, Dumper=yaml.CSafeDumper, allow_unicode=True))


def bend_everywhere(case: tuple[str, str, str], write: Callable[[Any], str], turn: int, turns: int) -> int:
    """How many were taken, of every so-many-th path and wrong value."""
    slug, field, names = case
    thing = thing_of(names)
    all_ = [(path, put) for path in paths_of(thing) for put in WRONG]
    return sum(answered(ROOMS[slug], field, write(bent(thing, path, put))) is None for path, put in all_[turn::turns])


each_case = pytest.mark.parametrize("case", CASES, ids=["-".join(case).replace(" ", "+") for case in CASES])


@each_case
def test_some_wrong_types_are_no_fault(case: tuple[str, str, str]) -> None:
    bend_everywhere(case, json.dumps, 5, 53)


@pytest.mark.slow
@pytest.mark.parametrize("write", [json.dumps, as_yaml], ids=["json", "yaml"])
@each_case
def test_a_wrong_type_anywhere_is_no_fault(case: tuple[str, str, str], write: Callable[[Any], str]) -> None:
    """Every place is bent in JSON, each to some of the wrong types by turns; some places in YAML, which is read by the
    same accessors."""
    taken = bend_everywhere(case, write, 0, 5 if write is json.dumps else 23)

    is_other = case[1] in ("labels", "target") or (case[2], write) == ("inspected", as_yaml)  # its list is JSON only
    assert taken or is_other, "the object itself is refused, so that nothing of it is looked at"


# --- what is no text, no number ---------------------------------------------------------------------------------------

ODD = (
    "\x00",
    "\ufeff",
    "\u202e",
    "\u2028",
    "\ud800",
    "\x1b[31m",
    "9" * 400,
    "-" + "9" * 400,
    "1e999",
    "-1e999",
    "1e-999",
    "NaN",
    "-0",
    "１２",
    "²",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "&a [*a]",
    "a: &a [1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c]",
    "<<: *x",
    "a: {<<: [{b: 1}, 2]}",
    "!!python/object:os.system x",
    "{{ .Values.x }}",
    'a=~"(a+)+$"',
    'a=~"(?P<x>a"',
    'a=~"(((((a{99}){99}){99}){99}){99})"',
)


@pytest.mark.parametrize(("slug", "name"), [*AREAS, *LINES], ids=lambda part: part)
def test_what_is_no_text_and_no_number_is_no_fault(slug: str, name: str) -> None:
    """Alone, behind what the field takes, and instead of a number in it."""
    room = ROOMS[slug]
    first = as_text(room.first)[name]
    digit = next((at for at, char in enumerate(first) if char.isdigit()), len(first))
    for odd in ODD:
        for text in (odd, f"{first}\n{odd}", f"{first[:digit]}{odd}{first[digit + 1 :]}"):
            answered(room, name, text)


# --- time -------------------------------------------------------------------------------------------------------------

UNITS = (
    *("a", " ", "\n", "\t", "\r", "9", "e", ".", "/", "@", "#", "\\", '"', "'", "\u3000", "\u202e", "\u2028"),
    *("1 ", "1\n", "0 1\n", "+Inf 1\n", "a=b\n", "a=b,", "a,b\n", "a: b\n", "- a\n", "- - ", "? ", "---\n", "|\n"),
    *("[", "{", "- {", "{a: ", '{"a":', "[{", "],[", "&a [*a]", "*a ", "<<: ", "{{ .a }}\n", "- labels: {a: b}\n"),
    *('a{b="c"} 1\n', 'a{b="c",', "a{", "# TYPE a counter\n", "# HELP a b\n", 'a_bucket{le="1"} 1\n'),
    *('a 1 # {x="y"} 1\n', 'x=~"(a+)+$"\n', 'a=~"(((a*)*)*)*",', "kind: Pod\n---\n", "sha256:", "linux/arm64\n"),
    *("10.0.0.1\n", "10.0.0.1,", "::1\n", "Name: a\n", "default a b 1Gi\n", "web 0/1 Running 0 1m\n", "> "),
)
SIZE, CPU_S = 1 << 16, 0.7
"""For 64 KiB; what goes line against line takes a minute."""


@pytest.mark.slow
@pytest.mark.parametrize(("slug", "name"), [*AREAS, *LINES], ids=lambda part: part)
def test_anything_again_and_again_is_answered_soon(slug: str, name: str) -> None:
    """Alone in every second field, behind what the field has at first in the others."""
    room = ROOMS[slug]
    first, size = as_text(room.first)[name], SIZE if (slug, name) in AREAS else LINE_LIMIT
    for turn, unit in enumerate(UNITS, len(slug)):
        head = f"{first}\n" if size == SIZE and turn % 2 else ""
        text = (head + unit * (size // len(unit)))[:size]
        soon(partial(answered, room, name, text), CPU_S, (unit, bool(head)))
