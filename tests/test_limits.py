"""What a client may send, and how much an answer may be: nothing that one sends stops the site for others."""

import ast
import asyncio
import functools
import gc
import itertools
import logging
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from app.kube.refusal import Refusal
from app.main import create_app, names_link
from app.quiz.api import quiz_words
from app.settings import Settings
from app.web.cookies import OwnCookies
from app.web.hands import LARGEST
from app.web.headers import is_foreign
from app.web.language import negotiate
from app.web.page import PreparedPages
from app.web.turns import TURNS, _limiter, _turns
from app.widgetkit.contract import LINE_LIMIT, TEXT_LIMIT, Line
from app.widgetkit.form import CARRIED_BY_LINK, as_text, fields_of, has_area, read_inputs
from app.widgetkit.registry import Room
from app.widgetkit.rows import write_rows
from tests.asgi import Asked, ask, awaited
from tests.soon import soon
from tests.written import known_rooms

ROOMS = list(known_rooms().values())
LINES = [(room, field.name) for room in ROOMS for field in fields_of(room.widget.form, {}) if field.control == "line"]
AREAS = [(room, field.name) for room in ROOMS for field in fields_of(room.widget.form, {}) if field.control == "area"]

each_line = pytest.mark.parametrize(("room", "name"), LINES, ids=[f"{room.slug}-{name}" for room, name in LINES])
each_area = pytest.mark.parametrize(("room", "name"), AREAS, ids=[f"{room.slug}-{name}" for room, name in AREAS])

FORMS = [
    "/en/widgets/oom-score",
    "/fragments/zh/widgets/oom-score",
    "/en/widgets/oom-score/link",
    "/en/widgets/pod-birth/predict",
    "/fragments/en/widgets/pod-birth/predict",
    "/en/progress/again",
    "/en/progress/undo",
    "/en/progress/open",
    "/en/progress/import",
    "/en/lessons/etcd/read",
    "/fragments/en/reading/etcd",
    "/fragments/en/place/etcd",
    "/fragments/en/quiz/etcd-committed-index",
    "/en/quiz/etcd/etcd-committed-index",
    "/en/interview/x",
    "/fragments/en/interview/x",
]
JSON_CALLS = ["/api/v1/widgets/quantity", "/api/v1/answers", "/api/v1/import"]


def part(name: str, value: bytes, more: str = "") -> bytes:
    return f'--x\r\ncontent-disposition: form-data; name="{name}"\r\n{more}\r\n'.encode() + value + b"\r\n--x--\r\n"


# --- charsets ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("charset", ["punycode", "utf-16", "undefined", "unicode_escape", '"latin-1"', "x" * 300])
def test_a_form_in_another_charset_is_not_read(site: TestClient, path: str, charset: str) -> None:
    for kind in ("multipart/form-data; boundary=x", "application/x-www-form-urlencoded"):
        answer = site.post(path, content=part("a", b"1"), headers={"content-type": f"{kind}; charset={charset}"})

        assert answer.status_code == 415, kind


@pytest.mark.parametrize("path", [*FORMS, *JSON_CALLS])
def test_a_body_in_utf_8_that_says_so_is_read(site: TestClient, path: str) -> None:
    kind = "application/json" if path in JSON_CALLS else "multipart/form-data; boundary=x"
    for charset in ("utf-8", "UTF-8", "utf8", '"utf-8"'):
        answer = site.post(path, content=part("a", b"1"), headers={"content-type": f"{kind}; charset={charset}"})

        assert answer.status_code not in (415, 500)


@pytest.mark.parametrize("path", JSON_CALLS)
def test_json_in_another_charset_is_not_read(site: TestClient, path: str) -> None:
    for charset in ("utf-16", "punycode"):
        headers = {"content-type": f"application/json; charset={charset}"}

        assert site.post(path, content=b"{}", headers=headers).status_code == 415
    assert site.post(path, content='{"a":1}'.encode("utf-16")).status_code == 422


@pytest.mark.parametrize("path", FORMS)
def test_a_part_in_another_charset_is_not_read(site: TestClient, path: str) -> None:
    headers = {"content-type": "multipart/form-data; boundary=x"}
    says = site.post(path, content=part("a", b"1", "content-type: text/plain; charset=gbk\r\n"), headers=headers)
    isn_t = site.post(path, content=part("a", "é".encode("latin-1")), headers=headers)

    assert (says.status_code, isn_t.status_code) == (415, 415)


