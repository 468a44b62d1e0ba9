"""Cuts what nobody should see out of a paste: tokens, passwords, and values of variables whose names say what they are.

Lines keep their places, and everything that a diagnosis reads stays. Cutting twice cuts nothing more.
"""

import re

CUT = "***cut***"
"""What stands in place of a secret."""

_NAMES = (
    r"[\w.-]{0,60}(?:PASSW(?:OR)?D|PASSWD|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|PRIVATE|CREDENTIAL|AUTH|DSN|"
    r"CONN(?:ECTION)?_?STR(?:ING)?|_PWD|PWD|_KEY|SALT|WEBHOOK_URL|DATABASE_URL)[\w.-]{0,60}"
)
_NOT_SECRET = r"(?!<set to the key|<none>|\*\*\*cut|true\b|false\b|$)"

_TOKENS = re.compile(
    r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?"
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}"
    r"|\bxox[abprs]-[\w-]{10,}|\bsk-(?:proj-|live-)?[A-Za-z0-9_-]{20,}|\bAIza[\w-]{30,}|\bdckr_pat_[\w-]{16,}"
)
_BEARER = re.compile(r"(?i)(\b(?:Bearer|Basic)\s+)(?!realm|auth|token\b|credentials)[A-Za-z0-9+/=._~-]{16,}")
_IN_URL = re.compile(r"(?<=://)([^\s/:@\"']*:)(?!\*\*\*cut)[^\s/@\"']+(?=@)")
_ASSIGNED = re.compile(rf"(?i)(?<![\w-])((?:{_NAMES}|password|passwd|token|secret)=)(?!\*\*\*cut)[^\s&\"',;]{{3,}}")
_DESCRIBED = re.compile(rf"^(\s*(?:-\s+)?{_NAMES}:\s+)({_NOT_SECRET}[^\s<].*)$", re.IGNORECASE)
_NAMED = re.compile(rf"(?i)^\s*(?:-\s+)?\"?name\"?:\s*\"?{_NAMES}\"?,?\s*$")
_VALUE = re.compile(r"^(\s*(?:-\s+)?\"?value\"?:\s*)(?!\"?\*\*\*cut)(\S.*?)(,?)$")
_INLINE = re.compile(rf"(?i)(\"name\":\s*\"{_NAMES}\",\s*\"value\":\s*)\"(?!\*\*\*cut)(?:[^\"\\]|\\.)*\"")
_ESCAPED = re.compile(rf"(?i)(\\\"name\\\":\s*\\\"{_NAMES}\\\",\s*\\\"value\\\":\s*)\\\"(?!\*\*\*cut).*?\\\"")
_KIND_SECRET = re.compile(r"^\s*(?:-\s+)?\"?kind\"?:\s*\"?Secret\"?,?\s*$")
_DATA = re.compile(r"^(\s*)\"?(?:data|stringData)\"?:\s*\{?\s*$")
_ENTRY = re.compile(r"^(\s+\"?[\w.-]+\"?:\s*)(?!\"?\*\*\*cut)(\S.*?)(,?)$")
_CUT_ENTRY = re.compile(r"^\s+\"?[\w.-]+\"?:\s*\"?\*\*\*cut")
_PEM = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")
_MAY = (
    *("passw", "secret", "token", "apikey", "api_key", "api-key", "accesskey", "access_key", "private", "credential"),
    *("auth", "dsn", "connstr", "connection_str", "conn_str", "pwd", "_key", "salt", "webhook_url", "database_url"),
    *("eyj", "://", "bearer", "basic", "managedfields", "-----begin", "akia", "asia", "ghp_", "gho_", "ghu_", "ghs_"),
    *("ghr_", "github_pat_", "glpat-", "xox", "sk-", "aiza", "dckr_"),
)
"""What a secret cannot be told without: where none of these stands, no line need be looked at."""


_KEPT = re.compile(
    r"(?i)^\s*(?:-\s+)?\"?(?:secretName|secret|secretRef|secretKeyRef|imagePullSecrets|TokenExpirationSeconds|"
    r"automountServiceAccountToken|SecretOptionalName|SecretName|ConfigMapName|priorityClassName|topologyKey|key|keys|"
    r"projected|serviceAccountToken|tokenExpirationSeconds|expirationSeconds|authorizationMode|author|authors)\"?:"
)


