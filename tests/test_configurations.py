# SPDX-License-Identifier: MIT
"""Twenty configurations as people have them for uWSGI start unchanged: each on a machine laid out
as it expects, with an app of its framework, which answers a request and ends well."""

from __future__ import annotations

import contextlib
import functools
import shutil
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from harness import build, machine, uwsgi
from harness.child import Child
from harness.http import Response, fetch
from harness.log import FileLog
from harness.machine import Machine, endpoint_of, inside_network_of
from harness.processes import wait_gone
from harness.wait import wait_until

pytestmark = pytest.mark.skipif(
    not machine.may_be_made(), reason="needs CAP_SYS_ADMIN for files and a network of its own"
)

CONFIGURATIONS = Path(__file__).parent / "configurations"

_PLAIN = """
def {callable}(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [{text}.encode()]
"""

_FLASK = """
from flask import Flask
{callable} = Flask(__name__)

@{callable}.route("/")
def index():
    return {text}
"""

_DJANGO_SETTINGS = """
SECRET_KEY = "of a test"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "{name}.urls"
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
"""

_DJANGO_URLS = """
from django.http import HttpResponse
from django.urls import path

urlpatterns = [path("", lambda request: HttpResponse({text}))]
"""

_DJANGO_WSGI = """
import os
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "{name}.settings")
application = get_wsgi_application()
"""

_TEXT = "'hello from the app'"

Files = Mapping[str, str]


def plain(path: str, callable: str = "application", text: str = _TEXT) -> Files:
    """A WSGI callable in a file."""
    return {path: _PLAIN.format(callable=callable, text=text)}


def flask(path: str, callable: str = "app") -> Files:
    """A Flask app in a file."""
    return {path: _FLASK.format(callable=callable, text=_TEXT)}


def django(folder: str, name: str, wsgi: str = "wsgi.py") -> Files:
    """A Django project: the package `name` in a folder."""
    return {
        f"{folder}/{name}/__init__.py": "",
        f"{folder}/{name}/settings.py": _DJANGO_SETTINGS.format(name=name),
        f"{folder}/{name}/urls.py": _DJANGO_URLS.format(text=_TEXT),
        f"{folder}/{name}/{wsgi}": _DJANGO_WSGI.format(name=name),
    }


@dataclass(frozen=True)
class Recipe:
    """What stands around a configuration on its machine."""

    file: str  # in tests/configurations
    place: str  # where it is on the machine
    app: Files
    speaks: Callable[..., Response]
    address: str
    options: tuple[str, ...] = ()
    folder: str = "/"  # where the program is started
    folders: tuple[str, ...] = ()
    owned: tuple[str, ...] = ()  # folders of www-data, where the server writes as that user
    virtualenv: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    answer: str = "hello from the app"
    files: Files = field(default_factory=dict)  # others that it reads
    pidfile: str = ""
    log: str = ""  # the file that has the log
    daemon: bool = False


_HTTP = fetch
_UWSGI = uwsgi.request

