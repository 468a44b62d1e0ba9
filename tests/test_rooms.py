"""What every room promises by existing: examples that hold, five faces in two languages, answers to rubbish."""

import json
import random
import re
import string
from html.parser import HTMLParser
from typing import Any
from xml.dom import minidom

import pytest
from starlette.testclient import TestClient

from app.check import Bench, check_folder
from app.content.error import Mistakes
from app.content.language import LANGUAGES, Lang
from app.kube.refusal import Refusal
from app.widgetkit.form import as_text, has_area
from app.widgetkit.outcome import at_path
from app.widgetkit.registry import Room
from tests.written import known_rooms

ROOMS = list(known_rooms().values())

each_room = pytest.mark.parametrize("room", ROOMS, ids=[room.slug for room in ROOMS])
each_language = pytest.mark.parametrize("lang", LANGUAGES)


@pytest.fixture(scope="module")
def bench() -> Bench:
    mistakes = Mistakes()
    made = Bench(mistakes)
    assert [str(each) for each in mistakes] == []
    return made


@each_room
def test_a_room_keeps_every_rule(bench: Bench, room: Room) -> None:
    """Its examples give what they promise and are drawn in both languages; every fault is told, every word said."""
    mistakes = Mistakes()

    check_folder(bench, room.folder, mistakes)

    assert [str(each) for each in mistakes] == []


@each_room
def test_the_same_inputs_give_the_same_outcome(room: Room) -> None:
    assert room.json(room.run(room.first)) == room.json(room.run(room.first))


@each_room
def test_the_outcome_is_json_without_nan(room: Room) -> None:
    json.dumps(room.json(room.run(room.first)), allow_nan=False)


@each_room
def test_a_form_without_inputs_is_answered_or_refused(room: Room) -> None:
    """Inputs that are not listed have defaults."""
    code = None
    try:
        room.run(room.widget.form())
    except Refusal as refusal:
        code = refusal.code

    assert code is None or f"refusal.{code}" in room.words


@each_room
@each_language
def test_its_page_stands(site: TestClient, room: Room, lang: Lang) -> None:
    page = site.get(f"/{lang}/widgets/{room.slug}")

    assert page.status_code == 200
    assert room.words.html(lang, "title") in page.text


@each_room
@each_language
def test_its_fragment_is_one_root_element_with_its_id(site: TestClient, room: Room, lang: Lang) -> None:
    fragment = site.get(f"/fragments/{lang}/widgets/{room.slug}")

    shape = Shape()
    shape.feed(fragment.text)

    assert fragment.status_code == 200
    assert [(tag, dict(attrs)["id"]) for tag, attrs in shape.roots] == [("section", f"w-{room.slug}")]


@each_room
def test_each_example_is_drawn_in_both_languages_without_trouble(site: TestClient, room: Room) -> None:
    for example in room.widget.examples:
        typed = as_text(room.inputs(example))
        for lang in LANGUAGES:
            path = f"/fragments/{lang}/widgets/{room.slug}"
            drawn = site.post(path, data=typed) if has_area(room.widget.form) else site.get(path, params=typed)

            assert drawn.status_code == 200, example.name
            check_markup(drawn.text)


@each_room
def test_every_htmx_link_has_its_plain_twin(site: TestClient, room: Room) -> None:
    page = Shape()
    page.feed(site.get(f"/fragments/en/widgets/{room.slug}").text)

    for tag, attrs in page.elements:
        if tag == "a" and "hx-get" in attrs:
            assert attrs["href"].startswith("/en/"), attrs
        if tag == "form":
            assert attrs["action"].startswith("/en/"), attrs
        assert not [name for name in attrs if name.startswith("on") or name == "style"], attrs


@each_room
@each_language
def test_its_plate_stands_beside_its_link_wherever_models_are_listed(site: TestClient, room: Room, lang: Lang) -> None:
    entry = f'<li>{room.plate}\n      <a href="/{lang}/widgets/{room.slug}">'

    assert [site.get(path).text.count(entry) for path in (f"/{lang}/", f"/{lang}/widgets/")] == [1, 1]


@each_room
def test_the_api_answers_each_example(site: TestClient, room: Room) -> None:
    for example in room.widget.examples:
        answer = site.post(f"/api/v1/widgets/{room.slug}", json=dict(example.inputs))

        assert answer.status_code == 200, answer.text
        assert {path: at_path(answer.json()["outcome"], path) for path in example.expect} == dict(example.expect)


