"""The class report counts rightly and leads to whom it names."""

import re
from dataclasses import replace
from urllib.parse import unquote

import pytest

from course_utils.checks.exercise import read_solution
from course_utils.grading.course import Course
from course_utils.grading.pages.comments import Comments, Score
from course_utils.grading.pages.feedback import write_feedback
from course_utils.grading.pages.report import (
    flagged,
    grouped,
    report_page,
    write_report,
)
from course_utils.grading.pages.similarity import Pair
from course_utils.grading.pages.tallies import columns, tallies
from course_utils.grading.records import Mark, Outcome
from tests.grading import made_up
from tests.grading.test_feedback import HOSTILE, Skeleton

ASSIGNMENT = made_up.assignment()


def says(records, comments=None):
    return Skeleton(report_page(ASSIGNMENT, records, comments)).words


def small_class():
    """Six people; nesterov_step goes wrong four times, thrice in the same way."""
    ways = [
        made_up.rightly_nesterov,
        made_up.old_velocity,
        made_up.old_velocity,
        made_up.old_velocity,
        made_up.misspelt,
        None,
    ]
    usual = {name: fns[0] for name, fns in made_up.WRITTEN.items()}
    return [
        made_up.record(f"s{n}", usual | {"nesterov_step": way})
        for n, way in enumerate(ways)
    ]


def test_outcomes_points_and_mistakes_are_counted():
    terminal, nesterov, adam = tallies(small_class())
    assert (nesterov.mean, nesterov.median, nesterov.possible) == (4 / 6, 0.0, 4.0)
    assert nesterov.kinds == {
        "right": 1,
        "partly": 0,
        "wrong": 3,
        "stopped": 1,
        "empty": 1,
    }
    old = made_up.judged("nesterov_step", made_up.old_velocity).message
    crash = made_up.judged("nesterov_step", made_up.misspelt).message
    assert [(m.message, m.count, m.symbol) for m in nesterov.mistakes] == [
        (old, 3, "✗"),
        (crash, 1, "⚡"),
    ]
    assert nesterov.rest == 0  # an empty function is no mistake
    assert nesterov.columns == (("0", 5), ("1", 0), ("2", 0), ("3", 0), ("4", 1))
    assert (adam.mean, adam.mistakes, adam.rest) == (4.0, (), 0)
    assert (terminal.share, nesterov.share) == (1.0, 1 / 6)


def test_what_was_said_once_is_named_in_a_small_class_alone():
    right = [made_up.record(f"r{n}") for n in range(13)]
    small = tallies(small_class() + right)[1]
    assert ([m.count for m in small.mistakes], small.rest) == ([3, 1], 0)
    right.append(made_up.record("another"))
    large = tallies(small_class() + right)[1]
    assert ([m.count for m in large.mistakes], large.rest) == ([3], 1)


def test_the_slowest_is_named():
    records = small_class()
    slow = replace(records[3].marks[2], seconds=9.5)
    records[3] = replace(records[3], marks=(*records[3].marks[:2], slow))
    adam = tallies(records)[2]
    assert (adam.seconds, adam.slowest) == (0.05, (9.5, "s3"))
    assert "and 9.5 s for s3 , the slowest" in says(records)


def test_columns_take_in_every_value():
    assert sum(n for _, n in columns([0.1 * n for n in range(100)], 9.9)) == 100
    assert columns([1.25, 2.5], 5) == (("0", 0), ("1.25", 1), ("2.5", 1), ("5", 0))
    assert columns([], 0) == (("0", 0),)


def test_the_first_lines_say_which_exercise_went_wrong_and_why():
    words = says(small_class())
    message = made_up.judged("nesterov_step", made_up.old_velocity).message
    assert "8.67 of 12 points on average" in words
    assert "Half have 8 or more; 1 of 6 have all." in words
    expected = (
        "Look first at nesterov_step : 0.67 of 4 points on average. To 3 of 6 the "
        f"check said: {message}"
    )
    assert " ".join(expected.split()) in words
    assert "1 right, 3 not right, 1 stopped by an error or a limit" in words


def test_whoever_needs_a_human_is_named_once_for_each_reason():
    records = [
        made_up.record("ada"),
        made_up.record("ben", flags=("Killed.", "Killed.", "Empty.")),
        made_up.record("cleo", flags=("Killed.",)),
    ]
    assert flagged(records) == [("Killed.", ["ben", "cleo"]), ("Empty.", ["ben"])]
    words = says(records)
    assert "To be looked at: 2" in words
    assert "Killed. 2 ben , cleo" in words


def test_pairs_that_share_a_student_stand_together():
    found = grouped(
        [
            Pair(("b", "c"), ("two", "three"), 9.0),
            Pair(("x", "y"), ("one",), 8.0),
            Pair(("a", "c"), ("one", "two"), 7.0),
        ]
    )
    assert found == [
        {"who": ["a", "b", "c"], "cells": ["two", "three", "one"]},
        {"who": ["x", "y"], "cells": ["one"]},
    ]


