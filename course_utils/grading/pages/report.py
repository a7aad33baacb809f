"""A page about a class: which exercise went wrong and why, and whom to look at."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean, median
from urllib.parse import quote

from course_utils.checks.exercise import read_solution
from course_utils.grading.assignments import Assignment
from course_utils.grading.course import Course
from course_utils.grading.pages.comments import Comments
from course_utils.grading.pages.drawing import bar, histogram, in_words, legend
from course_utils.grading.pages.rendering import render, write_page
from course_utils.grading.pages.same_texts import same_texts
from course_utils.grading.pages.similarity import Pair, alike
from course_utils.grading.pages.tallies import Tally, columns, tallies
from course_utils.grading.pages.wording import title_of
from course_utils.grading.records import Record

SHOWN = 100


def write_report(
    course: Course,
    assignment: Assignment,
    records: Sequence[Record],
    comments: Mapping[str, Comments] | None = None,
) -> Path:
    """Write the page about a class.

    Args:
        course: the class.
        assignment: what was handed out.
        records: of everybody who is marked.
        comments: what `read_comments` has of them; None leaves out how far the open
            questions are marked.

    Returns:
        The page: reports/ASSIGNMENT.html.

    Raises:
        OSError: the page cannot be written.
    """
    html = report_page(assignment, records, comments)
    return write_page(course.reports / f"{assignment.name}.html", html)


def report_page(
    assignment: Assignment,
    records: Sequence[Record],
    comments: Mapping[str, Comments] | None = None,
) -> str:
    """The page about a class as HTML. See `write_report`."""
    counted = tallies(records)
    totals = [record.points for record in records]
    possible = sum(tally.possible for tally in counted)
    seconds = [record.seconds for record in records]
    return render(
        "report.html",
        report={
            "title": title_of(assignment.name),
            "name": assignment.name,
            "count": len(records),
            "mean": fmean(totals) if totals else 0.0,
            "median": median(totals) if totals else 0.0,
            "possible": possible,
            "full": sum(total >= possible for total in totals) if counted else 0,
            "totals": histogram(columns(totals, possible), "Points in all"),
            "seconds": median(seconds) if seconds else 0.0,
            "longest": max(seconds, default=0.0),
            "tiers": sorted(Counter(record.tier for record in records).items()),
            "worst": (lowest := worst(counted)),
            "place_of_worst": counted.index(lowest) + 1 if lowest else 0,
            "legend": legend(),
            "exercises": [
                {
                    "tally": tally,
                    "bar": bar(tally.kinds),
                    "words": in_words(tally.kinds),
                    "histogram": histogram(tally.columns, f"Points in {tally.name}"),
                }
                for tally in counted
            ],
            "questions": _questions(assignment, records, comments or {}),
            "flags": (flags := flagged(records))[:SHOWN],
            "more_flags": len(flags) - SHOWN,
            "flagged": sum(bool(record.flags) for record in records),
            "groups": (groups := grouped(same(assignment, records)))[:SHOWN],
            "more_groups": len(groups) - SHOWN,
            "alike": sum(len(group["who"]) for group in groups),
            "place": lambda student: _place(student, assignment.name),
        },
    )


def worst(counted: Sequence[Tally]) -> Tally | None:
    """The exercise with the smallest share of its points, where any were lost."""
    lowest = min(counted, key=lambda tally: tally.share, default=None)
    return lowest if lowest is not None and lowest.share < 1 else None


def known(assignment: Assignment) -> dict[str, list[str]]:
    """Sources that say nothing when two have them: handed out, or published."""
    given = {cell.grade_id: cell.source for cell in assignment.cells}
    found = {}
    for task in assignment.tasks:
        published = read_solution(task.exercise.name, task.exercise.slug)
        found[task.solution] = [given.get(task.solution, ""), published or ""]
    return found


def same(assignment: Assignment, records: Sequence[Record]) -> list[Pair]:
    """Pairs with the same functions but for names, then those with the same texts."""
    handed_out = {cell.grade_id: cell.source for cell in assignment.cells}
    texts = [
        replace(pair, cells=tuple(f"the same text in {cell}" for cell in pair.cells))
        for pair in same_texts(records, handed_out)
    ]
    return [*alike(records, known(assignment)), *texts]


def flagged(records: Sequence[Record]) -> list[tuple[str, list[str]]]:
    """Why a human should look, and at whom: those with the same reason together."""
    found: dict[str, list[str]] = defaultdict(list)
    for record in records:
        for flag in dict.fromkeys(record.flags):
            found[flag].append(record.student)
    return sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))


def grouped(pairs: Sequence[Pair]) -> list[dict]:
    """Pairs that share a student, put together: who, and in which cells they agree."""
    parent: dict[str, str] = {}

    def root(student: str) -> str:
        while parent.setdefault(student, student) != student:
            parent[student] = student = parent[parent[student]]
        return student

    for pair in pairs:
        first, second = map(root, pair.students)
        parent[second] = first
    found: dict[str, dict] = {}
    for pair in pairs:  # the heaviest first, and so are the groups
        group = found.setdefault(root(pair.students[0]), {"who": {}, "cells": {}})
        group["who"] |= dict.fromkeys(pair.students)
        group["cells"] |= dict.fromkeys(pair.cells)
    return [
        {"who": sorted(group["who"]), "cells": list(group["cells"])}
        for group in found.values()
    ]


def _questions(
    assignment: Assignment,
    records: Sequence[Record],
    comments: Mapping[str, Comments],
) -> list[dict]:
    """How many answered each open question, and how far it is marked."""
    stubs = {cell.grade_id: cell.source.strip() for cell in assignment.cells}
    rows = []
    for question in assignment.questions:
        cell = question.answer
        texts = (record.answers.get(cell, "").strip() for record in records)
        scores = [
            found.scores[cell].points
            for record in records
            if (found := comments.get(record.student)) and cell in found.scores
            if not found.scores[cell].waiting
        ]
        rows.append(
            {
                "name": cell.removeprefix("answer-"),
                "answered": sum(text not in ("", stubs.get(cell)) for text in texts),
                "marked": len(scores),
                "mean": fmean(scores) if scores else None,
                "possible": question.points,
            }
        )
    return rows


def _place(student: str, assignment: str) -> str:
    """Where a student's page is, seen from the report."""
    return "../feedback/" + "/".join(
        quote(part, safe="", errors="replace")
        for part in (student, assignment, f"{assignment}.html")
    )
