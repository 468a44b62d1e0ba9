"""Every manifest of the lessons and of the pages that go deeper, as the real API server takes it: `kubectl create
--dry-run=server` with strict decoding, in YAML as it is written."""

import hashlib
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from app.content.example import FOLDER
from app.content.lesson import load_lessons
from app.place import CONTENT
from tests.oracle.cases import book
from tests.oracle.cases.cluster import Api, Reply, bare_api
from tests.oracle.plane import KUBERNETES, enter
from tests.written import values_of

PART = "pages"
NEEDED = ("PriorityClass",)  # what other manifests name is made in earnest
_DOCUMENTS = re.compile(r"^---[ \t]*\n", re.M)
_BLOCK = re.compile(r"^```yaml\n(.*?)^```", re.M | re.S)
_HEAD = re.compile(r"^(apiVersion|kind):", re.M)


@dataclass(frozen=True)
class Manifest:
    """One document: where it stands, which of that file's it is (from 1), and its text."""

    path: str
    number: int
    text: str

    @property
    def name(self) -> str:
        return f"{self.path}#{self.number}"

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()[:12]


def manifests() -> Iterator[Manifest]:
    """Whole ones: of examples, and of the English texts (what stands in a block is the same in both languages)."""
    for path in sorted(CONTENT.glob(f"*/{FOLDER}/*.y*ml")):
        yield from _documents(path.relative_to(CONTENT).as_posix(), path.read_text(encoding="utf-8"))
    for lesson in load_lessons(CONTENT, values_of):
        for page in (lesson, *lesson.pieces):
            told = page.texts["en"]
            yield from _documents(
                told.path.relative_to(CONTENT).as_posix(), "---\n".join(_BLOCK.findall(told.written.body))
            )


def _documents(path: str, text: str) -> Iterator[Manifest]:
    """A list is one document for each of its items, as kubectl sends them."""
    whole = (document for document in _DOCUMENTS.split(text) if len(set(_HEAD.findall(document))) == 2)
    for number, document in enumerate((each for one in whole for each in _items(one)), 1):
        yield Manifest(path, number, document)


def _items(document: str) -> Iterator[str]:
    told = yaml.safe_load(document)
    if told["kind"] != "List":
        yield document
        return
    for item in told["items"]:
        yield yaml.safe_dump(item, sort_keys=False)


def main() -> int:
    enter(["-m", "tests.oracle.cases.pages"])
    with bare_api() as api:
        answers = list(_answers(api))
    about = {"program": "kube-apiserver", "version": KUBERNETES}
    book.write(book.answered(f"kubernetes-{KUBERNETES}", PART), about, answers)
    return 0


def _answers(api: Api) -> Iterator[Mapping[str, Any]]:
    for manifest in manifests():
        told = yaml.safe_load(manifest.text)
        for name in {told.get("metadata", {}).get("namespace"), "default"} - {None}:
            api.have_namespace(name)
        yield {"name": manifest.name, "digest": manifest.digest, **_answer(api, manifest, told)}


def _answer(api: Api, manifest: Manifest, told: Mapping[str, Any]) -> Mapping[str, Any]:
    """`kind` is said, and that it is of nobody's that this server serves, or the code and the message."""
    version, kind = told["apiVersion"], told["kind"]
    home = f"/api/{version}" if "/" not in version else f"/apis/{version}"
    groups = api.must("GET", "/apis")["groups"]
    served = {"v1", *(each["groupVersion"] for group in groups for each in group["versions"])}
    known = api.must("GET", home)["resources"] if version in served else ()
    found = [each for each in known if each["kind"] == kind and "/" not in each["name"]]
    if not found:
        return {"kind": f"{version} {kind}", "code": 404}
    within = f"/namespaces/{told['metadata'].get('namespace', 'default')}" if found[0]["namespaced"] else ""
    dry = "" if kind in NEEDED else "dryRun=All&"
    path = f"{home}{within}/{found[0]['name']}?{dry}fieldValidation=Strict"
    reply = api.ask("POST", path, manifest.text.encode(), "application/yaml")
    return {"kind": f"{version} {kind}", "code": reply.code, **_message(reply)}


def _message(reply: Reply) -> Mapping[str, str]:
    return {} if reply.code < 300 else {"message": reply.body["message"]}


if __name__ == "__main__":
    sys.exit(main())
