"""What an exercise forbids is seen where it is used plainly, and nowhere else."""

import importlib
import importlib.util
import pkgutil
from pathlib import Path

import pytest

from course_utils.grading.rules import broken_rules
from course_utils.notebooks.lessons import lessons
from course_utils.notebooks.text import read_text

ROOT = Path(__file__).parents[2]
SOLVE = ("numpy.linalg.solve",)


def exercises_of(lesson):
    return importlib.import_module(f"course_utils.checks.{lesson.slug}").EXERCISES


@pytest.mark.parametrize(
    "code",
    [
        "import numpy\nx = numpy.linalg.solve(A, b)",
        "import numpy as np\nx = np.linalg.solve(A, b)",
        "import numpy.linalg\nx = numpy.linalg.solve(A, b)",
        "import numpy.linalg as la\nx = la.solve(A, b)",
        "from numpy import linalg\nx = linalg.solve(A, b)",
        "from numpy import linalg as la\nx = la.solve(A, b)",
        "from numpy.linalg import solve",
        "from numpy.linalg import det, solve as s\nx = s(A, b)",
        "from numpy.linalg import *\nx = solve(A, b)",
        "from numpy import *\nx = linalg.solve(A, b)",
        "import numpy as np\nla = np.linalg\nx = la.solve(A, b)",
        "import numpy as np\nla: object = np.linalg\nx = la.solve(A, b)",
        "import numpy as np\ns = getattr(np.linalg, 'solve')\nx = s(A, b)",
        "import numpy as np\nx = getattr(getattr(np, 'linalg'), 'solve')(A, b)",
        "x = __import__('numpy').linalg.solve(A, b)",
        "import importlib\nx = importlib.import_module('numpy.linalg').solve(A, b)",
        "from importlib import import_module as i\nx = i('numpy.linalg').solve(A, b)",
        "def f(A, b):\n    from numpy import linalg as la\n    return la.solve(A, b)",
        "import numpy as np\ndef f(A, b, how=np.linalg.solve):\n    return how(A, b)",
        "import numpy as np\nf = lambda A, b: np.linalg.solve(A, b)",
        "import numpy as np\nx = [np.linalg.solve(A, b) for b in B]",
        "import numpy as np\nclass F:\n    def f(self, A):\n"
        "        return np.linalg.solve(A, 1)",
        "import numpy as np\nif (s := np.linalg.solve):\n    x = s(A, b)",
        "import numpy as np\nx = list(map(np.linalg.solve, A, b))",
        "import numpy as np\n%timeit 1 + 1\nx = np.linalg.solve(A, b)",
        "def broken(:\n    pass\n\nimport numpy as np\n\nx = np.linalg.solve(A, b)",
    ],
)
def test_plain_use_is_seen_in_every_dress(code):
    found = broken_rules(code, SOLVE)
    assert len(found) == 1
    assert found[0].startswith("numpy.linalg.solve is used in the line: ")
    assert found[0].split(": ", 1)[1] in code


@pytest.mark.parametrize(
    "code",
    [
        "import numpy as np\nx = np.linalg.inv(A) @ b",
        "import numpy as np\nfrom scipy.linalg import solve\nx = solve(A, b)",
        "# np.linalg.solve would do\nx = 'numpy.linalg.solve'",
        "import numpy as np\ndef solve(A, b):\n    return A\nx = solve(A, b)",
        "from numpy.linalg import *\ndef solve(A, b):\n    return A\nx = solve(A, b)",
        "def f(np):\n    return np.linalg.solve(1, 2)",
        "import numpy as np\ndef f(x):\n    np = x\n    return np.linalg.solve(1, 2)",
        "import numpy as np\nx = [np.linalg.solve for np in y]",
        "from .linalg import solve\nx = solve(1, 2)",
        "def solve_all(A):\n    return A.solve()",
        "x = (",
        "",
    ],
)
def test_what_only_looks_like_it_is_left_alone(code):
    assert broken_rules(code, SOLVE) == []


