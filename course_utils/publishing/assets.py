"""Where reveal.js and MathJax lie: packages of the environment carry them.

Nothing is fetched, and nothing of theirs is committed: the lock file holds the hashes
of the packages.
"""

import importlib.metadata
import os
from pathlib import Path

from course_utils.notebooks.errors import CourseError


def reveal() -> Path:
    """Return the folder of reveal.js: in it are ``dist`` and ``plugin``.

    Raises:
        CourseError: the package that carries it is not installed.
    """
    return _folder("sphinx-revealjs", "sphinx_revealjs/_static/revealjs/LICENSE")


def mathjax(extra: str = "slides") -> Path:
    """Return the folder of MathJax 3: in it is ``tex-svg-full.js``.

    Args:
        extra: the extra that an error tells to install: "slides" or "book".

    Raises:
        CourseError: the package that carries it is not installed.
    """
    return _folder(
        "sphinx-mathjax-offline",
        "sphinx-mathjax-offline/static/mathjax/tex-svg-full.js",
        extra,
    )


def _folder(package: str, file: str, extra: str = "slides") -> Path:
    """Return the folder that holds a package's file, wherever it was installed."""
    try:
        distribution = importlib.metadata.distribution(package)
    except importlib.metadata.PackageNotFoundError:
        distribution = None
    path = None if distribution is None else Path(str(distribution.locate_file(file)))
    if path is None or not path.is_file():
        raise CourseError(
            f"{Path(file).name} is missing, which the package {package} carries: run "
            f'"make {extra}", or "make install ARGS={extra}" to install it only'
        )
    return path.parent


def copy_when_different(source: Path, target: Path) -> bool:
    """Copy a file unless the same bytes are there; whole or not at all.

    Returns:
        Whether it had to be written.
    """
    contents = source.read_bytes()
    if target.is_file() and target.read_bytes() == contents:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        part.write_bytes(contents)
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
    return True
