"""Static files: read once, named by their hash, kept for ever by browsers.

A page loads one style sheet and two scripts: `js/head.js` before the first paint, and `js/page.js`, which loads
`js/later.js` (htmx, the player) when something is touched that needs it. Pages that are there to be operated load both
at once. A lesson begins with what it names of its sheet, and has the whole of it from the first touch on.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

from app.record import dataclass
from app.web.laid import Body
from app.web.narrow import narrow, seen
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
FIRST_SCRIPT, LIBRARY, LOADER, OWN = "head.js", "htmx.min.js", "need.js", "site.js"
SETTINGS = "settings.js"
_STRING = re.compile(r'("[^"]*")|(?<=[\w)-])([:,])[ \n]+')
SYMBOL = re.compile(r'<symbol id="([^"]+)".*?</symbol>\n?')
_USED = re.compile(r'href="#([^"]+)"')
_STRICT = '"use strict";'
BEGUN = "-first"
_BEGUN = re.compile(rf"/static/css/([\w-]+){BEGUN}\.[0-9a-f]{{12}}\.css")
LATER = (
    "answer.js",
    "asked.js",
    "clock.js",
    "days.js",
    "found.js",
    "glyphs.js",
    "interview.js",
    "kept.js",
    "lost.js",
    "offline.js",
    "player.js",
    "question.js",
    "reading.js",
    "waiting.js",
)

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


class Assets:
    """Every static file by its logical name (`mark.svg`), with the URL that carries its hash.

    `sheets` are style sheets by name (`site` becomes `css/site.css`). They are compressed when they are prepared, not
    when they are named: that takes a second, and a start from the shelf has the prepared ones already. Scripts say what
    is `given` to them.
    """

    def __init__(self, static: Path, sheets: Mapping[str, Sheet], given: Mapping[str, str] | None = None) -> None:
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
        self._add(f"js/{FIRST_SCRIPT}", small(static / "js", "head", head(static / "js")).encode())
        self._add("js/page.js", small(static / "js", "page", script(static / "js")).encode())
        self._add("js/later.js", _later(static / "js", given or {}).encode())
        for name, sheet in sheets.items():
            self._add(f"css/{name}.css", _style(static / "css", sheet).encode())

    def url(self, name: str) -> str:
        """The address of an asset; KeyError names one that does not exist."""
        return self._urls[name]

    def begun(
        self, name: str, pages: Mapping[str, str], own: Sequence[str]
    ) -> tuple[dict[str, str], dict[str, Prepared]]:
        """The pages that share a sheet, with what they need of it in its place; and what that is, by its address. What
        is a reader's `own` comes into them untouched."""
        whole = self.url(f"css/{name}.css")
        scripts = "".join(bytes(self._bodies[self.url(f"js/{each}.js")]).decode() for each in ("head", "page"))
        first = narrow(bytes(self._bodies[whole]).decode(), seen(*pages.values(), *own, scripts=scripts)).encode()
        url = _address(f"css/{name}{BEGUN}.css", first)
        drawn = {
            path: page.replace(f'"stylesheet" href="{whole}"', f'"stylesheet" href="{url}"')
            for path, page in pages.items()
        }
        return drawn, {url: prepare(first, _TYPES[".css"], IMMUTABLE, SMALLEST)}

    def whole(self, page: str) -> str:
        """A page with its whole sheet, for what may stand in it that was not there when it was drawn."""
        return _BEGUN.sub(lambda found: self.url(f"css/{found[1]}.css"), page)

    def _add(self, name: str, data: bytes) -> None:
        url = _address(name, data)
        self._urls[name] = url
        self._bodies[url] = data

    @cached_property
    def prepared(self) -> dict[str, Prepared]:
        """Each of them by its address, ready to be sent."""
        return {
            url: prepare(bytes(body), _TYPES[Path(url).suffix], IMMUTABLE, SMALLEST)
            for url, body in self._bodies.items()
        }


def _address(name: str, data: bytes) -> str:
    path = Path(name)
    return f"/static/{path.with_suffix('').as_posix()}.{hashlib.sha256(data).hexdigest()[:12]}{path.suffix}"


def _style(folder: Path, sheet: Sheet) -> str:
    """One style sheet in the order of its layers; what is the rooms' own shares the layer `rooms`."""
    names = [name for name in STYLE_ORDER if name not in sheet.without]
    parts = [(folder / f"{name}.css").read_text(encoding="utf-8") for name in names]
    if sheet.rooms:
        rooms = "\n".join(path.read_text(encoding="utf-8") for path in sheet.rooms)
        parts.append(f"@layer rooms {{\n{rooms}\n}}\n")
    return _without_comments("\n".join(parts))


def head(folder: Path) -> str:
    """What comes before the first paint."""
    return (folder / FIRST_SCRIPT).read_text(encoding="utf-8")


def script(folder: Path) -> str:
    """What every page begins with, as one script; what loads the rest stands first."""
    apart = {FIRST_SCRIPT, SETTINGS, LIBRARY, LOADER, OWN, *LATER}
    others = sorted(path.name for path in folder.glob("*.js") if path.name not in apart)
    return _joined(folder, (LOADER, OWN, *others))


def later(folder: Path) -> str:
    """What needs the library."""
    return _joined(folder, LATER)


def _later(folder: Path, given: Mapping[str, str]) -> str:
    """The library with its settings, and what needs it, with the texts that are `given` in place of their names."""
    own = small(folder, "later", later(folder))
    for name, text in given.items():
        own = own.replace(f'"{name}"', json.dumps(text, ensure_ascii=False))
    return f"{_joined(folder, (SETTINGS,))}{(folder / LIBRARY).read_text(encoding='utf-8')};\n{own}"


def symbols(glyphs: str) -> str:
    return "".join(each[0] for each in SYMBOL.finditer(glyphs))


def needed(page: str) -> str:
    """A page without the glyphs that it does not use; `js/later.js` has them for what may come."""
    used = set(_USED.findall(page))
    return SYMBOL.sub(lambda symbol: symbol[0] if symbol[1] in used else "", page)


def small(folder: Path, name: str, source: str) -> str:
    """What `make scripts` made of a script, if it is of this source, else the source."""
    path = folder / "small" / f"{name}.js"
    first, _, rest = path.read_text(encoding="utf-8").partition("\n") if path.exists() else ("", "", "")
    return rest if first == f"// {digest(source)}" else source


def digest(source: str) -> str:
    return hashlib.sha256(source.encode()).hexdigest()


def _joined(folder: Path, names: Sequence[str]) -> str:
    """Scripts of ours as one, without comments and what indents them. Each is a function, that its names are its own,
    and all of them are strict."""
    texts = [re.sub(r"(?m)^\s*(//.*\n)?", "", (folder / name).read_text(encoding="utf-8")) for name in names]
    bare = [text.removeprefix(f"{_STRICT}\n").strip() for text in texts]
    return "\n".join(("(() => {", _STRICT, *bare, "})();\n"))


def _without_comments(css: str) -> str:
    told = re.sub(r"\n\s*", "\n", re.sub(r"/\*.*?\*/", "", css, flags=re.S)).strip()
    told = re.sub(r"\s*([{};])\s*", r"\1", told)
    return _STRING.sub(lambda found: found[0] if found[1] else found[2], told) + "\n"
