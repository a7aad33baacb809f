"""The class's names: ``students.csv`` in the course folder, where there is one.

Its first line names the columns: ``id``, the name of the student's folder, and any of
``first_name``, ``last_name`` and ``email``. Other columns are left alone. Between them
stand commas, or semicolons, as some spreadsheets write it.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

from nbgrader.api import Student
from sqlalchemy.orm import Session

from course_utils.grading.course import Course, check_student
from course_utils.grading.errors import GradingError

NAME = "students.csv"
COLUMNS = ("first_name", "last_name", "email")
_LONGEST = 128


def read_roster(course: Course) -> dict[str, dict[str, str]]:
    """What ``students.csv`` says of each student, by id; empty without the file.

    Raises:
        GradingError: it cannot be read, has no column ``id``, or an id twice.
    """
    path = course.folder / NAME
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise GradingError(f"{path} cannot be read: {error.strerror}") from None
    try:
        text = data.decode("utf-8-sig")
        first = text.partition("\n")[0]
        between = ";" if ";" in first and "," not in first else ","
        file = io.StringIO(text, newline="")
        lines = list(csv.DictReader(file, delimiter=between, strict=True))
    except UnicodeDecodeError:
        raise GradingError(f"{path} must be UTF-8: save it again as that") from None
    except csv.Error as error:
        raise GradingError(f"{path} is no table: {error}") from None
    return _students(path, lines)


def _students(path: Path, lines: list[dict]) -> dict[str, dict[str, str]]:
    roster: dict[str, dict[str, str]] = {}
    for number, line in enumerate(lines, start=2):
        if "id" not in line:
            named = ", ".join(str(name) for name in line if name)
            raise GradingError(
                f"the first line of {path} must name a column id, and may name "
                f"{', '.join(COLUMNS)}; it names {named}"
            )
        student = (line["id"] or "").strip()
        if not student:
            continue
        if student in roster:
            raise GradingError(f"{path}, line {number}: {student} is there twice")
        try:
            check_student(student)
        except GradingError as error:
            raise GradingError(f"{path}, line {number}: {error}") from None
        given = {name: (line.get(name) or "").strip() for name in COLUMNS}
        roster[student] = {
            name: " ".join(value.replace("\0", "").split())[:_LONGEST]
            for name, value in given.items()
            if value
        }
    return roster


def update_students(session: Session, roster: dict[str, dict[str, str]]) -> None:
    """Make the students that the gradebook lacks, and bring names up to date."""
    for student, given in roster.items():
        row = session.get(Student, student)
        if row is None:
            session.add(Student(id=student, **given))
            continue
        for name, value in given.items():
            if getattr(row, name) != value:
                setattr(row, name, value)
