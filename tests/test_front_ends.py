# SPDX-License-Identifier: MIT
"""The table of docs/fastcgi.md, row by row: real web servers over FastCGI and SCGI, configured as
the documentation shows, and what the app sees of a request."""

from __future__ import annotations

import base64
import hashlib
import json
import ssl
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from harness import http
from harness.apache import Apache, unused_endpoint
from harness.build import program
from harness.child import Child
from harness.endpoint import Endpoint
from harness.gate import Gate
from harness.http import Connection, fetch
from harness.lighttpd import Lighttpd
from harness.nginx import Nginx
from harness.page import example, replace_all
from harness.server import Penstock
from harness.start import APPS, StartPenstock

_ALICE = ("Authorization", "Basic " + base64.b64encode(b"alice:secret").decode())


@dataclass(frozen=True)
class Row:
    """One row of the table."""

    server: str
    example: str
    script_name: str = ""
    user: str = "alice"
    secure: bool = True
    errors: bool = False  # wsgi.errors reach its log


_ROWS = {
    row.server + "-" + row.example: row
    for row in (
        Row("nginx", "fastcgi", errors=True),
        Row("nginx", "fastcgi-kept", errors=True),
        Row("nginx", "fastcgi-by-hand", user="", secure=False, errors=True),
        Row("nginx", "fastcgi-below", "/shop", errors=True),
        Row("nginx", "scgi", user=""),
        Row("apache", "fastcgi", errors=True),
        Row("apache", "fastcgi-below", "/shop", errors=True),
        Row("apache", "scgi"),
        Row("apache", "fcgid", "/shop", errors=True),
        Row("lighttpd", "fastcgi", errors=True),
        Row("lighttpd", "scgi"),
    )
}


@dataclass
class Front:
    """A running web server, by its row."""

    row: Row
    plain: Endpoint
    secure: Endpoint
    log: Child

    def path(self, rest: str) -> str:
        """The URL's path of a page of the app."""
        return self.row.script_name + rest


@pytest.fixture(scope="module")
def server(shared_penstock: StartPenstock) -> Penstock:
    """One server that all of them stand before; only mod_fcgid starts its own."""
    return shared_penstock(
        *("--fastcgi-socket", "127.0.0.1:0", "--scgi-socket", "127.0.0.1:0", "--fastcgi-stderr"),
        *("--socket", "127.0.0.1:0", "--http-socket", "127.0.0.1:0"),
        *("--pythonpath", APPS, "-w", "probe", "--threads", "4"),
    )


@pytest.fixture(scope="module")
def secrets(shared_folder: Path) -> dict[str, Path]:
    """A certificate, and a file of passwords that all three servers understand."""
    key, certificate = shared_folder / "key.pem", shared_folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=penstock.test"]
        + ["-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
    )
    both = shared_folder / "both.pem"
    both.write_bytes(key.read_bytes() + certificate.read_bytes())
    passwords = shared_folder / "passwords"
    digest = base64.b64encode(hashlib.sha1(b"secret").digest()).decode()
    passwords.write_text(f"alice:{{SHA}}{digest}\n")
    return {"key": key, "certificate": certificate, "both": both, "passwords": passwords}


Starter = Callable[[Row, Path, Penstock, dict[str, Path], Endpoint], Child]


def _addresses(server: Penstock) -> dict[str, str]:
    return {
        "127.0.0.1:9002": server.endpoint("fastcgi").text,
        "127.0.0.1:9003": server.endpoint("scgi").text,
        "127.0.0.1:9090": server.uwsgi.text,
        "127.0.0.1:8000": server.http.text,
    }


def _start_nginx(
    row: Row, folder: Path, server: Penstock, secrets: dict[str, Path], secure: Endpoint
) -> Child:
    words = _addresses(server)
    block = replace_all(example("behind-nginx.md", row.example), words)
    upstream = replace_all(example("behind-nginx.md", "fastcgi-upstream"), words)
    return Nginx(
        folder,
        http=upstream if row.example == "fastcgi-kept" else "",
        server=f"""
            listen {secure.text} ssl;
            ssl_certificate {secrets["certificate"]};
            ssl_certificate_key {secrets["key"]};
            auth_basic shop;
            auth_basic_user_file {secrets["passwords"]};
            {block}
        """,
    )


def _fcgid_site(folder: Path) -> Path:
    """The folder that the documentation calls /srv/site."""
    site = folder.with_name(folder.name + "-site")
    site.mkdir()
    site.chmod(0o755)
    script = site / "site.fcgi"
    words = {
        "penstock": f"{program()} --fastcgi-stderr --pythonpath {APPS}",
        "/srv/site": str(site),
        "myapp": "probe",
    }
    script.write_text(replace_all(example("behind-apache.md", "site.fcgi"), words))
    script.chmod(0o755)
    return site


