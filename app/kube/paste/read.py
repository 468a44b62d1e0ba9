"""All objects of a pasted text, lists unfolded: what `kubectl` reads.

YAML 1.1 scalars as sigs.k8s.io/yaml resolves them, `---` between documents, JSON objects one after another, `List`
kinds unfolded, aliases and merge keys resolved under a limit. Duplicate keys and non-objects are refused.
"""

import json
import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from app.kube.paste.error_answer import error_said
from app.kube.paste.json_text import is_cut, json_places, read_json, refuse_deep_json
from app.kube.paste.limit import OBJECT_LIMIT, SIZE_LIMIT
from app.kube.paste.part import Document, Path, Source, shown
from app.kube.paste.passed import PassedOver, sift
from app.kube.paste.recognise import Shape, clean, first_mark, recognise, strip_escapes
from app.kube.paste.yaml_text import bad_character, read_yaml, yaml_places
from app.kube.refusal import Refusal
from app.listed import Listed
from app.record import dataclass


def load_documents(text: str, *, field: str, wanted: str = "", typed_maps: bool = False) -> tuple[Document, ...]:
    """All objects of a pasted text, lists unfolded.

    Raises Refusal (`manifest-*`). An empty text gives no documents; what that means is the caller's to say. With
    `wanted`, the command whose output the field needs, a text that is no manifest is named for what it is (`paste-*`).
    With `typed_maps` a merge key is read as gopkg.in/yaml.v2 reads it strictly into a map of texts: nothing overrides.
    """
    whole = text
    text = clean(text) if len(text) <= CLEANED else strip_escapes(text)
    try:
        return _documents(text, field, typed_maps)
    except Refusal as refusal:
        if (bare := _without_prose(whole, text)) != text:
            with suppress(Refusal):
                return _documents(bare, field, typed_maps)
        if wanted and (shape := recognise(text)):
            raise unreadable(shape, text, field=field, wanted=wanted) from None
        raise _template(text, field) or _spoiled(text, refusal) or refusal from None


_FENCED = re.compile(r"^[ \t]*(?:```|~~~)")
_OBJECT = re.compile(r"(?:- )?[A-Za-z][\w.-]{0,80}:(?:[ \t]|$)|[{\[]|---|[ \t]*#|[ \t]*$")
_PROSE = re.compile(r"[^\W\d_][^:{}\[\]&*|>%@`\"']*:?[ \t\r]*")
"""A sentence: letters of any script first, and none of the marks that YAML gives a meaning."""

_INNER = re.compile(r"[ \t]|(?:- |-$|[}\]])")


def _without_prose(whole: str, text: str) -> str:
    """What could not be read without what somebody wrote above and below it, each line in its place.

    Of a text with fences it is what stands in them; else what begins with the first line at the margin that a key, a
    bracket or a comment begins, and ends with the last that may be of an object.
    """
    if len(whole) > CLEANED:
        return text
    lines, raw = text.split("\n"), whole.split("\n")
    fences = [number for number, line in enumerate(raw) if _FENCED.match(line)]
    if fences and len(fences) % 2 == 0:
        inside = {n for first, last in zip(fences[::2], fences[1::2], strict=True) for n in range(first + 1, last)}
        return "\n".join(line if number in inside else "" for number, line in enumerate(lines))
    ours = [number for number, line in enumerate(lines) if line.strip() and _OBJECT.match(line)]
    if not ours:
        return text
    last = max(n for n, line in enumerate(lines) if line.strip() and (_OBJECT.match(line) or _INNER.match(line)))
    around = [*lines[: ours[0]], *lines[last + 1 :]]
    if not all(not line.strip() or _PROSE.fullmatch(line) for line in around):
        return text
    return "\n".join(line if ours[0] <= number <= last else "" for number, line in enumerate(lines))


_TEMPLATE = re.compile(r"\{\{-?\s*[a-zA-Z.$/][^{}\n]*\}\}")


