"""A fuzzer of the whole site that finds by itself what there is to ask: every route, every room, every field of every
form and every parameter of every link. Seeded: the same seed asks the same.
"""

import json
import random
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, quote, quote_from_bytes, urlencode, urlsplit

from app.widgetkit.form import as_text
from app.widgetkit.registry import Rooms
from tests.asgi import Asked, Pairs, ask, methods_at, paths_of, router_of

HALF = "\ud800"
NUMBERS = (
    "0",
    "-0",
    "1",
    "-1",
    "2147483648",
    "9223372036854775808",
    "18446744073709551616",
    "10000000000000",
    "1e13",
    "1e15",
    "12345678901234.5",
    "1e308",
    "1e309",
    "1e400",
    "-1e400",
    "1e-320",
    "NaN",
    "+Inf",
    "-Inf",
    "Infinity",
    "inf",
    "nan",
    "0x10",
    "0x1p-3",
    "010",
    "1_000",
    "1,5",
    "１２",
    "٣",
    "²",
    "½",
    "Ⅷ",
    "0" * 300 + "7",
    "9" * 40,
    "9" * 400,
    "9" * 5000,
    "100%",
    "64Pi",
    "1e1000",
    "5000000000000000000000",
    "1y",
    "9999999999999999w",
    "-5m",
    "1.",
    ".5",
    "+3",
    "--1",
)
TEXTS = (
    "",
    " ",
    "\x00",
    "\t",
    "\n",
    "\r\n",
    "a\nb",
    "\ufeff",
    "\u202e",
    "\u2028",
    "é",
    "漢字",
    "🧪" * 600,
    "a" * 501,
    "a" * 5000,
    "," * 3000,
    "\n" * 3000,
    "&" * 900,
    '"' * 900,
    "<" * 900,
    "%" * 900,
    "[" * 500,
    "{" * 500,
    "null",
    "true",
    "False",
    "[]",
    "{}",
    '{"a":1}',
    "- a",
    "a: b",
    "a: &x [*x]",
    "!!python/object:os.system",
    "---\n---\n",
    "{{7*7}}",
    "${x}",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "//evil.example",
    "\\",
    "%00",
    "%zz",
    "http://[",
    "a=b",
    'a=~"("',
    'a=~"\\\\pL{60}"',
    "=",
    ":",
    ",",
    ";",
    "1,2,3",
    "1=2",
    "a:1",
    "0=0,100=10",
    "10.0.0.1:80",
    "linux/arm64/v8",
    "25%",
    '{__name__="x"} 1',
    "# TYPE x counter\nx_total 1",
    "2026-01-01T00:00:00Z",
    "apply",
    "add",
    "remove:0",
    "remove:²",
    "remove:" + "9" * 5000,
    "new",
    "up",
    "step",
    "compare",
    "storyboard",
    HALF,
    f"x{HALF}y",
)
LANGUAGES = (
    "en",
    "zh",
    "en;q=\xb2",
    "zh;q=1_0",
    "*",
    "en;q=" + "9" * 5000,
    ",;q=;=,",
    "\xff\xfe",
    "zh;q=nan,en;q=inf",
    "q=1",
)
ORIGINS = (
    "http://test",
    "http://[",
    "null",
    "http://test:99999999",
    "\xff\xfe",
    "http://a]b",
    "//test",
    "http://test\\@x",
)
HOSTS = ("test", "[", "a]b", "test:99999999", "\xff", "", "evil.example", "[::1]:80", "a b")
CHARSETS = (
    "utf-8",
    "UTF8",
    "punycode",
    "undefined",
    "unicode_escape",
    "utf-16",
    "idna",
    "x" * 300,
    "\xff",
    "",
    "utf-7",
    "rot13",
)
KINDS = (
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/json",
    "text/plain",
    "",
    "multipart/form-data",
    "multipart/form-data; boundary=" + "y" * 300,
    "application/json; charset",
    "; ; =",
)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Known:
    """What the site was seen to ask for: the routes, names by route, and values that it offered itself."""

    routes: tuple[tuple[str, str], ...]
    names: Mapping[str, tuple[str, ...]]
    offered: Mapping[str, tuple[str, ...]]
    segments: Mapping[str, tuple[str, ...]]
    bodies: Mapping[str, tuple[Any, ...]]
    typed: Mapping[str, tuple[Mapping[str, str], ...]]
    """The texts in the controls of every room's examples, by slug."""

    @property
    def all_names(self) -> tuple[str, ...]:
        return tuple(sorted({name for names in self.names.values() for name in names}))


