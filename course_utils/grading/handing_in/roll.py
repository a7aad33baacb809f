"""Who handed in an assignment, and what in `submitted` belongs to nobody."""

from __future__ import annotations

import re
from pathlib import Path

from course_utils.grading.course import Course
from course_utils.grading.errors import GradingError


def students(course: Course, assignment: str) -> list[str]:
    """Who handed in this assignment, by name.

    Raises:
        GradingError: nobody did.
    """
    found = [f.name for f in _folders(course) if _has(f, assignment)]
    if not found:
        raise GradingError(
            f"nobody has handed in {assignment}: submissions are expected in "
            f"{course.submitted}/STUDENT/{assignment}/"
        )
    return found


def overlooked(course: Course) -> list[str]:
    """What lies in `submitted` and belongs to no student and assignment, by name."""
    if not course.submitted.is_dir():
        return []
    released = (
        [f.name for f in course.source.iterdir()] if course.source.is_dir() else []
    )
    students = {
        f.name for f in _folders(course) if any(_has(f, name) for name in released)
    }
    names = {path.name for path in course.submitted.iterdir()} - students
    return sorted(name for name in names if not name.startswith("."))


def _folders(course: Course) -> list[Path]:
    if not course.submitted.is_dir():
        return []
    return [
        folder
        for folder in sorted(course.submitted.iterdir())
        if folder.is_dir() and not folder.is_symlink() and folder.name[0] != "."
    ]


def _has(folder: Path, assignment: str) -> bool:
    """Whether a student's folder holds an assignment, as a folder or as one file."""
    own = re.compile(re.escape(assignment) + r"(?![A-Za-z0-9_])")
    return any(
        path.name == assignment or (own.match(path.name) and not path.is_dir())
        for path in folder.iterdir()
    )
