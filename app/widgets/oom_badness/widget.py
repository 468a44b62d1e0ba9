"""The room `oom-badness`: the pages of one process and its oom_score_adj, weighed as the kernel weighs them."""

from typing import Annotated, Literal

from pydantic import Field

from app.kube.oom import PAGE_BYTES
from app.kube.quantity import format_bytes
from app.record import dataclass
from app.widgetkit.contract import Example, Form, Say, Widget
from app.widgets.oom_badness.model import (
    NEIGHBOURS,
    Drawing,
    Process,
    Ranked,
    draw,
    pages_until_it_outranks,
    rank,
    weigh_process,
)

Pages = Annotated[int, Field(ge=0, le=2**50)]


class Inputs(Form):
    total_pages: Annotated[int, Field(ge=1, le=2**50)] = 2_097_152
    rss_pages: Pages = 524_288
    swap_pages: Pages = 0
    pagetable_pages: Pages = 1_100
    oom_score_adj: Annotated[int, Field(ge=-1000, le=1000)] = 875
    scope: Literal["node", "cgroup"] = "node"
    kernel: Literal["5.9", "before-5.9"] = "5.9"


@dataclass(frozen=True)
class Outcome:
    """`badness` in pages, null when the process is never killed; `oom_score` as `/proc/PID/oom_score` shows it."""

    killable: bool
    badness: int | None
    oom_score: int
    used_pages: int
    adjustment_pages: int
    point_pages: int
    per_mille: float
    verdict: Say
    why: Say
    sums: tuple[Say, ...]
    notes: tuple[Say, ...]
    ranked: tuple[Ranked, ...]
    drawing: Drawing


def run(inputs: Inputs) -> Outcome:
    process = Process("yours", inputs.rss_pages, inputs.swap_pages, inputs.pagetable_pages, inputs.oom_score_adj)
    badness = weigh_process(process, inputs.total_pages, inputs.kernel)
    company = (process, *(NEIGHBOURS if inputs.scope == "node" else ()))
    ranked = rank(company, inputs.total_pages, inputs.kernel, process)
    points = "never" if badness.points is None else "points"
    return Outcome(
        killable=badness.points is not None,
        badness=badness.points,
        oom_score=badness.oom_score,
        used_pages=badness.used,
        adjustment_pages=badness.adjustment,
        point_pages=inputs.total_pages // 1000,
        per_mille=round(1000 * badness.used / inputs.total_pages + inputs.oom_score_adj, 3),
        verdict=Say(f"verdict.{points}", {"badness": _grouped(badness.points), "score": badness.oom_score}),
        why=_why(f"why.{points}.{inputs.scope}", ranked),
        sums=_sums(inputs, badness.used, badness.adjustment, badness.points, badness.oom_score),
        notes=_notes(inputs, badness.used),
        ranked=ranked,
        drawing=draw(ranked, inputs.total_pages),
    )


def _why(key: str, ranked: tuple[Ranked, ...]) -> Say:
    """Its place among those that may be killed, if it has one."""
    place = next(entry.rank for entry in ranked if entry.is_yours)
    candidates = sum(entry.rank is not None for entry in ranked)
    return Say(key, {} if place is None else {"place": place, "company": candidates})


def _grouped(number: int | None) -> str:
    return "" if number is None else f"{number:,}".replace("-", "−")


