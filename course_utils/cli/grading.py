"""``course release``, ``grade``, ``publish`` and ``new-exercise``: what they print."""

from __future__ import annotations

import contextlib
import importlib.util
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from course_utils.notebooks.errors import CourseError


def _needs_nbgrader() -> None:
    if importlib.util.find_spec("nbgrader") is None:
        raise CourseError(
            "grading needs nbgrader, which is not installed: run "
            "`make install ARGS=grading` in the folder of this project"
        )
    # jsonschema, which nbformat imports, looks whether this is there, and building its
    # grammar of web addresses takes longer than all the other imports together.
    sys.modules.setdefault("rfc3987_syntax", None)


def _load_early() -> None:
    """Import what the gradebook needs while the sandbox starts, in its own process."""
    name = "course_utils.grading.books.gradebook"
    threading.Thread(target=importlib.import_module, args=(name,)).start()


def release_lessons(root: Path, folder: Path, lessons: Sequence[str]) -> int:
    """Release assignments into a course folder; say what lies where."""
    _needs_nbgrader()
    from course_utils.grading.course import Course
    from course_utils.grading.handing_out.release import release

    course = Course(folder)
    course.make_secret()
    for released in release(course, root, lessons):
        print(f"{released.change:<9}  {released.name:<28}  {released.points:g} points")
    print(
        f"\nHand out what is in {course.release}. What comes back belongs in\n"
        f"{course.submitted}/STUDENT/ASSIGNMENT/.\n"
        f"Keep {course.secret_file} to yourself, and a copy of it: the inputs that a "
        "student is asked follow from it."
    )
    return 0


def grade_assignment(
    folder: Path,
    assignment: str,
    *,
    db: str | None,
    only: Sequence[str],
    jobs: int,
    tier: str | None,
    trust: bool,
    again: bool,
    seconds: float,
    dask: str | None,
) -> int:
    """Grade an assignment; say what was found. Returns 1 if somebody was not graded."""
    _needs_nbgrader()
    from course_utils.grading.assignments import load_assignment
    from course_utils.grading.course import Course
    from course_utils.grading.handing_in.roll import overlooked, students
    from course_utils.grading.pipeline import grade
    from course_utils.grading.sandbox import choose
    from course_utils.lab.progress import bar

    course = Course(folder)
    course.secret()
    load_assignment(course, assignment)
    there = students(course, assignment)
    _load_early()
    wall = choose(tier, trust=trust)
    try:
        print(f"Sandbox: {wall.name}. {wall.holds}")
        count = len(only or there)
        with _cluster(dask), bar(count, unit="submission") as progress:
            done = grade(
                course,
                assignment,
                wall,
                db=db,
                only=only,
                jobs=jobs,
                again=again,
                seconds=seconds,
                progress=lambda record: progress.update() and None,
            )
    except KeyboardInterrupt:
        again_too = " (without --again)" if again else ""
        print(
            "\nInterrupted. What is marked stays marked, and the same command"
            f"{again_too} goes on from there.",
            file=sys.stderr,
        )
        raise
    finally:
        wall.close()
    _say(done)
    unseen = overlooked(course)
    if unseen:
        print(f"Not looked at, as no assignment is in it: {', '.join(unseen)}.")
    return 1 if done.failed else 0


def _say(done: object) -> None:
    records = done.records
    kept = len(records) - done.marked
    were = "was" if kept == 1 else "were"
    earlier = f", {kept} {were} marked earlier" if kept else ""
    what = "submission" if done.marked == 1 else "submissions"
    print(f"{done.marked} {what} marked{earlier}.")
    if records:
        possible = sum(mark.possible for mark in records[0].marks)
        mean = sum(record.points for record in records) / len(records)
        print(f"On average {mean:.1f} of {possible:g} points, open questions aside.")
    flagged = [record.student for record in records if record.flags]
    if flagged:
        names = ", ".join(flagged[:8]) + (", ..." if len(flagged) > 8 else "")
        need = "needs" if len(flagged) == 1 else "need"
        print(f"{len(flagged)} {need} a human's look: {names}. The report says why.")
    print(f"\nReport    {done.report}\nGrades    {done.grades}")
    for student, why in done.failed.items():
        print(f"Not graded: {student}: {why}")


def publish_assignment(folder: Path, assignment: str, db: str | None) -> int:
    """Write feedback, report and grades again."""
    _needs_nbgrader()
    from course_utils.grading.course import Course
    from course_utils.grading.pipeline import publish

    course = Course(folder)
    report, grades = publish(course, assignment, db=db)
    print(f"Feedback  {course.feedback}\nReport    {report}\nGrades    {grades}")
    return 0


def write_exercise(folder: Path, slug: str) -> int:
    """Write the files of a teacher's own exercise."""
    from course_utils.grading.course import Course
    from course_utils.grading.handing_out.own_exercises import new_exercise

    for path in new_exercise(Course(folder), slug):
        print(f"written  {path}")
    print(
        f"\nNext: course release --course {folder} {slug}, and look at the notebook in "
        "release/."
    )
    return 0


def build_image(engine: str) -> int:
    """Build the image that a container engine grades in."""
    from course_utils.grading.sandbox.image import build_image as build

    if engine not in ("podman", "docker"):
        raise CourseError(f"the engine must be podman or docker, got {engine!r}")
    print(f"built  {build(engine)}")
    return 0


@contextlib.contextmanager
def _cluster(address: str | None):
    """Spread joblib's work over a Dask cluster, where an address is given."""
    if address is None:
        yield
        return
    try:
        from distributed import Client
    except ImportError:
        raise CourseError(
            "a Dask cluster needs dask.distributed, which is not installed: run "
            '`make install ARGS="grading scale"` in the folder of this project'
        ) from None
    from joblib import parallel_config

    try:
        client = Client(address, timeout=10)
    except OSError as error:
        raise CourseError(f"no Dask scheduler answers at {address}: {error}") from None
    with client, parallel_config(backend="dask"):
        yield
