"""Names, labels and ports: what is wrong with one, in the words of apimachinery (v0.36.3).

pkg/util/validation/validation.go and pkg/api/validate/content/kube.go; each function gives no message, or several.
"""

import re
from collections.abc import Iterator

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_NAME_PART = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_LABEL_VALUE = f"({_NAME_PART})?"
_ENDS = "and must start and end with an alphanumeric character"
_CHARACTERS = f"must consist of alphanumeric characters, '-', '_' or '.', {_ENDS}"
_LOWER = "must consist of lower case alphanumeric characters"
_DNS_LABEL = f"a lowercase RFC 1123 label {_LOWER} or '-', {_ENDS}"
_DNS_SUBDOMAIN = f"a lowercase RFC 1123 subdomain {_LOWER}, '-' or '.', {_ENDS}"
_VALUE = f"a valid label must be an empty string or {_CHARACTERS.removeprefix('must ')}"

LABEL_MOST, SUBDOMAIN_MOST, PORT_NAME_MOST = 63, 253, 15


def _regex(said: str, pattern: str, *examples: str) -> str:
    """RegexError, with the comma that it writes before `or`."""
    listed = " or ".join(f"'{example}', " for example in examples)
    return f"{said} (e.g. {listed}regex used for validation is '{pattern}')"


def _longer(most: int, unit: str = "characters") -> str:
    """Both functions count bytes; content/errors.go says so too, util/validation says characters."""
    return f"must be no more than {most} {unit}"


def _fits(pattern: str, text: str) -> bool:
    return re.fullmatch(pattern, text, re.ASCII) is not None


def _bytes(text: str) -> int:
    return len(text.encode())


def dns_label(text: str) -> Iterator[str]:
    if _bytes(text) > LABEL_MOST:
        yield _longer(LABEL_MOST)
    if not _fits(_LABEL, text):
        if _fits(_SUBDOMAIN, text):
            yield "must not contain dots"
        else:
            yield _regex(_DNS_LABEL, _LABEL, "my-name", "123-abc")


def dns_subdomain(text: str, unit: str = "characters") -> Iterator[str]:
    if _bytes(text) > SUBDOMAIN_MOST:
        yield _longer(SUBDOMAIN_MOST, unit)
    if not _fits(_SUBDOMAIN, text):
        yield _regex(_DNS_SUBDOMAIN, _SUBDOMAIN, "example.com")


def label_key(text: str) -> Iterator[str]:
    """IsLabelKey, alias IsQualifiedName: a name, and before a slash the domain it belongs to."""
    prefix, slash, name = text.rpartition("/")
    said = _regex(_CHARACTERS, _NAME_PART, "MyName", "my.name", "123-abc")
    if "/" in prefix:
        yield f"a valid label key {said} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
        return
    if slash and not prefix:
        yield "prefix part must be non-empty"
    elif prefix:
        yield from (f"prefix part {detail}" for detail in dns_subdomain(prefix, "bytes"))
    if not name:
        yield "name part must be non-empty"
    elif _bytes(name) > LABEL_MOST:
        yield f"name part {_longer(LABEL_MOST, 'bytes')}"
    if not _fits(_NAME_PART, name):
        yield f"name part {said}"


def label_value(text: str) -> Iterator[str]:
    if _bytes(text) > LABEL_MOST:
        yield _longer(LABEL_MOST, "bytes")
    if not _fits(_LABEL_VALUE, text):
        yield _regex(_VALUE, _LABEL_VALUE, "MyValue", "my_value", "12345")


def port_number(number: int) -> Iterator[str]:
    if not 1 <= number <= 65535:
        yield "must be between 1 and 65535, inclusive"


def port_name(text: str) -> Iterator[str]:
    if _bytes(text) > PORT_NAME_MOST:
        yield _longer(PORT_NAME_MOST)
    if not _fits("[-a-z0-9]+", text):
        yield "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"
    if not re.search("[a-z]", text):
        yield "must contain at least one letter (a-z)"
    if "--" in text:
        yield "must not contain consecutive hyphens"
    if text.startswith("-") or text.endswith("-"):
        yield "must not begin or end with a hyphen"


def environment_name(text: str) -> Iterator[str]:
    """IsRelaxedEnvVarName."""
    if not _fits("[ -<>-~]*", text):
        yield "a valid environment variable name must consist only of printable ASCII characters other than '='"


def percent(text: str) -> Iterator[str]:
    if not _fits("[0-9]+%", text):
        said = "a valid percent string must be a numeric string followed by an ending '%'"
        yield _regex(said, "[0-9]+%", "1%", "93%")
