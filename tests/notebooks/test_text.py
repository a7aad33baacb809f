"""Text and notebook: what survives the way there and back."""

import os
import shutil
from pathlib import Path

import nbformat
import pytest
from jupytext import TextFileContentsManager
from jupytext.cli import jupytext

from course_utils.notebooks import text
from course_utils.notebooks.errors import NotebookError

ROOT = Path(__file__).parents[2]
LESSON = """\
# %% [markdown] slideshow={"slide_type": "slide"}
# # Größe
#
# A formula: $\\sigma(z)$.

# %% slideshow={"slide_type": "fragment"} tolerance={"relative": 0.02, "why": "a b"}
import numpy as np

np.arange(3)


# %% slideshow={"slide_type": "-"} tags=["remove-input"]
# %matplotlib inline
def f(x):
    return x

# %% slideshow={"slide_type": "-"} tags=["remove-input"]
# %matplotlib inline
def f(x):
    return x
"""


def test_cells_and_their_metadata_come_back():
    notebook = text.from_text(LESSON)
    nbformat.validate(notebook)
    assert [c.cell_type for c in notebook.cells] == ["markdown", *["code"] * 3]
    assert notebook.cells[0].source == "# Größe\n\nA formula: $\\sigma(z)$."
    assert notebook.cells[1].metadata == {
        "slideshow": {"slide_type": "fragment"},
        "tolerance": {"relative": 0.02, "why": "a b"},
    }
    assert notebook.cells[2].metadata["tags"] == ["remove-input"]
    assert notebook.cells[2].source.startswith("%matplotlib inline\ndef f")
    assert notebook.metadata == text.METADATA
    again = text.from_text(text.to_text(notebook))
    assert again == notebook


def test_text_is_written_without_outputs_and_headers():
    notebook = text.from_text(LESSON)
    notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="seen")]
    written = text.to_text(notebook)
    assert "seen" not in written
    assert written.startswith('# %% [markdown] slideshow={"slide_type": "slide"}')


def test_ids_follow_from_contents():
    first, second = text.from_text(LESSON), text.from_text(LESSON)
    ids = [cell.id for cell in first.cells]
    assert ids == [cell.id for cell in second.cells]
    assert len(set(ids)) == 4
    assert ids[3] == f"{ids[2]}-2"
    edited = text.from_text(LESSON.replace("arange(3)", "arange(4)"))
    changed = [a.id != b for a, b in zip(edited.cells, ids, strict=True)]
    assert changed == [False, True, False, False]


def test_a_notebook_is_written_the_same_everywhere(tmp_path):
    notebook = text.from_text(LESSON)
    path = tmp_path / "new" / "a.ipynb"
    text.write_notebook(path, notebook)
    written = path.read_bytes()
    assert b"\r" not in written
    assert written.endswith(b"}\n")
    assert "Größe" in written.decode("utf-8")
    text.write_notebook(path, text.read_notebook(path))
    assert path.read_bytes() == written
    assert [p.name for p in path.parent.iterdir()] == ["a.ipynb"]


def test_a_failed_write_keeps_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    text.write_atomically(path, "old")

    def refuse(*_):
        raise OSError("disk full")

    monkeypatch.setattr(text.os, "replace", refuse)
    with pytest.raises(OSError, match="disk full"):
        text.write_atomically(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_read_is_named(tmp_path):
    with pytest.raises(NotebookError, match="01_none: there is no text at"):
        text.read_text(tmp_path / "01_none.py")
    with pytest.raises(NotebookError, match="there is no notebook at"):
        text.read_notebook(tmp_path / "01_none.ipynb")
    bad = tmp_path / "01_bad.py"
    bad.write_bytes(b"# %%\n\xff")
    with pytest.raises(NotebookError, match="not UTF-8"):
        text.read_text(bad)
    half = tmp_path / "01_half.ipynb"
    half.write_text('{"cells": [')
    with pytest.raises(NotebookError, match="not a valid notebook"):
        text.read_notebook(half)


@pytest.fixture
def paired(tmp_path):
    """A course with the project's own jupytext settings, one lesson, one exercise."""
    for name in ("", "notebooks/exercises", "notebooks/text/exercises"):
        (tmp_path / name).mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name / "jupytext.toml", tmp_path / name)
    books = tmp_path / "notebooks"
    for folder in ("", "exercises"):
        (books / "text" / folder / "01_a.py").write_text(LESSON, encoding="utf-8")
        notebook = text.from_text(LESSON)
        text.write_notebook(books / folder / "01_a.ipynb", notebook)
    return books


def test_jupytext_keeps_a_lesson_and_its_text_together(paired):
    path = paired / "01_a.ipynb"
    notebook = text.read_notebook(path)
    notebook.cells[1].source = "np.arange(7)"
    text.write_notebook(path, notebook)
    jupytext(["--quiet", "--sync", str(path)])
    source = text.read_text(paired / "text" / "01_a.py")
    assert source.cells[1].source == "np.arange(7)"
    assert source.cells[1].metadata == notebook.cells[1].metadata


def test_jupyterlab_opens_a_lesson_whichever_file_is_newer(paired):
    manager = TextFileContentsManager(root_dir=str(paired.parent))
    source, path = paired / "text" / "01_a.py", paired / "01_a.ipynb"
    # A blank line that jupytext would not write, and a text that was edited.
    text_now = LESSON.replace("arange(3)", "arange(5)").replace("f(x)", "f(x, y)")
    source.write_text(text_now.replace("\n\n\n# %%", "\n\n# %%"), encoding="utf-8")
    for older, newer in ((source, path), (path, source)):
        os.utime(older, (1e9, 1e9))
        os.utime(newer, (2e9, 2e9))
        cells = manager.get("notebooks/01_a.ipynb")["content"]["cells"]
        assert "np.arange(5)" in cells[1]["source"]


def test_jupytext_never_pairs_a_stub_with_its_solutions(paired):
    stub = paired / "exercises" / "01_a.ipynb"
    solved = paired / "text" / "exercises" / "01_a.py"
    notebook = text.read_notebook(stub)
    notebook.cells[1].source = "a learner's answer"
    text.write_notebook(stub, notebook)
    before = solved.read_bytes(), stub.read_bytes()
    jupytext(["--quiet", "--sync", str(stub)])
    jupytext(["--quiet", "--sync", str(solved)])
    assert (solved.read_bytes(), stub.read_bytes()) == before
