# SPDX-License-Identifier: MIT
"""The demo app, served as `./dev run` does it."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
import time
from types import ModuleType

import pytest

from harness.start import StartPenstock
from harness.build import ROOT
from harness.endpoint import Endpoint
from harness.http import Connection, Response, fetch

_APP = ROOT / "examples/demo/app.py"
_BOUNDARY = "xxBOUNDARYxx"


@pytest.fixture(scope="module")
def site(shared_penstock: StartPenstock) -> Endpoint:
    """The served demo."""
    server = shared_penstock(
        *("--http-socket", "127.0.0.1:0", "--processes", "2", "--threads", "4"),
        *("--need-app", "--wsgi-file", _APP),
    )
    return server.http


@pytest.fixture(scope="module")
def demo() -> ModuleType:
    """The app's module in this process."""
    spec = importlib.util.spec_from_file_location("demo", _APP)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _upload(site: Endpoint, **parts: tuple[str, bytes]) -> Response:
    """Posts a form; a part is what follows its name in the head, and its data."""
    body = b"".join(
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{rest}\r\n\r\n'.encode()
        + data
        + b"\r\n"
        for name, (rest, data) in parts.items()
    )
    body += f"--{_BOUNDARY}--\r\n".encode()
    kind = ("Content-Type", f"multipart/form-data; boundary={_BOUNDARY}")
    return fetch(site, "/upload", method="POST", fields=[kind], body=body)


def test_the_front_page_shows_the_request(site: Endpoint) -> None:
    answer = fetch(site, "/?a=1", fields=[("X-Colour", "sea green")])
    assert answer.status == 200
    for shown in ("X-Colour", "sea green", "a=1", "127.0.0.1", "penstock.test"):
        assert shown in answer.text


def test_what_a_visitor_sends_is_escaped(site: Endpoint) -> None:
    evil = "<script>alert(1)</script>"
    answers = [
        fetch(site, "/", fields=[("X-Evil", evil)]),
        fetch(site, "/%3Cscript%3Ealert(1)%3C/script%3E"),
        _upload(site, note=("", evil.encode()), file=(f'; filename="{evil}"', b"x")),
    ]
    assert [answer.status for answer in answers] == [200, 404, 200]
    for answer in answers:
        assert "<script" not in answer.text and "&lt;script&gt;" in answer.text


def test_links_lead_to_pages(site: Endpoint, demo: ModuleType) -> None:
    links = re.findall(r'<a href="([^"?]*)', fetch(site).text)
    assert set(links) == demo.PAGES.keys() and len(links) == len(demo.PAGES)


def test_a_stream_comes_line_by_line(site: Endpoint) -> None:
    answer = fetch(site, "/stream")
    lines = answer.text.splitlines()
    assert len(lines) == 10 and lines[9].startswith("10 of 10")
    assert answer.chunks is not None and len(answer.chunks) == 10


def test_the_environ_is_shown_as_json(site: Endpoint) -> None:
    environ = json.loads(fetch(site, "/api?x=%20").body)
    assert environ["PATH_INFO"] == "/api" and environ["QUERY_STRING"] == "x=%20"
    assert environ["wsgi.url_scheme"] == "http"


def test_an_upload_is_weighed(site: Endpoint) -> None:
    data = bytes(range(256)) * 1000
    answer = _upload(site, note=("", "hellö".encode()), file=('; filename="a.bin"', data))
    assert f"a.bin: 256000 bytes, SHA-256 {hashlib.sha256(data).hexdigest()}" in answer.text
    assert "hellö" in answer.text


@pytest.mark.parametrize("kind", ["multipart/form-data", "text/plain", "multipart/mixed; boundary=x"])
def test_an_upload_that_is_no_form_is_harmless(site: Endpoint, kind: str) -> None:
    answer = fetch(site, "/upload", method="POST", fields=[("Content-Type", kind)], body=b"a=b")
    assert answer.status == 200 and "That was no form" in answer.text


def test_an_upload_has_a_limit(demo: ModuleType) -> None:
    # Without wsgi.input: nothing is read.
    environ = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": str(demo.MAX_UPLOAD + 1)}
    assert demo.upload(environ)[0].startswith("413 ")


def test_an_error_is_a_500_and_harms_nothing_else(site: Endpoint) -> None:
    assert fetch(site, "/error").status == 500
    assert fetch(site).status == 200


def test_a_connection_serves_several_pages(site: Endpoint) -> None:
    with Connection(site) as connection:
        for path, status in [("/", 200), ("/nowhere", 404), ("/slow?seconds=0", 200), ("/api", 200)]:
            assert connection.get(path).status == status


@pytest.mark.parametrize(
    ("query", "seconds"),
    [
        ("", 3),
        ("seconds=0", 0),
        ("seconds=7", 7),
        ("seconds=99", 30),
        ("seconds=-1", 3),
        ("seconds=999999", 3),
        ("seconds=x", 3),
        ("seconds=%C2%B2", 3),  # a digit, but not a decimal one
    ],
)
def test_slowness_has_a_limit(
    demo: ModuleType, monkeypatch: pytest.MonkeyPatch, query: str, seconds: int
) -> None:
    naps: list[float] = []
    monkeypatch.setattr(time, "sleep", naps.append)
    assert demo.slow({"QUERY_STRING": query})[0] == "200 OK"
    assert naps == [seconds]
