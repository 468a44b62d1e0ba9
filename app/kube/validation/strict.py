"""Fields that the API does not know. kubectl asks for strict decoding, so that a misspelt or misplaced one is refused.

The names are the JSON tags of k8s.io/api v0.37.2, core/v1, apps/v1, batch/v1 and discovery/v1 types.go, with
`workloadRef`, which Pods had in 1.35. What a server has accepted (it has a uid) is not asked again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import field

from app.kube.paste.part import Part
from app.kube.validation.fault import At, Fault
from app.record import dataclass


@dataclass(frozen=True)
class Shape:
    """The fields that a mapping may have, and the shapes of those that are looked into; of a list, of each item."""

    names: frozenset[str]
    inner: Mapping[str, "Shape"] = field(default_factory=dict)


def _shape(names: str, **inner: Shape) -> Shape:
    return Shape(frozenset(names.split()) | inner.keys(), inner)


_PROBE = _shape(
    "initialDelaySeconds timeoutSeconds periodSeconds successThreshold failureThreshold terminationGracePeriodSeconds",
    exec=_shape("command"),
    httpGet=_shape("path port host scheme httpHeaders protocol"),
    tcpSocket=_shape("port host"),
    grpc=_shape("port service mode"),
)
_RESOURCES = _shape("limits requests claims")
_CONTAINER = _shape(
    "name image command args workingDir envFrom resizePolicy restartPolicy restartPolicyRules volumeMounts"
    " volumeDevices terminationMessagePath terminationMessagePolicy imagePullPolicy securityContext stdin stdinOnce"
    " tty",
    ports=_shape("name hostPort containerPort protocol hostIP"),
    env=_shape("name value valueFrom"),
    resources=_RESOURCES,
    livenessProbe=_PROBE,
    readinessProbe=_PROBE,
    startupProbe=_PROBE,
    lifecycle=_shape("postStart preStop stopSignal"),
)
_NODES = _shape("matchExpressions matchFields")
_PODS = _shape("labelSelector namespaces topologyKey namespaceSelector matchLabelKeys mismatchLabelKeys")
_NEAR = _shape(
    "",
    requiredDuringSchedulingIgnoredDuringExecution=_PODS,
    preferredDuringSchedulingIgnoredDuringExecution=_shape("weight", podAffinityTerm=_PODS),
)
POD = _shape(
    "volumes restartPolicy terminationGracePeriodSeconds activeDeadlineSeconds dnsPolicy nodeSelector"
    " serviceAccountName serviceAccount automountServiceAccountToken nodeName hostNetwork hostPID hostIPC"
    " shareProcessNamespace securityContext imagePullSecrets hostname subdomain schedulerName hostAliases"
    " priorityClassName priority dnsConfig readinessGates runtimeClassName enableServiceLinks preemptionPolicy overhead"
    " setHostnameAsFQDN hostUsers resourceClaims hostnameOverride schedulingGroup workloadRef evictionResponders",
    containers=_CONTAINER,
    initContainers=_CONTAINER,
    ephemeralContainers=Shape(_CONTAINER.names | {"targetContainerName"}, _CONTAINER.inner),
    resources=_RESOURCES,
    os=_shape("name"),
    schedulingGates=_shape("name"),
    tolerations=_shape("key operator value effect tolerationSeconds"),
    topologySpreadConstraints=_shape(
        "maxSkew topologyKey whenUnsatisfiable labelSelector minDomains nodeAffinityPolicy nodeTaintsPolicy"
        " matchLabelKeys"
    ),
    affinity=_shape(
        "",
        nodeAffinity=_shape(
            "",
            requiredDuringSchedulingIgnoredDuringExecution=_shape("", nodeSelectorTerms=_NODES),
            preferredDuringSchedulingIgnoredDuringExecution=_shape("weight", preference=_NODES),
        ),
        podAffinity=_NEAR,
        podAntiAffinity=_NEAR,
    ),
)
_TEMPLATE = _shape("metadata", spec=POD)
_STRATEGY = _shape("type", rollingUpdate=_shape("maxUnavailable maxSurge"))
DEPLOYMENT = _shape(
    "replicas selector minReadySeconds revisionHistoryLimit paused progressDeadlineSeconds",
    template=_TEMPLATE,
    strategy=_STRATEGY,
)
DAEMON_SET = _shape("selector minReadySeconds revisionHistoryLimit", template=_TEMPLATE, updateStrategy=_STRATEGY)
STATEFUL_SET = _shape(
    "replicas selector volumeClaimTemplates serviceName podManagementPolicy revisionHistoryLimit minReadySeconds"
    " persistentVolumeClaimRetentionPolicy",
    template=_TEMPLATE,
    updateStrategy=_shape("type", rollingUpdate=_shape("partition maxUnavailable")),
    ordinals=_shape("start"),
)
SERVICE = _shape(
    "selector clusterIP clusterIPs type externalIPs sessionAffinity loadBalancerIP loadBalancerSourceRanges"
    " externalName externalTrafficPolicy healthCheckNodePort publishNotReadyAddresses ipFamilies ipFamilyPolicy"
    " allocateLoadBalancerNodePorts loadBalancerClass internalTrafficPolicy trafficDistribution",
    ports=_shape("name protocol appProtocol port targetPort nodePort"),
    sessionAffinityConfig=_shape("", clientIP=_shape("timeoutSeconds")),
)


def is_standing(part: Part) -> bool:
    """Whether a server has stored the object: it has given it a uid."""
    return bool(part.document.root.part("metadata").content.get("uid"))


def unknown_fields(part: Part, shape: Shape) -> Iterator[Fault]:
    """Every field that the API would not find in its types."""
    if not is_standing(part):
        yield from _unknown(part, shape)


def _unknown(part: Part, shape: Shape) -> Iterator[Fault]:
    for key, value in part.content.items():
        if key not in shape.names:
            said = f'strict decoding error: unknown field "{At(part, (key,)).text}"'
            yield Fault(part, (key,), said, "unknown-field")
        elif inner := shape.inner.get(key):
            items = enumerate(value) if isinstance(value, list) else [(None, value)]
            for i, item in items:
                if isinstance(item, dict):
                    path = (*part.path, key) if i is None else (*part.path, key, i)
                    yield from _unknown(Part(part.document, path, item), inner)