@pytest.mark.parametrize("path", FORMS)
def test_separators_without_fields_are_counted(site: TestClient, path: str) -> None:
    """Sixteen megabytes of them took a process for large requests twelve seconds."""
    headers = {"content-type": "application/x-www-form-urlencoded"}

    assert site.post(path, content=b"&" * 201, headers=headers).status_code == 400


def test_a_charset_is_refused_before_anything_is_decoded(site: TestClient) -> None:
    """Half a megabyte of punycode took twelve seconds, in which nobody was answered."""
    headers = {"content-type": "multipart/form-data; boundary=x; charset=punycode"}

    answer = site.post("/en/widgets/quantity", content=part("a-", b"-" + b"ka" * 262_144), headers=headers)

    assert answer.status_code == 415


# --- one line, and what links carry -----------------------------------------------------------------------------------


def test_every_text_is_marked_as_a_line_or_an_area() -> None:
    """Text that is neither would be shown as a line and take a megabyte."""
    forms = [room.widget.form for room in ROOMS] + [room.widget.builder.row for room in ROOMS if room.widget.builder]
    plain = [
        (form.__name__, name)
        for form in forms
        for (name, info), field in zip(form.model_fields.items(), fields_of(form, {}), strict=True)
        if field.control == "line" and not any(isinstance(mark, Line) for mark in info.metadata)
    ]

    assert plain == []


@each_line
def test_a_line_takes_so_much_and_says_so(site: TestClient, room: Room, name: str) -> None:
    given = {**as_text(room.first), name: "," * (LINE_LIMIT + 1)}

    api = site.post(f"/api/v1/widgets/{room.slug}", json={name: given[name]})
    page = site.post(f"/fragments/en/widgets/{room.slug}", data=given)

    assert api.status_code == page.status_code == 422
    assert api.json()["errors"][0] | {"reason": ""} == {"field": name, "code": "form-line-long", "reason": ""}
    assert f"longer than {LINE_LIMIT} characters" in page.text
    with pytest.raises(Refusal, match=f"{name}: form-line-long"):
        read_inputs(room.widget.form, given)


def test_a_line_of_a_row_that_is_too_long_is_an_answer(site: TestClient) -> None:
    row = {"row-0-name": "x" * (LINE_LIMIT + 1), "row-0-kind": "container", "do": "apply"}
    for path in ("/en/widgets/oom-score", "/fragments/zh/widgets/oom-score"):
        answer = site.post(path, data={**row, "manifest": "", "usage": ""})

        assert answer.status_code == 422
        assert "row-0-name" in answer.text


@pytest.mark.parametrize("room", ROOMS, ids=[room.slug for room in ROOMS])
def test_links_say_what_was_read(site: TestClient, room: Room) -> None:
    """Zeros in front of a number and a word for true are no part of what the model was asked."""
    numbers = [field.name for field in fields_of(room.widget.form, {}) if field.control == "number"]
    typed = {name: "000" + text if text.isdigit() else text for name, text in as_text(room.first).items()}
    given = {**as_text(room.first), **{name: typed[name] for name in numbers}}

    answer = site.post(f"/fragments/en/widgets/{room.slug}", data=given)

    assert answer.status_code == 200
    assert [name for name in numbers if f"{name}=000" in answer.text] == []
    assert all(f'value="{given[name]}"' in answer.text for name in numbers)


@each_area
def test_no_link_carries_a_paste(site: TestClient, room: Room, name: str) -> None:
    """Whatever stands in an area, the address bar, links and switches of the page stay short."""
    paste = as_text(room.first)[name] + "\n#" * 4000
    for path in (f"/en/widgets/{room.slug}", f"/fragments/en/widgets/{room.slug}?embed=2"):
        answer = site.post(path, data={**as_text(room.first), name: paste}, follow_redirects=False)

        links = [part.partition('"')[0] for part in answer.text.split('ref="')[1:]]
        links += [part.partition('"')[0] for part in answer.text.split('hx-get="')[1:]]
        assert answer.status_code in (200, 422)
        assert max(map(len, links), default=0) < CARRIED_BY_LINK + 2000


