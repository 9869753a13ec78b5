# SPDX-License-Identifier: MIT
"""The peers from Debian, at their best settings."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from ..cases import HTTP, WAYS, Case
from .base import APPS, HOME, SOCKET_OPTIONS, Launch, Place, Server, missing_program

_APACHE_MODULES = Path("/usr/lib/apache2/modules")


class Uwsgi(Server):
    """Closes every connection, which over HTTP serves many of them best; its FastCGI socket knows
    no other way."""

    name = "uWSGI"
    ways = frozenset(way for way in WAYS if way.close)
    unix = True

    def missing(self) -> str:
        if absent := missing_program("uwsgi"):
            return absent
        plugins = subprocess.run(["uwsgi", "--plugin-list"], capture_output=True, text=True)
        listed = plugins.stdout + plugins.stderr
        return "" if "python" in listed or _has_python_plugin() else "uWSGI has no plugin for Python"

    def lacks(self, case: Case) -> str:
        return "answers one request a connection" if case.pipeline > 1 else ""

    def options(self, case: Case, place: Place) -> list[str]:
        """Sockets and threads."""
        options = [SOCKET_OPTIONS[case.protocol], place.address]
        return options + (["--threads", str(case.threads)] if case.threads > 1 else [])

    def launch(self, case: Case, place: Place) -> Launch:
        command: list[str | Path] = [
            "uwsgi",
            "--plugin=python3",
            *self.options(case, place),
            f"--processes={case.processes}",
            "--master",
            "--need-app",
            "--single-interpreter",
            "--die-on-term",
            "--listen=4096",
            "--buffer-size=65535",
            f"--chdir={APPS}",
            f"--virtualenv={HOME}",
            f"--module={case.app}",
        ]
        if not case.log:
            command.append("--disable-logging")
        return Launch(command)

    def version(self) -> str:
        return subprocess.run(["uwsgi", "--version"], capture_output=True, text=True).stdout.strip()


class UwsgiKeepAlive(Uwsgi):
    """Keeps connections, each of which holds a thread as long as it lives."""

    name = "uWSGI http11"
    ways = HTTP
    unix = False

    def lacks(self, case: Case) -> str:
        if case.limit:
            return "a thread for each connection: no limit of 32 can be set"
        if case.crowd or case.memory_only:
            return "needs a thread for each connection"
        return ""

    def options(self, case: Case, place: Place) -> list[str]:
        threads = -(-case.connections // case.processes)
        return ["--http11-socket", place.address, "--threads", str(threads + 1)]


def _has_python_plugin() -> bool:
    return any(Path("/usr/lib/uwsgi/plugins").glob("python3*_plugin.so"))


_APACHE = """\
ServerRoot {folder}
ServerName localhost
Listen 127.0.0.1:{port}
PidFile {folder}/apache.pid
DefaultRuntimeDir {folder}
Mutex pthread
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule wsgi_module {modules}/mod_wsgi.so
{user}
ErrorLog {folder}/error.log
LogLevel error
KeepAlive On
KeepAliveTimeout 65
MaxKeepAliveRequests 0
ListenBacklog 4096
StartServers 1
ServerLimit 1
ThreadLimit 256
ThreadsPerChild 256
MaxRequestWorkers 256
AsyncRequestWorkerFactor 64
WSGISocketPrefix {folder}/wsgi
WSGIRestrictEmbedded On
WSGIDaemonProcess bench processes={processes} threads={threads} python-home={home} python-path={apps} listen-backlog=1024
WSGIProcessGroup bench
WSGIApplicationGroup %{{GLOBAL}}
WSGIScriptAlias / {folder}/app.wsgi
<Directory {folder}>
    Require all granted
</Directory>
{log}
"""

_APACHE_LOG = """\
LogFormat "%h %l %u %t \\"%r\\" %>s %b" common
CustomLog {folder}/access.log common
"""


class ModWsgi(Server):
    """Apache's event MPM in front of daemon processes."""

    name = "mod_wsgi"

    def missing(self) -> str:
        if absent := missing_program("apache2"):
            return absent
        has_module = (_APACHE_MODULES / "mod_wsgi.so").exists()
        return "" if has_module else "mod_wsgi is not installed"

    def lacks(self, case: Case) -> str:
        return ""

    def launch(self, case: Case, place: Place) -> Launch:
        module, callable_ = case.app.split(":")
        values = {
            "folder": place.folder,
            "port": place.port,
            "modules": _APACHE_MODULES,
            "user": "User www-data\nGroup www-data" if os.geteuid() == 0 else "",
            "processes": case.processes,
            "threads": case.threads,
            "home": HOME,
            "apps": APPS,
        }
        log = _APACHE_LOG.format(**values) if case.log else ""
        return Launch(
            ["apache2", "-d", place.folder, "-f", place.folder / "apache.conf", "-DFOREGROUND"],
            files={
                "apache.conf": _APACHE.format(**values, log=log),
                "app.wsgi": f"from {module} import {callable_} as application\n",
            },
        )

    def version(self) -> str:
        apache = subprocess.run(["apache2", "-v"], capture_output=True, text=True).stdout
        query = ["dpkg-query", "-W", "-f", "${Version}", "libapache2-mod-wsgi-py3"]
        package = subprocess.run(query, capture_output=True, text=True).stdout
        found = re.search(r"Apache/(\S+)", apache)
        return f"{package.partition('-')[0]} under Apache {found[1] if found else '?'}"