def _start_apache(
    row: Row, folder: Path, server: Penstock, secrets: dict[str, Path], secure: Endpoint
) -> Child:
    words = _addresses(server)
    if row.example == "fcgid":
        words["/srv/site"] = str(_fcgid_site(folder))
    block = replace_all(example("behind-apache.md", row.example), words)
    protected = f"""
        <Location "/">
            AuthType Basic
            AuthName shop
            AuthUserFile {secrets["passwords"]}
            Require valid-user
        </Location>
        {block}
    """
    return Apache(
        folder,
        server=f"""
            Listen {secure.text}
            {protected}
            <VirtualHost {secure.text}>
                SSLEngine on
                SSLCertificateFile {secrets["certificate"]}
                SSLCertificateKeyFile {secrets["key"]}
                {protected}
            </VirtualHost>
        """,
    )


def _start_lighttpd(
    row: Row,
    folder: Path,
    server: Penstock,
    secrets: dict[str, Path],
    secure: Endpoint,
    more: str = "",
) -> Lighttpd:
    words = {
        f'"port" => {port}': f'"port" => {server.endpoint(protocol).port}'
        for protocol, port in (("fastcgi", 9002), ("scgi", 9003))
    }
    return Lighttpd(
        folder,
        server=f"""
            server.modules += ("mod_openssl")
            $SERVER["socket"] == "{secure.text}" {{
                ssl.engine = "enable"
                ssl.pemfile = "{secrets["both"]}"
            }}
            auth.backend = "htpasswd"
            auth.backend.htpasswd.userfile = "{secrets["passwords"]}"
            auth.require = ("/" => ("method" => "basic", "realm" => "shop",
                "require" => "valid-user"))
            {replace_all(example("fastcgi.md", row.example), words)}
            {more}
        """,
    )


_STARTERS: dict[str, Starter] = {
    "nginx": _start_nginx,
    "apache": _start_apache,
    "lighttpd": _start_lighttpd,
}


@pytest.fixture(scope="module", params=sorted(_ROWS))
def front(
    request: pytest.FixtureRequest,
    server: Penstock,
    secrets: dict[str, Path],
    shared_folder: Path,
) -> Iterator[Front]:
    """Each row's web server, one after the other."""
    row = _ROWS[request.param]
    secure = unused_endpoint()
    folder = shared_folder / request.param
    with _STARTERS[row.server](row, folder, server, secrets, secure) as child:
        yield Front(row, child.endpoint, secure, child)  # type: ignore[attr-defined]


def test_the_table_has_these_rows() -> None:
    table = (Path(__file__).parents[1] / "docs" / "fastcgi.md").read_text()
    rows = [
        line for line in table.splitlines() if line.startswith(("| nginx", "| Apache", "| light"))
    ]
    assert len(rows) == len(_ROWS)


def test_cuts_the_path_where_the_app_begins(front: Front) -> None:
    row = front.row
    target = "/shop/a%20b?x=1"
    response = fetch(front.plain, target, fields=[_ALICE])
    environ = json.loads(response.body)
    assert environ["SCRIPT_NAME"] == row.script_name
    assert environ["SCRIPT_NAME"] + environ["PATH_INFO"] == "/shop/a b"
    assert environ["QUERY_STRING"] == "x=1"
    assert environ["wsgi.url_scheme"] == "http"
    assert environ.get("HTTPS", "") in ("", "off")
    assert environ.get("REMOTE_USER", "") == row.user
    assert environ["REQUEST_METHOD"] == "GET"
    assert environ["SERVER_PROTOCOL"].startswith("HTTP/1.")


def test_says_that_a_request_came_over_tls(front: Front) -> None:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with Connection(front.secure) as connection:
        connection.socket = context.wrap_socket(connection.socket)
        connection.send(
            http.encode_request("GET", front.path("/environ"), [_ALICE, ("Connection", "close")])
        )
        environ = json.loads(connection.read_response().body)
    assert (environ.get("HTTPS"), environ["wsgi.url_scheme"]) == (
        ("on", "https") if front.row.secure else (None, "http")
    )


def test_believes_no_field_of_a_client(front: Front) -> None:
    fields = [
        _ALICE,
        ("Proxy", "http://evil"),
        ("X-Forwarded-Proto", "https"),
        ("X-Some-Thing", "one"),
        ("Remote-User", "bob"),
    ]
    environ = json.loads(fetch(front.plain, front.path("/environ"), fields=fields).body)
    assert "HTTP_PROXY" not in environ
    assert environ["wsgi.url_scheme"] == "http"
    assert environ.get("REMOTE_USER", "") == front.row.user