def test_where_no_link_can_hold_the_inputs_the_form_is_posted_with_the_change(site: TestClient) -> None:
    room = next(room for room in ROOMS if room.slug == "histogram-quantile")
    long = as_text(room.first)["buckets"] + "\n" * 5000

    page = site.post("/en/widgets/histogram-quantile", data={"buckets": long, "q": "0.9"}).text
    answer = site.post("/fragments/en/widgets/histogram-quantile", data={"buckets": long, "q": "0.5"})

    assert 'hx-post="/fragments/en/widgets/histogram-quantile" hx-include="#w-histogram-quantile-form"' in page
    assert 'hx-vals="{&#34;q&#34;: &#34;0.5&#34;}"' in page
    assert 'href="#w-histogram-quantile-link"' in page
    assert 'id="w-histogram-quantile-link"' in page
    assert answer.status_code == 200


SEPARATORS = [" ", ",", "\n", ";", '"', "&", "1,", "0 1\n", "a=b\n", "- a\n", "\U0001f9ea"]


@each_area
def test_no_answer_is_longer_than_what_was_sent_but_for_a_few_times(site: TestClient, room: Room, name: str) -> None:
    """202 MB once came back for one. A character may be six in HTML, in the control and in the form of a short link."""
    for separator in SEPARATORS:
        text = separator * ((1 << 16) // len(separator))
        given = {**as_text(room.first), name: text}
        answer = site.post(f"/fragments/en/widgets/{room.slug}", data=given)
        api = site.post(f"/api/v1/widgets/{room.slug}", json={name: text})

        assert len(answer.content) < (1 << 20) + 16 * len(text.encode()), separator
        assert len(api.content) < (1 << 20) + 40 * len(text.encode()), separator


@each_line
def test_no_page_is_made_large_by_a_line(site: TestClient, room: Room, name: str) -> None:
    for separator in SEPARATORS:
        given = {**as_text(room.first), name: separator * (LINE_LIMIT // len(separator))}
        method = site.post if has_area(room.widget.form) else site.get
        answer = method(f"/fragments/en/widgets/{room.slug}", **{"data" if method == site.post else "params": given})

        assert len(answer.content) < 2 << 20, separator


def test_a_query_of_thousands_of_separators_is_short_again(site: TestClient) -> None:
    answer = site.get("/en/widgets/etcd-write", params={"down": "," * 16_000})

    assert answer.status_code == 422
    assert len(answer.content) < 1 << 18


# --- what is no text, no number, no address ---------------------------------------------------------------------------

HALF = '"\\ud800"'


@pytest.mark.parametrize(
    "path", [*(f"/api/v1/widgets/{room.slug}" for room in ROOMS), "/api/v1/answers", "/api/v1/import"]
)
@pytest.mark.parametrize(
    "body", [f'{{"text":{HALF}}}', f"{{{HALF}:1}}", f'{{"a":[{{"b":{HALF}}}]}}', f"[{HALF}]", HALF]
)
def test_half_a_character_is_refused_by_its_field(site: TestClient, path: str, body: str) -> None:
    answer = site.post(path, content=body, headers={"content-type": "application/json"})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] in ("form-half", "form-object", "import-foreign")


@pytest.mark.parametrize("room", ROOMS, ids=[room.slug for room in ROOMS])
def test_half_a_character_is_refused_in_every_field_of_every_room(site: TestClient, room: Room) -> None:
    for name in room.widget.form.model_fields:
        for value in (HALF, f"[{HALF}]", f'{{"a": {HALF}}}'):
            body = f'{{"{name}": {value}}}'
            answer = site.post(f"/api/v1/widgets/{room.slug}", content=body)

            assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, name)


def test_whole_characters_in_escapes_are_read(site: TestClient) -> None:
    answer = site.post("/api/v1/widgets/quantity", content=b'{"text":"\\ud83e\\uddea"}')

    assert answer.json()["errors"][0]["code"].startswith("quantity-")


def test_the_refusals_of_bodies_are_said_by_quiz_and_rooms() -> None:
    assert all(
        f"refusal.{code}" in words
        for code in ("form-half", "form-line-long")
        for words in (quiz_words(), ROOMS[0].words)
    )


@pytest.mark.parametrize("at", ["²", "٣", "9" * 5000, "-1", "", "0x0", " 0", "1_0"])
def test_a_row_that_is_none_is_not_removed(site: TestClient, at: str) -> None:
    room = next(room for room in ROOMS if room.widget.builder)
    posted = {"manifest": "", "row-0-name": "a", "row-1-name": "b", "do": f"remove:{at}"}

    written = write_rows(room, posted)["manifest"]

    assert "name: a" in written
    assert "name: b" in written
    assert site.post("/en/widgets/oom-score", data={**posted, "usage": ""}).status_code < 500


@given(st.text(max_size=200))
def test_any_accept_language_is_read(header: str) -> None:
    assert negotiate(header) in ("en", "zh")


@pytest.mark.parametrize("quality", ["\xb2", "1_0", "nan", "inf", "9" * 5000, "1e5", "-1", "0.1234", "٣", "2", ".5"])
def test_what_is_no_quality_is_not_wanted(quality: str) -> None:
    """RFC 9110, section 12.4.2: 0 to 1 with at most three places."""
    assert negotiate(f"zh;q={quality}, en;q=0.1") == "en"


@given(st.binary(max_size=100))
def test_any_origin_is_compared(origin: bytes) -> None:
    assert is_foreign("POST", {b"origin": origin, b"host": b"podscope.example"}) in (True, False)


@pytest.mark.parametrize(
    ("origin", "foreign"),
    [
        (b"http://[", True),
        (b"http://a]b", True),
        (b"\xff\xfe", True),
        (b"http://podscope.example@evil.example", True),
        (b"http://evil.example/podscope.example", True),
        (b"//podscope.example", True),
        (b"http://podscope.example:80", True),
        (b"http://PODSCOPE.example", False),
        (b"https://podscope.example/", False),
    ],
)
def test_an_odd_origin_is_foreign_and_no_fault(origin: bytes, foreign: bool) -> None:
    assert is_foreign("POST", {b"origin": origin, b"host": b"podscope.example"}) is foreign


@pytest.mark.parametrize("length", [b"\xb2", b"9" * 5000, b"-1", b"x", b""])
def test_a_length_that_is_no_number_is_refused(site: TestClient, length: bytes) -> None:
    kind = b"multipart/form-data; boundary=x"
    asked = Asked("POST", "/en/progress/import", headers=[(b"content-type", kind), (b"content-length", length)])

    assert awaited(ask(site.app, asked)).status in (400, 413, 422)


@pytest.mark.parametrize(
    "path", ["/en/nowhere", "/en/progress/", "/en/progress", "/", "/api/v1/nowhere", "/en/widgets/quantity"]
)
def test_a_query_that_is_no_text_is_no_fault(site: TestClient, path: str) -> None:
    assert awaited(ask(site.app, Asked("GET", path, b"a=\xff&\xfe"))).status < 500


def test_options_of_the_whole_server_is_no_fault(site: TestClient) -> None:
    assert awaited(ask(site.app, Asked("OPTIONS", "*"))).status == 404


SAFE_DIGITS = {
    "app/widgets/oom_score/explain.py": "nothing is read as a number",
}


def test_digits_are_asked_for_in_ascii() -> None:
    """`²`.isdigit() is true, and int("²") fails: whoever reads a number asks isascii() too, and how long it is."""
    root = Path(__file__).parent.parent
    loose = set()
    for path in (root / "app").rglob("*.py"):
        for statement in ast.walk(ast.parse(path.read_text())):
            if isinstance(statement, ast.BoolOp | ast.IfExp | ast.comprehension | ast.If | ast.Return | ast.Assign):
                called = {node.attr for node in ast.walk(statement) if isinstance(node, ast.Attribute)}
                if called & {"isdigit", "isdecimal", "isnumeric"} and "isascii" not in called:
                    loose.add(str(path.relative_to(root)))

    assert {path for path in loose if not path.rpartition("/")[2].startswith("test_")} == set(SAFE_DIGITS)


# --- what stays -------------------------------------------------------------------------------------------------------


def kept_texts() -> Iterator[str]:
    """Every text in any cache of functions of ours, and in the caches that we made of mappings. What a site has frozen,
    the collector lists no more."""
    gc.unfreeze()
    seen: set[int] = set()
    waiting: list[Any] = []
    for found in gc.get_objects():
        if isinstance(found, functools._lru_cache_wrapper) and str(found.__module__).startswith("app."):
            waiting += gc.get_referents(found)
        elif isinstance(found, PreparedPages):
            waiting += [answers._chosen for answers, _ in found._answers.values()]
    while waiting:
        found = waiting.pop()
        if id(found) in seen or isinstance(found, type) or callable(found):
            continue
        seen.add(id(found))
        if isinstance(found, str):
            yield found
        elif isinstance(found, bytes):
            yield found.decode("latin-1")
        else:
            waiting += gc.get_referents(found)


def test_no_cache_keeps_what_a_reader_typed(site: TestClient) -> None:
    """Whoever adds a cache that a paste reaches is found here; short texts may stay, since they come again. Each text
    comes by one of three ways, in turn: the model that is asked is the same."""
    mark = "zqkept" * 12
    turns = itertools.cycle(range(3))
    for room in ROOMS:
        path = f"/fragments/en/widgets/{room.slug}"
        for name in room.widget.form.model_fields:
            for turn, text in zip(turns, _marked(mark, as_text(room.first)[name]), strict=False):
                if turn == 0:
                    site.post(f"/api/v1/widgets/{room.slug}", json={name: text})
                elif turn == 1:
                    site.get(path, params={name: text})
                else:
                    site.post(path, data={**as_text(room.first), name: text})
    site.get("/en/", headers={"accept-encoding": mark, "accept-language": mark, "cookie": f"learner={mark}"})
    site.get(f"/en/{mark}?{mark}={mark}")
    site.post("/en/quiz/etcd/etcd-committed-index", data={"choice": mark, "attempt": mark, "context": f"in={mark}"})

    assert [text[:200] for text in kept_texts() if mark in text] == []


def _marked(mark: str, text: str) -> list[str]:
    """The mark alone, and at every word of a text that the room takes, a few of them at a time."""
    words = [word for word in set(text.replace('"', " ").replace(",", " ").split()) if word.isalnum()]
    bent = [text.replace(word, mark) for word in sorted(words)[:12]]
    return [mark, f"{mark}: {mark}", f'a=~"{mark}"', f"{text}\n# {mark}", *bent]


def test_the_guard_of_caches_sees_one() -> None:
    @functools.lru_cache
    def kept(text: str) -> list[str]:
        return [text]

    kept.__module__ = "app.some.room"
    kept("seen" * 30)
    gc.freeze()  # as every site does when it has been made

    assert "seen" * 30 in set(kept_texts())


# --- who leaves, who waits --------------------------------------------------------------------------------------------


def test_a_client_that_leaves_while_sending_is_no_fault_of_ours(
    site: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    form = [(b"content-type", b"application/x-www-form-urlencoded")]
    with caplog.at_level(logging.DEBUG):
        for path, headers in (
            ("/en/widgets/oom-score", form),
            ("/api/v1/answers", []),
            ("/api/v1/widgets/quantity", []),
        ):
            got = awaited(ask(site.app, Asked("POST", path, headers=headers, body=b"a", leaves=True)))
            assert got.status == 499

    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    assert (
        'podscope_http_requests_total{method="POST",route="/api/v1/answers",status="499"}' in site.get("/metrics").text
    )


@pytest.mark.parametrize(
    ("query", "does"),
    [
        (b"saved=aaaa", True),
        (b"step=1&saved=aaaa", True),
        (b"%73aved=aaaa", True),
        (b"s%61v%65d=aaaa", True),
        (b"text=saved", False),
        (b"text=%73aved", False),
        (b"unsaved=1", False),
        (b"", False),
    ],
)
def test_a_short_link_is_known_however_it_is_spelled(query: bytes, does: bool) -> None:
    """What stands behind one may be a megabyte, and is not for the process that answers everybody."""
    assert names_link(query) is does


MODEL_CALLS = [
    ("GET", "/en/widgets/pod-birth", b"step=2&who=x", b""),
    ("GET", "/fragments/en/widgets/pod-birth", b"step=2&who=x", b""),
    ("POST", "/fragments/en/widgets/quantity", b"", b"text=1"),
    ("GET", "/fragments/en/widgets/pod-birth/steps", b"", b""),
    ("GET", "/en/widgets/pod-birth/predict", b"at=kubelet", b""),
    ("POST", "/en/widgets/pod-birth/predict", b"step=9&predict=1", b"actor=x"),
    ("POST", "/fragments/en/widgets/pod-birth/predict", b"step=9&predict=1", b"actor=x"),
    ("POST", "/api/v1/widgets/quantity", b"", b'{"text": "1"}'),
]


@pytest.mark.parametrize(("method", "path", "query", "body"), MODEL_CALLS)
def test_a_model_waits_for_its_turn(tmp_path: Path, method: str, path: str, query: bytes, body: bytes) -> None:
    """Three are worked out at a time, by whichever address they are asked for: forty threads of Python take turns in
    which nobody else is answered."""
    kind = b"application/json" if body.startswith(b"{") else b"application/x-www-form-urlencoded"
    app = create_app(Settings(database_url=f"sqlite:///{tmp_path}/db", first_states=False))

    async def asked() -> tuple[bool, int]:
        turns = _limiter(_turns, TURNS)
        for number in range(TURNS):
            await turns.acquire_on_behalf_of(number)
        answering = asyncio.ensure_future(
            ask(app, Asked(method, path, query, body=body, headers=[(b"content-type", kind)]))
        )
        done, _ = await asyncio.wait([answering], timeout=0.5)
        for number in range(TURNS):
            turns.release_on_behalf_of(number)
        return bool(done), (await answering).status

    was_answered, status = awaited(asked())
    assert not was_answered
    assert status in (200, 303, 422)


def while_all_threads_wait(site: TestClient, path: str, query: bytes = b"") -> int:
    """The status of an answer while readers wait for a locked database."""

    async def asked() -> int:
        release = threading.Event()
        limiter = anyio.to_thread.current_default_thread_limiter()
        waiting = [
            asyncio.create_task(anyio.to_thread.run_sync(release.wait)) for _ in range(int(limiter.total_tokens))
        ]
        await asyncio.sleep(0.2)
        try:
            return (await asyncio.wait_for(ask(site.app, Asked("GET", path, query)), 5)).status
        finally:
            release.set()
            await asyncio.gather(*waiting)

    return awaited(asked())


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_the_process_says_that_it_is_well_when_all_threads_wait(site: TestClient, path: str) -> None:
    """The last two waited with the readers: no scrape when it is wanted most."""
    assert while_all_threads_wait(site, path) == 200


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/language/zh",
        "/api/docs",
        "/api/v1/search?q=etcd",
        "/api/v1/quiz",
        "/api/v1/quiz/etcd",
        "/robots.txt",
        "/sitemap.xml",
        "/llms.txt",
        "/feed.en.xml",
        "/opensearch.zh.xml",
        "/.well-known/security.txt",
        "/en/lessons",
        "/en/search?q=etcd",
        "/fragments/en/search?q=etcd",
        "/en/claims?verdict=true",
        "/en/diagnoses?status=x",
        "/en/changes?subject=etcd",
        "/en/questions.csv",
        "/en/podscope.apkg?subject=etcd",
        "/en/widgets/quantity?text=3Gi",
        "/en/nothing-there",
    ],
)
def test_what_asks_no_database_does_not_wait_for_one(site: TestClient, address: str) -> None:
    path, _, query = address.partition("?")

    assert while_all_threads_wait(site, path, query.encode()) in (200, 303, 307, 404)


