# SPDX-License-Identifier: MIT
"""`import uwsgi` and `import uwsgidecorators`, as apps of uWSGI use them."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from harness import build
from harness.gate import Gate
from harness.http import Connection, fetch
from harness.run import run
from harness.server import Penstock
from harness.start import APPS, StartPenstock
from harness.stats import read_stats, worker
from harness.uwsgi import encode_packet
from harness.wait import wait_until

_HTTP = ("--http-socket", "127.0.0.1:0")
_API = (*_HTTP, "--pythonpath", str(APPS), "-w", "uwsgi_api")


def _ask(server: Penstock, target: str = "/") -> Any:
    answer = fetch(server.http, target)
    assert answer.status == 200, server.log.text
    return json.loads(answer.body)


def test_tells_about_the_server(penstock: StartPenstock) -> None:
    server = penstock(*_API, "-p", "2", "--threads", "3")
    server.worker_pids(2)
    facts = _ask(server)
    assert facts["seen"]["worker_at_import"] == 0
    assert facts["seen"]["master_at_import"] == facts["master"] == server.pid
    assert facts["worker"] in (1, 2)
    assert facts["numproc"] == 2
    assert facts["cores"] == 3
    assert facts["version"] == "b'2.0.30'"
    assert facts["version_info"] == "(2, 0, 30, 0, b'')"
    assert facts["hostname"] is True
    assert facts["micros"] is True
    assert facts["mem"][0] < facts["mem"][1]
    assert facts["sockets"] == [server.http.port]
    assert facts["listen_queue"] == 0
    wait_until(lambda: _ask(server)["requests"] > 1, "requests are counted")
    wait_until(lambda: _ask(server)["request_id"] > 0, "each worker counts its own requests")
    wait_until(lambda: _ask(server)["ready"] is True, "all workers are ready")


def test_gives_options_as_uwsgi_does(penstock: StartPenstock) -> None:
    server = penstock(*_API, "--processes=1", "--threads", "2", "-M", "--pp", "/nowhere")
    options = _ask(server)["opt"]
    assert options["processes"] == "b'1'"
    assert options["threads"] == "b'2'"
    assert options["module"] == "b'uwsgi_api'"
    assert options["pp"] == "b'/nowhere'"
    for always in ("master", "enable-threads", "py-call-uwsgi-fork-hooks"):
        assert options[always] == "True"
    assert "lazy-apps" not in options
    assert "single-interpreter" not in options


def test_gives_placeholders_and_names_of_the_apps_own(
    penstock: StartPenstock, folder: Path
) -> None:
    (folder / "site.ini").write_text(
        "[uwsgi]\nbase = /srv\nset-placeholder = customer=A %(base)/x\nenv = B=%(base)\n"
    )
    server = penstock("--set", "colour=red", "--ini", "site.ini", *_API)
    options = _ask(server)["opt"]
    assert options["base"] == "b'/srv'"
    assert options["customer"] == "b'A /srv/x'"
    assert options["colour"] == "b'red'"


def test_describes_the_workers(penstock: StartPenstock) -> None:
    server = penstock(*_API, "-p", "2")
    pids = server.worker_pids(2)
    server.wait_ready(2)
    first, second = _ask(server, "/workers")
    assert [int(first["pid"]), int(second["pid"])] == pids
    assert {first["status"], second["status"]} <= {"b'idle'", "b'busy'"}
    assert first["respawn_count"] == "0"
    assert "'mountpoint': b''" in first["apps"]
    for key in ("id", "requests", "exceptions", "rss", "vsz", "running_time", "tx", "avg_rt"):
        assert key in first


def test_calls_post_fork_hooks_in_the_workers_that_they_name(penstock: StartPenstock) -> None:
    server = penstock(*_API, "-p", "2")
    pids = server.worker_pids(2)
    calls: dict[int, Any] = {}

    def both_have_answered() -> bool:
        facts = _ask(server)
        calls[facts["worker"]] = facts["seen"]["forks"]
        return len(calls) == 2

    wait_until(both_have_answered, "an answer of each worker")
    assert calls[1] == [["attribute", 1, pids[0]], ["each", 1, pids[0]]]
    assert calls[2] == [
        *(["attribute", 2, pids[1]], ["each", 2, pids[1]], ["second", 2, pids[1]]),
    ]
    failed = server.log.wait_for(r"^error: worker 1: a post-fork hook failed:$")
    server.log.wait_for("this hook fails on purpose", start=failed.start())


def test_calls_post_fork_hooks_of_lazy_apps(penstock: StartPenstock) -> None:
    server = penstock(*_API, "--lazy-apps")
    facts = _ask(server)
    assert facts["seen"]["worker_at_import"] == 1
    assert facts["opt"]["lazy-apps"] == "True"
    assert [call[0] for call in facts["seen"]["forks"]] == ["attribute", "each"]


def test_calls_the_exit_hook_of_a_worker_that_leaves(penstock: StartPenstock) -> None:
    server = penstock(*_API)
    assert _ask(server)["worker"] == 1
    assert server.stop() == 0
    assert "worker 1 leaves" in server.log.lines


def test_reloads_and_stops_the_server(penstock: StartPenstock) -> None:
    server = penstock(*_API)
    [before] = server.worker_pids()
    assert _ask(server, "/reload") is True
    server.log.wait_for("^reloaded: ")
    wait_until(lambda: _ask(server, "/who") != before, "a new worker answers")
    assert _ask(server, "/stop") is True
    assert server.wait() == 0


def test_sets_variables_of_the_request_log(penstock: StartPenstock) -> None:
    server = penstock(*_API, "-L", "--log-format", "%(uri) for %(customer), %(other)")
    assert _ask(server)["worker"] == 1
    assert _ask(server, "/logvars?customer=ACME") == ["None", "b'ACME'", "b'\\x1b'"]
    server.log.wait_for(r"^/logvars\?customer=ACME for ACME, \\x1b$")
    assert _ask(server, "/logvars?customer=other")[0] == "None"
    assert not server.log.matches("^/ for")


def test_limits_the_time_of_one_request(penstock: StartPenstock, folder: Path) -> None:
    (folder / "slow.py").write_text(
        "import time\n"
        "import uwsgi\n"
        "from uwsgidecorators import harakiri\n"
        "@harakiri(1)\n"
        "def work(): time.sleep(600)\n"
        "@harakiri(1)\n"
        "def quick(): return b'quick'\n"
        "def application(environ, start_response):\n"
        "    body = quick()\n"
        "    if environ['PATH_INFO'] == '/slow': work()\n"
        "    if environ['PATH_INFO'] == '/cleared':\n"
        "        uwsgi.set_user_harakiri(1)\n"
        "        uwsgi.set_user_harakiri(0)\n"
        "        time.sleep(2)\n"
        "    start_response('200 OK', [])\n"
        "    return [body]\n"
    )
    server = penstock(*_HTTP, "-w", "slow", "--threads", "2")
    assert fetch(server.http, "/slow").status == 504
    assert fetch(server.http, "/cleared").body == b"quick"
    server.log.wait_for("HARAKIRI")


def test_knows_the_body_and_the_connection(penstock: StartPenstock) -> None:
    server = penstock(*_API)
    with Connection(server.http) as connection:
        answer = json.loads(connection.post("/body", b"12345").body)
    assert answer["cl"] == 5
    assert answer["peer"][0] == "127.0.0.1"
    assert answer["connected"] is True


def test_sends_files(penstock: StartPenstock, folder: Path) -> None:
    server = penstock(*_API)
    (folder / "file").write_bytes(b"0123456789")
    with Connection(server.http) as connection:
        for _ in range(2):
            answer = connection.get(f"/sendfile?{folder / 'file'}")
            assert (answer.status, answer.body) == (200, b"<0123456789234>")


def test_lets_the_client_go_while_the_app_goes_on(penstock: StartPenstock, gate: Gate) -> None:
    server = penstock(*_API, "--threads", "2")
    with Connection(server.http) as connection:
        connection.send(f"GET /disconnect?{gate.path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        visitor = gate.wait()
        assert connection.read_response().body == b"all there is"
        assert connection.read_some() == b""
        assert not server.log.matches("^the work after the answer is done$")
        visitor.release()
    server.log.wait_for("^the work after the answer is done$")
    assert _ask(server)["worker"] == 1


def test_marks_who_accepts(penstock: StartPenstock) -> None:
    server = penstock(*_API, "--stats", "127.0.0.1:0")
    _ask(server, "/mark?accepting=0")
    assert worker(read_stats(server))["accepting"] == 0
    assert _ask(server)["ready"] is None
    _ask(server, "/mark?accepting=1")
    assert worker(read_stats(server))["accepting"] == 1


def test_renames_the_process(penstock: StartPenstock) -> None:
    server = penstock(*_API)
    assert _ask(server, "/rename") == "my own name"


def test_shares_locks_between_workers_and_threads(
    penstock: StartPenstock, folder: Path, gate: Gate
) -> None:
    server = penstock(*_API, "-p", "2", "--threads", "2")
    server.worker_pids(2)
    with Connection(server.http) as first:
        first.send(f"GET /locked?gate={gate.path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        visitor = gate.wait()
        seen_by = set()

        def both_see_it() -> bool:
            assert _ask(server, "/locks") == [True, False, False]
            seen_by.add(_ask(server)["worker"])
            return len(seen_by) == 2

        wait_until(both_see_it, "both workers see the lock")
        visitor.release()
        assert first.read_response().status == 200
    assert _ask(server, "/locks") == [False, False, False]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: _ask(server, f"/count?file={folder / 'count'}"), range(4)))
    assert (folder / "count").read_text() == "200"


def test_gives_the_locks_of_a_dead_worker_back(penstock: StartPenstock) -> None:
    server = penstock(*_API)
    server.worker_pids()
    with Connection(server.http) as connection:
        connection.send(b"GET /crash HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.drain() == b""
    server.worker_pids(2)
    assert _ask(server, "/locks") == [False, False, False]


def test_starts_threads(penstock: StartPenstock) -> None:
    assert _ask(penstock(*_API), "/thread") == [[7], True]


def test_parses_packets_in_files(penstock: StartPenstock, folder: Path) -> None:
    server = penstock(*_API)
    (folder / "packet").write_bytes(encode_packet([("A", "1"), ("B", "")]))
    assert _ask(server, f"/parse?file={folder / 'packet'}") == {"b'A'": "b'1'", "b'B'": "b''"}


def _fails_to_load(folder: Path, code: str) -> str:
    (folder / "broken.py").write_text(code)
    ended = run(*_HTTP, "-w", "broken", folder=folder)
    assert ended.code == 22
    return ended.text


def test_says_what_does_not_exist(folder: Path) -> None:
    said = _fails_to_load(folder, "import uwsgi\nuwsgi.cache_get('x')\n")
    assert "module 'uwsgi' has no cache_get: Penstock has no caches" in said
    said = _fails_to_load(
        folder, "from uwsgidecorators import timer\n@timer(3)\ndef tick(number): ...\n"
    )
    assert "uwsgidecorators.timer: Penstock has none; use a thread" in said


def test_knows_no_request_outside_of_one(folder: Path) -> None:
    said = _fails_to_load(folder, "import uwsgi\nuwsgi.set_logvar('a', 'b')\n")
    assert "RuntimeError: this thread answers no request" in said


@pytest.mark.parametrize("module", ["uwsgi", "uwsgidecorators"])
def test_exists_in_the_servers_processes_only(module: str) -> None:
    python_path = str(build.build_folder() / "python")
    tried = subprocess.run(
        [sys.executable, "-c", f"import penstock, {module}"],
        env={**build.environment(), "PYTHONPATH": python_path},
        capture_output=True,
        timeout=build.PATIENCE,
    )
    assert tried.returncode == 1
    assert b"ModuleNotFoundError" in tried.stderr


def test_runs_the_example_of_the_documentation(penstock: StartPenstock, folder: Path) -> None:
    text = (build.ROOT / "docs" / "uwsgi-module.md").read_text()
    (folder / "myapp.py").write_text(text.split("```python\n")[1].split("```")[0])
    [command] = [line for line in text.splitlines() if line.startswith("    penstock ")]
    arguments = shlex.split(command)[1:]
    arguments[arguments.index("127.0.0.1:8000")] = "127.0.0.1:0"
    server = penstock(*arguments)
    assert fetch(server.http, "/").body in (b"worker 1\n", b"worker 2\n")
    server.log.wait_for("^GET / for ACME$")
    server.log.wait_for(r"^worker 2 of 2 connects \(pid \d+\)$")


# What tools and frameworks make of it


def test_satisfies_the_real_sentry_sdk(penstock: StartPenstock, folder: Path) -> None:
    (folder / "myapp.py").write_text(
        "import warnings\n"
        "from sentry_sdk._compat import check_uwsgi_thread_support\n"
        "with warnings.catch_warnings(record=True) as caught:\n"
        "    warnings.simplefilter('always')\n"
        "    fine = check_uwsgi_thread_support()\n"
        "def application(environ, start_response):\n"
        "    start_response('200 OK', [])\n"
        "    return [f'{fine} {len(caught)}'.encode()]\n"
    )
    for more in ((), ("--lazy-apps",), ("--threads", "4")):
        server = penstock(*_HTTP, "-w", "myapp", *more)
        assert fetch(server.http).body == b"True 0"
        server.close()


def test_satisfies_checks_as_tracers_make_them(penstock: StartPenstock, folder: Path) -> None:
    """In the process that imports the app ddtrace looks at all of this, then waits for the fork."""
    (folder / "myapp.py").write_text(
        "import os, uwsgi\n"
        "started = []\n"
        "assert uwsgi.opt.get('enable-threads') or int(uwsgi.opt.get('threads') or 0)\n"
        "if uwsgi.numproc > 1 and not uwsgi.opt.get('lazy-apps') and uwsgi.worker_id() == 0:\n"
        "    assert uwsgi.opt.get('master')\n"
        "    assert uwsgi.version_info >= (2, 0, 30)\n"
        "    import uwsgidecorators\n"
        "    uwsgidecorators.postfork(lambda: started.append(os.getpid()))\n"
        "original = getattr(uwsgi, 'atexit', None)\n"
        "def leave():\n"
        "    if callable(original): original()\n"
        "    uwsgi.log('the tracer has sent the rest')\n"
        "uwsgi.atexit = leave\n"
        "def application(environ, start_response):\n"
        "    start_response('200 OK', [])\n"
        "    return [str(started == [os.getpid()]).encode()]\n"
    )
    server = penstock(*_HTTP, "-w", "myapp", "-p", "2")
    server.wait_ready(2)
    assert fetch(server.http).body == b"True"
    server.stop()
    assert server.log.lines.count("the tracer has sent the rest") == 2


def test_runs_a_django_site_that_connects_after_the_fork(
    penstock: StartPenstock, folder: Path
) -> None:
    (folder / "site_of_django.py").write_text(
        "import os\n"
        "from django.conf import settings\n"
        "settings.configure(SECRET_KEY='x', ROOT_URLCONF=__name__, ALLOWED_HOSTS=['*'])\n"
        "from django.core.wsgi import get_wsgi_application\n"
        "from django.http import JsonResponse\n"
        "from django.urls import path\n"
        "from uwsgidecorators import postfork\n"
        "connected = []\n"
        "@postfork\n"
        "def connect(): connected.append(os.getpid())\n"
        "def index(request): return JsonResponse({'pid': os.getpid(), 'connected': connected})\n"
        "urlpatterns = [path('', index)]\n"
        "application = get_wsgi_application()\n"
    )
    server = penstock(*_HTTP, "-w", "site_of_django", "-p", "2")
    answer = json.loads(fetch(server.http).body)
    assert answer["connected"] == [answer["pid"]]


def test_runs_a_flask_app_that_looks_for_uwsgi(penstock: StartPenstock, folder: Path) -> None:
    (folder / "flask_app.py").write_text(
        "from flask import Flask\n"
        "try:\n"
        "    import uwsgi\n"
        "except ImportError:\n"
        "    uwsgi = None\n"
        "from uwsgidecorators import postfork, thread\n"
        "app = Flask(__name__)\n"
        "workers = []\n"
        "@postfork\n"
        "@thread\n"
        "def poll(): workers.append(uwsgi.worker_id())\n"
        "@app.route('/')\n"
        "def index(): return {'there': uwsgi is not None, 'workers': workers}\n"
    )
    server = penstock(*_HTTP, "-w", "flask_app:app")
    wait_until(
        lambda: json.loads(fetch(server.http).body) == {"there": True, "workers": [1]},
        "the thread has run",
    )
