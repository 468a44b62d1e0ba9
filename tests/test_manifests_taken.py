"""Every manifest that a lesson or a page shows was taken by the real API server, as it stands."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.oracle.cases import book
from tests.oracle.cases.pages import PART, Manifest, manifests

KUBERNETES = "1.37.2"
UNTAKEN = {
    "06-kubevirt/example/web.yaml#1": (404, "kind of KubeVirt, whose own server took it (tests/oracle/kubevirt)"),
    "01-pod-creation/deeper/config.en.md#1": (404, "a file that the API server reads at its start, and no object"),
    "05-components/deeper/clusters.en.md#1": (404, "a kind of the Multi-Cluster Services API"),
    "10-prometheus/deeper/monitoring.en.md#1": (404, "a kind of the Prometheus Operator"),
    **{
        f"08-scheduler/example/evening.yaml#{number}": (403, "as the cluster shows them: admission fills in `priority`")
        for number in range(1, 9)
    },
}
MANIFESTS = list(manifests())
TOLD: dict[str, Mapping[str, Any]] = {
    each["name"]: each for each in book.read(book.answered(f"kubernetes-{KUBERNETES}", PART))["cases"]
}


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda manifest: manifest.name)
def test_the_api_server_took_it(manifest: Manifest) -> None:
    told = TOLD.get(manifest.name, {})

    assert told.get("digest") == manifest.digest, "run python -m tests.oracle.cases pages"
    code, why = UNTAKEN.get(manifest.name, (201, ""))
    assert told["code"] == code, (why, json.dumps(told))


def test_no_recording_is_of_a_manifest_that_is_gone() -> None:
    assert set(TOLD) == {manifest.name for manifest in MANIFESTS}
    assert set(UNTAKEN) <= set(TOLD)
