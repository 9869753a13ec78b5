# SPDX-License-Identifier: MIT
"""--py-autoreload: what is edited is served."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.http import fetch
from harness.server import Penstock
from harness.start import StartPenstock
from harness.wait import wait_until

pytestmark = pytest.mark.asan

_APP = """
import helper.words
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [helper.words.ANSWER.encode()]
"""


def _replace(path: Path, text: str) -> None:
    """As editors do: another file takes the name."""
    new = path.with_name(".new")
    new.write_text(text)
    new.replace(path)


def _serves(server: Penstock, answer: bytes) -> None:
    wait_until(lambda: fetch(server.http).body == answer, f"{answer!r} is served")


@pytest.mark.parametrize("lazy", [(), ("--lazy-apps",)], ids=["preforked", "lazy"])
def test_serves_what_was_edited(
    penstock: StartPenstock, folder: Path, lazy: tuple[str, ...]
) -> None:
    (folder / "helper").mkdir()
    words = folder / "helper" / "words.py"
    words.write_text("ANSWER = 'one'\n")
    (folder / "myapp.py").write_text(_APP)
    server = penstock("--http-socket", "127.0.0.1:0", "-w", "myapp", "--py-autoreload", "1", *lazy)
    _serves(server, b"one")
    server.log.wait_for(r"^watching \d+ folders")
    _replace(words, "ANSWER = 'number two'\n")
    _serves(server, b"number two")

    # A mistake: the last good version goes on, until it is mended.
    _replace(words, "ANSWER = \n")
    server.log.wait_for("^error: not reloaded: the workers that serve stay$")
    server.log.wait_for("SyntaxError")
    assert fetch(server.http).body == b"number two"
    _replace(words, "ANSWER = 'the third'\n")
    _serves(server, b"the third")


def test_watches_the_folders_of_pythonpath_and_new_files(
    penstock: StartPenstock, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "helper").mkdir()
    (tmp_path / "helper" / "words.py").write_text("ANSWER = 'one'\n")
    (folder / "myapp.py").write_text(_APP)
    server = penstock(
        *("--http-socket", "127.0.0.1:0", "-w", "myapp", "--py-autoreload", "1"),
        *("--pythonpath", str(tmp_path)),
    )
    _serves(server, b"one")
    server.log.wait_for(r"^watching \d+ folders")
    (tmp_path / "helper" / "later.py").write_text("ANSWER = 'from a new file'\n")
    _replace(tmp_path / "helper" / "words.py", "from helper.later import ANSWER\n")
    _serves(server, b"from a new file")


def test_leaves_files_alone_that_are_not_python(penstock: StartPenstock, folder: Path) -> None:
    (folder / "helper").mkdir()
    (folder / "helper" / "words.py").write_text("ANSWER = 'one'\n")
    (folder / "myapp.py").write_text(_APP)
    server = penstock("--http-socket", "127.0.0.1:0", "-w", "myapp", "--py-autoreload", "1")
    _serves(server, b"one")
    server.log.wait_for(r"^watching \d+ folders")
    (folder / "notes.txt").write_text("nothing")
    (folder / "later.py").write_text("")
    server.log.wait_for(r"later\.py has changed$")
    assert "notes.txt" not in server.log.text
