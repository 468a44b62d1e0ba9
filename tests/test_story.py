"""Lessons told as stories: one example, values from the models, comics, chips, and a mystery with its suspects.

The lesson on memory is the one that is read here; its numbers are asked of the model, not written down.
"""

import re
import shutil
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.content.bank import Question
from app.content.chip import CHIP, OFFERED, read_chip, sentence
from app.content.computed import literals, telling
from app.content.example import NoExample, excerpt, filled, quoted
from app.content.language import LANGUAGES, Lang
from app.content.lesson import Told, load_lesson
from app.content.markdown import render_markdown
from app.content.outline import NO_FRONT, Written
from app.content.pace import NUMBERS, SECTION, WORDS, hurried, sections_of
from app.content.part import split_parts
from app.content.questions import load_subject
from app.content.story import check_story, is_story
from app.content.value import NoValue, Values, printed, ratio, read_values
from app.kube.frame import Frame, StoredObject
from app.kube.say import Say
from app.place import CONTENT, STATIC
from app.store import answer as answers
from app.store import review
from app.store.learner import Newcomer, find_or_create, new_key
from app.store.store import Transaction, open_store
from app.widgetkit.columns import width_of
from app.widgetkit.comic import COLUMNS, DOT_AT, NoStep, closed_up, draw_comic, news, step_of
from app.widgetkit.registry import Rooms
from app.widgetkit.stage import CLUSTER, Place, Stage, Wire
from tests.written import known_lessons

STORY = CONTENT / "04-oom-and-qos"
SUSPECT = "suspect-oom"
each_language = pytest.mark.parametrize("lang", LANGUAGES)


@pytest.fixture(scope="module")
def values(rooms: Rooms) -> Values:
    return read_values(STORY, rooms.value)


@pytest.fixture(scope="module")
def suspect(values: Values) -> Question:
    return load_subject(STORY, values=values).suspects[0]


# Values and the example


def test_a_value_is_what_the_room_answers(rooms: Rooms, values: Values) -> None:
    pods = {name: (STORY / "example" / name).read_text(encoding="utf-8") for name in ("pods.yaml", "usage.txt")}
    inputs = {"manifest": pods["pods.yaml"], "usage": pods["usage.txt"], "node_memory": "16Gi"}
    answer = rooms.answer("oom-score", inputs)["pods"][1]["containers"][0]

    assert values["adj"] == str(answer["oom_score_adj"])
    assert values["shop-points"] == str(answer["badness"] * 1000 // (16 * 1024 * 1024 // 4))


@each_language
def test_the_page_prints_values_and_no_placeholders(site: TestClient, values: Values, lang: Lang) -> None:
    page = site.get(f"/{lang}/lessons/oom-and-qos").text

    assert "[=" not in page
    assert "{{=" not in page
    assert page.count(values["shop-points"]) >= 3  # text, figure and solution
    asked = site.get(f"/api/v1/quiz/oom-and-qos?lang={lang}").text
    assert "[=" not in asked


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (938, "", "938"),
        (-997, "", "−997"),
        (-997, "plain", "-997"),
        (4720404, "", "4,720,404"),
        (4720404, "plain", "4720404"),
        (9000, "grouped", "9,000"),
        (3221225472, "GiB", "3 GiB"),
        (1610612736, "GiB", "1.5 GiB"),
        (41943040, "MiB", "40 MiB"),
        ("web-0", "", "web-0"),
        ("sha256:" + "0a" * 32, "digest", "sha256:0a0a…"),
        (0.25, "", "0.25"),
    ],
)
def test_how_a_value_is_printed(value: object, form: str, text: str) -> None:
    assert printed(value, form) == text


@pytest.mark.parametrize("value", [None, True, [], {}, "", "two\nlines"])
def test_what_has_no_line_is_no_value(value: object) -> None:
    with pytest.raises(NoValue):
        printed(value)


def test_what_is_no_digest_is_not_printed_as_one() -> None:
    with pytest.raises(NoValue, match="no digest"):
        printed("sha256:0a0a", "digest")


def test_a_ratio_is_rounded_down() -> None:
    assert ratio(3, 16, 1000) == 187  # 187.5
    assert ratio(-5, 2, 100) == -250
    assert ratio(-1, 3, 100) == -34
    with pytest.raises(NoValue, match="no ratio"):
        ratio(1, 0, 100)


