# SPDX-License-Identifier: MIT
"""Behind real nginx and Apache httpd, over uwsgi and HTTP, as uWSGI's users have them configured."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import http
from harness.apache import Apache
from harness.endpoint import Endpoint
from harness.http import Connection, fetch
from harness.nginx import Nginx
from harness.server import Penstock
from harness.start import APPS, StartPenstock

_NGINX_UWSGI = """
location / {{
  include uwsgi_params;
  uwsgi_pass {address};
}}
"""
_NGINX_HTTP = """
location / {{
  proxy_pass http://backend;
  proxy_http_version 1.1;
  proxy_set_header Connection "";
}}
"""
_NGINX_UPSTREAM = "upstream backend {{ server {address}; keepalive 8; }}"

_APACHE_TARGETS = {
    "uwsgi-tcp": "uwsgi://{}/",
    "uwsgi-unix": "unix:{}|uwsgi://penstock.test/",
    "http-tcp": "http://{}/",
    "http-unix": "unix:{}|http://penstock.test/",
}


@pytest.fixture(scope="module")
def server(shared_penstock: StartPenstock) -> Penstock:
    """One server with a TCP and a UNIX socket for each protocol."""
    server = shared_penstock(
        *("--socket", "127.0.0.1:0", "--socket", "uwsgi.sock", "--http-socket", "127.0.0.1:0"),
        *("--http-socket", "http.sock", "--chmod-socket", "--pythonpath", APPS, "-w", "probe"),
        *("--processes", "2", "--threads", "2"),
    )
    server.worker_pids(2)
    return server


def _start_nginx(folder: Path, way: str, address: str) -> Nginx:
    if way.endswith("unix"):
        address = f"unix:{address}"
    if way.startswith("uwsgi"):
        return Nginx(folder, server=_NGINX_UWSGI.format(address=address))
    upstream = _NGINX_UPSTREAM.format(address=address)
    return Nginx(folder, server=_NGINX_HTTP.format(), http=upstream)


def _start_apache(folder: Path, way: str, address: str) -> Apache:
    return Apache(folder, server=f'ProxyPass "/" "{_APACHE_TARGETS[way].format(address)}"')


_STARTERS = {"nginx": _start_nginx, "apache": _start_apache}


@pytest.fixture(
    scope="module", params=[f"{name}-{way}" for name in _STARTERS for way in _APACHE_TARGETS]
)
def front(
    request: pytest.FixtureRequest, server: Penstock, shared_folder: Path
) -> Iterator[Endpoint]:
    """A web server in front of ours, by every way that they can talk."""
    name, _, way = request.param.partition("-")
    protocol, _, family = way.partition("-")
    address = server.endpoint(protocol, family.upper()).text
    with _STARTERS[name](shared_folder / request.param, way, address) as running:
        yield running.endpoint
        # What it thinks of our answers.
        assert not running.log.matches(r"[\[:](error|crit|alert|emerg)\]"), running.log.text


def test_serves_a_page(front: Endpoint) -> None:
    response = fetch(front)
    assert (response.status, response.body) == (200, b"hello")
    assert response.get("Content-Length") == "5"
    assert response.get("Content-Type") == "text/plain"


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
    assert environ["REQUEST_URI"] == "/environ/a%20b/%C3%A9?x=1&y=%20"
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
        response = connection.request("HEAD", "/")
        assert (response.status, response.get("Content-Length")) == (200, "5")
        assert connection.get("/").body == b"hello"


def _is_digest_of(answer: bytes, body: bytes) -> bool:
    digest = hashlib.sha256(body).hexdigest()
    return bool(json.loads(answer) == {"length": len(body), "sha256": digest})


@pytest.mark.parametrize("size", [0, 1, 65536, 1_000_003, 20_000_000])
def test_takes_bodies_of_any_size(front: Endpoint, size: int) -> None:
    body = (hashlib.sha256(b"seed").digest() * (size // 32 + 1))[:size]
    assert _is_digest_of(fetch(front, "/digest", method="POST", body=body).body, body)


@pytest.mark.parametrize(
    "front",
    # Not Apache over uwsgi: mod_proxy_uwsgi itself answers 411.
    [*(f"nginx-{way}" for way in _APACHE_TARGETS), "apache-http-tcp", "apache-http-unix"],
    indirect=True,
)
def test_takes_a_chunked_upload(front: Endpoint) -> None:
    parts = [b"x" * 1000, b"y", b"z" * 70000]
    with Connection(front) as connection:
        connection.send(
            b"POST /digest HTTP/1.1\r\nHost: penstock.test\r\nTransfer-Encoding: chunked\r\n\r\n"
            + http.encode_chunked(parts)
        )
        assert _is_digest_of(connection.read_response().body, b"".join(parts))


@pytest.mark.parametrize("page", ["sized", "stream"])
def test_sends_bodies_of_any_size(front: Endpoint, page: str) -> None:
    response = fetch(front, f"/{page}?size=65536&count=320")
    part = bytes(index % 251 for index in range(65536))
    assert len(response.body) == 320 * 65536
    assert response.body == part * 320


@pytest.mark.parametrize("code", [201, 204, 301, 304, 404, 418, 503])
def test_hands_back_the_apps_status(front: Endpoint, code: int) -> None:
    response = fetch(front, f"/status?code={code}")
    assert response.status == code
    assert response.body == (b"" if code in (204, 304) else b"chosen")


def test_shows_500_when_the_app_fails(front: Endpoint, server: Penstock) -> None:
    start = server.log.size
    response = fetch(front, "/fail")
    assert response.status == 500
    assert b"on purpose" not in response.body, "a traceback is not for the client"
    server.log.wait_for("RuntimeError: the probe fails on purpose", start=start)
    assert fetch(front).body == b"hello"


def test_stands_behind_the_configuration_of_uwsgis_first_lesson(
    penstock: StartPenstock, folder: Path
) -> None:
    """`-s … -w myapp`, with an app of a few lines."""
    (folder / "myapp.py").write_text(
        "def application(environ, start_response):\n"
        "    start_response('200 OK', [('Content-Type', 'text/plain')])\n"
        "    return [b'Hello, world!']\n"
    )
    server = penstock("-s", "127.0.0.1:0", "-w", "myapp", "-M", "-p", "4")
    server.worker_pids(4)
    with _start_nginx(folder / "nginx", "uwsgi-tcp", server.uwsgi.text) as nginx:
        response = fetch(nginx.endpoint)
        assert (response.status, response.body) == (200, b"Hello, world!")


def test_serves_an_app_below_a_path_of_apache(server: Penstock, folder: Path) -> None:
    """ProxyPass /app/: mod_proxy_uwsgi leaves SCRIPT_NAME to us."""
    target = server.endpoint("uwsgi", "TCP").text
    with Apache(folder / "apache", server=f'ProxyPass "/app/" "uwsgi://{target}/"') as apache:
        environ = json.loads(fetch(apache.endpoint, "/app/environ?x").body)
    assert environ["PATH_INFO"].endswith("/environ")
    assert environ["QUERY_STRING"] == "x"