def test_a_module_forbids_all_that_is_in_it():
    code = "from course_utils.optimizers.adam import Adam\nfrom keras import *"
    assert broken_rules(code, ("course_utils.optimizers",)) == [
        "course_utils.optimizers.adam.Adam is used in the line: "
        "from course_utils.optimizers.adam import Adam"
    ]
    assert len(broken_rules(code, ("keras", "course_utils"))) == 2
    assert broken_rules("import kerasy\nfrom kera import s", ("keras",)) == []


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("eval('1')", 1),
        ("import builtins\nbuiltins.eval('1')", 1),
        ("f = eval\nf('1')", 1),
        ("def eval(x):\n    return x\neval(1)", 0),
        ("model.eval()", 0),
    ],
)
def test_a_builtin_can_be_forbidden(code, count):
    assert len(broken_rules(code, ("eval",))) == count


WHOLE = """
import numpy as np
from course_utils import gradient_clipping as gc

STEPS = 3

def clip(gradients, limit):
    return helper(gradients) * limit

def helper(gradients):
    return {body}

def turning(gradients):
    return gc.angle(gradients, gc.clip_by_norm(gradients, 1))

print(gc.clip_by_norm([1.0], 2))
"""


def test_only_what_the_function_needs_counts_where_it_is_named():
    rule = ("course_utils.gradient_clipping.clip_by_norm",)
    own = WHOLE.format(body="STEPS * np.asarray(gradients)")
    assert len(broken_rules(own, rule)) == 1
    assert broken_rules(own, rule, "clip") == []
    assert len(broken_rules(own, rule, "turning")) == 1
    borrowed = WHOLE.format(body="gc.clip_by_norm(gradients, 1)")
    assert "gc.clip_by_norm(gradients, 1)" in broken_rules(borrowed, rule, "clip")[0]
    assert len(broken_rules(own, rule, "clipped")) == 1, "renamed: all is looked at"


def test_a_functions_own_names_lead_nowhere_else():
    rule = ("course_utils.gradient_clipping.clip_by_norm",)
    code = WHOLE.format(body="1") + (
        "limited = gc.clip_by_norm([1.0], 2)\n"
        "def other(result):\n    result[0] = gc.clip_by_norm([1.0], 2)\n"
        "def mine(x):\n    result, limited = [0], x\n    result[0] = limited\n"
        "    return [limited for limited in result]\n"
    )
    assert broken_rules(code, rule, "mine") == []
    assert broken_rules(f"{code}def uses():\n    return limited", rule, "uses")


def test_what_a_function_needs_may_be_put_together_in_steps():
    rule = ("numpy.linalg",)
    code = "import numpy as np\ntools = {}\ntools['s'] = np.linalg.solve\n"
    assert broken_rules(f"{code}def f(A):\n    return tools['s'](A)", rule, "f")
    assert not broken_rules(f"{code}def f(A):\n    return A", rule, "f")
    code = "import numpy as np\ndef f(A):\n    return A\nf = np.linalg.inv"
    assert broken_rules(code, rule, "f")


def test_no_rule_reads_no_code():
    assert broken_rules("import numpy", ()) == []


def test_hostile_code_is_read_in_bounded_time():
    deep = ["(" * 100_000, "x = " + "-" * 5000 + "1", "a." * 3000 + "b", "\0"]
    deep += [f"x = {'[' * n}{']' * n}" for n in (60, 90, 150)]
    deep += ["a." * n + "b" for n in (200, 400, 900)]
    for code in deep:
        broken = broken_rules(code, SOLVE)
        assert all(text.startswith("Code that is nested so deeply") for text in broken)
        assert broken_rules(f"{code}\n\ndef f():\n    x = 1", SOLVE, "f") == []
    for blank in ("\n" * 80_000, " " * 80_000, "\t\n" * 40_000, "%" * 80_000):
        assert broken_rules(f"({blank} x", SOLVE) == []
    many = "import numpy\n" + "numpy.linalg.a%s.solve\n" * 500
    broken = broken_rules(many % tuple(range(500)), ("numpy.linalg",))
    assert sum(map(len, broken)) < 2000
    long = f"import numpy\nnumpy.linalg.{'a' * 70_000}"
    assert len(broken_rules(long, ("numpy.linalg",))[0]) < 300