# --- cookies ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ([b"lang=zh"], b"lang=zh"),
        ([b"a=b; learner=x_-9 ;lang=en"], b"learner=x_-9; lang=en"),
        ([b"a=b", b"__Host-learner=x"], b"__Host-learner=x"),
        ([b'lang="zh"; learner=', b"=;; x"], None),
        ([b"learner=" + b"x" * 65], None),
        ([b"mylang=zh; lang=zh%00; Lang=zh"], None),
        ([b'a="' + b"\\" * 60_000 + b'"'], None),
        ([], None),
    ],
)
def test_no_cookie_but_ours_is_read(sent: list[bytes], kept: bytes | None) -> None:
    """Reading one of 60 kB in quotes took ten seconds, in which nobody was answered."""
    passed: list[Any] = []

    async def application(scope: Any, _: Any, __: Any) -> None:
        passed.extend(scope["headers"])

    headers = [(b"accept", b"*/*"), *((b"cookie", value) for value in sent)]
    awaited(OwnCookies(application, ("lang", "learner", "__Host-learner"))({"type": "http", "headers": headers}, 0, 0))

    assert passed == [(b"accept", b"*/*"), *([(b"cookie", kept)] if kept else [])]


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/"), ("GET", "/en/review"), ("POST", "/api/v1/widgets/quantity")]
)
def test_a_large_cookie_takes_no_time(site: TestClient, method: str, path: str) -> None:
    asked = Asked(method, path, headers=[(b"cookie", b'a="' + b"\\" * 60_000 + b'"')])

    assert soon(lambda: awaited(ask(site.app, asked)), 1, path).status in (200, 307)


