# SPDX-License-Identifier: MIT
"""Clients for the soak: mixed requests, garbage, and an account of every request."""

from __future__ import annotations

import hashlib
import json
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from . import http, uwsgi
from .endpoint import Endpoint
from .http import Connection, WireError

_GARBAGE = [
    b"\x00\x01\x02\x03\xff\xfe" * 50,
    b"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"GET /" + b"x" * 40_000,
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100),
    b"GET / HTTP/1.1\r\nHost: h\r\n" + b"X: y\r\n" * 1000 + b"\r\n",
]

#: What a connection may break with when its peer is killed.
_BROKEN = (OSError, WireError)


@dataclass
class Kills:
    """When the test kills which worker. Written before the kill."""

    pids: set[int] = field(default_factory=set)
    begun: list[float] = field(default_factory=list)

    def add(self, pid: int) -> None:
        """A worker is about to be killed."""
        self.pids.add(pid)
        self.begun.append(time.monotonic())

    def excuses(self, pid: int | None, since: float) -> bool:
        """Whether a connection of this time to this worker may have broken."""
        if pid is not None:
            return pid in self.pids
        # It broke before it had said whom it talks to.
        return any(moment >= since - 0.5 for moment in self.begun)


@dataclass
class Account:
    """What became of the requests of one client."""

    answered: Counter[str] = field(default_factory=Counter)
    excused: int = 0
    lost: list[str] = field(default_factory=list)


class Client(threading.Thread):
    """One client with a connection that stays, and short ones beside it."""

    def __init__(self, number: int, requests: int, web: Endpoint, gateway: Endpoint, kills: Kills):
        super().__init__(daemon=True)
        self.account = Account()
        self._random = random.Random(number)
        self._requests = requests
        self._web = web
        self._gateway = gateway
        self._kills = kills
        self._connection: Connection | None = None
        self._pid: int | None = None
        self._since = 0.0
        self._acts = [
            ("page", self._page, 60),
            ("form", self._form, 12),
            ("chunked", self._chunked, 6),
            ("stream", self._stream, 5),
            ("upload", self._upload, 2),
            ("error", self._error, 2),
            ("head", self._head, 4),
            ("pipeline", self._pipeline, 3),
            ("uwsgi", self._uwsgi, 6),
            ("garbage", self._garbage, 2),
            ("leave", self._leave, 2),
        ]

    def run(self) -> None:
        """Makes all requests."""
        names = [name for name, _, _ in self._acts]
        weights = [weight for _, _, weight in self._acts]
        acts = {name: act for name, act, _ in self._acts}
        for name in self._random.choices(names, weights, k=self._requests):
            try:
                acts[name]()
            except _BROKEN as error:
                self._broke(name, error)
            except Exception as error:  # a wrong answer: the test shows it
                self.account.lost.append(f"{name}: {error!r}")
                self._drop()
            else:
                self.account.answered[name] += 1
        self._drop()

    def _broke(self, name: str, error: Exception) -> None:
        if self._kills.excuses(self._pid, self._since):
            self.account.excused += 1
        else:
            self.account.lost.append(f"{name} to {self._pid}: {error!r}")
        self._drop()

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _open(self, endpoint: Endpoint) -> Connection:
        """A connection beside the one that stays."""
        self._drop()
        self._pid, self._since = None, time.monotonic()
        self._connection = Connection(endpoint)
        return self._connection

    def _kept(self) -> Connection:
        """The connection that stays, sometimes a new one; its first answer says who serves it."""
        if self._connection is None or self._random.random() < 0.01:
            connection = self._open(self._web)
            self._pid = json.loads(connection.get("/who").body)["pid"]
        assert self._connection is not None
        return self._connection

    # Acts: each is one request (or one provocation), with its answer checked.

    def _page(self) -> None:
        assert self._kept().get("/").body == b"hello"

    def _form(self) -> None:
        body = self._random.randbytes(self._random.randrange(2000))
        assert self._kept().post("/echo", body).body == body

    def _chunked(self) -> None:
        parts = [self._random.randbytes(self._random.randrange(1, 500)) for _ in range(5)]
        connection = self._kept()
        connection.send(
            http.encode_request("POST", "/echo", [("Transfer-Encoding", "chunked")])
            + http.encode_chunked(parts)
        )
        assert connection.read_response("POST").body == b"".join(parts)

    def _stream(self) -> None:
        response = self._kept().get("/stream?size=5000&count=20")
        assert len(response.body) == 100_000

    def _upload(self) -> None:
        body = self._random.randbytes(200_000)
        found = json.loads(self._kept().post("/digest", body).body)
        assert found == {"length": len(body), "sha256": hashlib.sha256(body).hexdigest()}

    def _error(self) -> None:
        response = self._kept().get("/fail")
        assert response.status == 500
        if response.says_close:
            self._drop()

    def _head(self) -> None:
        assert self._kept().request("HEAD", "/").status == 200

    def _pipeline(self) -> None:
        connection = self._kept()
        connection.send(http.encode_request("GET", "/") * 5)
        for _ in range(5):
            assert connection.read_response().body == b"hello"

    def _uwsgi(self) -> None:
        body = self._random.randbytes(self._random.randrange(1, 3000))
        variables = uwsgi.request_variables("POST", "/echo", {"CONTENT_LENGTH": str(len(body))})
        connection = self._open(self._gateway)
        connection.send(uwsgi.encode_packet(variables) + body)
        assert uwsgi.read_response(connection).body == body
        self._drop()

    def _garbage(self) -> None:
        """Refused, and never with a reset before the answer."""
        endpoint = self._random.choice([self._web, self._gateway])
        connection = self._open(endpoint)
        connection.send_lenient(self._random.choice(_GARBAGE))
        connection.end_output()
        answer = connection.drain()
        assert answer == b"" or answer.startswith((b"HTTP/1.1 ", b"HTTP/1.0 ")), answer
        assert b" 200 " not in answer.partition(b"\r\n")[0], answer
        self._drop()

    def _leave(self) -> None:
        """Goes away in the middle of a request, an answer, or before both."""
        connection = self._open(self._web)
        data = http.encode_request("POST", "/digest", [("Content-Length", "100000")])
        data = self._random.choice(
            [
                b"",
                data[:20],
                data + bytes(5000),
                http.encode_request("GET", "/sized?size=65536&count=50"),
            ]
        )
        connection.send(data)
        if self._random.random() < 0.5:
            connection.reset()
            self._connection = None
        self._drop()
