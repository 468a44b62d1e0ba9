"""Prometheus' own answers: damaged metrics pages, functions over ranges, quantiles of histograms."""

import json
import math
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest

from app.kube.refusal import Refusal
from app.widgets.histogram_quantile.widget import Inputs as HistogramInputs
from app.widgets.histogram_quantile.widget import run as quantile
from app.widgets.metric_types.widget import Inputs as PageInputs
from app.widgets.metric_types.widget import Outcome as PageOutcome
from app.widgets.metric_types.widget import run as read_page
from app.widgets.promql_range.widget import Inputs as RangeInputs
from app.widgets.promql_range.widget import run as over_range
from tests.witness.cases import Held, held, unmeant

PROGRAM = "prometheus-3.16.0"
TELLS_SCRAPE = "scrape" in {field.name for field in fields(PageOutcome)}


@pytest.mark.skipif(not TELLS_SCRAPE, reason="the room does not tell yet what the server and promtool answer")
def test_pages_are_read_as_prometheus_and_promtool_read_them() -> None:
    differ = {one.name: found for one in held(PROGRAM, "pages") if (found := "; ".join(page_differs(one)))}

    assert list(unmeant(PROGRAM, "pages", differ)) == []


def test_functions_over_ranges_give_what_the_engine_gives() -> None:
    differ = {one.name: found for one in held(PROGRAM, "ranges") if (found := range_differs(one))}

    assert list(unmeant(PROGRAM, "ranges", differ)) == []


def test_quantiles_are_those_of_the_engine() -> None:
    differ = {one.name: found for one in held(PROGRAM, "histograms") if (found := "; ".join(histogram_differs(one)))}

    assert list(unmeant(PROGRAM, "histograms", differ)) == []


def page_differs(one: Held) -> Iterator[str]:
    real = one.answer
    try:
        ours: Any = read_page(PageInputs.model_validate({"exposition": one.case["page"], "format": one.case["format"]}))
    except Refusal as refusal:
        yield f"not read: {refusal}"
        return
    scrape = ours.scrape
    if (scrape.up, scrape.error or "") != (real["up"], real.get("error", "")):
        yield f"the scrape says {real.get('error', 'up')!r}, not {scrape.error!r}"
    if real["up"] and ours.series != len(real["samples"]):
        yield f"{len(real['samples'])} series, not {ours.series}"
    promtool = ours.promtool
    if "promtool" in real and promtool is not None:
        said = [promtool.error] if promtool.error else list(promtool.problems)
        status, told = real["promtool"]["status"], real["promtool"]["said"]
        if (promtool.exit_code, sorted(said)) != (status, sorted(told)):
            yield f"promtool ends with {status} and says {told}, not {promtool.exit_code} and {said}"


def range_differs(one: Held) -> str:
    case = one.case
    ours = over_range(
        RangeInputs.model_validate(
            {
                "function": case["function"],
                "samples": "\n".join(f"{at} {value}" for at, value in case["samples"]),
                "range": str(case["range"]),
                "at": str(case["at"]),
                "offset": str(case["offset"]),
                "q": case["q"],
            }
        )
    )
    real = one.answer["value"]
    if (real is None) != (ours.value is None) or (real is not None and not same(ours.value, float(real))):
        return f"{ours.call} is {real}, not {ours.value!r}"
    return ""


def histogram_differs(one: Held) -> Iterator[str]:
    lines = "\n".join(f"{le} {count}" for le, count in one.case["buckets"])
    ours = quantile(HistogramInputs(q=one.case["q"], buckets=lines))
    if not same(ours.value, float(one.answer["value"])):
        yield f"{one.answer['value']}, not {ours.value!r}"
    was_forced = any("needed to be fixed for monotonicity" in note for note in one.answer.get("notes", ()))
    if ours.forced_monotonic != was_forced:
        yield f"forced to rise: {was_forced}, not {ours.forced_monotonic} ({json.dumps(one.answer.get('notes'))})"


def same(one: float | None, other: float) -> bool:
    """Bit by bit, but for the many kinds of NaN."""
    return one == other or (one is not None and math.isnan(one) and math.isnan(other))
