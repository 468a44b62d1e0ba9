"""Predict mode: what is asked before the next step, how it is judged, shown and counted."""

import re
from collections.abc import Iterator
from contextlib import suppress
from html import unescape
from itertools import product
from typing import get_args
from urllib.parse import parse_qsl

import pytest
from pydantic import BaseModel, ValidationError
from starlette.testclient import TestClient

from app.content.language import LANGUAGES, Lang
from app.kube.frame import Frame, Sequence, StoredObject
from app.kube.refusal import Refusal
from app.kube.say import Say
from app.widgetkit.change import KUBERNETES, Change, changes_at, facts_of
from app.widgetkit.form import as_text
from app.widgetkit.predict import Question, ask, judge
from app.widgetkit.predicting import asked_at, run_of
from app.widgetkit.registry import Room
from app.widgetkit.state import PLAYER
from tests.test_rooms import Shape, check_markup
from tests.written import known_rooms

ROOMS = known_rooms()
SEQUENCES = [room for room in ROOMS.values() if room.widget.kind == "sequence"]
ACTORS = {name: name for name in ("user", "api", "etcd", "scheduler", "kubelet")}
Frames = tuple[Frame, ...]
Asked = tuple[Question, ...]
PAGE = "/{lang}/widgets/pod-birth"
FRAGMENT = "/fragments/{lang}/widgets/pod-birth"

each_language = pytest.mark.parametrize("lang", LANGUAGES)
each_sequence = pytest.mark.parametrize("room", SEQUENCES, ids=[room.slug for room in SEQUENCES])


def pod(**fields: str) -> str:
    """A stored Pod; every value is already YAML."""
    return "\n".join(["apiVersion: v1", "kind: Pod", *(f"{name}: {value}" for name, value in fields.items())])


def frame(step: int, actor: str, yaml: str = "", *, to: str = "", acting: tuple[str, ...] = ()) -> Frame:
    """A step that leaves this Pod stored."""
    objects = (StoredObject("Pod", "web", yaml, tuple(range(1, len(yaml.splitlines()) + 1))),) if yaml else ()
    return Frame(step, "key", actor, Say("say.key"), {}, objects=objects, from_=actor, to=to or None, acting=acting)


META = '{name: web, uid: 6f1f, resourceVersion: "%d"}'
BORN = pod(metadata=META % 1, status="{phase: Pending}")
BOUND = pod(metadata=META % 2, spec="{nodeName: node-1}", status="{phase: Pending}")
TURNED = pod(
    metadata=META % 3,
    spec="{nodeName: node-1}",
    status='{phase: Pending, podIP: 10.244.1.17, conditions: [{type: Ready, status: "False", message: no}]}',
)
TOUCHED = TURNED.replace('"3"', '"4"').replace("message: no", "message: not yet")
RUN = (
    frame(1, "user", to="api"),
    frame(2, "api", BORN),
    frame(3, "scheduler", BOUND),
    frame(4, "kubelet", TURNED),
    frame(5, "api", TOUCHED),
    frame(6, "kubelet", TOUCHED.replace("Pending", "Running").replace("False", "True")),
)


def asked_of_run(step: int, actors: dict[str, str] = ACTORS, seed: str = "s", frames: Frames = RUN) -> Asked:
    return ask(frames, actors, step, seed, KUBERNETES)


def questions_at(step: int, *, actors: dict[str, str] = ACTORS, seed: str = "s") -> dict[str, Question]:
    return {question.name: question for question in asked_of_run(step, actors, seed)}


def test_the_next_actor_is_among_four_that_are_not_at_work_already() -> None:
    who = questions_at(2)["who"]

    assert who.right.text == "scheduler"
    assert {choice.text for choice in who.choices} == {"user", "etcd", "scheduler", "kubelet"}


def test_who_acts_is_not_asked_where_the_picture_lights_it() -> None:
    """The receiver of the message that is shown, and whoever is at work already, would be no riddle."""
    assert "who" not in questions_at(1)
    assert "who" not in {each.name for each in asked_of_run(1, frames=(frame(1, "kubelet"), frame(2, "kubelet")))}


