"""Record lessons: read the text, execute it, write the notebook."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from course_utils.notebooks.execute import Execution, execute
from course_utils.notebooks.lessons import Lesson
from course_utils.notebooks.stubs import make_stub
from course_utils.notebooks.text import read_text, write_notebook


def record_lesson(
    lesson: Lesson, on_cell: Callable[[int, int], Any] | None = None
) -> Execution:
    """Execute a lesson's text and write its notebook.

    The notebook on disk stays as it was when a cell fails.

    Args:
        lesson: which one.
        on_cell: called as ``on_cell(i, n)`` before code cell i of n starts.

    Returns:
        What it cost, in seconds and MiB.

    Raises:
        NotebookError: see `course_utils.notebooks.execute.execute`.
    """
    return _record(read_text(lesson.text), lesson.notebook, lesson.name, on_cell)


def record_stub(
    lesson: Lesson, on_cell: Callable[[int, int], Any] | None = None
) -> Execution:
    """Make the stub of a lesson's exercises, execute it and write it.

    Args:
        lesson: which one; it must have an exercise text.
        on_cell: as for `record_lesson`.

    Raises:
        NotebookError: a solution's marks are wrong, or a cell of the stub raises.
    """
    name = f"exercises/{lesson.name}"
    return _record(make_stub(lesson.exercise_text), lesson.stub, name, on_cell)


def _record(
    notebook: Any, path: Path, name: str, on_cell: Callable[[int, int], Any] | None
) -> Execution:
    path.parent.mkdir(parents=True, exist_ok=True)
    execution = execute(notebook, path.parent, name=name, on_cell=on_cell)
    write_notebook(path, notebook)
    return execution