def test_the_same_but_for_names_is_reported_without_a_verdict():
    cells = {"terminal_velocity": made_up.uphill, "nesterov_step": made_up.misspelt}
    body = "".join(f"    a{n} = np.cos(theta[{n}]) * g\n" for n in range(20))
    copied = [
        made_up.record(
            name,
            cells,
            sources={"adam_step": f"# {name}\ndef adam_step(theta, g):\n{body}"},
        )
        for name in ("ben", "ada")
    ]
    words = says([*made_up.crowd(30), *copied])
    assert "The same but for names: 2" in words
    assert "ada , ben adam_step" in words
    assert not re.search("cheat|plagiar|copied|fraud", words, re.IGNORECASE)
    assert "The same but for names: nobody" in says(made_up.crowd(30))


def test_published_solutions_say_nothing():
    solutions = {name: read_solution(name, "optimizers") for name in made_up.STUBS}
    others = {
        name: text.replace("return", "other = np.sum(1)\n    return")
        for name, text in solutions.items()
    }
    for sources, found in ((solutions, "nobody"), (others, "2")):
        records = [made_up.record(name, sources=sources) for name in ("ada", "ben")]
        words = says(made_up.crowd(60) + records)
        assert f"The same but for names: {found}" in words


def test_the_same_answer_is_reported_where_the_code_is_the_published_one():
    sources = {name: read_solution(name, "optimizers") for name in made_up.STUBS}
    answer = " ".join(f"Step {n} adds a share of what is left." for n in range(8))
    pair = [
        made_up.record(name, sources=sources, answers={"answer-nesterov_step": text})
        for name, text in (("ada", answer), ("ben", answer.upper().replace(" ", "\n")))
    ]
    words = says(made_up.crowd(20) + pair)
    assert "The same but for names: 2" in words
    assert "ada , ben the same text in answer-nesterov_step" in words


def test_open_questions_show_how_far_they_are_marked():
    records = [
        made_up.record("ada"),
        made_up.record("ben", answers={"answer-terminal_velocity": " "}),
        made_up.record(
            "cleo", answers={"answer-terminal_velocity": "Your answer here.\n"}
        ),
    ]
    cell = "answer-terminal_velocity"
    comments = {
        "ada": Comments({cell: Score(1.5, True, False)}),
        "ben": Comments({cell: Score(0.0, False, True)}),
    }
    assert "terminal_velocity 1 of 3 1 1.5 of 2" in says(records, comments)
    assert "terminal_velocity 1 of 3 0 –" in says(records)


def test_a_report_leads_to_the_pages_of_those_it_names(tmp_path):
    course = Course(tmp_path)
    record = made_up.record("Ada <b> & #1?", flags=("Look.",))
    page = write_feedback(course, ASSIGNMENT, record)
    report = write_report(course, ASSIGNMENT, [record])
    assert report == tmp_path / "reports/07_optimizers.html"
    tags = Skeleton(report.read_text(encoding="utf-8")).tags
    links = [dict(pairs)["href"] for tag, *pairs in tags if tag == "a"]
    pages = {link for link in links if not link.startswith("#")}
    assert len(pages) == 1
    assert all(re.fullmatch(r"[\w%./~-]+", link) for link in pages)
    found = report.parent / unquote(pages.pop())
    assert found.resolve() == page.resolve()
    places = {dict(pairs).get("id") for _, *pairs in tags}
    assert {link[1:] for link in links if link.startswith("#")} <= places


@pytest.mark.parametrize("text", [HOSTILE, "]]>--><svg onload=alert(1)>", "&quot;x"])
def test_no_text_of_a_stranger_becomes_anything_but_text(text):
    def page(text):
        mark = Mark("adam_step", 0.0, 4.0, Outcome.CRASHED, text, (), 0, 4, 1.0)
        records = [
            made_up.record(
                name.replace("\ud800", ""),
                {"adam_step": mark},
                flags=(text,),
                tier=text,
                sources={"adam_step": text},
            )
            for name in (f"ada{text}", f"ben{text}")
        ]
        return report_page(ASSIGNMENT, records)

    def tags(html):
        return [
            (tag, *((k, v) for k, v in pairs if (k, v[:3]) != ("href", "../")))
            for tag, *pairs in Skeleton(html).tags
        ]

    page(text).encode("utf-8")
    assert tags(page(text)) == tags(page("harmless"))


def test_a_class_of_nobody_and_one_of_one_have_a_page():
    assert "0 submissions" in says([])
    assert "1 submission, as" in says([made_up.record("ada")])
    assert "Look first at" not in says([made_up.record("ada")])


def test_the_same_records_make_the_same_page():
    records = made_up.crowd(40)
    assert report_page(ASSIGNMENT, records) == report_page(ASSIGNMENT, records)
