"""What stands after the last question of a subject: the score, what to read again, and what comes next."""

from collections.abc import Mapping
from typing import Literal

from app.content.bank import Subject
from app.content.entry import Text
from app.quiz.pages.drawing import QuizPages
from app.quiz.progress import Score, score_subject
from app.record import dataclass
from app.store.review import Card

POD = 26  # units from one Pod of the picture to the next
AGAIN = 4  # sections at most: more would be the whole lesson


@dataclass(frozen=True)
class Pod:
    """A question in the picture: ready when its last answer was right."""

    x: int
    state: Literal["ready", "failed", "open"]


@dataclass(frozen=True)
class Ending:
    """`again` are the sections of the questions answered wrongly, in the lesson's order; `next` the subject after."""

    subject: Subject
    score: Score
    pods: tuple[Pod, ...]
    again: tuple[tuple[str, Text], ...]
    next: Subject | None

    @property
    def width(self) -> int:
        return len(self.pods) * POD

    @property
    def open(self) -> int:
        return self.score.questions - self.score.answered


def ending_of(pages: QuizPages, subject: Subject, cards: Mapping[str, Card]) -> Ending:
    """How one who has these cards stands at the end of a subject."""
    subjects = pages.desk.bank.subjects
    following = subjects.index(subject) + 1
    wrong = {each.section for each in subject.questions if each.id in cards and not cards[each.id].last_correct}
    again = tuple((section, title) for section, title in subject.sections.items() if section in wrong)
    return Ending(
        subject,
        score_subject(subject, cards, pages.now()),
        tuple(Pod(at * POD + 2, _state(cards.get(each.id))) for at, each in enumerate(subject.questions)),
        again[:AGAIN],
        subjects[following] if following < len(subjects) else None,
    )


def _state(card: Card | None) -> Literal["ready", "failed", "open"]:
    if card is None:
        return "open"
    return "ready" if card.last_correct else "failed"
