"""Secrets within one line: what their shape gives away, and what stands behind a name that does.

Every pattern reads a line once: runs are possessive, and begin where no run can have begun before.
"""

import re

from app.kube.transcript.secret_name import is_pass_name, is_secret_name
from app.kube.transcript.secret_prose import CUT, cut_prose

# --- by shape -------------------------------------------------------------------------------------------

_TOKEN = re.compile(
    r"(?<![A-Za-z0-9_-])(?:"
    r"eyJ[A-Za-z0-9_+/=-]{8,}+(?:\.[A-Za-z0-9_-]*+){0,5}"
    r"|LS0tLS1CRUdJTi(?!BDRVJU)[A-Za-z0-9+/=]{12,}+"
    r"|(?:AKIA|ASIA|ABIA)[0-9A-Z]{16}\b"
    r"|gh[pousr]_[A-Za-z0-9]{20,}+|github_pat_\w{20,}+|gl(?:pat|rt)-[\w-]{16,}+"
    r"|(?:xox[a-z]|xapp)-[\w-]{10,}+|sk-(?:proj-|live-|ant-)?[A-Za-z0-9_-]{20,}+|[sr]k_(?:live|test)_[A-Za-z0-9]{8,}+"
    r"|AIza[\w-]{30,}+|ya29\.[\w-]{20,}+|dckr_(?:pat|oat)_[\w-]{16,}+|npm_[A-Za-z0-9]{30,}+"
    r"|pypi-[\w-]{30,}+|whsec_[\w+/=]{16,}+"
    r"|hf_[A-Za-z0-9]{20,}+|shp(?:at|ca|pa|ss)_[0-9a-fA-F]{20,}+|hvs\.[\w-]{20,}+|glsa_\w{20,}+|dop_v1_[0-9a-f]{30,}+"
    r"|SG\.[\w-]{16,}+\.[\w-]{16,}+|AGE-SECRET-KEY-1[0-9A-Z]{20,}+"
    r")"
)
_BEARER = re.compile(r"(?i)(\b(?:Bearer|Basic)[ \t]{1,8})(?!realm|auth|token\b|credentials)[A-Za-z0-9+/=._~-]{8,}+")
_HOOK = re.compile(
    r"(?i)(hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/|discord(?:app)?\.com/api/webhooks/|"
    r"webhook\.office\.com/webhook[\w]*/|api\.telegram\.org/(?:file/)?bot|oapi\.dingtalk\.com/robot/send\?access_token=|"
    r"qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?key=|open\.feishu\.cn/open-apis/bot/v2/hook/)(?!\*\*\*cut)[^\s\"'`<>\\]++"
)
_PRIVATE = re.compile(r"(-----BEGIN [A-Z0-9 ]{0,40}?PRIVATE KEY(?: BLOCK)?-----)")
_RUN = re.compile(r"[^\s\"'`<>]++")
_GO_DSN = ("@tcp(", "@tcp6(", "@udp(", "@unix(")
_IDENTIFIED = re.compile(r"(?i)(\bidentified[ \t]{1,8}by[ \t]{1,8})(['\"])(?!\*\*\*cut)[^'\"]++")
_QUOTED_PROSE = re.compile(
    r"(?i)(\b(?:password|passphrase|passwd)[ \t]{1,8}(?:is[ \t]|was[ \t]|of[ \t])?"
    r"\\?(['\"`]))(?!\*\*\*cut)[^'\"`\\]++(?=\\?['\"`])"
)
_NETRC = re.compile(r"(\blogin[ \t]{1,8}\S{1,200}[ \t]{1,8}password[ \t]{1,8})(?!\*\*\*cut)\S++")
_XML = re.compile(r"<([\w.:-]{1,80}+)>([^<>]{1,2000}+)</")
_LITERAL = re.compile(r"(--from-literal(?:=|[\"']?,?[ \t]{1,8}[\"']?)[\w./-]{1,120}+=)(?!\*\*\*cut)([\"']?)[^\s\"']++")
_LIST_FLAG = re.compile(
    r"(?<![\w-])(--?[A-Za-z][\w.-]{0,80}+)((?:\\{0,4}[\"'])?[ \t]{0,8},?[ \t\"'\\]{1,12})"
    r"(?![\"'\\-]|\*\*\*cut)([^\s\"'\\,\]]++)"
)
_SHORT = {
    "redis-cli": r"a",
    "mysql": r"p",
    "mariadb": r"p",
    "mongo": r"p",
    "sshpass": r"p",
    "docker login": r"p",
    "podman login": r"p",
    "oc login": r"p",
    "registry login": r"p",
    "nerdctl login": r"p",
    "skopeo login": r"p",
    "buildah login": r"p",
    "az login": r"p",
    "ldap": r"w",
    "sqlcmd": r"P",
    "curl": r"u",
}
"""Tools that take a password by a flag of one letter. Of curl's it is the part behind the colon."""
_FLAG = {
    letters: re.compile(
        rf"(?<![\w-])(-[{letters}])((?:\\{{0,4}}[\"'])?,?[ \t\"'\\=]{{0,12}})(?![\"'\\-]|\*\*\*cut)([^\s\"'\\,\]]++)"
    )
    for letters in set(_SHORT.values())
}


