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

PACKAGES = ("sphinx", "myst-nb", "sphinx-book-theme", "jupytext")
VERSIONED = (*PACKAGES, "sphinx-mathjax-offline", "pygments")
MATHJAX = "tex-svg-full.js"
MARK = ".course-book"
STATIC = "COURSE_BOOK_STATIC"  # tells conf.py where MathJax lies


def build(root: Path, out: Path, repository: Repository | None) -> int:
    """Make the book.

    Sphinx works beside the book, in a folder of its name with ``-source`` behind it.
    What it made goes into the book when it is content: so a book is whole at any time,
    and a second build touches only what changed. Where nothing did, Sphinx is not even
    asked: it would make some of its own files again, and a little differently.

    Args:
        root: the clone.
        out: the folder of the book, absolute; new or that of an earlier book.
        repository: where the clone is public, or None.

    Returns:
        How many files of the book were written.

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
    made_from = _fingerprint(root, sources.folder, options)
    made = work / "made_from.txt"
    if not made.is_file() or made.read_text("utf-8") != made_from:
        made.unlink(missing_ok=True)
        _run_sphinx(root, work, options)
        made.write_text(made_from, "utf-8")
    return _publish(work / "html", out, _pages_of(sources.folder))


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


def _run_sphinx(root: Path, work: Path, options: dict[str, str]) -> None:
    command = [
        *(sys.executable, "-m", "sphinx", "--builder", "html", "--quiet"),
        *("--fail-on-warning", "--jobs", "2", "--doctree-dir", str(work / "doctrees")),
        *("--conf-dir", str(root / PARTS)),
        *(part for k, v in options.items() for part in ("--define", f"{k}={v}")),
        *(str(work / "pages"), str(work / "html")),
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
    if not (out / MARK).is_file():
        (out / MARK).touch()


def _pages_of(sources: Path) -> set[str]:
    """The pages that become of the sources, and those that Sphinx adds."""
    made = {"genindex.html", "search.html"}
    for source in sources.rglob("*.*"):
        if source.suffix in (".md", ".rst", ".ipynb"):
            made.add(source.relative_to(sources).with_suffix(".html").as_posix())
    return made


def _publish(html: Path, out: Path, pages: set[str]) -> int:
    """Copy what differs, and remove pages and pictures that are no more.

    Files of another kind stay, such as the name of a site. The theme's own templates
    and pages whose source is gone lie among what Sphinx made, and are none of the book.
    """
    written, there = 0, set()
    for path in sorted(html.rglob("*")):
        name = path.relative_to(html).as_posix()
        if path.is_dir() or path.name.startswith(".buildinfo"):
            continue
        if path.suffix != ".html" or name in pages:
            there.add(name)
            written += copy_when_different(path, out / name)
    for path in [*out.rglob("*.html"), *(out / "_images").glob("*")]:
        if path.relative_to(out).as_posix() not in there:
            path.unlink()
    return written