def test_serves_request_after_request(front: Front) -> None:
    with Connection(front.plain) as connection:
        for number in range(20):
            body = f"request {number}".encode()
            target = front.path("/echo")
            assert connection.request("POST", target, [_ALICE], body).body == body


@pytest.mark.parametrize("size", [1, 65536, 5_000_000])
def test_carries_bodies_both_ways(front: Front, size: int) -> None:
    body = (b"0123456789abcdef" * (size // 16 + 1))[:size]
    response = fetch(front.plain, front.path("/digest"), method="POST", fields=[_ALICE], body=body)
    assert json.loads(response.body) == {
        "length": size,
        "sha256": hashlib.sha256(body).hexdigest(),
    }
    target = front.path(f"/stream?size={size}&count=2")
    assert fetch(front.plain, target, fields=[_ALICE]).body == (
        bytes(index % 251 for index in range(size)) * 2
    )


@pytest.mark.parametrize("code", [204, 301, 304, 404, 503])
def test_hands_back_the_apps_status(front: Front, code: int) -> None:
    response = fetch(front.plain, front.path(f"/status?code={code}"), fields=[_ALICE])
    assert response.status == code


def test_an_answer_that_breaks_off_is_not_taken_for_a_whole_one(front: Front) -> None:
    with Connection(front.plain) as connection:
        fields = [_ALICE, ("Connection", "close")]
        connection.send(http.encode_request("GET", front.path("/break"), fields))
        received = connection.drain()
    if front.row.server == "lighttpd":
        # It takes what has come for the answer, as docs/fastcgi.md says.
        assert received.endswith(b"a part")
    elif received.startswith(b"HTTP/1.1 200"):
        assert b"chunked" in received.lower(), "so its end is marked"
        assert not received.endswith(b"\r\n0\r\n\r\n"), received
    assert fetch(front.plain, front.path("/echo"), fields=[_ALICE]).status == 200


def test_shows_what_the_app_reports_in_its_own_log(front: Front) -> None:
    if not front.row.errors:
        assert "scgi" in front.row.example
        return
    start = front.log.log.size
    word = hashlib.sha256(repr(front.row).encode()).hexdigest()[:12]
    fetch(front.plain, front.path(f"/complain?text={word}"), fields=[_ALICE])
    front.log.log.wait_for(f"first: {word}", start=start)


def test_shows_a_long_traceback_to_its_end_in_its_own_log(front: Front) -> None:
    if not front.row.errors:
        return
    start = front.log.log.size
    assert fetch(front.plain, front.path("/fail?deep=40"), fields=[_ALICE]).status == 500
    front.log.log.wait_for("RuntimeError: the probe fails on purpose", start=start)


def test_lighttpd_notices_a_cut_answer_where_it_passes_on_what_comes(
    server: Penstock, secrets: dict[str, Path], folder: Path, gate: Gate
) -> None:
    directive = example("fastcgi.md", "stream").strip()
    with (
        _start_lighttpd(
            _ROWS["lighttpd-fastcgi"],
            folder / "lighttpd",
            server,
            secrets,
            unused_endpoint(),
            directive,
        ) as lighttpd,
        Connection(lighttpd.endpoint) as connection,
    ):
        connection.send(http.encode_request("GET", f"/break?gate={gate.path}", [_ALICE]))
        visitor = gate.wait()
        assert connection.read_head().get("Transfer-Encoding") == "chunked"
        chunks = connection.read_chunks()
        assert next(chunks) == b"a part"
        visitor.release()
        assert connection.drain() == b""


def test_serves_a_request_of_cgi_fcgi(server: Penstock) -> None:
    """libfcgi's own client, which is how people try a FastCGI server by hand."""
    body = b"from the command line"
    done = subprocess.run(
        ["cgi-fcgi", "-bind", "-connect", server.endpoint("fastcgi").text],
        input=body,
        env={
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/echo",
            "QUERY_STRING": "",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "CONTENT_TYPE": "text/plain",
            "CONTENT_LENGTH": str(len(body)),
        },
        capture_output=True,
        check=True,
        timeout=60,
    )
    head, _, answer = done.stdout.partition(b"\r\n\r\n")
    assert head.startswith(b"Status: 200 OK\r\n")
    assert answer == body


@pytest.mark.parametrize("name", ["uwsgi", "http"])
def test_the_other_examples_for_nginx_work(server: Penstock, folder: Path, name: str) -> None:
    block = replace_all(example("behind-nginx.md", name), _addresses(server))
    with Nginx(folder / "nginx", server=block) as nginx:
        environ = json.loads(fetch(nginx.endpoint, "/shop/a%20b?x=1").body)
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == ("", "/shop/a b")
    assert environ["QUERY_STRING"] == "x=1"
