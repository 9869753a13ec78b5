# SPDX-License-Identifier: MIT
"""An app that uses the module uwsgi: each path of PAGES is one use."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Callable, Iterable
from typing import Any

import uwsgi
from uwsgidecorators import lock, postfork, thread

import gate

Environ = dict[str, Any]
StartResponse = Callable[..., Callable[[bytes], object]]

seen: dict[str, Any] = {
    "worker_at_import": uwsgi.worker_id(),
    "master_at_import": uwsgi.masterpid(),
    "forks": [],
}


@postfork
def in_each_worker() -> None:
    """Notes where it ran."""
    seen["forks"].append(["each", uwsgi.worker_id(), os.getpid()])


@postfork(2)
def in_the_second_worker() -> None:
    """Notes where it ran."""
    seen["forks"].append(["second", uwsgi.worker_id(), os.getpid()])


@postfork
def failing() -> None:
    """A worker serves all the same."""
    raise RuntimeError("this hook fails on purpose")


def by_attribute() -> None:
    """The older way."""
    seen["forks"].append(["attribute", uwsgi.worker_id(), os.getpid()])


def at_exit() -> None:
    """Says so in the log."""
    uwsgi.log(f"worker {uwsgi.worker_id()} leaves")


uwsgi.post_fork_hook = by_attribute
uwsgi.atexit = at_exit


def facts(query: dict[str, str], environ: Environ) -> object:
    """What the module tells; bytes are shown as such."""
    return {
        "seen": seen,
        "worker": uwsgi.worker_id(),
        "pid": os.getpid(),
        "master": uwsgi.masterpid(),
        "numproc": uwsgi.numproc,
        "cores": uwsgi.cores,
        "opt": {name: repr(value) for name, value in uwsgi.opt.items()},
        "version": repr(uwsgi.version),
        "version_info": repr(uwsgi.version_info),
        "hostname": uwsgi.hostname == socket.gethostname().encode(),
        "mem": uwsgi.mem(),
        "micros": abs(uwsgi.micros() - time.time() * 1e6) < 60e6,
        "requests": uwsgi.total_requests(),
        "request_id": uwsgi.request_id(),
        "ready": uwsgi.ready(),
        "listen_queue": uwsgi.listen_queue(),
        "sockets": [socket.socket(fileno=os.dup(fd)).getsockname()[1] for fd in uwsgi.sockets],
    }


def who(query: dict[str, str], environ: Environ) -> object:
    """Which process answers."""
    return os.getpid()


def workers(query: dict[str, str], environ: Environ) -> object:
    """uwsgi.workers()."""
    return [{key: repr(value) for key, value in one.items()} for one in uwsgi.workers()]


def reload(query: dict[str, str], environ: Environ) -> object:
    """uwsgi.reload()."""
    return uwsgi.reload()


def stop(query: dict[str, str], environ: Environ) -> object:
    """uwsgi.stop()."""
    return uwsgi.stop()


def logvars(query: dict[str, str], environ: Environ) -> object:
    """A variable of the request log, set as both kinds of text."""
    before = uwsgi.get_logvar("customer")
    uwsgi.set_logvar("customer", query.get("customer", ""))
    uwsgi.set_logvar(b"other", b"\x1b")
    uwsgi.log_this_request()
    return [repr(before), repr(uwsgi.get_logvar("customer")), repr(uwsgi.get_logvar("other"))]


def body(query: dict[str, str], environ: Environ) -> object:
    """uwsgi.cl() and the connection."""
    fd = uwsgi.connection_fd()
    peer = socket.socket(fileno=os.dup(fd))
    with peer:
        name = peer.getpeername()
    return {"cl": uwsgi.cl(), "peer": name, "connected": uwsgi.is_connected(fd)}


def mark(query: dict[str, str], environ: Environ) -> object:
    """uwsgi.accepting()."""
    uwsgi.accepting(query["accepting"] == "1")
    return None


def rename(query: dict[str, str], environ: Environ) -> object:
    """uwsgi.setprocname()."""
    uwsgi.setprocname("my own name")
    with open("/proc/self/cmdline") as file:
        return file.read().strip("\0 ")


def locked(query: dict[str, str], environ: Environ) -> object:
    """Holds a lock until the gate opens."""
    uwsgi.lock(3)
    try:
        gate.wait_at(query["gate"], "locked")
    finally:
        uwsgi.unlock(3)
    return uwsgi.worker_id()


def locks(query: dict[str, str], environ: Environ) -> object:
    """Who has what."""
    return [uwsgi.is_locked(3), uwsgi.is_locked(), uwsgi.is_locked(63)]


def crash(query: dict[str, str], environ: Environ) -> object:
    """Ends the process with a lock in its hands."""
    uwsgi.lock(3)
    os._exit(9)


@lock
def count_up(path: str) -> int:
    """Would lose counts without the lock."""
    try:
        with open(path) as file:
            number = int(file.read())
    except FileNotFoundError:
        number = 0
    time.sleep(0)
    with open(path, "w") as file:
        file.write(str(number + 1))
    return number + 1


def count(query: dict[str, str], environ: Environ) -> object:
    """Counts in a file."""
    return [count_up(query["file"]) for _ in range(50)][-1]


def start_thread(query: dict[str, str], environ: Environ) -> object:
    """@thread."""
    done: list[int] = []

    @thread
    def run(number: int) -> None:
        done.append(number)

    started = run(7)
    started.join()
    return [done, started.daemon]


def parse(query: dict[str, str], environ: Environ) -> object:
    """uwsgi.parsefile()."""
    return {repr(name): repr(value) for name, value in uwsgi.parsefile(query["file"]).items()}


PAGES: dict[str, Callable[[dict[str, str], Environ], object]] = {
    "/": facts,
    "/who": who,
    "/workers": workers,
    "/reload": reload,
    "/stop": stop,
    "/logvars": logvars,
    "/body": body,
    "/mark": mark,
    "/rename": rename,
    "/locked": locked,
    "/locks": locks,
    "/crash": crash,
    "/count": count,
    "/thread": start_thread,
    "/parse": parse,
}


def send_files(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """A file by its path and a part of it by an open one, with text around them."""
    path = environ["QUERY_STRING"]
    write = start_response("200 OK", [("Content-Type", "text/plain")])
    write(b"<")
    uwsgi.sendfile(path)
    with open(path, "rb") as file:
        uwsgi.sendfile(file, 0, 2, 3)
    return [b">"]


def leave_early(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """Goes on when the client has its answer."""
    write = start_response("200 OK", [("Content-Type", "text/plain")])
    write(b"all there is")
    uwsgi.disconnect()
    gate.wait_at(environ["QUERY_STRING"], "after the answer")
    uwsgi.log("the work after the answer is done")
    return []


def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """Chooses by path."""
    if environ["PATH_INFO"] == "/sendfile":
        return send_files(environ, start_response)
    if environ["PATH_INFO"] == "/disconnect":
        return leave_early(environ, start_response)
    query = dict(part.split("=", 1) for part in environ["QUERY_STRING"].split("&") if part)
    answer = json.dumps(PAGES[environ["PATH_INFO"]](query, environ)).encode()
    start_response("200 OK", [("Content-Type", "application/json")])
    return [answer]
