"""How long a step of a sequence takes to draw, and what it weighs on the wire: every sequence, input and frame.

    python tests/load/frames.py [--runs 40] [slug …]

Each run is drawn in both languages, each step alone, as it is asked for when it has not come ahead. Times are CPU times
of this process (`time.process_time`), weights those of brotli at the quality that the server uses. `--runs` takes so
many runs evenly from all combinations of a room's choices; 0 takes all of them, which needs minutes.
"""

import argparse
import json
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, get_args

import brotli

from app.content.language import LANGUAGES
from app.kube.refusal import Refusal
from app.site import Site
from app.widgetkit.form import as_text
from app.widgetkit.registry import Room
from app.widgetkit.state import State, state_of
from app.widgetkit.view import steps

BUDGET_MS, BUDGET_BYTES = 5.0, 4_000
TRIES = 3  # of which the best counts: what neighbours on the machine do is not the site's doing
QUALITY = 4  # what starlette-compress takes for what is made on demand


@dataclass(frozen=True)
class Drawn:
    """One drawn step: CPU time in milliseconds, bytes plain and compressed."""

    where: str
    ms: float
    plain: int
    packed: int


def inputs_of(room: Room, most: int) -> list[Mapping[str, str]]:
    """The examples, and the combinations of what the room's menus and small numbers offer, at most so many."""
    first = as_text(room.first)
    offered = {
        name: _offered(field.annotation, field.metadata) for name, field in room.widget.form.model_fields.items()
    }
    names = [name for name, values in offered.items() if values]
    runs = [
        {**first, **dict(zip(names, values, strict=True))} for values in product(*(offered[name] for name in names))
    ]
    if most and len(runs) > most:
        runs = runs[:: len(runs) // most][:most]
    return [*(as_text(room.inputs(example)) for example in room.widget.examples), *runs]


def _offered(annotation: Any, metadata: Sequence[Any]) -> list[str]:
    bounds = {name: getattr(each, name) for each in metadata for name in ("ge", "le") if hasattr(each, name)}
    if len(bounds) == 2:
        return sorted({str(bounds["ge"]), str(bounds["le"]), str((bounds["ge"] + bounds["le"]) // 2)})
    return [str(value) for value in get_args(annotation)]


def draw_all(site: Site, room: Room, most: int) -> Iterator[Drawn]:
    for typed in inputs_of(room, most):
        try:
            last = len(room.run(room.widget.form(**typed)).frames)
        except Refusal:
            continue
        for lang in LANGUAGES:
            for step in range(1, last + 1):
                state = state_of(room, lang, typed)
                spent = min(timed(site, state, step) for _ in range(TRIES))
                data = json.dumps({"steps": steps(site.templates, state, step)}, ensure_ascii=False).encode()
                yield Drawn(f"{state.steps_url} {step}", spent, len(data), len(brotli.compress(data, quality=QUALITY)))


def timed(site: Site, state: State, step: int) -> float:
    """Milliseconds of CPU for drawing a step; the run itself is remembered by its room."""
    start = time.process_time()
    steps(site.templates, state, step)
    return (time.process_time() - start) * 1000


def report(slug: str, drawn: Sequence[Drawn]) -> str:
    times = sorted(each.ms for each in drawn)
    slowest, heaviest = max(drawn, key=lambda each: each.ms), max(drawn, key=lambda each: each.packed)
    p99 = times[min(len(times) - 1, len(times) * 99 // 100)]
    return (
        f"{slug:17} {len(drawn):6} frames | ms: median {statistics.median(times):.2f}, p99 {p99:.2f}, "
        f"max {slowest.ms:.2f} ({p99 / BUDGET_MS:.2f} of the budget at p99) | bytes: median "
        f"{statistics.median(each.packed for each in drawn):.0f}, max {heaviest.packed} of {heaviest.plain} "
        f"({heaviest.packed / BUDGET_BYTES:.2f} of the budget) {heaviest.where}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("slugs", nargs="*")
    parser.add_argument("--runs", type=int, default=40)
    asked = parser.parse_args()
    site = Site()
    for room in site.rooms.values():
        if room.widget.kind == "sequence" and (not asked.slugs or room.slug in asked.slugs):
            print(report(room.slug, list(draw_all(site, room, asked.runs))), flush=True)


if __name__ == "__main__":
    main()
