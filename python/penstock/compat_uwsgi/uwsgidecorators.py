# SPDX-License-Identifier: MIT
"""uWSGI's decorators, as far as they have a meaning in Penstock; the others say why not."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

import uwsgi  # type: ignore

from penstock.compat_uwsgi import place

Function = TypeVar("Function", bound=Callable[..., Any])


def postfork(what: Any) -> Any:
    """Calls the function in each worker before it serves; @postfork(3) in worker 3 only."""
    if callable(what):
        place().post_fork.append(what)
        return what

    def of_one_worker(function: Function) -> Function:
        def call() -> None:
            if uwsgi.worker_id() == what:
                function()

        place().post_fork.append(call)
        return function

    return of_one_worker


def thread(function: Callable[..., Any]) -> Callable[..., threading.Thread]:
    """A call of the function runs in a thread of its own, which ends with the process."""

    @functools.wraps(function)
    def start(*args: Any, **kwargs: Any) -> threading.Thread:
        started = threading.Thread(target=function, args=args, kwargs=kwargs, daemon=True)
        started.start()
        return started

    return start


def lock(function: Function) -> Function:
    """Only one call of such functions runs at a time, in all workers together."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        uwsgi.lock()
        try:
            return function(*args, **kwargs)
        finally:
            uwsgi.unlock()

    return call  # type: ignore[return-value]


def harakiri(seconds: int) -> Callable[[Function], Function]:
    """A time limit for the function, within a request."""

    def limited(function: Function) -> Function:
        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            uwsgi.set_user_harakiri(seconds)
            try:
                return function(*args, **kwargs)
            finally:
                uwsgi.set_user_harakiri(0)

        return call  # type: ignore[return-value]

    return limited


def _absent(name: str, instead: str) -> Callable[..., NoReturn]:
    def refuse(*_args: Any, **_kwargs: Any) -> NoReturn:
        raise NotImplementedError(f"uwsgidecorators.{name}: Penstock has none; {instead}")

    refuse.__name__ = name
    return refuse


_TIMER = "use a thread from @postfork(1), or a timer of the system"
_QUEUE = "use a task queue such as Celery, RQ or Huey"

timer = _absent("timer", _TIMER)
rbtimer = _absent("rbtimer", _TIMER)
cron = _absent("cron", _TIMER)
filemon = _absent("filemon", "use a thread from @postfork")
signal = _absent("signal", _TIMER)
spool = _absent("spool", _QUEUE)
spoolraw = _absent("spoolraw", _QUEUE)
spoolforever = _absent("spoolforever", _QUEUE)
mule = _absent("mule", _QUEUE)
mulefunc = _absent("mulefunc", _QUEUE)
muleloop = _absent("muleloop", _QUEUE)
mulemsg_loop = _absent("mulemsg_loop", _QUEUE)
mulemsg = _absent("mulemsg", _QUEUE)
farm_loop = _absent("farm_loop", _QUEUE)
mulebrain = _absent("mulebrain", _QUEUE)
rpc = _absent("rpc", "use HTTP")
erlang = _absent("erlang", "use HTTP")
