"""What the API server writes into an object that does not say it. pkg/apis/core/v1/defaults.go, pkg/apis/apps/v1/
defaults.go (kubernetes v1.36.3)."""

from collections.abc import Iterator
from typing import NamedTuple

from app.kube.paste.part import Part, path_text


class Filled(NamedTuple):
    """A field with the value that was filled in."""

    field: str
    value: str


def absent(part: Part, **values: str | int) -> Iterator[Filled]:
    """Those of the fields that the part does not have, with the values that they get; empty text counts as absent."""
    for key, value in values.items():
        if part.content.get(key) in (None, ""):
            yield Filled(path_text((*part.path, key)), str(value))


def deployment_defaults(spec: Part) -> Iterator[Filled]:
    """SetDefaults_Deployment, as far as a rollout goes."""
    strategy = spec.part("strategy")
    yield from absent(spec, replicas=1)
    yield from absent(strategy, type="RollingUpdate")
    if (strategy.text("type") or "RollingUpdate") == "RollingUpdate":
        yield from absent(strategy.part("rollingUpdate"), maxUnavailable="25%", maxSurge="25%")
    yield from absent(spec, progressDeadlineSeconds=600)


def daemon_set_defaults(spec: Part) -> Iterator[Filled]:
    """SetDefaults_DaemonSet."""
    strategy = spec.part("updateStrategy")
    yield from absent(strategy, type="RollingUpdate")
    if (strategy.text("type") or "RollingUpdate") == "RollingUpdate":
        yield from absent(strategy.part("rollingUpdate"), maxUnavailable=1, maxSurge=0)


def stateful_set_defaults(spec: Part) -> Iterator[Filled]:
    """SetDefaults_StatefulSet; maxUnavailable since 1.37, where MaxUnavailableStatefulSet is on."""
    strategy = spec.part("updateStrategy")
    yield from absent(spec, replicas=1, podManagementPolicy="OrderedReady")
    yield from absent(strategy, type="RollingUpdate")
    if (strategy.text("type") or "RollingUpdate") == "RollingUpdate":
        yield from absent(strategy.part("rollingUpdate"), partition=0, maxUnavailable=1)


def service_defaults(spec: Part) -> Iterator[Filled]:
    """SetDefaults_Service."""
    kind = spec.text("type") or "ClusterIP"
    yield from absent(spec, type="ClusterIP", sessionAffinity="None")
    if spec.text("sessionAffinity") == "ClientIP":
        client = spec.part("sessionAffinityConfig").part("clientIP")
        yield from absent(client, timeoutSeconds=10_800)
    for port in spec.parts("ports"):
        yield from absent(port, protocol="TCP")
        if not port.content.get("targetPort"):
            yield Filled(path_text((*port.path, "targetPort")), str(port.content.get("port")))
    if kind in ("NodePort", "LoadBalancer") or spec.items("externalIPs"):
        yield from absent(spec, externalTrafficPolicy="Cluster")
    if kind != "ExternalName":
        yield from absent(spec, internalTrafficPolicy="Cluster")


def listed(filled: tuple[Filled, ...]) -> str:
    """All of them in one line."""
    return ", ".join(f"{one.field} = {one.value}" for one in filled)
