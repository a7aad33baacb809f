"""What grading a submission comes to, as plain data that a file can hold.

A `Record` is written once, atomically, when a submission has been marked; gradebook,
feedback and reports are made from records alone.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum

FORMAT = 1


class Outcome(StrEnum):
    """How one exercise ended."""

    CORRECT = "correct"
    PARTLY = "partly correct"
    INCORRECT = "incorrect"
    CRASHED = "crashed"
    NOT_ATTEMPTED = "not attempted"
    MISSING = "missing"
    FORBIDDEN = "forbidden"
    UNFINISHED = "unfinished"
    KILLED = "killed"


@dataclass(frozen=True)
class Mark:
    """What one exercise earned, and why.

    Attributes:
        exercise: the name of the function asked for.
        points: earned, from 0 to `possible`.
        possible: the most there is to earn.
        outcome: how it ended.
        message: what to tell the student, in plain text.
        rows: of at most one counterexample, as (label, text).
        right: rounds of drawn inputs that were answered rightly.
        rounds: rounds that were to be asked.
        seconds: wall time that it took.
    """

    exercise: str
    points: float
    possible: float
    outcome: Outcome
    message: str = ""
    rows: tuple[tuple[str, str], ...] = ()
    right: int = 0
    rounds: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Record:
    """Everything known of one marked submission.

    Attributes:
        student: the name of the student's folder.
        assignment: the assignment's name.
        key: what the marks depend on, hashed: submission, assignment, secret, version.
        marks: one an exercise, in the assignment's order.
        answers: the student's text in each manually graded cell, by its grade id.
        sources: the student's source in each solution cell, by its grade id.
        notes: what was mended or looked odd, for the student to read.
        flags: why a human should look at it, for the teacher.
        seconds: wall time of the whole submission.
        tier: the sandbox that it ran in.
    """

    student: str
    assignment: str
    key: str
    marks: tuple[Mark, ...]
    answers: dict[str, str]
    sources: dict[str, str]
    notes: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    seconds: float = 0.0
    tier: str = ""

    @property
    def points(self) -> float:
        """The sum of what was earned."""
        return sum(mark.points for mark in self.marks)

    def to_json(self) -> str:
        """The record as text; see `from_json`."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Record:
        """The record that `to_json` wrote.

        Raises:
            ValueError: the text is no record, or one of another format.
        """
        try:
            fields = json.loads(text)
            found = fields.pop("format")
            if found != FORMAT:
                raise ValueError(f"format must be {FORMAT}, got {found!r}")
            marks = tuple(
                Mark(
                    **mark
                    | {
                        "outcome": Outcome(mark["outcome"]),
                        "rows": tuple((str(a), str(b)) for a, b in mark["rows"]),
                    }
                )
                for mark in fields.pop("marks")
            )
            for name in ("notes", "flags"):
                fields[name] = tuple(fields[name])
            return cls(marks=marks, **fields)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise ValueError(f"not a grading record: {error}") from None
