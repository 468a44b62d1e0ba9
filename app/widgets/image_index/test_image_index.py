"""What the room `image-index` promises."""

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kube.refusal import Refusal
from app.widgetkit.saying import LANGUAGES, words_beside
from app.widgets.image_index.document import INDEX_TYPES, MANIFEST_TYPES
from app.widgets.image_index.model import Matcher
from app.widgets.image_index.platform import Platform, accepted, matches, normalize, parse_platform
from app.widgets.image_index.widget import WIDGET, Inputs, Outcome, run

FOLDER = Path(__file__).parent
CASES = yaml.safe_load((FOLDER / "cases.yaml").read_text(encoding="utf-8"))
WORDS = words_beside(__file__)
HOST = Platform("linux", "amd64")
REFUSALS = {
    "platform-wildcard",
    "platform-part",
    "platform-parts",
    "platform-unknown",
    "platform-level",
    "image-empty",
    "image-two",
    "image-shape",
    "image-both",
    "image-config",
    "image-error",
    "image-name",
    "image-text",
    "image-schema1",
    "image-many",
}
PLAIN = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST_TYPES[0], "config": {"digest": "sha256:c"}, "layers": []})


def entry(i: int, text: str) -> dict[str, Any]:
    """A descriptor; `-` names no platform, `os(version+feature)` in front of the architecture."""
    descriptor: dict[str, Any] = {"mediaType": MANIFEST_TYPES[0], "digest": f"sha256:{i:064x}", "size": 500 + i}
    if text == "-":
        return descriptor
    found = re.fullmatch(r"([^/(]*)(?:\(([^+)]*)((?:\+\w+)*)\))?/([^/]+)(?:/(.+))?", text)
    assert found, text
    platform = {"os": found[1], "architecture": found[4], "variant": found[5], "os.version": found[2]}
    given: dict[str, Any] = {name: value for name, value in platform.items() if value}
    if found[3]:
        given["os.features"] = found[3].split("+")[1:]
    return descriptor | {"platform": given}


def index(*platforms: str, **more: Any) -> str:
    entries = [entry(i, text) for i, text in enumerate(platforms)]
    return json.dumps({"schemaVersion": 2, "mediaType": INDEX_TYPES[0], "manifests": entries} | more)


def pull(image: str, platform: str = "linux/amd64", **more: Any) -> Outcome:
    return run(Inputs.model_validate({"image": image, "platform": platform} | more))


@pytest.mark.parametrize("case", CASES["parse"])
def test_a_platform_is_read_as_containerd_reads_it(case: str) -> None:
    given, _, expected = case.partition("=> ")
    host, _, text = given.rpartition("> ")

    if expected == "refused":
        with pytest.raises(Refusal) as refusal:
            pull(index(), text.strip() if text != " " else "", host=host or "linux/amd64")
        assert refusal.value.field == "platform"
        return
    outcome = pull(index(), text.strip(), host=host or "linux/amd64")
    assert f"{outcome.platform}, {outcome.normalized}" == expected


@pytest.mark.parametrize("case", CASES["choose"])
def test_the_entry_is_the_one_containerd_takes(case: str) -> None:
    question, _, answers = case.partition("=> ")
    node, _, platforms = question.partition(" |")

    for matcher, answer in zip(("classic", "containerd-2.1", "strict"), answers.split(), strict=True):
        outcome = pull(index(*platforms.split()), node, matcher=matcher)

        if answer.isdigit():
            assert (outcome.selected, outcome.error) == (int(answer), None), matcher
        else:
            fate = {"none": "pull-fails", "missing": "content-missing"}[answer]
            assert (outcome.selected, outcome.fate, outcome.runs) == (None, fate, False), matcher


@pytest.mark.parametrize("case", CASES["paste"], ids=lambda case: case["name"])
def test_what_people_paste_is_read(case: dict[str, str]) -> None:
    outcome = pull(case["text"], case["node"], binaries=case.get("binaries", ""), matcher="classic")
    offered, _, expected = case["is"].partition(" => ")
    taken, fate, *artifact = expected.split()

    assert (offered == "manifest") == (outcome.kind == "manifest")
    if outcome.kind == "index":
        assert [row.platform or "-" for row in outcome.entries] == offered.split()
    assert (str(outcome.selected).lower(), outcome.fate) == (taken, fate)
    assert [outcome.why.key] == [f"why.no-image.{artifact[0]}"] if artifact else outcome.fate != "no-image"
    check_said(outcome)


