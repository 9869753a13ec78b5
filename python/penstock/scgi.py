# SPDX-License-Identifier: MIT
"""An SCGI server for a WSGI application, in the calling process: flup.server.scgi's place.

from penstock.scgi import WSGIServer
WSGIServer(application, bindAddress=("127.0.0.1", 4000)).run()
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from penstock.gateway._answering import App, Environ, Request
from penstock.gateway._forking import ForkingGateway, TimeoutException
from penstock.gateway._listening import Address
from penstock.gateway._server import Gateway, without_jobs

__all__ = [
    "ForkingWSGIServer",
    "NoDefault",
    "Request",
    "SingleWSGIServer",
    "TimeoutException",
    "WSGIServer",
]


class NoDefault:
    """Says that an argument was not given."""


class _Scgi(Gateway):
    """What the three servers have in common."""

    protocol = "scgi"
    scriptName: Any = NoDefault

    def _take(
        self, scriptName: Any, allowedServers: Sequence[str] | None, loggingLevel: int
    ) -> None:
        self.scriptName = scriptName
        self._allowed = allowedServers
        self.logger = logging.getLogger("scgi-wsgi")
        self.logger.setLevel(loggingLevel)

    def _prepare(self, environ: Environ) -> None:
        super()._prepare(environ)
        if self.scriptName is NoDefault or self.scriptName is None:
            return
        path = environ["SCRIPT_NAME"] + environ["PATH_INFO"]
        if not path.startswith(self.scriptName):
            self.logger.warning("scriptName does not match request URI")
        environ["PATH_INFO"] = path[len(self.scriptName) :]
        environ["SCRIPT_NAME"] = self.scriptName


class WSGIServer(_Scgi):
    """With threads: maxThreads requests at a time. minSpare and maxSpare are flup's, and have no
    meaning here: a thread that is idle costs nothing."""

    def __init__(
        self,
        application: App,
        scriptName: Any = NoDefault,
        environ: Mapping[str, Any] | None = None,
        multithreaded: bool = True,
        multiprocess: bool = False,
        bindAddress: Address = ("localhost", 4000),
        umask: int | None = None,
        allowedServers: Sequence[str] | None = None,
        loggingLevel: int = logging.INFO,
        debug: bool = False,
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
        self._take(scriptName, allowedServers, loggingLevel)


class SingleWSGIServer(_Scgi):
    """One request at a time: flup.server.scgi_single."""

    def __init__(
        self,
        application: App,
        scriptName: Any = NoDefault,
        environ: Mapping[str, Any] | None = None,
        bindAddress: Address = ("localhost", 4000),
        umask: int | None = None,
        allowedServers: Sequence[str] | None = None,
        loggingLevel: int = logging.INFO,
        debug: bool = False,
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
        self._take(scriptName, allowedServers, loggingLevel)


class ForkingWSGIServer(ForkingGateway, _Scgi):
    """With processes that are forked before they are needed: flup.server.scgi_fork."""

    def __init__(
        self,
        application: App,
        scriptName: Any = NoDefault,
        environ: Mapping[str, Any] | None = None,
        bindAddress: Address = ("localhost", 4000),
        umask: int | None = None,
        allowedServers: Sequence[str] | None = None,
        loggingLevel: int = logging.INFO,
        debug: bool = False,
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
        self._take(scriptName, allowedServers, loggingLevel)
