"""The probes of a container, from a pasted manifest or from single fields; the API server would read both."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from app.kube.paste.part import Part
from app.kube.paste.passed import PassedOver, pass_over
from app.kube.paste.pods import POD_KINDS, PodObject, pods
from app.kube.paste.read import load_documents, take
from app.kube.paste.recognise import clean
from app.kube.refusal import Refusal
from app.kube.validation.default import Filled, absent
from app.kube.validation.fault import Fault, refuse
from app.kube.validation.pod import metadata_faults, pod_spec_faults
from app.kube.validation.probe import DEFAULTS, PROBES, number, probe_defaults
from app.kube.validation.workload import WORKLOADS, ending_pod_faults
from app.listed import Listed
from app.record import dataclass
from app.widgets.probe_clock.model import GRACE_S, NAMES, Handler, Name, Probe, Probes, RestartPolicy

FIELD = "manifest"
PRINTED_BY = "kubectl get pod NAME -o yaml"
KEYS = {
    "delay": "initialDelaySeconds",
    "period": "periodSeconds",
    "timeout": "timeoutSeconds",
    "successes": "successThreshold",
    "failures": "failureThreshold",
    "grace": "terminationGracePeriodSeconds",
}
"""The fields of a probe by the end of their input's name: `liveness_period`."""

_POD = {"apiVersion": "v1", "kind": "Pod"}
_COMMAND = {"command": ["/bin/check"]}
_HANDLED: Mapping[Handler, Mapping[str, Any]] = {
    "httpGet": {"path": "/healthz", "port": 8080},
    "exec": _COMMAND,
    "tcpSocket": {"port": 8080},
    "grpc": {"port": 8080},
}


@dataclass(frozen=True)
class Read:
    """What was read: of which container, what was filled in, and what else stands in the text."""

    probes: Probes
    kind: str
    name: str
    container: str
    others: tuple[str, ...]
    written: frozenset[tuple[Name, str]]
    """The fields of probes that are written, 0 counting as absent where there is a default."""
    filled: tuple[Filled, ...]
    passed_over: tuple[PassedOver, ...]


def read_manifest(text: str) -> Read:
    """The first container with a probe of the first Pod or template of one, else its first container."""
    if fragment := _fragment(text) or _of_description(text):
        try:
            return _read(fragment, (), is_template=False, has_ports="ports" in fragment.spec.parts("containers")[0])
        except Refusal as refusal:
            place = refusal.where.removeprefix("documents[0].spec.containers[0].")
            raise Refusal(refusal.code, field=FIELD, where=place, **refusal.values) from None
    taken = take(text, field=FIELD, kinds=POD_KINDS, wanted=PRINTED_BY)
    found = list(pods(taken.documents, field=FIELD, wanted=PRINTED_BY))
    first = next((one for one in found if any(_is_probed(part) for part in _containers(one.spec))), found[0])
    passed = [pass_over(one.spec.document, "one-is-enough") for one in found if one is not first]
    return _read(first, (*taken.passed_over, *passed), is_template=first.kind != "Pod")


def read_fields(values: Mapping[str, Any]) -> Read:
    """The probes of the inputs; a Refusal names the input that is at fault."""
    container: dict[str, Any] = {"name": "app", "image": "app"}
    for name in NAMES:
        if (handler := values[name]) != "none":
            numbers = {key: values[f"{name}_{end}"] for end, key in KEYS.items() if f"{name}_{end}" in values}
            container[f"{name}Probe"] = {handler: _HANDLED[handler], **numbers}
    spec = {
        "restartPolicy": values["restart_policy"],
        "terminationGracePeriodSeconds": values["grace"],
        "containers": [container],
    }
    text = json.dumps({**_POD, "metadata": {"name": "app"}, "spec": spec})
    try:
        (one,) = pods(load_documents(text, field=FIELD), field=FIELD)
        return _read(one, (), is_template=False)
    except Refusal as refusal:
        raise Refusal(refusal.code, field=_input_at(refusal.where), **refusal.values) from None


def _input_at(where: str) -> str:
    """`documents[0].spec.containers[0].livenessProbe.periodSeconds` is `liveness_period`."""
    *_, probe, key = where.split(".")
    end = next((end for end, name in KEYS.items() if name == key), "")
    return f"{probe.removesuffix('Probe')}_{end}" if end else probe.removesuffix("Probe")


def _fragment(text: str) -> PodObject | None:
    """A container's probes, or the container, as they are copied out of a manifest: a Pod is put around them."""
    try:
        documents = load_documents(text, field=FIELD)
    except Refusal:
        return None
    if len(documents) != 1 or documents[0].kind:
        return None
    content = documents[0].content
    if not any(key in content for key in PROBES):
        if content.keys() & set(KEYS.values()) - {KEYS["grace"]}:
            raise documents[0].refusal("probe-unnamed", fields=Listed(key for key in KEYS.values() if key in content))
        return None
    container = {"name": "app", "image": "app", **content}
    made = json.dumps({**_POD, "metadata": {"name": "app"}, "spec": {"containers": [container]}})
    (one,) = pods(load_documents(made, field=FIELD), field=FIELD)
    return one


