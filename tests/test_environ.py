# SPDX-License-Identifier: MIT
"""No request's environ has anything of another one's, whatever came before."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence

import pytest

from harness import uwsgi
from harness.endpoint import Endpoint
from harness.http import Connection
from harness.server import Penstock
from harness.start import APPS, StartPenstock

pytestmark = pytest.mark.asan

_NAMES = (
    *("Accept", "accept", "ACCEPT", "User-Agent", "Referer", "X-A", "x-a", "X-B"),
    *("Authorization", "Cookie", "cookie", "X-" + "Long-" * 20 + "Name"),
)
_VALUES = ("", "a", "b", "c; d", "x" * 300, "\xe9")
_VARIABLES = ("MY_PARAM", "OTHER", "SERVER_SOFTWARE", "GATEWAY_INTERFACE", "DOCUMENT_ROOT")
_SERVERS_OWN = ("wsgi.url_scheme", "wsgi.input", "wsgi.version")

Pairs = list[tuple[str, str]]


@pytest.fixture(name="server", scope="module")
def fixture_server(shared_penstock: StartPenstock) -> Penstock:
    return shared_penstock(
        *("--http-socket", "127.0.0.1:0", "--uwsgi-socket", "127.0.0.1:0"),
        *("--pythonpath", str(APPS), "-w", "probe", "--threads", "2"),
    )


def _sequence(seed: int, names: Sequence[str]) -> Iterator[Pairs]:
    """What requests say: often the same as before, often a little else, seldom all new."""
    chance = random.Random(seed)
    said: Pairs = []
    for _ in range(400):
        what = chance.random()
        if what < 0.1:
            count = chance.randrange(len(names))
            said = [(chance.choice(names), chance.choice(_VALUES)) for _ in range(count)]
        elif what < 0.3 and said:
            said = said.copy()
            said.pop(chance.randrange(len(said)))
        elif what < 0.5:
            said = [*said, (chance.choice(names), chance.choice(_VALUES))]
        elif what < 0.6 and said:
            at = chance.randrange(len(said))
            said = [*said[:at], (said[at][0], chance.choice(_VALUES)), *said[at + 1 :]]
        yield said


def _as_keys(fields: Pairs) -> dict[str, str]:
    keys: dict[str, str] = {}
    for name, value in fields:
        key = "HTTP_" + name.upper().replace("-", "_")
        between = "; " if key == "HTTP_COOKIE" else ", "
        keys[key] = keys[key] + between + value if key in keys else value
    return keys


@pytest.mark.parametrize("seed", range(3))
def test_has_the_fields_of_its_own_request(server: Penstock, seed: int) -> None:
    with Connection(server.http) as connection:
        for number, fields in enumerate(_sequence(seed, _NAMES)):
            target = f"/environ?{number % 3}"
            environ = json.loads(connection.get(target, *fields).body)
            sent = {name: value for name, value in environ.items() if name.startswith("HTTP_")}
            assert sent == _as_keys([("Host", "penstock.test"), *fields]), (number, fields)
            assert environ["QUERY_STRING"] == str(number % 3)
            assert environ["REQUEST_METHOD"] == "GET"
            assert "CONTENT_TYPE" not in environ
            if number % 20 == 0:
                posted = connection.post("/environ", b"12", ("Content-Type", "text/x"))
                environ = json.loads(posted.body)
                assert (environ["CONTENT_LENGTH"], environ["CONTENT_TYPE"]) == ("2", "text/x")
                assert environ["QUERY_STRING"] == ""


def test_has_the_variables_of_its_own_request(server: Penstock) -> None:
    endpoint: Endpoint = server.endpoint("uwsgi")
    plain = json.loads(uwsgi.request(endpoint, "/environ").body)
    for number, said in enumerate(_sequence(7, _VARIABLES)):
        extra = dict(said)
        answer = uwsgi.request(endpoint, "/environ", extra={**extra, "wsgi.input": "forged"})
        environ = json.loads(answer.body)
        varies = {"REMOTE_PORT"}
        expected = {**plain, **extra}
        assert {name: environ[name] for name in environ.keys() - varies} == {
            name: expected[name] for name in expected.keys() - varies
        }, (number, said)
        assert [environ[name] for name in _SERVERS_OWN] == [plain[name] for name in _SERVERS_OWN]
