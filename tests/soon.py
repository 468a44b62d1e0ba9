"""The one clock of the tests: that an answer comes soon, on any machine and beside anybody.

A bound is given for a quiet machine of a usual speed, several times above what the work takes there. What is over it is
measured again, and the bound grows with the time that a fixed piece of work takes at that moment: what goes line
against line is over it all three times, a busy machine is not.
"""

import re
from collections.abc import Callable
from time import process_time
from typing import TypeVar

Made = TypeVar("Made")
TIMES = 3
USUAL_S = 0.02
"""Processor time of `_fixed` on a quiet machine of a usual speed."""
WORD = re.compile(r"(\w+)=(\d+)")


def _fixed() -> int:
    """A little of what models do: patterns, dictionaries, text."""
    counts: dict[str, int] = {}
    for number in range(10_000):
        for name, value in WORD.findall(f"a line of text with name{number % 97}={number}"):
            counts[name] = counts.get(name, 0) + int(value)
    return sum(counts.values())


def processor_s(run: Callable[[], Made]) -> tuple[float, Made]:
    """The seconds of processor time that a call takes, and what it returns."""
    began = process_time()
    made = run()
    return process_time() - began, made


def slowness() -> float:
    """How many times as long as usual a piece of work takes now, at least 1."""
    return max(1.0, processor_s(_fixed)[0] / USUAL_S)


def soon(run: Callable[[], Made], bound_s: float, what: object = "") -> Made:
    """What a call returns, if one of three takes less processor time than `bound_s` seconds of a usual machine; `what`
    is named where none does."""
    measured = []
    for _ in range(TIMES):
        took, made = processor_s(run)
        allowed = bound_s if took < bound_s else bound_s * slowness()
        if took < allowed:
            return made
        measured.append(f"{took:.2f} s of {allowed:.2f}")
    raise AssertionError(f"{what} takes too long: {', '.join(measured)}")
