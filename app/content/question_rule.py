"""How many options a question of each kind has, and how many of them are right."""

from app.content.bank import SUSPECT, Question
from app.content.entry import Entry


def check_options(entry: Entry, question: Question) -> None:
    ids = [option.id for option in question.options]
    if len(set(ids)) != len(ids):
        raise entry.error(f"{question.id} has two options with the same id", "rename one")
    right = sum(option.right for option in question.options)
    count = len(ids)
    if question.kind == "single" and (count != 4 or right != 1):
        raise entry.error(f"{question.id} has {count} options, {right} right", "a single needs four, one of them right")
    if question.kind == "suspect" and not (3 <= count <= 6 and right == 1):
        advice = "a suspect needs three to six, one of them right: who it was"
        raise entry.error(f"{question.id} has {count} options, {right} right", advice)
    if (question.kind == "suspect") != question.id.startswith(SUSPECT):
        raise entry.error(f"{question.id} is of kind {question.kind}", f"only ids of a suspect begin with {SUSPECT}")
    if question.kind == "multiple" and not (4 <= count <= 6 and 2 <= right < count):
        advice = "a multiple needs four to six, at least two right and one wrong"
        raise entry.error(f"{question.id} has {count} options, {right} right", advice)
    if question.kind == "order" and not 4 <= count <= 6:
        raise entry.error(f"{question.id} has {count} options", "an order needs four to six")
    if question.kind == "match":
        targets = [target.id for target in question.targets]
        if not 3 <= count <= 5 or sorted(option.target or "" for option in question.options) != sorted(targets):
            advice = "three to five options, each with a target of its own, no target left over"
            raise entry.error(f"{question.id} does not match one to one", advice)
