"""What every page of the quiz is drawn with: desk, templates, words, clock, and how a question looks."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from markupsafe import Markup
from starlette.exceptions import HTTPException

from app.content.bank import Question, Subject
from app.content.entry import Text
from app.content.language import Lang, as_language
from app.content.plan import Plans
from app.content.prompts import Interviews
from app.content.words import Words, inline_markdown, load_words
from app.quiz.answer import Desk, suspicion_of
from app.quiz.api import quiz_words
from app.quiz.pages.when import long_day, moment, own_day, short_day
from app.quiz.progress import utc_now
from app.quiz.view import QuestionView, view_question
from app.record import dataclass
from app.web.shelf import Later
from app.web.templates import Templates
from app.widgetkit.contract import Refusal

PAGE_WORDS = ("quiz", "review", "interview", "progress", "keep", "reading")


@dataclass(frozen=True)
class Setting:
    """Where a question is asked: `context` is posted with the answer and leads back, `next_url` goes on.
    `is_recalled` is one that was answered before its page was opened, and is put into it."""

    context: str = ""
    next_url: str = ""
    is_last: bool = False
    again: bool = True
    is_recalled: bool = False


class QuizPages:
    """Draws with the site's templates; the clock is an argument, for tests. `public_url` is where the site is reached,
    if that is known."""

    def __init__(
        self,
        desk: Desk,
        asked: Later[Interviews],
        templates: Templates,
        clock: Callable[[], datetime] = utc_now,
        plans: Plans | None = None,
        public_url: str = "",
    ) -> None:
        self.desk = desk
        self._asked = asked
        self.now = clock
        self.plans: Plans = plans or {}
        self.public_url = public_url
        self._templates = templates

    @property
    def interviews(self) -> Interviews:
        return self._asked.get()

    @cached_property
    def words(self) -> Words:
        words = quiz_words()
        for name in PAGE_WORDS:
            words |= load_words(Path(__file__).with_name(f"{name}.yaml"))
        return words

    @cached_property
    def headings(self) -> Mapping[tuple[str, str], Text]:
        """What a section of a subject is called."""
        subjects = self.desk.bank.subjects
        return {(each.slug, section): title for each in subjects for section, title in each.sections.items()}

    def render(self, name: str, lang: Lang, **context: Any) -> str:
        given = {"path": "/", "query": "", "ending": None, **context}
        dates = {"day": partial(short_day, lang), "date": partial(long_day, lang), "moment": partial(moment, lang)}
        dates["own_day"] = partial(own_day, lang)
        return self._templates.render(f"quiz/{name}", lang, self.words, **dates, **given)

    def say(self, lang: Lang, refusal: Refusal | None) -> Markup | str:
        """Why something was refused, "" without a refusal."""
        return self.words.html(lang, f"refusal.{refusal.code}", **refusal.values) if refusal else ""

    def draw_question(self, lang: Lang, id_: str) -> Markup | None:
        """The question as a form for everybody, or None when there is none of this id."""
        question = self.desk.bank.find(id_)
        return None if question is None else self.draw(view_question(question, lang))

    def draw(self, view: QuestionView, setting: Setting | None = None, ending: Any = None) -> Markup:
        """`ending` stands after the answer to a subject's last question."""
        given = {"view": view, "setting": setting or Setting(), "ending": ending}
        return Markup(self.render("_question.html", view.lang, problem=self.say(view.lang, view.refusal), **given))

    def say_suspicion(self, lang: Lang, question: Question, cookie: str | None) -> Markup | str:
        """Whom this learner suspected last; "" for somebody who has not said."""
        chosen = suspicion_of(self.desk, cookie, question)
        if chosen is None:
            return ""
        name = inline_markdown(chosen.text.in_(lang))
        return self.words.html(lang, "quiz.suspected-right" if chosen.right else "quiz.suspected-wrong", name=name)

    def language(self, lang: str) -> Lang:
        """The language of a path; 404 when there is none."""
        language = as_language(lang)
        if language is None:
            raise HTTPException(404)
        return language

    def subject(self, slug: str) -> Subject:
        subject = self.desk.bank.by_slug.get(slug)
        if subject is None:
            raise HTTPException(404)
        return subject

    def question(self, id_: str) -> Question:
        question = self.desk.bank.find(id_)
        if question is None:
            raise HTTPException(404)
        return question
