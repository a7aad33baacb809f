"""What a committed notebook must look like. Each rule returns what is wrong, in words.

A rule takes a notebook and answers with a list of sentences; an empty list is a pass.
`lesson_problems` and `exercise_problems` apply the rules of each kind.
"""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from nbformat import NotebookNode

from course_utils.notebooks.reading import (
    EXERCISE_COLUMNS,
    SLIDES,
    code_cells,
    described_pictures,
    narrow_cells,
    prose,
    short_cells,
    slides,
)
from course_utils.notebooks.text import METADATA
from course_utils.notebooks.tolerance import cell_tolerance

MAX_BYTES = 1_000_000

_MACHINE_PATHS = re.compile(
    r"/home/|/Users/|/root/|/tmp/|/private/var/|site-packages|\b[A-Z]:\\(?=\w)"
)
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}\b")
_INLINE = re.compile(r"base64,[A-Za-z0-9+/=\s]+")
_SWITCHES = re.compile(r"(?i)nbval[-_]|raises-exception|skip-execution")
_FORBIDDEN = {
    r"^\s*from\s+\S+\s+import\s+\*": "imports *",
    r"\bsys\.path\b": "touches sys.path",
    r";[ \t]*$": "ends a line with a semicolon, which hides nothing in a replay",
    r"(?i)#\s*(PYTEST_VALIDATE|NBVAL_)": "switches its own comparison off",
}


def executed(notebook: NotebookNode) -> list[str]:
    """Every code cell was run, from the first to the last, without a complaint."""
    problems = []
    for number, cell in enumerate(code_cells(notebook), start=1):
        if not cell.source.strip():
            problems.append(f"code cell {number} is empty")
        if cell.execution_count != number:
            problems.append(
                f"code cell {number} has the execution count {cell.execution_count}"
            )
        for output in cell.outputs:
            if output.output_type == "error":
                problems.append(f"code cell {number} raises {output.ename}")
            elif output.get("name") == "stderr":
                problems.append(f"code cell {number} writes to standard error")
            elif output.get("execution_count", number) != number:
                problems.append(f"code cell {number} has an output of another count")
    return problems


def repeatable(notebook: NotebookNode, root: Path | None = None) -> list[str]:
    """Outputs and code hold nothing that belongs to one machine or one run."""
    problems = []
    for number, cell in enumerate(code_cells(notebook), start=1):
        texts = [cell.source]
        for output in cell.outputs:
            if "application/vnd.jupyter.widget-view+json" in output.get("data", {}):
                problems.append(
                    f"code cell {number} shows a widget that needs a kernel"
                )
            texts += _texts(output)
        for text in texts:
            text = _INLINE.sub("base64,", text)
            found = _MACHINE_PATHS.search(text)
            if found or (root is not None and str(root) in text):
                what = found.group() if found else "the course's own folder"
                problems.append(f"code cell {number} holds a machine's path ({what})")
        for text in texts[1:]:
            if address := _ADDRESS.search(_INLINE.sub("", text)):
                problems.append(
                    f"code cell {number} shows a memory address ({address.group()})"
                )
    return problems


def _texts(output: NotebookNode) -> Iterator[str]:
    """Yield what an output says, without its pictures."""
    yield output.get("text", "")
    yield "\n".join(output.get("traceback", ()))
    for mime, value in output.get("data", {}).items():
        if not mime.startswith("image/") or mime == "image/svg+xml":
            yield value if isinstance(value, str) else json.dumps(value)


def small(path: Path) -> list[str]:
    """The file is below 1 MB."""
    size = path.stat().st_size
    return [] if size < MAX_BYTES else [f"{path.name} has {size:,} bytes"]


def metadata(notebook: NotebookNode) -> list[str]:
    """The notebook's own metadata are those that recording writes."""
    same = json.loads(json.dumps(notebook.metadata)) == METADATA
    return [] if same else ["the notebook's metadata are not those of a recorded one"]


