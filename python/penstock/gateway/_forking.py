# SPDX-License-Identifier: MIT
"""A gateway with processes: flup's PreforkServer, on our engine."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import sys
import threading
import traceback
from typing import Any

from penstock import _core
from penstock.gateway._answering import App, Environ, StartResponse
from penstock.gateway._server import Gateway
from penstock.gateway._signals import Wakeup

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_LOOK = 0.25  # seconds between two looks at how many children are idle


class TimeoutException(Exception):
    """A request took longer than the gateway's timeout."""


class ForkingGateway(Gateway):
    """Keeps from minSpare to maxSpare children idle, and never more than maxChildren in all. Each
    has one connection at a time."""

    def __init__(
        self,
        *arguments: Any,
        minSpare: int = 1,
        maxSpare: int = 5,
        maxChildren: int = 50,
        maxRequests: int = 0,
        sockTimeout: float = 0,
        timeout: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(*arguments, multithreaded=False, multiprocess=True, **options)
        if minSpare < 1:
            raise ValueError("minSpare must be at least 1!")
        if maxSpare < minSpare:
            raise ValueError("maxSpare must be greater than, or equal to, minSpare!")
        if not isinstance(sockTimeout, (int, float)) or sockTimeout < 0:
            raise ValueError("sockTimeout must be an int or float, greater than or equal to 0")
        self._minSpare = minSpare
        self._maxSpare = maxSpare
        self._maxChildren = max(maxSpare, maxChildren)
        self._maxRequests = maxRequests
        self._timeout = timeout
        self._children: dict[int, int] = {}  # process id to slot

    def _serve(self, sock: socket.socket) -> None:
        self._keepGoing = True
        self._hupReceived = False
        self._board = _core.new_scoreboard(self._maxChildren, 1)
        self._installSignalHandlers()
        try:
            with Wakeup() as self._wakeup:
                while self._keepGoing:
                    self._reap()
                    self._adjust(sock)
                    self._wakeup.wait(_LOOK)
                    self._mainloopPeriodic()
                sock.close()
                self._end_children()
        finally:
            self._wakeup = None
            self._restoreSignalHandlers()
            os.close(self._board)

    def _signals_are_handled(self) -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)

    def _adjust(self, sock: socket.socket) -> None:
        """Starts or ends children."""
        while len(self._children) < self._maxSpare:
            if not self._start_child(sock):
                return
        idle = set(_core.idle_slots(self._board)) & set(self._children.values())
        if len(idle) < self._minSpare and len(self._children) < self._maxChildren:
            self._start_child(sock)
        elif len(idle) > self._maxSpare:
            spare = next(pid for pid, slot in self._children.items() if slot in idle)
            os.kill(spare, signal.SIGTERM)  # it answers what it has, and ends

    def _start_child(self, sock: socket.socket) -> bool:
        """Whether there is a new child: the system may have no process to spare, for now."""
        free = set(range(1, self._maxChildren + 1)) - set(self._children.values())
        slot = min(free)
        parent = os.getpid()
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)  # until the child has its own handlers
        try:
            pid = os.fork()
            if pid != 0:
                self._children[pid] = slot
        except BlockingIOError:
            return False
        finally:
            if os.getpid() == parent:
                self._signals_are_handled()
        if pid != 0:
            return True
        code = 1
        try:
            _core.die_with_parent()
            if os.getppid() != parent:
                os._exit(code)  # it was gone before
            self._serve_child(sock, slot)
            code = 0
        except BaseException:  # nothing may come back to the parent's code
            traceback.print_exc()
        finally:
            for stream in (sys.stdout, sys.stderr):
                if stream is not None:
                    stream.flush()
            os._exit(code)

    def _serve_child(self, sock: socket.socket, slot: int) -> None:
        self._restoreSignalHandlers()
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal: the parent passes it on
        self._children = {}
        settings = self._settings()
        # A second one would wait for the first, while another child has nothing to do.
        settings.append(("max-connections", "1"))
        if self._maxRequests > 0:
            settings.append(("max-requests", str(self._maxRequests)))
        if self._timeout:
            self.application = Timed(self.application, self._timeout)
        self._serve_as(sock, self._board, slot, settings)

    def _reap(self) -> None:
        for pid in list(self._children):
            ended, _ = os.waitpid(pid, os.WNOHANG)
            if ended:
                _core.free_slot(self._board, self._children.pop(pid))

    def _end_children(self) -> None:
        for pid in self._children:
            os.kill(pid, signal.SIGTERM)
        for pid in list(self._children):
            os.waitpid(pid, 0)
            del self._children[pid]


class Timed:
    """Raises TimeoutException in an application that takes too long for a request. It is raised
    between two steps of Python code: a call that blocks is not interrupted."""

    def __init__(self, app: App, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    def __call__(self, environ: Environ, start_response: StartResponse) -> list[bytes]:
        is_over = threading.Event()
        last_word = threading.Lock()

        def watch(thread: int) -> None:
            if is_over.wait(self._seconds):
                return
            with last_word:
                if not is_over.is_set():
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(
                        ctypes.c_ulong(thread), ctypes.py_object(TimeoutException)
                    )

        threading.Thread(target=watch, args=(threading.get_ident(),), daemon=True).start()
        try:
            result: Any = self._app(environ, start_response)
            try:
                return list(result)
            finally:
                if hasattr(result, "close"):
                    result.close()
        finally:
            with last_word:
                is_over.set()
