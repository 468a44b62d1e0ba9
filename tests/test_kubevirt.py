"""The KubeVirt lesson and its room tell of the same machine, and nothing that KubeVirt has left behind."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.content.language import LANGUAGES
from app.widgets.vm_birth.cast import machine
from tests.written import known_lessons

CONTENT = Path(__file__).parents[1] / "content" / "06-kubevirt"
WORDS = Path(__file__).parents[1] / "app" / "widgets" / "vm_birth" / "words.yaml"
# What virt-api's webhook puts into a VM that does not say it (pkg/defaults SetVirtualMachineDefaults).
DEFAULTED = {"spec": ("architecture",), "domain": ("machine",)}


def lesson(lang: str) -> str:
    return (CONTENT / f"lesson.{lang}.md").read_text()


def read(name: str) -> Any:
    return yaml.safe_load((CONTENT / name).read_text())


def test_the_example_is_the_machine_that_the_room_starts() -> None:
    shown, stored = read("example/web.yaml"), machine("RerunOnFailure", "none")
    spec = dict(stored["spec"]["template"]["spec"])
    for name in DEFAULTED["spec"]:
        del spec[name]
    spec["domain"] = {name: value for name, value in spec["domain"].items() if name not in DEFAULTED["domain"]}

    assert (shown["kind"], shown["metadata"]["name"]) == (stored["kind"], stored["metadata"]["name"])
    assert shown["spec"]["runStrategy"] == stored["spec"]["runStrategy"]
    assert shown["spec"]["template"]["metadata"] == stored["spec"]["template"]["metadata"]
    assert shown["spec"]["template"]["spec"] == spec


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_to_be_tried_is_the_machine_of_the_example(lang: str) -> None:
    (text,) = re.findall(r"<<'EOF'\n(.*?)^EOF$", lesson(lang), re.DOTALL | re.MULTILINE)
    tried, shown = yaml.safe_load(text), read("example/web.yaml")

    assert tried["spec"]["runStrategy"] == shown["spec"]["runStrategy"]
    assert tried["spec"]["template"]["spec"] == shown["spec"]["template"]["spec"]


def test_every_source_is_of_this_release() -> None:
    lesson = next(each for each in known_lessons() if each.slug == "kubevirt")
    apart = {source for piece in lesson.pieces for source in piece.front("en").sources} - set(
        lesson.front("en").sources
    )
    for name, source in read("sources.yaml").items():
        if name in apart:  # pages that go deeper tell of Kubernetes too
            continue
        if name == "old-design":  # the text of 2017 from which the old answers come
            continue
        version = "KubeVirt v1.9.0" if "/kubevirt/kubevirt/" in source["url"] else "Kubernetes v1.37.2"
        assert source["version"] == version, name
        assert f"/blob/{version.split()[1]}/" in source["url"], name


NEVER = r"(?!)"
# What was right once: the words, and what has to stand beside them where they are still used.
PAST = {
    r"PodDisruptionBudget|\bPDB\b": r"1\.6",
    r"[Tt]hree Deployments|三个 Deployment": NEVER,  # since 1.9 virt-exportproxy and virt-template are more of them
    r"volumeroot-init": NEVER,
    r"(?<!/)foregroundDeleteVirtualMachine": NEVER,
}


def paragraphs() -> list[str]:
    texts = [*(lesson(lang) for lang in LANGUAGES)]
    texts += [(CONTENT / name).read_text() for name in ("claims.yaml", "interview.yaml", "words.yaml")]
    found = [part for text in texts for part in re.split(r"\n\s*\n|\n- id:", text)]
    for question in read("quiz.yaml"):
        for option in question["options"]:
            found += [f"{option['text'][lang]} {option.get('why', {}).get(lang, '')}" for lang in LANGUAGES]
    return [*found, *WORDS.read_text().splitlines()]


@pytest.mark.parametrize("words", PAST)
def test_what_kubevirt_has_left_behind_is_told_as_past(words: str) -> None:
    for paragraph in paragraphs():
        if re.search(words, paragraph):
            assert re.search(PAST[words], paragraph), paragraph


def test_no_right_answer_speaks_of_a_disruption_budget() -> None:
    (drain,) = [question for question in read("quiz.yaml") if question["id"] == "kubevirt-drain"]
    right = [option for option in drain["options"] if option.get("right")]

    assert len(right) == 3
    assert not [option for option in right if "Disruption" in option["text"]["en"]]


def test_a_model_answer_has_the_same_points_in_both_languages() -> None:
    """Paragraph by paragraph: the same names, and the same numbers."""
    for question in read("interview.yaml"):
        parts = {lang: question["answer"][lang].strip().split("\n\n") for lang in LANGUAGES}
        assert len(parts["en"]) == len(parts["zh"]), question["id"]
        for en, zh in zip(parts["en"], parts["zh"], strict=True):
            assert names(en) == names(zh), (question["id"], names(en) ^ names(zh))


def test_a_guest_has_one_name_in_chinese() -> None:
    """It is the system inside, and the lesson calls the machine around it by another word."""
    read_all = [WORDS, *(CONTENT / f"{name}.yaml" for name in ("words", "claims", "quiz", "cheat"))]
    found = [text for file in read_all for text in texts_of(yaml.safe_load(file.read_text()))]
    of_guests = [text["zh"] for text in found if re.search(r"\bguests?\b", text["en"], re.IGNORECASE)]

    assert len(of_guests) > 100
    assert [text for text in of_guests if "虚拟机" in text] == []


def texts_of(found: Any) -> list[dict[str, str]]:
    """Every text in both languages, however deep it stands."""
    if isinstance(found, list):
        return [text for each in found for text in texts_of(each)]
    if not isinstance(found, dict):
        return []
    if set(found) == {"en", "zh"}:
        return [{lang: str(text) for lang, text in found.items()}]
    return [text for each in found.values() for text in texts_of(each)]


# Words of Kubernetes and KubeVirt that are no code name by their shape.
WORDS_KEPT = "Pending|Scheduling|Scheduled|Running|Failed|Halted|Always|Manual|Created|Started|None|Stopped"


def names(text: str) -> set[str]:
    """Code names and long numbers, which no translation changes."""
    shapes = r"virt-\w+|virtctl|virtqemud|kube-apiserver|[A-Z][a-z]+[A-Z]\w+|\b\d{3}\b|status\.\w+"
    return {name.removesuffix("s") for name in re.findall(rf"{shapes}|\b(?:{WORDS_KEPT})\b", text)}
