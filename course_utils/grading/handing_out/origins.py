"""Where assignments come from: the course's lessons, and a teacher's own folders."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from course_utils.grading.course import Course
from course_utils.grading.errors import GradingError
from course_utils.grading.handing_out.own_exercises import check_slug, own_exercises
from course_utils.notebooks.errors import CourseError
from course_utils.notebooks.lessons import Lesson, choose


@dataclass(frozen=True)
class Origin:
    """Where an assignment comes from: its solved text, its checks, and whose it is."""

    name: str
    text: Path
    checks: str
    own: bool = False


def origins(course: Course, root: Path, wanted: Sequence[str]) -> list[Origin]:
    """The assignments that a person names; lessons first, then exercises of their own.

    Args:
        course: the class.
        root: the folder of the course's own repository.
        wanted: as `release` takes them; all lessons and folders where it is empty.

    Raises:
        CourseError: there is no such lesson.
        GradingError: nor such a folder, or it lacks its checks.
    """
    own = own_exercises(course)
    words = [word.strip().rstrip("/") for word in wanted]
    if wanted:
        chosen = sorted({Path(word).name for word in words} & set(own))
        rest = [word for word in words if Path(word).name not in own]
        try:
            found = choose(root, rest) if rest else []
        except CourseError as error:
            lesson, _, hint = str(error).partition("; ")
            near = difflib.get_close_matches(rest[0], own, n=1)
            hint += f"; among your own, did you mean {near[0]}?" if near else ""
            raise GradingError(
                f"{lesson}, nor an exercise of yours in exercises/; {hint}"
            ) from None
    else:
        found, chosen = choose(root, ()), own
    return [_lesson(one) for one in found] + [_own(course, name) for name in chosen]


def _lesson(lesson: Lesson) -> Origin:
    checks = f"course_utils.checks.{lesson.slug}"
    return Origin(lesson.name, lesson.exercise_text, checks)


def _own(course: Course, name: str) -> Origin:
    folder = course.exercises / check_slug(name)
    if not (folder / "checks.py").is_file():
        raise GradingError(f"{folder} has an exercise.py, but no checks.py beside it")
    return Origin(name, folder / "exercise.py", f"exercises/{name}/checks.py", own=True)
