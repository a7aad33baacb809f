"""A page for each student: what was right, one case of what was not, and the points.

Made from the record and the gradebook alone, and self-contained: one file to open, to
print or to send. Nothing of the inputs stands in it but the one counterexample that the
check chose.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from course_utils.grading.assignments import Assignment, Question
from course_utils.grading.course import Course, check_student
from course_utils.grading.pages.comments import Comments, Score, read_comments
from course_utils.grading.pages.handing_back import keep_for_exchange
from course_utils.grading.pages.rendering import LOOKS, render, write_page
from course_utils.grading.pages.wording import (
    message_of,
    reflowed,
    rounds_in_words,
    title_of,
    waiting_in_words,
)
from course_utils.grading.records import Mark, Record

__all__ = ["feedback_page", "read_comments", "write_feedback"]


@dataclass(frozen=True)
class _Shown:
    """An exercise or an open question as the page shows it."""

    name: str
    points: float
    possible: float
    symbol: str
    kind: str
    called: str
    remarks: tuple[str, ...] = ()
    by_hand: bool = False
    waiting: bool = False
    again: bool = False
    # Of exercises.
    tested: float = 0.0
    rounds: str = ""
    message: str = ""
    caption: str = ""
    rows: tuple[tuple[str, str], ...] = ()
    source: str = ""
    questions: tuple[_Shown, ...] = ()
    # Of open questions.
    title: str = ""
    place: str = ""
    asked: str = ""
    answer: str = ""


def write_feedback(
    course: Course,
    assignment: Assignment,
    record: Record,
    comments: Comments | None = None,
) -> Path:
    """Write one student's page to where nbgrader's tools look for it.

    Args:
        course: the class.
        assignment: what was handed out.
        record: of the student's marked submission.
        comments: what `read_comments` has of the student; None where the gradebook
            knows nothing yet.

    Returns:
        The page: feedback/STUDENT/ASSIGNMENT/ASSIGNMENT.html.

    Raises:
        GradingError: the student's name is no name of a folder.
        OSError: the page cannot be written.
    """
    student = check_student(record.student)
    folder = course.feedback / student / assignment.name
    page = feedback_page(assignment, record, comments)
    path = write_page(folder / f"{assignment.name}.html", page)
    keep_for_exchange(course.submitted / student / assignment.name, folder)
    return path


def feedback_page(
    assignment: Assignment, record: Record, comments: Comments | None = None
) -> str:
    """One student's page as HTML. See `write_feedback`."""
    comments = comments or Comments()
    solutions = {task.exercise.name: task for task in assignment.tasks}
    questions = [
        _question(index, question, assignment, record, comments)
        for index, question in enumerate(assignment.questions, start=1)
    ]
    exercises = []
    for mark in record.marks:
        task = solutions.get(mark.exercise)
        cells = (task.solution, task.check) if task else ()
        score = comments.scores.get(task.check) if task else None
        exercises.append(
            _exercise(
                mark,
                record.sources.get(task.solution, "") if task else "",
                score,
                tuple(comments.remarks[c] for c in cells if c in comments.remarks),
                tuple(q for q in questions if q.name == mark.exercise),
            )
        )
    names = {exercise.name for exercise in exercises}
    parts = [*exercises, *questions]
    points = sum(part.points for part in parts) - comments.penalty
    return render(
        "feedback.html",
        page={
            "title": title_of(assignment.name),
            "student": record.student,
            "points": max(points, 0.0),
            "possible": sum(part.possible for part in parts),
            "penalty": comments.penalty,
            "waiting": waiting_in_words(
                sum(question.waiting for question in questions),
                sum(part.again for part in parts),
            ),
            "notes": record.notes,
            "exercises": exercises,
            "questions": questions,
            "others": [q for q in questions if q.name not in names],
        },
    )


def _exercise(
    mark: Mark,
    source: str,
    score: Score | None,
    remarks: tuple[str, ...],
    questions: tuple[_Shown, ...],
) -> _Shown:
    symbol, kind, called = LOOKS[mark.outcome]
    rounds = rounds_in_words(mark)
    return _Shown(
        name=mark.exercise,
        points=score.points if score else mark.points,
        possible=mark.possible,
        symbol=symbol,
        kind=kind,
        called=called,
        remarks=remarks,
        by_hand=bool(score and score.by_hand and score.points != mark.points),
        again=bool(score and score.by_hand and score.waiting),
        tested=mark.points,
        rounds=rounds,
        message=message_of(mark),
        caption="One case" if dict(mark.rows).get("with") else "Where",
        rows=mark.rows,
        source=source,
        questions=questions,
    )


def _question(
    index: int,
    question: Question,
    assignment: Assignment,
    record: Record,
    comments: Comments,
) -> _Shown:
    name = question.answer.removeprefix("answer-")
    asked = next(
        (c.source for c in assignment.cells if c.grade_id == f"question-{name}"), ""
    )
    stub = next(
        (c.source for c in assignment.cells if c.grade_id == question.answer), ""
    )
    answer = record.answers.get(question.answer, "").strip()
    answer = "" if answer == stub.strip() else answer
    score = comments.scores.get(question.answer)
    again = bool(score and score.waiting and score.by_hand)
    waiting = score is None or (score.waiting and not again)
    symbol, called = ("?", "not marked yet") if waiting else ("✎", "marked")
    if again:
        called = "to be looked at again"
    remark = comments.remarks.get(question.answer)
    return _Shown(
        name=name,
        points=score.points if score else 0.0,
        possible=question.points,
        symbol="○" if not answer else symbol,
        kind="",
        called="no answer" if not answer and not again else called,
        remarks=(remark,) if remark else (),
        waiting=waiting,
        again=again,
        title=f"{name}, explained",
        place=f"question-{index}",
        asked=reflowed(asked),
        answer=answer,
    )
