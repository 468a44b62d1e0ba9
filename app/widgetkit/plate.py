"""A room's plate: the small line picture that stands beside its title where the models are listed."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from app.content.error import ContentError, text_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

VIEW_BOX = "0 0 96 64"
ELEMENTS = frozenset({"svg", "g", "path", "rect", "circle", "line"})
ATTRIBUTES = frozenset({"class", "d", "x", "y", "width", "height", "rx", "cx", "cy", "r", "x1", "y1", "x2", "y2"})
ROOT_ATTRIBUTES = {"class": "plate", "viewBox": VIEW_BOX, "aria-hidden": "true"}


def read_plate(path: Path) -> Markup:
    """The picture as it stands in a page. It is only lines: whatever could run, load, name or colour something is a
    ContentError, and so is a plate that is missing, is not XML or is drawn on a sheet of another size."""
    if not path.exists():
        raise ContentError(path, 1, "the room has no plate", f"draw it on {VIEW_BOX}, as docs/authoring.md tells")
    from xml.etree import ElementTree  # half a megabyte, for what is read once

    text = text_of(path).strip()
    try:
        root = ElementTree.fromstring(text)  # nosec B314 # a picture that we drew
    except ElementTree.ParseError as error:
        raise ContentError(path, error.position[0], f"not XML: {error}", "mend the syntax") from error
    opening = " ".join(f'{name}="{value}"' for name, value in ROOT_ATTRIBUTES.items())
    if root.tag != "svg" or root.attrib != ROOT_ATTRIBUTES:
        raise ContentError(path, 1, "a plate is one svg on the common sheet", f"begin with <svg {opening}>")
    for foreign in _foreign(root):
        line = text[: max(text.find(foreign), 0)].count("\n") + 1
        raise ContentError(path, line, f"{foreign} has no place in a plate", "draw with lines and classes only")
    return Markup(text)


def _foreign(root: "Element") -> Iterator[str]:
    """What is neither a line nor a class: elements as `<name`, attributes as ` name=`, and text."""
    for element in root.iter():
        if element.tag not in ELEMENTS or (element.tag == "svg" and element is not root):
            yield f"<{element.tag}"
        if element is not root:
            yield from (f" {name}=" for name in element.attrib if name not in ATTRIBUTES)
        yield from (text.strip() for text in (element.text, element.tail) if text and text.strip())
