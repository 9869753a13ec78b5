# SPDX-License-Identifier: MIT
"""Several FastCGI requests on one connection, and those that are given up or stall."""

from __future__ import annotations

import json
import select

import pytest
from harness import fastcgi, uwsgi
from harness.endpoint import Endpoint
from harness.fastcgi import Client
from harness.gate import Gate
from harness.http import Connection, WireError
from harness.server import Penstock
from harness.start import StartPenstock

pytestmark = pytest.mark.asan

PROTOCOL = "fastcgi"


def test_runs_requests_of_one_connection_at_once(endpoint: Endpoint, gate: Gate) -> None:
    with Client(endpoint) as client:
        for number in (1, 2, 3):
            target = f"/wait?gate={gate.path}&name={number}"
            client.send(fastcgi.request(target, number=number))
        visitors = {visitor.name: visitor for visitor in (gate.wait() for _ in range(3))}
        for number in (2, 3, 1):
            visitors[str(number)].release()
            assert client.read_first() == number
            assert client.read_answer(number).parse().body == b"passed"


def test_mixes_the_bodies_of_two_requests(endpoint: Endpoint) -> None:
    bodies = {1: b"a" * 5000, 2: b"b" * 7000}
    waiting = {
        number: fastcgi.split_records(
            fastcgi.request("/echo", number=number, method="POST", body=body, piece=1000)
        )
        for number, body in bodies.items()
    }
    with Client(endpoint) as client:
        while any(waiting.values()):
            for records in waiting.values():
                if records:
                    client.send(records.pop(0))
        for number, body in bodies.items():
            assert client.read_answer(number).parse().body == body


def test_refuses_more_requests_at_once_than_it_takes(endpoint: Endpoint) -> None:
    with Client(endpoint) as client:
        for number in range(1, 33):
            client.send(fastcgi.begin(number))
        client.send(fastcgi.begin(33))
        assert client.read_answer(33).protocol_status == fastcgi.OVERLOADED
        variables = fastcgi.pairs(uwsgi.request_variables())
        client.send(
            fastcgi.stream(fastcgi.PARAMS, 32, variables) + fastcgi.stream(fastcgi.STDIN, 32, b"")
        )
        assert client.read_answer(32).parse().body == b"hello"


# Requests that are given up


def test_an_abort_reaches_the_app_as_a_disconnect(
    server: Penstock, endpoint: Endpoint, gate: Gate
) -> None:
    start = server.log.size
    with Client(endpoint) as client:
        client.send(fastcgi.request(f"/send?gate={gate.path}", number=9))
        visitor = gate.wait()
        client.send(fastcgi.record(fastcgi.ABORT, 9))
        assert client.ask("FCGI_MPXS_CONNS")  # so the abort was read
        visitor.release()
        answer = client.read_answer(9)
        assert (answer.protocol_status, answer.output) == (fastcgi.COMPLETE, b"")
        server.log.wait_for("sending failed: ConnectionError", start=start)
        assert client.fetch(number=9).body == b"hello"


def test_an_abort_ends_an_upload(endpoint: Endpoint) -> None:
    with Client(endpoint) as client:
        whole = fastcgi.request("/echo", number=4, method="POST", body=b"x" * 1000, piece=100)
        client.send(b"".join(fastcgi.split_records(whole)[:5]) + fastcgi.record(fastcgi.ABORT, 4))
        assert client.read_answer(4).output == b""
        assert client.fetch("/echo", number=4, method="POST", body=b"again").body == b"again"


def test_an_abort_of_the_only_request_of_a_connection_ends_it(
    endpoint: Endpoint,
) -> None:
    with Client(endpoint) as client:
        whole = fastcgi.request("/echo", keep=False, method="POST", body=b"x" * 1000, piece=100)
        client.send(b"".join(fastcgi.split_records(whole)[:5]) + fastcgi.record(fastcgi.ABORT, 1))
        client.connection.drain()
    assert fastcgi.fetch(endpoint).body == b"hello"


