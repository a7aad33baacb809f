"""The image that containers are made of: its recipe, its name, and how it is built.

It holds Python, the locked packages and the part of the course that students may see:
no check, no solution, nothing of a class. Its tag is a digest of all that goes in, so
a changed course or lock gets an image of its own.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from course_utils.grading.errors import GradingError
from course_utils.grading.sandbox import view

NAME = "course-sandbox"
RECIPE = Path(__file__).with_name("Containerfile")
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


def fill(folder: Path) -> None:
    """Copy what goes into the image: the visible part of the course, lock and recipe.

    Compiled files are left out: those of other versions would only make noise.

    Raises:
        GradingError: this copy of the course stands outside its repository.
    """
    lock = view.PACKAGE.parent / "requirements.lock"
    if not lock.is_file():
        raise GradingError(
            f"the sandbox's image is built from {lock}, which is not there: grade from "
            "the course's own repository, installed with `make` or `pip install -e`"
        )
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(lock, folder / lock.name)
    shutil.copyfile(RECIPE, folder / RECIPE.name)
    copy_course(folder / "course")


def copy_course(folder: Path) -> None:
    """Copy the visible part of the course to what is `view.COURSE` inside."""
    compiled = shutil.ignore_patterns("__pycache__", "*.pyc")
    for outside, inside in view.course_files():
        target = folder / Path(inside).relative_to(view.COURSE)
        target.parent.mkdir(parents=True, exist_ok=True)
        if Path(outside).is_dir():
            shutil.copytree(outside, target, ignore=compiled)
        else:
            shutil.copyfile(outside, target)


def tag(folder: Path) -> str:
    """The image's name, and the digest of everything that `fill` put into a folder."""
    sha = hashlib.sha256(PYTHON.encode())
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            name = path.relative_to(folder).as_posix()
            for data in (name.encode(), path.read_bytes()):
                sha.update(len(data).to_bytes(8, "big") + data)
    return f"{NAME}:{sha.hexdigest()[:16]}"


def find_image(engine: str) -> str:
    """The tag of the image, if the engine has it; else nothing."""
    with tempfile.TemporaryDirectory(prefix="course-image-") as made:
        folder = Path(made)
        fill(folder)
        name = tag(folder)
    look = [engine, "image", "inspect", name]
    return "" if subprocess.run(look, capture_output=True).returncode else name


def build_image(engine: str, say: Callable[[str], None] = print) -> str:
    """Build the image unless it is there; what the engine prints is shown.

    Args:
        engine: its program, for example "podman".
        say: told what is about to happen.

    Returns:
        Its tag.

    Raises:
        GradingError: it cannot be built.
    """
    there = find_image(engine)
    if there:
        return there
    with tempfile.TemporaryDirectory(prefix="course-image-") as made:
        folder = Path(made)
        fill(folder)
        name = tag(folder)
        say(
            f"Building the image {name} with {engine}: Python {PYTHON} and the "
            "course's packages are downloaded. It takes some minutes and about 4 GB of "
            "disk, and happens again only when the course or its packages change."
        )
        recipe = ("-f", str(folder / RECIPE.name))
        arguments = ("--build-arg", f"PYTHON={PYTHON}", "--tag", name, made)
        done = subprocess.run([engine, "build", *recipe, *arguments])
    if done.returncode:
        raise GradingError(
            f"{engine} could not build the sandbox's image; it says above why. It "
            "needs the internet this once, and some 4 GB of free disk"
        )
    return name
