"""No test asks a clock itself how long something took: a bound that holds here fails on a busy machine."""

import re
from itertools import count
from pathlib import Path

import pytest

from tests import soon as clock
from tests.soon import soon

ROOT = Path(__file__).parent.parent
CLOCKS = re.compile(r"\b(process_time|perf_counter|monotonic)(_ns)?\b")
ELSEWHERE = {
    "tests/conftest.py": "waits for a server",
    "tests/test_hands.py": "time is what is limited there",
    "tests/test_fuzz.py": "a bound of 15 s for what takes a tenth",
    "tests/test_wire.py": "time is what is limited there",
    "tests/test_promtool.py": "waits for a program",
    "tests/test_workers.py": "waits for a worker",
    "app/kube/paste/test_recognise.py": "tries patterns until one takes long, four times",
}


def test_only_the_clock_of_the_tests_is_asked() -> None:
    asked = {
        str(path.relative_to(ROOT))
        for folder in ("app", "tests")
        for path in (ROOT / folder).rglob("*.py")
        if (path.name.startswith("test_") or path.name == "conftest.py" or path.parent.name == "browser")
        and CLOCKS.search(path.read_text(encoding="utf-8"))
    }

    assert asked - {"tests/test_soon.py"} == set(ELSEWHERE)


def test_what_takes_too_long_every_time_is_said_with_its_times(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = count(0, 3)
    monkeypatch.setattr(clock, "process_time", lambda: float(next(ticks)))
    monkeypatch.setattr(clock, "slowness", lambda: 1.25)

    with pytest.raises(AssertionError, match=r"3\.00 s of 2\.50, 3\.00 s of 2\.50, 3\.00 s of 2\.50"):
        soon(lambda: None, 2.0)


def test_a_busy_machine_is_given_time(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = count(0, 3)
    monkeypatch.setattr(clock, "process_time", lambda: float(next(ticks)))
    monkeypatch.setattr(clock, "slowness", lambda: 2.0)

    assert soon(lambda: "made", 2.0) == "made"


def test_one_slow_time_is_forgiven(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([0.0, 9.0, 0.0, 1.0])
    monkeypatch.setattr(clock, "process_time", lambda: next(times))
    monkeypatch.setattr(clock, "slowness", lambda: 1.0)

    assert soon(lambda: "made", 2.0) == "made"
