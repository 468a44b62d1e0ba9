"""No secret that is pasted into any text field of any room is shown, put into an address or kept by a link."""

import json
import re
from urllib.parse import unquote

import pytest
from starlette.testclient import TestClient

from app.kube.transcript.private import CUT
from app.widgetkit.form import as_text
from app.widgetkit.hidden import Hidden, cut_text, hide, without
from tests.written import known_rooms

ROOMS = known_rooms()
FIELDS = [
    (slug, name)
    for slug, room in ROOMS.items()
    for name, field in room.widget.form.model_fields.items()
    if field.annotation is str and not room.widget.cuts
]
SECRETS = {
    "url": "https://bob:hunter2@registry.example/shop:1",
    "env": "DB_PASSWORD=hunter2",
    "token": "ghp_hunter2hunter2hunter2hunter2hunter2",
    "bearer": "Authorization: Bearer hunter2hunter2hunter2",
}
LONG = "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData:\n  any: hunter2\n"


def typed(slug: str, name: str, secret: str) -> dict[str, str]:
    """The first example of a room with a secret at the end of one field."""
    first = as_text(ROOMS[slug].first)
    return {**first, name: f"{first[name]} {secret}".strip()}


@pytest.mark.parametrize(("slug", "name"), FIELDS)
def test_no_face_of_a_room_shows_it(site: TestClient, slug: str, name: str) -> None:
    for kind, secret in {"url": SECRETS["url"], "token": SECRETS["token"], "object": LONG}.items():
        data = typed(slug, name, secret)
        page = site.post(f"/en/widgets/{slug}", data=data, follow_redirects=False)
        fragment = site.post(f"/fragments/zh/widgets/{slug}", data=data)
        asked = site.get(f"/en/widgets/{slug}", params=data)
        answer = site.post(f"/api/v1/widgets/{slug}", json=data)

        for face in (page, fragment, asked, answer):
            told = face.text + str({key: value for key, value in face.headers.items() if key != "x-request-id"})
            assert "hunter2" not in unquote(told), (kind, face.url)
            assert face.status_code in (200, 303, 422), (kind, face.url)
        assert asked.headers["cache-control"] == "private, no-store"


def test_the_examples_lead_where_they_always_do(site: TestClient) -> None:
    """No address holds the inputs of a calculator that has hidden something; those of its examples stay in theirs."""

    def examples(**asked: str) -> list[str]:
        told = site.get("/fragments/en/widgets/quantity", params=asked).text
        return re.findall(r'<a href="([^"]*)"', told.partition('class="presets"')[2].partition("</ul>")[0])

    hidden = examples(compare_with=SECRETS["env"])

    assert "/en/widgets/quantity?text=0.05Gi" in hidden
    assert hidden == examples()


@pytest.mark.parametrize(("slug", "name"), FIELDS)
def test_no_link_keeps_it(slug: str, name: str) -> None:
    from app.widgetkit.state import state_of

    for secret in (*SECRETS.values(), LONG):
        state = state_of(ROOMS[slug], "en", typed(slug, name, secret))

        assert "hunter2" not in json.dumps(dict(state.typed))
        assert "hunter2" not in unquote(state.page_url + state.fragment_url + state.steps_url + state.predict_url)


@pytest.mark.parametrize("slug", ROOMS)
def test_what_our_examples_say_is_no_secret(slug: str) -> None:
    for texts in ROOMS[slug].typed_examples:
        assert {name: text for name, text in texts.items() if cut_text(text) != text} == {}


ROUTES = (
    "route:\n  receiver: a\n  routes:\n  - receiver: b\n    matchers: ['token=\"hunter2bbb\"']\n"
    "receivers:\n- name: a\n- name: b\n"
)
# Two labels that are called `token` and differ would be the same once they are cut.
DIFFERENT = {
    **as_text(ROOMS["alert-routing"].first),
    "config": ROUTES,
    "labels": 'alertname="Down", token="hunter2aaa"\n',
}


def receivers(told: str) -> list[str]:
    return re.findall(r'"receiver": ?"([ab])"', told)


def test_the_answer_is_computed_of_what_was_typed_and_printed_without_it(site: TestClient) -> None:
    plain = {
        name: text.replace("hunter2bbb", "spring").replace("hunter2aaa", "autumn") for name, text in DIFFERENT.items()
    }
    same = {name: text.replace("hunter2bbb", "hunter2aaa") for name, text in DIFFERENT.items()}

    answers = [site.post("/api/v1/widgets/alert-routing", json=each).text for each in (DIFFERENT, plain, same)]

    assert "hunter2" not in "".join(answers)
    assert receivers(answers[0]) == receivers(answers[1]) != receivers(answers[2])


def test_a_link_to_another_answer_is_not_made_and_the_page_says_so(site: TestClient) -> None:
    page = site.post("/en/widgets/alert-routing", data=DIFFERENT)
    made = site.post("/en/widgets/alert-routing/link", data=DIFFERENT, follow_redirects=False)

    assert "Without what was cut the answer would be different" in page.text
    assert 'id="w-alert-routing-link"' not in page.text
    assert made.status_code == 422
    assert "No link was made" in made.text
    assert "hunter2" not in page.text + made.text


def test_the_page_says_that_something_is_cut(site: TestClient) -> None:
    data = {**as_text(ROOMS["oom-score"].first)}
    data["manifest"] = data["manifest"] + "\n# DB_PASSWORD=hunter2\n"

    page = site.post("/en/widgets/oom-score", data=data)

    assert page.status_code == 200
    assert "1 value that looks like a secret is cut" in page.text
    assert CUT in page.text
    assert 'id="w-oom-score-link"' in page.text, "a link may be asked for: the answer is the same"


def test_a_text_without_secrets_stays_as_it_was_typed() -> None:
    for text in ("“quoted” \x1b[31mred\x1b[0m", "a\r\nb", "token: <set to the key 'x' in secret 'db'>"):
        assert cut_text(text) == text


def test_only_the_lines_with_a_secret_change() -> None:
    text = "“quoted”\npassword: hunter2\n\tlast\n"

    assert cut_text(text).split("\n") == ["“quoted”", f"password: {CUT}", "\tlast", ""]


def test_a_short_secret_is_cut_only_where_it_stands_alone() -> None:
    hidden = Hidden({}, {}, ("80",))

    assert without({"port": "80", "text": "8080 of 180", "n": 80}, hidden) == {
        "port": CUT,
        "text": "8080 of 180",
        "n": 80,
    }


def test_a_secret_that_is_quoted_in_part_is_cut_as_well() -> None:
    hidden = Hidden({}, {}, ("hunter2hunter2",))

    assert without(("got x hunter2hun…", "…ter2hunter2 rest", "hunt"), hidden) == (f"got x {CUT}…", f"…{CUT} rest", CUT)


def test_a_room_that_cuts_by_itself_hides_nothing_here() -> None:
    room = ROOMS["pod-story"]

    assert hide(room, {**as_text(room.first), "text": "password: hunter2"}) is None