# --- addresses and methods --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "to"),
    [
        ("/en/quiz/etcd/", "/en/quiz/etcd"),
        ("/en/quiz/etcd/?a=b", "/en/quiz/etcd?a=b"),
        ("/en", "/en/"),
        ("/zh/widgets", "/zh/widgets/"),
        ("/zh/lessons/etcd/", "/zh/lessons/etcd"),
        ("/api/v1/progress/", "/api/v1/progress"),
    ],
)
def test_a_slash_too_many_leads_to_the_page_on_this_site(site: TestClient, path: str, to: str) -> None:
    answer = site.get(path, headers={"host": "evil.example"})

    assert (answer.status_code, answer.headers["location"]) == (307, to)


@pytest.mark.parametrize("path", ["//evil.example/", "/%5Cevil.example/", "/en/nowhere/", "//en/quiz/etcd/"])
def test_a_slash_leads_nowhere_else(site: TestClient, path: str) -> None:
    assert awaited(ask(site.app, Asked("GET", path))).status == 404


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/en/widgets/quantity", "GET, HEAD, POST"),
        ("DELETE", "/api/v1/answers", "POST"),
        ("GET", "/api/v1/widgets/quantity", "POST"),
        ("POST", "/healthz", "GET, HEAD"),
        ("POST", "/en/", "GET, HEAD"),
        ("DELETE", "/zh/lessons/pod-creation/storage", "GET, HEAD"),
        ("POST", "/sw.js", "GET, HEAD"),
        ("POST", "/en/nowhere", None),
        ("PATCH", "/en/progress", "GET, HEAD"),
    ],
)
def test_a_method_that_is_not_taken_is_told_which_are(
    site: TestClient, method: str, path: str, allowed: str | None
) -> None:
    answer = site.request(method, path)

    assert (answer.status_code, answer.headers.get("allow")) == ((405, allowed) if allowed else (404, None))


