"""OpenMetrics 1.0 as Prometheus reads it: model/textparse/openmetricslex.l and openmetricsparse.go, v3.14.0.

One blank between the parts, no empty lines, no comments of one's own, `# EOF` at the end. Where the parser takes no
notice of a token after a value, the next entry starts in the middle of the line; that is followed here.
"""

import math
import re
from collections.abc import Iterator

from app.widgets.metric_types.entry import Header, HeaderKind, Series, Stop
from app.widgets.metric_types.golang import GoError, parse_float, quote, text_of, unescape
from app.widgets.metric_types.lexer import Lexer, Rule, Token
from app.widgets.metric_types.textformat import TextParser, is_utf8

TYPES = ("counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset", "unknown")

_NAME = rb"[a-zA-Z_:][a-zA-Z0-9_:]*"
_LABEL = rb"[a-zA-Z_][a-zA-Z0-9_]*"
_QUOTED = rb'"(?:\\[^\n]|[^\\"])*+"'
_OPEN = rb'"(?:\\[^\n]|[^\\"])*+\\?'
_ONE_LINE = rb'"(?:\\[^\n]|[^\\"\n])*+"'
_ONE_LINE_OPEN = rb'"(?:\\[^\n]|[^\\"\n])*+\\?'


def _begun(word: bytes) -> bytes:
    """Any beginning of a word: `(?:H(?:E(?:L)?)?)?` of HEL."""
    expression = b""
    for at in reversed(range(len(word))):
        expression = b"(?:" + re.escape(word[at : at + 1]) + expression + b")?"
    return expression


_WORD = rb" [^ \n]+"
RULES = {
    "init": (
        Rule(None, rb"# ", "comment", rb"#"),
        Rule(Token.MNAME, _NAME, "value"),
        Rule(Token.BOPEN, rb"\{", "labels"),
    ),
    "comment": (
        Rule(Token.HELP, rb"HELP ", "meta1", _begun(b"HELP ")),
        Rule(Token.TYPE, rb"TYPE ", "meta1", _begun(b"TYPE ")),
        Rule(Token.UNIT, rb"UNIT ", "meta1", _begun(b"UNIT ")),
        Rule(Token.EOFWORD, rb"EOF\n?", "init", _begun(b"EOF")),
    ),
    "meta1": (Rule(Token.MNAME, _QUOTED, "meta2", _OPEN), Rule(Token.MNAME, _NAME, "meta2")),
    "meta2": (Rule(Token.TEXT, rb" [^\n]*\n", "init", rb" [^\n]*"),),
    "labels": (
        Rule(Token.LNAME, _LABEL, "labels"),
        Rule(Token.QSTRING, _QUOTED, "labels", _OPEN),
        Rule(Token.BCLOSE, rb"\}", "value"),
        Rule(Token.EQUAL, rb"=", "lvalue"),
        Rule(Token.COMMA, rb",", "labels"),
    ),
    "lvalue": (Rule(Token.LVALUE, _ONE_LINE, "labels", _ONE_LINE_OPEN),),
    "value": (Rule(Token.BOPEN, rb"\{", "labels"), Rule(Token.VALUE, _WORD, "timestamp", rb" ")),
    "timestamp": (
        Rule(Token.COMMENT, rb" # \{", "exemplar", rb" # "),
        Rule(Token.TIMESTAMP, rb" (?!# )[^ \n]+", "timestamp", rb" "),
        Rule(Token.LINEBREAK, rb"\n", "init"),
    ),
    "exemplar": (
        Rule(Token.LNAME, _LABEL, "exemplar"),
        Rule(Token.QSTRING, _ONE_LINE, "exemplar", _ONE_LINE_OPEN),
        Rule(Token.BCLOSE, rb"\}", "evalue"),
        Rule(Token.EQUAL, rb"=", "evalue"),
        Rule(Token.COMMA, rb",", "exemplar"),
    ),
    "evalue": (
        Rule(Token.LVALUE, _ONE_LINE, "exemplar", _ONE_LINE_OPEN),
        Rule(Token.VALUE, _WORD, "etimestamp", rb" "),
    ),
    "etimestamp": (Rule(Token.TIMESTAMP, _WORD, "etimestamp", rb" "), Rule(Token.LINEBREAK, rb"\n", "init")),
}

_NO_END = "data does not end with # EOF"


