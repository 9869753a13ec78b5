# SPDX-License-Identifier: MIT
"""SCGI, with threads."""

from penstock.scgi import WSGIServer

__all__ = ["WSGIServer"]
