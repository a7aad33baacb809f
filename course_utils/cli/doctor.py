"""``course check``: a doctor for the machine, the installation and the data.

Each examination yields findings: what was looked at, how it is, what was found, and
what to do about it when it is not well.
"""

import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from course_utils.cli.installation import (
    FAILED,
    NOTE,
    OK,
    REINSTALL,
    Finding,
    packages,
    python,
    tensorflow,
)

MIN_DISK, MIN_MEMORY = 1.0, 2.0  # GiB


def examine(root: Path, deep: bool = False) -> int:
    """Look at everything, print a table, and return 1 when something failed.

    Args:
        root: the course's folder.
        deep: import TensorFlow too, which takes several seconds.
    """
    from rich.console import Console
    from rich.text import Text

    console = Console()
    colours = {OK: "green", NOTE: "yellow", FAILED: "bold red"}
    failed = 0
    for finding in findings(root, deep):
        failed += finding.state == FAILED
        line = Text(f"{finding.state:<7} ", style=colours[finding.state])
        line.append(f"{finding.subject:<11} {finding.found}", style="default")
        console.print(line, soft_wrap=True)
        if finding.advice:
            console.print(f"        -> {finding.advice}", soft_wrap=True, markup=False)
    if failed:
        console.print(f"{failed} failed: the arrows say what to do.", highlight=False)
    else:
        console.print("All is well.")
    return 1 if failed else 0


def findings(root: Path, deep: bool = False) -> Iterator[Finding]:
    """Yield what every examination finds, one after the other."""
    examinations: list[Callable[[], Iterator[Finding]]] = [
        python,
        lambda: packages(root),
        lambda: data_files(root),
        lambda: resources(root),
        blas,
        kernel,
        lambda: tensorflow(deep),
    ]
    for examination in examinations:
        yield from examination()


def data_files(root: Path) -> Iterator[Finding]:
    """Hold the images against their checksums."""
    from course_utils.lab.data import verify_data

    files = verify_data()
    bad = [file for file in files if not file.ok]
    for file in bad:
        path = Path(file.file)
        found = f"{path.name}: {file.found}, expected {file.expected}"
        advice = (
            f"Run `git checkout -- {_relative(path, root)}`, or `course lab`, which "
            "mends it where this machine has the full set."
        )
        yield Finding("data", FAILED, found, advice)
    if not bad:
        yield Finding("data", OK, f"{len(files)} files, checksums right")


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def resources(root: Path) -> Iterator[Finding]:
    """Look at disk, memory and cores."""
    import psutil

    free = shutil.disk_usage(root).free / 2**30
    short = free < MIN_DISK
    advice = f"Free some space: {MIN_DISK:g} GiB is enough." if short else ""
    yield Finding("disk", FAILED if short else OK, f"{free:.1f} GiB free", advice)
    memory = psutil.virtual_memory().available / 2**30
    short = memory < MIN_MEMORY
    advice = "Close other programs; TensorFlow needs about 1 GiB." if short else ""
    found = f"{memory:.1f} GiB available"
    yield Finding("memory", NOTE if short else OK, found, advice)
    cores = os.cpu_count() or 1
    advice = "Lessons take about twice their time." if cores == 1 else ""
    found = f"{cores} ({platform.machine()})"
    yield Finding("cores", NOTE if cores == 1 else OK, found, advice)


def blas() -> Iterator[Finding]:
    """Look at the library that multiplies matrices, and how many threads it takes."""
    import numpy  # noqa: F401 - it brings the library that is looked for
    from threadpoolctl import threadpool_info

    found = [
        f"{pool['internal_api']} {pool['version']}, {pool['num_threads']} thread(s)"
        for pool in threadpool_info()
        if pool["user_api"] == "blas"
    ]
    if found:
        yield Finding("BLAS", OK, "; ".join(found) + "; a worker takes one")
    else:
        advice = "Worker processes may compete for cores: a lesson may take longer."
        yield Finding("BLAS", NOTE, "a library whose threads cannot be set", advice)


def kernel() -> Iterator[Finding]:
    """Start a notebook's kernel and compute with it."""
    from course_utils.notebooks.errors import NotebookError
    from course_utils.notebooks.execute import execute
    from course_utils.notebooks.text import from_cells

    notebook = from_cells("import course_utils")
    try:
        with tempfile.TemporaryDirectory() as folder:
            cost = execute(notebook, Path(folder), name="a first notebook")
    except NotebookError as error:
        yield Finding("kernel", FAILED, str(error), REINSTALL)
    else:
        yield Finding("kernel", OK, f"starts and stops in {cost.seconds:.1f} s")
