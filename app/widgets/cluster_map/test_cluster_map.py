"""What the room `cluster-map` promises."""

import re
from itertools import combinations, pairwise
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.content.language import Lang
from app.kube.story.cluster import WRITE_TIMEOUT_S
from app.widgetkit.saying import LANGUAGES, words_beside
from app.widgets.cluster_map.capability import CAPABILITIES, MACHINE, holds, inherited
from app.widgets.cluster_map.cast import CAST, NEVER, PLACE, TALKS
from app.widgets.cluster_map.drawing import KIND, TALL, WIDE, Layout, Points
from app.widgets.cluster_map.fault import FAULTS, NUMBERS, Down
from app.widgets.cluster_map.model import STATES, survey
from app.widgets.cluster_map.widget import WIDGET, Inputs, run

DOWNS: tuple[Down, ...] = get_args(Down)
EVERY = {capability.code for capability in CAPABILITIES}

# What breaks, read switch by switch in the source of Kubernetes v1.37.2, containerd v2.3.4 and etcd v3.7.1 (the places
# stand beside the chains in capability.py). What is in no row goes on.
CONTROL = (
    "read cached-read write create-pod logs replace schedule start stop rollout mount endpoints heartbeat node-loss"
    " top-pods top-nodes autoscale namespace load-balancer new-node"
)
BREAKS: dict[Down, str] = {
    "none": "",
    "etcd-member": "",
    "kube-apiserver": CONTROL,
    "etcd": CONTROL,
    "kube-scheduler": "schedule rollout new-node",
    "kube-controller-manager": "replace rollout mount endpoints node-loss autoscale namespace new-node",
    "cloud-controller-manager": "load-balancer new-node",
    "webhook": "create-pod replace rollout new-node",
    "node": "run connect restart static logs start pull stop mount endpoints heartbeat top-pods top-nodes",
    "kubelet": "restart static logs start pull stop mount endpoints heartbeat top-pods top-nodes",
    "container-runtime": "restart static logs start pull stop mount endpoints top-pods top-nodes",
    "cni": "start stop",
    "csi": "mount",
    "kube-proxy": "endpoints",
    "coredns": "resolve",
    "metrics-server": "top-pods top-nodes autoscale namespace",
    "registry": "pull rollout new-node",
}
# What outlives its loss, and for how many seconds.
LASTS: dict[Down, dict[str, int]] = {"etcd": {"cached-read": 35, "top-pods": 80}}

each_fault = pytest.mark.parametrize("down", DOWNS)


@each_fault
def test_what_breaks(down: Down) -> None:
    seen = survey(down)

    assert {standing.code for standing in seen.breaks} == set(BREAKS[down].split())
    assert {standing.code for standing in seen.works} == EVERY - set(BREAKS[down].split())


@each_fault
def test_what_breaks_names_the_missing_link_and_what_works_has_none(down: Down) -> None:
    seen = survey(down)

    assert all(any(link.missing for link in standing.chain) for standing in seen.breaks)
    assert not any(link.missing for standing in seen.works for link in standing.chain)
    assert not any(standing.here_only for standing in seen.works)
    assert not any(standing.ends_at_s is not None for standing in seen.works)


@each_fault
def test_what_breaks_ends_at_once_unless_it_outlives_the_loss(down: Down) -> None:
    ends = {standing.code: standing.ends_at_s for standing in survey(down).breaks}

    assert ends == dict.fromkeys(BREAKS[down].split(), 0) | LASTS.get(down, {})


@each_fault
def test_a_limit_is_said_of_what_goes_on_and_said_only_there(down: Down) -> None:
    """Nobody may read that something goes on as before where it goes on with a limit."""
    outcome = run(Inputs(down=down))

    assert FAULTS[down].but <= {ability.code for ability in outcome.works}
    assert {ability.code for ability in outcome.works if ability.but} == FAULTS[down].but
    assert not any(ability.but for ability in outcome.breaks)


