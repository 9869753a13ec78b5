# SPDX-License-Identifier: MIT
"""Starts servers, waits until they answer, and stops them."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from . import tree
from .cases import Case, Way
from .probe import ask
from .servers import Launch, Place, Server

_PATIENCE = 20.0

_NGINX = """\
daemon off;
{user}
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    uwsgi_temp_path {folder}/uwsgi;
    fastcgi_temp_path {folder}/fastcgi;
    scgi_temp_path {folder}/scgi;
    upstream app {{
        server 127.0.0.1:{app_port};
        {keepalive}
    }}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location / {{
            {forward}
        }}
    }}
}}
"""
#: Each with nginx's own file of parameters.
_FORWARD = {
    "http": 'proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection "";',
    "http closed": "proxy_pass http://app;",
    "uwsgi": "include /etc/nginx/uwsgi_params; uwsgi_pass app;",
    "fastcgi": "include /etc/nginx/fastcgi_params; fastcgi_pass app; fastcgi_keep_conn on;",
    "fastcgi closed": "include /etc/nginx/fastcgi_params; fastcgi_pass app;",
    "scgi": "include /etc/nginx/scgi_params; scgi_pass app;",
}


class CannotStart(Exception):
    """Why a server does not take part."""


def free_port() -> int:
    """A port that nobody uses just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Program:
    """A program in the foreground, pinned to a CPU, with its output in a file."""

    def __init__(self, launch: Launch, folder: Path, cpu: int) -> None:
        folder.mkdir(parents=True)
        folder.chmod(0o755)  # Apache's children are not root
        for name, text in launch.files.items():
            (folder / name).write_text(text)
        self.output = folder / "output"
        with self.output.open("wb") as output:
            self._process = subprocess.Popen(
                ["taskset", "--cpu-list", str(cpu), *launch.command],
                cwd=folder,
                # Each interpreter would have other collisions in its dictionaries, and be quick or slow by luck.
                env={**os.environ, "PYTHONHASHSEED": "0", **launch.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """taskset becomes the program, so its pid is the program's."""
        return self._process.pid

    def ended(self) -> bool:
        """Whether it is gone."""
        return self._process.poll() is not None

    def stop(self) -> None:
        """Asks it to end, then ends it and all that descends from it."""
        processes = tree.descendants(self.pid)
        if not self.ended():
            self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            pass
        for process in processes:
            if Path(f"/proc/{process}").exists() and _session(process) == self.pid:
                os.kill(process, signal.SIGKILL)
        self._process.wait()

    def last_words(self) -> str:
        """The last line that it printed."""
        lines = self.output.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "no output"


def _session(process: int) -> int:
    try:
        return os.getsid(process)
    except ProcessLookupError:
        return -1


class Running:
    """A server that answers as it should."""

    def __init__(self, server: Server, case: Case, folder: Path, cpus: tuple[int, int]) -> None:
        self.server = server
        self._front: Program | None = None
        self.address = ""
        shutil.rmtree(folder, ignore_errors=True)
        port = free_port()
        own_socket = folder / "app.sock" if case.unix else None
        place = Place(folder, port, own_socket)
        begin = time.monotonic()
        self._program = Program(server.launch(case, place), folder, cpus[0])
        try:
            self.address = place.address
            if case.nginx:
                self.address = self._start_nginx(Way(case.protocol, case.close), place, cpus[1])
            self._wait_until_right(case)
        except CannotStart:
            self.stop()
            raise
        self.seconds_to_first_answer = time.monotonic() - begin

    def _start_nginx(self, way: Way, place: Place, cpu: int) -> str:
        port = free_port()
        folder = place.folder / "nginx"
        configuration = _NGINX.format(
            folder=folder,
            user="user root;" if os.geteuid() == 0 else "",
            port=port,
            app_port=place.port,
            keepalive="" if way.close else "keepalive 64;",
            forward=_FORWARD[way.name],
        )
        launch = Launch(
            ["nginx", "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "error.log"],
            files={"nginx.conf": configuration},
        )
        self._front = Program(launch, folder, cpu)
        return f"127.0.0.1:{port}"

    def _wait_until_right(self, case: Case) -> None:
        give_up = time.monotonic() + _PATIENCE
        wrong = "no answer"
        while time.monotonic() < give_up:
            if self._program.ended():
                raise CannotStart(f"ended at its start: {self._program.last_words()}")
            try:
                wrong = ask(self.address, case)
            except OSError as error:
                wrong = str(error)
            if not wrong:
                return
            time.sleep(0.005)
        raise CannotStart(wrong)

    def processes(self) -> list[int]:
        """All of the server's; not those of nginx in front of it."""
        return tree.descendants(self._program.pid)

    def alive(self) -> bool:
        """Whether its first process still runs."""
        return not self._program.ended()

    def stop(self) -> None:
        """Stops it and what is in front of it."""
        if self._front:
            self._front.stop()
        self._program.stop()
