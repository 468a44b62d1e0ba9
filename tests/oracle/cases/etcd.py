"""Three real members: a leader killed, quorum lost, a slow disk, no space, a learner, a corrupt store.

What a client is answered and logs, what members log, and what their metrics say then.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.oracle.cases import book
from tests.oracle.plane import enter, wait_for
from tests.oracle.record import BUILT
from tests.oracle.wire import Wire

PART, VERSION = "faults", "3.7.1"
ETCD = str(BUILT / "bin" / "etcd-3.7")
SLOW_DISK = str(BUILT / "bin" / "slowdisk")
METRICS = (
    "etcd_server_has_leader",
    "etcd_server_is_leader",
    "etcd_server_is_learner",
    "etcd_server_leader_changes_seen_total",
    "etcd_server_proposals_pending",
    "etcd_server_proposals_failed_total",
    "etcd_server_slow_apply_total",
    "etcd_server_slow_read_indexes_total",
    "etcd_server_read_indexes_failed_total",
    "etcd_server_heartbeat_send_failures_total",
    "etcd_server_health_failures",
    "etcd_server_quota_backend_bytes",
    "etcd_disk_wal_fsync_duration_seconds_count",
    "etcd_network_peer_sent_failures_total",
)
_SAID = ("lost leader", "elected leader", "became", "leader changed", "is starting a new election", "stepped down")


class Cluster:
    """Members `etcd-1`, `etcd-2`, … in a folder; each listens on a port of its own."""

    def __init__(self, folder: Path, *more: str) -> None:
        self.folder = folder
        self.more = more
        self.running: dict[int, subprocess.Popen[bytes]] = {}
        self.commands: list[dict[str, Any]] = []
        self.marks: dict[int, int] = {}
        # Members reach each other over wires, and a client can take one too.
        self.wires = {number: Wire(number * 10000 + 2381, number * 10000 + 2380) for number in (1, 2, 3)}
        for number in (1, 2, 3):
            self.start(number)
        wait_for("a leader", lambda: self.leader, 60)
        self.ctl(1, "put", "color", "green", record=False)
        self.ctl(1, "put", "color", "blue", record=False)

    def start(self, number: int, *, state: str = "new", members: tuple[int, ...] = (1, 2, 3), wal: str = "") -> None:
        peers = ",".join(f"etcd-{i}={self.peer(i)}" for i in members)
        log = (self.folder / f"etcd-{number}.log").open("ab")
        command = [
            *(ETCD, "etcd", f"--name=etcd-{number}", f"--data-dir={self.folder / f'etcd-{number}'}"),
            *(
                f"--listen-client-urls=http://127.0.0.1:{number}2379",
                f"--advertise-client-urls=http://127.0.0.1:{number}2379",
            ),
            *(
                f"--listen-peer-urls=http://127.0.0.1:{number}2380",
                f"--initial-advertise-peer-urls={self.peer(number)}",
            ),
            *(
                f"--initial-cluster={peers}",
                f"--initial-cluster-state={state}",
                *([f"--wal-dir={wal}"] if wal else ()),
                *self.more,
            ),
        ]
        self.running[number] = subprocess.Popen(command, stdout=log, stderr=log)

    def peer(self, number: int) -> str:
        """Where the others reach a member: those that there are from the beginning over its wire."""
        return f"http://127.0.0.1:{number}{2381 if number in self.wires else 2380}"

    def kill(self, number: int) -> None:
        program = self.running.pop(number)
        program.kill()
        program.wait()

    def signal(self, number: int, what: signal.Signals) -> None:
        self.running[number].send_signal(what)

    def close(self) -> None:
        for program in self.running.values():
            program.send_signal(signal.SIGCONT)
            program.kill()
            program.wait()
        for wire in self.wires.values():
            wire.close()

    def arguments(self, port: int, *arguments: str) -> list[str]:
        return [ETCD, "etcdctl", f"--endpoints=127.0.0.1:{port}", "--command-timeout=10s", *arguments]

    def ctl(self, number: int, *arguments: str, record: bool = True) -> str:
        return self.wait(self.begin(number, *arguments), record=record)

    def begin(
        self, number: int, *arguments: str, port: int = 0
    ) -> tuple[int, tuple[str, ...], float, subprocess.Popen[str]]:
        """A command to a member, at its own port when none is given."""
        program = subprocess.Popen(
            self.arguments(port or number * 10000 + 2379, *arguments),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        return number, arguments, time.monotonic(), program

    def wait(self, begun: tuple[int, tuple[str, ...], float, subprocess.Popen[str]], *, record: bool = True) -> str:
        number, arguments, at, program = begun
        out, err = program.communicate()
        if record:
            self.commands.append(
                {
                    "member": number,
                    "command": " ".join(arguments)[:120],
                    "took": round(time.monotonic() - at, 1),
                    "status": program.returncode,
                    "lines": masked(out.splitlines()[:40]),
                    "errors": masked(err.splitlines()),
                }
            )
        return out

    @property
    def leader(self) -> int:
        for number in self.running:
            if metric(number, "etcd_server_is_leader") == 1:
                return number
        return 0

    def mark(self) -> None:
        """From here on the logs are told."""
        for number in self.running:
            self.marks[number] = (self.folder / f"etcd-{number}.log").stat().st_size

    def logs(self) -> dict[str, list[Any]]:
        """What members said since the mark that is a warning or tells of elections: level, message, how often."""
        return {f"etcd-{number}": list(self._log(number)) for number in sorted(self.marks)}

    def _log(self, number: int) -> Iterator[list[Any]]:
        counted: dict[tuple[str, str], int] = {}
        with (self.folder / f"etcd-{number}.log").open() as log:
            log.seek(self.marks[number])
            for line in log:
                try:
                    told = json.loads(line)
                except ValueError:
                    continue
                text = mask(told["msg"])
                if told["level"] != "info" or any(word in text for word in _SAID):
                    counted[told["level"], text] = counted.get((told["level"], text), 0) + 1
        yield from ([level, text, times] for (level, text), times in counted.items())

    def metrics(self) -> dict[str, dict[str, float]]:
        return {f"etcd-{number}": all_metrics(number) for number in sorted(self.running)}


def metric(number: int, name: str) -> float | None:
    return all_metrics(number).get(name)


def all_metrics(number: int) -> dict[str, float]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{number}2379/metrics", timeout=2) as answer:
            text = answer.read().decode()
    except OSError:
        return {}
    found: dict[str, float] = {}
    for line in text.splitlines():
        name, _, value = line.rpartition(" ")
        if name.partition("{")[0] in METRICS:
            found[name.partition("{")[0]] = found.get(name.partition("{")[0], 0.0) + float(value)
    return found


_MASKS = (
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d{4})"), "<time>"),
    (re.compile(r"0x[0-9a-f]{6,}"), "<pointer>"),
    (re.compile(r"\b[0-9a-f]{15,16}\b"), "<id>"),
    (re.compile(r"\b\d{16,}\b"), "<id>"),
    (re.compile(r"\b\d+(\.\d+)?(ms|µs|s)\b(?! timeout)"), "<took>"),
    (re.compile(r"127\.0\.0\.1:\d{2,5}->"), "<client>->"),
)


def mask(text: str) -> str:
    for pattern, name in _MASKS:
        text = pattern.sub(name, text)
    return text


def masked(lines: list[str]) -> list[str]:
    return [mask(line) for line in lines]


# -- scenarios ----------------------------------------------------------------------------------------------------


def healthy(cluster: Cluster) -> None:
    for number in (cluster.leader, follower(cluster)):
        cluster.ctl(number, "put", "color", "red")
        cluster.ctl(number, "get", "color")
        cluster.ctl(number, "get", "color", "--consistency=s")
    cluster.ctl(1, "get", "color", "--rev=1")
    cluster.ctl(1, "compact", "3")
    cluster.ctl(1, "get", "color", "--rev=2")
    cluster.ctl(1, "get", "color", "--rev=900")
    cluster.ctl(1, "put", "big", "x" * 100_000)
    cluster.ctl(1, "endpoint", "health")


def follower(cluster: Cluster, *, but: int = 0) -> int:
    leader = cluster.leader
    return next(number for number in cluster.running if number not in (leader, but))


def leader_killed(cluster: Cluster) -> None:
    asked = follower(cluster)
    cluster.kill(cluster.leader)
    cluster.ctl(asked, "put", "color", "red")
    cluster.ctl(asked, "get", "color")


def leader_asked_and_killed(cluster: Cluster) -> None:
    """Nobody listens at the address any more."""
    leader = cluster.leader
    cluster.kill(leader)
    cluster.ctl(leader, "put", "color", "red")
    cluster.ctl(leader, "get", "color", "--consistency=s")


def proposal_lost(cluster: Cluster) -> None:
    """The leader stands still when the proposal reaches it, and never goes on."""
    asked, leader = follower(cluster), cluster.leader
    cluster.signal(leader, signal.SIGSTOP)
    time.sleep(0.05)
    begun = cluster.begin(asked, "put", "color", "red")
    time.sleep(0.3)
    cluster.kill(leader)
    cluster.wait(begun)
    cluster.commands[-1]["asked"] = "became the leader" if cluster.leader == asked else "did not become the leader"
    cluster.ctl(asked, "get", "color")


def acknowledgement_lost(cluster: Cluster) -> None:
    """The followers have the entry on their disks, and the leader dies before it hears of that."""
    asked, leader = follower(cluster), cluster.leader
    for delay_s in (0.5, 1.0, 1.5, 2.0):  # in small steps, or the leader misses its followers and steps down
        for number, wire in cluster.wires.items():
            wire.delay_s = delay_s if number != leader else 0.0  # what a follower sends, the proposal too
        time.sleep(2)
    begun = cluster.begin(asked, "put", "color", "red")
    time.sleep(3.2)  # the proposal has arrived, what the followers say to its entry has not
    cluster.kill(leader)
    for wire in cluster.wires.values():
        wire.delay_s = 0.0
    cluster.wait(begun)
    cluster.ctl(asked, "get", "color")


def answer_lost(cluster: Cluster) -> None:
    """What a member answers does not reach the client."""
    asked = follower(cluster)
    port = asked * 10000 + 2389
    wire = Wire(port, asked * 10000 + 2379, lost_after=b"color")
    try:
        cluster.wait(cluster.begin(asked, "put", "color", "red", port=port))
    finally:
        wire.close()
    cluster.ctl(asked, "get", "color")


def read_while_leader_dies(cluster: Cluster) -> None:
    asked, leader = follower(cluster), cluster.leader
    cluster.signal(leader, signal.SIGSTOP)
    time.sleep(0.05)
    begun = cluster.begin(asked, "get", "color")
    time.sleep(0.3)
    cluster.kill(leader)
    cluster.wait(begun)


def quorum_lost(cluster: Cluster) -> None:
    asked = follower(cluster)
    for number in [number for number in cluster.running if number != asked]:
        cluster.kill(number)
    time.sleep(3)
    cluster.ctl(asked, "put", "color", "red")
    cluster.ctl(asked, "get", "color")
    cluster.ctl(asked, "get", "color", "--consistency=s")
    cluster.ctl(asked, "endpoint", "health")
    cluster.ctl(asked, "member", "list")
    cluster.ctl(asked, "alarm", "list")


def leader_stands_still(cluster: Cluster) -> None:
    """2.5 seconds, as a disk that does not answer would do it to the leader's loop."""
    asked, leader = follower(cluster), cluster.leader
    begun = cluster.begin(asked, "put", "color", "red")
    cluster.signal(leader, signal.SIGSTOP)
    time.sleep(2.5)
    cluster.signal(leader, signal.SIGCONT)
    cluster.wait(begun)
    time.sleep(1)
    cluster.ctl(leader, "get", "color")


