"""The text format 0.0.4 as Prometheus reads it: model/textparse/promlex.l and promparse.go, v3.14.0.

Blanks are free between the parts of a line, commas between labels may be left out, a label's value may hold line
breaks; what stands before a name belongs to it; a timestamp has no sign.
"""

from collections.abc import Iterator

from app.widgets.metric_types.entry import Header, HeaderKind, Series, Stop
from app.widgets.metric_types.golang import (
    GoError,
    parse_float,
    parse_timestamp,
    quote,
    text_of,
    unescape,
    unescape_help,
)
from app.widgets.metric_types.lexer import Lexer, Rule, Token

TYPES = ("counter", "gauge", "histogram", "summary", "untyped")

_BLANK = Rule(Token.WHITESPACE, rb"[ \t]+")
_NAME = rb"[a-zA-Z_:][a-zA-Z0-9_:]*"
_LABEL = rb"[a-zA-Z_][a-zA-Z0-9_]*"
_QUOTED = rb'"(?:\\[^\n]|[^\\"])*+"'
_OPEN = rb'"(?:\\[^\n]|[^\\"])*+\\?'

RULES = {
    "init": (
        Rule(Token.LINEBREAK, rb"\n", "init"),
        _BLANK,
        Rule(None, rb"#[ \t]+", "comment"),
        Rule(Token.COMMENT, rb"#[^\n]*", "init"),
        Rule(Token.MNAME, _NAME, "value"),
        Rule(Token.BOPEN, rb"\{", "labels"),
    ),
    "comment": (
        Rule(Token.HELP, rb"HELP[ \t]+", "meta1"),
        Rule(Token.TYPE, rb"TYPE[ \t]+", "meta1"),
        Rule(Token.COMMENT, rb"[^\n]*", "init"),
    ),
    "meta1": (_BLANK, Rule(Token.MNAME, _QUOTED, "meta2", _OPEN), Rule(Token.MNAME, _NAME, "meta2")),
    "meta2": (Rule(Token.WHITESPACE, rb"[ \t]+(?=\n)"), Rule(Token.TEXT, rb"[^\n]*", "init")),
    "labels": (
        _BLANK,
        Rule(Token.LNAME, _LABEL, "labels"),
        Rule(Token.QSTRING, _QUOTED, "labels", _OPEN),
        Rule(Token.BCLOSE, rb"\}", "value"),
        Rule(Token.EQUAL, rb"=", "lvalue"),
        Rule(Token.COMMA, rb",", "labels"),
    ),
    "lvalue": (_BLANK, Rule(Token.LVALUE, _QUOTED, "labels", _OPEN)),
    "value": (_BLANK, Rule(Token.BOPEN, rb"\{", "labels"), Rule(Token.VALUE, rb"[^{ \t\n]+", "timestamp")),
    "timestamp": (_BLANK, Rule(Token.TIMESTAMP, rb"[0-9]+", "timestamp"), Rule(Token.LINEBREAK, rb"\n", "init")),
}


