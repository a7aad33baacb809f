"""Decks and the book: how long they take, how large they get, and a second time."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Row
from benchmarks.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
LESSON = "01"
LEFT = (".git", ".venv", "build", "dist", "__pycache__", ".*_cache", ".hypothesis")
WHAT = {
    f"deck of lesson {LESSON}": ["slides", LESSON],
    "all decks": ["slides"],
    "the book": ["book"],
}


def publishing(settings: Settings) -> Iterator[Row]:
    """Decks and the book from stored notebooks: first, unchanged, one lesson changed.

    Whole commands are timed, Python's start and imports with them, on a copy of the
    course. How many files a second build wrote is a row of its own.

    Raises:
        RuntimeError: a command failed.
    """
    with tempfile.TemporaryDirectory(prefix="publishing-") as scratch:
        course = Path(scratch) / "course"
        shutil.copytree(ROOT, course, ignore=shutil.ignore_patterns(*LEFT))
        for number, (name, command) in enumerate(WHAT.items()):
            folder = Path(scratch) / str(number)
            yield Row("publishing", name, "s", (build(course, command, folder),))
            size = sum(path.stat().st_size for path in files(folder)) / 2**20
            yield Row("publishing", f"{name}: size", "MiB", (size,))
            for case, most in (("unchanged", 0), ("a lesson changed", None)):
                if case != "unchanged":
                    change(course, f" {number}")
                before = stamps(folder)
                again = build(course, command, folder)
                new = sum(before.get(path) != at for path, at in stamps(folder).items())
                yield Row("publishing", f"{name}, {case}", "s", (again,))
                title = f"{name}, {case}: files written"
                yield Row("publishing", title, "", (new,), at_most=most)


def change(course: Path, words: str) -> None:
    """Add words to the lesson's first text."""
    import nbformat

    (path,) = (course / "notebooks").glob(f"{LESSON}_*.ipynb")
    notebook = nbformat.read(path, as_version=4)
    first = next(cell for cell in notebook.cells if cell.cell_type == "markdown")
    first.source += words
    nbformat.write(notebook, path)


def build(course: Path, command: list[str], folder: Path) -> float:
    """Run `course` in a copy of the course, into a folder; the seconds it took.

    Raises:
        RuntimeError: it failed; the text ends with what it said.
    """
    words = [sys.executable, "-m", "course_utils.cli", *command, "--out", str(folder)]
    started = time.perf_counter()
    done = subprocess.run(words, cwd=course, capture_output=True, text=True)
    seconds = time.perf_counter() - started
    if done.returncode:
        said = (done.stdout + done.stderr)[-1000:]
        raise RuntimeError(f"course {' '.join(command)} failed: {said}")
    return seconds


def files(folder: Path) -> list[Path]:
    """Every file below a folder."""
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]


def stamps(folder: Path) -> dict[Path, int]:
    """When each file below a folder was written, in nanoseconds."""
    return {path: path.stat().st_mtime_ns for path in files(folder)}
