# SPDX-License-Identifier: MIT
"""The command line of bench/run."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from . import counting, decode, life, machine, publish, results
from .cases import CASES, by_name
from .load import Loader, Window
from .picture import draw
from .rounds import CaseRun, Plan, clock, estimate
from .servers import all_servers
from .table import as_text

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "bench" / "results"

_QUICK = Window(0.1, 0.4)
_FULL = Window(0.5, 2.0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bench/run", description="Compares Penstock with other servers for WSGI."
    )
    parser.add_argument("--quick", action="store_true", help="three cases, in two minutes")
    parser.add_argument("--count", action="store_true", help="instructions of a request, by callgrind")
    parser.add_argument("--decode", action="store_true",
                        help="what the protocols' code costs alone, in ns and instructions")
    parser.add_argument("--life", action="store_true",
                        help="start, memory of workers, memory over millions of requests")
    parser.add_argument("--list", action="store_true", help="name the cases and servers")
    parser.add_argument("--publish", action="store_true",
                        help="only write the tables and pictures of docs/PERFORMANCE.md anew")
    parser.add_argument("--case", action="append", default=[], metavar="NAME", help="only this one")
    parser.add_argument("--server", action="append", default=[], metavar="NAME",
                        help="only this one; the floor and penstock always take part")
    parser.add_argument("--other", action="append", default=[], metavar="NAME=BUILD",
                        help="another build of penstock, to compare with")
    parser.add_argument("--rounds", type=int, help="7 by default")
    parser.add_argument("--seconds", type=float, help="of each run; 2 by default")
    parser.add_argument("--server-cpu", type=int, default=0)
    parser.add_argument("--load-cpu", type=int, default=1)
    parser.add_argument("--output", type=Path,
                        help="default: bench/results, or build/bench/results where not all is run")
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "bench")
    return parser.parse_args()  # fmt: skip


def _plan(options: argparse.Namespace, build: Path) -> Plan:
    window = _QUICK if options.quick else _FULL
    if options.seconds:
        window = Window(options.seconds / 4, options.seconds)
    rounds = options.rounds or (3 if options.quick else 7)
    return Plan(rounds, window, options.server_cpu, options.load_cpu, build / "run",
                thorough=not options.quick)  # fmt: skip


def _output(options: argparse.Namespace, build: Path, *, partial: bool = False) -> Path:
    output: Path = options.output or (build / "results" if options.quick or partial else RESULTS)
    output.mkdir(parents=True, exist_ok=True)
    return output


def _decode(options: argparse.Namespace, build: Path) -> int:
    codecs = decode.measure(build, options.server_cpu, machine.describe(), quick=options.quick)
    output = _output(options, build) / "decode.json"
    codecs.save(output)
    print(f"{decode.as_text(codecs)}\n\nThis is in {output}")
    return 0


def _life(options: argparse.Namespace, build: Path) -> int:
    plan = _plan(options, build)
    loader = Loader(build, plan.load_cpu)
    millions = 2 if options.quick else 10
    servers = all_servers(build, {})
    measured = life.measure(servers, plan, loader, machine.describe(), clock(), millions)
    output = _output(options, build) / "life.json"
    measured.save(output)
    print(f"{life.starts_as_markdown(measured)}\n\n{life.memory_as_markdown(measured)}\n")
    print(f"This is in {output}")
    return 0


def _measure(options: argparse.Namespace, build: Path) -> int:
    cases = by_name(options.case) if options.case else list(CASES)
    if options.quick and not options.case:
        cases = [case for case in CASES if case.quick]
    others = {name: Path(path).resolve() for name, _, path in
              (text.partition("=") for text in options.other)}  # fmt: skip
    servers = all_servers(build, others)
    if options.server:
        always = ("bare epoll", "penstock", *others)
        servers = [one for one in servers if one.name in always or one.name in options.server]
    partial = options.case or options.server or options.rounds or options.seconds
    output = _output(options, build, partial=bool(partial))
    plan = _plan(options, build)
    say = clock()
    say(f"{len(cases)} cases, about {estimate(cases, servers, plan) / 60:.0f} minutes")
    if len(os.sched_getaffinity(0)) < 2:
        say("one CPU only: the load takes time from the servers")
    about = machine.describe()
    print("\n".join(f"{name}: {value}" for name, value in about.items()))
    loader = Loader(build, plan.load_cpu)
    for case in cases:
        result = CaseRun(case, plan, loader, about, say).run(servers)
        results.save(result, output)
        (output / f"{case.name}.svg").write_text(draw(result))
        print("\n" + as_text(result), flush=True)
    print(f"\nResults and pictures are in {output}")
    return 0


def main() -> int:
    """The exit code."""
    options = _arguments()
    build = options.build.resolve()
    if options.list:
        print("\n".join(f"{case.name:18} {case.title}" for case in CASES))
        print("\nServers: " + ", ".join(server.name for server in all_servers(build, {})))
        return 0
    if options.count:
        return counting.main(build)
    if options.decode:
        return _decode(options, build)
    if options.life:
        return _life(options, build)
    if options.publish:
        publish.publish(ROOT, RESULTS)
        return 0
    try:
        return _measure(options, build)
    except KeyError as error:
        print(f"There is no case {error}; bench/run --list names them", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
