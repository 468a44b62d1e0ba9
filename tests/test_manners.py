"""What browsers, search engines and link checkers expect: HEAD, redirects, canonical addresses, a sitemap, icons."""

import re
import struct
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest
from starlette.testclient import TestClient

from app.content.language import LANGUAGES
from app.drawn import lesson_page
from app.main import create_app
from app.place import CONTENT
from app.quiz.pages import QuizPages
from app.settings import Settings, SettingsError, read_settings
from app.site import Site
from app.web.manners import security_txt
from app.web.page import CHOICES, Prepared, prepare

PUBLIC = "https://podscope.example"
SUBJECTS = sorted(folder.name[3:] for folder in CONTENT.iterdir() if (folder / "lesson.en.md").exists())


def test_a_page_keeps_little_of_how_it_was_asked_and_no_name_that_is_not_its_own(site: TestClient) -> None:
    page = "/en/lessons/etcd"
    hosts = [*(f"localhost:{number}" for number in range(2 * CHOICES)), "somebody.example", "x" * 300]
    for host in hosts:
        assert site.get(page, headers={"host": host}).status_code == 200

    remembered = site.app._answers[page][0]._chosen  # type: ignore[attr-defined]
    assert 0 < len(remembered) <= CHOICES
    assert {host.partition(b":")[0] for _, host, _ in remembered} <= {b"localhost", b"test"}


@pytest.mark.parametrize(
    "path", ["/", "/en/", "/en/review", "/en/widgets/quantity?text=1", "/api/openapi.json", "/robots.txt"]
)
def test_head_is_answered_as_get_is_without_a_body(site: TestClient, path: str) -> None:
    get, head = site.get(path), site.head(path)

    assert head.status_code == get.status_code
    assert head.headers["content-type"] == get.headers["content-type"] if "content-type" in get.headers else True
    assert head.content == b""


@pytest.mark.parametrize(
    ("path", "to"),
    [
        ("/en", "/en/"),
        ("/zh/widgets", "/zh/widgets/"),
        ("/en/lessons", "/en/#lessons"),
        ("/zh/quiz/", "/zh/quiz"),
        ("/zh/quiz", "/zh/#lessons"),
        ("/en/lessons/etcd/", "/en/lessons/etcd"),
        ("/en/?fbclid=x", "/en/"),
        ("/zh/lessons/etcd?utm_source=mail", "/zh/lessons/etcd"),
        ("/en/glossary?ref=x", "/en/glossary"),
    ],
)
def test_what_a_reader_meant_is_found(site: TestClient, path: str, to: str) -> None:
    answer = site.get(path)

    assert (answer.status_code, answer.headers["location"]) == (307, to)


def one_lesson(site: Site, quiz: QuizPages) -> dict[str, Prepared]:
    """Of all pages those of one lesson, as the site draws them, with the assets."""
    [index] = [number for number, lesson in enumerate(site.lessons) if lesson.slug == "etcd"]
    pages = {f"/{lang}/lessons/etcd": prepare(lesson_page(site, lang, index, quiz)) for lang in LANGUAGES}
    return {**site.assets.prepared, **pages}


def test_an_address_that_is_known_stands_in_every_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Site, "pages", one_lesson)
    settings = Settings(database_url=f"sqlite:///{tmp_path}/db", public_url=PUBLIC)
    with TestClient(create_app(settings)) as client:
        page = client.get("/zh/lessons/etcd").text
        card = re.search(f'property="og:image" content="{PUBLIC}(/static/[^"]+)"', page)
        assert card
        picture = client.get(card[1])
        robots, sitemap = client.get("/robots.txt").text, client.get("/sitemap.xml").text

    assert f'rel="canonical" href="{PUBLIC}/zh/lessons/etcd"' in page
    assert f'hreflang="en" href="{PUBLIC}/en/lessons/etcd"' in page
    assert picture.headers["content-type"] == "image/png"
    assert struct.unpack(">II", picture.content[16:24]) == (1200, 630)
    assert f"Sitemap: {PUBLIC}/sitemap.xml" in robots
    assert f"<loc>{PUBLIC}/en/lessons/etcd</loc>" in sitemap


def test_without_one_no_page_repeats_what_the_client_calls_the_host(site: TestClient) -> None:
    lesson = site.get("/en/lessons/etcd", headers={"host": "evil.example"})
    sitemap = site.get("/sitemap.xml", headers={"host": "evil.example"})
    strange = site.get("/sitemap.xml", headers={"host": "evil<example"})

    assert "evil.example" not in lesson.text
    assert "link" not in lesson.headers
    assert "canonical" not in lesson.text
    assert sitemap.headers["cache-control"] == "private, no-store"
    assert strange.status_code == 404


LESSON_LINKS = (
    '<{base}/zh/lessons/etcd>; rel="canonical", <{base}/en/lessons/etcd>; rel="alternate"; hreflang="en", '
    '<{base}/zh/lessons/etcd>; rel="alternate"; hreflang="zh-Hans", '
    '<{base}/en/lessons/etcd>; rel="alternate"; hreflang="x-default"'
)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:4711", "[::1]:8000"])
def test_without_one_an_allowed_host_is_the_address(site: TestClient, host: str) -> None:
    answer = site.get("/zh/lessons/etcd", headers={"host": host})
    state = site.head("/en/widgets/pod-birth?step=3", headers={"host": host})

    assert answer.headers["link"] == LESSON_LINKS.format(base=f"http://{host.lower()}")
    assert "hreflang=" not in answer.text.partition("</head>")[0]
    assert f'<http://{host.lower()}/en/widgets/pod-birth>; rel="canonical"' in state.headers["link"]


