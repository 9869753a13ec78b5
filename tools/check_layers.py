#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that src/ keeps to its layers: each folder includes only what the table allows.

Also: includes name a file of src/, no two files include each other, only pyhost/ knows
Python.h, and every source file is named in the CMakeLists.txt beside it.
"""

from __future__ import annotations

import graphlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

#: What the files of a folder (and of its subfolders) may include, beside their own.
LAYERS = {
    "base": "",
    "http": "base",
    "config": "base",
    "net": "base",
    "stats": "base",
    "ipc": "base config",
    "spawn": "base",
    "proto": "base http",
    "app": "base http",
    "server": "base http config net stats proto app",
    "pyhost": "base http config net ipc stats spawn app server",
    "service": "base config net",
    "supervisor": "base config net ipc stats service",
    "spawnfcgi": "base net spawn service supervisor",
    "console": "base net",
    "report": "base",
    "cli": "base http config net stats ipc spawn proto app server pyhost service supervisor "
    "spawnfcgi console report",
}

#: The only layers whose code runs inside an interpreter.
PYTHON_LAYERS = {"pyhost"}

_INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def includes_of(file: Path) -> Iterator[tuple[int, bool, str]]:
    """Each include of a file: its line, whether it is written in quotes, what it names."""
    for number, line in enumerate(file.read_text().splitlines(), start=1):
        if found := _INCLUDE.match(line):
            yield number, found[1] == '"', found[2]


def may_include(source: Path, target: Path, layers: dict[str, str]) -> bool:
    """Whether a file may include another; both are relative to src/."""
    own, other = source.parts[0], target.parts[0]
    if own != other:
        return other in layers.get(own, "").split()
    # A subfolder sees the folder that it is in, but not its siblings: proto/, not proto/uwsgi/.
    return source.parent.is_relative_to(target.parent)


def check_includes(src: Path, files: list[Path], layers: dict[str, str]) -> Iterator[str]:
    """Complaints about the includes of all files."""
    graph: dict[Path, list[Path]] = {}
    for file in files:
        source = file.relative_to(src)
        for number, quoted, name in includes_of(file):
            where = f"src/{source}:{number}"
            if name == "Python.h" and source.parts[0] not in PYTHON_LAYERS:
                yield f"{where}: only {', '.join(sorted(PYTHON_LAYERS))}/ may include Python.h"
            if not quoted:
                continue
            target = Path(name)
            if not (src / target).is_file() or ".." in target.parts:
                yield f'{where}: "{name}" is not a file of src/'
            elif not may_include(source, target, layers):
                yield f"{where}: {source.parent}/ may not include {target.parent}/ ({name})"
            else:
                graph.setdefault(source, []).append(target)
    if cycle := find_cycle(graph):
        yield "files include each other: " + " <- ".join(f"src/{file}" for file in cycle)


def check_folders(src: Path, files: list[Path], layers: dict[str, str]) -> Iterator[str]:
    """Complaints about folders and what their CMakeLists.txt name."""
    used = {file.relative_to(src).parts[0] for file in files}
    for folder in sorted(used - layers.keys()):
        yield f"src/{folder} is not in the table of layers"
    for layer, below in layers.items():
        for unknown in sorted(set(below.split()) - layers.keys()):
            yield f"the table lets {layer} include {unknown}, which is not in the table"
    if cycle := find_cycle({layer: below.split() for layer, below in layers.items()}):
        yield "the table has a cycle: " + " <- ".join(cycle)
    for file in files:
        lists = file.parent / "CMakeLists.txt"
        if file.suffix == ".cc" and file.name not in words_of(lists):
            yield f"{file.relative_to(src.parent)} is not named in {lists.relative_to(src.parent)}"


def find_cycle(graph: dict) -> list | None:
    """A cycle of a graph given as node to successors, or None."""
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return error.args[1]
    return None


def words_of(lists: Path) -> set[str]:
    """The words of a CMakeLists.txt, comments apart."""
    if not lists.is_file():
        return set()
    text = re.sub(r"#.*", "", lists.read_text())
    return set(re.split(r"[\s()]+", text))


def check(root: Path, layers: dict[str, str] = LAYERS) -> list[str]:
    """All complaints about the checkout at `root`."""
    src = root / "src"
    files = sorted(file for file in src.rglob("*") if file.suffix in {".h", ".cc"})
    if not files:
        return [f"{src} holds no sources"]
    return [*check_folders(src, files, layers), *check_includes(src, files, layers)]


def main() -> int:
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[1]
    complaints = check(root)
    print(*complaints, f"layers: {len(complaints)} complaints", sep="\n")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
