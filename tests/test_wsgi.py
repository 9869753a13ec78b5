# SPDX-License-Identifier: MIT
"""PEP 3333: the environ, start_response, the body, its end, and what an app must not do."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.start import APPS, StartPenstock
from harness import http, uwsgi
from harness.gate import Gate
from harness.http import Connection, Response, fetch
from harness.server import Penstock

pytestmark = pytest.mark.asan


@pytest.fixture(scope="module")
def cases(shared_penstock: StartPenstock) -> Penstock:
    """One server with apps/wsgi_cases.py."""
    return shared_penstock(
        *("--http-socket", "127.0.0.1:0", "--socket", "127.0.0.1:0", "--threads", "2"),
        *("--pythonpath", APPS, "--module", "wsgi_cases"),
        environment={"SECRET_OF_TEST": "not for the environ"},
    )


def _get(server: Penstock, page: str, **query: str) -> Response:
    text = "&".join(f"{name}={value}" for name, value in query.items())
    return fetch(server.http, f"/{page}?{text}")


# environ


def test_fills_in_the_whole_environ(probe: Penstock) -> None:
    with Connection(probe.http) as connection:
        name, port = connection.socket.getsockname()[:2]
        response = connection.request(
            "POST",
            "/environ/a%20b?x=1",
            [("Content-Type", "text/x"), ("Host", "named:81"), ("X-Y", "z")],
            b"12345",
        )
    environ = json.loads(response.body)
    expected = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/environ/a b",
        "QUERY_STRING": "x=1",
        "REQUEST_URI": "/environ/a%20b?x=1",
        "CONTENT_TYPE": "text/x",
        "CONTENT_LENGTH": "5",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_PORT": "81",
        "SERVER_NAME": "named",
        "REMOTE_ADDR": name,
        "REMOTE_PORT": str(port),
        "HTTP_HOST": "named:81",
        "HTTP_X_Y": "z",
        "wsgi.version": "tuple",
        "wsgi.url_scheme": "http",
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
    }
    names = ("SERVER_NAME", "SERVER_PORT")
    assert {key: environ.get(key) for key in expected if key not in names} == {
        key: value for key, value in expected.items() if key not in names
    }
    assert environ["SERVER_NAME"] and environ["SERVER_PORT"].isdigit()
    assert {"wsgi.input", "wsgi.errors", "wsgi.file_wrapper"} <= environ.keys()
    assert "HTTP_CONTENT_TYPE" not in environ and "HTTP_CONTENT_LENGTH" not in environ


def test_leaves_out_what_was_not_sent(probe: Penstock) -> None:
    with Connection(probe.http) as connection:
        connection.send(b"GET /environ HTTP/1.0\r\n\r\n")
        environ = json.loads(connection.read_response().body)
    assert environ["QUERY_STRING"] == ""
    assert environ["SERVER_PROTOCOL"] == "HTTP/1.0"
    assert environ["SERVER_NAME"]
    assert environ["SERVER_PORT"].isdigit()
    assert environ.get("CONTENT_LENGTH", "") == ""
    assert environ.get("CONTENT_TYPE", "") == ""
    assert not [name for name in environ if name.startswith("HTTP_")]


def test_gives_a_plain_dict(cases: Penstock) -> None:
    assert _get(cases, "environ_type").body == b"True"


def test_gives_each_request_an_environ_of_its_own(cases: Penstock) -> None:
    with Connection(cases.http) as connection:
        for _ in range(3):
            assert connection.get("/keep_environ").body == b"nothing"


def test_keeps_the_process_environment_out(cases: Penstock) -> None:
    """The app has os.environ; what is in there is nobody else's business."""
    found = json.loads(_get(cases, "process_environment").body)
    assert found == {"secret": "not for the environ", "leaked": []}


@pytest.mark.parametrize(
    ("options", "multithread", "multiprocess"),
    [
        ([], False, False),
        (["--threads", "3"], True, False),
        (["--processes", "2"], False, True),
        (["--processes", "2", "--threads", "2"], True, True),
    ],
)
def test_tells_how_it_runs(
    penstock: StartPenstock, options: list[str], multithread: bool, multiprocess: bool
) -> None:
    server = penstock(
        *("--http-socket", "127.0.0.1:0", "--pythonpath", APPS, "-w", "probe"), *options
    )
    environ = json.loads(fetch(server.http, "/environ").body)
    assert environ["wsgi.multithread"] is multithread
    assert environ["wsgi.multiprocess"] is multiprocess


