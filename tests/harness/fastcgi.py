# SPDX-License-Identifier: MIT
"""FastCGI 1.0 as a web server speaks it, byte by byte."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import TracebackType

from . import cgi
from .endpoint import Endpoint
from .http import Connection, Response, WireError
from .uwsgi import Variables, request_variables

BEGIN, ABORT, END, PARAMS, STDIN, STDOUT, STDERR, DATA = range(1, 9)
GET_VALUES, GET_VALUES_RESULT, UNKNOWN_TYPE = range(9, 12)
RESPONDER, AUTHORIZER, FILTER = range(1, 4)
KEEP_CONNECTION = 1
COMPLETE, CANNOT_MULTIPLEX, OVERLOADED, UNKNOWN_ROLE = range(4)

_HEADER = struct.Struct(">BBHHBx")
_MOST = 65535


def record(kind: int, request: int, content: bytes = b"", padding: int = 0) -> bytes:
    """One record."""
    return _HEADER.pack(1, kind, request, len(content), padding) + content + b"p" * padding


def begin(request: int, *, keep: bool = True, role: int = RESPONDER) -> bytes:
    """The record that begins a request."""
    flags = KEEP_CONNECTION if keep else 0
    return record(BEGIN, request, struct.pack(">HB5x", role, flags))


def _length(size: int) -> bytes:
    return bytes([size]) if size < 128 else struct.pack(">I", size | 1 << 31)


def pairs(variables: Variables) -> bytes:
    """Names and values, with one or four bytes for each length."""
    out = bytearray()
    for pair in variables:
        name, value = (item.encode("latin-1") if isinstance(item, str) else item for item in pair)
        out += _length(len(name)) + _length(len(value)) + name + value
    return bytes(out)


def stream(kind: int, request: int, data: bytes, piece: int = _MOST, padding: int = 0) -> bytes:
    """A stream in records of at most `piece` bytes, with the empty one that ends it."""
    parts = [data[at : at + piece] for at in range(0, len(data), piece)]
    return b"".join(record(kind, request, part, padding) for part in [*parts, b""])


def split_records(data: bytes) -> list[bytes]:
    """The records that these bytes are."""
    records, at = [], 0
    while at < len(data):
        _, _, _, size, padding = _HEADER.unpack_from(data, at)
        end = at + _HEADER.size + size + padding
        records.append(data[at:end])
        at = end
    return records


def request(
    target: str = "/",
    *,
    number: int = 1,
    method: str = "GET",
    keep: bool = True,
    extra: Mapping[str, str] | None = None,
    body: bytes = b"",
    piece: int = _MOST,
    padding: int = 0,
) -> bytes:
    """A whole request with the variables of nginx's stock parameters."""
    if body:
        extra = {"CONTENT_LENGTH": str(len(body)), **(extra or {})}
    variables = pairs(request_variables(method, target, extra))
    return (
        begin(number, keep=keep)
        + stream(PARAMS, number, variables, piece, padding)
        + stream(STDIN, number, body, piece, padding)
    )


@dataclass
class Record:
    """One record that came."""

    kind: int
    request: int
    content: bytes


@dataclass
class Answer:
    """What came for one request."""

    output: bytes = b""
    errors: bytes = b""
    application_status: int = 0
    protocol_status: int = COMPLETE
    record_sizes: list[int] = field(default_factory=list)

    def parse(self, method: str = "GET") -> Response:
        """Its output as a CGI answer."""
        return cgi.parse_answer(self.output, method)


class Client:
    """One connection of a web server."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.connection = Connection(endpoint)
        self._open: dict[int, Answer] = {}
        self._ended: dict[int, Answer] = {}

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.connection.close()

    def send(self, data: bytes) -> None:
        """Sends all of it."""
        self.connection.send(data)

    def read_record(self) -> Record:
        """The next record; it must be well-formed."""
        header = self.connection.read_exactly(_HEADER.size)
        version, kind, number, size, padding = _HEADER.unpack(header)
        if version != 1:
            raise WireError(f"a record of version {version}")
        content = self.connection.read_exactly(size + padding)[:size]
        return Record(kind, number, content)

    def read_answer(self, number: int = 1) -> Answer:
        """The whole answer to one request. Those to others are kept for later."""
        while number not in self._ended:
            self._take(self.read_record())
        return self._ended.pop(number)

    def read_first(self) -> int:
        """The number of the request whose answer is whole first, or was already."""
        while not self._ended:
            self._take(self.read_record())
        return next(iter(self._ended))

    def _take(self, came: Record) -> None:
        answer = self._open.setdefault(came.request, Answer())
        if came.kind == STDOUT:
            answer.output += came.content
            answer.record_sizes.append(len(came.content))
        elif came.kind == STDERR:
            answer.errors += came.content
        elif came.kind == END:
            status, protocol = struct.unpack(">IB3x", came.content)
            answer.application_status, answer.protocol_status = status, protocol
            self._ended[came.request] = self._open.pop(came.request)
        else:
            raise WireError(f"{came}")

    def fetch(self, target: str = "/", *, number: int = 1, **options: object) -> Response:
        """One request and its answer, on this connection."""
        self.send(request(target, number=number, **options))  # type: ignore[arg-type]
        return self.read_answer(number).parse(str(options.get("method", "GET")))

    def ask(self, *names: str) -> dict[str, str]:
        """FCGI_GET_VALUES."""
        self.send(record(GET_VALUES, 0, pairs([(name, "") for name in names])))
        came = self.read_record()
        assert (came.kind, came.request) == (GET_VALUES_RESULT, 0), came
        return dict(parse_pairs(came.content))


def parse_pairs(data: bytes) -> Iterable[tuple[str, str]]:
    """Names and values."""
    at = 0
    while at < len(data):
        sizes = []
        for _ in range(2):
            long = data[at] >= 128
            sizes.append(struct.unpack_from(">I", data, at)[0] & 0x7FFFFFFF if long else data[at])
            at += 4 if long else 1
        name, value = data[at : at + sizes[0]], data[at + sizes[0] : at + sum(sizes)]
        at += sum(sizes)
        yield name.decode(), value.decode()


def fetch(endpoint: Endpoint, target: str = "/", **options: object) -> Response:
    """One request on a connection of its own, which the server must close after the answer."""
    with Client(endpoint) as client:
        response = client.fetch(target, keep=False, **options)
        assert client.connection.read_to_end() == b""
        return response
