"""Recording: what a run costs, what it refuses, and what a failure leaves behind."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from course_utils.notebooks import environment
from course_utils.notebooks.__main__ import main
from course_utils.notebooks.errors import NotebookError
from course_utils.notebooks.execute import execute
from course_utils.notebooks.lessons import Lesson
from course_utils.notebooks.record import record_lesson, record_stub
from course_utils.notebooks.text import METADATA, from_text, read_notebook

GOOD = """\
# %% [markdown] slideshow={"slide_type": "slide"}
# # A lesson

# %% slideshow={"slide_type": "-"}
import os

print("first")
print(os.path.basename(os.getcwd()), os.environ["TQDM_DISABLE"])

# %% slideshow={"slide_type": "-"}
import time

block = bytearray(300 * 2**20)
time.sleep(0.5)
len(block);
"""


@pytest.fixture
def lesson(tmp_path):
    """A lesson with a good text, not yet recorded."""
    (tmp_path / "pyproject.toml").write_text("")
    lesson = Lesson("01_sample", tmp_path)
    lesson.exercise_text.parent.mkdir(parents=True)
    lesson.text.write_text(GOOD, encoding="utf-8")
    return lesson


def test_recording_writes_a_clean_notebook_and_says_what_it_cost(lesson):
    seen = []
    cost = record_lesson(lesson, on_cell=lambda i, n: seen.append((i, n)))
    assert 0.5 < cost.seconds < 100
    assert 300 < cost.peak_mib < 1000
    assert seen == [(1, 2), (2, 2)]
    notebook = read_notebook(lesson.notebook)
    assert notebook.metadata == METADATA
    _, first, second = notebook.cells
    assert [first.execution_count, second.execution_count] == [1, 2]
    assert [o.text for o in first.outputs] == ["first\nnotebooks 1\n"]
    # The semicolon does not hide the value: it would not in a replay either.
    assert second.outputs[0].data == {"text/plain": str(300 * 2**20)}
    assert second.outputs[0].execution_count == 2
    assert second.metadata == {"slideshow": {"slide_type": "-"}}


def run(source, **options):
    notebook = from_text(f"# %%\nprint('before')\n\n# %%\n{source}\n\n# %%\nprint(3)\n")
    with pytest.raises(NotebookError) as caught:
        execute(notebook, Path.cwd(), name="01_sample", **options)
    assert caught.value.cell == 2
    assert str(caught.value).startswith("01_sample, code cell 2: it ") or (
        str(caught.value).startswith("01_sample, code cell 2: the kernel died")
    )
    return str(caught.value), notebook


def test_a_cell_that_raises_is_shown_and_its_outputs_kept():
    message, notebook = run("print('so far')\n1 / 0")
    assert "it raises ZeroDivisionError" in message
    assert "    | 1 / 0" in message
    assert "division by zero" in message
    assert "\x1b" not in message
    _, failed, never = notebook.cells
    assert [o.output_type for o in failed.outputs] == ["stream", "error"]
    assert never.execution_count is None


def test_standard_error_is_refused():
    message, _ = run("import warnings\nwarnings.warn('mind the step')")
    assert "writes to standard error" in message
    assert "mind the step" in message


def test_an_output_that_changes_is_refused():
    message, _ = run(
        "from IPython.display import display\n"
        "handle = display('a', display_id=True)\n"
        "handle.update('b')"
    )
    assert "which a replay cannot compare" in message


def test_a_dead_kernel_is_named_with_its_last_words():
    message, _ = run("import os\nos.write(2, b'out of luck')\nos.abort()")
    assert "the kernel died while it ran" in message
    assert "out of luck" in message


def test_an_endless_cell_is_stopped(monkeypatch):
    monkeypatch.setattr(environment, "CELL_TIMEOUT", 1)
    message, _ = run("import time\nwhile True:\n    time.sleep(0.1)")
    assert "it runs longer than 1 seconds" in message


def test_a_kernel_that_does_not_start_is_said_plainly(monkeypatch):
    monkeypatch.setattr(
        environment,
        "get_kernel_dict",
        lambda **_: {
            "argv": [sys.executable, "-c", "raise SystemExit('broken install')"],
            "display_name": "",
            "language": "python",
        },
    )
    with pytest.raises(NotebookError, match="the kernel did not start") as caught:
        execute(from_text("# %%\n1\n"), Path.cwd())
    assert "broken install" in str(caught.value)


def test_a_failing_lesson_keeps_the_notebook_it_had(lesson, monkeypatch, capfd):
    lesson.notebook.write_text("as it was")
    lesson.text.write_text("# %%\n1 / 0\n", encoding="utf-8")
    lesson.exercise_text.write_text(
        "# %%\ndef f():\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION\n"
    )
    monkeypatch.chdir(lesson.root / "notebooks")
    assert main(["record", "1"]) == 1
    out, err = capfd.readouterr()
    assert "01_sample ... FAILED" in out
    assert "code cell 1: it raises ZeroDivisionError" in err
    assert "Traceback (most recent call last)" not in err.partition("raises")[0]
    assert lesson.notebook.read_text() == "as it was"
    # The other notebook is recorded all the same.
    assert "raise NotImplementedError()" in read_notebook(lesson.stub).cells[0].source


def test_a_stub_is_made_without_its_solution(lesson):
    lesson.exercise_text.write_text("# %%\nx = 1\n", encoding="utf-8")
    with pytest.raises(NotebookError, match="no solution"):
        record_stub(lesson)
    assert not lesson.stub.exists()


def test_unknown_lessons_and_arguments(lesson, monkeypatch, capfd):
    monkeypatch.chdir(lesson.root)
    assert main(["record", "sampel"]) == 1
    assert "did you mean 01_sample?" in capfd.readouterr().err
    with pytest.raises(SystemExit) as stop:
        main(["record", "--quick"])
    assert stop.value.code == 2


def test_the_environment_is_fixed_whatever_the_terminal_says(monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.setenv("TQDM_DISABLE", "0")
    monkeypatch.setenv("PYTEST_SOMETHING", "1")
    monkeypatch.setenv("KEPT", "1")
    found = environment.kernel_environment()
    assert found["MPLBACKEND"] == "module://matplotlib_inline.backend_inline"
    assert found["TQDM_DISABLE"] == "1"
    assert found["KEPT"] == "1"
    assert not [name for name in found if name.startswith("PYTEST_")]
    assert "PYTEST_SOMETHING" in os.environ


@pytest.mark.parametrize(
    ("machine", "simd", "expected"),
    [
        (
            "x86_64",
            {
                "baseline": ["X86_V2"],
                "found": ["X86_V3", "X86_V4"],
                "not found": ["AVX512_ICL"],
            },
            {
                "OPENBLAS_CORETYPE": "Haswell",
                "NPY_DISABLE_CPU_FEATURES": "AVX512_ICL X86_V4",
            },
        ),
        (
            "AMD64",
            {"baseline": ["SSE"], "found": ["AVX2"], "not found": ["AVX512F"]},
            {"OPENBLAS_CORETYPE": "Haswell", "NPY_DISABLE_CPU_FEATURES": "AVX512F"},
        ),
        ("x86_64", {"baseline": ["SSE"], "not found": ["AVX2"]}, {}),
        ("arm64", {"baseline": ["NEON"], "found": ["ASIMDHP"]}, {}),
        ("aarch64", {"baseline": ["NEON"], "not found": ["SVE"]}, {}),
    ],
)
def test_code_paths_are_chosen_only_where_there_is_a_choice(
    monkeypatch, machine, simd, expected
):
    monkeypatch.setattr(environment.platform, "machine", lambda: machine)
    monkeypatch.setattr(
        environment.np, "show_config", lambda mode: {"SIMD Extensions": simd}
    )
    assert environment._same_path_on_every_cpu() == expected


def test_numpy_takes_the_settings_without_a_warning():
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", "import numpy"],
        env=environment.kernel_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