ON_A_NODE = [
    down for down in DOWNS if (gone := FAULTS[down].gone) and all(PLACE.get(n, "node") == "node" for n in gone)
]


@pytest.mark.parametrize("down", ON_A_NODE)
def test_where_no_pod_starts_nothing_is_placed_or_rolled_out_without_a_word(down: Down) -> None:
    """The scheduler does not see that a Pod cannot start on that node, or one that uses what is gone there."""
    seen, limits = survey(down), FAULTS[down].but
    starts = "start" in {standing.code for standing in seen.works} - limits

    assert starts or {"schedule", "rollout", "namespace"} <= limits


@pytest.mark.parametrize("down", ON_A_NODE)
def test_where_no_probe_counts_a_connection_may_reach_a_pod_that_has_failed(down: Down) -> None:
    broken = {standing.code for standing in survey(down).breaks}

    assert "restart" not in broken or "connect" in broken | FAULTS[down].but


@each_fault
def test_what_new_pods_need_is_limited_where_none_comes_or_none_is_placed(down: Down) -> None:
    """A Pod that is never created is not scheduled, and one that is never scheduled has no volume attached."""
    seen, limits = survey(down), FAULTS[down].but
    works, broken = ({standing.code for standing in standings} for standings in (seen.works, seen.breaks))

    assert "create-pod" not in broken or works & {"schedule", "mount"} <= limits
    assert "schedule" not in broken or works & {"mount"} <= limits


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", ["sum.unreachable", "notice.api-back", "notice.etcd-nobody-marks"])
def test_a_lease_is_read_once_more_before_a_node_is_marked(key: str, language: Lang) -> None:
    """kubernetes v1.37.2 node_lifecycle_controller.go tryUpdateNodeHealth, NodeControllerLeaseCircuitBreaker."""
    said = WORDS.text(language, key, **NUMBERS)

    assert re.search(r"[Ss]ince 1\.37|1\.37 起", said)
    assert re.search(r"Lease", said)


@pytest.mark.parametrize(("language", "word"), [("en", "credentials"), ("zh", "凭据")])
@pytest.mark.parametrize("key", ["but.registry.start", "why.registry"])
def test_an_image_of_other_credentials_needs_its_registry(key: str, language: Lang, word: str) -> None:
    """kubernetes v1.37.2 pkg/kubelet/images/image_manager.go MustAttemptImagePull; on by default since v1.35."""
    assert word in WORDS.text(language, key, **NUMBERS)


BY_CODE = {capability.code: capability for capability in CAPABILITIES}


@pytest.mark.parametrize("code", BY_CODE)
def test_whom_its_steps_need_a_capability_needs_too(code: str) -> None:
    """A capability cannot go on while one that a step of it needs is down."""
    capability = BY_CODE[code]

    assert inherited(capability, BY_CODE) <= set(capability.chain)
    assert set(capability.lasts) <= set(capability.chain)


@each_fault
@pytest.mark.parametrize("code", BY_CODE)
def test_nothing_goes_on_whose_steps_do_not(code: str, down: Down) -> None:
    capability, gone = BY_CODE[code], FAULTS[down].gone
    if holds(capability, gone):
        for step in capability.builds_on:
            lost = [name for name in BY_CODE[step].chain if name in gone]
            assert not lost or (not capability.local and all(PLACE.get(name, "node") == "node" for name in lost))


@each_fault
def test_every_notice_of_an_end_is_the_capabilitys_own(down: Down) -> None:
    """The seconds after which a capability ends stand in the timeline as well."""
    seen = survey(down)

    assert {standing.ends_at_s for standing in seen.breaks if standing.ends_at_s} <= {
        notice.at_s for notice in seen.notices
    }