def cut_shapes(line: str) -> str:
    """The line without secrets whose shape, or the program they are given to, tells them."""
    line = _TOKEN.sub(CUT, line)
    if "://" in line or "@" in line or "thin:" in line:
        line = _RUN.sub(lambda match: _in_address(match[0]), line)
    low = line.lower()
    if "hook" in low or "telegram" in low or "dingtalk" in low or "weixin" in low:
        line = _HOOK.sub(rf"\g<1>{CUT}", line)
    if "bearer" in low or "basic" in low:
        line = _BEARER.sub(rf"\g<1>{CUT}", line)
    if "passw" in low or "passphrase" in low:
        line = _QUOTED_PROSE.sub(rf"\g<1>{CUT}", line)
        line = _NETRC.sub(rf"\g<1>{CUT}", line)
    if "identified" in low:
        line = _IDENTIFIED.sub(rf"\g<1>\g<2>{CUT}", line)
    if "from-literal" in low:
        line = _LITERAL.sub(rf"\g<1>\g<2>{CUT}", line)
    if "</" in line:
        line = _XML.sub(_in_element, line)
    for tool, letters in _SHORT.items():
        if (at := low.find(tool)) >= 0 and len(low) == len(line):
            line = line[:at] + _FLAG[letters].sub(_in_flag, line[at:])
            low = line.lower()
    return cut_prose(line)


def _in_element(match: re.Match[str]) -> str:
    is_secret = is_secret_name(match[1]) and not is_harmless(match[2])
    return f"<{match[1]}>{CUT}</" if is_secret else match[0]


def _in_flag(match: re.Match[str]) -> str:
    if match[1] in ("-u",):
        user, colon, _ = match[3].partition(":")
        return f"{match[1]}{match[2]}{user}:{CUT}" if colon and not user.startswith("//") else match[0]
    return f"{match[1]}{match[2]}{CUT}"


def _in_address(run: str) -> str:
    """An address without its password, which may hold `@` and `/`; what stands before the last `@` is looked at."""
    if "@" not in run and "thin:" not in run:
        return run
    end = next((at for mark in _GO_DSN if (at := run.find(mark)) > 0), -1)
    if end > 0:
        start = run.find("://") + 3 if 0 <= run.find("://") < end else max(run.rfind("=", 0, run.find(":")), 0)
        colon = run.find(":", start, end)
        return run if colon < 0 else f"{run[: colon + 1]}{CUT}{run[end:]}"
    if (thin := run.find(":thin:")) >= 0 and "/" in run[thin:] and "@" in run[thin:]:
        slash = run.find("/", thin)
        at = run.rfind("@")
        return f"{run[: slash + 1]}{CUT}{run[at:]}" if slash < at else run
    start = run.find("://")
    if start < 0:
        return run
    start += 3
    at = run.rfind("@")
    while at > start and run.startswith(("sha256:", "sha512:"), at + 1):
        at = run.rfind("@", start, at)
    if at < start or run[start:at].endswith(CUT) or run.startswith("[", start):
        return run
    colon = next((i for i in range(start, at) if run[i] in ":/?#@"), at)
    if colon < at and run[colon] == ":":
        if re.match(r"\d{1,5}(?:/|$)", run[colon + 1 : at]) and "/" in run[colon:at]:
            return run
        return f"{run[: colon + 1]}{CUT}{run[at:]}"
    if colon == at and at - start >= TOKEN_IN_ADDRESS and re.search("[0-9]", run[start:at]):
        return f"{run[:start]}{CUT}{run[at:]}"
    return run


TOKEN_IN_ADDRESS = 16
"""Characters from which on a user without a password is taken for a token."""


def ends_pem(line: str) -> bool:
    return "-----END" in line


def begins_private_key(line: str) -> bool:
    return bool(_PRIVATE.search(line))


