# SPDX-License-Identifier: MIT
"""What --log-format and its kin make of a request, and where its time went."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from harness import build, uwsgi
from harness.endpoint import Endpoint
from harness.gate import Gate
from harness.http import Connection, encode_request, fetch
from harness.server import Penstock
from harness.start import APPS, StartPenstock
from harness.wait import wait_until

pytestmark = pytest.mark.asan


def _start(penstock: StartPenstock, *options: str, app: str = "probe") -> Penstock:
    return penstock(
        *("--http-socket", "127.0.0.1:0", "--socket", "127.0.0.1:0"),
        *("--pythonpath", APPS, "-w", app),
        *options,
    )


def _logged(server: Penstock, path: str, count: int = 1) -> dict[str, Any]:
    """The JSON line of the `count`-th request to a path."""
    found = server.log.wait_for(rf'^\{{.*"uri":"{re.escape(path)}.*$', count=count)
    value: dict[str, Any] = json.loads(found[0])
    return value


def test_writes_a_format_with_uwsgis_variables(penstock: StartPenstock) -> None:
    """Apache's combined format, as many configurations have it."""
    server = _start(
        penstock,
        "--logformat",
        '%(addr) - %(user) [%(ltime)] "%(method) %(uri) %(proto)" %(status) %(size) '
        '"%(referer)" "%(uagent)" %(pid) %(wid) %(core) %(var.QUERY_STRING) %(metric.x)',
    )
    [pid] = server.worker_pids()
    extra = {
        "REMOTE_USER": "me",
        "HTTP_USER_AGENT": 'a "b" \\',
        "HTTP_REFERER": "http://x/",
    }
    uwsgi.exchange(
        server.uwsgi,
        uwsgi.encode_packet(uwsgi.request_variables("GET", "/?a=b", extra)),
    )
    line = server.log.wait_for(r"^192\.0\.2\.7 .*$")[0]
    assert re.fullmatch(
        r"192\.0\.2\.7 - me \[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] "
        r'"GET /\?a=b HTTP/1\.1" 200 \d+ "http://x/" "a \\x22b\\x22 \\x5c" '
        rf"{pid} 1 0 a=b -",
        line,
    ), line


def test_keeps_a_format_that_is_json_valid(penstock: StartPenstock) -> None:
    server = _start(
        penstock, "--log-format", '{"uri":"%(uri)","agent":"<%(uagent)>","ms":%(msecs)}'
    )
    agent = 'quote " backslash \\ umlaut \xe4 end'
    fetch(server.http, "/a%20b", fields=[("User-Agent", agent)])
    line = _logged(server, "/a%20b")
    assert line["agent"] == f"<{agent}>"
    assert isinstance(line["ms"], int)


def test_can_be_told_how_to_escape(penstock: StartPenstock) -> None:
    server = _start(
        penstock,
        "--log-format",
        'request %(uri) "%(uagent)"',
        "--log-format-escape",
        "json",
    )
    fetch(server.http, "/one", fields=[("User-Agent", 'a"b')])
    server.log.wait_for(r'^request "/one" "a\\"b"$')


def test_writes_one_object_a_line(penstock: StartPenstock) -> None:
    server = _start(penstock, "--log-json")
    [pid] = server.worker_pids()
    before = time.time()
    fetch(server.http, "/echo?x", method="POST", body=b"12345", fields=[("Host", "named")])
    line = _logged(server, "/echo?x")
    when = time.strptime(line["time"][:19], "%Y-%m-%dT%H:%M:%S")
    assert before - 2 <= time.mktime(when) <= time.time() + 1
    assert re.fullmatch(r".{19}\.\d{6}[+-]\d\d:\d\d", line["time"])
    expected = {
        "pid": pid,
        "worker": 1,
        "core": 0,
        "request": 1,
        "addr": "127.0.0.1",
        "user": None,
        "method": "POST",
        "uri": "/echo?x",
        "proto": "HTTP/1.1",
        "host": "named",
        "referer": None,
        "agent": None,
        "body_in": 5,
        "status": 200,
        "body_out": 5,
        "errors": 0,
        "vars": {},
    }
    assert {name: line[name] for name in expected} == expected
    steps = [line[name] for name in ("receive", "queue", "app", "write")]
    assert abs(sum(steps) - line["micros"]) <= len(steps)
    assert line["head_out"] > 0 and line["headers"] > 0


def test_adds_timings_and_memory_to_uwsgis_line(penstock: StartPenstock) -> None:
    server = _start(penstock, "--log-timings", "--log-micros", "-m")
    fetch(server.http)
    found = server.log.wait_for(
        r"^\{address space usage: (\d+) bytes/\d+MB\} \{rss usage: (\d+) bytes/\d+MB\} \[pid: .*"
        r"generated 5 bytes in (\d+) micros \(HTTP/1\.1 200\) .* core 0\) \[receive (\d+) "
        r"queue (\d+) app (\d+) gil (\d+) cpu (\d+) write (\d+) micros\]$"
    )
    space, resident, total, *steps = map(int, found.groups())
    assert space > resident > 1_000_000
    receive, queue, app, gil, _, write = steps
    assert abs(receive + queue + app + write - total) <= 4
    assert gil <= app