def no_space(cluster: Cluster) -> None:
    for i in range(40):
        if "exceeded" in str(cluster.commands[-1:]):
            break
        cluster.ctl(1, "put", f"big-{i}", "x" * 100_000)
        cluster.commands = [each for each in cluster.commands if each["status"]]
    cluster.ctl(1, "alarm", "list")
    cluster.ctl(2, "put", "color", "red")
    cluster.ctl(2, "get", "color")
    cluster.ctl(2, "txn", "--help", record=False)
    cluster.ctl(2, "del", "big-0")
    cluster.ctl(2, "lease", "grant", "60")
    cluster.ctl(1, "endpoint", "health")
    revision = json.loads(cluster.ctl(1, "get", "color", "-w", "json", record=False))["header"]["revision"]
    cluster.ctl(1, "del", "--prefix", "big-")
    cluster.ctl(1, "compact", str(revision + 2), record=False)
    for number in (1, 2, 3):
        cluster.ctl(number, "defrag")
    cluster.ctl(1, "put", "color", "red")
    cluster.ctl(1, "alarm", "disarm")
    cluster.ctl(1, "put", "color", "red")


def learner(cluster: Cluster) -> None:
    time.sleep(6)  # members are added only to a cluster that has been whole for five seconds
    cluster.ctl(1, "member", "add", "etcd-4", "--learner", "--peer-urls=http://127.0.0.1:42380")
    added = cluster.commands[-1]["lines"][:1]
    listed = cluster.ctl(1, "member", "list", record=False)
    identity = next(line.split(",")[0] for line in listed.splitlines() if "42380" in line)
    cluster.ctl(1, "member", "promote", identity)
    cluster.ctl(1, "member", "add", "etcd-5", "--learner", "--peer-urls=http://127.0.0.1:52380")
    cluster.start(4, state="existing", members=(1, 2, 3, 4))
    cluster.marks[4] = 0
    wait_for("the learner", lambda: metric(4, "etcd_server_has_leader") == 1, 30)
    cluster.commands[-1]["asked"] = "a second learner"
    cluster.ctl(4, "put", "color", "red")
    cluster.ctl(4, "get", "color")
    cluster.ctl(4, "get", "color", "--consistency=s")
    cluster.ctl(1, "member", "list")
    time.sleep(1)
    cluster.ctl(1, "member", "promote", identity)
    cluster.ctl(4, "put", "color", "red")
    cluster.ctl(4, "get", "color")
    cluster.commands[0]["lines"] = added


