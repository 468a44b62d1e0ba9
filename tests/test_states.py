"""What readers ask of models again and again is kept as bytes; what somebody has typed never is."""

import os
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from app.web.laid import Blocks, Laid, Lying
from app.web.states import FIRST_MOST, KeptStates, States, kept_of, may_be_kept, size_of
from app.widgetkit.kept import canonical, told_first
from app.widgetkit.registry import Rooms
from tests.asgi import Asked, Got, ask, awaited

GZIP = [(b"accept-encoding", b"gzip")]


@pytest.fixture
def app(tmp_path: Any) -> Any:
    return create_app(Settings(database_url=f"sqlite:///{tmp_path}/db", first_states=False))


def kept_by(app: Any) -> KeptStates:
    while not isinstance(app, KeptStates):
        app = app._app
    return app


def get(app: Any, path: str, query: bytes, method: str = "GET", headers: Any = GZIP) -> Got:
    return awaited(ask(app, Asked(method, path, query, headers=list(headers))))


# --- which are kept ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "query", "name"),
    [
        ("/en/widgets/pod-birth", b"step=10", "/en/widgets/pod-birth?step=10"),
        ("/en/widgets/pod-birth", b"step=010", None),
        ("/en/widgets/pod-birth", b"step=-1", None),
        ("/zh/widgets/pod-birth", b"step=3&fault=cni-missing", "/zh/widgets/pod-birth?fault=cni-missing&step=3"),
        ("/en/widgets/oom-score", b"example=no-such", None),
        ("/en/widgets/rolling-update", b"replicas=007", None),
        ("/en/widgets/rolling-update", b"replicas=-0", None),
        ("/en/widgets/rolling-update", b"replicas=0", "/en/widgets/rolling-update?replicas=0"),
        ("/en/widgets/rolling-update", b"replicas=7&replicas=8", None),
        ("/en/widgets/rolling-update", b"max_surge=25%25", None),
        ("/en/widgets/pod-birth", b"step=10&who=kubelet", None),
        ("/en/widgets/pod-birth", b"saved=aaaaaaaaaaaaaaaa", None),
        ("/en/widgets/pod-birth", b"fault=no-such", None),
        ("/en/widgets/pod-birth", b"step=\xff", None),
        ("/en/widgets/pod-birth", b"step=%C2%B2", None),
        ("/en/widgets/pod-birth", b"unknown=1", None),
        ("/en/widgets/metric-types", b"exposition=&earlier=&seconds=", None),
        ("/fr/widgets/pod-birth", b"step=1", None),
        ("/en/progress", b"step=1", None),
        ("/en/widgets/pod-birth/predict", b"step=1", None),
    ],
)  # fmt: skip
def test_a_state_has_one_name_or_none(rooms: Rooms, path: str, query: bytes, name: str | None) -> None:
    assert canonical(rooms, path, query) == name


def test_no_field_of_text_is_ever_kept(rooms: Rooms) -> None:
    """Whatever field takes free text, of any room: a state that names it has no name."""
    texts = [
        (room.slug, name)
        for room in rooms.values()
        for name, field in room.widget.form.model_fields.items()
        if field.annotation is str
    ]
    kept = [(slug, name) for slug, name in texts if canonical(rooms, f"/en/widgets/{slug}", f"{name}=1".encode())]

    assert len(texts) > 20
    assert kept == []


def test_what_is_asked_first_is_all_of_presets_and_steps(rooms: Rooms) -> None:
    first = list(told_first(rooms))

    assert ("/en/widgets/pod-birth", "step=10") in first
    assert ("/fragments/zh/widgets/oom-score", f"example={rooms['oom-score'].widget.examples[1].name}") in first
    assert len(first) == len(set(first)) > 500
    assert all(canonical(rooms, path, query.encode()) for path, query in first)


# --- how they are kept ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/en/widgets/pod-birth", "/fragments/zh/widgets/pod-birth"])
def test_the_second_answer_is_the_first(app: Any, path: str) -> None:
    first = get(app, path, b"step=10")
    second = get(app, path, b"step=10")
    headers = {name: value for name, value in first.headers if name != b"x-request-id"}

    assert (first.status, second.status) == (200, 200)
    assert second.body == first.body
    assert dict(second.headers) == {**headers, b"etag": dict(second.headers)[b"etag"]}
    assert dict(second.headers)[b"content-encoding"] == b"gzip"
    assert len(kept_by(app).states) == 1


