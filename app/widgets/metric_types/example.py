"""What this site's own /metrics answered at two scrapes, 15 seconds apart, with routes and buckets thinned out."""


def _scrape(
    cpu: str, memory: str, fds: int, requests: tuple[int, ...], buckets: tuple[int, ...], seconds: str, sent: int
) -> str:
    pages, models, missing, fragments = requests
    bounds = ("0.001", "0.005", "0.025", "0.1", "0.5", "+Inf")
    bucket = "podscope_http_request_duration_seconds_bucket"
    route = 'route="/fragments/{lang}/widgets/{slug}"'
    rows = "\n".join(f'{bucket}{{le="{bound}",{route}}} {n}.0' for bound, n in zip(bounds, buckets, strict=True))
    return f"""\
# HELP process_resident_memory_bytes Resident memory size in bytes.
# TYPE process_resident_memory_bytes gauge
process_resident_memory_bytes {memory}
# HELP process_start_time_seconds Start time of the process since unix epoch in seconds.
# TYPE process_start_time_seconds gauge
process_start_time_seconds 1.79541306519e+09
# HELP process_cpu_seconds_total Total user and system CPU time spent in seconds.
# TYPE process_cpu_seconds_total counter
process_cpu_seconds_total {cpu}
# HELP process_open_fds Number of open file descriptors.
# TYPE process_open_fds gauge
process_open_fds {fds}.0
# HELP python_info Python platform information
# TYPE python_info gauge
python_info{{implementation="CPython",major="3",minor="11",patchlevel="7",version="3.11.7"}} 1.0
# HELP podscope_http_requests_total Answers sent since the process began, of every kind.
# TYPE podscope_http_requests_total counter
podscope_http_requests_total{{method="GET",route="/{{lang}}/lessons/{{slug}}",status="200"}} {pages}.0
podscope_http_requests_total{{method="GET",route="/{{lang}}/widgets/{{slug}}",status="200"}} {models}.0
podscope_http_requests_total{{method="POST",{route},status="200"}} {fragments}.0
podscope_http_requests_total{{method="GET",route="none",status="404"}} {missing}.0
# HELP podscope_http_request_duration_seconds Time from a request to the last byte of its answer; \
pages that lie ready are not timed.
# TYPE podscope_http_request_duration_seconds histogram
{rows}
podscope_http_request_duration_seconds_count{{{route}}} {buckets[-1]}.0
podscope_http_request_duration_seconds_sum{{{route}}} {seconds}
# HELP podscope_http_requests_in_progress Requests that are being answered now, the one that reads this among them.
# TYPE podscope_http_requests_in_progress gauge
podscope_http_requests_in_progress 1.0
# HELP podscope_http_response_size_bytes Bytes of a body as it is sent, compressed; \
pages that lie ready are not counted.
# TYPE podscope_http_response_size_bytes summary
podscope_http_response_size_bytes_count {sum(requests)}.0
podscope_http_response_size_bytes_sum {sent}.0
"""


TIMES = "2026-11-23T06:00:03.120Z/2026-11-23T06:00:18.120Z"
EARLIER = _scrape("4.99", "1.27008768e+08", 22, (310, 118, 9, 74), (0, 21, 58, 69, 74, 74), "1.8134", 14_390_763)
NOW = _scrape("5.26", "1.27172608e+08", 23, (325, 124, 9, 86), (0, 25, 68, 81, 86, 86), "2.0714", 15_103_347)

COUNTER_FAULTS = """\
# HELP http_requests Requests served.
# TYPE http_requests counter
http_requests{code="200"} 1027
# HELP queue_total Jobs waiting now.
# TYPE queue_total gauge
queue_total 3
# TYPE request_duration_milliseconds histogram
request_duration_milliseconds_bucket{le="100"} 8
request_duration_milliseconds_bucket{le="250"} 6
request_duration_milliseconds_sum 900
request_duration_milliseconds_count 9
"""

BROKEN = """\
# HELP jobs_total Jobs done.
# TYPE jobs_total counter
jobs_total{queue="mail"} 12
jobs_total{queue="print} 4
jobs_total{queue="scan"} many
jobs-failed_total 1
"""

SUMMARY = """\
# HELP rpc_duration_seconds How long calls took.
# TYPE rpc_duration_seconds summary
rpc_duration_seconds{quantile="0.5"} 0.012
rpc_duration_seconds{quantile="0.9"} 0.047
rpc_duration_seconds{quantile="0.99"} 0.31
rpc_duration_seconds_sum 1756.4
rpc_duration_seconds_count 26931
"""

RESTARTED = """\
# HELP jobs_total Jobs done.
# TYPE jobs_total counter
jobs_total{{queue="mail"}} {mail}
jobs_total{{queue="scan"}} {scan}
# HELP queue_length Jobs waiting now.
# TYPE queue_length gauge
queue_length {length}
"""
