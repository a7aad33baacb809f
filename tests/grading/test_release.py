"""What a class gets: stubs and questions, and nothing of what answers them."""

import hashlib
import json
import os
import re
import shutil
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from nbgrader.utils import determine_grade

from course_utils.grading.assignments import load_assignment
from course_utils.grading.books.clean_notebooks import clean_notebook
from course_utils.grading.course import Course
from course_utils.grading.errors import GradingError
from course_utils.grading.handing_in.submissions import read_submission
from course_utils.grading.handing_out.authoring import instructors_notebook, is_question
from course_utils.grading.handing_out.nbgrader_course import (
    generate,
    settings,
    write_settings,
)
from course_utils.grading.handing_out.own_exercises import new_exercise
from course_utils.grading.handing_out.release import record_assignment, release
from course_utils.grading.loading import load_exercises
from course_utils.grading.placeholder import WRITE_HERE
from course_utils.grading.records import Record
from course_utils.notebooks.lessons import lessons
from course_utils.notebooks.stubs import make_stub
from course_utils.notebooks.text import from_text, read_text

ROOT = Path(__file__).parents[2]
LESSONS = lessons(ROOT)
NAME = "07_optimizers"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = Course(tmp_path_factory.mktemp("class") / "Deep 101")
    new_exercise(course, "smooth")
    release(course, ROOT, ["7", "smooth"])
    return course


def files(folder):
    """Every file's bytes and time of change, but not the database's."""
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime)
        for path in folder.rglob("*")
        if path.is_file() and path.name != "gradebook.db"
    }


def notebook(folder, name=NAME):
    return nbformat.read(folder / name / f"{name}.ipynb", as_version=4)


def cells(folder, name=NAME):
    """The cells that have an id."""
    return {
        cell.metadata["nbgrader"]["grade_id"]: cell
        for cell in notebook(folder, name).cells
        if "nbgrader" in cell.metadata
    }


# The notebook that students get -------------------------------------------------------


def secrets(text):
    """Lines of solutions and of mark schemes that stand nowhere else in a text."""
    inside, hidden, public = False, set(), set()
    for line in text.splitlines():
        word = line.strip().lstrip("# ").strip()
        if re.fullmatch(r"(BEGIN|END) (SOLUTION|MARK SCHEME)", word):
            inside = word.startswith("BEGIN")
        elif len(word) > 12:
            (hidden if inside else public).add(word)
    return hidden - public


def answers(student):
    """The cells for answers to open questions."""
    return [
        cell
        for cell in student.cells
        if cell.cell_type == "markdown"
        and cell.metadata.get("nbgrader", {}).get("grade")
    ]


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
def test_no_solution_and_no_mark_scheme_is_handed_out(lesson, course):
    text = lesson.exercise_text.read_text(encoding="utf-8")
    checks = f"course_utils.checks.{lesson.slug}"
    made = instructors_notebook(
        read_text(lesson.exercise_text),
        load_exercises(course, checks),
        checks,
        lesson.name,
    )
    folder = course.source / lesson.name
    there = folder.exists()
    folder.mkdir(exist_ok=True)
    nbformat.write(made, folder / f"{lesson.name}.ipynb") if not there else None
    student = generate(course, lesson.name, record=False)
    seen = json.dumps(student, ensure_ascii=False)
    sources = "\n".join(cell.source for cell in student.cells)
    hidden = secrets(text)
    assert len(hidden) >= text.count("BEGIN SOLUTION")
    assert [line for line in hidden if line in sources] == []
    assert "SOLUTION" not in seen
    assert "MARK SCHEME" not in seen
    whole = nbformat.writes(made)
    assert all(json.dumps(line, ensure_ascii=False)[1:-1] in whole for line in hidden)
    # Nor can a guess be tried on a short hash of a solution.
    for cell in made.cells:
        digest = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode())
        if "### BEGIN" in cell.source:
            assert digest.hexdigest()[:8] not in seen
    # What is graded is not offered, and answers have their place.
    assert ".solution" not in sources
    assert sources.count(".hint(1)") == 1
    asked = [is_question(cell) for cell in made.cells]
    assert [c.source for c in answers(student)] == [WRITE_HERE] * sum(asked)
    # The rest is the notebook that learners know.
    known = [cell.source for cell in make_stub(lesson.exercise_text).cells]
    rest = [c.source for c in student.cells if c.source != WRITE_HERE]
    assert len(rest) == len(known)
    assert [a for a, b in zip(known, rest, strict=True) if a != b] == [
        text for text in known if ".solution()" in text
    ]


