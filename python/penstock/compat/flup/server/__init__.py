# SPDX-License-Identifier: MIT
"""flup's servers."""

import pkgutil

from penstock.scgi import NoDefault

__all__ = ["NoDefault"]
__path__ = pkgutil.extend_path(__path__, __name__)
