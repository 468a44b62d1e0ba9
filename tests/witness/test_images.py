"""300 pairs of an image index and a node: what containerd's own code matches, takes and says."""

import json
import re
from collections.abc import Iterator
from typing import Any

from app.widgets.image_index.widget import Inputs, Outcome, run
from tests.witness.cases import Held, held, unmeant

PROGRAM = "containerd-2.3.4"
MATCHERS = {"only": "classic", "strict": "strict"}
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def test_containerd_takes_what_the_model_takes() -> None:
    differ = {one.name: found for one in held(PROGRAM, "images") if (found := "; ".join(difference(one)))}

    assert list(unmeant(PROGRAM, "images", differ)) == []


def test_the_transfer_service_takes_what_the_model_takes() -> None:
    """The CRI plugin's default since 2.1: only the node's own platform is fetched, the whole list is looked up."""
    differ = {one.name: found for one in held(PROGRAM, "images") if (found := by_transfer(one))}

    assert list(unmeant(PROGRAM, "images-transfer", differ)) == []


def by_transfer(one: Held) -> str:
    ours, real = ask(one.case, "containerd-2.1"), one.answer
    configs = [config_of(one.case, entry) for entry in one.case["index"]["manifests"]]
    taken = configs.index(real["transferConfig"]) if "transferConfig" in real else None
    error = _DIGEST.sub("sha256:…", real.get("transferError", "")) or None
    told = ours.error and _DIGEST.sub("sha256:…", ours.error)
    if (ours.selected, told) != (taken, error):
        return f"takes {taken}, says {error!r}, not {ours.selected} and {told!r}"
    return ""


def difference(one: Held) -> Iterator[str]:
    ours, real = ask(one.case), one.answer
    if ours.normalized != real["platform"]:
        yield f"the node is {real['platform']}, not {ours.normalized}"
    if [entry.matches for entry in ours.entries] != real["matches"]:
        yield f"matches {real['matches']}, not {[entry.matches for entry in ours.entries]}"
    configs = [config_of(one.case, entry) for entry in one.case["index"]["manifests"]]
    taken = configs.index(real["config"]) if "config" in real else None
    if ours.selected != taken:
        yield f"takes {taken}, not {ours.selected}"
    error = _DIGEST.sub("sha256:…", real.get("pull") or real.get("error", "")) or None
    if ours.error != error:
        yield f"error {error!r}, not {ours.error!r}"


def ask(case: Any, matcher: str = "") -> Outcome:
    return run(
        Inputs.model_validate(
            {
                "image": json.dumps(case["index"]),
                "platform": case["platform"],
                "host": "linux/amd64",
                "matcher": matcher or MATCHERS[case["matcher"]],
                "binaries": binaries(case),
            }
        )
    )


def binaries(case: Any) -> str:
    """What the config of the first entry without a platform says: the runtime asks it when it takes that entry."""
    for entry in case["index"]["manifests"]:
        if "platform" not in entry:
            told = json.loads(case["blobs"][config_of(case, entry)])
            return f"{told['os']}/{told['architecture']}"
    return ""


def config_of(case: Any, entry: Any) -> str:
    return str(json.loads(case["blobs"][entry["digest"]])["config"]["digest"])
