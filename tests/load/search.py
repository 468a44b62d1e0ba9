"""How long a search takes: every Chinese run of 1 to 4 characters of a sample, every English word, and mistyped ones.

python tests/load/search.py [--sample 2000]    # milliseconds at the median, the 99th percentile and at most, by kind
"""

import argparse
import random
import re
import statistics
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from app.content.language import LANGUAGES, Lang
from app.lessons.search.index import Search, build
from app.lessons.search.text import HAN
from app.site import Site

BUDGET_MS = 10


def queries(site: Site, sample: int) -> dict[str, tuple[Lang, list[str]]]:
    """What is asked, by kind; the same for every run."""
    draw = random.Random(17)
    texts = {lang: " ".join(f"{each.title} {each.text}" for each in found) for lang, found in site.entries().items()}
    words = sorted(set(re.findall(r"[a-z]+", texts["en"].lower())))
    runs = re.findall(f"[{HAN}]+", texts["zh"])
    pieces = sorted({run[at : at + size] for run in runs for size in range(1, 5) for at in range(len(run) - size + 1)})
    long = [word for word in words if len(word) > 4]
    wrong = [word[:at] + word[at + 1 :] for word in long for at in (draw.randrange(1, len(word)),)]
    two = [f"{draw.choice(words)} {draw.choice(words)}" for _ in range(sample)]
    return {
        "English words": ("en", draw.sample(words, min(sample, len(words)))),
        "while typing": (
            "en",
            [word[: draw.randrange(1, len(word) + 1)] for word in draw.sample(words, min(sample, len(words)))],
        ),
        "two words": ("en", two),
        "mistyped": ("en", draw.sample(wrong, min(sample, len(wrong)))),
        "Chinese, 1 to 4": ("zh", draw.sample(pieces, min(sample, len(pieces)))),
        "terms": ("zh", [term.said(lang) for term in site.terms for lang in LANGUAGES]),
    }


def times(search: Search, lang: Lang, asked: Iterable[str]) -> list[float]:
    """Milliseconds of each query, of the processor's time: what else runs here is left out."""
    found = []
    for query in asked:
        began = time.thread_time()
        search.find(lang, query)
        found.append((time.thread_time() - began) * 1000)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=2000)
    asked = parser.parse_args()
    site = Site()
    entries = site.entries()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "index"
        build(path, entries, site.terms)
        made = time.perf_counter() - began
        began = time.perf_counter()
        search = Search(path)
        opened = time.perf_counter() - began
        size = f"{len(entries['en'])} entries a language, {path.stat().st_size / 1e6:.1f} MB"
    print(f"{size}, made in {made:.2f} s, opened in {opened * 1000:.0f} ms")
    every: list[float] = []
    for name, (lang, said) in queries(site, asked.sample).items():
        took = times(search, lang, said)
        every += took
        print(line(name, took), flush=True)
    print(line("all", every))


def line(name: str, took: list[float]) -> str:
    p99 = statistics.quantiles(took, n=100)[98] if len(took) > 1 else took[0]
    told = f"median {statistics.median(took):.2f}, p99 {p99:.2f}, max {max(took):.2f}"
    return f"{name:16} {len(took):6} | ms: {told} ({p99 / BUDGET_MS:.2f} of the budget at p99)"


if __name__ == "__main__":
    main()
