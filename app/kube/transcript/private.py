"""Cuts what nobody should see out of a paste: tokens, passwords, data of Secrets, values whose names tell.

The paste is cleared of what terminals, mails and chats did to it first, so that a colour in the midst of a name hides
nothing. Lines keep their places, and everything that a diagnosis reads stays. Cutting twice cuts nothing more.
"""

import re
from bisect import bisect_left
from collections import OrderedDict
from hashlib import blake2b

from app.kube.digits import is_whole
from app.kube.transcript.secret_name import is_secret_name
from app.kube.transcript.secret_prose import COMMAND_WORDS, CUT
from app.kube.transcript.secret_shape import (
    Cuts,
    begins_private_key,
    cut_flags,
    cut_pem,
    cut_shapes,
    cut_values,
    ends_pem,
    is_block,
    is_harmless,
    mapping_end,
)
from app.kube.transcript.text import clear

__all__ = ["CUT", "count_cuts", "cut_secrets"]

_MAY = (
    *(
        "pass",
        "secret",
        "token",
        "key",
        "private",
        "credential",
        "auth",
        "dsn",
        "conn",
        "pw",
        "salt",
        "hook",
        "database",
    ),
    *(
        "bearer",
        "basic",
        "cookie",
        "sig",
        "_pat",
        "jwt",
        "identif",
        "managedfields",
        "-----begin",
        "ls0tls1c",
        "id_rsa",
    ),
    *("stringdata", "opaque", "kubernetes.io/tls", "dockerc", "eyj", "://", "@tcp", "@unix", "thin:", "from-literal"),
    *("telegram", "akia", "asia", "abia", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "glrt-"),
    *("xox", "xapp-", "sk-", "k_live_", "k_test_", "aiza", "ya29.", "dckr_", "npm_", "pypi-", "whsec_", "hf_", "shp"),
    *("hvs.", "glsa_", "dop_v1_", "sg.", "redis-cli", "mysql", "mariadb", "mongo", " login", "ldap", "sqlcmd", "curl"),
    *("data:", '"data'),
    *COMMAND_WORDS,
)
_MAY_ELSEWHERE = ("密码", "口令", "密钥", "令牌")
"""What a secret cannot be told without: where none of these stands, no line need be looked at."""

REMEMBERED = 32


class _Done:
    """Remembers by their digests, not by themselves, which texts came out of the cutter, so that none is cut twice."""

    def __init__(self) -> None:
        self._digests: OrderedDict[bytes, None] = OrderedDict()

    def __contains__(self, text: str) -> bool:
        return _digest(text) in self._digests

    def add(self, text: str) -> None:
        self._digests[_digest(text)] = None
        while len(self._digests) > REMEMBERED:
            self._digests.popitem(last=False)


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=20).digest()


_done = _Done()


def cut_secrets(text: str) -> str:
    """The text with every secret replaced that its shape or name gives away; the bulk of managedFields goes too."""
    if len(text) < WORTH_A_DIGEST:
        return _cut(text)
    if text not in _done:
        text = _cut(text)
        _done.add(text)
    return text


WORTH_A_DIGEST = 2000


def count_cuts(text: str) -> int:
    return text.count(CUT)


def _cut(text: str) -> str:
    text = clear(text)
    suspect = _suspects(text)
    if not suspect:
        return text
    lines = text.split("\n")
    _cut_objects(lines, suspect)
    cutter = _Cutter(lines)
    at = 0
    for index in suspect:
        at = max(at, index)
        if at > index:
            continue
        while at < len(lines) and (at == index or cutter.is_inside):
            cutter.take(at)
            at += 1
    return "\n".join(lines)


def _suspects(text: str) -> list[int]:
    """The indices of lines on which one of the words stands, in their order."""
    low = text.lower()
    if len(low) != len(text):
        low = "".join(c if len(c.lower()) != 1 else c.lower() for c in text)
    places = set()
    for word in _MAY if low.isascii() else (*_MAY, *_MAY_ELSEWHERE):
        at = low.find(word)
        while at >= 0:
            end = low.find("\n", at)
            places.add(end if end >= 0 else len(low))
            at = low.find(word, end) if end >= 0 else -1
    found, line, seen = [], 0, 0
    for end in sorted(places):
        line += low.count("\n", seen, end)
        seen = end
        found.append(line)
    return found


# --- where a line's own text begins -----------------------------------------------------------------------

_BEFORE = re.compile(r"(?:[ \t]*+(?:[>|+#]|\*(?=[ \t])|\d{1,6}(?:[:.)|-](?!\d)|(?=[ \t]))) ?)*+")
_DASHES = re.compile(r"(?:-[ \t]++)*+")


