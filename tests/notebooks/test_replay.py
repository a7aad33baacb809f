"""The strict run, tried on real notebooks: what it lets pass and what it stops.

All cases are cells of one notebook, which nbval runs to its end whatever fails, so that
a single kernel serves them. Its recorded outputs are written by hand.
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import pytest

from course_utils.notebooks.lessons import Lesson
from course_utils.notebooks.record import record_lesson
from course_utils.notebooks.text import write_notebook

ROOT = Path(__file__).parents[2]
WHY = {"tolerance": {"relative": 0.02, "why": "training does not repeat"}}
SHOW = "from IPython.display import HTML, Markdown, display\n"
PICTURE = 'display({"image/png": "iVBORw0KGgo=", "text/plain": "pic"}, raw=True)'


def printed(text, name="stdout"):
    return nbformat.v4.new_output("stream", name=name, text=text)


def shown(**data):
    data = {key.replace("_", "/"): value for key, value in data.items()}
    return nbformat.v4.new_output("display_data", data=data)


def html(text):
    return shown(text_html=text, text_plain="<IPython.core.display.HTML object>")


TABLE = "<table><tr><td>{}</td><td>5</td></tr></table>"
IMAGE = '<img src="data:image/png;base64,{}">'

# name: (passes, source, recorded outputs, metadata)
CASES = {
    "right": (True, "print('loss', 0.25)", [printed("loss 0.25\n")], {}),
    "within tolerance": (True, "print(0.81)", [printed("0.80\n")], WHY),
    "beyond tolerance": (False, "print(0.82)", [printed("0.80\n")], WHY),
    "wrong integer": (False, "print(100, 0.8)", [printed("101 0.8\n")], WHY),
    "changed word": (False, "print('no', 0.8)", [printed("yes 0.8\n")], WHY),
    "untagged float": (False, "print(0.80001)", [printed("0.80002\n")], {}),
    "missing output": (False, "pass", [printed("hello\n")], {}),
    "extra output": (False, "print('hello')", [], {}),
    "extra display": (False, "print(1)\ndisplay(2)", [printed("1\n")], {}),
    "standard error": (False, "import sys\nprint(1, file=sys.stderr)", [], {}),
    "changed picture": (
        True,
        PICTURE,
        [shown(image_png="R0lGODlh", text_plain="pic")],
        {},
    ),
    "missing picture": (
        False,
        'display({"text/plain": "pic"}, raw=True)',
        [shown(image_png="R0lGODlh", text_plain="pic")],
        {},
    ),
    "table within": (
        True,
        f"HTML({TABLE.format(0.81)!r})",
        [html(TABLE.format(0.80))],
        WHY,
    ),
    "table beyond": (
        False,
        f"HTML({TABLE.format(0.99)!r})",
        [html(TABLE.format(0.80))],
        WHY,
    ),
    "table untagged": (
        False,
        f"HTML({TABLE.format(0.81)!r})",
        [html(TABLE.format(0.80))],
        {},
    ),
    "changed inner picture": (
        True,
        f"HTML({IMAGE.format('AAAA')!r})",
        [html(IMAGE.format("BBBB"))],
        {},
    ),
    "missing inner picture": (
        False,
        "HTML('<img src=\"\">')",
        [html(IMAGE.format("BBBB"))],
        {},
    ),
    "raises": (False, "1 / 0", [], {}),
    "marked to be ignored": (
        False,
        "# NBVAL_IGNORE_OUTPUT\nprint(1)",
        [printed("2\n")],
        {},
    ),
    "tagged to be skipped": (
        False,
        "print(1)",
        [printed("2\n")],
        {"tags": ["nbval-skip"]},
    ),
    "expected to raise": (False, "1 / 0", [], {"tags": ["raises-exception"]}),
    "tolerance without why": (
        False,
        "print(0.8)",
        [printed("0.8\n")],
        {"tolerance": {"relative": 0.02}},
    ),
    "recorded environment": (
        True,
        "import os\nprint(os.environ['TQDM_DISABLE'], os.environ['MPLBACKEND'])",
        [printed("1 module://matplotlib_inline.backend_inline\n")],
        {},
    ),
}

LESSON = """\
# %%
print("first")
import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(1, 1))
plt.show()
print("second")

# %%
1 + 1;

# %%
import os

os.write(2, b"native noise")

# %%
from IPython.display import display

print("one")
display("two")
print("three", end="")
print(".")

# %%
import tqdm

for _ in tqdm.tqdm(range(3)):
    pass