def test_it_is_not_made_twice(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    get(app, "/en/widgets/pod-birth", b"step=10")

    async def nobody(*_: Any) -> None:
        raise AssertionError("this was to be kept")

    monkeypatch.setattr(kept_by(app), "_app", nobody)
    assert get(app, "/en/widgets/pod-birth", b"step=10").status == 200
    assert get(app, "/en/widgets/pod-birth", b"step=10", "HEAD").body == b""


def test_codings_are_kept_apart(app: Any) -> None:
    packed = get(app, "/en/widgets/pod-birth", b"step=10")
    plain = get(app, "/en/widgets/pod-birth", b"step=10", headers=[])

    assert plain.body.startswith(b"<!doctype html>") or plain.body.lower().startswith(b"<!doctype")
    assert len(packed.body) < len(plain.body) / 3


TAKES_NO_ZSTD: list[list[tuple[bytes, bytes]]] = [
    [],
    [(b"accept-encoding", b"identity")],
    [(b"accept-encoding", b"gzip")],
    [(b"accept-encoding", b"gzip, deflate, br")],
]


@pytest.mark.parametrize("later", TAKES_NO_ZSTD)
@pytest.mark.parametrize(
    "first",
    [
        [(b"accept-encoding", b"*")],
        [(b"accept-encoding", b"gzip, *")],
        [(b"accept-encoding", b"gzip, deflate, br, *")],
        [(b"accept-encoding", b"zstd\xa0")],
        [(b"accept-encoding", b"gzip, zstd\xa0")],
        [(b"accept-encoding", b"gzip, deflate, br, zstd\xa0")],
        *([(b"accept-encoding", b"zstd"), *headers] for headers in TAKES_NO_ZSTD[1:]),
    ],
)
def test_nobody_gets_a_coding_that_another_asked_for(app: Any, first: Any, later: Any) -> None:
    """One reader's header can't make a state unreadable for all others."""
    get(app, "/en/widgets/pod-birth", b"step=10", headers=first)
    answer = get(app, "/en/widgets/pod-birth", b"step=10", headers=later)

    coding = dict(answer.headers).get(b"content-encoding", b"")
    assert coding in (b"", *(later[0][1].split(b", ") if later else ()))


@pytest.mark.parametrize(
    ("path", "odd", "usual"),
    [
        ("/fragments/en/widgets/rolling-update", b"replicas=007", b"replicas=7"),
        ("/en/widgets/oom-badness", b"oom_score_adj=-0", b"oom_score_adj=0"),
        ("/en/widgets/pod-birth", b"step=010", b"step=10"),
    ],
)
def test_nobody_sees_how_another_spelled_it(app: Any, path: str, odd: bytes, usual: bytes) -> None:
    get(app, path, odd, headers=[])
    text = odd.partition(b"=")[2]
    answer = get(app, path, usual, headers=[])

    assert b'"' + text + b'"' not in answer.body
    assert b"%3D" + text not in answer.body
    assert text not in dict(answer.headers).get(b"hx-push-url", b"")


def test_a_browser_that_has_it_is_told_so(app: Any) -> None:
    get(app, "/en/widgets/pod-birth", b"step=10")
    tag = dict(get(app, "/en/widgets/pod-birth", b"step=10").headers)[b"etag"]
    answer = get(app, "/en/widgets/pod-birth", b"step=10", headers=[*GZIP, (b"if-none-match", tag)])

    assert (answer.status, answer.body) == (304, b"")
    assert b"content-length" not in dict(answer.headers)


def test_a_fragment_that_is_opened_as_a_page_is_none(app: Any) -> None:
    get(app, "/fragments/en/widgets/pod-birth", b"step=10")
    opened = get(app, "/fragments/en/widgets/pod-birth", b"step=10", headers=[*GZIP, (b"sec-fetch-dest", b"document")])

    assert opened.status == 303


def test_what_is_typed_is_not_kept(app: Any) -> None:
    for path, query in (
        ("/en/widgets/quantity", b"text=sesame"),
        ("/en/widgets/pod-birth", b"step=2&who=kubelet&predict=1"),
        ("/en/widgets/rolling-update", b"max_surge=sesame"),
        ("/en/widgets/metric-types", b"exposition=&earlier=&seconds="),
    ):
        get(app, path, query)

    assert len(kept_by(app).states) == 0


def test_a_refusal_is_not_kept(app: Any) -> None:
    assert get(app, "/en/widgets/rolling-update", b"replicas=999999999").status == 422
    assert len(kept_by(app).states) == 0


def test_what_is_kept_is_counted_as_what_is_made(site: TestClient) -> None:
    def count() -> float:
        wanted = 'podscope_http_requests_total{method="GET",route="/fragments/{lang}/widgets/{slug}",status="200"} '
        text = site.get("/metrics").text
        return float(text.partition(wanted)[2].partition("\n")[0] or 0)

    before = count()
    for _ in range(3):
        site.get("/fragments/en/widgets/pod-birth?step=7&fault=none")

    assert count() == before + 3


def test_bytes_have_an_end_and_the_least_used_goes() -> None:
    def kept(body: bytes) -> Any:
        return kept_of({"status": 200, "headers": []}, body, "/")

    states = States(most=8_000)
    for name in "abc":
        states.keep(name, kept(b"x" * 1000))
    assert states.find("a")
    states.keep("d", kept(b"x" * 1000))

    assert (states.find("b"), len(states)) == (None, 3)
    assert states.size == sum(map(size_of, states._kept.values())) == 3 * size_of(b"x" * 1100)
    states.keep("huge", kept(b"x" * 20_000))
    assert states.find("huge") is None
    for number in range(500):
        states.keep(str(number), kept(b"x" * 500))
    assert states.size <= 8_000


def test_what_is_kept_lies_in_a_file_and_is_the_same(app: Any) -> None:
    states = States()
    for number in range(50):
        body = bytes([number]) * (number * 500 + 1)
        states.keep(str(number), kept_of({"headers": [(b"vary", b"accept-encoding")]}, body, "/en/widgets/x"))

    assert all(isinstance(kept, Laid) for kept in states._kept.values())
    assert [bytes(states.find(str(number)).body) for number in range(50)] == [  # type: ignore[union-attr]  # it is
        bytes([number]) * (number * 500 + 1) for number in range(50)
    ]


def test_what_is_kept_anew_is_what_is_found() -> None:
    """Also where it was read a moment ago, and lies where the old one did."""
    states = States()
    found = []
    for body in (b"x" * 500, b"y" * 500):
        states.keep("a", kept_of({"headers": [(b"x-here", body[:1])]}, body, "/"))
        found.append(states.find("a"))

    assert [each.body[:1] + each.headers[0][1] for each in found if each] == [b"xx", b"yy"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is full is Linux's own")
def test_where_the_disk_is_full_nothing_is_kept() -> None:
    states = States(blocks=Blocks(Lying(os.open("/dev/full", os.O_RDWR))))
    states.keep("a", kept_of({"headers": []}, b"x" * 1000, "/"))

    assert (states.find("a"), len(states), states.size) == (None, 0, 0)


@pytest.mark.parametrize(
    ("status", "headers", "may"),
    [
        (200, {"cache-control": "public, max-age=300", "vary": "Accept-Encoding"}, True),
        (422, {"cache-control": "public, max-age=300"}, False),
        (200, {"cache-control": "private, no-store"}, False),
        (200, {}, False),
        (200, {"cache-control": "public", "set-cookie": "a=b"}, False),
        (200, {"cache-control": "public", "vary": "cookie"}, False),
    ],
)
def test_only_what_is_the_same_for_everybody(status: int, headers: dict[str, str], may: bool) -> None:
    assert may_be_kept({"status": status, "headers": [(k.encode(), v.encode()) for k, v in headers.items()]}) is may


def test_first_ones_are_made_ahead_until_there_are_enough(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.web.states.PAUSE", 0)
    states = kept_by(app)
    steps = [("/en/widgets/pod-birth", f"step={step}") for step in range(2, 6)]

    assert awaited(states.make_first([*steps, ("/en/widgets/quantity", "text=sesame"), steps[0]])) == 4
    assert len(states.states) == 4
    monkeypatch.setattr("app.web.states.FIRST_MOST", 1)
    assert awaited(states.make_first([("/zh/widgets/pod-birth", "step=9")])) == 0
    assert FIRST_MOST <= 16 << 20
