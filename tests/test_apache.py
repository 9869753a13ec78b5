# SPDX-License-Identifier: MIT
"""Behind real Apache httpd: mod_proxy_uwsgi and mod_proxy_http."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.start import APPS, StartPenstock
from harness import http
from harness.apache import Apache
from harness.endpoint import Endpoint
from harness.http import Connection, fetch
from harness.server import Penstock

_TARGETS = {
    "uwsgi-tcp": "uwsgi://{}/",
    "uwsgi-unix": "unix:{}|uwsgi://penstock.test/",
    "http-tcp": "http://{}/",
    "http-unix": "unix:{}|http://penstock.test/",
}


@pytest.fixture(scope="module")
def server(shared_penstock: StartPenstock) -> Penstock:
    """One server with a TCP and a UNIX socket for each protocol."""
    return shared_penstock(
        *("--socket", "127.0.0.1:0", "--socket", "uwsgi.sock", "--http-socket", "127.0.0.1:0"),
        *("--http-socket", "http.sock", "--chmod-socket", "--pythonpath", APPS, "-w", "probe"),
        *("--processes", "2", "--threads", "2"),
    )


@pytest.fixture(scope="module", params=sorted(_TARGETS))
def front(
    request: pytest.FixtureRequest, server: Penstock, shared_folder: Path
) -> Iterator[Endpoint]:
    """Apache in front of the server, by every way that they can talk."""
    protocol, _, family = request.param.partition("-")
    target = _TARGETS[request.param].format(server.endpoint(protocol, family.upper()).text)
    with Apache(
        shared_folder / f"apache-{request.param}", server=f'ProxyPass "/" "{target}"'
    ) as apache:
        yield apache.endpoint
        assert "error" not in apache.log.text, apache.log.text


def test_serves_a_page(front: Endpoint) -> None:
    response = fetch(front)
    assert (response.status, response.body) == (200, b"hello")


def test_hands_over_what_the_client_said(front: Endpoint) -> None:
    response = fetch(
        front,
        "/environ/a%20b/%C3%A9?x=1&y=%20",
        fields=[("X-Some-Thing", "one"), ("Cookie", "a=b"), ("Authorization", "Basic eA==")],
    )
    environ = json.loads(response.body)
    assert environ["REQUEST_METHOD"] == "GET"
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/environ/a b/é"
    assert environ["SCRIPT_NAME"] == ""
    assert environ["QUERY_STRING"] == "x=1&y=%20"
    assert environ["HTTP_X_SOME_THING"] == "one"
    assert environ["HTTP_COOKIE"] == "a=b"
    assert environ["HTTP_AUTHORIZATION"] == "Basic eA=="
    assert environ["wsgi.url_scheme"] == "http"


def test_serves_many_requests_of_one_client_connection(front: Endpoint) -> None:
    with Connection(front) as connection:
        for number in range(20):
            body = f"request {number}".encode()
            assert connection.post("/echo", body).body == body
            assert connection.get("/").body == b"hello"


def test_answers_head_without_a_body(front: Endpoint) -> None:
    with Connection(front) as connection:
        assert connection.request("HEAD", "/").status == 200
        assert connection.get("/").body == b"hello"


@pytest.mark.parametrize("size", [0, 1, 65536, 1_000_003, 20_000_000])
def test_takes_bodies_of_any_size(front: Endpoint, size: int) -> None:
    body = (b"0123456789abcdef" * (size // 16 + 1))[:size]
    response = fetch(front, "/digest", method="POST", body=body)
    assert json.loads(response.body) == {
        "length": size,
        "sha256": hashlib.sha256(body).hexdigest(),
    }


@pytest.mark.parametrize("front", ["http-tcp", "http-unix"], indirect=True)
def test_takes_a_chunked_upload(front: Endpoint) -> None:
    """Not over uwsgi: mod_proxy_uwsgi itself answers 411."""
    parts = [b"x" * 1000, b"y", b"z" * 70000]
    with Connection(front) as connection:
        connection.send(
            b"POST /digest HTTP/1.1\r\nHost: penstock.test\r\nTransfer-Encoding: chunked\r\n\r\n"
            + http.encode_chunked(parts)
        )
        response = connection.read_response()
        assert (response.status, json.loads(response.body)["length"]) == (200, 71001)


@pytest.mark.parametrize("page", ["sized", "stream"])
def test_sends_bodies_of_any_size(front: Endpoint, page: str) -> None:
    response = fetch(front, f"/{page}?size=65536&count=320")
    part = bytes(index % 251 for index in range(65536))
    assert response.body == part * 320


@pytest.mark.parametrize("code", [201, 204, 301, 304, 404, 418, 503])
def test_hands_back_the_apps_status(front: Endpoint, code: int) -> None:
    response = fetch(front, f"/status?code={code}")
    assert response.status == code
    assert response.body == (b"" if code in (204, 304) else b"chosen")


def test_shows_500_when_the_app_fails(front: Endpoint, server: Penstock) -> None:
    response = fetch(front, "/fail")
    assert response.status == 500
    assert b"on purpose" not in response.body
    assert fetch(front).body == b"hello"


def test_serves_an_app_below_a_path(server: Penstock, folder: Path) -> None:
    """ProxyPass /app/: mod_proxy_uwsgi leaves SCRIPT_NAME to us."""
    target = server.endpoint("uwsgi", "TCP").text
    with Apache(folder / "apache", server=f'ProxyPass "/app/" "uwsgi://{target}/"') as apache:
        environ = json.loads(fetch(apache.endpoint, "/app/environ?x").body)
    assert environ["PATH_INFO"].endswith("/environ")
    assert environ["QUERY_STRING"] == "x"
