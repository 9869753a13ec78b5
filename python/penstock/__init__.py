# SPDX-License-Identifier: MIT
"""Penstock, an application server: the part of it that runs inside Python.

The server is the program `penstock`; it starts an interpreter, which imports this package and the
app. Apps have no need to import it.
"""

from penstock._version import VERSION as __version__

__all__ = ["__version__"]
