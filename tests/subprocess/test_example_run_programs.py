# SPDX-License-Identifier: MIT
"""examples/run_programs: four Tornado processes behind real nginx, in a real browser."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from harness import build
from harness.browser import Browser
from harness.child import Child

EXAMPLE = build.ROOT / "examples" / "run_programs"


class Site:
    """The running example, with commands that wait for the test."""

    def __init__(self, folder: Path) -> None:
        self.gate = folder / "gate"
        os.mkfifo(self.gate)
        commands = {
            "gate": {
                "title": "Gate",
                "args": ["sh", "-c", f"echo before; cat {self.gate}; exit 3"],
            },
            "good": {"title": "Good", "args": ["sh", "-c", "echo '<b>fine</b>'; echo 'ü' >&2"]},
            "late": {
                "title": "Late",
                "args": ["sh", "-c", "echo start; sleep 1000"],
                "timeout": 0.5,
            },
            "long": {"title": "Long", "args": ["sh", "-c", "echo begun; sleep 1000 & sleep 1000"]},
            "none": {"title": "None", "args": ["/no/such/program"]},
        }
        (folder / "commands.json").write_text(json.dumps(commands))
        self.child = Child(
            [sys.executable, EXAMPLE / "serve.py", "--listen", "127.0.0.1:0"]
            + ["--ports", "0,0,0,0", "--commands", folder / "commands.json"],
            folder=folder,
            environment={"PYTHONPATH": str(build.build_folder() / "python")},
            ready=r"serving http://",
        )
        self.url = self.child.log.wait_for(r"serving (http://\S+)")[1]

    def programs(self) -> list[int]:
        """The processes that the app's visitors run."""
        found = []
        for process in self.child.tree():
            with contextlib.suppress(psutil.NoSuchProcess):
                if "sleep 1000" in " ".join(process.cmdline()):
                    found.append(process.pid)
        return found


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[Site, Browser]]:
    """One site and one browser for all tests of the module."""
    with tempfile.TemporaryDirectory(prefix="penstock-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        site = Site(folder)
        try:
            with Browser(folder / "browser") as browser:
                yield site, browser
        finally:
            site.child.close()


@pytest.fixture(autouse=True)
def nothing_left() -> None:
    """The site and the browser outlive a test; that they leave nothing, Child.close proves."""


@pytest.fixture
def site(shared) -> Site:
    return shared[0]


@pytest.fixture
def page(shared) -> Browser:
    """A new page of the site."""
    site, browser = shared
    browser.open(site.url)
    return browser


def choose(page: Browser, command: str) -> None:
    """Runs a command by clicks."""
    page.click(f"option[value={command}]")
    page.click("#start")


def test_shows_output_while_the_program_runs_and_then_its_status(site: Site, page: Browser):
    choose(page, "gate")
    page.wait_text("#output", "before")
    assert page.text("#state") == "Running…"
    assert not page.is_enabled("#start")
    with site.gate.open("w") as gate:
        gate.write("through the gate\n")
        gate.flush()
        page.wait_text("#output", "through the gate")
        assert page.text("#state") == "Running…"
    page.wait_text("#state", "Exit status 3 after")
    assert page.is_enabled("#start")
    assert not page.is_enabled("#cancel")


def test_shows_output_as_text_and_success(page: Browser):
    choose(page, "good")
    page.wait_text("#state", "Exit status 0")
    assert page.text("#output") == "<b>fine</b>\nü"


def test_shows_a_time_out(page: Browser):
    choose(page, "late")
    page.wait_text("#state", "Timed out after 0.")
    assert page.text("#output") == "start"


def test_cancels_whichever_process_has_the_run(site: Site, page: Browser, wait_over):
    for _ in range(4):  # nginx sends the four cancellations to different processes
        choose(page, "long")
        page.wait_text("#output", "begun")
        running = site.programs()
        assert running
        page.click("#cancel")
        page.wait_text("#state", "Cancelled after")
        for pid in running:
            wait_over(pid)


def test_ends_the_program_of_a_visitor_who_leaves(site: Site, page: Browser, wait_over):
    choose(page, "long")
    page.wait_text("#output", "begun")
    running = site.programs()
    assert running
    page.open("about:blank")
    for pid in running:
        wait_over(pid)


def test_says_what_cannot_be_started(page: Browser):
    choose(page, "none")
    page.wait_text("#state", "No such file or directory")


def test_uses_all_four_processes(page: Browser):
    ports = set()
    for _ in range(4):  # nginx gives each request to the next
        choose(page, "good")
        page.wait_text("#state", "Exit status 0")
        ports.add(re.search(r"runs at port (\d+)", page.text("footer"))[1])
    assert len(ports) == 4


def test_has_the_configuration_of_the_upstream_unchanged():
    text = (EXAMPLE / "nginx.conf").read_text()
    servers = re.findall(r"server (127\.0\.0\.1:\d+);", text)
    assert servers == [f"127.0.0.1:{port}" for port in (8888, 8887, 8886, 8885)]
    for line in (
        "keepalive_timeout 65;",
        "proxy_read_timeout 2000;",
        "sendfile on;",
        "tcp_nopush on;",
        "tcp_nodelay on;",
        "proxy_pass_header Server;",
        "proxy_set_header Host $http_host;",
        "proxy_redirect off;",
        "proxy_set_header X-Real-IP $remote_addr;",
        "proxy_set_header X-Scheme $scheme;",
        "proxy_pass  http://backend;",
    ):
        assert line in text


def test_takes_the_ports_of_the_upstream_unless_it_is_told_others():
    told = subprocess.run(
        [sys.executable, EXAMPLE / "serve.py", "--help"],
        env={**os.environ, "PYTHONPATH": str(build.build_folder() / "python")},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "8885,8886,8887,8888" in told
    assert "127.0.0.1:80" in told