def test_runs_each_request_in_a_context_of_its_own(cases: Penstock) -> None:
    with Connection(cases.http) as connection:
        for _ in range(5):
            assert connection.get("/context_variable").body == b"unset"
    start = cases.log.size
    assert _get(cases, "context_of_the_body").body == b"set"
    cases.log.wait_for("closed with set", start=start)


def test_lets_the_app_fork(cases: Penstock) -> None:
    with Connection(cases.http) as connection:
        for _ in range(3):
            assert connection.get("/forks").body == b"child"


# The two validators


@pytest.mark.parametrize("app", ["validated", "linted"])
@pytest.mark.parametrize("protocol", ["http", "uwsgi"])
def test_satisfies_the_validators(penstock: StartPenstock, app: str, protocol: str) -> None:
    """wsgiref.validate and paste.lint raise where we, or the app, break PEP 3333."""
    option = "--http-socket" if protocol == "http" else "--socket"
    server = penstock(
        *(option, "127.0.0.1:0", "--pythonpath", APPS, "-w", f"validated:{app}", "--threads", "2")
    )
    endpoint = server.endpoint(protocol)

    def ask(method: str, target: str, body: bytes | None = None) -> Response:
        if protocol == "http":
            return fetch(endpoint, target, method=method, body=body)
        return uwsgi.request(endpoint, target, method=method, body=body or b"")

    assert ask("GET", "/?a=b").body == b"GET 0 bytes"
    assert ask("HEAD", "/").status == 200
    assert ask("DELETE", "/").body == b"DELETE 0 bytes"
    assert ask("OPTIONS", "/").body == b"OPTIONS 0 bytes"
    for method in ("POST", "PUT"):
        assert ask(method, "/read", b"x" * 10).body == f"{method} 10 bytes".encode()
        assert ask(method, "/lines", b"a\nb\n" * 50_000).body == f"{method} 200000 bytes".encode()
        assert ask(method, "/", b"unread" * 50_000).body == f"{method} 0 bytes".encode()
    assert ask("POST", "/read", b"").body == b"POST 0 bytes"
    if protocol == "http":
        with Connection(endpoint) as connection:
            for _ in range(2):
                connection.send(
                    b"POST /read HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + http.encode_chunked([b"abc", b"de"])
                )
                assert connection.read_response().body == b"POST 5 bytes"
    assert "Traceback" not in server.log.text
    assert "Warning" not in server.log.text


# start_response, write(), the body


def test_joins_write_and_the_result(cases: Penstock) -> None:
    assert _get(cases, "write_callable").body == b"by write, twice, then by the result"


def test_sends_what_was_written_at_once(cases: Penstock, gate: Gate) -> None:
    with Connection(cases.http) as connection:
        connection.send(http.encode_request("GET", f"/write_then_wait?gate={gate.path}"))
        visitor = gate.wait()
        assert connection.read_head().status == 200
        chunks = connection.read_chunks()
        assert next(chunks) == b"early"
        visitor.release()
        assert list(chunks) == [b"late"]


def test_sends_each_part_as_it_is_yielded(cases: Penstock, gate: Gate) -> None:
    """The first part arrives while the app still waits for us."""
    with Connection(cases.http) as connection:
        connection.send(http.encode_request("GET", f"/stream_at_gate?gate={gate.path}"))
        assert connection.read_head().get("Transfer-Encoding") == "chunked"
        chunks = connection.read_chunks()
        for number in range(3):
            assert next(chunks) == b"part %d" % number
            gate.wait().release()
        assert list(chunks) == [b"last"]


def test_sends_each_part_as_it_is_yielded_over_uwsgi(cases: Penstock, gate: Gate) -> None:
    variables = uwsgi.request_variables("GET", f"/stream_at_gate?gate={gate.path}")
    with Connection(cases.uwsgi) as connection:
        connection.send(uwsgi.encode_packet(variables))
        assert connection.read_head().status == 200
        for number in range(3):
            assert connection.read_exactly(6) == b"part %d" % number
            gate.wait().release()
        assert connection.read_to_end() == b"last"


