# SPDX-License-Identifier: MIT
"""How the bench reads what its tools print."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))

from measure import callgrind, cases, decode, gateway, publish, syscalls, tree  # noqa: E402
from measure.load import LoadResult  # noqa: E402

LOAD_LINE = (
    '{"answers":200,"answers_with_warm_up":250,"seconds":0.500000,"cpu_seconds":0.001000000,'
    '"body_bytes":2000,"other_status":0,"broken":0,"dropped":0,"opened":64,"starved":0,"late":0,'
    '"latency_us":{"count":200,"mean":5.00,"p50":4.00,"p90":6.00,"p99":9.00,"p999":10.00,'
    '"max":11.00}}'
)


def test_load_gives_rate_and_cpu_time_of_a_request() -> None:
    result = LoadResult.parse(LOAD_LINE)
    assert result.rate == 400
    assert result.cpu_us == pytest.approx(5.0)
    assert result.busy == pytest.approx(0.002)
    assert result.latency_us["p999"] == 10.0


def test_load_without_answers_has_no_cpu_time_of_a_request() -> None:
    result = LoadResult.parse(LOAD_LINE.replace('"answers":200', '"answers":0'))
    assert result.cpu_us is None
    assert result.rate == 0


def test_pss_is_that_of_all_mappings() -> None:
    text = "55d0-7ffd ---p 00000000 00:00 0  [rollup]\nRss:  9000 kB\nPss:  1234 kB\nPss_Anon:  7 kB\n"
    assert tree.parse_pss(text) == 1234 * 1024
    assert tree.parse_pss("") == 0


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("        1,234,567      raw_syscalls:sys_enter                                      \n", 1234567),
        ("               12      raw_syscalls:sys_enter:u\n", 12),
        ("    <not counted>      raw_syscalls:sys_enter\n", None),
        ("", None),
    ],
)
def test_perf_count(line: str, count: int | None) -> None:
    assert syscalls.parse_perf(f" Performance counter stats for process id '1':\n\n{line}") == count


def test_strace_counts_by_name() -> None:
    text = """\
% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 70.00    0.000700           1       700           sendmsg
 20.00    0.000200           2       705         5 recvfrom
 10.00    0.000100                    40           epoll_wait
------ ----------- ----------- --------- --------- ----------------
100.00    0.001000           1      1445         5 total
"""
    assert syscalls.parse_strace(text) == {"sendmsg": 700, "recvfrom": 705, "epoll_wait": 40}


def test_uwsgi_packet_says_its_size() -> None:
    assert gateway.uwsgi_packet({"A": "bc"}) == b"\0\x07\0\0" + b"\x01\0A\x02\0bc"


def test_scgi_netstring_begins_with_the_length_of_the_body() -> None:
    assert gateway.scgi_netstring({"A": "bc"}) == b"29:CONTENT_LENGTH\x000\0A\0bc\0SCGI\x001\0,"


def test_fastcgi_records_say_their_sizes() -> None:
    assert gateway.fastcgi_records({"A": "bc"}) == (
        b"\1\1\0\1\0\x08\0\0" + b"\0\1\0\0\0\0\0\0"
        b"\1\4\0\1\0\5\0\0" + b"\1\2Abc" + b"\1\4\0\1\0\0\0\0" + b"\1\5\0\1\0\0\0\0"
    )


FASTCGI_END = b"\1\3\0\1\0\x08\0\0" + bytes(8)


@pytest.mark.parametrize(
    ("protocol", "answer", "understood"),
    [
        ("uwsgi", b"HTTP/1.1 404 Not Found\r\nA: b\r\n\r\nxy", (404, b"xy")),
        ("scgi", b"A: b\r\nstatus: 503 Busy\r\n\r\nxy", (503, b"xy")),
        ("scgi", b"A: b\r\n\r\n", (200, b"")),
        (
            "fastcgi",
            b"\1\6\0\1\0\x08\1\0A: b\r\n\r\n\x7f" + b"\1\7\0\1\0\1\0\0e"
            b"\1\6\0\1\0\2\0\0xy" + FASTCGI_END,
            (200, b"xy"),
        ),
    ],
)
def test_answers_of_gateway_protocols(
    protocol: cases.Protocol, answer: bytes, understood: tuple[int, bytes]
) -> None:
    assert gateway.understand(protocol, answer) == understood


@pytest.mark.parametrize(
    ("protocol", "answer"),
    [("uwsgi", b""), ("scgi", b"A: b\r\n"), ("fastcgi", b"\1\6\0\1\0\x08\0\0A: b\r\n\r\n")],
)
def test_half_an_answer_is_none(protocol: cases.Protocol, answer: bytes) -> None:
    with pytest.raises(ValueError, match="no answer"):
        gateway.understand(protocol, answer)


def test_google_benchmark_gives_the_median() -> None:
    runs = [
        {"run_name": "decode/http", "aggregate_name": "mean", "cpu_time": 9.0, "bytes": 500.0},
        {"run_name": "decode/http", "aggregate_name": "median", "cpu_time": 8.5, "bytes": 500.0},
    ]
    assert decode.parse_times(json.dumps({"benchmarks": runs})) == {"decode/http": (500, 8.5)}


PROFILE = """\
version: 1
creator: callgrind-3.19.0
positions: line
events: Ir

