"""What is hostile, sent to every field of every room as a browser and a program send it: page, fragment, form, API.

Nobody gets an answer that says that we are broken, one that takes long, or one that is much longer than what was sent.
tests/test_attack.py asks the models without HTTP; tests/fuzz.py asks whatever there is by luck.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from math import gcd
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from app.web.hands import SMALL
from app.widgetkit.form import as_text, fields_of
from app.widgetkit.registry import Room
from tests.soon import soon
from tests.written import known_rooms

ROOMS = known_rooms()
FIELDS = [(slug, field.name) for slug, room in ROOMS.items() for field in fields_of(room.widget.form, {})]
DEEP = 3000  # of what is nested; as many levels as a stack of Python has, three times
HOSTILE: dict[str, str] = {
    "nothing": "",
    "nul": "\x00",
    "half": "\ud800",
    "controls": "\x1b[31m\x07\x7f\u202e\u2028\ufeff",
    "crlf": "a\r\nset-cookie: learner=x\r\n\r\n",
    "digits": "9" * 5000,
    "int32": "2147483647",
    "int64": "9223372036854775807",
    "minus": "-" + "9" * 400,
    "exponent": "1e999999999",
    "small": "1e-999999999",
    "nan": "NaN",
    "superscript": "²",
    "wide": "１２",
    "separators": "," * 5000,
    "lines": "\n" * 5000,
    "blanks": " " * 5000,
    "quotes": '"' * 2500,
    "tags": "<script>alert(1)</script><img src=x onerror=alert(1)>\"'>",
    "template": "{{ 7*7 }}${7*7}#{7*7}{% raw %}",
    "path": "../../../../etc/passwd\0.yaml",
    "format": "%s%n{0.__class__}{outcome}",
    "json-deep": "[" * DEEP + "]" * DEEP,
    "json-open": '{"a":' * 1500,
    "flow-deep": "{a: " * 1500 + "}" * 1500,
    "block-deep": "\n".join(" " * level + "-" for level in range(110)),
    "dashes": "- " * DEEP + "x",
    "alias-itself": "&a [*a]",
    "alias-bomb": "\n".join([f"a0: &a0 [{'x,' * 9}]", *(f"a{n}: &a{n} [{f'*a{n - 1},' * 9}]" for n in range(1, 12))]),
    "merge": "a: {<<: [{b: 1}, 2]}\n<<: *x",
    "tag": "!!python/object/apply:os.system [id]",
    "documents": "---\n" * 1500,
    "duplicate": "a: 1\na: 2\n" * 500,
    "regex": 'a=~"(((((a{99}){99}){99}){99}){99})"',
    "regex-deep": 'a=~"' + "(" * DEEP + ")" * DEEP + '"',
    "regex-class": 'a=~"' + r"\\pL{60}" * 26 + '"',
    "time": "9999-12-31T23:59:59-14:00",
    "huge-quantity": "9999999999999999999Ei",
}
CPU_S = 4.0
LONGEST = 3 << 20
REPEATED = 40  # times that an answer may be longer than what was sent: a quotation mark is five bytes in HTML, twice
WAYS = ("page", "fragment", "form", "posted", "api")


@dataclass(frozen=True)
class Sent:
    """One request, and what came back."""

    way: str
    field: str
    value: str
    status: int
    length: int

    @property
    def is_wrong(self) -> bool:
        return self.status not in (200, 303, 422) or self.length > LONGEST + REPEATED * len(HOSTILE[self.value])


def typed(room: Room, name: str, text: str) -> dict[str, str]:
    return {**{other: given for other, given in as_text(room.first).items() if given}, name: text}


def encoded(inputs: dict[str, str]) -> str:
    return "&".join(f"{name}={quote(text, safe='', errors='surrogatepass')}" for name, text in inputs.items())


def send(site: TestClient, way: str, room: Room, name: str, value: str) -> Sent:
    inputs = typed(room, name, HOSTILE[value])
    if way in ("page", "fragment"):
        inputs = {name: HOSTILE[value]}  # what a link holds, and not the whole form
    page, kind = f"/en/widgets/{room.slug}", {"content-type": "application/x-www-form-urlencoded"}
    match way:
        case "page":
            ask = partial(site.get, f"{page}?{encoded(inputs)}")
        case "fragment":
            ask = partial(site.get, f"/fragments{page}?{encoded(inputs)}")
        case "form":
            ask = partial(site.post, page, content=encoded(inputs), headers=kind)
        case "posted":
            ask = partial(site.post, f"/fragments{page}", content=encoded(inputs), headers=kind)
        case _:
            ask = partial(site.post, f"/api/v1/widgets/{room.slug}", content=json.dumps(inputs))
    answer = soon(ask, CPU_S, (way, name, value))
    return Sent(way, name, value, answer.status_code, len(answer.content))


def in_turns() -> Iterator[tuple[str, str, str, str]]:
    """Every field with every value, each by one of the ways, another one each time: the model reads the same text in
    all of them. A value comes by another way to the next field, and by all of them to five."""
    assert gcd(len(HOSTILE), len(WAYS)) == 1
    ways = cycle(WAYS)
    for slug, name in FIELDS:
        for value in HOSTILE:
            yield next(ways), slug, name, value


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """One that nobody else asks: what is sent here uses up the links that a network may make."""
    path = tmp_path_factory.mktemp("attacked") / "site.sqlite3"
    settings = Settings(database_url=f"sqlite:///{path}", first_states=False)
    with TestClient(create_app(settings), follow_redirects=False) as client:
        yield client


def sent_of(site: TestClient, slug: str, *, is_part: bool) -> list[Sent]:
    """A third of what there is for a room, or the other two."""
    asked = [each for each in in_turns() if each[1] == slug]
    chosen = [each for turn, each in enumerate(asked) if (turn % 3 == 0) is is_part]
    return [send(site, way, ROOMS[slug], name, value) for way, _, name, value in chosen]


@pytest.mark.parametrize("slug", ROOMS)
def test_what_is_hostile_is_answered(site: TestClient, slug: str) -> None:
    """A third of all fields and values."""
    sent = sent_of(site, slug, is_part=True)

    assert [each for each in sent if each.is_wrong] == []
    assert {each.way for each in sent} == set(WAYS)


@pytest.mark.slow
@pytest.mark.parametrize("slug", ROOMS)
def test_what_else_is_hostile_is_answered(site: TestClient, slug: str) -> None:
    """The other two thirds: with them every value has come to every field, by one of the ways."""
    sent = sent_of(site, slug, is_part=False)

    assert [each for each in sent if each.is_wrong] == []
    assert {each.way for each in sent} == set(WAYS)


def test_the_table_of_what_is_hostile_reaches_the_hands() -> None:
    """Some of it is answered in this process, some in those for what is large."""
    lengths = {len(encoded({"a": text})) for text in HOSTILE.values()}

    assert min(lengths) < SMALL < max(lengths)


# --- what is nested ---------------------------------------------------------------------------------------------------

NESTED = {
    "lists": "[" * DEEP + "]" * DEEP,
    "mappings": '{"a":' * DEEP + "1" + "}" * DEEP,
    "open": "[" * DEEP,
    "just-too-deep": "[" * 66 + "]" * 66,
    "below-the-stack": "[" * 700 + "]" * 700,
}
BODIES = {
    **{f"/api/v1/widgets/{slug}": "%s" for slug in ROOMS},
    "/api/v1/answers": '{"question": "x", "attempt": "a6f6f0d4-0000-4000-8000-000000000000", "answer": %s}',
    "/api/v1/import": '{"schema": 3, "answers": [{"answer": %s}]}',
}


@pytest.mark.parametrize("nested", NESTED)
@pytest.mark.parametrize("path", BODIES)
def test_a_body_that_is_nested_too_deep_is_told_so(site: TestClient, path: str, nested: str) -> None:
    answer = site.post(path, content=BODIES[path] % NESTED[nested])

    [error] = answer.json()["errors"]
    assert (answer.status_code, error["code"], error["field"]) == (422, "form-deep", "body")
    assert "64" in error["reason"]


MANY = "{" + ",".join(f'"k{number}": 1' for number in range(201)) + "}"


@pytest.mark.parametrize("path", BODIES)
def test_a_body_with_more_names_than_anybody_asks_for_is_told_so(site: TestClient, path: str) -> None:
    """Each of a million names would be a mistake of its own, and telling them takes all memory."""
    answer = site.post(path, content=BODIES[path] % MANY)

    [error] = answer.json()["errors"]
    assert (answer.status_code, error["code"], error["field"]) == (422, "form-many", "body")
    assert "200" in error["reason"]


@pytest.mark.parametrize("slug", ROOMS)
def test_an_input_that_is_nested_is_refused_by_its_field(site: TestClient, slug: str) -> None:
    """Not too deep for a body, but no text either."""
    for name in ROOMS[slug].widget.form.model_fields:
        answer = site.post(f"/api/v1/widgets/{slug}", content=f'{{"{name}": {"[" * 50 + "]" * 50}}}')

        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, name)


def test_brackets_inside_of_texts_are_not_nested(site: TestClient) -> None:
    text = "[" * 200 + '\\"' + "{" * 200
    answer = site.post("/api/v1/widgets/quantity", content=f'{{"text": "{text}"}}')

    assert answer.json()["errors"][0]["field"] == "text"
