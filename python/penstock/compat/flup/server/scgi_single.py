# SPDX-License-Identifier: MIT
"""SCGI, one request at a time."""

from penstock.scgi import SingleWSGIServer as WSGIServer

__all__ = ["WSGIServer"]