class TextParser:
    """Reads entry by entry. `resume` goes on behind the line in which it stopped, which the server does not."""

    def __init__(self, page: bytes) -> None:
        self.lexer = Lexer(page + b"\n", RULES)
        self.start = 0
        self.declared = ""

    def resume(self, stop: Stop) -> None:
        self.lexer.go(self.lexer.data.find(b"\n", stop.at) + 1 or len(self.lexer.data), "init")

    def entries(self) -> Iterator[Header | Series]:
        while True:
            self.start = self.lexer.at
            token = self._next()
            if token is Token.EOF:
                return
            if token in (Token.HELP, Token.TYPE):
                yield self._header("HELP" if token is Token.HELP else "TYPE")
            elif token is Token.COMMENT:
                self._expect_break("linebreak expected after comment")
            elif token in (Token.BOPEN, Token.MNAME):
                yield self._series(token)
            elif token is not Token.LINEBREAK:
                raise self._wrong("name", "expected a valid start token", token)

    def _next(self) -> Token:
        while (token := self.lexer.lex()) is Token.WHITESPACE:
            pass
        return token

    def _wrong(self, code: str, expected: str, got: Token) -> Stop:
        lexer = self.lexer
        end = min(len(lexer.data), lexer.at + 1)
        found, seen = lexer.data[lexer.start : end], lexer.data[self.start : end]
        words = f'{expected}, got {quote(found)} ("{got.value}") while parsing: {quote(seen)}'
        return Stop(self.start, code, words, {"text": text_of(lexer.line_at(self.start))})

    def _stop(self, code: str, words: str, text: str) -> Stop:
        return Stop(self.start, code, words, {"text": text})

    def _read(self) -> bytes:
        """All that was read of this entry."""
        return self.lexer.data[self.start : self.lexer.at]

    def _expect_break(self, expected: str, code: str = "rest") -> None:
        if (token := self._next()) is not Token.LINEBREAK:
            raise self._wrong(code, expected, token)

    def _header(self, kind: HeaderKind) -> Header:
        if (token := self._next()) is not Token.MNAME:
            raise self._wrong("header-name", f"expected metric name after {kind}", token)
        name = self.lexer.token
        if (token := self._next()) is not Token.TEXT:
            raise self._stop("header-text", f"expected text in {kind}, got {token.value}", kind)
        text = self.lexer.token[1:]
        if kind == "TYPE":
            self.declared = text_of(text)
            if self.declared not in TYPES:
                raise self._stop(
                    "type-unknown" if text else "type-empty", f"invalid metric type {quote(text)}", self.declared
                )
        elif not is_utf8(text):
            raise self._stop("help-utf8", f"help text {quote(text)} is not a valid utf8 string", text_of(text))
        self._expect_break("linebreak expected after metadata")
        return Header(self.start, kind, text_of(_bare(name)), text_of(unescape_help(text)))

    def _series(self, token: Token) -> Series:
        lexer = self.lexer
        name: bytes | None = None
        labels: list[tuple[bytes, bytes]] = []
        if token is Token.MNAME:
            # What stands before the name, blanks too, is part of it.
            name, raw = self._read(), self._read()
            token = self._next()
            has_braces = token is Token.BOPEN
        else:
            raw, has_braces = b"", True
        if has_braces:
            name = self._labels(name, labels)
            raw, token = self._read(), self._next()
        if name is None:
            raise self._stop("name-missing", f"metric name not set while parsing: {quote(self._read())}", text_of(raw))
        if token is not Token.VALUE:
            code = "name" if lexer.data[lexer.at : lexer.at + 1].strip() else "value-missing"
            raise self._wrong(code, "expected value after metric", token)
        value = self._number(lexer.token)
        token, has_time, time_ms = self._next(), False, 0
        if token is Token.TIMESTAMP:
            has_time, time_ms = True, self._time(lexer.token)
            self._expect_break("expected next entry after timestamp")
        elif token is not Token.LINEBREAK:
            code = "exemplar-text" if lexer.data[lexer.at : lexer.at + 1] == b"#" else "timestamp-wrong"
            raise self._wrong(code, "expected timestamp or new record", token)
        return Series(self.start, raw, unescape(name), tuple(labels), value, has_time, time_ms, self.declared)

    def _number(self, word: bytes) -> float:
        try:
            return parse_float(word)
        except GoError as error:
            words = f"{error} while parsing: {quote(self._read())}"
            before = self.lexer.data[self.lexer.start - 1 : self.lexer.start]
            if word and before.isalnum() and self.lexer.token == word:
                # `jobs-failed 1`: the server takes `jobs` for the name and the rest for the value.
                raise self._stop("name", words, text_of(self.lexer.line_at(self.start))) from None
            raise self._stop("value", words, text_of(word)) from None

    def _time(self, word: bytes) -> int:
        try:
            return parse_timestamp(word)
        except GoError as error:
            words = f"{error} while parsing: {quote(self._read())}"
            raise self._stop("timestamp-wrong", words, text_of(word)) from None

    def _labels(self, name: bytes | None, labels: list[tuple[bytes, bytes]]) -> bytes | None:
        """What stands in braces; a quoted text without a value is the name."""
        token = self._next()
        while token is not Token.BCLOSE:
            if token not in (Token.LNAME, Token.QSTRING):
                raise self._wrong("labels", "expected label name", token)
            word, is_quoted = self.lexer.token, token is Token.QSTRING
            token = self._next()
            if is_quoted and token in (Token.COMMA, Token.BCLOSE):
                if name is not None:
                    words = f"metric name already set while parsing: {quote(self._read())}"
                    raise self._stop("name-twice", words, text_of(word))
                name = word[1:-1]
                token = token if token is Token.BCLOSE else self._next()
                continue
            if token is not Token.EQUAL:
                raise self._wrong("labels", "expected equal", token)
            if (token := self._next()) is not Token.LVALUE:
                raise self._wrong("labels", "expected label value", token)
            labels.append((unescape(_bare(word)), self._label_value()))
            token = self._after_label()
        return name

    def _after_label(self) -> Token:
        """The token behind a label: commas are free, and may be missing."""
        return self._next() if (token := self._next()) is Token.COMMA else token

    def _label_value(self) -> bytes:
        word = self.lexer.token
        if not is_utf8(word):
            raise self._stop("label-utf8", f"invalid UTF-8 label value: {quote(word)}", text_of(word))
        return unescape(word[1:-1])


def _bare(word: bytes) -> bytes:
    return word[1:-1] if len(word) > 1 and word.startswith(b'"') else word


def is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True
