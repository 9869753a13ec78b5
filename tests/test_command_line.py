# SPDX-License-Identifier: MIT
"""The command line: uWSGI's flags, how apps are named and found, and what errors say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.start import StartPenstock
from harness.build import ROOT
from harness.http import fetch
from harness.run import run

pytestmark = pytest.mark.asan

_HTTP = ("--http-socket", "127.0.0.1:0")


def _app(name: str, text: str) -> str:
    """The source of a WSGI callable that answers with a text."""
    return (
        f"def {name}(environ, start_response):\n"
        "    start_response('200 OK', [('Content-Type', 'text/plain')])\n"
        f"    return [{text}.encode()]\n"
    )


# How the app is named


@pytest.mark.parametrize(
    ("file", "source", "options"),
    [
        ("plain.py", _app("application", "'it'"), ["-w", "plain"]),
        ("plain.py", _app("application", "'it'"), ["--module", "plain"]),
        ("plain.py", _app("application", "'it'"), ["--wsgi", "plain"]),
        ("named.py", _app("app", "'it'"), ["-w", "named:app"]),
        ("named.py", _app("app", "'it'"), ["-w", "named"]),
        ("named.py", _app("other", "'it'"), ["-w", "named", "--callable", "other"]),
        ("named.py", _app("other", "'it'"), ["--wsgi-file", "named.py", "--callable", "other"]),
        ("package/__init__.py", _app("application", "'it'"), ["-w", "package"]),
        ("package/deep/module.py", _app("application", "'it'"), ["-w", "package.deep.module"]),
        ("package/deep/module.py", _app("x", "'it'"), ["-w", "package.deep.module:x"]),
        (
            "made.py",
            "def create():\n    " + _app("x", "'it'").replace("\n", "\n    ") + "\n    return x\n",
            ["-w", "made:create()"],
        ),
        (
            "made.py",
            "def create():\n    " + _app("x", "'it'").replace("\n", "\n    ") + "\n    return x\n",
            ["-w", "made", "--callable", "create()"],
        ),
        ("file.py", _app("application", "'it'"), ["--wsgi-file", "file.py"]),
        ("file.py", _app("application", "'it'"), ["--file", "./file.py"]),
        ("site.wsgi", _app("application", "'it'"), ["--wsgi-file", "site.wsgi"]),
        ("sub/file-with-dash.py", _app("app", "'it'"), ["--wsgi-file", "sub/file-with-dash.py"]),
        (
            "attribute.py",
            "class Holder:\n    @staticmethod\n    "
            + _app("app", "'it'").replace("\n", "\n    ")
            + "\n",
            ["-w", "attribute:Holder.app"],
        ),
    ],
)
def test_finds_the_app(
    penstock: StartPenstock, folder: Path, file: str, source: str, options: list[str]
) -> None:
    (folder / file).parent.mkdir(parents=True, exist_ok=True)
    (folder / file).write_text(source)
    assert fetch(penstock(*_HTTP, *options).http).body == b"it"


@pytest.mark.parametrize(
    "options",
    [
        ["plain:application"],
        ["plain.py"],
        ["site.wsgi"],
    ],
)
def test_takes_the_app_without_a_flag(
    penstock: StartPenstock, folder: Path, options: list[str]
) -> None:
    for name in ("plain.py", "site.wsgi"):
        (folder / name).write_text(_app("application", "'it'"))
    assert fetch(penstock(*_HTTP, *options).http).body == b"it"


# The command lines of uWSGI's lessons


@pytest.mark.parametrize(
    "options",
    [
        ["-p", "4"],
        ["-M", "-p", "4"],
        ["--master", "--processes", "4"],
        ["--workers=4"],
        ["-p4"],
    ],
)
def test_starts_processes(penstock: StartPenstock, folder: Path, options: list[str]) -> None:
    (folder / "myapp.py").write_text("import os\n" + _app("application", "str(os.getpid())"))
    server = penstock("-s", "127.0.0.1:0", *_HTTP, "-w", "myapp", *options)
    pids = server.worker_pids(4)
    assert len(set(pids)) == 4
    assert int(fetch(server.http).body) in pids
    for pid in pids:
        os.kill(pid, 0)


def test_accepts_what_uwsgi_users_write(penstock: StartPenstock, folder: Path) -> None:
    """Flags whose wish is always granted here."""
    (folder / "myapp.py").write_text(_app("application", "'it'"))
    server = penstock(
        *_HTTP,
        *("-w", "myapp", "-M", "-T", "-i", "--need-app", "--die-on-term", "--thunder-lock"),
        *("--plugin", "python3", "--enable-threads", "--py-call-osafterfork", "--no-orphans"),
        *("--ignore-sigpipe", "--buffer-size", "32768", "-b", "8192", "--http-keepalive"),
    )
    assert fetch(server.http).body == b"it"


# What surrounds the app


def test_enters_the_folder(penstock: StartPenstock, folder: Path) -> None:
    (folder / "site").mkdir()
    (folder / "site" / "myapp.py").write_text("import os\n" + _app("application", "os.getcwd()"))
    server = penstock(*_HTTP, "--chdir", "site", "-w", "myapp")
    assert fetch(server.http).body.decode() == str(folder / "site")


@pytest.mark.parametrize("flag", ["--pythonpath", "--pp", "--python-path"])
def test_searches_more_folders(penstock: StartPenstock, folder: Path, flag: str) -> None:
    for name in ("one", "two"):
        (folder / name).mkdir()
        (folder / name / f"in_{name}.py").write_text(f"WHERE = {name!r}\n")
        (folder / name / "both.py").write_text(f"WHERE = {name!r}\n")
    (folder / "myapp.py").write_text(
        "import both, in_one, in_two\n" + _app("application", "f'{both.WHERE} {in_two.WHERE}'")
    )
    server = penstock(*_HTTP, flag, "one", flag, folder / "two", "-w", "myapp")
    assert fetch(server.http).body == b"one two"


def test_expands_patterns_of_folders(penstock: StartPenstock, folder: Path) -> None:
    (folder / "sites" / "a" / "lib").mkdir(parents=True)
    (folder / "sites" / "a" / "lib" / "myapp.py").write_text(_app("application", "'it'"))
    assert fetch(penstock(*_HTTP, "--pp", "sites/*/lib", "-w", "myapp").http).body == b"it"


def test_sets_variables(penstock: StartPenstock, folder: Path) -> None:
    (folder / "myapp.py").write_text(
        "import os, json\nSEEN = {n: os.environ.get(n) for n in ('A', 'B', 'C')}\n"
        + _app("application", "json.dumps(SEEN)")
    )
    server = penstock(
        *_HTTP, "--env", "A=1", "--env", "B=two=2", "-w", "myapp", environment={"A": "0", "C": "3"}
    )
    assert json.loads(fetch(server.http).body) == {"A": "1", "B": "two=2", "C": "3"}


def test_gives_the_app_arguments(penstock: StartPenstock, folder: Path) -> None:
    (folder / "myapp.py").write_text(
        "import sys, json\n" + _app("application", "json.dumps(sys.argv[1:])")
    )
    server = penstock(*_HTTP, "--pyargv", "one two", "-w", "myapp")
    assert json.loads(fetch(server.http).body) == ["one", "two"]


@pytest.mark.parametrize("flag", ["-H", "--virtualenv", "--home", "--venv"])
def test_runs_the_app_in_its_virtualenv(
    penstock: StartPenstock, folder: Path, virtualenv: Path, flag: str
) -> None:
    """One that knows nothing of penstock, and has a module that nobody else has."""
    (folder / "myapp.py").write_text(
        "import sys, json, only_in_this_virtualenv as mine\n"
        + _app("application", "json.dumps([sys.prefix, sys.executable, mine.ANSWER])")
    )
    server = penstock(*_HTTP, flag, virtualenv, "-w", "myapp")
    prefix, executable, answer = json.loads(fetch(server.http).body)
    assert Path(prefix).samefile(virtualenv)
    assert Path(executable).parent.samefile(virtualenv / "bin")
    assert answer == 42


@pytest.fixture(scope="module")
def virtualenv(shared_folder: Path) -> Path:
    """A real virtualenv without penstock, and with a module of its own."""
    path = shared_folder / "virtualenv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", path], check=True)
    [packages] = path.glob("lib/python3*/site-packages")
    (packages / "only_in_this_virtualenv.py").write_text("ANSWER = 42\n")
    return path


@pytest.mark.parametrize("lazy", [False, True])
def test_imports_the_app_once_or_in_each_worker(
    penstock: StartPenstock, folder: Path, lazy: bool
) -> None:
    (folder / "myapp.py").write_text(
        "import os\nprint('imported in', os.getpid(), flush=True)\n"
        + _app("application", "str(os.getpid())")
    )
    server = penstock(*_HTTP, "-p", "3", "-w", "myapp", *(["--lazy-apps"] if lazy else []))
    pids = server.worker_pids(3)
    assert fetch(server.http).status == 200
    server.log.wait_for(r"^imported in \d+$", count=3 if lazy else 1)
    importers = [int(found[0].split()[-1]) for found in server.log.matches(r"^imported in \d+$")]
    if lazy:
        assert sorted(importers) == sorted(pids)
    else:
        assert len(importers) == 1 and importers[0] not in pids


@pytest.mark.parametrize("flag", ["-L", "--disable-logging"])
def test_can_do_without_the_request_log(penstock: StartPenstock, folder: Path, flag: str) -> None:
    (folder / "myapp.py").write_text(_app("application", "'it'"))
    server = penstock(*_HTTP, "-w", "myapp", flag)
    assert fetch(server.http, "/not-in-the-log").body == b"it"
    server.stop()
    assert "not-in-the-log" not in server.log.text


def test_takes_options_from_the_environment(penstock: StartPenstock, folder: Path) -> None:
    """UWSGI_* as uWSGI has it; the command line stands above it."""
    (folder / "myapp.py").write_text("import os\n" + _app("application", "str(os.getpid())"))
    server = penstock(
        *_HTTP, environment={"UWSGI_MODULE": "myapp", "UWSGI_PROCESSES": "3", "UWSGI_PORT": None}
    )
    assert int(fetch(server.http).body) in server.worker_pids(3)
    other = penstock(
        *(*_HTTP, "-p", "1"), environment={"UWSGI_MODULE": "myapp", "UWSGI_PROCESSES": "3"}
    )
    assert fetch(other.http).status == 200
    assert len(other.worker_pids()) == 1


# Help and errors


def test_shows_its_help(folder: Path) -> None:
    outcome = run("--help", folder=folder)
    assert outcome.code == 0
    assert outcome.errors == ""
    lines = outcome.output.splitlines()
    assert max(len(line) for line in lines) <= 100
    for word in ("--http-socket", "--socket", "-p", "--threads", "--virtualenv", "--limit-post"):
        assert word in outcome.output
    groups = [line for line in lines if line and not line.startswith((" ", "-"))]
    assert len(groups) >= 6, "options stand in groups"


def test_documents_what_it_knows(folder: Path) -> None:
    """The reference in docs/ is made from the same table."""
    outcome = run("--help-markdown", folder=folder)
    assert (outcome.code, outcome.errors) == (0, "")
    assert outcome.output == (ROOT / "docs" / "options.md").read_text()


def test_shows_its_version(folder: Path) -> None:
    outcome = run("--version", folder=folder)
    assert outcome.code == 0
    assert outcome.output.strip().lower().startswith("penstock ") or outcome.output[0].isdigit()


@pytest.mark.parametrize(
    ("wrong", "near"),
    [
        ("--prcesses", "--processes"),
        ("--http-soket", "--http-socket"),
        ("--virtualnv", "--virtualenv"),
        ("--thread", "--threads"),
    ],
)
def test_names_the_nearest_option(folder: Path, wrong: str, near: str) -> None:
    outcome = run(wrong, "1", folder=folder)
    assert outcome.code == 1
    assert wrong.lstrip("-") in outcome.text
    assert near.lstrip("-") in outcome.text


@pytest.mark.parametrize("option", ["emperor", "spooler", "mule", "cache2", "gevent"])
def test_says_that_an_option_of_uwsgi_is_not_built_yet(folder: Path, option: str) -> None:
    outcome = run(f"--{option}", "x", folder=folder)
    assert outcome.code == 1
    assert option in outcome.text
    assert "uWSGI" in outcome.text
    assert "did you mean" not in outcome.text.lower()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--processes", "many"], ["processes", "many"]),
        (["--processes", "-1"], ["processes", "-1"]),
        (["--processes", "0"], ["processes", "0"]),
        (["--threads", "1000000000000"], ["threads"]),
        (["--processes"], ["processes"]),
        (["--limit-post", "1X"], ["limit-post", "1X"]),
        (["--header-timeout", "soon"], ["header-timeout", "soon"]),
        (["--chmod-socket=999"], ["chmod-socket", "999"]),
        (["--env", "NOTHING"], ["env", "NOTHING"]),
    ],
)
def test_says_what_is_wrong_with_a_value(
    folder: Path, options: list[str], words: list[str]
) -> None:
    (folder / "myapp.py").write_text(_app("application", "'it'"))
    outcome = run(*_HTTP, "-w", "myapp", *options, folder=folder)
    assert outcome.code == 1
    for word in words:
        assert word in outcome.text


def test_needs_a_socket(folder: Path) -> None:
    (folder / "myapp.py").write_text(_app("application", "'it'"))
    outcome = run("-w", "myapp", folder=folder)
    assert outcome.code == 1
    assert "socket" in outcome.text


def test_needs_an_app(folder: Path) -> None:
    outcome = run(*_HTTP, folder=folder)
    assert outcome.code in (1, 22)
    assert "module" in outcome.text or "app" in outcome.text


def test_says_which_folder_cannot_be_entered(folder: Path) -> None:
    outcome = run(*_HTTP, "--chdir", "missing", "-w", "myapp", folder=folder)
    assert outcome.code == 1
    assert "missing" in outcome.text
    assert "No such file" in outcome.text


def test_says_that_a_virtualenv_has_no_python(folder: Path) -> None:
    (folder / "empty").mkdir()
    outcome = run(*_HTTP, "-H", "empty", "-w", "myapp", folder=folder)
    assert outcome.code in (1, 22)
    assert "empty" in outcome.text
    assert "python" in outcome.text


@pytest.mark.parametrize(
    ("source", "options", "words"),
    [
        (
            "import nothing_of_this_name\n",
            ["-w", "myapp"],
            ["Traceback", "myapp.py", "ModuleNotFoundError", "nothing_of_this_name"],
        ),
        ("def broken(:\n", ["-w", "myapp"], ["SyntaxError", "myapp.py"]),
        (
            "raise RuntimeError('not today')\n",
            ["--wsgi-file", "myapp.py"],
            ["Traceback", "RuntimeError: not today"],
        ),
        ("raise SystemExit(5)\n", ["-w", "myapp"], ["SystemExit"]),
        ("x = 1\n", ["-w", "myapp"], ["myapp", "application"]),
        ("x = 1\n", ["-w", "myapp:y"], ["myapp", "y"]),
        ("application = 1\n", ["-w", "myapp"], ["myapp", "application", "callable"]),
        (
            "def create():\n    raise ValueError('no app')\n",
            ["-w", "myapp:create()"],
            ["Traceback", "ValueError: no app"],
        ),
        ("", ["-w", "missing_module"], ["missing_module"]),
        ("", ["-w", "missing.package"], ["missing"]),
        ("", ["--wsgi-file", "missing.py"], ["missing.py"]),
    ],
)
@pytest.mark.parametrize("lazy", [[], ["--lazy-apps"]])
def test_ends_with_22_and_the_traceback_when_the_app_cannot_be_loaded(
    folder: Path, source: str, options: list[str], words: list[str], lazy: list[str]
) -> None:
    (folder / "myapp.py").write_text(source)
    outcome = run(*_HTTP, "--need-app", *options, *lazy, folder=folder)
    assert outcome.code == 22, outcome.text
    for word in words:
        assert word in outcome.text


# uWSGI's smaller options


def test_enters_another_folder_once_the_app_is_imported(
    penstock: StartPenstock, folder: Path
) -> None:
    (folder / "later").mkdir()
    (folder / "where.py").write_text(
        "import os\nimported_in = os.getcwd()\n"
        + _app("application", "(imported_in + ' ' + os.getcwd())")
    )
    for lazy in ((), ("--lazy-apps",)):
        server = penstock(*_HTTP, "-w", "where", "--chdir2", "later", *lazy)
        assert fetch(server.http).text == f"{folder} {folder / 'later'}"
        server.close()
    outcome = run(*_HTTP, "-w", "where", "--chdir2", "missing", folder=folder)
    assert outcome.code == 22
    assert "--chdir2: [Errno 2] No such file or directory: 'missing'" in outcome.text


def test_takes_variables_of_the_environment_away(penstock: StartPenstock, folder: Path) -> None:
    (folder / "see.py").write_text(
        "import os\n" + _app("application", "str([os.environ.get(n) for n in ('AB', 'ABC', 'D')])")
    )
    server = penstock(
        *(*_HTTP, "-w", "see", "--unenv", "AB", "--unenv", "D", "--env", "D=set"),
        environment={"AB": "1", "ABC": "2", "D": "3"},
    )
    assert fetch(server.http).text == "[None, '2', 'set']"


def test_pings_a_uwsgi_socket(penstock: StartPenstock, folder: Path) -> None:
    (folder / "plain.py").write_text(_app("application", "'it'"))
    server = penstock("--socket", "127.0.0.1:0", "--socket", "x.sock", *_HTTP, "-w", "plain")
    server.wait_ready()
    for address in (server.uwsgi.text, "x.sock"):
        outcome = run("--ping", address, folder=folder)
        assert (outcome.code, outcome.text) == (0, "")
    outcome = run("--ping", server.http.text, folder=folder)
    assert outcome.code == 1
    assert "none of a uwsgi server" in outcome.errors
    outcome = run("--ping", "nobody.sock", folder=folder)
    assert outcome.code == 1
    assert "nobody.sock: connect: No such file" in outcome.errors
