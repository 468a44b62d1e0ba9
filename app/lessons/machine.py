"""What programs read: feed, llms.txt, OpenSearch description, citation. `base` is where the site is reached."""

import json
from collections.abc import Iterable
from datetime import date
from html import escape

from app.content.deeper import section_address
from app.content.language import HTML_LANG, LANGUAGES, Lang
from app.content.lesson import Lesson
from app.content.news import News
from app.content.words import Words

AUTHORS = "The Podscope authors"
LICENSE = "Apache-2.0"


def atom(base: str, lang: Lang, words: Words, news: tuple[News, ...]) -> str:
    """The news as an Atom feed (RFC 4287), the newest first."""
    page, own = escape(f"{base}/{lang}/"), escape(f"{base}/feed.{lang}.xml")
    about = escape(words.text(lang, "home.description"))
    entries = "".join(_entry(base, lang, each) for each in news)
    updated = _moment(news[0].day) if news else "1970-01-01T00:00:00Z"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{HTML_LANG[lang]}">'
        f"<id>{page}</id><title>Podscope</title><subtitle>{about}</subtitle>"
        f"<updated>{updated}</updated><author><name>{AUTHORS}</name></author>"
        f'<link href="{page}"/><link rel="self" type="application/atom+xml" href="{own}"/>'
        f"{entries}</feed>\n"
    )


def _entry(base: str, lang: Lang, news: News) -> str:
    page = f"{base}/{lang}{news.pages[0] if news.pages else '/'}"
    return (
        f"<entry><id>{escape(base)}/{lang}/#news-{news.id}</id><title>{escape(news.title.in_(lang))}</title>"
        f'<updated>{_moment(news.day)}</updated><link href="{escape(page)}"/>'
        f"<summary>{escape(news.text.in_(lang))}</summary></entry>"
    )


def _moment(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"


def llms_txt(base: str, lessons: Iterable[Lesson], words: Words) -> str:
    """The site for language models (llmstxt.org): what it is, and every lesson as Markdown."""
    lines = ["# Podscope", "", f"> {words.text('en', 'home.description')}", ""]
    lines += ["Every statement in a lesson names its source and the version that it was read at.", ""]
    for lang in LANGUAGES:
        lines += [f"## {'Lessons' if lang == 'en' else '课程'}", ""]
        for told in (each for lesson in lessons for each in (lesson, *lesson.pieces)):
            front = told.front(lang)
            address = section_address(lang, told.slug, told.section)
            lines.append(f"{'  ' if told.piece else ''}- [{front.title}]({base}{address}.md): {front.summary}")
        lines.append("")
    lines += ["## Reference", ""]
    for page in ("glossary", "claims", "diagnoses", "changes"):
        lines.append(f"- [{words.text('en', f'{page}.title')}]({base}/en/{page})")
    lines += [f"- [JSON API]({base}/api/openapi.json): what the models compute, for programs", ""]
    return "\n".join(lines)


def open_search(base: str, lang: Lang, words: Words) -> str:
    """How a browser asks our search (OpenSearch 1.1)."""
    own = escape(f"{base}/opensearch.{lang}.xml")
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/">'
        f"<ShortName>Podscope</ShortName><Description>{escape(words.text(lang, 'find.label'))}</Description>"
        f"<InputEncoding>UTF-8</InputEncoding><Language>{HTML_LANG[lang]}</Language>"
        f'<Image height="16" width="16" type="image/x-icon">{escape(base)}/favicon.ico</Image>'
        f'<Url type="text/html" template="{escape(base)}/{lang}/search?q={{searchTerms}}"/>'
        f'<Url type="application/opensearchdescription+xml" rel="self" template="{own}"/>'
        "</OpenSearchDescription>\n"
    )


def cff(base: str, lang: Lang, lesson: Lesson, day: date | None) -> str:
    """How a lesson is cited (Citation File Format 1.2.0)."""
    front = lesson.front(lang)
    lines = [
        "cff-version: 1.2.0",
        "message: If you use this lesson, please cite it as below.",
        "type: dataset",
        f"title: {_yaml(f'{front.title} (Podscope)')}",
        f"abstract: {_yaml(front.summary)}",
        "authors:",
        f"  - name: {_yaml(AUTHORS)}",
        f"license: {LICENSE}",
        *([f"url: {_yaml(f'{base}/{lang}/lessons/{lesson.slug}')}"] if base else []),
        *([f"date-released: {_yaml(day.isoformat())}"] if day else []),
        "keywords: [Kubernetes]",
    ]
    return "\n".join(lines) + "\n"


def _yaml(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def lesson_data(base: str, lang: Lang, lesson: Lesson, day: date | None) -> dict[str, object]:
    """A lesson as schema.org has it."""
    front = lesson.front(lang)
    return {
        "@context": "https://schema.org",
        "@type": "LearningResource",
        "name": front.title,
        "headline": front.question,
        "description": front.summary,
        "inLanguage": HTML_LANG[lang],
        "learningResourceType": "lesson",
        "teaches": front.question,
        "timeRequired": f"PT{front.minutes}M",
        "isAccessibleForFree": True,
        "license": "https://www.apache.org/licenses/LICENSE-2.0",
        "author": {"@type": "Organization", "name": AUTHORS},
        **({"dateModified": day.isoformat()} if day else {}),
        **({"url": f"{base}/{lang}/lessons/{lesson.slug}"} if base else {}),
    }
