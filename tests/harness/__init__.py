# SPDX-License-Identifier: MIT
"""What the end-to-end tests stand on: the real program, real front ends, wire-exact clients."""
