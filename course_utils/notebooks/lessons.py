"""Which lessons there are, and where each of their files lies."""

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from course_utils.notebooks.errors import CourseError

_NAME = re.compile(r"(?P<number>\d\d)_(?P<slug>[a-z][a-z0-9]*(?:_[a-z0-9]+)*)")


def find_root(start: Path | None = None) -> Path:
    """Return the course's folder: from `start` upwards, else where this package lies.

    Args:
        start: where to begin; the current directory when None.

    Raises:
        CourseError: when neither lies in a copy of the course.
    """
    start = Path.cwd() if start is None else Path(start)
    here = Path(__file__).resolve()
    for folder in (start, *start.absolute().parents, *here.parents):
        if is_root(folder):
            return folder.resolve()
    raise CourseError(
        f"no copy of the course at {start} or above it: change to the folder that "
        "holds notebooks/ and pyproject.toml, and try again"
    )


def is_root(folder: Path) -> bool:
    """Say whether a folder is the top of a copy of the course."""
    return (folder / "pyproject.toml").is_file() and (
        folder / "notebooks" / "text"
    ).is_dir()


@dataclass(frozen=True, order=True)
class Lesson:
    """One lesson and its files.

    Attributes:
        name: number and slug, for example ``01_vanishing_gradients``.
        root: the course's folder.
    """

    name: str
    root: Path

    @property
    def number(self) -> int:
        """The lesson's number, the first two digits of its name."""
        return int(self.name[:2])

    @property
    def slug(self) -> str:
        """The name without its number: what module, test and check are called."""
        return self.name[3:]

    @property
    def text(self) -> Path:
        """The lesson as text: the source."""
        return self.root / "notebooks" / "text" / f"{self.name}.py"

    @property
    def notebook(self) -> Path:
        """The lesson as a notebook, executed."""
        return self.root / "notebooks" / f"{self.name}.ipynb"

    @property
    def exercise_text(self) -> Path:
        """The exercises with their solutions, as text: the source of the stub."""
        return self.root / "notebooks" / "text" / "exercises" / f"{self.name}.py"

    @property
    def stub(self) -> Path:
        """The exercises as a learner opens them."""
        return self.root / "notebooks" / "exercises" / f"{self.name}.ipynb"

    @property
    def module(self) -> Path:
        """The lesson's NumPy module; of one that is a folder, its front door."""
        folder = self.root / "course_utils" / self.slug
        front_door = folder / "__init__.py"
        return front_door if front_door.is_file() else folder.with_suffix(".py")

    @property
    def test(self) -> Path:
        """The tests of that module."""
        return self.root / "tests" / f"test_{self.slug}.py"

    @property
    def check(self) -> Path:
        """The module with the exercises' checks."""
        return self.root / "course_utils" / "checks" / f"{self.slug}.py"


def is_name(name: str) -> bool:
    """Say whether a name is two digits, an underscore and a slug.

    Example:
        >>> is_name("01_vanishing_gradients"), is_name("1_vanishing"), is_name("01_A")
        (True, False, False)
    """
    return _NAME.fullmatch(name) is not None


def lessons(root: Path) -> list[Lesson]:
    """Return the lessons of a course in order, as its texts and notebooks name them."""
    folder = root / "notebooks"
    found = {path.stem for path in _texts_and_notebooks(folder) if is_name(path.stem)}
    return [Lesson(name, root) for name in sorted(found)]


def _texts_and_notebooks(folder: Path) -> Iterator[Path]:
    yield from (folder / "text").glob("*.py")
    yield from folder.glob("*.ipynb")


def choose(root: Path, wanted: Iterable[str]) -> list[Lesson]:
    """Return the lessons that a person names; all of them when no name is given.

    Args:
        root: the course's folder.
        wanted: each a number (``1`` or ``01``), a slug (``vanishing_gradients``), a
            name (``01_vanishing_gradients``) or a path to one of its notebooks.

    Raises:
        CourseError: a lesson is not there; its text suggests the nearest.
    """
    known = lessons(root)
    chosen = [_find(known, one) for one in wanted]
    return sorted(set(chosen)) if chosen else known


def _find(known: list[Lesson], wanted: str) -> Lesson:
    word = Path(wanted.strip()).name.removesuffix(".ipynb").removesuffix(".py")
    for lesson in known:
        if word in (lesson.name, lesson.slug):
            return lesson
        if word.isdecimal() and int(word) == lesson.number:
            return lesson
    names = [lesson.name for lesson in known]
    if word.isdecimal():
        there = f"{names[0]} to {names[-1]}" if names else "none at all"
        raise CourseError(f"there is no lesson {wanted}; there are {there}")
    spellings = {
        spelling: lesson.name
        for lesson in known
        for spelling in (lesson.name, lesson.slug)
    }
    near = difflib.get_close_matches(word, spellings, n=1, cutoff=0.4)
    hint = (
        f"did you mean {spellings[near[0]]}?"
        if near
        else f"there are {', '.join(names)}"
    )
    raise CourseError(f"there is no lesson {wanted!r}; {hint}")