@pytest.mark.parametrize(
    ("down", "moments"),
    [
        ("kube-apiserver", {"leaders-exit": 10}),
        ("etcd", {"etcd-timeout": 7, "leaders-exit": 10, "etcd-cache-ends": 35, "etcd-livez": 80}),
        ("etcd-member", {"member-leader": 2, "member-neighbour": 80}),
        ("kube-scheduler", {"standby": 15}),
        ("kube-controller-manager", {"standby": 15, "kcm-node": 50}),
        ("webhook", {"webhook-timeout": 10}),
        ("node", {"node-unknown": 50, "node-evicted": 350}),
        ("kubelet", {"kubelet-unknown": 50, "kubelet-evicted": 350}),
        ("container-runtime", {"runtime-skips": 30, "runtime-not-ready": 40, "runtime-evicted": 340}),
        ("coredns", {"dns-timeout": 10}),
        ("metrics-server", {"metrics-hpa": 15}),
        ("registry", {"registry-backoff": 10}),
    ],
)
def test_after_how_long(down: Down, moments: dict[str, int]) -> None:
    assert {notice.code: notice.at_s for notice in survey(down).notices if notice.at_s} | moments == {
        notice.code: notice.at_s for notice in survey(down).notices if notice.at_s
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_write_that_finds_no_leader_ends_as_in_the_story_of_a_pod(language: Lang) -> None:
    """etcd's client in the API server asks again until the request itself is over (recorded: etcd-no-quorum)."""
    said = WORDS.text(language, "notice.etcd-timeout", **NUMBERS)

    assert "Error from server (Timeout)" in said
    assert re.search(rf"\b{WRITE_TIMEOUT_S} [s秒]", said)


@pytest.mark.parametrize(("language", "each"), [("en", "each name"), ("zh", "每个尝试的名字")])
@pytest.mark.parametrize("key", ["notice.dns-timeout", "sum.dns"])
def test_a_lookup_waits_for_each_name_that_it_tries(key: str, language: Lang, each: str) -> None:
    """glibc, resolv/res_query.c: after the first search domain the name is asked as it is, with a dot in it or not."""
    assert each in WORDS.text(language, key, **NUMBERS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_node_without_a_network_says_what_containerd_says(language: Lang) -> None:
    """containerd v2.3.4, internal/cri/server/status.go passes on the error of go-cni v1.1.13, ErrCNINotInitialized."""
    said = WORDS.raw(language, "notice.cni-ready")

    assert "`cni plugin not initialized`" in said
    assert re.search(r"CNI 1\.1 ", said), "from this version on the plugin itself is asked: go-cni, cni.go, Status"


def test_a_condition_is_called_so_in_chinese_as_well() -> None:
    named = {key for key in WORDS for said in WORDS.forms("en", key) if re.search(r"\bconditions? `", said)}

    assert named
    assert [key for key in sorted(named) if "condition" not in "".join(WORDS.forms("zh", key))] == []


def test_moments_are_said_in_minutes_from_one_minute_on() -> None:
    moments = run(Inputs(down="container-runtime")).notices

    assert [(moment.when.key, dict(moment.when.values)) for moment in moments] == [
        ("when.once", {}),
        ("when.seconds", {"seconds": 30}),
        ("when.about-seconds", {"seconds": 40}),
        ("when.about-minutes", {"minutes": 5, "seconds": 40}),
        ("when.lasts", {}),
    ]
    assert {moment.when.key for moment in run(Inputs(down="kube-scheduler")).notices} >= {"when.lasts"}
    assert {moment.when.key for moment in run(Inputs(down="etcd")).notices} >= {"when.seconds"}


@each_fault
def test_moments_stand_in_the_order_of_time(down: Down) -> None:
    times = [notice.at_s for notice in survey(down).notices]

    assert times == sorted(times, key=lambda at: (at is None, at or 0))


def test_all_else_runs_on_when_the_api_is_gone() -> None:
    states = {component.name: component.state for component in survey("kube-apiserver").components}

    assert states["kube-apiserver"] == "down"
    assert states["pod"] == states["container-runtime"] == "up"
    assert states["kubelet"] == "keeps"
    assert states["kube-scheduler"] == states["kube-controller-manager"] == "exits"


def test_only_the_api_server_speaks_with_etcd() -> None:
    assert {talk.opener for talk in TALKS if talk.to == "etcd"} == {"kube-apiserver", "etcd"}


def test_who_never_talks_does_not_talk() -> None:
    talking = {frozenset((talk.opener, talk.to)) for talk in TALKS}

    assert not talking & {frozenset((pair.opener, pair.to)) for pair in NEVER}


def test_what_is_lost_on_one_node_is_not_lost_for_all() -> None:
    broken = {standing.code: standing.here_only for standing in survey("node").breaks}

    assert all(broken.values())
    assert not any(standing.here_only for down in ("kube-apiserver", "etcd") for standing in survey(down).breaks)


@given(st.sets(st.sampled_from([*PLACE, MACHINE])), st.sampled_from([*PLACE, MACHINE]))
def test_losing_more_never_brings_anything_back(down: set[str], more: str) -> None:
    assert all(holds(capability, down) for capability in CAPABILITIES if holds(capability, {*down, more}))


@given(st.sets(st.sampled_from([*PLACE, MACHINE])))
def test_a_capability_breaks_exactly_by_what_it_needs(down: set[str]) -> None:
    for capability in CAPABILITIES:
        assert holds(capability, down) == down.isdisjoint(capability.chain)


def test_everything_named_is_in_the_cast() -> None:
    names = {actor.name for actor in CAST}

    assert {talk.opener for talk in TALKS} | {talk.to for talk in TALKS} <= names
    assert {name for capability in CAPABILITIES for name in capability.chain} <= names | {MACHINE}
    assert {name for fault in FAULTS.values() for name in fault.gone} <= names | {MACHINE}
    assert STATES.keys() == KIND.keys() == WIDE.boxes.keys() == TALL.boxes.keys() == names
    assert FAULTS.keys() == set(DOWNS)


each_layout = pytest.mark.parametrize("layout", [WIDE, TALL], ids=["wide", "tall"])


@each_layout
def test_no_two_boxes_overlap(layout: Layout) -> None:
    boxes = list(layout.boxes.values())

    for i, (ax, ay, aw, ah) in enumerate(boxes):
        assert ax >= 0
        assert ax + aw <= layout.width
        assert ay + ah <= layout.height
        for bx, by, bw, bh in boxes[i + 1 :]:
            assert ax + aw <= bx or bx + bw <= ax or ay + ah <= by or by + bh <= ay


@each_layout
def test_every_wire_leads_from_box_to_box_and_through_none(layout: Layout) -> None:
    assert layout.wires.keys() == {talk.code for talk in TALKS if talk.opener != talk.to}
    for talk in TALKS:
        if talk.opener == talk.to:
            continue
        points = layout.wires[talk.code]
        assert _on_edge(points[0], layout.boxes[talk.opener]), talk.code
        assert _on_edge(points[-1], layout.boxes[talk.to]), talk.code
        for name, box in layout.boxes.items():
            assert not _crosses(points, box), (talk.code, name)


@each_layout
def test_wires_that_run_beside_each_other_can_be_told_apart(layout: Layout) -> None:
    pieces = [(code, *ends) for code, points in layout.wires.items() for ends in pairwise(points)]
    for (one, a, b), (other, c, d) in combinations(pieces, 2):
        for across, along in ((0, 1), (1, 0)):
            if one == other or a[across] != b[across] or c[across] != d[across]:
                continue
            shared = min(max(a[along], b[along]), max(c[along], d[along])) - max(
                min(a[along], b[along]), min(c[along], d[along])
            )
            assert shared <= 20 or abs(a[across] - c[across]) >= 8, (one, other)


TITLE_HEIGHT, BESIDE = 13, 4  # a title's letters above its line; an arrowhead beside its wire


@each_layout
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_wire_runs_through_the_title_of_a_zone(layout: Layout, language: Lang) -> None:
    (picture,) = (each for each in run(Inputs()).pictures if each.name == layout.name)
    assert len(picture.zones) == len(layout.zones)
    for zone in picture.zones:
        letters = WORDS.raw(language, f"place.{zone.name}")
        width = sum(7.6 if char.isascii() else 14 for char in letters)
        box = (zone.title_x - BESIDE, zone.title_y - TITLE_HEIGHT, round(width) + 2 * BESIDE, TITLE_HEIGHT + 2)
        assert box[0] + box[2] <= zone.x + zone.width
        assert [code for code, points in layout.wires.items() if _crosses(points, box)] == [], zone.name


def _on_edge(point: tuple[int, int], box: tuple[int, int, int, int]) -> bool:
    (px, py), (x, y, width, height) = point, box
    return (px in (x, x + width) and y <= py <= y + height) or (py in (y, y + height) and x <= px <= x + width)


def _crosses(points: Points, box: tuple[int, int, int, int]) -> bool:
    """Whether any of the straight pieces enters the inside of a box."""
    x, y, width, height = box
    for (ax, ay), (bx, by) in pairwise(points):
        assert ax == bx or ay == by, "wires run straight"
        if min(ax, bx) < x + width and max(ax, bx) > x and min(ay, by) < y + height and max(ay, by) > y:
            return True
    return False


@pytest.mark.parametrize("down", ["none", "etcd-member"])
def test_a_switch_that_takes_no_ability_says_so(down: Down) -> None:
    """And no other switch does."""
    assert [down for down in DOWNS if not survey(down).breaks] == ["none", "etcd-member"]
    assert run(Inputs(down=down)).why.key == f"why.{down}"
    assert "no ability" in WORDS.text("en", "why.etcd-member")
    assert "Nothing is switched off" in WORDS.text("en", "why.none")


def test_a_wire_to_what_is_gone_is_cut() -> None:
    for picture in run(Inputs(down="etcd")).pictures:
        assert sum(wire.cut for wire in picture.wires) == 1
        assert [box.name for box in picture.boxes if box.off] == ["etcd"]


WORDS = words_beside(__file__)


@each_fault
def test_everything_is_said_in_both_languages(down: Down) -> None:
    outcome = run(Inputs(down=down))
    said = [outcome.verdict, outcome.why, *outcome.sums]
    said += [sentence for moment in outcome.notices for sentence in (moment.when, moment.say)]
    abilities = (*outcome.works, *outcome.breaks)
    said += [say for ability in abilities for say in (ability.say, ability.ends, ability.but) if say]

    for sentence in said:
        for language in LANGUAGES:
            assert WORDS.text(language, sentence.key, **sentence.values)
    for component in outcome.components:
        assert {f"role.{component.name}", f"state.{component.state}", f"place.{component.place}"} <= WORDS.keys()


def test_every_name_is_in_the_words() -> None:
    assert {f"option.down.{down}" for down in DOWNS} <= WORDS.keys()
    assert {f"example.{example.name}" for example in WIDGET.examples} <= WORDS.keys()
    assert {f"talk.{talk.code}" for talk in TALKS} | {f"how.{talk.how}" for talk in TALKS} <= WORDS.keys()
    assert {f"never.{pair.opener}.{pair.to}" for pair in NEVER} <= WORDS.keys()
    used = {f"notice.{notice.code}" for fault in FAULTS.values() for notice in fault.notices}
    used |= {f"but.{down}.{code}" for down, fault in FAULTS.items() for code in fault.but}
    used |= {f"capability.{capability.code}" for capability in CAPABILITIES}
    assert used == {key for key in WORDS if key.startswith(("notice.", "but.", "capability."))}
    assert all(isinstance(number, int) for number in NUMBERS.values())


@pytest.mark.parametrize(("prefix", "latin"), [("actor.", 11), ("state.", 15)])
def test_names_and_states_fit_their_boxes(prefix: str, latin: int) -> None:
    for key in WORDS:
        if key.startswith(prefix):
            for text in (WORDS.raw(language, key) for language in LANGUAGES):
                assert sum(1 if char.isascii() else 2 for char in text) <= latin, key