def cut_pem(line: str) -> str:
    """The line without private keys: from their beginning to their end, or to that of the line."""
    parts = _PRIVATE.split(line)
    made = [parts[0]]
    for head, body in zip(parts[1::2], parts[2::2], strict=True):
        end = body.find("-----END")
        inner = body if end < 0 else body[:end]
        if inner.strip() in ("", "\\n", CUT):
            made += [head, body]
        elif end >= 0:
            made += [head, CUT, body[end:]]
        else:
            quote = re.search(r"(?<!\\)\\*[\"'][\s,}\]]*$", inner)
            made += [head, CUT, quote[0] if quote else ""]
    return "".join(made)


# --- by name --------------------------------------------------------------------------------------------

_KEY = re.compile(
    r"(?<![\w./-])(?P<key>[\w./-]++)(?P<close>(?:\\{0,16}[\"'`])?)"
    r"(?P<gap>[ \t]{0,8}+)(?P<sep>=>|:=|==?|:|\uff1a|%3[dD])"
)
_PHRASE = re.compile(r"(?i)\b(?:api|access|secret|private|account|encryption|master)[ _-]$")
_HARMLESS = re.compile(
    r"(?i)(?:<set to the key '[^'<>]*+' (?:in|of)[^<>]*+>(?:\s+Optional:\s+\w+)?|"
    r"<(?:none|unset|unknown|nil|empty|redacted|hidden|invalid|null|no value|masked|censored|cut)>|"
    r"true|false|null|nil|none|~|yes|no|undefined|\*{3,}+|x{4,}+|\[?(?:redacted|masked|filtered|hidden)\]?|"
    r"\$?\$[({][\w.:?-]++[)}]|\$[A-Z_][A-Z0-9_]*+|%\[?\d*+\]?[a-zA-Z]|"
    r"\{\{.{0,200}\}\}|\*\*\*cut\*\*\*|\(v1:[^()\s]++\)|\d+ bytes|"
    r"(?:true|false):No\w+)[,;]?\s*(?:\s#.*)?"
)
_LETTERS = re.compile(r"(?:[A-Z]?[a-z]++|[A-Z]++|[\u4e00-\u9fff]++)[.,:;!?)]*+")
_FIRST = re.compile(r"(?:(?!\\n)[^\s,;}\])\"'<>])++|<[^<>\s]++>?|[^\s]++")
_BEHIND_EQUALS = re.compile(
    r"(?:[^\s&;,\"'`\\]|\\(?![nrt\"'])|&(?![\w.%-]{1,40}(?:=|%3[dD])|\s|$)|"
    r";(?![\w .%-]{1,40}=|\s|$)|,(?![\w .-]{1,40}=|[\s\"'{}\[\]]|$)|[\"'`](?![\s,;\]})&|]|$))++"
)
_ATOM = re.compile(r"[^\s,}\]\"']++")
_BEFORE_COMMA = re.compile(r"[^,{}\[\]\n]++")
_MAPPING = re.compile(r"\{\s*(?:\\{0,16}[\"'])?[\w./-]++(?:\\{0,16}[\"'])?\s*:|\{\s*$|\[\s*(?:\{|$)|\{\s*\}|\[\s*\]")
_QUOTE = re.compile(r"(\\{0,64}+)([\"'`])")
_BLOCK = re.compile(r"[|>][+-]?\d?[+-]?[ \t]*(?:#.*)?")
_TAIL = re.compile(r"[ \t]*+[,;}\])|]*+[ \t]*+(?:#.*)?")


_BEFORE_FIRST = ("", '"', "'", "export ", "set ", "? ")
_STATUS = re.compile(r"[1-5]\d\d\b(?![-+/=_.]\w)")
_END = re.compile(r"[ \t.|]*$")
_VOLUME = re.compile(r"\bvolume \\{0,16}\"$")
"""Before the name of a volume in what the kubelet says of it, which goes on behind ` : `: operation_generator.go."""


