"""Predict mode: what is asked before the next step, how it is judged, shown and counted."""

import re
from html import unescape
from urllib.parse import parse_qsl

import pytest
from starlette.testclient import TestClient

from app.kube.frame import Frame, Sequence, StoredObject
from app.kube.refusal import Refusal
from app.web.language import LANGUAGES, Lang
from app.widgetkit.form import as_text
from app.widgetkit.predict import Question, ask, judge
from app.widgetkit.registry import Room, find_rooms
from app.widgetkit.view import PLAYER, asked_at, run_of
from tests.test_rooms import Shape, check_markup

ROOMS = find_rooms()
SEQUENCES = [room for room in ROOMS.values() if room.widget.kind == "sequence"]
ACTORS = {name: name for name in ("user", "api", "etcd", "scheduler", "kubelet")}
PAGE = "/{lang}/widgets/pod-birth"
FRAGMENT = "/fragments/{lang}/widgets/pod-birth"

each_language = pytest.mark.parametrize("lang", LANGUAGES)
each_sequence = pytest.mark.parametrize("room", SEQUENCES, ids=[room.slug for room in SEQUENCES])


def frame(step: int, actor: str, *written: str) -> Frame:
    """A step that wrote these lines."""
    yaml = "\n".join(["kind: Pod", *written])
    stored = StoredObject("Pod", "web", yaml, tuple(range(2, len(written) + 2)))
    return Frame(step, "key", actor, "say", {}, objects=(stored,))


RUN = (
    frame(1, "user"),
    frame(2, "api", "  phase: Pending"),
    frame(3, "etcd", '  resourceVersion: "7"'),
    frame(4, "scheduler", '  resourceVersion: "8"', "  nodeName: node-1"),
    frame(5, "kubelet", "  conditions:", "  - lastProbeTime: null", "    podIP: 10.0.0.7"),
    frame(6, "kubelet"),
)


def questions_at(step: int, *, actors: dict[str, str] = ACTORS, seed: str = "s") -> dict[str, Question]:
    return {question.name: question for question in ask(RUN, actors, step, seed)}


@pytest.mark.parametrize("step", range(1, 6))
def test_the_next_actor_is_among_four_different_choices(step: int) -> None:
    who = questions_at(step)["who"]

    assert who.right.text == RUN[step].actor
    assert who.right in who.choices
    assert len({choice.text for choice in who.choices}) == 4
    assert {choice.text for choice in who.choices} <= set(ACTORS)


@pytest.mark.parametrize(("actors", "count"), [(["api", "etcd", "user"], 3), (["api", "user"], 2)], ids=str)
def test_a_small_stage_offers_fewer(actors: list[str], count: int) -> None:
    assert len(questions_at(1, actors={name: name for name in actors})["who"].choices) == count


@pytest.mark.parametrize("step", [1, 4], ids=["another-acts", "one-of-them-acts"])
def test_of_two_actors_called_the_same_one_is_offered(step: int) -> None:
    actors = {"api": "API server", "kubelet-2": "kubelet", "kubelet": "kubelet", "etcd": "etcd"}

    offered = [choice.text for choice in questions_at(step, actors=actors)["who"].choices]

    assert len(offered) == 3
    assert ("kubelet" in offered) is (step == 4)


def test_who_acts_at_the_same_time_is_no_wrong_answer() -> None:
    """All members fsync at once: naming another one of them would not be wrong."""
    room = ROOMS["etcd-write"]
    outcome = room.run(room.first)
    synced = next(frame for frame in outcome.frames if frame.key == "fsync")

    offered = {choice.text for choice in asked_at(room, room.first, outcome, synced.step - 1)[0].choices}

    assert offered == {synced.actor, "client"}


def test_nothing_is_asked_about_a_stage_of_one() -> None:
    assert "who" not in questions_at(1, actors={"api": "API server"})


@pytest.mark.parametrize("step", [-1, 0, 6, 7])
def test_nothing_is_asked_where_nothing_follows(step: int) -> None:
    assert questions_at(step) == {}


def test_the_written_line_is_one_of_the_next_step_and_the_others_are_not() -> None:
    wrote = questions_at(3)["wrote"]

    assert wrote.right.text == "nodeName: node-1"
    assert {choice.text for choice in wrote.choices} == {
        "nodeName: node-1",
        "phase: Pending",
        'resourceVersion: "7"',
        "podIP: 10.0.0.7",
    }


def test_the_line_that_tells_most_is_asked_for() -> None:
    """Lines that every write carries, and those without a value, are asked for only when there is nothing else."""
    assert questions_at(4)["wrote"].right.text == "podIP: 10.0.0.7"
    assert questions_at(2)["wrote"].right.text == 'resourceVersion: "7"'