def test_the_api_document_leads_nowhere_outside_itself(site: TestClient) -> None:
    document = site.get("/api/openapi.json").json()

    references = [
        value for value in _values(document, "$ref") if not _at(document, str(value).removeprefix("#/").split("/"))
    ]
    assert references == []
    assert "text/plain" in document["paths"]["/metrics"]["get"]["responses"]["200"]["content"]
    for path, calls in document["paths"].items():
        for method, call in calls.items():
            if call.get("requestBody", {}).get("required") is False:
                assert site.request(method, path).status_code == 200, path


ANSWER = {"question": "etcd-committed-index", "attempt": "3b0c6a52-6a5f-4c7e-9a0e-5c2f6a1f7c11", "answer": 7, "seed": 3}
API_CALLS: dict[str, tuple[str, str, dict[str, Any], int]] = {
    "widget": ("POST", "/api/v1/widgets/quantity", {"json": {"text": "1Gi"}}, 200),
    "widget-refuses": ("POST", "/api/v1/widgets/quantity", {"json": {"text": "1Qi"}}, 422),
    "widget-charset": ("POST", "/api/v1/widgets/quantity", {"headers": {"content-type": "a/b; charset=utf-7"}}, 415),
    "widget-huge": ("POST", "/api/v1/widgets/quantity", {"content": b" " * (LARGEST + 1)}, 413),
    "widget-field-of-none": ("POST", "/api/v1/widgets/quantity", {"json": {"none": 1}}, 422),
    "subject": ("GET", "/api/v1/quiz/etcd", {}, 200),
    "no-subject": ("GET", "/api/v1/quiz/none", {}, 404),
    "no-language": ("GET", "/api/v1/quiz/etcd?lang=xx", {}, 422),
    "answer": ("POST", "/api/v1/answers", {"json": ANSWER}, 201),
    "answer-again": ("POST", "/api/v1/answers", {"json": ANSWER}, 200),
    "no-answer": ("POST", "/api/v1/answers", {"json": {}}, 422),
    "progress": ("GET", "/api/v1/progress", {}, 200),
    "export": ("GET", "/api/v1/export", {}, 200),
    "import": ("POST", "/api/v1/import", {"json": {"schema": 3}}, 200),
    "no-import": ("POST", "/api/v1/import", {"json": {}}, 422),
    "search": ("GET", "/api/v1/search?q=etcd", {}, 200),
    "search-of-nothing": ("GET", "/api/v1/search", {}, 422),
    "no-search": ("GET", "/api/v1/search?q=etcd&lang=xx", {}, 422),
    "delete": ("DELETE", "/api/v1/learner", {}, 204),
}


