"""Progress as a JSON file: out, and in as a union.

    export_progress(desk, cookie, now)            # a JSON object, also for somebody who has nothing yet
    import_progress(desk, cookie, raw_bytes, client, now)  # Imported, or Refusal and nothing is changed

The file has a schema version. A file of another program, of a newer version, too large, or with anything in
it that is not acceptable is refused whole, saying where.
"""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Final, Literal, TypeVar
from uuid import UUID

from pydantic import AwareDatetime, FailFast, Field, JsonValue, StrictBool, StrictInt

from app.quiz.answer import Desk
from app.quiz.guard import IMPORTS, LEAST_IMPORT_KIB
from app.quiz.question import SEED_LIMIT
from app.quiz.reading import INPUTS_LIMIT
from app.record import dataclass
from app.store import answer as answers
from app.store import learner, transfer
from app.store.answer import Answer
from app.store.interview import Result
from app.store.learner import Owner
from app.store.prediction import Prediction, Restart
from app.store.reading import Position, ReadMark
from app.store.reset import Reset
from app.store.review import milliseconds, moment
from app.store.store import Transaction
from app.store.transfer import Holdings, Union
from app.web.posted import read_json
from app.widgetkit.contract import Form, Refusal
from app.widgetkit.form import read_inputs

FORMAT: Final = "podscope-progress"
SCHEMA = 3  # 2 added predictions, 3 restarts and the inputs of a place; files of 1 and 2 are still read
IMPORT_LIMIT = 16 << 20
ROW_LIMIT = 50_000
GIVEN_LIMIT = 4000
CLOCKS_DIFFER = timedelta(days=1)

Id = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=100)]
Place = Annotated[str, Field(pattern=r"^[a-z0-9-]*$", max_length=200)]
Row = TypeVar("Row")
Rows = Annotated[tuple[Row, ...], FailFast()]  # one mistake is told; to write down all of a large file takes minutes


class AnswerRow(Form):
    attempt: UUID
    question: Id
    correct: StrictBool
    at: AwareDatetime
    answer: JsonValue = None
    seed: Annotated[StrictInt, Field(ge=0, lt=SEED_LIMIT)] | None = None
    sure: StrictBool = False
    hint: StrictBool = False


class ResetRow(Form):
    question: Id
    at: AwareDatetime


class PositionRow(Form):
    subject: Id
    section: Place
    at: AwareDatetime
    widget: Annotated[Place, Field(max_length=100)] = ""
    step: Annotated[StrictInt, Field(ge=0, le=10_000)] = 0
    inputs: Annotated[str, Field(pattern=r"^[!-~]*$", max_length=INPUTS_LIMIT)] = ""


class ReadRow(Form):
    subject: Id
    section: Place
    at: AwareDatetime


class InterviewRow(Form):
    attempt: UUID
    question: Id
    marked: Annotated[Rows[Annotated[StrictInt, Field(ge=0, le=99)]], Field(max_length=50)]
    points: Annotated[StrictInt, Field(ge=1, le=100)]
    at: AwareDatetime
    seconds: Annotated[StrictInt, Field(ge=0, le=86_400)] | None = None


class PredictionRow(Form):
    widget: Id
    run: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    step: Annotated[StrictInt, Field(ge=1, le=10_000)]
    correct: StrictBool
    at: AwareDatetime


class RestartRow(Form):
    widget: Id
    at: AwareDatetime


class ProgressFile(Form):
    format: Literal["podscope-progress"] = FORMAT
    # "schema" as a name belongs to pydantic's own models.
    version: Literal[1, 2, 3] = Field(alias="schema")
    exported_at: AwareDatetime | None = None
    answers: Rows[AnswerRow] = ()
    resets: Rows[ResetRow] = ()
    positions: Rows[PositionRow] = ()
    read: Rows[ReadRow] = ()
    interviews: Rows[InterviewRow] = ()
    predictions: Rows[PredictionRow] = ()
    restarts: Rows[RestartRow] = ()


@dataclass(frozen=True)
class Imported:
    """How many answers were added and how many were known; `send_key` is the cookie to set, unless None."""

    added: int
    known: int
    send_key: str | None


