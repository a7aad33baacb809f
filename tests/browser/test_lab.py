"""JupyterLab in the browser, as `make lab` opens it: run all, move, answer."""

import pytest

from tests.browser.jupyter import SECONDS, Notebook, lab
from tests.browser.pictures import changed, photograph
from tests.browser.watching import visit

LESSONS = ["notebooks/00_start_here.ipynb", "notebooks/01_vanishing_gradients.ipynb"]
EXERCISE = "notebooks/exercises/00_start_here.ipynb"
LARGE = {"width": 1920, "height": 1080}


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """JupyterLab on a copy of the course."""
    with lab(tmp_path_factory.mktemp("lab")) as server:
        yield server


@pytest.fixture(scope="module")
def window(browser, running):
    """The learner's window."""
    with visit(browser, running.home, SECONDS, viewport=LARGE) as opened:
        yield opened


@pytest.fixture(scope="module", autouse=True)
def lesson_01(browser, running):
    """The long lesson runs in a window of its own while the other tests go on."""
    with visit(browser, running.home, SECONDS, viewport=LARGE) as opened:
        notebook = Notebook(opened, running, LESSONS[1])
        notebook.restart_and_run_all()
        yield notebook


def all_ran(saved):
    """The code cells ran in order, each once, from the first to the last."""
    cells = [cell for cell in saved.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == [*range(1, len(cells) + 1)]
    outputs = [output for cell in cells for output in cell.outputs]
    assert [one for one in outputs if one.output_type == "error"] == []
    return outputs


def test_the_address_printed_opens_the_first_lesson(window, running):
    page = window.page
    page.goto(running.first)
    page.locator(".jp-Notebook").get_by_role("heading", name="Start here").wait_for()
    assert running.first.split("?")[0].endswith(LESSONS[0])


def test_lesson_00_restarts_and_runs_whole(window, running):
    notebook = Notebook(window, running, LESSONS[0])
    notebook.restart_and_run_all()
    notebook.wait()
    outputs = all_ran(notebook.save())
    printed = "".join(output.get("text", "") for output in outputs)
    assert "images are right: yes\na network learns: yes\n" in printed
    assert notebook.complaints() == []


def test_an_exercise_answers_not_attempted_then_wrong_then_right(window, running):
    notebook = Notebook(window, running, EXERCISE)
    notebook.restart_and_run_all()
    notebook.wait()
    answer = notebook.cell("exercises.standardize.check").locator(".jp-OutputArea")
    first = answer.inner_text().lower()
    assert "not attempted" in first

    head = "def standardize(x, mean, std):"
    notebook.write(head, [head, "return x - mean / std"])
    notebook.run_two()
    wrong = answer.inner_text().lower()
    assert "incorrect" in wrong
    assert "not attempted" not in wrong

    notebook.write(head, [head, "return (x - mean) / std"])
    notebook.run_two()
    right = answer.inner_text().lower()
    assert "standardize: correct" in right
    assert "incorrect" not in right
    assert notebook.complaints() == []


def test_lesson_01_runs_whole_and_its_slider_moves_after_it(lesson_01):
    notebook = lesson_01
    notebook.wait()
    all_ran(notebook.save())
    slider = notebook.cell("plots.frame_slider(").locator(".frame-slider").first
    stage = slider.locator(".frame-slider-stage")
    slider.scroll_into_view_if_needed()
    before, text = (
        photograph(stage),
        slider.locator("input").get_attribute("aria-valuetext"),
    )
    slider.locator("input").press("Home")
    assert changed(before, photograph(stage)) > 0.005
    assert slider.locator("input").get_attribute("aria-valuetext") != text
    assert notebook.complaints() == []
