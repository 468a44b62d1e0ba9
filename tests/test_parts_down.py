"""What is seen of a part that is down is told alike wherever a lesson, a cheat sheet or a room tells it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.content.language import LANGUAGES
from app.place import CONTENT
from app.widgets.cluster_map.capability import CACHE_LASTS_S

ROOMS = Path(__file__).parents[1] / "app" / "widgets"
TEXTS = [*CONTENT.glob("*/*.md"), *CONTENT.glob("*/*.yaml"), *ROOMS.glob("*/words.yaml")]


def entries(path: Path) -> Iterator[tuple[str, str]]:
    """The paragraphs of a lesson, row by row where they are tables, and the lines of a list or of words."""
    text = path.read_text(encoding="utf-8")
    split = r"\n\s*\n|\n(?=\|)" if path.suffix == ".md" else r"\n(?=[a-z][\w.#-]*: |\s*- )"
    for part in re.split(split, text):
        yield f"{path.parent.name}/{path.name}", part


def test_who_is_told_to_look_at_a_renewal_is_shown_one() -> None:
    """`kubectl get lease` prints name, holder and age (printers.go, leaseColumnDefinitions), in wide output as well."""
    looks = [(where, part) for path in TEXTS for where, part in entries(path) if "get lease" in part]
    blind = [
        (where, part)
        for where, part in looks
        if re.search(r"renew|heartbeat|续|心跳", part)
        and not re.search(r"get lease [^`\"\n]*-o |`-o yaml`|\[@lease-columns\]", part)
    ]

    assert len(looks) > 8
    assert blind == []


def told(found: Any, key: str = "") -> Iterator[tuple[str, dict[str, str]]]:
    for name, text in found.items():
        if isinstance(text, dict) and set(text) == set(LANGUAGES):
            yield f"{key}{name}", {lang: str(text[lang]) for lang in LANGUAGES}


def test_what_caches_answer_without_a_quorum_ends_when_the_map_says() -> None:
    """A member without a leader ends the API server's watches, and half a minute later its caches count as lost."""
    speaking = [
        (f"{path.parent.name}: {key}", text)
        for path in ROOMS.glob("*/words.yaml")
        if path.parent.name != "cluster_map"
        for key, text in told(yaml.safe_load(path.read_text(encoding="utf-8")))
        if "etcd" in key and "resourceVersion=0" in text["en"]
    ]

    assert speaking
    for where, text in speaking:
        assert all(re.search(rf"\b{CACHE_LASTS_S}\b|约 {CACHE_LASTS_S} 秒", text[lang]) for lang in LANGUAGES), where


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_kube_proxy_that_is_down_is_missed_by_load_balancers(lang: str) -> None:
    """Its rules stay, and the answer on port 10256 does not (pkg/proxy/healthcheck/proxy_health.go)."""
    rows = [
        (where, part)
        for path in CONTENT.glob(f"*/lesson.{lang}.md")
        for where, part in entries(path)
        if part.startswith("|") and "[@kube-proxy-cleanup]" in part
    ]

    assert len(rows) == 2
    assert [where for where, part in rows if "proxy-health]" not in part] == []


def test_a_reason_error_beside_137_does_not_clear_the_oom_killer() -> None:
    """The runtime may read the kernel's record late or never (containerd internal/cri/server/events.go)."""
    both = [
        (where, part)
        for path in TEXTS
        if path.name != "interview.yaml"  # there it is told in another paragraph of the answer
        for where, part in entries(path)
        if "137" in part and "OOMKilled" in part and re.search(r"`Error`|with Error|是 Error", part)
    ]

    assert len(both) > 4
    assert [(where, part) for where, part in both if not re.search(r"\bmiss|漏", part)] == []
