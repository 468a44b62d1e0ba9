"""Static files: read once, named by their hash, kept for ever by browsers.

A page loads one style sheet and two scripts: `js/head.js` before the first paint, and `js/page.js`, which loads
`js/later.js` (htmx, the player) when something is touched that needs it, and with it `css/later.css`, what can only
be seen from then on. Pages that are there to be operated load both at once; the sheet `site` has all in it.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from app.web.laid import Body
from app.web.page import IMMUTABLE, SMALLEST, Prepared, prepare

STYLE_ORDER = (
    "tokens",
    "base",
    "site",
    "index",
    "finder",
    "finder-more",
    "figure",
    "widget",
    "widget-more",
    "player",
    "player-more",
    "prose",
    "quiz",
    "quiz-more",
    "learner",
    "home",
    "find",
    "book",
    "paper",
    "print",
)
MORE = tuple(name for name in STYLE_ORDER if name.endswith("-more"))
FIRST_SCRIPT, LIBRARY, LOADER, OWN = "head.js", "htmx.min.js", "need.js", "site.js"
LATER = ("answer.js", "interview.js", "player.js", "question.js")

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
    ".txt": "text/plain; charset=utf-8",
}


@dataclass(frozen=True)
class Sheet:
    """What one kind of page is drawn with: which parts of the style sheets it leaves out, and the rooms' own sheets."""

    without: frozenset[str] = frozenset()
    rooms: Sequence[Path] = ()


LATER_SHEET = Sheet(frozenset(STYLE_ORDER) - frozenset(MORE))


class Assets:
    """Every static file by its logical name (`mark.svg`), with the URL that carries its hash.

    `sheets` are style sheets by name (`site` becomes `css/site.css`). They are compressed when they are prepared, not
    when they are named: that takes a second, and a start from the shelf has the prepared ones already.
    """

    def __init__(self, static: Path, sheets: Mapping[str, Sheet]) -> None:
        self._urls: dict[str, str] = {}
        self._bodies: dict[str, Body] = {}
        for path in sorted(static.rglob("*")):
            if (
                path.is_file()
                and path.suffix in _TYPES
                and path.suffix not in (".css", ".js")
                and path.parent.name != "root"
            ):
                self._add(path.relative_to(static).as_posix(), path.read_bytes())
        self._add(f"js/{FIRST_SCRIPT}", (static / "js" / FIRST_SCRIPT).read_bytes())
        self._add("js/page.js", _script(static / "js").encode())
        self._add("js/later.js", _later(static / "js").encode())
        for name, sheet in {**sheets, "later": LATER_SHEET}.items():
            self._add(f"css/{name}.css", _style(static / "css", sheet).encode())

    def url(self, name: str) -> str:
        """The address of an asset; KeyError names one that does not exist."""
        return self._urls[name]

    def _add(self, name: str, data: bytes) -> None:
        path = Path(name)
        digest = hashlib.sha256(data).hexdigest()[:12]
        url = f"/static/{path.with_suffix('').as_posix()}.{digest}{path.suffix}"
        self._urls[name] = url
        self._bodies[url] = data

    @cached_property
    def prepared(self) -> dict[str, Prepared]:
        """Each of them by its address, ready to be sent."""
        return {
            url: prepare(bytes(body), _TYPES[Path(url).suffix], IMMUTABLE, SMALLEST)
            for url, body in self._bodies.items()
        }


def _style(folder: Path, sheet: Sheet) -> str:
    """One style sheet in the order of its layers; what is the rooms' own shares the layer `rooms`."""
    names = [name for name in STYLE_ORDER if name not in sheet.without]
    parts = [(folder / f"{name}.css").read_text(encoding="utf-8") for name in names]
    if sheet.rooms:
        rooms = "\n".join(path.read_text(encoding="utf-8") for path in sheet.rooms)
        parts.append(f"@layer rooms {{\n{rooms}\n}}\n")
    return _without_comments("\n".join(parts))


def _script(folder: Path) -> str:
    """What every page begins with, as one script; what loads the rest stands first."""
    apart = {FIRST_SCRIPT, LIBRARY, LOADER, OWN, *LATER}
    others = sorted(path.name for path in folder.glob("*.js") if path.name not in apart)
    return _joined(folder, (LOADER, OWN, *others))


def _later(folder: Path) -> str:
    """The library, and what needs it."""
    return (folder / LIBRARY).read_text(encoding="utf-8") + ";\n" + _joined(folder, LATER)


def _joined(folder: Path, names: Sequence[str]) -> str:
    """Scripts of ours as one, without comments and what indents them, each of them strict and with names of its own."""
    texts = [re.sub(r"(?m)^\s*(//.*\n)?", "", (folder / name).read_text(encoding="utf-8")) for name in names]
    return "".join(f"(() => {{\n{text}\n}})();\n" for text in texts)


def _without_comments(css: str) -> str:
    told = re.sub(r"\n\s*", "\n", re.sub(r"/\*.*?\*/", "", css, flags=re.S)).strip()
    return re.sub(r"\s*([{};])\s*", r"\1", told) + "\n"
