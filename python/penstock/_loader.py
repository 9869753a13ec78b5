# SPDX-License-Identifier: MIT
"""Finds the app: a callable in a module or a file, or what a factory in there returns."""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import inspect
import os
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

DEFAULT_NAMES = ("application", "app")


class LoadError(Exception):
    """The app is not where the settings say; the message is for the user."""


def load(module: str, file: str, name: str) -> Callable[..., Any]:
    """The app in `module` ("package.module", "module:callable") or in `file`.

    `name` is the callable; "name()" is a factory; empty stands for the usual names. What the
    app's own code raises comes through.
    """
    if file:
        path, found_name = split_name(file, name)
        where = f"the file {path}"
        source = import_file(path)
    else:
        module_name, found_name = split_name(module, name)
        where = f"the module {module_name}"
        source = import_module(module_name)
    app = find_callable(source, found_name, where)
    if is_coroutine_callable(app):
        raise LoadError(f"{where}: {found_name or 'the app'} is an ASGI app; WSGI is needed")
    return app


def split_name(text: str, name: str) -> tuple[str, str]:
    """Takes "module:callable" apart; the callable there goes before `name`."""
    before, colon, after = text.partition(":")
    return (before, after or name) if colon else (text, name)


def import_module(name: str) -> ModuleType:
    """As the statement does, but with an error that says where the module was looked for."""
    if name.endswith(".py") or "/" in name:
        raise LoadError(f"{name} is not the name of a module; if it is a file: --wsgi-file {name}")
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not (name == error.name or name.startswith(error.name + ".")):
            raise  # something else is missing, which the module imports
        raise LoadError(_missing_module(name, error.name)) from None


def _missing_module(name: str, missing: str) -> str:
    parent = sys.modules.get(missing.rpartition(".")[0])
    folders = list(getattr(parent, "__path__", [])) or sys.path
    listed = "".join(f"\n  {folder}" for folder in folders)
    return f"there is no module {missing}, for the app {name}; looked in{listed}"


def import_file(path: str) -> ModuleType:
    """Runs a file as a module. Its folder comes last on sys.path, for what lies beside it."""
    whole = os.path.abspath(path)
    if not os.path.isfile(whole):
        raise LoadError(f"there is no file {path} (that is {whole})")
    folder = os.path.dirname(whole)
    if folder not in sys.path:
        sys.path.append(folder)
    name = file_module_name(path)
    loader = importlib.machinery.SourceFileLoader(name, whole)
    spec = importlib.util.spec_from_file_location(name, whole, loader=loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def file_module_name(path: str) -> str:
    """The `__name__` that uWSGI gives to a file: some apps look at it."""
    for ending in (".py", ".wsgi"):
        path = path.removesuffix(ending)
    return "uwsgi_file_" + path.replace("/", "_").replace(".", "_")


def find_callable(source: ModuleType, name: str, where: str) -> Callable[..., Any]:
    """Looks the callable up in the module, and calls a factory."""
    if not name:
        name = next((usual for usual in DEFAULT_NAMES if hasattr(source, usual)), "")
        if not name:
            raise LoadError(
                f"{where} has neither {' nor '.join(DEFAULT_NAMES)}; name the callable as "
                f"module:callable or with --callable. {_offers(source)}"
            )
    is_factory = name.endswith("()")
    found = _attribute(source, name.removesuffix("()"), where)
    if is_factory:
        found = _callable(found, f"{where}: {name.removesuffix('()')}")()
        return _callable(found, f"{where}: what {name} returns")
    return _callable(found, f"{where}: {name}")


def _attribute(source: ModuleType, name: str, where: str) -> Any:
    found: Any = source
    for part in name.split("."):
        if not part.isidentifier():
            raise LoadError(f"{where}: {name!r} is not a name, nor name()")
        if not hasattr(found, part):
            raise LoadError(f"{where} has no {name}. {_offers(source)}")
        found = getattr(found, part)
    return found


def _offers(source: ModuleType) -> str:
    names = [
        name
        for name, value in vars(source).items()
        if not name.startswith("_") and callable(value) and not isinstance(value, ModuleType)
    ]
    return f"It has: {', '.join(sorted(names))}" if names else "It has nothing that can be called"


def _callable(value: Any, what: str) -> Callable[..., Any]:
    if not callable(value):
        raise LoadError(f"{what} is not callable: it is of type {type(value).__name__}")
    return value  # type: ignore[no-any-return]


def is_coroutine_callable(app: object) -> bool:
    """Whether calling it gives a coroutine: the mark of ASGI."""
    return inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(
        getattr(type(app), "__call__", None)
    )