def test_values_fill_a_text_and_an_unknown_one_is_named() -> None:
    some = Values({"a": "1", "b-2": "two"})

    assert some.fill("[=a] and `[=b-2]`") == "1 and `two`"
    with pytest.raises(NoValue, match="no value is called c"):
        some.fill("[=c]")
    assert Values(is_blank=True).fill("[=c]") == "[=c]"


def test_inputs_take_the_text_of_a_file() -> None:
    text = (STORY / "example" / "usage.txt").read_text(encoding="utf-8")

    assert filled(STORY, {"usage": "@usage.txt", "more": {"deep": "@usage.txt"}, "n": 3}) == {
        "usage": text,
        "more": {"deep": text},
        "n": 3,
    }
    assert filled(STORY, "me@usage.txt") == "me@usage.txt"
    for name in ("@other.txt", "@usage.txt.bak"):
        with pytest.raises(NoExample, match="has no file"):
            filled(STORY, name)


def test_lines_of_a_file_are_counted_from_one() -> None:
    assert excerpt("a\nb\nc\n", "2-3") == "b\nc\n"
    assert excerpt("a\nb\nc\n", "1") == "a\n"
    for lines in ("0", "3-4", "2-1", "a", "-1"):
        with pytest.raises(NoExample, match="not in the file"):
            excerpt("a\nb\nc\n", lines)


def test_a_file_may_be_named_without_quotes() -> None:
    assert quoted("manifest: @web.yaml\nname: me@home\n") == 'manifest: "@web.yaml"\nname: me@home\n'


# Literals


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("`KUBE-SVC-ERIFXISQEP7F7OF4` and on", "the name of a Service's chain"),
        ("the Pod web-7d4b9c6f5d-x2k4z", "a generated Pod name"),
        ("ReplicaSet `web-7d4b9c6f5d`", "a Pod template's hash"),
        ("pod-template-hash: 7d4b9c6f5d", "a Pod template's hash"),
        ("the Pod web-x2k4z", "a generated name"),
        ("an `oom_score_adj` of 938", "an OOM score"),
        ("`oom_score_adj` 是 938", "an OOM score"),
        ('resourceVersion: "48211"', "a revision"),
        ("修订版本 48211", "a revision"),
        ("sha256:0123456789abcdef", "a digest"),
        ("in all 1,125 points", "the value points"),
        ("name web-abc12 again", "the value name"),
    ],
)
def test_a_literal_that_a_model_computes_is_found(text: str, what: str) -> None:
    found = list(literals(f"\n{text}\n", telling({"points": "1,125", "name": "web-abc12"})))

    assert [(each.what, each.line) for each in found] == [(what, 2)]


@pytest.mark.parametrize(
    "text",
    [
        "oom_score_adj is 1000, −997 or 999; `oom_score_adj` at 0",
        "kube-proxy, my-service, ingress-nginx-controller, worker-node-2, web-server, node-12345",
        "KUBE-SERVICES, KUBE-SVC-…, KUBE-SEP chains",
        "revision 2, 1.37, port 10250, 16 GiB, 137",
        "[@v1-37-kubelet] https://example.org/web-7d4b9c6f5d-x2k4z",
        "the value is [=points]",
        "1125.5 and 11125",
    ],
)
def test_what_people_write_by_hand_is_left_alone(text: str) -> None:
    assert list(literals(text, telling({"points": "1125", "all": "16", "round": "1000", "word": "Burstable"}))) == []


# Chips


def test_a_chip_is_read_with_its_sentence() -> None:
    text = "First. It copies the zone [@a] too.[since 1.35] Then it ends."
    match = CHIP.search(text)
    assert match
    chip = read_chip(match, text)

    assert (chip.kind, chip.named, chip.text) == ("since", "1.35", "It copies the zone too.")
    assert chip.lacking == tuple(each for each in OFFERED if each < "1.35")


