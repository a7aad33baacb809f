"""What came back, read without trusting a byte of it."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from course_utils.grading.assignments import Assignment
from course_utils.grading.handing_in.choosing import best, is_a, modules_beside, opened
from course_utils.grading.handing_in.handed_in import Found, Remarks, Room
from course_utils.grading.handing_in.open_safely import read_folder

_TIME = re.compile(
    r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d{1,9})?)?"
    r"( ?(Z|[A-Z]{3,5}|[+-]\d\d:?\d\d))?"
)


@dataclass(frozen=True)
class Submission:
    """What one student handed in, as far as it could be read.

    Attributes:
        student: the name of the student's folder.
        assignment: the assignment's name.
        cells: the code to run, in the student's order.
        sources: the student's source of each solution cell, by its grade id.
        answers: the student's text in each answer cell, by its grade id.
        modules: Python files beside the notebook, by file name (``helper.py``).
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


def read_submission(folder: Path, student: str, assignment: Assignment) -> Submission:
    """Read what a student handed in, and make the best of it.

    Whatever a student did, there is a `Submission` at the end: what could not be read
    is missing from it, and its notes and flags say so.

    Args:
        folder: ``submitted/STUDENT/ASSIGNMENT``; it need not exist.
        student: the name of the student's folder.
        assignment: what was handed out.
    """
    remarks = Remarks()
    submission = Submission(student, assignment.name)
    try:
        submission = _read(folder, submission, assignment, remarks)
    except Exception as error:  # one submission must not keep the others from marks
        remarks.note("Your submission could not be read. Your teacher will look at it.")
        remarks.flag(f"Reading it failed with {type(error).__name__}: {error!s:.200}")
    return replace(
        submission,
        notes=tuple(remarks.notes),
        flags=tuple(remarks.flags),
        digest=_digest(submission),
    )


def _read(
    folder: Path, submission: Submission, assignment: Assignment, remarks: Remarks
) -> Submission:
    room = Room()
    files = opened(read_folder(folder, remarks, room), remarks, room)
    submission = replace(submission, submitted=_time(files, remarks))
    chosen, matched = best(files, assignment, remarks)
    if chosen is None:
        if not files and not remarks.notes:
            remarks.note("Nothing was handed in: the folder is empty or missing.")
            remarks.flag("Nothing was handed in.")
        elif not any(is_a(file, ".ipynb") for file in files):
            remarks.note("There is no notebook in what you handed in.")
            remarks.flag("There is no notebook.")
        _say_others(remarks)
        return submission
    if not matched.written and (matched.sources or matched.answers):
        remarks.note("Your notebook is as it was handed out: nothing is written in it.")
        remarks.flag("Nothing is written in it.")
    _say_others(remarks)
    return replace(
        submission,
        cells=tuple(matched.cells),
        sources=matched.sources,
        answers=matched.answers,
        modules=modules_beside(files, chosen, remarks),
    )


def _say_others(remarks: Remarks) -> None:
    if remarks.others:
        named = ", ".join(remarks.others[:5])
        more = len(remarks.others) - 5
        named += f" and {more} more" * (more > 0)
        remarks.note(
            "Files that marking does not use were left out; code that opens them will "
            f"not find them: {named}."
        )


def _time(files: list[Found], remarks: Remarks) -> str:
    """What timestamp.txt says, if it is a time as nbgrader writes it."""
    for file in files:
        if is_a(file, "timestamp.txt") and len(file.path) <= 2:
            text = file.data[:100].decode("ascii", "replace").strip()
            try:
                if not _TIME.fullmatch(text):
                    raise ValueError(text)
                datetime.fromisoformat(text[:16])
            except ValueError:
                remarks.note("timestamp.txt does not hold a time, and was not used.")
                return ""
            return text
    return ""


def _digest(submission: Submission) -> str:
    """SHA-256 of all that marking depends on."""
    known = {
        "student": submission.student,
        "assignment": submission.assignment,
        "cells": submission.cells,
        "sources": submission.sources,
        "answers": submission.answers,
        "modules": {n: data.hex() for n, data in submission.modules.items()},
    }
    text = json.dumps(known, sort_keys=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
