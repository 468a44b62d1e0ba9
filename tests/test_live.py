"""What the site measures of itself, live on the page of metric-types: nobody keeps it, and its rates are real."""

import re

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from app.kube.refusal import Refusal
from app.web.metrics import Metrics, Scrape, Scrapes
from tests.written import known_rooms

LIVE = "exposition=&earlier=&seconds="


def test_the_live_page_shows_this_sites_series_and_is_not_kept(site: TestClient) -> None:
    for path in (f"/en/widgets/metric-types?{LIVE}", f"/fragments/zh/widgets/metric-types?{LIVE}"):
        answer = site.get(path)

        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "private, no-store"
        assert "podscope_http_requests_in_progress" in answer.text
        assert re.search(r"[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3} UTC", answer.text)
        assert 'id="w-metric-types-again"' in answer.text


def test_the_page_that_is_prepared_is_the_same_for_everybody(site: TestClient) -> None:
    first, second = (site.get("/en/widgets/metric-types") for _ in range(2))

    assert first.text == second.text
    assert first.headers["etag"] == second.headers["etag"]
    assert f"/en/widgets/metric-types?{LIVE.replace('&', '&amp;')}" in first.text


def test_posting_the_emptied_form_leads_to_the_live_page(site: TestClient) -> None:
    typed = {"exposition": "", "earlier": "", "seconds": ""}

    answer = site.post("/en/widgets/metric-types", data=typed, follow_redirects=False)

    assert (answer.status_code, answer.headers["location"]) == (303, f"/en/widgets/metric-types?{LIVE}")


def test_the_api_answers_with_this_sites_own_metrics_by_default(site: TestClient) -> None:
    site.get("/healthz")
    for given in ({}, {"exposition": ""}):
        outcome = site.post("/api/v1/widgets/metric-types", json=given).json()["outcome"]
        own = {family.name: family.type for family in text_string_to_metric_families(site.get("/metrics").text)}

        found = {family["name"].removesuffix("_total"): family["type"] for family in outcome["families"]}
        assert found == own
        assert outcome["mistakes"] == []
        assert outcome["span"]["seconds"] > 0


def test_a_live_rate_is_gained_over_seconds(site: TestClient) -> None:
    for _ in range(7):
        site.get("/healthz")
    outcome = site.post("/api/v1/widgets/metric-types", json={}).json()["outcome"]

    for rate in outcome["rates"]:
        if rate["per_second"] is not None and rate["gained"].isdigit():
            assert rate["per_second"] == pytest.approx(int(rate["gained"]) / outcome["span"]["seconds"])
    assert any(rate["per_second"] for rate in outcome["rates"])


def test_a_pasted_scrape_is_never_mixed_with_a_live_one(site: TestClient) -> None:
    """Of an earlier scrape of something else nothing could be told."""
    answer = site.post("/api/v1/widgets/metric-types", json={"earlier": "x 1", "seconds": "15"})

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "metrics-missing")


def test_what_is_pasted_may_be_kept(site: TestClient) -> None:
    answer = site.get("/en/widgets/metric-types?exposition=x+1&earlier=&seconds=")

    assert answer.headers["cache-control"] == "public, max-age=300"
    assert 'id="w-metric-types-again"' not in answer.text


def test_where_no_site_is_the_text_is_asked_for() -> None:
    room = known_rooms()["metric-types"]

    with pytest.raises(Refusal, match="metrics-missing"):
        room.run(room.widget.form())


def compared(*times: float) -> list[tuple[float, float]]:
    """For scrapes asked for at these seconds after the start: which two are compared."""
    ticks = iter([0.0, 0.0, *times])
    scrapes = Scrapes(Metrics(), lambda: next(ticks))
    pairs = [scrapes.pair() for _ in times]
    start = pairs[0][0].at
    return [(round(before.at - start, 3), round(now.at - start, 3)) for before, now in pairs]


def test_a_scrape_is_compared_with_one_at_least_five_seconds_old() -> None:
    assert compared(1, 4) == [(0, 1), (0, 4)]
    assert compared(10, 12, 16, 17) == [(0, 10), (0, 12), (10, 16), (10, 17)]
    assert compared(5, 10, 15.5, 600) == [(0, 5), (5, 10), (10, 15.5), (15.5, 600)]


def test_a_scrape_says_when_it_was_in_utc() -> None:
    assert Scrape(1795419496.0594, "").when == "2026-11-23T07:38:16.059Z"
