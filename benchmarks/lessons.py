"""The notebooks: how long each runs and how much memory it takes."""

from __future__ import annotations

from pathlib import Path

from benchmarks.measure import Row
from benchmarks.settings import Settings

ROOT = Path(__file__).resolve().parents[1]


def lessons(settings: Settings) -> list[Row]:
    """Every notebook run once as a replay runs it, seconds and peak memory.

    The kernel's start is in the time, and the processes that the kernel starts are in
    the memory. Nothing is saved.
    """
    from course_utils.notebooks.execute import execute
    from course_utils.notebooks.text import read_notebook

    rows = []
    for path in notebooks(ROOT / "notebooks"):
        name = path.relative_to(ROOT / "notebooks").with_suffix("").as_posix()
        cost = execute(read_notebook(path), path.parent, name=name)
        rows.append(Row("lessons", name, "s", (cost.seconds,)))
        rows.append(Row("lessons", f"{name}: peak", "MiB", (cost.peak_mib,)))
    return rows


def notebooks(folder: Path) -> list[Path]:
    """Lessons first, then exercises, each in order."""
    return [*sorted(folder.glob("*.ipynb")), *sorted(folder.glob("exercises/*.ipynb"))]
