"""Keeping and moving progress: the file, the recovery code, the decks, and deleting everything."""

import csv
import io
import json
import re
import sqlite3
import zipfile
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.content.language import LANGUAGES, Lang
from app.content.unparted import NO_BREAK, unparted
from app.main import create_app
from app.quiz import parts
from app.quiz.transfer import IMPORT_LIMIT, SCHEMA
from app.settings import Settings
from app.site import Site
from tests.learner_cast import BANK, SUBJECT, answer, become_halfway, file

ROW = {**answer(SUBJECT.questions[0], correct=True, days=2)}


def words_of(page: str) -> str:
    """The code as somebody would write it down."""
    shown = re.search(r'id="code-words"[^>]*>(.*?)</p>', page, re.S)
    assert shown
    return " ".join(re.findall(r"[a-z]{5}", re.sub(r"<[^>]*>", " ", shown[1])))


def upload(client: TestClient, content: bytes | str, lang: str = "en") -> tuple[int, str]:
    raw = content.encode() if isinstance(content, str) else content
    answered = client.post(f"/{lang}/progress/import", files={"file": ("progress.json", raw, "application/json")})
    return answered.status_code, answered.text


def answered_count(client: TestClient) -> int:
    return sum(subject["attempts"] for subject in client.get("/api/v1/progress").json()["subjects"].values())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_file_is_a_download_that_can_be_brought_in_elsewhere(learner: TestClient, lang: Lang) -> None:
    become_halfway(learner)
    exported = learner.get(f"/{lang}/progress/export")
    learner.cookies.clear()

    status, _ = upload(learner, exported.content, lang)
    again = learner.post(f"/{lang}/progress/import", data={"text": exported.text}, files={"file": ("", b"")})
    page = learner.get(again.headers["location"]).text

    assert re.fullmatch(
        r'attachment; filename="podscope-progress-\d{4}-\d\d-\d\d\.json"', exported.headers["content-disposition"]
    )
    assert exported.headers["cache-control"] == "private, no-store"
    assert exported.json()["schema"] == SCHEMA
    assert status == again.status_code == 303
    assert answered_count(learner) == 10
    assert (
        unparted({"en": "0 answers added, 10 already known.", "zh": "新增 0 条答案，已有 10 条。"}[lang], lang) in page
    )


OTHER = {**ROW, "attempt": "7b5c2f6e-9a1e-4a9c-8f0e-0f4f1c1f1f11", "question": "no-such"}
# What is refused, what is said to be wrong with it, and what is said to be done.
REFUSED = {
    "nothing": ("", "Choose a file or paste its text", "Choose a file"),
    "no JSON": ("{", "not a complete JSON file: from line 1, column 2 on", "Export it again"),
    "cut off": (json.dumps(file(answers=[ROW]))[:-9], "not a complete JSON file", "Export it again"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "not a complete JSON file", "Export it again"),
    "foreign": ('{"format": "anki"}', "not exported by Podscope", "Choose the file that"),
    "newer": (json.dumps({**file(), "schema": SCHEMA + 1}), "newer Podscope", "Upgrade this site"),
    "older": ('{"format": "podscope-progress", "schema": 0}', "is unknown", "Export the file again"),
    "unknown question": (json.dumps(file(answers=[ROW, OTHER])), "At answers.1.question: ", "a newer Podscope"),
    "not a truth": (
        json.dumps(file(answers=[{**ROW, "correct": "perhaps"}])),
        "At answers.0.correct: ",
        "neither true nor false",
    ),
    "from the future": (
        json.dumps(file(answers=[{**ROW, "at": "2999-01-01T00:00:00Z"}])),
        "At answers.0.at: ",
        "import the file on 2999-01-01 (UTC) or later",
    ),
    "from beyond all days": (
        json.dumps(file(answers=[{**ROW, "at": "9999-12-31T23:00:00-14:00"}])),
        "At answers.0.at: ",
        "Check the clock where the file comes from. If it was ahead, import the file on 9999-12-31",
    ),
    "huge": (b" " * (IMPORT_LIMIT + (1 << 17)), "larger than 16 MiB", "exports a larger progress in parts"),
    "twice as huge": (b" " * (2 * IMPORT_LIMIT), "larger than 16 MiB", "Choose the file that"),
}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_progress_that_is_too_large_for_one_import_is_several_files(
    learner: TestClient, lang: Lang, monkeypatch: pytest.MonkeyPatch
) -> None:
    become_halfway(learner)
    one = learner.get(f"/{lang}/progress/keep").text
    for name, value in {"ROW_LIMIT": 4, "FEW": 4}.items():
        monkeypatch.setattr(parts, name, value)
    several = learner.get(f"/{lang}/progress/keep").text
    links = re.findall(rf'href="(/{lang}/progress/export[^"]*)"', several)
    files = [learner.get(link) for link in links]
    beyond = learner.get(f"/{lang}/progress/export?part=4")
    learner.cookies.clear()
    statuses = [upload(learner, each.content, lang)[0] for each in reversed(files)]

    assert re.findall(rf'href="(/{lang}/progress/export[^"]*)"', one) == [f"/{lang}/progress/export"]
    assert len(files) == 3
    assert [each.headers["content-disposition"][-13:] for each in files] == [f'-{n}-of-3.json"' for n in (1, 2, 3)]
    assert beyond.status_code == 404
    assert statuses == [303] * 3
    assert answered_count(learner) == 10


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("by", ["page", "API"])
def test_a_file_that_is_not_acceptable_changes_nothing_and_says_what_to_do(
    learner: TestClient, name: str, by: str
) -> None:
    become_halfway(learner)
    before = learner.get("/api/v1/export").json() | {"exported_at": ""}
    content, wrong, to_do = REFUSED[name]
    if by == "API" and name == "nothing":
        wrong = to_do = "JSON"

    if by == "page":
        status, said = upload(learner, content)
        said = said[said.index('role="alert"') :].replace(NO_BREAK, " ")
    else:
        answered = learner.post("/api/v1/import", content=content)
        status, entry = answered.status_code, answered.json()["errors"][0]
        said = f"At {entry['field']}: {entry['reason']}"

    assert status == 422
    assert wrong in said
    assert to_do in said
    assert learner.get("/api/v1/export").json() | {"exported_at": ""} == before


