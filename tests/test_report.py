# SPDX-License-Identifier: MIT
"""`penstock report`: what it makes of logs, as a command, and of its page in a real browser."""

from __future__ import annotations

import gzip
import json
import os
import pty
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from harness import build
from harness.browser import Browser
from harness.http import fetch
from harness.server import Penstock
from harness.start import APPS, StartPenstock

_DOCUMENTATION = build.ROOT / "docs" / "report.md"


def _run(*arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [build.program(), "report", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=build.PATIENCE,
        **options,
    )


def _line(request: str, status: int, milliseconds: int, second: int, tail: str = "") -> str:
    return (
        f"[pid: 7|app: 0|req: 1/1] 192.0.2.7 () {{28 vars in 390 bytes}} "
        f"[Tue Nov 24 22:04:{second:02} 2026] {request} => generated 100 bytes in {milliseconds} "
        f"msecs (HTTP/1.1 {status}) 2 headers in 80 bytes (1 switches on core 0){tail}\n"
    )


def _sample(folder: Path) -> Path:
    """Two routes: a quick one, and a slow one that fails half the time."""
    where = " [receive 10 queue 5000 app 190000 gil 20000 cpu 40000 write 5000 micros]"
    text = "*** Starting ***\n"
    for number in range(40):
        text += _line(f"GET /users/{number}?tab=1", 200, 3, number)
    for number in range(10):
        text += _line("POST /orders/<b>&", 500 if number % 2 else 200, 200, number, where)
    text += "[pid: 7|app: 0|req: torn\n"
    path = folder / "requests.log"
    path.write_text(text)
    return path


def _json(*arguments: str | Path) -> dict[str, Any]:
    done = _run("--json", *arguments)
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_sums_up_a_log(folder: Path) -> None:
    report = _json(_sample(folder))
    assert report["requests"] == 50
    assert report["status"] == {
        "1xx": 0,
        "2xx": 45,
        "3xx": 0,
        "4xx": 0,
        "5xx": 5,
        "other": 0,
    }
    assert (report["first"], report["last"]) == (
        "2026-11-24 22:04:00",
        "2026-11-24 22:04:39",
    )
    assert sum(moment["requests"] for moment in report["timeline"]["moments"]) == 50
    slow, quick = report["routes"]
    assert (slow["route"], slow["requests"], slow["micros"]) == (
        "POST /orders/<b>&",
        10,
        2_000_000,
    )
    assert (quick["route"], quick["requests"], quick["micros"]) == (
        "GET /users/<id>",
        40,
        120_000,
    )
    assert 200_000 <= slow["latency"]["p50"] <= 214_000
    assert slow["where"] == {
        "requests": 10,
        "receive": 100,
        "queue": 50_000,
        "gil": 200_000,
        "cpu": 400_000,
        "wait": 1_300_000,
        "write": 50_000,
    }
    assert report["messages"] == report["not_understood"] == 1
    assert report["first_not_understood"] == "[pid: 7|app: 0|req: torn"


def test_reads_packed_files_standard_input_and_several_files(folder: Path) -> None:
    path = _sample(folder)
    packed = folder / "old.log.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert _json(path, packed)["requests"] == 100
    with path.open("rb") as stream:
        done = _run("--json", "-", stdin=stream)
    assert json.loads(done.stdout) == _json(path)


@pytest.mark.parametrize("options", [[], ["--log-timings", "--log-micros", "-m"], ["--log-json"]])
def test_reads_what_the_server_writes(
    penstock: StartPenstock, folder: Path, options: list[str]
) -> None:
    server = penstock(
        *("--http-socket", "127.0.0.1:0", "--pythonpath", APPS, "-w", "probe", *options)
    )
    for number in range(5):
        fetch(server.http, f"/status?code=404&n={number}")
    fetch(server.http, "/fail")
    _stop(server)
    log = folder / "server.log"
    log.write_text(server.log.text)
    report = _json(log)
    assert report["requests"] == 6
    assert report["not_understood"] == 0
    counts = {route["route"]: route["status"] for route in report["routes"]}
    assert counts["GET /status"]["4xx"] == 5
    assert counts["GET /fail"]["5xx"] == 1
    assert ("where" in report) == bool(options)


def _stop(server: Penstock) -> None:
    server.send_signal(signal.SIGTERM)
    server.wait()


def test_colours_only_a_terminal(folder: Path) -> None:
    path = _sample(folder)
    assert "\x1b" not in _run(path).stdout
    assert "\x1b[31m" in _run("--colour", "always", path).stdout
    master, slave = pty.openpty()
    done = subprocess.run(
        [build.program(), "report", path],
        stdout=slave,
        check=False,
        timeout=build.PATIENCE,
    )
    os.close(slave)
    shown = os.read(master, 65536)
    os.close(master)
    assert done.returncode == 0
    assert b"\x1b[1m50 requests" in shown


def test_shows_how_far_it_is_with_a_big_file(folder: Path) -> None:
    """On a terminal; nothing of it is left there afterwards."""
    big = folder / "big.log"
    big.write_text(_line("GET /users/1", 200, 3, 1) * 700_000)
    master, slave = pty.openpty()
    with subprocess.Popen(
        [build.program(), "report", big], stdout=subprocess.DEVNULL, stderr=slave
    ) as process:
        os.close(slave)
        shown = b""
        with pytest.raises(OSError, match="Input/output error"):
            while True:
                shown += os.read(master, 65536)
    os.close(master)
    assert process.returncode == 0
    assert re.search(rb"big\.log \[.*\] +\d+%", shown)
    assert shown.endswith(b"\r\x1b[K")


def test_says_what_is_wrong(folder: Path) -> None:
    empty = folder / "empty.log"
    empty.write_text("only messages\n")
    torn = folder / "torn.gz"
    torn.write_bytes(gzip.compress(os.urandom(100_000))[:50_000])
    sample = _sample(folder)
    cases: list[tuple[list[str | Path], int, str]] = [
        (["/nonexistent"], 1, "/nonexistent: open: No such file"),
        ([folder], 1, "it is a folder"),
        ([empty], 1, "no line of a request was found"),
        ([torn], 1, "cannot be unpacked"),
        ([sample, "--html", "/nonexistent/x.html"], 1, "/nonexistent/x.html"),
        ([], 2, "which file?"),
        ([sample, "--frobnicate"], 2, "unknown option --frobnicate"),
        ([sample, "--routes", "none"], 2, "--routes must be"),
        ([sample, "--html"], 2, "--html needs a value"),
    ]
    for arguments, code, complaint in cases:
        done = _run(*arguments)
        assert (done.returncode, done.stdout) == (code, ""), arguments
        assert done.stderr.startswith("error: ")
        assert complaint in done.stderr
    with open("/dev/full", "w", encoding="ascii") as full:
        done = subprocess.run(
            [build.program(), "report", sample],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=build.PATIENCE,
        )
    assert done.returncode == 1
    assert "No space left" in done.stderr


@pytest.fixture(name="page", scope="module")
def _page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if not shutil.which("chromedriver"):
        pytest.fail("chromedriver is missing: ./dev setup installs it")
    folder = tmp_path_factory.mktemp("report")
    done = _run(_sample(folder), "--html", folder / "report.html")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    with Browser(folder / "browser") as browser:
        browser.open((folder / "report.html").as_uri())
        yield browser


def test_page_shows_the_numbers(page: Browser) -> None:
    figures = page.run("return [...document.querySelectorAll('.figure')].map(f => f.innerText)")
    assert "50\nrequests" in figures
    assert "10.0%\n5xx (5)" in figures
    assert page.run("return document.querySelectorAll('#over-time rect.bad').length") == 5
    routes = page.run("return [...document.querySelectorAll('td.route')].map(r => r.innerText)")
    assert routes == ["POST /orders/<b>&", "GET /users/<id>"]
    assert "1 lines that look like requests were not understood" in page.text("#others")
    widths = page.run(
        "return [...document.querySelectorAll('#where .step')].map(s => [s.className.slice(5),"
        " s.getBoundingClientRect().width])"
    )
    assert max(widths, key=lambda step: step[1])[0] == "wait"


def test_page_loads_nothing_and_breaks_nowhere(page: Browser) -> None:
    assert page.run("return performance.getEntriesByType('resource').length") == 0
    assert page.run("return document.documentElement.scrollWidth <= innerWidth")
    assert page.run("return document.querySelectorAll('b').length > 0")
    # Of what the log says nothing became an element.
    assert page.run("return document.querySelector('td.route').children.length") == 0


def test_page_tells_more_where_the_pointer_is(page: Browser) -> None:
    assert page.run("return document.getElementById('tip').style.display") != "block"
    page.move_to("#over-time .hit")
    assert "2 requests" in page.wait_text("#tip", "2026-11-24 22:04:00")


def test_page_opens_sorts_and_filters_routes(page: Browser) -> None:
    first = "return document.querySelector('tr.row td.route').innerText"
    hidden = "return document.querySelector('tr.detail').hidden"
    assert page.run(hidden)
    page.click("tr.row")
    assert not page.run(hidden)
    page.click("tr.row")
    assert page.run(hidden)
    page.click("th:nth-child(3)")
    assert page.run(first) == "GET /users/<id>"
    page.click("th:nth-child(3)")
    assert page.run(first) == "POST /orders/<b>&"
    page.run(
        "const f = document.getElementById('filter'); f.value = 'USERS';"
        "f.dispatchEvent(new Event('input'))"
    )
    shown = page.run(
        "return [...document.querySelectorAll('tr.row')].filter(r => !r.hidden)"
        ".map(r => r.cells[0].innerText)"
    )
    assert shown == ["GET /users/<id>"]


def test_page_is_dark_where_the_reader_likes_it(page: Browser) -> None:
    colour = "return getComputedStyle(document.body).backgroundColor"
    light = page.run(colour)
    page.prefer_dark()
    assert page.run(colour) != light


def test_runs_the_example_of_the_documentation(folder: Path) -> None:
    """Its log gives the report that stands there, to the character."""
    blocks = re.findall(r"```(\w+)\n(.*?)```", _DOCUMENTATION.read_text(), re.DOTALL)
    [log] = [text for kind, text in blocks if kind == "log"]
    [session] = [text for kind, text in blocks if kind == "console"]
    command, _, expected = session.partition("\n")
    assert command == "$ penstock report requests.log"
    (folder / "requests.log").write_text(log)
    done = _run("requests.log", cwd=folder)
    assert done.stdout.rstrip() == expected.rstrip()
