"""The question bank to take away: an Anki deck and a CSV file, one of each a language.

    anki_deck(bank, keys, "en") -> bytes (.apkg)          questions_csv(bank, keys, "en") -> str

Learning again a newer deck keeps what Anki knows of a card, since ids follow from the question's id. Number
questions come with values drawn by a fixed seed.
"""

import csv
import hashlib
import html
import io
import tempfile
from collections.abc import Iterable
from pathlib import Path

from app.content.bank import Bank, Question
from app.content.language import Lang
from app.content.words import COLON
from app.quiz.question import Keys, Presented, present

SEED = 1
_SAYS = {
    "right": {"en": "Right", "zh": "正确"},
    "wrong": {"en": "Wrong", "zh": "错误"},
    "source": {"en": "Source", "zh": "出处"},
    "deck": {"en": "Podscope: Kubernetes inside", "zh": "Podscope：Kubernetes 内部原理"},
}
_STYLE = (
    ".card{font:17px/1.5 system-ui,sans-serif;max-width:44em;margin:auto;text-align:left}"
    "li{margin:.4em 0}.why{color:#666}.source{font-size:13px;color:#666}"
)


def anki_deck(bank: Bank, keys: Keys, lang: Lang, subject: str = "") -> bytes:
    """An .apkg file with a note for every question, or for those of one subject, in a deck below the whole one.

    A question has the same note in both, so that learning one after the other doubles nothing.
    """
    import genanki  # which brings a second SQLite; only a deck needs it

    says = {key: text[lang] for key, text in _SAYS.items()}
    model = genanki.Model(
        _number(f"model/{lang}"),
        f"Podscope ({lang})",
        fields=[{"name": name} for name in ("Question", "Answer", "Source")],
        templates=[
            {
                "name": "1",
                "qfmt": "{{Question}}",
                "afmt": '{{FrontSide}}<hr id="answer">{{Answer}}<p class="source">{{Source}}</p>',
            }
        ],
        css=_STYLE,
    )
    if subject:
        name = f"{says['deck']}::{bank.by_slug[subject].title.in_(lang)}"
        deck = genanki.Deck(_number(f"deck/{lang}/{subject}"), name)
    else:
        deck = genanki.Deck(_number(f"deck/{lang}"), says["deck"])
    for question in bank.by_slug[subject].questions if subject else bank.questions.values():
        shown = present(question, SEED)
        source = f"{says['source']}: {question.source.title} ({question.source.version}) {question.source.url}"
        deck.add_note(
            genanki.Note(
                model=model,
                fields=[_front(shown, lang), _back(shown, keys, lang), html.escape(source)],
                guid=genanki.guid_for("podscope", question.id, lang),
                tags=[question.subject, question.kind, f"difficulty-{question.difficulty}"],
            )
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "podscope.apkg"
        genanki.Package(deck).write_to_file(str(path), timestamp=0)
        return path.read_bytes()


def questions_csv(bank: Bank, keys: Keys, lang: Lang) -> str:
    """One line a question, with the byte order mark that spreadsheets need to see that it is UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        ["id", "subject", "kind", "difficulty", "section", "question", "options", "answer", "why", "source"]
    )
    for question in bank.questions.values():
        shown = present(question, SEED)
        writer.writerow(
            [
                question.id,
                question.subject,
                question.kind,
                question.difficulty,
                question.section,
                _safe(shown.stem.in_(lang)),
                _safe("\n".join(option.text.in_(lang) for option in shown.options)),
                _safe("\n".join(right_texts(question, keys, lang))),
                _safe("\n".join(reasons(question, lang))),
                f"{question.source.title} ({question.source.version}) {question.source.url}",
            ]
        )
    return "\ufeff" + out.getvalue()


def right_texts(question: Question, keys: Keys, lang: Lang) -> list[str]:
    """The right answer in words."""
    key = keys.of(question, SEED)
    if key.number is not None and question.number:
        return [f"{key.json()} {question.number.unit.in_(lang)}".strip()]
    if key.pairs is not None:
        return [
            f"{question.by_token[option].text.in_(lang)} → {question.target_by_token[target].text.in_(lang)}"
            for option, target in key.pairs.items()
        ]
    return [question.by_token[token].text.in_(lang) for token in key.tokens]


def reasons(question: Question, lang: Lang) -> list[str]:
    if question.number:
        return [question.number.why.in_(lang)]
    return [f"{option.text.in_(lang)}{COLON[lang]}{option.why.in_(lang)}" for option in question.options]


def _front(shown: Presented, lang: Lang) -> str:
    choices = [option.text.in_(lang) for option in shown.options]
    targets = [target.text.in_(lang) for target in shown.targets]
    return f"<p>{html.escape(shown.stem.in_(lang))}</p>{_list(choices)}{_list(targets)}"


def _back(shown: Presented, keys: Keys, lang: Lang) -> str:
    question = shown.question
    right = _list(right_texts(question, keys, lang), ordered=question.kind == "order")
    return f'{right}<div class="why">{_list(reasons(question, lang))}</div>'


def _list(items: Iterable[str], ordered: bool = False) -> str:
    lines = "".join(f"<li>{html.escape(item)}</li>" for item in items)
    tag = "ol" if ordered else "ul"
    return f"<{tag}>{lines}</{tag}>" if lines else ""


def _safe(text: str) -> str:
    """A spreadsheet takes text that begins like this for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t")) else text


def _number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(f"podscope/{name}".encode()).digest()[:4]) | 1 << 30
