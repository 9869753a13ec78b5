# SPDX-License-Identifier: MIT
"""What an app sees of its time limits."""

from __future__ import annotations


class HarakiriError(BaseException):
    """The request has run for longer than --harakiri allows; its client has been answered 504.

    It is raised wherever the request's thread happens to be, so it is no `Exception`: what catches
    "every error" to try once more does not catch it. `finally` and `with` see it as they should.
    """


HarakiriError.__module__ = "penstock"  # where apps know it from
