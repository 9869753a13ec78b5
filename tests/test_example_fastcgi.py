# SPDX-License-Identifier: MIT
"""examples/fastcgi: a web.py program behind nginx, started in every way that is documented."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import build
from harness.child import Child
from harness.endpoint import Endpoint, free_port
from harness.http import fetch
from harness.nginx import Nginx
from harness.spawner import Spawner
from harness.wait import wait_until

EXAMPLE = build.ROOT / "examples/fastcgi"


@pytest.fixture
def www(folder: Path) -> Path:
    """A copy of the example."""
    return Path(shutil.copytree(EXAMPLE, folder / "www"))


@pytest.fixture
def port() -> int:
    """Where the program is to listen."""
    return free_port()


@pytest.fixture
def front(folder: Path, www: Path, port: int) -> Iterator[Endpoint]:
    """nginx with the example's configuration, but for folder and port."""
    text = (www / "nginx.conf").read_text()
    text = text.replace("/path/to/www", str(www)).replace("127.0.0.1:9002", f"127.0.0.1:{port}")
    with Nginx(folder / "nginx", server=text) as nginx:
        yield nginx.endpoint


def _check(front: Endpoint) -> None:
    for path in ("/", "/any/path?with=query"):
        response = fetch(front, path)
        assert (response.status, response.text) == (200, "Hello, world!")
    assert fetch(front, "/static/style.css").body == (EXAMPLE / "static/style.css").read_bytes()
    assert fetch(front, "/static/none.css").status == 404
    assert fetch(front, "/", method="POST", body=b"x").status == 405


def _documented() -> Iterator[str]:
    """Every command that the documentation shows."""
    for name in ("examples/fastcgi/README.md", "docs/from-flup.md", "docs/spawn-fcgi.md"):
        for line in (build.ROOT / name).read_text().splitlines():
            if line.startswith(("    penstock ", "    PYTHONPATH=", "    spawn-fcgi ")):
                yield line.strip()


COMMANDS = sorted(set(_documented()))


def test_there_are_commands_of_every_kind() -> None:
    assert any(" spawn-fcgi -n " in command for command in COMMANDS)
    assert any(command.startswith("penstock --fastcgi-socket") for command in COMMANDS)
    assert any(command.startswith("PYTHONPATH=") for command in COMMANDS)
    assert any(command.startswith("penstock spawn-fcgi -d") for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_documented_command(
    folder: Path, www: Path, front: Endpoint, port: int, command: str
) -> None:
    command = command.replace("/path/to/www", str(www)).replace("9002", str(port))
    path = {"PATH": f"{build.program().parent}:{build.environment()['PATH']}"}
    if " -n " in command or command.startswith("penstock --"):
        ready = r"child spawned successfully|spawned uWSGI worker 1"
        with Child(["/bin/bash", "-c", f"exec {command}"], folder=folder,
                   environment=path, ready=ready):  # fmt: skip
            _check(front)
        return
    spawn = Spawner(["/bin/bash", "-c", command], folder)
    try:
        started = spawn(env=path)
        assert started.exit_code == 0, started
        _check(front)
    finally:
        spawn.close()


def test_the_documented_program(folder: Path) -> None:
    text = (build.ROOT / "docs/from-flup.md").read_text()
    program = text.partition("```python\n")[2].partition("```")[0]
    (folder / "app.py").write_text(program)
    location = f"location / {{ include fastcgi_params; fastcgi_pass unix:{folder}/app.sock; }}"
    location = location.replace("fastcgi_params", "/etc/nginx/fastcgi_params")
    packages = {"PYTHONPATH": str(build.build_folder() / "python")}
    with Child([sys.executable, "app.py"], folder=folder, environment=packages):
        wait_until(Endpoint(str(folder / "app.sock")).is_listening, "someone listens")
        with Nginx(folder / "nginx", server=location) as nginx:
            assert fetch(nginx.endpoint).text == "Hello, world!"


def test_the_program_is_the_one_that_people_have() -> None:
    """But for Python 3 in its first line."""
    program = (EXAMPLE / "index.py").read_text()
    assert program.startswith("#!/usr/bin/env python3\n")
    assert "flup" not in program
    assert "penstock" not in program
