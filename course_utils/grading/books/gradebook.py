"""Phase two: from records to nbgrader's gradebook, and the copies formgrader shows.

Serial and quick: nothing is run and no submitted notebook is opened. What a submission
came to is put into nbgrader's own tables through nbgrader's own model, by the rules of
its `SaveAutoGrades` and `AssignLatePenalties`: an open question waits for a human
unless there is no answer, and what a teacher gave or wrote by hand stays; where the
work changed under it, it is put up for review.

Each submission is one transaction, within which it is noted what it was filled from;
its marked copy is written before. So a run that is killed at any moment is completed by
the next, and what has not changed is not touched.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader import api
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import select
from sqlalchemy.orm import Session

from course_utils.grading.assignments import Assignment
from course_utils.grading.books.clean_notebooks import clean_notebook, handed_out
from course_utils.grading.books.database import address, open_gradebook
from course_utils.grading.books.roster import read_roster, update_students
from course_utils.grading.books.submitted_rows import Known, fill_in
from course_utils.grading.books.table import grades, write_grades
from course_utils.grading.books.timestamps import (
    NAME,
    Timestamp,
    read_timestamp,
    set_aside,
)
from course_utils.grading.course import Course, check_student
from course_utils.grading.errors import GradingError
from course_utils.grading.handing_out.nbgrader_course import settings
from course_utils.grading.handing_out.release import record_assignment
from course_utils.grading.records import Record
from course_utils.lab.files import write_atomic

__all__ = ["fill", "grades", "write_grades"]


def fill(
    course: Course,
    assignment: Assignment,
    records: Iterable[Record],
    db: str | None = None,
) -> int:
    """Bring the gradebook and the marked copies up to date with some records.

    Students are made where the gradebook has none, with the names that the course
    folder's ``students.csv`` gives them.

    Args:
        course: the class.
        assignment: what was handed out.
        records: what marking came to, one a student.
        db: the gradebook's address; the class's own by default.

    Returns:
        How many submissions were new or had changed.

    Raises:
        GradingError: the gradebook cannot be used, or ``students.csv`` not be read.
    """
    roster = read_roster(course)
    late = AssignLatePenalties(config=settings(course))
    late.init_plugin()
    blank, filled = handed_out(assignment), 0
    with open_gradebook(course, db) as gradebook:
        known = _known(course, assignment, gradebook)
        with Session(gradebook.engine, expire_on_commit=False) as session:
            update_students(session, roster)
            session.commit()
            for record in records:
                _check(record, assignment)
                folder = Path(record.student) / assignment.name
                time = read_timestamp(course.submitted / folder)
                if time is None:
                    set_aside(course.submitted / folder)
                notebook = clean_notebook(assignment, record, blank)
                _write(course.autograded / folder, assignment.name, notebook, time)
                filled += fill_in(session, known, record, notebook, time, late)
                session.commit()
                session.expunge_all()
    return filled


def _check(record: Record, assignment: Assignment) -> None:
    check_student(record.student)
    if record.assignment != assignment.name:
        raise GradingError(
            f"a record of {assignment.name} is expected, got one of "
            f"{record.assignment} by {record.student}"
        )


def _known(course: Course, assignment: Assignment, gradebook: api.Gradebook) -> Known:
    """The assignment in the gradebook; recorded there where it is not yet."""
    points = {task.check: float(task.exercise.points) for task in assignment.tasks}
    points |= {one.answer: float(one.points) for one in assignment.questions}
    for attempt in range(2):
        with Session(gradebook.engine, expire_on_commit=False) as session:
            query = select(api.Notebook).join(api.Notebook.assignment)
            query = query.where(api.Assignment.name == assignment.name)
            notebook = session.scalars(
                query.where(api.Notebook.name == assignment.name)
            ).one_or_none()
            if notebook is not None:
                cells = notebook.grade_cells
                if points == {cell.name: cell.max_score for cell in cells}:
                    return Known(
                        notebook.assignment,
                        notebook.id,
                        {cell.name: cell.id for cell in cells},
                        {cell.name: cell.id for cell in notebook.solution_cells},
                    )
        if not attempt:
            record_assignment(course, assignment.name, address(gradebook.engine.url))
    raise GradingError(
        f"the gradebook has other cells or points for {assignment.name} than its "
        "notebook in source: course release brings them together"
    )


def _write(
    folder: Path, name: str, notebook: NotebookNode, time: Timestamp | None
) -> None:
    """Write the marked copy and its date, where they are not there already."""
    files = {f"{name}.ipynb": nbformat.writes(notebook) + "\n"}
    if time is not None:
        files[NAME] = time.text
    for file, text in files.items():
        path, data = folder / file, text.encode()
        try:
            same = path.read_bytes() == data
        except OSError:
            same = False
        if not same:
            write_atomic(path, data)
    if time is None:
        (folder / NAME).unlink(missing_ok=True)
