"""The lessons as an EPUB 3: one file a chapter, a contents page, a style sheet; made of nothing but its chapters.

https://www.w3.org/TR/epub-33/: the first entry of the archive is `mimetype`, stored as it is; all else is compressed.
"""

import io
import re
import uuid
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

from markupsafe import Markup

from app.content.language import HTML_LANG, Lang
from app.lessons.book import Chapter, absolute
from app.web.templates import Templates

TYPE = "application/epub+zip"
_VOID = re.compile(r"<((?:br|hr|img|input|col|wbr)\b[^>]*?)\s*/?>")
_BARE = re.compile(r"(<[a-z][^<>]*\s)(popover|hidden|open|checked|disabled)(?=[\s>])")
_LIGHT_DARK = re.compile(r"light-dark\(([^,]+),[^)]*\)")
STYLES = ("tokens", "figure", "book")
WHEN = (1980, 1, 1, 0, 0, 0)  # of every entry, so that the same lessons make the same file


def epub(
    templates: Templates, chapters: tuple[Chapter, ...], lang: Lang, base: str, styles: Path, changed: date | None
) -> bytes:
    """The whole file. Its id follows from the language alone, so that a newer one takes the place of an older."""
    identity = uuid.uuid5(uuid.NAMESPACE_URL, f"https://podscope.example/{lang}")
    day = (changed or date(2026, 11, 29)).isoformat()
    files = {
        "META-INF/container.xml": _CONTAINER,
        "EPUB/style.css": style_of(styles),
        "EPUB/nav.xhtml": _page(templates, "book/nav.html", lang, chapters=chapters),
        "EPUB/title.xhtml": _page(templates, "book/title.html", lang, day=day),
        **{
            f"EPUB/{chapter.name}.xhtml": _page(
                templates, "book/chapter.html", lang, chapter=chapter, body=absolute(chapter.body, base)
            )
            for chapter in chapters
        },
        "EPUB/package.opf": _page(
            templates, "book/package.html", lang, chapters=chapters, identity=str(identity), day=day
        ),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(zipfile.ZipInfo("mimetype", WHEN), TYPE, zipfile.ZIP_STORED)
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name, WHEN), text, zipfile.ZIP_DEFLATED)
    return out.getvalue()


_CONTAINER = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/></rootfiles></container>\n'
)


def _page(templates: Templates, name: str, lang: Lang, **context: Any) -> str:
    drawn = templates.render(name, lang, code=HTML_LANG[lang], **context)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + as_xml(Markup(drawn))


def as_xml(body: Markup) -> str:
    """HTML of ours as XML: empty elements are closed, attributes have values, pictures have their namespace."""
    text = _VOID.sub(r"<\1/>", body)
    text = _BARE.sub(r'\1\2="\2"', text)
    return re.sub(r"<svg (?!xmlns)", '<svg xmlns="http://www.w3.org/2000/svg" ', text)


def style_of(styles: Path) -> str:
    """The style sheet in the one scheme that a book has, without layers, which few readers know."""
    text = "\n".join((styles / f"{name}.css").read_text(encoding="utf-8") for name in STYLES)
    return _LIGHT_DARK.sub(r"\1", without_layers(text))


def without_layers(css: str) -> str:
    """The same rules without the blocks of layers around them."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    pieces, depth, opened = [], 0, []
    at = 0
    for match in re.finditer(r"@layer [^{;]+;|@layer [^{;]+\{|[{}]", css):
        pieces.append(css[at : match.start()])
        at = match.end()
        if match[0].startswith("@layer") and match[0].endswith("{"):
            opened.append(depth)
            depth += 1
        elif match[0] == "{":
            depth += 1
            pieces.append("{")
        elif match[0] == "}":
            depth -= 1
            if opened and opened[-1] == depth:
                opened.pop()
            else:
                pieces.append("}")
    return "".join([*pieces, css[at:]])