@pytest.mark.parametrize(
    ("text", "named", "lacking"),
    [
        ("[until 1.33]", "1.33", ("1.37", "1.36", "1.35", "1.34")),
        ("[beta 1.36]", "1.36", ("1.35", "1.34", "1.33", "1.32", "1.31", "1.30")),
        ("[since 1.9]", "1.9", ()),
        ("[since etcd 3.6: faster]", "etcd 3.6", ()),
        ("[alpha v1.31.2]", "1.31.2", ("1.30",)),
    ],
)
def test_a_chip_knows_the_versions_in_which_it_is_not_so(text: str, named: str, lacking: tuple[str, ...]) -> None:
    match = CHIP.fullmatch(text)
    assert match
    chip = read_chip(match, text)

    assert (chip.named, chip.lacking) == (named, lacking)


@pytest.mark.parametrize("text", ["[since](#a)", "[since yesterday]", "[from 1.35]", "[since 1]", "[=since]"])
def test_what_is_no_chip(text: str) -> None:
    assert not CHIP.search(text)


def test_a_sentence_in_chinese_ends_at_its_own_mark() -> None:
    text = "先这样。再复制标签。[since 1.35]最后结束。"

    assert sentence(text, text.index("[")) == "再复制标签。"


def test_a_chip_is_drawn_small_and_beside_its_clause() -> None:
    drawn = render_markdown("It copies.[since 1.36] **Badness** is *one*.", {}, "", terms={"badness": "the sum"})

    assert '<small class="chip since" data-not="1.35 1.34 1.33 1.32 1.31 1.30">since 1.36</small>' in drawn.html
    assert '<dfn title="the sum">Badness</dfn>' in drawn.html
    assert drawn.terms == ("badness",)


@each_language
def test_what_changed_leads_to_each_chip(site: TestClient, lang: Lang) -> None:
    page = site.get(f"/{lang}/lessons/oom-and-qos").text
    chips = re.findall(r'<small class="chip \w+" id="(change-\d+)"', page)
    rows = re.findall(r'<tr[^>]*><td><a href="#(change-\d+)">', page)

    assert chips
    assert sorted(rows) == sorted(chips)
    assert "<!-- changes -->" not in page


def test_every_version_that_is_offered_is_marked_by_the_style_sheet(site: TestClient) -> None:
    css = (STATIC / "css" / "prose.css").read_text(encoding="utf-8")
    page = site.get("/en/lessons/oom-and-qos").text

    for version in OFFERED:
        assert f'html:has(#kube [value="{version}"]:checked) [data-not~="{version}"]' in css
        assert f'<option value="{version}">' in page


# Comics


def test_a_panel_shows_who_was_met_so_far(rooms: Rooms) -> None:
    spans = [("store", "store"), ("notice", "bind"), ("sandbox", "sandbox")]

    panels = draw_comic(rooms["pod-birth"], "en", {"fault": "none"}, spans)

    shown = [[place.name for place in panel.picture.places] for panel in panels]
    assert shown == [
        ["etcd", "api"],
        ["etcd", "scheduler", "api"],
        ["etcd", "scheduler", "api", "kubelet", "runtime"],
    ]
    assert panels[1].step == next(
        frame["step"] for frame in rooms.answer("pod-birth", {})["frames"] if frame["key"] == "bind"
    )
    assert panels[1].url == f"/en/widgets/pod-birth?step={panels[1].step}"
    assert "PodScheduled: True" in panels[1].news
    assert [name for name, _ in panels[2].turned][:2] == ["kubelet", "containerd"]


def test_a_comic_of_a_fault_opens_the_player_in_it(rooms: Rooms) -> None:
    panel = draw_comic(rooms["pod-birth"], "zh", {"fault": "image-missing"}, [("wait", "wait")])[0]

    assert panel.url == f"/zh/widgets/pod-birth?fault=image-missing&step={panel.step}"


@pytest.mark.parametrize(
    ("spans", "said"),
    [
        ([("nothing", "nothing")], "no step is called nothing"),
        ([("bind", "bind"), ("store", "store")], "stands before"),
        ([("bind", "store")], "stands before"),
        ([("store#9", "store#9")], "no step is called store#9"),
    ],
)
def test_a_step_that_is_not_there_is_refused(rooms: Rooms, spans: list[tuple[str, str]], said: str) -> None:
    with pytest.raises(NoStep, match=said):
        draw_comic(rooms["pod-birth"], "en", {}, spans)


