# SPDX-License-Identifier: MIT
"""With a build that has AddressSanitizer: the tests of this folder, in a Python that loads it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from harness import build

HERE = build.ROOT / "tests" / "subprocess"

#: Left out: what limits the memory of a program, which AddressSanitizer needs for itself.
SELECTION = "asyncio and not limit and not memory and not popen_that_make_sense"

if build.has_address_sanitizer():

    @pytest.mark.asan
    def test_breaks_no_rule_of_memory():
        files = [
            HERE / f"test_subprocess_{name}.py" for name in ("run", "stream", "classic", "stress")
        ]
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-c", build.ROOT / "tests" / "pytest.ini"]
            + ["-p", "no:cacheprovider", "-k", SELECTION, *files],
            env={
                **build.environment(),
                "PENSTOCK_BUILD": str(build.build_folder()),
                "PENSTOCK_STRESS_STARTS": "900",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert done.returncode == 0, done.stdout
        assert " passed" in done.stdout