class _Place:
    """A line's margin (numbers, marks of quotations, frames), how far its text stands in, and the dashes of lists."""

    __slots__ = ("body", "dash", "is_comment", "key")

    def __init__(self, line: str) -> None:
        before = _BEFORE.match(line)
        begin = before.end() if before else 0
        self.is_comment = "#" in line[:begin]
        # Where a margin took the first blank of the indentation, it took it from all lines.
        self.body = begin + len(line[begin:]) - len(line[begin:].lstrip(" \t"))
        dashes = _DASHES.match(line, self.body)
        after = dashes.end() if dashes else self.body
        self.dash = self.body - begin if after > self.body else -1
        self.key = after - begin
        self.body = after


# --- objects of kind Secret -------------------------------------------------------------------------------

_KIND = re.compile(r"[\"']?kind[\"']?\s*:\s*[\"']?Secret[\"']?\s*,?\s*(?:#.*)?")
_TYPE = re.compile(
    r"[\"']?type[\"']?\s*:\s*[\"']?(?:Opaque|kubernetes\.io/(?:dockerconfigjson|dockercfg|basic-auth|ssh-auth|tls|"
    r"service-account-token)|bootstrap\.kubernetes\.io/token|helm\.sh/release\.v1)[\"']?\s*,?\s*(?:#.*)?"
)
_DATA = re.compile(r"(?P<head>[\"']?(?P<key>data|stringData)[\"']?\s*:\s*)(?P<rest>.*)")
_HEAD = re.compile(
    r"[\"']?(?P<key>kind|apiVersion|metadata|type|immutable|stringData|data|status|spec|items)[\"']?\s*:"
)
_ENTRY = re.compile(r"(?P<head>(?:\"[^\"]*+\"|'[^']*+'|[\w./-]++)\s*:(?:\s++|$))(?P<value>.*?)(?P<comma>,?)\s*")
_INLINE_KIND = re.compile(r"\bkind\\*[\"']?\s*:\s*\\*[\"']?Secret(?:List)?\b|\btype\\*[\"']?\s*:\s*\\*[\"']?Opaque\b")
_INLINE_DATA = re.compile(r"(?<!\w)(?P<key>data|stringData)\\*[\"']?\s*:\s*(?=\{)")
NEAR = 100
"""Lines between an object's kind and its data, where it is written between braces over several lines."""


def _cut_objects(lines: list[str], suspect: list[int]) -> None:
    """Replaces all values in the data of Secrets, however the object is written."""
    inline, heads = [], []
    all_secret = any("SecretList" in lines[index] for index in suspect)
    for index in suspect:
        line = lines[index]
        if "Secret" in line or "paque" in line or "kubernetes.io/" in line or "helm.sh" in line or "stringData" in line:
            if "\\n" in line and re.search(r"kind: Secret\b|stringData:", line):
                lines[index] = _cut_escaped(line)
            if _INLINE_KIND.search(line):
                inline.append(index)
            if len(line) < LONG_HEAD:
                body = line[_Place(line).body :].rstrip(" |")
                if _KIND.fullmatch(body) or _TYPE.fullmatch(body):
                    heads.append(index)
                elif (data := _DATA.match(body)) and data["key"] == "stringData":
                    _cut_data(lines, index)
    seen: dict[int, int] = {}
    for index in heads:
        column = _Place(lines[index]).key
        if seen.get(column, -1) < index:
            seen[column] = _cut_object(lines, index, column)
    for index in suspect:
        if "data" not in lines[index] and "Data" not in lines[index]:
            continue
        if all_secret and len(lines[index]) < LONG_HEAD and _DATA.match(lines[index][_Place(lines[index]).body :]):
            _cut_data(lines, index)
        near = bisect_left(inline, index - NEAR)
        is_near = all_secret or (near < len(inline) and inline[near] <= index + NEAR)
        lines[index], is_open = _cut_inline(lines[index], is_near)
        while is_open and index + 1 < len(lines):
            index += 1
            below = _Place(lines[index]).body
            closed = mapping_end("{" + lines[index][below:], 0)
            is_open, end = closed is None, len(lines[index]) if closed is None else below + closed - 1
            lines[index] = lines[index][:below] + cut_values(lines[index][below:end]) + lines[index][end:]


LONG_HEAD = 400
"""Characters of the longest line that names a kind or begins data, and nothing else."""


def _cut_escaped(line: str) -> str:
    r"""A whole text in one line, in which `\n` ends the lines."""
    return "\\n".join(_cut("\n".join(line.split("\\n"))).split("\n"))


