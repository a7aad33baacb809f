import ast
import subprocess
import sys

import numpy as np
import pytest

from course_utils.checks import exercise as module
from course_utils.checks import start_here, vanishing_gradients
from course_utils.checks.exercise import Exercise, read_solution
from course_utils.checks.guard import Stopped, not_attempted
from course_utils.checks.result import Result, Status


def draw(fn, rng):
    number = int(rng.integers(10**9))
    return Result(Status.CORRECT if fn(number) else Status.INCORRECT, str(number))


DOUBLE = Exercise("double", "nowhere", draw, ("Add.", "Add it to itself."))


def test_check_repeats_itself_and_judge_follows_its_generator():
    yes = lambda n: True  # noqa: E731
    assert DOUBLE.check(yes) == DOUBLE.check(yes)
    one, two = (DOUBLE.judge(yes, np.random.default_rng(seed)) for seed in (1, 2))
    assert one.message != two.message
    assert one.exercise == "double"


def test_rounds_draw_afresh_and_stop_at_the_first_that_fails():
    seen = []
    result = DOUBLE.judge(
        lambda n: seen.append(n) or len(seen) < 3, np.random.default_rng(0), rounds=9
    )
    assert not result.correct
    assert len(set(seen)) == 3


def test_rounds_must_be_positive():
    with pytest.raises(ValueError, match="rounds must be >= 1, got 0"):
        DOUBLE.judge(abs, np.random.default_rng(0), rounds=0)


@pytest.mark.parametrize("value", [3.0, "double", np.ones(2), [1]])
def test_a_value_in_place_of_the_function_is_explained(value):
    result = DOUBLE.check(value)
    assert result.status is Status.NOT_ATTEMPTED
    assert "needs the function itself" in result.message
    assert ".check(double)" in result.message


def test_an_unset_name_is_not_attempted():
    assert DOUBLE.check(None).message == not_attempted().message


def test_a_stopped_judgement_is_a_result():
    def judging(fn, rng):
        raise Stopped(not_attempted())

    assert Exercise("x", "y", judging).check(abs).status is Status.NOT_ATTEMPTED


def test_a_fault_in_the_check_itself_is_not_hidden():
    def judging(fn, rng):
        return 1 / 0

    with pytest.raises(ZeroDivisionError):
        Exercise("x", "y", judging).check(abs)


def test_hints():
    assert DOUBLE.hint() == DOUBLE.hint(1) == "**Hint 1 of 2.** Add."
    assert DOUBLE.hint(2)._repr_markdown_() == "**Hint 2 of 2.** Add it to itself."
    assert repr(DOUBLE.hint(2)) == str(DOUBLE.hint(2))
    assert "has 2 hints, and this asks for number 3" in DOUBLE.hint(3)
    assert "numbered from 1 to 2" in DOUBLE.hint(0)
    assert "numbered from 1 to 2" in DOUBLE.hint("first")
    assert "has no hint" in Exercise("x", "y", draw).hint(1)


EVERY = [*start_here.EXERCISES, *vanishing_gradients.EXERCISES]


@pytest.mark.parametrize("exercise", EVERY, ids=lambda e: e.name)
def test_the_solution_is_shown_from_the_solved_text(exercise):
    shown = exercise.solution()
    assert shown.startswith(f"```python\ndef {exercise.name}(")
    assert "SOLUTION" not in shown
    assert '"""' not in shown.split("return")[0]
    ast.parse(shown.removeprefix("```python\n").removesuffix("\n```"))


def test_without_the_repository_the_solution_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(module, "SOURCES", tmp_path)
    assert "not at hand" in start_here.standardize.solution()


def test_a_solution_is_what_stands_between_the_marks(tmp_path):
    (tmp_path / "07_things.py").write_text(
        "# %%\n"
        "def other():\n    ### BEGIN SOLUTION\n    return 0\n    ### END SOLUTION\n\n\n"
        "def double(\n    x,\n):\n"
        '    """Twice.\n\n    More.\n    """\n'
        "    given = 1\n"
        "    ### BEGIN SOLUTION\n"
        "    y = x + x\n\n"
        "    return y\n"
        "    ### END SOLUTION\n\n\n"
        "# %%\nafter = 1\n",
        encoding="utf-8",
    )
    expected = "def double(\n    x,\n):\n    y = x + x\n\n    return y"
    assert read_solution("double", "things", tmp_path) == expected
    assert read_solution("triple", "things", tmp_path) is None
    assert read_solution("double", "stuff", tmp_path) is None


def test_checks_import_neither_keras_nor_drawing_libraries():
    code = (
        "import sys; from course_utils.checks import start_here, vanishing_gradients;"
        "heavy = {'tensorflow', 'keras', 'matplotlib', 'pandas', 'seaborn', 'IPython'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
