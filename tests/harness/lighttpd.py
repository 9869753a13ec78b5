# SPDX-License-Identifier: MIT
"""Real lighttpd in a folder of its own."""

from __future__ import annotations

import signal
from pathlib import Path

from .apache import unused_endpoint
from .child import Child

_PROGRAM = "/usr/sbin/lighttpd"

_CONFIGURATION = """\
server.modules = ("mod_auth", "mod_authn_file", "mod_setenv", "mod_fastcgi", "mod_scgi")
server.document-root = "{folder}"
server.bind = "{host}"
server.port = {port}
server.errorlog = "/proc/self/fd/2"
server.max-request-size = 0
server.stream-request-body = 0
{server}
"""


class Lighttpd(Child):
    """One lighttpd."""

    def __init__(self, folder: Path, *, server: str) -> None:
        """`server` are directives of the main server."""
        folder.mkdir()
        self.endpoint = unused_endpoint()
        file = folder / "lighttpd.conf"
        file.write_text(
            _CONFIGURATION.format(
                folder=folder,
                host=self.endpoint.host,
                port=self.endpoint.port,
                server=server,
            )
        )
        super().__init__(
            [_PROGRAM, "-D", "-f", file], folder=folder, ready=r"server started|lighttpd/1\.4"
        )

    def stop(self, number: int = signal.SIGINT) -> int:
        """Lets it close what is open; at SIGTERM it would fail (exit code 1) where anything is."""
        return super().stop(number)
