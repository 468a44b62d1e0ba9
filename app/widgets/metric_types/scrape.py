"""One scrape: which format the page is in, whether Prometheus takes it, and its own words where it does not.

Prometheus v3.14.0: model/textparse/interface.go (the format), scrape/scrape_append_v2.go and tsdb/head_append.go (what
is refused of a sample that can be read). One mistake fails the whole scrape; the first one is what the server says.
"""

import re
from collections.abc import Mapping
from dataclasses import field, replace
from itertools import pairwise
from typing import Literal

from app.kube.refusal import Refusal
from app.record import dataclass
from app.widgets.metric_types.entry import LONGEST_WORDS, Header, Series, Stop
from app.widgets.metric_types.golang import parse_bound, print_openmetrics, quote, text_of
from app.widgets.metric_types.openmetrics import OpenMetricsParser
from app.widgets.metric_types.textformat import TextParser, is_utf8

Format = Literal["text", "openmetrics"]
Choice = Literal["auto", "text", "openmetrics"]

MOST_SAMPLES = 10_000
MOST_HEADERS = 30_000
MOST_FAULTS = 10_000
LONGEST_LINE = 8192

OPENMETRICS, TEXT, PROTOBUF = "application/openmetrics-text", "text/plain", "application/vnd.google.protobuf"
_NO_FALLBACK = "and no fallback_scrape_protocol"
_STATUS_LINE = re.compile(r"HTTP/[0-9.]+ [0-9]{3}\b.*")
_HEADER_LINE = re.compile(r"([A-Za-z][A-Za-z-]*):[ \t]*(.*?)[ \t]*")
_TALK = re.compile(r"(?:[*<>{}](?: [^\n]*)?|[ \t]+(?:% Total|Dload)\b[^\n]*|[^\n]*--:--:--[^\n]*)\r?")
"""What `curl -v` writes above the body: its notes and progress, what it sent and the header that came back."""

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_MEDIA = re.compile(rf"\s*({_TOKEN})/({_TOKEN})\s*")
_PARAMETER = re.compile(rf'\s*;\s*({_TOKEN})\s*=\s*({_TOKEN}|"(?:[^"\\]|\\.)*")\s*')
_EOF = re.compile(r"(?:^|\n)# EOF\n?\s*$")


@dataclass(frozen=True)
class Page:
    """The text without the header that stood on top; `line` is the number of its first line in what was pasted.

    `refused` are the server's words where the Content-Type alone fails the scrape.
    """

    body: str
    format: Format
    line: int = 1
    refused: Stop | None = None


@dataclass(frozen=True)
class Scraped:
    """A sample as it is stored: labels without empty ones, `le` and `quantile` as OpenMetrics writes them."""

    line: int
    name: str
    labels: tuple[tuple[str, str], ...]
    value: float
    has_time: bool
    time_ms: int


@dataclass(frozen=True)
class Declared:
    line: int
    kind: Literal["HELP", "TYPE", "UNIT"]
    name: str
    text: str


@dataclass(frozen=True)
class Fault:
    line: int
    code: str
    words: str
    values: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True)
class Scrape:
    """What a scrape of the page gives. `faults` are all lines that fail it, the one that the server names first.

    `samples` are those of the other lines: none of them is stored when there is a fault.
    """

    page: Page
    samples: tuple[Scraped, ...]
    headers: tuple[Declared, ...]
    faults: tuple[Fault, ...]

    @property
    def up(self) -> bool:
        return not self.faults


def find_page(text: str, choice: Choice, field_name: str) -> Page:
    """The body and its format: as chosen, by a `Content-Type:` line or a whole header on top, else by `# EOF`."""
    text, typed = _cut_typed(text)
    content_type, body, line = _cut_header(text)
    line += typed
    if choice != "auto":
        return Page(body, choice, line)
    if content_type is None:
        return Page(body, "openmetrics" if _EOF.search(body) else "text", line)
    media, problem = media_type(content_type)
    if media == PROTOBUF:
        raise Refusal("metrics-protobuf", field=field_name, line=1)
    if problem:
        return Page(body, "text", line, Stop(0, "content-type", problem, {"text": content_type}))
    return Page(body, "openmetrics" if media == OPENMETRICS else "text", line)


_FENCE = re.compile(r"(?:```|~~~)[\w-]*[ \t\r]*")
_TYPED = re.compile(
    r"(?:[^\n{}\"'#]{1,80}#|[^\n{}\"'#]{0,80}[$%>❯➜λ])[ \t]+(?:sudo[ \t]+)?(?:curl|wget|kubectl|oc|k|docker)[ \t][^\n]*"
    r"|(?:curl|wget|kubectl|oc)[ \t][^\n]*(?:://|--raw[ =])[^\n]*"
)