def test_tells_computing_from_waiting(penstock: StartPenstock) -> None:
    server = _start(penstock, "--log-json", app="timed")
    fetch(server.http, "/burn?seconds=0.1")
    line = _logged(server, "/burn")
    assert line["app"] >= line["cpu"] - 1000 >= 99_000
    fetch(server.http, "/sleep?seconds=0.2")
    line = _logged(server, "/sleep")
    assert line["app"] >= 199_000
    assert line["cpu"] < 100_000


def test_shows_the_wait_for_the_gil(penstock: StartPenstock, folder: Path) -> None:
    server = _start(penstock, "--threads", "2", "--log-json", app="timed")
    fifo = folder / "fifo"
    os.mkfifo(fifo)
    tries = 0

    def waited() -> bool:
        nonlocal tries
        tries += 1
        with Connection(server.http) as holder, Connection(server.http) as other:
            holder.send(encode_request("GET", f"/hold?fifo={fifo}"))
            with fifo.open("wb", buffering=0) as end:  # opens when the app has opened it, too
                other.send(encode_request("GET", "/burn?seconds=0"))
                time.sleep(0.2)
                end.write(b"x")
            assert holder.read_response().body == other.read_response().body == b"done"
        line = _logged(server, "/burn", tries)
        assert line["gil"] <= line["app"]
        return bool(line["gil"] >= 100_000)

    wait_until(waited, "a request that waited for the GIL")


def test_shows_the_wait_for_a_thread(penstock: StartPenstock, gate: Gate) -> None:
    server = _start(penstock, "--log-json")
    tries = 0

    def waited() -> bool:
        nonlocal tries
        tries += 1
        with Connection(server.http) as first, Connection(server.http) as second:
            first.send(encode_request("GET", f"/wait?gate={gate.path}"))
            visitor = gate.wait()
            second.send(encode_request("GET", "/who"))
            time.sleep(0.2)
            visitor.release()
            assert first.read_response().status == second.read_response().status == 200
        return bool(_logged(server, "/who", tries)["queue"] >= 100_000)

    wait_until(waited, "a request that waited for a thread")


def test_shows_the_time_of_sending(penstock: StartPenstock) -> None:
    """To a client that does not read, when no more can be buffered."""
    server = _start(
        *(
            penstock,
            "--log-json",
            "--response-buffer",
            "4096",
            "--response-memory",
            "4096",
        ),
        app="timed",
    )
    tries = 0

    def waited() -> bool:
        nonlocal tries
        tries += 1
        with Connection(server.http, receive_buffer=4096) as connection:
            connection.send(encode_request("GET", "/parts?count=300"))
            time.sleep(0.2)
            assert len(connection.read_response().body) == 300 * 65536
        line = _logged(server, "/parts", tries)
        return bool(line["write"] >= 100_000)

    wait_until(waited, "a request that waited for its client")


def test_logs_only_what_is_asked_for(penstock: StartPenstock) -> None:
    server = _start(penstock, "-L", "--log-4xx", "--log-5xx", "--log-big", "5000", "--log-zero")
    for path in (
        "/",
        "/status?code=404",
        "/status?code=503",
        "/sized?size=5000&count=1",
    ):
        fetch(server.http, path)
    fetch(server.http, "/status?code=204")
    server.log.wait_for("^.pid: ", count=4)
    server.send_signal(signal.SIGTERM)
    server.wait()
    paths = [found[1] for found in server.log.matches(r"\] GET (\S+) => ")]
    assert paths == [
        "/status?code=404",
        "/status?code=503",
        "/sized?size=5000&count=1",
    ] + ["/status?code=204"]


def test_logs_what_is_slow(penstock: StartPenstock) -> None:
    server = _start(penstock, "-L", "--log-slow", "100", app="timed")
    for _ in range(5):
        fetch(server.http, "/sleep?seconds=0")
    fetch(server.http, "/sleep?seconds=0.15")
    server.log.wait_for(r"GET /sleep\?seconds=0\.15 => ")
    times = [int(found[1]) for found in server.log.matches(r"=> generated \d+ bytes in (\d+) ms")]
    assert min(times) >= 100


def test_logs_clients_that_are_gone(penstock: StartPenstock, gate: Gate) -> None:
    server = _start(penstock, "-L", "--log-ioerror")
    fetch(server.http)
    with Connection(server.http) as connection:
        connection.send(encode_request("GET", f"/wait?gate={gate.path}"))
        visitor = gate.wait()
        connection.reset()
    visitor.release()
    server.log.wait_for(r"GET /wait\?gate=")
    assert not server.log.matches(r"GET / => ")