def test_with_two_to_choose_from_nobody_is_asked() -> None:
    assert "who" not in questions_at(2, actors={name: name for name in ("api", "user", "scheduler", "kubelet")[:3]})


@pytest.mark.parametrize("step", [2, 3], ids=["another-acts", "one-of-them-acts"])
def test_of_two_actors_called_the_same_one_is_offered(step: int) -> None:
    actors = {**ACTORS, "kubelet-2": "kubelet"}

    offered = [choice.text for choice in questions_at(step, actors=actors)["who"].choices]

    assert offered.count("kubelet") == 1
    assert "kubelet-2" not in offered


def test_who_acts_at_the_same_time_is_no_wrong_answer() -> None:
    frames = (frame(1, "user"), frame(2, "kubelet", acting=("etcd",)))

    who = asked_of_run(1, frames=frames)[0]

    assert {choice.text for choice in who.choices} == {"api", "scheduler", "kubelet"}


@pytest.mark.parametrize("step", [-1, 0, 6, 7])
def test_nothing_is_asked_where_nothing_follows(step: int) -> None:
    assert questions_at(step) == {}


def test_a_change_is_a_condition_with_its_value_or_a_field_with_its_path() -> None:
    assert [[(each.how, each.text) for each in changes_at(RUN, at, KUBERNETES)] for at in range(1, 6)] == [
        [("new", "")],
        [("set", "spec.nodeName: node-1")],
        [("set", "Ready: False")],
        [],
        [("set", "status.phase: Running"), ("set", "Ready: True")],
    ]


def test_what_changes_is_one_of_the_next_step_and_the_others_are_not_true() -> None:
    wrote = questions_at(3)["wrote"]

    assert [choice.change for choice in wrote.choices if choice == wrote.right] == [Change("Pod", "Ready: False")]
    assert {choice.change for choice in wrote.choices} == {
        Change("Pod", "Ready: False"),
        Change("Pod", "Ready: True"),
        Change("Pod", "status.phase: Running"),
    }


def test_what_nobody_can_know_is_no_change() -> None:
    """Only a revision and a message are new in the fifth step: the message's words are the program's own."""
    assert "wrote" not in questions_at(4)


def test_an_object_that_was_there_before_it_is_shown_is_not_new() -> None:
    shown = "apiVersion: v1\nkind: Node\nmetadata:\n  uid: 1\nspec: {}\nstatus:\n  phase: Running\n  ready: true"
    frames = (
        frame(1, "user"),
        Frame(2, "key", "api", Say("say.key"), {}, objects=(StoredObject("Node", "a", shown, (7,)),)),
    )

    assert changes_at(frames, 1, KUBERNETES) == (Change("Node", "status.phase: Running"),)


def test_an_object_that_is_removed_and_one_made_anew_are_changes() -> None:
    again = BORN.replace("6f1f", "9a9a")

    assert changes_at((frame(1, "api", BORN), frame(2, "api")), 1, KUBERNETES) == (Change("Pod", "", "gone"),)
    assert changes_at((frame(1, "api", BORN), frame(2, "api", again)), 1, KUBERNETES) == (Change("Pod", "", "new"),)


def test_the_same_seed_asks_the_same_and_another_shuffles() -> None:
    orders = {tuple(choice.text for choice in questions_at(2, seed=str(seed))["who"].choices) for seed in range(40)}

    assert questions_at(2) == questions_at(2)
    assert len(orders) > 10


def test_the_right_choice_stands_anywhere() -> None:
    """Over many seeds it is at each place about as often."""
    places = [0, 0, 0, 0]
    for seed in range(400):
        who = questions_at(2, seed=str(seed))["who"]
        places[who.choices.index(who.right)] += 1

    assert min(places) > 60


def test_an_answer_is_right_or_not_for_each_question() -> None:
    asked = asked_of_run(3)
    wrong = next(choice for choice in asked[1].choices if choice != asked[1].right)

    judged = judge(asked, {"who": "kubelet", "wrote": wrong.token})

    assert [(each.name, each.is_right) for each in judged] == [("who", True), ("wrote", False)]
    assert (judged[1].right.change, judged[1].given) == (Change("Pod", "Ready: False"), wrong)


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({}, "predict-missing", "who"),
        ({"who": "kubelet"}, "predict-missing", "wrote"),
        ({"who": "nobody", "wrote": ""}, "predict-choice", "who"),
        ({"who": "kubelet", "wrote": "Ready: False"}, "predict-choice", "wrote"),
    ],
    ids=["nothing", "half", "tampered-actor", "tampered-line"],
)
def test_what_is_no_answer_is_refused_by_its_question(given: dict[str, str], code: str, field: str) -> None:
    with pytest.raises(Refusal) as refused:
        judge(asked_of_run(3), given)

    assert (refused.value.code, refused.value.field) == (code, field)


