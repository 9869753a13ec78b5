# SPDX-License-Identifier: MIT
"""An HTTP/1.1 client that sends exactly the bytes it is given, and reads answers strictly."""

from __future__ import annotations

import re
import select
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from types import TracebackType

from .build import PATIENCE
from .endpoint import Endpoint

_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9][0-9]) ([\t\x20-\x7e\x80-\xff]*)")
_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


class WireError(AssertionError):
    """The peer broke HTTP, or ended too early."""


@dataclass
class Response:
    """One answer as it came over the wire."""

    status: int
    reason: str
    minor_version: int
    fields: list[tuple[str, str]]
    body: bytes = b""
    informational: list[Response] = field(default_factory=list)
    chunks: list[bytes] | None = None  # of a chunked body

    def get(self, name: str) -> str | None:
        """The only field of that name, in any case; None if it is absent."""
        values = self.get_all(name)
        if len(values) > 1:
            raise WireError(f"{len(values)} x {name}: {values}")
        return values[0] if values else None

    def get_all(self, name: str) -> list[str]:
        """The values of all fields of that name."""
        return [value for key, value in self.fields if key.lower() == name.lower()]

    @property
    def text(self) -> str:
        """The body as UTF-8."""
        return self.body.decode()

    @property
    def says_close(self) -> bool:
        """Whether the answer announces the end of the connection."""
        return "close" in (self.get("Connection") or "").lower()


class Connection:
    """One connection to a server."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        timeout: float = PATIENCE,
        receive_buffer: int | None = None,
        source: str = "",
    ) -> None:
        self.socket = endpoint.connect(
            timeout=timeout, receive_buffer=receive_buffer, source=source
        )
        self._input = bytearray()
        self._ended = False

    def __enter__(self) -> Connection:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connection."""
        self.socket.close()

    def reset(self) -> None:
        """Ends the connection with a TCP reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        self.socket.close()

    # Sending

    def send(self, data: bytes) -> None:
        """Sends all of `data`."""
        self.socket.sendall(data)

    def send_lenient(self, data: bytes) -> bool:
        """Sends `data` to a peer that may refuse it; false if it did."""
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    def end_output(self) -> None:
        """Closes our direction only."""
        self.socket.shutdown(socket.SHUT_WR)

    def request(
        self,
        method: str,
        target: str,
        fields: Iterable[tuple[str, str]] = (),
        body: bytes | None = None,
    ) -> Response:
        """Sends a well-formed request and reads its answer."""
        self.send(encode_request(method, target, fields, body))
        return self.read_response(method)

    def get(self, target: str, *fields: tuple[str, str]) -> Response:
        """GET."""
        return self.request("GET", target, fields)

    def post(self, target: str, body: bytes, *fields: tuple[str, str]) -> Response:
        """POST."""
        return self.request("POST", target, fields, body)

    # Receiving

    def read_some(self, most: int = 65536) -> bytes:
        """Bytes that are there, at least one; none at the end."""
        if self._input:
            data = bytes(self._input[:most])
            del self._input[:most]
            return data
        return b"" if self._ended else self._receive()

    def read_exactly(self, size: int) -> bytes:
        """`size` bytes."""
        while len(self._input) < size:
            self._fill(f"{size} bytes")
        data = bytes(self._input[:size])
        del self._input[:size]
        return data

    def read_line(self, longest: int = 70000) -> bytes:
        """One line, which must end with CRLF, without it."""
        while (end := self._input.find(b"\n")) < 0:
            if len(self._input) > longest:
                raise WireError(f"a line of over {longest} bytes")
            self._fill("a line")
        line = self.read_exactly(end + 1)
        if not line.endswith(b"\r\n"):
            raise WireError(f"bare line feed after {line!r}")
        return line[:-2]

    def read_to_end(self) -> bytes:
        """Everything until the peer ends its side; a reset is an error."""
        while not self._ended:
            self._input += self._receive()
        data = bytes(self._input)
        self._input.clear()
        return data

    def drain(self) -> bytes:
        """Everything until the end of the connection, whether orderly or by reset."""
        try:
            return self.read_to_end()
        except ConnectionResetError:
            data = bytes(self._input)
            self._input.clear()
            return data

    @property
    def is_open(self) -> bool:
        """False if the peer has ended the connection already. Does not wait."""
        return not self._ended and not _at_end(self.socket)

    def read_head(self) -> Response:
        """A status line and fields, informational or final."""
        line = self.read_line()
        match = _STATUS_LINE.fullmatch(line)
        if not match:
            raise WireError(f"status line {line!r}")
        return Response(
            status=int(match[2]),
            reason=match[3].decode("latin-1"),
            minor_version=int(match[1]),
            fields=list(self.read_fields()),
        )

    def read_fields(self) -> Iterator[tuple[str, str]]:
        """Fields up to the empty line."""
        while line := self.read_line():
            name, colon, value = line.partition(b":")
            if not colon or not _TOKEN.fullmatch(name):
                raise WireError(f"field {line!r}")
            yield name.decode(), value.strip(b" \t").decode("latin-1")

    def read_response(self, method: str = "GET") -> Response:
        """A whole final answer, with the informational ones before it."""
        informational = []
        while (response := self.read_head()).status < 200:
            informational.append(response)
        response.informational = informational
        self._read_body(response, method)
        return response

    def _read_body(self, response: Response, method: str) -> None:
        length, coding = response.get("Content-Length"), response.get("Transfer-Encoding")
        if coding is not None and length is not None:
            raise WireError("both Content-Length and Transfer-Encoding")
        if method == "HEAD" or response.status in (204, 304):
            return
        if coding is not None:
            if coding != "chunked":
                raise WireError(f"Transfer-Encoding {coding!r}")
            response.chunks = list(self.read_chunks())
            response.body = b"".join(response.chunks)
        elif length is not None:
            if not re.fullmatch("[0-9]+", length):
                raise WireError(f"Content-Length {length!r}")
            response.body = self.read_exactly(int(length))
        else:
            if not response.says_close and response.minor_version == 1:
                raise WireError("a body without a length on a connection that stays")
            response.body = self.read_to_end()

    def read_chunks(self) -> Iterator[bytes]:
        """The chunks of a chunked body, as they come, without the last."""
        while True:
            line = self.read_line()
            if not re.fullmatch(rb"[0-9a-fA-F]+", line):
                raise WireError(f"chunk size {line!r}")
            size = int(line, 16)
            data = self.read_exactly(size)
            if self.read_line():
                raise WireError("bytes after a chunk")
            if size == 0:
                return
            yield data

    def _fill(self, what: str) -> None:
        if self._ended or not (data := self._receive()):
            raise WireError(
                f"end of the connection instead of {what}; unread: {bytes(self._input)!r}"
            )
        self._input += data

    def _receive(self) -> bytes:
        try:
            data = self.socket.recv(262144)
        except TimeoutError:
            raise WireError(f"nothing came; unread: {bytes(self._input)!r}") from None
        if not data:
            self._ended = True
        return data


def _at_end(connection: socket.socket) -> bool:
    """Whether the peer's end of the stream has arrived, without waiting and without reading."""
    timeout = connection.gettimeout()
    connection.setblocking(False)
    try:
        return connection.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True
    finally:
        connection.settimeout(timeout)