def agrees(notebook: NotebookNode, source: NotebookNode) -> list[str]:
    """Cell by cell, the notebook has its source's type, text and metadata."""
    problems = []
    if len(notebook.cells) != len(source.cells):
        problems.append(f"{len(notebook.cells)} cells, its text {len(source.cells)}")
    for number, (cell, origin) in enumerate(
        zip(notebook.cells, source.cells, strict=False), start=1
    ):
        problems += [
            f"cell {number} differs from its text in its {part}"
            for part in ("cell_type", "source", "metadata", "id")
            if cell[part] != origin[part]
        ]
    return problems


def honest_code(notebook: NotebookNode) -> list[str]:
    """Nothing is imported wholesale, and no cell switches its comparison off."""
    problems = []
    for number, cell in enumerate(code_cells(notebook), start=1):
        problems += [
            f"code cell {number} {what}"
            for pattern, what in _FORBIDDEN.items()
            if re.search(pattern, cell.source, flags=re.MULTILINE)
        ]
        problems += [
            f"code cell {number} has the tag {tag}"
            for tag in cell.metadata.get("tags", ())
            if _SWITCHES.match(tag)
        ]
        try:
            cell_tolerance(cell.metadata)
        except ValueError as error:
            problems.append(f"code cell {number}: {error}")
    return problems


def numbering(names: list[str]) -> list[str]:
    """Lessons are numbered 00, 01, 02 and so on, and no slug comes twice."""
    problems = [
        f"{name} has the number {int(name[:2])}, {expected} comes next"
        for expected, name in enumerate(sorted(names))
        if int(name[:2]) != expected
    ]
    slugs = [name[3:] for name in names]
    problems += [
        f"{s} comes twice" for s in sorted({s for s in slugs if slugs.count(s) > 1})
    ]
    return problems


def answers(notebook: NotebookNode) -> list[tuple[int, str | None]]:
    """Return what each check of an executed exercise notebook answered.

    Returns:
        For every code cell with a call of ``.check(``: its number and the status, the
        part after the colon of ``name: status``; None when it showed none.
    """
    found = []
    for number, cell in enumerate(code_cells(notebook), start=1):
        if ".check(" not in cell.source:
            continue
        lines = [
            output.data.get("text/plain", "").splitlines()
            for output in cell.outputs
            if "data" in output
        ]
        first = next((line[0] for line in lines if line), "")
        found.append((number, first.partition(": ")[2] or None))
    return found


def answered(notebook: NotebookNode, status: str) -> list[str]:
    """There are checks, and every one of them gives this answer."""
    found = answers(notebook)
    if not found:
        return ["no cell calls a check"]
    return [
        f"the check in code cell {number} says {got!r}, not {status!r}"
        for number, got in found
        if got != status
    ]


_COMMON: tuple[Callable[[NotebookNode], list[str]], ...] = (
    executed,
    metadata,
    honest_code,
)


def lesson_problems(
    notebook: NotebookNode,
    source: NotebookNode,
    root: Path | None = None,
    least_slides: int = SLIDES[0],
) -> list[str]:
    """Apply all rules of a lesson: see this module's functions."""
    problems = [p for rule in _COMMON for p in rule(notebook)]
    problems += repeatable(notebook, root) + agrees(notebook, source)
    problems += slides(notebook, least_slides) + prose(notebook)
    problems += described_pictures(notebook)
    return problems + short_cells(notebook) + narrow_cells(notebook)


def exercise_problems(
    notebook: NotebookNode, stub: NotebookNode, root: Path | None = None
) -> list[str]:
    """Apply all rules of an exercise notebook: it is the stub, executed."""
    problems = [p for rule in _COMMON for p in rule(notebook)]
    problems += repeatable(notebook, root) + agrees(notebook, stub)
    problems += narrow_cells(notebook, EXERCISE_COLUMNS)
    return problems + answered(notebook, "not attempted")
