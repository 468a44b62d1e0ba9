"""pod-template-hash as the deployment controller computes it: FNV-32a over a dump of the whole Go struct.

The dump (k8s.io/utils/dump ForHash: spew `%#v`, sorted keys, no methods) prints type and name of every field,
set or not. So a Kubernetes version that adds a field gives the same template another hash.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

from app.kube.quantity import keeps_text, parse_quantity, scan_quantity
from app.record import dataclass

Version = Literal["1.37", "1.36", "1.35", "1.34", "1.33"]
VERSIONS: tuple[Version, ...] = get_args(Version)

ALPHABET = "bcdfghjklmnpqrstvwxz2456789"  # apimachinery/pkg/util/rand: no vowels, no y, 0, 1, 3


@dataclass(frozen=True)
class Field:
    """A field of a Go struct: its JSON name, Go name, Go type, and the versions that have it."""

    json: str
    name: str
    type: str
    since: str = "1.33"
    until: str = "9.99"

    def exists(self, version: str) -> bool:
        return self.since <= version <= self.until


def _fields(text: str) -> tuple[Field, ...]:
    """Lines `jsonName GoName GoType [since [until]]` in the order of the struct."""
    return tuple(Field(*line.split()) for line in text.strip().splitlines())


# k8s.io/api/core/v1/types.go and apimachinery/pkg/apis/meta/v1/types.go, v0.33 to v0.37, in their order.
STRUCTS: Mapping[str, tuple[Field, ...]] = {
    "v1.PodTemplateSpec": _fields(
        """
        metadata ObjectMeta v1.ObjectMeta
        spec Spec v1.PodSpec
        """
    ),
    "v1.ObjectMeta": _fields(
        """
        name Name string
        generateName GenerateName string
        namespace Namespace string
        selfLink SelfLink string
        uid UID types.UID
        resourceVersion ResourceVersion string
        generation Generation int64
        creationTimestamp CreationTimestamp v1.Time
        deletionTimestamp DeletionTimestamp *v1.Time
        deletionGracePeriodSeconds DeletionGracePeriodSeconds *int64
        labels Labels map[string]string
        annotations Annotations map[string]string
        ownerReferences OwnerReferences []v1.OwnerReference
        finalizers Finalizers []string
        managedFields ManagedFields []v1.ManagedFieldsEntry
        """
    ),
    "v1.Time": _fields("time Time time.Time"),
    "time.Time": _fields(
        """
        wall wall uint64
        ext ext int64
        loc loc *time.Location
        """
    ),
    "v1.PodSpec": _fields(
        """
        volumes Volumes []v1.Volume
        initContainers InitContainers []v1.Container
        containers Containers []v1.Container
        ephemeralContainers EphemeralContainers []v1.EphemeralContainer
        restartPolicy RestartPolicy v1.RestartPolicy
        terminationGracePeriodSeconds TerminationGracePeriodSeconds *int64
        activeDeadlineSeconds ActiveDeadlineSeconds *int64
        dnsPolicy DNSPolicy v1.DNSPolicy
        nodeSelector NodeSelector map[string]string
        serviceAccountName ServiceAccountName string
        serviceAccount DeprecatedServiceAccount string
        automountServiceAccountToken AutomountServiceAccountToken *bool
        nodeName NodeName string
        hostNetwork HostNetwork bool
        hostPID HostPID bool
        hostIPC HostIPC bool
        shareProcessNamespace ShareProcessNamespace *bool
        securityContext SecurityContext *v1.PodSecurityContext
        imagePullSecrets ImagePullSecrets []v1.LocalObjectReference
        hostname Hostname string
        subdomain Subdomain string
        affinity Affinity *v1.Affinity
        schedulerName SchedulerName string
        tolerations Tolerations []v1.Toleration
        hostAliases HostAliases []v1.HostAlias
        priorityClassName PriorityClassName string
        priority Priority *int32
        dnsConfig DNSConfig *v1.PodDNSConfig
        readinessGates ReadinessGates []v1.PodReadinessGate
        runtimeClassName RuntimeClassName *string
        enableServiceLinks EnableServiceLinks *bool
        preemptionPolicy PreemptionPolicy *v1.PreemptionPolicy
        overhead Overhead v1.ResourceList
        topologySpreadConstraints TopologySpreadConstraints []v1.TopologySpreadConstraint
        setHostnameAsFQDN SetHostnameAsFQDN *bool
        os OS *v1.PodOS
        hostUsers HostUsers *bool
        schedulingGates SchedulingGates []v1.PodSchedulingGate
        resourceClaims ResourceClaims []v1.PodResourceClaim
        resources Resources *v1.ResourceRequirements
        hostnameOverride HostnameOverride *string 1.34
        workloadRef WorkloadRef *v1.WorkloadReference 1.35 1.35
        schedulingGroup SchedulingGroup *v1.PodSchedulingGroup 1.36
        evictionResponders EvictionResponders []v1.EvictionResponder 1.37
        """
    ),
    "v1.PodSecurityContext": _fields(
        """
        seLinuxOptions SELinuxOptions *v1.SELinuxOptions
        windowsOptions WindowsOptions *v1.WindowsSecurityContextOptions
        runAsUser RunAsUser *int64
        runAsGroup RunAsGroup *int64
        runAsNonRoot RunAsNonRoot *bool
        supplementalGroups SupplementalGroups []int64
        supplementalGroupsPolicy SupplementalGroupsPolicy *v1.SupplementalGroupsPolicy
        fsGroup FSGroup *int64
        sysctls Sysctls []v1.Sysctl
        fsGroupChangePolicy FSGroupChangePolicy *v1.PodFSGroupChangePolicy
        seccompProfile SeccompProfile *v1.SeccompProfile
        appArmorProfile AppArmorProfile *v1.AppArmorProfile
        seLinuxChangePolicy SELinuxChangePolicy *v1.PodSELinuxChangePolicy
        """
    ),
    "v1.Container": _fields(
        """
        name Name string
        image Image string
        command Command []string
        args Args []string
        workingDir WorkingDir string
        ports Ports []v1.ContainerPort
        envFrom EnvFrom []v1.EnvFromSource
        env Env []v1.EnvVar
        resources Resources v1.ResourceRequirements
        resizePolicy ResizePolicy []v1.ContainerResizePolicy
        restartPolicy RestartPolicy *v1.ContainerRestartPolicy
        restartPolicyRules RestartPolicyRules []v1.ContainerRestartRule 1.34
        volumeMounts VolumeMounts []v1.VolumeMount
        volumeDevices VolumeDevices []v1.VolumeDevice
        livenessProbe LivenessProbe *v1.Probe
        readinessProbe ReadinessProbe *v1.Probe
        startupProbe StartupProbe *v1.Probe
        lifecycle Lifecycle *v1.Lifecycle
        terminationMessagePath TerminationMessagePath string
        terminationMessagePolicy TerminationMessagePolicy v1.TerminationMessagePolicy
        imagePullPolicy ImagePullPolicy v1.PullPolicy
        securityContext SecurityContext *v1.SecurityContext
        stdin Stdin bool
        stdinOnce StdinOnce bool
        tty TTY bool
        """
    ),
    "v1.ContainerPort": _fields(
        """
        name Name string
        hostPort HostPort int32
        containerPort ContainerPort int32
        protocol Protocol v1.Protocol
        hostIP HostIP string
        """
    ),
    "v1.ResourceRequirements": _fields(
        """
        limits Limits v1.ResourceList
        requests Requests v1.ResourceList
        claims Claims []v1.ResourceClaim
        """
    ),
    "v1.Probe": _fields(
        """
        - ProbeHandler v1.ProbeHandler
        initialDelaySeconds InitialDelaySeconds int32
        timeoutSeconds TimeoutSeconds int32
        periodSeconds PeriodSeconds int32
        successThreshold SuccessThreshold int32
        failureThreshold FailureThreshold int32
        terminationGracePeriodSeconds TerminationGracePeriodSeconds *int64
        """
    ),
    "v1.ProbeHandler": _fields(
        """
        exec Exec *v1.ExecAction
        httpGet HTTPGet *v1.HTTPGetAction
        tcpSocket TCPSocket *v1.TCPSocketAction
        grpc GRPC *v1.GRPCAction
        """
    ),
    "v1.Lifecycle": _fields(
        """
        postStart PostStart *v1.LifecycleHandler
        preStop PreStop *v1.LifecycleHandler
        stopSignal StopSignal *v1.Signal
        """
    ),
    "v1.LifecycleHandler": _fields(
        """
        exec Exec *v1.ExecAction
        httpGet HTTPGet *v1.HTTPGetAction
        tcpSocket TCPSocket *v1.TCPSocketAction
        sleep Sleep *v1.SleepAction
        """
    ),
    "v1.ExecAction": _fields("command Command []string"),
    "v1.SleepAction": _fields("seconds Seconds int64"),
    "v1.HTTPGetAction": _fields(
        """
        path Path string
        port Port intstr.IntOrString
        host Host string
        scheme Scheme v1.URIScheme
        httpHeaders HTTPHeaders []v1.HTTPHeader
        protocol Protocol *v1.HTTPProtocol 1.37
        """
    ),
}
_NUMBERS = ("int32", "int64", "uint64")


def template_hash(template: Mapping[str, Any], version: Version, collisions: int | None = None) -> str:
    """The label pod-template-hash of a defaulted template (v1.37 pkg/controller/controller_utils.go)."""
    return safe_encode(str(template_sum(template, version, collisions)))


def template_sum(template: Mapping[str, Any], version: Version, collisions: int | None = None) -> int:
    """The FNV-32a sum of the dump and, after a collision, of the count in 8 bytes, little-endian."""
    data = dump_template(template, version).encode()
    if collisions is not None:
        data += collisions.to_bytes(4, "little") + bytes(4)
    return fnv32a(data)


def fnv32a(data: bytes) -> int:
    """FNV-1a with 32 bits, Go's hash/fnv New32a."""
    value = 0x811C9DC5
    for byte in data:
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def safe_encode(text: str) -> str:
    """Each character mapped into ALPHABET by its code (apimachinery pkg/util/rand SafeEncodeString)."""
    return "".join(ALPHABET[ord(char) % len(ALPHABET)] for char in text)


