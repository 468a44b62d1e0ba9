"""Answering a question: judge it, keep it, say why. The pages and the JSON API both call `answer_question`.

    desk = Desk(bank, store, Keys(rooms.answer))
    answered = answer_question(desk, cookie, Submission("oom-adj", attempt, raw_answer, seed=7), now)
    answered.verdict.correct, answered.added, answered.send_key   # send_key: set it as the cookie, unless
    None

Refusal (from `app.widgetkit.contract`) is raised for what the reader can mend; nothing is stored then.
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Any
from uuid import UUID

from app.content.bank import Bank, Option, Question
from app.quiz.judge import Verdict, from_stored, judge, read_answer, to_stored
from app.quiz.question import Keys
from app.record import dataclass
from app.store import answer as answers
from app.store import learner
from app.store.answer import Answer
from app.store.review import milliseconds
from app.store.store import Store, Transaction
from app.widgetkit.contract import Refusal


@dataclass(frozen=True)
class Desk:
    """What quiz and progress work with: the questions, the store, the keys, and which subject a sequence belongs
    to."""

    bank: Bank
    store: Store
    keys: Keys
    subject_of: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Submission:
    """An answer as it arrives. `attempt` is made by the client, one for each time somebody answers."""

    question: str
    attempt: UUID
    answer: Any
    seed: int | None = None
    sure: bool = False
    hint: bool = False


@dataclass(frozen=True)
class Answered:
    """The answer as it is stored now. `added` is False for an attempt that was known already: then `verdict`
    is that of the answer stored first. `send_key` is the cookie to set, or None to leave it."""

    question: Question
    answer: Answer
    verdict: Verdict
    added: bool
    send_key: str | None


def find_question(bank: Bank, id_: str) -> Question:
    question = bank.find(id_)
    if question is None:
        raise Refusal("unknown-question", field="question", question=id_[:60])
    return question


def answer_question(desk: Desk, cookie: str | None, submission: Submission, now: datetime) -> Answered:
    """Returns when the answer is durable. The same attempt again changes nothing and gives the same
    verdict."""
    question = find_question(desk.bank, submission.question)
    new, verdict = _judged(desk, question, submission, milliseconds(now))
    fresh = learner.newcomer()

    def keep(tx: Transaction) -> tuple[answers.Recorded, str | None]:
        owner = learner.find_or_create(tx, cookie, fresh, new.at_ms)
        return answers.record(tx, owner.id, new), owner.send_key

    recorded, send_key = desk.store.write(keep)
    if not recorded.added:
        verdict = _verdict_again(desk, question, recorded.answer)
    return Answered(question, recorded.answer, verdict, recorded.added, send_key)


def _judged(desk: Desk, question: Question, submission: Submission, at_ms: int) -> tuple[Answer, Verdict]:
    seed = submission.seed
    if seed is None and question.kind == "number":
        raise Refusal("seed-missing", field="seed")
    given = read_answer(question, submission.answer)
    verdict = judge(question, given, desk.keys.of(question, seed or 0))
    new = Answer(
        attempt=str(submission.attempt),
        question=question.id,
        given=to_stored(question, given),
        seed=seed,
        correct=verdict.correct,
        sure=submission.sure,
        hint=submission.hint,
        at_ms=at_ms,
    )
    return new, verdict


def _verdict_again(desk: Desk, question: Question, stored: Answer) -> Verdict:
    if stored.question != question.id:
        raise Refusal("attempt-of-another", field="attempt", question=stored.question)
    return verdict_of(desk, question, stored)


def verdict_of(desk: Desk, question: Question, stored: Answer) -> Verdict:
    """What was said of a stored answer. Whether it was right stays as it was then, even if the question has
    been edited since."""
    key = desk.keys.of(question, stored.seed or 0)
    given = from_stored(question, stored.given)
    if given is None:
        given = ()
    verdict = judge(question, given, key)
    return Verdict(stored.correct, verdict.reasons, verdict.fits, key)


def last_answer(desk: Desk, cookie: str | None, question: Question) -> Answer | None:
    """What a learner answered last to a question."""

    def look(tx: Transaction) -> Answer | None:
        owner = learner.find(tx, cookie)
        return None if owner is None else answers.latest(tx, owner, question.id)

    return desk.store.read(look) if cookie else None


def suspicion_of(desk: Desk, cookie: str | None, question: Question) -> Option | None:
    """The option that a learner chose last of a question; None when there is no answer, or it is no longer offered."""
    stored = last_answer(desk, cookie, question)
    given = from_stored(question, stored.given) if stored else None
    return question.by_token[given[0]] if isinstance(given, tuple) and given else None
