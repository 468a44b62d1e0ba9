"""Short links keep inputs that no address can carry."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from app.widgetkit.links import EACH_HOUR

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
