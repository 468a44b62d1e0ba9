"""Cutting a page into tokens as Prometheus' lexers do: rules by state, the longest match, no way back."""

import re
from collections.abc import Mapping, Sequence
from enum import Enum


class Token(Enum):
    """The tokens under the names by which the server's messages call them. model/textparse/promparse.go."""

    INVALID = "INVALID"
    EOF = "EOF"
    LINEBREAK = "LINEBREAK"
    WHITESPACE = "WHITESPACE"
    HELP = "HELP"
    TYPE = "TYPE"
    UNIT = "UNIT"
    EOFWORD = "EOFWORD"
    TEXT = "TEXT"
    COMMENT = "COMMENT"
    MNAME = "MNAME"
    QSTRING = "QSTRING"
    BOPEN = "BOPEN"
    BCLOSE = "BCLOSE"
    LNAME = "LNAME"
    LVALUE = "LVALUE"
    EQUAL = "EQUAL"
    COMMA = "COMMA"
    TIMESTAMP = "TIMESTAMP"
    VALUE = "VALUE"


class Rule:
    """A token of a state and the state behind it (none: the same); no token: the match goes on in the next state.

    `begun` is as much of the token as may have been read when it turns out to be none.
    """

    def __init__(self, token: Token | None, expression: bytes, state: str = "", begun: bytes = b"") -> None:
        self.token = token
        self.state = state
        self.whole = re.compile(expression)
        self.begun = re.compile(begun) if begun else None


class Lexer:
    """`start` and `at` enclose the last token, or what was read of what is none."""

    def __init__(self, data: bytes, rules: Mapping[str, Sequence[Rule]]) -> None:
        self.data = data
        self.rules = rules
        self.at = self.start = 0
        self.state = "init"

    def go(self, at: int, state: str) -> None:
        self.at, self.state = at, state

    @property
    def token(self) -> bytes:
        return self.data[self.start : self.at]

    def line_at(self, at: int) -> bytes:
        end = self.data.find(b"\n", at)
        return self.data[at : end if end >= 0 else len(self.data)]

    def lex(self) -> Token:
        if self.at >= len(self.data):
            return Token.EOF
        self.start = self.at
        while True:
            rule = self._match()
            if rule is None:
                return Token.INVALID
            self.state = rule.state or self.state
            if rule.token is not None:
                return rule.token

    def _match(self) -> Rule | None:
        begun = self.at
        for rule in self.rules[self.state]:
            if found := rule.whole.match(self.data, self.at):
                self.at = found.end()
                return rule
            if rule.begun and (part := rule.begun.match(self.data, self.at)):
                begun = max(begun, part.end())
        self.at = begun
        return None
