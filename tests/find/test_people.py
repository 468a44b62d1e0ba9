"""Questions as people ask them: `people.yaml`, each with the addresses that answer it."""

from collections.abc import Callable, Mapping
from itertools import combinations
from pathlib import Path

import pytest
import yaml

from app.content.language import LANGUAGES, Lang
from app.lessons.search.entry import Entry
from app.lessons.search.index import Search
from app.lessons.search.said import ASKED, SPOKEN, about

QUESTIONS: Mapping[Lang, Mapping[str, list[str]]] = yaml.safe_load(
    (Path(__file__).parent / "people.yaml").read_text(encoding="utf-8")
)
NOT_YET = {"how do I build an arm image on my laptop", "退出码 137 是什么意思"}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_answers_a_question_is_among_the_first_three(search: Search, lang: Lang) -> None:
    """Take a question out of NOT_YET when it is answered; one that is answered no more is a fault."""
    missed = {
        asked
        for asked, answers in QUESTIONS[lang].items()
        if not {each.entry.url for each in search.find(lang, asked).results[:3]} & {f"/{lang}/{url}" for url in answers}
    }

    assert missed == NOT_YET & set(QUESTIONS[lang])


def test_there_are_many_questions_and_what_answers_them_is_there(entries: Mapping[Lang, tuple[Entry, ...]]) -> None:
    for lang in LANGUAGES:
        known = {entry.url for entry in entries[lang]}
        lost = [url for answers in QUESTIONS[lang].values() for url in answers if f"/{lang}/{url}" not in known]

        assert len(QUESTIONS[lang]) > 60
        assert lost == []
    assert set().union(*map(set, QUESTIONS.values())) >= NOT_YET


@pytest.mark.parametrize(
    ("run", "left"),
    [
        ("乱序的样本会怎样", ["乱序", "样本"]),
        ("为什么业务还能访问", ["业务", "访问"]),
        ("探针是哪几种", ["探针", "种"]),
        ("有没有", []),
        ("调度器", ["调度器"]),
    ],
)
def test_a_run_of_chinese_is_cut_at_the_words_that_only_ask(run: str, left: list[str]) -> None:
    assert about(run) == left


def test_no_word_is_said_for_two_things() -> None:
    for one, other in combinations(map(set, SPOKEN), 2):
        assert not one & other
    assert all(len(group) == len(set(group)) > 1 for group in SPOKEN)
    assert not ASKED & {word for group in SPOKEN for word in group}


def test_what_is_said_for_one_another_is_found_by_either(small: Callable[..., Search]) -> None:
    entries = (
        Entry("question", "/en/asked/a#c", "What if etcd is full?", "", ""),
        Entry("question", "/en/asked/a#b", "What if etcd is down?", "", ""),
    )

    for asked in ("what happens when etcd crashes", "etcd 挂了会怎样"):
        assert small(entries).find("en", asked).results[0].entry == entries[1], asked


def test_of_a_question_not_every_word_has_to_be_there(small: Callable[..., Search]) -> None:
    """The first has all three words somewhere, the second two of them where it counts; a third has one of them."""
    entries = (
        Entry("lesson", "/en/a", "Other things", "", "logs " + "x " * 200 + "container crashed"),
        Entry("question", "/en/asked/a#b", "The logs of a container", "", "previous"),
        Entry("lesson", "/en/c", "logs", "", ""),
    )
    found = small(entries).find("en", "how do I see the logs of a container that crashed")

    assert {each.entry for each in found.results} == {entries[0], entries[1]}
    assert not found.partly


def test_a_run_that_nobody_wrote_is_asked_for_in_pieces(search: Search) -> None:
    found = search.find("zh", "乱序样本统统丢弃")

    assert found.partly
    assert "/zh/asked/prometheus#prom-tsdb" in [each.entry.url for each in found.results[:3]]


@pytest.mark.parametrize(
    ("lang", "asked", "url"),
    [("en", "scrape interval", "/en/cheat/prometheus"), ("zh", "etcdctl endpoint status", "/zh/cheat/etcd")],
)
def test_numbers_and_commands_of_the_printed_page_are_found(search: Search, lang: Lang, asked: str, url: str) -> None:
    assert url in [each.entry.url for each in search.find(lang, asked).results[:3]]