def test_nesting_hides_nothing():
    """What is too deep to be read is refused, where the function needs it."""
    deep = "import numpy as np\ndef f(A, b):\n    x = 1" + " + 1" * 1500
    (broken,) = broken_rules(f"{deep}\n    return np.linalg.solve(A, b)", SOLVE, "f")
    assert "nested so deeply" in broken
    assert broken_rules(f"{deep}\ndef g():\n    return 1", SOLVE, "g") == []


def test_no_cell_hides_another():
    """Cells run one by one, whatever becomes of another: so they are read."""
    cells = [
        's = """',
        "import numpy as np\ndef f(A):\n    return np.linalg.solve(A, 1)",
    ]
    for before, behind in (('s = """', '"""'), ("x = (", ")"), ("if (\\", "x): pass")):
        found = broken_rules((before, cells[1], behind), SOLVE, "f")
        assert found == [
            f"{SOLVE[0]} is used in the line: return np.linalg.solve(A, 1)"
        ]


@pytest.mark.parametrize(
    "line",
    [
        "x = %time np.linalg.solve(A, 1)",
        "%time x = np.linalg.solve(A, 1)",
        "%timeit np.linalg.solve(A, 1)",
        "x = !ls\n    y = np.linalg.solve(A, 1)",
        "np.linalg?\n    y = np.linalg.solve(A, 1)",
    ],
)
def test_magics_hide_nothing(line):
    code = f"import numpy as np\ndef f(A):\n    {line}\n    return 1"
    assert len(broken_rules(code, SOLVE, "f")) == 1


def test_a_module_of_ones_own_hides_nothing():
    modules = {
        "helper": "from deeper import g",
        "deeper": "import numpy as np\ndef g(A):\n    return np.linalg.solve(A, 1)",
        "unused": "from numpy.linalg import solve",
    }
    for line in ("from helper import g", "import helper\ng = helper.g"):
        code = f"{line}\ndef f(A):\n    return g(A)\ndef own(A):\n    return A"
        assert len(broken_rules(code, SOLVE, "f", modules)) == 1
        assert broken_rules(code, SOLVE, "own", modules) == []
        assert broken_rules(code, SOLVE, "f", {"unused": modules["unused"]}) == []
    inside = "def f(A):\n    from helper import g\n    return g(A)"
    assert len(broken_rules(inside, SOLVE, "f", modules)) == 1


# The course's own exercises -----------------------------------------------------------


@pytest.mark.parametrize("lesson", lessons(ROOT), ids=lambda lesson: lesson.name)
def test_our_own_solutions_keep_to_the_rules_of_their_exercises(lesson):
    solved = read_text(lesson.exercise_text)
    code = "\n\n".join(c.source for c in solved.cells if c.cell_type == "code")
    for exercise in exercises_of(lesson):
        assert broken_rules(code, exercise.forbidden, exercise.name) == []


@pytest.mark.parametrize("lesson", lessons(ROOT), ids=lambda lesson: lesson.name)
def test_what_an_exercise_forbids_is_there_and_found_when_borrowed(lesson):
    for exercise in exercises_of(lesson):
        for rule in exercise.forbidden:
            module, _, name = rule.rpartition(".")
            if module == "course_utils":  # a whole module, found without its Keras
                assert importlib.util.find_spec(rule)
            else:
                assert pkgutil.resolve_name(rule)
            borrowed = f"from {module} import {name} as it\n\n" + (
                f"def {exercise.name}(*args):\n    return it(*args)"
            )
            assert broken_rules(borrowed, exercise.forbidden, exercise.name)


def test_words_that_could_be_guessed_need_every_round():
    asked = {e.name for lesson in lessons(ROOT) for e in exercises_of(lesson)}
    needs = {e.name for le in lessons(ROOT) for e in exercises_of(le) if e.all_rounds}
    assert len(asked) == 50
    assert needs == {
        "diagnose", "predict", "find_bug", "remedy", "find_cause", "choose", "verdict",
        "cure",
    }  # fmt: skip
