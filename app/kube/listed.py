"""A pasted list where a mapping is read: YAML or JSON, alone or under its key, with lines and places kept."""

import re
from collections.abc import Callable
from typing import TypeVar

from app.kube.manifest import Part, load_documents
from app.kube.refusal import Refusal

T = TypeVar("T")

_JSON_LIST = re.compile(r"\s*\[\s*(\]|\{\s*[\"}])")


def read_listed(text: str, field: str, key: str, build: Callable[[Part | None], T], *, typed_maps: bool = False) -> T:
    """What `build` makes of the mapping that the text is, or of one that has its list under `key`; None: no text."""
    start = next((line.strip() for line in text.split("\n") if line.strip() and not _is_aside(line)), "")
    if _JSON_LIST.match(text):
        return build(_one(f'{{"{key}": {text}\n}}', field, typed_maps))
    if start.startswith("["):
        return build(_one(f"{{{key}: {text}\n}}", field, typed_maps))
    if start == "-" or start.startswith("- "):
        # The key needs a line of its own, so that all lines stand one lower than the reader's.
        listed = "\n".join("" if line.strip() == "---" else line for line in text.split("\n"))
        return _a_line_less(lambda: build(_one(f"{key}:\n{listed}", field, typed_maps)))
    return build(_one(text, field, typed_maps))


def _is_aside(line: str) -> bool:
    return line.lstrip().startswith("#") or line.strip() == "---"


def _one(text: str, field: str, typed_maps: bool) -> Part | None:
    documents = load_documents(text, field=field, typed_maps=typed_maps)
    if len(documents) > 1:
        raise documents[1].refusal("manifest-one-document")
    return documents[0].root if documents else None


def _a_line_less(read: Callable[[], T]) -> T:
    try:
        return read()
    except Refusal as refusal:
        line = max(1, refusal.line - 1) if refusal.line else None
        raise Refusal(refusal.code, field=refusal.field, where=refusal.where, line=line, **refusal.values) from None
