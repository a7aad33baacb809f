"""The committed notebooks: one slug a lesson, recorded, readable, alike as text.

The rules themselves are in course_utils.notebooks.rules and reading, and are tested on
broken notebooks in tests/notebooks/test_rules.py. Here they are held to what is here.
"""

import ast
from pathlib import Path

import pytest

from course_utils.notebooks import rules
from course_utils.notebooks.execute import execute
from course_utils.notebooks.lessons import is_name, lessons
from course_utils.notebooks.stubs import make_stub
from course_utils.notebooks.text import read_notebook, read_text

ROOT = Path(__file__).resolve().parents[1]
LESSONS = lessons(ROOT)

WELCOME = "00_start_here"
"""The one notebook that teaches no technique: it has an exercise, but no module."""

WELCOME_SLIDES = 8
"""Its deck may be shorter than a lecture."""

ROOMS = {
    *("gaussian", "lab", "checks", "notebooks", "grading", "publishing", "cli"),
    "in_keras",
}
"""What stands beside the lessons' modules: the floors of `test_layout.py`."""

by_name = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)


def test_there_are_lessons_and_their_numbers_have_no_gap():
    names = [lesson.name for lesson in LESSONS]
    assert names[:1] == [WELCOME]
    assert rules.numbering(names) == []


@by_name
def test_one_slug_joins_the_files_of_a_lesson(lesson):
    parts = ["text", "notebook", "exercise_text", "stub", "check"]
    if lesson.name != WELCOME:
        parts += ["module", "test"]
    missing = [part for part in parts if not getattr(lesson, part).is_file()]
    assert missing == []


def test_no_file_stands_outside_a_lesson():
    names = {lesson.name for lesson in LESSONS}
    books = ROOT / "notebooks"
    strays = [
        path.relative_to(ROOT).as_posix()
        for pattern in ("*.ipynb", "*/*.ipynb", "text/*.py", "text/*/*.py")
        for path in books.glob(pattern)
        if ".ipynb_checkpoints" not in path.parts
        if not is_name(path.stem) or path.stem not in names
    ]
    assert strays == []


def test_every_module_beside_the_rooms_is_a_lesson():
    slugs = {lesson.slug for lesson in LESSONS}
    package = ROOT / "course_utils"
    modules = {path.stem for path in package.glob("[a-z]*.py")}
    modules |= {path.parent.name for path in package.glob("[a-z]*/__init__.py")}
    assert modules - slugs - ROOMS == set()


def test_every_check_module_is_a_lesson_or_serves_them():
    slugs = {lesson.slug for lesson in LESSONS}
    for path in (ROOT / "course_utils" / "checks").glob("[a-z]*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        has_exercises = any(
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Call)
            and getattr(node.value.func, "id", "") == "Exercise"
            for node in tree.body
        )
        assert not has_exercises or path.stem in slugs, path.name


@by_name
def test_a_lesson_is_recorded_readable_and_alike_as_text(lesson):
    least = WELCOME_SLIDES if lesson.name == WELCOME else rules.SLIDES[0]
    problems = rules.lesson_problems(
        read_notebook(lesson.notebook), read_text(lesson.text), ROOT, least
    )
    problems += rules.small(lesson.notebook)
    assert problems == [], f"mend the text, then: make notebooks LESSON={lesson.name}"


@by_name
def test_a_stub_is_the_solved_text_without_solutions(lesson):
    problems = rules.exercise_problems(
        read_notebook(lesson.stub), make_stub(lesson.exercise_text), ROOT
    )
    problems += rules.small(lesson.stub)
    assert problems == [], f"mend the text, then: make notebooks LESSON={lesson.name}"


@by_name
def test_the_solved_exercises_run_and_every_check_says_correct(lesson):
    solved = read_text(lesson.exercise_text)
    execute(solved, lesson.exercise_text.parent, name=lesson.name)
    assert rules.answered(solved, "correct") == []
