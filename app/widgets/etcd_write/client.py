"""The client's part: it asks one member, and is answered, refused, or left to its own deadline."""

from dataclasses import replace

from app.widgets.etcd_write.tale import ARGUMENTS, METHODS, VALUES, Tale

DEADLINE_S = 10.0  # --command-timeout; etcdctl's own default is 5 s
MEMBER_GIVES_UP_S = 7.0  # 5 s and twice the election timeout (etcd v3.7.1 server/config ReqTimeout)
RETRY_S = 0.025  # with one endpoint the client waits before each new try (etcd v3.7.1 client/v3/options.go)
NETWORK_S = 0.0005


def asked(tale: Tale) -> Tale:
    """The command is typed and the request is on its way to port 2379 of one member."""
    endpoint = f"{tale.member.name}:2379"
    tale = tale.told(f"$ etcdctl --endpoints={endpoint} \\", "    --command-timeout=10s \\")
    tale = tale.told(f"    {ARGUMENTS[tale.operation]}")
    return tale.frame(
        f"ask-{tale.operation}",
        "client",
        to=tale.asked,
        verb="gRPC",
        path=f"{METHODS[tale.operation]} → {endpoint}",
        now={"client": "sends"},
        details=("ask.balancer", f"ask.{'put' if tale.operation == 'write' else 'get'}"),
    )


def nobody_there(tale: Tale) -> Tale:
    """The member is not running: the client dials again and again until its deadline."""
    refused = (
        'latest balancer error: connection error: desc = \\"transport: Error while dialing:'
        f' dial tcp {tale.member.address}:2379: connect: connection refused\\"'
    )
    tale = tale.until(DEADLINE_S).failed("DeadlineExceeded", refused, reached=False)
    tale = tale.told("Error: context deadline exceeded")
    tale = replace(tale, outcome="unavailable", error="context deadline exceeded", end="nobody-there")
    return tale.frame("give-up", "client", say="give-up-dialing", now={"client": "gives-up"})


def written(tale: Tale) -> Tale:
    tale = tale.after(NETWORK_S).told("OK")
    revision = tale.member.revision(tale.member.applied)
    tale = replace(tale, outcome="answered")
    return tale.frame(
        "answer",
        tale.asked,
        to="client",
        verb="PutResponse",
        path=f"header.revision={revision} header.raft_term={tale.member.term}",
        now={"client": "answered", tale.asked: "answers"},
        details=("answer.after-apply", "answer.kubernetes"),
        revision=revision,
    )


def read(tale: Tale, say: str) -> Tale:
    """The value at the revision that this member has applied."""
    revision = tale.member.revision(tale.member.applied)
    value = VALUES[revision][0]
    tale = tale.after(NETWORK_S).told("color", value)
    tale = replace(tale, outcome="answered", value=value)
    return tale.frame(
        "answer",
        tale.asked,
        to="client",
        say=say,
        verb="RangeResponse",
        path=f"header.revision={revision} kvs=[color={value}]",
        now={"client": "answered", tale.asked: "answers"},
        details=("answer-read.revision",),
        revision=revision,
        value=value,
    )


def refused(tale: Tale, code: str, message: str, say: str, end: str) -> Tale:
    """The member answers with an error that the client does not try again."""
    tale = tale.after(NETWORK_S).failed(code, message).told(f"Error: {message}")
    tale = replace(tale, outcome="unavailable", error=message, end=end)
    return tale.frame(
        "refuse",
        tale.asked,
        to="client",
        say=say,
        verb=code,
        path=message,
        now={"client": "refused"},
        details=("refuse.double",),
    )


def timed_out(tale: Tale, message: str, say: str, end: str) -> Tale:
    """After 7 s the member stops waiting; a write is not tried again, for it may have happened."""
    tale = tale.until(MEMBER_GIVES_UP_S).failed("Unavailable", message).told(f"Error: {message}")
    tale = replace(tale, outcome="unknown", error=message, end=end)
    return tale.frame(
        "give-up",
        tale.asked,
        to="client",
        say=say,
        verb="Unavailable",
        path=message,
        now={"client": "does-not-know", tale.asked: "gives-up"},
        details=("unknown.means", "unknown.retry", "unknown.kubernetes"),
    )


def out_of_time(tale: Tale, code: str, message: str, say: str, end: str, *, is_lost: bool = False) -> Tale:
    """The member gives up after 7 s, the client tries once more, and after 10 s its own deadline ends it.

    If the member's answers are lost, the first try hears nothing either.
    """
    if is_lost:
        return lost(tale, f"{say}-lost", end)
    tale = tale.until(MEMBER_GIVES_UP_S).failed(code, message)
    tale = tale.until(DEADLINE_S).failed("DeadlineExceeded", "context deadline exceeded")
    return _deadline(tale, say, end)


def lost(tale: Tale, say: str, end: str) -> Tale:
    """No byte comes back any more: only the client's own deadline ends it."""
    tale = tale.until(DEADLINE_S).failed("DeadlineExceeded", "context deadline exceeded")
    return _deadline(tale, say, end)


def _deadline(tale: Tale, say: str, end: str) -> Tale:
    tale = tale.told("Error: context deadline exceeded")
    tale = replace(tale, outcome="unavailable", error="context deadline exceeded", end=end)
    details = ("unknown.kubernetes-write",) if tale.operation == "write" else ("unknown.kubernetes-read",)
    return tale.frame("give-up", "client", say=say, now={"client": "gives-up"}, details=details)


def hung_up(tale: Tale, say: str, end: str) -> Tale:
    """The only member has died under the client: the connection breaks."""
    message = "error reading from server: EOF"
    tale = tale.failed("Unavailable", message)
    if tale.operation == "write":
        tale = tale.told(f"Error: {message}")
        tale = replace(tale, outcome="unknown", error=message, end=end)
        return tale.frame(
            "give-up", "client", say=say, now={"client": "does-not-know"}, details=("unknown.means", "unknown.retry")
        )
    return replace(nobody_there(tale), end=end)
