# SPDX-License-Identifier: MIT
"""The peers from PyPI, at their best settings."""

from __future__ import annotations

from pathlib import Path

from ..cases import Case, Way
from .base import APPS, BENCH, HOME, Launch, Place, PythonServer

_IMPORT_APPS = {"PYTHONPATH": str(APPS)}
#: More than any crowd; and none is turned away.
_MOST_CONNECTIONS = 20_000


class Bjoern(PythonServer):
    """libev and http-parser in C, one thread."""

    name = "bjoern"
    package = "bjoern"

    def launch(self, case: Case, place: Place) -> Launch:
        script = BENCH / "launchers" / "serve_bjoern.py"
        return Launch(
            [HOME / "bin/python", script, case.app, str(place.port), str(case.processes)],
            environment=_IMPORT_APPS,
        )


class FastWsgi(PythonServer):
    """libuv and llhttp in C, one thread."""

    name = "fastwsgi"
    package = "fastwsgi"

    def lacks(self, case: Case) -> str:
        if case.processes > 1:
            # Its workers do not share the socket: only one of them can bind it.
            return "binds its port once for each process"
        return super().lacks(case)

    def launch(self, case: Case, place: Place) -> Launch:
        script = BENCH / "launchers" / "serve_fastwsgi.py"
        return Launch(
            [HOME / "bin/python", script, case.app, str(place.port), str(case.processes)],
            environment=_IMPORT_APPS,
        )


class Flup(PythonServer):
    """Python; a thread for each connection, or one for all where each carries one request."""

    name = "flup"
    package = "flup"
    ways = frozenset({Way("fastcgi"), Way("fastcgi", close=True), Way("scgi", close=True)})
    unix = True

    def launch(self, case: Case, place: Place) -> Launch:
        script = BENCH / "launchers" / "serve_flup.py"
        # It has no server for SCGI with one thread alone.
        single = case.protocol == "fastcgi" and case.close
        threads = 1 if single else case.connections + 2
        address = place.socket or place.port
        return Launch(
            [HOME / "bin/python", "-W", "ignore", script, case.app, str(address), case.protocol, str(threads)],
            environment=_IMPORT_APPS,
        )


class Granian(PythonServer):
    """hyper and tokio in Rust; the app in threads beside them."""

    name = "granian"
    package = "granian"
    logs_requests = True

    def launch(self, case: Case, place: Place) -> Launch:
        command: list[str | Path] = [
            HOME / "bin/granian",
            "--interface=wsgi",
            "--host=127.0.0.1",
            f"--port={place.port}",
            f"--workers={case.processes}",
            "--runtime-threads=1",
            f"--blocking-threads={case.threads}",
            "--no-ws",
            "--http=1",
            "--backlog=16384",
            f"--backpressure={_MOST_CONNECTIONS}",
            "--access-log" if case.log else "--no-access-log",
            case.app,
        ]
        if case.pipeline > 1:
            command.insert(-1, "--http1-pipeline-flush")
        return Launch(command, environment=_IMPORT_APPS)


class Gunicorn(PythonServer):
    """Python; keep-alive needs its gthread worker."""

    name = "gunicorn gthread"
    package = "gunicorn"
    logs_requests = True

    def launch(self, case: Case, place: Place) -> Launch:
        command: list[str | Path] = [
            HOME / "bin/gunicorn",
            "--worker-class=gthread",
            f"--bind=127.0.0.1:{place.port}",
            f"--workers={case.processes}",
            f"--threads={max(case.threads, 4)}",
            "--keep-alive=65",
            "--backlog=4096",
            f"--worker-connections={_MOST_CONNECTIONS}",
            f"--chdir={APPS}",
            "--no-control-socket",
            "--worker-tmp-dir=/dev/shm",
            "--log-level=error",
            case.app,
        ]
        if case.log:
            command.insert(-1, f"--access-logfile={place.folder / 'access.log'}")
        return Launch(command)


class Waitress(PythonServer):
    """Python; one thread for all connections, others for the app."""

    name = "waitress"
    package = "waitress"

    def lacks(self, case: Case) -> str:
        return "has one process" if case.processes > 1 else super().lacks(case)

    def launch(self, case: Case, place: Place) -> Launch:
        return Launch(
            [
                HOME / "bin/waitress-serve",
                f"--listen=127.0.0.1:{place.port}",
                f"--threads={case.threads}",
                "--backlog=4096",
                f"--connection-limit={_MOST_CONNECTIONS}",
                "--asyncore-use-poll",
                case.app,
            ],
            environment=_IMPORT_APPS,
        )
