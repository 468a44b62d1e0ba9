"""The tables as SQLModel's classes declare them; `tables.py` has what statements are made of. Times are whole
milliseconds since 1970 UTC; closed sets and ranges are CHECKed, since tables made by SQLModel do not validate."""

from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Text,
)
from sqlalchemy.types import REAL, TypeEngine
from sqlmodel import Field, SQLModel

# The strict tables of SQLite know INTEGER, REAL, TEXT and BLOB; PostgreSQL must not narrow them to four
# bytes.
BIG: TypeEngine[int] = BigInteger().with_variant(Integer(), "sqlite")
REAL8: TypeEngine[float] = Double().with_variant(REAL(), "sqlite")

STRICT: dict[str, Any] = {"sqlite_strict": True}
# Rows of one learner lie side by side, so a page that reads them costs the same whatever else is stored.
CLUSTERED: dict[str, Any] = STRICT | {"sqlite_with_rowid": False}


class Base(SQLModel):
    metadata: ClassVar[MetaData] = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def _id(name: str = "id") -> Any:
    return Field(default=None, sa_column=Column(name, BIG, primary_key=True))


def _of_learner(primary_key: bool = True) -> Any:
    owner = ForeignKey("learner.id", ondelete="CASCADE")
    return Field(sa_column=Column("learner_id", BIG, owner, primary_key=primary_key, nullable=False))


def _text(name: str, primary_key: bool = False) -> Any:
    return Field(sa_column=Column(name, Text, primary_key=primary_key, nullable=False))


def _whole(name: str, primary_key: bool = False, null: bool = False) -> Any:
    return Field(sa_column=Column(name, BIG, primary_key=primary_key, nullable=null, autoincrement=False))


def _real(name: str) -> Any:
    return Field(default=None, sa_column=Column(name, REAL8, nullable=True))


def _flag(*names: str) -> list[CheckConstraint]:
    return [CheckConstraint(f"{name} IN (0, 1)", name=name) for name in names]


class Learner(Base, table=True):
    """Somebody who has written something here. Nothing else is known of them."""

    __tablename__ = "learner"
    # Ids are never given again, so that a late write for a deleted learner finds nobody.
    __table_args__ = (STRICT | {"sqlite_autoincrement": True},)

    id: int | None = _id()
    made_ms: int = _whole("made_ms")


class Device(Base, table=True):
    """A cookie that opens a learner's progress: the hash of its 128 random bits."""

    __tablename__ = "device"
    __table_args__ = (
        CheckConstraint("length(key_hash) = 32", name="key_hash"),
        Index("ix_device_learner_id", "learner_id"),
        CLUSTERED,
    )

    key_hash: bytes = Field(sa_column=Column("key_hash", LargeBinary, primary_key=True))
    learner_id: int = _of_learner(primary_key=False)
    sent_ms: int = _whole("sent_ms")


class Answer(Base, table=True):
    """One answered attempt; rows are added and never changed. `given` is JSON in the bank's ids."""

    __tablename__ = "answer"
    __table_args__ = (
        CheckConstraint("length(attempt) = 36", name="attempt"),
        CheckConstraint("length(question) BETWEEN 1 AND 100", name="question"),
        CheckConstraint("length(given) <= 4000", name="given"),
        CheckConstraint("seed >= 0", name="seed"),
        CheckConstraint("at_ms >= 0", name="at_ms"),
        *_flag("correct", "sure", "hint"),
        CLUSTERED,
    )

    learner_id: int = _of_learner()
    attempt: str = _text("attempt", primary_key=True)
    question: str = _text("question")
    given: str = _text("given")
    seed: int | None = _whole("seed", null=True)
    correct: int = _whole("correct")
    sure: int = _whole("sure")
    hint: int = _whole("hint")
    at_ms: int = _whole("at_ms")