RECIPES = [
    Recipe(
        "01-django-tutorial.ini",
        "/srv/mysite/mysite_uwsgi.ini",
        django("/srv/mysite", "mysite"),
        _UWSGI,
        "/srv/mysite/mysite.sock",
        ("--ini", "mysite_uwsgi.ini"),
        folder="/srv/mysite",
        virtualenv="/srv/mysite/venv",
    ),
    Recipe(
        "02-flask-tutorial.ini",
        "/srv/myproject/myproject.ini",
        {
            **flask("/srv/myproject/myproject.py"),
            "/srv/myproject/wsgi.py": "from myproject import app\n",
        },
        _UWSGI,
        "/srv/myproject/myproject.sock",
        ("--ini", "myproject.ini"),
        folder="/srv/myproject",
    ),
    Recipe(
        "03-docker-django.ini",
        "/app/docker/uwsgi.ini",
        django("/app", "config"),
        _HTTP,
        "127.0.0.1:8000",
        ("/app/docker/uwsgi.ini",),
        environment={"UWSGI_PROCESSES": "2", "UWSGI_THREADS": "2", "UWSGI_HARAKIRI": "30"},
    ),
    Recipe(
        "04-error-tracker.json",
        "/etc/tracker/uwsgi.json",
        {
            "/opt/tracker/tracker/__init__.py": "",
            **plain(
                "/opt/tracker/tracker/wsgi.py",
                text="__import__('os').environ['TRACKER_CONF']",
            ),
        },
        _HTTP,
        "127.0.0.1:9000",
        ("--json", "/etc/tracker/uwsgi.json"),
        folder="/opt/tracker",
        answer="/etc/tracker",
    ),
    Recipe(
        "05-learning-platform.ini",
        "/code/uwsgi.ini",
        {
            **plain("/code/platform/lms/wsgi.py", text="__import__('os').environ['SETTINGS']"),
            **plain("/code/platform/cms/wsgi.py", text="'the other service'"),
        },
        _HTTP,
        "127.0.0.1:8000",
        ("/code/uwsgi.ini",),
        environment={"SERVICE_VARIANT": "lms", "UWSGI_WORKERS": "2"},
        answer="campus-production",
    ),
    Recipe(
        "06-vulnerability-manager.yaml",
        "/app/uwsgi.yaml",
        django("/app", "dojo"),
        _UWSGI,
        "127.0.0.1:3031",
        ("--yaml", "/app/uwsgi.yaml"),
        environment={"DD_UWSGI_NUM_OF_PROCESSES": "2", "DD_UWSGI_NUM_OF_THREADS": "4"},
    ),
    Recipe(
        "07-network-inventory.ini",
        "/opt/inventory/uwsgi.ini",
        django("/opt/inventory/inventory", "inventory"),
        _HTTP,
        "127.0.0.1:8001",
        ("--ini", "/opt/inventory/uwsgi.ini"),
        virtualenv="/opt/inventory/venv",
    ),
    Recipe(
        "08-chat-server.ini",
        "/etc/chat/uwsgi.ini",
        django("/srv/chat/deployments/current", "chat"),
        _UWSGI,
        "/srv/chat/deployments/uwsgi-socket",
        ("--ini", "/etc/chat/uwsgi.ini"),
        owned=("/srv/chat/deployments",),
        environment={"CHAT_WORKERS": "3"},
    ),
    Recipe(
        "09-workflow-server.yml",
        "/srv/galaxy/config/galaxy.yml",
        {
            "/srv/galaxy/lib/galaxy/__init__.py": "",
            "/srv/galaxy/lib/galaxy/webapps/__init__.py": "",
            "/srv/galaxy/lib/galaxy/webapps/buildapp.py": "def uwsgi_app():\n    "
            + _PLAIN.format(
                callable="app", text="__import__('os').environ['GALAXY_CONFIG_FILE']"
            ).replace("\n", "\n    ")
            + "\n    return app\n",
        },
        _HTTP,
        "127.0.0.1:8080",
        ("--yaml", "config/galaxy.yml"),
        folder="/srv/galaxy",
        virtualenv="/srv/galaxy/.venv",
        answer="config/galaxy.yml",
    ),
    Recipe(
        "10-metasearch.ini",
        "/etc/uwsgi/apps-available/search.ini",
        {
            "/usr/local/search/src/search/__init__.py": "",
            **flask("/usr/local/search/src/search/webapp.py", "application"),
        },
        _UWSGI,
        "/usr/local/search/run/socket",
        ("/etc/uwsgi/apps-available/search.ini",),
        folders=("/usr/local/search/run",),
        virtualenv="/usr/local/search/venv",
    ),
    Recipe(
        "11-image-base.ini",
        "/etc/uwsgi/uwsgi.ini",
        flask("/app/main.py"),
        _UWSGI,
        "/run/uwsgi.sock",
        ("--ini", "/etc/uwsgi/uwsgi.ini"),
        folder="/app",
        folders=("/run",),
        files={"/app/uwsgi.ini": "[uwsgi]\nmodule = main\ncallable = app\n"},
    ),
    Recipe(
        "12-distribution.ini",
        "/etc/uwsgi/apps-enabled/blog.ini",
        flask("/var/www/blog/app.py"),
        _UWSGI,
        "/run/uwsgi/app/blog/socket",
        ("--ini", "/etc/uwsgi/apps-enabled/blog.ini"),
        folders=("/run/uwsgi/app/blog", "/var/log/uwsgi/app"),
        virtualenv="/var/www/blog/venv",
        environment={"UWSGI_DEB_CONFNAMESPACE": "app", "UWSGI_DEB_CONFNAME": "blog"},
        pidfile="/run/uwsgi/app/blog/pid",
        log="/var/log/uwsgi/app/blog.log",
    ),
    Recipe(
        "13-placeholders.ini",
        "/etc/uwsgi/sites/firstsite.ini",
        django("/home/sammy/firstsite", "firstsite"),
        _UWSGI,
        "/run/uwsgi/firstsite.sock",
        ("--ini", "/etc/uwsgi/sites/firstsite.ini"),
        folders=("/run/uwsgi",),
        virtualenv="/home/sammy/Env/firstsite",
    ),
    Recipe(
        "14-classic.xml",
        "/opt/meta/uwsgi.xml",
        {
            "/opt/meta/lib/oracles/__init__.py": "",
            "/opt/meta/lib/oracles/meta/__init__.py": "",
            **plain("/opt/meta/lib/oracles/meta/wsgi.py"),
        },
        _UWSGI,
        "127.0.0.1:3131",
        ("-x", "/opt/meta/uwsgi.xml:production"),
    ),
    Recipe(
        "15-daemon.ini",
        "/home/www/shop/uwsgi.ini",
        django("/home/www/shop", "shop"),
        _UWSGI,
        "127.0.0.1:8999",
        ("-i", "uwsgi.ini"),
        folder="/home/www/shop",
        files={"/home/www/shop/reload": ""},
        pidfile="/home/www/shop/uwsgi.pid",
        log="/home/www/shop/uwsgi.log",
        daemon=True,
    ),
    Recipe(
        "16-logic.ini",
        "/srv/src/docker/collector.ini",
        {
            "/srv/src/onadata/__init__.py": "",
            "/srv/src/onadata/apps/__init__.py": "",
            "/srv/src/onadata/apps/main/__init__.py": "",
            **plain("/srv/src/onadata/apps/main/wsgi.py"),
        },
        _HTTP,
        "127.0.0.1:8001",
        ("/srv/src/docker/collector.ini",),
        folders=("/srv/logs",),
        environment={
            "APP_SRC_DIR": "/srv/src",
            "APP_LOGS_DIR": "/srv/logs",
            "APP_UWSGI_HARAKIRI": "120",
            "APP_UWSGI_MERCY": "120",
            "APP_UWSGI_WORKERS_COUNT": "3",
            "APP_UWSGI_CHEAPER_WORKERS_COUNT": "1",
            "APP_UWSGI_MAX_REQUESTS": "512",
        },
        log="/srv/logs/uwsgi_collector.log",
    ),
    Recipe(
        "17-platform.ini",
        "/app/uwsgi.ini",
        flask("/app/app.py"),
        _HTTP,
        "127.0.0.1:5000",
        ("uwsgi.ini",),
        folder="/app",
        environment={"PORT": "5000"},
    ),
    Recipe(
        "18-metrics-app.yaml",
        "/app/uwsgi.yaml",
        django("/app", "config"),
        _HTTP,
        "127.0.0.1:8002",
        ("uwsgi.yaml",),
        folder="/app",
        pidfile="/app/uwsgi.pid",
    ),
    Recipe(
        "19-site.ini",
        "/etc/uwsgi/blog.ini",
        plain("/srv/blog/src/site.wsgi", text="__import__('os').environ['LC_ALL']"),
        _UWSGI,
        "/srv/blog/run/blog.socket",
        ("/etc/uwsgi/blog.ini",),
        folders=("/srv/blog/run", "/srv/blog/log"),
        answer="C.UTF-8",
        files={"/etc/uwsgi/common.ini": (CONFIGURATIONS / "common.ini").read_text()},
        pidfile="/srv/blog/run/blog.pid",
        log="/srv/blog/log/blog.log",
    ),
    Recipe(
        "20-audio.ini",
        "/var/www/audio/app.ini",
        flask("/var/www/audio/application.py"),
        _HTTP,
        "127.0.0.1:3400",
        ("--ini", "app.ini"),
        folder="/var/www/audio",
        files={"/var/www/audio/.reload": ""},
    ),
]


