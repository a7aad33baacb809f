"""A course folder as nbgrader sees it: its settings, its gradebook, its generating."""

from __future__ import annotations

import io
import logging
import os
import re
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course_utils.grading.course import Course
from course_utils.grading.errors import GradingError
from course_utils.lab.files import write_atomic

SETTINGS = "nbgrader_config.py"
TEMPLATES = Path(__file__).parent / "templates"


def write_settings(course: Course) -> bool:
    """Write nbgrader's settings where there are none; never over a teacher's.

    Returns:
        Whether they were written.
    """
    path = course.folder / SETTINGS
    if path.exists():
        return False
    text = (TEMPLATES / "nbgrader_config.txt").read_text(encoding="utf-8")
    words = re.findall("[a-z0-9]+", course.folder.resolve().name.lower())
    write_atomic(path, text.replace("@course@", "_".join(words) or "course").encode())
    return True


def settings(course: Course):
    """What nbgrader_config.py says, as a traitlets Config.

    Raises:
        GradingError: the file is missing or raises.
    """
    from traitlets.config import Config
    from traitlets.config.loader import ConfigFileNotFound, PyFileConfigLoader

    path = course.folder / SETTINGS
    try:
        loaded = PyFileConfigLoader(SETTINGS, path=str(course.folder)).load_config()
    except ConfigFileNotFound:
        raise GradingError(
            f"{path} is missing: is it a course folder? `course release` makes one"
        ) from None
    except Exception as error:
        raise GradingError(
            f"{path} cannot be used: {type(error).__name__}: {error}. Mend it, or move "
            "it away: `course release` writes a new one"
        ) from error
    config = Config()
    config.merge(loaded)
    # A folder that was moved, or is named in another way, is still this folder.
    config.CourseDirectory.root = str(course.folder.resolve())
    return config


def database(course: Course, db: str | None = None) -> str:
    """The gradebook's address: the one given, the one in the settings, or our own."""
    if db:
        return db
    found = settings(course).CourseDirectory.get("db_url", "")
    return found if isinstance(found, str) and found else course.database


def generate(
    course: Course, name: str, db: str | None = None, record: bool = True
) -> NotebookNode:
    """Make the student's notebook of an assignment by nbgrader's own steps.

    Args:
        course: the class; `release` is not touched.
        name: the assignment's.
        db: the gradebook's address, if it is not the course's own.
        record: whether the gradebook is to know the assignment, its cells and points.

    Returns:
        What students get.

    Raises:
        GradingError: nbgrader refuses; its own words are in the text.
    """
    from nbgrader.converters import GenerateAssignment, NbGraderException
    from nbgrader.coursedir import CourseDirectory

    config = settings(course)
    config.CourseDirectory.db_url = database(course, db)
    config.SaveCells.enabled = record
    log = logging.Logger("generate")
    said = io.StringIO()
    log.addHandler(logging.StreamHandler(said))
    log.setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory(prefix=".release-", dir=course.folder) as folder:
        config.CourseDirectory.release_directory = Path(folder).name
        coursedir = CourseDirectory(config=config, log=log)
        coursedir.assignment_id = name
        converter = GenerateAssignment(coursedir=coursedir, config=config, log=log)
        converter.force = True
        converter.no_database = not record
        try:
            with _alembic_found():
                converter.start()
        except NbGraderException as error:
            words = said.getvalue().strip() or str(error)
            raise GradingError(f"nbgrader cannot release {name}: {words}") from None
        made = Path(folder) / name / f"{name}.ipynb"
        return nbformat.read(made, as_version=4)


@contextmanager
def gradebook(course: Course, db: str | None = None) -> Iterator:
    """An open nbgrader Gradebook.

    Raises:
        GradingError: the database cannot be reached.
    """
    from nbgrader.api import Gradebook
    from sqlalchemy.exc import SQLAlchemyError

    address = database(course, db)
    try:
        with _alembic_found():
            book = Gradebook(address)
    except SQLAlchemyError as error:
        raise GradingError(
            f"the gradebook {hidden(address)} cannot be opened: {error}"
        ) from None
    with book:
        yield book


@contextmanager
def _alembic_found() -> Iterator[None]:
    """Let nbgrader, which calls ``alembic`` by name, find it where it is installed."""
    before = os.environ.get("PATH", "")
    scripts = sysconfig.get_path("scripts")
    os.environ["PATH"] = os.pathsep.join(filter(None, [before, scripts]))
    try:
        yield
    finally:
        os.environ["PATH"] = before


def hidden(address: str) -> str:
    """A database's address without its password.

    >>> hidden("postgresql://ada:secret@host/db")
    'postgresql://ada:***@host/db'
    """
    return re.sub(r"(//[^:/@]*:)[^@]*@", r"\1***@", address)
