"""Manifests: what is read, what is refused and where, and that nothing pasted takes long."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kube.manifest import (
    DEPTH_LIMIT,
    OBJECT_LIMIT,
    POD_KINDS,
    SIZE_LIMIT,
    Document,
    load_documents,
    path_text,
    pods,
    scalar_text,
    shown,
)
from app.kube.paste.read import take
from app.kube.refusal import Refusal
from tests.soon import soon

WORDS = yaml.safe_load(Path(__file__).with_name("words.yaml").read_text(encoding="utf-8"))


def load(text: str) -> tuple[Document, ...]:
    return load_documents(text, field="manifest")


def contents(text: str) -> list[Any]:
    return [document.content for document in load(text)]


def read_pods(text: str, **more: Any) -> None:
    list(pods(load_documents(text, field="manifest", **more), field="manifest"))


def refusal(text: str, **more: Any) -> Refusal:
    with pytest.raises(Refusal) as refused:
        read_pods(text, **more)
    return refused.value


def answer(text: str) -> tuple[Document, ...] | str:
    """The documents, or the key of the sentence that refuses them; anything else raised fails the test."""
    try:
        return load(text)
    except Refusal as refused:
        return f"refusal.{refused.code}"


# --- what is read -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1", [{"a": 1}]),
        ('{"a": 1}', [{"a": 1}]),
        ("{a: 1}", [{"a": 1}]),
        ('\ufeff{"a": 1}', [{"a": 1}]),
        ('{"a": 1}{"b": 2}\n{"c": 3}', [{"a": 1}, {"b": 2}, {"c": 3}]),
        ("a: 1\n---\nb: 2\n", [{"a": 1}, {"b": 2}]),
        ("---\n---\na: 1\n---\n# nothing\n", [{"a": 1}]),
        ("a: 1\n...\n", [{"a": 1}]),
        ("a: [x, {b: c}]\n", [{"a": ["x", {"b": "c"}]}]),
        ("a: |\n  text\n", [{"a": "text\n"}]),
        ("a: !!str 5\n", [{"a": "5"}]),
        ("1: x\ntrue: z\n", [{"1": "x", "true": "z"}]),
        ("", []),
        ("# only a comment\n", []),
    ],
)
def test_yaml_and_json_are_read(text: str, expected: list[Any]) -> None:
    assert contents(text) == expected


@pytest.mark.parametrize(
    ("plain", "value"),
    [
        ("128", 128),
        ("1e3", 1000.0),
        ("1_000", 1000),
        ("0x10", 16),
        ("0b11", 3),
        ("0o17", 15),
        ("017", 15),
        ("08", 8.0),
        ("+5", 5),
        ("-5", -5),
        (".5", 0.5),
        ("1.", 1.0),
        ("1:30", "1:30"),
        ("2026-01-02", "2026-01-02"),
        ("yes", True),
        ("n", False),
        ("Off", False),
        ("~", None),
        ("", None),
        ("NULL", None),
        ("null-ish", "null-ish"),
        ("1Gi", "1Gi"),
        ("18446744073709551616", 18446744073709551616.0),
        ("'5'", "5"),
    ],
)
def test_plain_scalars_mean_what_they_mean_to_kubectl(plain: str, value: Any) -> None:
    """Source: sigs.k8s.io/yaml goyaml.v2 resolve.go (YAML 1.1, no base 60, no dates)."""
    (content,) = contents(f"a: {plain}\n")

    assert content["a"] == value
    assert type(content["a"]) is type(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [(128, "128"), (1000.0, "1000"), (0.1, "0.1"), (1e22, "1e22"), (1e-7, "1e-7"), (1.5e300, "1.5e300")],
)
def test_numbers_reach_the_api_server_as_text(value: float, text: str) -> None:
    assert scalar_text(value) == text


@pytest.mark.parametrize(
    ("written", "bytes_"), [("128", 128), ("1e3", 1000), ("0.5", 1), ("' 1Gi '", 2**30), ("null", 0)]
)
def test_bare_numbers_are_quantities(written: str, bytes_: int) -> None:
    (document,) = load(f"memory: {written}")

    quantity = document.root.quantity("memory")

    assert quantity is not None
    assert quantity.value == bytes_


def test_lists_are_unfolded_and_their_items_keep_their_place() -> None:
    text = "kind: PodList\nitems:\n- metadata: {name: a}\n- kind: List\n  items:\n  - kind: Node\n    x: 1\n"

    documents = load(text)

    assert [(d.kind, d.where()) for d in documents] == [
        ("Pod", "documents[0].items[0]"),
        ("Node", "documents[0].items[1].items[0]"),
    ]
    assert documents[1].line_of(("x",)) == 7


def test_an_empty_list_has_no_objects() -> None:
    assert load("kind: List\nitems: []\n") == load("kind: PodList\nitems:\n") == ()


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_lines_are_found(form: str) -> None:
    value = {"kind": "Pod", "spec": {"containers": [{"name": "a"}, {"name": "b", "x": ["y", "z"]}]}}
    text = yaml.safe_dump(value, sort_keys=False) if form == "yaml" else json.dumps(value, indent=1)
    lines = text.splitlines()

    (document,) = load(text)

    for path, needle in (
        (("spec", "containers", 1, "name"), "b"),
        (("spec", "containers", 1, "x", 1), "z"),
        (("kind",), "Pod"),
    ):
        line = document.line_of(path)
        assert line is not None
        assert needle in lines[line - 1]


def test_the_line_of_something_missing_is_that_of_what_is_around_it() -> None:
    (document,) = load("kind: Pod\nspec:\n  containers:\n  - name: a\n")

    assert document.line_of(("spec", "containers", 0, "resources", "limits")) == 4


# --- what is refused --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "text", "where", "line"),
    [
        ("manifest-empty", "", "", None),
        ("manifest-yaml", "a: b: c", "", 1),
        ("manifest-yaml", "a: 1\nb: ]\n", "", 2),
        ("manifest-yaml", "{", "", 2),
        ("manifest-json", '{"a": 1,}', "", 1),
        ("manifest-json", '{"a":\n 1 2}', "", 2),
        ("manifest-json-cut", '{"a": [\n {"b": 1},\n', "", 3),
        ("manifest-json-cut", '{"a": "b', "", 1),
        ("manifest-masked", "spec:\n  a: 1\n  from: ***\n  b: 2\n", "", 3),
        ("manifest-masked", "a:\n- ****\n", "", 2),
        ("manifest-left-out", "...\n  strategy:\n    type: RollingUpdate\n  template: {}\n", "", 1),
        ("manifest-left-out", "spec:\n  a: 1\n  ...\n  b: 2\n", "", 3),
        ("manifest-json-comment", '{ // the pod\n "a": 1}', "", 1),
        ("manifest-json-comment", '{"a": 1, // one\n "b": 2}', "", 1),
        ("manifest-json-comment", '{"a": 1\n /* two */, "b": 2}', "", 2),
        ("manifest-tab", "a:\n\tb: 1\n", "", 2),
        ("manifest-tab", "a:\n- b:\n  \tc: 1\n", "", 3),
        ("manifest-anchor-unknown", "a: *x\n", "documents[0].a", 1),
        ("manifest-anchor-unknown", "a: {b: 1, c: [1, {d: *x}]}\n", "documents[0].a.c[1].d", 1),
        ("manifest-anchor-unknown", "a: 1\n---\n- 1\n- {b: {}, c: 1, d: *x}\n", "documents[1][1].d", 4),
        ("manifest-key-anchor", "a: {b: {}, &x c: 1}\n", "documents[0].a", 1),
        ("manifest-tag", "a: [1, !!set {}]\n", "documents[0].a[1]", 1),
        ("manifest-number", "a: [{b: 1}, {b: -.inf}]\n", "documents[0].a[1].b", 1),
        ("manifest-duplicate", "a: [{b: {}, b: 1}]\n", "documents[0].a[0].b", 1),
        ("manifest-tag", "a: !!python/name:os.system x\n", "documents[0].a", 1),
        ("manifest-tag", "a: !!binary aGk=\n", "documents[0].a", 1),
        ("manifest-tag", "--- !thing\na: 1\n", "documents[0]", 1),
        ("manifest-key", "? [a]\n: b\n", "documents[0]", 1),
        ("manifest-key", "? {a: 1}\n: b\n", "documents[0]", 1),
        ("manifest-duplicate", "a: 1\nb:\n  c: 1\n  c: 2\n", "documents[0].b.c", 4),
        ("manifest-duplicate", '{"a": [{"b": 1,\n"b": 2}]}', "documents[0].a[0].b", 2),
        ("manifest-number", "a: .inf\n", "documents[0].a", 1),
        ("manifest-number", '{"a": [1, NaN]}', "documents[0].a[1]", 1),
        ("manifest-number", '{"a":\n1e999}', "documents[0].a", 2),
        ("manifest-number", '{"a": ' + "9" * 5000 + "}", "documents[0].a", 1),
        ("manifest-characters", "a: \x00", "", 1),
        ("manifest-characters", "a: 1\nb: \x07", "", 2),
        ("manifest-characters", "a: \ud800", "", 1),
        ("manifest-deep", "[" * 5000, "", 1),
        ("manifest-deep", '{"a":\n' * (DEPTH_LIMIT + 1) + "1" + "}" * (DEPTH_LIMIT + 1), "", DEPTH_LIMIT + 1),
        ("manifest-deep", '["\\\\", "\\\\\\"]",' + "\n[" * DEPTH_LIMIT + "]" * DEPTH_LIMIT + "]", "", DEPTH_LIMIT + 1),
        ("manifest-deep", "a:" + " [" * DEPTH_LIMIT + "]" * DEPTH_LIMIT, "documents[0].a[0]", 1),
        ("manifest-size", "x" * (SIZE_LIMIT + 1), "", None),
        ("manifest-size", "é" * (SIZE_LIMIT // 2 + 1), "", None),
        ("manifest-many", "a: 1\n---\n" * (OBJECT_LIMIT + 1), f"documents[{OBJECT_LIMIT}]", 2 * OBJECT_LIMIT),
        ("manifest-many", '{"a":1}' * (OBJECT_LIMIT + 1), "", None),
        ("manifest-many", '{"kind":"List","items":[' + ",".join(["{}"] * 10_001) + "]}", None, 1),
        ("manifest-many", ('{"kind":"List","items":[' + ",".join(["{}"] * 6_000) + "]}") * 2, "", None),
        ("manifest-not-object", "just text\n", "documents[0]", 1),
        ("manifest-not-object", "a: 1\n---\n- b\n", "documents[1]", 3),
        ("manifest-not-object", "[1, 2]", "documents[0]", 1),
        ("manifest-kind", "kind: Service\n", "documents[0].kind", 1),
        ("manifest-wrong-text", "kind: 3\n", "documents[0].kind", 1),
        ("manifest-wrong-list", "kind: List\nitems: {}\n", "documents[0].items", 2),
        ("manifest-wrong-mapping", "kind: List\nitems: [1]\n", "documents[0].items[0]", 2),
        ("manifest-missing", "kind: Pod\nspec: {}\n", "documents[0].metadata", 1),
        ("manifest-missing", "kind: Deployment\nmetadata: {name: a}\nspec: {}\n", "documents[0].spec.template", 3),
    ],
)  # fmt: skip
def test_refused_with_document_path_and_line(code: str, text: str, where: str | None, line: int | None) -> None:
    refused = refusal(text)

    assert refused.code == code
    assert refused.field == "manifest"
    assert where is None or refused.where == where
    assert refused.line == line


def test_kinds_can_be_asked_for() -> None:
    taken = take("kind: Node\n---\nkind: Pod\n", field="nodes", kinds=("Node",), wanted="kubectl get nodes -o yaml")

    assert [document.kind for document in taken.documents] == ["Node"]
    assert [(one.kind, one.reason) for one in taken.passed_over] == [("Pod", "other-kind")]


def test_none_of_the_kinds_is_refused_with_the_command_that_prints_them() -> None:
    with pytest.raises(Refusal) as refused:
        take("kind: Pod\n", field="nodes", kinds=("Node",), wanted="kubectl get nodes -o yaml")

    assert (refused.value.code, refused.value.field, refused.value.where) == (
        "manifest-kind",
        "nodes",
        "documents[0].kind",
    )
    assert refused.value.values == {"kind": "Pod", "accepted": "Node", "wanted": "kubectl get nodes -o yaml"}


ACCESS = "a: {b: 1}\nlist: [1]\ntext: x\nnumber: 5\nreal: 1.5\nflag: true\nbig: 9999999999\nnothing:\n"


@pytest.mark.parametrize(
    ("access", "key", "code"),
    [
        ("part", "text", "manifest-wrong-mapping"),
        ("parts", "list", "manifest-wrong-mapping"),
        ("parts", "text", "manifest-wrong-list"),
        ("text", "number", "manifest-wrong-text"),
        ("text", "flag", "manifest-wrong-text"),
        ("required", "nothing", "manifest-missing"),
        ("integer", "text", "manifest-wrong-integer"),
        ("integer", "flag", "manifest-wrong-integer"),
        ("integer", "real", "manifest-wrong-integer"),
        ("integer", "big", "manifest-range"),
        ("boolean", "text", "manifest-wrong-boolean"),
        ("quantity", "flag", "manifest-wrong-quantity"),
        ("quantity", "list", "manifest-wrong-quantity"),
        ("quantity", "text", "quantity-format"),
        ("texts", "a", "manifest-wrong-text"),
    ],
)
def test_wrong_kinds_are_refused_where_they_stand(access: str, key: str, code: str) -> None:
    (document,) = load(ACCESS)

    with pytest.raises(Refusal) as refused:
        getattr(document.root, access)(key)

    assert refused.value.code == code
    assert refused.value.where.startswith("documents[0]")
    assert refused.value.line is not None


def test_what_is_absent_or_null_is_empty() -> None:
    (document,) = load(ACCESS)
    root = document.root

    assert root.part("nothing").content == root.part("absent").content == {}
    assert root.parts("nothing") == []
    assert root.text("absent", "default") == "default"
    assert root.integer("nothing") is None
    assert root.boolean("absent") is None
    assert root.quantity("absent") is None
    assert root.quantities("nothing") == {}
    assert "nothing" not in root
    assert "number" in root
    assert root.integer("number") == 5


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("documents", 2, "spec", "containers", 0), "documents[2].spec.containers[0]"),
        (("a", "kubernetes.io/x"), 'a["kubernetes.io/x"]'),
        (("a", "hugepages-2Mi"), "a.hugepages-2Mi"),
        ((0, "a"), "[0].a"),
    ],
)
def test_paths_are_written_as_people_write_them(path: tuple[str | int, ...], text: str) -> None:
    assert path_text(path) == text


def test_long_values_are_quoted_short() -> None:
    assert shown("x" * 100) == "x" * 59 + "…"
    assert [shown(value) for value in (None, True, {"a": 1}, [1], 1.0)] == ["null", "true", "{…}", "[…]", "1"]


# --- pods -------------------------------------------------------------------------------------------


def test_pods_and_the_templates_of_every_controller_are_found() -> None:
    job: dict[str, Any] = {"spec": {"template": {"spec": {"containers": []}}}}
    objects: list[dict[str, Any]] = []
    for kind in POD_KINDS:
        bodies: dict[str, dict[str, Any]] = {
            "Pod": {"spec": {"containers": []}},
            "PodTemplate": {"template": {"spec": {"containers": []}}},
            "CronJob": {"spec": {"jobTemplate": job}},
        }
        body = bodies.get(kind, job)
        objects.append({"kind": kind, "metadata": {"name": kind.lower(), "namespace": "x"}, **body})
    objects.append({"kind": "ConfigMap"})

    found = list(pods(load(json.dumps({"kind": "List", "items": objects})), field="manifest"))

    assert [(pod.kind, pod.name, pod.namespace) for pod in found] == [(k, k.lower(), "x") for k in POD_KINDS]


def test_namespace_and_name_have_defaults() -> None:
    (pod,) = pods(load("kind: Pod\nmetadata: {generateName: web-}\nspec: {a: 1}\n"), field="manifest")

    assert (pod.namespace, pod.name) == ("default", "web-")


# --- nothing stalls, nothing breaks -----------------------------------------------------------------

FIELD = 1 << 20  # what a form takes
BOMBS = {
    "brackets": "[" * FIELD,
    "open braces": '{"a":' * (FIELD // 5),
    "dashes": "- " * (FIELD // 2),
    "open string": '{"a":"' + '\\"' * (FIELD // 2 - 10),
    "quotes": '"' * FIELD,
    "colons": "a:" * (FIELD // 2),
    "questions": "? " * (FIELD // 2),
    "indents": "".join(" " * i + f"k{i}:\n" for i in range(1000)),
    "one long line": "a: " + "b" * (FIELD - 10),
    "many keys": "".join(f"k{i}: {i}\n" for i in range(80_000)),
    "many anchors": "".join(f"a{i}: &a{i} 1\n" for i in range(50_000)),
    "many documents": "a: 1\n---\n" * 100_000,
    "separators": "---\n" * (FIELD // 4),
    "braces in strings": json.dumps({"a": "{[" * 400_000}),
    "backslashes": "{" + "\\" * (FIELD - 1),
    "spaces": " " * (FIELD - 1),
    "tiny json": "{}" * 400_000,
    "flow commas": "[" + "," * (FIELD - 1),
}


@pytest.mark.parametrize("name", BOMBS)
def test_no_text_stalls(name: str) -> None:
    answered = soon(lambda: answer(BOMBS[name]), 3.0)

    assert isinstance(answered, tuple) or answered in WORDS


@given(st.text(alphabet="ab:- \n{}[]\"'&*!|>#%?,\t\\<~.0123\u00e9", max_size=60))
@settings(deadline=None, max_examples=300)
def test_rubbish_is_read_or_refused(text: str) -> None:
    answered = answer(text)

    if isinstance(answered, str):
        assert answered in WORDS
    else:
        assert all(document.line_of() is not None for document in answered)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=5), json_values, max_size=4))
@settings(deadline=None)
def test_json_comes_back_as_it_was(content: dict[str, Any]) -> None:
    content = {key: value for key, value in content.items() if key not in ("kind", "items")}

    assert contents(json.dumps(content)) == contents(json.dumps(content, indent=2)) == [content]


@given(st.dictionaries(st.text(max_size=5), json_values, max_size=4))
@settings(deadline=None)
def test_every_place_of_json_is_found_again(content: dict[str, Any]) -> None:
    content = {key: value for key, value in content.items() if key not in ("kind", "items")}
    (document,) = load(json.dumps(content, indent=1))

    for key in content:
        assert document.line_of((key,)) is not None


plain_names = st.text("abcdef", min_size=1, max_size=4)


@given(st.dictionaries(plain_names, plain_names | st.lists(plain_names, max_size=3), max_size=4))
@settings(deadline=None)
def test_yaml_and_json_say_the_same(content: dict[str, Any]) -> None:
    assert contents(yaml.safe_dump(content) if content else "{}") == contents(json.dumps(content))


# --- words ------------------------------------------------------------------------------------------


def test_every_refusal_is_said_in_both_languages_with_the_same_values() -> None:
    for key, said in WORDS.items():
        assert set(said) == {"en", "zh"}, key
    codes = {f"refusal.{code}" for code in _codes_in_source()}
    assert codes <= WORDS.keys()
    assert {key for key in WORDS if key.startswith(tuple(f"refusal.{family}-" for family in FAMILIES))} <= codes


FAMILIES = ("manifest", "quantity", "matcher", "label", "alert")
SOURCES = ("quantity.py", "matcher.py", "label.py", "alert.py", "listed.py", "paste/*.py")


def _codes_in_source() -> set[str]:
    found: set[str] = set()
    folder = Path(__file__).parent
    for path in [path for pattern in SOURCES for path in folder.glob(pattern)]:
        source = path.read_text(encoding="utf-8")
        found |= set(re.findall(rf'"((?:{"|".join(FAMILIES)})-[a-z-]+[a-z])"', source))
        found |= {f"manifest-wrong-{kind}" for kind in re.findall(r'_wrong\([^)]*"([a-z]+)"\)', source)}
    return found


NAMES = (
    *("accepted", "binary", "character", "decimal", "found", "high", "key", "kind", "known", "limit", "low", "meant"),
    *("name", "problem", "size", "suffix", "tag", "text", "tiny", "stored", "value", "wanted", "printed_by", "said"),
    *("count", "names", "list", "column"),
)


@given(st.sampled_from(sorted(WORDS)), st.sampled_from(["en", "zh"]))
@settings(deadline=None)
def test_refusals_can_be_said(key: str, language: str) -> None:
    said = WORDS[key][language]
    values = dict.fromkeys(NAMES, "x")

    assert all(form.format(**values) for form in (said.values() if isinstance(said, dict) else [said]))


# gopkg.in/yaml.v2 v2.4.0, which Alertmanager uses: decode.go, alias and merge.
ANCHORED = [
    ("a: &x 1\nb: *x\n", {"a": 1, "b": 1}),
    ("a: &x {b: 1}\nc: *x\nd: [*x, *x]\n", {"a": {"b": 1}, "c": {"b": 1}, "d": [{"b": 1}, {"b": 1}]}),
    ("a: &x {b: 1, c: 2}\nd:\n  <<: *x\n  e: 3\n", {"a": {"b": 1, "c": 2}, "d": {"b": 1, "c": 2, "e": 3}}),
    ("a: &x {b: 1}\nd:\n  <<: *x\n  b: 3\n", {"a": {"b": 1}, "d": {"b": 3}}),
    (
        "a: &x {b: 1}\nc: &y {b: 2, d: 4}\ne: {<<: [*x, *y]}\n",
        {"a": {"b": 1}, "c": {"b": 2, "d": 4}, "e": {"b": 1, "d": 4}},
    ),
    ("e: {<<: {b: 1}, c: 2}\n", {"e": {"b": 1, "c": 2}}),
    ("a: &x 1\na2: &x 2\nb: *x\n", {"a": 1, "a2": 2, "b": 2}),
    ('"<<": 1\n', {"<<": 1}),
]


@pytest.mark.parametrize(("text", "content"), ANCHORED, ids=[text for text, _ in ANCHORED])
def test_anchors_and_merge_keys_are_read_as_the_real_programs_read_them(text: str, content: dict[str, Any]) -> None:
    (document,) = load_documents(text, field="config", typed_maps=True)

    assert document.content == content


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("a: *x\n", "manifest-anchor-unknown", 1),
        ("a: &x 1\n---\nb: *x\n", "manifest-anchor-unknown", 3),
        ("a: &x\n  b: *x\n", "manifest-anchor-self", 2),
        ("a: &x 1\nb:\n  <<: *x\n", "manifest-merge", 3),
        ("a: &x {b: 1}\nc:\n  b: 2\n  <<: *x\n", "manifest-merge-twice", 4),
        ("a: &x {b: 1}\nlabels:\n  <<: *x\n  b: 2\n", "manifest-duplicate", 4),
        ("a: &x 1\n*x : 2\n", "manifest-key", 2),
        ("a: &x b\n&y c: 2\n", "manifest-key-anchor", 2),
        ("a: 1\na: 2\n", "manifest-duplicate", 2),
    ],
)
def test_an_anchor_that_means_nothing_is_refused_where_it_stands(text: str, code: str, line: int) -> None:
    with pytest.raises(Refusal) as refused:
        load_documents(text, field="config", typed_maps=True)

    assert (refused.value.code, refused.value.line) == (code, line)


def test_a_map_of_an_object_may_override_what_a_merge_key_brings() -> None:
    """kubectl decodes into maps of anything, and not strictly: the key below `<<` counts."""
    (document,) = load_documents("a: &x {b: 1}\nlabels:\n  <<: *x\n  b: 2\n", field="manifest")

    assert document.content["labels"] == {"b": 2}


def test_a_value_behind_an_alias_is_found_at_the_alias() -> None:
    (document,) = load_documents("a: &x\n  b: {c: 1}\nd: *x\n", field="manifest")

    assert document.line_of(("d", "b", "c")) == 3


def test_aliases_cannot_grow_without_bound() -> None:
    laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 30)
    )
    deep = "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 100))

    for text, code in ((laughs, "manifest-anchor-large"), (deep, "manifest-deep")):
        with pytest.raises(Refusal) as refused:
            load_documents(text, field="config", typed_maps=True)
        assert refused.value.code == code


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\nb: {{ .Values.desk }}\n", 2),
        ("{{- if .Values.on }}\na: 1\n{{- end }}\n", 1),
        ("a:\n  {{- toYaml .Values.a | nindent 2 }}\n", 2),
    ],
)
def test_a_template_is_called_one(text: str, line: int) -> None:
    with pytest.raises(Refusal) as refused:
        load_documents(text, field="config")

    assert (refused.value.code, refused.value.line) == ("manifest-template", line)


def test_a_template_in_quotes_is_text() -> None:
    assert load_documents("a: '{{ .CommonLabels }}'\n", field="config")[0].content == {"a": "{{ .CommonLabels }}"}


# --- what people write around an object ---------------------------------------------------------------

THE_POD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: mill\n"


@pytest.mark.parametrize(
    ("above", "below", "line"),
    [
        ("各位好，这是我的配置：\n\n", "", 6),
        ("Hello, this is what I have\n", "\nthanks!\n", 5),
        ("Here it is:\n```yaml\n", "```\nthanks!", 6),
        ("", "\n以上，谢谢\n", 4),
    ],
)
def test_prose_around_an_object_is_left_out_and_lines_keep_their_places(above: str, below: str, line: int) -> None:
    (document,) = load(above + THE_POD + below)

    assert document.content == {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "mill"}}
    assert document.root.part("metadata").refusal("x", "name").line == line


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: v1\nkind: Pod\n  metadata: {}\n",  # wrong by its indentation
        "apiVersion: v1\nkind Pod\nmetadata: {}\n",  # a colon forgotten in the midst
        "only words, and more of them\n",
    ],
)
def test_what_is_wrong_within_an_object_is_no_prose(text: str) -> None:
    with pytest.raises(Refusal):
        load(text)
