"""One entry of quiz.yaml: its fields by its kind, read into a Question and held to what its kind needs."""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import cast

from app.content.bank import KINDS, Kind, Number, Option, Question, Target, token
from app.content.entry import Entry, Text
from app.content.example import NoExample, filled
from app.content.question_rule import check_options
from app.content.source import Source

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_REQUIRED = ("id", "kind", "difficulty", "section", "source", "stem")
_OPTIONAL: dict[str, tuple[str, ...]] = {"suspect": ()}  # whoever suspects is not helped
_NUMBER = ("widget", "draw", "inputs", "answer")
_NUMBER_TOO = ("tolerance", "unit", "why")


def read_question(entry: Entry, subject: str, sources: Mapping[str, Source], sections: tuple[str, ...]) -> Question:
    kind = cast(Kind, entry.mapping()["kind"].one_of(KINDS) if "kind" in entry.mapping() else "single")
    more: dict[Kind, tuple[tuple[str, ...], tuple[str, ...]]] = {
        "number": (_NUMBER, _NUMBER_TOO),
        "match": (("options", "targets"), ()),
    }
    required, optional = more.get(kind, (("options",), ()))
    found = entry.fields([*_REQUIRED, *required], [*optional, *_OPTIONAL.get(kind, ("hint",))])
    id_ = found["id"].text()
    if not _ID.fullmatch(id_) or len(id_) > 100:
        raise found["id"].error(f"{id_} is not an id", "use a-z, 0-9 and single hyphens")
    if found["section"].text() not in sections:
        advice = f"name one of {', '.join(sections) or 'its headings (it has none)'}"
        raise found["section"].error(f"{found['section'].text()} is no heading of the lesson", advice)
    if found["source"].text() not in sources:
        raise found["source"].error(f"{found['source'].text()} is not in sources.yaml", "add it there")
    targets = tuple(_target(id_, target) for target in found["targets"].items()) if kind == "match" else ()
    question = Question(
        id=id_,
        subject=subject,
        kind=kind,
        difficulty=int(found["difficulty"].one_of(("1", "2", "3"))),
        section=found["section"].text(),
        source=sources[found["source"].text()],
        stem=found["stem"].both(),
        options=tuple(_option(id_, kind, option) for option in found["options"].items()) if kind != "number" else (),
        targets=targets,
        number=_number(found) if kind == "number" else None,
        path=entry.path,
        line=entry.line,
        hint=found["hint"].both() if "hint" in found else None,
    )
    check_options(entry, question)
    return question


def _option(question: str, kind: Kind, entry: Entry) -> Option:
    found = entry.fields(
        ["id", "text", "why", *(["target"] if kind == "match" else [])],
        ["right"] if kind in ("single", "multiple", "suspect") else [],
    )
    return Option(
        id=found["id"].text(),
        token=token(question, "option", found["id"].text()),
        text=found["text"].both(),
        why=found["why"].both(),
        right="right" in found and found["right"].one_of(("true", "false")) == "true",
        target=found["target"].text() if kind == "match" else None,
    )


def _target(question: str, entry: Entry) -> Target:
    found = entry.fields(["id", "text"])
    id_ = found["id"].text()
    return Target(id_, token(question, "target", id_), found["text"].both())


def _number(found: Mapping[str, Entry]) -> Number:
    draw = []
    for name, entry in found["draw"].mapping().items():
        values = entry.plain()
        if not isinstance(values, list) or not values:
            raise entry.error("must be a list of values", "write for instance [1Gi, 2Gi, 4Gi]")
        draw.append((name, tuple(values)))
    inputs = found["inputs"].plain()
    if not isinstance(inputs, dict):
        raise found["inputs"].error("must be a mapping", "write the widget's inputs")
    try:
        # What is drawn goes between braces, and a file has braces of its own.
        files = {name: filled(found["inputs"].path.parent, value) for name, value in inputs.items()}
    except NoExample as problem:
        raise problem.at(found["inputs"].path, found["inputs"].line) from problem
    doubled = {name: text.replace("{", "{{").replace("}", "}}") for name, text in files.items() if text != inputs[name]}
    if "why" not in found:
        raise found["answer"].error("the question does not say how to compute it", "write `why: {en: …, zh: …}`")
    return Number(
        widget=found["widget"].text(),
        draw=tuple(draw),
        inputs=inputs | doubled,
        answer=found["answer"].text(),
        tolerance=_tolerance(found.get("tolerance")),
        unit=found["unit"].both(empty=True) if "unit" in found else Text("", ""),
        why=found["why"].both(),
    )


def _tolerance(entry: Entry | None) -> Decimal:
    if entry is None:
        return Decimal(0)
    try:
        tolerance = Decimal(entry.text())
    except InvalidOperation:
        tolerance = Decimal(-1)
    if not tolerance.is_finite() or tolerance < 0:
        raise entry.error(f"{entry.text()} is not a tolerance", "write a number from 0")
    return tolerance
