"""The times that lesson 05 prints are those of the model `cluster-map`, in both languages."""

from pathlib import Path

import pytest

from app.widgetkit.registry import find_rooms

FOLDER = Path(__file__).parents[1] / "content/05-components"


def moments(down: str) -> list[int]:
    """Seconds after the loss at which something is noticed."""
    notices = find_rooms().answer("cluster-map", {"down": down})["notices"]
    return [notice["at_s"] for notice in notices if notice["at_s"]]


def minutes(seconds: int, lang: str) -> str:
    whole, rest = divmod(seconds, 60)
    return f"{whole} min {rest} s" if lang == "en" else f"{whole} 分 {rest} 秒"


def short(seconds: int, lang: str) -> str:
    return f"{seconds} s" if lang == "en" else f"{seconds} 秒"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_lesson_prints_the_times_of_the_model(lang: str) -> None:
    text = (FOLDER / f"lesson.{lang}.md").read_text(encoding="utf-8")
    marked, evicted = moments("node")
    cache_ends = moments("etcd")[-2]
    renew = moments("kube-apiserver")[0]
    takeover = moments("kube-scheduler")[0]

    assert f"**{short(marked, lang)}**" in text
    assert f"**{short(evicted - marked, lang)}**" in text
    assert text.count(minutes(evicted, lang)) >= 2
    table = text[text.index("{#failures}") : text.index("{#check}")]
    assert f"{'about' if lang == 'en' else '约'} {short(cache_ends, lang)}" in table
    assert minutes(evicted, lang) in table
    assert {short(takeover, lang), short(renew, lang)} <= set(_times(text, lang))


def _times(text: str, lang: str) -> list[str]:
    return [short(seconds, lang) for seconds in range(1, 61) if f" {short(seconds, lang)}" in text]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_lesson_speaks_of_no_other_eviction_time(lang: str) -> None:
    """Wherever minutes and seconds are named, they are those of the eviction."""
    evicted = moments("node")[-1]
    for path in (FOLDER / f"lesson.{lang}.md", FOLDER / "quiz.yaml"):
        for other in range(301, 360):
            assert other == evicted or minutes(other, lang) not in path.read_text(encoding="utf-8")
