# SPDX-License-Identifier: MIT
"""FastCGI, one request at a time."""

from penstock.fcgi import SingleWSGIServer as WSGIServer

__all__ = ["WSGIServer"]