def _template(text: str, field: str) -> Refusal | None:
    """What cannot be read because it is a template still; one whose braces stand in quotes is YAML already."""
    found = _TEMPLATE.search(text)
    return Refusal("manifest-template", field=field, line=text.count("\n", 0, found.start()) + 1) if found else None


_LEFT_OUT = re.compile(r"[ \t]*(?:\.\.\.|…|\[(?:\.\.\.|…)\]|<snip>)[ \t]*")
_MASKED = re.compile(r"[ \t]*+(?:- )?(?:[^\s:#]++:[ \t]++)?\*{2,}[ \t]*+")


def _spoiled(text: str, refusal: Refusal) -> Refusal | None:
    """What cannot be read because somebody put dots or stars in place of something, where the refusal points to or next
    to it; YAML takes the first star for the sign of an alias."""
    lines = text.split("\n")
    for number in range(max(1, (refusal.line or 0) - 1), min(len(lines), (refusal.line or 0) + 1) + 1):
        line = lines[number - 1]
        if _LEFT_OUT.fullmatch(line):
            return Refusal("manifest-left-out", field=refusal.field, line=number)
        if _MASKED.fullmatch(line):
            return Refusal("manifest-masked", field=refusal.field, line=number)
    return None


CLEANED = 1 << 20
"""Characters up to which prompts and the like are looked for on every line; longer texts come from files."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The objects that a field needs, in their order, and those that it leaves aside."""

    documents: tuple[Document, ...]
    passed_over: tuple[PassedOver, ...]


def take(text: str, *, field: str, kinds: Collection[str], wanted: str) -> Taken:
    """The objects of these kinds out of a file or List; Refusal when there are objects and none of them is."""
    documents = load_documents(text, field=field, wanted=wanted)
    taken, passed = sift(documents, kinds)
    if documents and not taken:
        raise nothing_of(kinds, documents, wanted=wanted)
    return Taken(tuple(taken), tuple(passed))


def nothing_of(kinds: Collection[str], documents: Sequence[Document], *, wanted: str) -> Refusal:
    """Why none of the objects is of use: the shape of the text where it has one, else the kind of the first."""
    first = documents[0]
    if shape := recognise(first.source.text):
        return unreadable(shape, first.source.text, field=first.source.field, wanted=wanted)
    if said := error_said(first.content):
        return first.refusal("paste-error-answer", said=said)
    if first.kind in _MACHINES:
        return first.refusal("manifest-machine", ("kind",), kind=first.kind, wanted=wanted)
    if not first.kind:
        return first.refusal("manifest-no-kind", accepted=Listed(kinds), wanted=wanted)
    return first.refusal(
        "manifest-kind", ("kind",), kind=shown(first.kind) or "—", accepted=Listed(kinds), wanted=wanted
    )


_MACHINES = ("VirtualMachine", "VirtualMachineInstance")

_OWN_WORDS = {
    "helm": "paste-helm",
    "kustomization": "paste-kustomization",
    "compose": "paste-compose",
    "kubectl-error": "paste-kubectl-error",
    **dict.fromkeys(("crictl-ps", "crictl-pods", "docker-ps"), "paste-containers"),
}
"""Shapes of which more is to be said than which command prints them."""

_FILES = frozenset(("helm", "kustomization", "compose", "kubectl-error"))
"""Those that no command prints where it succeeds."""


def unreadable(shape: Shape, text: str, *, field: str, wanted: str) -> Refusal:
    """The refusal that names what was pasted and the command that prints what is needed."""
    line = first_mark(text, shape)
    code = _OWN_WORDS.get(shape.name, "paste-printed")
    said = text.split("\n")[line - 1].strip()
    return Refusal(code, field=field, line=line, printed_by=shape.printed_by, wanted=wanted, said=shown(said))


@contextmanager
def told_apart(text: str, *, field: str, wanted: str) -> Iterator[None]:
    """What is refused in here of the text of a field is named for what was pasted, where another command prints it."""
    try:
        yield
    except Refusal as refusal:
        if refusal.field == field:
            refuse_printed(text, field=field, wanted=wanted)
        raise