def dump_template(template: Mapping[str, Any], version: Version) -> str:
    """What the hash is computed over: one line that names every field of the struct with its Go type."""
    return _dump("v1.PodTemplateSpec", template, version)


def _dump(type_: str, value: Any, version: Version, *, typed: bool = True) -> str:
    """A value as spew prints it with `%#v`: inside lists and behind pointers the type is not repeated."""
    head = f"({type_})" if typed else ""
    if type_.startswith("*"):
        return head + ("<nil>" if value is None else _dump(type_[1:], value, version, typed=False))
    if type_.startswith("[]"):
        return head + ("<nil>" if not value else _list(type_[2:], value, version))
    if type_ in ("map[string]string", "v1.ResourceList"):
        return head + ("<nil>" if not value else _map(type_, value))
    if type_ == "intstr.IntOrString":
        return head + _int_or_string(value)
    if type_ in STRUCTS:
        return head + _struct(type_, value or {}, version)
    if type_ in _NUMBERS:
        return head + str(value or 0)
    if type_ == "bool":
        return head + ("true" if value else "false")
    return head + (value or "")


def _struct(type_: str, value: Mapping[str, Any], version: Version) -> str:
    parts = []
    for field in STRUCTS[type_]:
        if field.exists(version):
            inner = value if field.json == "-" else value.get(field.json)
            parts.append(f"{field.name}:{_dump(field.type, inner, version)}")
    return "{" + " ".join(parts) + "}"


