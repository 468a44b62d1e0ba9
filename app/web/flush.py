"""A page without what indents its templates.

flush("<ul>\\n    <li>a</li>\\n</ul>")    # "<ul><li>a</li></ul>"
"""

import re

_INDENT = re.compile(r"\n\s*(?=<|\Z)")
_BLOCK = (
    "p|div|section|article|header|footer|main|nav|aside|form|fieldset|legend|figure|figcaption|details|summary|h[1-6]"
    "|[duo]l|d[dt]|li|table|thead|tbody|tr|t[dh]|pre|option|g|rect|path|line|circle|text|use|desc|marker|symbol|defs|meta|link|script|title|head|body"
)
_BETWEEN = re.compile(rf"(?<=>)\n(?=</?(?:{_BLOCK})\b)")
_VERBATIM = re.compile(r"(<(pre|textarea|script|q|code)\b.*?</\2>)", re.S)


def flush(html: str) -> str:
    """The same without indents, empty lines, and line ends before blocks; what is verbatim stays."""
    pieces = _VERBATIM.split(html)  # between two pieces of markup stand what is verbatim and its element's name
    return "".join(
        _BETWEEN.sub("", _INDENT.sub("\n", piece)) if not place % 3 else piece
        for place, piece in enumerate(pieces)
        if place % 3 != 2
    )
