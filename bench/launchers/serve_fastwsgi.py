# SPDX-License-Identifier: MIT
"""serve_fastwsgi.py module:callable PORT PROCESSES"""

import importlib
import sys

import fastwsgi

module, callable_ = sys.argv[1].split(":")
app = getattr(importlib.import_module(module), callable_)
fastwsgi.server.backlog = 4096
fastwsgi.server.tcp_nodelay = 1
fastwsgi.run(app, "127.0.0.1", int(sys.argv[2]), loglevel=0, workers=int(sys.argv[3]))
