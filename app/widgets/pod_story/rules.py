"""All diagnoses, in the order in which they are tried: a cause before its effects, the Pod's end before its start.

Reasons and messages are those that the components of 1.24 to 1.37 write; `source` says where, as of v1.37 unless it
names another version. Patterns are held against text without white space.
"""

from app.widgets.pod_story.rule import (
    Rule,
    Signal,
    column,
    condition,
    ended,
    event,
    fact,
    kernel,
    log,
    pod_says,
    refused,
    said,
    waiting,
)

DESCRIBE = "kubectl describe pod {pod}{ns}"
PREVIOUS = "kubectl logs {pod}{ns}{c} --previous --tail=50"
LOGS = "kubectl logs {pod}{ns}{c} --tail=50"
EVENTS = "kubectl get events{ns} --field-selector involvedObject.name={pod}"
NODES = "kubectl get nodes -o wide"
YAML = "kubectl get pod {pod}{ns} -o yaml"
CLAIMS = "kubectl get pvc{ns}"

_PULL = ("Failed", "FailedToPullImage", "ErrImagePull", "FailedPullImage")
_START = ("Failed", "BackOff", "FailedSync", "FailedStart")


def _pull(says: str) -> Signal:
    """An event about pulling an image: `Failed` is the reason of other failures too."""
    about = "[Pp]ull|resolvereference|manifest|RegistryUnavailable"
    return event(*_PULL, "BackOff", says=rf"^(?=.*(?:{about})).*?(?:{says})")


_UNREACHED = (
    r"dialtcp|nosuchhost|i/otimeout|connectionrefused|connectionresetbypeer|TLShandshaketimeout|networkisunreachable|"
    r"noroutetohost|Client\.Timeout|requestcanceled|contextdeadlineexceeded|DeadlineExceeded|unexpectedEOF|:EOF|"
    r"50[0234](?:InternalServerError|BadGateway|ServiceUnavailable|GatewayTime)|servermisbehaving|proxyconnect|"
    r"contextcanceled|httpReadSeeker"
)
_UNAUTHORIZED = (
    r"401Unauthorized|403Forbidden|unauthorized|authorizationfailed|insufficient_scope|nobasicauth|authenticationrequired|"
    r"denied:|failedtofetch(?:anonymous|oauth)token.{0,600}:40[13]|failedtoauthorize(?!.*(?:dialtcp|timeout|nosuchhost))"
)
_NO_IMAGE = r"notfound|manifestunknown|repositorydoesnotexist|NAME_UNKNOWN|MANIFEST_UNKNOWN"


def _pulled(says: str) -> Signal:
    """A message about pulling an image wherever it stands: in a state, in a log, or with no event around it."""
    return said(rf"^(?>.*?(?:[Ff]ailedtopull(?:andunpack)?image|ErrImagePull:|PullImage\W)).*?(?:{says})")


_TO_ITS_COMMAND = (
    r"(?:(?!apparmor|seccomp|selinux|attr/|/proc/|/sys/|hook|cgroup|chdir|mount|open|bpf|sysctl|device|mkdir|pivot|"
    r"keyring).)"
)
"""What runc says on its way to the command, and nothing else that it does before: runc v1.3 libcontainer
standard_init_linux.go Init, rootfs_linux.go, process_linux.go."""

_EXECUTED = r"OCIruntimeexecfailed|failedtoexecincontainer|failedtostartexec|executingcommandincontainer"
"""What a command says that is started in a running container, by `kubectl exec`, a probe or a hook: containerd
internal/cri/server/container_execsync.go, runc exec.go."""


def _starts(pattern: str) -> Signal:
    """What is said of the container's own command."""
    return said(rf"^(?!.*?(?:{_EXECUTED})).*?(?:{pattern})")


_ASKED = (
    r"cannot(?:get|list|watch|update|patch|delete|deletecollection|impersonate)resource\""
    r"|cannotcreateresource\"pods/(?:exec|attach|portforward|proxy|eviction)\""
)
"""What somebody may not do to objects that are there, or read of them."""

_NO_API = r"Unabletoconnecttotheserver:|Theconnectiontotheserver(?P<name>\S{1,260}?)wasrefused-didyouspecify"
_TAINTED = event("TaintManagerEviction", says=r"^(?!.*Cancellingdeletion)")
_SHELL = r"(?:/(?:usr/)?bin/)?(?:sh|bash|ash|dash):"
_SCHEDULER = "pkg/scheduler/schedule_one.go handleSchedulingFailure, framework/types.go FitError"
_VOLUMES = "pkg/volume/util/operationexecutor/operation_generator.go"
_IMAGES = "pkg/kubelet/images/image_manager.go, images/types.go; containerd core/remotes/docker"
_MANAGER = "pkg/kubelet/kuberuntime/kuberuntime_manager.go"
_START_SOURCE = (
    "pkg/kubelet/kuberuntime/kuberuntime_container.go startContainer; runc libcontainer, containerd task errors"
)
_PROBER = "pkg/kubelet/prober/prober.go, kuberuntime/kuberuntime_manager.go computePodActions"
_EVICT = "pkg/kubelet/eviction/helpers.go, eviction_manager.go"
_LIFECYCLE = "pkg/controller/nodelifecycle, pkg/controller/tainteviction/taint_eviction.go"
_ADMIT = "pkg/kubelet/lifecycle/predicate.go, cm/devicemanager, cm/topologymanager"
_SANDBOX = "pkg/kubelet/kuberuntime/kuberuntime_sandbox.go, kuberuntime_manager.go SyncPod"

