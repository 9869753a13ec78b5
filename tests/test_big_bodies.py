# SPDX-License-Identifier: MIT
"""Bodies larger than memory should hold, up and down, and what the worker's memory does."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.start import APPS, StartPenstock
from harness import uwsgi
from harness.http import Connection, encode_request, fetch
from harness.processes import open_files, peak_bytes, reset_peak, settled_files
from harness.server import Penstock
from harness.wait import wait_until

_PIECE = bytes(index % 251 for index in range(1 << 20))
_PIECES = 150
_SIZE = _PIECES * len(_PIECE)

#: How much the worker may take for any one of these: far below a body.
_ALLOWED = 24 << 20


@pytest.fixture
def server(penstock: StartPenstock) -> Penstock:
    """One worker, so that there is one memory to look at."""
    return penstock(
        *("--http-socket", "127.0.0.1:0", "--socket", "127.0.0.1:0"),
        *("--pythonpath", APPS, "-w", "probe", "--threads", "2"),
    )


@pytest.fixture
def bounded(server: Penstock) -> Iterator[None]:
    """Fails if the worker's memory grows by more than allowed, or its descriptors by one."""
    [worker] = server.worker_pids()
    assert fetch(server.http, "/digest", method="POST", body=bytes(100_000)).status == 200
    files, before = settled_files(worker), reset_peak(worker)
    yield
    grown = peak_bytes(worker) - before
    assert grown < _ALLOWED, f"grew by {grown >> 20} MiB"
    wait_until(lambda: open_files(worker) == files, "all descriptors are closed again")


def _expected() -> dict[str, object]:
    digest = hashlib.sha256()
    for _ in range(_PIECES):
        digest.update(_PIECE)
    return {"length": _SIZE, "sha256": digest.hexdigest()}


def _send_plain(server: Penstock) -> bytes:
    with Connection(server.http) as connection:
        length = [("Content-Length", str(_SIZE))]
        connection.send(encode_request("POST", "/digest", length))
        for _ in range(_PIECES):
            connection.send(_PIECE)
        return connection.read_response().body


def _send_chunked(server: Penstock) -> bytes:
    with Connection(server.http) as connection:
        connection.send(encode_request("POST", "/digest", [("Transfer-Encoding", "chunked")]))
        for _ in range(_PIECES):
            connection.send(b"%x\r\n%s\r\n" % (len(_PIECE), _PIECE))
        connection.send(b"0\r\n\r\n")
        return connection.read_response().body


def _send_by_uwsgi(server: Penstock) -> bytes:
    variables = uwsgi.request_variables("POST", "/digest", {"CONTENT_LENGTH": str(_SIZE)})
    with Connection(server.uwsgi) as connection:
        connection.send(uwsgi.encode_packet(variables))
        for _ in range(_PIECES):
            connection.send(_PIECE)
        return uwsgi.read_response(connection).body


@pytest.mark.parametrize("send", [_send_plain, _send_chunked, _send_by_uwsgi])
def test_takes_a_big_body(
    server: Penstock, bounded: None, send: Callable[[Penstock], bytes]
) -> None:
    assert json.loads(send(server)) == _expected()


@pytest.mark.parametrize("page", ["sized", "stream"])
@pytest.mark.parametrize("patient", [True, False], ids=["reads at once", "reads late"])
def test_sends_a_big_body(server: Penstock, bounded: None, page: str, patient: bool) -> None:
    """Also to a reader who takes nothing until the app has long returned."""
    with Connection(server.http) as connection:
        connection.send(encode_request("GET", f"/{page}?size={1 << 20}&count={_PIECES}"))
        response = connection.read_head()
        if not patient:
            server.log.wait_for(rf"GET /{page}\S* => generated {_SIZE} bytes")
        pieces = (
            connection.read_chunks()
            if response.get("Transfer-Encoding")
            else (connection.read_exactly(1 << 20) for _ in range(_PIECES))
        )
        digest = hashlib.sha256()
        for piece in pieces:
            digest.update(piece)
        assert digest.hexdigest() == _expected()["sha256"]
        assert connection.get("/").body == b"hello"


def test_lets_the_app_wait_where_the_buffer_ends(penstock: StartPenstock, folder: Path) -> None:
    """--response-buffer bounds what a slow reader may make us keep."""
    (folder / "spool").mkdir()
    server = penstock(
        *("--http-socket", "127.0.0.1:0", "--pythonpath", APPS, "-w", "probe", "--threads", "2"),
        *("--response-buffer", "8M", "--spool-directory", "spool"),
    )
    [worker] = server.worker_pids()
    with Connection(server.http, receive_buffer=65536) as slow:
        slow.send(encode_request("GET", f"/sized?size={1 << 20}&count={_PIECES}"))
        assert slow.read_head().status == 200
        assert slow.read_exactly(1 << 20) == _PIECE
        wait_until(lambda: _spooled_bytes(worker, folder / "spool") > 4 << 20, "a spool file")
        # Another thread is free, and the spool does not grow meanwhile.
        for _ in range(100):
            assert fetch(server.http).body == b"hello"
        assert _spooled_bytes(worker, folder / "spool") <= 10 << 20
        assert not server.log.matches("GET /sized")
        for _ in range(_PIECES - 1):
            assert slow.read_exactly(1 << 20) == _PIECE
    server.log.wait_for(rf"GET /sized\S+ => generated {_SIZE} bytes")


_WHERE = '''
import hashlib, os

def application(environ, start_response):
    """How many bodies are in files now, and what this one is."""
    body = environ["wsgi.input"].read()
    links = (os.readlink(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd")
             if os.path.lexists(f"/proc/self/fd/{name}"))
    files = sum("/spool/" in link for link in links)
    start_response("200 OK", [])
    return [f"{files} {hashlib.sha256(body).hexdigest()}".encode()]
'''


@pytest.mark.parametrize(
    ("options", "in_memory"),
    [
        ((), 1 << 20),
        (("--post-buffering", "64K"), 1 << 16),
        (("--post-buffering", "0"), 0),
        (("--post-buffering", "2M"), 2 << 20),
    ],
    ids=["no option", "64K", "0", "2M"],
)
def test_keeps_bodies_in_memory_up_to_a_size(
    penstock: StartPenstock, folder: Path, options: tuple[str, ...], in_memory: int
) -> None:
    """--post-buffering is meant exactly; without it the size is the server's choice."""
    (folder / "spool").mkdir()
    (folder / "where.py").write_text(_WHERE)
    server = penstock(
        *("--http-socket", "127.0.0.1:0", "-w", "where", "--spool-directory", "spool", *options),
    )
    limits = (1 << 16, 1 << 20, in_memory)
    for size in sorted({size for limit in limits for size in (limit, limit + 1)} - {0, 1}):
        body = (_PIECE * 3)[:size]
        # What is whole in the input buffer stays there, whatever its size: that is not so here.
        with Connection(server.http) as connection:
            head = encode_request("POST", "/", [("Content-Length", str(size))])
            connection.send(head + body[:1])
            connection.send(body[1:])
            files, digest = connection.read_response().text.split()
        assert digest == hashlib.sha256(body).hexdigest(), size
        # The one before may be there still; sizes grow, so then this one is in a file, too.
        assert (int(files) > 0) == (size > in_memory), size


def _spooled_bytes(pid: int, folder: Path) -> int:
    """The size of the unlinked files that a process has open in a folder."""
    total = 0
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            if os.readlink(link).startswith(str(folder)):
                total += link.stat().st_size
    return total
