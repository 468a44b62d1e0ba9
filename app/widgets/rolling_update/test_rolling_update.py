"""What the room `rolling-update` promises."""

from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kube.refusal import Refusal
from app.widgetkit.saying import LANGUAGES, words_beside
from app.widgets.rolling_update.fencepost import read_amount, read_fenceposts
from app.widgets.rolling_update.model import Act
from app.widgets.rolling_update.scaling import Way, half_away
from app.widgets.rolling_update.widget import WIDGET, Inputs, Outcome, run


def roll(**inputs: Any) -> Outcome:
    return run(Inputs(**inputs))


def path(outcome: Outcome) -> str:
    """The sizes old/new after each step, repetitions left out."""
    sizes = [f"{frame.old}/{frame.new}" for frame in outcome.frames]
    return " ".join(size for i, size in enumerate(sizes) if i == 0 or size != sizes[i - 1])


# ResolveFenceposts: the situations of pkg/controller/deployment/util/deployment_util_test.go, and more sums.
@pytest.mark.parametrize(
    ("max_surge", "max_unavailable", "desired", "surge", "unavailable"),
    [
        ("25%", "25%", 1, 1, 0),
        ("25%", "25%", 2, 1, 0),
        ("25%", "25%", 3, 1, 0),
        ("25%", "25%", 4, 1, 1),
        ("25%", "25%", 10, 3, 2),
        ("25%", "25%", 0, 0, 1),
        ("0%", "9%", 11, 0, 1),
        ("0%", "1%", 10, 0, 1),
        ("0%", "5%", 20, 0, 1),
        ("0%", "9%", 34, 0, 3),
        ("1%", "0%", 10, 1, 0),
        ("100%", "0%", 3, 3, 0),
        ("0%", "100%", 3, 0, 3),
        ("250%", "0", 3, 8, 0),
        ("3", "2", 10, 3, 2),
        ("5", "0%", 10, 5, 0),
        ("0", "7", 3, 0, 7),
        ("39%", "39%", 10, 4, 3),
    ],
)
def test_surge_rounds_up_and_unavailable_down(
    max_surge: str, max_unavailable: str, desired: int, surge: int, unavailable: int
) -> None:
    outcome = roll(replicas=desired, max_surge=max_surge, max_unavailable=max_unavailable)

    assert (outcome.surge, outcome.unavailable) == (surge, unavailable)


# Worked out from pkg/controller/deployment/rolling.go, v1.37.0.
@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ("10 25% 25%", "10/0 10/3 8/3 8/5 3/5 3/10 0/10"),
        ("3 25% 25%", "3/0 3/1 2/1 2/2 1/2 1/3 0/3"),
        ("3 0 1", "3/0 2/0 2/1 1/1 1/2 0/2 0/3"),
        ("1 25% 25%", "1/0 1/1 0/1"),
        ("1 0 1", "1/0 0/0 0/1"),
        ("4 100% 0", "4/0 4/4 0/4"),
        ("4 1 50%", "4/0 4/1 2/1 2/3 0/3 0/4"),
        ("5 0 2", "5/0 3/0 3/2 1/2 1/4 0/4 0/5"),
        ("2 5 0", "2/0 2/2 0/2"),
        ("0 25% 25%", "0/0"),
        ("20 10% 10%", "20/0 20/2 18/2 18/4 14/4 14/8 10/8 10/12 6/12 6/16 2/16 2/20 0/20"),
    ],
)
def test_each_sync_grows_the_new_or_shrinks_the_old(inputs: str, expected: str) -> None:
    replicas, max_surge, max_unavailable = inputs.split()

    outcome = roll(replicas=replicas, max_surge=max_surge, max_unavailable=max_unavailable)

    assert path(outcome) == expected
    assert (outcome.ended, outcome.stuck) == ("complete", False)


@pytest.mark.parametrize(
    ("inputs", "expected", "serving"),
    [
        ("10 25% 25%", "10/0 10/3 8/3 8/5", 8),
        ("10 3 1", "10/0 10/3 9/3 9/4", 9),
        ("1 25% 25%", "1/0 1/1", 1),
        ("1 0 1", "1/0 0/0 0/1", 0),
        ("5 25% 50%", "5/0 5/2 3/2 3/4", 3),
        ("3 100% 0", "3/0 3/3", 3),
    ],
)
def test_a_bad_image_sticks_where_availability_ends(inputs: str, expected: str, serving: int) -> None:
    replicas, max_surge, max_unavailable = inputs.split()

    outcome = roll(replicas=replicas, max_surge=max_surge, max_unavailable=max_unavailable, image_ok=False)

    assert (path(outcome), outcome.frames[-1].available) == (expected, serving)
    assert (outcome.ended, outcome.stuck, outcome.waves) == ("stuck", True, 0)