def test_logs_the_forwarded_address_only_when_told(penstock: StartPenstock) -> None:
    for options, address in (
        ([], "127.0.0.1"),
        (["--log-x-forwarded-for"], "203.0.113.9"),
    ):
        server = _start(penstock, *options)
        fields = [("X-Forwarded-For", "203.0.113.9")]
        environ = json.loads(fetch(server.http, "/environ", fields=fields).body)
        assert environ["REMOTE_ADDR"] == "127.0.0.1"
        server.log.wait_for(rf"^\[pid: \d+\|app: 0\|req: 1/1\] {re.escape(address)} \(\)")


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--log-format", "%(uri"], "log-format"),
        (["--log-format", "x" * 3000], "log-format"),
        (["--log-format-escape", "none"], "auto, json or text"),
        (["--log-slow", "fast"], "log-slow"),
    ],
)
def test_refuses_what_it_cannot_do(options: list[str], complaint: str) -> None:
    done = subprocess.run(
        [build.program(), "--http-socket", "127.0.0.1:0", "-w", "probe", *options],
        capture_output=True,
        text=True,
        check=False,
        timeout=build.PATIENCE,
    )
    assert done.returncode == 1
    assert complaint in done.stderr


def test_serves_on_with_a_full_disk(penstock: StartPenstock) -> None:
    """As /dev/full is: the log is lost, the service is not."""
    full = os.open("/dev/full", os.O_WRONLY)

    def log_there() -> None:
        os.dup2(full, 2)

    server = penstock(
        *("--http-socket", "x.sock", "--pythonpath", APPS, "-w", "probe"),
        before_exec=log_there,
    )
    os.close(full)
    endpoint = Endpoint(str(server.folder / "x.sock"))
    wait_until(lambda: endpoint.is_listening() or not server.is_running, "the socket")
    with Connection(endpoint) as connection:
        for _ in range(500):
            assert connection.get("/").body == b"hello"
    assert fetch(endpoint, "/fail").status == 500
    assert fetch(endpoint).body == b"hello"


@pytest.mark.parametrize("format_", ["text", "json"])
def test_keeps_lines_of_many_workers_whole(penstock: StartPenstock, format_: str) -> None:
    """In a pipe, that all of them share, with lines of all lengths."""
    options = ["--log-json"] if format_ == "json" else ["--log-format", "begin %(uri) end"]
    server = _start(penstock, "-p", "3", "--threads", "2", *options)
    server.worker_pids(3)
    connections = [Connection(server.http) for _ in range(9)]
    for number, connection in enumerate(connections):
        for request in range(60):
            connection.send(encode_request("GET", f"/?{'x' * (number * 300)}&{request}"))
    for connection in connections:
        for _ in range(60):
            assert connection.read_response().status == 200
        connection.close()
    begin = r"^\{" if format_ == "json" else "^begin "
    server.log.wait_for(begin, count=540)
    lines = [line for line in server.log.lines if re.match(begin, line)]
    assert len(lines) == 540
    for line in lines:
        if format_ == "json":
            assert re.fullmatch(r"/\?x*&\d+", json.loads(line)["uri"])
        else:
            assert re.fullmatch(r"begin /\?x*&\d+ end", line), line


def test_shows_the_stack_of_a_slow_request_once(penstock: StartPenstock, gate: Gate) -> None:
    server = _start(penstock, "--log-slow-stack", "100", "--threads", "2", app="late")
    [pid] = server.worker_pids()
    with Connection(server.http) as slow:
        slow.send(encode_request("GET", f"/wait?gate={gate.path}"))
        visitor = gate.wait()
        block = server.log.wait_for(
            rf"^slow request: worker 1 \(pid: {pid}\), core \d: GET /wait\?gate=\S+ from 127\.0\.0\.1 "
            r"has run for \d+\.\d seconds; it is in\n((?:  .*\n)+)"
        )
        frames = block[1]
        assert "in wait\n" in frames
        assert "in wait_at" in frames
        assert frames.index("in application") < frames.index("in wait_at")
        # Looked at once, however long it goes on and whatever else is done meanwhile.
        for _ in range(5):
            fetch(server.http)
        assert not _says_more(server, block.end())
        visitor.release()
        assert slow.read_response().body == b"passed"
    assert len(server.log.matches(r"^slow request: .* GET /wait")) == 1


def _says_more(server: Penstock, start: int) -> bool:
    return bool(server.log.matches(r"^slow request: .* GET /wait", start))


def test_shows_the_stack_while_native_code_holds_the_gil(
    penstock: StartPenstock, gate: Gate
) -> None:
    server = _start(penstock, "--log-slow-stack", "100", app="late")
    with Connection(server.http) as slow:
        slow.send(encode_request("GET", f"/keep-gil?gate={gate.path}"))
        visitor = gate.wait()
        server.log.wait_for(
            r"^slow request: .* GET /keep-gil\S+ .*; it is in\n"
            r"  File \".*late\.py\", line \d+ in keep_gil\n(?:  File .*\n)+"
            r"  while native code holds the GIL$"
        )
        visitor.release()
        assert slow.read_response().body == b"passed"
