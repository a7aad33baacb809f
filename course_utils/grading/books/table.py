"""Everybody's points in one table, as a file that any spreadsheet opens."""

from __future__ import annotations

import csv
import io
import os
import re
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from nbgrader.api import (
    Assignment,
    Grade,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from sqlalchemy import case, func, select

from course_utils.grading.books.database import open_gradebook
from course_utils.grading.books.roster import read_roster
from course_utils.grading.course import Course
from course_utils.grading.records import Record
from course_utils.lab.files import write_atomic

NAME = "grades.csv"
NOTHING = "nothing handed in"
UNGRADED = "handed in, and not graded yet"
UNREADABLE = "the record of marking cannot be read: grade again"
# A spreadsheet takes a text that begins so for a formula, and computes it.
_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
# Where a comma is in the numbers, spreadsheets take semicolons for ends of columns.
_COLUMN = re.compile(r"""(;[ "']*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])""")


@dataclass(frozen=True)
class Row:
    """One student's assignment.

    Attributes:
        student: the name of the student's folder.
        first_name: empty where unknown.
        last_name: empty where unknown.
        assignment: the assignment's name.
        points: what counts: given by hand where a human did, else by machine, with
            extra credit, less what being late costs.
        possible: the most there is to earn.
        auto: the points given by machine.
        manual: the points given by hand, in place of the machine's.
        late_penalty: what being late costs.
        needs_manual: how many cells a human still has to mark or look at again.
        flags: why a human should look at it.
    """

    student: str
    first_name: str
    last_name: str
    assignment: str
    points: float
    possible: float
    auto: float
    manual: float
    late_penalty: float
    needs_manual: int
    flags: str


def grades(course: Course, db: str | None = None) -> list[Row]:
    """Everybody's points, by assignment and student.

    An assignment is there once anything of it was handed in. A student of the class
    who handed in nothing has 0 points and a flag that says so; whoever is neither in
    ``students.csv`` nor has a folder in ``submitted`` is there for what was graded.

    Args:
        course: the class.
        db: the gradebook's address; the class's own by default.

    Raises:
        GradingError: the gradebook cannot be used, or ``students.csv`` not be read.
    """
    sums = (
        func.sum(Grade.score),
        func.sum(func.coalesce(Grade.auto_score, 0.0)),
        func.sum(func.coalesce(Grade.manual_score, 0.0)),
        func.sum(case((Grade.needs_manual_grade, 1), else_=0)),
    )
    keys = (SubmittedAssignment.assignment_id, SubmittedAssignment.student_id)
    penalty = func.sum(func.coalesce(SubmittedNotebook.late_submission_penalty, 0.0))
    handed_in = select(*keys).join(SubmittedAssignment.notebooks).group_by(*keys)
    folders = _folders(course)
    there = {name for names in folders.values() for name in names}
    members = folders.keys() | read_roster(course).keys()
    with open_gradebook(course, db) as gradebook:
        ask = gradebook.db.execute
        query = select(Assignment.id, Assignment.name, Assignment.max_score)
        assignments = list(ask(query.order_by(Assignment.name)))
        query = select(Student.id, Student.first_name, Student.last_name)
        students = list(ask(query))
        query = handed_in.add_columns(*sums).join(SubmittedNotebook.grades)
        found = {tuple(row[:2]): tuple(row[2:]) for row in ask(query)}
        late = {tuple(row[:2]): row[2] for row in ask(handed_in.add_columns(penalty))}
    graded = {assignment for assignment, _ in late}
    rows = []
    for assignment, name, possible in assignments:
        if assignment not in graded and name not in there:
            continue
        for student, first, last in sorted(students, key=lambda one: one[0]):
            key = (assignment, student)
            if key not in late and student not in members:
                continue
            score, auto, manual, waiting = found.get(key, (0.0, 0.0, 0.0, 0))
            taken = late.get(key, 0.0)
            points = round(max(score - taken, 0.0), 4)
            if key in late:
                flags = _flags(course, name, student)
            else:
                flags = UNGRADED if name in folders.get(student, ()) else NOTHING
            who = (student, first or "", last or "", name)
            sums = (round(value, 4) for value in (possible, auto, manual, taken))
            rows.append(Row(*who, points, *sums, int(waiting), flags))
    return rows


def _folders(course: Course) -> dict[str, list[str]]:
    """By student who has a folder, the names of the folders in it."""
    submitted = course.submitted
    return {student: _inside(submitted / student) for student in _inside(submitted)}


def _inside(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [e.name for e in entries if e.is_dir(follow_symlinks=False)]
    except OSError:
        return []


def write_grades(course: Course, db: str | None = None) -> Path:
    """Write the table into the course folder.

    A text that a spreadsheet would compute, such as a student's name that begins with
    an equals sign, has an apostrophe before it.

    Returns:
        The file, ``grades.csv``: UTF-8, a comma between columns.

    Raises:
        GradingError: the gradebook cannot be used.
        OSError: the file cannot be written.
    """
    path = course.folder / NAME
    write_atomic(path, as_csv(grades(course, db)).encode())
    return path


def as_csv(rows: list[Row]) -> str:
    """Rows as the text of a file, under a line that names the columns."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(field.name for field in fields(Row))
    for row in rows:
        writer.writerow(_cell(value) for value in astuple(row))
    return file.getvalue()


def _cell(value: str | float) -> str:
    r"""A value as a spreadsheet shows it and never computes it.

    >>> _cell("=1+1"), _cell(2.5), _cell(3.0), _cell("two\nlines"), _cell("a;=1")
    ("'=1+1", '2.5', '3', 'two lines', "a;'=1")
    """
    if not isinstance(value, str):
        return f"{value:.10g}"
    start = value.lstrip(" ")
    text = _COLUMN.sub(r"\1'", " ".join(value.split()).replace("\0", ""))
    return f"'{text}" if start.startswith(_FORMULA) else text


def _flags(course: Course, assignment: str, student: str) -> str:
    """Why a human should look at a submission, from its record."""
    path = course.records / assignment / f"{student}.json"
    try:
        record = Record.from_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ""
    except (OSError, ValueError):
        return UNREADABLE
    return "; ".join(record.flags)
