"""What was handed out, read back; and the checks, found where they are said to be."""

import shutil
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbformat import NotebookNode

from course_utils.checks.result import Status
from course_utils.grading.assignments import load_assignment, load_checks, released
from course_utils.grading.course import Course
from course_utils.grading.errors import GradingError
from course_utils.grading.handing_out.own_exercises import new_exercise
from course_utils.grading.handing_out.release import release
from course_utils.grading.loading import load_exercises

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    course = Course(tmp_path_factory.mktemp("class"))
    new_exercise(course, "smooth")
    release(course, ROOT, ["0", "smooth"])
    return course


@pytest.fixture
def course(made, tmp_path):
    """A copy that a test may damage."""
    shutil.copytree(made.folder, tmp_path / "copy")
    return Course(tmp_path / "copy")


def change(course, edit, name="smooth"):
    path = course.source / name / f"{name}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    edit(notebook, {c.metadata.get("nbgrader", {}).get("grade_id"): c
                    for c in notebook.cells})  # fmt: skip
    nbformat.write(notebook, path)


def test_an_assignment_is_read_back(made):
    found = load_assignment(made, "smooth")
    (task,) = found.tasks
    assert (task.solution, task.check) == ("moving_average", "check-moving_average")
    assert (task.exercise.name, task.exercise.points) == ("moving_average", 4.0)
    (question,) = found.questions
    assert (question.answer, question.points) == ("answer-moving_average", 2.0)
    assert question.rubric.startswith("- 1 point: the peak gets lower")
    roles = [cell.role for cell in found.cells]
    assert roles == ["text", "text", "text", "solution", "check", "text", "answer"]
    assert not found.tensorflow
    assert len(found.digest) == 64
    assert released(made) == ["00_start_here", "smooth"]


def test_its_cells_are_those_that_students_got(made):
    for name in released(made):
        path = made.release / name / f"{name}.ipynb"
        handed = nbformat.read(path, as_version=4).cells
        given = load_assignment(made, name).cells
        assert [(c.cell_type, c.source) for c in handed] == [
            (cell.kind, cell.source) for cell in given
        ]


def test_the_example_judges_right_and_wrong(made):
    (exercise,) = load_checks(made, "smooth")

    def judged(fn):
        return exercise.judge(fn, np.random.default_rng(7), rounds=4)

    right = judged(lambda x, k: np.convolve(x, np.ones(k) / k, "valid"))
    assert right.correct
    summed = judged(lambda x, k: np.convolve(x, np.ones(k), "valid"))
    assert summed.message.startswith("These are the sums")
    rounded = judged(lambda x, k: np.convolve(x, np.ones(k), "valid") // k)
    assert rounded.message.startswith("These are means rounded down")
    assert judged(lambda x, k: x).status is Status.INCORRECT


@pytest.mark.parametrize(
    ("line", "needs"),
    [
        ("import keras", True),
        ("from tensorflow import nn", True),
        ("if True:\n    import keras.layers", True),
        ("from course_utils.in_keras import activations", True),
        ("import kerasy", False),
        ("keras = 1  # import keras", False),
    ],
)
def test_keras_is_noticed(course, line, needs):
    def edit(notebook, cells):
        notebook.cells[1].source = line

    change(course, edit)
    assert load_assignment(course, "smooth").tensorflow is needs


def test_the_digest_follows_text_and_checks(course):
    first = load_assignment(course, "smooth").digest
    assert load_assignment(course, "smooth").digest == first
    checks = course.exercises / "smooth" / "checks.py"
    checks.write_text(checks.read_text() + "# changed\n")
    second = load_assignment(course, "smooth").digest
    (course.exercises / "smooth" / "helper.py").write_text("x = 1\n")
    third = load_assignment(course, "smooth").digest
    change(course, lambda notebook, cells: notebook.cells[0].update(source="# New"))
    assert len({first, second, third, load_assignment(course, "smooth").digest}) == 4


def test_points_are_those_that_were_handed_out(course):
    checks = course.exercises / "smooth" / "checks.py"
    checks.write_text(checks.read_text().replace("points=4.0", "points=9.0"))
    assert load_assignment(course, "smooth").tasks[0].exercise.points == 4.0


# What cannot be read ------------------------------------------------------------------


def test_what_is_not_released_is_answered_with_what_is(made, tmp_path):
    with pytest.raises(GradingError, match="did you mean 00_start_here"):
        load_assignment(made, "start_here")
    with pytest.raises(GradingError, match="there are 00_start_here, smooth"):
        load_assignment(made, "xyz")
    for name in ("../smooth", "smooth/", "", "*"):
        with pytest.raises(GradingError, match="there is no assignment"):
            load_assignment(made, name)
    with pytest.raises(GradingError, match="nothing is released yet"):
        load_checks(Course(tmp_path), "smooth")


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda n, c: n.cells.remove(c["check-moving_average"]), "no cell that checks"),
        (lambda n, c: n.cells.remove(c["moving_average"]), "no cell for the solution"),
        (
            lambda n, c: n.cells.append(
                NotebookNode(c["moving_average"], id="another")
            ),
            "two cells with the id",
        ),
        (
            lambda n, c: (
                c["check-moving_average"]
                .metadata["nbgrader"]
                .update(grade_id="check-mean")
            ),
            "has a cell check-mean, but .* no exercise mean",
        ),
        (lambda n, c: n.metadata.pop("course_utils"), "checks must be a module such"),
        (lambda n, c: c["moving_average"].update(source="### END SOLUTION"), "line 1"),
    ],
)
def test_an_altered_source_is_refused_in_words(course, edit, message):
    change(course, edit)
    with pytest.raises(GradingError, match=message):
        load_assignment(course, "smooth")


