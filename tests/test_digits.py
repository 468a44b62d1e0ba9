"""Long numbers: grouped for people, as they are for programs, and never in what somebody may copy or compare."""

import re
from urllib.parse import urlencode

import pytest
from starlette.testclient import TestClient

from app.content.language import LANGUAGES
from app.kube.digits import grouped
from tests.test_unparted import Prose
from tests.written import known_lessons, known_rooms

UNGROUPED = re.compile(r"(?<![\w.:/,#-])[0-9]{5,}(?!\w|[.,/]\w)")
COPIED = ("pre", "code", "textarea", "script", "style", "title", "option", "kbd", "a", "q")
# Names that are made of digits: nobody counts them, they are held against what a program prints.
NAMES = {
    "ports": {"10250", "10256", "10257", "10259", "15001", "15006", "30000", "30080", "32767"},
    "revisions and indexes of etcd": {"48209", "48210", "48211", "51341", "52340", "52341", "52342", "52343"},
    "hashes, and the commits of versions": {"1527090928", "2747087407", "3523658", "8245979"},
    "priorities": {"2000000000", "2000001000"},
    "builds of Windows": {"17763", "20348", "26100"},
    "quantities as they are typed": {"128974848", "128974848000", "9223372036854775807"},
}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        *(("999", "999"), ("1000", "1,000"), ("1048576", "1,048,576"), ("-1234567.89", "−1,234,567.89")),
        *(("20 + 10000", "20 + 10,000"), ("0.12345", "0.12345"), ("1.2345e+20", "1.2345e+20"), ("NaN", "NaN")),
        *(("128974848000m", "128974848000m"), ("1,048,576", "1,048,576")),
    ],
)
def test_thousands_are_grouped(text: str, said: str) -> None:
    assert grouped(text) == said
    assert grouped(said) == said


PASTED = re.compile(r'<div class="scroll pasted".*?</div>', re.S)


def ungrouped(page: str) -> set[str]:
    return set(UNGROUPED.findall(Prose(PASTED.sub("", page), COPIED).text))


@pytest.mark.slow
def test_a_long_number_on_a_page_is_grouped_or_a_name(site: TestClient) -> None:
    """Every lesson and what lies behind it, every example of every model, in both languages."""
    places = ["glossary", *(f"lessons/{lesson.slug}" for lesson in known_lessons())]
    places += [f"lessons/{lesson.slug}/{piece.piece}" for lesson in known_lessons() for piece in lesson.pieces]
    places += [f"cheat/{lesson.slug}" for lesson in known_lessons() if not lesson.piece]
    for slug, room in known_rooms().items():
        places += [f"widgets/{slug}?{urlencode(example.inputs)}" for example in room.widget.examples]

    pages = {f"/{lang}/{place}": site.get(f"/{lang}/{place}") for lang in LANGUAGES for place in places}

    names = set.union(*NAMES.values())
    found = {url: ungrouped(page.text) for url, page in pages.items() if page.status_code == 200}
    assert len(found) > 300
    assert {url: numbers - names for url, numbers in found.items() if numbers - names} == {}
    assert set.union(*found.values()) == names
