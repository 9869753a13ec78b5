# SPDX-License-Identifier: MIT
"""Locks that all workers share: on bytes of the scoreboard's file, which they share already."""

from __future__ import annotations

import fcntl
import os
import struct
import threading

COUNT = 64

_FLOCK = "hhqqi4x"  # struct flock of 64-bit Linux


class Locks:
    """Between processes a lock belongs to an open file, so threads need one more in front of it.

    The kernel takes a lock back when its process ends.
    """

    def __init__(self, scoreboard: int) -> None:
        self._scoreboard = scoreboard
        self._opened = -1  # this process's own open file
        self._opened_by = 0
        self._opening = threading.Lock()
        self._threads = [threading.Lock() for _ in range(COUNT)]
        # A lock of the process that imports the app is not the worker's.
        os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        self._opening = threading.Lock()
        self._threads = [threading.Lock() for _ in range(COUNT)]

    def acquire(self, number: int) -> None:
        """Waits until it is free."""
        self._check(number)
        self._threads[number].acquire()
        try:
            self._call(fcntl.F_OFD_SETLKW, fcntl.F_WRLCK, number)
        except BaseException:
            self._threads[number].release()
            raise

    def release(self, number: int) -> None:
        """Gives it back, if this process has it."""
        self._check(number)
        if self._threads[number].locked():
            self._call(fcntl.F_OFD_SETLK, fcntl.F_UNLCK, number)
            self._threads[number].release()

    def is_taken(self, number: int) -> bool:
        """By whomever."""
        self._check(number)
        if self._threads[number].locked():
            return True
        found = self._call(fcntl.F_OFD_GETLK, fcntl.F_WRLCK, number)
        return bool(struct.unpack(_FLOCK, found)[0] != fcntl.F_UNLCK)

    @staticmethod
    def _check(number: int) -> None:
        if not 0 <= number < COUNT:
            raise ValueError(f"there are locks 0 to {COUNT - 1}, but no lock {number}")

    def _call(self, command: int, kind: int, number: int) -> bytes:
        wanted = struct.pack(_FLOCK, kind, os.SEEK_SET, number, 1, 0)
        return fcntl.fcntl(self._file(), command, wanted)

    def _file(self) -> int:
        with self._opening:
            if self._opened_by != os.getpid():
                flags = os.O_RDWR | os.O_CLOEXEC
                self._opened = os.open(f"/proc/self/fd/{self._scoreboard}", flags)
                self._opened_by = os.getpid()
            return self._opened
