"""Measure and report: `python -m benchmarks [--only wide,deep] [--quick]`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from rich.console import Console

from benchmarks.elements import activations, initializers, normalization
from benchmarks.grading import grading
from benchmarks.lessons import lessons
from benchmarks.measure import Row
from benchmarks.monte_carlo import monte_carlo
from benchmarks.neighbours import Neighbours
from benchmarks.optimizers import optimizers
from benchmarks.publishing import publishing
from benchmarks.report import machine, table, write_json
from benchmarks.scaling import scaling
from benchmarks.settings import Settings
from benchmarks.starting import starting
from benchmarks.steps import steps
from benchmarks.training import deep, wide
from course_utils.notebooks.errors import CourseError

QUIET = 0.05  # a share of the machine that others may take

ROOT = Path(__file__).resolve().parents[1]

BENCHMARKS: dict[str, Callable[[Settings], Iterable[Row]]] = {
    "wide": wide,
    "deep": deep,
    "steps": steps,
    "starting": starting,
    "scaling": scaling,
    "initializers": initializers,
    "activations": activations,
    "normalization": normalization,
    "optimizers": optimizers,
    "monte_carlo": monte_carlo,
    "grading": grading,
    "publishing": publishing,
    "lessons": lessons,
}


def titles() -> dict[str, str]:
    """What each benchmark measures, in a line."""
    return {
        name: str(measure.__doc__).splitlines()[0].rstrip(".")
        for name, measure in BENCHMARKS.items()
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks asked for, print one table and write one JSON file.

    Returns:
        0, or 1 when something could not be measured; a missed target is no failure.
    """
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure how fast the course's bench is, and against what.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="\n".join(f"{name}: {title}" for name, title in titles().items()),
    )
    parser.add_argument(
        "--only",
        metavar="A,B",
        help=f"some of {', '.join(BENCHMARKS)}; all of them by default",
    )
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument(
        "--json",
        type=Path,
        metavar="PATH",
        default=ROOT / "build" / "bench.json",
        help="where every measurement is kept (build/bench.json by default)",
    )
    options = parser.parse_args(arguments)
    wanted = options.only.split(",") if options.only else list(BENCHMARKS)
    for name in wanted:
        if name not in BENCHMARKS:
            parser.error(f"--only must name {', '.join(BENCHMARKS)}, got {name!r}")

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    console, settings = Console(), Settings.quick() if options.quick else Settings()
    facts = machine()
    console.print(
        f"{facts['processor']}, {facts['cores']} cores, Python {facts['python']}, "
        f"NumPy {facts['packages']['numpy']}",
        highlight=False,
    )
    rows: list[Row] = []
    problems: list[str] = []
    neighbours = Neighbours()
    for name in wanted:
        with console.status(f"{name} ..."):
            try:
                rows.extend(BENCHMARKS[name](settings))
            except (CourseError, RuntimeError) as problem:
                problems.append(f"{name}: {problem}")
    console.print(table(rows, titles()))
    others = neighbours.share()
    write_json(options.json, rows, others)
    console.print(f"every measurement: {options.json}", soft_wrap=True)
    missed = [row for row in rows if row.reached is False]
    if missed:
        console.print(f"{len(missed)} of the targets missed on this machine")
    if others > QUIET:
        console.print(
            f"other programs took {others:.0%} of the machine meanwhile; what uses all "
            "cores suffers most from that: measure again when it is quiet"
        )
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