def test_the_cells_are_what_nbgrader_and_we_agreed_on(course):
    found = cells(course.release)
    flags = {
        grade_id: tuple(
            cell.metadata["nbgrader"][key] for key in ("grade", "solution", "locked")
        )
        for grade_id, cell in found.items()
    }
    assert flags["adam_step"] == (False, True, False)
    assert flags["check-adam_step"] == (True, False, True)
    assert flags["question-adam_step"] == (False, False, True)
    assert flags["answer-adam_step"] == (True, True, False)
    assert len(flags) == 20
    points = {k: c.metadata["nbgrader"].get("points") for k, c in found.items()}
    assert points["check-adam_step"] == 4.0
    assert points["answer-adam_step"] == 2.0
    assert found["answer-adam_step"].source == WRITE_HERE
    assert all(c.metadata["nbgrader"]["checksum"] for c in found.values())
    editable = {
        cell.metadata.get("nbgrader", {}).get("grade_id")
        for cell in notebook(course.release).cells
        if cell.metadata.get("editable", True)
    }
    assert editable == {k for k, flag in flags.items() if not flag[2]}
    assert all(not c.metadata["deletable"] for c in notebook(course.release).cells)


def test_the_gradebook_knows_points_and_mark_schemes(course):
    with Gradebook(course.database) as book:
        known = book.find_notebook(NAME, NAME)
        points = {cell.name: cell.max_score for cell in known.grade_cells}
        texts = {cell.name: cell.source for cell in known.source_cells}
        assert sum(points.values()) == book.find_assignment(NAME).max_score == 30
    assert "BEGIN MARK SCHEME" in texts["question-adam_step"]
    assert "YOUR CODE HERE" in texts["adam_step"]


@pytest.mark.parametrize("name", [NAME, "smooth"])
def test_formgraders_generate_gives_the_same_bytes(course, name):
    before = (course.release / name / f"{name}.ipynb").read_bytes()
    result = NbGraderAPI(config=settings(course)).generate_assignment(name)
    assert result["success"], result
    assert (course.release / name / f"{name}.ipynb").read_bytes() == before


def test_formgraders_autograde_refuses_to_run_submissions(course):
    handed = course.submitted / "ada" / NAME
    handed.mkdir(parents=True)
    mine = (course.source / NAME / f"{NAME}.ipynb").read_bytes()
    (handed / f"{NAME}.ipynb").write_bytes(mine)
    result = NbGraderAPI(config=settings(course)).autograde(NAME, "ada")
    assert not result["success"]
    assert "course grade" in result["error"]
    assert not course.autograded.exists()


def test_an_answer_cell_says_where_to_write_whatever_the_settings_say(course):
    """Settings of an earlier version, and a teacher's own try in `source`."""
    path = course.folder / "nbgrader_config.py"
    kept = path.read_text()
    path.write_text(f'{kept}\nc.ClearSolutions.text_stub = ""\n')
    source = course.source / "smooth" / "smooth.ipynb"
    before = source.read_bytes()
    tried = nbformat.read(source, as_version=4)
    answers(tried)[0].source = "It gets lower."
    nbformat.write(tried, source)
    try:
        (answer,) = answers(generate(course, "smooth", record=False))
    finally:
        path.write_text(kept)
        source.write_bytes(before)
    assert answer.source == WRITE_HERE


def test_an_untouched_answer_is_no_response(course):
    """What is read of it is nothing, and nbgrader knows the marked copy's cell."""
    name = "smooth"
    folder = course.submitted / "eve" / name
    shutil.copytree(course.release / name, folder)
    assignment = load_assignment(course, name)
    read = read_submission(folder, "eve", assignment)
    shutil.rmtree(folder.parent)
    assert read.answers == {"answer-moving_average": ""}
    record = Record("eve", name, "key", (), read.answers, read.sources)
    (cell,) = answers(clean_notebook(assignment, record))
    assert cell.source == WRITE_HERE
    assert determine_grade(cell) == (0, 2.0)


