# SPDX-License-Identifier: MIT
"""Checks what a program is to be started with, and puts it into the form of the C++ core."""

from __future__ import annotations

import errno
import math
import os
import pwd
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Union

#: A program with its arguments; with `shell=True` one string for /bin/sh.
Args = Union[str, bytes, "os.PathLike[Any]", Sequence[Union[str, bytes, "os.PathLike[Any]"]]]
Path = Union[str, bytes, "os.PathLike[Any]"]

#: Bytes of each output stream that are kept, unless `max_output` says otherwise.
DEFAULT_MAX_OUTPUT = 64 * 1024 * 1024
#: Seconds between SIGTERM and SIGKILL, unless `grace` says otherwise.
DEFAULT_GRACE = 2.0


def start_arguments(
    args: Args,
    *,
    shell: bool = False,
    stdin: Any = None,
    cwd: Path | None = None,
    env: Mapping[Any, Any] | None = None,
    user: str | int | None = None,
    limit_as: int | None = None,
    limit_cpu: float | None = None,
    pass_fds: Iterable[int] = (),
    start_new_session: bool = False,
    merge_stderr: bool = False,
    timeout: float | None = None,
    grace: float = DEFAULT_GRACE,
    max_output: int = DEFAULT_MAX_OUTPUT,
    keep_leftovers: bool = False,
) -> dict[str, Any]:
    """What Hub.start takes, without the news. Wrong types raise TypeError, values ValueError."""
    if env is not None and not isinstance(env, Mapping):
        raise TypeError(f"env is a mapping, not {type(env).__name__}")
    variables: Mapping[Any, Any] = os.environ if env is None else env
    return {
        "arguments": _arguments(args, shell),
        "path": os.fsencode(_search_path(variables)),
        "environment": None if env is None else _environment(env),
        "directory": None if cwd is None else _folder(cwd),
        "stdin": _standard_input(stdin),
        "merge_errors": merge_stderr,
        "pass_fds": tuple(_descriptor(fd, "pass_fds") for fd in pass_fds),
        "new_session": start_new_session,
        "identity": None if user is None else _identity(user),
        "limit_as": None if limit_as is None else _whole("limit_as", limit_as, 1),
        "limit_cpu": None if limit_cpu is None else _cpu_seconds(limit_cpu),
        "timeout": None if timeout is None else _seconds("timeout", timeout),
        "grace": _seconds("grace", grace),
        "keep_leftovers": keep_leftovers,
        "max_output": _whole("max_output", max_output, 0),
        "pause_output_at": 0,
    }


def input_bytes(data: Any, name: str = "input") -> bytes:
    """What a program is given to read: bytes-like, or str as UTF-8."""
    if isinstance(data, str):
        return data.encode()
    try:
        return bytes(memoryview(data))  # bytes(5) would be five zeros
    except TypeError:
        raise TypeError(f"{name} is bytes-like or str, not {type(data).__name__}") from None


def _arguments(args: Args, shell: bool) -> list[bytes]:
    if isinstance(args, (str, bytes, os.PathLike)):
        if not shell and isinstance(args, str) and " " in args:
            raise TypeError(f"args is one string: give a list, or shell=True for {args!r}")
        parts: list[Any] = [args]
    else:
        parts = list(args)
    if not parts:
        raise ValueError("args names no program")
    encoded = [os.fsencode(part) for part in parts]
    return [b"/bin/sh", b"-c", *encoded] if shell else encoded


def _search_path(variables: Mapping[Any, Any]) -> Any:
    path = variables.get("PATH")
    if path is None and variables is not os.environ:
        path = variables.get(b"PATH")
    return os.defpath if path is None else path


def _environment(env: Mapping[Any, Any]) -> list[bytes]:
    result = []
    for name, value in env.items():
        name = os.fsencode(name)
        if not name or b"=" in name:
            raise ValueError(f"env: {name!r} cannot be the name of a variable")
        result.append(name + b"=" + os.fsencode(value))
    return result


def _folder(cwd: Path) -> bytes:
    folder = os.fsencode(cwd)
    if not folder:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), cwd)
    return folder


def _standard_input(stdin: Any) -> int:
    if stdin is None or stdin == subprocess.DEVNULL:
        return subprocess.DEVNULL
    if isinstance(stdin, int) and stdin == subprocess.PIPE:
        return subprocess.PIPE
    if isinstance(stdin, int):
        return _descriptor(stdin, "stdin")
    if not hasattr(stdin, "fileno"):
        raise TypeError(f"stdin is a descriptor or a file, not {type(stdin).__name__}")
    return _descriptor(stdin.fileno(), "stdin")


def _descriptor(fd: int, name: str) -> int:
    if isinstance(fd, bool) or not isinstance(fd, int):
        raise TypeError(f"{name}: a descriptor is an integer, not {type(fd).__name__}")
    if not 0 <= fd < 2**31:
        raise ValueError(f"{name}: {fd} is no descriptor")
    return fd


def _whole(name: str, value: int, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} is a whole number of bytes, not {type(value).__name__}")
    if not least <= value < 2**63:
        raise ValueError(f"{name} is a number of bytes from {least}, not {value}")
    return value


def _seconds(name: str, value: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name} is a number of seconds, not {type(value).__name__}")
    if not value >= 0:
        raise ValueError(f"{name} is a number of seconds from 0, not {value}")
    return value


def _cpu_seconds(value: float) -> int:
    """The system counts whole seconds: rounded up."""
    seconds = _seconds("limit_cpu", value)
    if not 0 < seconds < 2**62:
        raise ValueError(f"limit_cpu is a number of seconds above 0, not {value}")
    return math.ceil(seconds)


def _identity(user: str | int) -> tuple[int, int, list[int]] | None:
    if isinstance(user, bool) or not isinstance(user, (str, int)):
        raise TypeError(f"user is a name or a number, not {type(user).__name__}")
    try:
        entry = pwd.getpwnam(user) if isinstance(user, str) else pwd.getpwuid(user)
    except KeyError:
        raise LookupError(f"user: there is no user {user!r}") from None
    if entry.pw_uid == os.getuid() == os.geteuid():
        return None  # and no right to change the groups is needed
    groups = os.getgrouplist(entry.pw_name, entry.pw_gid)
    return entry.pw_uid, entry.pw_gid, groups
