"""One submission's rows in nbgrader's tables, made and filled in as nbgrader does it.

By the rules of `Gradebook.add_submission`, `SaveAutoGrades` and `AssignLatePenalties`,
which commit at every step; here the caller does, once. One rule is another: nbgrader
puts all points that a human gave up for review, whatever was handed in; here those
alone under which the work changed.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

from nbformat import NotebookNode
from nbgrader import api, utils
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from course_utils.grading.books.database import FILLED, GRADED
from course_utils.grading.books.timestamps import Timestamp
from course_utils.grading.records import Record

NO_RESPONSE = "No response."


@dataclass(frozen=True)
class Known:
    """What the gradebook knows of an assignment.

    Attributes:
        assignment: its row.
        notebook: the id of its notebook.
        graded: ids of the cells that earn points, by their names.
        written: ids of the cells that students write in, by their names.
    """

    assignment: api.Assignment
    notebook: str
    graded: dict[str, str]
    written: dict[str, str]


def fill_in(
    session: Session,
    known: Known,
    record: Record,
    notebook: NotebookNode,
    time: Timestamp | None,
    late: AssignLatePenalties,
) -> bool:
    """Fill in one submission, without a commit.

    A submission that was filled from the same work before keeps its points and is not
    put up for review. When it was handed in, and what being late costs, is always
    brought up to date.

    Args:
        session: of the gradebook.
        known: the assignment.
        record: what marking came to.
        notebook: the marked copy made from it, with the points behind each check.
        time: when it was handed in; None where unknown.
        late: what being late costs, by the class's settings.

    Returns:
        Whether there was anything new in it.
    """
    submission = _found(session, known, record.student)
    new = submission is None
    if new:
        submission = _made(session, known, record.student)
    if time is not None:
        submission.timestamp = time.utc
    (submitted,) = (n for n in submission.notebooks if n.notebook_id == known.notebook)
    digest = _digest(record, known)
    noted = FILLED.c.submission_id == submission.id
    changed = new or session.scalar(select(FILLED.c.digest).where(noted)) != digest
    if changed:
        mine = GRADED.c.submission_id == submission.id
        rows = session.execute(select(GRADED.c.cell_id, GRADED.c.digest).where(mine))
        before = {cell: digest for cell, digest in rows}
        after = _cell_digests(record, known, notebook)
        moved = {cell for cell in after if before.get(cell) != after[cell]}
        _save_grades(submitted, known, notebook, moved)
        session.execute(delete(GRADED).where(mine))
        for cell, found in after.items():
            row = {"submission_id": submission.id, "cell_id": cell, "digest": found}
            session.execute(insert(GRADED).values(row))
        session.execute(delete(FILLED).where(noted))
        session.execute(
            insert(FILLED).values(submission_id=submission.id, digest=digest)
        )
    submitted.late_submission_penalty = _penalty(submission, submitted, known, late)
    return changed


def _found(
    session: Session, known: Known, student: str
) -> api.SubmittedAssignment | None:
    query = select(api.SubmittedAssignment).where(
        api.SubmittedAssignment.assignment_id == known.assignment.id,
        api.SubmittedAssignment.student_id == student,
    )
    return session.scalars(query).one_or_none()


def _made(session: Session, known: Known, student: str) -> api.SubmittedAssignment:
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
    submitted: api.SubmittedNotebook,
    known: Known,
    notebook: NotebookNode,
    moved: set[str],
) -> None:
    """What nbgrader's `SaveAutoGrades` does, in one transaction, with our rule.

    Args:
        submitted: the rows to fill in.
        known: the assignment.
        notebook: the marked copy.
        moved: ids of the graded cells whose work is another than before.
    """
    grades = {grade.cell_id: grade for grade in submitted.grades}
    comments = {comment.cell_id: comment for comment in submitted.comments}
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if utils.is_grade(cell):
            grade = grades[known.graded[name]]
            grade.auto_score, _ = utils.determine_grade(cell)
            if grade.manual_score is None:
                grade.needs_manual_grade = grade.auto_score is None
            elif grade.cell_id in moved:
                grade.needs_manual_grade = True
        if utils.is_solution(cell):
            untouched = cell.metadata.nbgrader.checksum == utils.compute_checksum(cell)
            comments[known.written[name]].auto_comment = (
                NO_RESPONSE if untouched else None
            )


def _penalty(
    submission: api.SubmittedAssignment,
    submitted: api.SubmittedNotebook,
    known: Known,
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


def _digest(record: Record, known: Known) -> str:
    """What the rows of a submission follow from, hashed; how long it took does not."""
    marks = [asdict(mark) | {"seconds": 0.0} for mark in record.marks]
    return _hashed([known.notebook, marks, record.answers, record.sources])


def _cell_digests(
    record: Record, known: Known, notebook: NotebookNode
) -> dict[str, str]:
    """By graded cell's id: what its points are for, hashed.

    That is the answer, or a function's source and the points its check gave.
    """
    named = (
        (c.metadata.get("nbgrader", {}).get("grade_id"), c) for c in notebook.cells
    )
    cells = dict(named)
    marks = {mark.exercise: mark for mark in record.marks}
    found = {}
    for name, cell in known.graded.items():
        exercise = name.removeprefix("check-")
        if utils.is_solution(cells[name]):
            parts = [record.answers.get(name, "").strip()]
        else:
            mark = marks.get(exercise)
            source = record.sources.get(exercise, "").strip()
            parts = [source, mark and [mark.outcome, mark.points]]
        found[cell] = _hashed(parts)
    return found


def _hashed(parts: list) -> str:
    text = json.dumps(parts, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