def test_a_refused_file_makes_nobody_a_learner(learner: TestClient) -> None:
    upload(learner, "{")

    assert "learner" not in learner.cookies


@pytest.mark.parametrize("by", ["page", "API"])
def test_whoever_brings_in_too_much_has_to_wait(by: str, tmp_path: Path) -> None:
    """Two of the largest files a minute, by page and API together; nothing of the third is kept."""
    padded = json.dumps(file(answers=[ROW])).ljust(IMPORT_LIMIT)
    with TestClient(create_app(Settings(database_url=f"sqlite:///{tmp_path}/db")), follow_redirects=False) as client:
        first = [upload(client, padded)[0], client.post("/api/v1/import", content=padded).status_code]
        waiting = (
            client.post("/en/progress/import", files={"file": ("a.json", b"{}")})
            if by == "page"
            else client.post("/api/v1/import", content=b"{}")
        )
        others = TestClient(client.app, client=("10.0.0.9", 1)).post("/api/v1/import", json=file(answers=[ROW]))

    assert first == [303, 200]
    assert waiting.status_code == 429
    assert int(waiting.headers["retry-after"]) > 0
    assert "Try again in" in waiting.text
    assert others.status_code == 200


def test_pasted_text_that_is_refused_stays_in_the_form(learner: TestClient) -> None:
    page = learner.post("/zh/progress/import", data={"text": '{"schema": <1>}'})

    assert page.status_code == 422
    assert "{&#34;schema&#34;: &lt;1&gt;}</textarea>" in page.text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_code_is_shown_once_and_opens_the_progress_elsewhere(learner: TestClient, lang: Lang) -> None:
    become_halfway(learner)
    made = learner.post(f"/{lang}/progress/code")
    code = words_of(made.text)
    keep = learner.get(f"/{lang}/progress/keep").text
    learner.cookies.clear()

    opened = learner.post(f"/{lang}/progress/open", data={"code": code.upper()})

    assert made.status_code == 200
    assert made.headers["cache-control"] == "private, no-store"
    assert len(code.split()) == 6
    assert code.split()[0] not in keep
    assert opened.headers["location"] == f"/{lang}/progress?note=opened"
    assert answered_count(learner) == 10


def test_opening_merges_what_is_here(learner: TestClient) -> None:
    become_halfway(learner)
    code = words_of(learner.post("/en/progress/code").text)
    learner.cookies.clear()
    upload(learner, json.dumps(file(answers=[ROW])))

    learner.post("/en/progress/open", data={"code": code})

    assert answered_count(learner) == 11