@pytest.mark.parametrize("threads", ["1", "2"])
@pytest.mark.parametrize("protocol", ["http", "uwsgi"])
def test_sends_all_parts_before_the_app_pauses(
    penstock: StartPenstock, gate: Gate, protocol: str, threads: str
) -> None:
    server = penstock(
        *("--http-socket", "127.0.0.1:0", "--socket", "127.0.0.1:0"),
        *("--pythonpath", APPS, "-w", "wsgi_cases", "--threads", threads),
    )
    path = f"/bursts_at_gate?gate={gate.path}"
    with Connection(server.endpoint(protocol)) as connection:
        if protocol == "http":
            connection.send(http.encode_request("GET", path))
        else:
            connection.send(uwsgi.encode_packet(uwsgi.request_variables("GET", path)))
        assert connection.read_head().status == 200
        chunks = connection.read_chunks()
        for number in range(3):
            for part in range(10):
                expected = b"%d.%d" % (number, part)
                got = next(chunks) if protocol == "http" else connection.read_exactly(3)
                assert got == expected
            gate.wait().release()
        assert (b"".join(chunks) if protocol == "http" else connection.read_to_end()) == b"last"


def test_lets_exc_info_replace_the_head(cases: Penstock) -> None:
    response = _get(cases, "replace_before_output")
    assert (response.status, response.reason) == (503, "Replaced")
    assert response.get("X-First") is None
    assert response.get("X-Second") == "2"
    assert response.body == b"replaced"


def test_raises_exc_info_again_once_the_head_is_out(cases: Penstock) -> None:
    start = cases.log.size
    with Connection(cases.http) as connection:
        connection.send(http.encode_request("GET", "/replace_after_output"))
        assert connection.read_head().status == 200
        answer = connection.drain()
    assert b"too late" in answer and b"never sent" not in answer
    assert not answer.endswith(b"0\r\n\r\n"), "the body must be seen to be cut"
    cases.log.wait_for("ValueError: raised again by start_response", start=start)


@pytest.mark.parametrize(
    ("page", "body"),
    [
        ("start_in_generator", b"started late"),
        ("tuple_body", b"ab"),
        ("one_part", b"one part"),
        ("empty_body", b""),
    ],
)
def test_takes_any_iterable(cases: Penstock, page: str, body: bytes) -> None:
    with Connection(cases.http) as connection:
        response = connection.get(f"/{page}")
        assert (response.status, response.body) == (200, body)
        assert connection.get("/one_part").body == b"one part"


@pytest.mark.parametrize(("page", "length"), [("one_part", "8"), ("empty_body", "0")])
def test_knows_the_length_of_a_list(cases: Penstock, page: str, length: str) -> None:
    assert _get(cases, page).get("Content-Length") == length


def test_lets_empty_parts_hold_the_head_back(cases: Penstock) -> None:
    response = _get(cases, "empty_first")
    assert (response.status, response.body) == (404, b"changed")


@pytest.mark.parametrize("code", [204, 304])
def test_drops_a_body_where_none_may_be(cases: Penstock, code: int) -> None:
    with Connection(cases.http) as connection:
        response = connection.get(f"/body_where_none_may_be?code={code}")
        assert (response.status, response.get("X")) == (code, "y")
        assert response.get("Transfer-Encoding") is None
        if not response.says_close:
            assert connection.get("/one_part").body == b"one part"
    assert uwsgi.request(cases.uwsgi, f"/body_where_none_may_be?code={code}").body == b""


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 304)])
def test_misses_no_body_where_none_may_be(cases: Penstock, method: str, status: int) -> None:
    start = cases.log.size
    with Connection(cases.http) as connection:
        for _ in range(2):
            response = connection.request(method, "/length_without_body")
            assert (response.status, response.get("Content-Length")) == (status, "10")
            assert not response.says_close
        assert connection.get("/one_part").body == b"one part"
    cases.log.wait_for("GET /one_part", start=start)
    assert not re.search("warning|error", cases.log.text[start:])


def test_sends_any_reason(cases: Penstock) -> None:
    response = _get(cases, "status_with_reason")
    assert (response.status, response.reason) == (299, "Any reason, even this: \xe9")


