"""Marking a whole class: in parallel, resumable, each record written once and whole.

The submissions are spread by joblib: over threads of this process by default, since the
work is done by the children behind the wall, and over a Dask cluster inside
``joblib.parallel_config(backend="dask")``. A job receives what one student handed in
and a key of its own, never the secret, and gives back a record; this process writes it.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from course_utils.grading.assignments import Assignment
from course_utils.grading.course import Course, check_student, derive
from course_utils.grading.errors import GradingError
from course_utils.grading.handing_in.roll import students
from course_utils.grading.handing_in.submissions import Submission, read_submission
from course_utils.grading.marking import SECONDS, mark
from course_utils.grading.records import FORMAT, Record
from course_utils.grading.rounds import ROUNDS
from course_utils.grading.sandbox import Tier, choose
from course_utils.lab.files import write_atomic


@dataclass(frozen=True)
class Batch:
    """What came of marking a class.

    Attributes:
        records: of all students, in the order of their names.
        marked: how many of them were marked in this run, not earlier.
        failed: students that could not be marked, and why; run again for them.
    """

    records: tuple[Record, ...]
    marked: int
    failed: dict[str, str]


def mark_all(
    course: Course,
    assignment: Assignment,
    tier: Tier,
    *,
    only: Sequence[str] = (),
    jobs: int = -1,
    again: bool = False,
    seconds: float = SECONDS,
    progress: Callable[[Record], None] = lambda record: None,
) -> Batch:
    """Mark everything that was handed in and is not marked yet.

    Records lie in ``records/ASSIGNMENT/STUDENT.json``. One that was made from the same
    submission, assignment and secret is kept as it is, so an interrupted run goes on
    where it stopped, and a run again does nothing.

    Args:
        course: the class.
        assignment: what was asked.
        tier: the wall to mark behind, from `sandbox.choose`.
        only: the students to mark; all by default.
        jobs: submissions at a time, as in `joblib.Parallel`; -1 is one a core.
        again: mark also those that are marked already.
        seconds: that one call may take; see `marking.mark`.
        progress: called with each new record, in any order.

    Raises:
        GradingError: nobody handed in anything, or `only` names somebody who did not.
    """
    there = students(course, assignment.name)
    strangers = sorted(set(only) - set(there))
    if strangers:
        raise GradingError(
            f"{', '.join(strangers)} handed in nothing for {assignment.name}"
        )
    chosen = [name for name in there if not only or name in only]
    secret, records, failed = course.secret(), {}, {}

    def to_do() -> Iterator[tuple[Submission, bytes]]:
        """Submissions to mark, read one by one as they are needed."""
        for student in chosen:
            try:
                check_student(student)
                folder = course.submitted / student / assignment.name
                submission = read_submission(folder, student, assignment)
            except (GradingError, OSError) as error:
                failed[student] = str(error)
                continue
            key = derive(secret, "student", assignment.name, student)
            kept = None if again else _kept(course, submission, assignment, key)
            if kept is not None:
                records[student] = kept
                continue
            yield submission, key

    marked = 0
    for student, done in _outcomes(to_do(), assignment, tier, jobs, seconds):
        if isinstance(done, str):
            failed[student] = done
            continue
        write_atomic(_file(course, done), done.to_json().encode())
        records[student] = done
        marked += 1
        progress(done)
    ordered = tuple(records[name] for name in chosen if name in records)
    return Batch(ordered, marked, failed)


def read_records(course: Course, assignment: str) -> list[Record]:
    """The records of all students that are marked, by name.

    Raises:
        GradingError: a file is no record.
    """
    records = []
    for path in sorted((course.records / assignment).glob("*.json")):
        try:
            records.append(Record.from_json(path.read_text(encoding="utf-8")))
        except ValueError as error:
            raise GradingError(
                f"{path}: {error}. Grade again, and it is made anew"
            ) from None
    return records


def _file(course: Course, record: Record) -> Path:
    return course.records / record.assignment / f"{record.student}.json"


def _key(submission: Submission, assignment: Assignment, key: bytes) -> str:
    """What a record depends on, in hexadecimal."""
    parts = (submission.digest, assignment.digest, str(ROUNDS), str(FORMAT))
    return derive(key, "record", *parts).hex()


def _kept(
    course: Course, submission: Submission, assignment: Assignment, key: bytes
) -> Record | None:
    path = course.records / assignment.name / f"{submission.student}.json"
    try:
        record = Record.from_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return record if record.key == _key(submission, assignment, key) else None


def _outcomes(
    to_do: Iterator[tuple[Submission, bytes]],
    assignment: Assignment,
    tier: Tier,
    jobs: int,
    seconds: float,
) -> Iterator[tuple[str, Record | str]]:
    """Yield each student with a record, or with what went wrong, in any order."""
    from joblib import Parallel, delayed
    from threadpoolctl import threadpool_limits

    packed = _packed(assignment)
    brief = hashlib.sha256(packed).hexdigest(), packed
    _ASSIGNMENTS[brief[0]] = assignment
    _TIERS[tier.name] = tier
    pool = Parallel(
        jobs,
        prefer="threads",
        batch_size=1,
        pre_dispatch="2 * n_jobs",
        return_as="generator_unordered",
    )
    with threadpool_limits(limits=1):
        results = pool(
            delayed(_mark_one)(brief, tier.name, submission, key, seconds)
            for submission, key in to_do
        )
        try:
            # Not "yield from", which would pass a closing on before the finally below.
            for outcome in results:  # noqa: UP028
                yield outcome
        finally:
            with contextlib.suppress(Exception):
                results.close()
            _TIERS.pop(tier.name, None)
            _ASSIGNMENTS.pop(brief[0], None)


# What a process that marks keeps from job to job.
_ASSIGNMENTS: dict[str, Assignment] = {}
_TIERS: dict[str, Tier] = {}


def _mark_one(
    brief: tuple[str, bytes],
    tier: str,
    submission: Submission,
    key: bytes,
    seconds: float,
) -> tuple[str, Record | str]:
    """Mark one submission, in whatever process joblib chose."""
    digest, packed = brief
    assignment = _ASSIGNMENTS.get(digest) or _unpacked(packed)
    try:
        wall = _TIERS.get(tier) or _chosen(tier)
        record = mark(submission, assignment, key, wall, seconds)
    except GradingError as error:
        return submission.student, str(error)
    except Exception as error:  # one submission must not end the others' marking
        return submission.student, f"{type(error).__name__}: {error}"
    return submission.student, replace(record, key=_key(submission, assignment, key))


def _packed(assignment: Assignment) -> bytes:
    """The assignment for other processes, with the code of a teacher's own checks."""
    import cloudpickle

    names = {task.exercise.judging.__module__ for task in assignment.tasks}
    own = [sys.modules[name] for name in names if not name.startswith("course_utils.")]
    for module in own:
        cloudpickle.register_pickle_by_value(module)
    try:
        return cloudpickle.dumps(assignment)
    finally:
        for module in own:
            cloudpickle.unregister_pickle_by_value(module)


@functools.lru_cache(maxsize=4)
def _unpacked(packed: bytes) -> Assignment:
    import cloudpickle

    return cloudpickle.loads(packed)


@functools.lru_cache(maxsize=4)
def _chosen(tier: str) -> Tier:
    """A worker's own wall; it lasts as long as the worker."""
    import atexit

    wall = choose(tier, trust=tier == "none")
    atexit.register(wall.close)
    return wall