def corrupt_alarm(cluster: Cluster) -> None:
    """The alarm as an operator or a check raises it; nothing in the store is wrong."""
    status = json.loads(cluster.ctl(1, "endpoint", "status", "-w", "json", record=False))
    identity = status[0]["Status"]["header"]["member_id"]
    body = json.dumps({"action": "ACTIVATE", "memberID": str(identity), "alarm": "CORRUPT"}).encode()
    urllib.request.urlopen("http://127.0.0.1:12379/v3/maintenance/alarm", body, timeout=5).read()
    time.sleep(0.5)
    for number in (1, 2):
        cluster.ctl(number, "put", "color", "red")
        cluster.ctl(number, "get", "color")
        cluster.ctl(number, "get", "color", "--consistency=s")
        cluster.ctl(number, "del", "color")
        cluster.ctl(number, "compact", "2")
        cluster.ctl(number, "lease", "grant", "60")
    cluster.ctl(1, "alarm", "list")
    cluster.ctl(1, "endpoint", "health")
    cluster.ctl(1, "alarm", "disarm")
    cluster.ctl(1, "put", "color", "red")


def corrupt_store(cluster: Cluster) -> None:
    """A value in the file of a stopped member is changed; the check on a timer must find it."""
    cluster.ctl(1, "put", "canary", "an-untouched-value-of-the-store", record=False)
    victim = follower(cluster)
    time.sleep(1)
    program = cluster.running.pop(victim)
    program.terminate()
    program.wait()
    path = cluster.folder / f"etcd-{victim}" / "member" / "snap" / "db"
    content = path.read_bytes()
    changed = content.replace(b"an-untouched-value-of-the-store", b"an-othertodd-value-of-the-store")
    if changed == content:
        raise RuntimeError("the value is not in the file")
    path.write_bytes(changed)
    cluster.start(victim)
    wait_for("the member", lambda: metric(victim, "etcd_server_has_leader") == 1, 30)
    wait_for("the alarm", lambda: "CORRUPT" in cluster.ctl(1, "alarm", "list", record=False), 60, 1)
    cluster.ctl(1, "alarm", "list")
    for number in (victim, cluster.leader):
        cluster.ctl(number, "put", "color", "red")
        cluster.ctl(number, "get", "color")
        cluster.ctl(number, "get", "canary", "--consistency=s")