def encode_request(
    method: str,
    target: str,
    fields: Iterable[tuple[str, str]] = (),
    body: bytes | None = None,
) -> bytes:
    """The bytes of a well-formed request; Host and Content-Length unless given."""
    all_fields = list(fields)
    names = {name.lower() for name, _ in all_fields}
    if "host" not in names:
        all_fields.insert(0, ("Host", "penstock.test"))
    if body is not None and not names & {"content-length", "transfer-encoding"}:
        all_fields.append(("Content-Length", str(len(body))))
    head = f"{method} {target} HTTP/1.1\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in all_fields)
    return head.encode("latin-1") + b"\r\n" + (body or b"")


def encode_chunked(parts: Iterable[bytes], trailers: bytes = b"") -> bytes:
    """A chunked body."""
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    return chunks + b"0\r\n" + trailers + b"\r\n"


def first_answered(connections: list[Connection]) -> Connection:
    """The connection on which something comes first."""
    sockets = {connection.socket: connection for connection in connections}
    readable, _, _ = select.select(sockets, [], [], PATIENCE)
    assert readable, "none of the connections is answered"
    return sockets[readable[0]]


def fetch(
    endpoint: Endpoint,
    target: str = "/",
    *,
    method: str = "GET",
    fields: Iterable[tuple[str, str]] = (),
    body: bytes | None = None,
) -> Response:
    """One request on a connection of its own."""
    with Connection(endpoint) as connection:
        return connection.request(method, target, [*fields, ("Connection", "close")], body)
