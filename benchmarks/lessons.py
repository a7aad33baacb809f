"""The notebooks: how long each runs and how much memory it takes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Row
from benchmarks.settings import Settings

ROOT = Path(__file__).resolve().parents[1]


def lessons(settings: Settings) -> Iterator[Row]:
    """Every notebook run once as a replay runs it, seconds and peak memory.

    The kernel's start is in the time, and the processes that the kernel starts are in
    the memory. Nothing is saved.

    Raises:
        CourseError: notebooks failed; after the rows of all the others.
    """
    from course_utils.notebooks.errors import CourseError, NotebookError
    from course_utils.notebooks.execute import execute
    from course_utils.notebooks.text import read_notebook

    problems, together = [], 0.0
    for path in notebooks(ROOT / "notebooks"):
        name = path.relative_to(ROOT / "notebooks").with_suffix("").as_posix()
        try:
            cost = execute(read_notebook(path), path.parent, name=name)
        except NotebookError as problem:
            problems.append(str(problem))
            continue
        yield Row("lessons", name, "s", (cost.seconds,))
        yield Row("lessons", f"{name}: peak", "MiB", (cost.peak_mib,))
        together += cost.seconds
    if together:
        yield Row("lessons", "all of these together", "s", (together,))
    if problems:
        raise CourseError("\n".join(problems))


def notebooks(folder: Path) -> list[Path]:
    """Lessons first, then exercises, each in order."""
    return [*sorted(folder.glob("*.ipynb")), *sorted(folder.glob("exercises/*.ipynb"))]
