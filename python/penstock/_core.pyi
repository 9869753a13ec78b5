# SPDX-License-Identifier: MIT
"""The native part, as penstock._zygote uses it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypedDict

class Uwsgi(TypedDict):
    """What the module uwsgi tells of the server."""

    options: dict[str, bytes | bool]
    sockets: list[int]
    processes: int
    threads: int
    scoreboard: int
    buffer_size: int
    lazy: bool

class App(TypedDict):
    """The settings that name the app; empty strings are unset."""

    module: str
    file: str
    callable: str
    folder: str  # to enter once the app is loaded
    python_path: list[str]
    arguments: list[str]
    lazy: bool
    uwsgi: Uwsgi

CONTROL_FD: int
APP_LOADED: int
APP_FAILED: int
FORKED: int
FORK_FAILED: int
LOG_INFO: int
LOG_WARNING: int
LOG_ERROR: int

def read_boot() -> App:
    """What the master passed. Marks the inherited descriptors as close-on-exec, and limits memory."""

def receive_fork(channel: int, /) -> tuple[int, int, int] | None:
    """Waits for the next order: a worker's number and its end of a channel. None: no more."""

def report(
    channel: int, kind: int, worker: int = 0, pid: int = 0, value: int = 0, /
) -> None:
    """Sends a message to the master."""

def fork_worker() -> int:
    """As os.fork(), but the child is the master's. Its process id; 0 in the child."""

def run_worker(app: Callable[..., Any], number: int, slot: int, channel: int, /) -> None:
    """Serves until the master says stop or is gone. Takes the descriptor."""

def die_with_parent() -> None:
    """Lets the kernel kill this process when the master dies."""

def leave_signals_to_master() -> None:
    """SIGINT, SIGTERM and SIGQUIT do nothing here; the programs that an app starts get them."""

def write_log(level: int, message: bytes, /) -> None:
    """Writes a message, which may have several lines, to the server's log."""

def set_process_title(title: bytes, /) -> None:
    """The name that ps shows for this process."""

def interpreter_address() -> int:
    """Names this interpreter in the log."""

# About the request that the calling thread answers; RuntimeError where it answers none.

def set_log_variable(name: bytes, value: bytes, /) -> None:
    """A variable of the request log."""

def log_variable(name: bytes, /) -> bytes | None:
    """Its value, if it was set."""

def log_in_any_case() -> None:
    """Logs the request though others are not."""

def limit_time(seconds: float, /) -> None:
    """A time limit from now on; 0 takes it back."""

def body_size() -> int:
    """Bytes of the body."""

def descriptor() -> int:
    """The connection's, which stays the server's."""

def disconnect() -> None:
    """Ends the answer and the connection; the call goes on."""

def send_file(fd: int, offset: int, size: int, /) -> None:
    """Sends a part of a file as the next part of the body."""

# About the server. `scoreboard` is the descriptor of its shared memory.

def workers(scoreboard: int, count: int, /) -> tuple[dict[str, Any], ...]:
    """What each worker does, in uWSGI's words."""

def total_requests(scoreboard: int, /) -> int:
    """Requests that all workers have answered."""

def set_accepting(scoreboard: int, slot: int, accepting: bool, /) -> None:
    """Marks a worker."""

def listen_queue(socket: int, /) -> int:
    """Connections that nobody has accepted yet."""

# For servers in a process without a master.

def new_scoreboard(slots: int, cores: int, /) -> int:
    """Memory that processes may share, for `slots` of them with `cores` threads: a descriptor."""

def serve(
    app: Callable[..., Any],
    listeners: list[tuple[int, str]],
    settings: list[tuple[str, str]],
    scgi_peers: Iterable[str] | None,
    scoreboard: int,
    slot: int,
    stop: int,
    /,
) -> None:
    """Serves in this process, on this thread and others, until `stop` can be read from and what
    is under way is answered. The descriptors stay the caller's. `settings`: options by name."""

def free_slot(scoreboard: int, slot: int, /) -> None:
    """The process that had the slot is gone."""

def idle_slots(scoreboard: int, /) -> list[int]:
    """The slots whose processes serve, and have no connection."""