class Card(Base, table=True):
    """What the answers to one question add up to, and when it is due for review: kept beside the answers so
    that nothing need be counted, and always what a replay of the answers would give."""

    __tablename__ = "card"
    __table_args__ = (
        CheckConstraint("attempts >= 1", name="attempts"),
        CheckConstraint("correct BETWEEN 0 AND attempts", name="correct"),
        CheckConstraint("state IN (1, 2, 3)", name="state"),
        CheckConstraint("step >= 0", name="step"),
        CheckConstraint("stability > 0", name="stability"),
        CheckConstraint("difficulty BETWEEN 1 AND 10", name="difficulty"),
        *_flag("last_correct"),
        CLUSTERED,
    )

    learner_id: int = _of_learner()
    question: str = _text("question", primary_key=True)
    attempts: int = _whole("attempts")
    correct: int = _whole("correct")
    last_correct: int = _whole("last_correct")
    last_ms: int = _whole("last_ms")
    state: int = _whole("state")
    step: int | None = _whole("step", null=True)
    stability: float | None = _real("stability")
    difficulty: float | None = _real("difficulty")
    due_ms: int = _whole("due_ms")


class Day(Base, table=True):
    """How much a learner answered on one day (days since 1970, UTC)."""

    __tablename__ = "day"
    __table_args__ = (
        CheckConstraint("answers >= 1", name="answers"),
        CheckConstraint("correct BETWEEN 0 AND answers", name="correct"),
        CLUSTERED,
    )

    learner_id: int = _of_learner()
    day: int = _whole("day", primary_key=True)
    answers: int = _whole("answers")
    correct: int = _whole("correct")


class Reset(Base, table=True):
    """Up to this moment the answers to this question do not count; taking the row away counts them again."""

    __tablename__ = "reset"
    __table_args__ = (CLUSTERED,)

    learner_id: int = _of_learner()
    at_ms: int = _whole("at_ms", primary_key=True)
    question: str = _text("question", primary_key=True)


class Position(Base, table=True):
    """Where a learner was last in a lesson: the section, and when a sequence was open there its step and what it was
    run on (`inputs`, as the query of an address)."""

    __tablename__ = "position"
    __table_args__ = (
        CheckConstraint("length(subject) BETWEEN 1 AND 100", name="subject"),
        CheckConstraint("length(section) <= 200", name="section"),
        CheckConstraint("length(widget) <= 100", name="widget"),
        CheckConstraint("step >= 0", name="step"),
        CheckConstraint("length(inputs) <= 1000", name="inputs"),
        CLUSTERED,
    )

    learner_id: int = _of_learner()
    subject: str = _text("subject", primary_key=True)
    section: str = _text("section")
    widget: str = _text("widget")
    step: int = _whole("step")
    at_ms: int = _whole("at_ms")
    inputs: str = _text("inputs")


class ReadMark(Base, table=True):
    """A section that a learner has marked as read; the empty section is the whole lesson."""

    __tablename__ = "read_mark"
    __table_args__ = (
        CheckConstraint("length(subject) BETWEEN 1 AND 100", name="subject"),
        CheckConstraint("length(section) <= 200", name="section"),
        CLUSTERED,
    )

    learner_id: int = _of_learner()
    subject: str = _text("subject", primary_key=True)
    section: str = _text("section", primary_key=True)
    at_ms: int = _whole("at_ms")


class Interview(Base, table=True):
    """One interview question said aloud and marked: `marked` is a JSON list of the rubric's points, from
    0."""

    __tablename__ = "interview"
    __table_args__ = (
        CheckConstraint("length(attempt) = 36", name="attempt"),
        CheckConstraint("length(question) BETWEEN 1 AND 100", name="question"),
        CheckConstraint("length(marked) <= 400", name="marked"),
        CheckConstraint("points >= 1", name="points"),
        CheckConstraint("score BETWEEN 0 AND points", name="score"),
        CheckConstraint("seconds >= 0", name="seconds"),
        CLUSTERED,
    )

    learner_id: int = _of_learner()
    attempt: str = _text("attempt", primary_key=True)
    question: str = _text("question")
    marked: str = _text("marked")
    score: int = _whole("score")
    points: int = _whole("points")
    seconds: int | None = _whole("seconds", null=True)
    at_ms: int = _whole("at_ms")