@pytest.mark.parametrize("case", CASES["refused"])
def test_what_is_no_document_of_a_registry_is_refused_with_the_command_to_run(case: str) -> None:
    text, _, code = case.rpartition(" => ")

    with pytest.raises(Refusal) as refusal:
        pull(text)
    assert (refusal.value.code, refusal.value.field) == (code, "image")
    assert all("crane manifest" in str(WORDS.raw(language, f"refusal.{code}")) for language in LANGUAGES)


def test_no_headline_has_a_hole() -> None:
    """Where a sentence names what is pulled, there is a name to put in."""
    for fate_of in (PLAIN, index("linux/amd64"), index("-"), index()):
        for binaries in ("", "linux/amd64", "linux/arm64"):
            for qemu in (False, True):
                said = pull(fate_of, "linux/amd64", binaries=binaries, qemu=qemu).verdict
                assert "{taken}" not in str(WORDS.raw("en", said.key)) or said.values["taken"]


def test_the_list_of_a_node_is_written_best_first() -> None:
    assert pull(index(), "linux/amd64/v3").accepts == ("linux/amd64/v3", "linux/amd64/v2", "linux/amd64", "linux/386")
    assert pull(index(), "linux/arm/v7").accepts == ("linux/arm/v7", "linux/arm/v6", "linux/arm/v5")
    assert pull(index(), "linux/arm64/v9.1").accepts == (
        *("linux/arm64/v9.1", "linux/arm64/v9"),
        *(f"linux/arm64/v8.{minor}" for minor in range(6, 0, -1)),
        *("linux/arm64", "linux/arm/v8", "linux/arm/v7", "linux/arm/v6", "linux/arm/v5"),
    )
    assert pull(index(), "linux/arm64/v10").accepts == ()
    assert pull(index(), "linux/arm64", matcher="strict").accepts == ("linux/arm64",)


@pytest.mark.parametrize(
    ("matcher", "error"),
    [
        ("classic", "no match for platform in manifest: not found"),
        ("strict", "no match for platform in manifest: not found"),
        ("containerd-2.1", "get image config descriptor: no match for platform in manifest sha256:…: not found"),
    ],
)
def test_no_match_is_said_in_the_runtimes_words(matcher: str, error: str) -> None:
    outcome = pull(index("linux/s390x"), matcher=matcher)

    assert outcome.error == error
    assert [shown.kind for shown in outcome.shows] == ["table", "text"]
    assert outcome.shows[1].lines[1].endswith(error)
    assert [stage.state for stage in outcome.stages] == ["ok", "fail", "skip", "skip"]


def test_what_was_not_fetched_is_named_by_its_digest() -> None:
    outcome = pull(index("linux/s390x", "linux/386"), matcher="containerd-2.1")

    assert outcome.error == f"get image config descriptor: content digest sha256:{1:064x}: not found"
    assert [stage.state for stage in outcome.stages] == ["ok", "ok", "fail", "skip"]
    assert outcome.drawing
    assert [card.mark for card in outcome.drawing.cards] == ["apart", "refused"]


@pytest.mark.parametrize(
    ("image", "node", "binaries", "qemu", "fate", "runs"),
    [
        (PLAIN, "linux/arm64", "", False, "unknown", None),
        (PLAIN, "linux/arm64", "linux/amd64", False, "exec-format-error", False),
        (PLAIN, "linux/arm64", "linux/amd64", True, "emulated", True),
        (PLAIN, "linux/arm64", "linux/arm/v7", False, "unknown", None),
        (PLAIN, "linux/arm64", "linux/arm/v7", True, "emulated", True),
        (PLAIN, "linux/arm/v7", "linux/arm/v6", False, "runs", True),
        (index("linux/arm/v7"), "linux/arm64", "", False, "unknown", None),
        (index("linux/386"), "linux/amd64", "", False, "runs", True),
        (PLAIN, "linux/arm64", "linux/arm64/v9", False, "unknown", None),
        (PLAIN, "linux/amd64", "windows/amd64", False, "unknown", None),
        (PLAIN, "linux/amd64", "linux/386", False, "runs", True),
        (index("linux/arm64"), "linux/arm64", "", False, "runs", True),
        (index("linux/arm64"), "linux/arm64", "linux/amd64", False, "exec-format-error", False),
        (index("linux/arm64"), "linux/amd64", "linux/amd64", True, "pull-fails", False),
        (index("-"), "linux/arm64", "", False, "config-decides", None),
        (index("-"), "linux/arm64", "linux/arm64", False, "runs", True),
        (index("-"), "linux/arm64", "linux/amd64", False, "pull-fails", False),
    ],
)
def test_what_happens_then(image: str, node: str, binaries: str, qemu: bool, fate: str, runs: bool | None) -> None:
    outcome = pull(image, node, binaries=binaries, qemu=qemu, matcher="classic")

    assert (outcome.fate, outcome.runs) == (fate, runs)
    assert outcome.exit_code == (255 if fate == "exec-format-error" else None)


