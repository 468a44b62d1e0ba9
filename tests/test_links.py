"""Short links keep inputs that no address can carry."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from app.store.store import open_store
from app.store.tries import HOUR_MS, MINUTE_MS
from app.widgetkit import links
from app.widgetkit.contract import TEXT_LIMIT, Refusal
from app.widgetkit.links import ALL_KIB, EACH_HOUR, EACH_KIB, Links

PODS = "\n---\n".join(
    f"apiVersion: v1\nkind: Pod\nmetadata: {{name: pod-{n}}}\nspec: {{containers: [{{name: c}}]}}" for n in range(60)
)


def test_a_long_manifest_is_answered_and_offers_a_link(site: TestClient) -> None:
    answer = site.post("/en/widgets/oom-score", data={"manifest": PODS, "node_memory": "16Gi", "usage": ""})

    assert answer.status_code == 200
    assert 'action="/en/widgets/oom-score/link"' in answer.text


def test_a_link_brings_everything_back_in_both_languages(site: TestClient) -> None:
    made = site.post("/en/widgets/oom-score/link", data={"manifest": PODS, "node_memory": "12Gi", "usage": ""})
    address = made.headers["location"]

    english, chinese = site.get(address), site.get(address.replace("/en/", "/zh/"))

    assert made.status_code == 303
    assert len(address) < 60
    assert "pod-59" in english.text
    assert 'value="12Gi"' in english.text
    assert "pod-59" in chinese.text


def test_a_link_can_be_changed_by_the_address(site: TestClient) -> None:
    address = site.post("/en/widgets/oom-score/link", data={"manifest": PODS, "usage": ""}).headers["location"]

    changed = site.get(f"{address}&node_memory=3Gi").text

    assert 'value="3Gi"' in changed
    assert "pod-59" in changed


def test_a_short_state_needs_no_link(site: TestClient) -> None:
    answer = site.post("/en/widgets/quantity", data={"text": "7Mi"})

    assert (answer.status_code, answer.headers["location"]) in ((303, "/en/widgets/quantity?text=7Mi"), (405, ""))


@pytest.mark.parametrize("path", ["oom-score?saved=nosuchlink", "quantity?saved="])
def test_an_unknown_link_is_missing_and_an_empty_one_is_none(site: TestClient, path: str) -> None:
    assert site.get(f"/en/widgets/{path}").status_code == (200 if path.endswith("=") else 404)


def test_a_link_of_another_widget_is_missing(site: TestClient) -> None:
    address = site.post("/en/widgets/oom-score/link", data={"manifest": PODS, "usage": ""}).headers["location"]

    assert site.get(address.replace("oom-score", "quantity")).status_code == 404


def test_one_client_makes_only_so_many(tmp_path: Path) -> None:
    """On a site of its own: whoever comes after could make none."""
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'site.sqlite3'}", first_states=False)
    with TestClient(create_app(settings), follow_redirects=False) as alone:
        answers = [
            alone.post("/en/widgets/quantity/link", data={"text": f"{n}Mi"}).status_code for n in range(EACH_HOUR + 1)
        ]

    assert answers[-1] == 429
    assert answers[0] in (303, 422)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Links]:
    """Short links of a store of their own, where one network may make many."""
    monkeypatch.setattr(links, "EACH_HOUR", 1000)
    store = open_store(f"sqlite:///{tmp_path / 'links.sqlite3'}")
    yield Links(store)
    store.close()


def keep(kept: Links, kib: int, client: str) -> Refusal | None:
    """A link that counts for so many KiB, or why there is none."""
    text = f"{next(NUMBERS):08}".ljust((kib << 10) - 1, "x")
    try:
        kept.keep("quantity", {"text": text}, client)
    except Refusal as refusal:
        return refusal
    return None


NUMBERS = itertools.count()
LARGE = (TEXT_LIMIT >> 10) // 2  # KiB of one link, well below what a link may hold


def test_one_network_keeps_only_so_much(kept: Links) -> None:
    taken = [keep(kept, LARGE, "10.0.0.1") for _ in range(EACH_KIB // LARGE)]

    assert taken == [None] * (EACH_KIB // LARGE)
    refused = keep(kept, 1, "10.0.0.1")
    assert refused
    assert (refused.code, refused.field) == ("link-much", "link")
    assert 1 <= refused.values["minutes"] <= HOUR_MS // MINUTE_MS
    assert keep(kept, 1, "10.0.0.2") is None


def test_all_networks_together_keep_only_so_much(kept: Links) -> None:
    taken = [keep(kept, LARGE, f"10.0.1.{number // 2}") for number in range(ALL_KIB // LARGE)]

    assert taken == [None] * (ALL_KIB // LARGE)
    refused = keep(kept, 1, "10.0.2.1")
    assert refused
    assert refused.code == "link-much"


def test_who_keeps_too_much_is_told_when_to_come_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "EACH_KIB", 2)
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'site.sqlite3'}", first_states=False)
    with TestClient(create_app(settings), follow_redirects=False) as alone:
        statuses = [alone.post("/en/widgets/quantity/link", data={"text": f"{n}Mi"}) for n in range(3)]

    assert [answer.status_code for answer in statuses] == [303, 303, 429]
    assert 60 <= int(statuses[-1].headers["retry-after"]) <= 3600
