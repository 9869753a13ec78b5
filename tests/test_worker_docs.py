# SPDX-License-Identifier: MIT
"""The command lines in docs/workers.md start, on a port of their own."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from harness.build import ROOT
from harness.http import fetch
from harness.start import StartPenstock

_LINES = re.findall(r"^\$ penstock (.*)$", (ROOT / "docs" / "workers.md").read_text(), re.MULTILINE)


def test_the_page_has_examples() -> None:
    assert len(_LINES) == 4


@pytest.mark.parametrize("line", _LINES)
def test_the_example_serves(penstock: StartPenstock, folder: Path, line: str) -> None:
    (folder / "myapp.py").write_text(
        "def application(environ, start_response):\n"
        "    start_response('200 OK', [])\n"
        "    return [b'hello']\n"
    )
    server = penstock(*shlex.split(line.replace("127.0.0.1:8000", "127.0.0.1:0")))
    assert fetch(server.http).body == b"hello"
