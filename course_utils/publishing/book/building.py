"""Sphinx makes pages of the sources: quietly, and with every warning an error."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from course_utils.notebooks.errors import CourseError
from course_utils.publishing.assets import copy_when_different, mathjax
from course_utils.publishing.book.reference import PACKAGE
from course_utils.publishing.book.repository import Repository
from course_utils.publishing.book.staging import PARTS, stage
from course_utils.publishing.book.writing import Sources

PACKAGES = ("sphinx", "myst-nb", "sphinx-book-theme", "jupytext")
VERSIONED = (*PACKAGES, "sphinx-mathjax-offline", "pygments")
MATHJAX = "tex-svg-full.js"
MARK = ".course-book"
STATIC = "COURSE_BOOK_STATIC"  # tells conf.py where MathJax lies


def build(root: Path, out: Path, repository: Repository | None) -> int:
    """Make the book.

    Sources and Sphinx' memory stay beside the book, in a folder of its name with
    ``-source`` behind it, so that a second build makes only what changed. Where nothing
    did, Sphinx is not even asked: it would write some of its own files again.

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
    fingerprint = _fingerprint(root, sources.folder, options)
    if (out / MARK).read_text("utf-8") == fingerprint and _is_whole(out, sources):
        return 0
    (out / MARK).write_text("", "utf-8")  # until it is made
    _run_sphinx(root, out, work, options)
    _sweep(out, sources.folder)
    (out / MARK).write_text(fingerprint, "utf-8")
    return len(sources.written)


def _run_sphinx(root: Path, out: Path, work: Path, options: dict[str, str]) -> None:
    command = [
        *(sys.executable, "-m", "sphinx", "--builder", "html", "--quiet"),
        *("--fail-on-warning", "--jobs", "2", "--doctree-dir", str(work / "doctrees")),
        *("--conf-dir", str(root / PARTS)),
        *(part for k, v in options.items() for part in ("--define", f"{k}={v}")),
        *(str(work / "pages"), str(out)),
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
        # Sphinx warns of a page only when it reads it: so it reads all the next time.
        shutil.rmtree(work / "doctrees", ignore_errors=True)
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise CourseError("the book was not made:\n" + "\n".join(said[-40:]))


def _fingerprint(root: Path, pages: Path, options: dict[str, str]) -> str:
    """Return a hash of everything that the book is made from.

    The code is part of it: docstrings become pages.
    """
    digest = hashlib.sha256()
    for word in (*map(metadata.version, VERSIONED), *options.values()):
        digest.update(f"{word}\n".encode())
    for folder, kind in ((pages, "*"), (root / PARTS, "*"), (root / PACKAGE, "*.py")):
        for path in sorted(folder.rglob(kind)):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(f"{path.relative_to(folder)}\n".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _is_whole(out: Path, sources: Sources) -> bool:
    """Say whether every page is there."""
    return all((out / name).is_file() for name in _made_from(sources.folder))


def _made_from(pages: Path) -> set[str]:
    """The pages that the sources become."""
    return {
        source.relative_to(pages).with_suffix(".html").as_posix()
        for source in pages.rglob("*.*")
        if source.suffix in (".md", ".rst", ".ipynb")
    }


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
    (out / MARK).touch()  # keeps what it says


def _sweep(out: Path, pages: Path) -> None:
    """Remove pages whose source is gone."""
    made = _made_from(pages) | {"genindex.html", "search.html"}
    for page in out.rglob("*.html"):
        name = page.relative_to(out).as_posix()
        if name not in made and not name.startswith("_static/"):
            page.unlink()
