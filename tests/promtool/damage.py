"""Pages with a little damage: the same for the same seed, so that what a program said of them can be kept."""

import random

PAGES = (
    '# HELP jobs_total Jobs done.\n# TYPE jobs_total counter\njobs_total{queue="mail"} 12\njobs_total{queue="a b"} 4\n',
    '# TYPE h_seconds histogram\nh_seconds_bucket{le="1"} 1\nh_seconds_bucket{le="+Inf"} 2\nh_seconds_sum 1.5\n'
    "h_seconds_count 2\n",
    '# TYPE s summary\ns{quantile="0.5"} 1\ns_sum 1e3\ns_count +Inf\n# a comment\nx_ms NaN\n',
    '# HELP jobs Jobs done.\n# TYPE jobs counter\njobs_total{queue="mail"} 12 # {trace_id="ab"} 1.5\n'
    'jobs_created{queue="mail"} 1.7e9\n# EOF\n',
    '# TYPE wait_seconds gauge\n# UNIT wait_seconds seconds\nwait_seconds{a="b",c="d"} 4\n# EOF\n',
    '# TYPE i info\ni_info{v="1"} 1\n# TYPE u unknown\nu 0\n# EOF\n',
)
BITS = (
    *('"', "\\", "\n", " ", "\t", "{", "}", "=", ",", "#", "# ", "\r", "é", "1", "-", "e", ".", "_", ":", "p", "inf"),
    *("HELP ", "TYPE ", "# EOF", "# EOF\n", "# UNIT a b\n", 'a="b"', 'le="2"', "\\n", "x 1\n", ' # {a="b"} 1'),
)


def damaged(luck: random.Random) -> tuple[str, str]:
    """A page and the format in which it is sent: text or openmetrics."""
    page = luck.choice(PAGES)
    for _ in range(luck.choice((0, 1, 1, 1, 2, 3))):
        page = _hurt(luck, page)
    sent = "openmetrics" if "# EOF" in page else "text"
    return page, sent if luck.random() < 0.8 else luck.choice(("text", "openmetrics"))


def _hurt(luck: random.Random, page: str) -> str:
    at, way = luck.randrange(len(page) + 1), luck.random()
    if way < 0.4:
        return page[:at] + luck.choice(BITS) + page[at:]
    if way < 0.65:
        return (page[:at] + page[at + luck.choice((1, 1, 2, 8)) :]) or "x"
    if way < 0.85:
        return page[:at] + luck.choice(BITS) + page[at + 1 :]
    lines = page.split("\n")
    at = luck.randrange(len(lines))
    lines[at : at + 1] = luck.choice(([], [lines[at]] * 2, [""], ["# x"], [" " + lines[at]], [lines[at] + " "]))
    return "\n".join(lines) or "x"
