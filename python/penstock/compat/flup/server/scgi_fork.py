# SPDX-License-Identifier: MIT
"""SCGI, with processes."""

from penstock.scgi import ForkingWSGIServer as WSGIServer

__all__ = ["WSGIServer"]
