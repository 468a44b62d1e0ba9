"""Whatever is sent to whatever address, nobody gets an answer that says that we are broken, or one without measure.

FUZZ=20000 FUZZ_SEED=7 asks more.
"""

import asyncio
import json
import os
import time
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from app.main import create_app
from app.settings import Settings
from app.widgetkit.registry import Rooms
from tests.asgi import Asked, Got, ask, awaited, prepared_of, router_of
from tests.fuzz import Fuzzer, Known, discover

pytestmark = pytest.mark.slow

COUNT = int(os.environ.get("FUZZ", "2500"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
PAGE = 3 << 20  # bytes of the largest page, a sequence with all its steps, with room to spare
REPEATED = 40  # times that an answer may be longer than what was sent: a quotation mark is five bytes in HTML, twice
CPU_S = 15.0


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = tmp_path_factory.mktemp("fuzz") / "site.sqlite3"
    return create_app(Settings(database_url=f"sqlite:///{path}"))


@pytest.fixture(scope="module")
def known(app: Any, rooms: Rooms) -> Known:
    return awaited(discover(app, prepared_of(app), rooms))


async def fuzz(app: Any, known: Known, count: int, seed: int) -> list[str]:
    """What went wrong, in words."""
    fuzzer, wrong = Fuzzer(known, seed), []
    for number, asked in enumerate(fuzzer.requests(count)):
        begun = time.process_time()
        try:
            got = await asyncio.wait_for(ask(app, asked), 120)
        except Exception as error:
            wrong.append(f"{number}: {told(asked)}: {type(error).__name__} {str(error)[:300]}")
            continue
        cost, sent = time.process_time() - begun, len(asked.body) + len(asked.query)
        if got.status >= 500 or len(got.body) > PAGE + REPEATED * sent or cost > CPU_S:
            wrong.append(f"{number}: {told(asked)}: {got.status}, {len(got.body)} bytes, {cost:.1f} s")
        fuzzer.cookies = [*fuzzer.cookies, *cookies_of(got)][-5:]
    return wrong


def told(asked: Asked) -> str:
    return f"{asked.method} {asked.path[:80]!r} ?{asked.query[:300]!r} {asked.headers} {asked.body[:600]!r}"


def cookies_of(got: Got) -> list[str]:
    set_ = [value.decode("latin-1").partition(";")[0] for name, value in got.headers if name == b"set-cookie"]
    return [cookie for cookie in set_ if cookie.startswith("learner=") and len(cookie) > 20]


async def with_personal(app: Any, known: Known) -> Known:
    """Adds what somebody with progress sends: an answer to every question, and an exported file."""
    answers = []
    for subject in known.segments["{slug}"]:
        got = await ask(app, Asked("GET", f"/api/v1/quiz/{subject}", b"seed=3"))
        for question in json.loads(got.body).get("questions", ()):
            tokens = [option["id"] for option in question["options"]]
            targets = [target["id"] for target in question.get("targets", ())]
            right = {"single": tokens[:1], "number": 7, "match": dict(zip(tokens, targets, strict=False))}
            answer = right.get(question["kind"], tokens)
            answers.append({"question": question["id"], "attempt": str(uuid4()), "answer": answer, "seed": 3})
    headers: list[tuple[bytes, bytes]] = []
    for answer in answers[:20]:
        got = await ask(app, Asked("POST", "/api/v1/answers", headers=headers, body=json.dumps(answer).encode()))
        assert got.status == 201, got.body
        headers = headers or [(b"cookie", cookie.encode()) for cookie in cookies_of(got)]
    exported = json.loads((await ask(app, Asked("GET", "/api/v1/export", headers=headers))).body)
    assert len(exported["answers"]) == 20
    bodies = {**known.bodies, "/api/v1/answers": tuple(answers), "/api/v1/import": (exported,)}
    return replace(known, bodies=bodies)


def test_nothing_that_is_sent_breaks_the_site(app: Any, known: Known) -> None:
    wrong = awaited(fuzz(app, awaited(with_personal(app, known)), COUNT, SEED))

    assert not wrong, f"{len(wrong)} of {COUNT}:\n" + "\n".join(wrong[:30])


def test_the_fuzzer_knows_what_there_is(known: Known, rooms: Rooms) -> None:
    """It would find nothing where it looks at nothing."""
    widgets = known.names["/{lang}/widgets/{slug}"]

    assert len(known.routes) > 70
    assert set(rooms) <= set(known.segments["{slug}"])
    assert {name for room in rooms.values() for name in room.widget.form.model_fields} <= set(widgets)
    assert {"do", "row-0-name", "step", "saved", "embed"} <= set(known.all_names) | {"saved", "embed"}
    assert {"choice", "attempt", "seed", "move"} <= set(known.all_names)
    assert set(known.names["/{lang}/progress/import"]) == {"file", "text"}
    assert {f"/api/v1/widgets/{slug}" for slug in rooms} <= set(known.bodies)


def test_the_same_seed_asks_the_same(known: Known) -> None:
    assert list(Fuzzer(known, 5).requests(300)) == list(Fuzzer(known, 5).requests(300))


def test_the_fuzzer_is_not_blind(app: Any, known: Known) -> None:
    """It sees an application that breaks; asked often enough that not each request is refused before it is read."""

    @router_of(app).post("/broken/{lang}")
    def broken(lang: str) -> dict[str, float]:
        return {"x": 1 / len(lang.removeprefix(lang))}

    broken_one = replace(known, routes=(("POST", "/broken/{lang}"),))

    assert any("ZeroDivisionError" in line or ": 500," in line for line in awaited(fuzz(app, broken_one, 40, 1)))