def test_the_same_mistake_fails_at_the_pull_or_at_the_start() -> None:
    listed = pull(index("linux/amd64"), "linux/arm64", binaries="linux/amd64")
    plain = pull(PLAIN, "linux/arm64", binaries="linux/amd64")

    assert [stage.state for stage in listed.stages] == ["ok", "fail", "skip", "skip"]
    assert [stage.state for stage in plain.stages] == ["ok", "skip", "ok", "fail"]
    assert "ImagePullBackOff" in listed.shows[0].lines[2]
    assert "CrashLoopBackOff" in plain.shows[0].lines[2]
    assert plain.shows[2].lines[2] == "  Exit Code: 255"


@pytest.mark.parametrize("matcher", get_args(Matcher))
@pytest.mark.parametrize(("qemu", "fate"), [(False, "exec-format-error"), (True, "emulated")])
def test_a_plain_manifest_for_another_architecture_is_unpacked_and_started(matcher: str, qemu: bool, fate: str) -> None:
    """v2.1.0, v2.2.2, v2.3.4 plugins/transfer/plugin.go: check_platform_supported is false, so no architecture is
    left out; client/pull.go, the local pull: platforms.All."""
    outcome = pull(PLAIN, "linux/arm64", binaries="linux/amd64", qemu=qemu, matcher=matcher)

    assert (outcome.selected, outcome.error, outcome.fate) == (0, None, fate)


def test_what_nobody_sets_is_the_rule_by_which_all_versions_compare() -> None:
    """Scripts rely on it; since 2.1 the pull takes the exact platform only (v2.3.4 internal/cri/config/config.go)."""
    assert pull(index("linux/386"), "linux/amd64").fate != "content-missing"
    assert pull(index("linux/386"), "linux/amd64", matcher="containerd-2.1").fate == "content-missing"


def test_an_index_inside_an_index_is_left_open() -> None:
    nested = entry(0, "linux/amd64") | {"mediaType": INDEX_TYPES[1]}

    outcome = pull(json.dumps({"manifests": [nested]}))

    assert (outcome.selected, outcome.fate, outcome.why.key) == (0, "unknown", "why.nested")


@pytest.mark.parametrize(
    ("platform", "why"),
    [
        ("linux/amd64", "exact"),
        ("linux/386", "fallback"),
        ("-", "no-platform"),
        ("unknown/unknown", "attestation"),
        ("windows/amd64", "os"),
        ("linux/arm64", "architecture"),
        ("linux/amd64/v3", "variant"),
        ("linux(+gpu)/amd64", "features"),
    ],
)
def test_each_entry_says_why(platform: str, why: str) -> None:
    assert [row.why for row in pull(index(platform)).entries] == [why]


def test_a_windows_entry_of_another_build_says_so() -> None:
    outcome = pull(index("windows(10.0.20348)/amd64"), "windows(10.0.17763)/amd64")

    assert [row.why for row in outcome.entries] == ["os-version"]


def test_ranks_count_only_what_is_kept() -> None:
    outcome = pull(index("-", "linux/386", "linux/arm64", "linux/amd64", "linux/amd64"))

    assert [(row.rank, row.place) for row in outcome.entries] == [(4, None), (3, 2), (None, None), (1, 1), (2, 1)]
    assert [row.is_selected for row in outcome.entries] == [False, False, False, True, False]


