"""What is pasted about a Pod: in no address, kept only when a link is asked for, and never with its secrets."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs

import pytest
import yaml
from starlette.testclient import TestClient

from app.kube.transcript import private
from app.kube.transcript.private import CUT
from app.why import KubectlError, open_in_site

FOLDER = Path(__file__).parents[2] / "app/widgets/pod_story"
PRESET = yaml.safe_load((FOLDER / "presets.yaml").read_text(encoding="utf-8"))["crash-loop"]
TEXT = PRESET.replace(CUT, "hunter2secret") + "# mine\n"


def test_the_page_shows_no_secret_and_its_address_holds_nothing(site: TestClient) -> None:
    drawn = site.post("/fragments/en/widgets/pod-story", data={"text": TEXT})

    assert drawn.status_code == 200
    assert "hunter2secret" not in drawn.text
    assert CUT in drawn.text
    assert "cart-6d5f7c9b8-x2v4q" in drawn.text
    assert "HX-Push-Url" not in drawn.headers
    assert "Name%3A" not in drawn.text


def test_without_a_script_the_paste_is_answered_and_not_put_into_an_address(site: TestClient) -> None:
    drawn = site.post("/en/widgets/pod-story", data={"text": TEXT}, follow_redirects=False)

    assert drawn.status_code == 200
    assert "hunter2secret" not in drawn.text


def test_what_a_link_keeps_has_no_secret(site: TestClient) -> None:
    made = site.post("/en/widgets/pod-story/link", data={"text": TEXT}, follow_redirects=False)
    page = site.get(made.headers["Location"])

    assert made.status_code == 303
    assert len(made.headers["Location"]) < 80
    assert page.status_code == 200
    assert "cart-6d5f7c9b8-x2v4q" in page.text
    assert "hunter2secret" not in page.text


def test_the_api_answers_without_the_secret(site: TestClient) -> None:
    answer = site.post("/api/v1/widgets/pod-story", json={"text": TEXT})

    assert answer.json()["outcome"]["verdict"]["code"] == "app-exits"
    assert answer.json()["outcome"]["cut"] == 1
    assert "hunter2secret" not in answer.text


def test_a_preset_is_nobodys_and_stays_in_links(site: TestClient) -> None:
    page = site.get("/en/widgets/pod-story", params={"example": "oom"})

    assert page.status_code == 200
    assert "What you paste is in no address" in page.text
    assert 'id="w-pod-story-link"' not in page.text


@contextmanager
def answering(status: int, location: str) -> Iterator[tuple[str, list[str]]]:
    posted: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posted.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(status)
            self.send_header("Location", location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", posted
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_open_asks_the_site_for_a_link() -> None:
    with answering(303, "/en/widgets/pod-story?saved=abc") as (address, posted):
        assert open_in_site(address, "en", {"text": "a b"}) == f"{address}/en/widgets/pod-story?saved=abc"

    assert parse_qs(posted[0]) == {"text": ["a b"]}


def test_open_says_what_the_site_answers() -> None:
    with answering(429, "") as (address, _), pytest.raises(KubectlError, match="429"):
        open_in_site(address, "en", {"text": "a"})
    with pytest.raises(KubectlError, match="podscope serve"):
        open_in_site("http://127.0.0.1:9", "en", {"text": "a"})


def test_what_somebody_pasted_is_kept_by_nobody_on_the_way(site: TestClient) -> None:
    made = site.post("/en/widgets/pod-story/link", data={"text": TEXT}, follow_redirects=False)
    for path in (
        made.headers["location"],
        f"/fragments{made.headers['location']}",
        "/en/widgets/pod-story?text=web-0+0/1+Error+5+1m",
        "/fragments/zh/widgets/pod-story?text=web-0+0/1+Error+5+1m",
        "/en/widgets/pod-story?pod=web-0",
    ):
        answer = site.get(path)

        assert answer.headers["cache-control"] == "private, no-store", path
        assert answer.headers["x-robots-tag"] == "noindex", path


def test_an_example_may_be_kept_and_found(site: TestClient) -> None:
    answer = site.get("/en/widgets/pod-story?example=oom")

    assert answer.headers["cache-control"] == "public, max-age=300"
    assert "x-robots-tag" not in answer.headers


def test_a_fragment_opened_as_a_page_repeats_no_paste(site: TestClient) -> None:
    params = {"text": "web-0 0/1 Error 5 1m", "pod": "web-0"}
    answer = site.get(
        "/fragments/en/widgets/pod-story",
        params=params,
        headers={"sec-fetch-dest": "document"},
        follow_redirects=False,
    )

    assert (answer.status_code, answer.headers["location"]) == (303, "/en/widgets/pod-story")


def test_a_link_keeps_no_other_field_that_holds_something_else(site: TestClient) -> None:
    """Whoever pastes may miss the field."""
    for name in ("pod", "now", "kubernetes_version"):
        data = {"text": TEXT, name: "DB_PASSWORD=hunter2secret"}
        answer = site.post("/en/widgets/pod-story/link", data=data, follow_redirects=False)

        assert answer.status_code == 422, name
        assert "hunter2secret" not in answer.text


def test_a_paste_is_cut_once(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "kind: x\npassword: hunter2\n" * 200
    once = private.cut_secrets(text)
    monkeypatch.setattr(private, "_cut", lambda _: pytest.fail("is cut again"))

    assert private.cut_secrets(once) == once
