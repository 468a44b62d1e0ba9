"""`promtool check metrics` on a page: the second reader of the text format, and the linter behind it.

Prometheus v3.14.0, cmd/promtool; prometheus/common v0.70.1, expfmt/text_parse.go: names are the classic ones, TYPE and
HELP come once and before the samples, the last line ends with a line break. It knows no OpenMetrics.
"""

import math
import re
from collections.abc import Callable
from dataclasses import field

from app.record import dataclass
from app.widgets.metric_types.golang import GoError, parse_float, quote, text_of

TYPES = ("COUNTER", "GAUGE", "SUMMARY", "UNTYPED", "HISTOGRAM", "GAUGE_HISTOGRAM")
BUCKETED = ("HISTOGRAM", "GAUGE_HISTOGRAM")

_NAME = re.compile(rb"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL = re.compile(rb"[a-zA-Z_][a-zA-Z0-9_]*")
_STARTS_LABEL = frozenset(b'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"')
_GOES_ON = _STARTS_LABEL | frozenset(b"0123456789")
_BLANKS = re.compile(rb"[ \t]*")
_WORD = re.compile(rb"[^ \t\n]*")
_LINE = re.compile(rb"[^\n]*")
_ESCAPES = {ord("\\"): b"\\", ord("n"): b"\n", ord('"'): b'"'}


@dataclass
class Metric:
    labels: list[bytes] = field(default_factory=list)
    pairs: list[tuple[bytes, bytes]] = field(default_factory=list)


@dataclass
class LintedFamily:
    """A family as promtool sees it. `type` is empty until a TYPE or a sample settles it."""

    name: bytes
    type: str = ""
    has_help: bool = False
    line: int = 0
    metrics: list[Metric] = field(default_factory=list)


class CheckError(ValueError):
    """The words with which promtool stops, and the line that it names."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(f"error while linting: text format parsing error in line {line}: {problem}")
        self.line = line


class _End(Exception):  # the end of the text is no error at the start of a line
    pass


class FamilyParser:
    """A machine of states over bytes; `at` is the byte that was read last."""

    def __init__(self, page: bytes) -> None:
        self.data = page
        self.at = -1
        self.line = 0
        self.families: dict[bytes, LintedFamily] = {}
        self.family: LintedFamily | None = None
        self.metric: Metric | None = None
        self.merged: dict[object, Metric] = {}
        self.pairs: list[tuple[bytes, bytes]] = []
        self.identity: dict[bytes, bytes] = {}
        self.part = ""
        self.bound = math.nan
        self.in_braces = self.has_name = False
        self.token = b""

    def parse(self) -> list[LintedFamily]:
        """The families that have samples; CheckError where promtool stops."""
        state: Callable[[], object] | None = self._start_of_line
        try:
            while state is not None:
                state = state()  # type: ignore[assignment]  # each state gives the next one
        except _End:
            raise self._error("unexpected end of input stream") from None
        return [family for family in self.families.values() if family.metrics]

    def _error(self, problem: str) -> CheckError:
        return CheckError(self.line, problem)

    @property
    def _byte(self) -> int:
        return self.data[self.at]

    def _step(self) -> None:
        self.at += 1
        if self.at >= len(self.data):
            raise _End

    def _skip(self) -> None:
        """To the next byte that is no blank."""
        self.at = _BLANKS.match(self.data, self.at + 1).end() - 1  # type: ignore[union-attr]  # it always matches
        self._step()

    def _skip_if_blank(self) -> None:
        if self._byte in b" \t":
            self._skip()

    def _word(self) -> bytes:
        return self._until(_WORD)

    def _until(self, pattern: re.Pattern[bytes]) -> bytes:
        start = self.at
        self.at = pattern.match(self.data, start).end() - 1  # type: ignore[union-attr]  # it always matches
        self._step()
        return self.data[start : self.at]

    # --- lines --------------------------------------------------------------------------------------------------------

    def _start_of_line(self) -> object:
        self.line += 1
        self.in_braces = self.has_name = False
        try:
            self._skip()
        except _End:
            return None
        if self._byte == ord("#"):
            return self._comment
        if self._byte == ord("\n"):
            return self._start_of_line
        if self._byte == ord("{"):
            self.in_braces = True
            return self._labels
        return self._metric_name

    def _comment(self) -> object:
        self._skip()
        if self._byte == ord("\n"):
            return self._start_of_line
        keyword = self._word()
        if self._byte == ord("\n"):
            return self._start_of_line
        if keyword not in (b"HELP", b"TYPE"):
            self._until(_LINE)
            return self._start_of_line
        self._skip()
        self.token = self._quotable("metric name", colons=True)
        if self._byte == ord("\n"):
            return self._start_of_line
        if self._byte not in b" \t":
            raise self._error("invalid metric name in comment")
        self._enter_family()
        self._skip()
        if self._byte == ord("\n"):
            return self._start_of_line
        return self._help if keyword == b"HELP" else self._type

    def _help(self) -> object:
        family = self._current()
        if family.has_help:
            raise self._error(f"second HELP line for metric name {quote(family.name)}")
        text = self._until(_LINE)
        for found in re.finditer(rb"\\(.)?", text, re.DOTALL):
            if found[1] is not None and found[1][0] not in _ESCAPES:
                raise self._error(f"invalid escape sequence '\\{chr(found[1][0])}'")
        if len(text) - len(text.rstrip(b"\\")) & 1:
            raise self._error("invalid escape sequence '\\\n'")
        family.has_help = True
        return self._start_of_line

    def _type(self) -> object:
        family = self._current()
        if family.type:
            name = quote(family.name)
            raise self._error(f"second TYPE line for metric name {name}, or TYPE reported after samples")
        text = self._until(_LINE).replace(b"\\", b"")
        kind = text_of(text).upper()
        if kind == "GAUGEHISTOGRAM":
            kind = "GAUGE_HISTOGRAM"
        if kind not in TYPES:
            raise self._error(f"unknown metric type {quote(text)}")
        family.type = kind
        return self._start_of_line

    # --- samples ------------------------------------------------------------------------------------------------------

    def _metric_name(self) -> object:
        self.token = self._quotable("metric name", colons=True)
        if not self.token:
            raise self._error("invalid metric name")
        self._begin_metric()
        self._skip_if_blank()
        return self._labels

    def _begin_metric(self) -> None:
        self._enter_family()
        family = self._current()
        family.type = family.type or "UNTYPED"
        self.metric = Metric()

    def _labels(self) -> object:
        if self.family and self.family.type in ("SUMMARY", *BUCKETED):
            self.identity = {b"__name__": self.family.name}
            self.bound = math.nan
        return self._label_name if self._byte == ord("{") else self._value

    def _label_name(self) -> object:
        self._skip()
        if self._byte == ord("}"):
            return self._close_braces()
        self.token = self._quotable("label name", colons=False)
        name = quote(self.family.name if self.family else b"")
        if not self.token:
            raise self._error(f"invalid label name for metric {name}")
        self._skip_if_blank()
        if self._byte != ord("="):
            return self._name_in_braces(name)
        if self.token == b"__name__":
            raise self._error('label name "__name__" is reserved')
        if not _LABEL.fullmatch(self.token):
            raise self._error(f"invalid label name {quote(self.token)}")
        if not self._is_special(self.token):
            if any(self.token == other for other, _ in self.pairs):
                raise self._error(f"duplicate label names for metric {name}")
            self.pairs.append((self.token, b""))
        return self._label_value

    def _name_in_braces(self, name: str) -> object:
        if not self.in_braces:
            raise self._error(f"expected '=' after label name, found {_char(self._byte)}")
        if self.has_name:
            raise self._error(f"multiple metric names for metric {name}")
        if self._byte not in b",}":
            raise self._error(f"unexpected end of metric name {_char(self._byte)}")
        self._begin_metric()
        if self._byte == ord(","):
            self.has_name = True
            return self._label_name
        return self._close_braces()

    def _is_special(self, name: bytes) -> bool:
        kind = self.family.type if self.family else "COUNTER"
        return (kind == "SUMMARY" and name == b"quantile") or (kind in BUCKETED and name == b"le")

    def _label_value(self) -> object:
        name = self.token
        self._skip()
        if self._byte != ord('"'):
            raise self._error(f"expected '\"' at start of label value, found {_char(self._byte)}")
        value = self._quoted_value()
        try:
            value.decode()
        except UnicodeDecodeError:
            raise self._error(f"invalid label value {quote(value)}") from None
        if self._is_special(name):
            try:
                self.bound = parse_float(value)
            except GoError:
                raise self._error(f"expected float as value for '{name.decode()}' label, got {quote(value)}") from None
        else:
            self.pairs[-1] = (name, value)
            self.identity[name] = value
        self._skip()
        if self._byte == ord(","):
            return self._label_name
        if self._byte == ord("}"):
            return self._close_braces()
        raise self._error(f"unexpected end of label value {quote(value)}")

    def _close_braces(self) -> object:
        if self.family is None or self.metric is None:
            raise self._error("invalid metric name")
        self.metric.labels += [name for name, _ in self.pairs]
        self.metric.pairs += self.pairs
        self.pairs = []
        self._skip()
        return self._value

    def _value(self) -> object:
        family = self._current()
        self._keep_metric(family)
        word = self._word()
        try:
            value = parse_float(word)
        except GoError:
            raise self._error(f"expected float as value, got {quote(word)}") from None
        if family.type in BUCKETED and value < 0:
            if self.part == "count":
                raise self._error(f"negative count for histogram {quote(family.name)}")
            if self.part != "sum" and not math.isnan(self.bound):
                raise self._error(f"negative bucket population for histogram {quote(family.name)}")
        return self._start_of_line if self._byte == ord("\n") else self._timestamp

    def _keep_metric(self, family: LintedFamily) -> None:
        """Those of a summary or histogram with the same labels are one metric."""
        metric = self.metric
        if metric is None:  # pragma: no cover  # a name always made one
            raise self._error("invalid metric name")
        family.line = family.line or self.line
        if family.type not in ("SUMMARY", *BUCKETED):
            family.metrics.append(metric)
            return
        identity = (family.type == "SUMMARY", frozenset(self.identity.items()))
        if identity in self.merged:
            self.metric = self.merged[identity]
            return
        self.merged[identity] = metric
        family.metrics.append(metric)

    def _timestamp(self) -> object:
        self._skip()
        word = self._word()
        if not re.fullmatch(rb"[+-]?[0-9]{1,40}", word) or not -(2**63) <= int(word) < 2**63:
            raise self._error(f"expected integer as timestamp, got {quote(word)}")
        if rest := self._until(_LINE):
            raise self._error(f"spurious string after timestamp: {quote(rest)}")
        return self._start_of_line

    # --- names and values ---------------------------------------------------------------------------------------------

    def _current(self) -> LintedFamily:
        if self.family is None:
            raise self._error("invalid metric name")
        return self.family

    def _enter_family(self) -> None:
        name, self.part = self.token, ""
        if not _NAME.fullmatch(name):
            raise self._error(f"invalid metric name {quote(name)}")
        if known := self.families.get(name):
            self.family = known
            return
        for suffix, part in ((b"_count", "count"), (b"_sum", "sum"), (b"_bucket", "")):
            base = name.removesuffix(suffix)
            known = self.families.get(base) if base and base != name else None
            if known and (known.type in BUCKETED or (known.type == "SUMMARY" and part)):
                self.family, self.part = known, part
                return
        self.family = self.families[name] = LintedFamily(name)

    def _quotable(self, what: str, *, colons: bool) -> bytes:
        """A name, which may be quoted; what is no part of it is the current byte then."""
        if self._byte not in _STARTS_LABEL and not (colons and self._byte == ord(":")):
            return b""
        found, quoted, escaped = bytearray(), False, False
        while True:
            byte = self._byte
            if escaped:
                found += self._unescaped(byte)
                escaped = False
            elif byte == ord('"'):
                quoted = not quoted
                if not quoted:
                    self._step()
                    return bytes(found)
            elif byte == ord("\n"):
                raise self._error(f"{what} {quote(bytes(found))} contains unescaped new-line")
            elif byte == ord("\\"):
                escaped = True
            else:
                found.append(byte)
            self._step()
            if not quoted and self._byte not in _GOES_ON and not (colons and self._byte == ord(":")):
                return bytes(found)

    def _unescaped(self, byte: int) -> bytes:
        if byte not in _ESCAPES:
            raise self._error(f"invalid escape sequence '\\{chr(byte)}'")
        return _ESCAPES[byte]

    def _quoted_value(self) -> bytes:
        found, escaped = bytearray(), False
        while True:
            self._step()
            byte = self._byte
            if escaped:
                found += self._unescaped(byte)
                escaped = False
            elif byte == ord('"'):
                return bytes(found)
            elif byte == ord("\n"):
                raise self._error(f"label value {quote(bytes(found))} contains unescaped new-line")
            elif byte == ord("\\"):
                escaped = True
            else:
                found.append(byte)


def _char(byte: int) -> str:
    """%q of a byte: a rune in single quotes."""
    if byte == ord("'"):
        return "'\\''"
    if byte == ord('"'):
        return "'\"'"
    return "'" + quote(chr(byte).encode())[1:-1] + "'"
