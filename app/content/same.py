"""Which changes are one and the same: `content/changes.yaml`, lists of places of which the first speaks for all."""

import re
from pathlib import Path

from app.content.entry import Entry, read_yaml
from app.content.error import Tell, going_on, stop

PLACE = re.compile(
    r"lessons/[a-z0-9-]+(?:/[a-z0-9-]+)?#[a-z0-9-]*@[A-Za-z0-9 .-]+(?:/\d+)?"
    r"|widgets/[a-z0-9-]+:[a-z0-9_-]+"
    r"|(?:claims|glossary)#[a-z0-9-]+"
)

Same = tuple[tuple[str, ...], ...]


def load_same(path: Path, tell: Tell = stop) -> Same:
    """The lists; a folder of content without the file has none. No place stands in two of them."""
    found: list[tuple[str, ...]] = []
    seen: set[str] = set()
    for entry in read_yaml(path).items() if path.exists() else ():
        with going_on(tell):
            places = tuple(_place(each, seen) for each in entry.items())
            if len(places) < 2:
                raise entry.error("one place alone", "name what says the same, or delete the list")
            found.append(places)
    return tuple(found)


def _place(entry: Entry, seen: set[str]) -> str:
    place = entry.text()
    if not PLACE.fullmatch(place):
        advice = "write lessons/SLUG#section@version, widgets/SLUG:turn, claims#id or glossary#id"
        raise entry.error(f"{place} is no place of a change", advice)
    if place in seen:
        raise entry.error(f"{place} is written twice", "let it stand in one list")
    seen.add(place)
    return place