def test_every_step_of_every_sequence_can_be_drawn(rooms: Rooms) -> None:
    """On every stage: nobody stands outside the picture, no two on each other, the message is inside."""
    for room in (each for each in rooms.values() if each.widget.kind == "sequence"):
        keys: list[str] = []
        for frame in rooms.answer(room.slug, room.widget.examples[0].inputs)["frames"]:
            keys.append(frame["key"] + f"#{keys.count(frame['key']) + 1}" * (frame["key"] in keys))
            keys[-1] = f"{frame['key']}#{sum(1 for key in keys[:-1] if key.partition('#')[0] == frame['key']) + 1}"
        panels = draw_comic(room, "en", dict(room.widget.examples[0].inputs), [(key, key) for key in keys])
        assert len(panels) == len(keys)
        for panel in panels:
            boxes = [(at.x, at.y, at.width, at.height) for at in panel.picture.places]
            assert all(panel.top < y and y + height < panel.top + panel.height for _, y, _, height in boxes), room.slug
            assert all(panel.top + 8 <= y <= panel.top + panel.height - 8 for _, _, y in panel.dots), "a whole dot"
            assert all(0 < x < panel.picture.width for _, x, _ in panel.dots), room.slug
            overlaps = [(a, b) for a in boxes for b in boxes if a < b and _touch(a, b)]
            assert overlaps == [], (room.slug, panel.step)


def _touch(a: tuple[int, int, int, int], b: tuple[int, int, int, int]) -> bool:
    return a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and a[1] < b[1] + b[3] and b[1] < a[1] + a[3]


def test_rows_where_nobody_stands_are_taken_out() -> None:
    small = closed_up(CLUSTER, frozenset({"user", "api", "kubelet"}))
    user, api, kubelet = (small.place(name).tall for name in ("user", "api", "kubelet"))

    assert api[1] - (user[1] + user[3]) == 22
    assert kubelet[1] - (api[1] + api[3]) == CLUSTER.place("kubelet").tall[1] - 218  # they were neighbours
    wire = next(wire for wire in small.wires if wire.a == "user")
    assert wire.tall[0][1] == user[1] + user[3]
    assert wire.tall[-1][1] == api[1]
    assert all(user[1] + user[3] <= y <= api[1] for _, y in wire.tall)
    assert 0 < DOT_AT < 1


def test_a_bend_stays_between_the_rows_that_it_was_between() -> None:
    rows = [Place(name, "pod", (0, 0, 9, 9), (10, y, 100, 50)) for name, y in (("a", 10), ("b", 100), ("c", 300))]
    around = Wire("a", "c", (), ((60, 60), (60, 250), (120, 250), (120, 325), (110, 325)))
    stage = Stage(tuple(rows), (), (around,), 0, 400)

    small = closed_up(stage, frozenset({"a", "c"}))

    assert small.place("c").tall[1] == 60 + 22
    assert [y for _, y in small.wires[0].tall] == [60, 75, 75, 107, 107]


def test_news_are_what_turned_or_what_was_written() -> None:
    def frame(*things: StoredObject) -> Frame:
        return Frame(1, "a", "api", Say("a"), {}, objects=things)

    old = StoredObject("Pod", "web", "spec:\n  a: 1\nmetadata:\n  resourceVersion: '1'\n")
    new = StoredObject("Pod", "web", "spec:\n  a: 1\n  nodeName: node-1\nmetadata:\n  resourceVersion: '2'\n")

    assert news(None, frame(old)) == ("Pod web",)
    assert news(frame(old), frame(new)) == ("nodeName: node-1",)
    assert news(frame(new), frame(new)) == ()

    some, more = (StoredObject("requests", "web", f"inside:\n  late: {count}\n") for count in (1, 2))
    assert news(frame(old, some), frame(new, more)) == ("nodeName: node-1",), "requests are counted, not written"


def test_a_message_that_passes_below_all_boxes_is_drawn_whole(rooms: Rooms) -> None:
    spans = [(key, key) for key in ("miss#3", "query", "address")]

    panels = draw_comic(rooms["pod-packet"], "en", {"scene": "service", "name": "web.default.svc.cluster.local"}, spans)

    below = [
        y for panel in panels for _, _, y in panel.dots if y > max(at.y + at.height for at in panel.picture.places)
    ]
    assert below
    for panel in panels:
        assert all(panel.top + 8 <= y <= panel.top + panel.height - 8 for _, _, y in panel.dots)


