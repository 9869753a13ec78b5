# SPDX-License-Identifier: MIT
"""CherryPy's own live-server test suite against Penstock; sites/cherrypy_suite.py runs it."""

from __future__ import annotations

import socket
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import cherrypy.test
import pytest

from harness.start import StartPenstock
from harness.log import LogCapture

SITES = Path(__file__).parent / "sites"
_SUITE = Path(cherrypy.test.__file__).parent

#: Files that test something else than the server in front of a CherryPy app.
_OTHER_FILES = {
    "test_bus.py": "the process bus, without a server; it counts the main thread's threads",
    "test_config_server.py": "options and fixed ports of CherryPy's own HTTP server",
    "test_native.py": "CherryPy's own HTTP server",
    "test_states.py": "the life of a process of CherryPy's own server, with its signals",
}

#: Tests whose expectation is CherryPy's own HTTP server, or less strict than ours.
_OTHER_TESTS = {
    # Words of its error pages. Our own tests check the statuses of the same bytes.
    "test_conn.py::BadRequestTests::test_No_CRLF": "the words of its error page",
    "test_http.py::HTTPTests::test_garbage_in": "the words of its error page",
    "test_http.py::HTTPTests::test_malformed_header": "the words of its error page",
    "test_http.py::HTTPTests::test_malformed_request_line": "the words of its error page",
    "test_request_obj.py::RequestObjectTests::testParamErrors": "the words of its error page",
    # Its server has limits that are CherryPy's options; ours has --limit-post and --max-queue.
    "test_conn.py::ConnectionTests::test_Content_Length_in": "server.max_request_body_size",
    "test_conn.py::LimitedRequestQueueTests::test_queue_full": "a reset where we answer 503",
    "test_core.py::TestBinding::test_bind_ephemeral_port": "the port of its own server",
    # Requests that we refuse, as RFC 9112 asks.
    "test_conn.py::ConnectionTests::test_Chunked_Encoding": "chunked with a Content-Length",
    "test_http.py::HTTPTests::test_no_content_length": "411 for a POST without a length",
    "test_request_obj.py::RequestObjectTests::test_CONNECT_method": "CONNECT",
    "test_request_obj.py::RequestObjectTests::test_CONNECT_method_invalid_authority": "CONNECT",
    "test_request_obj.py::RequestObjectTests::test_dangerous_host": "a Host that is none",
    "test_static.py::StaticTest::test_null_bytes": "an escaped NUL in the path",
    # Answers that differ on purpose.
    "test_conn.py::ConnectionCloseTests::test_HTTP10_KeepAlive": "the case of `keep-alive`",
    "test_conn.py::ConnectionTests::test_Content_Length_out_preheaders": "500 where we cut",
    "test_conn.py::PipelineTests::test_HTTP11_Timeout": "408 for a client that said nothing",
    "test_objectmapping.py::ObjectMappingTest::testObjectMapping": "%2F left in PATH_INFO",
    # A server that is not here.
    "test_session.py::MemcachedSessionTest": "memcached",
}

#: Tests that wait for the server to end an idle connection.
_IMPATIENT = ["test_http.py", "test_conn.py"]


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("impatient", "options", "at_least"),
    [
        (False, [], 220),
        (True, ["--keepalive-timeout", "1s", "--header-timeout", "1s"], 18),
    ],
    ids=["usual", "short time-outs"],
)
def test_passes(
    penstock: StartPenstock, folder: Path, impatient: bool, options: list[str], at_least: int
) -> None:
    chosen = [
        path
        for path in sorted(_SUITE.glob("test_*.py"))
        if path.name not in _OTHER_FILES and (path.name in _IMPATIENT) == impatient
    ]
    excluded = [f"--deselect={name}" for name in _OTHER_TESTS]
    report = folder / "report.xml"
    arguments = [
        *("-q", "-p", "no:cacheprovider", "-p", "no:timeout", "-p", "no:xdist"),
        *(f"--rootdir={_SUITE}", f"--junitxml={report}", "-W", "ignore"),
        *excluded,
        *map(str, chosen),
    ]
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        server = penstock(
            *("--http-socket", f"fd://{listener.fileno()}", "--http-socket", "http.sock"),
            *("--pythonpath", SITES, "-w", "cherrypy_suite", "--lazy-apps", "--threads", "10"),
            *("--disable-logging", *options),
            pass_fds=[listener.fileno()],
            environment={
                "CHERRYPY_PORT": str(listener.getsockname()[1]),
                "CHERRYPY_SOCKET": str(folder / "http.sock"),
                "CHERRYPY_PYTEST": "\n".join(arguments),
            },
        )
        code = _wait_for_end(server.log)
    suite = ElementTree.parse(report).getroot().find("testsuite")
    assert suite is not None
    failed = [
        f"{case.get('classname')}.{case.get('name')}"
        for case in suite.iter("testcase")
        if case.find("failure") is not None or case.find("error") is not None
    ]
    assert (code, failed) == (0, []), server.log.text
    skipped = int(suite.attrib["skipped"])
    assert int(suite.attrib["tests"]) - skipped >= at_least


def _wait_for_end(log: LogCapture) -> int:
    """The exit code of the suite, or the failure of its worker."""
    found = log.wait_for(r"cherrypy suite ended with (\d+)|^DAMN", timeout=500)
    assert found[1] is not None, log.text
    return int(found[1])