def test_a_step_that_writes_nothing_is_asked_about_its_actor_only() -> None:
    assert list(questions_at(5)) == ["who"]


def test_two_lines_are_too_few_to_choose_from() -> None:
    short = (*RUN[:2], frame(3, "etcd", "  nodeName: node-1"))

    assert [question.name for question in ask(short, ACTORS, 1, "s")] == ["who"]


def test_the_same_seed_asks_the_same_and_another_shuffles() -> None:
    orders = {tuple(choice.text for choice in questions_at(1, seed=str(seed))["who"].choices) for seed in range(40)}

    assert questions_at(1) == questions_at(1)
    assert len(orders) > 10


def test_the_right_choice_stands_anywhere() -> None:
    """Over many seeds it is at each place about as often."""
    places = [0, 0, 0, 0]
    for seed in range(400):
        who = questions_at(1, seed=str(seed))["who"]
        places[who.choices.index(who.right)] += 1

    assert min(places) > 60


def test_an_answer_is_right_or_not_for_each_question() -> None:
    asked = ask(RUN, ACTORS, 3, "s")
    wrong = next(choice for choice in asked[1].choices if choice != asked[1].right)

    judged = judge(asked, {"who": "scheduler", "wrote": wrong.token})

    assert [(each.name, each.is_right) for each in judged] == [("who", True), ("wrote", False)]
    assert (judged[1].right.text, judged[1].given) == ("nodeName: node-1", wrong)


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({}, "predict-missing", "who"),
        ({"who": "scheduler"}, "predict-missing", "wrote"),
        ({"who": "nobody", "wrote": ""}, "predict-choice", "who"),
        ({"who": "scheduler", "wrote": "nodeName: node-1"}, "predict-choice", "wrote"),
    ],
    ids=["nothing", "half", "tampered-actor", "tampered-line"],
)
def test_what_is_no_answer_is_refused_by_its_question(given: dict[str, str], code: str, field: str) -> None:
    with pytest.raises(Refusal) as refused:
        judge(ask(RUN, ACTORS, 3, "s"), given)

    assert (refused.value.code, refused.value.field) == (code, field)


@each_sequence
def test_every_step_of_every_sequence_can_be_predicted(room: Room) -> None:
    assert not set(PLAYER) & set(room.widget.form.model_fields)
    for example in room.widget.examples:
        inputs = room.inputs(example)
        outcome: Sequence = room.run(inputs)
        for step in range(1, len(outcome.frames)):
            asked = asked_at(room, inputs, outcome, step)
            assert asked[0].name == "who"
            for question in asked:
                texts = [choice.text for choice in question.choices]
                assert len(texts) == len(set(texts))
                assert texts.count(question.right.text) == 1
            for lang in LANGUAGES:
                titles = [room.words.text(lang, f"actor.{choice.text}") for choice in asked[0].choices]
                assert len(titles) == len(set(titles))


def test_a_run_is_named_by_what_was_chosen() -> None:
    form = ROOMS["pod-birth"].widget.form

    assert re.fullmatch("[0-9a-f]{32}", run_of(form()))
    assert run_of(form(fault="none")) == run_of(form())
    assert run_of(form(fault="scheduler-down")) != run_of(form())


# The routes


def asked_of(page: str) -> dict[str, list[str]]:
    """The choices that a page offers, by question."""
    offered: dict[str, list[str]] = {}
    for name, token in re.findall(r'<input type="radio" name="(who|wrote)" value="([^"]*)"', page):
        offered.setdefault(name, []).append(token)
    return offered


def asked_of_pod_birth(step: int, **inputs: str) -> tuple[Question, ...]:
    room = ROOMS["pod-birth"]
    form = room.widget.form(**{**as_text(room.first), **inputs})
    return asked_at(room, form, room.run(form), step)


def right_at(step: int, **inputs: str) -> dict[str, str]:
    return {each.name: each.right.token for each in asked_of_pod_birth(step, **inputs)}


def wrong_at(step: int) -> dict[str, str]:
    asked = asked_of_pod_birth(step)
    return {each.name: next(c.token for c in each.choices if c != each.right) for each in asked}


def text_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", "", page)).split())


@each_language
@each_sequence
def test_predict_mode_is_drawn_without_trouble(site: TestClient, room: Room, lang: Lang) -> None:
    last = len(room.run(room.first).frames)
    for step in (1, 2, last - 1, last):
        page = site.get(f"/fragments/{lang}/widgets/{room.slug}", params={"predict": "1", "step": step})

        assert page.status_code == 200
        check_markup(page.text)
        assert bool(asked_of(page.text)) is (step < last)
        assert "{" not in text_of(page.text.partition('class="predict"')[2].partition("</form>")[0])


