# SPDX-License-Identifier: MIT
"""Makes the package of the build folder importable."""

from __future__ import annotations

import sys

from harness import build

sys.path.insert(0, str(build.build_folder() / "python"))
