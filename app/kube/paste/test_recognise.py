"""What was pasted is named by its shape, and what the terminal added is cleared away; nothing else is changed."""

import inspect
import pkgutil
import re
import re._constants as op  # type: ignore[import-not-found]  # of the standard library, without types
import re._parser as parser  # type: ignore[import-not-found]
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from importlib import import_module
from itertools import product
from pathlib import Path
from time import process_time
from types import ModuleType
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kube.paste import recognise as module
from app.kube.paste.read import load_documents, take
from app.kube.paste.recognise import SHAPES, clean, pieces, recognise
from app.kube.refusal import Refusal

SAMPLES: dict[str, list[str]] = yaml.safe_load(Path(__file__).with_name("samples.yaml").read_text(encoding="utf-8"))
EACH = [(name, text) for name, texts in SAMPLES.items() for text in texts]
POD = "kind: Pod\nmetadata: {name: mill}\nspec: {containers: [{name: wheel}]}\n"


@pytest.mark.parametrize(("name", "text"), EACH, ids=[f"{name}-{i}" for i, (name, _) in enumerate(EACH)])
def test_a_sample_is_recognised(name: str, text: str) -> None:
    found = recognise(text)

    assert found is not None
    assert found.name == name


def test_every_shape_has_a_sample() -> None:
    assert {shape.name for shape in SHAPES} == set(SAMPLES)


@pytest.mark.parametrize(
    "text",
    [
        POD,
        '{"kind": "Pod"}',
        "kind: ConfigMap\nmetadata: {name: a}\ndata:\n  Name: mill\n",
        "10.4.5.6:8080\n",
        "default/mill/wheel 300Mi\n",
        "kind: Deployment\nspec:\n  replicas: 3\n",
        "",
    ],
)
def test_manifests_and_lines_have_no_shape(text: str) -> None:
    assert recognise(text) is None


@pytest.mark.parametrize(("name", "text"), EACH, ids=[f"{name}-{i}" for i, (name, _) in enumerate(EACH)])
def test_a_field_that_wants_objects_names_what_it_got_and_the_command_it_needs(name: str, text: str) -> None:
    with pytest.raises(Refusal) as refused:
        take(text, field="manifest", kinds=("Secret",), wanted="kubectl get secret -o yaml")

    assert refused.value.code.startswith("paste-")
    assert refused.value.values["wanted"] == "kubectl get secret -o yaml"


@pytest.mark.parametrize(
    "text",
    [
        f"$ kubectl get pod mill -o yaml\n{POD}",
        f"root@mill-1:~# kubectl get pod mill -o yaml\n{POD}root@mill-1:~# \n",
        f"[dev@host ~]$ k get po mill -oyaml\n{POD}",
        f"❯ kubectl get pod mill -o yaml\n{POD}",
        f"λ kubectl get pod mill -o yaml\n{POD}",
        f"cat <<EOF | kubectl apply -f -\n{POD}EOF\n",
        f"$ cat > mill.yaml << 'EOF'\n{POD}EOF\n$ \n",
        f"➜  ~ kubectl apply -f - <<-EOF\n{POD}EOF\n",
        f"PS C:\\Users\\dev> kubectl get pod mill -o yaml\n{POD}",
        f"(⎈|kind:default) ~ $ kubectl get pod mill -o yaml\n{POD}",
        f"kubectl get pod mill -o yaml\n{POD}",
        f"Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice\n{POD}",
        f"```yaml\n{POD}```\n",
        POD.replace("\n", "\r\n"),
        POD.replace("kind", "\x1b[36mkind\x1b[0m").replace("mill", "\x1b[1;32mmill\x1b[m"),
        "\ufeff" + POD,
        '$ kubectl get pod mill -o json\n{"kind": "Pod", "metadata": {"name": "mill"}}\n$ \n',
        '[{"kind": "Pod", "metadata": {"name": "mill"}}]',
        "- kind: Pod\n  metadata: {name: mill}\n",
        "".join(f"> {line}\n" for line in POD.splitlines()),
        "".join(f"> > {line}\n>\n" if line[:4] == "kind" else f">> {line}\n" for line in POD.splitlines()),
    ],
)
def test_what_a_terminal_adds_is_cleared_away(text: str) -> None:
    documents = load_documents(text, field="manifest")

    assert [(d.kind, d.root.part("metadata").text("name")) for d in documents] == [("Pod", "mill")]


