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

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader import api, utils
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from course_utils.grading.assignments import Assignment
from course_utils.grading.clean_notebooks import clean_notebook, handed_out
from course_utils.grading.course import Course, check_student
from course_utils.grading.database import FILLED, open_gradebook
from course_utils.grading.errors import GradingError
from course_utils.grading.nbgrader_course import settings
from course_utils.grading.records import Record
from course_utils.grading.release import record_assignment
from course_utils.grading.roster import read_roster, update_students
from course_utils.grading.table import grades, write_grades
from course_utils.grading.timestamps import NAME, Timestamp, read_timestamp, set_aside
from course_utils.lab.files import write_atomic

__all__ = ["fill", "grades", "write_grades"]

NO_RESPONSE = "No response."


@dataclass(frozen=True)
class _Known:
    """What the gradebook knows of an assignment: the ids of its rows."""

    assignment: api.Assignment
    notebook: str
    graded: dict[str, str]
    written: dict[str, str]


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
        known = _known(course, assignment, gradebook, db)
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
                filled += _submission(session, known, record, notebook, time, late)
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


def _known(
    course: Course, assignment: Assignment, gradebook: api.Gradebook, db: str | None
) -> _Known:
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
                    return _Known(
                        notebook.assignment,
                        notebook.id,
                        {cell.name: cell.id for cell in cells},
                        {cell.name: cell.id for cell in notebook.solution_cells},
                    )
        if not attempt:
            record_assignment(course, assignment.name, db)
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


def _submission(
    session: Session,
    known: _Known,
    record: Record,
    notebook: NotebookNode,
    time: Timestamp | None,
    late: AssignLatePenalties,
) -> bool:
    """Fill in one submission; say whether there was anything new in it."""
    submission = _found(session, known, record.student)
    new = submission is None
    if new:
        submission = _made(session, known, record.student)
    if time is not None:
        submission.timestamp = time.utc
    (submitted,) = (n for n in submission.notebooks if n.notebook_id == known.notebook)
    digest = _digest(record, known)
    noted = select(FILLED.c.digest).where(FILLED.c.submission_id == submission.id)
    changed = new or session.execute(noted).scalar() != digest
    if changed:
        _save_grades(submitted, known, notebook)
        row = FILLED.c.submission_id == submission.id
        session.execute(delete(FILLED).where(row))
        session.execute(
            insert(FILLED).values(submission_id=submission.id, digest=digest)
        )
    submitted.late_submission_penalty = _penalty(submission, submitted, known, late)
    return changed


def _found(
    session: Session, known: _Known, student: str
) -> api.SubmittedAssignment | None:
    query = select(api.SubmittedAssignment).where(
        api.SubmittedAssignment.assignment_id == known.assignment.id,
        api.SubmittedAssignment.student_id == student,
    )
    return session.scalars(query).one_or_none()


def _made(session: Session, known: _Known, student: str) -> api.SubmittedAssignment:
    """A new submission with all its rows, as `Gradebook.add_submission` makes them."""
    if session.get(api.Student, student) is None:
        session.add(api.Student(id=student))
    submission = api.SubmittedAssignment(
        id=api.new_uuid(), assignment_id=known.assignment.id, student_id=student
    )
    notebook = api.SubmittedNotebook(notebook_id=known.notebook, assignment=submission)
    for cell in known.graded.values():
        api.Grade(cell_id=cell, notebook=notebook)
    for cell in known.written.values():
        api.Comment(cell_id=cell, notebook=notebook)
    session.add(submission)
    session.flush()
    return submission


def _save_grades(
    submitted: api.SubmittedNotebook, known: _Known, notebook: NotebookNode
) -> None:
    """What nbgrader's `SaveAutoGrades` does, in one transaction."""
    grades = {grade.cell_id: grade for grade in submitted.grades}
    comments = {comment.cell_id: comment for comment in submitted.comments}
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if utils.is_grade(cell):
            grade = grades[known.graded[name]]
            grade.auto_score, _ = utils.determine_grade(cell)
            grade.needs_manual_grade = (
                grade.manual_score is not None or grade.auto_score is None
            )
        if utils.is_solution(cell):
            untouched = cell.metadata.nbgrader.checksum == utils.compute_checksum(cell)
            comments[known.written[name]].auto_comment = (
                NO_RESPONSE if untouched else None
            )


def _penalty(
    submission: api.SubmittedAssignment,
    submitted: api.SubmittedNotebook,
    known: _Known,
    late: AssignLatePenalties,
) -> float | None:
    """What nbgrader's `AssignLatePenalties` takes off, by the class's own settings."""
    due = known.assignment.duedate
    if due is None or submission.timestamp is None:
        return None
    seconds = (submission.timestamp - due).total_seconds()
    if submission.extension is not None:
        seconds -= submission.extension.total_seconds()
    if seconds <= 0:
        return None
    score = sum(_score(grade) for grade in submitted.grades)
    penalty = late.plugin_inst.late_submission_penalty(
        submission.student_id, score, seconds
    )
    return None if penalty is None else min(max(float(penalty), 0.0), score)


def _score(grade: api.Grade) -> float:
    if grade.manual_score is None and grade.auto_score is None:
        return 0.0
    by_hand = grade.manual_score is not None
    given = grade.manual_score if by_hand else grade.auto_score
    return given + (grade.extra_credit or 0.0)


def _digest(record: Record, known: _Known) -> str:
    """What the rows of a submission follow from, hashed; how long it took does not."""
    marks = [asdict(mark) | {"seconds": 0.0} for mark in record.marks]
    parts = [known.notebook, marks, record.answers, record.sources]
    text = json.dumps(parts, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