def slow_disk(cluster: Cluster) -> None:
    """The files of one follower's log lie on a disk whose fsync takes 1.5 s."""
    victim = follower(cluster)
    cluster.kill(victim)
    shutil.rmtree(cluster.folder / f"etcd-{victim}")
    under, over = cluster.folder / "under", cluster.folder / "over"
    under.mkdir()
    over.mkdir()
    disk = subprocess.Popen([SLOW_DISK, str(under), str(over), str(cluster.folder / "slow")])
    try:
        wait_for("the slow disk", lambda: os.path.ismount(over), 20)
        listed = cluster.ctl(cluster.leader, "member", "list", record=False)
        identity = next(line.split(",")[0] for line in listed.splitlines() if cluster.peer(victim) in line)
        time.sleep(6)
        cluster.ctl(cluster.leader, "member", "remove", identity, record=False)
        time.sleep(6)
        cluster.ctl(
            cluster.leader,
            "member",
            "add",
            f"etcd-{victim}",
            f"--peer-urls={cluster.peer(victim)}",
            record=False,
        )
        cluster.start(victim, state="existing", wal=str(over / "wal"))
        wait_for("the member", lambda: metric(victim, "etcd_server_has_leader") == 1, 30)
        time.sleep(2)
        cluster.mark()
        (cluster.folder / "slow").write_text("1.5s")
        leader = cluster.leader
        for number in (leader, victim):
            cluster.ctl(number, "put", "color", "red")
            cluster.commands[-1]["asked"] = "the leader" if number == leader else "the slow follower"
        cluster.ctl(leader, "move-leader", member_id(cluster, victim))
        time.sleep(4)
        cluster.ctl(victim, "put", "color", "red")
        cluster.commands[-1]["asked"] = "the slow leader" if cluster.leader == victim else "the slow follower"
        time.sleep(2)
    finally:
        (cluster.folder / "slow").unlink(missing_ok=True)
        if victim in cluster.running:
            cluster.kill(victim)
        subprocess.run(["umount", "-l", str(over)], check=False)
        disk.terminate()
        disk.wait()