def test_an_entry_without_an_os_takes_the_hosts() -> None:
    image = json.dumps({"manifests": [{"digest": "sha256:a", "platform": {"architecture": "amd64"}}]})

    assert pull(image).selected == 0
    assert pull(image, "windows/amd64").selected is None
    assert pull(image, "windows/amd64", host="windows/amd64").selected == 0


@pytest.mark.parametrize(
    "image",
    [
        index("linux/arm64", "linux/amd64"),
        index("linux/arm64", "linux/amd64", mediaType=INDEX_TYPES[1]),
        json.dumps({"manifests": [entry(0, "linux/arm64"), entry(1, "linux/amd64")]}, indent=4),
        json.dumps([{"Ref": "a", "Descriptor": entry(0, "linux/arm64")}, {"Descriptor": entry(1, "linux/amd64")}]),
        "manifests:\n- platform: {os: linux, architecture: arm64}\n- platform: {os: linux, architecture: amd64}\n",
    ],
    ids=["oci", "docker", "without-type", "docker-inspect-v", "yaml"],
)
def test_an_index_may_come_from_any_tool(image: str) -> None:
    assert pull(image).selected == 1


@pytest.mark.parametrize(
    "image",
    [
        PLAIN,
        json.dumps({"mediaType": MANIFEST_TYPES[1]}),
        json.dumps({"Ref": "shop:1.4", "Descriptor": {"mediaType": MANIFEST_TYPES[0], "digest": "sha256:a"}}),
        json.dumps({"layers": [{}]}),
    ],
)
def test_a_plain_manifest_is_known_as_one(image: str) -> None:
    outcome = pull(image)

    assert (outcome.kind, outcome.selected, outcome.drawing) == ("manifest", 0, None)


@pytest.mark.parametrize(
    ("inputs", "note"),
    [
        ({"image": index("linux/amd64", "unknown/unknown")}, "note.attestation"),
        ({"image": index("linux/amd64/v3"), "platform": "linux/amd64"}, "note.amd64-level"),
        ({"platform": "linux/arm64/v10"}, "note.unknown-variant"),
        ({"image": index("linux/386", "linux/amd64"), "platform": "linux/amd64"}, "note.order"),
        ({"image": PLAIN}, "note.binaries"),
        ({"image": index("linux/386"), "platform": "amd64", "matcher": "containerd-2.1"}, "note.local-pull"),
        ({"image": index("linux/arm64"), "binaries": "linux/amd64"}, "note.label-trusted"),
    ],
)
def test_a_trap_is_pointed_out(inputs: dict[str, str], note: str) -> None:
    assert note in [said.key for said in run(Inputs.model_validate(inputs)).notes]


def test_an_ordinary_pull_has_no_trap() -> None:
    assert pull(index("linux/amd64", "linux/arm64")).notes == ()