def export_progress(desk: Desk, cookie: str | None, now: datetime) -> dict[str, Any]:
    """Everything of whoever the cookie opens."""

    def look(tx: Transaction) -> Holdings:
        owner = learner.find(tx, cookie)
        return Holdings() if owner is None else transfer.holdings(tx, owner)

    return to_json(desk.store.read(look), now)


def import_progress(desk: Desk, cookie: str | None, raw: bytes, client: str, now: datetime) -> Imported:
    """Adds what the file has and the learner has not. Refusal: nothing was changed, and nobody was
    created. `client` is who brings it in (an address): large files, and many, have to wait.

    All of the file is checked before anything is written; then it is written in parts, between which others write. If
    that ends half-way, what was written is whole, and the same file again adds the rest.
    """
    if len(raw) <= IMPORT_LIMIT:
        IMPORTS.admit(desk.store, client, now, max(LEAST_IMPORT_KIB, len(raw) >> 10))
    file = read_file(raw)
    _check_times(file, now)
    new = from_file(file)
    _check_attempts(file)
    known = desk.store.read(_known_attempts, cookie)
    _check_questions(desk, known, file)
    first, *others = transfer.parts(new, len(known))
    fresh = learner.newcomer()

    def begin(tx: Transaction) -> tuple[Owner, Union]:
        owner = learner.find_or_create(tx, cookie, fresh, milliseconds(now))
        return owner, transfer.unite(tx, owner.id, first)

    owner, united = desk.store.write(begin)
    for part in others:
        more = desk.store.write(_go_on, owner.send_key or cookie, part)
        if more is None:
            break
        united += more
    return Imported(united.added, united.known, owner.send_key)


def _go_on(tx: Transaction, key: str | None, part: Holdings) -> Union | None:
    """None when the learner was deleted meanwhile: then nothing of theirs comes back."""
    owner = learner.find_locked(tx, key)
    return None if owner is None else transfer.unite(tx, owner, part)


def read_file(raw: bytes) -> ProgressFile:
    """The file's content, if it is one of ours and of a version that we know."""
    if len(raw) > IMPORT_LIMIT:
        raise Refusal("import-huge", field="body", limit=IMPORT_LIMIT >> 20)
    value = read_json(None, raw, "import-json")
    if not isinstance(value, dict) or value.get("format", FORMAT) != FORMAT or "schema" not in value:
        raise Refusal("import-foreign", field="schema")
    schema = value["schema"]
    if type(schema) is not int or schema < 1:
        raise Refusal("import-schema", field="schema", got=str(schema)[:40], known=SCHEMA)
    if schema > SCHEMA:
        raise Refusal("import-newer", field="schema", got=str(schema)[:40], known=SCHEMA)
    for name, rows in value.items():
        if isinstance(rows, list) and len(rows) > ROW_LIMIT:
            raise Refusal("import-many", field=name[:60], limit=ROW_LIMIT)
    return read_inputs(ProgressFile, value)


def _check_times(file: ProgressFile, now: datetime) -> None:
    rows: tuple[tuple[str, tuple[Any, ...]], ...] = (
        ("answers", file.answers),
        ("resets", file.resets),
        ("positions", file.positions),
        ("read", file.read),
        ("interviews", file.interviews),
        ("predictions", file.predictions),
        ("restarts", file.restarts),
    )
    for name, group in rows:
        for place, row in enumerate(group):
            if row.at > now + CLOCKS_DIFFER:
                day = _day_of(max(each.at for _, group in rows for each in group))
                raise Refusal("import-future", field=f"{name}.{place}.at", got=row.at.isoformat(), day=day)
            if row.at.year < 1971:
                raise Refusal("import-past", field=f"{name}.{place}.at", got=row.at.isoformat())


def _day_of(at: datetime) -> str:
    """The day of a moment in UTC; the last of all days where UTC's has no date any more."""
    try:
        return at.astimezone(UTC).date().isoformat()
    except OverflowError:
        return date.max.isoformat()