def test_what_the_api_answers_is_what_its_document_says(learner: TestClient) -> None:
    """Status, content type and schema."""
    paths = learner.get("/api/openapi.json").json()["paths"]

    for name, (method, path, sent, status) in API_CALLS.items():
        answer = learner.request(method, path, **sent)
        assert answer.status_code == status, (name, answer.text[:300])
        template = re.sub(r"quiz/\w+", "quiz/{subject}", path.partition("?")[0])
        documented = paths[template][method.lower()]["responses"]
        assert str(status) in documented, name
        kinds = documented[str(status)].get("content", {})
        if answer.content:
            kind = answer.headers["content-type"].partition(";")[0]
            assert kind in kinds, name
            jsonschema.validate(answer.json(), kinds[kind].get("schema", {}))


@pytest.mark.parametrize("value", ["1", 1, 1.5, True, "true", None, []], ids=repr)
def test_what_a_room_takes_is_what_the_document_says(site: TestClient, value: object) -> None:
    """Whatever its schema refuses is refused. (What it allows may still be no image's name, no quantity.)"""
    paths, seen = site.get("/api/openapi.json").json()["paths"], 0
    for room in ROOMS:
        path = f"/api/v1/widgets/{room.slug}"
        schema = paths[path]["post"]["requestBody"]["content"]["application/json"]["schema"]
        for name in room.widget.form.model_fields:
            if not jsonschema.Draft202012Validator(schema).is_valid({name: value}):
                seen += 1
                assert site.post(path, json={name: value}).status_code == 422, (room.slug, name)
    assert seen > 10