def test_a_solution_at_the_top_of_a_cell_becomes_none_on_both_ways():
    from course_utils.grading.handing_out.clearing import ClearSolutions

    step = ClearSolutions()
    cell = nbformat.v4.new_code_cell(
        "### BEGIN SOLUTION\nw, b = 1, 2\n### END SOLUTION\nw"
    )
    assert step._replace_solution_region(cell, "python")
    assert cell.source == "# YOUR CODE HERE\nw = None\nb = None\nw"


# Releasing again ----------------------------------------------------------------------


def test_releasing_again_changes_nothing_and_touches_nobody_elses_files(course):
    path = course.folder / "nbgrader_config.py"
    path.write_text(path.read_text() + '\nc.Exchange.root = "elsewhere"\n')
    before = files(course.folder)
    again = release(course, ROOT, ["optimizers", "smooth/"])
    assert [(one.name, one.change) for one in again] == [
        (NAME, "unchanged"),
        ("smooth", "unchanged"),
    ]
    assert files(course.folder) == before
    assert (course.folder / "secret.key").stat().st_mode & 0o077 == 0
    one = again[0]
    assert (one.exercises, one.questions, one.points) == (5, 5, 30.0)


def test_changed_text_is_released_and_recorded(tmp_path):
    course = Course(tmp_path)
    text, checks = new_exercise(course, "smooth")
    (first,) = release(course, ROOT, ["smooth"])
    assert (first.change, first.points) == ("new", 6.0)
    secret = course.secret()
    text.write_text(text.read_text().replace("the sum", "a sum").replace("=2", "=3"))
    text.write_text(text.read_text().replace("gets lower", "becomes lower"))
    checks.write_text(checks.read_text().replace("points=4.0", "points=5.0"))
    (second,) = release(course, ROOT, ["smooth"])
    assert (second.change, second.points) == ("updated", 8.0)
    with Gradebook(course.database) as book:
        assert book.find_assignment("smooth").max_score == 8.0
        cell = book.find_source_cell("question-moving_average", "smooth", "smooth")
        assert "becomes lower" in cell.source
    assert course.secret() == secret


def test_without_names_all_lessons_and_all_of_ones_own_are_released(course, tmp_path):
    (text,) = (one.exercise_text for one in LESSONS if one.slug == "start_here")
    folder = tmp_path / "notebooks" / "text"
    folder.joinpath("exercises").mkdir(parents=True)
    shutil.copy(text, folder / "exercises")
    (folder / text.name).touch()
    again = release(course, tmp_path)
    assert [(one.name, one.change) for one in again] == [
        ("00_start_here", "new"),
        ("smooth", "unchanged"),
    ]


def test_what_nbgrader_says_is_passed_on(course, tmp_path):
    copy = Course(tmp_path / "copy")
    shutil.copytree(course.folder, copy.folder)
    path = copy.folder / "nbgrader_config.py"
    path.write_text(path.read_text() + "\nc.ClearSolutions.code_stub = {}\n")
    with pytest.raises(GradingError) as caught:
        release(copy, ROOT, ["smooth"])
    assert str(caught.value) == (
        "nbgrader cannot release smooth: ValueError: language 'python' has not been "
        "specified in ClearSolutions.code_stub"
    )


def test_what_a_killed_run_left_half_done_is_finished(tmp_path):
    course = Course(tmp_path)
    new_exercise(course, "smooth")
    release(course, ROOT, ["smooth"])
    (course.folder / "gradebook.db").unlink()
    assert release(course, ROOT, ["smooth"])[0].change == "updated"
    left, others = tmp_path / ".release-killed", tmp_path / ".release-running"
    for folder in (left, others):
        folder.mkdir()
    os.utime(left, (0, 0))
    handed = course.release / "smooth" / "smooth.ipynb"
    whole = handed.read_bytes()
    handed.unlink()
    release(course, ROOT, ["smooth"])
    assert handed.read_bytes() == whole
    assert list(tmp_path.glob(".release-*")) == [others]
    other = f"sqlite:///{tmp_path / 'other.db'}"
    record_assignment(course, "smooth", other)
    with Gradebook(other) as book:
        assert book.find_assignment("smooth").max_score == 6.0


