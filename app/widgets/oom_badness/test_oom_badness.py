"""The kernel's arithmetic: known answers, properties, and the room that shows them."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from app.kube.oom import PAGE_BYTES, Badness, Kernel, pages, show_score, truncate, weigh
from app.widgetkit.saying import LANGUAGES, words_beside
from app.widgets.oom_badness.model import NEIGHBOURS, Process, draw, pages_until_it_outranks, rank
from app.widgets.oom_badness.widget import WIDGET, Inputs, run

WORDS = words_beside(__file__)

# total, rss, swap, page tables, adj -> badness in pages, /proc/PID/oom_score.
# Source: Linux 6.18 mm/oom_kill.c oom_badness() and fs/proc/base.c proc_oom_score(), worked out by hand.
CASES = {
    "idle at 0": (2_000_000, 0, 0, 0, 0, 0, 666),
    "idle at 1000, whole thousands": (2_000_000, 0, 0, 0, 1000, 2_000_000, 1333),
    "idle at 1000, with a rest": (2_097_152, 0, 0, 0, 1000, 2_097_000, 1332),
    "idle at 999": (2_000_000, 0, 0, 0, 999, 1_998_000, 1332),
    "idle at 3": (2_000_000, 0, 0, 0, 3, 6_000, 668),
    "idle Guaranteed": (2_000_000, 0, 0, 0, -997, -1_994_000, 2),
    "idle pause, whole thousands": (2_000_000, 0, 0, 0, -998, -1_996_000, 1),
    "idle pause, with a rest": (2_000_999, 0, 0, 0, -998, -1_996_000, 2),
    "idle kubelet, whole thousands": (2_000_000, 0, 0, 0, -999, -1_998_000, 0),
    "idle kubelet, with a rest": (2_000_999, 0, 0, 0, -999, -1_998_000, 1),
    "everything used at 1000": (2_000_000, 2_000_000, 0, 0, 1000, 4_000_000, 2000),
    "everything used at 0": (2_000_000, 2_000_000, 0, 0, 0, 2_000_000, 1333),
    "half in swap": (2_000_000, 500_000, 500_000, 0, 0, 1_000_000, 1000),
    "page tables weigh too": (2_000_000, 100, 0, 900, 0, 1_000, 666),
    "truncation is toward zero": (3_000, 0, 0, 1, -1, -2, 666),
    "one page of a tiny cgroup": (999, 1, 0, 0, -999, 1, 667),
    "a cgroup of one page": (1, 1, 0, 0, 1000, 1, 1333),
    "100Mi cgroup, Guaranteed": (25_600, 25_600, 0, 60, -997, 735, 685),
}

OLD_CASES = {
    "nothing falls below 1": (2_000_000, 25_600, 0, 200, -999, 1, 0),
    "idle at 0": (2_000_000, 0, 0, 0, 0, 1, 0),
    "idle at 1000": (2_000_000, 0, 0, 0, 1000, 2_000_000, 1000),
    "all used at 1000": (2_000_000, 2_000_000, 0, 0, 1000, 4_000_000, 2000),
    "half used": (2_000_000, 1_000_000, 0, 0, 0, 1_000_000, 500),
}


def badness_of(case: tuple[int, ...], kernel: Kernel = "5.9") -> Badness:
    total, rss, swap, tables, adj, *_ = case
    return weigh(
        total_pages=total,
        rss_pages=rss,
        swap_pages=swap,
        pagetable_pages=tables,
        oom_score_adj=adj,
        kernel=kernel,
    )


@pytest.mark.parametrize("name", CASES)
def test_badness_and_score(name: str) -> None:
    badness = badness_of(CASES[name])

    assert (badness.points, badness.oom_score) == CASES[name][5:]


@pytest.mark.parametrize("name", OLD_CASES)
def test_badness_and_score_before_5_9(name: str) -> None:
    badness = badness_of(OLD_CASES[name], "before-5.9")

    assert (badness.points, badness.oom_score) == OLD_CASES[name][5:]


def test_what_is_not_said_weighs_nothing() -> None:
    assert weigh(total_pages=1000, rss_pages=7, oom_score_adj=1).points == 8


@pytest.mark.parametrize("kernel", ["5.9", "before-5.9"])
def test_minus_1000_is_never_killed(kernel: Kernel) -> None:
    badness = badness_of((2_000_000, 2_000_000, 0, 0, -1000), kernel)

    assert (badness.points, badness.oom_score) == (None, 0)


@pytest.mark.parametrize(
    ("a", "b", "quotient"), [(7, 2, 3), (-7, 2, -3), (7, -2, -3), (-7, -2, 3), (0, 5, 0), (-1, 2, 0)]
)
def test_division_truncates_as_in_c(a: int, b: int, quotient: int) -> None:
    assert truncate(a, b) == quotient


@pytest.mark.parametrize(("count", "whole"), [(0, 0), (1, 1), (4096, 1), (4097, 2)])
def test_a_page_that_is_touched_is_used(count: int, whole: int) -> None:
    assert pages(count) == whole


def test_the_pod_killed_first_may_be_burstable() -> None:
    """oom_score_adj is a bias and not a tier: a Burstable process over its request outranks an idle BestEffort one."""
    over_request = badness_of((4_194_304, 1_310_720, 0, 0, 875))
    idle_best_effort = badness_of((4_194_304, 0, 0, 0, 1000))

    assert over_request.points is not None
    assert idle_best_effort.points is not None
    assert over_request.points > idle_best_effort.points


# --- properties -------------------------------------------------------------------------------------

totals = st.integers(1, 2**40)
used = st.integers(0, 2**30)
adjustments = st.integers(-999, 1000)


@given(totals, used, used, used, adjustments)
@settings(deadline=None)
def test_every_kind_of_page_weighs_the_same(total: int, rss: int, swap: int, tables: int, adj: int) -> None:
    assert badness_of((total, rss, swap, tables, adj)) == badness_of((total, tables, rss, swap, adj))


@given(totals, used, st.integers(1, 1000), adjustments)
@settings(deadline=None)
def test_using_more_never_saves(total: int, rss: int, more: int, adj: int) -> None:
    less, greater = badness_of((total, rss, 0, 0, adj)), badness_of((total, rss + more, 0, 0, adj))

    assert less.points is not None
    assert greater.points == less.points + more
    assert greater.oom_score >= less.oom_score


@given(totals, used, adjustments)
@settings(deadline=None)
def test_a_point_more_never_saves(total: int, rss: int, adj: int) -> None:
    here, there = badness_of((total, rss, 0, 0, adj)), badness_of((total, rss, 0, 0, min(adj + 1, 1000)))

    assert here.points is not None
    assert there.points is not None
    assert there.points >= here.points


@given(totals, st.floats(0, 1), adjustments, st.sampled_from(["5.9", "before-5.9"]))
@settings(deadline=None)
def test_the_score_stays_between_0_and_2000(total: int, share: float, adj: int, kernel: Kernel) -> None:
    badness = badness_of((total, int(total * share), 0, 0, adj), kernel)

    assert 0 <= badness.oom_score <= 2000


@given(totals, used, adjustments)
@settings(deadline=None)
def test_the_score_follows_the_rule_of_thumb(total: int, rss: int, adj: int) -> None:
    """(1000 + adj + thousandths in use) × 2 ÷ 3, up to the rest that total ÷ 1000 cuts off."""
    if total < 1_000_000 or rss > total:
        return

    expected = (1000 + adj + 1000 * rss / total) * 2 / 3

    assert abs(badness_of((total, rss, 0, 0, adj)).oom_score - expected) <= 2


@given(st.integers(-(10**9), 10**9), st.integers(1, 10**9))
@settings(deadline=None)
def test_the_score_grows_with_badness(points: int, total: int) -> None:
    assert show_score(points + 1, total) >= show_score(points, total)


# --- the room ---------------------------------------------------------------------------------------


def test_ranking_marks_ties_and_leaves_the_unkillable_last() -> None:
    twins = (
        Process("a", 100, 0, 0, 0),
        Process("b", 50, 50, 0, 0),
        Process("c", 0, 0, 0, -1000),
        Process("d", 101, 0, 0, 0),
    )

    ranked = rank(twins, 1_000_000, "5.9", twins[0])

    assert [(entry.name, entry.rank, entry.tied) for entry in ranked] == [
        ("d", 1, False),
        ("a", 2, True),
        ("b", 2, True),
        ("c", None, False),
    ]
    assert [entry.is_yours for entry in ranked] == [False, True, False, False]


def test_before_5_9_everything_negative_ties() -> None:
    outcome = run(Inputs(oom_score_adj=-999, rss_pages=1, pagetable_pages=0, kernel="before-5.9"))

    assert {entry.name for entry in outcome.ranked if entry.tied} == {
        "yours", "kubelet", "pause", "guaranteed", "dockerd",
    }  # fmt: skip


def test_room_until_it_outranks_an_idle_best_effort_process() -> None:
    left = pages_until_it_outranks(875, 1000, 2_097_152, 1000 * 2097)

    assert left == 125 * 2097 - 1000


def test_in_a_cgroup_there_are_no_neighbours() -> None:
    assert [entry.name for entry in run(Inputs(scope="cgroup")).ranked] == ["yours"]
    assert len(run(Inputs()).ranked) == 1 + len(NEIGHBOURS)


@pytest.mark.parametrize("adj", [-1000, -999, 0, 500, 1000])
@pytest.mark.parametrize("rss", [0, 1_000_000, 2_097_152])
def test_the_picture_stays_on_its_paper(adj: int, rss: int) -> None:
    drawing = run(Inputs(oom_score_adj=adj, rss_pages=rss)).drawing

    for row in drawing.rows:
        assert 4 <= row.adjustment_x <= row.adjustment_x + row.adjustment_width <= 396.1
        assert 4 <= row.used_x <= row.used_x + row.used_width <= 398
        assert row.bar_y + 14 < drawing.height


def test_sshd_is_no_candidate_and_another_daemon_is() -> None:
    """OpenSSH's listening daemon writes -1000 for itself (openbsd-compat/port-linux.c); rsyslog's unit sets nothing."""
    ranked = {entry.name: entry for entry in run(Inputs()).ranked}

    assert (ranked["sshd"].oom_score_adj, ranked["sshd"].rank, ranked["sshd"].oom_score) == (-1000, None, 0)
    assert ranked["rsyslogd"].oom_score_adj == 0
    assert run(Inputs()).why.values["company"] == len(NEIGHBOURS)


def test_bytes_in_use_are_pages() -> None:
    outcome = run(Inputs(rss_pages=10, swap_pages=2, pagetable_pages=1, scope="cgroup"))

    assert outcome.ranked[0].used_bytes == 13 * PAGE_BYTES
    assert draw(outcome.ranked, 2_097_152).rows[0].name == "yours"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("total_pages", 0),
        ("rss_pages", -1),
        ("oom_score_adj", 1001),
        ("oom_score_adj", -1001),
        ("rss_pages", 2**51),
    ],
)
def test_impossible_numbers_are_refused(field: str, value: int) -> None:
    with pytest.raises(ValidationError):
        Inputs.model_validate({field: value})


@given(
    st.integers(1, 2**50),
    st.integers(0, 2**50),
    st.integers(-1000, 1000),
    st.sampled_from(["node", "cgroup"]),
    st.sampled_from(["5.9", "before-5.9"]),
)
@example(total=1, rss=0, adj=-1000, scope="node", kernel="5.9")
@example(total=1, rss=0, adj=-1000, scope="cgroup", kernel="before-5.9")
@settings(deadline=None)
def test_any_process_is_answered(total: int, rss: int, adj: int, scope: str, kernel: str) -> None:
    inputs = {"total_pages": total, "rss_pages": rss, "oom_score_adj": adj, "scope": scope, "kernel": kernel}
    outcome = run(Inputs.model_validate(inputs))

    for said in (outcome.verdict, outcome.why, *outcome.sums, *outcome.notes):
        for language in LANGUAGES:
            sentence = WORDS.text(language, said.key, **said.values)
            assert sentence
            assert "None" not in sentence


def test_everything_is_said_in_both_languages() -> None:
    keys = {f"example.{example.name}" for example in WIDGET.examples} | {f"field.{n}" for n in Inputs.model_fields}
    keys |= {f"process.{process.name}" for process in NEIGHBOURS} | {"process.yours"}
    assert keys <= WORDS.keys()
