"""Every rule of a committed notebook: one that keeps it, and one that breaks it."""

import copy
from pathlib import Path

import nbformat
import pytest

from course_utils.notebooks import reading, rules
from course_utils.notebooks.text import from_text

WORDS = " ".join(["word"] * 40)
SLIDE = f'# %% [markdown] slideshow={{"slide_type": "slide"}}\n# {WORDS}\n'
CODE = '# %% slideshow={"slide_type": "fragment"}\nprint(1)\n'
NOTES = f'# %% [markdown] slideshow={{"slide_type": "notes"}}\n# {WORDS}\n'
TEXT = (SLIDE + "\n" + CODE + "\n" + NOTES + "\n") * 16


def source():
    return from_text(TEXT)


@pytest.fixture
def good():
    """A notebook that keeps every rule of a lesson."""
    notebook = source()
    for number, cell in enumerate(reading.code_cells(notebook), start=1):
        cell.execution_count = number
        cell.outputs = [nbformat.v4.new_output("stream", text="1\n")]
    return notebook


def problems(notebook, **options):
    return rules.lesson_problems(notebook, source(), **options)


def test_a_good_lesson_passes(good):
    assert problems(good, root=Path("/somewhere/course")) == []


def output(kind, **fields):
    return nbformat.v4.new_output(kind, **fields)


def picture(**others):
    return output("display_data", data={"image/png": "iVBOR"} | others)


def show(cell, part):
    cell.metadata.slideshow["show"] = part


def set_code(cell, code):
    cell.source = code


def result(cell, count=3, **data):
    data = {key.replace("_", "/"): value for key, value in data.items()}
    cell.outputs = [output("execute_result", data=data, execution_count=count)]


WIDGET = "application/vnd.jupyter.widget-view+json"