def _cut_typed(text: str) -> tuple[str, int]:
    """The text without a command typed above it and Markdown's fences, which no server sends; lines cut off on top."""
    lines = text.split("\n")
    at = 0
    while at < min(len(lines), 3) and (_FENCE.fullmatch(lines[at]) or _TYPED.fullmatch(lines[at])):
        at += 1
    end = len(lines)
    while at and end > at and (not lines[end - 1].strip() or _FENCE.fullmatch(lines[end - 1])):
        end -= 1
    closed = any(_FENCE.fullmatch(line) for line in lines[end:])
    return "\n".join([*lines[at:end], ""] if closed else lines[at:]), at


def _cut_header(text: str) -> tuple[str | None, str, int]:
    """The Content-Type, the rest, and the number of its first line."""
    lines = text.split("\n", 60)
    talk = next((at for at, line in enumerate(lines) if not _TALK.fullmatch(line)), len(lines))
    if any(line.startswith("< HTTP/") for line in lines[:talk]):
        came = (_HEADER_LINE.fullmatch(line[2:].rstrip("\r")) for line in lines[:talk] if line.startswith("< "))
        types = [found[2] for found in came if found and found[1].lower() == "content-type"]
        return types[-1] if types else "", "\n".join(lines[talk:]), talk + 1
    is_answer = bool(_STATUS_LINE.fullmatch(lines[0].rstrip("\r")))
    at = 1 if is_answer else 0
    content_type: str | None = "" if is_answer else None
    while at < len(lines) - 1 and (found := _HEADER_LINE.fullmatch(lines[at].rstrip("\r"))):
        if not is_answer and found[1].lower() != "content-type":
            break
        if found[1].lower() == "content-type":
            content_type = found[2]
        at += 1
        if not is_answer:
            break
    if content_type is None:
        return None, text, 1
    if lines[at].rstrip("\r") == "":
        at += 1
    return content_type, "\n".join(lines[at:]), at + 1


def media_type(content_type: str) -> tuple[str, str]:
    """The media type and no problem, or none and the server's words. interface.go, extractMediaType."""
    if not content_type:
        return "", f"non-compliant scrape target sending blank Content-Type {_NO_FALLBACK} specified for target"
    quoted = quote(content_type.encode())
    media, problem = _parse_media_type(content_type)
    if problem:
        return "", f"cannot parse Content-Type {quoted} {_NO_FALLBACK} for target\nmime: {problem}"
    if media not in (OPENMETRICS, TEXT, PROTOBUF):
        return "", f"received unsupported Content-Type {quoted} {_NO_FALLBACK} specified for target"
    return media, ""


def _parse_media_type(text: str) -> tuple[str, str]:
    """Go's mime.ParseMediaType as far as its errors go."""
    base = text.partition(";")[0]
    media = base.strip().lower()
    if not media:
        return "", "no media type"
    if not re.match(rf"\s*{_TOKEN}", base):
        return "", "no media type"
    if "/" in base:
        if not re.match(rf"\s*{_TOKEN}/", base):
            return "", "expected slash after first token"
        if not re.match(rf"\s*{_TOKEN}/{_TOKEN}", base):
            return "", "expected token after slash"
        if not _MEDIA.fullmatch(base):
            return "", "unexpected content after media subtype"
    elif not re.fullmatch(rf"\s*{_TOKEN}\s*", base):
        return "", "expected slash after first token"
    rest, names = text[len(base) :], set()
    while rest.strip():
        found = _PARAMETER.match(rest)
        if not found:
            return ("", "invalid media parameter") if rest.strip() != ";" else (media, "")
        if found[1].lower() in names:
            return "", "duplicate parameter name"
        names.add(found[1].lower())
        rest = rest[found.end() :]
    return media, ""