def cut_secrets(text: str) -> str:
    """The text with every secret replaced that its shape or name gives away; the bulk of managedFields goes too."""
    suspect = _suspects(text)
    if not suspect:
        return text
    lines = text.split("\n")
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
    places = set()
    for word in _MAY:
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


SECRET_LINES = 60
"""Lines above and below `kind: Secret` in which its data are looked for."""


class _Cutter:
    """Cuts line after line; `is_inside` says that the next line has to be seen as well."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.named = False
        self.managed = -1
        self.pem = False
        self.data = -1
        self.secret_until = -1
        self.at = 0

    @property
    def is_inside(self) -> bool:
        return self.named or self.managed >= 0 or self.pem or self.data >= 0 or self.at < self.secret_until

    def take(self, index: int) -> None:
        self.at = index
        line = self.lines[index]
        stripped = line.lstrip()
        indent = len(line) - len(stripped)
        if self.managed >= 0 and self._is_managed(index, stripped, indent):
            return
        if self.pem:
            self.pem = "-----END" not in line
            self.lines[index] = CUT if self.pem else line
            return
        if _PEM.search(line):
            self.pem = "-----END" not in line
            return
        if stripped.startswith("managedFields:"):
            self.managed = indent
            return
        if _KIND_SECRET.match(line):
            self.secret_until = index + SECRET_LINES
            self._data_above(index)
        elif stripped.startswith(("kind:", '"kind":')):
            self.secret_until = -1
        if index < self.secret_until and (match := _DATA.match(line)):
            self.data = len(match[1])
            return
        if self.data >= 0:
            if indent > self.data and self._entry(index):
                return
            self.data = -1
        self.lines[index] = _line(line, self.named)
        self.named = bool(_NAMED.match(line)) or (self.named and not stripped)

    def _is_managed(self, index: int, stripped: str, indent: int) -> bool:
        """Empties a line of managedFields; they end where something stands as far out."""
        if not stripped or indent > self.managed or (indent == self.managed and stripped[0] == "-"):
            self.lines[index] = ""
            return True
        self.managed = -1
        return False

    def _data_above(self, index: int) -> None:
        """kubectl sorts the keys, so that a Secret's data stand before its kind."""
        first = max(0, index - SECRET_LINES)
        start = next((i for i in range(index - 1, first - 1, -1) if _DATA.match(self.lines[i])), None)
        if start is not None:
            for each in range(start + 1, index):
                if not self._entry(each):
                    break

    def _entry(self, index: int) -> bool:
        entry = _ENTRY.match(self.lines[index])
        if entry is None:
            return bool(_CUT_ENTRY.match(self.lines[index]))
        quote = '"' if entry[2].startswith('"') else ""
        self.lines[index] = f"{entry[1]}{quote}{CUT}{quote}{entry[3]}"
        return True


def _line(line: str, is_named: bool) -> str:
    if is_named and (match := _VALUE.match(line)):
        quote = '"' if match[2].startswith('"') else ""
        return f"{match[1]}{quote}{CUT}{quote}{match[3]}"
    if "eyJ" in line or "_" in line or "-" in line or "A" in line:
        line = _TOKENS.sub(CUT, line)
    if "://" in line:
        line = _IN_URL.sub(rf"\g<1>{CUT}", line)
    if "earer" in line or "asic" in line:
        line = _BEARER.sub(rf"\g<1>{CUT}", line)
    if "=" in line:
        line = _ASSIGNED.sub(rf"\g<1>{CUT}", line)
    if '"value"' in line:
        line = _INLINE.sub(rf'\g<1>"{CUT}"', line)
    if '\\"value\\"' in line:
        line = _ESCAPED.sub(rf'\g<1>\\"{CUT}\\"', line)
    if ":" in line and len(line) < 4000 and not _KEPT.match(line) and (match := _DESCRIBED.match(line)):
        tail = "," if match[2].endswith(",") else ""
        quote = '"' if match[2].startswith('"') else ""
        if match[2] not in ("{", "[", "|", ">", "{}", "[]") and not match[2].startswith(("{", "[")):
            line = f"{match[1]}{quote}{CUT}{quote}{tail}"
    return line


def count_cuts(text: str) -> int:
    return text.count(CUT)
