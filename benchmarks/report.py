"""The table that is read, and the JSON that is kept."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from rich.table import Table

from benchmarks.measure import Row
from benchmarks.settings import cores

PACKAGES = ("numpy", "scipy", "keras", "tensorflow-cpu", "tensorflow", "joblib")


def machine() -> dict[str, Any]:
    """What the numbers were measured on: processor, cores, Python, packages."""
    packages = {}
    for name in PACKAGES:
        try:
            packages[name] = version(name)
        except PackageNotFoundError:
            continue
    return {
        "processor": processor(),
        "cores": cores(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "packages": packages,
    }


def processor() -> str:
    """The processor's name, as far as the system tells."""
    listing = Path("/proc/cpuinfo")
    if sys.platform == "linux" and listing.is_file():
        for line in listing.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def table(rows: Sequence[Row], titles: Mapping[str, str]) -> Table:
    """All rows, one section a benchmark; the target beside what it is a target for.

    Args:
        rows: in the order to show them.
        titles: what each benchmark measures, in a line.
    """
    drawn = Table(title="Median of the rounds, and their range")
    drawn.add_column("what")
    for heading in ("median", "range", "target"):
        drawn.add_column(heading, justify="right", no_wrap=True)
    last = None
    for row in rows:
        if row.benchmark != last:
            drawn.add_section()
            title = titles[row.benchmark]
            drawn.add_row(f"[bold]{row.benchmark}[/bold]: {title}", "", "", "")
        drawn.add_row(row.name, number(row.median, row.unit), spread(row), target(row))
        last = row.benchmark
    return drawn


def number(value: float, unit: str = "") -> str:
    """A value with its unit, to three digits or to whole numbers.

    Example:
        >>> number(0.12345, "s"), number(6.789, "x"), number(1234.4, "MiB")
        ('0.123 s', '6.79 x', '1234 MiB')
    """
    text = f"{value:.0f}" if value >= 100 else f"{value:#.3g}".rstrip(".")
    return f"{text} {unit}".rstrip()


def spread(row: Row) -> str:
    """Lowest and highest value; nothing where there is only one."""
    if len(row.values) == 1:
        return ""
    return f"{number(row.low)} - {number(row.high)}"


def target(row: Row) -> str:
    """The target, and whether it was reached; nothing where there is none."""
    if row.reached is None:
        return ""
    at_least = row.at_least is not None
    bound = f">= {row.at_least:g}" if at_least else f"<= {row.at_most:g}"
    return f"{bound} {'reached' if row.reached else 'missed'}"


def write_json(path: Path, rows: Sequence[Row], others: float) -> None:
    """Keep every measurement, with the machine it was made on.

    Args:
        path: the file; its folder is made where it is not there.
        rows: the measurements.
        others: the share of the machine that other programs took meanwhile.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    facts = machine() | {"taken_by_others": others}
    kept = {"machine": facts, "rows": [row.as_dict() for row in rows]}
    path.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8", newline="\n")
