"""The pages that the book makes of notebooks: lessons, exercises, collections."""

import json
import re
from collections import Counter

import nbformat
import pytest
from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
)

from course_utils.checks.exercise import Exercise
from course_utils.notebooks.errors import CourseError
from course_utils.publishing.book import concepts
from course_utils.publishing.book.docstrings import as_rst
from course_utils.publishing.book.errata import errata_page
from course_utils.publishing.book.exercises import exercise_page
from course_utils.publishing.book.extension import shorten_contents
from course_utils.publishing.book.lessons import lesson_page, section
from course_utils.publishing.book.links import Links
from course_utils.publishing.book.measured import measured_page
from course_utils.publishing.book.verdicts import verdict_page, verdict_tables


@pytest.fixture
def links(tmp_path):
    return Links(tmp_path, {"notebooks/02_b.ipynb": "notebooks/02_b.ipynb"})


def notebook(*cells):
    return new_notebook(cells=list(cells))


def shown(markdown, html="<table></table>"):
    data = {"text/markdown": markdown, "text/html": html, "text/plain": "t"}
    return new_code_cell("t", outputs=[new_output("execute_result", data)])


# Lessons


def test_alt_text_of_a_cell_becomes_the_picture_s(links):
    cell = new_code_cell("draw()", metadata={"alt": 'A line, "rising"'})
    page = nbformat.reads(lesson_page(notebook(cell), "n", links), as_version=4)
    assert page.cells[0].metadata["mystnb"]["image"]["alt"] == 'A line, "rising"'
    assert "mystnb" not in cell.metadata


def test_notes_for_lecturers_are_folded_and_other_notes_are_not(links):
    cells = [
        new_markdown_cell("*For lecturers.* Ask for $x$."),
        new_markdown_cell("A note for all."),
    ]
    page = nbformat.reads(lesson_page(notebook(*cells), "n", links), as_version=4)
    first, second = (cell.source for cell in page.cells)
    assert first.startswith("<details")
    assert first.endswith("</details>")
    assert "<summary>For lecturers</summary>\n\nAsk for $x$.\n\n" in first
    assert second == "A note for all."


def test_outputs_stay_in_the_form_that_is_shown(links):
    page = lesson_page(notebook(shown("| a |\n|---|\n| 1 |", "<b>1</b>")), "n", links)
    data = nbformat.reads(page, as_version=4).cells[0].outputs[0].data
    assert dict(data) == {"text/html": "<b>1</b>", "text/plain": "t"}


def test_the_heading_behind_a_prediction_is_a_level_deeper(links):
    texts = [
        "# T",
        "(a-1)=\n## Predict: how?\n\n```\n# no\n```",
        "*For lecturers.* Wait.",
        "(a-2)=\n## B: so\n\n# is code? ## no",
        "## Next",
        "## Predict: who?",
        "## Evidence",
        "## Predict: when?",
        "### Deep already",
        "## After",
    ]
    lesson = notebook(*map(new_markdown_cell, texts))
    page = nbformat.reads(lesson_page(lesson, "n", links), as_version=4)
    made = [cell.source for cell in page.cells]
    assert made[3].startswith("(a-2)=\n### B: so\n")
    assert made[:2] + made[4:] == texts[:2] + texts[4:]
    assert lesson.cells[3].source == texts[3]


def test_only_a_lesson_s_contents_hide_what_lies_below():
    for page, level in [
        ("notebooks/01_a", 1),
        ("notebooks/exercises/01_a", 2),
        ("concepts", 2),
    ]:
        context = {"theme_show_toc_level": 2}
        shorten_contents(None, page, "page.html", context, None)
        assert context == {"theme_show_toc_level": level}


def test_a_section_ends_where_the_next_of_its_level_begins():
    texts = ["# T", "## A", "a", "### A1", "```\n## no\n```", "## B", "b"]
    cells = section(notebook(*map(new_markdown_cell, texts)), "a")
    assert [cell.source for cell in cells] == texts[1:5]


# Exercises

SOLVED = """def half(x):
    '''Half of x.'''
    ### BEGIN SOLUTION
    return x / 2
    ### END SOLUTION"""
ASKED = """**Then explain.** Why?

### BEGIN MARK SCHEME
1 point: since two halves are one
### END MARK SCHEME"""


def made_exercise(links, *cells, hints=("Think of $x$.", "Divide.")):
    exercises = {"half": Exercise("half", "a", lambda fn, rng: None, hints)}
    return exercise_page(notebook(*cells), "e", exercises, links)


def without_folds(page):
    assert page.count("<details") == page.count("</details>")
    return re.sub(r"<details.*?</details>", "", page, flags=re.DOTALL)


