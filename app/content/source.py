"""Where statements come from: a subject's `sources.yaml`."""

from dataclasses import dataclass
from pathlib import Path

from app.content.entry import read_yaml


@dataclass(frozen=True)
class Source:
    """Where a statement comes from and the version it was read at."""

    id: str
    title: str
    version: str
    url: str


def load_sources(path: Path) -> dict[str, Source]:
    """The sources by id; one without title, version or https address stops the start."""
    sources = {}
    for id_, entry in read_yaml(path).mapping().items():
        found = entry.fields(["title", "version", "url"])
        if not found["url"].text().startswith("https://"):
            raise found["url"].error("is not an https address", "name a page that can be opened")
        sources[id_] = Source(id_, found["title"].text(), found["version"].text(), found["url"].text())
    return sources
