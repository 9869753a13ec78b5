# SPDX-License-Identifier: MIT
"""Penstock, an application server: the part of it that runs inside Python.

The server is the program `penstock`; it starts an interpreter, which imports this package and the
app. Apps have no need to import it, but for what they want to know of it: HarakiriError.
"""

from penstock._harakiri import HarakiriError
from penstock._version import VERSION as __version__

__all__ = ["HarakiriError", "__version__"]
