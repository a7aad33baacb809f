"""Grading an assignment from end to end: mark, fill the gradebook, write the pages.

Two phases. Marking is parallel and leaves a record for each submission; everything
else is made from the records, serially, by whoever asks, as often as they like. So a
run that is interrupted, at whatever moment, is put right by running it again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from course_utils.grading import batch
from course_utils.grading.assignments import Assignment, load_assignment
from course_utils.grading.course import Course
from course_utils.grading.errors import GradingError
from course_utils.grading.marking import SECONDS
from course_utils.grading.records import Record
from course_utils.grading.sandbox import Tier


@dataclass(frozen=True)
class Graded:
    """What grading an assignment left behind.

    Attributes:
        records: of everybody who is marked.
        marked: how many of them were marked in this run.
        failed: students that could not be marked, and why.
        report: the page about the class.
        grades: the table of everybody's points.
    """

    records: tuple[Record, ...]
    marked: int
    failed: dict[str, str]
    report: Path
    grades: Path


def grade(
    course: Course,
    name: str,
    tier: Tier,
    *,
    db: str | None = None,
    only: Sequence[str] = (),
    jobs: int = -1,
    again: bool = False,
    seconds: float = SECONDS,
    progress: Callable[[Record], None] = lambda record: None,
) -> Graded:
    """Grade an assignment: records, gradebook, feedback, report, grades.csv.

    Args:
        course: the class.
        name: the assignment's.
        tier: the wall to mark behind, from `sandbox.choose`.
        db: the gradebook's address; the course's own SQLite file by default.
        only: the students to grade; all by default.
        jobs: submissions at a time, as in `joblib.Parallel`; -1 is one a core.
        again: mark also those that are marked already.
        seconds: that one call may take; see `marking.mark`.
        progress: called with each new record.

    Raises:
        GradingError: nothing can be graded, or the gradebook cannot be reached; what
            was marked until then is kept.
    """
    assignment = load_assignment(course, name)
    with alone(course):
        marked = batch.mark_all(
            course,
            assignment,
            tier,
            only=only,
            jobs=jobs,
            again=again,
            seconds=seconds,
            progress=progress,
        )
        from course_utils.grading.books.gradebook import fill

        fill(course, assignment, marked.records, db=db)
        report, grades = _pages(course, assignment, marked.records, db)
    return Graded(marked.records, marked.marked, marked.failed, report, grades)


def publish(course: Course, name: str, *, db: str | None = None) -> tuple[Path, Path]:
    """Write the pages again, for example after a teacher has marked by hand.

    Returns:
        The report about the class, and the table of grades.

    Raises:
        GradingError: nothing is graded yet, or the gradebook cannot be reached.
    """
    assignment = load_assignment(course, name)
    with alone(course):
        records = batch.read_records(course, name)
        if not records:
            raise GradingError(f"nothing of {name} is graded yet: course grade does it")
        return _pages(course, assignment, records, db)


def _pages(
    course: Course, assignment: Assignment, records: Sequence[Record], db: str | None
) -> tuple[Path, Path]:
    from course_utils.grading.books.gradebook import write_grades
    from course_utils.grading.pages.feedback import read_comments, write_feedback
    from course_utils.grading.pages.report import write_report

    comments = read_comments(course, assignment, db=db)
    for record in records:
        write_feedback(course, assignment, record, comments.get(record.student))
    # The report is about everybody, also where only some were graded just now.
    everybody = batch.read_records(course, assignment.name)
    report = write_report(course, assignment, everybody, comments)
    return report, write_grades(course, db=db)


@contextlib.contextmanager
def alone(course: Course) -> Iterator[None]:
    """Keep others from grading in the same folder; a killed process keeps nobody out.

    Raises:
        GradingError: somebody is grading there now.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(course.folder / ".grading.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise GradingError(
            f"another run is grading in {course.folder}: wait for it, or end it"
        ) from None
    try:
        sweep(course)
        yield
    finally:
        lock.release()


def sweep(course: Course) -> None:
    """Remove the files that a killed run was just writing; for who is `alone`."""
    for folder in (course.records, course.autograded, course.feedback, course.reports):
        for part in folder.rglob(".*.part"):
            part.unlink(missing_ok=True)