@each_room
def test_an_unknown_input_is_refused_by_name(site: TestClient, room: Room) -> None:
    answer = site.post(f"/api/v1/widgets/{room.slug}", json={"nonsense": 1})

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["field"] == "nonsense"


@each_room
def test_rubbish_gets_an_answer(site: TestClient, room: Room) -> None:
    """Whatever is pasted: 200 or a refusal that names the field, in both languages, with the text kept."""
    luck = random.Random(room.slug)
    for name in room.widget.form.model_fields:
        for rubbish in _rubbish(luck):
            answer = site.post(f"/api/v1/widgets/{room.slug}", json={name: rubbish})
            assert answer.status_code in (200, 422), (name, rubbish, answer.text[:300])
            if answer.status_code == 422:
                error = answer.json()["errors"][0]
                assert error["field"]
                assert error["reason"]


def _rubbish(luck: random.Random) -> list[Any]:
    noise = "".join(luck.choice(string.printable) for _ in range(60))
    return [
        "",
        " ",
        "\x00",
        "-1",
        "1e400",
        "NaN",
        "９",
        noise,
        "[" * 500,
        "{" * 300,
        "a: &a [*a]",
        10**30,
        True,
        None,
        [],
        {},
    ]


@each_room
def test_refused_input_is_kept_beside_its_reason(site: TestClient, room: Room) -> None:
    for name in room.widget.form.model_fields:
        typed = {**as_text(room.first), name: "§ not this §"}
        page = site.post(f"/fragments/zh/widgets/{room.slug}", data=typed)
        if page.status_code == 422:
            assert "§ not this §" in page.text or "<select" in page.text
            check_markup(page.text)
            (why,) = re.findall(rf'<p class="why-not" id="w-{room.slug}-{name}-why">(.*?)</p>', page.text, flags=re.S)
            answer = page.text.partition('<div class="refusal">')[2].partition("</div>")[0]
            assert f'href="#w-{room.slug}-{name}"' in answer
            assert page.text.count(why) == 1, "the reason is said once, beside its input"
            assert "</a>: " not in page.text
            return
    pytest.skip("every text is acceptable here")


@each_room
def test_a_sequence_can_be_stepped_through(site: TestClient, room: Room) -> None:
    if room.widget.kind != "sequence":
        pytest.skip("not a sequence")
    for example in room.widget.examples:
        frames = room.run(room.inputs(example)).frames
        assert [frame.step for frame in frames] == list(range(1, len(frames) + 1))
        for step in (1, len(frames) // 2, len(frames)):
            page = site.get(
                f"/fragments/en/widgets/{room.slug}", params={**as_text(room.inputs(example)), "step": step}
            )
            assert page.status_code == 200
            check_markup(page.text)


class Shape(HTMLParser):
    """The elements of a fragment and which of them are roots."""

    VOID = frozenset({"input", "br", "img", "link", "meta", "hr", "col", "wbr"})

    def __init__(self) -> None:
        super().__init__()
        self.depth = 0
        self.roots: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.elements: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.depth == 0:
            self.roots.append((tag, attrs))
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in self.VOID:
            self.depth += 1

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            self.depth -= 1


NAMELESS = frozenset(
    {"b", "bdi", "caption", "code", "dd", "del", "div", "dt", "em", "figcaption", "i", "ins", "kbd", "legend"}
    | {"mark", "p", "pre", "q", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "var"}
)


def check_markup(html: str) -> None:
    """Ids are unique, labels and aria references lead somewhere, SVG is XML, nothing undefined is shown."""
    shape = Shape()
    shape.feed(html)
    assert shape.depth == 0, "an element is not closed"
    ids = [attrs["id"] for _, attrs in shape.elements if "id" in attrs]
    assert len(ids) == len(set(ids)), [id_ for id_ in ids if ids.count(id_) > 1]
    for tag, attrs in shape.elements:
        for name in ("for", "aria-labelledby", "aria-describedby"):
            for target in attrs.get(name, "").split():
                assert target in ids, (tag, name, target)
        # ARIA 1.2, 5.2.8.6: what has no role has no name.
        assert "role" in attrs or tag not in NAMELESS or "aria-label" not in attrs, (tag, attrs["aria-label"])
    for svg in re.findall(r"<svg.*?</svg>", html, flags=re.S):
        minidom.parseString(f'<r xmlns:xlink="x">{svg}</r>'.replace("&nbsp;", " "))
    assert "Undefined" not in html