def test_peers_that_leave_harm_nobody(server: Penstock, endpoint: Endpoint, gate: Gate) -> None:
    upload = fastcgi.request("/digest", method="POST", body=b"x" * 500_000)
    with Client(endpoint) as bystander:
        bystander.send(fastcgi.request(f"/wait?gate={gate.path}"))
        visitor = gate.wait()
        for cut in range(1, len(upload), len(upload) // 50):
            with Connection(endpoint) as connection:
                connection.send(upload[:cut])
                if cut % 2:
                    connection.reset()
        assert fastcgi.fetch(endpoint).body == b"hello"
        visitor.release()
        assert bystander.read_answer().parse().body == b"passed"
        assert bystander.fetch().body == b"hello"


def test_answers_a_peer_that_has_ended_its_own_direction(endpoint: Endpoint) -> None:
    with Client(endpoint) as client:
        client.send(fastcgi.request("/stream?size=100000&count=20"))
        client.connection.end_output()
        assert len(client.read_answer().parse().body) == 2_000_000
        assert client.connection.read_to_end() == b""


def test_never_gives_the_app_a_request_that_is_cut_short(endpoint: Endpoint) -> None:
    whole = fastcgi.request("/echo", method="POST", body=b"hello", piece=3)
    for cut in range(1, len(whole)):
        with Connection(endpoint) as connection:
            connection.send(whole[:cut])
            connection.end_output()
            answer = connection.drain()
        assert answer == b"" or b"Status: 400 " in answer, (cut, answer)


def test_an_answer_that_is_cut_is_not_taken_for_a_whole_one(endpoint: Endpoint) -> None:
    """The app fails behind its head: no end of the request comes, but that of the connection."""
    with Client(endpoint) as client:
        client.send(fastcgi.request("/break"))
        with pytest.raises(WireError, match="end of the connection"):
            client.read_answer()


# Requests that do not arrive in time


def test_a_request_that_does_not_arrive_in_time_ends_the_connection(
    start_fastcgi: StartPenstock,
) -> None:
    server = start_fastcgi("--header-timeout", "200ms")
    whole = fastcgi.request()
    for part in (b"\x01", fastcgi.begin(1), whole[:100]):
        with Connection(server.endpoint("fastcgi")) as connection:
            connection.send(part)
            assert b"200 OK" not in connection.drain()


def _send_until_answered(client: Client, number: int, data: bytes) -> fastcgi.Answer:
    """Sends a piece of another request again and again, until this one has its answer."""
    while not select.select([client.connection.socket], [], [], 0.05)[0]:
        client.send(data)
    return client.read_answer(number)


def test_an_upload_that_stalls_ends_alone(start_fastcgi: StartPenstock, gate: Gate) -> None:
    server = start_fastcgi("--body-timeout", "200ms")
    upload = fastcgi.split_records(
        fastcgi.request("/echo", number=1, method="POST", body=b"x" * 1000, piece=500)
    )
    variables = fastcgi.pairs(uwsgi.request_variables("GET", "/environ"))
    variable = fastcgi.pairs([("AGAIN", "and again")])
    with Client(server.endpoint("fastcgi")) as client:
        client.send(fastcgi.request(f"/wait?gate={gate.path}", number=2))
        visitor = gate.wait()
        client.send(fastcgi.begin(3) + fastcgi.record(fastcgi.PARAMS, 3, variables))
        client.send(b"".join(upload[:-2]))
        more = fastcgi.record(fastcgi.PARAMS, 3, variable)
        assert _send_until_answered(client, 1, more).parse().status == 408
        client.send(b"".join(upload[-2:]))  # nobody wants it any more
        client.send(fastcgi.stream(fastcgi.PARAMS, 3, b"") + fastcgi.stream(fastcgi.STDIN, 3, b""))
        assert json.loads(client.read_answer(3).parse().body)["AGAIN"] == "and again"
        visitor.release()
        assert client.read_answer(2).parse().body == b"passed"
        assert client.fetch(number=1).body == b"hello"


def test_a_head_that_stalls_ends_alone(start_fastcgi: StartPenstock) -> None:
    server = start_fastcgi("--header-timeout", "200ms")
    upload = fastcgi.split_records(fastcgi.request("/echo", method="POST"))
    with Client(server.endpoint("fastcgi")) as client:
        client.send(b"".join(upload[:-1]) + fastcgi.begin(2))
        more = fastcgi.record(fastcgi.STDIN, 1, b"x")
        assert _send_until_answered(client, 2, more).parse().status == 408
        client.send(more + fastcgi.stream(fastcgi.STDIN, 1, b""))
        body = client.read_answer(1).parse().body
        assert body and set(body) == set(b"x")
        assert client.fetch(number=2).body == b"hello"


def test_as_many_requests_may_stall_as_fit_and_then_others_are_served(
    start_fastcgi: StartPenstock, gate: Gate
) -> None:
    server = start_fastcgi("--header-timeout", "200ms")
    with Client(server.endpoint("fastcgi")) as client:
        client.send(fastcgi.request(f"/wait?gate={gate.path}", number=1))
        visitor = gate.wait()
        client.send(b"".join(fastcgi.begin(number) for number in range(2, 33)))
        for number in range(2, 33):
            assert client.read_answer(number).parse().status == 408
        assert client.fetch(number=2).body == b"hello"
        visitor.release()
        assert client.read_answer(1).parse().body == b"passed"
