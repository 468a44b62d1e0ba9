"""What the API server refuses: its own answers to every rule, word for word."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from app.kube.paste.part import Part
from app.kube.paste.read import load_documents
from app.kube.refusal import Refusal
from app.kube.validation.fault import Advice, Fault, refuse
from app.kube.validation.pod import metadata_faults, node_faults, pod_spec_faults
from app.kube.validation.service import allocation_faults, endpoint_slice_faults, service_faults
from app.kube.validation.workload import WORKLOADS, around_pod_faults

FOLDER = Path(__file__).parent
CASES: list[dict[str, Any]] = yaml.load((FOLDER / "cases.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
WORDS = yaml.load((FOLDER.parent / "words.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)

NOT_ASKED = re.compile(r"cannot be set on create$|pod\.spec\.resourceClaims|: invalid label selector$")
"""Ephemeral containers come later than creation, claims are not read, and a selector's error is said once."""


def pod_faults(root: Part) -> Iterator[Fault]:
    yield from metadata_faults(root.part("metadata"))
    yield from pod_spec_faults(root.part("spec"), pod_labels=root.part("metadata").texts("labels"))


def job_faults(root: Part) -> Iterator[Fault]:
    spec = root.part("spec")
    spec = spec.part("jobTemplate").part("spec") if root.document.kind == "CronJob" else spec
    yield from around_pod_faults(root.document.kind, root, spec.part("template").part("spec"))


FAULTS: dict[str, Callable[[Part], Iterator[Fault]]] = {
    "Pod": pod_faults,
    **WORKLOADS,
    "Job": job_faults,
    "CronJob": job_faults,
    "Service": service_faults,
    "EndpointSlice": endpoint_slice_faults,
    "Node": node_faults,
}


def root_of(content: Any) -> Part:
    (document,) = load_documents(json.dumps(content), field="manifest")
    return document.root


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_it_says_what_the_api_server_says(case: dict[str, Any]) -> None:
    root = root_of(case["object"])

    said = [fault.said for fault in FAULTS[root.document.kind](root)]

    assert said == [error for error in case["errors"] if not NOT_ASKED.search(error)]


def test_the_cases_reach_every_rule() -> None:
    """Each place in the source that makes a fault is reached by a case; a new rule needs one."""
    reached: Counter[str] = Counter()
    for case in CASES:
        root = root_of(case["object"])
        reached.update(fault.advice for fault in FAULTS[root.document.kind](root))

    assert set(get_args(Advice)) == set(reached)


@pytest.mark.parametrize("advice", get_args(Advice))
def test_every_fault_says_what_would_mend_it_in_both_languages(advice: str) -> None:
    said = WORDS[f"refusal.api-{advice}"]

    assert all("`{said}`" in said[lang] and len(said[lang].split("`{said}`")[1]) > 3 for lang in ("en", "zh"))


def test_no_advice_is_written_that_nobody_gives() -> None:
    written = {key.removeprefix("refusal.api-") for key in WORDS if key.startswith("refusal.api-")}

    assert written == set(get_args(Advice))


def test_a_refusal_names_place_and_line() -> None:
    spec = "  containers:\n  - name: wheel\n    resources:\n      limits: {gpu: 1}\n"
    text = f"kind: Pod\nmetadata: {{name: mill}}\nspec:\n{spec}"
    (document,) = load_documents(text, field="manifest")

    with pytest.raises(Refusal) as refused:
        refuse(pod_faults(document.root))

    assert (refused.value.code, refused.value.line) == ("api-resource-name", 7)
    assert refused.value.where == "documents[0].spec.containers[0].resources.limits.gpu"
    assert refused.value.values["said"].startswith('spec.containers[0].resources.limits[gpu]: Invalid value: "gpu"')


@pytest.mark.parametrize(
    ("ports", "said"),
    [
        ([(80, 30_000), (443, 32_767)], []),
        ([(80, 29_999)], ["spec.ports[0].nodePort: Invalid value: 29999: provided port is not in the valid range."]),
        ([(80, 30_080), (443, 30_080)], ["spec.ports[1].nodePort: Invalid value: 30080: provided port is already all"]),
        ([(53, 30_053), (53, 30_053)], []),
    ],
)
def test_node_ports_are_given_out_once_and_in_their_range(ports: list[tuple[int, int]], said: list[str]) -> None:
    spec = {"type": "NodePort", "ports": [{"port": port, "nodePort": number} for port, number in ports]}

    faults = list(allocation_faults(root_of({"kind": "Service", "metadata": {"name": "web"}, "spec": spec})))
    standing = root_of({"kind": "Service", "metadata": {"name": "web", "uid": "0b0d"}, "spec": spec})

    assert [fault.said[: len(text)] for fault, text in zip(faults, said, strict=True)] == said
    assert list(allocation_faults(standing)) == []