@pytest.mark.parametrize(
    "text",
    [
        "diff --git a/mill.yaml b/mill.yaml\nindex 1a2b3c4..5d6e7f8 100644\n--- a/mill.yaml\n+++ b/mill.yaml\n"
        "@@ -1,4 +1,4 @@\n kind: Pod\n-metadata: {name: old}\n+metadata: {name: mill}\n"
        " spec: {containers: [{name: wheel}]}\n\\ No newline at end of file\n",
        "```diff\n+kind: Pod\n+metadata: {name: mill}\n+spec: {containers: [{name: wheel}]}\n```\n",
        " kind: Pod\n+metadata: {name: mill}\n-metadata: {name: old}\n spec: {containers: [{name: wheel}]}\n",
        "kind: Pod <1>\nmetadata: {name: mill} <2>\nspec: {containers: [{name: wheel}]}   <3>\n",
    ],
)
def test_what_a_diff_leads_to_is_read_and_what_a_manual_numbers(text: str) -> None:
    (document,) = load_documents(text, field="manifest")

    assert (document.kind, document.root.part("metadata").text("name")) == ("Pod", "mill")


@pytest.mark.parametrize(
    "text", ["a: b <2>\n", "- a\n- b\n", "a: <1>\nb: c <3>\n", " a: 1\n - b\n", "> a\nb: 1\n", ">a: 1\n>b: 2\n"]
)
def test_what_only_looks_like_a_mark_stays(text: str) -> None:
    assert clean(text) == text


def test_an_object_without_a_kind_is_asked_for_its_first_line() -> None:
    with pytest.raises(Refusal) as refused:
        take("spec:\n  replicas: 3\n", field="manifest", kinds=("Deployment",), wanted="kubectl get deploy -o yaml")

    assert refused.value.code == "manifest-no-kind"


def test_two_commands_one_after_another_are_two_documents() -> None:
    text = f"$ kubectl get pod a -o yaml\n{POD}$ kubectl get node n -o yaml\nkind: Node\nmetadata: {{name: n}}\n"

    assert [d.kind for d in load_documents(text, field="manifest")] == ["Pod", "Node"]
    assert [(piece.from_line, piece.to_line) for piece in pieces(text)] == [(2, 4), (6, 8)]


def test_a_comment_with_a_command_does_not_cut_an_object_in_two() -> None:
    text = POD.replace("spec:", "# kubectl apply -f mill.yaml\nspec:")

    assert [d.kind for d in load_documents(text, field="manifest")] == ["Pod"]


def test_lines_keep_their_numbers() -> None:
    with pytest.raises(Refusal) as refused:
        load_documents(f"$ kubectl get pod mill -o yaml\n{POD}a: [\n", field="manifest")

    assert refused.value.line == 6


def test_an_item_of_an_array_knows_its_place() -> None:
    (_, second) = load_documents('[{"kind": "Pod"},\n {"kind": "Pod", "spec": 3}]', field="manifest")

    assert (second.where(("spec",)), second.line_of(("spec",))) == ("documents[0][1].spec", 2)


@pytest.mark.parametrize(
    "text",
    [
        POD,
        "# run this first\nkind: Pod\n",
        "kind: ConfigMap\ndata:\n  run.sh: |\n    $ kubectl get pods\n    ```\n",
        "a: 100%\nb: $\nc: '#'\n",
        "key: $ kubectl get pods\n",
    ],
)
def test_what_is_no_prompt_is_left_as_it_is(text: str) -> None:
    assert clean(text) == text


