"""The mock interview: questions said aloud, a model answer, and a rubric that the learner marks.

interviews = load_interviews(content)                 # checked at start, like the bank
draw_interview(interviews, seed, count=5)             # the note's own questions first
mark_interview(desk, interviews, cookie, Marking(...), now)
interview_history(desk, cookie)                       # scores over time
"""

import random
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from app.content.plan import Plan, Plans
from app.content.prompts import Interviews, Prompt
from app.quiz.answer import Desk
from app.record import dataclass
from app.store import interview, learner
from app.store.interview import Result
from app.store.review import milliseconds
from app.store.store import Transaction
from app.widgetkit.contract import Refusal

LONGEST_S = 86_400


@dataclass(frozen=True)
class Marking:
    """A learner's own verdict: the points of the rubric that they said, from 0; `seconds` if it was timed."""

    prompt: str
    attempt: UUID
    marked: tuple[int, ...]
    seconds: int | None = None


@dataclass(frozen=True)
class Marked:
    """The result as it is stored; `added` is False for an attempt that was known. `send_key`: cookie to
    set."""

    prompt: Prompt
    result: Result
    added: bool
    send_key: str | None


def draw_interview(
    interviews: Interviews, seed: int, count: int = 5, subjects: Iterable[str] | None = None
) -> list[Prompt]:
    """Prompts in the order of the seed, the note's own before the others; the same seed gives the same
    interview."""
    wanted = None if subjects is None else set(subjects)
    asked = [prompt for prompt in interviews.prompts if wanted is None or prompt.subject in wanted]
    shuffled = random.Random(f"{seed}/interview").sample(asked, len(asked))
    return sorted(shuffled, key=lambda prompt: not prompt.note)[:count]


def plan_interview(
    interviews: Interviews, plans: Plans, seed: int, level: int, minutes: int, subjects: Iterable[str] | None = None
) -> list[Prompt]:
    """Prompts for so many minutes at a level, the same for the same seed: easier ones first, and of those that are as
    near to the level the ones that are asked most. At least one, none two levels away, and never more than the time
    allows otherwise."""
    wanted = None if subjects is None else set(subjects)
    asked = [prompt for prompt in interviews.prompts if wanted is None or prompt.subject in wanted]
    fitting = [prompt for prompt in asked if abs(plans.get(prompt.id, Plan()).level - level) < 2] or asked
    shuffled = random.Random(f"{seed}/plan/{level}").sample(fitting, len(fitting))
    near = sorted(shuffled, key=lambda prompt: (_distance(plans.get(prompt.id, Plan()).level, level), not prompt.note))
    chosen: list[Prompt] = []
    left = minutes
    for prompt in near:
        takes = plans.get(prompt.id, Plan()).minutes
        if not chosen or takes <= left:
            chosen.append(prompt)
            left -= takes
    return sorted(chosen, key=lambda prompt: (plans.get(prompt.id, Plan()).level, not prompt.note))


def _distance(its: int, level: int) -> int:
    """A question below the level is asked before one above it."""
    return 2 * (level - its) if its <= level else 2 * (its - level) + 1


WEAK, STRONG = 0.5, 0.75  # shares of the points below and from which on the next question goes down or up


def follow_up(plans: Plans, prompt: Prompt, result: Result, asked: Iterable[str]) -> str:
    """What is asked next after these marks, "" for nothing: few points lead to what lies below, most to what lies
    beyond; what has been asked already is not asked again."""
    plan = plans.get(prompt.id, Plan())
    share = result.score / result.points
    following = plan.weak if share < WEAK else plan.strong if share >= STRONG else ""
    return "" if following in set(asked) else following


def mark_interview(desk: Desk, interviews: Interviews, cookie: str | None, marking: Marking, now: datetime) -> Marked:
    """Keeps the marks; the same attempt again changes nothing. Refusal for what is not acceptable."""
    prompt = interviews.by_id.get(marking.prompt)
    if prompt is None:
        raise Refusal("unknown-question", field="question", question=marking.prompt[:60])
    points = len(prompt.rubric)
    marked = tuple(sorted(set(marking.marked)))
    if any(not 0 <= point < points for point in marked):
        raise Refusal("unknown-point", field="marked", points=points)
    if marking.seconds is not None and not 0 <= marking.seconds <= LONGEST_S:
        raise Refusal("unlikely-time", field="seconds", got=marking.seconds)
    new = Result(str(marking.attempt), prompt.id, marked, points, marking.seconds, milliseconds(now))
    fresh = learner.newcomer()

    def keep(tx: Transaction) -> Marked:
        owner = learner.find_or_create(tx, cookie, fresh, new.at_ms)
        added = interview.add(tx, owner.id, [new])
        stored = next(one for one in interview.results(tx, owner.id) if one.attempt == new.attempt)
        return Marked(prompt, stored, bool(added), owner.send_key)

    return desk.store.write(keep)


def interview_history(desk: Desk, cookie: str | None) -> list[Result]:
    """All results, the oldest first."""

    def look(tx: Transaction) -> list[Result]:
        owner = learner.find(tx, cookie)
        return [] if owner is None else interview.results(tx, owner)

    return desk.store.read(look)