class _Seen(HTMLParser):
    """Forms with the names and values of their controls, and links."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str, str]] = []
        self.links: list[str] = []
        self._action = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        self.links += [has[name] for name in ("href", "hx-get", "action", "hx-post") if name in has]
        if tag == "form":
            self._action = has.get("action", "")
        if has.get("name") and tag in ("input", "select", "textarea", "button"):
            self.found.append((self._action, has["name"], has.get("value", "")))


def template_at(templates: Sequence[str], path: str) -> str | None:
    for template in templates:
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
            return template
    return None


async def discover(app: Any, pages: Sequence[str], rooms: Rooms) -> Known:
    """Reads the pages that lie ready and those that need no name, and what the rooms' forms and the API say."""
    api = router_of(app)
    templates = sorted(set(paths_of(api.router.routes)), key=lambda path: path.count("{"))
    names: dict[str, set[str]] = defaultdict(set)
    offered: dict[str, set[str]] = defaultdict(set)
    segments: dict[str, set[str]] = defaultdict(set)
    own = [path.replace("{lang}", "en") for path in templates if path.count("{") == path.count("{lang}")]
    for page in [*pages, *own]:
        got = await ask(app, Asked("GET", page))
        if not any(name == b"content-type" and value.startswith(b"text/html") for name, value in got.headers):
            continue
        seen = _Seen()
        seen.feed(got.body.decode())
        for action, name, value in seen.found:
            template = template_at(templates, urlsplit(action).path) or "?"
            names[template].add(name)
            offered[name].add(value)
        for link in seen.links:
            parts = urlsplit(link)
            template = template_at(templates, parts.path) or "?"
            for name, value in parse_qsl(parts.query, keep_blank_values=True):
                names[template].add(name)
                offered[name].add(value)
            for slot, part in zip(template.split("/"), parts.path.split("/"), strict=False):
                if slot.startswith("{"):
                    segments[slot].add(part)
    bodies: dict[str, tuple[Any, ...]] = {}
    typed = {room.slug: room.typed_examples for room in rooms.values()}
    for room in rooms.values():
        fields = [*room.widget.form.model_fields, *_row_names(room)]
        for template in (
            path for path in templates if path.startswith(("/{lang}/widgets", "/fragments/{lang}/widgets"))
        ):
            names[template].update(fields)
        for inputs in map(as_text, map(room.inputs, room.widget.examples)):
            for name, value in inputs.items():
                offered[name].add(value)
        bodies[f"/api/v1/widgets/{room.slug}"] = tuple(dict(example.inputs) for example in room.widget.examples)
    routes = tuple((method, path) for path in templates for method in methods_at(api, _filled(path)))
    return Known(routes, _tuples(names), _tuples(offered), _tuples(segments), bodies, typed)


def _row_names(room: Any) -> list[str]:
    builder = room.widget.builder
    return [f"row-{n}-{name}" for n in (0, 1) for name in builder.row.model_fields] if builder else []


def _filled(template: str) -> str:
    return re.sub(r"\{\w+\}", "x", template)


