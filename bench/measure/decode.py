# SPDX-License-Identifier: MIT
"""What the protocols' code costs alone, without sockets and Python: bench_codec in nanoseconds, by
Google Benchmark, and in instructions, by callgrind."""

from __future__ import annotations

import json
import subprocess
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from . import callgrind
from .cases import WAYS
from .table import figure

#: What is left of the difference of two runs is the work alone, without the program's start.
_FEW, _MANY = 1000, 3000


@dataclass(frozen=True)
class Cost:
    """Of one request or one answer."""

    bytes: int
    nanoseconds: float
    instructions: float


@dataclass(frozen=True)
class Codecs:
    """Everything that was measured, by names such as "decode/fastcgi closed"."""

    machine: dict[str, str]
    repetitions: int
    costs: dict[str, Cost]

    def save(self, path: Path) -> None:
        """As JSON."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n")

    @staticmethod
    def load(path: Path) -> Codecs:
        """What save() wrote."""
        values: dict[str, Any] = json.loads(path.read_text())
        costs = {name: Cost(**cost) for name, cost in values.pop("costs").items()}
        return Codecs(**values, costs=costs)


def parse_times(report: str) -> dict[str, tuple[int, float]]:
    """Bytes and the median of nanoseconds by name, of Google Benchmark's report in JSON."""
    return {
        one["run_name"]: (round(one["bytes"]), one["cpu_time"])
        for one in json.loads(report)["benchmarks"]
        if one.get("aggregate_name") == "median"
    }


def _times(program: Path, cpu: int, repetitions: int, seconds: float) -> dict[str, tuple[int, float]]:
    """The repetitions of all are mixed, so that what the machine does besides hits all alike."""
    command: list[str | Path] = [
        "taskset", "--cpu-list", str(cpu), program, "--benchmark_format=json",
        f"--benchmark_repetitions={repetitions}", f"--benchmark_min_time={seconds}",
        "--benchmark_enable_random_interleaving=true", "--benchmark_report_aggregates_only=true",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return parse_times(done.stdout)


def _place(name: str) -> tuple[str, int]:
    """In which order they are shown."""
    work, _, protocol = name.partition("/")
    return work, [way.name for way in WAYS].index(protocol)


def _instructions(program: Path, name: str) -> float:
    def total(times: int) -> int:
        with tempfile.TemporaryDirectory() as folder:
            output = Path(folder) / "profile"
            subprocess.run(
                ["valgrind", "--tool=callgrind", f"--callgrind-out-file={output}",
                 program, name, str(times)],
                check=True, capture_output=True,
            )  # fmt: skip
            return callgrind.parse(output.read_text()).total()

    return (total(_MANY) - total(_FEW)) / (_MANY - _FEW)


def measure(build: Path, cpu: int, machine: dict[str, str], *, quick: bool) -> Codecs:
    """Some seconds for each."""
    program = build / "bin" / "bench_codec"
    repetitions, seconds = (3, 0.05) if quick else (21, 0.2)
    costs = {
        name: Cost(size, round(time, 1), round(_instructions(program, name), 1))
        for name, (size, time) in sorted(
            _times(program, cpu, repetitions, seconds).items(), key=lambda item: _place(item[0])
        )
    }
    return Codecs(machine, repetitions, costs)


def _ratio(codecs: Codecs, name: str) -> str:
    one, uwsgi = codecs.costs.get(name), codecs.costs.get("decode/uwsgi")
    return figure(one.nanoseconds / uwsgi.nanoseconds) if one and uwsgi else ""


def _numbers(cost: Cost | None) -> list[str]:
    if cost is None:
        return ["", "", ""]
    return [f"{cost.bytes:,}", figure(cost.nanoseconds), f"{cost.instructions:,.0f}"]


def as_markdown(codecs: Codecs) -> str:
    """A line for each protocol: its request and its answer."""
    lines = [
        "| protocol | request, bytes | ns | instructions | ns × uwsgi | answer, bytes | ns | instructions |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, cost in codecs.costs.items():
        work, _, protocol = name.partition("/")
        if work != "decode":
            continue
        answer = codecs.costs.get(f"encode/{protocol}")
        cells = [protocol, *_numbers(cost), _ratio(codecs, name), *_numbers(answer)]
        lines.append("| " + " | ".join(cells) + " |")
    note = f"Medians of {codecs.repetitions} repetitions; {codecs.machine.get('cpu', '?')}."
    return "\n".join(lines) + f"\n\n{note}"


def as_text(codecs: Codecs) -> str:
    """For a terminal."""
    lines = [f"{'':24}{'bytes':>8}{'ns':>10}{'instructions':>14}"]
    for name, cost in codecs.costs.items():
        lines.append(f"{name:24}{cost.bytes:>8,}{cost.nanoseconds:>10,.0f}{cost.instructions:>14,.0f}")
    return "\n".join(lines)
