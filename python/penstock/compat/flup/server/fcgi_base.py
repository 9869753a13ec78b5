# SPDX-License-Identifier: MIT
"""The names of FastCGI's roles."""

from penstock.fcgi import FCGI_AUTHORIZER, FCGI_FILTER, FCGI_RESPONDER

__all__ = ["FCGI_AUTHORIZER", "FCGI_FILTER", "FCGI_RESPONDER"]
