# SPDX-License-Identifier: MIT
"""docs/subprocess.md: each example runs, and prints what it should; the reference is complete."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys

import pytest

import penstock.subprocess
from harness import build

PAGE = (build.ROOT / "docs" / "subprocess.md").read_text()
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)

PRINTED = [
    "0 b\na\n\n",
    "True -15\n1000 True\n1 MemoryError\n",
    "1\n2\n3\n4\nb'to and fro\\n'\n0\n",
    "2 3\n1\n0 0\n",
    "0 hello\n False\n",
]


def test_knows_all_examples():
    assert len(EXAMPLES) == len(PRINTED)


@pytest.mark.parametrize("number", range(len(PRINTED)))
def test_runs_the_examples(number: int):
    done = subprocess.run(
        [sys.executable, "-c", EXAMPLES[number]],
        env={**os.environ, "PYTHONPATH": str(build.build_folder() / "python")},
        capture_output=True,
        text=True,
        timeout=build.PATIENCE,
    )
    assert (done.stdout, done.stderr) == (PRINTED[number], "")


def test_names_every_argument_and_every_public_name():
    for name in inspect.signature(penstock.subprocess.run).parameters:
        assert f"`{name}`" in PAGE, name
    for name in penstock.subprocess.Result._fields:
        assert f"`{name}`" in PAGE, name
    # The defaults are told by their values; the classes behind `program` by what they do.
    untold = {
        "DEFAULT_BUFFER",
        "DEFAULT_GRACE",
        "DEFAULT_MAX_OUTPUT",
        "Program",
        "Reader",
        "Writer",
    }
    for name in set(penstock.subprocess.__all__) - untold - {"Result"}:
        assert re.search(rf"\b{name}\b", PAGE), name
    for default in ("DEFAULT_BUFFER", "DEFAULT_MAX_OUTPUT", "DEFAULT_GRACE"):
        assert f"={getattr(penstock.subprocess, default)}" in PAGE, default
