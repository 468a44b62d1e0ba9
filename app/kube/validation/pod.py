"""A Pod's spec. pkg/apis/core/validation/validation.go, ValidatePodSpec, field after field in its order."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from app.kube.paste.part import Part
from app.kube.validation.fault import At, Fault
from app.kube.validation.name import (
    dns_label,
    dns_subdomain,
    environment_name,
    label_key,
    label_value,
    port_name,
    port_number,
)
from app.kube.validation.probe import forbidden_probe_faults, probe_faults
from app.kube.validation.resource import (
    Resources,
    container_resource_faults,
    default_requests,
    overhead_faults,
    pod_resource_faults,
    quantity_faults,
)
from app.kube.validation.selector import (
    annotations_faults,
    label_selector_faults,
    labels_faults,
    node_selector_faults,
    node_term_faults,
)
from app.kube.validation.strict import POD, unknown_fields

Effective = Callable[[Part], tuple[Resources, Resources]]
"""What a container requests and is limited to after all defaults."""

REQUIRED, PREFERRED = (
    "requiredDuringSchedulingIgnoredDuringExecution",
    "preferredDuringSchedulingIgnoredDuringExecution",
)
_PROTOCOLS = ("SCTP", "TCP", "UDP")
_RESTARTS = ("Always", "Never", "OnFailure")
_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_INT32 = 2**31 - 1


def written(container: Part) -> tuple[Resources, Resources]:
    """The container's own requests and limits, the requests filled in from the limits."""
    resources = container.part("resources")
    limits = resources.quantities("limits")
    return default_requests(resources.quantities("requests"), limits), limits


def metadata_faults(metadata: Part) -> Iterator[Fault]:
    """ValidateObjectMeta as far as names and labels go, of a kind whose names are DNS subdomains."""
    at = At(metadata)
    for key in ("generateName", "name"):
        if name := metadata.text(key):
            # What is generated may end in a dash, since something is put behind it.
            tried = f"{name}a" if key == "generateName" and name.endswith("-") else name
            yield from at.child(key).each(name, dns_subdomain(tried), "name")
    if namespace := metadata.text("namespace"):
        yield from at.child("namespace").each(namespace, dns_label(namespace), "name")
    yield from labels_faults(metadata, "labels")
    yield from annotations_faults(metadata)


def written_pod_level(spec: Part) -> tuple[Resources, Resources] | None:
    """The pod's own requests and limits, if it has any."""
    if "resources" not in spec:
        return None
    resources = spec.part("resources")
    return resources.quantities("requests"), resources.quantities("limits")


