"""What caches on the way may keep: nothing that depends on who asks or how, unless the answer says on which header."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from tests.asgi import methods_at, paths_of, router_of
from tests.learner_cast import BANK, INTERVIEWS, SINGLE, SUBJECT, answer, bring_in, days_ago, result

ATTEMPT = "5f0c7a52-0d3c-4a4e-9d4e-00000000000"  # and a digit
ANSWERED = answer(SINGLE, correct=False, days=1) | {"attempt": f"{ATTEMPT}1"}
SUSPECT = next(iter(BANK.suspects.values()))
SUSPECTED = answer(SUSPECT, correct=True, days=1) | {"attempt": f"{ATTEMPT}2"}
MARKED = result(marked=[0], days=1) | {"attempt": f"{ATTEMPT}3"}
SLUG = SUBJECT.slug
RUN = "fault=scheduler-down"
# For every route that answers GET: addresses whose answers may depend on who asks, or on how.
ADDRESSES = (
    "/",
    "/language/zh",
    "/api/docs",
    "/api/openapi.json",
    "/api/v1/export",
    "/api/v1/progress",
    "/api/v1/quiz",
    f"/api/v1/quiz/{SLUG}?seed=1",
    "/api/v1/search?q=etcd",
    "/api/v1/widgets",
    "/healthz",
    "/readyz",
    "/metrics",
    "/robots.txt",
    "/sitemap.xml",
    "/llms.txt",
    "/feed.en.xml",
    "/feed.zh.xml",
    "/opensearch.en.xml",
    "/opensearch.zh.xml",
    "/.well-known/security.txt",
    "/en/lessons",
    "/en/quiz",
    "/en/search?q=etcd",
    "/fragments/en/search?q=etcd",
    "/en/claims?verdict=wrong",
    "/en/diagnoses?status=Pending",
    "/en/changes?subject=etcd",
    f"/en/lessons/{SLUG}.md",
    f"/en/lessons/{SUSPECT.subject}?attempt={SUSPECTED['attempt']}",
    f"/en/lessons/{SLUG}/read",
    f"/en/quiz/{SLUG}?question={SINGLE.id}",
    f"/en/quiz/{SLUG}?attempt={ANSWERED['attempt']}",
    f"/en/quiz/{SUSPECT.subject}?attempt={SUSPECTED['attempt']}",
    f"/en/quiz/{SLUG}?only=mistakes",
    f"/en/quiz/{SLUG}/{SINGLE.id}",
    f"/fragments/en/quiz/{SINGLE.id}?question={SINGLE.id}",
    f"/fragments/en/standing/{SLUG}",
    "/en/review",
    f"/en/review?attempt={ANSWERED['attempt']}",
    "/fragments/en/due",
    "/en/progress",
    "/fragments/en/continue",
    f"/fragments/en/reading/{SLUG}",
    f"/fragments/en/place/{SLUG}",
    "/en/interview",
    f"/en/interview?seed=1&follow={MARKED['question']}&attempt={MARKED['attempt']}",
    "/en/interview?seed=1&at=99",
    "/en/interview/begin",
    f"/fragments/en/interview/{MARKED['question']}",
    "/en/progress/keep",
    "/en/progress/export",
    "/en/progress/open",
    "/en/progress/delete",
    "/en/progress/again",
    "/en/progress/undo",
    "/en/progress/code",
    "/en/progress/import",
    "/en/podscope.apkg",
    "/en/questions.csv",
    f"/en/widgets/pod-birth?{RUN}",
    f"/en/widgets/pod-birth?{RUN}&predict=1&step=2&who=api",
    f"/en/widgets/pod-birth/predict?{RUN}",
    f"/fragments/en/widgets/pod-birth?{RUN}",
    "/fragments/en/widgets/quantity?text=7Mi",
    "/fragments/en/widgets/quantity?text=nothing",
    f"/fragments/en/widgets/pod-birth/steps?{RUN}",
)
WAYS: dict[str, dict[str, str]] = {
    "cookie": {},  # of the reader, who reads Chinese
    "sec-fetch-dest": {"cookie": "", "sec-fetch-dest": "document"},
    "hx-request": {"cookie": "", "hx-request": "true", "hx-boosted": "true"},
    "accept": {"cookie": "", "accept": "application/json"},
    "accept-language": {"cookie": "", "accept-language": "zh"},
}


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """One who has answered, suspected, been asked and read, on a site of its own."""
    path = tmp_path_factory.mktemp("caching") / "db"
    app = create_app(Settings(database_url=f"sqlite:///{path}", first_states=False))
    with TestClient(app, follow_redirects=False) as client:
        bring_in(
            client,
            answers=[ANSWERED, SUSPECTED],
            interviews=[MARKED],
            positions=[{"subject": SLUG, "section": "", "at": days_ago(1)}],
            read=[{"subject": SLUG, "section": "", "at": days_ago(1)}],
        )
        yield client


def learner_of(reader: TestClient) -> str:
    return f"learner={reader.cookies['learner']}"


def told(answered: Any) -> tuple[int, str, str]:
    return answered.status_code, answered.headers.get("location", ""), answered.text


def may_be_kept(answered: Any) -> bool:
    """Whether a cache may answer somebody else with it; without a word on it, some may (RFC 9111, section 4.2.2)."""
    control = answered.headers.get("cache-control", "")
    return "no-store" not in control and "private" not in control


def varies_by(answered: Any) -> set[str]:
    return {name.strip().lower() for name in answered.headers.get("vary", "").split(",")}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("address", ADDRESSES)
def test_what_depends_on_who_asks_or_how_is_kept_by_no_cache_or_says_so(
    reader: TestClient, address: str, way: str
) -> None:
    asked = reader.get(address, headers=WAYS[way] or {"cookie": f"{learner_of(reader)}; lang=zh"})
    bare = reader.get(address, headers={"cookie": ""})

    if told(asked) != told(bare):
        silent = [each for each in (asked, bare) if may_be_kept(each) and way not in varies_by(each)]
        assert [each.headers.get("cache-control") for each in silent] == []


@pytest.mark.parametrize("address", ADDRESSES)
def test_whatever_answers_is_counted_under_its_route(reader: TestClient, address: str) -> None:
    def unmatched() -> list[str]:
        lines = reader.get("/metrics").text.splitlines()
        return [line for line in lines if line.startswith("podscope_http_requests_total") and 'route="none"' in line]

    before = unmatched()

    assert reader.get(address).status_code < 500
    assert unmatched() == before


def test_every_route_that_answers_get_is_asked(reader: TestClient) -> None:
    api = router_of(reader.app)
    asked = [address.partition("?")[0] for address in ADDRESSES]
    routes = sorted(
        path for path in set(paths_of(api.router.routes)) if "GET" in methods_at(api, re.sub(r"\{\w+\}", "x", path))
    )

    assert len(routes) > 40
    assert [path for path in routes if not any(re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), a) for a in asked)] == []


def test_the_addresses_are_those_of_a_reader(reader: TestClient) -> None:
    """Otherwise nothing would differ."""
    for attempt in (ANSWERED, SUSPECTED):
        page = reader.get(f"/en/quiz/{SLUG}?attempt={attempt['attempt']}")
        assert page.headers["cache-control"] == "private, no-store"
        assert page.status_code == (303 if attempt is SUSPECTED else 200)
    assert reader.get(f"/en/lessons/{SUSPECT.subject}?attempt={SUSPECTED['attempt']}").status_code == 200
    assert INTERVIEWS.by_id[MARKED["question"]]


@pytest.mark.parametrize(("scheme", "is_secure"), [("https", True), ("http", False)])
def test_the_chosen_language_goes_over_https_alone_where_the_site_does(
    tmp_path_factory: pytest.TempPathFactory, scheme: str, is_secure: bool
) -> None:
    path = tmp_path_factory.mktemp(scheme) / "db"
    settings = Settings(database_url=f"sqlite:///{path}", https=scheme == "https", first_states=False)
    with TestClient(create_app(settings), follow_redirects=False) as client:
        cookie = client.get("/language/zh").headers["set-cookie"]

    assert ("; secure" in cookie.lower()) is is_secure