def _cut_inline(line: str, is_near: bool) -> tuple[str, bool]:
    """The line without the values of data between braces, and whether these go on below."""
    made, at = [], 0
    while match := _INLINE_DATA.search(line, at):
        start = match.end()
        if not is_near and match["key"] == "data":
            made.append(line[at:start])
            at = start
            continue
        end = mapping_end(line, start)
        made += [line[at:start], cut_values(line[start:end])]
        if end is None:
            return "".join(made), bool(line[start + 1 :].strip(" |"))
        at = end
    return ("".join([*made, line[at:]]) if at else line), False


def _cut_object(lines: list[str], index: int, column: int) -> int:
    """Cuts the data of the object that a line belongs to, whose keys stand in this column; its last line."""
    has_version = False
    first = _Place(lines[index])
    if first.dash < 0:
        for at in range(index - 1, -1, -1):
            stands = _stands(lines[at], column)
            if stands == "out":
                break
            key = _HEAD.match(lines[at][_Place(lines[at]).body :]) if stands != "in" else None
            if key and key["key"] == "kind":
                break
            has_version = has_version or bool(key and key["key"] == "apiVersion")
            if key and key["key"] in ("data", "stringData"):
                _cut_data(lines, at)
            if stands == "item" or (key and key["key"] == "apiVersion"):
                break
    at = index
    for at in range(index + 1, len(lines)):
        stands = _stands(lines[at], column)
        if stands in ("out", "item"):
            return at - 1
        key = _HEAD.match(lines[at][_Place(lines[at]).body :]) if stands == "at" else None
        if key and (key["key"] == "kind" or (key["key"] == "apiVersion" and has_version)):
            return at - 1
        has_version = has_version or bool(key and key["key"] == "apiVersion")
        if key and key["key"] in ("data", "stringData"):
            _cut_data(lines, at)
    return at


def _stands(line: str, column: int) -> str:
    """Where a line is beside an object: `in` one of its fields, `at` its margin, the first of an `item`, or `out`."""
    place = _Place(line)
    if not line[place.body :].strip(" |\t"):
        return "in"
    if line[place.body :].startswith("---"):
        return "out"
    if place.key > column and (place.dash < 0 or place.dash >= column):
        return "in"
    if place.key == column:
        return "item" if place.dash >= 0 and place.dash < column else "at"
    return "out" if place.key < column else "in"


def _cut_data(lines: list[str], index: int) -> None:
    """Cuts the values of a mapping that begins on this line."""
    place = _Place(lines[index])
    match = _DATA.match(lines[index], place.body)
    if match is None:
        return
    rest = match["rest"].rstrip(" |")
    begin = match.start("rest")
    is_flow = rest.startswith("{") and rest != "{"
    if is_flow:
        end = mapping_end(lines[index], begin)
        lines[index] = lines[index][:begin] + cut_values(lines[index][begin:end]) + (lines[index][end:] if end else "")
    elif rest and rest != "{" and not rest.startswith("#") and not rest.startswith("***"):
        lines[index] = lines[index][:begin] + CUT
    own, inside = -1, False
    for at in range(index + 1, len(lines)):
        line = lines[at]
        below = _Place(line)
        text = line[below.body :].strip(" |\t")
        if not text:
            continue
        is_lost = own < 0 and below.key == place.key == 0 and not _HEAD.match(text) and bool(_ENTRY.fullmatch(text))
        if own < 0:
            own = 0 if is_lost else below.key
            if below.key <= place.key and not is_lost:
                return
        if below.key < own or (below.key == own == 0 and (_HEAD.match(text) or not _ENTRY.fullmatch(text))):
            return
        if is_flow:
            lines[at] = line[: below.body] + cut_values(line[below.body :])
        elif below.key == own and (entry := _ENTRY.fullmatch(line, below.body)):
            lines[at] = line[: below.body] + _cut_entry(entry)
            inside = True
        elif inside and text[0] not in "}]":
            lines[at] = line[: below.body] + CUT
        elif text[0] in "}]":
            return


def _cut_entry(entry: re.Match[str]) -> str:
    value = entry["value"]
    if not value or is_block(value) or value.strip("\"'") in ("", CUT) or value.startswith("#"):
        return entry[0].rstrip()
    quote = '"' if value.startswith('"') else ""
    return f"{entry['head']}{quote}{CUT}{quote}{entry['comma']}"


# --- line after line --------------------------------------------------------------------------------------

