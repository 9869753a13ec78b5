# SPDX-License-Identifier: MIT
"""Requests, good and bent, of the kinds that parsers have disagreed about."""

from __future__ import annotations

from random import Random

_HEAD = b"Host: example.com\r\n"
_CHUNKED = b"POST /c HTTP/1.1\r\n" + _HEAD + b"Transfer-Encoding: chunked\r\n"

#: Good requests, which mutations start from.
SEEDS = [
    b"GET / HTTP/1.1\r\n" + _HEAD + b"\r\n",
    b"GET /path/to?query=1&b=%20 HTTP/1.1\r\nHost: example.com:8080\r\n"
    b"User-Agent: curl/7.88.1\r\nAccept: */*\r\nCookie: a=b; c=d\r\n\r\n",
    b"GET /old HTTP/1.0\r\n\r\n",
    b"GET /old HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\nGET /2 HTTP/1.0\r\n\r\n",
    b"HEAD / HTTP/1.1\r\n" + _HEAD + b"X-Empty:\r\nX-Blank: \t a b \t\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\n" + _HEAD + b"\r\n",
    b"GET http://example.com/a?b HTTP/1.1\r\n" + _HEAD + b"\r\n",
    b"POST /f HTTP/1.1\r\n" + _HEAD + b"Content-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello",
    b"PUT /f HTTP/1.1\r\n" + _HEAD + b"Content-Length: 0\r\n\r\n",
    b"POST /f HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello",
    b"POST /1 HTTP/1.1\r\n" + _HEAD + b"Content-Length: 3\r\n\r\nabc"
    b"GET /2 HTTP/1.1\r\n" + _HEAD + b"\r\n",
    _CHUNKED + b"\r\n5\r\nhello\r\n0\r\n\r\n",
    _CHUNKED + b"\r\n5;ext=1\r\nhello\r\n1A\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n",
    _CHUNKED + b"Trailer: X-Sum\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n",
    _CHUNKED + b"\r\n1\r\na\r\n0\r\n\r\nGET /2 HTTP/1.1\r\n" + _HEAD + b"\r\n",
    b"GET /1 HTTP/1.1\r\n" + _HEAD + b"\r\nGET /2 HTTP/1.1\r\n" + _HEAD + b"Connection: close\r\n\r\n",
    b"DELETE /d HTTP/1.1\r\n" + _HEAD + b"Connection: close\r\n\r\n",
    b"POST /e HTTP/1.1\r\n" + _HEAD + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\nok",
]

_BYTES = [bytes([value]) for value in b"\r\n\t :;,=\"\0\x0b\x0c\x1f\x7f\x80\xa0\xff#?%/@[]_-+x0159"]

_LINES = [
    b"Content-Length: 5\r\n",
    b"Content-Length: 0\r\n",
    b"Content-Length: +5\r\n",
    b"Content-Length: 5, 5\r\n",
    b"Content-Length: 0x5\r\n",
    b"Content-Length: 5_0\r\n",
    b"Content-Length:\r\n",
    b"Content-Length : 5\r\n",
    b"Content_Length: 5\r\n",
    b"Content-Length: 18446744073709551621\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding : chunked\r\n",
    b"Transfer-Encoding: Chunked\r\n",
    b"Transfer-Encoding: chunked, chunked\r\n",
    b"Transfer-Encoding: gzip, chunked\r\n",
    b"Transfer-Encoding: chunked, identity\r\n",
    b"Transfer-Encoding: xchunked\r\n",
    b"Transfer-Encoding: \x0bchunked\r\n",
    b"Transfer-Encoding:\r\n chunked\r\n",
    b"Transfer_Encoding: chunked\r\n",
    b"X: y\nTransfer-Encoding: chunked\r\n",
    b"X: y\rTransfer-Encoding: chunked\r\n",
    b"Host: other.example\r\n",
    b"Host: a b\r\n",
    b"Connection: close\r\n",
    b"Connection: keep-alive\r\n",
    b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n",
    b"Upgrade: websocket\r\n",
    b"Expect: 100-continue\r\n",
    b" folded: line\r\n",
    b"\tfolded\r\n",
    b": no name\r\n",
    b"no colon\r\n",
    b"X-Text: \xc3\xa4\r\n",
    b"Proxy: evil\r\n",
    b"\r\n",
    b"\n",
    b"0\r\n\r\n",
    b"5\r\nhello\r\n",
    b"5 \r\nhello\r\n",
    b"0x5\r\nhello\r\n",
    b"-1\r\n",
    b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n",
]


def _lines(wire: bytes) -> list[bytes]:
    return wire.splitlines(keepends=True)


def _replace_byte(random: Random, wire: bytes) -> bytes:
    at = random.randrange(len(wire))
    return wire[:at] + random.choice(_BYTES) + wire[at + 1 :]


def _insert_byte(random: Random, wire: bytes) -> bytes:
    at = random.randrange(len(wire) + 1)
    return wire[:at] + random.choice(_BYTES) + wire[at:]


def _drop_byte(random: Random, wire: bytes) -> bytes:
    at = random.randrange(len(wire))
    return wire[:at] + wire[at + 1 :] or wire


def _insert_line(random: Random, wire: bytes) -> bytes:
    lines = _lines(wire)
    lines.insert(random.randrange(1, len(lines) + 1), random.choice(_LINES))
    return b"".join(lines)


def _repeat_line(random: Random, wire: bytes) -> bytes:
    lines = _lines(wire)
    line = random.choice(lines)
    lines.insert(random.randrange(len(lines) + 1), line)
    return b"".join(lines)


def _drop_line(random: Random, wire: bytes) -> bytes:
    lines = _lines(wire)
    del lines[random.randrange(len(lines))]
    return b"".join(lines) or wire


def _change_case(random: Random, wire: bytes) -> bytes:
    lines = _lines(wire)
    at = random.randrange(len(lines))
    lines[at] = lines[at].swapcase()
    return b"".join(lines)


def _cut(random: Random, wire: bytes) -> bytes:
    return wire[: random.randrange(1, len(wire) + 1)]


def _join(random: Random, wire: bytes) -> bytes:
    return wire + random.choice(SEEDS)


_MUTATIONS = [
    _replace_byte,
    _insert_byte,
    _drop_byte,
    _insert_line,
    _insert_line,
    _repeat_line,
    _drop_line,
    _change_case,
    _cut,
    _join,
]


def mutated(random: Random, count: int) -> list[bytes]:
    """The seeds, and `count` inputs made from them by one to three changes each."""
    inputs = list(SEEDS)
    for _ in range(count):
        wire = random.choice(SEEDS)
        for _ in range(random.choice([1, 1, 1, 2, 2, 3])):
            wire = random.choice(_MUTATIONS)(random, wire)
        inputs.append(wire)
    return inputs