def test_sends_all_fields(cases: Penstock) -> None:
    response = _get(cases, "many_fields")
    assert response.get_all("Set-Cookie") == [f"c{number}={number}" for number in range(300)]
    assert response.get("X-Latin") == "\xe9"
    assert response.get("X-Empty") == ""


def test_leaves_the_apps_date_and_server_alone(cases: Penstock) -> None:
    response = _get(cases, "own_date_and_server")
    assert response.get_all("Date") == ["Sun, 06 Nov 1994 08:49:37 GMT"]
    assert response.get_all("Server") == ["mine/1"]


def test_closes_when_the_app_says_so(cases: Penstock) -> None:
    with Connection(cases.http) as connection:
        response = connection.get("/asks_to_close")
        assert (response.body, response.get("Connection")) == (b"ok", "close")
        assert connection.read_to_end() == b""


def test_sends_early_hints(cases: Penstock) -> None:
    with Connection(cases.http) as connection:
        response = connection.get("/early_hints")
        assert response.body == b"hinted"
        assert [(hint.status, hint.fields) for hint in response.informational] == [
            (103, [("Link", "</style.css>; rel=preload"), ("Link", "</x.js>; rel=preload")]),
            (103, [("X-Second", "2")]),
        ]
        connection.send(b"GET /early_hints HTTP/1.0\r\n\r\n")
        old = connection.read_response()
        assert (old.status, old.informational) == (200, []), "HTTP/1.0 knows no 103"


# What an app must not do

_REFUSED = sorted(re.findall(r'^    "([^"]+)": \(', (APPS / "wsgi_cases.py").read_text(), re.M))


@pytest.mark.parametrize("case", _REFUSED)
def test_refuses_a_bad_head(cases: Penstock, case: str) -> None:
    start = cases.log.size
    response = _get(cases, "refused", case=case.replace(" ", "+"))
    assert response.status == 500
    assert b"evil" not in response.body and response.get("Set-Cookie") is None
    assert b"never sent" not in response.body
    cases.log.wait_for(r"^Traceback|Error", start=start)


@pytest.mark.parametrize(
    "case",
    ["text", "list of text", "list of numbers", "list of None", "number", "list of bytearray"],
)
def test_refuses_a_bad_body(cases: Penstock, case: str) -> None:
    start = cases.log.size
    assert _get(cases, "refused_body", case=case.replace(" ", "+")).status == 500
    cases.log.wait_for("TypeError|bytes", start=start)


@pytest.mark.parametrize("page", ["start_twice", "never_start", "never_start_empty", "return_none"])
def test_refuses_an_app_that_breaks_the_order(cases: Penstock, page: str) -> None:
    start = cases.log.size
    response = _get(cases, page)
    assert response.status == 500
    assert b"never sent" not in response.body and b"no head" not in response.body
    cases.log.wait_for("start_response|NoneType|iterable", start=start)


# Errors of the app


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("fail_at_once", "failed at once"),
        ("fail_after_start", "failed after start_response"),
        ("fail_in_first_part", "failed in the first part"),
    ],
)
def test_turns_an_early_error_into_500(cases: Penstock, page: str, message: str) -> None:
    start = cases.log.size
    with Connection(cases.http) as connection:
        response = connection.get(f"/{page}")
        assert response.status == 500
        assert message.encode() not in response.body
        assert not response.says_close or connection.read_to_end() == b""
    found = cases.log.wait_for(rf"RuntimeError: {message}", start=start)
    log = cases.log.text[start : found.end()]
    assert "Traceback (most recent call last):" in log
    assert "wsgi_cases.py" in log and f"in {page}" in log


def test_gives_the_log_the_whole_traceback_over_uwsgi(cases: Penstock) -> None:
    start = cases.log.size
    assert uwsgi.request(cases.uwsgi, "/fail_at_once").status == 500
    cases.log.wait_for("RuntimeError: failed at once", start=start)


