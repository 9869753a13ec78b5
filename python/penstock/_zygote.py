# SPDX-License-Identifier: MIT
"""The zygote: imports the app once, then forks a worker whenever the master asks for one.

It has no threads, so a fork is safe, and it never serves, so its memory stays as clean as after
the import and is shared by all workers.
"""

from __future__ import annotations

import gc
import importlib
import os
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

from penstock import _core, _loader, compat_uwsgi

EXIT_CONFIGURATION = 1
EXIT_NO_APP = 22

WsgiApp = Callable[..., Any]


class Worker(NamedTuple):
    """What a new worker knows of itself."""

    number: int
    slot: int  # of the scoreboard
    channel: int


def main() -> int:
    """Returns only in a worker, at its end: its exit code."""
    _core.die_with_parent()
    _core.leave_signals_to_master()
    try:
        settings = _core.read_boot()
        set_up(settings)
        compat_uwsgi.install(settings["uwsgi"])
    except Exception as error:
        log(_core.LOG_ERROR, str(error))
        leave(EXIT_CONFIGURATION)

    app, milliseconds = None, 0
    if not settings["lazy"]:
        start = time.monotonic()
        app = load_app(settings)
        milliseconds = int((time.monotonic() - start) * 1000)
        if app is None:
            _core.report(_core.CONTROL_FD, _core.APP_FAILED)
            leave(EXIT_NO_APP)
        warn_about_threads()
        _core.leave_signals_to_master()  # the import may have taken them
        gc.freeze()
    _core.report(_core.CONTROL_FD, _core.APP_LOADED, 0, 0, milliseconds)

    worker = fork_workers()
    if worker is None:
        leave(0)
    compat_uwsgi.enter_worker(worker.number, worker.slot)
    return run(worker, app or load_app(settings))


def set_up(settings: _core.App) -> None:
    """Prepares the interpreter as the settings say."""
    sys.argv = ["penstock", *settings["arguments"]]
    folders = [*settings["python_path"], os.getcwd()]
    sys.path[:] = [os.path.abspath(folder) for folder in folders] + [
        entry for entry in sys.path if entry
    ]
    # What the app prints belongs into the log now, not when a buffer is full; and by the line,
    # also with PYTHONUNBUFFERED, so that the lines of several workers never mix.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(line_buffering=True, write_through=False)


def load_app(settings: _core.App) -> WsgiApp | None:
    """The app; None if that failed, with the reason in the log."""
    start = time.monotonic()
    try:
        app = _loader.load(settings["module"], settings["file"], settings["callable"])
    except _loader.LoadError as error:
        log(_core.LOG_ERROR, str(error))
        return None
    except BaseException as error:  # also SystemExit: the app wants to end, but it is not alone
        name = settings["file"] or settings["module"]
        log(_core.LOG_ERROR, f"the app {name} could not be loaded:\n{describe(error)}")
        return None
    if settings["folder"]:
        try:
            os.chdir(settings["folder"])
        except OSError as error:
            log(_core.LOG_ERROR, f"--chdir2: {error}")
            return None
    log(
        _core.LOG_INFO,
        f"WSGI app 0 (mountpoint='') ready in {int(time.monotonic() - start)} seconds on "
        f"interpreter {_core.interpreter_address():#x} pid: {os.getpid()} (default app)",
    )
    return app


def describe(error: BaseException) -> str:
    """The traceback, from the app's own code on."""
    trace = error.__traceback__
    while trace is not None and is_ours(trace.tb_frame.f_code.co_filename):
        trace = trace.tb_next
    return "".join(traceback.format_exception(type(error), error, trace)).rstrip()


def is_ours(filename: str) -> bool:
    """Whether a frame is one of the loader or of Python's import machinery."""
    return filename in (__file__, _loader.__file__, importlib.__file__) or filename.startswith(
        "<frozen importlib"
    )


def warn_about_threads() -> None:
    """A thread does not survive a fork, and the locks that it holds are held for ever."""
    threads = len(os.listdir("/proc/self/task"))
    if threads == 1:
        return
    names = [thread.name for thread in _python_threads()]
    named = f" ({', '.join(names)})" if names else ""
    log(
        _core.LOG_WARNING,
        f"the import of the app has started {threads - 1} threads{named}: they do not exist in "
        "the workers. Start them on the first request, or use --lazy-apps",
    )


def _python_threads() -> list[Any]:
    threading = sys.modules.get("threading")
    if threading is None:
        return []
    return [thread for thread in threading.enumerate() if thread is not threading.main_thread()]


def fork_workers() -> Worker | None:
    """Does what the master asks for. In a new worker, returns what it is; None at the end."""
    while (order := _core.receive_fork(_core.CONTROL_FD)) is not None:
        worker = Worker(*order)
        flush()  # or the worker would write the same once more
        try:
            pid = _core.fork_worker()
        except OSError as error:
            _core.report(_core.CONTROL_FD, _core.FORK_FAILED, worker.slot, 0, error.errno or 0)
        else:
            if pid == 0:
                os.close(_core.CONTROL_FD)
                return worker
            _core.report(_core.CONTROL_FD, _core.FORKED, worker.slot, pid)
        os.close(worker.channel)
    return None


def run(worker: Worker, app: WsgiApp | None) -> int:
    """Serves, in the worker."""
    if app is None:
        leave(EXIT_NO_APP)
    compat_uwsgi.call_post_fork_hooks()
    _core.leave_signals_to_master()
    try:
        _core.run_worker(app, *worker)
        compat_uwsgi.call_exit_hook()
    except Exception as error:
        log(_core.LOG_ERROR, f"worker {worker.number} cannot serve: {error}")
        return EXIT_CONFIGURATION
    return 0


def log(level: int, message: str) -> None:
    """Writes to the server's log."""
    _core.write_log(level, message.encode("utf-8", "backslashreplace"))


def flush() -> None:
    """Empties Python's output buffers."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):
            pass  # closed, or replaced by the app


def leave(code: int) -> NoReturn:
    """Ends this process without what the app has arranged for the end of a worker."""
    flush()
    os._exit(code)
