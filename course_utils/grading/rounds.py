"""Asking a function round by round, and what that earns.

Each round draws a whole set of inputs from a generator that only the teacher's side can
repeat, and is right or wrong as one; a right round earns its share of the points.
"""

from __future__ import annotations

import time
import traceback
from dataclasses import dataclass
from pathlib import Path

from course_utils.checks.result import Result, Status
from course_utils.grading.asking.remote import RemoteFunction
from course_utils.grading.asking.talk import SessionLost
from course_utils.grading.assignments import Task
from course_utils.grading.course import generator
from course_utils.grading.records import Mark, Outcome

ROUNDS = 2
_LONGEST = 4000  # characters of a text that records and pages can hold
_OUTCOMES = {
    Status.INCORRECT: Outcome.INCORRECT,
    Status.CRASHED: Outcome.CRASHED,
    Status.NOT_ATTEMPTED: Outcome.NOT_ATTEMPTED,
}
_REASONS = {
    "memory": "it used more memory than a submission may",
    "cpu": "it used more computing time than a submission may",
    "processes": "it started more processes than a submission may",
    "wall": "it took longer than a submission may",
    "time": "it took longer than a submission may",
    "died": "its process ended before it had answered",
    "garbled": "what came back was no answer",
}
LOST = "The function could not be asked to the end: {why}."
UNTIMELY = (
    "Asking it took more than {seconds:g} seconds; what it had answered by then counts."
)
UNJUDGED = "This could not be judged. Your teacher will look at it."


@dataclass
class Asked:
    """What came of asking a function.

    Attributes:
        task: the exercise.
        right: rounds that were right.
        wrong: the result of the first round that was not.
        praise: what the check said of the last round.
        end: how it ended early, and what to say of that; None where it did not.
        lost: whether the function's process is gone.
        flag: why a human should look at it, or nothing.
    """

    task: Task
    right: int = 0
    wrong: Result | None = None
    praise: str = ""
    end: tuple[Outcome, str] | None = None
    lost: bool = False
    flag: str = ""

    def mark(self) -> Mark:
        """What that earns."""
        exercise, wrong = self.task.exercise, self.wrong
        share = self.right / ROUNDS
        if exercise.all_rounds and self.right < ROUNDS:
            share = 0.0
        if self.right == ROUNDS:
            outcome, message = Outcome.CORRECT, self.praise
        elif self.end is not None:
            outcome, message = self.end
            message = f"{wrong.message}\n{message}" if wrong else message
        else:
            message = wrong.message
            outcome = Outcome.PARTLY if share > 0 else _OUTCOMES[wrong.status]
        return Mark(
            exercise.name,
            round(exercise.points * share, 4),
            exercise.points,
            outcome,
            _cut(message),
            tuple((label, _cut(text)) for label, text in wrong.rows()) if wrong else (),
            self.right,
            ROUNDS,
        )


def ask(task: Task, function: RemoteFunction, key: bytes, seconds: float) -> Asked:
    """Ask a function, as long as it answers and there is time.

    Args:
        task: the exercise.
        function: the student's.
        key: of this student and assignment; the drawn inputs follow from it.
        seconds: for all rounds; one that has begun is brought to its end.
    """
    asked, exercise = Asked(task), task.exercise
    deadline = time.monotonic() + seconds
    for number in range(ROUNDS):
        rng = generator(key, exercise.name, str(number))
        try:
            result = exercise.judge(function, rng)
        except SessionLost as lost:
            late = lost.reason == "time" or lost.limit == "wall"
            outcome = Outcome.UNFINISHED if late else Outcome.KILLED
            asked.end = outcome, LOST.format(why=why(lost))
            asked.lost, asked.flag = True, asked.end[1]
            break
        except Exception as error:
            result = Result(Status.CRASHED, UNJUDGED)
            asked.flag = f"its check ended with {_told(error)}"
        asked.right += result.correct
        asked.praise = result.message
        asked.wrong = asked.wrong or (None if result.correct else result)
        if result.status is Status.NOT_ATTEMPTED:
            break
        if time.monotonic() > deadline and number + 1 < ROUNDS:
            asked.end = Outcome.UNFINISHED, UNTIMELY.format(seconds=seconds)
            break
    return asked


def nothing(task: Task, outcome: Outcome, message: str) -> Mark:
    """The mark of an exercise that was not asked."""
    name, possible = task.exercise.name, task.exercise.points
    return Mark(name, 0.0, possible, outcome, _cut(message), rounds=ROUNDS)


def why(lost: SessionLost) -> str:
    """Why a process was lost, to end a sentence with."""
    return _REASONS.get(lost.limit) or _REASONS.get(lost.reason, str(lost))


def _told(error: Exception) -> str:
    """An exception and where a check raised it, for the teacher."""
    (*_, last) = traceback.extract_tb(error.__traceback__)
    where = f"line {last.lineno} of {Path(last.filename).name}"
    return f"{type(error).__name__} in {where}: {str(error)[:200]}".rstrip(": ")


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + " ..."
