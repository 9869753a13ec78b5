# SPDX-License-Identifier: MIT
"""uwsgi, FastCGI and SCGI: the bytes of a request without a body, and what an answer says. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from .cases import Protocol

_VERSION, _BEGIN, _END, _PARAMS, _STDIN, _STDOUT = 1, 1, 3, 4, 5, 6


def uwsgi_packet(variables: dict[str, str]) -> bytes:
    """The variables behind their lengths."""
    block = b""
    for text in (part for pair in variables.items() for part in pair):
        block += len(text).to_bytes(2, "little") + text.encode()
    return b"\0" + len(block).to_bytes(2, "little") + b"\0" + block


def scgi_netstring(variables: dict[str, str]) -> bytes:
    """The variables behind their length, CONTENT_LENGTH first."""
    head = {"CONTENT_LENGTH": "0", **variables, "SCGI": "1"}
    content = "".join(f"{name}\0{value}\0" for name, value in head.items()).encode()
    return b"%d:%s," % (len(content), content)


def _record(kind: int, content: bytes = b"") -> bytes:
    return bytes([_VERSION, kind, 0, 1]) + len(content).to_bytes(2, "big") + b"\0\0" + content


def fastcgi_records(variables: dict[str, str]) -> bytes:
    """One request, for which the connection is closed. Names and values are short."""
    pairs = b"".join(
        bytes([len(name), len(value)]) + (name + value).encode() for name, value in variables.items()
    )
    begin = b"\0\1\0\0\0\0\0\0"  # a responder
    params = _record(_PARAMS, pairs) + _record(_PARAMS)
    return _record(_BEGIN, begin) + params + _record(_STDIN)


def _records(answer: bytes) -> Iterator[tuple[int, bytes]]:
    while len(answer) >= 8:
        end = 8 + int.from_bytes(answer[4:6], "big")
        yield answer[1], answer[8:end]
        answer = answer[end + answer[6] :]


def fastcgi_output(answer: bytes) -> bytes:
    """What stands in the stream STDOUT; nothing if the request has not ended."""
    records = list(_records(answer))
    if not any(kind == _END for kind, _ in records):
        return b""
    return b"".join(content for kind, content in records if kind == _STDOUT)


def encode(protocol: Protocol, variables: dict[str, str]) -> bytes:
    """A request."""
    encoders = {"uwsgi": uwsgi_packet, "fastcgi": fastcgi_records, "scgi": scgi_netstring}
    return encoders[protocol](variables)


def understand(protocol: Protocol, answer: bytes) -> tuple[int, bytes]:
    """Status and body of a whole answer. ValueError if it is none."""
    output = fastcgi_output(answer) if protocol == "fastcgi" else answer
    head, found, body = output.partition(b"\r\n\r\n")
    if not found:
        raise ValueError("no answer")
    first, *_ = lines = head.split(b"\r\n")
    if first.startswith(b"HTTP/"):
        return int(first.split()[1]), body
    for line in lines:
        name, _, value = line.partition(b":")
        if name.lower() == b"status":
            return int(value.split()[0]), body
    return 200, body
