"""What was handed out: an assignment's exercises, questions and cells.

Everything is read from the instructor's notebook in `source`, which `release` wrote:
its cells carry nbgrader's metadata, and the notebook's own metadata says, under
``course_utils``, where the checks are.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from dataclasses import dataclass, replace
from pathlib import Path

from nbformat import NotebookNode

from course_utils.checks.exercise import Exercise
from course_utils.grading.course import Course
from course_utils.grading.errors import GradingError
from course_utils.grading.loading import checks_digest, load_exercises
from course_utils.notebooks.errors import CourseError
from course_utils.notebooks.stubs import remove_solutions, split_mark_scheme
from course_utils.notebooks.text import read_notebook

_TENSORFLOW = re.compile(
    r"^\s*(?:import|from)\s+(?:keras|tensorflow"
    r"|course_utils\.(?:in_keras|transfer_learning))\b",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Task:
    """One exercise of an assignment.

    Attributes:
        exercise: its check, with name, points and what it forbids.
        solution: the grade id of the cell in which the function is written.
        check: the grade id of the cell that earns the points.
    """

    exercise: Exercise
    solution: str
    check: str


@dataclass(frozen=True)
class Question:
    """An open question, marked by a human.

    Attributes:
        answer: the grade id of the cell for the answer.
        points: the most there is to earn.
        rubric: what earns them, for the teacher.
    """

    answer: str
    points: float
    rubric: str


@dataclass(frozen=True)
class Given:
    """A cell as it was handed out.

    Attributes:
        grade_id: nbgrader's name for it; empty where it has none.
        kind: "code" or "markdown".
        role: "solution", "check", "answer", or "text" for all that is only read or run.
        source: what a student got.
    """

    grade_id: str
    kind: str
    role: str
    source: str


@dataclass(frozen=True)
class Assignment:
    """What was handed out.

    Attributes:
        name: of the folder and the notebook, for example ``07_optimizers``.
        tasks: the exercises, in their order.
        questions: the open questions, in their order.
        cells: all cells of the released notebook.
        tensorflow: whether submissions may need TensorFlow.
        digest: SHA-256 of the instructor's notebook and its checks, in hexadecimal.
    """

    name: str
    tasks: tuple[Task, ...]
    questions: tuple[Question, ...]
    cells: tuple[Given, ...]
    tensorflow: bool
    digest: str


def load_assignment(course: Course, name: str) -> Assignment:
    """Read a released assignment and its checks.

    Args:
        course: the class.
        name: of the assignment, for example ``07_optimizers``.

    Raises:
        GradingError: it is not released, or what was released was altered since so
            that it cannot be graded.
    """
    source = course.source / name / f"{name}.ipynb"
    notebook = _read(course, source, name)
    checks = notebook.metadata.get("course_utils", {}).get("checks", "")
    exercises = {one.name: one for one in load_exercises(course, checks)}
    given, tasks, questions = [], [], []
    roles: dict[str, str] = {}
    rubric = ""
    for cell in notebook.cells:
        source_text, scheme = _as_handed_out(cell, name)
        grade_id, role = _role(cell)
        if grade_id in roles and grade_id:
            raise GradingError(f"{source} has two cells with the id {grade_id}")
        roles[grade_id] = role
        given.append(Given(grade_id, cell.cell_type, role, source_text))
        rubric = scheme or rubric
        if role == "check":
            asked = grade_id.removeprefix("check-")
            if asked not in exercises:
                raise GradingError(
                    f"{source} has a cell {grade_id}, but {checks} no exercise {asked}"
                )
            points = float(cell.metadata["nbgrader"]["points"])
            tasks.append(
                Task(replace(exercises[asked], points=points), asked, grade_id)
            )
        elif role == "answer":
            points = float(cell.metadata["nbgrader"]["points"])
            questions.append(Question(grade_id, points, rubric))
            rubric = ""
    _check_whole(tasks, roles, exercises, source)
    return Assignment(
        name=name,
        tasks=tuple(tasks),
        questions=tuple(questions),
        cells=tuple(given),
        tensorflow=any(
            _TENSORFLOW.search(cell.source)
            for cell in notebook.cells
            if cell.cell_type == "code"
        ),
        digest=_digest(source, checks_digest(course, checks)),
    )


def load_checks(course: Course, assignment_name: str) -> tuple[Exercise, ...]:
    """The exercises of an assignment, as its checks define them.

    Raises:
        GradingError: it is not released, or its checks cannot be loaded.
    """
    path = course.source / assignment_name / f"{assignment_name}.ipynb"
    notebook = _read(course, path, assignment_name)
    where = notebook.metadata.get("course_utils", {}).get("checks", "")
    return load_exercises(course, where)


def released(course: Course) -> list[str]:
    """The names of all released assignments, in alphabetical order."""
    return sorted(
        path.stem
        for path in course.source.glob("*/*.ipynb")
        if path.stem == path.parent.name
    )


def _read(course: Course, path: Path, name: str) -> NotebookNode:
    there = released(course)
    if name not in there:
        near = difflib.get_close_matches(name, there, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(there)}"
        hint = hint if there else "nothing is released yet: `course release` does it"
        raise GradingError(
            f"there is no assignment {name!r} in {course.folder}; {hint}"
        )
    try:
        return read_notebook(path)
    except CourseError as error:
        raise GradingError(f"{error}. `course release` writes it anew") from None


def _role(cell: NotebookNode) -> tuple[str, str]:
    """A cell's grade id and role."""
    meta = cell.metadata.get("nbgrader", {})
    grade, solution = bool(meta.get("grade")), bool(meta.get("solution"))
    roles = {
        (True, True): "answer",
        (True, False): "check",
        (False, True): "solution",
        (False, False): "text",
    }
    return str(meta.get("grade_id", "")), roles[grade, solution]


def _as_handed_out(cell: NotebookNode, name: str) -> tuple[str, str]:
    """A cell's source without what students do not get, and its mark scheme."""
    try:
        if cell.cell_type == "code":
            return remove_solutions(cell.source), ""
        return split_mark_scheme(cell.source)
    except ValueError as error:
        raise GradingError(f"{name}: {error}") from None


def _check_whole(
    tasks: list[Task], roles: dict[str, str], exercises: dict, source: Path
) -> None:
    asked = {task.exercise.name for task in tasks}
    for name in exercises:
        if roles.get(name) != "solution":
            raise GradingError(f"{source} has no cell for the solution of {name}")
        if name not in asked:
            raise GradingError(f"{source} has no cell that checks {name}")


def _digest(source: Path, checks: str) -> str:
    digest = hashlib.sha256(source.read_bytes())
    digest.update(checks.encode())
    return digest.hexdigest()