_NAMED = re.compile(r"[\"']?name[\"']?\s*:\s*[\"']?(?P<name>[\w./-]++)[\"']?\s*,?\s*(?:#.*)?")
_VALUE = re.compile(r"(?P<head>[\"']?value[\"']?\s*:\s*)(?P<value>\S.*?)(?P<comma>,?)\s*")
_BASE64 = re.compile(r"[\w+/=\s-]*+|(?:Proc-Type|DEK-Info|Version|Comment):.*")
_FLAG_ALONE = re.compile(r"(?P<quote>[\"']?)(?P<flag>--?[A-Za-z][\w.-]*+)[\"']?\s*,?\s*")
_ITEM = re.compile(r"(?P<quote>[\"']?)(?P<item>.*?)(?P=quote)(?P<comma>,?)")
_TOOLS = {
    "redis-cli": ("-a",),
    "mysql": ("-p",),
    "mysqldump": ("-p",),
    "mysqladmin": ("-p",),
    "mariadb": ("-p",),
    "mongosh": ("-p",),
    "mongo": ("-p",),
    "sshpass": ("-p",),
    "sqlcmd": ("-P",),
    "curl": ("-u",),
    "ldapsearch": ("-w",),
}
_HAS_KEY = re.compile(r"[\"']?[\w./-]++[\"']?\s*:(?:\s|$)|[\"']?[\w./-]++[\"']?\s*:\s*[\[{]")


