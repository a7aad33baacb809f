"""How the tests beside this one ask, and read what the course says.

A text gives a solution away when, white space aside, it holds a statement or an
expression of it: that can be looked up.
"""

import ast
import importlib
from functools import cache
from pathlib import Path

import numpy as np

from course_utils.checks.exercise import read_solution
from course_utils.notebooks.stubs import make_stub

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "notebooks" / "text" / "exercises"
CHECKS = ROOT / "course_utils" / "checks"


def judge(exercise, fn, seed=0):
    return exercise.judge(fn, np.random.default_rng(seed))


@cache
def markdown(text):
    """The Markdown of exercises, such as those of "00_start_here", for learners."""
    cells = make_stub(FOLDER / f"{text}.py").cells
    return "\n".join(c.source for c in cells if c.cell_type == "markdown")


def prose(text):
    """The same in one line."""
    return " ".join(markdown(text).split())


def section(text, number):
    """The Markdown of one exercise, in one line."""
    return prose(text).split(f"## {number}. ")[1].split("## ")[0]


def functions(text):
    """The names of the functions that the exercises of a lesson define."""
    tree = ast.parse((FOLDER / f"{text}.py").read_text(encoding="utf-8"))
    return [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]


def squeeze(text):
    """Code is compared without its white space."""
    return "".join(text.split())


def telling_code(exercise):
    """Statements and expressions of a solution that say how it is done."""
    found = set()
    for node in ast.walk(ast.parse(read_solution(exercise.name, exercise.slug))):
        if isinstance(node, (ast.Return, ast.Assign, ast.AugAssign)) and node.value:
            found |= {ast.unparse(node), ast.unparse(node.value)}
        elif isinstance(node, (ast.If, ast.While)):
            found.add(ast.unparse(node.test))
        elif (isinstance(node, ast.Call) and node.args) or isinstance(node, ast.BinOp):
            found.add(ast.unparse(node))
    return {
        code for code in map(squeeze, found) if len(code) > 5 and not code.isalpha()
    }


def texts_in(value):
    """All strings that a value holds, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from texts_in(list(value.values()))
    elif isinstance(value, (tuple, list, set, frozenset)):
        for part in value:
            yield from texts_in(part)
    elif hasattr(value, "__dataclass_fields__") and not isinstance(value, type):
        for name in value.__dataclass_fields__:
            yield from texts_in(getattr(value, name))


@cache
def texts_of(slug):
    """All strings of the modules that check a lesson: its own and its private ones."""
    words, found = slug.split("_"), []
    private = (path.stem for path in CHECKS.glob("_[a-z]*_*.py"))
    for stem in [slug, *(s for s in private if s.split("_")[1] in words)]:
        module = importlib.import_module(f"course_utils.checks.{stem}")
        for name, value in vars(module).items():
            if not name.startswith("__"):
                found += texts_in(value)
    return found
