"""A course folder as nbgrader sees it: its settings, its gradebook, its generating."""

from __future__ import annotations

import io
import logging
import re
import shutil
import tempfile
import time
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course_utils.grading.course import Course
from course_utils.grading.errors import GradingError
from course_utils.lab.files import write_atomic

SETTINGS = "nbgrader_config.py"
_PART = ".release-"
_STALE_SECONDS = 3600.0
_LAST = re.compile(r"^\w*(?:Error|Exception): .*", re.MULTILINE)
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

    from course_utils.grading.books.database import address, parse, prepare

    config = settings(course)
    config.SaveCells.enabled = record
    if record:
        url = parse(database(course, db))
        prepare(url)
        config.CourseDirectory.db_url = address(url)
    log = logging.Logger("generate")
    said = io.StringIO()
    log.addHandler(logging.StreamHandler(said))
    log.setLevel(logging.ERROR)
    for left in course.folder.glob(f"{_PART}*"):  # by a run that was killed
        if time.time() - left.stat().st_mtime > _STALE_SECONDS:
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=_PART, dir=course.folder) as folder:
        config.CourseDirectory.release_directory = Path(folder).name
        coursedir = CourseDirectory(config=config, log=log)
        coursedir.assignment_id = name
        converter = GenerateAssignment(coursedir=coursedir, config=config, log=log)
        converter.force = True
        converter.no_database = not record
        try:
            converter.start()
        except NbGraderException as error:
            why = _LAST.findall(said.getvalue()) or [str(error)]
            raise GradingError(f"nbgrader cannot release {name}: {why[-1]}") from None
        made = Path(folder) / name / f"{name}.ipynb"
        return nbformat.read(made, as_version=4)
