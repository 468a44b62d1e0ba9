"""A code of words opens the same progress on another device, and what is there is merged."""

import re
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import uuid4

import pytest

from app.content.prompts import load_interviews
from app.quiz.answer import Desk
from app.quiz.guard import CODES, Guard
from app.quiz.interview import Marking, mark_interview
from app.quiz.progress import progress_of
from app.quiz.reading import Place, mark_read, reading_of, remember_place
from app.quiz.recovery import code_made_at, from_words, make_code, qr_svg, redeem_code, to_words
from app.quiz.transfer import export_progress
from app.store.review import milliseconds
from app.store.store import open_store
from app.store.tables import LEARNER, RECOVERY
from app.store.tries import MINUTE_MS, Limit
from app.widgetkit.contract import Refusal
from tests.quiz.conftest import CONTENT, Clock
from tests.quiz.test_review import Reader, reader
from tests.store.cast import rows

__all__ = ["reader"]


def redeem(desk: Desk, cookie: str | None, words: str, clock: Clock) -> str | None:
    return redeem_code(desk, cookie, words, "127.0.0.1", clock())


def test_a_code_survives_being_written_down() -> None:
    for _ in range(200):
        code = secrets.token_bytes(10)
        words = to_words(code)

        assert re.fullmatch("[a-z]{5}(-[a-z]{5}){5}", words)
        assert from_words(words) == code
        assert from_words(f"  {words.upper().replace('-', '  ')}\n") == code


def test_a_slip_of_the_pen_is_told_from_an_unknown_code() -> None:
    words = to_words(bytes(10))

    slipped = [
        words[:place] + letter + words[place + 1 :]
        for place in range(35)
        for letter in "abdkz"
        if words[place] != letter
    ]

    caught = 0
    for typed in slipped:
        try:
            from_words(typed)
        except Refusal as refusal:
            caught += refusal.code in ("code-slip", "code-form")
    assert caught == len(slipped)


@pytest.mark.parametrize("typed", ["", "babab", "babab-" * 7, "x" * 5000, "一二三"])
def test_what_is_no_code_is_told(typed: str) -> None:
    with pytest.raises(Refusal) as refused:
        from_words(typed)

    assert refused.value.code == "code-form"


def test_a_device_without_progress_opens_the_same(reader: Reader, clock: Clock) -> None:
    reader.answers("pod-single")
    made = make_code(reader.desk, reader.cookie, clock())

    other = redeem(reader.desk, None, made.words, clock)

    assert other not in (None, reader.cookie)
    assert progress_of(reader.desk, other, clock()).subjects["pods"].attempts == 1
    reader.answers("etcd-single")
    assert progress_of(reader.desk, other, clock()).subjects["etcd"].attempts == 1


def test_what_another_device_has_is_merged(reader: Reader, clock: Clock) -> None:
    """Answers of both, cookies of both; places, marks and interviews too; nobody is left over."""
    desk, interviews = reader.desk, load_interviews(CONTENT)
    reader.answers("pod-single")
    made = make_code(desk, reader.cookie, clock())
    other = Reader(desk, clock)
    clock.forward(minutes=30)
    other.answers("pod-single", right=False)
    other.answers("etcd-single")
    remember_place(desk, other.cookie, Place("pods", "second"), clock())
    mark_read(desk, other.cookie, "pods", "first", True, clock())
    mark_interview(desk, interviews, other.cookie, Marking("pods-why", uuid4(), (0,)), clock())

    assert redeem(desk, other.cookie, made.words, clock) is None

    for cookie in (reader.cookie, other.cookie):
        exported = export_progress(desk, cookie, clock())
        score = progress_of(desk, cookie, clock()).subjects["pods"]
        assert len(exported["answers"]) == 3
        assert len(exported["interviews"]) == 1
        assert (score.attempts, score.correct) == (2, 0)
        assert reading_of(desk, cookie).read == {"pods": {"first"}}
    assert len(rows(desk.store, LEARNER)) == 1


def test_redeeming_again_changes_nothing(reader: Reader, clock: Clock) -> None:
    reader.answers("pod-single")
    made = make_code(reader.desk, reader.cookie, clock())

    for _ in range(2):
        assert redeem(reader.desk, reader.cookie, made.words, clock) is None

    assert progress_of(reader.desk, reader.cookie, clock()).subjects["pods"].attempts == 1


def test_a_new_code_replaces_the_old_one(reader: Reader, clock: Clock) -> None:
    reader.answers("pod-single")
    old, new = (make_code(reader.desk, reader.cookie, clock()) for _ in range(2))

    with pytest.raises(Refusal, match="unknown-code"):
        redeem(reader.desk, None, old.words, clock)
    assert redeem(reader.desk, None, new.words, clock)


def test_somebody_new_may_make_a_code_first(desk: Desk, clock: Clock) -> None:
    made = make_code(desk, None, clock())

    assert made.send_key is not None
    assert code_made_at(desk, made.send_key) == milliseconds(clock())


def test_the_code_itself_is_not_stored(reader: Reader, clock: Clock) -> None:
    made = make_code(reader.desk, None, clock())

    [row] = rows(reader.desk.store, RECOVERY)

    assert from_words(made.words) not in bytes(row.code_hash)


def guess(desk: Desk, client: str, clock: Clock, guard: Guard = CODES) -> str:
    """What a guess is answered."""
    with pytest.raises(Refusal) as refused:
        redeem_code(desk, None, to_words(secrets.token_bytes(10)), client, clock(), guard)
    return refused.value.code


def test_guessing_is_stopped(desk: Desk, clock: Clock) -> None:
    said = [guess(desk, "10.0.0.1", clock) for _ in range(7)]

    assert said == ["unknown-code"] * 5 + ["too-many-tries"] * 2
    assert guess(desk, "10.0.0.2", clock) == "unknown-code"


def test_guessing_from_many_addresses_is_stopped(desk: Desk, clock: Clock) -> None:
    guard = replace(CODES, together=(Limit(4, MINUTE_MS),))

    said = [guess(desk, f"10.0.0.{number}", clock, guard) for number in range(6)]

    assert said == ["unknown-code"] * 4 + ["too-many-tries"] * 2


def test_whoever_waits_as_told_may_try_again(desk: Desk, clock: Clock) -> None:
    for _ in range(5):
        guess(desk, "10.0.0.1", clock)
    with pytest.raises(Refusal) as refused:
        redeem_code(desk, None, to_words(bytes(10)), "10.0.0.1", clock())

    clock.forward(minutes=refused.value.values["minutes"])

    assert guess(desk, "10.0.0.1", clock) == "unknown-code"


@pytest.mark.parametrize("address", ["sqlite", "postgresql"], indirect=True)
def test_several_processes_together_allow_no_more_guesses_than_one(desk: Desk, address: str, clock: Clock) -> None:
    """Each desk is a worker with a store of its own on the same database."""
    said: list[str] = []
    with open_store(address) as another:
        desks = [desk, replace(desk, store=another)]
        with ThreadPoolExecutor(8) as pool:
            said += pool.map(lambda number: guess(desks[number % 2], "10.0.0.1", clock), range(24))

    assert sorted(said) == ["too-many-tries"] * 19 + ["unknown-code"] * 5


def test_the_picture_has_no_style_in_it() -> None:
    svg = qr_svg(to_words(bytes(10)))

    assert svg.startswith("<svg")
    assert "style" not in svg
    assert 'class="qr"' in svg
