"""Where statements come from: a subject's `sources.yaml`."""

from dataclasses import field
from pathlib import Path

from app.content.entry import Entry, read_yaml
from app.content.error import ContentError, Tell, stop
from app.record import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """Where a statement comes from and the version it was read at.

    `seen` are recorded stories of the real programs that show it, as `room/scenario` of app/kube/story/witnessed.yaml.
    """

    id: str
    title: str
    version: str
    url: str
    seen: tuple[str, ...] = ()
    line: int = field(default=1, compare=False)


def load_sources(path: Path, tell: Tell = stop) -> dict[str, Source]:
    """The sources by id; one without title, version or https address is told. Its id is known all the same."""
    sources = {}
    for id_, entry in read_yaml(path).mapping(tell).items():
        try:
            sources[id_] = _source(id_, entry)
        except ContentError as error:
            tell(error)
            sources[id_] = Source(id_, "", "", "")
    return sources


def _source(id_: str, entry: Entry) -> Source:
    found = entry.fields(["title", "version", "url"], ["seen"])
    if not found["url"].text().startswith("https://"):
        raise found["url"].error("is not an https address", "name a page that can be opened")
    seen = tuple(each.text() for each in found["seen"].items()) if "seen" in found else ()
    return Source(id_, found["title"].text(), found["version"].text(), found["url"].text(), seen, entry.line)
