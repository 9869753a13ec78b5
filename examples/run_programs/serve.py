# SPDX-License-Identifier: MIT
"""Runs app.py four times, on ports 8885 to 8888, behind nginx.

    python serve.py [--listen 127.0.0.1:8080] [--ports 8885,8886,8887,8888] [--commands FILE]

Ends all of them when it is ended, or when one of them ends. Port 0 means: any that is free.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import shutil
import signal
import socket
import sys
import tempfile
from pathlib import Path

from penstock.subprocess import Program, stream

HERE = Path(__file__).resolve().parent
SEED_PORTS = [8885, 8886, 8887, 8888]


def listen(host: str, port: int) -> socket.socket:
    """Bound here, so that the ports are known and taken before anybody asks for them."""
    return socket.create_server((host, port), backlog=1024)


def configuration(address: str, ports: list[int]) -> str:
    """nginx.conf with the ports that are really used."""
    text = (HERE / "nginx.conf").read_text()
    for seed_port, port in zip(SEED_PORTS, ports):
        text = text.replace(f"127.0.0.1:{seed_port};", f"127.0.0.1:{port};")
    return text.replace("listen  80;", f"listen  {address};")


async def show(name: str, program: Program) -> None:
    """Prints what a program says; returns at its end."""
    async for line in program.stdout:
        print(f"{name}: {line.rstrip()}", flush=True)


async def ready(program: Program) -> None:
    """Waits for the line that app.py writes when it listens."""
    line = await program.stdout.readline()
    if not line.startswith("listening"):
        raise RuntimeError(f"app.py did not start: {line}{await program.stdout.read()}")


async def serve(options: argparse.Namespace, folder: Path) -> None:
    """Runs all until one ends, or this task is cancelled."""
    host, _, port = options.listen.rpartition(":")
    async with contextlib.AsyncExitStack() as stack:
        front = stack.enter_context(listen(host, int(port)))
        backs = [stack.enter_context(listen("127.0.0.1", port)) for port in options.ports]
        ports = [back.getsockname()[1] for back in backs]
        address = f"{host}:{front.getsockname()[1]}"
        programs = {}
        for back, port in zip(backs, ports):
            command = [
                *(sys.executable, HERE / "app.py", "--fd", str(back.fileno())),
                *("--siblings", ",".join(map(str, ports)), "--commands", options.commands),
            ]
            programs[f"app {port}"] = await stack.enter_async_context(
                stream(command, pass_fds=[back.fileno()], merge_stderr=True, text=True)
            )
        await asyncio.gather(*map(ready, programs.values()))

        (folder / "nginx.conf").write_text(configuration(address, ports))
        nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") or "nginx"
        programs["nginx"] = await stack.enter_async_context(
            stream(
                [nginx, "-p", folder, "-c", folder / "nginx.conf", "-e", "stderr"],
                # nginx takes over a socket that is named there, as at an upgrade of its program.
                env={**os.environ, "NGINX": f"{front.fileno()};"},
                pass_fds=[front.fileno()],
                merge_stderr=True,
                text=True,
            )
        )
        print(f"serving http://{address}/", flush=True)
        shown = [asyncio.ensure_future(show(*item)) for item in programs.items()]
        try:
            await asyncio.wait(shown, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in shown:
                task.cancel()


async def main() -> None:
    """SIGTERM and SIGINT end it in order."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--listen", default="127.0.0.1:80", help="nginx's address; %(default)s")
    parser.add_argument(
        "--ports", default="8885,8886,8887,8888", help="of the four processes; %(default)s"
    )
    parser.add_argument("--commands", type=Path, default=HERE / "commands.json")
    options = parser.parse_args()
    options.ports = [int(port) for port in options.ports.split(",")]

    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with tempfile.TemporaryDirectory(prefix="run-programs-") as name:
        os.chmod(name, 0o755)  # nginx's workers may be another user
        with contextlib.suppress(asyncio.CancelledError):
            await serve(options, Path(name))


if __name__ == "__main__":
    asyncio.run(main())
