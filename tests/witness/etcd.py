"""Which stories of the room etcd-write were played on three real members."""

from collections.abc import Mapping
from typing import Any

STORIES: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    ("healthy", "put color red", {"operation": "write"}),
    ("healthy", "get color", {"operation": "linearizable-read"}),
    ("healthy", "get color --consistency=s", {"operation": "serializable-read"}),
    ("quorum-lost", "put color red", {"operation": "write", "down": "1,2"}),
    ("quorum-lost", "get color", {"operation": "linearizable-read", "down": "1,2"}),
    ("quorum-lost", "get color --consistency=s", {"operation": "serializable-read", "down": "1,2"}),
    ("leader-asked-and-killed", "put color red", {"operation": "write", "members": 1, "down": "1"}),
    (
        "leader-asked-and-killed",
        "get color --consistency=s",
        {"operation": "serializable-read", "members": 1, "down": "1"},
    ),
    ("leader-killed", "put color red", {"operation": "write", "fault": "leader-dies-early"}),
    ("proposal-lost", "put color red", {"operation": "write", "fault": "leader-dies-early"}),
    ("acknowledgement-lost", "put color red", {"operation": "write", "fault": "leader-dies-late"}),
    ("answer-lost", "put color red", {"operation": "write", "fault": "answer-lost"}),
    ("read-while-leader-dies", "get color", {"operation": "linearizable-read", "fault": "leader-dies-early"}),
    ("leader-stands-still", "put color red", {"operation": "write", "fault": "slow-leader"}),
    ("no-space", "put color red", {"operation": "write", "fault": "full"}),
    ("no-space", "get color", {"operation": "linearizable-read", "fault": "full"}),
    ("slow-disk", "put color red", {"operation": "write", "fault": "slow-follower"}),
)
"""A recorded scenario, the command in it, and the inputs of the room that tell the same."""
