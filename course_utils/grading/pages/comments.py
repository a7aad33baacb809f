"""What teachers gave and wrote by hand: read from the gradebook, a class at once.

Through nbgrader's own model of the gradebook, in three queries an assignment, however
many students there are.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from course_utils.grading.assignments import Assignment
from course_utils.grading.course import Course


@dataclass(frozen=True)
class Score:
    """What one cell earned, as the gradebook has it.

    Attributes:
        points: earned, with extra credit.
        by_hand: whether a human gave them.
        waiting: whether a human still has to.
    """

    points: float
    by_hand: bool
    waiting: bool


@dataclass(frozen=True)
class Comments:
    """What the gradebook holds of one student's submission.

    Attributes:
        scores: by grade id.
        remarks: what the teacher wrote, by grade id.
        penalty: points taken off for being late.
    """

    scores: dict[str, Score] = field(default_factory=dict)
    remarks: dict[str, str] = field(default_factory=dict)
    penalty: float = 0.0


def read_comments(
    course: Course, assignment: Assignment, db: str | None = None
) -> dict[str, Comments]:
    """Points and comments of everybody who is in the gradebook, by student.

    Args:
        course: the class.
        assignment: what was handed out.
        db: the gradebook's address; by default the one in the class's settings, and
            else the SQLite file in its folder.

    Raises:
        GradingError: the gradebook cannot be read.
    """
    from nbgrader.api import Assignment as Handed
    from nbgrader.api import (
        BaseCell,
        Comment,
        Grade,
        Student,
        SubmittedAssignment,
        SubmittedNotebook,
    )
    from sqlalchemy import select

    from course_utils.grading.books.database import open_gradebook

    def rows(*columns: object, about: type | None = None) -> list:
        query = select(Student.id, *columns).select_from(SubmittedNotebook)
        query = query.join(SubmittedNotebook.assignment)
        query = query.join(SubmittedAssignment.student)
        query = query.join(SubmittedAssignment.assignment)
        if about is not None:
            query = query.join(about, about.notebook_id == SubmittedNotebook.id)
            query = query.join(BaseCell, BaseCell.id == about.cell_id)
        return list(gradebook.db.execute(query.where(Handed.name == assignment.name)))

    found: dict[str, Comments] = {}
    with open_gradebook(course, db) as gradebook:
        for student, penalty in rows(SubmittedNotebook.late_submission_penalty):
            found[student] = Comments(penalty=penalty or 0.0)
        columns = (Grade.score, Grade.manual_score, Grade.needs_manual_grade)
        for student, cell, score, by_hand, waiting in rows(
            BaseCell.name, *columns, about=Grade
        ):
            found[student].scores[cell] = Score(
                float(score or 0.0), by_hand is not None, bool(waiting)
            )
        for student, cell, text in rows(
            BaseCell.name, Comment.manual_comment, about=Comment
        ):
            if text and text.strip():
                found[student].remarks[cell] = text.strip()
    return found
