# SPDX-License-Identifier: MIT
"""The examples in docs/configuration.md do what the page says."""

from __future__ import annotations

import functools
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness import machine
from harness.build import ROOT, program
from harness.child import Child
from harness.http import fetch
from harness.machine import Machine, endpoint_of, inside_network_of

pytestmark = pytest.mark.skipif(
    not machine.may_be_made(), reason="needs CAP_SYS_ADMIN for files and a network of its own"
)

PAGE = (ROOT / "docs" / "configuration.md").read_text()

_BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Command:
    """A line after a dollar sign, and what the page shows of its output."""

    line: str
    output: str


def _files() -> dict[str, str]:
    return {found[2]: found[3] for found in _BLOCK.finditer(PAGE) if found[2]}


def _commands() -> list[Command]:
    commands = []
    for found in _BLOCK.finditer(PAGE):
        if found[1] == "console":
            for part in found[3].split("$ ")[1:]:
                line, _, output = part.partition("\n")
                commands.append(Command(line, output))
    return commands


def test_the_page_has_examples() -> None:
    assert {"site.ini", "penstock.toml", "site.json", "site.xml"} <= _files().keys()
    assert len(_commands()) >= 8


def _in_shell(line: str) -> list[str]:
    """The program under test in the place of `penstock`."""
    assert re.search(r"\bpenstock\b", line)
    command = re.sub(r"(^|(?<= ))penstock(?= )", f"exec {shlex.quote(str(program()))}", line)
    # Variables in front of exec would be the shell's alone.
    variables = re.match(r"((?:[A-Z_]+=\S+ )*)", command)
    assert variables
    exported = "".join(f"export {word}; " for word in variables[1].split())
    return ["/bin/sh", "-c", exported + command[variables.end() :]]


@pytest.mark.parametrize("command", _commands(), ids=lambda command: command.line)
def test_does_what_the_page_says(folder: Path, command: Command) -> None:
    machine = Machine(folder)
    for name, text in _files().items():
        machine.write(f"/srv/page/{name}", text)
    with Child(
        _in_shell(command.line), folder=folder, before_exec=machine.entering("/srv/page")
    ) as server:
        if command.output.startswith("error: "):
            assert server.wait() == 1
            assert server.log.text == command.output
            return
        server.log.wait_for("spawned uWSGI worker 1")
        assert command.output.rstrip("\n") in server.log.text
        bound = server.log.wait_for(r"http socket \d+ bound to TCP address (\S+)")
        endpoint = endpoint_of(server.pid, bound[1])
        answer = inside_network_of(server.pid, functools.partial(fetch, endpoint))
        assert answer.body == b"hello"