@given(st.text(alphabet="ab:{}[]$#> \n\"'|-~kubectlget", max_size=80))
@settings(deadline=None)
def test_cleaning_keeps_every_line_in_its_place(text: str) -> None:
    before, after = text.split("\n"), clean(text).split("\n")

    assert len(after) <= len(before) + 1
    assert all(line in (old, "", "---") for old, line in zip(before, after, strict=False))


def test_no_pattern_over_many_lines_goes_from_line_to_line() -> None:
    """`^\\s*x` reads an empty page once for every line: 65,536 of them stopped the site for a minute."""
    patterns = [mark for shape in module.SHAPES for mark in shape.marks]
    patterns += [value for value in vars(module).values() if isinstance(value, re.Pattern)]
    over_lines = [pattern.pattern for pattern in patterns if pattern.flags & re.MULTILINE]

    assert len(over_lines) > 40
    assert [pattern for pattern in over_lines if re.search(r"\\s[*+]", pattern)] == []


# --- every pattern that touches what was pasted -----------------------------------------------------------------------

READERS = ("app.kube.paste", "app.kube.transcript", "app.widgets.pod_story")
CPU_S = 0.05
SIZES = (16, 20, 24, 60, 250, 1000, 4000, 16000)
LONG = 8_000  # of one character, behind what leads into a pattern
"""What goes over each character once takes a millisecond for the most of them, what goes from each to each other 100;
what does worse is seen before there are so many that it takes days."""
WAYS = ("match", "fullmatch", "search", "sub", "finditer", "findall", "split")
UNITS = (
    "a",
    "A",
    " ",
    "1",
    "a ",
    "1 ",
    "a-",
    "a.",
    "a/",
    "\n",
    "\t",
    ":",
    '"',
    "\\",
    "=",
    "a:",
    "x/a",
    "- ",
    "A a",
    "eyJ",
    "{",
)


def modules() -> Iterator[ModuleType]:
    for name in READERS:
        package = import_module(name)
        for found in pkgutil.iter_modules(package.__path__):
            if not found.name.startswith("test_"):
                yield import_module(f"{name}.{found.name}")


def patterns_in(value: Any, depth: int = 0) -> Iterator[re.Pattern[str]]:
    """The patterns in a value, in what holds it, and in the dataclasses of ours in it."""
    if isinstance(value, re.Pattern):
        if isinstance(value.pattern, str):
            yield value
    elif depth > 4:
        return
    elif isinstance(value, dict):
        for inner in value.values():
            yield from patterns_in(inner, depth + 1)
    elif isinstance(value, list | tuple | set | frozenset):
        for inner in value:
            yield from patterns_in(inner, depth + 1)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from patterns_in(getattr(value, field.name), depth + 1)
        if getattr(value, "pattern", ""):
            yield from patterns_in(getattr(value, "compiled", None), depth + 1)


@cache
def used_patterns() -> dict[str, tuple[re.Pattern[str], tuple[str, ...]]]:
    """Each pattern by its name, with the ways in which it is held against text; all of them where nobody can tell."""
    found: dict[str, tuple[re.Pattern[str], tuple[str, ...]]] = {}
    seen: set[tuple[re.Pattern[str], tuple[str, ...]]] = set()  # a list of rules is imported by its neighbors
    for each in modules():
        source = inspect.getsource(each)
        for name, value in vars(each).items():
            ways = tuple(way for way in WAYS if re.search(rf"\b{name}\.{way}\(", source))
            for number, pattern in enumerate(patterns_in(value)):
                usual = ("search",) if not pattern.pattern.startswith("^") else ("match",)
                if (used := (pattern, ways or usual)) not in seen:
                    found[f"{each.__name__}.{name}.{number}"] = used
                    seen.add(used)
    return found


def _none(_: Any) -> list[Any]:
    return []


PARTS: dict[Any, Callable[[Any], list[Any]]] = {
    op.MAX_REPEAT: lambda a: [a[2]],
    op.MIN_REPEAT: lambda a: [a[2]],
    op.POSSESSIVE_REPEAT: lambda a: [a[2]],
    op.SUBPATTERN: lambda a: [a[3]],
    op.ATOMIC_GROUP: lambda a: [a],
    op.BRANCH: lambda a: a[1],
}