os.path.basename(os.getcwd())
"""


def case_cells():
    cells = []
    for count, (_, source, outputs, metadata) in enumerate(CASES.values(), start=1):
        if "display(" in source or "HTML(" in source:
            source = SHOW + source
        if "HTML(" in source:
            source = source.replace("HTML('<", "display(HTML('<") + ")"
        cell = nbformat.v4.new_code_cell(
            source, outputs=outputs, execution_count=count, metadata=metadata
        )
        cells.append(cell)
    return cells


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A small course with three notebooks: a recorded lesson, cases, a crash."""
    root = tmp_path_factory.mktemp("course")
    lesson = Lesson("01_recorded", root)
    lesson.text.parent.mkdir(parents=True)
    lesson.text.write_text(LESSON, encoding="utf-8")
    shutil.copy(ROOT / "notebooks" / "conftest.py", root / "notebooks")
    # As in the course itself; a lesson's text must not be imported for its doctests.
    settings = '[tool.pytest.ini_options]\naddopts = ["--doctest-modules"]\n'
    (root / "pyproject.toml").write_text(settings, encoding="utf-8")
    trap = root / "notebooks" / "text" / "02_trap.py"
    trap.write_text("raise RuntimeError('a lesson was imported')\n", encoding="utf-8")
    record_lesson(lesson)
    notebook = nbformat.v4.new_notebook(cells=case_cells())
    write_notebook(root / "notebooks" / "cases.ipynb", notebook)
    sources = ["print('alive')", "import os\nos.abort()", "print('never')"]
    cells = [
        nbformat.v4.new_code_cell(s, execution_count=i)
        for i, s in enumerate(sources, start=1)
    ]
    cells[0].outputs = [printed("alive\n")]
    write_notebook(
        root / "notebooks" / "crash.ipynb", nbformat.v4.new_notebook(cells=cells)
    )
    return root


def test_nothing_runs_after_a_cell_that_timed_out(course):
    sources = ["import time\ntime.sleep(60)", "print('never')"]
    cells = [
        nbformat.v4.new_code_cell(s, execution_count=i)
        for i, s in enumerate(sources, start=1)
    ]
    path = course / "slow" / "slow.ipynb"
    write_notebook(path, nbformat.v4.new_notebook(cells=cells))
    shutil.copy(course / "notebooks" / "conftest.py", path.parent)
    run = subprocess.run(
        [
            *(sys.executable, "-m", "course_utils.notebooks", "replay", "slow"),
            *("-p", "no:cacheprovider", "--nbval-cell-timeout=1", "-o"),
            "xfail_strict=true",
        ],
        cwd=course,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )
    assert "Timeout of 1 seconds exceeded" in run.stdout
    assert "Not run: cell 0 stopped it" in run.stdout
    assert "2 failed" in run.stdout
    assert "xfailed" not in run.stdout
    assert "\x1b" not in run.stdout


@pytest.fixture(scope="module")
def report(course):
    """Replay: {(notebook, cell): failure text or None} and the seconds it took."""
    start = time.monotonic()
    run = subprocess.run(
        [
            *(sys.executable, "-m", "course_utils.notebooks", "replay"),
            *("-q", "-p", "no:cacheprovider", "--junitxml=report.xml"),
        ],
        cwd=course,
        env=os.environ | {"MPLBACKEND": "agg", "TQDM_DISABLE": "0"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )
    assert run.returncode == 1, run.stdout + run.stderr
    outcomes = {}
    for case in ElementTree.parse(course / "report.xml").iter("testcase"):
        notebook = case.get("classname").split(".")[1]
        failure = case.find("failure")
        number = int(case.get("name").removeprefix("Cell "))
        assert case.find("skipped") is None, ElementTree.tostring(case)
        outcomes[notebook, number] = None if failure is None else failure.text
    return outcomes, time.monotonic() - start


@pytest.mark.parametrize("name", CASES)
def test_each_case_passes_or_fails_as_it_should(report, name):
    outcomes, _ = report
    failure = outcomes["cases", list(CASES).index(name)]
    assert (failure is None) == CASES[name][0], failure


def test_a_recorded_notebook_replays_cleanly(report):
    outcomes, _ = report
    cells = {n: text for (book, n), text in outcomes.items() if book == "01_recorded"}
    assert cells == dict.fromkeys(range(5))


def test_a_failure_says_what_differs(report):
    outcomes, _ = report

    def text(name):
        return outcomes["cases", list(CASES).index(name)]

    assert "0.82, recorded 0.80; allowed are 0.02" in text("beyond tolerance")
    assert "integer differs: 100, recorded 101" in text("wrong integer")
    assert "output 1 is missing" in text("missing output")
    assert "stderr" in text("standard error")
    assert "ZeroDivisionError" in text("raises")
    assert "must say why" in text("tolerance without why")


def test_a_dead_kernel_is_named_at_once(report):
    outcomes, seconds = report
    assert outcomes["crash", 0] is None
    assert "The kernel died while this cell ran" in outcomes["crash", 1]
    assert "os.abort()" in outcomes["crash", 1]
    assert "Not run: cell 1 stopped it" in outcomes["crash", 2]
    # nbval alone waits for its timeout, minutes here, before it looks at the kernel.
    assert seconds < 100