def test_the_news_of_a_packet_are_what_it_carries_and_between_whom(rooms: Rooms) -> None:
    spans = [("name", "name"), ("miss#3", "miss#3"), ("address", "address")]

    panels = draw_comic(rooms["pod-packet"], "en", {"scene": "service", "name": "web.default.svc.cluster.local"}, spans)

    assert panels[1].news[0].startswith("is: …")
    assert panels[1].news[0].endswith(".svc.cluster.local.cluster.local.")
    assert panels[2].news[0].endswith(".svc.cluster.local. 30 IN A 10.96.44.12")
    assert all(len(line) <= COLUMNS for panel in panels for line in panel.news)
    written = [line for panel in panels for line in panel.news]
    assert not [line for line in written if line.startswith(("length:", "checksum:", "id:", "bytes:"))]
    assert not [line for line in written if re.match(r"(src|dst): \w\w:\w\w:", line)]


# A model that opens at a step


def test_a_sequence_opens_at_the_step_that_a_lesson_names(rooms: Rooms) -> None:
    fault = {"scene": "service", "fault": "kube-proxy-down"}
    frames = rooms.answer("pod-packet", fault)["frames"]

    step = step_of(rooms["pod-packet"], fault, "unreachable")

    assert frames[step - 1]["key"] == "unreachable"
    with pytest.raises(NoStep, match="no step is called nothing"):
        step_of(rooms["pod-packet"], fault, "nothing")
    with pytest.raises(NoStep, match="no sequence"):
        step_of(rooms["service-rules"], {}, "pick")


@each_language
def test_the_solved_model_of_the_networking_lesson_shows_its_evidence(site: TestClient, lang: Lang) -> None:
    page = site.get(f"/{lang}/lessons/pod-networking").text

    player = page.partition('id="solved"')[2].partition('id="solved-suspect-net"')[0]
    terminal = player.partition('class="pane terminal')[2] or player

    assert "Failed to connect to web port 80 after 3072 ms" in terminal


@each_language
def test_the_names_in_a_comic_end_within_their_boxes(rooms: Rooms, lang: Lang) -> None:
    """Bold letters are no wider than 0.64 of their size (measured: kube-proxy); a name begins 8 units from the edge."""
    css = (STATIC / "css" / "prose.css").read_text()
    size = float(re.findall(r"\.panel \.drawing \.actor > text \{ font-size: ([\d.]+)px \}", css)[0])

    staged = [(room, place) for room in rooms.values() if room.widget.stage for place in room.widget.stage.places]
    assert staged
    for room, place in staged:
        name = room.words.text(lang, f"actor.{place.name}")
        assert 8 + 0.64 * size * width_of(name) <= place.tall[2], f"{room.slug}: {name}"


@each_language
def test_a_comic_has_a_picture_beside_each_paragraph(site: TestClient, lang: Lang) -> None:
    page = site.get(f"/{lang}/lessons/oom-and-qos").text
    panels = re.findall(r'<section class="panel">(.*?)</section>', page, re.S)

    assert len(panels) == 3
    for panel in panels:
        assert '<svg class="drawing" viewBox=' in panel
        assert 'aria-hidden="true" focusable="false"' in panel
        href = re.search(r'<a href="(/\w+/widgets/pod-birth\?step=\d+)" aria-label="[^"]+\d', panel)
        assert href
        assert site.get(href[1]).status_code == 200


# The mystery


def suspects(client: TestClient) -> list[dict[str, object]]:
    return [row for row in client.get("/api/v1/export").json()["answers"] if row["question"] == SUSPECT]


@each_language
def test_a_mystery_opens_the_lesson(site: TestClient, suspect: Question, lang: Lang) -> None:
    page = site.get(f"/{lang}/lessons/oom-and-qos").text
    opening = page.partition('<div class="mystery"')[2].partition('<section class="short"')[0]

    assert "MEMORY(bytes)" in opening
    assert opening.partition("<form")[2].partition("</form>")[0].count("<button") == len(suspect.options)
    assert f'action="/{lang}/quiz/oom-and-qos/{SUSPECT}" method="post"' in opening
    assert f'id="solved-{SUSPECT}"' in page.partition(opening)[2]


def said_of_suspicion(learner: TestClient) -> str:
    """What the lesson is told when it asks for what is the reader's own."""
    own = learner.get("/fragments/en/due?lesson=oom-and-qos").text
    return own.partition(f'"innerMorph:#suspicion-{SUSPECT}">')[2].partition("</div>")[0]