@pytest.mark.parametrize("page", ["fail_late", "fail_late_with_length"])
def test_cuts_the_connection_after_a_late_error(cases: Penstock, page: str) -> None:
    """The client must see that the body is not whole."""
    start = cases.log.size
    with Connection(cases.http) as connection:
        connection.send(http.encode_request("GET", f"/{page}"))
        response = connection.read_head()
        assert response.status == 200
        rest = connection.drain()
    assert b"first" in rest
    assert not rest.endswith(b"0\r\n\r\n")
    assert len(rest) < 100
    cases.log.wait_for("RuntimeError: failed late", start=start)


def test_survives_an_error_in_close(cases: Penstock) -> None:
    start = cases.log.size
    with Connection(cases.http) as connection:
        connection.send(http.encode_request("GET", "/fail_in_close"))
        assert connection.read_response().body == b"sent"
    cases.log.wait_for("RuntimeError: failed in close", start=start)
    assert _get(cases, "one_part").body == b"one part"


@pytest.mark.parametrize(
    "name",
    [
        "KeyboardInterrupt",
        "GeneratorExit",
        "StopIteration",
        "_OwnBase",
        "UnicodeError",
        "MemoryError",
    ],
)
def test_survives_whatever_is_raised(cases: Penstock, name: str) -> None:
    start = cases.log.size
    pids = cases.worker_pids()
    assert _get(cases, "raise_named", name=name).status == 500
    cases.log.wait_for(f"{name}", start=start)
    assert _get(cases, "one_part").body == b"one part"
    assert cases.worker_pids() == pids


def test_survives_endless_recursion(cases: Penstock, gate: Gate) -> None:
    """On whichever thread it comes."""
    start = cases.log.size
    pids = cases.worker_pids()
    for _ in range(10):
        assert _get(cases, "recurse").status == 500
    with Connection(cases.http) as held:
        held.send(http.encode_request("GET", f"/write_then_wait?gate={gate.path}"))
        visitor = gate.wait()
        for _ in range(10):
            assert _get(cases, "recurse").status == 500
        visitor.release()
        assert held.read_response().body == b"earlylate"
    cases.log.wait_for("RecursionError", start=start, count=20)
    assert cases.worker_pids() == pids


def test_survives_an_app_that_wants_to_exit(cases: Penstock) -> None:
    """One request's SystemExit is not the end of the others."""
    pids = cases.worker_pids()
    assert _get(cases, "exit_system").status == 500
    assert _get(cases, "one_part").body == b"one part"
    assert cases.worker_pids() == pids


def test_cuts_the_connection_when_the_body_is_too_short(cases: Penstock) -> None:
    start = cases.log.size
    with Connection(cases.http) as connection:
        connection.send(http.encode_request("GET", "/too_short"))
        assert connection.read_head().get("Content-Length") == "10"
        assert connection.drain() == b"short"
    cases.log.wait_for(r"Content-Length|shorter|5 of 10", start=start)


def test_cuts_the_body_when_it_is_too_long(cases: Penstock) -> None:
    start = cases.log.size
    with Connection(cases.http) as connection:
        connection.send(http.encode_request("GET", "/too_long"))
        assert connection.read_response().body == b"exact"
        answer = connection.drain() if not connection.is_open else b""
        assert b"and more" not in answer
    cases.log.wait_for(r"Content-Length|longer|more", start=start)


# close()


def test_closes_the_body_after_success(cases: Penstock) -> None:
    start = cases.log.size
    assert _get(cases, "close_after_success", id="success").body == b"ab"
    cases.log.wait_for("closed success", start=start)


def test_closes_the_body_after_an_error(cases: Penstock) -> None:
    start = cases.log.size
    with Connection(cases.http) as connection:
        connection.send(http.encode_request("GET", "/close_after_error?id=error"))
        connection.drain()
    cases.log.wait_for("closed error", start=start)


def test_closes_the_body_of_an_app_that_never_started(cases: Penstock) -> None:
    start = cases.log.size
    assert _get(cases, "close_without_start", id="unstarted").status == 500
    cases.log.wait_for("closed unstarted", start=start)


def test_closes_the_body_for_head(cases: Penstock) -> None:
    start = cases.log.size
    response = fetch(cases.http, "/close_after_head?id=head", method="HEAD")
    assert (response.status, response.body) == (200, b"")
    cases.log.wait_for("closed head", start=start)


