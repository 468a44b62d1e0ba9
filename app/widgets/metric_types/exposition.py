"""What a pasted page says, in the words of the model: read as one scrape of it reads it."""

import re

from app.kube.refusal import Refusal
from app.widgets.metric_types.model import Exposition, Header, Mistake, Sample
from app.widgets.metric_types.scrape import Choice, Scrape, find_page, scrape

# What people have at hand instead of an exposition, by its look, and the command that prints it.
OTHER_PASTES = (
    (re.compile(r'\s*\{\s*"status"\s*:\s*"(?:success|error)"'), "curl …/api/v1/query"),
    (re.compile(r"\s*+Element\s*+(?:\|\s*+)?Value[ \t]*\n"), "the Prometheus console"),
    (re.compile(r"\s*+[^\n#]*\S => \S+ @\[[0-9.]+\]"), "promtool query instant"),
)
_GLUED = re.compile(r"#(HELP|TYPE)\b")


def read_scrape(text: str, field: str, choice: Choice = "auto") -> Scrape:
    for look, command in OTHER_PASTES:
        if look.match(text):
            raise Refusal("metrics-table", field=field, line=1, command=command)
    return scrape(find_page(text, choice, field), field)


def exposition_of(scraped: Scrape) -> Exposition:
    samples = tuple(
        Sample(each.line, each.name, each.labels, each.value, each.time_ms if each.has_time else None)
        for each in scraped.samples
    )
    headers = tuple(Header(each.line, each.kind, each.name, each.text) for each in scraped.headers)
    return Exposition(samples, headers, scraped.page.format == "openmetrics")


def read_exposition(text: str, field: str) -> Exposition:
    return exposition_of(read_scrape(text, field))


def odd_lines(scraped: Scrape) -> list[Mistake]:
    """Lines of the text format that are read otherwise than they were meant."""
    if scraped.page.format == "openmetrics" or not scraped.up:
        return []
    found = [
        Mistake(number, "comment-glued", "format", {"kind": glued[1]})
        for number, line in enumerate(scraped.page.body.split("\n"), scraped.page.line)
        if (glued := _GLUED.match(line))
    ]
    blanks = (sample for sample in scraped.samples if sample.name[:1] in (" ", "\t"))
    return found + [Mistake(each.line, "leading-blank", "format", {"name": each.name}) for each in blanks]


def short(text: str) -> str:
    return text if len(text) <= 48 else f"{text[:48]}…"