RULES: tuple[Rule, ...] = (
    # --- the end of a Pod, and of its node ------------------------------------------------------------
    Rule(
        "finalizer",
        "terminating-finalizer",
        "controller",
        "k8s.io/apiserver/pkg/registry/generic/registry/store.go deletionFinalizersForGarbageCollection",
        all=(fact("deleting"), fact("finalizers")),
        none=(fact("node-down"),),
        shows=(fact("ended-all"),),
        next=(YAML,),
        if_ready=True,
    ),
    Rule(
        "node-lost-reason",
        "node-lost",
        "kubelet",
        "pkg/util/node/node.go NodeUnreachablePodReason (until 1.16 written by the node controller)",
        any=(pod_says("NodeLost"), column("Unknown")),
        shows=(pod_says(says=r"Node\S{1,260}whichwasrunningpod"), fact("node-down")),
        next=("kubectl describe node {node}", NODES),
        if_ready=True,
        act="node",
    ),
    Rule(
        "terminating-node-down",
        "terminating-node-gone",
        "kubelet",
        _LIFECYCLE,
        all=(fact("deleting"),),
        any=(
            fact("node-down"),
            fact("node-missing"),
            event("NodeNotReady"),
            _TAINTED,
            condition("DisruptionTarget", "True", "DeletionByTaintManager"),
        ),
        sure="likely",
        next=("kubectl describe node {node}", NODES, "kubectl delete pod {pod}{ns} --grace-period=0 --force"),
        if_ready=True,
        act="node",
    ),
    Rule(
        "node-down",
        "node-lost",
        "kubelet",
        _LIFECYCLE,
        any=(
            fact("node-down"),
            event("NodeNotReady"),
            condition("DisruptionTarget", "True", "DeletionByTaintManager"),
            _TAINTED,
        ),
        none=(fact("finished"), fact("unassigned"), fact("was-evicted")),
        shows=(_TAINTED,),
        next=("kubectl describe node {node}", NODES),
        if_ready=True,
        act="node",
    ),
    Rule(
        "kubelet-fails",
        "node-lost",
        "kubelet",
        "cmd/kubelet/app/server.go: failed to run Kubelet",
        any=(said(r"[Ff]ailedtorun[Kk]ubelet"), log(r"[Ff]ailedtorun[Kk]ubelet"), event("KubeletSetupFailed")),
        next=("journalctl -u kubelet -n 50 --no-pager", "kubectl describe node {node}"),
        if_ready=True,
        act="node",
    ),
    Rule(
        "node-unready",
        "node-lost",
        "kubelet",
        "pkg/kubelet/nodestatus/setters.go ReadyCondition; pkg/controller/nodelifecycle: NodeStatusUnknown;"
        " pkg/printers/internalversion/printers.go printNode",
        all=(fact("no-pod"),),
        any=(
            fact("nodes-unready"),
            said(r"PLEGisnothealthy|[Nn]odebecamenotready|[Ss]kippingpodsynchronization|KubeletNotReady"),
            # The kubelet's own Node is not in its cache: it is not registered, or the API server is out of reach.
            said(
                r"kubelet(?:_node_status)?\.go:\d+\]\W?(?:Errorgetting(?:thecurrent)?node\S{0,40}?)?node\"?[^\"]{1,260}?\"?notfound"
            ),
            event("NodeNotReady", "NodeStatusUnknown"),
        ),
        none=(event("SystemOOM", "OOMKilling"),),
        sure="likely",  # a kubelet that has just started says the same for some seconds
        sure_if=(
            fact("nodes-unready"),
            event("NodeNotReady", "NodeStatusUnknown"),
            said(r"plegwaslastseenactive|[Nn]odebecamenotready|KubeletNotReady"),
        ),
        shows=(said(r"PLEGisnothealthy|containerruntime(?:isdown|statuscheck)|runtimenetworknotready"),),
        next=("kubectl describe node {node}", "kubectl get pods -A -o wide --field-selector spec.nodeName={node}"),
        act="node",
    ),
    Rule(
        "node-pressure",
        "node-pressure",
        "kubelet",
        "pkg/kubelet/eviction/eviction_manager.go; pkg/kubelet/nodestatus/setters.go MemoryPressureCondition,"
        " DiskPressureCondition, PIDPressureCondition; pkg/kubelet/images/image_gc_manager.go FreeDiskSpaceFailed",
        all=(fact("no-one-pod"),),
        any=(
            fact("node-under-pressure"),
            event(
                "NodeHasDiskPressure",
                "NodeHasInsufficientMemory",
                "NodeHasInsufficientPID",
                "EvictionThresholdMet",
                "FreeDiskSpaceFailed",
                "ImageGCFailed",
                "ContainerGCFailed",
            ),
        ),
        none=(event("SystemOOM", "OOMKilling"),),
        next=(
            "kubectl describe node {node}",
            "kubectl get events -A --field-selector reason=Evicted",
            "kubectl debug node/{node} -it --image=busybox",
        ),
        act="pressure",
    ),
    Rule(
        "pre-stop-fails",
        "terminating",
        "kubelet",
        "pkg/kubelet/kuberuntime/kuberuntime_container.go executePreStopHook",
        all=(fact("deleting"), event("FailedPreStopHook")),
        next=(DESCRIBE, LOGS),
        if_ready=True,
        act="grace",
    ),
    Rule(
        "kill-fails",
        "terminating",
        "runtime",
        "pkg/kubelet/kubelet.go SyncTerminatingPod, FailedKillPod",
        all=(event("FailedKillPod"),),
        none=(fact("ready"), fact("crash"), fact("finished")),
        shows=(fact("deleting"),),
        sure="likely",  # whoever else ends a Pod, such as the kubelet that makes its sandbox anew, says the same
        sure_if=(fact("deleting"),),
        next=(DESCRIBE, "kubectl describe node {node}"),
    ),
    Rule(
        "terminating-grace",
        "terminating",
        "kubelet",
        "pkg/kubelet/kuberuntime/kuberuntime_container.go killContainer",
        all=(fact("deleting"), fact("within-grace")),
        shows=(event("Killing"),),
        sure="likely",
        next=("kubectl get pod {pod}{ns} -w", YAML),
        if_ready=True,
        act="grace",
    ),
    Rule(
        "preempted",
        "preempted",
        "scheduler",
        "pkg/scheduler/framework/preemption/executor.go",
        any=(
            event("Preempted"),
            condition("DisruptionTarget", "True", "PreemptionByScheduler"),
            pod_says("Preempting"),
            column("Preempting"),
            event("Preempting"),
        ),
        next=(YAML, "kubectl get priorityclasses"),
    ),
    Rule(
        "evicted-node",
        "evicted",
        "kubelet",
        _EVICT,
        any=(
            pod_says("Evicted"),
            column("Evicted"),
            event("Evicted"),
            condition(
                "DisruptionTarget", "True", "TerminationByKubelet", says=r"(?:lowonresource|ephemeral|EmptyDir|evict)"
            ),
            said(r"Thenodewaslowonresource:|Thenodehadcondition:\["),
            said(r"[Ff]ailedtoadmitpod\S{1,400}?node(?:hasconditions:|Condition=)\[\w*Pressure"),
            said(r"Evictionmanager:podisevictedsuccessfully"),
        ),
        none=(fact("ready"),),
        shows=(
            said(r"Thenodewaslowonresource:(?P<resource>[\w.-]+)"),
            said(r"Evictionmanager:mustevictpod\(s\)toreclaim\W{1,3}resourceName=\"(?P<resource>[\w.-]+)\""),
            said(r"exceedsthetotallimit|Usageof|exceedsits"),
        ),
        next=("kubectl describe node {node}", "kubectl get events -A --field-selector reason=Evicted"),
        room="oom-score",
        act="ended",
    ),
    Rule(
        "evicted-api",
        "evicted",
        "user",
        "pkg/registry/core/pod/storage/eviction.go EvictionByEvictionAPI",
        any=(condition("DisruptionTarget", "True", "EvictionByEvictionAPI"),),
        next=(NODES,),
        if_ready=True,
    ),
    Rule(
        "node-shutdown",
        "evicted",
        "kubelet",
        "pkg/kubelet/nodeshutdown/nodeshutdown_manager.go",
        any=(
            pod_says("Terminated", "Shutdown", "NodeShutdown"),
            said(r"Podwasterminatedinresponsetoimminentnodeshutdown"),
            said(r"Nodeisshutting,?evictingpods|Nodeisinprogressofshuttingdown"),
        ),
        next=("kubectl describe node {node}",),
        act="ended",
    ),
    Rule(
        "deadline",
        "deadline",
        "kubelet",
        "pkg/kubelet/active_deadline.go; pkg/controller/job/job_controller.go DeadlineExceeded",
        any=(
            pod_says("DeadlineExceeded"),
            column("DeadlineExceeded"),
            event("DeadlineExceeded"),
            said(r"wasactive(?:onthenode)?longerthan(?:the)?specifieddeadline"),
        ),
        next=(YAML,),
        act="ended",
    ),
    Rule(
        "kubelet-refused",
        "kubelet-refused",
        "kubelet",
        _ADMIT,
        any=(
            pod_says(
                "OutOfcpu",
                "OutOfmemory",
                "OutOfpods",
                "OutOfephemeral-storage",
                "UnexpectedAdmissionError",
                "TopologyAffinityError",
                "NodeAffinity",
                "PodOSNotSupported",
                "PodOSSelectorNodeLabelDoesNotMatch",
                "SysctlForbidden",
                "AppArmor",
                "UnsupportedPodSpec",
                "InvalidNodeInfo",
                "InitContainerRestartPolicyForbidden",
                "PodFeatureUnsupported",
                "PodLevelResourcesNotAdmittedReason",
                "UserNamespacesNotSupported",
                "MatchNodeSelector",
            ),
            column(
                "OutOf*",
                "UnexpectedAdmissionError",
                "TopologyAffinityError",
                "NodeAffinity",
                "PodOSNotSupported",
                "SysctlForbidden",
                "UnsupportedPodSpec",
            ),
            event(
                "OutOfcpu",
                "OutOfmemory",
                "OutOfpods",
                "OutOfephemeral-storage",
                "UnexpectedAdmissionError",
                "TopologyAffinityError",
                "NodeAffinity",
                "SysctlForbidden",
            ),
            said(r"Nodedidn'thaveenoughresource:(?P<resource>[\w./-]+?),requested"),
            said(r"Allocatefailedduetorequestednumberofdevicesunavailable|Podwasrejected:"),
        ),
        shows=(said(r"Nodedidn'thaveenoughresource"), said(r"Allocatefailed|Podwasrejected|Predicate")),
        next=("kubectl describe node {node}", YAML),
        act="ended",
    ),
    Rule(
        "completed-by-liveness",
        "completed",
        "kubelet",
        _PROBER,
        all=(fact("succeeded"), event("Killing", says=r"failedlivenessprobe")),
        sure="likely",
        next=(PREVIOUS, YAML),
    ),
    Rule(
        "completed",
        "completed",
        "pod",
        "pkg/kubelet/kubelet_pods.go getPhase",
        all=(fact("succeeded"),),
        next=(LOGS,),
    ),
    # --- not placed yet -----------------------------------------------------------------------------
    Rule(
        "gated",
        "gated",
        "controller",
        "pkg/scheduler/framework/plugins/schedulinggates; printers.go SchedulingGated",
        any=(
            condition("PodScheduled", "False", "SchedulingGated"),
            column("SchedulingGated"),
            fact("gates"),
            said(r"Schedulingisblockedduetonon-emptyschedulinggates"),
        ),
        none=(fact("assigned"),),
        shows=(fact("gates"),),
        next=(YAML,),
    ),
    Rule(
        "gated-silent",
        "gated",
        "controller",
        "kubectl pkg/describe/describe.go prints neither gates nor reasons of conditions; an unschedulable Pod is tried"
        " again, with an event, at least every 5 min (pkg/scheduler/backend/queue podMaxInUnschedulablePodsDuration)",
        all=(condition("PodScheduled", "False"), fact("pending"), fact("events-seen")),
        none=(fact("assigned"), event("FailedScheduling"), condition("PodScheduled", "False", "Unschedulable")),
        sure="likely",
        next=("kubectl get pod {pod}{ns} -o jsonpath='{{.spec.schedulingGates}}'", "kubectl get pods{ns}"),
    ),
    Rule(
        "claim-missing",
        "volume-unbound",
        "user",
        "pkg/scheduler/framework/plugins/volumebinding/volume_binding.go",
        any=(said(r"persistentvolumeclaim\"(?P<name>[^\"]+)\"(?:notfound|isbeingdeleted|boundtonon-existent)"),),
        none=(fact("assigned"),),
        next=(CLAIMS,),
    ),
    Rule(
        "volume-zone",
        "volume-zone",
        "scheduler",
        "pkg/scheduler/framework/plugins/volumebinding, volumezone: ErrReasonNodeConflict, ErrReasonConflict",
        any=(
            said(
                r"(?P<name>volumenodeaffinityconflict|didn'tmatchPersistentVolume'snodeaffinity|hadnoavailablevolumezone)"
            ),
            event(
                "FailedScheduling",
                says=r"(?P<name>volumenodeaffinityconflict|didn'tmatchPersistentVolume'snodeaffinity|hadnoavailablevolumezone)",
            ),
            condition(
                "PodScheduled",
                "False",
                says=r"(?P<name>volumenodeaffinityconflict|didn'tmatchPersistentVolume'snodeaffinity|hadnoavailablevolumezone)",
            ),
        ),
        none=(fact("assigned"), fact("zone-of-few")),
        sure="likely",
        next=("kubectl get pv -o wide", "kubectl get nodes -L topology.kubernetes.io/zone", CLAIMS),
    ),
    Rule(
        "claim-lost",
        "volume-unbound",
        "user",
        "pkg/controller/volume/persistentvolume/pv_controller.go syncBoundClaim: ClaimLost",
        any=(fact("claim-lost"), event("ClaimLost", "ClaimMisbound")),
        none=(fact("ready"),),
        next=("kubectl describe pvc {owner}{ns}", "kubectl get pv"),
        if_ready=True,
        act="lost",
    ),
    Rule(
        "machine-without-claim",
        "volume-unbound",
        "user",
        "kubevirt v1.9 pkg/virt-controller/watch/vm/vm.go isVirtualMachineStatusPvcNotFound",
        any=(fact("machine-without-claim"),),
        next=("kubectl get vm {owner}{ns} -o yaml", CLAIMS, "kubectl get datavolumes{ns}"),
        act="user",
    ),
    Rule(
        "claim-waits",
        "volume-unbound",
        "user",
        "pkg/controller/volume/persistentvolume/pv_controller.go emitEventForUnboundDelayBindingClaim",
        all=(fact("no-pod"), event("WaitForFirstConsumer", "WaitForPodScheduled")),
        none=(
            event("ProvisioningFailed", "FailedBinding", "ExternalProvisioning", "Provisioning"),
            fact("claims-bound"),
        ),
        shows=(fact("claim-pending"),),
        next=("kubectl get pods{ns}", "kubectl get storageclass"),
        act="consumer",
    ),
    Rule(
        "claim-alone",
        "volume-unbound",
        "controller",
        "pkg/controller/volume/persistentvolume/pv_controller.go syncUnboundClaim",
        all=(fact("no-pod"), fact("claim-pending")),
        none=(event("FailedBinding", "ProvisioningFailed", "ExternalProvisioning"),),
        next=("kubectl describe pvc {owner}{ns}", "kubectl get storageclass", "kubectl get pods{ns}"),
    ),
    Rule(
        "claim-unbound",
        "volume-unbound",
        "controller",
        "pkg/scheduler/framework/plugins/volumebinding/volume_binding.go; pkg/controller/volume/persistentvolume",
        any=(
            event(
                "FailedScheduling",
                says=r"unboundimmediatePersistentVolumeClaims|didn'tfindavailablepersistentvolumestobind|didnotfindavailablepersistentvolumes|unboundPersistentVolumeClaims|waitingfor(?:ephemeralvolume)?controllertocreatethepersistentvolumeclaim",
            ),
            condition(
                "PodScheduled",
                "False",
                says=r"unboundimmediatePersistentVolumeClaims|didn'tfindavailablepersistentvolumestobind|unboundPersistentVolumeClaims",
            ),
            event(
                "FailedBinding",
                "ProvisioningFailed",
                "ExternalProvisioning",
                says=r"nopersistentvolumesavailable|storageclass|nostorageclassisset|failedtoprovision|waitingfora?volumetobecreated|Waitingfora?volumetobe(?:created|provisioned)",
            ),
            fact("claim-pending"),
            said(
                r"\dnodesareavailable.*unboundimmediatePersistentVolumeClaims|didn'tfindavailablepersistentvolumestobind"
            ),
        ),
        none=(fact("assigned"), fact("claims-bound")),
        shows=(event("FailedBinding", "ProvisioningFailed", "ExternalProvisioning"), fact("claim-pending")),
        next=(CLAIMS, "kubectl describe pvc{ns}", "kubectl get storageclass"),
    ),
    Rule(
        "no-node-made",
        "unschedulable",
        "controller",
        "kubernetes-sigs/karpenter pkg/controllers/provisioning/scheduling/events.go; EKS Fargate",
        any=(
            event(
                "FailedScheduling",
                says=r"(?:Failedtoschedulepod,|Failedtoprovisionnewnode|incompatiblewith(?:nodepool|provisioner)"
                r"|notsupportedonFargate)",
            ),
        ),
        none=(fact("assigned"), said(r"\d/\d+nodesareavailable")),
        next=(EVENTS, "kubectl get nodepools", YAML),
    ),
    Rule(
        "unschedulable",
        "unschedulable",
        "scheduler",
        _SCHEDULER,
        any=(
            event("FailedScheduling"),
            condition("PodScheduled", "False", "Unschedulable"),
            condition("PodScheduled", "False", says=r"\d/\d+nodesareavailable"),
            said(r"\d/\d+nodesareavailable:|Nonodesareavailablethatmatchallofthe(?:following)?predicates"),
            event("NotTriggerScaleUp"),
        ),
        none=(fact("assigned"),),
        shows=(event("NotTriggerScaleUp"),),
        next=("kubectl describe nodes", NODES, YAML),
        room="scheduler-pick",
    ),
    Rule(
        "no-scale-up",
        "unschedulable",
        "controller",
        "kubernetes/autoscaler cluster-autoscaler/processors/status/eventing_scale_up_processor.go; GKE: Node scale up"
        " in zones … failed",
        any=(
            said(r"[Pp]oddidn'ttriggerscale-?up|Podisatriskofnotbeingscheduled"),
            event("FailedScaleUp"),
        ),
        none=(fact("assigned"),),
        next=(
            EVENTS,
            "kubectl describe nodes",
            "kubectl get configmap cluster-autoscaler-status -n kube-system -o yaml",
        ),
    ),
    Rule(
        "machine-unschedulable",
        "unschedulable",
        "scheduler",
        "kubevirt v1.9 pkg/virt-controller/watch/vm/vm.go isVirtualMachineStatusUnschedulable",
        any=(fact("machine-unschedulable"),),
        sure="likely",
        next=("kubectl describe vmi {owner}{ns}", "kubectl get pods{ns} -l kubevirt.io=virt-launcher -o wide", NODES),
    ),
    Rule(
        "scheduler-said-no",
        "unschedulable",
        "scheduler",
        _SCHEDULER,
        any=(condition("PodScheduled", "False"),),
        none=(fact("assigned"),),
        sure="likely",
        next=(EVENTS, YAML, "kubectl describe nodes"),
    ),
    Rule(
        "no-scheduler",
        "no-scheduler",
        "scheduler",
        "pkg/scheduler/eventhandlers.go, profile/profile.go: a Pod of another schedulerName is nobody's",
        all=(fact("pending"), fact("unassigned"), fact("no-conditions"), fact("no-events")),
        none=(fact("young"),),
        shows=(fact("other-scheduler"),),
        sure="likely",
        next=(
            "kubectl get pods -n kube-system -l component=kube-scheduler",
            "kubectl get pod {pod}{ns} -o jsonpath='{{.spec.schedulerName}}'",
        ),
    ),
    # --- volumes ------------------------------------------------------------------------------------
    Rule(
        "multi-attach",
        "volume-multi-attach",
        "controller",
        _VOLUMES + " generateAttachVolumeFunc, pkg/controller/volume/attachdetach/reconciler",
        any=(
            said(r"(?:Multi-Attacherror|Waitingfordetach)forvolume\"(?P<name>[^\"]+)\""),  # up to 1.36, since 1.37
            said(r"Volumeisalreadyexclusivelyattachedtoonenode"),
            said(
                r"volumeiscurrentlyattachedtoinstance|isalreadyattachedto(?:an)?(?:instance|node)|RESOURCE_IN_USE_BY_ANOTHER_RESOURCE|alreadybeingusedby|VolumeInUse|alreadyattachedtonode|attachedtoadifferentinstance"
            ),
        ),
        next=("kubectl get volumeattachments", "kubectl get pods{ns} -o wide"),
    ),
    Rule(
        "secret-not-synced",
        "mount-failed",
        "kubelet",
        "pkg/volume/secret/secret.go, pkg/kubelet/util/manager/watch_based_manager.go",
        any=(
            event(
                "FailedMount", says=r"failedtosync(?:secret|configmap)cache|objectnotregistered|\"[^\"]+\"notregistered"
            ),
        ),
        sure="likely",
        next=(DESCRIBE, "kubectl describe node {node}"),
    ),
    Rule(
        "secret-volume",
        "secret-missing",
        "user",
        "pkg/volume/secret/secret.go, " + _VOLUMES,
        any=(
            event("FailedMount", says=r"secrets?\"(?P<name>[^\"]+)\"(?:isforbidden|notfound)"),
            event("FailedMount", says=r"\"(?P<name>[^\"]+)\"notfound(?=.*secret)"),
        ),
        next=("kubectl get secret {name}{ns}",),
    ),
    Rule(
        "secret-env",
        "secret-missing",
        "user",
        "pkg/kubelet/kubelet_pods.go makeEnvironmentVariables; " + _MANAGER,
        any=(
            said(r"Error:secrets?\"(?P<name>[^\"]+)\"notfound"),
            said(r"(?<!serviceaccount)secrets?\"(?P<name>[^\"]+)\"notfound"),
        ),
        next=("kubectl get secret {name}{ns}",),
    ),
    Rule(
        "configmap",
        "configmap-missing",
        "user",
        "pkg/volume/configmap/configmap.go; pkg/kubelet/kubelet_pods.go makeEnvironmentVariables",
        any=(said(r"configmaps?\"(?P<name>[^\"]+)\"notfound"),),
        next=("kubectl get configmap {name}{ns}",),
    ),
    Rule(
        "volume-ownership",
        "volume-not-writable",
        "kubelet",
        "pkg/volume/volume_linux.go SetVolumeOwnership",
        any=(
            event(
                "FailedMount",
                says=r"applyFSGroupfailed|chown\S{0,300}:operationnotpermitted|lchown.{0,600}(?:operationnotpermitted|read-onlyfilesystem)",
            ),
        ),
        next=(YAML,),
    ),
    Rule(
        "attach-timeout",
        "attach-timeout",
        "controller",
        "pkg/volume/csi/csi_attacher.go waitForVolumeAttachDetachStatusWithLister, csiTimeout",
        any=(
            event("FailedAttachVolume", says=r"timedoutwaitingforexternal-attacher"),
            event("FailedAttachVolume", says=r"attach(?:detach)?menttimeoutforvolume"),  # as older versions put it
        ),
        next=("kubectl get volumeattachments", "kubectl get csidrivers", "kubectl get pods -A"),
    ),
    Rule(
        "mount",
        "mount-failed",
        "kubelet",
        _VOLUMES,
        any=(
            event(
                "FailedMount",
                says=r"(?:MountVolume|MountDevice|MapVolume|UnmapVolume|NodeExpand|hostPathtypecheck|references?non-existent|rpcerror|drivername|mountfailed|MountVolume\.SetUpfailedforvolume\"(?P<name>[^\"]+)\")",
            ),
            event("FailedMapVolume", "FailedMountOnFilesystemMismatch"),
            said(r"(?:MountVolume\.\w{1,20}|MapVolume\.\w{1,20})failedforvolume\"(?P<name>[^\"]{1,253})\""),
        ),
        shows=(said(r"mountfailed:exitstatus\d+|drivername\S{1,120}?notfound|hostPathtypecheckfailed|Output:"),),
        next=(DESCRIBE, "kubectl describe node {node}", "kubectl get volumeattachments"),
    ),
    Rule(
        "attach",
        "mount-failed",
        "controller",
        _VOLUMES + " GenerateAttachVolumeFunc: FailedAttachVolume of attachdetach-controller",
        any=(event("FailedAttachVolume"),),
        next=("kubectl get volumeattachments", DESCRIBE, "kubectl describe node {node}"),
    ),
    Rule(
        "mount-timeout",
        "mount-failed",
        "kubelet",
        "pkg/kubelet/volumemanager/volume_manager.go WaitForAttachAndMount",
        any=(event("FailedMount"), said(r"Unabletoattachormountvolumes|timeoutexpiredwaitingforvolumestoattach")),
        sure="likely",
        next=(EVENTS, "kubectl get volumeattachments", CLAIMS),
    ),
    Rule(
        "resource-claim",
        "resource-claim-fails",
        "kubelet",
        "pkg/kubelet/cm/dra/manager.go PrepareResources; pkg/controller/resourceclaim/controller.go",
        any=(event("FailedPrepareDynamicResources", "FailedResourceClaimCreation"),),
        next=("kubectl get resourceclaims{ns}", "kubectl describe node {node}", "kubectl get resourceslices"),
    ),
    # --- the sandbox and its network ------------------------------------------------------------------
    Rule(
        "sandbox-image",
        "sandbox-failed",
        "runtime",
        "containerd internal/cri/server/podsandbox/sandbox_run.go: failed to get sandbox image; CRI-O pause_image",
        any=(
            said(
                r"failedtogetsandboximage(?:\"(?P<image>[^\"]{1,200})\")?"
                r"|failedtogetimagefromcontainerd\S{1,400}pause|failedpullingimage\"[^\"]{0,200}pause"
                r"|creatingpodsandbox\S{1,400}?(?:Errorinitializingsource|[Ee]rrorpinging)"
            ),
        ),
        next=("kubectl describe node {node}", "kubectl debug node/{node} -it --image=busybox"),
    ),
    Rule(
        "ip-exhausted",
        "ip-exhausted",
        "cni",
        "containernetworking/plugins host-local allocator.go; amazon-vpc-cni; Calico, Cilium, Azure IPAM messages",
        any=(
            said(r"noIP(?:v4|v6)?addressesavailableinrangeset:?(?P<name>[\d.a-f:/-]*)"),
            said(r"failedtoassignanIPaddresstocontainer"),
            said(r"nomorefreeaddressesintheassignedpools|nofreeaddressesinthe|couldnotfindan?(?:available|free)IP"),
            said(
                r"rangeisfull|IPpool(?:is)?exhausted|[Nn]ofreeIPs?available|[Nn]oavailable(?:IP)?addresses|[Nn]oavailableIPs?|[Nn]omoreIPs?|[Nn]oIPs?available|allIPaddresses"
            ),
            said(
                r"CouldnotallocateIPinrange|InsufficientFreeAddressesInSubnet|InsufficientCidrBlocks|failedtoallocate(?:for|address|IP).{0,80}(?:exhausted|full|noIP)|addresspoolexhausted|exhaustedIPs?"
            ),
        ),
        shows=(event("FailedCreatePodSandBox"),),
        next=("kubectl describe node {node}", "kubectl get pods -A -o wide --field-selector spec.nodeName={node}"),
    ),
    Rule(
        "network-not-ready",
        "sandbox-failed",
        "cni",
        "pkg/kubelet/kubelet.go canRunPod: NetworkNotReady",
        any=(
            event("NetworkNotReady"),
            said(
                r"networkisnotready:.{0,1000}(?:cniconfiguninitialized|networkpluginisnotready)|cniconfiguninitialized"
                r"|[Cc]ontainerruntimenetworknotready.{0,80}NetworkReady=false"
            ),
        ),
        next=("kubectl get pods -n kube-system -o wide", "kubectl describe node {node}"),
    ),
    Rule(
        "sandbox-network",
        "sandbox-failed",
        "cni",
        _SANDBOX + "; containerd internal/cri/server/sandbox_run.go: failed to setup network for sandbox",
        any=(
            said(
                r"failedtosetupnetworkforsandbox|NetworkPlugincnifailed|failedtosetupsandboxcontainer\S{0,200}network"
                r"|erroraddingpod\S{1,300}?toCNInetwork|plugintype=\S{1,160}?failed\(add\)"
            ),
        ),
        next=("kubectl get pods -n kube-system -o wide", "kubectl describe node {node}"),
    ),
    Rule(
        "sandbox-timeout",
        "sandbox-failed",
        "runtime",
        _SANDBOX,
        any=(
            event(
                "FailedCreatePodSandBox",
                "FailedPodSandBoxStatus",
                "FailedCreatePodSandbox",
                says=r"DeadlineExceeded|contextdeadlineexceeded",
            ),
        ),
        next=("kubectl describe node {node}",),
    ),
    Rule(
        "sandbox",
        "sandbox-failed",
        "runtime",
        _SANDBOX,
        any=(
            event("FailedCreatePodSandBox", "FailedCreatePodSandbox"),
            event("FailedSync", says=r"(?:Createpodsandbox|CreatePodSandbox|sandbox)"),
            said(r"[Ff]ailed(?:to)?create(?:pod)?sandbox"),
        ),
        next=("kubectl get pods -n kube-system -o wide", "kubectl describe node {node}"),
    ),
    # --- images ---------------------------------------------------------------------------------------
    Rule(
        "invalid-image-name",
        "invalid-image-name",
        "kubelet",
        "pkg/kubelet/images/image_manager.go EnsureImageExists: ErrInvalidImageName",
        any=(
            waiting("InvalidImageName"),
            event(*_PULL, says=r"InvalidImageName"),
            event(
                "InspectFailed",
                says=r"couldn'tparseimage(?:reference|name)\"?(?P<image>[^\":]*+)\"?:|invalidreferenceformat",
            ),
            said(r"invalidreferenceformat|Failedtoapplydefaultimagetag"),
        ),
        shows=(said(r"invalidreferenceformat"),),
        next=(YAML,),
    ),
    Rule(
        "image-never",
        "image-never",
        "kubelet",
        "pkg/kubelet/images/image_manager.go: ErrImageNeverPull",
        any=(
            waiting("ErrImageNeverPull"),
            event("ErrImageNeverPull", *_PULL, says=r"ErrImageNeverPull|isnotpresentwithpullpolicyofNever"),
        ),
        shows=(said(r"isnotpresentwithpullpolicyofNever"),),
        next=(YAML,),
    ),
    Rule(
        "image-platform",
        "image-platform",
        "registry",
        "containerd core/images/image.go, client/pull.go: no match for platform in manifest; docker pull_v2",
        any=(
            said(r"nomatchforplatforminmanifest"),
            said(r"nomatchingmanifestfor(?P<platform>[\w/]{1,100}?)inthe(?:manifestlist|imageindex)"),
            said(r"imageoperatingsystem\"?\w{1,80}\"?cannotbeusedonthisplatform"),
            said(
                r"doesnotmatchthespecifiedplatform|choosingimageinstance:noimagefoundinmanifestlist|noimagefoundinimageindexforarchitecture"
            ),
        ),
        next=("kubectl get node {node} -o jsonpath='{{.status.nodeInfo.architecture}}'", "crane manifest {image}"),
        room="image-index",
    ),
    Rule(
        "image-rate-limit",
        "image-rate-limit",
        "registry",
        _IMAGES + "; docs.docker.com/docker-hub/usage",
        any=(said(r"toomanyrequests|TooManyRequests|pullratelimit|429TooMany|RateLimitExceeded|ratelimitexceeded"),),
        next=(DESCRIBE, YAML),
    ),
    Rule(
        "pull-qps",
        "image-rate-limit",
        "kubelet",
        "pkg/kubelet/images/helpers.go throttledImageService: pull QPS exceeded",
        any=(said(r"pullQPSexceeded"),),
        next=("kubectl describe node {node}",),
    ),
    Rule(
        "registry-certificate",
        "registry-certificate",
        "registry",
        "Go crypto/x509, net/http; containerd core/remotes/docker",
        any=(
            said(r"x509:(?P<name>[^:\"]{5,80})"),
            said(r"servergaveHTTPresponsetoHTTPSclient"),
            said(
                r"tls:(?:failedtoverify|handshakefailure|badcertificate|internalerror|firstrecorddoesnotlook)|certificate(?:hasexpired|signedbyunknown|isvalidfor)"
            ),
        ),
        none=(fact("no-pull"), refused(_NO_API)),
        next=("kubectl describe node {node}", "openssl s_client -connect REGISTRY:443 -showcerts"),
    ),
    Rule(
        "image-signature",
        "image-signature",
        "runtime",
        "k8s.io/cri-api/pkg/errors ErrSignatureValidationFailed; pkg/kubelet/images/image_manager.go",
        any=(waiting("SignatureValidationFailed"), _pull(r"(?i:signaturevalidationfailed)|Sourceimagerejected")),
        next=("kubectl describe pod {pod}{ns}", "kubectl debug node/{node} -it --image=busybox"),
    ),
    Rule(
        "image-disk",
        "image-disk",
        "runtime",
        _IMAGES,
        any=(_pull(r"nospaceleftondevice"),),
        next=("kubectl describe node {node}",),
    ),
    Rule(
        "image-unreadable",
        "image-unreadable",
        "runtime",
        "containerd core/remotes/docker/schema1, core/diff/apply, core/unpack: failed to extract layer",
        any=(
            _pull(
                r"nolongersupportedsincecontainerd|manifest\.v1\+prettyjws|failedtoextractlayer|invalidtarheader"
                r"|unexpectedcommitdigest|failedsizevalidation"
            ),
        ),
        next=("crane manifest {image}", "kubectl describe node {node}"),
        room="image-index",
    ),
    Rule(
        "image-short-name",
        "image-short-name",
        "user",
        "containers/image pkg/shortnames/shortnames.go Resolve; containers-registries.conf(5): short-name-mode",
        any=(
            _pull(r"short-name\"(?P<image>[^\"]{1,300})\"didnotresolvetoanalias"),
            _pull(r"shortnamemodeisenforcing,butimagename(?P<image>\S{1,300}?)returnsambiguouslist"),
        ),
        next=(YAML,),
    ),
    Rule(
        "image-auth-secret",
        "image-auth",
        "user",
        "pkg/kubelet/kubelet_pods.go FailedToRetrieveImagePullSecret; " + _IMAGES,
        all=(event("FailedToRetrieveImagePullSecret", says=r"imagepullsecrets?\((?P<name>[^)]+)\)"),),
        any=(
            said(
                r"401Unauthorized|403Forbidden|unauthorized|authorizationfailed|insufficient_scope|[Pp]ullaccessdenied|denied:|nobasicauthcredentials|authenticationrequired"
            ),
        ),
        next=("kubectl get secret{ns}", YAML),
    ),
    Rule(
        "image-private-or-missing-official",
        "image-not-found",
        "registry",
        _IMAGES,
        any=(
            said(r"pullaccessdeniedfor(?P<image>[a-z0-9-]{1,120}),repositorydoesnotexist"),
            said(r"docker\.io/library/[^\"]+\":.*pullaccessdenied,repositorydoesnotexist"),
        ),
        none=(fact("pull-secret"),),
        sure="likely",
        next=(YAML,),
        candidates=("image-not-found", "image-auth"),
    ),
    Rule(
        "image-private-or-missing",
        "image-auth",
        "registry",
        _IMAGES,
        any=(said(r"pullaccessdenied.{0,160}repositorydoesnotexistormayrequire"),),
        sure="likely",
        next=(YAML, "kubectl get secret{ns}"),
        candidates=("image-auth", "image-not-found"),
    ),
    Rule(
        "image-auth",
        "image-auth",
        "registry",
        _IMAGES,
        any=(
            _pull(
                r"401Unauthorized|403Forbidden|unauthorized|insufficient_scope|authorizationfailed|[Pp]ullaccessdenied|denied:|nobasicauthcredentials|authenticationrequired|failedtoauthorize(?!.*(?:dialtcp|timeout|nosuchhost))|failedtofetchanonymoustoken.*40[13]|invalidusername/password|UNAUTHORIZED|DENIED|accessforbidden"
            ),
            _pulled(_UNAUTHORIZED),
        ),
        next=(YAML, "kubectl get secret{ns}"),
    ),
    Rule(
        "registry-unreachable",
        "registry-unreachable",
        "registry",
        "Go net, net/http; containerd core/remotes/docker",
        any=(
            _pull(rf"{_UNREACHED}|RegistryUnavailable"),
            event(*_PULL, says=r"RegistryUnavailable"),
            _pulled(_UNREACHED),
        ),
        shows=(said(r"lookup\S+|dialtcp"),),
        next=("kubectl describe node {node}", "kubectl debug node/{node} -it --image=busybox"),
    ),
    Rule(
        "image-not-found",
        "image-not-found",
        "registry",
        _IMAGES,
        any=(
            _pull(
                r"(?:notfound|NotFound|manifestunknown|MANIFEST_UNKNOWN|NAME_UNKNOWN|nameunknown|repositorydoesnotexist|doesnotexist|404|nosuchmanifest|notexist)"
            ),
            _pulled(_NO_IMAGE),
            said(r"manifestfor\S+notfound|manifestunknown"),
        ),
        next=("crane ls {image}", YAML),
        room="image-index",
    ),
    Rule(
        "pull-fails",
        "open",
        "registry",
        _IMAGES,
        any=(
            waiting("ErrImagePull", "ImagePullBackOff", "ImageInspectError", "RegistryUnavailable"),
            event(*_PULL, "BackOff", says=r"ErrImagePull|ImagePullBackOff|[Ff]ailedtopullimage|Back-offpullingimage"),
        ),
        sure="open",
        next=(DESCRIBE, EVENTS),
        candidates=(
            "image-not-found",
            "image-auth",
            "image-rate-limit",
            "image-platform",
            "registry-unreachable",
            "registry-certificate",
        ),
    ),
    # --- a container that cannot be made or started ---------------------------------------------------
    Rule(
        "config-key",
        "config-error",
        "user",
        "pkg/kubelet/kubelet_pods.go makeEnvironmentVariables: couldn't find key",
        any=(said(r"couldn'tfindkey(?P<name>\S{1,253}?)in(?:Secret|ConfigMap|secret|configmap)"),),
        next=(DESCRIBE, YAML),
    ),
    Rule(
        "config-nonroot",
        "config-error",
        "user",
        "pkg/kubelet/kuberuntime/security_context.go verifyRunAsNonRoot",
        any=(
            said(
                r"containerhasrunAsNonRootand|hasnon-numericuser|runAsUserbreaksnon-rootpolicy|cannotverifyuserisnon-root"
            ),
        ),
        next=(YAML,),
    ),
    Rule(
        "config-error",
        "config-error",
        "kubelet",
        _MANAGER + " ErrCreateContainerConfig",
        any=(
            waiting("CreateContainerConfigError"),
            event("Failed", says=r"CreateContainerConfigError"),
            event(
                "Failed",
                says=r"failedtopreparesubPath|failedtocreatesubPath|subPathmustbe|failedtogenerate(?:container)?spec|invalidenvironment|nocommandspecified|cannotfindvolume|NoCommandSpecified|Nocommandspecified",
            ),
        ),
        shows=(event("Failed"),),
        sure="likely",
        sure_if=(event("Failed", says=r"failedto|Error:(?!CreateContainerConfigError)"), said(r"subPath")),
        next=(DESCRIBE,),
    ),
    Rule(
        "exec-format",
        "exec-format",
        "runtime",
        "Linux execve(2) ENOEXEC; " + _START_SOURCE,
        any=(_starts(r"execformaterror"), log(r"execformaterror|cannotexecutebinaryfile:Execformat")),
        shows=(log(r"execformaterror"),),
        next=("kubectl get node {node} -o jsonpath='{{.status.nodeInfo.architecture}}'", "crane manifest {image}"),
        room="image-index",
    ),
    Rule(
        "mount-into-container",
        "mount-failed",
        "runtime",
        "runc libcontainer/rootfs_linux.go",
        any=(
            said(
                r"error(?:during)?mounting\"?[^\"]*\"?torootfs|notadirectory:(?:unknown|Areyoutryingtomountadirectory)|Areyoutryingtomountadirectoryontoafile|rootfs_linux\.go.*mounting"
            ),
        ),
        next=(DESCRIBE, YAML),
    ),
    Rule(
        "command-permission",
        "command-not-executable",
        "runtime",
        "Linux execve(2) EACCES; " + _START_SOURCE,
        any=(
            _starts(r"exec:?\\?\"(?P<name>[^\"\\]+)\\?\":(?:permissiondenied|isadirectory)"),
            _starts(
                r"(?:exec|starting?containerprocess|startcontainerprocess|unabletostartcontainer)"
                rf"{_TO_ITS_COMMAND}{{0,120}}?permissiondenied"
            ),
            # Of the shells only dash, which counts lines, says it otherwise of a file that cannot be written.
            log(r"^(?:/(?:usr/)?bin/)?(?:env:\S*|(?:sh|dash|exec):(?:\d+:)(?:exec:)?/[^:]*):Permissiondenied$"),
            log(r"exec\S{0,1000}:permissiondenied"),
        ),
        next=("kubectl debug {pod}{ns} -it --copy-to=look --container={container} -- sh", YAML),
    ),
    Rule(
        "command-missing",
        "command-not-found",
        "runtime",
        "Go os/exec LookPath, Linux execve(2) ENOENT; " + _START_SOURCE,
        any=(
            _starts(
                r"exec:?\\?\"(?P<name>[^\"\\]+)\\?\":(?:executablefilenotfoundin\$PATH|executablefilenotfound|stat\S+nosuchfile|nosuchfileordirectory)"
            ),
            _starts(r"executablefilenotfoundin\$PATH|executablefile\S*notfoundin\$PATH"),
            _starts(r"containerinit:exec/[^:\"]{1,200}:nosuchfileordirectory"),
            _starts(
                r"(?:starting?containerprocess|unabletostartcontainer|containerinit)"
                rf"{_TO_ITS_COMMAND}{{0,160}}?(?:nosuchfileordirectory|notfound)"
            ),
            log(r"^exec\S*:nosuchfileordirectory"),
        ),
        next=("kubectl debug {pod}{ns} -it --copy-to=look --container={container} -- sh", YAML),
    ),
    Rule(
        "create-timeout",
        "create-timeout",
        "runtime",
        _START_SOURCE + ": CreateContainerError",
        any=(
            event(*_START, says=r"Error:(?:contextdeadlineexceeded|rpcerror:code=DeadlineExceeded)"),
            event(
                *_START,
                says=r"(?:failedtoreservecontainername|isreservedfor|nameisalreadyinuse|containername\S{1,300}?isalreadyinuseby|contextdeadlineexceeded|DeadlineExceeded|operationtimeout)",
            ),
            said(
                r"failedtoreservecontainername|(?:CreateContainerError|createcontainer).{0,380}contextdeadlineexceeded"
            ),
        ),
        next=("kubectl describe node {node}",),
    ),
    Rule(
        "hook-fails",
        "hook-fails",
        "kubelet",
        "pkg/kubelet/kuberuntime/kuberuntime_container.go FailedPostStartHook, ErrPostStartHook",
        any=(
            waiting("PostStartHookError"),
            event("FailedPostStartHook"),
            event("Killing", says=r"FailedPostStartHook"),
        ),
        shows=(event("FailedPostStartHook"),),
        next=(PREVIOUS, YAML),
    ),
    # --- memory -----------------------------------------------------------------------------------
    Rule(
        "oom-pods",
        "oom-node",
        "kubelet",
        "pkg/kubelet/cm/node_container_manager_linux.go enforceNodeAllocatableCgroups; Linux mm/memcontrol.c "
        "mem_cgroup_print_oom_context, until 4.18 mem_cgroup_print_oom_info",
        any=(kernel(r"oom_memcg=/kubepods(?:\.slice)?,|asaresultoflimitof/kubepods(?:\.slice)?(?![\w./-])"),),
        next=("kubectl describe node {node}", "kubectl top pods -A --sort-by=memory"),
        room="oom-score",
        if_ready=True,
    ),
    Rule(
        "oom-system",
        "oom-node",
        "kubelet",
        "pkg/kubelet/oom/oom_watcher_linux.go SystemOOM; Linux mm/oom_kill.c",
        any=(
            event("SystemOOM", "OOMKilling"),
            kernel(r"Outofmemory:Kill(?:ed)?process(?P<name>\d*)|CONSTRAINT_NONE|SystemOOMencountered"),
        ),
        none=(
            kernel(r"[Mm]emorycgroupoutofmemory|CONSTRAINT_MEMCG|asaresultoflimitof/"),
            fact("limit-and-oomkilled"),
        ),
        shows=(ended("OOMKilled"),),
        sure="likely",
        sure_if=(ended("OOMKilled"),),
        next=("kubectl describe node {node}", "kubectl top pods -A --sort-by=memory"),
        room="oom-score",
        if_ready=True,
    ),
    Rule(
        "oom-unlimited",
        "oom-node",
        "kubelet",
        "pkg/kubelet/kuberuntime/kuberuntime_container_linux.go: no limit, no memory.max; Linux mm/oom_kill.c",
        all=(ended("OOMKilled"), fact("no-limit")),
        none=(kernel(r"[Mm]emorycgroupoutofmemory"),),
        sure="likely",
        next=("kubectl describe node {node}", "kubectl top pods -A --sort-by=memory"),
        room="oom-score",
        if_ready=True,
    ),
    Rule(
        "oom-limit",
        "oom-container-limit",
        "pod",
        "containerd TaskOOM event; pkg/kubelet/kuberuntime; Linux memory.max",
        any=(
            ended("OOMKilled"),
            column("OOMKilled", "Init:OOMKilled"),
            kernel(
                r"[Mm]emorycgroupoutofmemory:Kill(?:ed)?process(?P<name>\d*)|CONSTRAINT_MEMCG|"
                r"asaresultoflimitof/kubepods\S"
            ),
        ),
        none=(fact("recovered"),),
        shows=(fact("limit"), kernel(r"[Mm]emorycgroupoutofmemory")),
        sure="likely",
        sure_if=(fact("limit"), kernel(r"[Mm]emorycgroupoutofmemory")),
        next=("kubectl top pod {pod}{ns} --containers", YAML, PREVIOUS),
        room="oom-score",
        if_ready=True,
    ),
    # --- init containers ----------------------------------------------------------------------------
    Rule(
        "init-fails",
        "init-fails",
        "pod",
        _MANAGER + " computeInitContainerActions; printers.go Init:",
        any=(
            fact("init-failed"),
            column(
                "Init:Error",
                "Init:CrashLoopBackOff",
                "Init:ExitCode:*",
                "Init:Signal:*",
                "Init:StartError",
                "Init:RunContainerError",
                "Init:ContainerCannotRun",
            ),
        ),
        shows=(fact("init-exit"), event("BackOff"), fact("last-log")),
        next=("kubectl logs {pod}{ns} -c {container} --previous", DESCRIBE),
    ),
    Rule(
        "init-runs",
        "init-runs",
        "pod",
        _MANAGER + " computeInitContainerActions: the next is started when the one before has ended",
        all=(fact("init-running"),),
        none=(event("Unhealthy"),),
        shows=(fact("last-log"),),
        next=("kubectl logs {pod}{ns} -c {container} --tail=50", YAML),
    ),
    # --- probes that kill -----------------------------------------------------------------------------
    Rule(
        "startup-kills",
        "startup-fails",
        "kubelet",
        _PROBER,
        any=(
            event("Killing", says=r"failedstartupprobe"),
            said(r"Container\S{1,80}failedstartupprobe,willberestarted"),
        ),
        shows=(event("Unhealthy", says=r"Startupprobe(?:failed|errored)"), fact("startup")),
        next=(PREVIOUS, YAML),
    ),
    Rule(
        "liveness-kills",
        "liveness-kills",
        "kubelet",
        _PROBER,
        any=(
            event("Killing", says=r"failedlivenessprobe"),
            event("Unhealthy", "Killing", says=r"Container\S{1,80}failedlivenessprobe,willberestarted"),
            event("Killing", says=r"[Cc]ontainer\S{0,300}?(?:is)?unhealthy,itwillbekilled"),
            said(r"Container\S{1,80}failedlivenessprobe,willberestarted"),
        ),
        none=(fact("settled"),),
        shows=(
            event("Unhealthy", says=r"Livenessprobe(?:failed|errored)"),
            fact("liveness"),
            ended("exit:137", "exit:143"),
        ),
        next=(PREVIOUS, YAML),
        if_ready=True,
    ),
    Rule(
        "startup-failing",
        "startup-fails",
        "kubelet",
        _PROBER,
        any=(event("Unhealthy", says=r"Startupprobe(?:failed|errored)"),),
        sure="likely",
        sure_if=(fact("not-ready"),),
        next=(LOGS, YAML),
        act="probe",
    ),
    Rule(
        "liveness-failing",
        "liveness-kills",
        "kubelet",
        _PROBER,
        all=(event("Unhealthy", says=r"Livenessprobe(?:failed|errored)"),),
        any=(ended("exit:137", "exit:143"), fact("no-exit-known")),
        shows=(fact("liveness"), ended("exit:137", "exit:143")),
        sure="likely",
        next=(PREVIOUS, YAML),
        act="probe",
    ),
    # --- containers that end --------------------------------------------------------------------------
    Rule(
        "not-writable",
        "volume-not-writable",
        "pod",
        "Linux mkdir(2), open(2): EACCES, EROFS",
        any=(
            log(
                r"(?i:(?:mkdir|touch|chown|chmod|cp|mv|rm|tee|ln|tar):.{0,160}(?:permissiondenied|read-onlyfilesystem|operationnotpermitted))"
            ),
            log(
                r"(?i:(?:cannot|can't|couldnot|couldn't|unableto|failedto)(?:create|open|touch|write|remove|change|access|make|chown|set).{0,200}(?:permissiondenied|read-onlyfilesystem|operationnotpermitted))"
            ),
            log(
                r"(?i:(?:mkdir|mkdirat|open|openat|create|chmod|chown|lchown|rename|unlink|write|fopen)(?:\(\))?[\"'/:].{0,200}(?:permissiondenied|read-onlyfilesystem|operationnotpermitted))"
            ),
            log(r"(?:[Rr]ead-onlyfilesystem|EROFS)"),
            log(r"EACCES:permissiondenied,(?:open|mkdir|unlink|scandir|rename)"),
            log(
                r"(?:PermissionError|AccessDeniedException|FileNotFoundException:\S+\(Permissiondenied\)|isnotwritable|notwritable)"
            ),
        ),
        shows=(fact("crash"), fact("exit")),
        sure="likely",
        next=(YAML, "kubectl debug {pod}{ns} -it --copy-to=look --container={container} -- sh"),
    ),
    Rule(
        "exit-127",
        "command-not-found",
        "pod",
        "POSIX Shell Command Language 2.8.2: exit status 127",
        any=(
            ended("exit:127"),
            log(r"(?:sh|bash)(?::\d+|:line\d+)?:\S+:(?:commandnotfound|notfound)$"),
            log(r":commandnotfound$"),
            log(r"execuserprocesscaused\S*nosuchfileordirectory"),
        ),
        shows=(log(r"notfound|nosuchfile"),),
        sure="likely",
        sure_if=(log(r"notfound|nosuchfileordirectory"),),
        next=(PREVIOUS, YAML),
    ),
    Rule(
        "exit-126",
        "command-not-executable",
        "pod",
        "POSIX Shell Command Language 2.8.2: exit status 126",
        any=(ended("exit:126"),),
        shows=(log(r"[Pp]ermissiondenied|cannotexecute"),),
        sure="likely",
        next=(PREVIOUS, YAML),
    ),
    Rule(
        "shell-denied",
        "open",
        "pod",
        "GNU bash redir.c redirection_error and execute_cmd.c shell_execve; busybox shell/ash.c",
        any=(log(rf"^{_SHELL}(?:line\d+:)?(?!can(?:'t|not))\S*:Permissiondenied$"),),
        shows=(fact("crash"), fact("exit")),
        sure="open",
        next=(DESCRIBE, YAML),
        candidates=("command-not-executable", "volume-not-writable"),
    ),
    Rule(
        "start-error",
        "open",
        "runtime",
        _START_SOURCE,
        any=(
            waiting("RunContainerError", "CreateContainerError", "StartError", "ContainerCannotRun"),
            ended("StartError", "ContainerCannotRun"),
        ),
        none=(fact("start-said"),),
        sure="open",
        next=(DESCRIBE, EVENTS),
        candidates=("command-not-found", "command-not-executable", "exec-format", "create-timeout", "mount-failed"),
    ),
    Rule(
        "start-error-said",
        "config-error",
        "runtime",
        _START_SOURCE,
        any=(
            fact("start-said"),
            said(
                r"(?:OCIruntimecreatefailed|hcs::CreateComputeSystem)[^:]{0,100}:"
                r"|failedto\"StartContainer\"for\S{1,80}?with(?:RunContainerError|CreateContainerError|StartError):"
            ),
        ),
        sure="likely",
        next=(DESCRIBE, YAML),
    ),
    Rule(
        "exits-zero",
        "exits-zero",
        "pod",
        "pkg/kubelet/container/helpers.go ShouldContainerBeRestarted: Always",
        all=(fact("looping"), ended("exit:0")),
        shows=(fact("crash"), event("BackOff")),
        next=(YAML, PREVIOUS),
        if_ready=True,
    ),
    Rule(
        "exit-segfault",
        "app-exits",
        "pod",
        "Linux signal(7): 128 + SIGSEGV",
        any=(ended("exit:139"),),
        shows=(fact("crash"), event("BackOff"), fact("last-log")),
        next=(PREVIOUS,),
        if_ready=True,
    ),
    Rule(
        "unknown-status",
        "open",
        "kubelet",
        "pkg/kubelet/kubelet_pods.go ContainerStatusUnknown",
        any=(column("ContainerStatusUnknown"), ended("ContainerStatusUnknown")),
        sure="open",
        next=(YAML, NODES),
        candidates=("evicted", "node-lost"),
    ),
    Rule(
        "exit-killed",
        "open",
        "kubelet",
        "Linux signal(7): 128 + SIGKILL, 128 + SIGTERM; pkg/kubelet/kuberuntime killContainer",
        all=(ended("exit:137", "exit:143"), fact("trouble")),
        none=(fact("last-log-fatal"), ended("ContainerStatusUnknown")),
        sure="open",
        next=(EVENTS, PREVIOUS, "kubectl describe node {node}"),
        candidates=("oom-node", "liveness-kills", "startup-fails", "app-exits"),
        if_ready=True,
    ),
    Rule(
        "app-exits",
        "app-exits",
        "pod",
        "pkg/kubelet/kuberuntime/kuberuntime_manager.go doBackOff: CrashLoopBackOff",
        all=(fact("trouble"), fact("exit")),
        shows=(fact("crash"), fact("last-log"), event("BackOff")),
        next=(PREVIOUS, YAML),
        if_ready=True,
    ),
    Rule(
        "app-exits-log",
        "app-exits",
        "pod",
        "pkg/kubelet/kuberuntime/kuberuntime_manager.go doBackOff: CrashLoopBackOff",
        all=(fact("crash"), fact("complains")),
        sure="likely",
        next=(DESCRIBE,),
    ),
    Rule(
        "sandbox-changes",
        "sandbox-failed",
        "runtime",
        "pkg/kubelet/kuberuntime/util PodSandboxChanged; kuberuntime_manager.go SyncPod: SandboxChanged",
        all=(fact("sandbox-changes"),),
        sure="likely",
        next=("kubectl describe node {node}", "journalctl -u containerd -n 50 --no-pager", EVENTS),
    ),
    Rule(
        "crash-loop",
        "open",
        "pod",
        "pkg/kubelet/kuberuntime/kuberuntime_manager.go doBackOff: CrashLoopBackOff",
        any=(
            fact("crash"),
            event("BackOff", says=r"restartingfailedcontainer"),
            said(r"[Bb]ack-off\S{0,12}restartingfailedcontainer"),
            column("Error", "ExitCode:*", "Signal:*"),
        ),
        sure="open",
        next=(PREVIOUS, DESCRIBE),
        candidates=(
            "app-exits",
            "exits-zero",
            "oom-container-limit",
            "liveness-kills",
            "command-not-found",
            "exec-format",
        ),
    ),
    Rule(
        "container-listed",
        "open",
        "pod",
        "kubernetes-sigs/cri-tools cmd/crictl/container.go: STATE Exited, ATTEMPT",
        all=(fact("listed-ended"),),
        sure="open",
        next=(
            "crictl logs --tail=50 $(crictl ps -q -l --name '^{container}$')",
            "crictl inspect $(crictl ps -q -l --name '^{container}$')",
            DESCRIBE,
        ),
        candidates=("app-exits", "exits-zero", "oom-container-limit", "liveness-kills", "completed"),
    ),
    # --- running, but not ready -------------------------------------------------------------------------
    Rule(
        "readiness-gate",
        "readiness-fails",
        "controller",
        "pkg/kubelet/status/generate.go GeneratePodReadyCondition: ReadinessGatesNotReady",
        any=(condition("Ready", "False", "ReadinessGatesNotReady"), fact("gate-open")),
        none=(fact("container-unready"),),
        next=(YAML,),
        if_ready=True,
    ),
    Rule(
        "readiness",
        "readiness-fails",
        "kubelet",
        _PROBER,
        any=(
            event("Unhealthy", says=r"Readinessprobe(?:failed|errored)"),
            event("ProbeWarning", says=r"Readinessprobe"),
            event("ProbeError", says=r"Readinessprobe"),
            said(r"\"Probefailed\"probeType=\"Readiness\""),
        ),
        none=(fact("told-to-stop"),),
        shows=(fact("readiness"), fact("not-ready")),
        sure_if=(fact("not-ready"),),
        next=(LOGS, YAML),
        act="probe",
    ),
    Rule(
        "unready-running",
        "readiness-fails",
        "kubelet",
        "pkg/kubelet/prober/prober_manager.go UpdatePodStatus: a running container without probes is ready",
        all=(fact("running-unready"),),
        none=(fact("restarted"),),
        shows=(fact("readiness"), fact("startup")),
        sure="likely",
        next=(DESCRIBE, LOGS),
        act="probe",
    ),
    # --- no Pod at all ----------------------------------------------------------------------------------
    Rule(
        "store-full",
        "not-admitted",
        "etcd",
        "etcd api/v3rpc/rpctypes/error.go ErrNoSpace; server/storage/quota.go",
        any=(refused(r"mvcc:databasespaceexceeded"), log(r"etcdserver:mvcc:databasespaceexceeded")),
        next=("etcdctl alarm list", "etcdctl endpoint status --cluster -w table"),
        if_ready=True,
        act="store",
    ),
    Rule(
        "store-too-large",
        "not-admitted",
        "etcd",
        "etcd api/v3rpc/rpctypes/error.go ErrRequestTooLarge; server/embed/config.go DefaultMaxRequestBytes",
        any=(refused(r"etcdserver:requestistoolarge"),),
        next=("kubectl create -f FILE -o json --dry-run=client",),
        if_ready=True,
        act="user",
    ),
    Rule(
        "no-store",
        "not-admitted",
        "api",
        "etcd api/v3rpc/rpctypes/error.go; k8s.io/apiserver/pkg/storage/etcd3",
        any=(
            refused(
                r"etcdserver:|Errorfromserver:?.{0,80}rpcerror:code=(?:DeadlineExceeded|Unavailable)"
                r"|requestdidnotcompletewithinrequestedtimeout"
            ),
        ),
        next=("kubectl get --raw='/readyz?verbose'",),
        if_ready=True,
    ),
    Rule(
        "no-api",
        "api-unreachable",
        "user",
        "kubectl pkg/cmd/util/helpers.go StandardErrorMessage",
        any=(refused(_NO_API),),
        none=(fact("pod-told-of"),),
        next=("kubectl config view --minify", "kubectl cluster-info"),
        act="kubectl",
    ),
    Rule(
        "no-login",
        "api-unreachable",
        "user",
        "kubectl pkg/cmd/util/helpers.go StandardErrorMessage: StatusReasonUnauthorized",
        any=(refused(r"Youmustbeloggedintotheserver"),),
        none=(fact("pod-told-of"),),
        next=("kubectl config view --minify", "kubectl auth whoami"),
        act="kubectl",
    ),
    Rule(
        "eviction-budget",
        "eviction-refused",
        "api",
        "pkg/registry/core/pod/storage/eviction.go createTooManyRequestsError; kubectl pkg/drain/drain.go",
        any=(
            said(
                r"(?:pods?/?\"(?P<pod>[a-z0-9.-]{1,253})\".{0,200}?)?"
                r"Cannotevictpodasitwouldviolatethepod'sdisruptionbudget"
            ),
            said(
                r"Thedisruptionbudget(?P<name>[a-z0-9.-]{1,253}?)(?:needs\d+healthy|doesnotallowevicting|isstillbeingprocessed)"
                r"|ThispodhasmorethanonePodDisruptionBudget"
            ),
        ),
        none=(said(r"node/\S{1,253}?drained"),),
        next=("kubectl get poddisruptionbudgets -A", "kubectl get pods{ns} -o wide"),
        act="budget",
        if_ready=True,
    ),
    Rule(
        "drain-refused",
        "eviction-refused",
        "user",
        "kubectl pkg/drain/filters.go",
        any=(
            said(
                r"cannotdelete(?:DaemonSet-managed[Pp]ods|[Pp]ods(?:withlocalstorage|that?declarenocontroller|declarenocontroller"
                r"|notmanagedby))"
            ),
        ),
        next=("kubectl get pods -A -o wide --field-selector spec.nodeName={node}",),
        act="drain",
        if_ready=True,
    ),
    Rule(
        "name-taken",
        "name-taken",
        "controller",
        "k8s.io/apiserver/pkg/registry/rest/create.go CheckGeneratedNameError; older versions: The POST operation"
        " against Pod could not be completed",
        any=(
            refused(r"createPod(?P<pod>[a-z0-9.-]{1,253}?)inStatefulSet\S{1,300}?(?:ThePOSToperation|alreadyexists)"),
            refused(r"ThePOSToperationagainstPodcouldnotbecompleted"),
            refused(r"pods\"(?P<pod>[a-z0-9.-]{1,253})\"alreadyexists"),
        ),
        next=("kubectl get pod {pod}{ns} -o wide", YAML),
        if_ready=True,
    ),
    Rule(
        "no-quota",
        "not-admitted",
        "controller",
        "apiserver plugin/pkg/admission/resourcequota: exceeded quota",
        any=(refused(r"exceededquota:(?P<name>[\w.-]+)"), refused(r"[Ff]ailedquota:(?P<name>[\w.-]+)")),
        next=("kubectl describe quota{ns}",),
        if_ready=True,
    ),
    Rule(
        "no-pod-security",
        "not-admitted",
        "api",
        "k8s.io/pod-security-admission/admission/admission.go: violates PodSecurity",
        any=(refused(r"violatesPodSecurity\"(?P<name>[^\"]+)\""),),
        next=("kubectl get namespace{ns_name} --show-labels",),
        if_ready=True,
    ),
    Rule(
        "no-scc",
        "not-admitted",
        "api",
        "openshift/apiserver-library-go pkg/securitycontextconstraints/sccadmission/admission.go",
        any=(refused(r"unabletovalidateagainstanysecuritycontextconstraint"),),
        next=("kubectl get securitycontextconstraints", "kubectl get serviceaccounts{ns}"),
        if_ready=True,
    ),
    Rule(
        "no-webhook-answer",
        "not-admitted",
        "webhook",
        "k8s.io/apiserver/pkg/admission/plugin/webhook: failed calling webhook",
        any=(refused(r"failedcallingwebhook\"(?P<name>[^\"]+)\""),),
        next=("kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations",),
        if_ready=True,
    ),
    Rule(
        "no-webhook",
        "not-admitted",
        "webhook",
        "k8s.io/apiserver/pkg/admission/plugin/webhook/errors: denied the request",
        any=(refused(r"admissionwebhook\"(?P<name>[^\"]+)\"denied"),),
        next=("kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations",),
        if_ready=True,
    ),
    Rule(
        "no-service-account",
        "not-admitted",
        "api",
        "plugin/pkg/admission/serviceaccount/admission.go: error looking up service account",
        any=(
            refused(
                r"errorlookingupserviceaccount(?P<name>[\w./-]{1,510}?):|serviceaccount\"(?P<account>[^\"]+)\"notfound"
            ),
        ),
        next=("kubectl get serviceaccounts{ns}",),
        if_ready=True,
    ),
    Rule(
        "no-limits",
        "not-admitted",
        "api",
        "plugin/pkg/admission/limitranger/admission.go",
        any=(
            refused(
                r"(?P<name>(?:maximum|minimum)\w{1,80}usageper\w+)|maximumallowed\w*|mustspecify(?:limits|requests)"
            ),
        ),
        next=("kubectl describe limitrange{ns}",),
        if_ready=True,
    ),
    Rule(
        "no-kind",
        "not-admitted",
        "user",
        "apimachinery pkg/api/meta/errors.go NoKindMatchError; kubectl: resource mapping not found",
        any=(refused(r"nomatchesforkind\"(?P<name>[^\"]{1,200})\"inversion\"[^\"]{1,200}\""),),
        next=("kubectl api-resources", "kubectl get customresourcedefinitions"),
        if_ready=True,
        act="kind",
    ),
    Rule(
        "no-valid",
        "not-admitted",
        "api",
        "pkg/apis/core/validation/validation.go; apimachinery api/errors NewInvalid, BadRequest",
        any=(
            refused(
                r"isinvalid:|Invalidvalue|unknownfield|ValidationError|strictdecodingerror|Unsupportedvalue|Requiredvalue|(?:BadRequest)"
            ),
        ),
        next=("kubectl explain pod.spec",),
        if_ready=True,
    ),
    Rule(
        "exec-refused",
        "open",
        "user",
        "containerd internal/cri/server/container_exec.go, container_execsync.go; kubectl pkg/cmd/exec",
        any=(
            refused(rf"(?:{_EXECUTED}).{{0,300}}?exec:?\W*\"(?P<name>[^\"]+)\":"),
            said(rf"^(?:{_EXECUTED}).{{0,300}}?exec:?\W*\"(?P<name>[^\"]+)\":"),
        ),
        none=(fact("pod-told-of"),),
        sure="open",
        next=("kubectl debug {pod}{ns} -it --image=busybox --target={container}", "kubectl get pods{ns}"),
        candidates=("healthy", "readiness-fails"),
    ),
    Rule(
        "not-allowed",
        "not-allowed",
        "api",
        "k8s.io/apiserver/pkg/endpoints/handlers/responsewriters/errors.go Forbidden, forbiddenMessage",
        any=(refused(_ASKED),),
        none=(fact("pod-told-of"),),
        next=("kubectl auth whoami", "kubectl auth can-i --list{ns}"),
        act="rights",
        if_ready=True,
    ),
    Rule(
        "no-right",
        "not-admitted",
        "api",
        "k8s.io/apiserver/pkg/authorization; admission plugins: Forbidden",
        any=(
            refused(
                rf"^(?!.*(?:{_ASKED})).*?(?:isforbidden|Forbidden|denied|cannotcreateresource|nopriorityclasswithname|SecurityContextConstraint|unabletovalidateagainstany|Internalerroroccurred)"
            ),
            event("FailedCreate", says=r"Errorcreating:|(?:error|Error)"),
        ),
        next=("kubectl get events{ns} --field-selector reason=FailedCreate",),
        if_ready=True,
    ),
    Rule(
        "deployment-paused",
        "paused",
        "user",
        "pkg/controller/deployment/deployment_controller.go syncDeployment: Paused",
        any=(fact("paused"),),
        next=("kubectl rollout resume deployment NAME{ns}",),
        if_ready=True,
    ),
    Rule(
        "controller-silent",
        "no-controller",
        "controller",
        "pkg/controller/deployment/sync.go calculateStatus: observedGeneration",
        all=(fact("unobserved"), fact("owner-old")),
        sure="likely",
        next=("kubectl get pods -n kube-system -l component=kube-controller-manager",),
        if_ready=True,
    ),
    # --- all well, but --------------------------------------------------------------------------------------
    Rule(
        "resize-waits",
        "resize-waits",
        "kubelet",
        "pkg/kubelet/allocation/allocation_manager.go, events/resize.go (in place, on by default since 1.33)",
        any=(
            event("ResizeInfeasible", "ResizeDeferred", "ResizeError"),
            condition("PodResizePending", "True"),
            condition("PodResizeInProgress", "True", "Error"),
        ),
        next=("kubectl describe node {node}", YAML),
        if_ready=True,
    ),
    Rule(
        "no-load-balancer",
        "no-load-balancer",
        "controller",
        "k8s.io/cloud-provider/controllers/service/controller.go: SyncLoadBalancerFailed",
        any=(event("SyncLoadBalancerFailed", "CreatingLoadBalancerFailed"),),
        next=("kubectl describe service {owner}{ns}", "kubectl get services{ns} -o wide"),
        if_ready=True,
    ),
    Rule(
        "load-balancer-pending",
        "no-load-balancer",
        "controller",
        "pkg/printers/internalversion/printers.go getServiceExternalIP: <pending>;"
        " k8s.io/cloud-provider/controllers/service",
        all=(fact("no-one-pod"), fact("address-pending")),
        sure="likely",
        next=("kubectl describe service {owner}{ns}", "kubectl get pods -A -o wide"),
        act="balancer",
    ),
    Rule(
        "no-scale-target",
        "no-scale-target",
        "user",
        "pkg/controller/podautoscaler/horizontal.go reconcileAutoscaler: FailedGetScale",
        any=(event("FailedGetScale"),),
        next=("kubectl describe hpa {owner}{ns}", "kubectl get deployments,statefulsets{ns}"),
        if_ready=True,
        act="target",
    ),
    Rule(
        "no-metrics",
        "no-metrics",
        "controller",
        "pkg/controller/podautoscaler/horizontal.go computeReplicasForMetrics, replica_calculator.go",
        any=(
            event(
                "FailedGetResourceMetric",
                "FailedGetContainerResourceMetric",
                "FailedGetPodsMetric",
                "FailedGetObjectMetric",
                "FailedGetExternalMetric",
                "FailedComputeMetricsReplicas",
            ),
            refused(r"MetricsAPInotavailable|metricsnotavailableyet"),
            fact("metrics-unknown"),
        ),
        sure="likely",  # of Pods that have just been made there are no metrics yet
        sure_if=(
            event(
                "FailedGetResourceMetric",
                "FailedGetContainerResourceMetric",
                "FailedComputeMetricsReplicas",
                says=r"missingrequestfor",
            ),
        ),
        next=("kubectl top pods{ns}", "kubectl get apiservices v1beta1.metrics.k8s.io", "kubectl describe hpa{ns}"),
        act="metrics",
        if_ready=True,
    ),
    Rule(
        "no-backend",
        "no-endpoint",
        "user",
        "kubectl pkg/describe/describe.go describeBackendV1",
        any=(fact("no-backend"),),
        next=("kubectl get services,endpointslices{ns}", "kubectl describe ingress {owner}{ns}"),
        if_ready=True,
    ),
    Rule(
        "no-endpoint",
        "no-endpoint",
        "controller",
        "pkg/controller/endpointslice; staging/src/k8s.io/endpointslice/reconciler.go",
        all=(fact("empty-endpoints"), fact("ready")),
        shows=(fact("selector"),),
        next=("kubectl get endpointslices{ns}", "kubectl get pods{ns} --show-labels"),
        if_ready=True,
    ),
    Rule(
        "no-endpoint-alone",
        "no-endpoint",
        "controller",
        "pkg/controller/endpointslice; staging/src/k8s.io/endpointslice/reconciler.go",
        all=(fact("empty-endpoints"),),
        shows=(fact("selector"),),
        sure="likely",
        next=("kubectl get pods{ns} --show-labels -o wide",),
        if_ready=True,
    ),
    Rule(
        "healthy",
        "healthy",
        "pod",
        "pkg/printers/internalversion/printers.go; pkg/kubelet/status/generate.go",
        all=(fact("ready"),),
        if_ready=True,
    ),
    Rule(
        "stopped",
        "stopped",
        "user",
        "pkg/kubelet/kuberuntime/kuberuntime_container.go killContainer: Stopping container",
        any=(event("Killing", says=r"Stoppingcontainer"),),
        none=(fact("known-now"),),
        sure="likely",
        next=("kubectl get pods{ns}", EVENTS),
    ),
    # --- what cannot be told ----------------------------------------------------------------------------------
    Rule(
        "exec-ended",
        "open",
        "user",
        "kubectl pkg/cmd/util/helpers.go: command terminated with exit code",
        any=tuple(where(r"commandterminatedwithexitcode(?P<exit>\d{1,3})") for where in (said, log)),
        none=(fact("pod-told-of"),),
        sure="open",
        next=("kubectl get pods{ns} -o wide", "kubectl get services,endpointslices{ns}"),
        candidates=("healthy", "no-endpoint", "readiness-fails"),
    ),
    Rule(
        "forward-refused",
        "open",
        "pod",
        "containerd internal/cri/server/sandbox_portforward_linux.go; kubectl pkg/cmd/portforward",
        any=tuple(where(r"errorforwardingport(?P<name>\d{1,5})topod.*?connectionrefused") for where in (said, log)),
        sure="open",
        next=("kubectl get pods{ns} -o wide", "kubectl logs {pod}{ns} --tail=50"),
        candidates=("healthy", "readiness-fails"),
    ),
    Rule(
        "warned-only",
        "open",
        "api",
        "k8s.io/pod-security-admission/admission/admission.go EvaluatePod: warn",
        any=(said(r"Warning:wouldviolatePodSecurity\"(?P<name>[^\"]+)\""),),
        none=(fact("pod-told-of"), fact("others-read")),
        sure="open",
        next=("kubectl get pods{ns}", "kubectl get events{ns} --field-selector reason=FailedCreate"),
        candidates=("not-admitted", "healthy"),
    ),
    Rule(
        "terminating-open",
        "open",
        "kubelet",
        "pkg/kubelet/kubelet.go SyncTerminatingPod",
        all=(fact("deleting"),),
        sure="open",
        next=(YAML, NODES),
        candidates=("terminating-finalizer", "terminating-node-gone"),
        if_ready=True,
    ),
    Rule(
        "pending-open",
        "open",
        "scheduler",
        _SCHEDULER,
        all=(fact("pending"), fact("not-assigned")),
        sure="open",
        next=(DESCRIBE, EVENTS),
        candidates=("unschedulable", "no-scheduler", "gated", "volume-unbound"),
    ),
    Rule(
        "pulling",
        "image-pulling",
        "runtime",
        "pkg/kubelet/images/image_manager.go EnsureImageExists: Pulling, until Pulled or Failed",
        all=(event("Pulling", says=r"[Pp]ullingimage\"(?P<image>[^\"]{1,300})\""),),
        none=(fact("ready"), fact("crash"), fact("finished"), fact("deleting")),
        next=("kubectl get events{ns} --field-selector involvedObject.name={pod}", "kubectl describe node {node}"),
    ),
    Rule(
        "creating-open",
        "open",
        "kubelet",
        _SANDBOX,
        any=(
            column("ContainerCreating", "PodInitializing", "Init:*"),
            waiting("ContainerCreating", "PodInitializing"),
            fact("assigned-pending"),
        ),
        sure="open",
        next=(DESCRIBE, EVENTS, NODES),
        candidates=("mount-failed", "sandbox-failed", "secret-missing", "configmap-missing", "node-lost"),
    ),
    Rule(
        "restarts-open",
        "open",
        "pod",
        "pkg/printers/internalversion/printers.go printPod",
        all=(fact("restarted-unready"),),
        sure="open",
        next=(PREVIOUS, DESCRIBE),
        candidates=("liveness-kills", "app-exits", "oom-container-limit", "readiness-fails"),
    ),
    Rule(
        "job-failed",
        "open",
        "pod",
        "k8s.io/api/batch/v1/types.go JobReason…; pkg/controller/job/job_controller.go",
        any=(
            event("BackoffLimitExceeded", "FailedIndexes", "MaxFailedIndexesExceeded", "PodFailurePolicy"),
            said(r"Jobhasreachedthespecifiedbackofflimit|jobfailed:BackoffLimitExceeded"),
        ),
        sure="open",
        next=("kubectl get pods{ns} -l job-name={owner}", "kubectl logs job/{owner}{ns} --tail=50"),
        candidates=("app-exits", "oom-container-limit", "evicted", "image-not-found"),
    ),
    Rule(
        "rollout-stuck",
        "open",
        "controller",
        "pkg/controller/deployment/progress.go; kubectl pkg/polymorphichelpers/rollout_status.go",
        any=(
            refused(r"deployment\"(?P<owner>[^\"]{1,253})\"exceededitsprogressdeadline"),
            log(r"deployment\"(?P<owner>[^\"]{1,253})\"exceededitsprogressdeadline"),
            event("ProgressDeadlineExceeded"),
        ),
        sure="open",
        next=("kubectl get pods{ns}", "kubectl describe deployment {owner}{ns}", "kubectl get events{ns}"),
        candidates=("image-not-found", "app-exits", "readiness-fails", "unschedulable", "not-admitted"),
    ),
    Rule(
        "wait-timed-out",
        "open",
        "controller",
        "helm.sh/helm pkg/kube wait; kubectl pkg/cmd/wait: timed out waiting for the condition",
        any=(
            refused(r"timedoutwaitingforthecondition|(?:INSTALLATION|UPGRADE)FAILED:contextdeadlineexceeded"),
            log(r"tooklongerthan\d{1,9}secondstobecomeavailable"),
        ),
        sure="open",
        next=("kubectl get pods{ns}", "kubectl get events{ns} --sort-by=.lastTimestamp"),
        candidates=("image-not-found", "app-exits", "readiness-fails", "unschedulable", "not-admitted"),
    ),
    Rule(
        "pod-not-found",
        "open",
        "api",
        "apimachinery api/errors NewNotFound",
        any=(refused(r"pods\"(?P<pod>[a-z0-9.-]{1,253})\"notfound"),),
        none=(fact("pod-told-of"),),
        sure="open",
        next=("kubectl get pods -A --field-selector metadata.name={pod}", "kubectl get pods{ns}"),
        candidates=("evicted", "preempted", "not-admitted"),
    ),
    Rule(
        "nothing-found",
        "open",
        "api",
        "kubectl pkg/cmd/get/get.go: No resources found",
        any=(refused(r"^Noresourcesfound(?:in(?P<name>\S{1,63}?)namespace)?\.?$"),),
        none=(fact("pod-told-of"), fact("others-read")),
        sure="open",
        next=("kubectl get pods -A", "kubectl get deployments,statefulsets,jobs -A", "kubectl get events -A"),
        candidates=("not-admitted", "no-controller"),
    ),
    Rule(
        "cron-job-waits",
        "open",
        "controller",
        "pkg/controller/cronjob/cronjob_controllerv2.go syncCronJob; up to 1.20 cronjob_controller.go FailedNeedsStart",
        any=(
            event(
                "FailedNeedsStart",
                "TooManyMissedTimes",
                "MissSchedule",
                "JobAlreadyActive",
                "UnparseableSchedule",
                "UnParseableCronJobSchedule",
                "InvalidSchedule",
                "UnknownTimeZone",
            ),
        ),
        sure="open",
        next=("kubectl describe cronjob {owner}{ns}", "kubectl get jobs,pods{ns}"),
        candidates=("not-admitted", "no-controller"),
    ),
    Rule(
        "log-alone",
        "open",
        "pod",
        "kubectl pkg/cmd/logs: a log has no exit code and no reason",
        all=(fact("complains"),),
        none=(fact("known-now"),),
        sure="open",
        next=("kubectl get pods{ns}", DESCRIBE),
        candidates=("app-exits", "readiness-fails", "liveness-kills", "healthy"),
    ),
    Rule(
        "no-pods-made",
        "open",
        "controller",
        "pkg/controller/replicaset/replica_set.go manageReplicas: FailedCreate",
        all=(fact("no-pod"), fact("replicas-missing")),
        sure="open",
        next=("kubectl describe replicaset {owner}{ns}", "kubectl get events{ns} --field-selector reason=FailedCreate"),
        candidates=("not-admitted", "no-controller"),
    ),
    Rule(
        "no-pod-told-of",
        "open",
        "user",
        "kubectl pkg/describe/describe.go: what is described names no Pod's trouble",
        all=(fact("no-pod"), fact("others-read")),
        sure="open",
        next=("kubectl get pods -A -o wide", "kubectl get events -A --sort-by=.lastTimestamp"),
        candidates=("unschedulable", "image-not-found", "app-exits", "readiness-fails"),
    ),
)

OPEN = Rule(
    "open",
    "open",
    "user",
    "no line of the paste tells more",
    sure="open",
    next=(DESCRIBE, YAML, EVENTS),
    candidates=("unschedulable", "image-not-found", "app-exits", "readiness-fails"),
)