def test_whom_one_suspected_is_kept_and_told_where_it_is_solved(learner: TestClient, suspect: Question) -> None:
    wrong, right = (next(each for each in suspect.options if each.right is truth) for truth in (False, True))
    address = f"/fragments/en/quiz/{SUSPECT}"
    before = said_of_suspicion(learner)

    learner.post(address, data={"choice": wrong.token, "seed": "1"})
    first = said_of_suspicion(learner)
    answered = learner.post(address, data={"choice": right.token, "seed": "1"})
    second = said_of_suspicion(learner)

    assert before.strip() == ""
    mystery = learner.get("/fragments/en/due?lesson=oom-and-qos").text.partition(f'id="q-{SUSPECT}"')[2]
    assert mystery.split(">")[0].endswith(' hx-swap-oob="true"')
    assert re.findall('value="([^"]+)"[^>]*aria-pressed="true"', mystery) == [right.token]
    assert 'data-seen="1"' in mystery
    assert wrong.text.en in first
    assert "somebody else" in first
    assert f"You suspect {right.text.en}" in answered.text
    assert "You were right" in second
    assert [row["answer"] for row in suspects(learner)] == [[wrong.id], [right.id]]


@each_language
def test_without_a_script_the_lesson_comes_back_with_the_choice(
    learner: TestClient, suspect: Question, lang: Lang
) -> None:
    chosen = next(each for each in suspect.options if each.right)
    posted = {"choice": chosen.token, "seed": "1"}

    kept = learner.post(f"/{lang}/quiz/oom-and-qos/{SUSPECT}", data=posted, follow_redirects=False)
    page = learner.get(kept.headers["location"])
    again = learner.get(kept.headers["location"].replace("/lessons/", "/quiz/"), follow_redirects=False)
    address, _, place = kept.headers["location"].partition("#")
    learner.cookies.clear()
    stranger = learner.get(address, follow_redirects=False)

    mystery = page.text.partition('<div class="mystery">')[2].partition('<section class="short"')[0]
    solved = page.text.partition(f'id="suspicion-{SUSPECT}"')[2].partition("</section>")[0]
    assert kept.status_code == again.status_code == 303
    assert place == f"q-{SUSPECT}"
    assert again.headers["location"] == kept.headers["location"]
    assert page.headers["cache-control"] == "private, no-store"
    assert chosen.text.in_(lang) in mystery.partition('class="judged suspicion"')[2].partition("</p>")[0]
    assert mystery.count('aria-pressed="true"') == 1
    assert chosen.text.in_(lang) in solved.partition("</p>")[0]
    assert stranger.headers["location"] == f"/{lang}/lessons/oom-and-qos"


def test_no_choice_leads_back_to_the_mystery(learner: TestClient) -> None:
    answer = learner.post(f"/en/quiz/oom-and-qos/{SUSPECT}", data={"seed": "1"}, follow_redirects=False)

    assert (answer.status_code, answer.headers["location"]) == (303, f"/en/lessons/oom-and-qos#q-{SUSPECT}")


def test_a_suspicion_gives_no_points_and_no_review(learner: TestClient, suspect: Question) -> None:
    learner.post(f"/fragments/en/quiz/{SUSPECT}", data={"choice": suspect.options[0].token, "seed": "1"})
    kept = learner.get("/api/v1/export").json()

    progress = learner.get("/api/v1/progress").json()
    learner.cookies.clear()
    brought = learner.post("/api/v1/import", json=kept)

    assert sum(subject["answered"] for subject in progress["subjects"].values()) == 0
    assert SUSPECT not in learner.get("/api/v1/quiz/oom-and-qos").text
    assert brought.status_code == 200
    assert len(suspects(learner)) == 1
    assert sum(each["answered"] for each in learner.get("/api/v1/progress").json()["subjects"].values()) == 0