# kubectl v0.37 pkg/describe/describe.go DescribeProbe
_DESCRIBED = re.compile(
    r"^[ \t]*(?P<name>Liveness|Readiness|Startup):[ \t]+(?P<handler>http-get|exec|tcp-socket|grpc)[ \t](?:.*[ \t])?"
    r"delay=(?P<delay>\d{1,9})s[ \t]+timeout=(?P<timeout>\d{1,9})s[ \t]+period=(?P<period>\d{1,9})s[ \t]+"
    r"#success=(?P<successes>\d{1,9})[ \t]+#failure=(?P<failures>\d{1,9})[ \t]*$"
)
_HANDLERS: Mapping[str, Handler] = {"http-get": "httpGet", "exec": "exec", "tcp-socket": "tcpSocket", "grpc": "grpc"}
_OF_JOB = re.compile(r"^Controlled By:[ \t]+Job/", re.M)
_CONTAINER = re.compile(r"^ {1,3}(?P<name>[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?):[ \t]*$")


def _of_description(text: str) -> PodObject | None:
    """The probes that `kubectl describe pod` prints, container by container; None where it prints none.

    What a handler asks is kept only as far as it must be valid: when it asks is what the clock shows. What `describe`
    does not print is as the API server fills it in: restartPolicy, the grace and a probe's own. A Job's Pods have
    another restartPolicy, which is not printed either.
    """
    if _OF_JOB.search(text):
        return None
    found: list[dict[str, Any]] = []
    name = ""
    for line in clean(text).split("\n"):
        if named := _CONTAINER.match(line):
            name = named["name"]
        elif match := _DESCRIBED.match(line):
            probe = f"{match['name'].lower()}Probe"
            if not found or probe in found[-1] or (name and name != found[-1]["name"]):
                found.append({"name": name or "app", "image": "app"})
            handler = _HANDLERS[match["handler"]]
            numbers = {KEYS[key]: int(match[key]) for key in ("delay", "timeout", "period", "successes", "failures")}
            found[-1][probe] = {handler: _HANDLED[handler], **numbers}
    if not found:
        return None
    for place, container in enumerate(found[1:], 2):
        if container["name"] == "app":
            container["name"] = f"app-{place}"
    made = json.dumps({**_POD, "metadata": {"name": "app"}, "spec": {"containers": found}})
    (one,) = pods(load_documents(made, field=FIELD), field=FIELD)
    return one


def _read(one: PodObject, passed: tuple[PassedOver, ...], *, is_template: bool, has_ports: bool = True) -> Read:
    """`has_ports`: whether the whole container is there, so that a port that it does not name is missing."""
    refuse(_faults(one, is_template=is_template))
    every = _containers(one.spec)
    probed = [part for part in every if _is_probed(part)]
    container = (probed or every)[0]
    policy = one.spec.text("restartPolicy") or "Always"
    if container.path[-2] == "initContainers":
        policy = "Always"
    grace = one.spec.integer("terminationGracePeriodSeconds", -(2**63), 2**63 - 1)
    made = {name: _probe(container, name, has_ports=has_ports) for name in NAMES}
    policies: dict[str, RestartPolicy] = {"Always": "Always", "OnFailure": "OnFailure", "Never": "Never"}
    return Read(
        probes=Probes(**made, restart_policy=policies[policy], grace_s=GRACE_S if grace is None else grace),
        kind=one.kind,
        name=one.name,
        container=container.text("name"),
        others=tuple(part.text("name") for part in probed[1:]),
        written=frozenset(_written(container)),
        filled=tuple(_filled(one.spec, container)),
        passed_over=passed,
    )


def _containers(spec: Part) -> list[Part]:
    """Those that may be probed: regular ones, and init containers that are restarted always."""
    sidecars = [part for part in spec.parts("initContainers") if part.text("restartPolicy") == "Always"]
    return [*spec.parts("containers"), *sidecars]


def _is_probed(container: Part) -> bool:
    return any(key in container for key in PROBES)


def _written(container: Part) -> Iterator[tuple[Name, str]]:
    for name in NAMES:
        probe = container.part(f"{name}Probe")
        for key in KEYS.values():
            if key in probe and (probe.content[key] or key not in DEFAULTS):
                yield name, key


def _probe(container: Part, name: Name, *, has_ports: bool) -> Probe | None:
    key = f"{name}Probe"
    if key not in container:
        return None
    probe = container.part(key)
    handlers: tuple[Handler, ...] = ("httpGet", "exec", "tcpSocket", "grpc")
    handler = next(handler for handler in handlers if handler in probe)
    port = probe.part(handler).content.get("port")
    named = {each.text("name") for each in container.parts("ports")}
    return Probe(
        handler=handler,
        delay_s=number(probe, "initialDelaySeconds"),
        period_s=number(probe, "periodSeconds"),
        timeout_s=number(probe, "timeoutSeconds"),
        successes=number(probe, "successThreshold"),
        failures=number(probe, "failureThreshold"),
        grace_s=probe.integer("terminationGracePeriodSeconds", -(2**63), 2**63 - 1),
        unknown_port=port if has_ports and isinstance(port, str) and port not in named else "",
    )


def _faults(one: PodObject, *, is_template: bool) -> Iterator[Fault]:
    if of_workload := WORKLOADS.get(one.kind):
        yield from of_workload(one.root)
        return
    yield from metadata_faults(one.metadata) if not is_template else ()
    yield from pod_spec_faults(one.spec, pod_labels=None if is_template else one.metadata.texts("labels"))
    if one.kind in ("Job", "CronJob"):
        yield from ending_pod_faults(one.spec)


def _filled(spec: Part, container: Part) -> Iterator[Filled]:
    yield from absent(spec, restartPolicy="Always", terminationGracePeriodSeconds=GRACE_S)
    for key in PROBES:
        if key in container:
            yield from probe_defaults(container.part(key))
