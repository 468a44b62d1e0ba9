"""What an answer that nobody has asked for does not do again: count, and no clock, tells."""

from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import DictLoader, Environment, StrictUndefined, UndefinedError
from markupsafe import Markup, escape
from starlette.testclient import TestClient

from app.content.language import LANGUAGES
from app.kube.kept import KEPT_LENGTH, LAST, STORIES, Beside, kept_story
from app.kube.story.lazy import LazyObject, Version
from app.kube.story.yaml_text import Printer
from app.place import APP
from app.site import Site
from app.web.escaping import EscapingEnvironment, escaped
from app.web.templates import once
from app.widgetkit import playing
from app.widgetkit.state import State, state_of
from app.widgetkit.view import answer
from app.widgets.deployment_birth import model
from app.widgets.pod_end import model as pod_end
from app.widgets.pod_end.plan import Plan
from tests.written import known_rooms

ROOMS = known_rooms()
DEPLOYMENT = "/fragments/en/widgets/deployment-birth"


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The objects whose text is written during a test, each as often as it is."""
    things: list[Any] = []
    text = Printer.text

    def noting(printer: Printer, thing: Any) -> str:
        things.append(thing)
        return text(printer, thing)

    monkeypatch.setattr(Printer, "text", noting)
    return things


@pytest.mark.parametrize("step", [1, 3, 12])
def test_a_step_writes_its_own_objects_and_what_they_were_before(
    site: TestClient, written: list[Any], step: int
) -> None:
    frames = model.tell(3, f"lazy:{step}", "1.37", "none").frames
    assert written == []

    assert site.get(DEPLOYMENT, params={"image": f"lazy:{step}", "step": step}).status_code == 200

    shown = len(frames[step - 1].objects)
    assert shown <= len(written) <= 2 * shown
    assert len({id(thing) for thing in written}) == len(written)


def test_all_steps_of_a_run_are_one_story(site: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    told = []
    tell = model._told
    monkeypatch.setattr(model, "_told", lambda *asked: told.append(asked) or tell(*asked))  # type: ignore[func-returns-value]

    for step in (2, 5, 9):
        assert site.get(DEPLOYMENT, params={"image": "story:once", "step": step}).status_code == 200

    assert told == [(3, "story:once", "1.37", "none")]


def test_another_beginning_is_another_story_that_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told = []
    tell = pod_end._told
    monkeypatch.setattr(pod_end, "_told", lambda plan: told.append(plan) or tell(plan))  # type: ignore[func-returns-value]
    form = ROOMS["pod-end"].widget.form(grace=47, pre_stop=11)
    plan = Plan(**form.model_dump())

    story = pod_end.tell(plan)

    assert told == [plan]  # a hook of 5 s stands in the Pod from the beginning
    assert not any(detail.key == "say.beside.pre_stop" for detail in story.frames[-1].details)


def lazy(thing: Any, before: Any = None, **more: Any) -> LazyObject:
    printer = Printer()
    return LazyObject("Pod", "web", Version(printer.text, thing, before and Version(printer.text, before)), **more)


def test_equal_objects_are_equal_unwritten(written: list[Any]) -> None:
    thing, other = {"a": {"b": 1}}, {"a": {"b": 2}}

    assert lazy(thing) == lazy({"a": {"b": 1}})
    assert lazy(other, thing) == lazy({**other}, {**thing})
    assert written == []


def test_objects_that_read_the_same_are_equal() -> None:
    assert lazy({"a": []}) == lazy({"a": ()})
    assert lazy({"a": 1}, is_new=False) != lazy({"a": 1})
    assert lazy({"a": 1}, {"a": 2}) == lazy({"a": 1}, {"a": 3})
    assert lazy({"a": 1}) != lazy({"a": 2})
    assert len({lazy({"a": []}), lazy({"a": ()})}) == 1


# Templates


@given(st.one_of(st.text(), st.text().map(Markup), st.integers(), st.floats(), st.none(), st.booleans()))
def test_what_is_put_out_is_escaped_as_ever(value: Any) -> None:
    assert escaped(value) == str(escape(value))


def test_a_template_escapes_and_refuses_what_is_not_there() -> None:
    page = '{% macro one(x) %}<i>{{ x }}</i>{% endmacro %}{{ one(given) }}{{ given }}{{ missing if given == "" }}'
    environment = EscapingEnvironment(loader=DictLoader({"page": page}), autoescape=True, undefined=StrictUndefined)
    template = environment.get_template("page")

    assert template.render(given="<&>") == "<i>&lt;&amp;&gt;</i>&lt;&amp;&gt;"
    assert template.render(given=Markup("<b>")) == "<i><b></b></i><b>".replace("</b>", "")
    with pytest.raises(UndefinedError):
        template.render(given="")


PAGES = {
    "page": """{% extends "base" %}{% from "parts" import one, held %}
{% block body %}{% include "part" %}{% set own = "<" ~ given ~ number ~ ">" %}{{ own }}{{ one(given, y=number) }}
{%- for each in many %}{{ loop.index }}{{ one(*[each], **{"y": shared}) }}{% include "part" %}{% endfor %}
{%- call held(number) %}{{ given }}{{ say(given, to=many | length) }}{% endcall %}
{{ many | join(given) }}{% endblock %}""",
    "base": "<b>{% block body %}{% endblock %}{{ shared }}</b>",
    "part": "{% if given %}<p>{{ given ~ 1 }}</p>{% else %}{{ number }}{% endif %}{{ each if each is defined }}",
    "parts": """{% macro one(x, y=2) %}<i class="{{ y }}">{{ x }}{{ shared }}</i>{% endmacro %}
{% macro held(n) %}<q>{{ n }}{{ caller() }}</q>{% endmacro %}""",
}
SAID = st.one_of(st.text("<&a ", max_size=4), st.text("<&a", max_size=4).map(Markup))


@given(given=SAID, number=st.integers(-9, 9), many=st.lists(SAID, max_size=3), shared=SAID)
def test_templates_make_of_everything_what_jinja_makes(given: str, number: int, many: list[str], shared: str) -> None:
    drawn = []
    for kind in (EscapingEnvironment, Environment):
        environment = kind(loader=DictLoader(PAGES), autoescape=True, undefined=StrictUndefined)
        environment.globals["shared"] = shared
        said = {"given": given, "number": number, "many": many, "say": lambda what, to: f"{what}&{to}"}
        drawn.append(environment.get_template("page").render(**said))

    assert drawn[0] == drawn[1]


def test_what_is_the_same_at_each_step_of_a_run_is_worked_out_once(
    site: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked_out = []
    whole = playing._whole_run
    monkeypatch.setattr(playing, "_whole_run", lambda state, outcome: worked_out.append(state) or whole(state, outcome))  # type: ignore[func-returns-value]

    for step in (2, 5, 9):
        assert site.get(DEPLOYMENT, params={"image": "run:once", "step": step}).status_code == 200

    assert len(worked_out) == 1


@pytest.fixture(scope="module")
def parts_of_site() -> Site:
    return Site()


MODES: tuple[dict[str, str], ...] = ({}, {"speed": "2"}, {"predict": "1"}, {"play": "1"})


@pytest.mark.parametrize("slug", sorted(slug for slug, room in ROOMS.items() if room.widget.kind == "sequence"))
def test_a_step_is_drawn_alike_whatever_was_drawn_of_its_run_before(
    slug: str, parts_of_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = parts_of_site.rooms[slug]
    states = [
        replace(state_of(room, lang, {"step": step, **mode}, embedded=level), is_whole=is_whole, is_all=is_all)
        for lang in LANGUAGES
        for mode in MODES
        for step in ("3", "1")
        for level, is_whole, is_all in ((0, True, False), (0, False, False), (3, True, False), (2, False, True))
    ]

    def drawn(state: State) -> str:
        return str(answer(parts_of_site.templates, state).html)

    together = [drawn(state) for state in states]
    for state, page in zip(states, together, strict=True):
        monkeypatch.setattr(playing, "_RUNS", Beside(4))
        assert drawn(state) == page


def test_nobody_sees_how_another_wrote_the_same_number(site: TestClient) -> None:
    for written in ("003", "3"):
        page = site.get(DEPLOYMENT, params={"replicas": written, "step": 4}).text
        assert ('value="003"' in page) is (written == "003")


def test_what_is_kept_beside_an_object_goes_with_it() -> None:
    class Thing:
        pass

    beside = Beside(2)
    thing, other = Thing(), Thing()
    made = [beside.find(each, "name", object) for each in (thing, thing, other)]
    assert made[0] is made[1] is not made[2]
    assert [beside.find(thing, name, partial(str, name)) for name in "abc"] == ["a", "b", "c"]
    assert beside.find(thing, "name", object) is not made[0], "more than two of one were kept"

    del thing, other
    assert beside._of == {}


def test_what_was_typed_into_a_choice_is_not_kept(site: TestClient) -> None:
    def kept(typed: str) -> int:
        assert site.get(DEPLOYMENT, params={"fault": typed}).status_code == 422
        return once.cache_info().currsize

    assert kept("nobody-offers-this") == kept("nor-that")


def test_no_more_stories_are_remembered_than_are_stepped_through() -> None:
    """A story takes up to a quarter of a megabyte, and readers can make as many as they like, of every room."""
    models = [
        import_module(f"app.widgets.{folder.parent.name}.model") for folder in (APP / "widgets").glob("*/model.py")
    ]
    tellers = [getattr(model, name, None) for model in models for name in ("tell", "_told")]

    assert sum(hasattr(each, "cache_clear") for each in tellers) >= 7
    assert [each for each in tellers if hasattr(each, "cache_parameters")] == [], "it would have an end of its own"

    first, second = (kept_story(partial(listed, room)) for room in ("first", "second"))
    told = [teller(number) for number in range(STORIES) for teller in (first, second)]
    assert len(LAST) == STORIES
    assert second(STORIES - 1) is told[-1]
    assert first(0) is not told[0]
    assert first("x" * (KEPT_LENGTH + 1)) is not first("x" * (KEPT_LENGTH + 1))
    first.cache_clear()  # type: ignore[attr-defined]  # as `lru_cache` has it
    assert second(STORIES - 1) is told[-1]


def listed(*parts: object) -> list[object]:
    return list(parts)
