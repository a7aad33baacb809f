"""One page with the benchmarks, from the file that they leave."""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path
from typing import Any

from course_utils.notebooks.errors import CourseError

FILE = "build/bench.json"


def measured_page(root: Path) -> str:
    """Return the page: the measurements of this clone, or how to make them.

    Raises:
        CourseError: the file of measurements cannot be read.
    """
    head = (
        "# How fast it is\n\nThe course measures itself: training beside Keras', "
        "optimizers, initializers and normalizations beside theirs, grading beside "
        "nbgrader's, and how long each lesson takes. `make bench` runs everything in "
        f"some minutes to an hour, prints a table and keeps every number in `{FILE}`."
    )
    path = root / FILE
    if not path.is_file():
        return (
            f"{head}\n\nThis book was made where nothing had been measured. Run `make "
            "bench`, then `make book`: the table will stand here."
        )
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        facts, rows = kept["machine"], kept["rows"]
        parts = [head, _machine(facts)]
        for name, group in groupby(rows, key=lambda row: row["benchmark"]):
            parts.append(f"## {name.replace('_', ' ').capitalize()}")
            parts.append(_table(list(group)))
    except (ValueError, KeyError, TypeError) as error:
        raise CourseError(
            f"{path} is not a file of measurements ({type(error).__name__}: {error}); "
            "make it again with make bench, or remove it"
        ) from None
    return "\n\n".join(parts)


def _machine(facts: dict[str, Any]) -> str:
    packages = ", ".join(f"{k} {v}" for k, v in facts["packages"].items())
    return (
        f"Measured on {facts['processor']}, {facts['cores']} cores, {facts['system']}, "
        f"Python {facts['python']}, {packages}; other programs took "
        f"{facts['taken_by_others']:.0%} of the machine meanwhile. The median of the "
        "rounds, and their range."
    )


def _table(rows: list[dict[str, Any]]) -> str:
    lines = ["| what | median | range | target |", "| :--- | ---: | ---: | ---: |"]
    for row in rows:
        spread = (
            f"{number(row['low'])} to {number(row['high'])}"
            if len(row["values"]) > 1
            else ""
        )
        name = row["name"].replace("|", "\\|")
        median = f"{number(row['median'])} {row['unit']}".strip()
        lines.append(f"| {name} | {median} | {spread} | {_target(row)} |")
    return "\n".join(lines)


def _target(row: dict[str, Any]) -> str:
    if row["reached"] is None:
        return ""
    at_least = row["at_least"] is not None
    bound = f"≥ {row['at_least']:g}" if at_least else f"≤ {row['at_most']:g}"
    return f"{bound}, {'reached' if row['reached'] else 'missed'}"


def number(value: float) -> str:
    """A value to three digits, or to whole numbers.

    Example:
        >>> number(0.12345), number(6.789), number(1234.4)
        ('0.123', '6.79', '1234')
    """
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:#.3g}".rstrip(".")
