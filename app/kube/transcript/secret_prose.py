"""Secrets that prose and commands say without `=` or `:`, as in `the root password is …` or `rabbitmqctl add_user a …`.

    cut_prose("password hunter2 was refused")    # the line without it

A word is taken for a secret only where it looks like one: letters with digits or signs among them, and neither a unit,
a version, a time, a path, nor the name of an algorithm. So `password authentication failed` stays, and a password that
is an English word does too, unless it is quoted.
"""

import re

CUT = "***cut***"
"""What stands in place of a secret."""

LEAST = 6
"""Characters of the shortest word that is taken for a secret."""

_WORD = r"(?P<word>(?!\*\*\*cut)[!-~]++)"
_BETWEEN = r"[ \t]{1,8}+"
_PASSWORD = r"(?:password|passphrase|passwd|passwort|requirepass|masterauth)"
_OPENS = re.compile(
    rf"(?i)(?P<head>(?<![\w./-])\w{{0,60}}?{_PASSWORD}(?![\w./-])"
    rf"(?:{_BETWEEN}(?:for|of|to){_BETWEEN}(?:user{_BETWEEN})?[!-~]{{1,60}}+(?={_BETWEEN}(?:is|was)\b))?"
    rf"(?:{_BETWEEN}(?:is|was))?:?[ \t]{{0,8}}(?:->)?[ \t]{{1,8}}){_WORD}"
)
_SAID = re.compile(
    r"(?i)(?P<head>(?<![\w./-])(?:pwd|(?:token|api[ _-]?key|access[ _-]?key|private[ _-]?key|secret[ _-]key)"
    rf"{_BETWEEN}(?:is|was):?|\w{{0,60}}?(?:access|secret|private|api)_key){_BETWEEN}){_WORD}"
)
_CHINESE = re.compile(rf"(?P<head>(?:密码|口令|密钥|令牌)[ \t]{{0,4}}(?:是|为|：|:)?[ \t]{{0,4}}){_WORD}")
_REDIS = re.compile(rf"(?P<head>(?<![\w./-])AUTH{_BETWEEN}(?:default{_BETWEEN})?){_WORD}")

_ARGUMENT = r"(?P<quote>[\"']?)(?P<word>(?!\*\*\*cut)[^\s\"'|]++)"
_REST = r"(?P<quote>)(?P<word>(?!\*\*\*cut)[^\s\"'@|]++)"
_S = r"[ \t]++"
_FLAGS = rf"(?:-(?!\w*b)\w++{_S}){{0,8}}+"
_PIPED = re.compile(rf"(?P<head>\becho{_S}(?:-n{_S})?){_ARGUMENT}(?=[\"']?[ \t]*+\|)")
_COMMANDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("htpasswd", re.compile(rf"(?P<head>\bhtpasswd{_S}{_FLAGS}-\w++{_S}\S++{_S}\S++{_S}){_ARGUMENT}")),
    ("add_user", re.compile(rf"(?P<head>\badd_user{_S}\S++{_S}){_ARGUMENT}")),
    ("change_password", re.compile(rf"(?P<head>\bchange_password{_S}\S++{_S}){_ARGUMENT}")),
    ("vault login", re.compile(rf"(?P<head>\bvault login{_S}(?:-\S++{_S}){{0,8}}+){_ARGUMENT}")),
    ("alias set", re.compile(rf"(?P<head>\balias set{_S}\S++{_S}https?://\S++{_S}\S++{_S}){_ARGUMENT}")),
    ("smbclient", re.compile(rf"(?P<head>(?<!\S)-U[ \t]*+[\"']?[^\s\"'%]++%){_ARGUMENT}")),
    ("sqlplus", re.compile(rf"(?P<head>\bsqlplus{_S}(?:-\w++{_S}){{0,8}}+[\"']?\w++/){_REST}")),
    ("curl", re.compile(rf"(?P<head>(?<!\S)--(?:proxy-)?user(?:=|{_S})[\"']?[^\s\"':]++:){_REST}")),
    ("etcdctl", re.compile(rf"(?P<head>(?<!\S)--user(?:=|{_S})[\"']?[^\s\"':]++:){_REST}")),
    ("set password", re.compile(rf"(?i)(?P<head>\bset password for{_S}\S++[ \t]*+=[ \t]*+(?:password\()?){_ARGUMENT}")),
    ("--password-stdin", _PIPED),
    ("sudo -s", _PIPED),
)
"""By what a line has to hold in small letters: where the secret stands among the arguments of a program."""

COMMAND_WORDS = ("add_user", "alias set", "smbclient", "sqlplus", "etcdctl", "sudo -s")
"""What such a line can be told by, where it holds no word that a secret is told by anyway."""

_HARMLESS = re.compile(
    r"(?i)"
    r"v?\d[\d.]*(?:-?(?:alpha|beta|rc)[\d.]*)?|[a-z]+v\d[\d.]*|"  # versions
    r"(?:\d+(?:\.\d+)?[a-zµ]{1,5})+|"  # durations and sizes
    r"\d{4}-\d\d-\d\d.*|\d\d?:\d\d.*|"  # times
    r"\.{0,2}/.*|[a-z0-9.-]+/[a-z0-9./-]+|[a-z]+://.*|"  # paths, kind/name, addresses
    r"[$%<{\[(].*|"  # what somebody fills in
    r"\w+[=:].*|"  # a name and its value, which have rules of their own
    r"(?:(?:scram|hmac|pbkdf2|rsa|ssh|ecdsa)-)?(?:sha|md|aes|rsa|hs|rs|es|ps|base|utf|argon|pbkdf|ed|rc|des|pkcs|x|oauth|"
    r"tls|ssl|ntlm|http|ipv|bcrypt|scrypt|crypt)-?\d++(?:[-_/][a-z0-9]++)*+|"  # algorithms and formats
    r"\d+(?:st|nd|rd|th)|k8s|\d?fa|i18n|l10n"
)
_MIXED = re.compile(r"(?=[^A-Za-z]*[A-Za-z])(?:[^0-9]*[0-9]|[A-Za-z0-9_.-]+[!@#^&*+~?])")
_BEFORE, _AFTER = "\"'`", ".,;:!?)]}\"'`"


def looks_secret(word: str) -> bool:
    """Whether a word is hardly one of a sentence, and nothing else that stands in logs."""
    core = word.lstrip(_BEFORE).rstrip(_AFTER)
    return len(core) >= LEAST and bool(_MIXED.match(core)) and not _HARMLESS.fullmatch(core)


def cut_prose(line: str) -> str:
    """The line without secrets that a sentence names, or that stand among the arguments of a program."""
    low = line.lower()
    if "pass" in low or "masterauth" in low:
        line = _OPENS.sub(_said, line)
    if "pwd" in low or "token" in low or "key" in low:
        line = _SAID.sub(_said, line)
    if "AUTH" in line:
        line = _REDIS.sub(_said, line)
    if not line.isascii():
        line = _CHINESE.sub(_said, line)
    for word, pattern in _COMMANDS:
        if word in low:
            line = pattern.sub(_given, line)
    return line


def _said(match: re.Match[str]) -> str:
    word = match["word"]
    if not looks_secret(word):
        return match[0]
    begin, end = len(word) - len(word.lstrip(_BEFORE)), len(word.rstrip(_AFTER))
    return f"{match['head']}{word[:begin]}{CUT}{word[end:]}"


def _given(match: re.Match[str]) -> str:
    is_filled_in = match["word"].startswith(("$", "<", "{{"))
    return match[0] if is_filled_in else f"{match['head']}{match['quote']}{CUT}"