@pytest.mark.parametrize(
    ("inputs", "code", "field"),
    [
        ({"platform": "linux/*"}, "platform-wildcard", "platform"),
        ({"platform": "linux /arm"}, "platform-part", "platform"),
        ({"platform": ""}, "platform-part", "platform"),
        ({"platform": "a/b/c/d"}, "platform-parts", "platform"),
        ({"platform": "sun4u"}, "platform-unknown", "platform"),
        ({"platform": "linux/amd64/v101"}, "platform-level", "platform"),
        ({"platform": "linux/arm/v" + "9" * 480}, "platform-level", "platform"),
        ({"host": "moon"}, "platform-unknown", "host"),
        ({"binaries": "elf"}, "platform-unknown", "binaries"),
        ({"image": ""}, "image-empty", "image"),
        ({"image": "{}"}, "image-shape", "image"),
        ({"image": "[]"}, "image-shape", "image"),
        ({"image": '[{"a":1}]'}, "image-shape", "image"),
        ({"image": '{"kind":"Pod"}'}, "image-shape", "image"),
        ({"image": "kind: Pod"}, "image-text", "image"),
        (
            {"image": "$ docker manifest inspect mill:2\nno such manifest: docker.io/library/mill:2\n"},
            "image-error",
            "image",
        ),
        ({"image": "Error response from daemon: manifest for mill:2 not found\n"}, "image-error", "image"),
        ({"image": 'time="2024-01-01T00:00:00Z" level=fatal msg="Error parsing image name"\n'}, "image-error", "image"),
        ({"image": '{"manifests":[],"layers":[]}'}, "image-both", "image"),
        ({"image": '{"manifests":[]}\n{"manifests":[]}'}, "image-two", "image"),
        ({"image": '{"Name":"shop","Architecture":"amd64","Os":"linux"}'}, "image-config", "image"),
        ({"image": '{"architecture":"amd64","rootfs":{}}'}, "image-config", "image"),
        ({"image": '{"schemaVersion":1,"fsLayers":[{}]}'}, "image-schema1", "image"),
        ({"image": json.dumps({"manifests": [{}] * 10_001})}, "image-many", "image"),
        ({"image": '{"manifests":7}'}, "manifest-wrong-list", "image"),
        ({"image": '{"manifests":[7]}'}, "manifest-wrong-mapping", "image"),
        ({"image": '{"manifests":[{"platform":"linux/amd64"}]}'}, "manifest-wrong-mapping", "image"),
        ({"image": '{"manifests":[{"platform":{"os.features":[7]}}]}'}, "manifest-wrong-text", "image"),
        ({"image": '{"manifests":[{"size":-1}]}'}, "manifest-range", "image"),
        ({"image": "{"}, "manifest-yaml", "image"),
    ],
)
def test_what_cannot_be_read_is_refused(inputs: dict[str, str], code: str, field: str) -> None:
    with pytest.raises(Refusal) as refusal:
        run(Inputs.model_validate(inputs))

    assert (refusal.value.code, refusal.value.field) == (code, field)


def test_a_mistake_inside_an_index_is_named_with_its_line() -> None:
    image = '{"manifests": [\n  {"platform": {"os": "linux"}},\n  {"platform": {"os": 7}}\n]}'

    with pytest.raises(Refusal) as refusal:
        pull(image)

    assert (refusal.value.line, refusal.value.where) == (3, "documents[0].manifests[1].platform.os")


def test_the_picture_joins_what_meets() -> None:
    picture = pull(index("linux/amd64", "linux/arm/v7", "linux/arm64"), "linux/arm64").drawing

    assert picture
    assert [(rung.place, rung.is_met, rung.is_taken) for rung in picture.rungs[:3]] == [
        (1, True, True),
        (2, False, False),
        (3, True, False),
    ]
    assert [card.mark for card in picture.cards] == ["apart", "kept", "taken"]
    assert [line.is_taken for line in picture.lines] == [False, True]


def test_many_entries_are_listed_and_not_drawn() -> None:
    outcome = pull(index(*["linux/arm64"] * 500, "linux/amd64"))

    assert (outcome.selected, outcome.drawing) == (500, None)
    assert (len(outcome.listed), outcome.unlisted) == (200, 301)


ARCHITECTURES = st.sampled_from(
    ["amd64", "x86_64", "386", "i386", "arm", "armhf", "armel", "arm64", "aarch64", "s390x", "ppc64le", "riscv64"]
)
VARIANTS = st.sampled_from(
    ["", "v1", "v2", "v3", "v4", "5", "v6", "v7", "v8", "8", "v8.0", "v8.5", "v9", "v9.3", "v10"]
)
platforms = st.builds(Platform, st.sampled_from(["linux", "windows", "macos"]), ARCHITECTURES, VARIANTS)


@settings(deadline=None)
@given(platforms)
def test_normalizing_twice_is_normalizing_once(platform: Platform) -> None:
    assert normalize(normalize(platform)) == normalize(platform)


@settings(deadline=None)
@given(platforms)
def test_a_platform_reads_back_as_it_is_written(platform: Platform) -> None:
    written = str(normalize(platform))

    assert normalize(parse_platform(written, HOST, "platform")) == normalize(platform)


@settings(deadline=None)
@given(platforms)
def test_a_known_node_accepts_itself_first(platform: Platform) -> None:
    wanted = normalize(platform)
    accepts = accepted(wanted, "platform")

    if accepts:
        assert accepts[0] == wanted
        assert len(set(accepts)) == len(accepts)
    else:
        assert wanted.architecture == "arm64"


