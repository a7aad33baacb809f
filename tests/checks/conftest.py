"""The exercises as a reviewer reads them, solved, and as a learner opens them."""

from pathlib import Path

import pytest

from course_utils.notebooks.stubs import make_stub
from course_utils.notebooks.text import read_text

TEXTS = Path(__file__).parents[2] / "notebooks" / "text" / "exercises"


def run(notebook, name):
    """Run the cells that define something; leave the checks to the tests."""
    cells = [c.source for c in notebook.cells if c.cell_type == "code"]
    code = "\n\n".join(source for source in cells if ".check(" not in source)
    namespace = {"__name__": name}
    exec(compile(code, f"<{name}>", "exec"), namespace)
    return namespace


@pytest.fixture(scope="session")
def solved():
    """A function: the name of an exercise text -> what it defines, solved."""
    return lambda name: run(read_text(TEXTS / f"{name}.py"), name)


@pytest.fixture(scope="session")
def stub():
    """A function: the name of an exercise text -> what it defines, not yet solved."""
    return lambda name: run(make_stub(TEXTS / f"{name}.py"), name)


@pytest.fixture(scope="module")
def reference(request, solved):
    """What the text that a test module names as its TEXT defines, solved."""
    return solved(request.module.TEXT)