def test_the_first_sync_makes_the_new_one_and_shrinks_the_old_one() -> None:
    frames = roll().frames

    assert [(f.sync, f.why) for f in frames[:4]] == [
        (0, "start"),
        (1, "create"),
        (1, "scale-down"),
        (2, "scale-up"),
    ]


def test_undo_removes_the_bad_pods_first() -> None:
    outcome = roll(image_ok=False, then="undo")

    assert path(outcome) == "10/0 10/3 8/3 8/5 8/0 10/0"
    assert [f.why for f in outcome.frames[4:]] == ["undo", "clean-up", "scale-up", "ready"]
    assert outcome.ended == "complete"


def test_undo_after_a_finished_roll_out_rolls_back_the_same_way() -> None:
    outcome = roll(replicas=4, max_surge="1", max_unavailable="0", then="undo")

    assert path(outcome) == "4/0 4/1 3/1 3/2 2/2 2/3 1/3 1/4 0/4 1/4 1/3 2/3 2/2 3/2 3/1 4/1 4/0"


def test_broken_old_pods_make_way_without_waiting() -> None:
    outcome = roll(old_broken=10)

    assert path(outcome) == "10/0 10/3 8/3 8/5 3/5 3/10 0/10"
    assert {f.why for f in outcome.frames} == {"start", "create", "clean-up", "scale-up", "ready"}
    assert outcome.lowest == 0


def test_some_broken_old_pods_go_in_the_same_sync_as_spare_ones() -> None:
    frames = roll(replicas=10, max_surge="5", max_unavailable="0", old_broken=2).frames

    assert [(f.sync, f.why, f.old, f.new) for f in frames[:6]] == [
        (0, "start", 10, 0),
        (1, "create", 10, 5),
        (1, "ready", 10, 5),
        (2, "clean-up", 8, 5),
        (2, "scale-down", 5, 5),
        (3, "scale-up", 5, 10),
    ]


@pytest.mark.parametrize(
    ("scale_to", "sizes"),
    [(20, (15, 10)), (11, (9, 5)), (5, (4, 3)), (0, (0, 0)), (10, (8, 5))],
)
def test_scaling_in_the_middle_keeps_the_shares(scale_to: int, sizes: tuple[int, int]) -> None:
    frames = roll(then="scale", after=4, scale_to=scale_to).frames

    after = frames[5]
    assert (after.old, after.new) == sizes


def test_a_scaled_roll_out_goes_on_to_its_end() -> None:
    outcome = roll(then="scale", after=4, scale_to=20)

    assert (outcome.ended, outcome.frames[-1].new) == ("complete", 20)


def test_the_share_is_of_what_was_allowed_when_the_replica_set_got_its_size() -> None:
    # 10 old and 3 new of 13 allowed; of 23 that is 17.7 and 5.3.
    outcome = roll(max_surge="3", max_unavailable="0", image_ok=False, then="scale", scale_to=20)

    assert path(outcome).startswith("10/0 10/3 18/5")


def test_scaling_to_nothing_leaves_no_surge_behind() -> None:
    assert path(roll(max_surge="3", then="scale", after=4, scale_to=0)).endswith("8/5 0/0")


def test_a_replica_set_with_one_pod_takes_part_in_the_shares() -> None:
    # 2 old and 1 new of 3 allowed; of 5 that is 3.3 and 1.7.
    outcome = roll(replicas=2, max_surge="1", max_unavailable="0", image_ok=False, then="scale", scale_to=4)

    assert path(outcome).startswith("2/0 2/1 3/2")


def test_a_single_broken_pod_goes_first() -> None:
    frames = roll(old_broken=1, max_surge="1", max_unavailable="0").frames

    assert [(f.why, f.old, f.old_available) for f in frames[1:5]] == [
        ("create", 10, 9),
        ("ready", 10, 9),
        ("clean-up", 9, 9),
        ("scale-up", 9, 9),
    ]