def test_the_store_makes_no_card_and_no_day_of_a_suspicion() -> None:
    kept = [
        answers.Answer(
            f"00000000-0000-0000-0000-00000000000{place}", question, '["a"]', None, True, False, False, place
        )
        for place, question in enumerate((SUSPECT, SUSPECT, "oom-steps"))
    ]
    with open_store("sqlite://") as store:

        def record(tx: Transaction) -> int:
            owner = find_or_create(tx, None, Newcomer(new_key(), "somewhere"), 0).id
            for each in kept:
                answers.record(tx, owner, each)
            return owner

        owner = store.write(record)
        read = [store.read(lambda tx: [card.question for card in review.cards(tx, owner)])]
        store.write(lambda tx: answers.recount(tx, owner))
        read.append(store.read(lambda tx: [card.question for card in review.cards(tx, owner)]))
        last = store.read(lambda tx: answers.latest(tx, owner, SUSPECT))

    assert read == [["oom-steps"], ["oom-steps"]]
    assert last == kept[1]


def test_nobody_chosen_is_asked_again(learner: TestClient) -> None:
    assert learner.post(f"/fragments/en/quiz/{SUSPECT}", data={"seed": "1"}).status_code == 422


STORY_ONLY = r"^::: (?:mystery|solved|file|widget) .*\n(?:.*\n)*?:::\n|^values:\n(?:  .*\n)+"


def test_lessons_of_the_old_form_go_on_working(tmp_path: Path) -> None:
    """A lesson without mystery, example and values is held to none of their rules."""
    folder = Path(shutil.copytree(CONTENT / "09-multi-arch-images", tmp_path / "09-multi-arch-images"))
    shutil.rmtree(folder / "example")
    for text in folder.glob("*.md"):
        plain = re.sub(STORY_ONLY, "", text.read_text(encoding="utf-8"), flags=re.M)
        text.write_text(re.sub(r"\[=[a-z0-9-]+\]", "1", plain) + "\n**No term.**\n", encoding="utf-8")

    lesson = load_lesson(folder)

    assert not is_story(lesson)
    assert [str(each) for each in check_story(lesson, None, ())] == []


# The pace of a lesson


def told(body: str) -> Told:
    """A text without front matter, whose first line is line 1."""
    path = Path("lesson.en.md")
    return Told(Written(path, NO_FRONT, 1, body, 1), tuple(split_parts(path, body, 1)))


def test_what_everybody_reads_is_counted_and_nothing_else() -> None:
    body = """\
::: mystery suspect-who
```console
1 2 3
```
Two words.
:::
## A title {#a}

Four words, **one** 16 GiB.[since 1.30: never read][@source] `oom 5` [two words](#away-7)

| 1 | 2 |
| --- | --- |
::: deeper Folded 9
Not 10 counted 11.
:::
::: follow pod-birth
fault: none
---
[run] Its step says −997 here, cgroup v2.
:::
"""
    opening, section = sections_of(told(body))

    assert (opening.words, opening.numbers) == (2, 0)
    # A title · Four words one 16 GiB · oom 5 · two words · Its step says −997 here cgroup v2
    assert (section.title, section.line, section.words, section.numbers) == ("A title", 7, 2 + 5 + 2 + 2 + 7, 2)


def test_a_lesson_that_is_too_short_or_too_long_is_told() -> None:
    least, most = WORDS

    assert [list(hurried(told("word " * words))) == [] for words in (least - 1, least, most, most + 1)] == [
        *(False, True, True, False)
    ]
    assert str(next(hurried(told("word " * (most + 1))))).startswith("lesson.en.md:1: the page has 3,001 words")


def test_a_section_with_too_many_numbers_is_told_with_its_line() -> None:
    """In words that are counted, numbers are words too."""

    def crowded(words: int, numbers: int) -> list[int]:
        body = "word " * 1800 + "\n\n## Sums {#sums}\n\n" + "12 " * numbers + "word " * (words - numbers - 1)
        return [error.line for error in hurried(told(body))]

    assert crowded(SECTION, NUMBERS) == []
    assert crowded(SECTION, NUMBERS + 1) == [3]
    assert crowded(SECTION - 1, SECTION - 2) == []  # of a few sentences nothing can be said


@each_language
@pytest.mark.parametrize("slug", [lesson.slug for lesson in known_lessons()])
def test_what_a_step_changed_is_told_by_names_and_not_by_uids(site: TestClient, slug: str, lang: Lang) -> None:
    page = site.get(f"/{lang}/lessons/{slug}").text
    news = re.findall(r'<p class="news" aria-hidden="true">(.*?)</p>', page, re.S)

    assert [line for line in news if re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", line)] == []
