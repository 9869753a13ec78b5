# SPDX-License-Identifier: MIT
"""What the program `penstock` runs in the app's interpreter, which need not know our package.

Arguments: the folders that hold the package, each with the extension module of some version of
Python. This file must be understood by every Python, so that old ones are told what is wrong.
"""

import os
import sys

OLDEST = (3, 11)


def fail(reason):
    """Ends the start: exit code 1 is a wrong configuration or installation."""
    version = "%d.%d.%d" % sys.version_info[:3]
    sys.stderr.write("error: %s (Python %s) %s\n" % (sys.executable, version, reason))
    sys.stderr.flush()
    os._exit(1)


def choose(folders):
    """The first folder with an extension module for this interpreter, or None."""
    from importlib.machinery import EXTENSION_SUFFIXES

    for folder in folders:
        for suffix in EXTENSION_SUFFIXES:
            if os.path.exists(os.path.join(folder, "penstock", "_core" + suffix)):
                return folder
    return None


def advice(folders, error):
    """Why the extension module could not be loaded, and what to do."""
    found = []
    for folder in folders:
        package = os.path.join(folder, "penstock")
        for name in sorted(os.listdir(package)):
            if name.startswith("_core.") and not name.endswith(".pyi"):
                found.append(os.path.join(package, name))
    return (
        "cannot load penstock's extension module: %s\nThere is: %s\n"
        "Install penstock for this interpreter: %s -m pip install penstock"
        % (error, ", ".join(found) or "none at all", sys.executable)
    )


def add_package(folder):
    """Makes `penstock` importable without a change to sys.path, which is the app's."""
    import importlib.util

    package = os.path.join(folder, "penstock")
    spec = importlib.util.spec_from_file_location(
        "penstock", os.path.join(package, "__init__.py"), submodule_search_locations=[package]
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules["penstock"] = module
    spec.loader.exec_module(module)


def run():
    """Hands over to penstock._zygote."""
    folders = sys.argv[1:]
    # The app sees what it would see without us: a __main__ that is no file.
    here = os.path.dirname(os.path.realpath(globals().pop("__file__")))
    sys.path[:] = [entry for entry in sys.path if os.path.realpath(entry) != here]
    if sys.version_info < OLDEST:
        fail("is too old: penstock needs %d.%d or a later one" % OLDEST)
    folder = choose(folders)
    try:
        if folder is not None:
            add_package(folder)
        from penstock import _zygote
    except ImportError as error:
        fail(advice(folders, error))
    return _zygote.main()


if __name__ == "__main__":
    code = run()
    # Only a worker comes here, after its last request: atexit functions run now.
    sys.exit(code)