# What is done to the third code cell, and what the rules must say of it.
BROKEN = {
    "count": (lambda c: c.update(execution_count=7), "the execution count 7"),
    "not run": (lambda c: c.update(execution_count=None), "execution count None"),
    "empty": (lambda c: set_code(c, " \n"), "code cell 3 is empty"),
    "error": (
        lambda c: c.outputs.append(output("error", ename="KeyError", evalue="x")),
        "code cell 3 raises KeyError",
    ),
    "stderr": (
        lambda c: c.outputs.append(output("stream", name="stderr", text="!")),
        "code cell 3 writes to standard error",
    ),
    "output's count": (lambda c: result(c, 9, text_plain="1"), "another count"),
    "linux path": (lambda c: result(c, text_plain="'/home/x/y'"), "path (/home/)"),
    "mac path": (lambda c: result(c, text_html="<b>/Users/me</b>"), "(/Users/)"),
    "windows path": (lambda c: result(c, text_plain=r"C:\course"), "(C:\\)"),
    "package path": (
        lambda c: set_code(c, "open('lib/site-packages/a')"),
        "site-packages",
    ),
    "own path": (
        lambda c: result(c, text_plain="/somewhere/course/data"),
        "the course's own folder",
    ),
    "address": (
        lambda c: result(c, text_plain="<object at 0x7f0a12345678>"),
        "memory address (0x7f0a12345678)",
    ),
    "widget": (
        lambda c: c.update(outputs=[output("display_data", data={WIDGET: {"a": 1}})]),
        "a widget that needs a kernel",
    ),
    "star": (lambda c: set_code(c, "from numpy import *"), "imports *"),
    "sys.path": (lambda c: set_code(c, "import sys\nsys.path"), "sys.path"),
    "semicolon": (lambda c: set_code(c, "1 + 1; \n2"), "semicolon"),
    "ignoring": (lambda c: set_code(c, "# NBVAL_IGNORE_OUTPUT\n1"), "switches"),
    "skip tag": (lambda c: c.metadata.update(tags=["nbval-skip"]), "tag nbval-skip"),
    "raise tag": (lambda c: c.metadata.update(tags=["raises-exception"]), "tag rais"),
    "no why": (
        lambda c: c.metadata.update(tolerance={"relative": 0.1}),
        "tolerance must say why",
    ),
    "tolerance tag": (
        lambda c: c.metadata.update(tags=["tolerance=0.1"]),
        "tolerance must be cell metadata",
    ),
    "long": (lambda c: set_code(c, "x = 1\n" * 16), "code cell 3 has 16 lines"),
    "wide": (lambda c: set_code(c, "x = " + "1" * 63), "a line of 67 columns"),
    "slide type": (
        lambda c: c.metadata.update(slideshow={"slide_type": "page"}),
        "the slide type 'page'",
    ),
    "subslide": (
        lambda c: c.metadata.update(slideshow={"slide_type": "subslide"}),
        "the slide type 'subslide'",
    ),
    "show": (lambda c: show(c, "all"), "cell 8, a code cell, shows 'all'"),
    "long on a slide": (
        lambda c: set_code(c, "x = 1\n\n" * 8 + "x = 1"),
        "cell 8 puts 17 lines of code on a slide",
    ),
    "picture": (
        lambda c: c.update(outputs=[picture()]),
        "code cell 3 shows a picture and has no alt",
    ),
    "picture of a skipped cell": (
        lambda c: c.update(
            outputs=[picture()], metadata={"slideshow": {"slide_type": "skip"}}
        ),
        "code cell 3 shows a picture and has no alt",
    ),
    "picture beside a table": (
        lambda c: c.update(outputs=[picture(**{"text/html": "<table></table>"})]),
        "code cell 3 shows a picture and has no alt",
    ),
    "short alt": (
        lambda c: c.metadata.update(alt="A line chart."),
        "no text of 30 to 600 characters: 'A line chart.'",
    ),
    "blank alt": (lambda c: c.metadata.update(alt=" " * 40), "is no text of 30"),
    "alt of another kind": (lambda c: c.metadata.update(alt=["a"]), "is no text of"),
    "no slide type": (lambda c: c.metadata.pop("slideshow"), "slide type None"),
    "other source": (lambda c: set_code(c, "print(2)"), "in its source"),
    "other metadata": (lambda c: c.metadata.update(tags=["a"]), "in its metadata"),
    "other id": (lambda c: c.update(id="abc"), "in its id"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_cell_is_named(good, name):
    breaks, sentence = BROKEN[name]
    cell = reading.code_cells(good)[2]
    breaks(cell)
    assert any(sentence in p for p in problems(good, root=Path("/somewhere/course")))


def test_what_a_picture_shows_may_be_said_by_its_cell_or_its_frames(good):
    first, second, third = reading.code_cells(good)[:3]
    first.outputs = [picture()]
    first.metadata["alt"] = "A" * 30
    second.outputs = [picture(**{"text/html": '<img data-frame="0" alt="a">'})]
    third.metadata["alt"] = "A" * 600
    assert reading.described_pictures(good) == []
    third.metadata["alt"] += "A"
    assert len(reading.described_pictures(good)) == 1


@pytest.mark.parametrize("part", ["input", "output"])
def test_a_slide_may_show_one_part_of_code_and_none_of_text(good, part):
    text, code = good.cells[:2]
    show(code, part)
    assert reading.slides(good) == []
    show(text, part)
    assert reading.slides(good) == [
        f"cell 1, a markdown cell, shows '{part}': a code cell may show \"input\" or "
        '"output" alone'
    ]


def test_code_that_no_slide_shows_may_have_blank_lines(good):
    code = good.cells[1]
    code.source = "x = 1\n\n" * 14
    assert len(reading.slides(good)) == 1
    show(code, "output")
    assert reading.slides(good) == []
    code.metadata.slideshow = {"slide_type": "skip"}
    assert reading.slides(good) == []


def test_a_lecturer_has_notes_for_one_slide_in_three():
    silent, noted = SLIDE + "\n", SLIDE + "\n" + NOTES + "\n"
    assert reading.slides(from_text((silent * 2 + noted) * 6)) == []
    assert reading.slides(from_text(noted * 5 + silent * 11)) == [
        "5 of 16 slides have notes, 1 in 3 must"
    ]
    # Three notes on one slide say nothing on the others.
    many = SLIDE + "\n" + (NOTES + "\n") * 6
    assert len(reading.slides(from_text(many + silent * 15))) == 1


@pytest.mark.parametrize("heading", ["## Predict", "### Predict: which one?"])
def test_a_question_to_the_hall_has_notes(good, heading):
    good.cells[3].source = f"{heading}\n\n{WORDS}"
    assert reading.slides(good) == []
    good.cells[5].metadata.slideshow = {"slide_type": "skip"}
    assert reading.slides(good) == [
        f"slide 2 asks the hall and has no notes: {heading}"
    ]
    good.cells[3].source = f"## Answers\n\n{heading}"
    assert reading.slides(good) == []


def test_limits_are_limits_and_not_more(good):
    cell = reading.code_cells(good)[0]
    cell.source = "\n".join(["x = 1"] * 14 + ["", "", "x = " + "1" * 62])
    assert reading.short_cells(good) == []
    assert reading.narrow_cells(good) == []


def test_pictures_are_not_searched_for_paths(good):
    cell = reading.code_cells(good)[0]
    picture = "iVBOR/tmp/home/Users/home/0x1234567"
    cell.outputs = [
        output(
            "display_data",
            data={
                "image/png": picture,
                "text/html": f'<img src="data:image/png;base64,{picture}">',
            },
        )
    ]
    assert rules.repeatable(good) == []


def test_the_median_cell_is_short(good):
    for cell in reading.code_cells(good)[:9]:
        cell.source = "x = 1\n" * 7
    assert reading.short_cells(good) == ["the median code cell has 7.0 lines"]


@pytest.mark.parametrize(
    ("count", "right"), [(14, False), (15, True), (25, True), (26, False)]
)
def test_a_deck_has_15_to_25_slides(count, right):
    notebook = from_text((SLIDE + "\n" + NOTES + "\n") * count)
    assert (reading.slides(notebook) == []) == right
    assert (reading.slides(notebook, least=count) == []) == (count <= 25)


def test_a_deck_begins_with_a_slide(good):
    good.cells[0].metadata.slideshow.slide_type = "skip"
    assert "the first cell does not begin a slide" in reading.slides(good)


@pytest.mark.parametrize(("words", "right"), [(14, False), (15, True), (91, False)])
def test_text_comes_in_paragraphs(words, right):
    notebook = from_text(f"# %% [markdown]\n# {'word ' * words}\n")
    assert (reading.prose(notebook) == []) == right


def test_a_notebook_without_text_is_no_lesson():
    assert reading.prose(from_text("# %%\n1\n")) == ["there is no text"]


def test_cells_are_counted_and_ordered_as_in_the_text(good):
    shorter = copy.deepcopy(good)
    shorter.cells.pop()
    assert "47 cells, its text 48" in rules.agrees(shorter, source())
    good.cells[0], good.cells[1] = good.cells[1], good.cells[0]
    assert "cell 1 differs from its text in its cell_type" in rules.agrees(
        good, source()
    )


def test_notebook_metadata_are_minimal(good):
    good.metadata["jupytext"] = {}
    assert len(rules.metadata(good)) == 1


def test_a_file_is_small(tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_bytes(b"x" * 999_999)
    assert rules.small(path) == []
    path.write_bytes(b"x" * 1_000_000)
    assert rules.small(path) == ["a.ipynb has 1,000,000 bytes"]


def test_numbers_follow_one_another():
    assert rules.numbering(["00_a", "01_b", "02_c"]) == []
    assert rules.numbering(["00_a", "02_c"]) == ["02_c has the number 2, 1 comes next"]
    assert len(rules.numbering(["00_a", "01_b", "01_c"])) == 1
    assert rules.numbering(["00_a", "01_a"]) == ["a comes twice"]


def exercise(*statuses):
    text = "".join("# %%\nexercises.f.check(f)\n\n" for _ in statuses)
    notebook = from_text(text)
    for number, (cell, status) in enumerate(
        zip(notebook.cells, statuses, strict=True), start=1
    ):
        cell.execution_count = number
        if status:
            result(cell, number, text_plain=f"f: {status}\nA sentence: more.")
    return notebook


def test_what_the_checks_answered():
    notebook = exercise("correct", "not attempted", None)
    assert rules.answers(notebook) == [
        (1, "correct"),
        (2, "not attempted"),
        (3, None),
    ]
    assert rules.answered(exercise("correct", "correct"), "correct") == []
    assert len(rules.answered(notebook, "correct")) == 2
    assert rules.answered(from_text("# %%\n1\n"), "correct") == [
        "no cell calls a check"
    ]


def test_an_exercise_notebook_is_the_executed_stub():
    untouched = exercise("not attempted", "not attempted")
    stub = copy.deepcopy(untouched)
    assert rules.exercise_problems(untouched, stub) == []
    solved = exercise("correct", "not attempted")
    assert "says 'correct'" in rules.exercise_problems(solved, stub)[0]
    edited = copy.deepcopy(untouched)
    edited.cells[0].source = "f = 1\nexercises.f.check(f)"
    assert rules.exercise_problems(edited, stub)
