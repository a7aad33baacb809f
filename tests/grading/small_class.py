"""A class with one small assignment of its own: two functions, two open questions."""

from pathlib import Path

import nbformat

from course_utils.grading.assignments import Assignment, load_assignment
from course_utils.grading.course import Course
from course_utils.grading.handing_out.release import release
from course_utils.grading.records import Mark, Outcome, Record

NAME = "halves"
TEXT = '''# %% [markdown]
# # Halves and doubles

# %%
from course_utils.checks.exercise import Exercise


# %%
def double(x):
    """Twice x."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION


# %% check="double"
print("double is checked on the teacher's side")

# %% [markdown]
# **Then explain.** Why is twice $x$ even?
#
# ### BEGIN MARK SCHEME
# 2 points: it has the factor 2.
# ### END MARK SCHEME


# %%
def half(x):
    """Half of x."""
    ### BEGIN SOLUTION
    return x / 2
    ### END SOLUTION


# %% check="half"
print("half is checked on the teacher's side")

# %% [markdown]
# **Then explain.** And why may half of it be odd?
#
# ### BEGIN MARK SCHEME
# 2 points: an example.
# ### END MARK SCHEME
'''
CHECKS = '''"""The checks of halves and doubles."""

from course_utils.checks.exercise import Exercise
from course_utils.checks.judging import Question, expect_close


def _exercise(name, right):
    question = Question(("x",), right, advice="How much is it?", praise="That is it.")

    def judge(fn, rng):
        inputs = [(float(x),) for x in rng.integers(1, 100, 3)]
        return expect_close(fn, inputs, question, tolerance=1e-6)

    return Exercise(name, "halves", judge)


EXERCISES = (_exercise("double", lambda x: 2 * x), _exercise("half", lambda x: x / 2))
'''
WRITTEN = {"double": "def double(x):\n    return x + x", "half": "half = None"}


def make_course(folder: Path) -> Course:
    """A course folder in which the assignment is released."""
    exercise = folder / "exercises" / NAME
    exercise.mkdir(parents=True)
    (exercise / "exercise.py").write_text(TEXT, encoding="utf-8")
    (exercise / "checks.py").write_text(CHECKS, encoding="utf-8")
    course = Course(folder)
    release(course, Path(__file__).resolve().parents[2], [NAME])
    return course


def assignment(course: Course) -> Assignment:
    """What was handed out."""
    return load_assignment(course, NAME)


def mark(name: str, points: float, message: str = "How much is it?") -> Mark:
    """A mark for so many points of 4."""
    outcome = Outcome.CORRECT if points == 4 else Outcome.PARTLY
    outcome = outcome if points else Outcome.INCORRECT
    rows = (("with", "x = 3"), ("you returned", "2"), ("but", "it should be 6"))
    right = round(points)
    return Mark(name, points, 4.0, outcome, message, rows[: 3 * (points < 4)], right, 4)


def record(student: str, double: float = 4, half: float = 4, **changes) -> Record:
    """A student's record, with an answer to the first question only."""
    fields = {
        "answers": {"answer-double": "It has the factor 2.", "answer-half": ""},
        "sources": dict(WRITTEN),
        "seconds": 0.1,
        "tier": "none",
    }
    marks = (mark("double", double), mark("half", half))
    return Record(student, NAME, "", marks, **(fields | changes))


def hand_in(course: Course, student: str, when: str) -> None:
    """Leave the exchange's note of when a student handed in."""
    folder = course.submitted / student / NAME
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "timestamp.txt").write_text(when, encoding="ascii")


def hand_in_notebook(course: Course, student: str, sources: dict[str, str]) -> None:
    """Hand in the released notebook with some cells filled in, by their grade ids."""
    handed = nbformat.read(course.release / NAME / f"{NAME}.ipynb", as_version=4)
    for cell in handed.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = sources.get(name, cell.source)
    folder = course.submitted / student / NAME
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(handed, folder / f"{NAME}.ipynb")
