"""What was chosen and makes no difference to this request: it is said, with the reason, and not passed over."""

from app.widgets.etcd_write.tale import Tale


def told_beside(tale: Tale, fault: str) -> Tale:
    """A frame for each input that changes nothing here."""
    for reason in (_partition(tale), _fault(tale, fault)):
        if reason:
            tale = tale.frame("beside", "client", say=f"beside.{reason}", now={"client": "sends"})
    return tale


def _partition(tale: Tale) -> str:
    """A partition separates nobody when all who run are on one side of it, and does nothing if they are too few."""
    members = tale.cluster.members
    running = [member for member in members if member.is_up]
    if not any(member.is_cut_off for member in members):
        return ""
    if len({member.is_cut_off for member in running}) < 2:
        return "cut-nobody"
    return "cut-too-few" if len(running) < tale.cluster.quorum else ""


def _fault(tale: Tale, fault: str) -> str:
    """Why a fault does not touch this request; empty where it does."""
    if fault in ("none", "answer-lost") and tale.member.is_up:
        return ""
    if not tale.member.is_up:
        return "" if fault == "none" else "nobody"
    if fault == "full":
        return "" if tale.operation == "write" else "no-space-needed"
    if fault.startswith("slow") and tale.operation == "serializable-read":
        return "no-disk-needed"
    if not tale.leader:
        is_elsewhere = any(member.leader for member in tale.cluster.members if member.is_up)
        return "leader-elsewhere" if is_elsewhere else "no-leader"
    return "no-follower" if fault == "slow-follower" and not tale.followers else ""
