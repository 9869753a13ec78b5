# SPDX-License-Identifier: MIT
"""Our HTTP/1 parser against h11 and llhttp, over requests that are bent at random.

Being stricter is allowed, and we are: that is what a refusal of ours means. Understanding the
same bytes in another way is not, since that is what request smuggling is made of.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

import mutations
import pytest
from harness.build import helper_program
from readings import Reading, read_with_h11, read_with_llhttp, read_with_penstock

CASES = 10_000

_GET = b"GET / HTTP/1.1\r\nHost: x\r\n"
_POST = b"POST / HTTP/1.1\r\nHost: x\r\n"
_CHUNKED = _POST + b"Transfer-Encoding: chunked\r\n\r\n"

#: Where we are stricter, and one who is not.
STRICTER: dict[str, tuple[bytes, Callable[[bytes], Reading]]] = {
    "a line feed alone ends no line": (b"GET / HTTP/1.1\nHost: x\n\n", read_with_h11),
    "no folded lines": (_GET + b"A: b\r\n c\r\n\r\n", read_with_h11),
    "one Content-Length, even if all are the same": (
        _POST + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\nx",
        read_with_h11,
    ),
    "no list in Content-Length": (_POST + b"Content-Length: 1, 1\r\n\r\nx", read_with_h11),
    "never both framings": (
        _POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        read_with_h11,
    ),
    "a host is a host": (b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", read_with_h11),
    "a host is not empty": (b"GET / HTTP/1.1\r\nHost:\r\n\r\n", read_with_h11),
    "one Host": (_GET + b"Host: x\r\n\r\n", read_with_llhttp),
    "a Host in HTTP/1.1": (b"GET / HTTP/1.1\r\n\r\n", read_with_llhttp),
    "targets of four forms": (b"GET a HTTP/1.1\r\nHost: x\r\n\r\n", read_with_h11),
    "no fragments": (b"GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n", read_with_h11),
    "no bad escapes": (b"GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", read_with_h11),
    "no control bytes in values": (_GET + b"A: \x01\r\n\r\n", read_with_h11),
    "no blank behind a chunk size": (_CHUNKED + b"1 \r\nx\r\n0\r\n\r\n", read_with_h11),
    "no framing in trailers": (_CHUNKED + b"0\r\nContent-Length: 1\r\n\r\n", read_with_h11),
    "no more than two empty lines": (b"\r\n\r\n\r\n" + _GET + b"\r\n", read_with_llhttp),
    "one Content-Type": (
        _GET + b"Content-Type: a\r\nContent-Type: b\r\n\r\n",
        read_with_llhttp,
    ),
    "no expectations but one": (_GET + b"Expect: tea\r\n\r\n", read_with_llhttp),
    "no CONNECT": (b"CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\n\r\n", read_with_llhttp),
}

#: Where we are not: what a peer says of good requests that it does not take.
PEERS_LIMITS = {
    "no request line received": "h11 takes no empty line before a request",
    "Invalid method encountered": "llhttp knows the methods of a list, not every token",
}


def disagreement(ours: Reading, peer: Reading) -> str:
    """How two readings of the same bytes contradict each other; empty where they do not."""
    for index, (mine, theirs) in enumerate(zip(ours.requests, peer.requests, strict=False)):
        if theirs != (mine if theirs.body is not None else replace(mine, body=None)):
            return f"request {index} is not the same"
    complete = sum(request.body is not None for request in peer.requests)
    if complete > len(ours.requests) and not (ours.refused or ours.stopped):
        return "the peer sees a request where we wait for one"
    if len(ours.requests) > len(peer.requests) and not (peer.refused or peer.stopped):
        return "we see a request where the peer waits for one"
    return ""


#: An input, and how we, h11 and llhttp read it.
Case = tuple[bytes, Reading, Reading, Reading]


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    inputs = mutations.mutated(Random(9112), CASES)
    ours = read_with_penstock(helper_program("http1_dump"), inputs)
    return [
        (wire, mine, read_with_h11(wire), read_with_llhttp(wire))
        for wire, mine in zip(inputs, ours, strict=True)
    ]


def describe(wire: bytes, ours: Reading, peer: Reading, what: str) -> str:
    return f"{what}\n  wire: {wire!r}\n  ours: {ours}\n  peer: {peer}"


@pytest.mark.parametrize("peer", [2, 3], ids=["h11", "llhttp"])
def test_what_both_accept_is_understood_in_one_way(cases: list[Case], peer: int) -> None:
    failures = [
        describe(case[0], case[1], case[peer], what)
        for case in cases
        if (what := disagreement(case[1], case[peer]))
    ]
    assert not failures, f"{len(failures)} failures\n" + "\n".join(failures[:5])


def test_what_we_accept_is_accepted_by_another(cases: list[Case]) -> None:
    failures = [
        f"wire: {wire!r}\n  h11: {h11.reason}\n  llhttp: {llhttp.reason}"
        for wire, ours, h11, llhttp in cases
        if all(
            peer.refused
            and len(peer.requests) < len(ours.requests)
            and peer.reason not in PEERS_LIMITS
            for peer in (h11, llhttp)
        )
    ]
    assert not failures, f"{len(failures)} failures\n" + "\n".join(failures[:5])


def test_good_requests_are_accepted(cases: list[Case]) -> None:
    for wire, ours, h11, llhttp in cases[: len(mutations.SEEDS)]:
        assert not ours.refused, wire
        for peer in (h11, llhttp):
            assert peer.requests, wire
            assert peer.stopped or len(peer.requests) == len(ours.requests), wire


def test_the_cases_are_of_all_kinds(cases: list[Case]) -> None:
    accepted = sum(bool(ours.requests) and not ours.refused for _, ours, _, _ in cases)
    refused_alone = sum(
        ours.refused and not h11.refused and not llhttp.refused for _, ours, h11, llhttp in cases
    )
    assert accepted > CASES / 5
    assert sum(ours.refused for _, ours, _, _ in cases) > CASES / 5
    assert refused_alone > 10


@pytest.mark.parametrize("rule", STRICTER)
def test_we_are_stricter(rule: str) -> None:
    wire, peer = STRICTER[rule]
    [ours] = read_with_penstock(helper_program("http1_dump"), [wire])
    assert ours.refused and not ours.requests
    assert peer(wire).requests, "the peer refuses it now, too"
