# SPDX-License-Identifier: MIT
"""Steady clients in the background, which lose nothing while the server changes beneath them."""

from __future__ import annotations

import threading
from collections import Counter
from types import TracebackType

from .endpoint import Endpoint
from .http import Connection, fetch


class Load:
    """Clients that ask for `target` until they are told to stop; half keep their connections."""

    def __init__(self, endpoint: Endpoint, clients: int = 8, target: str = "/") -> None:
        self._endpoint = endpoint
        self._target = target
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self.bodies: Counter[bytes] = Counter()
        self.statuses: Counter[int] = Counter()
        self.lost: list[str] = []
        self._threads = [
            threading.Thread(target=self._run, args=(number % 2 == 0,), daemon=True)
            for number in range(clients)
        ]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Ends the clients, each after the answer that it waits for."""
        self._ended.set()
        for thread in self._threads:
            thread.join()

    @property
    def answered(self) -> int:
        """How many answers have come."""
        return self.statuses.total()

    def _run(self, keep: bool) -> None:
        connection: Connection | None = None
        while not self._ended.is_set():
            try:
                if keep:
                    connection = connection or Connection(self._endpoint)
                    response = connection.get(self._target)
                    if response.says_close:
                        connection.close()
                        connection = None
                else:
                    response = fetch(self._endpoint, self._target)
            except Exception as error:
                with self._lock:
                    self.lost.append(repr(error))
                if connection is not None:
                    connection.close()
                    connection = None
                continue
            with self._lock:
                self.statuses[response.status] += 1
                self.bodies[response.body] += 1
        if connection is not None:
            connection.close()
