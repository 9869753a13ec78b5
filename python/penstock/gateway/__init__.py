# SPDX-License-Identifier: MIT
"""What penstock.fcgi and penstock.scgi are made of: servers in a process that is the caller's."""
