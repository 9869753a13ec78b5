# SPDX-License-Identifier: MIT
"""`pip install .` into a virtualenv of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from harness.start import StartPenstock
from harness.build import ROOT
from harness.http import fetch

# The first test waits for the build.
pytestmark = pytest.mark.timeout(1200)

_APP = """
import sys, penstock._core
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [sys.prefix.encode(), b" ", penstock._core.__file__.encode()]
"""


def _run(*command: str | Path) -> str:
    """Runs a command that must succeed; gives its output."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def virtualenv(shared_folder: Path) -> Path:
    """A fresh virtualenv that holds nothing but our package."""
    folder = shared_folder / "env"
    _run(sys.executable, "-m", "venv", folder)
    # As the release preset has it, so that its compiled objects serve here too.
    setting = "--config-settings=cmake.define.CMAKE_COMPILE_WARNING_AS_ERROR=ON"
    _run(folder / "bin/python", "-m", "pip", "install", "--no-input", setting, ROOT)
    return folder


def test_gives_a_native_executable(virtualenv: Path) -> None:
    assert (virtualenv / "bin/penstock").read_bytes().startswith(b"\x7fELF")
    assert _run(virtualenv / "bin/penstock", "--version").strip().endswith(_version())


def test_gives_the_extension_module(virtualenv: Path) -> None:
    program = "import penstock._core; print(penstock._core.__file__)"
    found = _run(virtualenv / "bin/python", "-I", "-c", program).strip()
    assert Path(found).is_relative_to(virtualenv)


def test_says_its_version(virtualenv: Path) -> None:
    shown = _run(virtualenv / "bin/python", "-m", "pip", "show", "penstock").splitlines()
    assert f"Version: {_version()}" in shown


def test_serves_with_the_python_of_its_virtualenv(
    virtualenv: Path, penstock: StartPenstock, folder: Path
) -> None:
    (folder / "prefix.py").write_text(_APP)
    server = penstock(
        *("--http-socket", "127.0.0.1:0", "--module", "prefix"), program=virtualenv / "bin/penstock"
    )
    prefix, module = fetch(server.http).text.split()
    assert prefix == str(virtualenv)
    assert Path(module).is_relative_to(virtualenv)


def test_brings_what_stands_in_for_flup(virtualenv: Path) -> None:
    folder = _run(virtualenv / "bin/penstock", "compat-path").strip()
    assert Path(folder).is_relative_to(virtualenv)
    # A Python that Penstock is not installed for.
    program = "import flup.server.fcgi as f, penstock; print(f.__file__, penstock.__file__)"
    found = _run("/usr/bin/env", f"PYTHONPATH={folder}", "/usr/bin/python3", "-c", program)
    assert all(Path(file).is_relative_to(virtualenv) for file in found.split())


def _version() -> str:
    """The project's version."""
    lists = (ROOT / "CMakeLists.txt").read_text()
    return lists.partition("project(penstock VERSION ")[2].split()[0]
