# SPDX-License-Identifier: MIT
"""serve_bjoern.py module:callable PORT PROCESSES"""

import importlib
import os
import sys

import bjoern

module, callable_ = sys.argv[1].split(":")
app = getattr(importlib.import_module(module), callable_)
bjoern.listen(app, "127.0.0.1", int(sys.argv[2]), listen_backlog=4096)
for _ in range(int(sys.argv[3]) - 1):
    if os.fork() == 0:
        break
bjoern.run()