@settings(deadline=None)
@given(platforms, st.lists(platforms, max_size=6), st.randoms())
def test_the_order_of_the_index_matters_among_equals_only(node: Platform, offers: list[Platform], luck: Any) -> None:
    def best(entries: list[Platform]) -> Platform | None:
        written = [str(entry) for entry in entries]
        selected = pull(index(*written), str(normalize(node))).selected
        return None if selected is None else normalize(entries[selected])

    shuffled = offers.copy()
    luck.shuffle(shuffled)

    assert best(shuffled) == best(offers)


@settings(deadline=None)
@given(platforms, st.lists(platforms, min_size=1, max_size=6))
def test_no_entry_before_the_chosen_one_in_the_nodes_list(node: Platform, offers: list[Platform]) -> None:
    wanted = normalize(node)
    outcome = pull(index(*map(str, offers)), str(wanted))
    accepts = accepted(wanted, "platform")
    places = [place for place, item in enumerate(accepts) if any(matches(item, normalize(offer)) for offer in offers)]

    assert (outcome.selected is None) == (not places)
    if outcome.selected is not None:
        assert outcome.entries[outcome.selected].place == places[0] + 1


def outcome_of(inputs: dict[str, str]) -> str:
    try:
        run(Inputs.model_validate(inputs))
    except Refusal as refusal:
        return refusal.code
    return "answered"


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet='linuxarmd648/v.*()+%{}[]":,\n -', max_size=40), st.text(max_size=20))
def test_rubbish_is_refused_and_nothing_else(one: str, other: str) -> None:
    for text in (one, other):
        for field in ("image", "platform", "host", "binaries"):
            code = outcome_of({field: text})
            assert code in {"answered", *REFUSALS} or code.startswith("manifest-")


def test_everything_is_said_in_both_languages() -> None:
    assert {f"refusal.{code}" for code in REFUSALS} <= WORDS.keys()
    assert {f"example.{example.name}" for example in WIDGET.examples} <= WORDS.keys()
    images = [PLAIN, index("-"), index("linux/arm64"), index("linux/386", "linux/arm/v7"), index(), index("-", "-")]
    for image in [*images, json.dumps({"manifests": [entry(0, "linux/amd64") | {"mediaType": INDEX_TYPES[0]}]})]:
        for platform in ("linux/arm64", "linux/amd64", "linux/arm64/v10"):
            for binaries in ("", "linux/arm64", "linux/amd64", "linux/amd64/v3", "windows/amd64"):
                for matcher, qemu in (("classic", "true"), ("containerd-2.1", "false"), ("strict", "false")):
                    outcome = pull(image, platform, binaries=binaries, matcher=matcher, qemu=qemu)
                    check_said(outcome)


def check_said(outcome: Outcome) -> None:
    said = [outcome.verdict, outcome.why, *outcome.sums, *outcome.notes, *(stage.said for stage in outcome.stages)]
    for sentence in said:
        for language in LANGUAGES:
            assert WORDS.text(language, sentence.key, **sentence.values)
    for row in outcome.entries:
        assert f"reason.{row.why}" in WORDS


# platform_windows_compat.go, windowsStripFeaturesMatcher: the feature was never looked at before it had a name.
@pytest.mark.parametrize(("features", "selected"), [(["win32k"], 0), (["other"], None), (["other", "win32k"], None)])
def test_windows_does_not_ask_for_win32k(features: list[str], selected: int | None) -> None:
    platform = {"os": "windows", "architecture": "amd64", "os.version": "10.0.20348.1", "os.features": features}
    image = json.dumps({"mediaType": INDEX_TYPES[0], "manifests": [{"platform": platform}]})

    assert run(Inputs(image=image, platform="windows(10.0.20348)/amd64")).selected == selected


@pytest.mark.parametrize(
    "prompt",
    [
        "mila@ip-10-0-0-7:~$ docker manifest inspect lindwurm/web:1\n",
        "# docker manifest inspect lindwurm/web:1\n",
        "PS C:\\Users\\mila> docker manifest inspect lindwurm/web:1\r\n",
        "❯ crane manifest lindwurm/web:1\n",
        "$ sudo skopeo inspect --raw docker://lindwurm/web:1\n",
    ],
)
def test_the_command_above_the_json_is_left_out(prompt: str) -> None:
    outcome = run(Inputs(image=prompt + index("linux/amd64", "linux/arm64"), platform="linux/arm64"))

    assert outcome.selected == 1