@each_language
def test_it_is_switched_on_and_off_by_a_link(site: TestClient, lang: Lang) -> None:
    path = PAGE.format(lang=lang)
    off = site.get(f"{path}?step=3").text
    on = site.get(f"{path}?step=3&predict=1").text

    assert f'href="{path}?step=3&amp;predict=1"' in off
    assert not asked_of(off)
    assert f'href="{path}?step=3"' in on
    assert asked_of(on)


def test_while_it_is_on_every_step_keeps_it_and_nothing_plays(site: TestClient) -> None:
    page = Shape()
    page.feed(site.get("/en/widgets/pod-birth?step=3&predict=1&play=1&speed=2").text)

    steps = [
        dict(parse_qsl(attrs["href"].partition("?")[2]))
        for tag, attrs in page.elements
        if tag == "a" and "hx-get" in attrs and attrs.get("id", "").startswith(("w-pod-birth-to-", "w-pod-birth-back"))
    ]

    assert len(steps) > 20
    assert all((query["predict"], query["speed"]) == ("1", "2") for query in steps)
    assert not [attrs for _, attrs in page.elements if attrs.get("class") == "tick"]
    assert "w-pod-birth-play" not in [attrs.get("id") for _, attrs in page.elements]


def test_what_comes_is_not_told_before(site: TestClient) -> None:
    """Neither the names of later steps nor the list of all steps; both are there again when it is off."""
    page = site.get("/en/widgets/pod-birth?step=3&predict=1").text
    later = ROOMS["pod-birth"].words.html(
        "en", f"step.{ROOMS['pod-birth'].run(ROOMS['pod-birth'].first).frames[8].key}"
    )

    assert later not in page
    assert later in site.get("/en/widgets/pod-birth?step=3").text


def test_the_sentence_of_the_step_stays_alone_in_its_region(site: TestClient) -> None:
    page = site.get("/en/widgets/pod-birth", params={"predict": "1", "step": "4", **right_at(3)}).text
    region = re.search(r'<div class="say"[^>]*role="status">(.*?)</div>', page, flags=re.S)

    assert region
    assert region[1].count("<p>") == 1
    assert "Right" not in region[1]
    assert page.index('class="predicted"') < page.index('class="say"') < page.index('class="predict"')


# A step of pod-birth at which both questions are asked.
BOTH = next(step for step in range(1, 22) if len(right_at(step)) == 2)

SAID = {
    ("en", True): ["Right: ", "Right: "],
    ("en", False): ["Not this time: ", "Not this time: "],
    ("zh", True): ["预测正确：", "预测正确："],
    ("zh", False): ["这次没有猜中：", "这次没有猜中："],
}


@each_language
@pytest.mark.parametrize("right", [True, False], ids=["right", "wrong"])
def test_an_answer_shows_the_next_step_and_what_was_right(learner: TestClient, lang: Lang, right: bool) -> None:
    given = right_at(BOTH) if right else wrong_at(BOTH)
    assert list(given) == ["who", "wrote"]

    answer = learner.post(f"{FRAGMENT.format(lang=lang)}/predict?step={BOTH}&predict=1", data=given)

    said = re.findall(r'<p class="(?:good|bad)">(.*?)</p>', answer.text, flags=re.S)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, no-store"
    assert [text_of(each)[2:].startswith(start) for each, start in zip(said, SAID[lang, right], strict=True)] == [
        True
    ] * 2
    assert asked_of(answer.text) == asked_of(learner.get(f"{PAGE.format(lang=lang)}?step={BOTH + 1}&predict=1").text)
    assert f"{PAGE.format(lang=lang)}?step={BOTH + 1}&predict=1" in answer.headers["hx-replace-url"]
    check_markup(answer.text)


@each_language
@pytest.mark.parametrize("right", [True, False], ids=["right", "wrong"])
def test_without_javascript_the_answer_leads_to_a_page_that_shows_it(
    learner: TestClient, lang: Lang, right: bool
) -> None:
    given = right_at(BOTH) if right else wrong_at(BOTH)

    posted = learner.post(f"{PAGE.format(lang=lang)}/predict?step={BOTH}&predict=1&speed=2", data=given)
    shown = learner.get(posted.headers["location"].partition("#")[0])

    assert posted.status_code == 303
    assert posted.headers["location"].startswith(f"{PAGE.format(lang=lang)}?")
    assert f"step={BOTH + 1}&speed=2&predict=1" in posted.headers["location"]
    assert posted.headers["location"].endswith("#w-pod-birth-predicted")
    assert SAID[lang, right][0] in text_of(shown.text)
    assert shown.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize(
    ("step", "given"),
    [
        (str(BOTH), {}),
        (str(BOTH), {"who": "api"}),
        (str(BOTH), {"who": "nobody", "wrote": "x"}),
        (str(BOTH), {"who": "<b>", "wrote": "<b>"}),
        ("0", {"who": "api"}),
        ("22", {"who": "api"}),
        ("99999", {"who": "api"}),
        ("two", {"who": "api"}),
    ],
    ids=["nothing", "half", "tampered", "markup", "no-step", "last-step", "far-step", "no-number"],
)
@pytest.mark.parametrize("path", [PAGE, FRAGMENT], ids=["page", "fragment"])
@each_language
def test_what_was_not_offered_is_refused_and_not_counted(
    learner: TestClient, lang: Lang, path: str, step: str, given: dict[str, str]
) -> None:
    answer = learner.post(f"{path.format(lang=lang)}/predict", params={"step": step, "predict": "1"}, data=given)

    assert answer.status_code == 422
    assert '<p class="why-not" role="alert">' in answer.text
    assert "<b>”" not in answer.text
    assert "set-cookie" not in answer.headers
    assert 'class="predicted"' not in answer.text


