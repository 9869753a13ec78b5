# SPDX-License-Identifier: MIT
"""flup's servers."""
