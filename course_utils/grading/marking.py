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

from course_utils.grading.asking.remote import CellRan, RemoteFunction, Session
from course_utils.grading.asking.talk import SessionLost
from course_utils.grading.assignments import Assignment, Task
from course_utils.grading.handing_in.submissions import Submission
from course_utils.grading.records import Mark, Outcome, Record
from course_utils.grading.rounds import ask, nothing, why
from course_utils.grading.rules import broken_rules
from course_utils.grading.sandbox import Kind, Limits, Tier
from course_utils.grading.sandbox.base import MIB

SECONDS = 10.0
MOST_NOTES = 60  # sentences to a student
MEMORY = {Kind.NUMPY: 1024 * MIB, Kind.TENSORFLOW: 4096 * MIB}
_TENSORFLOW = re.compile(r"\b(tensorflow|keras)\b")

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
NOT_RUN = "Your notebook's cells could not be run to the end: {why}."


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
            yield replace(mark, seconds=round(time.monotonic() - started, 3))

    def mark(self, task: Task) -> Mark:
        name = task.exercise.name
        try:
            function = self.found(task)
        except SessionLost as lost:
            self.close()
            message = NOT_RUN.format(why=why(lost))
            self.flags.append(f"{name}: {message}")
            return nothing(task, Outcome.KILLED, message)
        if function is None:
            return self.missing(task)
        broken = self.broken(task, function.__name__)
        if broken:
            self.flags.append(f"{name}: {broken[0]}")
            message = FORBIDDEN.format(what=" ".join(broken))
            return nothing(task, Outcome.FORBIDDEN, message)
        asked = ask(task, function, self.key, 3 * self.seconds)
        if asked.lost:  # the next exercise gets a process of its own
            self.close()
        if asked.flag:
            self.flags.append(f"{name}: {asked.flag}")
        return asked.mark()

    def broken(self, task: Task, function: str) -> list[str]:
        """Where a function uses what its exercise forbids."""
        given = {cell.source for cell in self.assignment.cells}
        cells = [cell for cell in self.submission.cells if cell not in given]
        modules = {
            name.removesuffix(".py"): source.decode("utf-8", "replace")
            for name, source in self.submission.modules.items()
        }
        return broken_rules(cells, task.exercise.forbidden, function, modules)

    def found(self, task: Task) -> RemoteFunction | None:
        """See `find`; what an exercise before this one broke costs only a new start."""
        if self.session is not None:
            try:
                return self.find(task)
            except SessionLost:
                self.close()
        return self.find(task)

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
        return nothing(task, Outcome.MISSING, message)

    def ran(self, task: Task) -> CellRan | None:
        """How the cell went in which a function should be written."""
        source = self.submission.sources.get(task.solution)
        if self.session is None or source is None:
            return None
        pairs = zip(self.submission.cells, self.session.ran.cells, strict=False)
        return next((ran for cell, ran in pairs if cell == source), None)


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
    idle = (Outcome.MISSING, Outcome.NOT_ATTEMPTED)
    if not submission.flags and all(m.outcome in idle for m in marks):
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