def test_what_was_chosen_stays_chosen_beside_the_reason(learner: TestClient) -> None:
    answer = learner.post(f"/fragments/en/widgets/pod-birth/predict?step={BOTH}", data={"who": right_at(BOTH)["who"]})

    assert "Choose an answer first." in answer.text
    assert re.findall(r'value="([^"]*)"[^>]* checked', answer.text)[:1] == [right_at(BOTH)["who"]]


def test_a_tampered_address_shows_no_verdict(site: TestClient) -> None:
    page = site.get("/en/widgets/pod-birth?step=3&predict=1&who=nobody&wrote=x")

    assert page.status_code == 200
    assert 'class="predicted"' not in page.text


def test_inputs_are_refused_as_ever(learner: TestClient) -> None:
    answer = learner.post("/en/widgets/pod-birth/predict?step=2&fault=none-such", data={"who": "api"})

    assert answer.status_code == 422
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "path", ["/en/widgets/quorum/predict", "/fr/widgets/pod-birth/predict", "/en/widgets/no/predict"]
)
def test_only_a_sequence_is_predicted(learner: TestClient, path: str) -> None:
    assert learner.post(path, data={"who": "api"}).status_code == 404


def test_who_opens_the_address_sees_the_step(site: TestClient) -> None:
    answer = site.get("/en/widgets/pod-birth/predict?step=2&predict=1")

    assert (answer.status_code, answer.headers["location"]) == (303, "/en/widgets/pod-birth?step=2&predict=1")


def predictions(client: TestClient) -> list[tuple[str, int, bool]]:
    kept = client.get("/api/v1/export").json()["predictions"]
    return [(one["widget"], one["step"], one["correct"]) for one in kept]


def test_nothing_is_kept_of_somebody_who_only_looks(learner: TestClient) -> None:
    for path in ("/en/widgets/pod-birth?step=2&predict=1", "/fragments/en/widgets/pod-birth?step=2&predict=1"):
        assert "set-cookie" not in learner.get(path).headers


def test_an_answer_is_counted_once_and_the_first_one_counts(learner: TestClient) -> None:
    path = f"/fragments/en/widgets/pod-birth/predict?step={BOTH}&predict=1"

    first = learner.post(path, data=wrong_at(BOTH))
    learner.post(path, data=right_at(BOTH))
    learner.post("/zh/widgets/pod-birth/predict?step=1&predict=1", data=right_at(1))
    down = right_at(BOTH, fault="scheduler-down")
    learner.post(f"/en/widgets/pod-birth/predict?step={BOTH}&predict=1&fault=scheduler-down", data=down)

    assert first.headers["set-cookie"].startswith("learner=")
    assert predictions(learner) == [("pod-birth", BOTH, False), ("pod-birth", 1, True), ("pod-birth", BOTH, True)]


def test_one_wrong_half_is_not_right(learner: TestClient) -> None:
    half = {**right_at(BOTH), "wrote": wrong_at(BOTH)["wrote"]}

    learner.post(f"/en/widgets/pod-birth/predict?step={BOTH}", data=half)

    assert predictions(learner) == [("pod-birth", BOTH, False)]


def test_inside_a_lesson_the_address_stays(learner: TestClient) -> None:
    answer = learner.post(f"/fragments/en/widgets/pod-birth/predict?step={BOTH}&predict=1&embed=3", data=right_at(BOTH))

    assert "hx-replace-url" not in answer.headers
    assert "hx-push-url" not in answer.headers
    assert "<h3" in answer.text
    assert f'hx-post="/fragments/en/widgets/pod-birth/predict?step={BOTH + 1}&amp;predict=1&amp;embed=3"' in answer.text


def test_another_site_can_not_answer(learner: TestClient) -> None:
    answer = learner.post(
        f"/en/widgets/pod-birth/predict?step={BOTH}", data=right_at(BOTH), headers={"sec-fetch-site": "cross-site"}
    )

    assert answer.status_code == 403
