# SPDX-License-Identifier: MIT
"""`python -m penstock …` is the program `penstock …` that was installed with this package."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path


def _candidates() -> Iterator[Path]:
    """Where the program may be: build tree, virtualenv or prefix, user's own installation."""
    parent = Path(os.path.abspath(__file__)).parent.parent  # a build tree has links in it
    yield parent.parent / "bin" / "penstock"
    yield Path(sysconfig.get_path("scripts")) / "penstock"
    yield Path(sysconfig.get_path("scripts", sysconfig.get_preferred_scheme("user"))) / "penstock"
    for prefix in parent.parents[2:3]:  # of <prefix>/lib/python3.N/site-packages
        yield prefix / "bin" / "penstock"


def main() -> None:
    """Becomes the program."""
    for program in _candidates():
        if os.access(program, os.X_OK):
            os.execv(program, [os.fspath(program), *sys.argv[1:]])
    looked = "\n  ".join(str(program) for program in _candidates())
    sys.exit(f"penstock: the program is not installed; looked for\n  {looked}")


if __name__ == "__main__":
    main()