@pytest.mark.parametrize("end", [Connection.close, Connection.reset])
def test_closes_the_body_when_the_client_leaves(
    cases: Penstock, end: Callable[[Connection], None]
) -> None:
    start = cases.log.size
    connection = Connection(cases.http)
    connection.send(http.encode_request("GET", f"/close_endless?id={end.__name__}"))
    connection.read_exactly(200_000)
    end(connection)
    cases.log.wait_for(f"closed {end.__name__}", start=start)
    assert "Traceback" not in cases.log.text[start:], "a client that leaves is no error"
    assert _get(cases, "one_part").body == b"one part"


# wsgi.file_wrapper


def _pattern(size: int, offset: int = 0) -> bytes:
    return bytes(index % 251 for index in range(offset, offset + size))


@pytest.mark.parametrize("size", [0, 1, 65536, 5_000_000])
def test_sends_files(cases: Penstock, size: int) -> None:
    with Connection(cases.http) as connection:
        response = connection.get(f"/file_sent?size={size}")
        assert response.body == _pattern(size)
        assert response.get("Content-Length") == str(size), "a file's length is known"
        assert connection.get("/one_part").body == b"one part"


def test_sends_files_over_uwsgi(cases: Penstock) -> None:
    assert uwsgi.request(cases.uwsgi, "/file_sent?size=3000000").body == _pattern(3_000_000)


def test_sends_files_from_where_they_stand(cases: Penstock) -> None:
    assert _get(cases, "file_sent", size="1000", **{"from": "900"}).body == _pattern(100, 900)


def test_sends_as_much_of_a_file_as_was_said(cases: Penstock) -> None:
    with Connection(cases.http) as connection:
        response = connection.get("/file_with_length?size=1000&length=10")
        assert response.body == _pattern(10)
        if connection.is_open and not response.says_close:
            assert connection.get("/one_part").body == b"one part"


def test_sends_no_file_for_head(cases: Penstock) -> None:
    with Connection(cases.http) as connection:
        response = connection.request("HEAD", "/file_sent?size=1000")
        assert (response.status, response.get("Content-Length")) == (200, "1000")
        assert connection.get("/one_part").body == b"one part"


def test_reads_what_is_no_file(cases: Penstock) -> None:
    start = cases.log.size
    assert _get(cases, "file_without_descriptor").body == b"piece " * 10
    cases.log.wait_for("source closed", start=start)


@pytest.mark.parametrize("name", ["/proc/self/status", "/proc/version", "pipe"])
def test_sends_files_of_unknown_size(cases: Penstock, name: str) -> None:
    """Their size is 0 for stat(2), but not for who reads them."""
    body = _get(cases, "file_of_unknown_size", name=name).body
    if name == "pipe":
        assert body == b"through a pipe"
    elif name == "/proc/version":
        assert body == Path(name).read_bytes()
    else:
        assert b"VmRSS" in body


@pytest.mark.parametrize(
    ("page", "body"),
    [
        ("file_partly_read", bytes(index % 251 for index in range(10, 100_000))),
        ("file_in_memory", b"in memory"),
        ("file_in_memory_partly_read", b"memory"),
    ],
)
def test_sends_the_rest_of_a_file(cases: Penstock, page: str, body: bytes) -> None:
    assert _get(cases, page).body == body
    assert uwsgi.request(cases.uwsgi, f"/{page}").body == body


def test_lets_middleware_iterate_over_a_file(cases: Penstock) -> None:
    found = json.loads(_get(cases, "file_in_middleware").body)
    assert found == {"sizes": [1000], "count": 100}


def test_uses_sendfile(penstock: StartPenstock, folder: Path) -> None:
    """The request log says so, as uWSGI's does."""
    server = penstock("--http-socket", "127.0.0.1:0", "--pythonpath", APPS, "-w", "wsgi_cases")
    assert len(_get(server, "file_sent", size="3000000").body) == 3_000_000
    server.log.wait_for(r"generated 3000000 bytes in \d+ msecs via sendfile\(\) \(HTTP/1.1 200\)")


# wsgi.errors


def test_writes_wsgi_errors_to_the_log(cases: Penstock) -> None:
    start = cases.log.size
    assert _get(cases, "errors_stream").body == b"ok"
    cases.log.wait_for("^written in pieces é$", start=start)
    cases.log.wait_for("^printed to wsgi.errors$", start=start)