def _tuples(sets: Mapping[str, set[str]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(sorted(values)) for name, values in sorted(sets.items())}


class Fuzzer:
    """Makes requests by luck; `cookies` are what the site has set, which later requests bring back."""

    def __init__(self, known: Known, seed: int) -> None:
        self._known = known
        self._luck = random.Random(seed)
        self.cookies: list[str] = []

    def requests(self, count: int) -> Iterator[Asked]:
        """Every route comes first, so that none is left to luck."""
        for number in range(count):
            routes = self._known.routes
            method, template = routes[number] if number < len(routes) else self._route()
            yield self._asked(method, template)

    def _route(self) -> tuple[str, str]:
        return self._luck.choice(self._known.routes)

    def _asked(self, method: str, template: str) -> Asked:
        luck = self._luck
        if luck.random() < 0.03:
            method = luck.choice(("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"))
        room = luck.choice(sorted(self._known.typed)) if "/widgets/{slug}" in template and luck.random() < 0.9 else ""
        asked = template.replace("{slug}", room) if room else template
        path = re.sub(r"\{\w+\}", lambda slot: self._segment(slot[0]), asked)
        if luck.random() < 0.03:
            path = luck.choice((path + "/", "/" + path, path + "/²", path.upper(), quote(path, safe="")))
        query = self._query(self._fields(template, room)) if method == "GET" or luck.random() < 0.2 else b""
        kind, body = self._body(template, room) if method not in ("GET", "HEAD") else ("", b"")
        return Asked(
            method, path, query, self._headers(kind), body, f"10.{luck.randrange(256)}.{luck.randrange(256)}.1"
        )

    def _segment(self, slot: str) -> str:
        luck = self._luck
        if slot == "{lang}" and luck.random() < 0.97:
            return luck.choice(("en", "zh"))
        if luck.random() < 0.08:
            return luck.choice(("x", "²", "a b", "%2e%2e", "é", "a" * 400, "\x00", "-"))
        return luck.choice(self._known.segments.get(slot, ("x",)))

    def _fields(self, template: str, room: str) -> list[tuple[str, str]]:
        luck = self._luck
        if room and luck.random() < 0.8:
            return self._room_fields(template, room)
        names = self._known.names.get(template, ()) if luck.random() < 0.9 else self._known.all_names
        chosen = luck.sample(names, min(len(names), luck.choice((1, 1, 2, 3, 8)))) if names else []
        if luck.random() < 0.1:
            chosen.append(self._text())
        fields = [(name, self._value(name)) for name in chosen]
        return fields * 2 if luck.random() < 0.02 else fields

    def _room_fields(self, template: str, room: str) -> list[tuple[str, str]]:
        """An example of the room with a field or two bent, and now and then what else its page asks."""
        luck = self._luck
        found = dict(luck.choice(self._known.typed[room]))
        for name in luck.choices(sorted(found), k=luck.choice((1, 1, 1, 2, 3))):
            found[name] = self._bent(found[name]) if luck.random() < 0.7 else self._text()
        if luck.random() < 0.3:
            others = self._known.names[template]
            found |= {name: self._value(name) for name in luck.sample(others, min(3, len(others)))}
        return list(found.items())

    def _value(self, name: str) -> str:
        luck = self._luck
        offered = self._known.offered.get(name)
        if offered and luck.random() < 0.6:
            return self._bent(luck.choice(offered))
        return self._text()

    def _text(self) -> str:
        luck = self._luck
        text = luck.choice(NUMBERS if luck.random() < 0.5 else TEXTS)
        return text if luck.random() < 0.9 else text + luck.choice(TEXTS)

    def _bent(self, text: str) -> str:
        """A value that the site knows, as it is or with one thing wrong."""
        luck = self._luck
        numbers = list(_NUMBER.finditer(text))
        way = luck.randrange(6)
        if way == 0 or not text:
            return text
        if way < 4 and numbers:
            at = luck.choice(numbers)
            return text[: at.start()] + luck.choice(NUMBERS) + text[at.end() :]
        start = luck.randrange(len(text))
        end = start if way == 4 else min(len(text), start + luck.randrange(1, 30))
        return text[:start] + luck.choice(TEXTS) + text[end:]

    def _query(self, fields: list[tuple[str, str]]) -> bytes:
        luck = self._luck
        query = urlencode(fields, errors="surrogatepass").encode()
        return query if luck.random() < 0.97 else query + luck.choice((b"&\xff=\xfe", b"%", b"&&&==", b"&saved=%00"))

    def _body(self, template: str, room: str) -> tuple[str, bytes]:
        luck = self._luck
        is_json = template.startswith("/api/")
        if luck.random() < 0.04:
            return luck.choice(KINDS), luck.choice(
                (b"", b"\xff\xfe{}", b"{", b"--x", b"--x--\r\n", b"[" * 2000, b"=&=", b"\x00")
            )
        if is_json or luck.random() < 0.03:
            body = json.dumps(self._json(template), ensure_ascii=luck.random() < 0.7)
            kind = "application/json" if luck.random() < 0.95 else f"application/json; charset={luck.choice(CHARSETS)}"
            return kind, body.encode("utf-8", "surrogatepass")
        fields = self._fields(template, room)
        if luck.random() < 0.7:
            kind = KINDS[0] if luck.random() < 0.95 else f"{KINDS[0]}; charset={luck.choice(CHARSETS)}"
            return kind, urlencode(fields, errors="surrogatepass").encode()
        kind = KINDS[1] if luck.random() < 0.8 else f"{KINDS[1]}; charset={luck.choice(CHARSETS)}"
        return kind, b"".join(self._part(name, value) for name, value in fields) + b"--x--\r\n"

    def _part(self, name: str, value: str) -> bytes:
        luck = self._luck
        file = '; filename="f"' if luck.random() < 0.1 else ""
        more = f"content-type: text/plain; charset={luck.choice(CHARSETS)}\r\n" if luck.random() < 0.1 else ""
        shown = quote_from_bytes(name.encode("utf-8", "surrogatepass"), safe=" -_[]")
        head = f'--x\r\ncontent-disposition: form-data; name="{shown}"{file}\r\n{more}\r\n'
        return head.encode("utf-8", "surrogatepass") + value.encode("utf-8", "surrogatepass") + b"\r\n"

    def _json(self, template: str) -> Any:
        """Known inputs with something bent, or none of ours."""
        luck = self._luck
        bodies = self._known.bodies.get(template, ())
        if not bodies or luck.random() < 0.05:
            names = luck.sample(self._known.all_names, 3)
            return {name: self._json_value() for name in names} if luck.random() < 0.8 else self._json_value()
        value = json.loads(json.dumps(luck.choice(bodies)))
        for _ in range(luck.choice((0, 1, 1, 1, 2, 5))):
            self._bend(value)
        return value

    def _bend(self, value: Any) -> None:
        luck = self._luck
        place: Any = value
        while True:
            keys: list[Any] = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = luck.choice(keys)
            if isinstance(place[key], dict | list) and place[key] and luck.random() < 0.85:
                place = place[key]
                continue
            old = place[key]
            place[key] = self._bent(old) if isinstance(old, str) and luck.random() < 0.6 else self._json_value()
            break
        if isinstance(place, dict) and luck.random() < 0.1:
            place[self._text()] = self._json_value()

    def _json_value(self) -> Any:
        luck = self._luck
        plain = [
            None,
            True,
            False,
            0,
            -1,
            2**31,
            2**63,
            2**64,
            10**40,
            10**5000,
            1.5,
            1e13,
            1e308,
            -1e-320,
            [],
            {},
            [[]],
            {"": ""},
        ]
        if luck.random() < 0.5:
            found = luck.choice(plain)
            # Python itself prints no whole number this long: an example of what others send.
            return 10**4000 if found == 10**5000 else found
        if luck.random() < 0.2:
            return [self._text() for _ in range(luck.randrange(4))]
        return self._text()

    def _headers(self, kind: str) -> Pairs:
        luck = self._luck
        found = {"content-type": kind} if kind else {}
        odd = {
            "accept-language": LANGUAGES,
            "origin": ORIGINS,
            "host": HOSTS,
            "sec-fetch-dest": ("document", "empty", "²"),
            "accept-encoding": ("gzip", "br", "zstd, br;q=²", "x" * 3000, "\xff"),
            "if-none-match": ("*", '"x"', "\xff" * 300),
            "content-length": ("²", "9" * 5000, "-1", "x", ""),
            "hx-request": ("true",),
        }
        for name, values in odd.items():
            if luck.random() < 0.06:
                found[name] = luck.choice(values)
        cookies = [luck.choice(self.cookies)] if self.cookies and luck.random() < 0.6 else []
        if luck.random() < 0.05:
            cookies.append(
                luck.choice(("learner=²", "lang=xx", "learner=" + "a" * 22, "lang=\xff", "=;=;", "learner=\x00"))
            )
        if cookies:
            found["cookie"] = "; ".join(cookies)
        return [(name.encode(), value.encode("latin-1")) for name, value in found.items()]
