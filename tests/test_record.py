"""Our dataclasses share their methods, and are otherwise as Python's are."""

import dataclasses
import pickle
import re
from collections.abc import Callable
from dataclasses import FrozenInstanceError, field, replace
from pathlib import Path
from typing import Any

import pytest

from app.record import dataclass
from tests.conftest import ROOT


def made_by(dataclass: Callable[..., Any]) -> Any:
    """The same classes, by one decorator or the other."""

    @dataclass(frozen=True)
    class Place:
        path: str
        line: int = field(default=1, compare=False)
        secret: str = field(default="", repr=False)

    @dataclass(frozen=True)
    class Alone:
        inner: Any = ()

    @dataclass
    class Changing:
        count: int = 0

    @dataclass(frozen=True, slots=True)
    class Narrow:
        x: int
        y: int

    @dataclass(frozen=True, order=True)
    class Version:
        major: int
        minor: int

    @dataclass(frozen=True, kw_only=True)
    class Own:
        name: str

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Own)

        def __hash__(self) -> int:
            return 7

        def __repr__(self) -> str:
            return "own"

    class Below(Place):
        note = ""

    return Place, Alone, Changing, Narrow, Version, Own, Below


@pytest.mark.parametrize("by", [dataclass, dataclasses.dataclass], ids=["ours", "python's"])
def test_they_are_as_pythons_are(by: Any) -> None:
    place, alone, changing, narrow, version, own, below = made_by(by)

    assert place("a", 1) == place("a", 2) != place("b")
    assert hash(place("a", 1, "b")) == hash(place("a", 2, "b")) == hash(("a", "b"))
    assert place("a") != below("a") != alone("a")
    assert (hash(alone(3)), alone([1]) == alone([1]), alone() == alone()) == (hash((3,)), True, True)
    assert repr(place("a", 2, "s")) == "made_by.<locals>.Place(path='a', line=2)"
    assert (changing() == changing(0), changing.__hash__) == (True, None)
    assert (narrow(1, 2) == narrow(1, 2), hash(narrow(1, 2)), narrow.__slots__) == (True, hash((1, 2)), ("x", "y"))
    assert version(1, 9) < version(1, 10) <= version(2, 0)
    assert (own(name="a") == own(name="b"), hash(own(name="a")), repr(own(name="a"))) == (True, 7, "own")
    assert replace(place("a"), line=5).line == 5
    with pytest.raises(TypeError):
        hash(changing())
    with pytest.raises(TypeError):
        hash(alone([]))


@pytest.mark.parametrize("by", [dataclass, dataclasses.dataclass], ids=["ours", "python's"])
def test_what_is_frozen_stays(by: Any) -> None:
    place, _, changing, narrow, _, _, below = made_by(by)
    for fixed in (place("a"), narrow("a", 1), below("a")):
        name = dataclasses.fields(fixed)[0].name
        with pytest.raises(FrozenInstanceError, match=f"cannot assign to field '{name}'"):
            setattr(fixed, name, "b")
        with pytest.raises(FrozenInstanceError, match=f"cannot delete field '{name}'"):
            delattr(fixed, name)
    with pytest.raises(FrozenInstanceError):
        place("a").more = 1
    free = below("a")
    free.note = "of a class that is no dataclass"
    del free.note
    changing().count = 2


def test_a_record_in_itself_can_be_shown() -> None:
    _, alone, *_ = made_by(dataclass)
    inner: list[Any] = []
    inner.append(alone(inner))

    assert repr(inner) == "[made_by.<locals>.Alone(inner=[...])]"


@dataclass(frozen=True)
class Sent:
    text: str


def test_it_goes_to_other_processes() -> None:
    assert pickle.loads(pickle.dumps(Sent("a"))) == Sent("a")


def test_all_of_ours_share_their_methods() -> None:
    """Each one that does not is 7 kB in every process."""
    ours = (path for path in (ROOT / "app").rglob("*.py") if not path.name.startswith("test_"))
    others = [path for path in ours if path != ROOT / "app" / "record.py" and has_its_own(path)]

    assert others == []


def has_its_own(path: Path) -> bool:
    return re.search(r"^from dataclasses import .*\bdataclass\b", path.read_text(encoding="utf-8"), re.M) is not None