@pytest.mark.parametrize(
    "path",
    ["/en/nothing", "/en", "/robots.txt", "/static/js/head.js", "/fragments/en/widgets/quantity", "/api/v1/quiz"],
)
def test_what_is_no_page_has_no_address_of_its_own(site: TestClient, path: str) -> None:
    assert "link" not in site.get(path, headers={"host": "localhost"}).headers


def test_hosts_are_allowed_by_the_settings(tmp_path: Path) -> None:
    settings = Settings(
        database_url=f"sqlite:///{tmp_path}/db", hosts="podscope.example,intern.example:8443", https=True
    )
    with TestClient(create_app(settings)) as client:
        found = {
            host: client.get("/zh/lessons/etcd", headers={"host": host}).headers.get("link")
            for host in (
                "podscope.example",
                "intern.example:8443",
                "intern.example",
                "localhost",
                "podscope.example.evil",
            )
        }

    assert found == {
        "podscope.example": LESSON_LINKS.format(base="https://podscope.example"),
        "intern.example:8443": LESSON_LINKS.format(base="https://intern.example:8443"),
        "intern.example": None,
        "localhost": None,
        "podscope.example.evil": None,
    }


@pytest.mark.parametrize("hosts", ["https://a.example", "a.example/", "a b", "a.example,", "a.example:123456", "a<b"])
def test_hosts_that_are_none_stop_the_start(hosts: str) -> None:
    with pytest.raises(SettingsError, match="PODSCOPE_HOSTS"):
        read_settings({"PODSCOPE_HOSTS": hosts})


def test_the_sitemap_names_every_page_and_each_is_there(site: TestClient) -> None:
    tree = ElementTree.fromstring(site.get("/sitemap.xml").content)
    paths = [
        loc.text.partition("testserver")[2]
        for loc in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")
        if loc.text
    ]

    assert {"/en/", "/zh/lessons/etcd", "/en/widgets/oom-score", "/zh/quiz/etcd"} <= set(paths)
    assert [path for path in paths if site.head(path).status_code != 200] == []


@pytest.mark.parametrize(
    "path",
    [
        "/favicon.ico",
        "/icon-180.png",
        "/icon-192.png",
        "/icon-512.png",
        "/manifest.webmanifest",
        "/sw.js",
        "/en/offline",
    ],
)
def test_what_browsers_ask_for_is_there(site: TestClient, path: str) -> None:
    assert site.get(path).status_code == 200


def test_what_the_worker_keeps_is_there(site: TestClient) -> None:
    worker = site.get("/sw.js").text
    kept = re.findall(r'"(/[^"]+)"', worker)

    assert len(kept) >= 5
    assert [path for path in kept if not path.endswith("/") and site.get(path).status_code != 200] == []


@pytest.mark.parametrize("url", ["podscope.example", "https://podscope.example/", "https://x/y", 'https://x"y'])
def test_a_public_address_is_scheme_and_host(url: str) -> None:
    with pytest.raises(SettingsError, match="PODSCOPE_PUBLIC_URL"):
        read_settings({"PODSCOPE_PUBLIC_URL": url})


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("lesson", SUBJECTS)
def test_a_first_visit_is_light(site: TestClient, lesson: str, lang: str) -> None:
    """What a lesson loads at first, in bytes of the bodies as they are sent (headers are about 0.7 kB each).

    htmx and the player, 17 kB, come when a reader touches what needs them: tests/browser/test_need.py.
    """
    page = site.get(f"/{lang}/lessons/{lesson}", headers={"accept-encoding": "br"})
    assets = re.findall(r'(?:src|href)="(/static/(?:js|css)/[^"]+)"', page.text)

    sizes = [int(site.head(path, headers={"accept-encoding": "br"}).headers["content-length"]) for path in assets]

    assert len(assets) == 3
    # 45,000 is wanted: nine lessons are longer than that, and most of them is the text itself.
    assert int(page.headers["content-length"]) + sum(sizes) < 57_000


def test_security_txt_names_whom_to_tell(site: TestClient) -> None:
    """RFC 9116: Contact and Expires are there, and it is less than a year until that."""
    assert site.get("/.well-known/security.txt").status_code == 404
    said = security_txt("mailto:security@podscope.example", "https://podscope.example", date(2026, 11, 29))

    assert said.splitlines() == [
        "Contact: mailto:security@podscope.example",
        "Expires: 2027-05-28T00:00:00Z",
        "Preferred-Languages: en, zh",
        "Canonical: https://podscope.example/.well-known/security.txt",
    ]
    assert "Canonical" not in security_txt("https://x.example/report", "http://x.example", date(2026, 1, 1))


@pytest.mark.parametrize("https", [False, True])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_whatever_the_method_and_the_scheme_an_answer_is_counted_under_its_route(
    tmp_path: Path, method: str, https: bool
) -> None:
    url = f"sqlite:///{tmp_path}/podscope.sqlite3"
    with TestClient(create_app(Settings(database_url=url, https=https))) as site:
        for path in ("/en/progress", "/readyz", "/en/widgets/quantity?text=31"):
            assert site.request(method, path).status_code == 200
        counted = site.get("/metrics").text

    for route in ("/{lang}/progress", "/readyz", "/{lang}/widgets/{slug}"):
        assert f'podscope_http_requests_total{{method="{method}",route="{route}",status="200"}} 1.0' in counted
    assert 'route="none"' not in counted