def refuse_printed(text: str, *, field: str, wanted: str) -> None:
    """Refusal for a text that is what another command prints, and no file of another program."""
    cleaned = clean(text) if len(text) <= CLEANED else strip_escapes(text)
    if (shape := recognise(cleaned)) and shape.name not in _FILES:
        raise unreadable(shape, cleaned, field=field, wanted=wanted) from None


def _documents(text: str, field: str, typed_maps: bool) -> tuple[Document, ...]:
    source, contents = _read(text, field, typed_maps)
    documents: list[Document] = []
    for index, content in enumerate(contents):
        if content is None:
            continue
        if _is_array_of_objects(content):
            for i, item in enumerate(content):
                documents.extend(_unfold(index, item, source, (i,)))
        elif not isinstance(content, dict):
            raise Document(index, {}, "", (), source).refusal("manifest-not-object", found=shown(content))
        else:
            documents.extend(_unfold(index, content, source))
        if len(documents) > OBJECT_LIMIT:
            raise Refusal("manifest-many", field=field, limit=OBJECT_LIMIT)
    return tuple(documents)


def _is_array_of_objects(content: Any) -> bool:
    """What `jq .items` and `yq` print: a plain list of objects, each of which names its kind."""
    return (
        isinstance(content, list)
        and bool(content)
        and all(isinstance(item, dict) and isinstance(item.get("kind"), str) for item in content)
    )


def _unfold(index: int, content: dict[str, Any], source: Source, inside: Path = ()) -> Iterator[Document]:
    """The object itself, or the items of a `List`, `PodList`…, whose items may lack a kind of their own."""
    waiting: list[tuple[Path, dict[str, Any], str]] = [(inside, content, "")]
    while waiting:
        inside, content, default_kind = waiting.pop()
        kind = content.get("kind", default_kind)
        if not isinstance(kind, str):
            raise Document(index, content, "", inside, source).refusal(
                "manifest-wrong-text", ("kind",), found=shown(kind)
            )
        document = Document(index, content, kind, inside, source)
        if not kind.endswith("List") or "items" not in content:
            yield document
            continue
        items = content["items"]
        if items is None:
            continue
        if not isinstance(items, list):
            raise document.refusal("manifest-wrong-list", ("items",), found=shown(items))
        if len(items) > OBJECT_LIMIT:
            raise document.refusal("manifest-many", ("items",), limit=OBJECT_LIMIT)
        for i in reversed(range(len(items))):
            if not isinstance(items[i], dict):
                raise document.refusal("manifest-wrong-mapping", ("items", i), found=shown(items[i]))
            waiting.append(((*inside, "items", i), items[i], kind.removesuffix("List")))


_COMMENT = re.compile(r"\s*(?://|/\*)")
"""Where JSON expects something else: YAML would take the text behind for the beginning of a key."""


def _read(text: str, field: str, typed_maps: bool) -> tuple[Source, list[Any]]:
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise bad_character(text, field, error.start) from None
    if size > SIZE_LIMIT:
        raise Refusal("manifest-size", field=field, limit=SIZE_LIMIT, size=size)
    looks_json = text.lstrip()[:1] in ("{", "[")
    if looks_json:
        source = Source(text, field, json_places)
        refuse_deep_json(source)
        try:
            return source, read_json(source)
        except json.JSONDecodeError as error:
            if comment := _COMMENT.match(text, error.pos):
                line = text.count("\n", 0, comment.end()) + 1
                raise Refusal("manifest-json-comment", field=field, line=line) from None
            # JSON objects between `---` are YAML.
            if re.match(r'\s*[\[{]\s*["\[{]', text) and not re.search(r"^---", text, re.MULTILINE):
                if is_cut(text, error):
                    raise Refusal("manifest-json-cut", field=field, line=error.lineno) from None
                raise Refusal("manifest-json", field=field, line=error.lineno, column=error.colno) from None
    source = Source(text, field, yaml_places)
    return source, read_yaml(source, typed_maps=typed_maps)
