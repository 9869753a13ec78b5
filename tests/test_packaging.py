# SPDX-License-Identifier: MIT
"""The files in packaging/, as far as they can be checked without the systems they are for."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from harness import build
from harness.build import PATIENCE, ROOT

_PACKAGING = ROOT / "packaging"


@pytest.mark.parametrize("name", ["penstock.service", "penstock@.service", "penstock.socket"])
def test_units_are_what_systemd_takes(folder: Path, name: str) -> None:
    for unit in (*_PACKAGING.glob("*.service"), *_PACKAGING.glob("*.socket")):
        text = unit.read_text().replace("/usr/bin/penstock", str(build.program()))
        (folder / unit.name).write_text(text)
    checked = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", folder / name],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    complaints = [line for line in checked.stderr.splitlines() if "penstock" in line]
    assert (checked.returncode, complaints) == (0, []), checked.stderr


def test_documentation_names_every_file() -> None:
    named = set(re.findall(r"^\| `([^`]+)` \|", (_PACKAGING / "README.md").read_text(), re.M))
    assert named == {file.name for file in _PACKAGING.iterdir()} - {"README.md"}


def test_image_has_the_packages_that_the_build_needs() -> None:
    """Those of tools/setup.sh, so that a new dependency is not forgotten here."""
    setup = (ROOT / "tools" / "setup.sh").read_text()
    found = re.search(r"^run_packages=\(([^)]*)\)", setup, re.M)
    assert found is not None
    image = (_PACKAGING / "Dockerfile").read_text()
    for package in set(found[1].split()) - {"ccache"}:
        assert re.search(rf"\s{re.escape(package)}\s", image), package
