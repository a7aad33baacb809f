"""From the solved exercises to what a learner opens."""

import pytest

from course_utils.notebooks.errors import NotebookError
from course_utils.notebooks.stubs import (
    make_stub,
    remove_solutions,
    split_mark_scheme,
)
from course_utils.notebooks.text import from_text

B, E = "### BEGIN SOLUTION", "### END SOLUTION"
BM, EM = "### BEGIN MARK SCHEME", "### END MARK SCHEME"


def test_a_function_keeps_its_head_and_loses_its_body():
    source = f'''\
def half(x):
    """Half of x."""
    {B}
    if x:
        return x / 2
    return 0
    {E}


half(2)'''
    assert (
        remove_solutions(source)
        == '''\
def half(x):
    """Half of x."""
    # YOUR CODE HERE
    raise NotImplementedError()


half(2)'''
    )


def test_a_method_and_an_inner_block_keep_their_indentation():
    source = f"""\
class A:
    def f(self, x):
        if x:
            {B}
            return 1
            {E}
        return 0"""
    stub = remove_solutions(source)
    assert "            # YOUR CODE HERE\n            raise Not" in stub
    assert stub.endswith("        return 0")


def test_names_at_the_top_become_none():
    source = f"{B}\nw, (b, c) = 1, (2, 3)\nw = 4\nd: int = 5\nprint(w)\n{E}\nw"
    assert remove_solutions(source) == (
        "# YOUR CODE HERE\nw = None\nb = None\nc = None\nd = None\nw"
    )


def test_several_solutions_in_a_cell():
    source = f"{B}\na = 1\n{E}\n\n{B}\nb = 2\n{E}"
    assert remove_solutions(source) == (
        "# YOUR CODE HERE\na = None\n\n# YOUR CODE HERE\nb = None"
    )


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (f"x = 1\n{B}\nx = 2", "line 2: ### BEGIN SOLUTION without an ### END"),
        (f"x = 1\n{E}", "line 2: ### END SOLUTION without a ### BEGIN"),
        (f"{B}\na = 1\n{B}\nb = 1\n{E}", "line 3: ### BEGIN SOLUTION again, before"),
        (f"def f():\n    return 1  {B}\n    {E}", "line 2: .* alone on a line"),
        (f"if True:\n    {B}\n    x = 1\n    {E}", "line 2: .* inside a function"),
        (f"{B}\nprint(1)\n{E}", "line 1: .* must assign a name"),
        (f"{B}\ndef f():\n    return 1\n{E}", "line 1: .* inside the function"),
        (f"{B}\na = = 1\n{E}", "line 2: invalid syntax"),
    ],
)
def test_wrong_marks_are_named_with_their_line(source, message):
    with pytest.raises(ValueError, match=message):
        remove_solutions(source)


def test_a_mark_scheme_leaves_no_trace_and_the_rest_as_it_was():
    question = "**Then explain.** Why?\n\nAnd how far?"
    scheme = "2 points:\n\n- **1**: the sign;\n- **1**: by half"
    assert split_mark_scheme(question) == (question, "")
    assert split_mark_scheme(f"{question}\n\n{BM}\n{scheme}\n{EM}\n") == (
        question,
        scheme,
    )
    assert split_mark_scheme(f"a\n{BM}\nb\n{EM}\n\nc\n{BM}\nd\n{EM}") == (
        "a\n\nc",
        "b\n\nd",
    )


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (f"a\n{BM}\nb", "line 2: ### BEGIN MARK SCHEME without an ### END"),
        (f"a\n{EM}", "line 2: ### END MARK SCHEME without a ### BEGIN"),
        (f"a\n{BM} b\n{EM}", "line 2: a mark scheme's mark must be alone on a line"),
        (f"{BM}\n\n{EM}", "line 1: the mark scheme is empty"),
    ],
)
def test_wrong_marks_of_a_mark_scheme_are_named_with_their_line(source, message):
    with pytest.raises(ValueError, match=message):
        split_mark_scheme(source)


def test_a_stub_is_the_same_with_and_without_mark_schemes(tmp_path):
    text = (
        f"# %%\ndef f():\n    {B}\n    return 1\n    {E}\n\n\n"
        "# %% [markdown]\n# **Then explain.** Why 1?\n"
    )
    plain, schemed = tmp_path / "01_a.py", tmp_path / "01_b.py"
    plain.write_text(text)
    schemed.write_text(f"{text}#\n# {BM}\n# - 2 points: by definition.\n# {EM}\n")
    assert "by definition" in str(from_text(schemed.read_text()))
    assert make_stub(schemed) == make_stub(plain)


def test_a_text_is_made_into_a_notebook(tmp_path):
    path = tmp_path / "01_a.py"
    path.write_text(
        '# %% [markdown] slideshow={"slide_type": "skip"}\n# # Do it\n\n'
        f"# %%\ndef f():\n    {B}\n    return 41 + 1\n    {E}\n\n# %%\nprint(f)\n"
    )
    notebook = make_stub(path)
    assert "41" not in str(notebook)
    assert [c.cell_type for c in notebook.cells] == ["markdown", "code", "code"]
    assert notebook.cells[0].metadata == {"slideshow": {"slide_type": "skip"}}
    assert len({cell.id for cell in notebook.cells}) == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# %%\nx = 1\n", "01_a.py has no solution"),
        (f"# %%\n1\n\n# %%\n{E}\n", "01_a, code cell 2: line 1: ### END"),
        (f"# %% [markdown]\n# {B}\n# {E}\n", "only stand in a code cell"),
        (f"# %%\n{BM}\n1\n{EM}\n", "a mark scheme belongs in a text cell"),
        (f"# %% [markdown]\n# {BM}\n", "01_a: line 1: ### BEGIN MARK"),
    ],
)
def test_a_wrong_text_is_refused(tmp_path, text, message):
    path = tmp_path / "01_a.py"
    path.write_text(text)
    with pytest.raises(NotebookError, match=message):
        make_stub(path)