class Prediction(Base, table=True):
    """What a learner expected of the next step of a sequence, and whether all of it was right; `run` stands for the
    inputs of the run. Rows are added and never changed: the first of a step counts that is not put aside."""

    __tablename__ = "prediction"
    __table_args__ = (
        CheckConstraint("length(widget) BETWEEN 1 AND 100", name="widget"),
        CheckConstraint("length(run) = 32", name="run"),
        CheckConstraint("step >= 1", name="step"),
        CheckConstraint("at_ms >= 0", name="at_ms"),
        *_flag("correct"),
        CLUSTERED,
    )

    learner_id: int = _of_learner()
    widget: str = _text("widget", primary_key=True)
    run: str = _text("run", primary_key=True)
    step: int = _whole("step", primary_key=True)
    correct: int = _whole("correct")
    at_ms: int = _whole("at_ms", primary_key=True)


class Restart(Base, table=True):
    """Up to this moment what was predicted of this sequence does not count; taking the row away counts it again."""

    __tablename__ = "restart"
    __table_args__ = (CheckConstraint("length(widget) BETWEEN 1 AND 100", name="widget"), CLUSTERED)

    learner_id: int = _of_learner()
    at_ms: int = _whole("at_ms", primary_key=True)
    widget: str = _text("widget", primary_key=True)


class Recovery(Base, table=True):
    """The one code that opens a learner's progress elsewhere: its hash."""

    __tablename__ = "recovery"
    __table_args__ = (
        CheckConstraint("length(code_hash) = 32", name="code_hash"),
        Index("uq_recovery_code_hash", "code_hash", unique=True),
        STRICT,
    )

    learner_id: int = Field(
        sa_column=Column(
            "learner_id",
            BIG,
            ForeignKey("learner.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        )
    )
    code_hash: bytes = Field(sa_column=Column("code_hash", LargeBinary, nullable=False))
    made_ms: int = _whole("made_ms")


class Link(Base, table=True):
    """A short address for a widget's long inputs (JSON); it belongs to nobody and the same inputs have the
    same. `used_ms` is when somebody has opened it, to a month or so; not written by versions before it was there."""

    __tablename__ = "link"
    __table_args__ = (
        CheckConstraint("length(slug) BETWEEN 8 AND 32", name="slug"),
        CheckConstraint("length(widget) BETWEEN 1 AND 100", name="widget"),
        CLUSTERED,
    )

    slug: str = _text("slug", primary_key=True)
    widget: str = _text("widget")
    inputs: str = _text("inputs")
    made_ms: int = _whole("made_ms")
    used_ms: int | None = _whole("used_ms", null=True)


class Tries(Base, table=True):
    """How much of something that is limited somebody has done since `began_ms`, counted for all processes together.
    `who_hash` is a hash of their network's address; a row goes with the first that is counted two hours later."""

    __tablename__ = "tries"
    __table_args__ = (
        CheckConstraint("length(what) BETWEEN 1 AND 40", name="what"),
        CheckConstraint("length(who_hash) = 32", name="who_hash"),
        CheckConstraint("span_ms >= 1", name="span_ms"),
        CheckConstraint("amount >= 1", name="amount"),
        Index("ix_tries_began_ms", "began_ms"),
        CLUSTERED,
    )

    what: str = _text("what", primary_key=True)
    who_hash: bytes = Field(sa_column=Column("who_hash", LargeBinary, primary_key=True))
    span_ms: int = _whole("span_ms", primary_key=True)
    began_ms: int = _whole("began_ms", primary_key=True)
    amount: int = _whole("amount")