def test_solution_hints_and_mark_scheme_are_folded_in_this_order(links):
    page = made_exercise(
        links,
        new_markdown_cell("# Exercises"),
        new_code_cell(SOLVED),
        new_code_cell("exercises.half.check(half)"),
        new_markdown_cell(ASKED),
    )
    open_part = without_folds(page)
    assert "raise NotImplementedError()" in open_part
    assert "exercises.half.check(half)" in open_part
    assert "**Then explain.** Why?" in open_part
    for hidden in ("x / 2", "two halves", "Divide.", "BEGIN"):
        assert hidden not in open_part
    order = ["check(half)", "Hint 1 of 2", "Hint 2 of 2", ">Solution<", "Why?"]
    places = [page.index(text) for text in [*order, "two halves"]]
    assert places == sorted(places)
    assert "    return x / 2\n" in page
    assert "### " not in page


def test_below_the_title_stands_what_is_different_in_the_book(links):
    cells = (
        new_markdown_cell("# Exercises\n\nTwo of them."),
        new_markdown_cell("More"),
    )
    title, here, rest, more = made_exercise(links, *cells).split("\n\n")
    assert (title, rest, more) == ("# Exercises", "Two of them.", "More")
    assert "folded below each task" in here


def test_a_solution_that_no_exercise_knows_is_an_error(links):
    with pytest.raises(CourseError, match=r"solves third; expected one of half"):
        made_exercise(links, new_code_cell(SOLVED.replace("half", "third")))


def test_marks_that_do_not_pair_are_an_error(links):
    with pytest.raises(CourseError, match="e: line"):
        made_exercise(links, new_code_cell("### BEGIN SOLUTION\nx = 1"))


# Verdicts and errata

LONG = """On hills

| claim | verdict | unit |
| :--- | :--- | ---: |
| A \\| B beats C | holds | a_b |
| D beats E | no difference seen | 2 |"""
WIDE = "| claim | NLL |\n|---|---|\n| x | rates disagree +1, -2 |\n| y | holds +1 |"
OTHER = "| arm | seeds |\n|---|---|\n| holdsome | 3 |"


def test_tables_with_verdicts_are_found_among_outputs():
    tables = verdict_tables(notebook(shown(OTHER), shown(LONG), shown(WIDE)))
    assert [table.columns[0] for table in tables] == ["claim", "claim"]
    assert tables[0].caption == "On hills"
    assert tables[0].rows[0] == ("A | B beats C", "holds", "a_b")
    assert tables[1].counts() == Counter({"rates disagree": 1, "holds": 1})


def test_the_page_of_verdicts_counts_and_links():
    lesson = notebook(shown(LONG), shown(WIDE))
    page = verdict_page(
        [("n/1.ipynb", "1. One", lesson), ("n/2", "2. Two", notebook())]
    )
    assert "4 verdicts: holds 2, no difference seen 1, rates disagree 1" in page
    assert "## 1. One" in page
    assert "[To the lesson](n/1.ipynb)" in page
    assert "2. Two" not in page
    assert "| A \\| B beats C | [holds]{.verdict .verdict-holds} | a\\_b |" in page
    with pytest.raises(ValueError, match="no stored output"):
        verdict_page([("n/2", "2. Two", notebook())])


def test_errata_are_collected_over_cells_without_notes():
    cells = [
        "# 1. One",
        "## What goes wrong in other texts\n\n| You may read | We found |",
        "*For lecturers.* Ask.",
        "Second table.",
        "## Summary\n\nAll.",
    ]
    lesson = notebook(*map(new_markdown_cell, cells))
    page = errata_page([("n/1.ipynb", "1. One", lesson)])
    assert "We found |\n\nSecond table." in page
    assert page.count("What goes wrong in other texts") == 1
    assert "For lecturers" not in page
    assert "Summary" not in page


# Concepts


def lesson_sections(*texts):
    cells = map(new_markdown_cell, texts)
    return concepts.sections("07_b", "7. B", notebook(*cells))


def test_the_place_that_makes_most_of_a_term_comes_first():
    found = lesson_sections(
        "# 7. B\n\nA saddle-point.",
        "## Further reading\n\n*Saddle points* everywhere.",
        "## Out\n\nLeave **saddle points**.",
        "*For lecturers.* ## no heading",
        "## A saddle\n\nHere.",
        "## Saddle points, at last",
        "## Code\n\n`saddle`, $saddle$\n\n```\nsaddle\n```",
    )
    (term,) = concepts.read_terms("saddle point | saddle  # said twice\n\n")
    titles = [place.title for place in concepts.places(term, found)]
    assert titles == ["Saddle points, at last", "A saddle", "Out", "7. B"]
    assert concepts.places(term, found[1:2]) == found[1:2]
    page = concepts.concept_page([term], found)
    assert "## S" in page
    assert ": **[7. B: Saddle points, at last](#section-07-5)**" in page


