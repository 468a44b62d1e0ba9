"""When a kubelet tries again: the delays of crashed containers and of failed image pulls, and how it prints them."""

from collections.abc import Iterator

# kubernetes v1.37 pkg/kubelet/kubelet.go: initialCrashLoopBackOff, MaxCrashLoopBackOff; image pulls have the same
FIRST_DELAY_S, LONGEST_DELAY_S = 10, 300
SEEN_AFTER_S = 1.2  # from the end of a container to the last sync that finds it ended and does not start it again
RESYNC_S = 60  # pkg/kubelet/apis/config/v1beta1/defaults.go syncFrequency: no back-off is waited for in one go
JITTER = 1.2  # pkg/kubelet/pod_workers.go workerBackOffPeriodJitterFactor: up to half as much again
AFTER_ERROR_S = 12  # pkg/kubelet/kubelet.go backOffPeriod: 10 s, with that jitter


def restart_delay_s(restarts: int) -> int:
    """How long the kubelet waits after a crash that so many restarts preceded; the first is immediate."""
    return 0 if restarts == 0 else min(FIRST_DELAY_S * 2 ** (restarts - 1), LONGEST_DELAY_S)


def syncs_s(delay_s: float) -> Iterator[float]:
    """The seconds from one sync to the next while a container waits out its delay; the last one starts it.

    kubernetes v1.37 pkg/kubelet/pod_workers.go completeWork: the end of the delay, but at least every minute,
    both with jitter. Each of them but the last finds the delay not over and says so in an event.
    """
    left = delay_s - SEEN_AFTER_S
    while left > 0:
        wait = min(left, RESYNC_S) * JITTER
        yield wait
        left -= wait


def in_go(seconds: int) -> str:
    """A duration as Go prints it (time.Duration): 10s, 1m20s, 5m0s."""
    return f"{seconds // 60}m{seconds % 60}s" if seconds >= 60 else f"{seconds}s"


def waiting_message(restarts: int, container: str, pod: str, uid: str) -> str:
    """What a container in CrashLoopBackOff waits for (kuberuntime_manager.go doBackOff)."""
    delay = in_go(restart_delay_s(restarts))
    return f"back-off {delay} restarting failed container={container} pod={pod}_default({uid})"