ob=(1) /x/_core.so
fl=(1) /home/me/src/server/connection.cc
fn=(1) Connection::advance()
10 100
cfi=(2) /home/me/src/proto/http1/session.cc
cfn=(2) Session::next()
calls=1 5
11 250
cfi=(3) /home/me/src/pyhost/wsgi_application.cc
cfn=(3) WsgiApplication::answer()
calls=1 7
+1 1000

fl=(2)
fn=(2)
5 200
cob=(2) /lib/libc.so
cfi=(4) ???
cfn=(4) memchr
calls=1 0
6 50

ob=(2)
fl=(4)
fn=(4)
0 50

ob=(1)
fl=(3)
fn=(3)
7 10
fi=(5) /home/me/src/pyhost/environ.cc
* 40
cob=(3) /usr/bin/python3
cfi=(4)
cfn=(5) PyDict_Copy
calls=1 0
* 150
fi=(7) /usr/include/string.h
cfn=(8) string::append
calls=1 0
9 5
fe=(3)
cob=(3)
cfi=(4)
cfn=(6) PyObject_Vectorcall
calls=1 0
8 800

fl=(7)
fn=(8)
9 5

ob=(3)
fl=(4)
fn=(5)
0 150
fn=(6)
0 700
cob=(1)
cfi=(6) /home/me/src/pyhost/start_response.cc
cfn=(7) call_start_response
calls=1 3
0 100

ob=(1)
fl=(6)
fn=(7)
3 100
"""


def test_callgrind_total_is_what_all_functions_took_themselves() -> None:
    profile = callgrind.parse(PROFILE)
    assert profile.total() == 100 + 200 + 50 + 10 + 40 + 5 + 150 + 700 + 100
    assert profile.by_function()["memchr"] == 50


def test_callgrind_splits_every_instruction_into_one_phase() -> None:
    phases = callgrind.split(callgrind.parse(PROFILE))
    assert phases == {
        "loop": 100,
        "parse": 250,  # with memchr
        "environ": 190,  # inlined, with PyDict_Copy
        "call": 715,  # with string::append; without what start_response does
        "respond": 100,
        "other": 0,
    }


@pytest.mark.parametrize(
    ("path", "phase"),
    [
        ("/a/src/proto/http1/head_parser.cc", "parse"),
        ("/a/src/proto/http1/encoder.cc", "respond"),
        ("/a/src/pyhost/environ.cc", "environ"),
        ("/a/src/server/request_log.cc", "log"),
        ("/a/src/net/loop.cc", "loop"),
        ("/a/src/base/text.cc", None),
        ("/usr/include/c++/12/bits/basic_string.h", None),
    ],
)
def test_phase_of_a_file(path: str, phase: str | None) -> None:
    assert callgrind.phase_of(path) == phase


def test_tables_go_to_their_places_in_a_document() -> None:
    document = "a\n<!-- bench: x -->\nold\n<!-- end -->\nb\n<!-- bench: y -->\nkept\n<!-- end -->\n"
    assert publish.fill(document, {"x": "| new |", "z": "unused"}) == (
        "a\n<!-- bench: x -->\n| new |\n<!-- end -->\nb\n<!-- bench: y -->\nkept\n<!-- end -->\n"
    )