def test_labels_stand_where_sections_count_them():
    texts = ["# T", "text", "*For lecturers.* # no", "### B\n\nb"]
    lesson = notebook(*map(new_markdown_cell, texts))
    counted = concepts.sections("07_b", "T", lesson)
    concepts.with_anchors("07_b", lesson)
    sources = [cell.source for cell in lesson.cells]
    assert sources == [
        "(section-07-1)=\n# T",
        *texts[1:3],
        "(section-07-2)=\n### B\n\nb",
    ]
    assert [one.anchor for one in counted] == ["section-07-1", "section-07-2"]


@pytest.mark.parametrize(
    ("words", "text", "found"),
    [
        ("learning rate", "Two learning-\nrates.", True),
        ("ReLU", "a relu", False),
        ("Adam", "AdamW", False),
        ("norm", "enormous", False),
        ("max-norm", "the max norm", True),
    ],
)
def test_words_are_found_as_words(words, text, found):
    (term,) = concepts.read_terms(words)
    assert bool(term.pattern().search(text)) is found


def test_a_term_that_is_found_nowhere_is_an_error():
    with pytest.raises(CourseError, match=r"no lesson speaks of 'zebra'.*horse"):
        concepts.concept_page(concepts.read_terms("zebra | horse"), lesson_sections())


@pytest.mark.parametrize(
    ("line", "first"),
    [
        ("ELU", "ELU at work"),
        ("ELU -> 07", "ELU at work"),
        ("ELU | unit -> 07: Below zero", "Below zero"),
        ("ELU -> 07: Predict: is it ELU?", "Predict: is it ELU?"),
    ],
)
def test_the_list_of_terms_can_name_the_place_that_comes_first(line, first):
    found = lesson_sections(
        "## Below zero\n\nThe ELU is this.",
        "## Predict: is it ELU?\n\nOr not?",
        "## ELU at work\n\nAs seen.",
    )
    (term,) = concepts.read_terms(line)
    titles = [place.title for place in concepts.places(term, found)]
    assert titles[0] == first
    assert len(titles) == len(set(titles)) >= 2


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("ELU -> 08", r"lesson 08 does not speak of 'ELU'.*ELU"),
        ("ELU -> 07: Other", r"section 'Other' of lesson 07 does not speak of 'ELU'"),
        ("ELU -> 07: Gone", r"section 'Gone' of lesson 07 does not speak"),
    ],
)
def test_a_place_that_does_not_speak_of_its_term_is_an_error(line, said):
    found = lesson_sections("## Below zero\n\nThe ELU is this.", "## Other\n\nText.")
    (term,) = concepts.read_terms(line)
    with pytest.raises(CourseError, match=said):
        concepts.places(term, found)


@pytest.mark.parametrize(
    "text", ["a | ", "| b", "a\nb\nA", "a ->", "a -> 3", "a -> 03:", "-> 03"]
)
def test_a_list_of_terms_that_cannot_be_read_names_the_line(text):
    with pytest.raises(CourseError, match=r"terms\.txt, line \d"):
        concepts.read_terms(text)


# Docstrings and measurements


def test_docstrings_keep_formulas_code_and_examples():
    text = as_rst(
        "The $\\mu$ of `x`s, |x|.\n\n    $$a\n    + b$$\n    with `b`.\n\n"
        ">>> f('$a$', `b`)\n1"
    )
    assert "The :math:`\\mu` of ``x``\\ s, \\|x\\|." in text
    assert "\n    .. math::\n\n       a\n       + b\n" in text
    assert "\n    with ``b``." in text
    assert ">>> f('$a$', `b`)\n1" in text


def test_the_page_of_measurements_says_how_to_make_them(tmp_path):
    assert "Run `make bench`" in measured_page(tmp_path)


def test_measurements_are_shown_with_their_machine_and_targets(tmp_path):
    row = {"benchmark": "deep", "name": "one | two", "unit": "s", "median": 1.25}
    row |= {"low": 1.0, "high": 200.0, "values": [1, 2], "reached": False}
    row |= {"at_least": None, "at_most": 1.0}
    machine = {"processor": "P", "cores": 2, "system": "S", "python": "3"}
    machine |= {"packages": {"numpy": "2"}, "taken_by_others": 0.01}
    path = tmp_path / "build" / "bench.json"
    path.parent.mkdir()
    path.write_text(json.dumps({"machine": machine, "rows": [row]}), encoding="utf-8")
    page = measured_page(tmp_path)
    assert "| one \\| two | 1.25 s | 1.00 to 200 | ≤ 1, missed |" in page
    assert "P, 2 cores" in page
    assert "## Deep" in page
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(CourseError, match=r"not a file of measurements.*make bench"):
        measured_page(tmp_path)
