"""Label matchers as Alertmanager reads them: `severity=~"warning|critical"`, by its two parsers, on RE2.

prometheus/alertmanager v0.35.0: matcher/parse (the UTF-8 parser), pkg/labels/parse.go (the classic one),
matcher/compat/parse.go (which of them has the say), pkg/labels/matcher.go (what a matcher does and how it is printed).
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field, replace
from typing import Any, Literal, Protocol

from app.kube.manifest import WHITESPACE, Part, Path, Source, scalar_text, shown
from app.kube.refusal import Refusal
from app.record import dataclass

Operator = Literal["=", "!=", "=~", "!~"]
Parser = Literal["both", "utf-8", "classic", "disagreement"]

MATCHER_LIMIT = 10_000
"""Matchers of one text."""

PROGRAM_LIMIT = 2_000_000
"""RE2 instructions of all its regular expressions together."""

WIDE_LIMIT = 200_000
"""RE2 instructions that Unicode classes (`\\pL`: some 1,200 each time) may make, counted before one is compiled."""

WORK_LIMIT = 40_000_000
"""RE2 instructions times characters that they may have to be held against: at worst 25 nanoseconds each."""

OPERATORS: Mapping[str, Operator] = {"=": "=", "!=": "!=", "=~": "=~", "!~": "!~"}


class Pattern(Protocol):
    """What of a compiled RE2 expression is used here."""

    programsize: int

    def search(self, text: str) -> object | None: ...


class MatcherError(ValueError):
    """A text that a parser does not take. `code` is a refusal's, `problem` its detail."""

    def __init__(self, code: str, problem: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.problem = problem


@dataclass(frozen=True, order=True)
class Matcher:
    """One comparison of a label. The order is Alertmanager's: by name, value, kind. `parser` read it."""

    name: str
    value: str
    rank: int
    operator: Operator = field(compare=False)
    pattern: Pattern | None = field(compare=False, repr=False)
    parser: Parser = field(default="both", compare=False)

    def holds(self, labels: Mapping[str, str]) -> bool:
        """A label that is missing is an empty one; expressions match the whole value."""
        value = labels.get(self.name, "")
        if self.pattern is None:
            return (value == self.value) == (self.operator == "=")
        return (self.pattern.search(value) is not None) == (self.operator == "=~")

    def __str__(self) -> str:
        if any(char in RESERVED for char in self.name):
            return f"{go_quote(self.name)}{self.operator}{go_quote(self.value)}"
        value = self.value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
        return f'{self.name}{self.operator}"{value}"'


def matcher(name: str, operator: Operator, value: str, compiler: "Compiler") -> Matcher:
    """A matcher; MatcherError when its regular expression is none that RE2 takes."""
    pattern = compiler.compiled(value) if operator in ("=~", "!~") else None
    return Matcher(name, value, list(OPERATORS).index(operator), operator, pattern)


def print_matchers(matchers: Iterable[Matcher]) -> str:
    """`{a="1",b=~"x|y"}`, as in a group key."""
    return "{" + ",".join(map(str, matchers)) + "}"


# --- regular expressions ---------------------------------------------------------------------------------------------

MAX_MEM = 2 << 20  # bytes that RE2 may take for one expression

# RE2 itself knows `\C`, one byte; Go's package does not.
_ANY_BYTE = re.compile(r"(?<!\\)(?:\\\\)*\\C")


WIDE = 1200
"""Instructions of the largest Unicode classes, which are made anew for each repetition of `\\pL{60}`."""

_PIECE = re.compile(
    r"""
      \\[pP](?:\{[^}]*\}?|.)(?P<wide>) | \\. | (?P<open>\() | (?P<close>\))
    | \{(?P<least>[0-9]{1,4})(?:,(?P<most>[0-9]{0,4}))?\}
    | \[\^?\]?(?P<set>(?:\\.|\[:\^?[a-z]+:\]|[^\]\\])*)\]? | .
    """,
    re.VERBOSE | re.DOTALL,
)


def wide_instructions(expression: str) -> int:
    """About how many instructions of its program belong to Unicode classes: RE2 writes out what is repeated."""
    groups, last = [0], 0
    for piece in _PIECE.finditer(expression):
        if piece["open"]:
            groups.append(0)
            last = 0
        elif piece["close"]:
            last = groups.pop() if len(groups) > 1 else 0
            groups[-1] += last
        elif piece["least"]:
            times = max(1, int(piece["least"]), int(piece["most"] or 0))
            groups[-1] += last * (times - 1)
            last *= times
        else:
            last = WIDE if piece["wide"] is not None or re.search(r"\\[pP]", piece["set"] or "") else 0
            groups[-1] += last
    return sum(groups)


class Compiler:
    """Compiles the regular expressions of one text, each once, and counts what they cost."""

    def __init__(self) -> None:
        self._known: dict[str, Pattern] = {}
        self._wide = 0
        self._instructions = 0

    def compiled(self, expression: str) -> Pattern:
        """MatcherError when RE2 does not take it, or the text has too many large ones."""
        known = self._known.get(expression)
        if known is None:
            self._wide += wide_instructions(expression)
            if self._wide > WIDE_LIMIT or self._instructions > PROGRAM_LIMIT:
                raise MatcherError(COSTLY)
            known = self._known[expression] = compiled(expression)
            self._instructions += known.programsize
        return known


COSTLY = "matcher-costly"


def compiled(expression: str) -> Pattern:
    """`^(?:expression)$`, as Go's regexp package would compile it."""
    if _ANY_BYTE.search(expression):
        raise MatcherError("matcher-regex", "invalid escape sequence: \\C")
    import re2  # with C++'s library 2 MB, which a process takes with the first expression

    options = re2.Options()
    options.log_errors, options.max_mem = False, MAX_MEM
    try:
        pattern: Pattern = re2.compile(f"^(?:{expression})$", options)
    except re2.error as error:
        problem = error.args[0] if error.args else ""
        text = problem.decode(errors="replace") if isinstance(problem, bytes) else str(problem)
        raise MatcherError("matcher-regex", text) from None
    except UnicodeEncodeError:
        raise MatcherError("matcher-regex", "invalid UTF-8") from None
    return pattern


# --- the two parsers -------------------------------------------------------------------------------------------------

RESERVED = frozenset(WHITESPACE + "{}!=~,\\\"'`")
_TOKEN = re.compile(
    r"""
      (?P<open>\{) | (?P<close>\}) | (?P<comma>,) | (?P<operator>=~|=|!=|!~)
    | (?P<quoted>"(?:[^"\\]|\\.)*+") | (?P<bare>[^RESERVED]+) | (?P<space>[SPACE]+)
    """.replace("RESERVED", re.escape("".join(sorted(RESERVED)))).replace("SPACE", re.escape(WHITESPACE)),
    re.VERBOSE | re.DOTALL,
)
_NAME = re.compile(r"[\t\n\f\r ]*([a-zA-Z_:][a-zA-Z0-9_:]*)[\t\n\f\r ]*(=~|=|!=|!~)")
_REGEX_SPACE = "\t\n\f\r "


def parse_matchers(text: str, compiler: Compiler | None = None) -> tuple[Matcher, ...]:
    """All matchers of a text, in the order written; MatcherError when neither parser takes it.

    matcher/compat/parse.go, FallbackMatchersParser: when both take it and differ, the classic reading counts.
    """
    return _fall_back(_parse_utf8, _parse_classic, text, compiler or Compiler())


def parse_matcher(text: str) -> Matcher:
    """The one matcher of a text. matcher/compat/parse.go, FallbackMatcherParser."""
    if text.startswith("{") or text.endswith("}"):
        raise MatcherError("matcher-syntax")
    return _fall_back(_parse_utf8_one, lambda whole, by: (_parse_classic_one(whole, by),), text, Compiler())[0]


Parse = Callable[[str, Compiler], tuple[Matcher, ...]]


def _fall_back(modern: Parse, classic: Parse, text: str, compiler: Compiler) -> tuple[Matcher, ...]:
    read, problem = _attempt(modern, text, compiler)
    read_before, problem_before = _attempt(classic, text, compiler)
    if read is None and read_before is None:
        # Alertmanager always prints the classic parser's complaint; a bad expression is worth more to a reader.
        raise problem if problem.code == "matcher-regex" else problem_before
    if read == read_before:
        return tuple(read_before or ())
    if read is None:
        return _read_by("classic", read_before)
    return _read_by("utf-8", read) if read_before is None else _read_by("disagreement", read_before)


_NO_PROBLEM = MatcherError("")


def _attempt(parse: Parse, text: str, compiler: Compiler) -> tuple[tuple[Matcher, ...] | None, MatcherError]:
    try:
        return parse(text, compiler), _NO_PROBLEM
    except MatcherError as error:
        if error.code == COSTLY:
            raise
        return None, error


def _read_by(parser: Parser, matchers: Iterable[Matcher] | None) -> tuple[Matcher, ...]:
    return tuple(replace(each, parser=parser) for each in matchers or ())


def _parse_utf8_one(text: str, compiler: Compiler) -> tuple[Matcher, ...]:
    found = _parse_utf8(text, compiler)
    if len(found) != 1:
        raise MatcherError("matcher-syntax")
    return found


def _parse_utf8(text: str, compiler: Compiler) -> tuple[Matcher, ...]:
    """matcher/parse/parse.go: name, operator, value; commas between, one may follow the last; braces pair."""
    tokens = _tokens(text)
    kinds = [kind for kind, _ in tokens]
    at, end = 0, len(tokens)
    if kinds[:1] == ["open"]:
        if kinds[-1] != "close":
            raise MatcherError("matcher-syntax")
        at, end = 1, end - 1
    found = []
    while at < end:
        word = ("bare", "quoted")
        if end - at < 3 or kinds[at] not in word or kinds[at + 1] != "operator" or kinds[at + 2] not in word:
            raise MatcherError("matcher-syntax")
        found.append(matcher(tokens[at][1], OPERATORS[tokens[at + 1][1]], tokens[at + 2][1], compiler))
        at += 3
        if at < end:
            if kinds[at] != "comma":
                raise MatcherError("matcher-syntax")
            at += 1
    return tuple(found)


def _tokens(text: str) -> list[tuple[str, str]]:
    """matcher/parse/lexer.go; what is quoted is given without its quotes."""
    tokens = []
    at = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None or token.lastgroup is None:
            raise MatcherError("matcher-syntax")
        if token.lastgroup == "quoted":
            tokens.append(("quoted", go_unquote(token[0])))
        elif token.lastgroup != "space":
            tokens.append((token.lastgroup, token[0]))
        at = token.end()
    return tokens


def _parse_classic(text: str, compiler: Compiler) -> tuple[Matcher, ...]:
    """pkg/labels/parse.go, ParseMatchers: split at commas outside of quotes; stray braces at the ends are dropped."""
    pieces: list[str] = []
    piece: list[str] = []
    inside = escaped = False
    for char in text.removeprefix("{").removesuffix("}"):
        if char == "," and not inside:
            pieces.append("".join(piece))
            piece = []
            continue
        if char == '"':
            inside, escaped = (inside if escaped else not inside), False
        elif char == "\\":
            escaped = not escaped
        elif char != ",":
            escaped = False
        piece.append(char)
    if last := "".join(piece).strip(WHITESPACE):
        pieces.append(last)
    return tuple(_parse_classic_one(piece, compiler) for piece in pieces)


def _parse_classic_one(text: str, compiler: Compiler) -> Matcher:
    """pkg/labels/parse.go, ParseMatcher: after the operator all is value, in quotes or not."""
    head = _NAME.match(text)
    if head is None:
        raise MatcherError("matcher-syntax")
    raw = text[head.end() :].strip(_REGEX_SPACE)
    quoted = raw.startswith('"')
    if quoted:
        if len(raw) < 2 or not raw.endswith('"'):
            raise MatcherError("matcher-quote")
        raw = raw[1:]
    value, closed = _unescape(raw)
    if closed != quoted:
        raise MatcherError("matcher-quote")
    return matcher(head[1], OPERATORS[head[2]], value, compiler)


def _unescape(raw: str) -> tuple[str, bool]:
    r"""The value with `\n \" \\` replaced, and whether a closing quote stood at its end, the only place for one."""
    value = []
    at, closed = 0, False
    while at < len(raw):
        char = raw[at]
        if char == "\\" and at + 1 < len(raw):
            after = raw[at + 1]
            value.append({"n": "\n", '"': '"', "\\": "\\"}.get(after, "\\" + after))
            at += 2
            continue
        if char == '"':
            if at + 1 < len(raw):
                raise MatcherError("matcher-quote")
            closed = True
        else:
            value.append(char)
        at += 1
    return "".join(value), closed


# --- Go's quoting: strconv.Quote and strconv.Unquote ------------------------------------------------------------------

_SHORT = {"\a": "a", "\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t", "\v": "v", "\\": "\\", '"': '"'}
_LONG = {short: char for char, short in _SHORT.items()}
_ESCAPE = re.compile(r'\\(?:([abfnrtv\\"])|x([0-9a-fA-F]{2})|([0-7]{3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))|(\\)|(\n)')


def go_quote(text: str) -> str:
    """The text as Go's %q prints it."""
    return '"' + "".join(map(_quote_char, text)) + '"'


def _quote_char(char: str) -> str:
    if char in _SHORT:
        return "\\" + _SHORT[char]
    if char.isprintable():
        return char
    code = ord(char)
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def go_unquote(text: str) -> str:
    """What a Go string literal in double quotes means; MatcherError when it is none, or not UTF-8."""
    parts: list[bytes] = []
    at, inside = 0, text[1:-1]
    try:
        for escape in _ESCAPE.finditer(inside):
            parts += [inside[at : escape.start()].encode(), _escaped(escape)]
            at = escape.end()
        return b"".join([*parts, inside[at:].encode()]).decode()
    except (UnicodeDecodeError, UnicodeEncodeError):
        raise MatcherError("matcher-syntax") from None


def _escaped(escape: re.Match[str]) -> bytes:
    short, byte, octal, small, large, stray, newline = escape.groups()
    if short:
        return _LONG[short].encode()
    if byte:
        return bytes([int(byte, 16)])
    if octal and int(octal, 8) < 256:
        return bytes([int(octal, 8)])
    code = int(small or large or "d800", 16)
    if stray or newline or octal or 0xD800 <= code < 0xE000 or code > 0x10FFFF:
        raise MatcherError("matcher-syntax")
    return chr(code).encode()


# --- reading them out of a configuration ------------------------------------------------------------------------------

_LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_WORD = re.compile(r"[^\s\[\]{},\"']+")
_BOOLEANS = {
    True: frozenset(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON")),
    False: frozenset(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF")),
}


@dataclass
class MatcherReader:
    """Reads the matchers of one configuration, and keeps count so that no text can cost more than it should."""

    matchers: int = 0
    instructions: Counter[str] = field(default_factory=Counter)
    """RE2 instructions by the label that they are held against."""
    compiler: Compiler = field(default_factory=Compiler)

    def read(self, part: Part, new: str, equal: str, regex: str) -> tuple[Matcher, ...]:
        """What must hold: the list `new` and the older mappings `equal` and `regex`, sorted as Alertmanager does."""
        found = [self._one(part, (equal, name), name, "=", value) for name, value in self._pairs(part, equal)]
        found += [
            # The value is the compiled expression's own text, which has its anchors already.
            self._one(part, (regex, name), name, "=~", f"^(?:{value})$", value)
            for name, value in self._pairs(part, regex)
        ]
        for i, item in enumerate(part.items(new)):
            text = plain_text(part, (new, i), item)
            try:
                parsed = parse_matchers(text, self.compiler)
            except MatcherError as error:
                raise part.refusal(error.code, new, i, text=shown(text), problem=error.problem) from None
            for each in parsed:
                self._count(part, (new, i), each)
            found += parsed
        return tuple(sorted(found))

    def _pairs(self, part: Part, key: str) -> list[tuple[str, str]]:
        inner = part.part(key)
        for name in inner.content:
            if not _LABEL_NAME.fullmatch(name):
                raise part.refusal("matcher-name", key, name, name=shown(name))
        return [(name, plain_text(part, (key, name), value)) for name, value in inner.content.items()]

    def _one(
        self, part: Part, place: tuple[str, str], name: str, operator: Operator, value: str, written: str = ""
    ) -> Matcher:
        try:
            if written:
                self.compiler.compiled(written)
            read = matcher(name, operator, value, self.compiler)
        except MatcherError as error:
            raise part.refusal(error.code, *place, text=shown(written), problem=error.problem) from None
        self._count(part, place, read)
        return read

    def _count(self, part: Part, place: tuple[str | int, ...], read: Matcher) -> None:
        self.matchers += 1
        if read.pattern is not None:
            self.instructions[read.name] += read.pattern.programsize
        if self.matchers > MATCHER_LIMIT:
            raise part.refusal("matcher-many", *place, limit=MATCHER_LIMIT)
        if self.instructions.total() > PROGRAM_LIMIT:
            raise part.refusal(COSTLY, *place)

    def check_work(self, held_against: Iterable[Mapping[str, str]], field: str) -> None:
        """Before all expressions are held against these sets of labels, each against the label that it names."""
        work = sum(
            instructions * len(labels.get(name, ""))
            for labels in held_against
            for name, instructions in self.instructions.items()
        )
        if work > WORK_LIMIT:
            raise Refusal(COSTLY, field=field)


def plain_text(part: Part, place: tuple[str | int, ...], value: Any) -> str:
    """A scalar as the text that stands there, which is what yaml.v2 puts into a string: `500`, `true`; null is empty.

    A number or boolean whose text cannot be told any more (`0x1F`, `1e3`) is refused: quotes make it clear.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        document = part.document
        words = _words_at(document.source, (document.index, *document.inside, *part.path, *place))
        likely = _BOOLEANS[value] if isinstance(value, bool) else frozenset({scalar_text(value)})
        written = sorted(words & likely)
        if len(written) == 1:
            return str(written[0])
    raise part.refusal("manifest-wrong-text", *place, found=shown(value))


def _words_at(source: Source, path: Path) -> frozenset[str]:
    """The words of the line on which a value stands. What was found is kept as long as the text is, and no longer:
    thousands of numbers may be looked up, and all may stand on one line."""
    if not source.memo:
        lines = source.text.splitlines()
        source.memo["lines"] = lines
        source.memo["line"] = {place.path: place.line for place in source.places(source.text)}
        source.memo["words"] = {}
    number = source.memo["line"].get(path, 0)
    words: dict[int, frozenset[str]] = source.memo["words"]
    if number not in words:
        lines = source.memo["lines"]
        words[number] = frozenset(_WORD.findall(lines[number - 1])) if 0 < number <= len(lines) else frozenset()
    return words[number]
