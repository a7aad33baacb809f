"""A lesson as text and as notebook: the text is the source, the notebook is made of it.

The text is in jupytext's *percent* format: cells begin with ``# %%``, and cell metadata
stands on that line. See https://jupytext.readthedocs.io/en/latest/formats-scripts.html.
"""

import hashlib
import os
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from course_utils.notebooks.errors import NotebookError

METADATA: dict[str, Any] = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    # No version: the same lesson is recorded with Python 3.11 and with 3.13.
    "language_info": {
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "pygments_lexer": "ipython3",
    },
}
"""Notebook metadata of every committed notebook."""

FILTER = "all,-collapsed,-scrolled,-trusted,-execution,-ExecuteTime,-jupyter"
"""Cell metadata that the text keeps, as in jupytext.toml."""

_INTERNAL = ("skipline", "noskipline", "cell_marker")


def read_text(path: Path) -> NotebookNode:
    """Read a lesson's text and return it as a notebook without outputs.

    Cell ids are made from the cells' contents, so that they are the same every time
    and an edited cell changes no other.

    Args:
        path: a ``.py`` file in jupytext's percent format, UTF-8.

    Raises:
        NotebookError: when there is no such file or it is not percent text.
    """
    try:
        return from_text(path.read_text(encoding="utf-8"), name=path.stem)
    except FileNotFoundError:
        raise NotebookError(path.stem, f"there is no text at {path}") from None
    except UnicodeDecodeError as error:
        raise NotebookError(path.stem, f"the text is not UTF-8 ({error})") from None


def from_text(text: str, name: str = "text") -> NotebookNode:
    r"""Return percent text as a notebook without outputs.

    Args:
        text: the percent text.
        name: what an error calls it.

    Example:
        >>> [cell.source for cell in from_text("# %%\na = 1\n\n# %%\na\n").cells]
        ['a = 1', 'a']
    """
    import jupytext

    try:
        parsed = jupytext.reads(text, fmt="py:percent")
    except Exception as error:  # jupytext raises whatever its parsers raise
        raise NotebookError(name, f"the text cannot be read: {error}") from error
    notebook = nbformat.v4.new_notebook(metadata=nbformat.from_dict(METADATA))
    for cell in parsed.cells:
        make = {
            "code": nbformat.v4.new_code_cell,
            "markdown": nbformat.v4.new_markdown_cell,
            "raw": nbformat.v4.new_raw_cell,
        }[cell.cell_type]
        kept = {
            key: value
            for key, value in cell.metadata.items()
            # What jupytext notes for itself about blank lines and markers.
            if key not in _INTERNAL and not key.startswith("lines_to_")
        }
        notebook.cells.append(make(cell.source, metadata=nbformat.from_dict(kept)))
    set_ids(notebook)
    return notebook


def from_cells(*sources: str) -> NotebookNode:
    """Return a notebook of code cells, without jupytext.

    Example:
        >>> [cell.source for cell in from_cells("a = 1", "a").cells]
        ['a = 1', 'a']
    """
    notebook = nbformat.v4.new_notebook(metadata=nbformat.from_dict(METADATA))
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in sources]
    set_ids(notebook)
    return notebook


def to_text(notebook: NotebookNode) -> str:
    """Return a notebook as percent text, without outputs and without a header."""
    import jupytext

    bare = nbformat.v4.new_notebook(cells=notebook.cells)
    bare.metadata["jupytext"] = {
        "notebook_metadata_filter": "-all",
        "cell_metadata_filter": FILTER,
    }
    return jupytext.writes(bare, fmt="py:percent")


def set_ids(notebook: NotebookNode) -> None:
    """Give every cell an id that follows from its contents, in place.

    The id is the start of the SHA-256 of type and source; a repeated cell gets ``-2``,
    ``-3`` and so on.
    """
    seen: dict[str, int] = {}
    for cell in notebook.cells:
        digest = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode())
        key = digest.hexdigest()[:8]
        seen[key] = seen.get(key, 0) + 1
        cell["id"] = key if seen[key] == 1 else f"{key}-{seen[key]}"


def read_notebook(path: Path) -> NotebookNode:
    """Read an ``.ipynb`` file.

    Raises:
        NotebookError: when it is missing or not a valid notebook.
    """
    try:
        notebook = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
        nbformat.validate(notebook)
    except FileNotFoundError:
        raise NotebookError(path.stem, f"there is no notebook at {path}") from None
    except Exception as error:
        problem = f"{path.name} is not a valid notebook: {error}"
        raise NotebookError(path.stem, problem) from error
    return notebook


def write_atomically(path: Path, text: str) -> None:
    """Write UTF-8 text so that `path` holds the old contents or the new, never half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8", newline="\n")
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def write_notebook(path: Path, notebook: NotebookNode) -> None:
    """Write a notebook atomically, in the one form in which notebooks are committed."""
    nbformat.validate(notebook)
    write_atomically(path, nbformat.writes(notebook).rstrip("\n") + "\n")
