"""docs/bounds.md says how much each model may be asked: every room stands there, with the numbers of the code."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from app.widgetkit.form import fields_of
from app.widgetkit.registry import Room, Rooms

PAGE = (Path(__file__).parent.parent / "docs" / "bounds.md").read_text(encoding="utf-8")
ROWS = {match[1]: match[2] for match in re.finditer(r"^\| `([a-z-]+)` \| (.*) \|$", PAGE, re.M)}
NAMED = set(re.findall(r"([\d,]+)[a-z ]* \(`([\w.]+):([A-Z_]+)`\)", PAGE))
OF_FORM = [(slug, *each) for slug, row in ROWS.items() for each in re.findall(r"([\d,]+) \(`([a-z_]+)`\)", row)]


def test_every_room_has_a_bound(rooms: Rooms) -> None:
    assert sorted(ROWS) == sorted(rooms)


def test_where_no_number_stands_there_is_nothing_to_grow_with(rooms: Rooms) -> None:
    for slug, row in ROWS.items():
        assert ("nothing" in row) is not bool(re.search(r"\(`", row)), slug
        if "choices alone" in row:
            assert {field.control for field in fields_of(rooms[slug].widget.form, {})} == {"select"}, slug


@pytest.mark.parametrize(("number", "module", "name"), sorted(NAMED))
def test_a_number_is_that_of_the_code(number: str, module: str, name: str) -> None:
    assert getattr(import_module(module), name) == int(number.replace(",", ""))


def test_every_number_is_looked_at() -> None:
    assert {found[-1] for found in NAMED} | {name for _, _, name in OF_FORM} == {
        each.rpartition(":")[2] for each in re.findall(r" \(`([^`]+)`\)", PAGE)
    }


@pytest.mark.parametrize(("slug", "number", "name"), OF_FORM)
def test_a_bound_of_an_input_is_that_of_its_form(rooms: Rooms, slug: str, number: str, name: str) -> None:
    assert most_of(rooms[slug], name) == int(number.replace(",", ""))


def most_of(room: Room, name: str) -> int | None:
    return next((mark.le for mark in room.widget.form.model_fields[name].metadata if hasattr(mark, "le")), None)