def runs_of(room: Room) -> Iterator[tuple[BaseModel, Sequence]]:
    """Every fault, with every combination of the values that the examples use in the other fields."""
    fields = room.widget.form.model_fields
    used = {
        name: dict.fromkeys([field.default, *(e.inputs[name] for e in room.widget.examples if name in e.inputs)])
        for name, field in fields.items()
    }
    for name in room.widget.faults:
        used[name] |= dict.fromkeys(get_args(fields[name].annotation) if "fault" in name else ())
    for values in product(*used.values()):
        with suppress(Refusal, ValidationError):
            inputs = room.widget.form(**dict(zip(used, values, strict=True)))
            yield inputs, room.run(inputs)


# What only chance or the model's own inventions decide: hashes and uids, times, revisions, addresses of sandboxes.
UNKNOWABLE_VALUE = re.compile(
    r"[0-9a-f]{12,}|[0-9a-f]{8}-[0-9a-f]{4}|sha256:|\d{4}-\d\d-\d\dT|containerd://|0x|\S+ \S+ \S+ \S+ \S+$"
)
UNKNOWABLE_FIELD = re.compile(
    r"\b(?:resourceVersion|uid|[gG]eneration|\w*[tT]ime(?:stamps?)?|message|checksum|podIPs?|hostIPs?|managedFields"
    r"|name|containerID|imageID|id|seq|ack|cpu|memory|port|window|mac|ethernet)\b"
)


def cannot_be_known(change: Change) -> bool:
    """A field that is set to nobody says what (`…`) can be."""
    field, _, value = change.text.rpartition(": ")
    is_table = value.startswith("[")
    return value != "…" and bool(UNKNOWABLE_FIELD.search(field) or (UNKNOWABLE_VALUE.search(value) and not is_table))


# What a caption says is so, or turns: `phase: Running`, `Ready=True`, `turns Ready to True`, `Ready turns True`.
HOLDS = re.compile(r"\b([A-Z]\w+)=(True|False)\b|\b(?:phase): (\w+)")
TURNS = re.compile(r"\bturns ([A-Z]\w+) to (True|False)|\b([A-Z]\w+) turns (True|False)")


@each_sequence
def test_every_prediction_of_every_run_has_one_right_answer_that_can_be_known(room: Room) -> None:
    assert not set(PLAYER) & set(room.widget.form.model_fields)
    count = 0
    for inputs, outcome in runs_of(room):
        frames, foreseen = outcome.frames, room.widget.foreseen
        for step in range(1, len(frames)):
            for question in asked_at(room, inputs, outcome, step):
                count += 1
                texts = [choice.token for choice in question.choices]
                assert len(texts) == len(set(texts)) >= 3
                wrong = [choice for choice in question.choices if choice != question.right]
                if question.name == "who":
                    check_actors(room, frames[step - 1], frames[step], question)
                else:
                    changed = changes_at(frames, step, foreseen)
                    assert question.right.change in changed
                    held = facts_of(frames, step, foreseen)
                    assert not {choice.change for choice in wrong} & ({*changed} | held)
                    asked = [choice.change for choice in question.choices if choice.change]
                    assert not [change for change in asked if cannot_be_known(change)]
    assert count > 20


def check_actors(room: Room, current: Frame, following: Frame, question: Question) -> None:
    """The right one acts and the others do not; the picture lights none of them; their names differ."""
    texts = [choice.text for choice in question.choices]
    assert question.right.text == following.actor
    assert set(texts) & set(following.actors_at_work) == {following.actor}
    assert not set(texts) & {*current.actors_at_work, *current.receivers}
    for lang in LANGUAGES:
        titles = [room.words.text(lang, f"actor.{text}") for text in texts]
        assert len(titles) == len(set(titles))


