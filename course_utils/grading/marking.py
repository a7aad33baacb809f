"""Marking one submission: its cells run behind a wall, its functions are asked here.

Nothing of this module can be reached by the student's code: inputs are drawn, answers
compared and points given in this process; only calls cross the wall. A function that
hangs or takes its process down costs what it had not answered yet, and nothing else:
the exercises that follow get a process of their own.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from course_utils.checks.result import Result, Status
from course_utils.grading.assignments import Assignment, Task
from course_utils.grading.course import generator
from course_utils.grading.records import Mark, Outcome, Record
from course_utils.grading.remote import CellRan, RemoteFunction, Session
from course_utils.grading.rules import broken_rules
from course_utils.grading.sandbox import Kind, Limits, Tier
from course_utils.grading.sandbox.base import MIB
from course_utils.grading.submissions import Submission
from course_utils.grading.talk import SessionLost

ROUNDS = 2
SECONDS = 10.0
LONGEST, MOST_NOTES = 4000, 60  # characters of a text, sentences to a student
MEMORY = {Kind.NUMPY: 1024 * MIB, Kind.TENSORFLOW: 4096 * MIB}
_TENSORFLOW = re.compile(r"\b(tensorflow|keras)\b")
_OUTCOMES = {
    Status.INCORRECT: Outcome.INCORRECT,
    Status.CRASHED: Outcome.CRASHED,
    Status.NOT_ATTEMPTED: Outcome.NOT_ATTEMPTED,
}

FORBIDDEN = "This exercise is to be solved without it: {what}"
MISSING = (
    "The function {name} was not found after all cells had run, so there was nothing "
    "to judge."
)
RAISED = "The cell that should define it ended with: {error}"
RENAMED = (
    "{name} was not found. Its cell defines {found} instead, and that was judged. Keep "
    "the name that the exercise gives."
)
CELL = "Code cell {number} did not run to its end: {error}"
LOST = "The function could not be asked to the end: {why}."
NOT_RUN = "Your notebook's cells could not be run to the end: {why}."
UNTIMELY = (
    "Asking it took more than {seconds:g} seconds; what it had answered by then counts."
)
UNJUDGED = "What the function returned could not be judged. Its answer must be numbers."


@dataclass
class _Marking:
    """One submission while it is being marked."""

    submission: Submission
    assignment: Assignment
    key: bytes
    tier: Tier
    seconds: float
    session: Session | None = None
    notes: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)

    @property
    def kind(self) -> Kind:
        text = "\n".join(self.submission.cells)
        asked = self.assignment.tensorflow or _TENSORFLOW.search(text)
        return Kind.TENSORFLOW if asked else Kind.NUMPY

    def open(self) -> Session:
        """The running session, or a new one in which the cells have run."""
        if self.session is None:
            kind = self.kind
            self.session = Session(
                self.tier,
                kind,
                limits(kind, self.seconds),
                self.submission,
                cell_seconds=3 * self.seconds,
                call_seconds=self.seconds,
            )
            self.look_at_cells(self.session)
        return self.session

    def look_at_cells(self, session: Session) -> None:
        """Note which cells did not run, once."""
        for number, ran in enumerate(session.ran.cells, start=1):
            text = CELL.format(number=number, error=ran.error)
            if len(self.notes) >= MOST_NOTES:
                break
            if ran.hopeless and text not in self.notes:
                self.notes.append(text)
                self.flags.append(text)

    def close(self) -> str:
        """End the session; the reason where the wall ended it before."""
        session, self.session = self.session, None
        return session.close() if session else ""

    def marks(self) -> Iterator[Mark]:
        for task in self.assignment.tasks:
            started = time.monotonic()
            mark = self.mark(task)
            yield _with_seconds(mark, time.monotonic() - started)

    def mark(self, task: Task) -> Mark:
        exercise = task.exercise
        given = self.submission
        modules = {
            name.removesuffix(".py"): source.decode("utf-8", "replace")
            for name, source in given.modules.items()
        }
        broken = broken_rules(given.cells, exercise.forbidden, exercise.name, modules)
        if broken:
            self.flags.append(f"{exercise.name}: {broken[0]}")
            message = FORBIDDEN.format(what=" ".join(broken))
            return _nothing(task, Outcome.FORBIDDEN, message)
        try:
            function = self.find(task)
        except SessionLost as lost:
            why = self.ended(lost)
            self.flags.append(f"{exercise.name}: {NOT_RUN.format(why=why)}")
            return _nothing(task, Outcome.KILLED, NOT_RUN.format(why=why))
        if function is None:
            return self.missing(task)
        return self.ask(task, function)

    def find(self, task: Task) -> RemoteFunction | None:
        """The function asked for, or the one that stands in its place."""
        session = self.open()
        name = task.exercise.name
        function = session.function(name)
        if function is not None:
            return function
        expected = {other.exercise.name for other in self.assignment.tasks}
        ran = self.ran(task)
        found = [f for f in (ran.defined if ran else ()) if f not in expected]
        if len(found) != 1:
            return None
        text = RENAMED.format(name=name, found=found[0])
        if text not in self.notes:
            self.notes.append(text)
            self.flags.append(text)
        return session.function(found[0])

    def missing(self, task: Task) -> Mark:
        name = task.exercise.name
        ran = self.ran(task)
        error = ran.error if ran else ""
        message = MISSING.format(name=name)
        if error:
            message += " " + RAISED.format(error=error)
        return _nothing(task, Outcome.MISSING, message)

    def ask(self, task: Task, function: RemoteFunction) -> Mark:
        """Ask a function round by round, as long as it answers and there is time."""
        exercise, right, wrong, end, praise = task.exercise, 0, None, None, ""
        enough = 3 * self.seconds
        deadline = time.monotonic() + enough
        for number in range(ROUNDS):
            rng = generator(self.key, exercise.name, str(number))
            try:
                result = exercise.judge(function, rng)
            except SessionLost as lost:
                why = self.ended(lost)
                late = lost.reason == "time" or lost.limit == "wall"
                killed = Outcome.UNFINISHED if late else Outcome.KILLED
                end = (killed, LOST.format(why=why))
                self.flags.append(f"{exercise.name}: {end[1]}")
                break
            except Exception as error:
                result = Result(Status.CRASHED, UNJUDGED)
                self.flags.append(f"{exercise.name}: {type(error).__name__} in judging")
            right += result.correct
            praise = result.message
            wrong = wrong or (None if result.correct else result)
            if result.status is Status.NOT_ATTEMPTED:
                break
            if time.monotonic() > deadline and number + 1 < ROUNDS:
                text = UNTIMELY.format(seconds=enough)
                end = (Outcome.UNFINISHED, text)
                break
        return _earned(task, right, wrong, end, praise)

    def ran(self, task: Task) -> CellRan | None:
        """How the cell went in which a function should be written."""
        source = self.submission.sources.get(task.solution)
        if self.session is None or source is None:
            return None
        pairs = zip(self.submission.cells, self.session.ran.cells, strict=False)
        return next((ran for cell, ran in pairs if cell == source), None)

    def ended(self, lost: SessionLost) -> str:
        """Why the session ended, in words; the next exercise gets a new one."""
        self.close()
        return _REASONS.get(lost.limit) or _REASONS.get(lost.reason, str(lost))


_REASONS = {
    "memory": "it used more memory than a submission may",
    "cpu": "it used more computing time than a submission may",
    "processes": "it started more processes than a submission may",
    "wall": "it took longer than a submission may",
    "time": "it took longer than a submission may",
    "died": "its process ended before it had answered",
    "garbled": "what came back was no answer",
}


def _nothing(task: Task, outcome: Outcome, message: str) -> Mark:
    exercise = task.exercise
    return Mark(exercise.name, 0.0, exercise.points, outcome, message, rounds=ROUNDS)


def _with_seconds(mark: Mark, seconds: float) -> Mark:
    return replace(mark, seconds=round(seconds, 3))


def _earned(
    task: Task,
    right: int,
    wrong: Result | None,
    end: tuple[Outcome, str] | None,
    praise: str,
) -> Mark:
    """The mark for so many right rounds, the first wrong one, and how it ended."""
    exercise = task.exercise
    share = right / ROUNDS
    if exercise.all_rounds and right < ROUNDS:
        share = 0.0
    if right == ROUNDS:
        outcome, message = Outcome.CORRECT, praise
    elif end is not None:
        outcome, message = end
    elif share > 0:
        outcome, message = Outcome.PARTLY, wrong.message
    else:
        outcome, message = _OUTCOMES[wrong.status], wrong.message
    if end is not None and wrong is not None:
        message = f"{wrong.message}\n{message}"
    rows = wrong.rows() if wrong is not None else ()
    return Mark(
        exercise.name,
        round(exercise.points * share, 4),
        exercise.points,
        outcome,
        _cut(message),
        tuple((label, _cut(text)) for label, text in rows),
        right,
        ROUNDS,
    )


def _cut(text: str) -> str:
    """A text of a length that records and pages can hold."""
    return text if len(text) <= LONGEST else text[:LONGEST] + " ..."


def limits(kind: Kind, seconds: float) -> Limits:
    """What a submission may use up, where one call may take so many seconds."""
    wall = 12 * seconds * (2 if kind is Kind.TENSORFLOW else 1)
    return Limits(wall_seconds=wall, cpu_seconds=math.ceil(wall), memory=MEMORY[kind])


def mark(
    submission: Submission,
    assignment: Assignment,
    key: bytes,
    tier: Tier,
    seconds: float = SECONDS,
) -> Record:
    """Mark one submission; whatever its code does, there is a record in the end.

    Args:
        submission: what the student handed in.
        assignment: what was asked.
        key: of this student and assignment; the drawn inputs follow from it.
        tier: the wall that the code runs behind.
        seconds: that one call may take; an exercise and a cell have three times as
            many, all of it twelve times (twice that with TensorFlow).

    Raises:
        GradingError: the wall itself cannot be had; nothing is known of the submission.
    """
    started = time.monotonic()
    marking = _Marking(submission, assignment, key, tier, seconds)
    marking.notes.extend(submission.notes)
    marking.flags.extend(submission.flags)
    try:
        marks = tuple(marking.marks())
    finally:
        marking.close()
    if all(m.outcome in (Outcome.MISSING, Outcome.NOT_ATTEMPTED) for m in marks):
        marking.flags.append("Nothing was attempted.")
    return Record(
        student=submission.student,
        assignment=assignment.name,
        key="",
        marks=marks,
        answers=dict(submission.answers),
        sources=dict(submission.sources),
        notes=tuple(marking.notes),
        flags=tuple(marking.flags),
        seconds=round(time.monotonic() - started, 3),
        tier=tier.name,
    )