def test_grades_that_exist_are_not_spoiled(tmp_path):
    course = Course(tmp_path)
    text, checks = new_exercise(course, "smooth")
    release(course, ROOT, ["smooth"])
    with Gradebook(course.database) as book:
        book.add_student("ada")
        book.add_submission("smooth", "ada")
        grade = book.find_grade("answer-moving_average", "smooth", "smooth", "ada")
        grade.manual_score = 1.5
        book.db.commit()
    before = text.read_text()
    checks.write_text(checks.read_text().replace("points=4.0", "points=5.0"))
    assert release(course, ROOT, ["smooth"])[0].change == "updated", "graded anew"
    kept = files(course.folder / "release"), files(course.folder / "source")
    text.write_text(before.replace("points=2", "points=4"))
    with pytest.raises(GradingError, match=r"4 points instead of 2.*by hand for 1 of"):
        release(course, ROOT, ["smooth"])
    text.write_text(before + "\n# %% [markdown]\n# **Then explain.** Why?\n")
    said = r"cells cannot come or go .*answer-moving.*\. Release it under another name$"
    with pytest.raises(GradingError, match=said):
        release(course, ROOT, ["smooth"])
    assert (files(course.folder / "release"), files(course.folder / "source")) == kept
    text.write_text(before.replace("One high", "A high"))
    release(course, ROOT, ["smooth"])
    with Gradebook(course.database) as book:
        grade = book.find_grade("answer-moving_average", "smooth", "smooth", "ada")
        assert grade.manual_score == 1.5


# What cannot be released --------------------------------------------------------------


def test_a_name_that_is_not_there_is_answered_with_the_nearest(course):
    with pytest.raises(GradingError, match="did you mean 07_optimizers"):
        release(course, ROOT, ["optimisers"])
    with pytest.raises(GradingError, match="did you mean smooth"):
        release(course, ROOT, ["smoth"])
    with pytest.raises(GradingError) as caught:
        release(course, ROOT, ["moving_average"])
    assert str(caught.value) == (
        "there is no lesson 'moving_average', nor an exercise of yours in exercises/; "
        "did you mean 01_vanishing_gradients?"
    )


@pytest.mark.parametrize(
    "slug", ["07_optimizers", "Smooth", "", "../x", "a b", "a" * 61]
)
def test_an_exercise_of_ones_own_needs_a_plain_name(course, slug):
    with pytest.raises(GradingError, match="must begin with a lower-case letter"):
        new_exercise(course, slug)


def test_an_exercise_of_ones_own_is_not_overwritten(course):
    with pytest.raises(GradingError, match=r"has exercise.py and checks.py already"):
        new_exercise(course, "smooth")


TRIED = "exercises/smooth"
RAISES = f"{TRIED}/checks.py, line {{}}: {{}}"
WRONG = f"{TRIED}: the solution of moving_average is not accepted by its own check: "


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (
            "exercise",
            "window:]",
            "window + 1:]",
            WRONG + "ValueError: operands could not be",
        ),
        ("exercise", ") / window", ")", WRONG + "These are the sums of the windows"),
        (
            "exercise",
            ") / window",
            ") / window * 1.1",
            "with window = 2; it returned [2.2, 4.4]; but it should be [2, 4])",
        ),
        (
            "exercise",
            "    sums = ",
            "    raise NotImplementedError\n    sums = ",
            WRONG,
        ),
        (
            "exercise",
            "[2.0, 4.0])",
            "[2.0, 5.0])",
            f"{TRIED}/exercise.py, cell 5, line 1: AssertionError",
        ),
        (
            "exercise",
            "import numpy as np",
            "import numpy as np\n\nexit()",
            f"{TRIED}/exercise.py, cell 2, line 3: ",
        ),
        (
            "checks",
            "inputs = [",
            "inputs = 1 / 0, [",
            RAISES.format(40, "ZeroDivisionError: division by zero"),
        ),
        (
            "checks",
            "return expect_close(fn, inputs",
            "return expect_close(fn, inputs[0]",
            RAISES.format(44, "TypeError: "),
        ),
        (
            "checks",
            "return expect_close",
            "expect_close",
            RAISES.format(38, "TypeError: the check of moving_average must return a "),
        ),
        (
            "checks",
            'SLUG = "smooth"',
            'SLUG = "rough"',
            f"{TRIED}/checks.py says SLUG = 'rough', but its folder is smooth: write",
        ),
    ],
)
def test_what_would_not_grade_its_own_solution_is_not_released(
    tmp_path, file, old, new, message
):
    course = Course(tmp_path)
    new_exercise(course, "smooth")
    path = course.exercises / "smooth" / f"{file}.py"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(GradingError) as caught:
        release(course, ROOT, ["smooth"])
    assert message in str(caught.value)
    assert not list(course.release.iterdir())