@pytest.mark.parametrize("slug", ["pod-birth", "deployment-birth"])
def test_what_a_caption_states_is_among_the_changes(slug: str) -> None:
    """A reader who reads on is never contradicted: what turns is a change, what is said to be so holds."""
    room, stated = ROOMS[slug], 0
    for _, outcome in runs_of(room):
        for at, shown in enumerate(outcome.frames[1:], 1):
            if not any(getattr(thing, "stored", True) for thing in shown.objects):
                continue
            held = {each.text for each in facts_of(outcome.frames, at, room.widget.foreseen)}
            changed = {each.text for each in changes_at(outcome.frames, at, room.widget.foreseen)}
            text = room.text("en", shown.say)
            holds = {f"status.phase: {phase}" if phase else f"{a}: {b}" for a, b, phase in HOLDS.findall(text)}
            turns = {f"{a or c}: {b or d}" for a, b, c, d in TURNS.findall(text)}
            assert holds <= held, shown.key
            assert turns <= changed, shown.key
            stated += len(holds | turns)
    assert stated > 20


@each_sequence
def test_conditions_and_phases_change_when_the_object_says_that_they_turned(room: Room) -> None:
    """The story notes by itself what turned; the reading of the YAML comes to the same."""
    for _, outcome in runs_of(room):
        for at, shown in enumerate(outcome.frames):
            changed = {(each.object.split()[0], each.text) for each in changes_at(outcome.frames, at, KUBERNETES)}
            new = {each.object for each in changes_at(outcome.frames, at, KUBERNETES) if each.how == "new"}
            turned = {
                (thing.kind, f"{'status.' if status.type in ('phase',) else ''}{status.type}: {status.status}")
                for thing in shown.objects
                for status in thing.status
                if status.was is not None and thing.kind not in new and status.type != "printableStatus"
            }
            assert turned <= changed, (shown.key, turned - changed)


def test_a_condition_is_asked_with_its_value() -> None:
    """The kubelet turns PodReadyToStartContainers to True: that is the answer, and no revision is offered."""
    asked = {each.name: each for each in asked_of_pod_birth(15)}

    assert asked["wrote"].right.change == Change("Pod", "PodReadyToStartContainers: True")


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
    outcome = room.run(room.first)
    last = len(outcome.frames)
    for step in (1, 2, last - 1, last, *asked_steps(room)):
        page = site.get(f"/fragments/{lang}/widgets/{room.slug}", params={"predict": "1", "step": step})

        assert page.status_code == 200
        check_markup(page.text)
        assert bool(asked_of(page.text)) is bool(asked_at(room, room.first, outcome, step))
        assert ('class="predict-none"' in page.text) is (step < last and not asked_of(page.text))
        assert "{" not in text_of(page.text.partition('class="predict"')[2].partition("</form>")[0])


def asked_steps(room: Room) -> list[int]:
    outcome = room.run(room.first)
    return [step for step in range(1, len(outcome.frames)) if asked_at(room, room.first, outcome, step)]


@each_language
def test_it_is_switched_on_and_off_by_a_link(site: TestClient, lang: Lang) -> None:
    path = PAGE.format(lang=lang)
    off = site.get(f"{path}?step=5").text
    on = site.get(f"{path}?step=5&predict=1").text

    assert f'href="{path}?step=5&amp;predict=1"' in off
    assert not asked_of(off)
    assert f'href="{path}?step=5"' in on
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
    page = site.get("/en/widgets/pod-birth", params={"predict": "1", "step": "10", **right_at(9)}).text
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
    ("zh", False): ["没有猜中：", "没有猜中："],
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
    learner.post("/zh/widgets/pod-birth/predict?step=5&predict=1", data=right_at(5))
    down = right_at(BOTH, fault="readiness-fails")
    learner.post(f"/en/widgets/pod-birth/predict?step={BOTH}&predict=1&fault=readiness-fails", data=down)

    assert first.headers["set-cookie"].startswith("learner=")
    assert predictions(learner) == [("pod-birth", BOTH, False), ("pod-birth", 5, True), ("pod-birth", BOTH, True)]


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
