# SPDX-License-Identifier: MIT
"""A gateway with threads: flup's ThreadedServer, on our engine."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from wsgiref.handlers import CGIHandler

from penstock import _core
from penstock.gateway import _listening
from penstock.gateway._answering import App, Application, Environ, Request, default_page
from penstock.gateway._signals import Wakeup

#: App threads where nobody says how many. flup has no limit there.
DEFAULT_THREADS = 16
_MOST_THREADS = 1000


class Gateway:
    """One application behind one listening socket, in this process."""

    #: What it speaks: a name that --protocol knows.
    protocol = ""

    def __init__(
        self,
        application: App,
        environ: Mapping[str, Any] | None = None,
        multithreaded: bool = True,
        multiprocess: bool = False,
        bindAddress: _listening.Address | None = None,
        umask: int | None = None,
        debug: bool = False,
        maxThreads: int = sys.maxsize,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        self.application = application
        self.environ = dict(environ or {})
        self.multithreaded = multithreaded
        self.multiprocess = multiprocess
        self.debug = debug
        self.settings = dict(settings or {})
        if maxThreads < 1:
            raise ValueError("maxThreads must be at least 1")
        most = DEFAULT_THREADS if maxThreads == sys.maxsize else min(maxThreads, _MOST_THREADS)
        self.threads = most if multithreaded else 1
        self._bindAddress = bindAddress
        self._umask = umask
        self._allowed: Iterable[str] | None = None
        self._keepGoing = False
        self._hupReceived = False
        self._wakeup: Wakeup | None = None

    def run(self) -> bool:
        """Serves until SIGINT, SIGTERM or SIGHUP, and until what is under way is answered.
        Whether it was SIGHUP."""
        sock = self._setupSocket()
        try:
            self._serve(sock)
        finally:
            self._cleanupSocket(sock)
        return self._hupReceived

    def error(self, request: Request) -> None:
        """Answers an exception of the application, by a CGI head and a body written to
        request.stdout. May be overridden."""
        default_page(request, self.debug)

    # What flup's subclasses override or call.

    def _setupSocket(self) -> socket.socket:
        if self._bindAddress is None:
            raise ValueError("a bindAddress is needed")
        return _listening.bound(self._bindAddress, self._umask)

    def _cleanupSocket(self, sock: socket.socket) -> None:
        sock.close()

    def _mainloopPeriodic(self) -> None:
        """Called about once a second, where it is overridden."""

    def _exit(self, reload: bool = False) -> None:
        """Ends run(). Any thread."""
        if self._keepGoing:
            self._keepGoing = False
            self._hupReceived = reload
            if self._wakeup is not None:
                self._wakeup.call()

    def _hupHandler(self, signum: int, frame: Any) -> None:
        self._hupReceived = True
        self._keepGoing = False

    def _intHandler(self, signum: int, frame: Any) -> None:
        self._keepGoing = False

    def _installSignalHandlers(self) -> None:
        handlers: dict[int, Callable[[int, Any], None]] = {
            signal.SIGINT: self._intHandler,
            signal.SIGTERM: self._intHandler,
            signal.SIGHUP: self._hupHandler,
        }
        self._oldSIGs = [(number, signal.signal(number, new)) for number, new in handlers.items()]

    def _restoreSignalHandlers(self) -> None:
        for number, handler in self._oldSIGs:
            signal.signal(number, handler)

    # How it serves.

    def _prepare(self, environ: Environ) -> None:
        """Adds to a request's environ; what the server itself says stands."""
        for name, value in self.environ.items():
            if not name.startswith("wsgi."):
                environ[name] = value

    def _settings(self) -> list[tuple[str, str]]:
        """The engine's settings; the caller's own come last, so that they count."""
        own = {
            "threads": str(self.threads),
            # More than one says to the app that there are others.
            "processes": "2" if self.multiprocess else "1",
            "disable-logging": "true",
        }
        if self.protocol == "fastcgi":  # a spawned program's own standard error leads nowhere
            own["fastcgi-stderr"] = "true"
        own.update((name, str(value)) for name, value in self.settings.items())
        return list(own.items())

    def _signals_are_handled(self) -> None:
        """From now on a signal that ends run() is seen."""

    def _serve(self, sock: socket.socket) -> None:
        board = _core.new_scoreboard(1, self.threads)
        try:
            self._serve_as(sock, board, 1, self._settings())
        finally:
            os.close(board)

    def _serve_as(
        self, sock: socket.socket, board: int, slot: int, settings: list[tuple[str, str]]
    ) -> None:
        """Serves in this process until its end is wanted. The engine has threads of its own, so
        that this one is free for signals."""
        self._keepGoing = True
        self._hupReceived = False
        app = Application(self.application, self._prepare, self.error)
        stop_reader, stop_writer = os.pipe2(os.O_CLOEXEC)
        failures: list[BaseException] = []

        def work() -> None:
            listeners = [(sock.fileno(), self.protocol)]
            try:
                _core.serve(app, listeners, settings, self._allowed, board, slot, stop_reader)
            except BaseException as failure:  # raised again where run() was called
                failures.append(failure)
            self._exit()

        self._installSignalHandlers()
        try:
            with Wakeup() as self._wakeup:
                self._signals_are_handled()
                thread = threading.Thread(target=work, name="penstock")
                thread.start()
                is_periodic = type(self)._mainloopPeriodic is not Gateway._mainloopPeriodic
                while self._keepGoing:
                    self._wakeup.wait(1.0 if is_periodic else None)
                    self._mainloopPeriodic()
                sock.close()  # who comes now is refused, instead of waiting for nobody
                os.close(stop_writer)
                thread.join()
        finally:
            self._wakeup = None
            os.close(stop_reader)
            self._restoreSignalHandlers()
        if failures:
            raise failures[0]


class CgiFallback(Gateway):
    """A gateway that takes descriptor 0, and serves one request as a CGI program where that is
    no socket."""

    forceCGI = False

    def _setupSocket(self) -> socket.socket:
        if self._bindAddress is not None:
            return super()._setupSocket()
        forced = os.environ.get("FCGI_FORCE_CGI", "N").upper().startswith("Y")
        sock = None if self.forceCGI or forced else _listening.inherited()
        if sock is None:
            CGIHandler().run(Application(self.application, self._prepare, self.error))
            sys.exit(0)
        return sock


def without_jobs(options: dict[str, Any]) -> dict[str, Any]:
    """What flup's servers leave out of further options, too."""
    ignored = ("jobClass", "jobArgs", "multithreaded", "multiprocess")
    return {name: value for name, value in options.items() if name not in ignored}
