"""``course release``: from solved exercises to what a class gets.

Releasing again with nothing changed changes nothing; with changed text it updates
`source`, `release` and the gradebook's knowledge of both. What students handed in,
what was marked, the secret and the teacher's settings are never touched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course_utils.grading.books.database import open_gradebook
from course_utils.grading.course import Course
from course_utils.grading.errors import GradingError
from course_utils.grading.handing_out.authoring import instructors_notebook
from course_utils.grading.handing_out.nbgrader_course import generate, write_settings
from course_utils.grading.handing_out.origins import Origin, origins
from course_utils.grading.handing_out.own_trial import try_solutions
from course_utils.grading.loading import load_exercises
from course_utils.lab.files import write_atomic
from course_utils.notebooks.text import read_text


@dataclass(frozen=True)
class Released:
    """What was released.

    Attributes:
        name: the assignment's.
        notebook: what students get.
        change: "new", "updated" or "unchanged".
        exercises: how many functions are asked for.
        questions: how many open questions there are.
        points: the most there is to earn, by hand and by machine.
    """

    name: str
    notebook: Path
    change: str
    exercises: int
    questions: int
    points: float


def release(course: Course, root: Path, lessons: Sequence[str] = ()) -> list[Released]:
    """Build or update the nbgrader course of a class.

    Args:
        course: the class; its folder is made where there is none.
        root: the folder of the course's own repository, with the exercises' texts.
        lessons: lessons as everywhere (``7``, ``07``, ``optimizers``), or the names of
            folders in the class's `exercises`; all lessons and all folders by default.

    Raises:
        CourseError: there is no such lesson or folder.
        GradingError: an exercise is not fit to be released, or students have grades
            already that the change would spoil. What was released before that stays.
    """
    chosen = origins(course, root, lessons)
    course.make_secret()
    write_settings(course)
    for folder in (course.source, course.release, course.submitted):
        folder.mkdir(parents=True, exist_ok=True)
    return [_release(course, origin) for origin in chosen]


def _release(course: Course, origin: Origin) -> Released:
    exercises = load_exercises(course, origin.checks)
    solved = read_text(origin.text)
    made = instructors_notebook(solved, exercises, origin.checks, origin.name)
    if origin.own:
        try_solutions(origin.text.parent, solved, exercises)
    _refuse_to_spoil(course, made, origin)
    source = course.source / origin.name / f"{origin.name}.ipynb"
    handed = course.release / origin.name / f"{origin.name}.ipynb"
    new = not handed.exists()
    same = _write(source, made)
    student = generate(course, origin.name, record=not same)
    if same and not _recorded(course, made, student, origin.name):
        student, same = generate(course, origin.name), False
    same &= _write(handed, student)
    meta = [cell.metadata.get("nbgrader", {}) for cell in made.cells]
    return Released(
        name=origin.name,
        notebook=handed,
        change="new" if new else "unchanged" if same else "updated",
        exercises=len(exercises),
        questions=sum(bool(m.get("grade") and m.get("solution")) for m in meta),
        points=sum(m.get("points", 0.0) for m in meta),
    )


def record_assignment(course: Course, name: str, db: str | None = None) -> None:
    """Let a gradebook know a released assignment, its cells and its points.

    Args:
        course: the class.
        name: the assignment's.
        db: the gradebook's address; the course's own by default.

    Raises:
        GradingError: nbgrader refuses, or the database cannot be reached.
    """
    source = course.source / name / f"{name}.ipynb"
    made = nbformat.read(source, as_version=4)
    if not _recorded(course, made, generate(course, name, record=False), name, db):
        generate(course, name, db)


def _write(path: Path, notebook: NotebookNode) -> bool:
    """Write a notebook; say whether the same one was there."""
    if _same(path, notebook):
        return True
    nbformat.validate(notebook)
    write_atomic(path, _bytes(notebook))
    return False


def _same(path: Path, notebook: NotebookNode) -> bool:
    try:
        return path.read_bytes() == _bytes(notebook)
    except OSError:
        return False


def _bytes(notebook: NotebookNode) -> bytes:
    """A notebook as nbgrader writes it, byte for byte."""
    return (nbformat.writes(notebook, version=4).rstrip("\n") + "\n").encode()


def _cells(made: NotebookNode) -> dict[str, NotebookNode]:
    return {
        cell.metadata["nbgrader"]["grade_id"]: cell
        for cell in made.cells
        if "nbgrader" in cell.metadata
    }


def _recorded(
    course: Course,
    made: NotebookNode,
    student: NotebookNode,
    name: str,
    db: str | None = None,
) -> bool:
    """Whether the gradebook has this very assignment: cells, points and texts."""
    from nbgrader.api import MissingEntry

    public = _cells(student)
    expected = {
        grade_id: (
            cell if cell.metadata["nbgrader"]["locked"] else public[grade_id]
        ).source
        for grade_id, cell in _cells(made).items()
    }
    points = {
        grade_id: cell.metadata["nbgrader"]["points"]
        for grade_id, cell in _cells(made).items()
        if cell.metadata["nbgrader"]["grade"]
    }
    with open_gradebook(course, db) as book:
        try:
            known = book.find_notebook(name, name)
        except MissingEntry:
            return False
        return expected == {c.name: c.source for c in known.source_cells} and (
            points == {c.name: c.max_score for c in known.grade_cells}
        )


def _refuse_to_spoil(course: Course, made: NotebookNode, origin: Origin) -> None:
    """Keep grades that exist valid.

    Points that a machine gave are given anew by the next ``course grade``. Points that
    a human gave are not, and nbgrader cannot add cells to what is graded or take them
    away.
    """
    from nbgrader.api import MissingEntry

    name, cells = origin.name, _cells(made)
    with open_gradebook(course) as book:
        try:
            known = book.find_notebook(name, name)
        except MissingEntry:
            return
        graded = len(known.submissions)
        if not graded:
            return
        changed = sorted({c.name for c in known.source_cells} ^ set(cells))
        if changed:
            raise GradingError(
                f"{name} is graded for {graded} of the class already, and cells cannot "
                f"come or go any more: {', '.join(changed)}. Release it "
                f"{'' if origin.own else 'as an exercise of your own '}"
                "under another name"
            )
        for cell in known.grade_cells:
            points = cells[cell.name].metadata["nbgrader"]["points"]
            by_hand = sum(grade.manual_score is not None for grade in cell.grades)
            if by_hand and points != cell.max_score:
                raise GradingError(
                    f"{name}: {cell.name} would be worth {points:g} points instead of "
                    f"{cell.max_score:g}, but it is marked by hand for {by_hand} of "
                    "the class already. Put the points back"
                )
