"""How a sentence reads once it is filled: with 0, 1, 2, a long number and a name, in the form that its language wants.

English counts: "1 try", "2 tries". A number before a noun that can be counted needs forms, and no rendered sentence may
have a plural after 1 or a singular after 0 and 2, a doubled blank, or a placeholder left open.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path

from app.content.error import ContentError
from app.content.language import LANGUAGES, Lang
from app.content.words import Words, place_of, placeholders

# Words in -s after a placeholder that is no number: verbs, and what is no plural.
NO_PLURALS = frozenset(
    """
    abbreviates accepts acknowledges allows always answers appears applies as asks becomes begins
    belongs brings changes checks comes compares contains crashes deletes diagnosis does ends equals fails finds fits
    follows gives
    goes hangs has holds is its joins keeps kills knows leads lies matches means names needs notes occurs passes prints
    raises reaches reads refuses repeats reports requests runs says sees sends series serves sets stands starts
    stalls stays suits takes tells this times uses waits wants was works writes yes
    """.split()  # noqa: SIM905 (sixty words)
)
# Numbers that are never one or zero where they stand: fixed bounds and sizes, and what refuses "too many".
NEVER_ONE = frozenset(
    {
        *("limit", "most", "length", "inner", "outer", "big", "words", "cpu", "livez_failures", "find"),
        *("refusal.pick-one-pod", "refusal.rollout-pods", "refusal.rollout-one-deployment", "refusal.service-one"),
        *("refusal.service-many-endpoints", "refusal.service-many-reached", "refusal.service-many-drawn"),
        *("refusal.quorum-too-many", "refusal.range-series", "note.sample"),
        *(
            "mistake.counter-name-om",
            "refusal.too-many-endpoints",
            "verdict.many",
            "verdict.tie",
            "why.tie",
            "why.only",
            "verdict.served",
        ),
        *("note.more-pods", "why.irate", "why.idelta", "sum.dns"),
    }
)
ADJECTIVE = r"(?:(?:new|more|old|page|failed|neighbouring|whole|other|further|stored|predicted|ready|app|init) )?"
COUNTED = re.compile(rf"\{{(\w+)\}}[*`]* {ADJECTIVE}([A-Za-z]{{2,}}s)\b")

# What is wrong in any rendered sentence.
FLAWS = {
    "unfilled": re.compile(r"\{\w+\}"),
    "doubled blank": re.compile(r"\S  +\S"),
    "blank before a mark": re.compile(r"\w [,;?](?: |$)"),
    "doubled mark": re.compile(r",,|;;|(?<!\.)\.\.(?!\.)|。。|，，"),
    "edge": re.compile(r"^\s|\s$"),
    "brackets around nothing": re.compile(r"[(\[（]\s+[)\]）]|(?<![\w`])(?:\(\)|（）)"),
    "blank beside a full-width mark": re.compile(r"[，。；：？！、）》】] (?=\S)|\S (?=[（《【])|[一-鿿] “|” [一-鿿]"),
    "since before": re.compile(r"since before"),
    "ordinal": re.compile(r"\b[Tt]he \d+\. [a-z]"),
    "odd phrase": re.compile(
        r"\b(?:writes? it so|(?:ask(?:s|ed)?|comes?|comes? out|ends?) otherwise|wants? to be an? "
        r"|h[eo]lds? .{1,30} for lost|read rightly|waits? for nothing|(?:does|do) not mind"
        r"|that asks nothing|turned the result)\b"
    ),
}
# One of something is no plural, whatever stands between; two of it is.
NUMBER = r"(?<![\d.,:·−/=-])(?<!\ba )\b"
ONE_OF_MANY = re.compile(rf"{NUMBER}1 {ADJECTIVE}([A-Za-z]+(?<!s)s)\b(?<!\b[a-z])")
SINGULARS = (
    "pod|node|entry|question|mistake|step|rule|alert|route|replica|restart|sample|container|process|kill|chain|endpoint"
    "|metric|point|member|vote|observation|byte|page|character|answer|day|dot|try|refusal|client|connection|sync"
)
MANY_OF_ONE = re.compile(rf"{NUMBER}[02] {ADJECTIVE}(?:{SINGULARS})\b(?!-| tables?)", re.I)
VERB = "are|were|have|become|serve|need|suit|pass|match|follow|stay|wait|die|lie|come|go|run|share"
ONE_ARE = re.compile(rf"(?<!of )(?<!seed ){NUMBER}1 (?:{ADJECTIVE}(?!of |can |would )[a-z]{{2,}} )?(?:{VERB})\b")


def flaws(lang: Lang, said: str) -> list[str]:
    """What is wrong in a rendered sentence."""
    found = [name for name, pattern in FLAWS.items() if pattern.search(said)]
    if lang == "en":
        found += [f"plural: {m[0]}" for m in ONE_OF_MANY.finditer(said) if m[1] not in NO_PLURALS]
        found += [f"singular: {m[0]}" for pattern in (MANY_OF_ONE, ONE_ARE) for m in pattern.finditer(said)]
    return found


def misworded(path: Path, words: Words) -> Iterator[ContentError]:
    """Every sentence of a file that reads wrong with some value, or that lacks the forms that its number wants."""
    for key in words:
        for said in _without_forms(words, key):
            advice = "write the forms `one` and `other`, as docs/authoring.md shows"
            yield ContentError(path, place_of(path, key), f"{key}: “{said}” has no form for 1", advice)
        for lang in LANGUAGES:
            yield from _read_wrong(path, words, lang, key)


def _without_forms(words: Words, key: str) -> Iterator[str]:
    forms = words.forms("en", key)
    for found in COUNTED.finditer(forms[0]) if len(forms) == 1 else ():
        if found[2] not in NO_PLURALS and not {found[1], key} & NEVER_ONE:
            yield found[0]


def _read_wrong(path: Path, words: Words, lang: Lang, key: str) -> Iterator[ContentError]:
    """The first flaw of each kind in a language."""
    seen: set[str] = set()
    for values in _values({name for form in words.forms(lang, key) for name in placeholders(form)}):
        fixed = {name: "2" if {name, key} & NEVER_ONE else value for name, value in values.items()}
        said = words.text(lang, key, **fixed)
        for flaw in flaws(lang, said):
            kind = flaw.partition(":")[0]
            if kind not in seen:
                seen.add(kind)
                message = f"{key} reads wrong in {lang} ({flaw}): {said[:120]}"
                yield ContentError(path, place_of(path, key), message, "mend the sentence, or give it forms")


def _values(names: set[str]) -> Iterator[Mapping[str, object]]:
    """0, 1 and 2 of everything, in all combinations where there are few; then a very long number, and a name."""
    if not names:
        yield {}
        return
    few = sorted(names) if len(names) < 3 else []
    for each in product((0, 1, 2), repeat=len(few) if few else 1):
        yield dict(zip(few, each, strict=True)) if few else dict.fromkeys(names, each[0])
    yield dict.fromkeys(names, "9007199254740991")
    yield dict.fromkeys(names, "web-7d4b9c")