def _check_attempts(file: ProgressFile) -> None:
    """The same attempt twice in one file would make it a matter of luck which one counts."""
    seen: dict[UUID, AnswerRow] = {}
    for place, row in enumerate(file.answers):
        if len(json.dumps(row.answer)) > GIVEN_LIMIT:
            raise Refusal("form-long", field=f"answers.{place}.answer", limit=GIVEN_LIMIT)
        if seen.setdefault(row.attempt, row) != row:
            raise Refusal("import-twice", field=f"answers.{place}.attempt", attempt=str(row.attempt))
    for place, result in enumerate(file.interviews):
        if any(point >= result.points for point in result.marked) or len(set(result.marked)) != len(result.marked):
            raise Refusal("import-points", field=f"interviews.{place}.marked", points=result.points)


def _known_attempts(tx: Transaction, cookie: str | None) -> set[str]:
    owner = learner.find(tx, cookie)
    return set() if owner is None else {one.attempt for one in answers.answers(tx, owner)}


def _check_questions(desk: Desk, known: set[str], file: ProgressFile) -> None:
    """A question must be one of ours, or have been; what the learner has already is not refused."""
    for place, row in enumerate(file.answers):
        if (
            desk.bank.find(row.question) is None
            and row.question not in desk.bank.retired
            and str(row.attempt) not in known
        ):
            raise Refusal("import-question", field=f"answers.{place}.question", question=row.question)


def from_file(file: ProgressFile) -> Holdings:
    return Holdings(
        answers=tuple(
            Answer(
                attempt=str(row.attempt),
                question=row.question,
                given=json.dumps(row.answer),
                seed=row.seed,
                correct=row.correct,
                sure=row.sure,
                hint=row.hint,
                at_ms=milliseconds(row.at),
            )
            for row in file.answers
        ),
        resets=tuple(Reset(row.question, milliseconds(row.at)) for row in file.resets),
        positions=tuple(
            Position(row.subject, row.section, milliseconds(row.at), row.widget, row.step, row.inputs)
            for row in file.positions
        ),
        marks=tuple(ReadMark(row.subject, row.section, milliseconds(row.at)) for row in file.read),
        interviews=tuple(
            Result(str(row.attempt), row.question, row.marked, row.points, row.seconds, milliseconds(row.at))
            for row in file.interviews
        ),
        predictions=tuple(
            Prediction(row.widget, row.run, row.step, row.correct, milliseconds(row.at)) for row in file.predictions
        ),
        restarts=tuple(Restart(row.widget, milliseconds(row.at)) for row in file.restarts),
    )


def to_json(held: Holdings, now: datetime) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "schema": SCHEMA,
        "exported_at": instant(milliseconds(now)),
        "answers": [
            {
                "attempt": one.attempt,
                "question": one.question,
                "correct": one.correct,
                "at": instant(one.at_ms),
                "answer": json.loads(one.given, parse_constant=_nothing),
                "seed": one.seed,
                "sure": one.sure,
                "hint": one.hint,
            }
            for one in held.answers
        ],
        "resets": [{"question": one.question, "at": instant(one.at_ms)} for one in held.resets],
        "positions": [
            {
                "subject": one.subject,
                "section": one.section,
                "at": instant(one.at_ms),
                "widget": one.widget,
                "step": one.step,
                "inputs": one.inputs,
            }
            for one in held.positions
        ],
        "read": [{"subject": one.subject, "section": one.section, "at": instant(one.at_ms)} for one in held.marks],
        "interviews": [
            {
                "attempt": one.attempt,
                "question": one.question,
                "marked": list(one.marked),
                "points": one.points,
                "at": instant(one.at_ms),
                "seconds": one.seconds,
            }
            for one in held.interviews
        ],
        "predictions": [
            {
                "widget": one.widget,
                "run": one.run,
                "step": one.step,
                "correct": one.correct,
                "at": instant(one.at_ms),
            }
            for one in held.predictions
        ],
        "restarts": [{"widget": one.widget, "at": instant(one.at_ms)} for one in held.restarts],
    }


def _nothing(_: str) -> None:
    """In place of an Infinity, which files once brought in (as `1e999`) and no JSON can say."""


def instant(at_ms: int) -> str:
    """A moment as the API writes it: `2026-01-31T12:00:00.000Z`."""
    return moment(at_ms).astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
