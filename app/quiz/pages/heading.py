"""What the sections of the lessons are called, for links that lead back to them."""

import re
from collections.abc import Mapping

from app.content.bank import Bank, Subject
from app.content.entry import Text
from app.content.language import Lang

_HEADING = re.compile(r"^##+ (.*?)\s*\{#([a-z0-9-]+)\}\s*$", re.MULTILINE)


def read_headings(bank: Bank) -> Mapping[tuple[str, str], Text]:
    """The heading of every section, by subject and section."""
    found = {}
    for subject in bank.subjects:
        english, chinese = _headings(subject, "en"), _headings(subject, "zh")
        for section in subject.sections:
            found[subject.slug, section] = Text(english[section], chinese.get(section, english[section]))
    return found


def _headings(subject: Subject, lang: Lang) -> dict[str, str]:
    text = (subject.folder / f"lesson.{lang}.md").read_text(encoding="utf-8")
    return {section: title for title, section in _HEADING.findall(text)}
