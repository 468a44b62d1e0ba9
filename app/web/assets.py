"""Static files: read once, named by their hash, kept for ever by browsers."""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from app.web.page import IMMUTABLE, Prepared, prepare

STYLE_ORDER = ("tokens", "base", "site", "figure", "widget", "player", "prose", "quiz", "print")

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
    ".txt": "text/plain; charset=utf-8",
}


class Assets:
    """Every static file by its logical name (`js/htmx.min.js`), with the URL that carries its hash."""

    def __init__(self, static: Path, room_styles: Iterable[Path] = ()) -> None:
        self._urls: dict[str, str] = {}
        self.prepared: dict[str, Prepared] = {}
        for path in sorted(static.rglob("*")):
            if path.is_file() and path.suffix in _TYPES and path.suffix != ".css":
                self._add(path.relative_to(static).as_posix(), path.read_bytes())
        self._add("css/site.css", _style(static / "css", room_styles).encode())

    def url(self, name: str) -> str:
        """The address of an asset; KeyError names one that does not exist."""
        return self._urls[name]

    def _add(self, name: str, data: bytes) -> None:
        path = Path(name)
        digest = hashlib.sha256(data).hexdigest()[:12]
        url = f"/static/{path.with_suffix('').as_posix()}.{digest}{path.suffix}"
        self._urls[name] = url
        self.prepared[url] = prepare(data, _TYPES[path.suffix], IMMUTABLE)


def _style(folder: Path, room_styles: Iterable[Path]) -> str:
    """All style sheets as one file in the order of their layers; those of rooms share the layer `rooms`."""
    parts = [(folder / f"{name}.css").read_text(encoding="utf-8") for name in STYLE_ORDER]
    rooms = "\n".join(path.read_text(encoding="utf-8") for path in room_styles)
    return _without_comments("\n".join([*parts, f"@layer rooms {{\n{rooms}\n}}\n"]))


def _without_comments(css: str) -> str:
    return re.sub(r"\n\s*", "\n", re.sub(r"/\*.*?\*/", "", css, flags=re.S)).strip() + "\n"
