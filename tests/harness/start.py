# SPDX-License-Identifier: MIT
"""Starting servers that end with the test that wanted them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from harness.server import Penstock

#: The apps that tests serve.
APPS = Path(__file__).resolve().parents[1] / "apps"


class StartPenstock(Protocol):
    """Starts a server that is ended with the test; see harness.server.Penstock."""

    def __call__(self, *arguments: str | Path, **options: Any) -> Penstock: ...


@contextlib.contextmanager
def starter(default_folder: Path) -> Iterator[StartPenstock]:
    """Gives a function that starts servers, and ends all of them at the end."""
    with contextlib.ExitStack() as running:

        def start(*arguments: str | Path, **options: Any) -> Penstock:
            options.setdefault("folder", default_folder)
            server = Penstock(*arguments, **options)
            running.callback(server.close)
            return server

        yield start
