"""What a learner sees: the stub run in a real kernel, answered wrong, then right."""

import re
from pathlib import Path

import pytest

from course_utils.notebooks.execute import execute
from course_utils.notebooks.stubs import make_stub

TEXT = (
    Path(__file__).parents[2]
    / "notebooks"
    / "text"
    / "exercises"
    / "01_vanishing_gradients.py"
)

CRASHING = """\
def sigmoid_slope(a):
    slope = a * missing
    return slope"""
LOOPING = """\
from course_utils.checks import guard
guard.TIME_LIMIT = 0.2
def chain_gradient(weights, x):
    while True:
        x = x / 2"""
DISTURBING = """\
import warnings
def diagnose(gradient_norms, saturated):
    print("looking at", len(saturated), "layers")
    warnings.warn("noise")
    return "vanishing"
"""


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """What each check of the stub shows: {function: {MIME type: text}}."""
    notebook = make_stub(TEXT)
    for cell in notebook.cells:
        for answer in (CRASHING, LOOPING, DISTURBING):
            name = answer[answer.index("def ") : answer.index("(") + 1]
            if cell.source.startswith(name):
                cell.source = answer
    execute(notebook, tmp_path_factory.mktemp("learner"))
    checks = [c for c in notebook.cells if ".check(" in c.source]
    outputs = {}
    for cell in checks:
        assert [o.output_type for o in cell.outputs] == ["execute_result"]
        name = cell.source.split("(")[1].rstrip(")")
        outputs[name] = cell.outputs[0]["data"]
    return outputs


def test_an_exercise_not_yet_begun_says_so(shown):
    untouched = {"hermite_mean", "critical_std", "predict"}
    for name in untouched:
        assert shown[name]["text/plain"].startswith(f"{name}: not attempted\n")
        assert f"{name}: not attempted" in shown[name]["text/html"]


def test_a_crash_shows_line_and_code_of_the_learners_cell(shown):
    text = shown["sigmoid_slope"]["text/plain"]
    assert "NameError: name 'missing' is not defined" in text
    assert "line 2 of its cell:  slope = a * missing" in text


def test_an_endless_loop_comes_to_an_end(shown):
    text = shown["chain_gradient"]["text/plain"]
    assert "never ends" in text
    assert "line 4" in text or "line 5" in text


def test_prints_and_warnings_stay_within_the_answer(shown):
    text = shown["diagnose"]["text/plain"]
    assert re.search(r"it printed +looking at \d+ layers\Z", text)
    assert "noise" not in text
