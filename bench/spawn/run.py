# SPDX-License-Identifier: MIT
"""Measures penstock.subprocess against asyncio's, uvloop's and Tornado's subprocesses.

All contenders run at the same time, each in a process of its own, and take turns: so what else the
machine does hits all alike, and the ratios can be trusted where the figures cannot.

    python bench/spawn/run.py [--quick] [--build build/release] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
NAMES = ["penstock", "penstock on uvloop", "asyncio", "uvloop", "tornado"]
TRUE = ["/bin/true"]
FIFTY_MB = ["head", "-c", "50000000", "/dev/zero"]


class Contender:
    """A running contender.py."""

    def __init__(self, name: str, megabytes: int, build: Path) -> None:
        self.name = name
        self._process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("contender.py"), name, str(megabytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(build / "python")},
            text=True,
        )

    def order(self, **order: Any) -> dict[str, float]:
        """Does it, and gives what was measured."""
        assert self._process.stdin is not None and self._process.stdout is not None
        print(json.dumps(order), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended: {self._process.wait()}")
        return json.loads(line)

    def close(self) -> None:
        """Ends it."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(60)
        self._process.stdout.close()


def available(names: list[str]) -> list[str]:
    """Those that can be measured here; others are named on standard error."""
    found = []
    for name in names:
        module = {"penstock on uvloop": "uvloop", "uvloop": "uvloop", "tornado": "tornado"}.get(
            name
        )
        if (
            module is None
            or not subprocess.run(
                [sys.executable, "-c", f"import {module}"], stderr=subprocess.DEVNULL
            ).returncode
        ):
            found.append(name)
        else:
            print(f"{name} is left out: no module {module}", file=sys.stderr)
    return found


def interleaved(
    contenders: list[Contender], rounds: int, **order: Any
) -> dict[str, list[dict[str, float]]]:
    """Each does it in turn, `rounds` times; the first round warms up and does not count."""
    answers: dict[str, list[dict[str, float]]] = {one.name: [] for one in contenders}
    for number in range(rounds + 1):
        for one in contenders:
            answer = one.order(**order)
            if number > 0:
                answers[one.name].append(answer)
    return answers


def median(answers: list[dict[str, float]], key: str) -> float:
    """Of one figure over the rounds."""
    return statistics.median(answer[key] for answer in answers)


def measure(megabytes: int, build: Path, quick: bool) -> dict[str, dict[str, float]]:
    """All figures of all contenders, for a parent of that size."""
    contenders = [Contender(name, megabytes, build) for name in available(NAMES)]
    count, rounds = (100, 3) if quick else (200, 5)
    if megabytes > 500:
        count //= 4  # those that fork copy the tables of all this memory each time
    try:
        one = interleaved(contenders, rounds, do="spawn", command=TRUE, count=count, at_once=1)
        eight = interleaved(contenders, rounds, do="spawn", command=TRUE, count=count, at_once=8)
        gap = interleaved(contenders, rounds, do="gap", command=TRUE, count=count, at_once=8)
        read = interleaved(contenders, rounds, do="read", command=FIFTY_MB)
    finally:
        for contender in contenders:
            contender.close()
    return {
        contender.name: {
            "one at a time, starts/s": count / median(one[contender.name], "seconds"),
            "eight at a time, starts/s": count / median(eight[contender.name], "seconds"),
            "own CPU a start, us": median(eight[contender.name], "cpu") / count * 1e6,
            "loop away p50, ms": median(gap[contender.name], "p50") * 1e3,
            "loop away p99, ms": median(gap[contender.name], "p99") * 1e3,
            "loop away max, ms": median(gap[contender.name], "max") * 1e3,
            "50 MB read, ms": median(read[contender.name], "seconds") * 1e3,
            "50 MB read, own CPU ms": median(read[contender.name], "cpu") * 1e3,
        }
        for contender in contenders
    }


def show(title: str, figures: dict[str, dict[str, float]]) -> None:
    """A Markdown table: the figure, and in brackets how it relates to penstock's."""
    print(f"\n{title}\n")
    print("| | " + " | ".join(figures) + " |")
    print("|---|" + "---:|" * len(figures))
    for row in next(iter(figures.values())):
        ours = figures["penstock"][row]
        cells = [f"{ours:.3g}"] + [
            "" if math.isnan(other[row]) else f"{other[row]:.3g} ({other[row] / ours:.2f})"
            for name, other in figures.items()
            if name != "penstock"
        ]
        print(f"| {row} | " + " | ".join(cells) + " |")


def main() -> int:
    """The exit code is 0 if penstock starts at least as many programs a second as asyncio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds, small parent only")
    parser.add_argument("--parent", type=int, help="megabytes; only this size of the parent")
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "release")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    options = parser.parse_args()

    build = options.build.resolve()
    sizes = [30] if options.quick else [30, 2000]
    if options.parent is not None:
        sizes = [options.parent]
    results = {}
    for megabytes in sizes:
        results[megabytes] = measure(megabytes, build, options.quick)
        show(
            f"Parent of {megabytes} MB (others relative to penstock in brackets)",
            results[megabytes],
        )
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n")
    key = "eight at a time, starts/s"
    ratio = results[sizes[0]]["penstock"][key] / results[sizes[0]]["asyncio"][key]
    print(f"\npenstock starts {ratio:.2f} times as many programs a second as asyncio")
    return 0 if ratio >= 1 else 1


if __name__ == "__main__":
    sys.exit(main())