def test_the_picture_is_inline_without_style_and_has_a_name(learner: TestClient) -> None:
    page = learner.post("/en/progress/code").text

    picture = page[page.index('class="qr-sheet"') : page.index("</svg>", page.index('class="qr-sheet"'))]
    assert 'role="img" aria-label="QR code' in picture
    assert "style" not in picture
    assert "<svg" in picture


@pytest.mark.parametrize("host", ["x" * 5000, "a b", "[", "podscope.example/elsewhere", "a@b"])
def test_without_a_host_that_can_be_one_there_is_a_code_and_no_picture(learner: TestClient, host: str) -> None:
    page = learner.post("/en/progress/code", headers={"host": host})

    assert page.status_code == 200
    assert len(words_of(page.text).split()) == 6
    assert "qr-sheet" not in page.text


def test_the_picture_leads_to_where_the_site_is_reached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy may ask us by a name that no reader can reach. The pages that lie ready are not needed for it."""
    drawn: list[str] = []
    monkeypatch.setattr(Site, "pages", lambda *_: {})
    monkeypatch.setattr("app.quiz.pages.keep.qr_svg", lambda text: drawn.append(text) or "<svg></svg>")
    settings = Settings(
        database_url=f"sqlite:///{tmp_path / 'site.sqlite3'}", public_url="https://podscope.example", first_states=False
    )
    with TestClient(create_app(settings)) as alone:
        code = words_of(alone.post("/zh/progress/code", headers={"host": "upstream:8000"}).text)

    assert drawn == [f"https://podscope.example/zh/progress/open#{code.replace(' ', '-')}"]


@pytest.mark.parametrize("typed", ["", "fatir", "fatir-vivok-pijah-hapoz-pagik-varax", "x" * 500])
def test_a_slip_is_said_beside_the_field_and_what_was_typed_stays(learner: TestClient, typed: str) -> None:
    page = learner.post("/en/progress/open", data={"code": typed})

    assert page.status_code in (422, 429)
    assert 'aria-invalid="true"' in page.text
    assert f'value="{typed[:200]}"' in page.text
    assert "set-cookie" not in page.headers


def test_too_many_tries_are_told_to_wait(tmp_path: Path) -> None:
    """On a site of its own: who tried too often has to wait in every other test as well."""
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'site.sqlite3'}", first_states=False)
    with TestClient(create_app(settings), follow_redirects=False) as alone:
        answers = [alone.post("/en/progress/open", data={"code": "x"}) for _ in range(7)]

    assert answers[-1].status_code == 429
    assert answers[-1].headers["retry-after"] == "60"
    assert f"Wait 1{NO_BREAK}min and try again." in answers[-1].text


def test_everything_is_deleted_only_after_being_asked(learner: TestClient) -> None:
    become_halfway(learner)
    cookie = learner.cookies["learner"]

    asked = learner.get("/en/progress/delete")
    still = answered_count(learner)
    deleted = learner.post("/en/progress/delete")
    learner.cookies.set("learner", cookie)
    page = learner.get(deleted.headers["location"]).text

    assert "10 stored answers will be deleted." in asked.text
    assert still == 10
    assert deleted.status_code == 303
    assert 'learner=""' in deleted.headers["set-cookie"]
    assert "Everything has been deleted; nothing about you is stored here." in page
    assert answered_count(learner) == 0


def test_nobody_is_told_that_there_is_nothing_to_delete(learner: TestClient) -> None:
    page = learner.get("/zh/progress/delete").text

    assert "没有可删除的内容" in re.sub("</?span[^>]*>", "", page)
    assert "<form" not in page[page.index("<main") :]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_bank_is_a_deck_with_a_note_for_every_question(site: TestClient, lang: Lang, tmp_path: Path) -> None:
    deck = site.get(f"/{lang}/podscope.apkg")

    with zipfile.ZipFile(io.BytesIO(deck.content)) as package:
        package.extract("collection.anki2", tmp_path)
    connection = sqlite3.connect(tmp_path / "collection.anki2")
    (count,) = connection.execute("select count(*) from notes").fetchone()
    connection.close()
    assert count == len(BANK.questions)
    assert f'filename="podscope-{lang}.apkg"' in deck.headers["content-disposition"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_bank_is_a_table_with_a_row_for_every_question(site: TestClient, lang: Lang) -> None:
    table = site.get(f"/{lang}/questions.csv")

    rows = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert [row["id"] for row in rows] == list(BANK.questions)
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
