# SPDX-License-Identifier: MIT
"""Real nginx in a folder of its own, as an unprivileged or a root user."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from .child import Child
from .endpoint import Endpoint

_PROGRAM = "/usr/sbin/nginx"

#: Debian's own files, unchanged.
STOCK_PARAMS = [
    Path("/etc/nginx") / name
    for name in ("uwsgi_params", "fastcgi_params", "fastcgi.conf", "scgi_params")
]

_CONFIGURATION = """\
daemon off;
{user}
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr notice;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    default_type application/octet-stream;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    uwsgi_temp_path {folder}/uwsgi;
    fastcgi_temp_path {folder}/fastcgi;
    scgi_temp_path {folder}/scgi;
    client_max_body_size 0;
    {http}
    server {{
        listen {address};
        server_name penstock.test;
        {server}
    }}
}}
"""


class Nginx(Child):
    """One nginx with one virtual server."""

    def __init__(self, folder: Path, *, server: str, http: str = "") -> None:
        """`server` and `http` are directives for these blocks."""
        folder.mkdir()
        # nginx takes over a socket that is named in $NGINX, as at an upgrade of its program: so
        # nobody else can take the port between our choice and its bind.
        with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
            self.endpoint = Endpoint.of(listener)
            file = folder / "nginx.conf"
            file.write_text(
                _CONFIGURATION.format(
                    user="user root;" if os.geteuid() == 0 else "",
                    folder=folder,
                    http=http,
                    address=self.endpoint.text,
                    server=server,
                )
            )
            for stock in STOCK_PARAMS:
                (folder / stock.name).write_bytes(stock.read_bytes())
            super().__init__(
                [_PROGRAM, "-p", folder, "-c", file, "-e", "stderr"],
                folder=folder,
                environment={"NGINX": f"{listener.fileno()};"},
                pass_fds=[listener.fileno()],
                ready=r"start worker process \d+",
            )