def test_what_rounding_leaves_goes_to_the_largest() -> None:
    # 8 and 5 of 13 pods; allowed 10 + 3 = 13 → 28: 8 × 28 ÷ 13 = 17.2, 5 × 28 ÷ 13 = 10.8, together 28.
    # Down to 2 + 1 = 3: 8 × 3 ÷ 13 = 1.8 → 2, 5 × 3 ÷ 13 = 1.2 → 1.
    assert sizes_after(22) == (17, 11)
    assert sizes_after(2) == (2, 1)
    # 6 + 2 = 8: 4.9 → 5 and 3.1 → 3. 16 + 4 = 20: 12.3 → 12 and 7.7 → 8. 4 + 1: 3.1 → 3, 1.9 → 2.
    assert sizes_after(6) == (5, 3)
    assert sizes_after(16) == (12, 8)
    assert sizes_after(4) == (3, 2)


def sizes_after(scale_to: int) -> tuple[int, int]:
    frame = roll(then="scale", after=4, scale_to=scale_to).frames[5]
    return frame.old, frame.new


def test_the_larger_gets_the_rest_and_equals_go_newer_first() -> None:
    # 4/4 pods under a limit of 8, then 9 + 4 = 13: 6.5 rounds to 7 for the newer, 6 are left for the older.
    grown = roll(replicas=4, max_surge="100%", max_unavailable="0", image_ok=False, then="scale", scale_to=9)
    assert path(grown).split()[:3] == ["4/0", "4/4", "9/9"]
    odd = roll(replicas=4, max_surge="4", max_unavailable="0", image_ok=False, then="scale", scale_to=9)
    assert path(odd).split()[:3] == ["4/0", "4/4", "6/7"]
    # 4/4 down to 1 + 4 = 5: 2.5 rounds to 3, so the older loses 1,
    # the newer 1, and the 1 that is left goes from the older, which comes first.
    shrunk = roll(replicas=4, max_surge="4", max_unavailable="0", image_ok=False, then="scale", scale_to=1)
    assert shrunk.frames[3].why == "proportional"
    assert (shrunk.frames[3].old, shrunk.frames[3].new) == (2, 3)


def test_an_unrolled_deployment_simply_gets_the_new_number() -> None:
    outcome = roll(then="scale", scale_to=12)

    assert path(outcome).endswith("0/10 0/12")
    assert outcome.frames[-2].why == "one-active"


def test_a_paused_roll_out_still_scales() -> None:
    paused = roll(then="pause", after=4)
    scaled = roll(then="pause-and-scale", after=4, scale_to=5)

    assert (paused.ended, path(paused)) == ("paused", "10/0 10/3 8/3 8/5")
    assert (scaled.ended, path(scaled)) == ("paused", "10/0 10/3 8/3 8/5 4/3")


def test_a_paused_roll_out_below_its_limit_grows_the_largest() -> None:
    """The proportional scaling runs at every sync of a paused Deployment, not only when replicas change."""
    outcome = roll(then="pause", after=3)

    assert path(outcome) == "10/0 10/3 8/3 10/3"


def test_a_new_replica_set_that_has_everything_lets_the_old_one_go() -> None:
    outcome = roll(replicas=2, max_surge="2", max_unavailable="0", then="pause", after=3)

    assert [f.why for f in outcome.frames] == ["start", "create", "ready", "pause", "saturated"]
    assert outcome.ended == "complete"


def test_a_paused_deployment_does_not_begin() -> None:
    outcome = roll(manifest="{kind: Deployment, spec: {replicas: 2, paused: true}}")

    assert (outcome.ended, path(outcome)) == ("paused", "2/0")


def test_recreate_takes_everything_down_first() -> None:
    outcome = roll(replicas=3, strategy="Recreate")

    assert path(outcome) == "3/0 0/0 0/3"
    assert [f.sync for f in outcome.frames] == [0, 1, 2, 2]
    assert (outcome.surge, outcome.unavailable, outcome.min_available, outcome.max_total) == (0, 0, 0, 3)
    assert roll(replicas=3, strategy="Recreate", image_ok=False).stuck


def test_unavailable_is_never_more_than_there_are() -> None:
    outcome = roll(replicas=3, max_surge="0", max_unavailable="7")

    assert (outcome.unavailable, outcome.unavailable_used, outcome.min_available) == (7, 3, 0)
    assert "sum.clamped" in [said.key for said in outcome.sums]


def test_both_rounding_to_zero_lets_one_be_missing() -> None:
    outcome = roll(max_surge="0%", max_unavailable="1%")

    assert (outcome.unavailable, outcome.lowest) == (1, 9)
    assert "sum.forced" in [said.key for said in outcome.sums]


