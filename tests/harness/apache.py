# SPDX-License-Identifier: MIT
"""Real Apache httpd in a folder of its own, with its proxy modules."""

from __future__ import annotations

import os
import secrets
import socket
from pathlib import Path

from .child import Child
from .endpoint import Endpoint

_PROGRAM = "/usr/sbin/apache2"
_MODULES = Path("/usr/lib/apache2/modules")

_CONFIGURATION = """\
ServerRoot {folder}
ServerName penstock.test
Listen {address}
PidFile {folder}/apache.pid
DefaultRuntimeDir {folder}
Mutex pthread
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule proxy_module {modules}/mod_proxy.so
LoadModule proxy_http_module {modules}/mod_proxy_http.so
LoadModule proxy_uwsgi_module {modules}/mod_proxy_uwsgi.so
LoadModule proxy_fcgi_module {modules}/mod_proxy_fcgi.so
LoadModule proxy_scgi_module {modules}/mod_proxy_scgi.so
LoadModule fcgid_module {modules}/mod_fcgid.so
LoadModule ssl_module {modules}/mod_ssl.so
SSLSessionCache none
LoadModule alias_module {modules}/mod_alias.so
LoadModule setenvif_module {modules}/mod_setenvif.so
LoadModule auth_basic_module {modules}/mod_auth_basic.so
LoadModule authn_core_module {modules}/mod_authn_core.so
LoadModule authn_file_module {modules}/mod_authn_file.so
LoadModule authz_user_module {modules}/mod_authz_user.so
FcgidIPCDir {folder}/fcgid
FcgidProcessTableFile {folder}/fcgid-table
{user}
ErrorLog {log}
LogLevel notice
StartServers 1
ServerLimit 1
ThreadsPerChild 16
MaxRequestWorkers 16
MinSpareThreads 1
MaxSpareThreads 16
AllowEncodedSlashes NoDecode
{server}
"""


class Apache(Child):
    """One Apache httpd."""

    def __init__(self, folder: Path, *, server: str) -> None:
        """`server` are directives of the main server."""
        folder.mkdir()
        # Its children run as another user where we are root.
        folder.chmod(0o755)
        self.endpoint = unused_endpoint()
        file = folder / "apache.conf"
        file.write_text(
            _CONFIGURATION.format(
                folder=folder,
                modules=_MODULES,
                address=self.endpoint.text,
                user="User www-data\nGroup www-data" if os.geteuid() == 0 else "",
                log="/proc/self/fd/2",
                server=server,
            )
        )
        super().__init__(
            [_PROGRAM, "-d", folder, "-f", file, "-DFOREGROUND"],
            folder=folder,
            ready="resuming normal operations",
        )


def unused_endpoint() -> Endpoint:
    """A free port of a loopback address that nobody else is likely to use."""
    host = ".".join(
        str(part) for part in (127, *(1 + byte % 250 for byte in secrets.token_bytes(3)))
    )
    with socket.socket() as probe:
        probe.bind((host, 0))
        return Endpoint.of(probe)
