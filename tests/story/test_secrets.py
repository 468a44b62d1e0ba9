"""No secret of a paste is shown, kept or printed, whatever it stands in; and nothing else is taken out of it."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from starlette.testclient import TestClient
from typer.testing import CliRunner

from app.cli import app
from app.kube.transcript.private import CUT, cut_secrets
from app.kube.transcript.secret_name import is_secret_name
from app.kube.transcript.secret_prose import cut_prose, looks_secret
from tests.soon import soon

TABLE = yaml.safe_load(Path(__file__).with_name("secrets.yaml").read_text(encoding="utf-8"))
CUTS: dict[str, str] = TABLE["cut"]
STAYS: list[str] = TABLE["stays"]
SHOWN = re.compile(r"hunter2|aHVudGVyMg|HVudGVy")
ROW = "\nNAME  READY  STATUS  RESTARTS  AGE\nweb-0  0/1  CrashLoopBackOff  5  1m\n"


def _each(mark: Callable[[int], str]) -> Callable[[str], str]:
    return lambda text: "\n".join(mark(n) + line for n, line in enumerate(text.split("\n"), 1))


WRAPPINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "numbers": _each(lambda n: f"{n:>4}  "),
    "numbers-colon": _each(lambda n: f"{n}: "),
    "numbers-tab": _each(lambda n: f"{n}\t"),
    "mail": _each(lambda _: "> "),
    "mails": _each(lambda _: "> > "),
    "frame": _each(lambda _: "\u2502 "),
    "frame-numbers": _each(lambda n: f"\u2502 {n:>3} "),
    "indented": _each(lambda _: "        "),
    "tabs": _each(lambda _: "\t"),
    "coloured": lambda text: text if "\x1b" in text else re.sub(r"(\w+)", "\x1b[36m\\1\x1b[0m", text),
    "coloured-lines": lambda text: "\n".join(f"\x1b[1;32m{line}\x1b[m" for line in text.split("\n")),
    "crlf": lambda text: text.replace("\n", "\r\n"),
    "after-text": lambda text: f"it does not start\n\n```yaml\n{text}\n```\n",
    "prompt": lambda text: f"root@node:~# kubectl get all\n{text}\nroot@node:~#",
}


def test_the_tables_are_long() -> None:
    assert len(CUTS) >= 60
    assert len(STAYS) >= 40
    assert all(SHOWN.search(text.replace("\x1b[31m", "")) for text in CUTS.values())


@pytest.mark.parametrize("wrapping", WRAPPINGS)
@pytest.mark.parametrize("name", CUTS)
def test_a_secret_is_cut(name: str, wrapping: str) -> None:
    text = WRAPPINGS[wrapping](CUTS[name])

    cut = cut_secrets(text)

    assert not SHOWN.search(cut), cut
    assert CUT in cut
    assert cut.count("\n") == text.count("\n")
    assert cut_secrets(cut) == cut


@pytest.mark.parametrize("wrapping", ["plain", "numbers", "numbers-colon", "mail", "indented", "after-text"])
@pytest.mark.parametrize("text", STAYS)
def test_what_is_no_secret_stays(text: str, wrapping: str) -> None:
    wrapped = WRAPPINGS[wrapping](text)

    assert cut_secrets(wrapped) == wrapped


def test_what_stands_beside_a_secret_stays() -> None:
    text = '{"kind":"List","items":[{"kind":"Secret","data":{"a":"aHVudGVyMg=="}},{"kind":"Pod","status":{}}]}'

    assert json.loads(cut_secrets(text))["items"] == [
        {"kind": "Secret", "data": {"a": CUT}},
        {"kind": "Pod", "status": {}},
    ]


@pytest.mark.parametrize("name", [name for name, text in CUTS.items() if text.lstrip().startswith('{"')])
def test_json_stays_json(name: str) -> None:
    try:
        json.loads(CUTS[name])
    except ValueError:
        pytest.skip("is none before")

    json.loads(cut_secrets(CUTS[name]))


def test_a_long_line_and_a_long_secret_are_cut_as_short_ones_are() -> None:
    filler = json.dumps({f"k{n}": "v" * 20 for n in range(2000)})[1:-1]
    many = "kind: Secret\ndata:\n" + "\n".join(f"  k{n}: aHVudGVyMg==" for n in range(500))

    assert "hunter2" not in cut_secrets(f'{{{filler},"password":"hunter2"}}')
    assert "aHVudGVyMg" not in cut_secrets(many)
    assert "aHVudGVyMg" not in cut_secrets(many.removeprefix("kind: Secret\n") + "\nkind: Secret")


PIECES = list(CUTS.values())


@pytest.mark.parametrize("part", range(4))
def test_no_face_of_the_room_shows_a_secret(site: TestClient, part: int) -> None:
    """A quarter of the table at once: the page, with a short text in an address too, the fragment, and the JSON."""
    for pieces in (PIECES[part::4], PIECES[part : part + 1]):
        data = {"text": ROW + "\n\n---\n".join(pieces) + "\n"}
        faces = {
            "page": site.post("/en/widgets/pod-story", data=data).text,
            "fragment": site.post("/fragments/zh/widgets/pod-story", data=data).text,
            "asked": site.get("/en/widgets/pod-story", params=data).text if len(pieces) == 1 else "",
            "json": site.post("/api/v1/widgets/pod-story", json=data).text,
        }
        assert {face for face, shown in faces.items() if SHOWN.search(shown)} == set(), pieces


def test_no_link_keeps_a_secret(site: TestClient) -> None:
    """All in one, since a network may make thirty links in an hour."""
    text = ROW + "\n\n---\n".join(CUTS.values())

    made = site.post("/en/widgets/pod-story/link", data={"text": text, "pod": "web-0"}, follow_redirects=False)
    page = site.get(made.headers["location"])

    assert made.status_code == 303
    assert not SHOWN.search(made.headers["location"])
    assert not SHOWN.search(page.text)


@pytest.mark.parametrize(
    ("name", "value"),
    [("pod", "web-0 password=hunter2"), ("now", "token=hunter2"), ("kubernetes_version", "DB_PASSWORD=hunter2")],
)
def test_no_link_is_made_of_a_secret_in_another_field(site: TestClient, name: str, value: str) -> None:
    """It is no name, no time, no version: the field says so, and what it says is cut."""
    made = site.post("/en/widgets/pod-story/link", data={"text": ROW, name: value}, follow_redirects=False)

    assert made.status_code == 422
    assert f'id="w-pod-story-{name}-why"' in made.text
    assert not SHOWN.search(made.text)


@pytest.mark.parametrize("output", ["text", "json"])
def test_the_command_line_prints_no_secret(output: str) -> None:
    pieces = "\n\n---\n".join(CUTS.values())
    stdin = f"$ kubectl logs web-0\nFATAL password=hunter2\n$ kubectl get pods{ROW}\n{pieces}\n".encode()

    said = CliRunner().invoke(app, ["why", "-", "-o", output], input=stdin)

    assert said.exit_code in (0, 1), said.output
    assert not SHOWN.search(said.output)


@pytest.mark.parametrize(
    "name", ["DB_PASS", "accountKey", "--db-password", "x/token", "SECRET_ID", "clientSecret", "数据库密码", "API_KEY"]
)
def test_names_of_secrets(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    ["secretName", "key", "topologyKey", "PASS", "PASSWORD_FILE", "author", "max_tokens", "bypass", "monkey", ""],
)
def test_names_of_other_things(name: str) -> None:
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    "word", ["hunter2", "Sh0p-2026!", "correct-horse9", '"hunter2"', "hunter2.", "S3cr3t/!9", "dXNlcjpwYXNz0"]
)
def test_words_that_look_like_secrets(word: str) -> None:
    assert looks_secret(word)


@pytest.mark.parametrize(
    "word",
    [
        *("required", "correct-horse", "12345678", "web-0", "v1.37.2", "1.37.2-rc.1", "3h5m2s", "16Mi"),
        *("08:33:11.123456Z", "2026-01-01T00:00:00Z", "/run/secrets/db2", "secret/db-2", "https://x2.example"),
        *("sha256-crypt", "oauth2", "key2=value", "$DB_PASSWORD2", "<secret2>", "%[2]s", ""),
    ],
)
def test_words_that_look_like_something_else(word: str) -> None:
    assert not looks_secret(word)


AGAIN = (
    "password ",
    "password sha1_a",
    "htpasswd -",
    "htpasswd -b a ",
    "echo a ",
    "vault login -a ",
    "sqlplus -",
    "AUTH ",
)


@pytest.mark.parametrize("unit", [*AGAIN, "alias set a http://", "密码a", "password for a ", "a_", ".", "1a", "_key "])
def test_prose_is_read_once(unit: str) -> None:
    """What tries again from each place takes a minute for this much."""
    text = "password htpasswd sudo -s --password-stdin " + unit * ((1 << 16) // len(unit))

    soon(lambda: cut_prose(text), 4.0)