def test_each_configuration_has_a_recipe() -> None:
    names = {path.name for path in CONFIGURATIONS.iterdir()} - {"common.ini"}
    assert names == {recipe.file for recipe in RECIPES}
    assert len(RECIPES) == 20


def _lay_out(machine: Machine, recipe: Recipe) -> None:
    text = (CONFIGURATIONS / recipe.file).read_text()
    for path, content in {recipe.place: text, **recipe.app, **recipe.files}.items():
        machine.write(path, content)
    for folder in recipe.folders:
        machine.folder(folder)
    for folder in recipe.owned:
        shutil.chown(machine.folder(folder), "www-data", "www-data")
    if recipe.virtualenv:
        machine.add_virtualenv(recipe.virtualenv)


def _master(server: Child, recipe: Recipe) -> int:
    """The process that the others descend from; a daemon's is no child of the test."""
    if not recipe.daemon:
        return server.pid
    assert server.wait() == 0
    tree = {process.pid: process for process in server.tree()}
    return next(pid for pid, process in tree.items() if process.ppid() not in tree)


def _ask(pid: int, recipe: Recipe) -> Response | None:
    """The answer; nothing as long as nobody listens."""
    with contextlib.suppress(FileNotFoundError, ConnectionRefusedError):
        endpoint = endpoint_of(pid, recipe.address)
        return inside_network_of(pid, functools.partial(recipe.speaks, endpoint))
    assert psutil.pid_exists(pid)
    return None


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.file)
def test_starts_unchanged(folder: Path, recipe: Recipe) -> None:
    machine = Machine(folder)
    _lay_out(machine, recipe)
    answers: list[Response] = []
    with Child(
        [build.program(), *recipe.options],
        folder=folder,
        environment=recipe.environment,
        before_exec=machine.entering(recipe.folder),
    ) as server:
        master = _master(server, recipe)

        def answered() -> bool:
            assert recipe.daemon or server.is_running, server.log.text
            answer = _ask(master, recipe)
            answers.extend([answer] if answer else [])
            return bool(answers)

        wait_until(answered, f"{recipe.file} answers")
        assert (answers[0].status, answers[0].text) == (200, recipe.answer)
        on_machine = Path(f"/proc/{master}/root")
        if recipe.pidfile:
            written = on_machine / recipe.pidfile.lstrip("/")
            assert int(written.read_text()) == master
        if recipe.log:
            log = on_machine / recipe.log.lstrip("/")
            # A worker may answer before the master has said that it is there.
            FileLog(log).wait_for("^.*spawned uWSGI worker 1 ")
        if recipe.daemon:
            psutil.Process(master).send_signal(signal.SIGTERM)
            wait_gone([process.pid for process in server.tree()])
        else:
            assert server.stop() == 0