def member_id(cluster: Cluster, number: int) -> str:
    listed = cluster.ctl(cluster.leader, "member", "list", record=False)
    return next(line.split(",")[0] for line in listed.splitlines() if cluster.peer(number) in line)


SCENARIOS: Mapping[str, tuple[Callable[[Cluster], None], tuple[str, ...]]] = {
    "healthy": (healthy, ()),
    "leader-killed": (leader_killed, ()),
    "leader-asked-and-killed": (leader_asked_and_killed, ()),
    "proposal-lost": (proposal_lost, ()),
    "acknowledgement-lost": (acknowledgement_lost, ()),
    "answer-lost": (answer_lost, ()),
    "read-while-leader-dies": (read_while_leader_dies, ()),
    "quorum-lost": (quorum_lost, ()),
    "leader-stands-still": (leader_stands_still, ()),
    "no-space": (no_space, ("--quota-backend-bytes=2000000",)),
    "learner": (learner, ()),
    "corrupt-alarm": (corrupt_alarm, ()),
    "corrupt-store": (corrupt_store, ("--corrupt-check-time=3s",)),
    "slow-disk": (slow_disk, ()),
}


def main(wanted: list[str]) -> int:
    enter(["-m", "tests.oracle.cases.etcd", *wanted])
    path = book.answered(f"etcd-{VERSION}", PART)
    answers = {one["name"]: one for one in book.read(path)["cases"]} if path.exists() else {}
    failed = False
    for name, (act, more) in SCENARIOS.items():
        if wanted and name not in wanted:
            continue
        folder = Path(tempfile.mkdtemp(prefix="podscope-oracle-"))
        cluster = Cluster(folder, *more)
        cluster.mark()
        try:
            act(cluster)
            told = {"commands": cluster.commands, "logs": cluster.logs(), "metrics": cluster.metrics()}
            answers[name] = {"name": name, "options": list(more), **told}
            print(f"{name}: {len(cluster.commands)} commands", flush=True)
        except Exception as error:  # the next scenario is a cluster of its own
            failed = True
            print(f"{name} failed: {error!r}", flush=True)
        finally:
            cluster.close()
            shutil.rmtree(folder, ignore_errors=True)
    about = {"program": "etcd and etcdctl", "version": VERSION}
    book.write(path, about, (answers[name] for name in SCENARIOS if name in answers))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
