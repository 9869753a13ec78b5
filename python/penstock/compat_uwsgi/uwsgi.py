# SPDX-License-Identifier: MIT
"""uWSGI's Python API, as far as it has a meaning in Penstock; docs/uwsgi-module.md lists it.

What uWSGI gives as bytes is bytes here too.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import time
from collections.abc import Callable
from typing import Any

from penstock import _core
from penstock.compat_uwsgi import place
from penstock.compat_uwsgi.locks import Locks

#: The version of uWSGI whose API this is.
version_info = (2, 0, 30, 0, b"")
version = b"2.0.30"

_settings = place().settings


def _options() -> dict[str, bytes | bool]:
    """As the user wrote them, and what is always so here, which tools look for."""
    options: dict[str, bytes | bool] = dict(_settings["options"])
    options["enable-threads"] = options["master"] = options["need-app"] = True
    options["py-call-uwsgi-fork-hooks"] = options["py-call-osafterfork"] = True
    if _settings["lazy"]:
        options["lazy-apps"] = True
    return options


opt = _options()
numproc = _settings["processes"]
cores = _settings["threads"]
threads = _settings["threads"]
has_threads = True
buffer_size = _settings["buffer_size"]
sockets = list(_settings["sockets"])
hostname = socket.gethostname().encode()
started_on = int(time.time())
unbit = None

#: Hooks that an app may set.
post_fork_hook: Callable[[], object] | None = None
atexit: Callable[[], object] | None = None
applications: dict[str, Any] | None = None

_locks = Locks(_settings["scoreboard"])


def _bytes(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value


# The server


def worker_id() -> int:
    """This worker's number; 0 while the app is imported, unless with --lazy-apps."""
    return place().worker


def mule_id() -> int:
    """0: this is no mule."""
    return 0


def masterpid() -> int:
    """The master's process id."""
    return place().master


def reload() -> bool:
    """Asks the master for a reload."""
    os.kill(place().master, signal.SIGHUP)
    return True


def stop() -> bool:
    """Asks the master to stop."""
    os.kill(place().master, signal.SIGTERM)
    return True


def workers() -> tuple[dict[str, Any], ...]:
    """What each worker does, as uWSGI's statistics tell it."""
    described = _core.workers(_settings["scoreboard"], numproc)
    for worker in described:
        if worker["id"] == worker_id():
            worker["rss"], worker["vsz"] = mem()
    return described


def total_requests() -> int:
    """Requests that all workers have answered."""
    return _core.total_requests(_settings["scoreboard"])


def request_id() -> int:
    """Requests that this worker has answered."""
    return int(workers()[worker_id() - 1]["requests"]) if worker_id() else 0


def ready() -> bool | None:
    """True when every worker accepts requests."""
    return True if all(worker["accepting"] for worker in workers()) else None


def accepting(flag: bool | int = 1) -> None:
    """Marks whether this worker accepts requests, for who looks at the statistics."""
    if worker_id():
        _core.set_accepting(_settings["scoreboard"], place().slot, bool(flag))


def listen_queue(number: int = 0) -> int:
    """Connections to the listening socket of that number that no worker has accepted yet."""
    if not 0 <= number < len(sockets):
        raise ValueError(f"there is no socket {number}")
    return _core.listen_queue(sockets[number])


def mem() -> tuple[int, int]:
    """Bytes of resident memory and of address space of this process."""
    with open("/proc/self/statm", "rb") as file:
        size, resident = file.read().split()[:2]
    page = os.sysconf("SC_PAGE_SIZE")
    return int(resident) * page, int(size) * page


def micros() -> int:
    """Microseconds since the epoch."""
    return time.time_ns() // 1000


def setprocname(name: str) -> None:
    """The name that ps(1) shows for this process."""
    _core.set_process_title(_bytes(name))


def log(message: str | bytes) -> bool:
    """Writes a line to the server's log."""
    text = message.encode("utf-8", "backslashreplace") if isinstance(message, str) else message
    _core.write_log(_core.LOG_INFO, text)
    return True


