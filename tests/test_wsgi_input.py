# SPDX-License-Identifier: MIT
"""wsgi.input: every way to read it gives what Python's own files would give."""

from __future__ import annotations

import io
import json
import runpy
from typing import Any
from urllib.parse import quote

import pytest

from harness.start import APPS, StartPenstock
from harness import uwsgi
from harness.http import Connection, encode_chunked, encode_request, fetch
from harness.server import Penstock

pytestmark = pytest.mark.asan

#: Longer than what is kept in memory by default.
_LONG = b"".join(b"line %d %s\n" % (number, b"x" * (number % 300)) for number in range(2000))

_BODIES = {
    "empty": b"",
    "no line end": b"abc",
    "one line": b"abc\n",
    "lines": b"one\ntwo\n\nfour\r\nfive",
    "only line ends": b"\n\n\n",
    "all bytes": bytes(range(256)) * 4,
    "spooled": _LONG,
}

_STEPS: dict[str, list[list[Any]]] = {
    "read": [["read"], ["read"]],
    "read all by -1": [["read", -1], ["read", 10]],
    "read none": [["read", 0], ["read", 3], ["read", 0], ["read"]],
    "read in pieces": [["read", 2], ["read", 2], ["read", 5], ["read", 100_000], ["read", 9**9]],
    "readline": [["readline"]] * 8,
    "readline with size": [["readline", 2]] * 12,
    "readline of none": [["readline", 0], ["readline", 100], ["readline", -1]],
    "readlines": [["readlines"], ["readlines"]],
    "readlines with a hint": [["readlines", 5], ["readlines", 1], ["readlines", 0], ["read"]],
    "iteration": [["iterate", None], ["read"]],
    "iteration broken off": [["iterate", 2], ["read", 3], ["iterate", 1], ["read"]],
    "next": [["next"], ["next"], ["read", 1], ["readline"], ["read"]],
    "mixed": [["read", 1], ["readline"], ["readline", 3], ["read", 2], ["readlines"]],
}


@pytest.fixture(scope="module")
def reader(shared_penstock: StartPenstock) -> Penstock:
    """One server with apps/input_cases.py."""
    return shared_penstock(
        *("--http-socket", "127.0.0.1:0", "--socket", "127.0.0.1:0"),
        *("--pythonpath", APPS, "-w", "input_cases"),
    )


def _target(steps: list[list[Any]]) -> str:
    return "/?" + quote(json.dumps(steps))


def _expected(body: bytes, steps: list[list[Any]]) -> list[Any]:
    """What io.BytesIO gives for these steps."""
    run_step = runpy.run_path(str(APPS / "input_cases.py"))["run_step"]
    stream = io.BytesIO(body)
    return [run_step(stream, step) for step in steps]


@pytest.mark.parametrize("steps", _STEPS)
@pytest.mark.parametrize("body", _BODIES)
def test_reads_as_a_file_does(reader: Penstock, body: str, steps: str) -> None:
    content, wanted = _BODIES[body], _STEPS[steps]
    expected = _expected(content, wanted)
    with Connection(reader.http) as connection:
        response = connection.post(_target(wanted), content)
        assert json.loads(response.body) == expected
        chunks = [content[at : at + 1000] for at in range(0, len(content), 1000)]
        connection.send(
            encode_request("POST", _target(wanted), [("Transfer-Encoding", "chunked")])
            + encode_chunked(chunks)
        )
        assert json.loads(connection.read_response().body) == expected
    response = uwsgi.request(reader.uwsgi, _target(wanted), method="POST", body=content)
    assert json.loads(response.body) == expected


def test_is_empty_without_a_body(reader: Penstock) -> None:
    steps: list[list[Any]] = [["read"], ["readline"], ["readlines"], ["iterate", None], ["read", 5]]
    response = fetch(reader.http, _target(steps))
    assert json.loads(response.body) == ["", "", [], [], ""]


@pytest.mark.parametrize("body", ["lines", "spooled"])
def test_can_be_read_again(reader: Penstock, body: str) -> None:
    content = _BODIES[body]
    steps: list[list[Any]] = [
        ["seekable"],
        ["read", 5],
        ["tell"],
        ["seek", 0],
        ["readline"],
        ["seek", -4, 2],
        ["read"],
        ["seek", 2],
        ["seek", 1, 1],
        ["read", 4],
        ["seek", 0, 2],
        ["read"],
        ["tell"],
    ]
    response = fetch(reader.http, _target(steps), method="POST", body=content)
    found = json.loads(response.body)
    expected = _expected(content, [step for step in steps if step != ["seek", 1, 1]])
    seek = steps.index(["seek", 1, 1])
    assert found.pop(seek) == 3
    position = len(expected) - 4
    assert found[:position] == expected[:position]
    assert found[position] == content[3:7].decode("latin-1")
    assert found[position + 1 :] == expected[position + 1 :]


def test_refuses_bad_arguments(reader: Penstock) -> None:
    steps: list[list[Any]] = [
        ["read", "x"],
        ["readline", "x"],
        ["seek", -1],
        ["seek", 0, 9],
        ["read"],
    ]
    response = fetch(reader.http, _target(steps), method="POST", body=b"body")
    assert json.loads(response.body) == [
        {"raised": "TypeError"},
        {"raised": "TypeError"},
        {"raised": "ValueError"},
        {"raised": "ValueError"},
        "body",
    ]
