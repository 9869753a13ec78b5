# SPDX-License-Identifier: MIT
"""Which arguments of subprocess.Popen the classes take, and why not the others."""

from __future__ import annotations

import asyncio
import subprocess
from dataclasses import dataclass
from typing import Any

from ._command import input_bytes

_REASONS = {
    "bufsize": "output is collected as it comes",
    "creationflags": "it is for Windows",
    "executable": "the first of args is the program",
    "extra_groups": "user takes the groups of the user",
    "group": "user takes the group of the user",
    "pipesize": "pipes grow as they need",
    "preexec_fn": "no Python code can run in the new process: use cwd, env, user, limit_as,"
    " limit_cpu or start_new_session",
    "process_group": "every program leads a process group of its own, so that it can be ended whole",
    "restore_signals": "signals are always restored",
    "startupinfo": "it is for Windows",
    "umask": "it is this process's; a shell line can set another",
    "universal_newlines": "use text: it decodes, and leaves line ends alone",
}

_FOR_THE_COMMAND = frozenset(
    "args shell cwd env stdin start_new_session pass_fds user limit_as limit_cpu max_output grace"
    " keep_leftovers".split()
)


@dataclass
class PopenArguments:
    """The arguments, sorted by what they are for."""

    command: dict[str, Any]
    input: bytes | None
    #: None: bytes.
    encoding: str | None
    errors: str
    loop: asyncio.AbstractEventLoop | None


def split_popen_arguments(given: dict[str, Any]) -> PopenArguments:
    """TypeError, with the reason, for those that make no sense."""
    rest = dict(given)
    loop = rest.pop("loop", None)
    data = rest.pop("input", None)
    encoding = rest.pop("encoding", None)
    errors = rest.pop("errors", None) or "replace"
    text = rest.pop("text", None)
    if encoding is None and (text is None or text):
        encoding = "utf-8"
    command: dict[str, Any] = {"grace": 0}
    for name, value in rest.items():
        command.update(_for_the_command(name, value))
    if "args" not in command:
        raise TypeError("args is needed: the program and its arguments")
    if command.get("stdin") == subprocess.PIPE:
        raise TypeError("stdin cannot be PIPE: give input, or use stream()")
    if data is not None:
        if command.get("stdin") is not None:
            raise TypeError("input and stdin exclude each other")
        command["stdin"] = subprocess.PIPE
        data = input_bytes(data)
    return PopenArguments(command, data, encoding, errors, loop)


def _for_the_command(name: str, value: Any) -> dict[str, Any]:
    if name in _FOR_THE_COMMAND:
        return {name: value}
    if name == "close_fds" or (name == "stdout" and value == subprocess.PIPE):
        return {}
    if name == "stderr" and value in (subprocess.PIPE, subprocess.STDOUT):
        return {"merge_stderr": value == subprocess.STDOUT}
    if name in ("stdout", "stderr"):
        raise TypeError(f"{name} can only be PIPE: it is collected for the callback")
    if name in _REASONS:
        raise TypeError(f"{name} is not supported: {_REASONS[name]}")
    raise TypeError(f"{name} is not an argument of subprocess.Popen that is known here")