def test_every_limit_stands_in_the_derivation() -> None:
    assert [said.key for said in roll().sums] == [
        "sum.surge.percent",
        "sum.unavailable.percent",
        "sum.least",
        "sum.most",
    ]
    assert [said.key for said in roll(max_surge="1", max_unavailable="0").sums[:2]] == [
        "sum.surge.number",
        "sum.unavailable.number",
    ]


def test_the_sums_hold_what_the_controller_reckons() -> None:
    frames = roll().frames

    assert frames[3].because.values == {
        "desired": 10,
        "surge": 3,
        "total": 11,
        "room": 2,
        "missing": 7,
        "added": 2,
    }
    assert frames[2].because.values == {
        "total": 13,
        "least": 8,
        "waiting": 3,
        "budget": 2,
        "available": 10,
        "spare": 2,
        "has": 10,
        "count": 2,
    }


DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 4
  strategy:
    rollingUpdate: {maxSurge: 1, maxUnavailable: 50%}
"""


def test_a_deployment_can_be_pasted() -> None:
    outcome = roll(manifest=DEPLOYMENT, replicas=99, max_surge="rubbish")

    assert path(outcome) == "4/0 4/1 2/1 2/3 0/3 0/4"


def test_a_pasted_deployment_has_the_defaults_of_the_api() -> None:
    outcome = roll(manifest="kind: Deployment", image_ok=False)

    assert (outcome.replicas, outcome.surge, outcome.unavailable) == (1, 1, 0)
    assert outcome.why.values["deadline"] == 600
    deadline = roll(manifest="{kind: Deployment, spec: {progressDeadlineSeconds: 60}}", image_ok=False)
    assert deadline.why.values["deadline"] == 60
    assert roll(manifest="{kind: Deployment, spec: {replicas: 2, strategy: {type: Recreate}}}").lowest == 0


def deployment(spec: str) -> dict[str, str]:
    return {"manifest": f"kind: Deployment\nspec: {spec}"}


@pytest.mark.parametrize(
    ("inputs", "code", "field"),
    [
        ({"max_surge": "oops"}, "rollout-amount", "max_surge"),
        ({"max_surge": ""}, "rollout-amount", "max_surge"),
        ({"max_surge": "-1"}, "rollout-amount", "max_surge"),
        ({"max_surge": "1.5"}, "rollout-amount", "max_surge"),
        ({"max_unavailable": "25 %"}, "rollout-amount", "max_unavailable"),
        ({"max_unavailable": "٣"}, "rollout-amount", "max_unavailable"),
        ({"max_surge": "9" * 480}, "rollout-amount-large", "max_surge"),
        ({"max_surge": str(2**31)}, "rollout-amount-large", "max_surge"),
        ({"max_unavailable": "101%"}, "rollout-above-100", "max_unavailable"),
        ({"max_surge": "0", "max_unavailable": "0"}, "rollout-both-zero", "max_unavailable"),
        ({"max_surge": "0%", "max_unavailable": "00"}, "rollout-both-zero", "max_unavailable"),
        ({"replicas": -1}, "rollout-pods", "replicas"),
        ({"replicas": 10001}, "rollout-pods", "replicas"),
        ({"scale_to": 10001}, "rollout-pods", "scale_to"),
        ({"replicas": 5000, "max_surge": "1", "max_unavailable": "0"}, "rollout-steps", "max_surge"),
        ({"manifest": "kind: Pod"}, "manifest-kind", "manifest"),
        ({"manifest": "# nothing"}, "manifest-empty", "manifest"),
        ({"manifest": "kind: HorizontalPodAutoscaler"}, "manifest-kind", "manifest"),
        (deployment("{replicas: -1}"), "api-number", "manifest"),
        (deployment("{strategy: {type: Canary}}"), "api-one-of", "manifest"),
        (
            deployment("{strategy: {type: Recreate, rollingUpdate: {maxSurge: 1}}}"),
            "api-leave-out",
            "manifest",
        ),
        (deployment("{strategy: {rollingUpdate: {maxSurge: '2'}}}"), "api-percent", "manifest"),
        (deployment("{strategy: {rollingUpdate: {maxSurge: -2}}}"), "api-number", "manifest"),
        (deployment("{strategy: {rollingUpdate: {maxUnavailable: 200%}}}"), "api-above-100", "manifest"),
        (
            deployment("{strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 0%}}}"),
            "api-both-zero",
            "manifest",
        ),
    ],
)
def test_what_the_api_server_would_not_take_is_refused(inputs: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(Refusal) as refusal:
        roll(**inputs)

    assert (refusal.value.code, refusal.value.field) == (code, field)


def test_a_refusal_names_the_place_in_the_manifest() -> None:
    with pytest.raises(Refusal) as refusal:
        roll(manifest=DEPLOYMENT.replace("50%", "150%"))

    assert refusal.value.where == "documents[0].spec.strategy.rollingUpdate.maxUnavailable"
    assert refusal.value.line == 8


amounts = st.one_of(st.integers(0, 120).map(str), st.integers(0, 100).map("{}%".format))
roll_outs = st.fixed_dictionaries(
    {
        "replicas": st.integers(0, 60),
        "max_surge": amounts,
        "max_unavailable": amounts,
        "image_ok": st.booleans(),
    }
)


def possible(inputs: dict[str, Any]) -> bool:
    return int(inputs["max_surge"].rstrip("%")) + int(inputs["max_unavailable"].rstrip("%")) > 0


@settings(deadline=None)
@given(roll_outs.filter(possible))
def test_a_roll_out_never_leaves_its_limits(inputs: dict[str, Any]) -> None:
    outcome = roll(**inputs)

    assert all(f.available >= outcome.min_available and f.total <= outcome.max_total for f in outcome.frames)
    assert all(0 <= f.old_available <= f.old and 0 <= f.new_available <= f.new for f in outcome.frames)


@settings(deadline=None)
@given(roll_outs.filter(possible))
def test_a_good_image_is_always_rolled_out_and_a_bad_one_never(inputs: dict[str, Any]) -> None:
    outcome = roll(**inputs)
    end = outcome.frames[-1]

    assert outcome.stuck == (not inputs["image_ok"] and inputs["replicas"] > 0)
    if not outcome.stuck:
        assert (end.old, end.new, end.new_available) == (0, inputs["replicas"], inputs["replicas"])


@settings(max_examples=200, deadline=None)
@given(
    roll_outs.filter(possible),
    st.sampled_from(["undo", "scale", "pause", "pause-and-scale"]),
    st.integers(0, 12),
    st.integers(0, 40),
    st.integers(0, 20),
    st.sampled_from(["RollingUpdate", "Recreate"]),
)
def test_whatever_happens_in_between_it_comes_to_rest(
    inputs: dict[str, Any], then: str, after: int, scale_to: int, old_broken: int, strategy: str
) -> None:
    outcome = roll(**inputs, then=then, after=after, scale_to=scale_to, old_broken=old_broken, strategy=strategy)

    assert len(outcome.frames) < 400
    assert all(0 <= f.old_available <= f.old and 0 <= f.new_available <= f.new for f in outcome.frames)
    if then == "undo" and not old_broken:
        assert outcome.ended == "complete"


def test_rounding_is_half_away_from_zero() -> None:
    assert [half_away(n, 2) for n in range(6)] == [0, 1, 1, 2, 2, 3]
    assert half_away(9 * 13, 13) == 9


@settings(deadline=None)
@given(st.text(max_size=12))
def test_rubbish_amounts_are_refused_and_nothing_else(text: str) -> None:
    try:
        amount = read_amount(text, "max_surge")
    except Refusal:
        return
    assert str(amount).rstrip("%").isdigit()


def test_a_long_roll_out_is_abridged() -> None:
    outcome = roll(replicas=1000, max_surge="1", max_unavailable="0")

    assert len(outcome.first) + outcome.hidden + len(outcome.last) == len(outcome.frames)
    assert outcome.drawing.every > 1
    assert read_fenceposts("1", "0").of(5).surge == 1


def test_the_picture_stands_between_the_limits() -> None:
    drawing = roll().drawing

    assert [mark.text for mark in drawing.heights] == [13, 8, 0]
    assert len(drawing.steps) == len(roll().frames)
    assert all(14 <= box.y <= 206 and box.y + box.height <= 206.2 for box in drawing.boxes)
    assert {box.part for box in roll(old_broken=2).drawing.boxes} == {"old", "new", "new-waiting", "old-down"}


WORDS = words_beside(__file__)


def test_everything_is_said_in_both_languages() -> None:
    whys = (*get_args(Act), *get_args(Way))
    assert {f"{kind}.{why}" for kind in ("step", "because") for why in whys} <= WORDS.keys()
    assert {f"example.{example.name}" for example in WIDGET.examples} <= WORDS.keys()
    for example in WIDGET.examples:
        outcome = roll(**example.inputs)
        sentences = [
            outcome.verdict,
            outcome.why,
            *outcome.sums,
            *(frame.because for frame in outcome.frames),
        ]
        for said in sentences:
            for language in LANGUAGES:
                assert WORDS.text(language, said.key, **said.values)