B, E = "    ### BEGIN SOLUTION\n", "    ### END SOLUTION\n"
SOLVED = f"# %%\ndef moving_average(x):\n{B}    return 1\n{E}\n"
CHECK = '# %% check="moving_average"\n1\n\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (CHECK, "moving_average stands in EXERCISES .* is solved in no cell"),
        (SOLVED, "moving_average stands in EXERCISES .* is checked in no cell"),
        (SOLVED + SOLVED + CHECK, "cell 2: moving_average is solved a second time"),
        (SOLVED + CHECK + CHECK, "cell 3: moving_average is checked a second time"),
        (SOLVED.replace("moving", "other"), "must define one function of EXERCISES"),
        (SOLVED + '# %% check="mean"\n1\n', "must check one function of EXERCISES"),
        (SOLVED + "# %%\na = = 1\n", "smooth, cell 2: line 1: invalid syntax"),
        *(
            (
                f"{SOLVED}{CHECK}# %% [markdown] {said}\n# **Then explain.** Why?\n",
                f"smooth, cell 3: what stands behind # %% must be options .* {said}$",
            )
            for said in ("points=two", "points:3", "points")
        ),
        (
            SOLVED + "# %% check=moving_average\n1\n",
            "smooth, cell 2: what stands .* got check=moving_average$",
        ),
        (
            SOLVED + CHECK + "# %% [markdown] points=0\n# **Then explain.** Why?\n",
            "points must be a number > 0, got 0",
        ),
        (
            SOLVED + CHECK + "# %% [markdown]\n# Why?\n# ### BEGIN MARK SCHEME\n",
            "smooth, cell 3: line 2: ### BEGIN MARK SCHEME without",
        ),
    ],
)
def test_a_text_that_does_not_fit_its_checks_is_refused(course, text, message):
    exercises = load_exercises(course, "exercises/smooth/checks.py")
    with pytest.raises(GradingError, match=message):
        instructors_notebook(from_text(text), exercises, "checks.py", "smooth")


def test_several_questions_about_one_exercise_have_names_of_their_own(course):
    exercises = load_exercises(course, "exercises/smooth/checks.py")
    ask = "# %% [markdown]\n# **Then explain.** Why?\n\n"
    made = instructors_notebook(
        from_text(ask + SOLVED + CHECK + ask + ask), exercises, "checks.py", "smooth"
    )
    answers = [
        cell.metadata["nbgrader"]["grade_id"]
        for cell in made.cells
        if cell.metadata.get("nbgrader", {}).get("grade")
    ]
    assert answers == [
        "answer-1",
        "check-moving_average",
        "answer-moving_average",
        "answer-moving_average-2",
    ]


def test_settings_that_raise_are_named(tmp_path):
    course = Course(tmp_path)
    with pytest.raises(GradingError, match=r"nbgrader_config.py is missing"):
        settings(course)
    assert write_settings(course)
    assert settings(course).CourseDirectory.root == str(tmp_path.resolve())
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n1 / 0\n")
    assert not write_settings(course)
    with pytest.raises(GradingError, match="cannot be used: ZeroDivisionError"):
        settings(course)
