# SPDX-License-Identifier: MIT
"""A FastCGI server for a WSGI application, in the calling process: flup.server.fcgi's place.

    from penstock.fcgi import WSGIServer
    WSGIServer(application).run()

Descriptor 0 is the listening socket, as spawn-fcgi, lighttpd or Apache leave it; or bindAddress
names one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from penstock.gateway._answering import App, Request
from penstock.gateway._forking import ForkingGateway, TimeoutException
from penstock.gateway._listening import Address
from penstock.gateway._server import CgiFallback, without_jobs

__all__ = [
    "FCGI_AUTHORIZER",
    "FCGI_FILTER",
    "FCGI_RESPONDER",
    "ForkingWSGIServer",
    "Request",
    "SingleWSGIServer",
    "TimeoutException",
    "WSGIServer",
]

FCGI_RESPONDER = 1
FCGI_AUTHORIZER = 2
FCGI_FILTER = 3


class _FastCgi(CgiFallback):
    """What the three servers have in common."""

    protocol = "fastcgi"

    def _take(self, multiplexed: bool, roles: Sequence[int], forceCGI: bool) -> None:
        """Requests of one connection are always multiplexed, where the web server does that."""
        if FCGI_RESPONDER not in roles:
            raise ValueError("only the role of the Responder is served: roles=(FCGI_RESPONDER,)")
        self.multiplexed = multiplexed
        self.roles = tuple(roles)
        self.forceCGI = forceCGI


class WSGIServer(_FastCgi):
    """With threads: maxThreads requests at a time. minSpare and maxSpare are flup's, and have no
    meaning here: a thread that is idle costs nothing. The same is true of multiplexed."""

    def __init__(
        self,
        application: App,
        environ: Mapping[str, Any] | None = None,
        multithreaded: bool = True,
        multiprocess: bool = False,
        bindAddress: Address | None = None,
        umask: int | None = None,
        multiplexed: bool = False,
        debug: bool = False,
        roles: Sequence[int] = (FCGI_RESPONDER,),
        forceCGI: bool = False,
        minSpare: int = 1,
        maxSpare: int = 5,
        **options: Any,
    ) -> None:
        super().__init__(
            application,
            environ,
            multithreaded=multithreaded,
            multiprocess=multiprocess,
            bindAddress=bindAddress,
            umask=umask,
            debug=debug,
            **without_jobs(options),
        )
        self._take(multiplexed, roles, forceCGI)


class SingleWSGIServer(_FastCgi):
    """One request at a time: flup.server.fcgi_single."""

    def __init__(
        self,
        application: App,
        environ: Mapping[str, Any] | None = None,
        bindAddress: Address | None = None,
        umask: int | None = None,
        multiplexed: bool = False,
        debug: bool = False,
        roles: Sequence[int] = (FCGI_RESPONDER,),
        forceCGI: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(
            application,
            environ,
            multithreaded=False,
            bindAddress=bindAddress,
            umask=umask,
            debug=debug,
            settings=options.get("settings"),
        )
        self._take(multiplexed, roles, forceCGI)


class ForkingWSGIServer(ForkingGateway, _FastCgi):
    """With processes that are forked before they are needed: flup.server.fcgi_fork."""

    def __init__(
        self,
        application: App,
        environ: Mapping[str, Any] | None = None,
        bindAddress: Address | None = None,
        umask: int | None = None,
        multiplexed: bool = False,
        debug: bool = False,
        roles: Sequence[int] = (FCGI_RESPONDER,),
        forceCGI: bool = False,
        timeout: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(
            application,
            environ,
            bindAddress=bindAddress,
            umask=umask,
            debug=debug,
            timeout=timeout,
            **without_jobs(options),
        )
        self._take(multiplexed, roles, forceCGI)
