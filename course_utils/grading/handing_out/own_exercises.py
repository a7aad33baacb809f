"""A teacher's own exercises: ``exercises/SLUG/exercise.py`` and ``checks.py``.

The text is solved and in percent format, like the course's own; students get it without
solutions. The checks never leave the teacher's side.
"""

from __future__ import annotations

import re
from pathlib import Path

from course_utils.grading.course import Course
from course_utils.grading.errors import GradingError
from course_utils.lab.files import write_atomic

TEMPLATES = Path(__file__).parent / "templates"
_SLUG = re.compile(r"[a-z][a-z0-9_]{0,59}")


def new_exercise(course: Course, slug: str) -> list[Path]:
    """Write an exercise that can be released and graded at once, to be made one's own.

    Args:
        course: the class; its folder is made where there is none.
        slug: the name of the exercise's folder, and of the assignment.

    Returns:
        The files written.

    Raises:
        GradingError: the name is no good, or there are files already; nothing is
            written then.
    """
    folder = course.exercises / check_slug(slug)
    files = {
        folder / f"{stem}.py": (TEMPLATES / f"own_{stem}.txt")
        .read_text(encoding="utf-8")
        .replace("@slug@", slug)
        .replace("@title@", slug.replace("_", " ").capitalize())
        for stem in ("exercise", "checks")
    }
    there = [path.name for path in files if path.exists()]
    if there:
        raise GradingError(
            f"{folder} has {' and '.join(there)} already, and nothing was written. "
            "Choose another name, or edit what is there"
        )
    for path, text in files.items():
        write_atomic(path, text.encode())
    return list(files)


def own_exercises(course: Course) -> list[str]:
    """The names of the teacher's own exercises, in alphabetical order."""
    return sorted(
        path.parent.name
        for path in course.exercises.glob("*/exercise.py")
        if not path.parent.name.startswith(".")
    )


def check_slug(name: str) -> str:
    """The name of an exercise's folder, if it can be one.

    A letter comes first: so no exercise is taken for a lesson, such as 07_optimizers.

    Raises:
        GradingError: it cannot.
    """
    if not _SLUG.fullmatch(name):
        raise GradingError(
            "an exercise's name must begin with a lower-case letter and have only "
            f"lower-case letters, digits and underscores, at most 60; got {name!r}"
        )
    return name
