# SPDX-License-Identifier: MIT
"""A process and its descendants, as /proc shows them."""

from __future__ import annotations

import re
from pathlib import Path

_PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)


def descendants(root: int) -> list[int]:
    """`root` and all that descends from it, parents first."""
    found = [root]
    for process in found:
        for task in Path(f"/proc/{process}/task").glob("*"):
            try:
                found += [int(child) for child in (task / "children").read_text().split()]
            except OSError:
                continue  # it has ended
    return found


def parse_pss(smaps_rollup: str) -> int:
    """The bytes in the text of a smaps_rollup."""
    found = _PSS.search(smaps_rollup)
    return int(found[1]) * 1024 if found else 0


def pss(processes: list[int]) -> int:
    """Proportional set size in bytes: what is shared counts by its share."""
    total = 0
    for process in processes:
        try:
            total += parse_pss(Path(f"/proc/{process}/smaps_rollup").read_text())
        except OSError:
            continue
    return total