def _list(type_: str, values: Sequence[Any], version: Version) -> str:
    return "[" + " ".join(_dump(type_, value, version, typed=False) for value in values) + "]"


def _map(type_: str, values: Mapping[str, str]) -> str:
    shown = _quantity if type_ == "v1.ResourceList" else str
    return "map[" + " ".join(f"{key}:{shown(values[key])}" for key in sorted(values)) + "]"


def _int_or_string(value: int | str) -> str:
    kind, number, text = (1, 0, value) if isinstance(value, str) else (0, value, "")
    return f"{{Type:(intstr.Type){kind} IntVal:(int32){number} StrVal:(string){text}}}"


def _quantity(text: str) -> str:
    """A Quantity as the controller has it, parsed from what the API server printed (resource/quantity.go).

    Number, power of ten, and the text itself, which ParseQuantity keeps only when it believes it to be canonical:
    of 128Mi it does not. For what fits into 64 bits with its suffix.
    """
    printed = parse_quantity(text).printed
    scanned = scan_quantity(printed)
    mantissa = int(scanned.num + scanned.denom)
    is_binary = scanned.format == "BinarySI"
    number = mantissa << scanned.exponent if is_binary else mantissa
    scale = 0 if is_binary else scanned.exponent - len(scanned.denom)
    kept = printed if keeps_text(printed) else ""
    return (
        f"{{i:(resource.int64Amount){{value:(int64){number} scale:(resource.Scale){scale}}}"
        f" d:(resource.infDecAmount){{Dec:(*inf.Dec)<nil>}} s:(string){kept} Format:(resource.Format){scanned.format}}}"
    )