def test_a_damaged_source_is_named(course):
    (course.source / "smooth" / "smooth.ipynb").write_text("{")
    with pytest.raises(GradingError, match=r"not a valid notebook.*course release"):
        load_assignment(course, "smooth")


# Where checks come from ---------------------------------------------------------------


@pytest.mark.parametrize(
    "checks",
    [
        "os",
        "course_utils.grading.handing_out.release",
        "course_utils.checks.optimizers.__dict__",
        "exercises/../secret/checks.py",
        "exercises/smooth/exercise.py",
        "/etc/checks.py",
        "exercises/.hidden/checks.py",
        "",
    ],
)
def test_checks_come_from_the_course_or_from_the_class_alone(made, checks):
    with pytest.raises(GradingError, match="checks must be a module such as"):
        load_exercises(made, checks)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("1 / 0", "cannot be imported: ZeroDivisionError"),
        ("def (", "cannot be imported: SyntaxError"),
        ("import exercise", "cannot be imported: ModuleNotFoundError"),
        ("EXERCISES = ()", "must define EXERCISES, a tuple of one Exercise or more"),
        ("EXERCISES = ('clip',)", "must define EXERCISES"),
        ("x = 1", "must define EXERCISES, .* got None"),
        ("E('f', 'a', print), E('f', 'a', print)", "names f twice"),
        ("E('naïve', 'a', print),", "must be a function's, in ASCII"),
        ("E('f', 'a', print, points=-1),", "points of f must be a number > 0, got -1"),
        ("E('f', 'a', print, points=True),", "points of f must be a number > 0"),
        ("E('f', 'a', print, forbidden='np'),", "forbidden of f must be a tuple"),
        ("E('f', 'a', print, forbidden=('a b',)),", "forbidden of f must be a tuple"),
    ],
)
def test_checks_that_are_none_are_named(course, code, message):
    if code.startswith("E("):
        code = (
            f"from course_utils.checks.exercise import Exercise as E\nEXERCISES={code}"
        )
    (course.exercises / "smooth" / "checks.py").write_text(code, encoding="utf-8")
    before = list(sys.path), set(sys.modules)
    with pytest.raises(GradingError, match=message):
        load_checks(course, "smooth")
    assert sys.path == before[0]
    if "imported" in message:
        assert not any("smooth" in name for name in set(sys.modules) - before[1])


def test_checks_of_a_module_that_is_not_there_are_named(made):
    with pytest.raises(GradingError, match=r"course_utils.checks.nothing cannot be"):
        load_exercises(made, "course_utils.checks.nothing")


def test_a_changed_file_is_read_again_and_an_equal_one_is_not(course):
    first = load_checks(course, "smooth")
    assert load_checks(course, "smooth") == first
    checks = course.exercises / "smooth" / "checks.py"
    checks.write_text(checks.read_text().replace("their means", "the means"))
    assert load_checks(course, "smooth") != first
