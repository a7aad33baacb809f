"""``course new-lesson``: the skeleton of a lesson, from the templates beside it."""

import importlib.util
import keyword
import re
from pathlib import Path

from course_utils.notebooks.errors import CourseError
from course_utils.notebooks.lessons import Lesson, lessons
from course_utils.notebooks.text import write_atomically

TEMPLATES = Path(__file__).parent / "templates"
LONGEST = 30
_SLUG = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_ROOMS = {
    *("lab", "checks", "notebooks", "grading", "publishing", "cli", "templates"),
    "in_keras",
}


def write_lesson(root: Path, slug: str, keep: bool = False) -> int:
    """Write the skeleton of a lesson with the next number, and say what comes next.

    Args:
        root: the course's folder.
        slug: lower-case words joined by underscores.
        keep: leave files that exist as they are, instead of refusing.

    Returns:
        0, for all went well.

    Raises:
        CourseError: the slug is no good or taken; nothing was written then.
    """
    lesson = plan(root, slug)
    files = contents(lesson)
    there = [path for path in files if path.exists()]
    if there and not keep:
        names = ", ".join(_shown(path, root) for path in there)
        raise CourseError(
            f"nothing was written, because of what is there: {names}. With --keep it "
            "stays as it is, and only the rest is written"
        )
    written: list[Path] = []
    try:
        for path, text in files.items():
            if path not in there:
                write_atomically(path, text)
                written.append(path)
    except OSError:
        for path in written:
            path.unlink(missing_ok=True)
        raise
    for path in files:
        print(f"{'kept   ' if path in there else 'written'}  {_shown(path, root)}")
    print(
        f"\nNext: make notebooks LESSON={lesson.name[:2]} executes it. Then write the "
        "lesson, and a line in CHANGELOG.md and in README.md's table."
    )
    return 0


def plan(root: Path, slug: str) -> Lesson:
    """Return the lesson that a slug will become: it gets the next number.

    Raises:
        CourseError: the slug is malformed, a word of Python, a module's name, or taken.
    """
    known = lessons(root)
    if re.match(r"\d", slug):
        raise CourseError(
            f"slug must be without a number, which is given; got {slug!r}"
        )
    if not _SLUG.fullmatch(slug):
        raise CourseError(
            "slug must be lower-case letters and digits, words joined by underscores, "
            f"such as batch_normalization; got {slug!r}"
        )
    if len(slug) > LONGEST:
        raise CourseError(
            f"slug must have at most {LONGEST} letters to fit a slide, got {len(slug)}"
        )
    if keyword.iskeyword(slug) or keyword.issoftkeyword(slug) or slug in _ROOMS:
        raise CourseError(
            f"slug must not be a word that has a meaning here, got {slug!r}"
        )
    for lesson in known:
        if lesson.slug == slug:
            raise CourseError(f"there is a lesson of that name already: {lesson.name}")
    if importlib.util.find_spec(slug) is not None:
        raise CourseError(f"slug must not be the name of an installed module: {slug}")
    number = max((lesson.number for lesson in known), default=-1) + 1
    return Lesson(f"{number:02d}_{slug}", root)


def contents(lesson: Lesson) -> dict[Path, str]:
    """Return what to write for a lesson: {path: text}."""
    test_of_check = lesson.root / "tests" / "checks" / f"test_{lesson.slug}.py"
    templates = {
        lesson.text: "lesson",
        lesson.module: "module",
        lesson.test: "test",
        lesson.exercise_text: "exercise",
        lesson.check: "check",
        test_of_check: "test_check",
    }
    words = {
        "@name@": lesson.name,
        "@slug@": lesson.slug,
        "@number@": str(lesson.number),
        "@title@": lesson.slug.replace("_", " ").capitalize(),
    }
    files = {}
    for path, template in templates.items():
        text = (TEMPLATES / f"{template}.txt").read_text(encoding="utf-8")
        for word, value in words.items():
            text = text.replace(word, value)
        files[path] = text
    return files


def _shown(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()
