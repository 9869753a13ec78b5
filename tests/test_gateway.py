# SPDX-License-Identifier: MIT
"""penstock.fcgi and penstock.scgi beside the real flup: the same program, the same outcomes."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from harness import build, processes
from harness.child import Child
from harness.endpoint import Endpoint
from harness.gate import Gate
from harness.http import Response, fetch
from harness.nginx import Nginx
from harness.start import APPS
from harness.wait import wait_until

COMPAT = build.build_folder() / "python/penstock/compat"
PROGRAM = str(APPS / "gateway_program.py")
PACKAGES = ["flup", "penstock"]

#: What flup needs to be told; the stock parameters of nginx leave out PATH_INFO.
_PARAMETERS = """
    SCGI 1 CONTENT_TYPE $content_type
    QUERY_STRING $query_string REQUEST_METHOD $request_method REQUEST_URI $request_uri
    SCRIPT_NAME "" PATH_INFO $document_uri SERVER_PROTOCOL $server_protocol
    REMOTE_ADDR $remote_addr SERVER_ADDR $server_addr SERVER_PORT $server_port
    SERVER_NAME $server_name
"""


def _location(protocol: str, address: str, parameters: str, more: str) -> str:
    words = parameters.split()
    lines = [
        f"{protocol}_param {name} {value};"
        for name, value in zip(words[::2], words[1::2], strict=True)
    ]
    if protocol == "fastcgi":  # for SCGI, nginx sets it
        lines.append("fastcgi_param CONTENT_LENGTH $content_length;")
    if not words:
        lines = [f"include /etc/nginx/{protocol}_params;"]
    return " ".join(["location / {", *lines, f"{protocol}_pass {address};", more, "}"])


def is_bound(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


class Program(Child):
    """A running program with a gateway."""

    def __init__(
        self,
        folder: Path,
        module: str,
        *,
        package: str = "penstock",
        descriptor: socket.socket | None = None,
        is_to_bind: bool = False,
        environment: dict[str, str | None] | None = None,
        **arguments: Any,
    ) -> None:
        """Imports `module` from the real flup or, for "penstock", from what stands in for it;
        `descriptor` becomes its standard input."""
        command = [sys.executable, PROGRAM, module, json.dumps(arguments)]
        pass_fds = []
        if descriptor is not None:
            command = ["/bin/bash", "-c", f'exec "$@" <&{descriptor.fileno()}', "bash", *command]
            pass_fds.append(descriptor.fileno())
        variables: dict[str, str | None] = {"PYTHONPATH": None, **(environment or {})}
        if package == "penstock":
            variables["PYTHONPATH"] = str(COMPAT)
        super().__init__(
            command, folder=folder, environment=variables, pass_fds=pass_fds, ready=r"^ready .+\n"
        )
        if is_to_bind:
            wait_until(lambda: self._is_bound(arguments["bindAddress"]), "it is bound")

    def _is_bound(self, address: str | list[Any]) -> bool:
        if isinstance(address, str):
            return is_bound(self.folder / address)
        with socket.socket() as probe:
            return probe.connect_ex(tuple(address)) == 0


@pytest.fixture
def start(folder: Path) -> Iterator[Callable[..., Program]]:
    """Starts programs on the socket gw.sock, for one test."""
    programs: list[Program] = []

    def run(module: str = "flup.server.fcgi", **arguments: Any) -> Program:
        if "descriptor" not in arguments:
            arguments.setdefault("bindAddress", "gw.sock")
            arguments.setdefault("is_to_bind", True)
        programs.append(Program(folder, module, **arguments))
        return programs[-1]

    yield run
    for program in programs:
        program.close()


@pytest.fixture
def front(folder: Path) -> Iterator[Callable[..., Endpoint]]:
    """Starts nginx in front of the socket gw.sock, or of another address."""
    servers: list[Nginx] = []

    def run(
        protocol: str = "fastcgi",
        address: str = "",
        more: str = "",
        parameters: str = _PARAMETERS,
    ) -> Endpoint:
        address = address or f"unix:{folder}/gw.sock"
        location = _location(protocol, address, parameters, more)
        servers.append(Nginx(folder / f"nginx{len(servers)}", server=location))
        return servers[-1].endpoint

    yield run
    for server in servers:
        server.close()


def _environ(response: Response) -> dict[str, Any]:
    assert response.status == 200, response
    return json.loads(response.body)


every_package = pytest.mark.parametrize("package", PACKAGES)
every_protocol = pytest.mark.parametrize("protocol", ["fastcgi", "scgi"])


def _read_all(connection: socket.socket) -> bytes:
    answer = bytearray()
    while chunk := connection.recv(65536):
        answer += chunk
    return bytes(answer)


def _module(protocol: str, variant: str = "") -> str:
    return f"flup.server.{protocol.replace('fastcgi', 'fcgi')}{variant}"


def test_stands_in_for_flup(start: Any, folder: Path) -> None:
    assert str(COMPAT / "flup/server/fcgi.py") in start().log.text
    assert str(COMPAT) not in start(package="flup", bindAddress="other.sock").log.text


@every_package
@every_protocol
def test_shows_the_app_the_request(start: Any, front: Any, package: str, protocol: str) -> None:
    program = start(_module(protocol), package=package)
    environ = _environ(fetch(front(protocol), "/a%20b/c?d=e", fields=[("X-Test", "yes")]))
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
    environ = _environ(fetch(endpoint, "/static/x?y=z"))
    assert (environ["PATH_INFO"], environ["SCRIPT_NAME"]) == ("/static/x", "")
    assert environ["QUERY_STRING"] == "y=z"


@every_protocol
def test_finds_the_path_in_stock_parameters(start: Any, front: Any, protocol: str) -> None:
    """Where flup finds none."""
    start(_module(protocol))
    environ = _environ(fetch(front(protocol, parameters=""), "/a%20b?c=d"))
    assert (environ["PATH_INFO"], environ["SCRIPT_NAME"]) == ("/a b", "")


@every_package
@every_protocol
def test_hands_the_body_over(start: Any, front: Any, package: str, protocol: str) -> None:
    start(_module(protocol), package=package)
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
    start(_module(protocol), package=package)
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
    start(_module(protocol), package=package, own_error=True)
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
    location = _location("fastcgi", f"unix:{folder}/gw.sock", _PARAMETERS, "")
    with Nginx(folder / "nginx", server=location) as nginx:
        assert fetch(nginx.endpoint, "/stderr").status == 200
        nginx.log.wait_for("FastCGI sent in stderr: .*a line for the log")


def test_cuts_an_answer_that_fails_too_late(start: Any, front: Any) -> None:
    program = start()
    endpoint = front(more="fastcgi_buffering off;")
    with endpoint.connect() as connection:
        connection.sendall(b"GET /too-late HTTP/1.0\r\nHost: x\r\n\r\n")
        answer = _read_all(connection)
    assert b"Unhandled" not in answer
    program.log.wait_for(r"LookupError: too late")


@every_package
@every_protocol
def test_adds_its_own_variables(start: Any, front: Any, package: str, protocol: str) -> None:
    start(
        _module(protocol),
        package=package,
        environ={"my.setting": "value", "REMOTE_ADDR": "192.0.2.1", "wsgi.version": "mine"},
    )
    environ = _environ(fetch(front(protocol)))
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
            assert _read_all(connection).endswith(b"through")


def test_runs_one_at_a_time_where_the_app_needs_it(start: Any, front: Any, gate: Gate) -> None:
    start(multithreaded=False)
    endpoint = front()
    with endpoint.connect() as first, endpoint.connect() as second:
        for connection in (first, second):
            connection.sendall(f"GET /gate?{gate.path} HTTP/1.0\r\nHost: x\r\n\r\n".encode())
        gate.wait().release()
        gate.wait().release()
    assert not gate.has_arrivals
    environ = _environ(fetch(endpoint))
    assert environ["wsgi.multithread"] == "False"


@every_package
def test_says_that_there_are_other_processes(start: Any, front: Any, package: str) -> None:
    start(package=package, multiprocess=True)
    assert _environ(fetch(front()))["wsgi.multiprocess"] == "True"


@every_package
@every_protocol
@pytest.mark.parametrize(
    ("number", "returned"),
    [(signal.SIGTERM, False), (signal.SIGINT, False), (signal.SIGHUP, True)],
)
@pytest.mark.parametrize("variant", ["", "_single", "_fork"])
def test_returns_at_a_signal(
    start: Any,
    front: Any,
    package: str,
    protocol: str,
    number: int,
    returned: bool,
    variant: str,
) -> None:
    if package == "flup" and (variant == "_fork" or protocol == "scgi"):
        variant = ""  # it has no scgi_single, and its forking servers may miss the signal
    program = start(_module(protocol, variant), package=package)
    _environ(fetch(front(protocol)))  # it has its handlers
    assert program.stop(number) == 0
    assert program.log.matches(rf"^returned {returned}$"), program.log.text


def test_finishes_what_runs_before_it_returns(start: Any, front: Any, gate: Gate) -> None:
    program = start()
    with front().connect() as connection:
        connection.sendall(f"GET /gate?{gate.path} HTTP/1.0\r\nHost: x\r\n\r\n".encode())
        visitor = gate.wait()
        program.send_signal(signal.SIGTERM)
        wait_until(lambda: not is_bound(program.folder / "gw.sock"), "it accepts no more")
        visitor.release()
        answer = _read_all(connection)
    assert answer.endswith(b"through")
    assert program.wait() == 0


@every_package
@pytest.mark.parametrize(("umask", "mode"), [(0o077, 0o700), (0o007, 0o770)])
def test_sets_the_mode_of_its_socket(
    start: Any, folder: Path, package: str, umask: int, mode: int
) -> None:
    start(package=package, umask=umask)
    wait_until((folder / "gw.sock").exists, "the socket is there")
    assert stat.S_IMODE((folder / "gw.sock").stat().st_mode) == mode


@every_package
def test_takes_the_socket_that_is_descriptor_0(start: Any, front: Any, package: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = Endpoint.of(listener).text
        program = start(package=package, descriptor=listener)
    assert _environ(fetch(front(address=address)))["pid"] == program.pid


@every_package
def test_binds_to_a_tcp_address(start: Any, front: Any, package: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host, port = listener.getsockname()
    start(package=package, bindAddress=[host, port])
    assert _environ(fetch(front(address=f"{host}:{port}")))["PATH_INFO"] == "/"


@every_package
@pytest.mark.parametrize(
    ("allowed", "status"),
    [("192.0.2.1, 127.0.0.1", 200), ("127.0.0.1", 200), ("192.0.2.1,127.0.0.11", 502), ("", 502)],
)
def test_refuses_web_servers_that_are_not_listed(
    start: Any, front: Any, package: str, allowed: str, status: int
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = Endpoint.of(listener).text
        start(
            package=package,
            descriptor=listener,
            environment={"FCGI_WEB_SERVER_ADDRS": allowed},
        )
    assert fetch(front(address=address)).status == status


@every_package
@pytest.mark.parametrize(("allowed", "status"), [(["127.0.0.1"], 200), (["192.0.2.1"], 502)])
def test_scgi_refuses_servers_that_are_not_allowed(
    start: Any, front: Any, package: str, allowed: list[str], status: int
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host, port = listener.getsockname()
    start(
        "flup.server.scgi",
        package=package,
        bindAddress=[host, port],
        allowedServers=allowed,
    )
    assert fetch(front("scgi", f"{host}:{port}")).status == status


def _run_as_cgi(package: str, folder: Path, path: str, **variables: str) -> str:
    """What the program writes when a web server starts it for one request."""
    environment = {
        **build.environment(),
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "SERVER_NAME": "x",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        **variables,
    }
    if package == "penstock":
        environment["PYTHONPATH"] = str(COMPAT)
    return subprocess.run(
        [sys.executable, PROGRAM, "flup.server.fcgi", "{}"],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout


def test_is_a_cgi_program_where_descriptor_0_is_no_socket(folder: Path) -> None:
    output = _run_as_cgi("penstock", folder, "/x")
    head, _, body = output.partition("ready")[2].partition("\n")[2].partition("\n\n")
    assert head.startswith("Status: 200 OK")
    environ = json.loads(body)
    assert (environ["PATH_INFO"], environ["wsgi.run_once"]) == ("/x", "True")
    assert environ["wsgi.multiprocess"] == "True"


def test_a_cgi_program_may_be_forced(folder: Path) -> None:
    output = _run_as_cgi("penstock", folder, "/error", FCGI_FORCE_CGI="y")
    assert "Status: 500 Internal Server Error" in output
    assert "<h1>Unhandled Exception</h1>" in output


def test_says_what_is_wrong_with_descriptor_0(folder: Path) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        program = Program(folder, "flup.server.fcgi", descriptor=theirs)
        assert program.wait() == 1
    assert "descriptor 0 is a socket that does not listen" in program.log.text


def test_keeps_a_file_that_is_no_socket(folder: Path) -> None:
    (folder / "gw.sock").write_text("precious")
    program = Program(folder, "flup.server.fcgi", bindAddress="gw.sock")
    assert program.wait() == 1
    assert (folder / "gw.sock").read_text() == "precious"
    assert "is no socket" in program.log.text


def test_replaces_the_socket_of_a_dead_server(start: Any, front: Any, folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(folder / "gw.sock"))
    start()
    assert fetch(front()).status == 200


def test_serves_responders_only(folder: Path) -> None:
    program = subprocess.run(
        [sys.executable, "-c",
         "from flup.server.fcgi import WSGIServer as S; S(None, roles=(2,))"],
        env={**build.environment(), "PYTHONPATH": str(COMPAT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "only the role of the Responder is served" in program.stderr


def test_takes_settings_of_the_server(start: Any, front: Any) -> None:
    start(settings={"limit-post": "10"})
    assert fetch(front(), "/echo", method="POST", body=b"0123456789").body == b"0123456789"
    assert _status_of_post(front(), b"01234567890") == 413


def _status_of_post(endpoint: Endpoint, body: bytes) -> int:
    return fetch(endpoint, "/echo", method="POST", body=body).status


# The forking servers.


def _pids(endpoint: Endpoint, count: int) -> list[int]:
    return [_environ(fetch(endpoint))["pid"] for _ in range(count)]


@every_protocol
def test_forks_as_many_children_as_may_be_idle(start: Any, front: Any, protocol: str) -> None:
    program = start(_module(protocol, "_fork"), minSpare=2, maxSpare=3)
    wait_until(lambda: len(program.tree()) == 4, "three children")
    environ = _environ(fetch(front(protocol)))
    assert environ["pid"] in {process.pid for process in program.tree()} - {program.pid}
    assert (environ["wsgi.multithread"], environ["wsgi.multiprocess"]) == ("False", "True")


def test_forks_more_children_while_they_are_busy(start: Any, front: Any, gate: Gate) -> None:
    program = start(_module("fastcgi", "_fork"), minSpare=1, maxSpare=1, maxChildren=3)
    endpoint = front()
    connections = [endpoint.connect() for _ in range(3)]
    for connection in connections:
        connection.sendall(f"GET /gate?{gate.path} HTTP/1.0\r\nHost: x\r\n\r\n".encode())
    visitors = [gate.wait() for _ in connections]
    assert len({visitor.pid for visitor in visitors}) == 3
    for visitor in visitors:
        visitor.release()
    for connection in connections:
        with connection:
            assert _read_all(connection).endswith(b"through")
    wait_until(lambda: len(program.tree()) == 2, "the children that are not needed end")


def test_a_child_ends_after_its_requests(start: Any, front: Any) -> None:
    start(_module("fastcgi", "_fork"), maxSpare=1, maxRequests=2)
    pids = _pids(front(), 6)
    # A connection that is there when the last request ends is served, too.
    assert len(set(pids)) >= 2
    assert max(pids.count(pid) for pid in pids) <= 3


def test_a_child_that_dies_is_replaced(start: Any, front: Any) -> None:
    start(_module("fastcgi", "_fork"), maxSpare=1)
    endpoint = front()
    first = _environ(fetch(endpoint))["pid"]
    os.kill(first, signal.SIGKILL)
    statuses: list[int] = []

    def answers() -> bool:
        response = fetch(endpoint)
        statuses.append(response.status)
        return response.status == 200 and _environ(response)["pid"] != first

    wait_until(answers, "another child answers")


def test_children_end_with_a_parent_that_is_killed(start: Any, front: Any) -> None:
    program = start(_module("fastcgi", "_fork"), maxSpare=2)
    child = _environ(fetch(front()))["pid"]
    assert program.stop(signal.SIGKILL) == -signal.SIGKILL
    processes.wait_gone([child])


@every_protocol
def test_interrupts_a_request_that_takes_too_long(start: Any, front: Any, protocol: str) -> None:
    program = start(_module(protocol, "_fork"), maxSpare=1, timeout=1)
    endpoint = front(protocol)
    assert fetch(endpoint, "/spin").status == 500
    program.log.wait_for("TimeoutException")
    assert fetch(endpoint, "/text").status == 200


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"minSpare": 0}, "minSpare must be at least 1!"),
        ({"minSpare": 6}, "maxSpare must be greater than, or equal to, minSpare!"),
        ({"sockTimeout": -1}, "sockTimeout must be an int or float"),
    ],
)
@every_package
def test_refuses_numbers_that_make_no_sense(
    folder: Path, package: str, arguments: dict[str, int], message: str
) -> None:
    with pytest.raises(AssertionError, match=message):
        Program(folder, _module("fastcgi", "_fork"), package=package, **arguments)
