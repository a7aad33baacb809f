"""What came back, read without trusting a byte of it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Submission:
    """What one student handed in, as far as it could be read.

    Attributes:
        student: the name of the student's folder.
        assignment: the assignment's name.
        cells: the code to run, in the student's order.
        sources: the student's source of each solution cell, by its grade id.
        answers: the student's text in each answer cell, by its grade id.
        modules: Python files beside the notebook, by name: what it may import.
        notes: what was mended or looked odd, in sentences for the student.
        flags: why a human should look at it, in sentences for the teacher.
        digest: SHA-256 of everything above but notes and flags, in hexadecimal.
        submitted: when, as nbgrader's timestamp.txt has it; empty where unknown.
    """

    student: str
    assignment: str
    cells: tuple[str, ...] = ()
    sources: dict[str, str] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    modules: dict[str, bytes] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    digest: str = ""
    submitted: str = ""
