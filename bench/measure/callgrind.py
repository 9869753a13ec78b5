# SPDX-License-Identifier: MIT
"""Reads callgrind's output and splits its instructions into the phases of a request. Pure.

A source file of ours belongs to a phase, and so do the instructions of its functions, also of
those that were inlined elsewhere. What our code calls in libraries (CPython, libc, our own helpers
without a phase) counts for the phase that called it. What a library calls back (start_response,
wsgi.input) counts for itself again, and not for the phase that called the library.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

#: The phase of a file, from its path below src/; the first that matches.
_PHASES: tuple[tuple[str, str], ...] = (
    (r"proto/[\w/]*encoder\.", "respond"),
    (r"proto/cgi_response\.", "respond"),
    (r"proto/", "parse"),
    (r"http/(request|header_policy|host|percent)\.", "parse"),
    (r"http/(response|error_page|date)\.", "respond"),
    (r"pyhost/(environ|name_cache|input|text)\.", "environ"),
    (r"pyhost/(call|start_response)\.", "respond"),
    (r"pyhost/", "call"),
    (r"server/(exchange|outbox|date)\.", "respond"),
    (r"server/request_log\.", "log"),
    (r"server/", "loop"),
    (r"net/", "loop"),
)
PHASES = ("loop", "parse", "environ", "call", "respond", "log")

_NAME = re.compile(r"\((\d+)\)(?: (.*))?$")


def phase_of(path: str) -> str | None:
    """Of a source file; None for what counts for its caller."""
    _, found, below = path.rpartition("/src/")
    if not found:
        return None
    return next((phase for pattern, phase in _PHASES if re.match(pattern, below)), None)


@dataclass(frozen=True)
class Function:
    """A function and the file that it is defined in."""

    file: str
    name: str


@dataclass
class Profile:
    """Costs by function."""

    #: Instructions of a function itself, by the source file that they stand in.
    own: Counter[tuple[Function, str]] = field(default_factory=Counter)
    #: Instructions of calls with all that they called, by caller, the call's file and callee.
    calls: Counter[tuple[Function, str, Function]] = field(default_factory=Counter)

    def total(self) -> int:
        """All instructions."""
        return sum(self.own.values())

    def by_function(self) -> Counter[str]:
        """Own instructions by the function's name."""
        result: Counter[str] = Counter()
        for (function, _), cost in self.own.items():
            result[function.name] += cost
        return result


class _Names:
    """callgrind names a thing once and then gives its number."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def resolve(self, text: str) -> str:
        found = _NAME.match(text)
        if not found:
            return text
        number, name = found.groups()
        if name is not None:
            self._names[number] = name
        return self._names.get(number, "?")


class _Reader:
    """Follows the lines of one file."""

    def __init__(self) -> None:
        self.profile = Profile()
        self._files = _Names()
        self._functions = _Names()
        self._function = Function("", "")
        self._file = ""  # of the line that comes
        self._callee_file: str | None = None  # unnamed: the one of the line
        self._callee_name = ""
        self._is_call = False
        self._handlers: dict[str, Callable[[str], None]] = {
            "fl": self._enter_file,
            "fi": self._include_file,
            "fe": self._include_file,
            "fn": self._enter_function,
            "cfi": self._callee_in_file,
            "cfl": self._callee_in_file,
            "cfn": self._callee,
            "calls": self._call,
        }

    def line(self, line: str) -> None:
        key, found, value = line.partition("=")
        if found and key in self._handlers:
            self._handlers[key](value)
        elif line[:1].isdigit() or line[:1] in ("+", "-", "*"):
            self._cost(line)

    def _enter_file(self, value: str) -> None:
        self._file = self._files.resolve(value)

    _include_file = _enter_file

    def _enter_function(self, value: str) -> None:
        self._function = Function(self._file, self._functions.resolve(value))

    def _callee_in_file(self, value: str) -> None:
        self._callee_file = self._files.resolve(value)

    def _callee(self, value: str) -> None:
        self._callee_name = self._functions.resolve(value)

    def _call(self, _: str) -> None:
        self._is_call = True

    def _cost(self, line: str) -> None:
        words = line.split()
        cost = int(words[1]) if len(words) > 1 else 0
        if self._is_call:
            callee = Function(self._callee_file or self._file, self._callee_name)
            self.profile.calls[self._function, self._file, callee] += cost
            self._is_call = False
            self._callee_file = None
        else:
            self.profile.own[self._function, self._file] += cost


def parse(text: str) -> Profile:
    """Of the text of a callgrind.out file with one event, Ir."""
    reader = _Reader()
    for line in text.splitlines():
        reader.line(line)
    return reader.profile


def split(profile: Profile) -> Counter[str]:
    """Instructions by phase; what nobody of ours called is "other"."""
    result: Counter[str] = Counter()
    for (function, file), cost in profile.own.items():
        if home := phase_of(function.file):
            result[phase_of(file) or home] += cost
    for (caller, file, callee), cost in profile.calls.items():
        caller_phase, callee_phase = phase_of(caller.file), phase_of(callee.file)
        if caller_phase and not callee_phase:
            result[phase_of(file) or caller_phase] += cost
        elif callee_phase and not caller_phase:
            result["call"] -= cost
    result["other"] = profile.total() - sum(result.values())
    return result
