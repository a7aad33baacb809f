"""The exercises a learner opens, made from the exercises with their solutions.

In the solved text a solution stands between nbgrader's marks. Inside a function it
becomes an error that says "not implemented"; at the top of a cell, where an error would
stop the notebook, every name it binds becomes None. The checks call either "not
attempted". What an answer to an open question must hold stands in a mark scheme,
between marks of its own in the question's text cell, and is cut out whole.
"""

import ast
import textwrap
from pathlib import Path

from nbformat import NotebookNode

from course_utils.notebooks.errors import NotebookError
from course_utils.notebooks.text import read_text, set_ids

BEGIN = "### BEGIN SOLUTION"
END = "### END SOLUTION"
BEGIN_SCHEME = "### BEGIN MARK SCHEME"
END_SCHEME = "### END MARK SCHEME"
YOURS = "# YOUR CODE HERE"


def make_stub(path: Path) -> NotebookNode:
    """Read a solved exercise text and return it without solutions and mark schemes.

    Args:
        path: text in percent format, with solutions between `BEGIN` and `END` and mark
            schemes between `BEGIN_SCHEME` and `END_SCHEME`.

    Raises:
        NotebookError: marks that do not pair or stand where no solution can be cut
            out, with the cell and its line; or a text without any solution.
    """
    notebook = read_text(path)
    cut = 0
    number = 0
    for cell in notebook.cells:
        is_code = cell.cell_type == "code"
        number += is_code
        try:
            solved = BEGIN in cell.source or END in cell.source
            if solved and not is_code:
                raise ValueError("line 1: a solution can only stand in a code cell")
            if is_code:
                if BEGIN_SCHEME in cell.source or END_SCHEME in cell.source:
                    raise ValueError("line 1: a mark scheme belongs in a text cell")
                cell.source = remove_solutions(cell.source)
            else:
                cell.source = split_mark_scheme(cell.source)[0]
        except ValueError as error:
            where = number if is_code else None
            raise NotebookError(
                path.stem, str(error), cell=where, source=cell.source
            ) from None
        cut += solved
    if not cut:
        raise NotebookError(path.stem, f"{path.name} has no solution ({BEGIN}) to cut")
    set_ids(notebook)
    return notebook


def remove_solutions(source: str) -> str:
    r"""Replace every solution in a code cell by what a learner starts from.

    Args:
        source: Python code, with solutions between the two marks, each alone on a line.

    Raises:
        ValueError: marks that do not pair, or a solution whose place is neither inside
            a function nor at the top of the cell; the text begins with the line.

    Example:
        >>> print(
        ...     remove_solutions(
        ...         "def half(x):\n"
        ...         "    ### BEGIN SOLUTION\n"
        ...         "    return x / 2\n"
        ...         "    ### END SOLUTION\n"
        ...     )
        ... )
        def half(x):
            # YOUR CODE HERE
            raise NotImplementedError()
    """
    lines = source.splitlines()
    kept: list[str] = []
    position = 0
    for begin, end in _regions(lines, BEGIN, END):
        kept += lines[position:begin]
        indent = lines[begin][: len(lines[begin]) - len(lines[begin].lstrip())]
        if indent:
            if not _inside_function(source, begin + 1):
                raise ValueError(
                    f"line {begin + 1}: an indented solution must be inside a function"
                )
            stub = [YOURS, "raise NotImplementedError()"]
        else:
            stub = [YOURS, *_unset(lines[begin + 1 : end], begin + 1)]
        kept += [indent + line for line in stub]
        position = end + 1
    return "\n".join([*kept, *lines[position:]])


def split_mark_scheme(source: str) -> tuple[str, str]:
    r"""Return a text cell without its mark schemes, and what they say.

    Args:
        source: Markdown, with a mark scheme between `BEGIN_SCHEME` and `END_SCHEME`,
            each alone on a line; or without one.

    Raises:
        ValueError: marks that do not pair, or nothing between them; the text begins
            with the line.

    Example:
        >>> split_mark_scheme(
        ...     "Why?\n\n### BEGIN MARK SCHEME\n1 point: the sign\n### END MARK SCHEME"
        ... )
        ('Why?', '1 point: the sign')
    """
    lines = source.splitlines()
    regions = _regions(lines, BEGIN_SCHEME, END_SCHEME)
    if not regions:
        return source, ""
    kept: list[str] = []
    schemes: list[str] = []
    position = 0
    for begin, end in regions:
        kept += lines[position:begin]
        while kept and not kept[-1].strip():
            kept.pop()
        position = end + 1
        schemes.append("\n".join(lines[begin + 1 : end]).strip())
        if not schemes[-1]:
            raise ValueError(f"line {begin + 1}: the mark scheme is empty")
    rest = "\n".join([*kept, *lines[position:]]).rstrip()
    return rest, "\n\n".join(schemes)


def _regions(lines: list[str], first: str, last: str) -> list[tuple[int, int]]:
    """Return first and last line (from 0) of every region, marks included."""
    regions = []
    begin = None
    for i, line in enumerate(lines):
        word = line.strip()
        if word == first:
            if begin is not None:
                raise ValueError(
                    f"line {i + 1}: {first} again, before the {last} of line "
                    f"{begin + 1}"
                )
            begin = i
        elif word == last:
            if begin is None:
                raise ValueError(f"line {i + 1}: {last} without a {first}")
            regions.append((begin, i))
            begin = None
        elif first in line or last in line:
            what = first.removeprefix("### BEGIN ").lower()
            raise ValueError(f"line {i + 1}: a {what}'s mark must be alone on a line")
    if begin is not None:
        raise ValueError(f"line {begin + 1}: {first} without an {last}")
    return regions


def _inside_function(source: str, line: int) -> bool:
    """Say whether a line (from 1) belongs to the body of a function."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return any(
        node.lineno < line <= (node.end_lineno or 0) + 1
        for node in ast.walk(_parse(source))
        if isinstance(node, functions)
    )


def _unset(region: list[str], offset: int) -> list[str]:
    """Return ``name = None`` for every name that a region binds at its top."""
    names: list[str] = []
    for node in _parse(textwrap.dedent("\n".join(region)), offset).body:
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign):
            targets = [node.target]
        else:
            targets = []
        for target in targets:
            names += [n.id for n in ast.walk(target) if isinstance(n, ast.Name)]
    if not names:
        raise ValueError(
            f"line {offset}: a solution at the top of a cell must assign a name; "
            "put the marks of a function's solution inside the function"
        )
    return [f"{name} = None" for name in dict.fromkeys(names)]


def _parse(source: str, offset: int = 0) -> ast.Module:
    try:
        return ast.parse(source)
    except SyntaxError as error:
        line = offset + (error.lineno or 1)
        raise ValueError(f"line {line}: {error.msg}") from None
