# SPDX-License-Identifier: MIT
"""serve_flup.py module:callable PORT|SOCKET fastcgi|scgi THREADS"""

import importlib
import logging
import sys

from flup.server import fcgi, fcgi_single, scgi

module, callable_ = sys.argv[1].split(":")
app = getattr(importlib.import_module(module), callable_)
address = ("127.0.0.1", int(sys.argv[2])) if sys.argv[2].isdigit() else sys.argv[2]
threads = int(sys.argv[4])
# As many threads as there are connections, none of which ends when it has nothing to do.
pool = {"minSpare": threads, "maxSpare": threads, "maxThreads": threads}
if sys.argv[3] == "scgi":
    scgi.WSGIServer(app, bindAddress=address, loggingLevel=logging.ERROR, **pool).run()
elif threads == 1:
    fcgi_single.WSGIServer(app, bindAddress=address).run()
else:
    fcgi.WSGIServer(app, bindAddress=address, **pool).run()
