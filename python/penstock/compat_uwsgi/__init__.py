# SPDX-License-Identifier: MIT
"""The modules `uwsgi` and `uwsgidecorators`, for apps that were written for uWSGI.

They exist in Penstock's processes only, as uWSGI's do in its own: apps ask whether `import uwsgi`
works to know where they are. They are imported when the app asks for them.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from penstock import _core

_FOLDER = os.path.dirname(os.path.abspath(__file__))
_MODULES = frozenset({"uwsgi", "uwsgidecorators"})


@dataclass
class Place:
    """Where this process stands in the server."""

    settings: _core.Uwsgi
    master: int  # its process id
    worker: int = 0  # 0: this is the process that imports the app
    slot: int = 0  # of the scoreboard
    post_fork: list[Callable[[], object]] = field(default_factory=list)


_place: Place | None = None


def place() -> Place:
    """Of this process."""
    if _place is None:
        raise ImportError("the module uwsgi exists in Penstock's own processes only")
    return _place


class _Finder(importlib.abc.MetaPathFinder):
    """Before all others: uwsgidecorators from PyPI knows too much of uWSGI's insides."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname not in _MODULES:
            return None
        return importlib.util.spec_from_file_location(
            fullname, os.path.join(_FOLDER, fullname + ".py")
        )


def install(settings: _core.Uwsgi) -> None:
    """Makes the modules importable, in the process that the master has started."""
    global _place
    _place = Place(settings, os.getppid())
    sys.meta_path.insert(0, _Finder())


def enter_worker(number: int, slot: int) -> None:
    """This process has been forked and is that worker now."""
    place().worker = number
    place().slot = slot


def call_post_fork_hooks() -> None:
    """What the app wants done in each worker before it serves."""
    module = sys.modules.get("uwsgi")
    for hook in (getattr(module, "post_fork_hook", None), *place().post_fork):
        if callable(hook):
            _call(hook, "a post-fork hook")


def call_exit_hook() -> None:
    """What the app wants done when a worker has answered its last request."""
    hook = getattr(sys.modules.get("uwsgi"), "atexit", None)
    if callable(hook):
        _call(hook, "uwsgi.atexit")


def _call(hook: Callable[[], Any], what: str) -> None:
    """As uWSGI does, a worker goes on without what has failed."""
    try:
        hook()
    except Exception:
        text = f"worker {place().worker}: {what} failed:\n{traceback.format_exc().rstrip()}"
        _core.write_log(_core.LOG_ERROR, text.encode("utf-8", "backslashreplace"))
