# SPDX-License-Identifier: MIT
"""FastCGI, with threads."""

from penstock.fcgi import WSGIServer

__all__ = ["WSGIServer"]
