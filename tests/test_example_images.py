"""The documents of a registry in a lesson's example are what their digests say: the bytes hash to them."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.content.value import declared
from app.place import CONTENT

INDEXES = sorted(CONTENT.glob("*/example/index.json"))
each_index = pytest.mark.parametrize("path", INDEXES, ids=lambda path: path.parent.parent.name)


def digest(path: Path) -> str:
    return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()


def descriptors(document: object) -> Iterator[dict[str, object]]:
    """Every descriptor in a document: what has a digest."""
    if isinstance(document, dict):
        if "digest" in document:
            yield document
        for value in document.values():
            yield from descriptors(value)
    elif isinstance(document, list):
        for value in document:
            yield from descriptors(value)


@each_index
def test_a_document_is_named_by_its_own_digest_and_size(path: Path) -> None:
    named = {str(each["digest"]): each["size"] for each in descriptors(json.loads(path.read_bytes()))}
    held = [each for each in path.parent.glob("*.json") if "layers" in json.loads(each.read_bytes())]

    assert held
    for manifest in held:
        assert named[digest(manifest)] == len(manifest.read_bytes()), manifest.name


@each_index
def test_the_digest_that_a_lesson_gives_its_tag_is_that_of_the_index(path: Path) -> None:
    values = declared(path.parent.parent) or {}
    given = [entry.plain()["given"] for entry in values.values() if "given" in entry.mapping()]

    assert [each.rstrip("…") for each in given if each.startswith("sha256:")] == [digest(path)[:11]]
