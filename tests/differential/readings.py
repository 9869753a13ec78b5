# SPDX-License-Identifier: MIT
"""What three HTTP/1 parsers make of the same bytes, in one form that can be compared."""

from __future__ import annotations

import json
import struct
import subprocess
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import h11
import httptools

#: Fields that a request of ours does not list: the server has used them up (src/http/header_policy.h).
USED_UP = {
    b"connection",
    b"content-length",
    b"content-type",
    b"keep-alive",
    b"proxy",
    b"proxy-connection",
    b"te",
    b"trailer",
    b"transfer-encoding",
    b"upgrade",
}


@dataclass(frozen=True)
class Request:
    """A complete request. Field names are in lower case, values without white space around."""

    method: bytes
    target: bytes
    version: bytes
    fields: tuple[tuple[bytes, bytes], ...]
    content_type: bytes | None
    body: bytes | None  # None: it was not read


@dataclass
class Reading:
    """The complete requests of an input, and whether the parser refused what came behind them."""

    requests: list[Request] = field(default_factory=list)
    refused: bool = False
    #: The parser stopped for a reason that says nothing of the rest: it was told to close, or
    #: believes that another protocol follows.
    stopped: bool = False
    reason: str = ""


def make_request(
    method: bytes, target: bytes, version: bytes, headers: list[tuple[bytes, bytes]], body: bytes
) -> Request:
    """A request of a peer, with its fields as our header policy leaves them."""
    trimmed = [(name.lower(), value.strip(b" \t")) for name, value in headers]
    types = [value for name, value in trimmed if name == b"content-type"]
    kept = [(name, value) for name, value in trimmed if name not in USED_UP and b"_" not in name]
    if b"://" in target.split(b"?")[0] and not target.startswith(b"/"):
        # The authority of an absolute target stands above the Host field.
        authority = target.split(b"://", 1)[1].split(b"/")[0].split(b"?")[0]
        names = [name for name, _ in kept]
        if b"host" in names:
            kept[names.index(b"host")] = (b"host", authority)
        else:
            kept.append((b"host", authority))
    return Request(method, target, version, tuple(kept), types[0] if types else None, body)


def read_with_penstock(tool: Path, inputs: list[bytes]) -> list[Reading]:
    """Runs http1_dump over all inputs at once."""
    packed = b"".join(struct.pack("<I", len(wire)) + wire for wire in inputs)
    run = subprocess.run([tool], input=packed, capture_output=True, check=True)
    lines = run.stdout.splitlines()
    assert len(lines) == len(inputs)
    return [_penstock_reading(json.loads(line)) for line in lines]


def _penstock_reading(dumped: dict[str, Any]) -> Reading:
    def encoded(text: str) -> bytes:
        return text.encode("latin-1")

    requests = [
        Request(
            method=encoded(one["method"]),
            target=encoded(one["target"]),
            version=encoded(one["protocol"]).removeprefix(b"HTTP/"),
            fields=tuple((encoded(name).lower(), encoded(value)) for name, value in one["fields"]),
            content_type=encoded(one["content_type"]) if "content_type" in one else None,
            body=encoded(one["body"]),
        )
        for one in dumped["requests"]
    ]
    verdict = dumped["verdict"]
    return Reading(
        requests,
        refused=verdict == "refused",
        stopped=verdict == "closed",
        reason=f"{dumped.get('status', verdict)} {dumped.get('reason', '')}",
    )


def read_with_h11(wire: bytes) -> Reading:
    """Plays a server with h11 that answers every request at once."""
    reading = Reading()
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
    head: h11.Request | None = None
    body = b""
    try:
        connection.receive_data(wire)
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                return reading
            if event is h11.PAUSED or isinstance(event, h11.ConnectionClosed):
                reading.stopped = True
                return reading
            if isinstance(event, h11.Request):
                head, body = event, b""
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                assert head is not None
                reading.requests.append(
                    make_request(
                        head.method, head.target, head.http_version, list(head.headers), body
                    )
                )
                connection.send(h11.Response(status_code=200, headers=[("Content-Length", "0")]))
                connection.send(h11.EndOfMessage())
                if connection.our_state is not h11.DONE:
                    reading.stopped = True
                    return reading
                connection.start_next_cycle()
    except (h11.RemoteProtocolError, h11.LocalProtocolError) as error:
        reading.refused = True
        reading.reason = str(error)
    return reading


class _Listener:
    """Gathers what httptools calls back."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.parser: httptools.HttpRequestParser | None = None

    def on_message_begin(self) -> None:
        self.target = b""
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""
        self.in_body = False

    def on_url(self, url: bytes) -> None:
        self.target += url

    def on_header(self, name: bytes, value: bytes | None) -> None:
        if not self.in_body:  # what comes later is a trailer
            self.headers.append((name, value or b""))

    def on_headers_complete(self) -> None:
        assert self.parser is not None
        self.in_body = True
        self.method = self.parser.get_method()
        self.version = self.parser.get_http_version().encode()

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.requests.append(
            make_request(self.method, self.target, self.version, self.headers, self.body)
        )


def read_with_llhttp(wire: bytes) -> Reading:
    """Reads with llhttp in its strict form, through httptools."""
    listener = _Listener()
    parser = httptools.HttpRequestParser(listener)
    listener.parser = parser
    reading = Reading(listener.requests)
    try:
        parser.feed_data(wire)
    except httptools.HttpParserUpgrade:
        # llhttp takes an upgrade that is asked for to be granted: all behind the head belongs to
        # the other protocol. We ignore the wish, as RFC 9110, section 7.8, allows.
        reading.stopped = True
        reading.requests[-1] = replace(reading.requests[-1], body=None)
    except httptools.HttpParserError as error:
        reading.refused = True
        reading.reason = str(error)
    return reading
