"""Logs of several containers in one stream, as stern, kubetail and `kubectl logs --prefix` print them.

stern v1.33 cmd/cmd.go generateTemplate; kubectl v0.37 pkg/cmd/logs/logs.go addPrefixIfNeeded.
"""

import re
from collections.abc import Sequence

from app.kube.transcript.fact import LogFact
from app.kube.transcript.text import Chunk, Line

_POD = r"[a-z0-9][a-z0-9.-]*-(?:[a-z0-9]{5}|\d{1,5})"
TAILED = re.compile(
    rf"^(?:[+-] (?:[a-z0-9-]+ )?(?P<begun>{_POD}) › (?P<its>[a-z0-9-]+)\s*$"
    rf"|\[(?:pod/)?(?P<pod>{_POD})[/ ](?P<container>[a-z0-9-]+)\] )"
)
"""How such a stream begins: with what stern says of a container that it follows, or with names in brackets."""


def read_tails(lines: Sequence[Line]) -> list[LogFact]:
    """What each container wrote, without the names before it."""
    begun = {(match["begun"], match["its"]) for line in lines if (match := TAILED.match(line.text)) and match["begun"]}
    found: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        if match := TAILED.match(line.text):
            if match["pod"]:
                found.setdefault((match["pod"], match["container"]), []).append(_rest(line, match.end()))
            continue
        words = line.text.split(" ", 2)
        if len(words) == 3 and (words[0], words[1]) in begun:
            found.setdefault((words[0], words[1]), []).append(_rest(line, len(words[0]) + len(words[1]) + 2))
    return [LogFact(Chunk(tuple(each)), pod, container) for (pod, container), each in found.items()]


def _rest(line: Line, start: int) -> Line:
    return Line(line.number, line.text[start:])
