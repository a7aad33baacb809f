"""Sphinx makes pages of the sources: quietly, and with every warning an error."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from course_utils.notebooks.errors import CourseError
from course_utils.publishing.assets import copy_when_different, mathjax
from course_utils.publishing.book.repository import Repository
from course_utils.publishing.book.staging import PARTS, stage

PACKAGES = ("sphinx", "myst-nb", "sphinx-book-theme", "jupytext")
MATHJAX = "tex-svg-full.js"
MARK = ".course-book"
STATIC = "COURSE_BOOK_STATIC"  # tells conf.py where MathJax lies


def build(root: Path, out: Path, repository: Repository | None) -> int:
    """Make the book.

    Sources and Sphinx' memory stay beside the book, in a folder of its name with
    ``-source`` behind it, so that a second build makes only what changed.

    Args:
        root: the clone.
        out: the folder of the book, absolute; new or that of an earlier book.
        repository: where the clone is public, or None.

    Returns:
        How many of the sources had changed.

    Raises:
        CourseError: a package is missing, the folder holds something else, a source
            cannot be used, or Sphinx is not content; the text shows what it said.
    """
    _needs_packages()
    _claim(out)
    work = out.with_name(f"{out.name}-source")
    sources = stage(root, work / "pages", repository)
    copy_when_different(mathjax("book") / MATHJAX, work / "static" / MATHJAX)
    options = {
        f"course_{name}": getattr(repository, name, "")
        for name in ("url", "branch", "kind")
    }
    command = [
        *(sys.executable, "-m", "sphinx", "--builder", "html", "--quiet"),
        *("--fail-on-warning", "--jobs", "2", "--doctree-dir", str(work / "doctrees")),
        *("--conf-dir", str(root / PARTS)),
        *(part for k, v in options.items() for part in ("--define", f"{k}={v}")),
        *(str(sources.folder), str(out)),
    ]
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        command,
        cwd=root,
        env=os.environ | quiet | {STATIC: str(work / "static")},
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise CourseError("the book was not made:\n" + "\n".join(said[-40:]))
    _sweep(out, sources.folder)
    return len(sources.written)


def _needs_packages() -> None:
    missing = []
    for name in PACKAGES:
        try:
            metadata.version(name)
        except metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        raise CourseError(
            f"the book needs {', '.join(missing)}, not installed here: run make book, "
            "which installs what it needs (or: python tools/bootstrap.py book)"
        )


def _claim(out: Path) -> None:
    """Mark a folder as the book's; refuse one that holds something else."""
    if out.exists() and not out.is_dir():
        raise CourseError(f"--out: expected a folder, and {out} is a file")
    if out.is_dir() and any(out.iterdir()) and not (out / MARK).is_file():
        raise CourseError(
            f"--out: expected an empty folder or that of an earlier book, and {out} "
            "holds something else"
        )
    out.mkdir(parents=True, exist_ok=True)
    (out / MARK).touch()


def _sweep(out: Path, pages: Path) -> None:
    """Remove pages whose source is gone."""
    made = {"genindex.html", "search.html", "py-modindex.html"}
    for source in pages.rglob("*.*"):
        if source.suffix in (".md", ".rst", ".ipynb"):
            made.add(source.relative_to(pages).with_suffix("").as_posix() + ".html")
    for page in out.rglob("*.html"):
        name = page.relative_to(out).as_posix()
        if name not in made and not name.startswith("_static/"):
            page.unlink()