def words_of(tree: Any, cur: list[str]) -> Iterator[str]:
    """What a pattern asks for, piece by piece, so that it can be given much of it."""
    for kind, inner in tree:
        if kind is op.LITERAL:
            cur.append(chr(inner))
        elif kind is op.IN:
            chosen = next((chr(a if o is op.LITERAL else a[0]) for o, a in inner if o in (op.LITERAL, op.RANGE)), "a")
            cur.append(" " if (op.CATEGORY, op.CATEGORY_SPACE) in inner else chosen)
        else:
            yield "".join(cur)
            cur.clear()
            parts = PARTS.get(kind, _none)(inner)
            for part in parts:
                yield from words_of(part, cur)
                yield "".join(cur)
                cur.clear()
    yield "".join(cur)


def heads_of(tree: Any, head: str = "") -> Iterator[str]:
    """What leads into a pattern, a piece longer each time: every repetition once, of branches the first."""
    for kind, inner in tree:
        if kind in (op.LITERAL, op.IN):
            head += next(words_of([(kind, inner)], []))
            yield head
        elif kind not in (op.ASSERT, op.ASSERT_NOT):
            parts = inner[1][:1] if kind is op.BRANCH else PARTS.get(kind, _none)(inner)
            for part in parts:
                longer = [head, *heads_of(part, head)]
                yield from longer[1:]
                head = longer[-1]


def pumped_heads(pattern: re.Pattern[str]) -> Iterator[str]:
    """Much of one character behind each head: `NAME READY` and blanks without end."""
    for head in sorted(set(heads_of(parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG)))):
        for unit in {" ", "a", head[-1]}:
            yield head + unit * LONG


def seconds(pattern: re.Pattern[str], way: str, text: str) -> float:
    began = process_time()
    if way == "sub":
        pattern.sub("", text)
    elif way in ("finditer", "findall"):
        list(pattern.finditer(text))
    else:
        getattr(pattern, way)(text)
    return process_time() - began


def is_slow(pattern: re.Pattern[str], way: str, text: str) -> bool:
    """What is a little slow is asked a second time, in case that the machine was busy with something else."""
    took = seconds(pattern, way, text)
    return took > 20 * CPU_S or (took > CPU_S and seconds(pattern, way, text) > CPU_S)


def slow_units(pattern: re.Pattern[str], ways: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    words = {word for word in words_of(parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG), []) if word}
    for unit in sorted({*UNITS, *words, *(f"{word} " for word in words), *(f"a{word}" for word in words)}):
        for way, size in product(ways, SIZES):
            pumped = (unit * (size // len(unit) + 1))[:size]
            for text in (pumped, f"{pumped}\x01"):
                if is_slow(pattern, way, text):
                    yield way, unit
                    return
    for text, way in product(pumped_heads(pattern), ways):
        if is_slow(pattern, way, text):
            yield way, text[: 4 - LONG]
            return


@pytest.mark.parametrize("part", range(4))
def test_no_pattern_that_sees_a_paste_goes_over_it_again_and_again(part: int) -> None:
    """`eyJ[\\w-]{8,}\\.` read 60,000 times `eyJ` from each of them to the end: seven seconds for one GET."""
    known = used_patterns()

    slow = {
        name: found
        for name, (pattern, ways) in sorted(known.items())[part::4]
        if (found := list(slow_units(pattern, ways)))
    }

    assert len(known) > 250
    assert slow == {}


def test_the_guard_of_patterns_sees_one() -> None:
    assert list(slow_units(re.compile(r"eyJ[\w-]{8,}\."), ("sub",)))
    assert list(slow_units(re.compile(r"\s*\s*x"), ("search",)))
    assert list(slow_units(re.compile(r"(?:a+)+$"), ("match",)))
    assert list(slow_units(re.compile(r"^NAME +\bREADY +(?>.*?\bAGE)"), ("search",)))