def _sums(inputs: Inputs, used: int, adjustment: int, points: int | None, score: int) -> tuple[Say, ...]:
    total = inputs.total_pages
    values = {
        "rss": _grouped(inputs.rss_pages),
        "swap": _grouped(inputs.swap_pages),
        "tables": _grouped(inputs.pagetable_pages),
        "used": _grouped(used),
        "total": _grouped(total),
        "point": _grouped(total // 1000),
        "adj": _grouped(inputs.oom_score_adj),
        "adjustment": _grouped(adjustment),
        "sum": _grouped(used + adjustment),
        "points": _grouped(points),
        "score": score,
    }
    if points is None:
        return (Say("sum.used", values), Say("sum.never", values))
    lines = ["sum.used", "sum.adjustment", "sum.points"]
    if points != used + adjustment:
        lines.append("sum.floor")
    return tuple(Say(key, values) for key in (*lines, f"sum.score.{inputs.kernel}"))


def _notes(inputs: Inputs, used: int) -> tuple[Say, ...]:
    notes = []
    if inputs.total_pages < 1000:
        notes.append(Say("note.tiny", {"total": _grouped(inputs.total_pages)}))
    else:
        size = format_bytes(inputs.total_pages // 1000 * PAGE_BYTES)
        notes.append(Say("note.point", {"pages": _grouped(inputs.total_pages // 1000), "size": size}))
    if inputs.scope == "node" and inputs.oom_score_adj != -1000:
        rival = 1000 * (inputs.total_pages // 1000)
        left = pages_until_it_outranks(inputs.oom_score_adj, used, inputs.total_pages, rival)
        key = "note.room" if left >= 0 else "note.outranks"
        notes.append(Say(key, {"pages": _grouped(abs(left)), "mib": _grouped(abs(left) * PAGE_BYTES >> 20)}))
    return tuple(notes)


_KERNEL = "Linux 6.18 mm/oom_kill.c oom_badness(), fs/proc/base.c proc_oom_score()"
_NODE = {"total_pages": 2_097_152}

WIDGET = Widget(
    slug="oom-badness",
    form=Inputs,
    run=run,
    subject="oom-and-qos",
    examples=(
        Example(
            "burstable-over-request",
            {**_NODE, "rss_pages": 524_288, "pagetable_pages": 1_100, "oom_score_adj": 875},
            {"badness": 2_360_263, "oom_score": 1416, "killable": True, "ranked.0.name": "yours"},
            f"{_KERNEL}: 525388 + 875 × 2097",
        ),
        Example(
            "idle-besteffort",
            {**_NODE, "rss_pages": 0, "pagetable_pages": 0, "oom_score_adj": 1000},
            {"badness": 2_097_000, "oom_score": 1332},
            f"{_KERNEL}: 1000 × 2097; (1000 + 999) × 2 ÷ 3",
        ),
        Example(
            "guaranteed-eats-the-node",
            {**_NODE, "rss_pages": 2_000_000, "pagetable_pages": 4_000, "oom_score_adj": -997},
            {"badness": -86_709, "oom_score": 639, "ranked.0.name": "besteffort"},
            f"{_KERNEL}: 2004000 − 997 × 2097",
        ),
        Example(
            "kubelet-before-pause",
            {**_NODE, "rss_pages": 25_600, "pagetable_pages": 200, "oom_score_adj": -999},
            {"badness": -2_069_103, "oom_score": 9},
            f"{_KERNEL}: 25800 − 999 × 2097",
        ),
        Example(
            "never",
            {**_NODE, "rss_pages": 2_000_000, "pagetable_pages": 4_000, "oom_score_adj": -1000},
            {"killable": False, "badness": None, "oom_score": 0},
            f"{_KERNEL}: OOM_SCORE_ADJ_MIN",
        ),
        Example(
            "tiny-cgroup",
            {
                "total_pages": 768,
                "rss_pages": 500,
                "pagetable_pages": 4,
                "oom_score_adj": -997,
                "scope": "cgroup",
            },
            {"badness": 504, "oom_score": 1104, "point_pages": 0},
            f"{_KERNEL}: 768 ÷ 1000 is 0, the adjustment vanishes",
        ),
        Example(
            "old-kernel",
            {
                **_NODE,
                "rss_pages": 25_600,
                "pagetable_pages": 200,
                "oom_score_adj": -999,
                "kernel": "before-5.9",
            },
            {"badness": 1, "oom_score": 0, "ranked.3.tied": True},
            "Linux 5.8 mm/oom_kill.c: a floor of 1, hence ties among all negative values",
        ),
    ),
)