def lock(number: int = 0) -> None:
    """Waits for a lock that all workers share. The end of a process gives its locks back."""
    _locks.acquire(number)


def unlock(number: int = 0) -> None:
    """Gives it back."""
    _locks.release(number)


def is_locked(number: int = 0) -> bool:
    """Whether anybody has it."""
    return _locks.is_taken(number)


# The request that the calling thread answers


def set_logvar(name: str | bytes, value: str | bytes) -> None:
    """A variable that --log-format may name."""
    _core.set_log_variable(_bytes(name), _bytes(value))


def get_logvar(name: str | bytes) -> bytes | None:
    """Its value."""
    return _core.log_variable(_bytes(name))


def add_var(name: str | bytes, value: str | bytes) -> bool:
    """The same as set_logvar()."""
    set_logvar(name, value)
    return True


def log_this_request() -> None:
    """Logs this request, though requests are not logged otherwise."""
    _core.log_in_any_case()


def set_user_harakiri(seconds: int) -> None:
    """A time limit from now on; 0 takes it back."""
    _core.limit_time(seconds)


def cl() -> int:
    """The length of the request's body."""
    return _core.body_size()


def connection_fd() -> int:
    """The descriptor of the connection, which is the server's."""
    return _core.descriptor()


def disconnect() -> None:
    """Ends the answer and the connection, while the app goes on."""
    _core.disconnect()


def is_connected(fd: int) -> bool:
    """Whether the other end of a connection is still there."""
    poll = select.poll()
    poll.register(fd, select.POLLRDHUP)
    return not poll.poll(0)


def close(fd: int) -> None:
    """Closes a descriptor."""
    os.close(fd)


def sendfile(source: str | Any, chunk: int = 0, pos: int = 0, size: int = 0) -> bool:
    """Sends a file (its path, or an open one) as the next part of the body.

    `size` is what is left of the file if it is 0; `chunk` has no meaning here.
    """
    if isinstance(source, str | bytes | os.PathLike):
        with open(source, "rb") as file:
            return sendfile(file, chunk, pos, size)
    fd = source.fileno()
    _core.send_file(fd, pos, size or max(os.fstat(fd).st_size - pos, 0))
    return True


def parsefile(path: str) -> dict[bytes, bytes]:
    """The variables in a file that holds a request of the uwsgi protocol."""
    with open(path, "rb") as file:
        packet = file.read()
    end = 4 + int.from_bytes(packet[1:3], "little")
    if len(packet) < max(4, end):
        raise ValueError(f"{path} holds no whole uwsgi packet")
    texts, at = [], 4
    while at < end:
        length = int.from_bytes(packet[at : at + 2], "little")
        texts.append(packet[at + 2 : at + 2 + length])
        at += 2 + length
    if at != end or len(texts) % 2:
        raise ValueError(f"{path} is not a uwsgi packet")
    return dict(zip(texts[::2], texts[1::2], strict=True))


_ABSENT = {
    "cache": "Penstock has no caches",
    "mule": "Penstock has no mules",
    "farm": "Penstock has no mules",
    "spool": "Penstock has no spooler",
    "signal": "Penstock has no signals of its own",
    "register_signal": "Penstock has no signals of its own",
    "add_timer": "Penstock has no timers",
    "add_rb_timer": "Penstock has no timers",
    "add_cron": "Penstock has no cron",
    "add_file_monitor": "Penstock has no file monitors",
    "websocket": "Penstock has no WebSockets yet",
    "rpc": "Penstock has no RPC",
    "register_rpc": "Penstock has no RPC",
    "metric": "Penstock's metrics are its own, at --metrics",
    "sharedarea": "Penstock has no shared areas",
    "queue": "Penstock has no queues",
    "chunked_read": "the body is all there before the app is called: read wsgi.input",
}


def __getattr__(name: str) -> Any:
    reason = next((why for what, why in _ABSENT.items() if name.startswith(what)), "")
    raise AttributeError(f"module 'uwsgi' has no {name}" + (f": {reason}" if reason else ""))
