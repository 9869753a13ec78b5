# SPDX-License-Identifier: MIT
"""penstock.fcgi and penstock.scgi beside the real flup: what apps see, and how they answer."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from harness import build
from harness.gate import Gate
from harness.gateway import (
    COMPAT,
    environ_of,
    every_package,
    every_protocol,
    location,
    module_of,
    read_all,
)
from harness.http import fetch
from harness.nginx import Nginx
from harness.wait import wait_until


def test_stands_in_for_flup(start: Any, folder: Path) -> None:
    assert str(COMPAT / "flup/server/fcgi.py") in start().log.text
    assert str(COMPAT) not in start(package="flup", bindAddress="other.sock").log.text


def test_leaves_the_rest_of_an_installed_flup_alone() -> None:
    names = "flup.client.fcgi_app", "flup.server.ajp", "flup.server.fcgi", "flup.server.scgi_fork"
    script = f"import {', '.join(names)}, sys; print(*(sys.modules[n].__file__ for n in {names}))"
    found = subprocess.run(
        [sys.executable, "-c", script],
        env={**build.environment(), "PYTHONPATH": str(COMPAT)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert [str(COMPAT) in path for path in found] == [False, False, True, True]


@every_package
@every_protocol
def test_shows_the_app_the_request(start: Any, front: Any, package: str, protocol: str) -> None:
    program = start(module_of(protocol), package=package)
    environ = environ_of(fetch(front(protocol), "/a%20b/c?d=e", fields=[("X-Test", "yes")]))
    expected = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/a b/c",
        "QUERY_STRING": "d=e",
        "REQUEST_URI": "/a%20b/c?d=e",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_X_TEST": "yes",
        "wsgi.version": "(1, 0)",
        "wsgi.url_scheme": "http",
        "wsgi.multithread": "True",
        "wsgi.multiprocess": "False",
        "wsgi.run_once": "False",
    }
    assert environ.items() >= expected.items()
    assert environ["pid"] == program.pid
    assert environ["thread"] is False
    assert "_intHandler" in environ["handler"] or "_hupHandler" in environ["handler"]


@every_package
def test_shows_the_parameters_of_old_configurations(start: Any, front: Any, package: str) -> None:
    """Both SCRIPT_FILENAME and PATH_INFO are the whole path, and SCRIPT_NAME is missing."""
    start(package=package)
    names = "QUERY_STRING REQUEST_METHOD CONTENT_TYPE SERVER_NAME SERVER_PORT"
    own = " ".join(f"{name} ${name.lower()}" for name in names.split())
    own += " SCRIPT_FILENAME $fastcgi_script_name PATH_INFO $fastcgi_script_name"
    endpoint = front(parameters=f"{own} SERVER_PROTOCOL $server_protocol")
    environ = environ_of(fetch(endpoint, "/static/x?y=z"))
    assert (environ["PATH_INFO"], environ["SCRIPT_NAME"]) == ("/static/x", "")
    assert environ["QUERY_STRING"] == "y=z"


@every_protocol
def test_finds_the_path_in_stock_parameters(start: Any, front: Any, protocol: str) -> None:
    """Where flup finds none."""
    start(module_of(protocol))
    environ = environ_of(fetch(front(protocol, parameters=""), "/a%20b?c=d"))
    assert (environ["PATH_INFO"], environ["SCRIPT_NAME"]) == ("/a b", "")


@every_package
@every_protocol
def test_hands_the_body_over(start: Any, front: Any, package: str, protocol: str) -> None:
    start(module_of(protocol), package=package)
    body = os.urandom(300_000)
    assert fetch(front(protocol), "/echo", method="POST", body=body).body == body


@every_package
def test_sends_text_as_latin_1(start: Any, front: Any, package: str) -> None:
    start(package=package)
    assert fetch(front(), "/text").body == "grün is text".encode("latin-1")


@every_package
def test_sends_parts_and_closes_the_answer(
    start: Any, front: Any, folder: Path, package: str
) -> None:
    start(package=package)
    assert fetch(front(), f"/parts?{folder}/closed").body == b"one two"
    wait_until((folder / "closed").exists, "the answer is closed")


@every_package
@every_protocol
@pytest.mark.parametrize("path", ["/error", "/error-after-start", "/error-in-parts"])
def test_answers_an_exception_with_a_page_that_tells_nothing(
    start: Any, front: Any, package: str, protocol: str, path: str
) -> None:
    start(module_of(protocol), package=package)
    response = fetch(front(protocol), path)
    assert response.status == 500
    assert (response.get("Content-Type") or "").startswith("text/html")
    assert b"<h1>Unhandled Exception</h1>" in response.body
    assert b"reason" not in response.body


@every_package
def test_shows_the_exception_where_debugging_is_on(start: Any, front: Any, package: str) -> None:
    start(package=package, debug=True)
    response = fetch(front(), "/error")
    assert response.status == 500
    assert "ZeroDivisionError" in response.text
    assert "application" in response.text
    assert "the reason &lt;b&gt;" in response.text


@every_package
@every_protocol
def test_lets_a_subclass_answer_exceptions(
    start: Any, front: Any, package: str, protocol: str
) -> None:
    start(module_of(protocol), package=package, own_error=True)
    response = fetch(front(protocol), "/error")
    assert (response.status, response.get("X-Own")) == (503, "yes")
    assert response.text == "ZeroDivisionError('the reason <b>')"


def test_logs_exceptions(start: Any, front: Any) -> None:
    program = start()
    fetch(front(), "/error")
    program.log.wait_for(r"ZeroDivisionError: the reason <b>")


@every_package
def test_the_web_server_gets_wsgi_errors(start: Any, folder: Path, package: str) -> None:
    start(package=package)
    server = location("fastcgi", f"unix:{folder}/gw.sock")
    with Nginx(folder / "nginx", server=server) as nginx:
        assert fetch(nginx.endpoint, "/stderr").status == 200
        nginx.log.wait_for("FastCGI sent in stderr: .*a line for the log")


def test_cuts_an_answer_that_fails_too_late(start: Any, front: Any) -> None:
    program = start()
    endpoint = front(more="fastcgi_buffering off;")
    with endpoint.connect() as connection:
        connection.sendall(b"GET /too-late HTTP/1.0\r\nHost: x\r\n\r\n")
        answer = read_all(connection)
    assert b"Unhandled" not in answer
    program.log.wait_for(r"LookupError: too late")


@every_package
@every_protocol
def test_adds_its_own_variables(start: Any, front: Any, package: str, protocol: str) -> None:
    start(
        module_of(protocol),
        package=package,
        environ={"my.setting": "value", "REMOTE_ADDR": "192.0.2.1", "wsgi.version": "mine"},
    )
    environ = environ_of(fetch(front(protocol)))
    assert environ["my.setting"] == "value"
    assert environ["REMOTE_ADDR"] == "192.0.2.1"
    assert environ["wsgi.version"] == "(1, 0)"


@every_package
def test_runs_requests_side_by_side(start: Any, front: Any, gate: Gate, package: str) -> None:
    start(package=package, maxThreads=3)
    endpoint = front()
    connections = [endpoint.connect() for _ in range(3)]
    for connection in connections:
        connection.sendall(f"GET /gate?{gate.path} HTTP/1.0\r\nHost: x\r\n\r\n".encode())
    visitors = [gate.wait() for _ in connections]
    assert len({visitor.thread for visitor in visitors}) == 3
    for visitor in visitors:
        visitor.release()
    for connection in connections:
        with connection:
            assert read_all(connection).endswith(b"through")


def test_runs_one_at_a_time_where_the_app_needs_it(start: Any, front: Any, gate: Gate) -> None:
    start(multithreaded=False)
    endpoint = front()
    with endpoint.connect() as first, endpoint.connect() as second:
        for connection in (first, second):
            connection.sendall(f"GET /gate?{gate.path} HTTP/1.0\r\nHost: x\r\n\r\n".encode())
        gate.wait().release()
        gate.wait().release()
    assert not gate.has_arrivals
    environ = environ_of(fetch(endpoint))
    assert environ["wsgi.multithread"] == "False"


@every_package
def test_says_that_there_are_other_processes(start: Any, front: Any, package: str) -> None:
    start(package=package, multiprocess=True)
    assert environ_of(fetch(front()))["wsgi.multiprocess"] == "True"