def test_the_document_tells_what_a_file_of_progress_is(learner: TestClient) -> None:
    schema = learner.get("/api/openapi.json").json()["paths"]["/api/v1/import"]["post"]["requestBody"]["content"][
        "application/json"
    ]["schema"]
    learner.post("/api/v1/answers", json=ANSWER)

    jsonschema.validate(learner.get("/api/v1/export").json(), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({}, schema)


def _values(part: Any, key: str) -> Iterator[Any]:
    for name, value in part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ():
        if name == key and isinstance(value, str):
            yield value
        yield from _values(value, key)


def _at(document: Any, way: list[str]) -> bool:
    for step in way:
        if not isinstance(document, dict) or step not in document:
            return False
        document = document[step]
    return True


def test_the_largest_text_still_fits(site: TestClient) -> None:
    """The limits of lines are not those of areas."""
    answer = site.post("/api/v1/widgets/metric-types", json={"exposition": "#" * TEXT_LIMIT})

    assert answer.json()["errors"][0]["code"] != "form-text-long"


# --- numbers of any size on a page ------------------------------------------------------------------------------------

LARGE = [
    "9999999999999",
    "10000000000000",
    "12345678901234.5",
    "999999999999999",
    "1e15",
    "9007199254740993",
    "1e22",
    "1e308",
]
GIB = "1099511627776"


@pytest.mark.parametrize("number", [*LARGE, GIB, str(2**63 - 1), str(2**64), "9" * 30, "NaN", "+Inf", "-1e13"])
def test_any_number_in_any_field_is_printed_or_refused(site: TestClient, number: str) -> None:
    """10^13 bytes are 9 TiB, which any counter of a busy node reaches; they were an error of ours."""
    for room in ROOMS:
        for field in fields_of(room.widget.form, {}):
            if field.control in ("number", "line"):
                typed = {**as_text(room.first), field.name: number}
                answer = site.post(f"/fragments/en/widgets/{room.slug}", data=typed)
                assert answer.status_code in (200, 422), (room.slug, field.name)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    ("slug", "typed", "shown"),
    [
        ("promql-range", {"samples": "0 12345678901234\n15 12345678990000\n30 12345679990000"}, "12,345,679,890,000"),
        ("promql-range", {"samples": "0 1e15\n15 2e15\n30 3e15"}, "3e+15"),
        ("oom-badness", {"total_pages": "4000000000000", "rss_pages": "3000000000000"}, "12,288,000,004,505,600"),
        ("oom-score", {"node_memory": "64Pi", "usage": "default/shop/app 60Pi"}, ""),
        ("histogram-quantile", {"buckets": "1 1000000000000000\n2 2000000000000000\n+Inf 3000000000000000"}, ""),
    ],
)
def test_bytes_of_a_large_machine_are_printed(
    site: TestClient, lang: str, slug: str, typed: dict[str, str], shown: str
) -> None:
    answer = site.post(f"/fragments/{lang}/widgets/{slug}", data=typed)

    assert answer.status_code == 200
    assert shown in answer.text