def pod_spec_faults(
    spec: Part,
    *,
    effective: Effective = written,
    pod_level: Callable[[Part], tuple[Resources, Resources] | None] = written_pod_level,
    compares_taints: bool = True,
    pod_labels: Mapping[str, str] | None = None,
    is_decoded: bool = False,
) -> Iterator[Fault]:
    """ValidatePodSpec, for the fields that the models read and for some that stand beside them.

    `effective` and `pod_level`: resources after all defaults. `compares_taints`: tolerations may have Gt and Lt.
    `pod_labels`: the labels of the Pod that is created; None for a template, of which less is asked. `is_decoded`:
    unknown fields are looked for already.
    """
    if not is_decoded:
        yield from unknown_fields(spec, POD)
    yield from _containers_faults(spec, effective, is_template=pod_labels is None)
    if (level := pod_level(spec)) is not None:
        if spec.part("os").text("name") == "windows":
            yield At(spec, ("resources",)).forbidden("may not be set for a windows pod")
        else:
            yield from pod_resource_faults(spec, *level, effective)
    yield from _host_network_faults(spec)
    yield from _choice(spec, "restartPolicy", ("Always", "OnFailure", "Never"))
    yield from _choice(spec, "dnsPolicy", ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"))
    yield from labels_faults(spec, "nodeSelector")
    yield from _affinity_faults(spec.part("affinity"), pod_labels or {})
    yield from _gates_faults(spec)
    yield from _spread_faults(spec, pod_labels or {})
    if node := spec.text("nodeName"):
        yield from At(spec, ("nodeName",)).each(node, dns_subdomain(node), "name")
    deadline = spec.integer("activeDeadlineSeconds", -(2**63), 2**63 - 1)
    if deadline is not None and not 1 <= deadline <= _INT32:
        said = f"must be between 1 and {_INT32}, inclusive"
        yield At(spec, ("activeDeadlineSeconds",)).invalid(deadline, said, "number")
    yield from toleration_faults(spec, compares=compares_taints)
    if name := spec.text("priorityClassName"):
        yield from At(spec, ("priorityClassName",)).each(name, dns_subdomain(name), "name")
    yield from _choice(spec, "preemptionPolicy", ("PreemptLowerPriority", "Never"))
    if "overhead" in spec:
        yield from overhead_faults(spec, spec.quantities("overhead"))
    if pod_labels is not None:
        yield from _image_faults(spec)


def _image_faults(spec: Part) -> Iterator[Fault]:
    """validateContainersOnlyForPod: a template may hold blanks."""
    for container in (*spec.parts("containers"), *spec.parts("initContainers")):
        image = container.text("image")
        if image != image.strip():
            yield At(container, ("image",)).invalid(image, "must not have leading or trailing whitespace", "name")


def _choice(part: Part, key: str, accepted: Sequence[str]) -> Iterator[Fault]:
    """One of the values that the API knows; absent is filled in."""
    value = part.text(key)
    if value and value not in accepted:
        yield At(part, (key,)).not_supported(value, accepted)


# --- containers ---


def _containers_faults(spec: Part, effective: Effective, *, is_template: bool) -> Iterator[Fault]:
    """validateContainers, validateInitContainers and validateEphemeralContainers.

    A Pod none of whose containers has an image is a sketch, and is read all the same.
    """
    every = (part for key in ("containers", "initContainers") for part in spec.parts(key))
    needs_image = is_template or any(part.text("image") for part in every)
    regular = spec.parts("containers")
    if not regular:
        yield At(spec, ("containers",)).required()
    names: set[str] = set()
    for container in regular:
        yield from _container_faults(container, effective, needs_image=needs_image)
        yield from _name_twice(container, names)
        yield from probe_faults(container)
        yield from _choice(container, "restartPolicy", _RESTARTS)
    yield from _host_port_faults(regular)
    for container in spec.parts("initContainers"):
        yield from _container_faults(container, effective, needs_image=needs_image)
        yield from _choice(container, "restartPolicy", _RESTARTS)
        yield from _name_twice(container, names)
        yield from _host_port_faults([container])
        is_sidecar = container.text("restartPolicy") == "Always"
        yield from probe_faults(container) if is_sidecar else forbidden_probe_faults(container)
    for container in spec.parts("ephemeralContainers"):
        yield from _common_faults(container, needs_image=needs_image)
        yield from _name_twice(container, names)
        target = container.text("targetContainerName")
        if target and target not in {part.text("name") for part in (*regular, *spec.parts("initContainers"))}:
            said = f'{At(container, ("targetContainerName",)).text}: Not found: "{target}"'
            yield Fault(container, ("targetContainerName",), said, "name")
        for key in ("resources", "ports"):
            if container.content.get(key):
                yield At(container, (key,)).forbidden("cannot be set for an Ephemeral Container")


def _container_faults(container: Part, effective: Effective, *, needs_image: bool) -> Iterator[Fault]:
    yield from _common_faults(container, needs_image=needs_image)
    if container.content.get("resources") or effective is not written:
        requests, limits = effective(container)
        yield from container_resource_faults(container, requests, limits)


def _common_faults(container: Part, *, needs_image: bool) -> Iterator[Fault]:
    """validateContainerCommon: name, image, ports and the names of variables."""
    at = At(container, ("name",))
    name = container.text("name")
    if name:
        yield from at.each(name, dns_label(name), "name")
    else:
        yield at.required()
    if needs_image and not container.text("image"):
        yield At(container, ("image",)).required()
    yield from _choice(container, "terminationMessagePolicy", ("File", "FallbackToLogsOnError"))
    if "ports" in container:
        yield from _ports_faults(container)
    for variable in container.parts("env"):
        place = At(variable, ("name",))
        if name := variable.text("name"):
            yield from place.each(name, environment_name(name), "name")
        else:
            yield place.required()


def _name_twice(container: Part, names: set[str]) -> Iterator[Fault]:
    name = container.text("name")
    if name in names:
        yield At(container, ("name",)).duplicate(name)
    elif name:
        names.add(name)


def _ports_faults(container: Part) -> Iterator[Fault]:
    """validateContainerPorts."""
    names: set[str] = set()
    for port in container.parts("ports"):
        at, name = At(port), port.text("name")
        if name:
            wrong = list(port_name(name))
            yield from at.child("name").each(name, wrong, "port")
            if not wrong and name in names:
                yield at.child("name").duplicate(name)
            names.add(name)
        number = port.integer("containerPort") or 0
        if not number:
            yield at.child("containerPort").required()
        else:
            yield from at.child("containerPort").each(number, port_number(number), "port")
        host = port.integer("hostPort") or 0
        if host:
            yield from at.child("hostPort").each(host, port_number(host), "port")
        yield from _choice(port, "protocol", _PROTOCOLS)


def _host_port_faults(containers: Sequence[Part]) -> Iterator[Fault]:
    """checkHostPortConflicts."""
    seen: set[str] = set()
    for container in containers:
        for port in container.parts("ports") if "ports" in container else ():
            if number := port.integer("hostPort"):
                taken = f"{port.text('protocol') or 'TCP'}/{port.text('hostIP')}/{number}"
                if taken in seen:
                    yield At(port, ("hostPort",)).duplicate(taken)
                seen.add(taken)


def _host_network_faults(spec: Part) -> Iterator[Fault]:
    """validatePodHostNetworkDeps: on the host's network a container port is the host's."""
    if not spec.boolean("hostNetwork"):
        return
    for container in spec.parts("containers"):
        for port in container.parts("ports"):
            host = port.integer("hostPort") or 0
            if host and host != (port.integer("containerPort") or 0):
                said = "must match `containerPort` when `hostNetwork` is true"
                yield At(port, ("hostPort",)).invalid(host, said, "port")


# --- where it may run ---


def _affinity_faults(affinity: Part, labels: Mapping[str, str]) -> Iterator[Fault]:
    """validateAffinity."""
    if not affinity.content:
        return
    nodes = affinity.part("nodeAffinity")
    if REQUIRED in nodes:
        yield from node_selector_faults(nodes.part(REQUIRED))
    for term in nodes.parts(PREFERRED):
        yield from _weight_faults(term)
        yield from node_term_faults(term.part("preference"), checks_values=False)
    for kind in ("podAffinity", "podAntiAffinity"):
        pods = affinity.part(kind)
        for term in pods.parts(REQUIRED):
            yield from _pod_term_faults(term, labels)
        for term in pods.parts(PREFERRED):
            yield from _weight_faults(term)
            yield from _pod_term_faults(term.part("podAffinityTerm"), labels)


def _weight_faults(term: Part) -> Iterator[Fault]:
    weight = term.integer("weight") or 0
    if not 1 <= weight <= 100:
        yield At(term, ("weight",)).invalid(weight, "must be in the range 1-100", "weight")


def _pod_term_faults(term: Part, labels: Mapping[str, str]) -> Iterator[Fault]:
    """validatePodAffinityTerm."""
    at = At(term)
    yield from label_selector_faults(term, "labelSelector")
    yield from label_selector_faults(term, "namespaceSelector")
    for name in term.items("namespaces"):
        yield from at.child("namespace").each(name, dns_label(str(name)), "name")
    yield from _label_keys_faults(term, labels)
    key = term.text("topologyKey")
    if not key:
        yield at.child("topologyKey").required("can not be empty")
    yield from at.child("topologyKey").each(key, label_key(key), "label")


def _label_keys_faults(term: Part, labels: Mapping[str, str]) -> Iterator[Fault]:
    """ValidateMatchLabelKeysAndMismatchLabelKeys: the keys themselves, and that none stands twice."""
    for key in ("matchLabelKeys", "mismatchLabelKeys"):
        at, names = At(term, (key,)), [str(name) for name in term.items(key)]
        if names and "labelSelector" not in term:
            yield at.forbidden("must not be specified when labelSelector is not set", "leave-out")
            continue
        for i, name in enumerate(names):
            yield from at.child(i).each(name, label_key(name), "label")
    yield from _selected_twice_faults(term, labels)
    other = set(map(str, term.items("mismatchLabelKeys")))
    for i, name in enumerate(map(str, term.items("matchLabelKeys"))):
        if name in other:
            said = "exists in both matchLabelKeys and mismatchLabelKeys"
            yield At(term, ("matchLabelKeys", i)).invalid(name, said, "twice")


def _selected_twice_faults(term: Part, labels: Mapping[str, str]) -> Iterator[Fault]:
    """A key of matchLabelKeys that the selector has too.

    pkg/registry/core/pod/strategy.go, applyMatchLabelKeysAndMismatchLabelKeys, has put an expression behind the
    selector's own for each key that the pod's labels have; of a template it has not.
    """
    if "labelSelector" not in term:
        return
    keys = [str(key) for key in term.items("matchLabelKeys")]
    place = {key: i for i, key in enumerate(keys)}
    selector = term.part("labelSelector")
    seen = set(selector.mapping("matchLabels"))
    added = [key for key in (*keys, *map(str, term.items("mismatchLabelKeys"))) if key in labels]
    for key in (*(one.text("key") for one in selector.parts("matchExpressions")), *added):
        if key in place and key in seen:
            at = At(term, ("matchLabelKeys", place[key])).called(f"{At(term).text}[{place[key]}]")
            yield at.invalid(key, "exists in both matchLabelKeys and labelSelector", "twice")
        seen.add(key)


def _gates_faults(spec: Part) -> Iterator[Fault]:
    """validateSchedulingGates."""
    seen: set[str] = set()
    for i, gate in enumerate(spec.parts("schedulingGates")):
        at, name = At(spec, ("schedulingGates", i)), gate.text("name")
        yield from at.each(name, label_key(name), "label")
        if name in seen:
            yield at.duplicate(name)
        seen.add(name)


def _spread_faults(spec: Part, labels: Mapping[str, str]) -> Iterator[Fault]:
    """validateTopologySpreadConstraints."""
    constraints = spec.parts("topologySpreadConstraints")
    kinds = [(c.text("topologyKey"), c.text("whenUnsatisfiable")) for c in constraints]
    for i, constraint in enumerate(constraints):
        at, (key, when) = At(constraint), kinds[i]
        skew = constraint.integer("maxSkew") or 0
        if skew <= 0:
            yield at.child("maxSkew").invalid(skew, "must be greater than zero", "spread")
        if not key:
            yield at.child("topologyKey").required("can not be empty")
        if when not in ("DoNotSchedule", "ScheduleAnyway"):
            yield at.child("whenUnsatisfiable").not_supported(when, ("DoNotSchedule", "ScheduleAnyway"))
        if kinds[i] in kinds[i + 1 :]:
            yield at.child("{topologyKey, whenUnsatisfiable}").duplicate(f"{{{key}, {when}}}")
        yield from _min_domains_faults(constraint, when)
        for policy in ("nodeAffinityPolicy", "nodeTaintsPolicy"):
            yield from _choice(constraint, policy, ("Honor", "Ignore"))
        yield from _label_keys_faults(constraint, labels)
        yield from label_selector_faults(constraint, "labelSelector")


def _min_domains_faults(constraint: Part, when: str) -> Iterator[Fault]:
    domains = constraint.integer("minDomains")
    if domains is None:
        return
    at = At(constraint, ("minDomains",))
    if domains <= 0:
        yield at.invalid(domains, "must be greater than zero", "spread")
    if when != "DoNotSchedule":
        said = f"can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {when}"
        yield at.invalid(domains, said, "spread")


def toleration_faults(spec: Part, *, compares: bool) -> Iterator[Fault]:
    """ValidateTolerations; the operators Gt and Lt stand behind a gate."""
    for toleration in spec.parts("tolerations"):
        at = At(toleration)
        key, operator, value = toleration.text("key"), toleration.text("operator"), toleration.text("value")
        effect = toleration.text("effect")
        if key:
            yield from at.child("key").each(key, label_key(key), "label")
        elif operator != "Exists":
            said = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'
            yield at.child("operator").invalid(operator, said, "toleration")
        if toleration.integer("tolerationSeconds", -(2**63), 2**63 - 1) is not None and effect != "NoExecute":
            said = "effect must be 'NoExecute' when `tolerationSeconds` is set"
            yield at.child("effect").invalid(effect, said, "toleration")
        yield from _toleration_value_faults(at, operator, value, compares=compares)
        if effect and effect not in _EFFECTS:
            yield at.child("effect").not_supported(effect, _EFFECTS)


def _toleration_value_faults(at: At, operator: str, value: str, *, compares: bool) -> Iterator[Fault]:
    if operator in ("", "Equal"):
        if wrong := list(label_value(value)):
            yield at.child("operator").invalid(value, ";".join(wrong), "label")
    elif operator == "Exists":
        if value:
            yield at.child("operator").invalid(value, "value must be empty when `operator` is 'Exists'", "toleration")
    elif operator not in ("Lt", "Gt"):
        yield at.child("operator").not_supported(operator, ("Equal", "Exists"))
    elif not compares:
        yield at.child("operator").not_supported(operator, ("Equal", "Exists", "Lt", "Gt"))


def node_faults(root: Part) -> Iterator[Fault]:
    """ValidateNode, as far as the models read one; a node's name is taken as it is."""
    yield from labels_faults(root.part("metadata"), "labels")
    yield from annotations_faults(root.part("metadata"))
    yield from taint_faults(root.part("spec"))
    status = root.part("status")
    for key in ("capacity", "allocatable"):
        for name, quantity in status.quantities(key).items():
            at = At(status, (key, name)).called(f"status.{key}.{name}")
            yield from quantity_faults(name, quantity, at)


def taint_faults(spec: Part) -> Iterator[Fault]:
    """validateNodeTaints."""
    seen: set[tuple[str, str]] = set()
    for i, taint in enumerate(spec.parts("taints")):
        at = At(taint).called(f"metadata.taints[{i}]")  # so the API server calls them
        key, value, effect = taint.text("key"), taint.text("value"), taint.text("effect")
        yield from at.child("key").each(key, label_key(key), "label")
        if wrong := list(label_value(value)):
            yield at.child("value").invalid(value, ";".join(wrong), "label")
        if not effect:
            yield at.child("effect").required()
        elif effect not in _EFFECTS:
            yield at.child("effect").not_supported(effect, _EFFECTS)
        if (effect, key) in seen:
            shown: Mapping[str, object] = {"Key": key, "Value": value, "Effect": effect, "TimeAdded": None}
            yield at.duplicate(dict(shown), "taints must be unique by key and effect pair")
        seen.add((effect, key))
