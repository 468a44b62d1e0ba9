"""What interviewers ask, by subject: every question with its answer at an address of its own."""

import re

import pytest
from starlette.testclient import TestClient

from app.content.deeper import section_address
from app.content.language import LANGUAGES, Lang
from app.lessons.asked import asked_of, by_subject
from app.site import Site


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_question_stands_with_its_answer_at_its_address(site: TestClient, made: Site, lang: Lang) -> None:
    assert sum(map(len, by_subject(made.interviews).values())) == len(made.interviews.prompts) > 100
    for subject, prompts in by_subject(made.interviews).items():
        page = site.get(f"/{lang}/asked/{subject}").text

        assert sorted(re.findall(r'<div class="model" id="([^"]+)"', page)) == sorted(each.id for each in prompts)
        assert f'href="/{lang}/interview/begin?count=5&amp;subject={subject}"' in page
        assert all(f'href="{section_address(lang, subject, each.section)}"' in page for each in prompts)
        assert all(page.count("<li>", page.index(f'id="{each.id}"')) >= len(each.rubric) for each in prompts)
        assert asked_of(prompts[0], lang) == f"/{lang}/asked/{subject}#{prompts[0].id}"


def test_what_most_collections_ask_comes_first(site: TestClient, made: Site) -> None:
    for subject, prompts in by_subject(made.interviews).items():
        ids = re.findall(r'<div class="model" id="([^"]+)"', site.get(f"/en/asked/{subject}").text)
        asked = [made.plans[each].asked if each in made.plans else 0 for each in ids]

        assert asked == sorted(asked, reverse=True)
        assert set(ids) == {each.id for each in prompts}


def test_the_interview_leads_to_them(site: TestClient, made: Site) -> None:
    page = site.get("/en/interview").text

    assert all(f'href="/en/asked/{subject}"' in page for subject in by_subject(made.interviews))
    assert site.get("/en/asked/nowhere").status_code == 404
