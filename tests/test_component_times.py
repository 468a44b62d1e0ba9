"""The times that lesson 05 prints are those of the model `cluster-map`, in both languages."""

from pathlib import Path

import pytest

from app.place import CONTENT
from tests.written import known_rooms, values_of

FOLDER = CONTENT / "05-components"
LANGS = pytest.mark.parametrize("lang", ["en", "zh"])


def moments(down: str) -> list[int]:
    """Seconds after the loss at which something is noticed."""
    notices = known_rooms().answer("cluster-map", {"down": down})["notices"]
    return [notice["at_s"] for notice in notices if notice["at_s"]]


def minutes(seconds: int, lang: str) -> str:
    whole, rest = divmod(seconds, 60)
    return f"{whole} min {rest} s" if lang == "en" else f"{whole} 分 {rest} 秒"


def test_the_values_of_the_lesson_are_the_times_of_the_model() -> None:
    marked, evicted = moments("node")

    printed = values_of(FOLDER).printed

    assert printed["grace"] == str(marked)
    assert printed["toleration"] == str(evicted - marked)
    assert divmod(evicted, 60) == (int(printed["evicted-min"]), int(printed["evicted-s"]))
    assert printed["renew"] == str(moments("kube-apiserver")[0])
    assert printed["takeover"] == str(moments("kube-scheduler")[0])
    assert printed["cache-ends"] == str(moments("etcd")[-2])


@LANGS
def test_the_lesson_prints_them(lang: str) -> None:
    text = (FOLDER / f"lesson.{lang}.md").read_text(encoding="utf-8")
    heartbeat = text[text.index("{#heartbeat}") : text.index("{#failures}")]
    table = text[text.index("{#failures}") : text.index("{#check}")]
    eviction = "[=evicted-min] min [=evicted-s] s" if lang == "en" else "[=evicted-min] 分 [=evicted-s] 秒"

    assert all(f"[={name}]" in heartbeat for name in ("grace", "toleration"))
    assert eviction in heartbeat
    assert eviction in table
    assert "[=cache-ends]" in table
    assert all(f"[={name}]" in text for name in ("renew", "takeover"))


@LANGS
def test_the_lesson_says_that_the_lease_is_read_again(lang: str) -> None:
    """kubernetes v1.37.2 node_lifecycle_controller.go tryUpdateNodeHealth reads the live Lease, past its cache."""
    text = (FOLDER / f"lesson.{lang}.md").read_text(encoding="utf-8")
    heartbeat = text[text.index("{#heartbeat}") : text.index("{#failures}")]

    assert heartbeat.index("[=grace]") < heartbeat.index("[@lease-read-again]") < heartbeat.index("`Ready: Unknown`")
    assert "[since 1.37:" in heartbeat


@LANGS
@pytest.mark.parametrize("name", ["lesson.{}.md", "quiz.yaml", "interview.yaml"])
def test_the_lesson_speaks_of_no_other_eviction_time(lang: str, name: str) -> None:
    """Wherever minutes and seconds are named, they are those of the eviction."""
    evicted = moments("node")[-1]
    text = Path(FOLDER / name.format(lang)).read_text(encoding="utf-8")

    assert [other for other in range(301, 360) if other != evicted and minutes(other, lang) in text] == []