def scrape(page: Page, field_name: str) -> Scrape:
    """Reads the page to its end, also behind a mistake, so that all of them are found at once."""
    if page.refused:
        return Scrape(page, (), (), (Fault(1, page.refused.code, page.refused.words, page.refused.values),))
    data = page.body.encode("utf-8", "surrogatepass")
    _check_lines(data, page.line, field_name)
    samples: list[Scraped] = []
    headers: list[Declared] = []
    faults: list[Fault] = []
    if not data:
        return Scrape(page, (), (), ())
    count = _LineCount(data, page.line)
    known: dict[bytes, Scraped] = {}
    parser = OpenMetricsParser(data) if page.format == "openmetrics" else TextParser(data)
    while True:
        stop = None
        try:
            for entry in parser.entries():
                line = count.line(entry.at)
                if isinstance(entry, Header):
                    headers.append(Declared(line, entry.kind, entry.name, entry.text))
                    if len(headers) > MOST_HEADERS:
                        raise Refusal("metrics-many", field=field_name, line=line, limit=MOST_HEADERS)
                    continue
                samples.append(_stored(entry, line, known))
                if len(samples) > MOST_SAMPLES:
                    raise Refusal("metrics-many", field=field_name, line=line, limit=MOST_SAMPLES)
        except Stop as found:
            stop = found
        if stop is None:
            return Scrape(page, tuple(samples), tuple(headers), tuple(faults))
        words = stop.words if len(stop.words) <= LONGEST_WORDS else f"{stop.words[:LONGEST_WORDS]}…"
        faults.append(Fault(count.line(stop.at), stop.code, words if not faults else "", stop.values))
        if stop.code in ("eof-missing", "eof-after"):
            return Scrape(page, tuple(samples), tuple(headers), tuple(faults))
        if len(faults) > MOST_FAULTS:
            first = faults[0]
            raise Refusal(
                "metrics-wrong", field=field_name, line=first.line, limit=MOST_FAULTS, words=first.words[:200]
            )
        parser.resume(stop)


def _check_lines(data: bytes, first: int, field_name: str) -> None:
    """A zero byte ends what the server reads, or is passed over, depending on the state: no page has one on purpose."""
    if (zero := data.find(b"\0")) >= 0:
        raise Refusal("metrics-zero", field=field_name, line=first + data.count(b"\n", 0, zero))
    if len(data) <= LONGEST_LINE:
        return
    for number, line in enumerate(data.split(b"\n"), first):
        if len(line) > LONGEST_LINE:
            raise Refusal("metrics-long", field=field_name, line=number, limit=LONGEST_LINE)


class _LineCount:
    """Numbers of lines for places that mostly come in order."""

    def __init__(self, data: bytes, first: int) -> None:
        self.data, self.at, self.number = data, 0, first

    def line(self, at: int) -> int:
        """The end of a page belongs to its last line."""
        at = min(at, max(0, len(self.data) - 1))
        if at < self.at:
            self.number -= self.data.count(b"\n", at, self.at)
        else:
            self.number += self.data.count(b"\n", self.at, at)
        self.at = at
        return self.number


def _stored(series: Series, line: int, known: dict[bytes, Scraped]) -> Scraped:
    """The sample under the labels that the database keeps; Stop for those that it refuses.

    The server knows a series by its text: written as before it has the labels of before, whatever TYPE says by now.
    """
    if seen := known.get(series.raw):
        return replace(seen, line=line, value=series.value, has_time=series.has_time, time_ms=series.time_ms)
    if not series.name:
        raise Stop(series.at, "name-missing", "missing metric name (__name__ label)", {"text": text_of(series.raw)})
    pairs = sorted([(b"__name__", series.name), *series.labels])
    if not (is_utf8(series.name) and all(name and is_utf8(name) for name, _ in series.labels)):
        shown = ", ".join(f"{_shown_name(name)}={quote(value)}" for name, value in pairs)
        words = f"invalid metric name or label names: {{{shown}}}"
        raise Stop(series.at, "name-invalid", words, {"text": text_of(series.raw)})
    for (before, _), (name, _) in pairwise(pairs):
        if before == name:
            words = f'label name "{text_of(name)}" is not unique: invalid sample'
            raise Stop(series.at, "label-twice", words, {"text": text_of(name)})
    labels = sorted((text_of(name), _normal(series.declared, name, value)) for name, value in series.labels if value)
    stored = Scraped(line, text_of(series.name), tuple(labels), series.value, series.has_time, series.time_ms)
    known[series.raw] = stored
    return stored


def _shown_name(name: bytes) -> str:
    return text_of(name) if re.fullmatch(rb"[a-zA-Z_][a-zA-Z0-9_]*", name) else quote(name)


def _normal(declared: str, name: bytes, value: bytes) -> str:
    """`le="1"` is stored as `le="1.0"`. openmetricsparse.go, normalizeFloatsInLabelValues."""
    text = text_of(value)
    if (declared, name) not in (("histogram", b"le"), ("summary", b"quantile")):
        return text
    bound = parse_bound(text)
    return text if bound is None else print_openmetrics(bound)
