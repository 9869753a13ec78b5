# SPDX-License-Identifier: MIT
"""Stands in for the package flup: its servers' names, on Penstock's engine.

This folder's parent is what `penstock compat-path` prints. An interpreter that finds it on
PYTHONPATH need not have Penstock installed. What is not here, such as flup's clients, comes from the
real flup, if that is installed.
"""

import pkgutil

__path__ = pkgutil.extend_path(__path__, __name__)

try:
    import penstock  # noqa: F401
except ImportError:
    import os
    import runpy

    _folder = os.path.abspath(__file__)
    for _ in range(4):  # <folder>/penstock/compat/flup/__init__.py
        _folder = os.path.dirname(_folder)
    _bootstrap = runpy.run_path(os.path.join(_folder, "penstock", "_bootstrap.py"))
    _bootstrap["add_package"](_folder)
