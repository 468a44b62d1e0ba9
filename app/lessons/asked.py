"""What interviewers ask about a subject: every prompt with its model answer, so that each can be found and linked."""

from collections.abc import Mapping, Sequence

from app.content.language import Lang
from app.content.lesson import Lesson
from app.content.plan import COLLECTIONS, Plan, Plans
from app.content.prompts import Interviews, Prompt
from app.web.templates import Templates


def by_subject(interviews: Interviews) -> Mapping[str, tuple[Prompt, ...]]:
    """The prompts of each subject that has some, in their order."""
    slugs = dict.fromkeys(prompt.subject for prompt in interviews.prompts)
    return {slug: tuple(each for each in interviews.prompts if each.subject == slug) for slug in slugs}


def asked_of(prompt: Prompt, lang: Lang) -> str:
    """Where a prompt stands with its answer: a browser opens what is folded around the place that an address names."""
    return f"/{lang}/asked/{prompt.subject}#{prompt.id}"


def asked_page(
    templates: Templates, lang: Lang, lesson: Lesson, prompts: Sequence[Prompt], plans: Plans, others: Sequence[Lesson]
) -> str:
    """Those first that most collections ask, else in the order of the lesson."""
    planned = [(prompt, plans.get(prompt.id, Plan())) for prompt in prompts]
    return templates.render(
        "find/asked.html",
        lang,
        lesson=lesson,
        prompts=sorted(planned, key=lambda each: -each[1].asked),
        collections=COLLECTIONS,
        others=others,
        path=f"/asked/{lesson.slug}",
        query="",
    )
