# SPDX-License-Identifier: MIT
"""Measures servers side by side; bench/run starts it."""