class OpenMetricsParser(TextParser):
    """Reads entry by entry; the labels in braces are read as in the text format, but for the comma between them."""

    def __init__(self, page: bytes) -> None:
        super().__init__(page)
        self.lexer = Lexer(page, RULES)

    def entries(self) -> Iterator[Header | Series]:
        while True:
            self.start = self.lexer.at
            token = self.lexer.lex()
            if token is Token.EOFWORD:
                if self.lexer.lex() is not Token.EOF:
                    raise self._stop("eof-after", "unexpected data after # EOF", "")
                return
            if token is Token.EOF:
                raise self._stop("eof-missing", _NO_END, "")
            if token in (Token.HELP, Token.TYPE, Token.UNIT):
                kind: HeaderKind = "HELP" if token is Token.HELP else "TYPE" if token is Token.TYPE else "UNIT"
                yield self._header(kind)
            elif token in (Token.BOPEN, Token.MNAME):
                yield self._series(token)
            else:
                raise self._wrong(self._start_code(), "expected a valid start token", token)

    def _start_code(self) -> str:
        line = self.lexer.line_at(self.start)
        if not line.strip(b"\r"):
            return "blank-line"
        return "comment-free" if line.startswith(b"#") else "name"

    def _next(self) -> Token:
        return self.lexer.lex()

    def _header(self, kind: HeaderKind) -> Header:
        if (token := self._next()) is not Token.MNAME:
            raise self._wrong("header-name", f"expected metric name after {kind}", token)
        word = self.lexer.token
        name = word[1:-1] if word.startswith(b'"') else word
        if self._next() is not Token.TEXT:
            raise self._stop("header-text", f"expected text in {kind}", kind)
        text = self.lexer.token[1:-1]
        if kind == "TYPE":
            self.declared = text_of(text)
            if self.declared not in TYPES:
                raise self._stop(
                    "type-unknown-om" if text else "type-empty", f"invalid metric type {quote(text)}", self.declared
                )
        elif kind == "HELP":
            if not is_utf8(text):
                raise self._stop("help-utf8", f"help text {quote(text)} is not a valid utf8 string", text_of(text))
        elif text and not name.endswith(b"_" + text):
            words = f"unit {quote(text)} not a suffix of metric {quote(name)}"
            raise Stop(self.start, "unit", words, {"unit": text_of(text), "name": text_of(name)})
        return Header(self.start, kind, text_of(name), text_of(unescape(text)))

    def _after_label(self) -> Token:
        token = self._next()
        if token is Token.COMMA:
            return self._next()
        if token is not Token.BCLOSE:
            raise self._wrong("labels", "expected comma or brace close", token)
        return token

    def _series(self, token: Token) -> Series:
        name: bytes | None = None
        labels: list[tuple[bytes, bytes]] = []
        raw = b""
        if token is Token.MNAME:
            name = raw = self._read()
            token = self._next()
        if raw == b"" or token is Token.BOPEN:
            name = self._labels(name, labels)
            raw, token = self._read(), self._next()
        if name is None:
            raise self._stop("name-missing", f"metric name not set while parsing: {quote(self._read())}", text_of(raw))
        value = self._float(token, "metric")
        has_time, time_ms = self._rest_of_line()
        return Series(self.start, raw, unescape(name), tuple(labels), value, has_time, time_ms, self.declared)

    def _float(self, token: Token, after: str) -> float:
        if token is not Token.VALUE:
            code = "value-missing" if self.lexer.data[self.lexer.at : self.lexer.at + 1] in (b"\n", b"") else "value-om"
            raise self._wrong(code, f"expected value after {after}", token)
        return self._number(self.lexer.token[1:])

    def _rest_of_line(self) -> tuple[bool, int]:
        token, has_time, time_ms = self._next(), False, 0
        if token is Token.EOF:
            raise self._stop("eof-missing", _NO_END, "")
        if token is Token.TIMESTAMP:
            has_time, time_ms = True, self._seconds("timestamp")
            token = self._next()
            if token not in (Token.LINEBREAK, Token.COMMENT):
                raise self._wrong("rest", "expected next entry after timestamp", token)
        if token is Token.COMMENT:
            self._exemplar()
        return has_time, time_ms

    def _seconds(self, what: str) -> int:
        word = self.lexer.token[1:]
        try:
            seconds = parse_float(word)
        except GoError as error:
            words = f"{error} while parsing: {quote(self._read())}"
            raise self._stop("timestamp-wrong-om", words, text_of(word)) from None
        if not math.isfinite(seconds):
            shown = "NaN" if math.isnan(seconds) else "+Inf" if seconds > 0 else "-Inf"
            raise self._stop("timestamp-wrong-om", f"invalid {what} {shown}", text_of(word))
        return int(seconds * 1000) if abs(seconds) < 1e15 else 0

    def _exemplar(self) -> None:
        self._exemplar_labels()
        self._float(self._next(), "exemplar labels")
        token = self._next()
        if token is Token.EOF:
            raise self._stop("eof-missing", _NO_END, "")
        if token is Token.TIMESTAMP:
            self._seconds("exemplar timestamp")
            if (token := self._next()) is not Token.LINEBREAK:
                raise self._wrong("exemplar", "expected next entry after exemplar timestamp", token)
        elif token is not Token.LINEBREAK:
            raise self._wrong("exemplar", "expected timestamp or comment", token)

    def _exemplar_labels(self) -> None:
        token = self._next()
        while token is not Token.BCLOSE:
            if token not in (Token.LNAME, Token.QSTRING):
                raise self._wrong("exemplar", "expected label name", token)
            is_quoted = token is Token.QSTRING
            token = self._next()
            if is_quoted and token in (Token.COMMA, Token.BCLOSE):
                raise self._wrong("exemplar", "expected label name", token)
            if token is not Token.EQUAL:
                raise self._wrong("exemplar", "expected equal", token)
            if (token := self._next()) is not Token.LVALUE:
                raise self._wrong("exemplar", "expected label value", token)
            self._label_value()
            token = self._after_label()
