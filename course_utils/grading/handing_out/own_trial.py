"""A teacher's own exercise, tried before a class gets it.

Its solution must pass its own check. Both are the teacher's own code, which is trusted,
so both run here, without a sandbox.
"""

from __future__ import annotations

import contextlib
import io
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from nbformat import NotebookNode

from course_utils.checks.exercise import Exercise
from course_utils.checks.guard import Stopped
from course_utils.checks.result import Result
from course_utils.grading.errors import GradingError


def try_solutions(
    folder: Path, solved: NotebookNode, exercises: Sequence[Exercise]
) -> None:
    """Run a solved exercise, and ask each of its functions what students are asked.

    Args:
        folder: the exercise's, ``exercises/SLUG``, with `checks.py` in it.
        solved: its text, with solutions.
        exercises: its checks.

    Raises:
        GradingError: a check names another folder; a cell raises; a check raises or
            finds a solution wrong.
    """
    place = f"exercises/{folder.name}"
    for exercise in exercises:
        if exercise.slug != folder.name:
            raise GradingError(
                f"{place}/checks.py says SLUG = {exercise.slug!r}, but its folder is "
                f"{folder.name}: write SLUG = {folder.name!r}"
            )
    defined, problem = _run(solved, place)
    for exercise in exercises:
        fn = defined.get(exercise.name)
        if not callable(fn):
            raise problem or GradingError(
                f"{place}/exercise.py defines no function {exercise.name}"
            )
        _try(exercise, fn, folder, place)
    if problem:
        raise problem


def _run(
    solved: NotebookNode, place: str
) -> tuple[dict[str, Any], GradingError | None]:
    """What the cells define, run in one namespace, and the first that raised."""
    import matplotlib

    matplotlib.use("Agg")
    problem = None
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for number, cell in enumerate(solved.cells, start=1):
        if cell.cell_type != "code":
            continue
        name = f"<cell {number}>"
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(cell.source, name, "exec"), namespace)
        except (Exception, SystemExit) as error:
            line = _line(error, name)
            problem = problem or GradingError(
                f"{place}/exercise.py, cell {number}, line {line}: {_said(error)}"
            )
    return namespace, problem


def _try(exercise: Exercise, fn: Callable, folder: Path, place: str) -> None:
    """Ask a solution as a student's function is asked."""
    checks = folder / "checks.py"
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            result = exercise.judging(fn, np.random.default_rng(0))
    except Stopped as stopped:
        result = stopped.result
    except (Exception, SystemExit) as error:
        line = _line(error, str(checks))
        where = f", line {line}" if line else ""
        raise GradingError(f"{place}/checks.py{where}: {_said(error)}") from error
    if not isinstance(result, Result):
        code = getattr(exercise.judging, "__code__", None)
        where = f", line {code.co_firstlineno}" if code else ""
        raise GradingError(
            f"{place}/checks.py{where}: TypeError: the check of {exercise.name} must "
            f"return a Result, got {type(result).__name__}"
        )
    if not result.correct:
        rows = (f"{label} {text}" for label, text in result.rows())
        found = "; ".join(rows).replace("you returned", "it returned")
        raise GradingError(
            f"{place}: the solution of {exercise.name} is not accepted by its own "
            f"check: {result.message}" + (f" ({found})" if found else "")
        )


def _line(error: BaseException, file: str) -> int:
    """The last line of a file that an error came through; 0 where it did not."""
    if isinstance(error, SyntaxError) and error.filename == file:
        return error.lineno or 0
    frames = traceback.extract_tb(error.__traceback__)
    return next((f.lineno or 0 for f in reversed(frames) if f.filename == file), 0)


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".removesuffix(": ")
