"""Grading: the same class graded by `course grade` and by `nbgrader autograde`.

Both get the same solved submissions and run as whole processes, from the command to
the filled gradebook. nbgrader executes a notebook and looks whether a check cell
raised; ours asks each function four rounds of drawn inputs behind a wall, and writes
feedback, report and table as well.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.measure import Row
from benchmarks.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
# The settings of a released course refuse to grade without a sandbox.
PLAIN = "c = get_config()\nc.CourseDirectory.course_id = 'class'\n"
CLASSES = {"NumPy": "07_optimizers", "TensorFlow": "06_transfer_learning"}


@dataclass(frozen=True)
class Cost:
    """What a command took.

    Attributes:
        seconds: wall time.
        peak_mib: the most memory that it and its children held at a time.
    """

    seconds: float
    peak_mib: float


def grading(settings: Settings) -> Iterator[Row]:
    """A class graded: submissions a minute, beside nbgrader's, and how it grows.

    Raises:
        RuntimeError: a command failed.
    """
    n = settings.submissions
    with tempfile.TemporaryDirectory(prefix="grading-") as scratch:
        for kind, lesson in CLASSES.items():
            ours = _class(Path(scratch) / f"ours-{kind}", lesson, n)
            theirs = _class(Path(scratch) / f"theirs-{kind}", lesson, n)
            mine = run(["-m", "course_utils.cli", *_grade(ours, lesson)])
            (theirs / "nbgrader_config.py").write_text(PLAIN, encoding="utf-8")
            other = run(["-m", "nbgrader", "autograde", lesson], theirs)
            for name, cost in (("course grade", mine), ("nbgrader", other)):
                title = f"{kind}, {n} submissions, {name}"
                yield Row("grading", title, "a minute", (60 * n / cost.seconds,))
                yield Row("grading", f"{title}: peak", "MiB", (cost.peak_mib,))
            faster = other.seconds / mine.seconds
            title = f"{kind}: times as fast as nbgrader"
            yield Row("grading", title, "x", (faster,), at_least=6)
        yield from _growth(settings.classes, Path(scratch))


def _growth(sizes: Sequence[int], scratch: Path) -> Iterator[Row]:
    """Seconds a submission, NumPy, from a small class to a large one."""
    lesson, each = CLASSES["NumPy"], []
    for n in sizes:
        folder = _class(scratch / str(n), lesson, n)
        cost = run(["-m", "course_utils.cli", *_grade(folder, lesson)])
        each.append(cost.seconds / n)
        yield Row("grading", f"a class of {n}", "s", (cost.seconds,))
        yield Row("grading", f"a class of {n}: peak", "MiB", (cost.peak_mib,))
        shutil.rmtree(folder)
    title = f"a submission of {sizes[-1]} over one of {sizes[0]}"
    yield Row("grading", title, "x", (each[-1] / each[0],), at_most=1.0)


def _grade(folder: Path, lesson: str) -> list[str]:
    return ["grade", "--course", str(folder), lesson]


def _class(folder: Path, lesson: str, n: int) -> Path:
    """A course folder with `n` solved submissions of a lesson."""
    import nbformat

    run(["-m", "course_utils.cli", "release", "--course", str(folder), lesson])
    path = folder / "source" / lesson / f"{lesson}.ipynb"
    solved = nbformat.read(path, as_version=4)
    for number in range(n):
        for cell in solved.cells:
            if cell.metadata.get("nbgrader", {}).get("solution") and (
                cell.cell_type == "code"
            ):
                source = cell.source.split("\n# student ")[0]
                cell.source = f"{source}\n# student {number}"
        target = folder / "submitted" / f"student{number:04}" / lesson
        target.mkdir(parents=True)
        nbformat.write(solved, target / path.name)
    return folder


def run(arguments: Sequence[str], folder: Path = ROOT) -> Cost:
    """Run Python with these arguments; its time, and its memory with its children's.

    Raises:
        RuntimeError: it failed; the text ends with what it said.
    """
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "TQDM_DISABLE": "1"}
    started, peak = time.perf_counter(), 0
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=folder,
            env=environment,
            stdout=said,
            stderr=said,
            stdin=subprocess.DEVNULL,
        )
        watched = psutil.Process(process.pid)
        while process.poll() is None:
            peak = max(peak, _held(watched))
            time.sleep(0.1)
        seconds = time.perf_counter() - started
        if process.returncode:
            said.seek(0)
            text = said.read().decode(errors="replace")[-1000:]
            raise RuntimeError(f"{' '.join(arguments)} failed: {text}")
    return Cost(seconds, peak / 2**20)


def _held(process: psutil.Process) -> int:
    """Bytes that a process and its children hold; what they share counts once."""
    total = 0
    try:
        for one in (process, *process.children(recursive=True)):
            total += one.memory_full_info().pss
    except (psutil.Error, AttributeError):  # it ended, or there is no such number here
        pass
    return total