class Cuts:
    """What is cut out of one line, and what it leaves open: a block scalar, or a quotation that goes on."""

    def __init__(self, line: str, start: int) -> None:
        self.line = line
        self.brace = found if (found := line.find("{")) >= 0 else len(line)
        self.start = start
        """Where the line's own text begins, behind numbers, marks of quotations, and dashes of lists."""
        self.spans: list[tuple[int, int, str]] = []
        self.opens_block = False
        self.opens_quote = ""
        self.goes_on = False
        self.is_empty = False
        self._named = False
        self._value: tuple[int, int, str] | None = None
        self._value_end = 0

    def made(self) -> str:
        if not self.spans:
            return self.line
        parts, at = [], 0
        for begin, end, put in sorted(self.spans):
            if begin >= at:
                parts += [self.line[at:begin], put]
                at = end
        return "".join([*parts, self.line[at:]])

    def take(self) -> "Cuts":
        at, line = 0, self.line
        while match := _KEY.search(line, at):
            at = self._pair(match)
        return self

    def _pair(self, match: re.Match[str]) -> int:
        """What stands behind one name; where to go on."""
        key, line, end = match["key"], self.line, match.end()
        if key in ("name", "value"):
            return self._env(key, match)
        if not is_secret_name(key) and not (
            key.lower() == "key" and _PHRASE.search(line[max(0, match.start() - 16) : match.start()])
        ):
            return end
        if match["close"] and match["gap"] and _VOLUME.search(line[max(0, match.start() - 24) : match.start()]):
            return end
        value = end + len(line[end : end + 400]) - len(line[end : end + 400].lstrip(" \t"))
        is_first = line[self.start : min(match.start(), self.start + 9)] in _BEFORE_FIRST
        if value >= len(line):
            self.is_empty = is_first
            return end
        return self._behind(match, value, is_first)

    def _behind(self, match: re.Match[str], at: int, is_first: bool) -> int:
        line, key, is_quoted = self.line, match["key"], bool(match["close"])
        is_colon = match["sep"] in (":", "\uff1a")
        if quote := _QUOTE.match(line, at):
            return self._quoted(quote, is_first and is_colon and not is_quoted)
        if line[at] in "{[" and (_MAPPING.match(line, at) or is_quoted):
            if _MAPPING.match(line, at) and not is_pass_name(key):
                return match.end()
            if line[at] == "[" and not _MAPPING.match(line, at):
                end = line.find("]", at)
                return self._list(at + 1, end if end >= 0 else len(line))
            return match.end()
        if is_colon and is_first and _BLOCK.fullmatch(line, at):
            self.opens_block = True
            return len(line)
        if _HARMLESS.fullmatch(line, at):
            return len(line)
        if is_quoted:
            atom = _ATOM.match(line, at)
            return self._cut(at, atom.end(), '"') if atom and not _HARMLESS.fullmatch(atom[0]) else at
        if not is_colon:
            run = _BEHIND_EQUALS.match(line, at)
            if run is None or _HARMLESS.fullmatch(run[0]):
                return at
            if is_first and match["gap"] and at > match.end():
                return self._cut(at, len(line))
            return self._cut(at, run.end())
        if is_first and (at > match.end() or match["sep"] == "\uff1a"):
            self.goes_on = True
            return self._cut(at, len(line.rstrip(" \t|")))
        return self._in_midst(match, at)

    def _in_midst(self, match: re.Match[str], at: int) -> int:
        """A value in the midst of a sentence, or of a mapping between braces."""
        line, key = self.line, match["key"]
        before = line[max(0, match.start() - 8) : match.start()].rstrip()[-1:]
        if before in ("{", ",") and (inner := _BEFORE_COMMA.match(line, at)) and self.brace < match.start():
            return at if _HARMLESS.fullmatch(inner[0].strip()) else self._cut(at, at + len(inner[0].rstrip()))
        if "//" in key or (_STATUS.match(line, at) and not is_pass_name(key)):
            return at
        if at == match.end() and not is_pass_name(key) and match["sep"] == ":":
            return at
        first = _FIRST.match(line, at)
        if first is None or _HARMLESS.fullmatch(first[0]):
            return at
        is_last = bool(_END.match(line, first.end()))
        if _LETTERS.fullmatch(first[0]) and not (is_last and is_pass_name(key)):
            return at
        return self._cut(at, first.end())

    def _cut(self, begin: int, end: int, quote: str = "") -> int:
        self.spans.append((begin, end, f"{quote}{CUT}{quote}"))
        return end

    def _quoted(self, quote: re.Match[str], is_whole: bool) -> int:
        begin, end = quote.end(), self._closing(quote)
        if end is None:
            if not self.line[begin:].strip() or self.line[begin:].startswith(CUT):
                self.opens_quote = quote[2] if not self.line[begin:].strip() else ""
                return len(self.line)
            self.opens_quote = quote[2]
            return self._cut(begin, len(self.line))
        inner = self.line[begin:end]
        after = end + len(quote[0])
        if is_whole and not _TAIL.fullmatch(self.line, after):
            return self._cut(quote.start(), len(self.line))
        if inner and not _HARMLESS.fullmatch(inner):
            self._cut(begin, end)
        return after

    def _closing(self, quote: re.Match[str]) -> int | None:
        """Where the quotation ends that begins here: at the same mark, behind as many backslashes."""
        depth, mark = len(quote[1]), quote[2]
        for each in _QUOTE.finditer(self.line, quote.end()):
            if each[2] != mark:
                continue
            if len(each[1]) == depth or (depth == 0 and len(each[1]) % 2 == 0) or len(each[1]) < depth:
                return each.end() - 1 - min(depth, len(each[1]))
        return None

    def _list(self, begin: int, end: int) -> int:
        for each in re.finditer(r"[^\s,\"'\\\[\]]++", self.line[begin:end]):
            if each[0] != CUT:
                self._cut(begin + each.start(), begin + each.end())
        return end

    def _env(self, key: str, match: re.Match[str]) -> int:
        """A name and a value beside each other, in either order, between the same braces."""
        line, begin = self.line, match.end()
        begin += len(line[begin : begin + 400]) - len(line[begin : begin + 400].lstrip(" \t"))
        if begin >= len(line) or match["sep"] not in (":", "="):
            return match.end()
        put = ""
        if quote := _QUOTE.match(line, begin):
            closing = self._closing(quote)
            begin, end = quote.end(), len(line) if closing is None else closing
            after = min(len(line), end + len(quote[0]))
        else:
            atom = (_BEFORE_COMMA if self.brace < match.start() else _ATOM).match(line, begin)
            if atom is None:
                return match.end()
            end = after = atom.start() + len(atom[0].rstrip())
            put = '"' if match["close"] else ""
        if key == "value":
            if self._named and not _HARMLESS.fullmatch(line[begin:end]) and end > begin:
                self._cut(begin, end, put)
            self._value, self._value_end = (begin, end, put), after
            self._named = False
            return after
        is_secret = is_secret_name(line[begin:end])
        if is_secret and self._value and not re.search(r"[{}]", line[self._value_end : match.start()]):
            first, last, put = self._value
            if last > first and not _HARMLESS.fullmatch(line[first:last]):
                self._cut(first, last, put)
        self._named, self._value = is_secret, None
        return after


