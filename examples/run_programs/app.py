# SPDX-License-Identifier: MIT
"""A web page that runs system programs: Tornado 6 and penstock.subprocess.

    python app.py --port=8885

runs one process; serve.py runs four of them behind nginx. Only the commands of commands.json can be
run. Their output goes to the browser as it comes; who leaves the page ends the program.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import secrets
import socket
from pathlib import Path
from typing import Any

import tornado.httpclient
import tornado.httpserver
import tornado.iostream
import tornado.web

from penstock.subprocess import Pool, PoolFull, Program

HERE = Path(__file__).resolve().parent

#: Seconds that a program may take, unless commands.json says otherwise.
TIMEOUT = 60.0
#: Bytes of output that are sent at most; then the program is ended.
MAX_SENT = 1024 * 1024


class State:
    """What the handlers of one process share."""

    def __init__(self, port: int, siblings: list[int], commands: dict[str, Any]) -> None:
        self.port = port
        self.siblings = siblings
        self.commands = commands
        self.pool = Pool(max_running=4, max_queued=16, queue_timeout=10)
        self.runs: dict[str, Program] = {}

    def new_run(self) -> str:
        """A name that nobody can guess, and that says which process has the run."""
        return f"{self.port}-{secrets.token_urlsafe(12)}"


class Handler(tornado.web.RequestHandler):
    """What all handlers do."""

    def initialize(self, state: State) -> None:
        """Called by Tornado."""
        self.state = state

    def set_default_headers(self) -> None:
        """Nothing from elsewhere, and no guesses."""
        self.set_header("Content-Security-Policy", "default-src 'self'")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "no-store")


class Page(Handler):
    """The page."""

    def get(self) -> None:
        assert self.xsrf_token  # to ask for it sets the cookie
        self.render("index.html", commands=self.state.commands, port=self.state.port)


class Run(Handler):
    """Runs a command; answers with lines of JSON as things happen."""

    async def post(self) -> None:
        command = self.state.commands.get(self.get_body_argument("command"))
        if command is None:
            raise tornado.web.HTTPError(400, "no such command")
        self.set_header("Content-Type", "application/x-ndjson")
        self.set_header("X-Accel-Buffering", "no")  # nginx is to pass each line on at once
        self._task = asyncio.ensure_future(self._run(command))
        await asyncio.wait([self._task])
        if not self._task.cancelled():
            self._task.result()

    async def _run(self, command: dict[str, Any]) -> None:
        try:
            async with self.state.pool.stream(
                command["args"],
                timeout=command.get("timeout", TIMEOUT),
                merge_stderr=True,
                text=True,
            ) as program:
                await self._follow(program)
        except (PoolFull, TimeoutError):
            self.set_status(503)
            await self._say(error="Too many programs run already; please try again later.")
        except tornado.iostream.StreamClosedError:
            return  # the browser left
        except OSError as error:
            await self._say(error=f"The program cannot be started: {error.strerror}")

    async def _follow(self, program: Program) -> None:
        run = self.state.new_run()
        self.state.runs[run] = program
        program.stdin.close()
        try:
            await self._say(run=run)
            sent = 0
            async for text in program.stdout.chunks():
                await self._say(output=text)
                sent += len(text)
                if sent > MAX_SENT:
                    program.terminate()
                    await self._say(output="\n… and more\n")
                    break
            status = await program.wait()
        finally:
            del self.state.runs[run]
        await self._say(
            status=status, timed_out=program.timed_out, wall=program.wall, cpu=program.cpu
        )

    async def _say(self, **line: Any) -> None:
        self.write(json.dumps(line) + "\n")
        await self.flush()

    def on_connection_close(self) -> None:
        """The browser left: the program ends, whatever it waits for."""
        if self._task is not None:
            self._task.cancel()

    _task: asyncio.Future[None] | None = None


class Cancel(Handler):
    """Ends a run, also one of another of the four processes: nginx asks any of them."""

    async def post(self) -> None:
        run = self.get_body_argument("run")
        port = int(run.partition("-")[0]) if re.match(r"[0-9]{1,5}-", run) else 0
        if port != self.state.port:
            await self._ask(port)
        elif run in self.state.runs:
            self.state.runs[run].terminate()
        self.set_status(204)

    async def _ask(self, port: int) -> None:
        if port not in self.state.siblings:
            raise tornado.web.HTTPError(404)
        await tornado.httpclient.AsyncHTTPClient().fetch(
            f"http://127.0.0.1:{port}/cancel",
            method="POST",
            body=self.request.body,
            headers={
                name: self.request.headers[name]
                for name in ("Content-Type", "Cookie", "X-XSRFToken")
                if name in self.request.headers
            },
        )


def make_app(state: State) -> tornado.web.Application:
    """The application of one process."""
    shared = {"state": state}
    return tornado.web.Application(
        [(r"/", Page, shared), (r"/run", Run, shared), (r"/cancel", Cancel, shared)],
        template_path=str(HERE / "static"),
        static_path=str(HERE / "static"),
        xsrf_cookies=True,  # no other site can make a visitor's browser run programs
        xsrf_cookie_kwargs={"samesite": "Strict"},
    )


def ports(text: str) -> list[int]:
    """8885-8888, or 8885."""
    first, _, last = text.partition("-")
    return list(range(int(first), int(last or first) + 1))


async def main() -> None:
    """Serves until it is ended."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=8885, help="on 127.0.0.1; 8885")
    parser.add_argument("--fd", type=int, help="a listening socket, instead of --port")
    parser.add_argument("--siblings", default="8885-8888", help="ports of the processes like this")
    parser.add_argument("--commands", type=Path, default=HERE / "commands.json")
    options = parser.parse_args()

    if options.fd is None:
        listener = socket.create_server(("127.0.0.1", options.port), backlog=1024)
    else:
        listener = socket.socket(fileno=options.fd)
    listener.setblocking(False)
    port = listener.getsockname()[1]
    siblings = [p for part in options.siblings.split(",") for p in ports(part)]
    state = State(port, siblings, json.loads(options.commands.read_text()))
    server = tornado.httpserver.HTTPServer(make_app(state), xheaders=True)
    server.add_socket(listener)
    print(f"listening on 127.0.0.1:{port}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
