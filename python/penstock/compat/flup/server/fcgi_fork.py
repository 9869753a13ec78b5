# SPDX-License-Identifier: MIT
"""FastCGI, with processes."""

from penstock.fcgi import ForkingWSGIServer as WSGIServer

__all__ = ["WSGIServer"]