def cut_flags(line: str) -> str:
    """The line without what follows a flag like `--password`, in a command or in a list of arguments."""
    return _LIST_FLAG.sub(_behind_flag, line) if "-" in line else line


def _behind_flag(match: re.Match[str]) -> str:
    is_long = match[1].startswith("--") or (len(match[1]) > LETTER and is_pass_name(match[1]))
    is_secret = is_long and is_secret_name(match[1]) and not is_harmless(match[3])
    return f"{match[1]}{match[2]}{CUT}" if is_secret else match[0]


LETTER = 2
"""Characters of a flag of one letter; what is longer behind one dash is a name, as Java's programs write it."""


def is_harmless(value: str) -> bool:
    """Whether a value is no secret whatever its name: none, a reference, or what somebody has cut already."""
    return bool(_HARMLESS.fullmatch(value))


def is_block(value: str) -> bool:
    """Whether YAML says with this that the value is on the lines below."""
    return bool(_BLOCK.fullmatch(value))


_FLOW_VALUE = re.compile(r"(:\s*+)(?:(\\*+)([\"'])|([^\s,{}\[\]\"'\\]++))")


def cut_values(text: str) -> str:
    """A mapping between braces with each of its values replaced."""
    made, at = [], 0
    while match := _FLOW_VALUE.search(text, at):
        made.append(text[at : match.end(1)])
        if match[4] is not None:
            at = match.end()
            made.append(CUT if match[4] != CUT else match[4])
            continue
        depth, mark = len(match[2]), match[3]
        end = next(
            (
                each
                for each in _QUOTE.finditer(text, match.end())
                if each[2] == mark and _is_closing(len(each[1]), depth)
            ),
            None,
        )
        made.append(f"{match[2]}{mark}{CUT}")
        if end is None:
            at = len(text)
            break
        at = end.end() - 1 - min(depth, len(end[1]))
        made.append(text[at : end.end()])
        at = end.end()
    return "".join([*made, text[at:]])


def _is_closing(backslashes: int, depth: int) -> bool:
    return backslashes == depth or (depth == 0 and backslashes % 2 == 0) or backslashes < depth


def mapping_end(text: str, start: int) -> int | None:
    """Behind the brace that closes the one at `start`; None where none does."""
    depth, quote, level = 0, "", 0
    for each in re.finditer(r"(\\*+)([\"'])|[{}]", text[start:]):
        if each[2] is None:
            if not quote:
                depth += 1 if each[0] == "{" else -1
                if not depth:
                    return start + each.end()
        elif not quote:
            quote, level = each[2], len(each[1])
        elif each[2] == quote and _is_closing(len(each[1]), level):
            quote = ""
    return None