class _Cutter:
    """Cuts line after line; `is_inside` says that the next line has to be seen as well."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.named = -1
        self.managed = -1
        self.pem = False
        self.block = -1
        self.quote = ""
        self.below = -1
        self.flag = ""
        self.tool = ""

    @property
    def is_inside(self) -> bool:
        return bool(
            self.named >= 0
            or self.managed >= 0
            or self.pem
            or self.block >= 0
            or self.quote
            or self.below >= 0
            or self.flag
            or self.tool
        )

    def take(self, index: int) -> None:
        line = self.lines[index]
        place = _Place(line)
        text = line[place.body :].strip(" |\t")
        if self.managed >= 0 and self._is_managed(index, place, text):
            return
        if self.pem and self._is_pem(index, place, text):
            return
        if self.quote:
            self._in_quote(index, place)
            return
        if self.block >= 0:
            if not text or (place.key <= self.block and is_whole(text) and len(text) < 7):
                return
            if place.key > self.block and (place.dash < 0 or place.dash > self.block):
                self.lines[index] = line[: place.body] + CUT
                return
            self.block = -1
        if self.below >= 0 and text and self._is_below(index, place, text):
            return
        if (self.flag or self.tool) and text and self._is_argument(index, place, text):
            return
        if text.startswith("managedFields:"):
            self.managed = place.key
            return
        if begins_private_key(line):
            line = self.lines[index] = cut_pem(line)
            last = line[line.rfind("-----BEGIN") :]
            self.pem = not ends_pem(last) and CUT not in last
        self._cut_line(index, place, text)

    def _cut_line(self, index: int, place: _Place, text: str) -> None:
        line = self.lines[index]
        if self.named >= 0 and text and not place.is_comment:
            is_value = place.key >= self.named - 1 and self._value_of_named(index, place)
            self.named = -1
            if is_value:
                return
        if (name := _NAMED.fullmatch(text)) and is_secret_name(name["name"]):
            self.named = place.key
            self._value_above(index, place)
            return
        self._flag_of(place, text)
        line = cut_flags(cut_shapes(line))
        cuts = Cuts(line, place.body if line.startswith(self.lines[index][: place.body]) else 0).take()
        self.lines[index] = cuts.made()
        if cuts.opens_block or cuts.goes_on:
            self.block = place.key
        elif cuts.opens_quote:
            self.quote, self.block = cuts.opens_quote, -1
        elif cuts.is_empty:
            self.below = place.key

    def _flag_of(self, place: _Place, text: str) -> None:
        """Remembers a flag, or a tool, whose password comes on one of the next lines."""
        del place
        if len(text) > LONG_HEAD:
            return
        if (flag := _FLAG_ALONE.fullmatch(text)) and flag["flag"].startswith("--") and is_secret_name(flag["flag"]):
            self.flag = flag["flag"]
        word = text.strip("\"', []").rpartition("/")[2]
        if word in _TOOLS:
            self.tool = word

    def _is_argument(self, index: int, place: _Place, text: str) -> bool:
        """Whether the line is an argument behind a flag that takes a password; it is cut."""
        is_value, self.flag = bool(self.flag), ""
        if _HAS_KEY.match(text) or len(text) > LONG_HEAD:
            self.tool = ""
            return False
        if self.tool and not is_value:
            flags = _TOOLS[self.tool]
            bare = text.strip("\"',")
            if bare in flags:
                self.flag = bare
                return True
            short = next((each for each in flags if bare.startswith(each) and not bare.startswith("--")), "")
            if short and short != "-u":
                at = self.lines[index].find(short, place.body) + len(short)
                self.lines[index] = self.lines[index][:at] + _kept_quote(text)
                return True
            return False
        item = _ITEM.fullmatch(text)
        if not is_value or item is None or item["item"].startswith("-") or is_harmless(item["item"]) or text[0] in "]}":
            return False
        self.lines[index] = f"{self.lines[index][: place.body]}{item['quote']}{CUT}{item['quote']}{item['comma']}"
        return True

    def _is_managed(self, index: int, place: _Place, text: str) -> bool:
        """Empties a line of managedFields; they end where something stands as far out."""
        if (
            not text
            or place.key > self.managed + (2 if place.dash == self.managed else 0)
            or place.dash >= self.managed
        ):
            self.lines[index] = ""
            return True
        self.managed = -1
        return False

    def _is_pem(self, index: int, place: _Place, text: str) -> bool:
        self.pem = not ends_pem(text) and bool(_BASE64.fullmatch(text.strip("\"',")))
        if self.pem:
            self.lines[index] = self.lines[index][: place.body] + CUT if text else self.lines[index]
        elif ends_pem(text):
            self.lines[index] = self.lines[index][: place.body] + (CUT + text[text.find("-----END") :]).removeprefix(
                CUT
            )
        return self.pem or ends_pem(text)

    def _in_quote(self, index: int, place: _Place) -> None:
        line = self.lines[index]
        end = re.search(rf"(?<!\\){re.escape(self.quote)}\s*[,}}\])|]*\s*(?:#.*)?$", line)
        text = line[place.body :].strip()
        if text and not end:
            self.lines[index] = line[: place.body] + CUT
        elif end:
            self.lines[index] = (
                line[: place.body] + (CUT if line[place.body : end.start()].strip() else "") + line[end.start() :]
            )
            self.quote = ""
        if _HAS_KEY.match(text) and place.key == 0:
            self.quote = ""

    def _is_below(self, index: int, place: _Place, text: str) -> bool:
        """Whether the line is the value of the name above it, or one of a list of such; it is cut."""
        is_item = place.dash >= self.below
        if (place.key <= self.below and not is_item) or text[0] in "{[}]" or _HAS_KEY.match(text):
            self.below = -1
            return False
        item = _ITEM.fullmatch(text)
        if item and not is_harmless(item["item"]) and not is_block(text):
            self.lines[index] = f"{self.lines[index][: place.body]}{item['quote']}{CUT}{item['quote']}{item['comma']}"
        return True

    def _value_of_named(self, index: int, place: _Place) -> bool:
        line = self.lines[index]
        match = _VALUE.fullmatch(line, place.body)
        if match is None:
            return False
        value = match["value"]
        if is_block(value):
            self.block = place.key
            return True
        if value[0] in "\"'" and not re.search(rf"(?<!\\){value[0]}\s*(?:#.*)?$", value[1:]):
            self.quote = value[0]
            self.lines[index] = f"{line[: match.end('head')]}{value[0]}{CUT}"
            return True
        if not is_harmless(value.strip("\"'")):
            quote = value[0] if value[0] in "\"'" else ""
            self.lines[index] = f"{line[: match.end('head')]}{quote}{CUT}{quote}{match['comma']}"
        self.block = place.key if not value.startswith(('"', "'")) else -1
        return True

    def _value_above(self, index: int, place: _Place) -> None:
        """Cuts the value that stands before its name."""
        if place.dash >= 0:
            return
        for at in range(index - 1, max(-1, index - VALUE_LINES), -1):
            above = _Place(self.lines[at])
            text = self.lines[at][above.body :].strip(" |\t")
            if not text or above.key > place.key:
                continue
            if above.key == place.key and _VALUE.fullmatch(self.lines[at], above.body):
                self._value_of_named(at, above)
                is_block_, self.block, self.quote = self.block >= 0 or bool(self.quote), -1, ""
                for below in range(at + 1, index) if is_block_ else ():
                    inner = _Place(self.lines[below])
                    if self.lines[below].strip():
                        self.lines[below] = self.lines[below][: inner.body] + CUT
            return


VALUE_LINES = 200
"""Lines of a value that may stand before its name."""


def _kept_quote(text: str) -> str:
    quote = re.search(r"[\"']?,?$", text)
    return CUT + (quote[0] if quote else "")
