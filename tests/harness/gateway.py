# SPDX-License-Identifier: MIT
"""Programs that use penstock.fcgi, penstock.scgi or the real flup, and nginx's words for them."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from . import build
from .child import Child
from .http import Response
from .start import APPS
from .wait import wait_until

COMPAT = build.build_folder() / "python/penstock/compat"
PROGRAM = str(APPS / "gateway_program.py")

every_package = pytest.mark.parametrize("package", ["flup", "penstock"])
every_protocol = pytest.mark.parametrize("protocol", ["fastcgi", "scgi"])

#: What flup needs to be told; the stock parameters of nginx leave out PATH_INFO.
PARAMETERS = """
    SCGI 1 CONTENT_TYPE $content_type
    QUERY_STRING $query_string REQUEST_METHOD $request_method REQUEST_URI $request_uri
    SCRIPT_NAME "" PATH_INFO $document_uri SERVER_PROTOCOL $server_protocol
    REMOTE_ADDR $remote_addr SERVER_ADDR $server_addr SERVER_PORT $server_port
    SERVER_NAME $server_name
"""


def location(protocol: str, address: str, parameters: str = PARAMETERS, more: str = "") -> str:
    """A block for nginx. Without `parameters` they are nginx's own."""
    words = parameters.split()
    lines = [
        f"{protocol}_param {name} {value};"
        for name, value in zip(words[::2], words[1::2], strict=True)
    ]
    if protocol == "fastcgi":  # for SCGI, nginx sets it
        lines.append("fastcgi_param CONTENT_LENGTH $content_length;")
    if not words:
        lines = [f"include /etc/nginx/{protocol}_params;"]
    return " ".join(["location / {", *lines, f"{protocol}_pass {address};", more, "}"])


def is_bound(path: Path) -> bool:
    """Whether someone takes connections there."""
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


class Program(Child):
    """A running program with a gateway."""

    def __init__(
        self,
        folder: Path,
        module: str,
        *,
        package: str = "penstock",
        descriptor: socket.socket | None = None,
        is_to_bind: bool = False,
        environment: dict[str, str | None] | None = None,
        **arguments: Any,
    ) -> None:
        """Imports `module` from the real flup or, for "penstock", from what stands in for it;
        `descriptor` becomes its standard input."""
        command = [sys.executable, PROGRAM, module, json.dumps(arguments)]
        pass_fds = []
        if descriptor is not None:
            command = ["/bin/bash", "-c", f'exec "$@" <&{descriptor.fileno()}', "bash", *command]
            pass_fds.append(descriptor.fileno())
        variables: dict[str, str | None] = {"PYTHONPATH": None, **(environment or {})}
        if package == "penstock":
            variables["PYTHONPATH"] = str(COMPAT)
        super().__init__(
            command, folder=folder, environment=variables, pass_fds=pass_fds, ready=r"^ready .+\n"
        )
        if is_to_bind:
            wait_until(lambda: self._is_bound(arguments["bindAddress"]), "it is bound")

    def _is_bound(self, address: str | list[Any]) -> bool:
        if isinstance(address, str):
            return is_bound(self.folder / address)
        with socket.socket() as probe:
            return probe.connect_ex(tuple(address)) == 0


def environ_of(response: Response) -> dict[str, Any]:
    """What the program's usual page shows."""
    assert response.status == 200, response
    return json.loads(response.body)


def read_all(connection: socket.socket) -> bytes:
    """What comes until the connection ends."""
    answer = bytearray()
    while chunk := connection.recv(65536):
        answer += chunk
    return bytes(answer)


def module_of(protocol: str, variant: str = "") -> str:
    """The module of flup for a protocol and "", "_fork" or "_single"."""
    return f"flup.server.{protocol.replace('fastcgi', 'fcgi')}{variant}"
