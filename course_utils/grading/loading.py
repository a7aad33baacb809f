"""Loading the checks of an assignment: the teacher's own code, so it is trusted."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import re
import sys
import threading
from pathlib import Path, PurePosixPath
from types import ModuleType

from course_utils import checks as course_checks
from course_utils.checks.exercise import Exercise
from course_utils.grading.course import Course
from course_utils.grading.errors import GradingError

_ALONE = threading.Lock()
_PACKAGE = course_checks.__name__
_MODULE = re.compile(re.escape(_PACKAGE) + r"\.[a-z][a-z0-9_]*")
_FILE = re.compile(r"exercises/([^/\\]+)/checks\.py")


def load_exercises(course: Course, checks: str) -> tuple[Exercise, ...]:
    """The EXERCISES of a module of the course or of a file of the teacher's own.

    Args:
        course: the class.
        checks: such as ``course_utils.checks.optimizers`` or
            ``exercises/SLUG/checks.py``, from the course folder.

    Raises:
        GradingError: it is neither, cannot be imported, or has no such exercises.
    """
    if _MODULE.fullmatch(checks):
        try:
            module = importlib.import_module(checks)
        except ModuleNotFoundError as error:
            raise GradingError(f"{checks} cannot be imported: {error}") from None
    else:
        module = _load_file(checks_file(course, checks))
    found = getattr(module, "EXERCISES", None)
    if (
        not isinstance(found, tuple | list)
        or not found
        or not all(isinstance(one, Exercise) for one in found)
    ):
        raise GradingError(
            f"{checks} must define EXERCISES, a tuple of one Exercise or more, "
            f"got {found!r:.80}"
        )
    names = [exercise.name for exercise in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise GradingError(f"{checks} names {', '.join(twice)} twice in EXERCISES")
    for exercise in found:
        _check_values(exercise, checks)
    return tuple(found)


def checks_digest(course: Course, checks: str) -> str:
    """SHA-256 of all that may decide what the checks say, in hexadecimal.

    For a module of the course these are all files of the checks; for a teacher's own,
    the Python files of its folder.
    """
    if _MODULE.fullmatch(checks):
        folder = Path(course_checks.__path__[0])
    else:
        folder = checks_file(course, checks).parent
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        data = path.read_bytes()
        digest.update(f"{path.name}\0{len(data)}\0".encode())
        digest.update(data)
    return digest.hexdigest()


def checks_file(course: Course, checks: str) -> Path:
    """Where a teacher's own checks lie.

    Raises:
        GradingError: `checks` leads elsewhere.
    """
    match = _FILE.fullmatch(checks)
    if not match or match[1].startswith("."):
        raise GradingError(
            f"checks must be a module such as {_PACKAGE}.optimizers or a file "
            f"exercises/SLUG/checks.py in {course.folder}, got {checks!r}"
        )
    return course.folder / PurePosixPath(checks)


def _load_file(path: Path) -> ModuleType:
    """Run a file as a module of its own, found by its path and by nothing else.

    The folder does not get onto `sys.path`, so a file in it can stand in for no other
    module. A changed file is run again.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise GradingError(f"{path} cannot be read: {error.strerror}") from None
    place = hashlib.sha256(str(path.resolve()).encode() + b"\0" + data).hexdigest()
    name = f"_checks_of_{re.sub('[^a-z0-9]', '_', path.parent.name)}_{place[:16]}"
    with _ALONE:
        return sys.modules.get(name) or _run(path, data, name)


def _run(path: Path, data: bytes, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise GradingError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickles look a module up there
    try:
        exec(compile(data, str(path), "exec"), module.__dict__)
    except Exception as error:
        del sys.modules[name]
        raise GradingError(
            f"{path} cannot be imported: {type(error).__name__}: {error}"
        ) from error
    return module


def _check_values(exercise: Exercise, checks: str) -> None:
    name, points = exercise.name, exercise.points
    if not isinstance(name, str) or not name.isascii() or not name.isidentifier():
        raise GradingError(
            f"{checks}: an exercise's name must be a function's, in ASCII, got {name!r}"
        )
    number = isinstance(points, int | float) and not isinstance(points, bool)
    if not number or not 0 < points < float("inf"):
        raise GradingError(
            f"{checks}: points of {name} must be a number > 0, got {points!r}"
        )
    forbidden = exercise.forbidden
    if not isinstance(forbidden, tuple) or not all(
        isinstance(word, str) and all(part.isidentifier() for part in word.split("."))
        for word in forbidden
    ):
        raise GradingError(
            f"{checks}: forbidden of {name} must be a tuple of dotted names, "
            f"got {forbidden!r}"
        )
