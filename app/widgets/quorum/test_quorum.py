"""What the room `quorum` promises."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kube.refusal import Refusal
from app.widgetkit.saying import LANGUAGES, words_beside
from app.widgets.quorum.model import (
    committed_index,
    joint_committed,
    joint_vote,
    majority,
    read_acked,
    read_voters,
    read_votes,
    smallest_quorum,
    tolerated,
    vote_result,
)
from app.widgets.quorum.widget import WIDGET, Inputs, run

# Configuration, outgoing half, what each has on disk, commit index: the situations of etcd-io/raft v3.7.0,
# quorum/testdata/majority_commit.txt and joint_commit.txt.
COMMITS = """
1       | -     |                          | 0
1       | -     | 1=12                     | 12
1,2     | -     |                          | 0
1,2     | -     | 1=12                     | 0
1,2     | -     | 1=12 2=5                 | 5
1,2,3   | -     |                          | 0
1,2,3   | -     | 1=12                     | 0
1,2,3   | -     | 1=12 2=5                 | 5
1,2,3   | -     | 1=12 2=5 3=6             | 6
1,2,3   | -     | 1=12 2=5 3=4             | 5
1,2,3   | -     | 1=5 2=5                  | 5
1,2,3   | -     | 1=5 2=5 3=12             | 5
1,2,3   | -     | 1=100 2=101 3=103        | 101
1,2,3,4 | -     | 1=10 2=10                | 0
1,2,3,4,5 | -   | 1=101 2=104 3=103 4=103  | 103
1,2,3,4,5 | -   | 1=101 2=102 3=103 4=103  | 102
1       | 2     |                          | 0
1       | 2     | 1=100                    | 0
1       | 2     | 1=13 2=100               | 13
1       | 1     | 1=100                    | 100
1,3     | 2     | 1=100                    | 0
1,3     | 2     | 1=100 2=50               | 0
1,3     | 2     | 1=100 2=50 3=45          | 45
1,2     | 2     | 1=100                    | 0
1,2     | 2     | 2=100                    | 0
1,2     | 2     | 1=50 2=100               | 50
1,2     | 2     | 1=100 2=50               | 50
1,2     | 3,4   | 1=50 2=48 3=49           | 0
1,2     | 3,4   | 1=50 2=48 3=49 4=47      | 47
1,2     | 2,3   | 2=100 3=99               | 0
1,2     | 2,3   | 1=101 2=100 3=99         | 99
1,2     | 1,2   | 2=40                     | 0
1,2     | 1,2   | 1=41 2=40                | 40
1,2,3   | 4,5,6 | 1=100 4=90               | 0
1,2,3   | 4,5,6 | 1=100 2=99               | 0
1,2,3   | 4,5,6 | 2=99 3=90 4=97 5=95      | 90
1,2,3   | 4,5,6 | 1=92 2=99 3=90 4=97 5=95 | 92
1,2,3   | 4,5,6 | 1=92 2=99 3=90 4=97 5=95 6=77 | 92
1,2,3   | 1,4,5 | 1=100 2=101 3=100        | 0
1,2,3   | 1,4,5 | 2=100 4=99 5=98          | 0
1,2,3   | 1,4,5 | 2=100 3=99 4=99 5=98     | 98
1,2,3   | 1,4,5 | 1=100 2=100 3=99 4=99 5=98 | 99
1,2,3   | 2,3,4 | 2=100 3=99               | 99
1,2,3   | 2,3,4 | 1=100 4=101              | 0
1,2,3   | 2,3,4 | 1=100 2=99 4=101         | 99
1,2,3   | 1,2,3 | 1=50 2=45                | 45
1,2,3,4 | -     | 1=9 2=9 3=8              | 8
1,2,3,4 | -     | 1=9 2=9                  | 0
"""

# The situations of quorum/testdata/majority_vote.txt and joint_vote.txt.
VOTES = """
1       | -     |                     | pending
1       | -     | 1=no                | lost
123     | -     | 123=yes             | won
4,8     | -     |                     | pending
4,8     | -     | 4=no                | lost
4,8     | -     | 4=yes               | pending
4,8     | -     | 4=no 8=yes          | lost
4,8     | -     | 4=yes 8=yes         | won
2,4,7   | -     | 2=no                | pending
2,4,7   | -     | 2=yes               | pending
2,4,7   | -     | 2=no 4=no           | lost
2,4,7   | -     | 2=yes 4=no          | pending
2,4,7   | -     | 2=yes 4=yes         | won
2,4,7   | -     | 2=yes 4=yes 7=no    | won
2,4,7   | -     | 2=yes 4=no 7=no     | lost
1,2,3,4,5,6,7 | - | 1=yes 2=yes 3=no 4=yes | pending
1,2,3,4,5,6,7 | - | 2=yes 3=yes 5=no 6=yes 7=yes | won
1,2,3,4,5,6,7 | - | 1=yes 2=yes 4=no 5=yes 6=no 7=no | pending
1       | 2     |                     | pending
1       | 2     | 1=yes               | pending
1       | 2     | 1=yes 2=yes         | won
1       | 2     | 1=yes 2=no          | lost
1       | 2     | 1=no                | lost
1       | 1     | 1=yes               | won
1       | 1     | 1=no                | lost
1,2     | 3,4   | 1=yes 2=yes 3=no    | lost
1,2     | 3,4   | 1=yes 2=yes 3=yes 4=yes | won
1,2     | 2,3   | 1=yes 2=yes         | pending
1,2     | 2,3   | 2=no                | lost
1,2     | 2,3   | 1=yes 2=yes 3=yes   | won
1,2,3   | 2,3,4 | 2=no                | pending
1,2,3   | 2,3,4 | 2=no 3=no           | lost
1,2,3   | 2,3,4 | 1=yes 2=yes 3=no    | pending
1,2,3   | 2,3,4 | 1=yes 2=yes 3=no 4=yes | won
1,2,3   | 2,3,4 | 1=yes 2=yes 3=no 4=no | lost
"""


def situations(table: str) -> list[tuple[str, str, str, str]]:
    rows = [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]
    return [(a, "" if b == "-" else b, c, d) for a, b, c, d in rows]


@pytest.mark.parametrize(("voters", "outgoing", "acked", "committed"), situations(COMMITS))
def test_commit_index_is_that_of_raft(voters: str, outgoing: str, acked: str, committed: str) -> None:
    outcome = run(Inputs(voters=voters, outgoing=outgoing, acked=acked))

    assert outcome.committed == int(committed)


@pytest.mark.parametrize(("voters", "outgoing", "votes", "result"), situations(VOTES))
def test_vote_result_is_that_of_raft(voters: str, outgoing: str, votes: str, result: str) -> None:
    outcome = run(Inputs(voters=voters, outgoing=outgoing, votes=votes))

    assert outcome.vote == result


@pytest.mark.parametrize(
    ("members", "quorum", "may_fail"),
    [(1, 1, 0), (2, 2, 0), (3, 2, 1), (4, 3, 1), (5, 3, 2), (6, 4, 2), (7, 4, 3), (8, 5, 3), (9, 5, 4)],
)
def test_even_sizes_gain_nothing(members: int, quorum: int, may_fail: int) -> None:
    assert (majority(members), tolerated(members)) == (quorum, may_fail)


def test_nobody_commits_everything_and_wins() -> None:
    outcome = run(Inputs(voters="", acked="", votes=""))

    assert (outcome.committed, outcome.vote, outcome.quorum, outcome.tolerated) == (None, "won", 0, 0)
    assert outcome.verdict.key == "verdict.nobody"


def test_an_empty_half_does_not_stand_in_the_way() -> None:
    outcome = run(Inputs(voters="", outgoing="1,2,3", acked="1=7,2=5", votes="1=no,2=no"))

    assert (outcome.committed, outcome.vote, outcome.quorum) == (5, "lost", 2)
    assert [half.role for half in outcome.halves] == ["only"]


def test_answers_of_strangers_do_not_count() -> None:
    outcome = run(Inputs(voters="1,2,3", acked="1=7,8=9,9=9", votes="1=yes,9=yes"))

    assert (outcome.committed, outcome.vote) == (0, "pending")
    assert outcome.strangers == (8, 9)


def test_the_voter_that_completes_the_quorum_decides() -> None:
    outcome = run(Inputs(voters="1,2,3,4,5", acked="1=101,2=104,3=103,4=103"))

    acks = outcome.halves[0].acks
    assert [ack.voter for ack in acks] == [2, 3, 4, 1, 5]
    assert [ack.counts for ack in acks] == [True, True, True, False, False]
    assert [ack.voter for ack in acks if ack.decides] == [4]


def test_equals_and_the_silent_stand_in_order() -> None:
    half = run(Inputs(voters="5,4,3,2,1", acked="2=0,4=7,3=7", votes="1=yes,2=no,3=yes")).halves[0]

    assert [(ack.voter, ack.index, ack.counts) for ack in half.acks] == [
        (3, 7, True),
        (4, 7, True),
        (2, 0, True),
        (1, None, False),
        (5, None, False),
    ]
    assert [(ballot.voter, ballot.answer) for ballot in half.ballots] == [
        (1, "yes"),
        (2, "no"),
        (3, "yes"),
        (4, "silent"),
        (5, "silent"),
    ]
    assert (half.yes, half.no, half.silent, half.reach) == (2, 1, 2, 4)


def test_a_half_without_answers_has_committed_nothing() -> None:
    half = run(Inputs(voters="1,2", acked="")).halves[0]

    assert (half.committed, half.could_reach) == (0, 0)


def test_the_table_marks_even_sizes_and_ours() -> None:
    sizes = run(Inputs(voters="1,2,3", outgoing="1,2,3,4")).sizes

    assert [size.members for size in sizes if size.wasteful] == [2, 4, 6, 8]
    assert [size.members for size in sizes if size.here] == [3, 4]


def test_a_thousand_voters_are_not_too_many() -> None:
    assert run(Inputs(voters=",".join(map(str, range(1000))))).quorum == 501


def test_silent_members_could_still_raise_the_index() -> None:
    assert run(Inputs(voters="1,2,3", acked="1=12,2=5")).could_reach == 12
    assert run(Inputs(voters="1,2,3", acked="1=5,2=5")).could_reach == 5


def test_a_joint_configuration_tolerates_what_its_weaker_half_does() -> None:
    outcome = run(Inputs(voters="1,2,3,4,5", outgoing="1,2", acked="", votes=""))

    assert (outcome.quorum, outcome.tolerated, outcome.smallest) == (3, 0, 3)


def test_the_picture_follows_the_acknowledgements() -> None:
    drawing = run(Inputs(voters="1,2,3", acked="1=5,2=9")).drawing

    assert drawing is not None
    assert [(rung.voter, rung.mark) for rung in drawing.ladders[0].rungs] == [
        (2, "counts"),
        (1, "decides"),
        (3, "silent"),
    ]


def test_the_line_stands_between_the_quorum_and_the_others() -> None:
    drawing = run(Inputs(voters="1,2,3", outgoing="1,4,5", acked="1=5,2=9,4=7,5=7")).drawing

    assert drawing is not None
    for ladder in drawing.ladders:
        tops = [rung.y for rung in ladder.rungs]
        assert tops == sorted(tops)
        assert [top < ladder.line_y for top in tops] == [True, True, False]
        assert ladder.y < tops[0]
        assert tops[1] + 22 < ladder.line_y < ladder.line_text_y < tops[2]
    first, second = drawing.ladders
    assert first.rungs[-1].y + 22 < second.y < drawing.height
    assert second.rungs[-1].y + 22 < drawing.height


def test_bars_grow_with_the_index() -> None:
    drawing = run(Inputs(voters="1,2,3,4", acked="1=100,2=101,3=103")).drawing

    assert drawing is not None
    assert [rung.width for rung in drawing.ladders[0].rungs] == [142.0, 87.3, 60.0, 0.0]
    alone = run(Inputs(voters="1", acked="1=7")).drawing
    assert alone is not None
    assert alone.ladders[0].rungs[0].width == 142.0


def test_the_longest_index_stays_in_the_picture_with_its_remark() -> None:
    """400 units wide; as measured in the browser a character takes up to 8.2 units, a Chinese one 14.5."""
    drawing = run(Inputs(voters="1", acked="1=1000000000")).drawing

    assert drawing is not None
    for language in ("en", "zh"):
        text = f"1000000000 ◀ {WORDS.text(language, 'drawing.decides')}"
        wide = sum(14.5 if ord(sign) > 0x3000 else 8.2 for sign in text)
        assert drawing.ladders[0].rungs[0].number_x + wide <= 400


@pytest.mark.parametrize("voters", ["", ",".join(map(str, range(16)))])
def test_what_cannot_be_seen_is_not_drawn(voters: str) -> None:
    assert run(Inputs(voters=voters, acked="")).drawing is None


@pytest.mark.parametrize("separator", [",", " ", ", ", "，", ";", "、", "\n"])
def test_any_separator_is_taken(separator: str) -> None:
    assert read_voters(separator.join(["3", "1", "2"]), "voters") == {1, 2, 3}


def test_an_underscore_is_silence() -> None:
    assert read_acked("1=_,2=7") == {2: 7}
    assert read_votes("1=_,2=No") == {2: False}


@pytest.mark.parametrize(
    ("inputs", "code", "field"),
    [
        ({"voters": "1,two"}, "quorum-number", "voters"),
        ({"outgoing": "-1"}, "quorum-number", "outgoing"),
        ({"outgoing": "²"}, "quorum-number", "outgoing"),
        ({"voters": str(1 << 64)}, "quorum-number", "voters"),
        ({"voters": "9" * 5000}, "quorum-number", "voters"),
        ({"voters": "1,2,1"}, "quorum-twice", "voters"),
        ({"acked": "1=2,1=3"}, "quorum-twice", "acked"),
        ({"acked": "12"}, "quorum-pair", "acked"),
        ({"acked": "1="}, "quorum-pair", "acked"),
        ({"acked": "1=x"}, "quorum-number", "acked"),
        ({"votes": "1=maybe"}, "quorum-vote", "votes"),
        ({"voters": "1 " * 1001}, "quorum-too-many", "voters"),
    ],
)
def test_what_cannot_be_read_is_refused(inputs: dict[str, str], code: str, field: str) -> None:
    with pytest.raises(Refusal) as refusal:
        run(Inputs(**inputs))

    assert (refusal.value.code, refusal.value.field) == (code, field)


# What etcdctl v3.7.1 prints for three members and a learner, one of the members not started yet (printer_simple.go,
# printer_table.go, printer_fields.go, printer_json.go).
IDS = (0x8211F1D0F64F3269, 0x91BC3E398FB3C146, 0xFD422379FDA50E48, 0xE45B2EE1F1D4C2A7)
ROWS = [
    *(
        (id_, "started", name, "http://10.0.0.1:2380", "http://10.0.0.1:2379", "false")
        for id_, name in zip(IDS, "ab", strict=False)
    ),
    (IDS[2], "unstarted", "", "http://10.0.0.1:2380", "", "false"),
    (IDS[3], "started", "d", "http://10.0.0.1:2380", "http://10.0.0.1:2379", "true"),
]
PRINTED = {
    "simple": "\n".join(", ".join((f"{row[0]:x}", *row[1:])) for row in ROWS),
    "table": "\n".join(
        [
            "+------------------+---------+",
            "|        ID        | STATUS  | NAME | PEER ADDRS | CLIENT ADDRS | IS LEARNER |",
            "+------------------+---------+",
            *("| " + " | ".join((f"{row[0]:x}", *row[1:])) + " |" for row in ROWS),
            "+------------------+---------+",
        ]
    ),
    "fields": '"ClusterID" : 17237436991929493444\n"MemberID" : 9372538179322589801\n"RaftTerm" : 2\n'
    + "\n".join(
        f'"ID" : {row[0]}\n"Name" : "{row[2]}"\n"PeerURL" : "{row[3]}"\n"IsLearner" : {row[5]}\n' for row in ROWS
    ),
    "json": json.dumps(
        {
            "header": {"cluster_id": 17237436991929493444, "member_id": IDS[0], "raft_term": 2},
            "members": [{"ID": r[0], "name": r[2]} | ({"isLearner": True} if r[5] == "true" else {}) for r in ROWS],
        }
    ),
    "json --hex": json.dumps(
        {"members": [{"ID": f"{r[0]:x}", "name": r[2]} | ({"isLearner": True} if r[5] == "true" else {}) for r in ROWS]}
    ),
}
STATUS = {
    "simple": "10.0.0.1:2379, 8211f1d0f64f3269, 3.7.1, 3.7, 25 kB, 9 kB, 64%, 2 GB, true, false, 2, 63, 63, , , false",
    "table": "| ENDPOINT | ID | VERSION | RAFT INDEX |\n| 10.0.0.1:2379 | 8211f1d0f64f3269 | 3.7.1 | 63 |",
    "fields": '"ClusterID" : 1\n"MemberID" : 9372538179322589801\n"Version" : "3.7.1"\n"RaftIndex" : 63\n',
    "json": '[{"Endpoint":"10.0.0.1:2379","Status":{"header":{"member_id":9372538179322589801},"raftIndex":63}}]',
}


@pytest.mark.parametrize("form", PRINTED)
def test_a_member_list_is_read_in_every_form(form: str) -> None:
    """A member that has not started counts, a learner does not."""
    outcome = run(Inputs(voters=PRINTED[form], acked="8211f1d0f64f3269=12,fd422379fda50e48=9", votes=""))

    assert {ack.voter for ack in outcome.halves[0].acks} == set(IDS[:3])
    assert (outcome.quorum, outcome.committed, outcome.learners) == (2, 9, ("d",))
    assert [outcome.labels[id_] for id_ in IDS] == ["a", "b", "fd422379fda50e48", "d"]
    assert outcome.strangers == ()


OLD = {
    "simple": "\n".join(", ".join((f"{row[0]:x}", *row[1:5])) for row in ROWS[:3]),
    "table": "+----+\n| ID | STATUS | NAME | PEER ADDRS | CLIENT ADDRS |\n+----+\n"
    + "\n".join("| " + " | ".join((f"{row[0]:x}", *row[1:5])) + " |" for row in ROWS[:3]),
    "fields": '"ClusterID" : 17237436991929493444\n'
    + "\n".join(f'"ID" : {row[0]}\n"Name" : "{row[2]}"\n"PeerURL" : "{row[3]}"\n' for row in ROWS[:3]),
}
"""What etcdctl 3.3 prints, which knows no learners."""


@pytest.mark.parametrize("form", OLD)
@pytest.mark.parametrize(
    "prompt", ["", "$ etcdctl member list\n", "root@cp-1:~# ETCDCTL_API=3 /opt/bin/etcdctl member list\n"]
)
def test_a_member_list_of_older_versions_is_read_with_its_prompt(form: str, prompt: str) -> None:
    members = run(Inputs(voters=prompt + OLD[form], acked="", votes=""))

    assert [ack.voter for ack in members.halves[0].acks] == sorted(IDS[:3])
    assert [members.labels[id_] for id_ in IDS[:3]] == ["a", "b", "fd422379fda50e48"]


NAMED = """29cae73abe8480e0: name=a peerURLs=http://10.0.0.1:2380 clientURLs=http://10.0.0.1:2379 isLeader=false
ddfd1a6f3be67384: name=b peerURLs=http://10.0.0.2:2380 clientURLs=http://10.0.0.2:2379 isLeader=true
fd49f5e3ec73b0d2[unstarted]: peerURLs=http://10.0.0.3:2380
"""


def test_a_member_list_of_the_api_before_3_is_read() -> None:
    members = run(Inputs(voters="$ etcdctl member list\n" + NAMED, acked="", votes=""))

    assert members.quorum == 2
    assert [members.labels[ack.voter] for ack in members.halves[0].acks] == ["a", "b", "fd49f5e3ec73b0d2"]


@pytest.mark.parametrize(
    "text",
    [
        "| ID | STATUS | NAME | PEER ADDRS | CLIENT ADDRS |\n| 826365ad0defc9be | started | a | p | c |\n| e",
        "826365ad0defc9be, started, a, http://a:2380, http://a:2379\n8859076857b24171, star",
        NAMED[:-45],
    ],
)
def test_a_list_that_is_cut_is_not_counted(text: str) -> None:
    assert answer({"voters": text}) == "quorum-cut"


@pytest.mark.parametrize("form", STATUS)
def test_an_endpoint_status_is_no_list_of_members(form: str) -> None:
    assert answer({"voters": STATUS[form]}) == "quorum-status"
    assert answer({"voters": "1", "acked": STATUS[form]}) == "quorum-acked-list"


GATEWAY = json.dumps(
    {
        "header": {"cluster_id": "14841639068965178418", "member_id": "10276657743932975437", "raft_term": "2"},
        "members": [{"ID": str(r[0]), "name": r[2]} | ({"isLearner": True} if r[5] == "true" else {}) for r in ROWS],
    }
)


@pytest.mark.parametrize(
    "text",
    [GATEWAY, json.dumps({"members": json.loads(GATEWAY)["members"]}), json.dumps(json.loads(GATEWAY)["members"])],
    ids=["whole", "without its header", "jq .members"],
)
def test_the_gateway_has_decimal_ids_in_texts(text: str) -> None:
    outcome = run(Inputs(voters=text, acked="8211f1d0f64f3269=12,fd422379fda50e48=9", votes=""))

    assert {ack.voter for ack in outcome.halves[0].acks} == set(IDS[:3])
    assert (outcome.committed, outcome.learners, outcome.strangers) == (9, ("d",), ())


CLUSTER_HEALTH = """$ etcdctl cluster-health
member 29cae73abe8480e0 is healthy: got healthy result from http://10.0.0.1:2379
failed to check the health of member ddfd1a6f3be67384 on http://10.0.0.2:2379: Get http://10.0.0.2:2379/health: EOF
member ddfd1a6f3be67384 is unreachable: [http://10.0.0.2:2379] are all unreachable
member fd49f5e3ec73b0d2 is healthy: got healthy result from http://10.0.0.3:2379
cluster is healthy
"""


def test_cluster_health_names_every_member_of_the_api_before_3() -> None:
    outcome = run(Inputs(voters=CLUSTER_HEALTH, acked="29cae73abe8480e0=4,fd49f5e3ec73b0d2=3", votes=""))

    assert len(outcome.halves[0].voters) == 3
    assert (outcome.quorum, outcome.committed, outcome.strangers) == (2, 3, ())


@pytest.mark.parametrize(
    "text",
    [
        "10.0.0.1:2379 is unhealthy: failed to connect: dial tcp 10.0.0.1:2379: getsockopt: connection refused\n",
        "https://10.0.0.1:2379 is healthy: successfully committed proposal: took = 2.09ms\n",
        "| ENDPOINT | HEALTH | TOOK | ERROR |\n| 10.0.0.1:2379 | true | 2ms | |",
        '[{"endpoint":"10.0.0.1:2379","health":true,"took":"2.09ms"}]',
    ],
)
def test_an_endpoint_health_is_no_list_of_members(text: str) -> None:
    assert answer({"voters": text}) == "quorum-health"
    assert answer({"voters": "1", "acked": text}) == "quorum-acked-list"


def test_ids_are_taken_as_etcdctl_prints_them() -> None:
    outcome = run(Inputs(voters="8e9e05c52164694d,9123456789012345", acked="9123456789012345=3", votes=""))

    assert (outcome.quorum, outcome.strangers) == (2, ())
    assert outcome.halves[0].voters == (0x8E9E05C52164694D, 0x9123456789012345)
    assert outcome.drawing
    assert [rung.label for rung in outcome.drawing.ladders[0].rungs] == ["912345678…", "8e9e05c52…"]
    assert run(Inputs(voters="9372538179322589801", acked="", votes="")).labels == {
        0x8211F1D0F64F3269: "8211f1d0f64f3269"
    }


@pytest.mark.parametrize("text", ["{}", '{"members":[]}', "| a | b |", "+---+", "[]"])
def test_a_list_without_members_is_refused(text: str) -> None:
    assert answer({"voters": text}) == "quorum-list"


configurations = st.frozensets(st.integers(1, 9), max_size=7)
indexes = st.dictionaries(st.integers(1, 9), st.integers(0, 20))
ballots = st.dictionaries(st.integers(1, 9), st.booleans())


@settings(deadline=None)
@given(configurations, configurations, indexes)
def test_the_commit_index_is_the_highest_that_both_majorities_have(
    incoming: frozenset[int], outgoing: frozenset[int], acked: dict[int, int]
) -> None:
    def on_disk(index: int) -> bool:
        return all(
            2 * sum(acked.get(voter, 0) >= index for voter in half) > len(half) for half in (incoming, outgoing) if half
        )

    committed = joint_committed((incoming, outgoing), acked)

    if committed is None:
        assert not incoming | outgoing
    else:
        assert committed == max(index for index in range(21) if on_disk(index))


@settings(deadline=None)
@given(configurations, indexes, st.integers(1, 9), st.integers(0, 20))
def test_one_more_acknowledgement_never_moves_the_index_back(
    voters: frozenset[int], acked: dict[int, int], voter: int, index: int
) -> None:
    before = committed_index(voters, acked) or 0

    after = committed_index(voters, {**acked, voter: max(index, acked.get(voter, 0))}) or 0

    assert after >= before


@settings(deadline=None)
@given(configurations, configurations, ballots)
def test_a_vote_is_pending_exactly_when_the_silent_decide(
    incoming: frozenset[int], outgoing: frozenset[int], votes: dict[int, bool]
) -> None:
    def ends(rest: bool) -> str:
        return joint_vote((incoming, outgoing), {v: votes.get(v, rest) for v in incoming | outgoing})

    if ends(True) == ends(False):
        assert joint_vote((incoming, outgoing), votes) == ends(True)
    else:
        assert joint_vote((incoming, outgoing), votes) == "pending"


@settings(deadline=None)
@given(configurations, configurations, indexes, ballots)
def test_the_halves_are_equals(
    incoming: frozenset[int], outgoing: frozenset[int], acked: dict[int, int], votes: dict[int, bool]
) -> None:
    assert joint_committed((incoming, outgoing), acked) == joint_committed((outgoing, incoming), acked)
    assert joint_vote((incoming, outgoing), votes) == joint_vote((outgoing, incoming), votes)
    assert joint_vote((incoming, incoming), votes) == vote_result(incoming, votes)


@settings(deadline=None)
@given(st.frozensets(st.integers(1, 6), min_size=1, max_size=5), st.frozensets(st.integers(1, 6), max_size=5))
def test_fewer_than_the_smallest_quorum_never_win(incoming: frozenset[int], outgoing: frozenset[int]) -> None:
    members = incoming | outgoing
    groups = [{v for v in members if bits >> v & 1} for bits in range(1 << 7)]

    winners = [group for group in groups if joint_vote((incoming, outgoing), {v: v in group for v in members}) == "won"]

    assert min(map(len, winners)) == smallest_quorum(incoming, outgoing)


def answer(inputs: dict[str, str]) -> str:
    try:
        run(Inputs(**inputs))
    except Refusal as refusal:
        return refusal.code
    return "decided"


@settings(deadline=None)
@given(st.text(alphabet="0123456789=,_ yesno", max_size=40), st.text(max_size=20))
def test_rubbish_is_refused_and_nothing_else(one: str, other: str) -> None:
    for inputs in (
        {"voters": one, "acked": other},
        {"acked": one, "votes": other},
        {"votes": one, "outgoing": other},
    ):
        code = answer(inputs)
        assert code in {"decided", *REFUSALS} or code.startswith("manifest-")


WORDS = words_beside(__file__)
REFUSALS = {
    *("quorum-number", "quorum-pair", "quorum-vote", "quorum-twice", "quorum-too-many"),
    *("quorum-list", "quorum-status", "quorum-health", "quorum-acked-list", "quorum-joint"),
}


def test_everything_is_said_in_both_languages() -> None:
    assert {f"refusal.{code}" for code in REFUSALS} <= WORDS.keys()
    assert {f"example.{example.name}" for example in WIDGET.examples} <= WORDS.keys()
    assert {f"field.{name}" for name in Inputs.model_fields} <= WORDS.keys()
    for example in WIDGET.examples:
        outcome = run(Inputs(**example.inputs))
        for said in (outcome.verdict, outcome.why, *outcome.steps):
            for language in LANGUAGES:
                assert WORDS.text(language, said.key, **said.values)


@pytest.mark.parametrize(
    ("ids", "voters"),
    [
        ("voters=(10276657743932975437 10501334649042878790)", (0x8E9E05C52164694D, 0x91BC3C398FB3C146)),  # up to 3.6
        ("voters=(8e9e05c52164694d 91bc3c398fb3c146)", (0x8E9E05C52164694D, 0x91BC3C398FB3C146)),  # raft v3.7
        ("voters=(8e9e05c52164694d) learners=(91bc3c398fb3c146)", (0x8E9E05C52164694D,)),
        ("voters=(1 2 3)", (1, 2, 3)),
    ],
)
def test_the_members_that_raft_logs_are_read(ids: str, voters: tuple[int, ...]) -> None:
    line = '{"level":"info","logger":"raft","msg":"8e9e05c52164694d switched to configuration %s"}'
    log = "\n".join(line % each for each in ("voters=()", "voters=(7)", ids))

    assert sorted(ack.voter for ack in run(Inputs(voters=log, acked="", votes="")).halves[0].acks) == sorted(voters)


def test_half_a_joint_configuration_is_refused() -> None:
    assert answer({"voters": "1 switched to configuration voters=(1 2 3)&&(1 2) autoleave"}) == "quorum-joint"
