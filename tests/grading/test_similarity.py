"""The same but for names is found; what many write, or had before, is not."""

import inspect
import textwrap
import time
from itertools import combinations

import pytest

from course_utils.grading.pages import similarity
from course_utils.grading.pages.same_texts import LONG, same_texts
from course_utils.grading.pages.similarity import (
    ALONE,
    ENOUGH,
    SHORTEST,
    SOURCE,
    alike,
    normal_form,
    rarity,
)
from course_utils.grading.records import Record
from tests.grading import made_up

ONE = '''
def clip(grads, limit):
    """Scale all gradients."""
    total = 0.0
    for grad in grads:
        total = total + np.sum(grad ** 2)
    norm = np.sqrt(total)  # of all of them
    if norm <= limit:
        return [grad.copy() for grad in grads], norm
    scaled = []
    for grad in grads:
        scaled.append(grad * (limit / norm))
    return scaled, norm
'''
RENAMED = """
def clip(g: list, c: float = ...) -> tuple:
    "Mine."
    s: float = 0.0
    for x in g: s = s + np.sum(x**2)

    # the norm
    n = (np.sqrt(s))
    if n <= c:
        return ([x.copy() for x in g], n)
    "and now"
    new = []
    for x in g:
        new.append(x * (c / n))
    return new, n
""".replace(" = ...", "").replace("s: float = 0.0", "s = 0.0")
OTHER = """
def find(values, wanted):
    low, high = 0, len(values)
    if high == 0 or wanted < values[0] or wanted > values[high - 1]:
        return -1
    while low < high:
        middle = (low + high) // 2
        if values[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low if low < len(values) and values[low] == wanted else -1
"""


def renamed(source, suffix):
    """The same with other local names."""
    for name in ("low", "high", "middle", "total", "norm", "scaled", "grad", "wanted"):
        source = source.replace(name, f"{name[0]}_{suffix}")
    return source


def submission(student, **sources):
    return Record(student, "demo", "", (), {}, sources)


def different(count):
    """Functions of a usual length, no two of them the same."""
    return [
        f"def clip(grads, limit):\n    a = np.sum(grads[{n}] ** 2) + {n}\n"
        f"    b = np.sqrt(a) * limit - {n}\n    c = b / (a + limit)\n"
        f"    d = np.maximum(c, b) + np.minimum(a, limit)\n    return a, b, c + d\n"
        for n in range(count)
    ]


def others(count):
    """A class in which everybody else wrote functions of their own."""
    return [
        submission(f"x{n:03d}", clip=source, find=source.replace("+", "-"))
        for n, source in enumerate(different(count))
    ]


def pairs(records, known=None):
    return [(pair.students, pair.cells) for pair in alike(records, known)]


def test_names_comments_layout_docstrings_and_annotations_do_not_matter():
    assert normal_form(ONE) == normal_form(RENAMED)
    assert normal_form(ONE)[1] > SHORTEST


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("grad ** 2", "grad ** 3"),
        ("np.sum", "np.max"),
        ("norm <= limit", "norm < limit"),
        ("limit / norm", "norm / limit"),
        ("grad.copy()", "grad"),
        ("    scaled = []\n", ""),
        ("return scaled, norm", "return norm, scaled"),
        ("total = 0.0", "total = 0"),
    ],
)
def test_what_matters_makes_another_form(old, new):
    assert old in ONE
    assert normal_form(ONE) != normal_form(ONE.replace(old, new))


def test_names_are_told_apart_and_numbered_function_by_function():
    assert normal_form("def f(a, b): return a - b") != normal_form(
        "def f(a, b): return b - a"
    )
    two = "def f(x):\n    return x\ndef g({0}):\n    return {0} + f({0})"
    assert normal_form(two.format("x")) == normal_form(two.format("y"))
    helper = "def {0}(x):\n    return x + 1\ndef g(x):\n    return {0}(x)"
    assert normal_form(helper.format("one")) == normal_form(helper.format("two"))
    called = "def a(x):\n    return 1\ndef b(x):\n    return 2\n{0}(3)"
    assert normal_form(called.format("a")) != normal_form(called.format("b"))
    from_outside = "def f({0}):\n    return {0}\ndef g(y):\n    return s(y)"
    assert normal_form(from_outside.format("s")) == normal_form(
        from_outside.format("t")
    )
    assert normal_form("np.sum(x)") != normal_form("np.prod(x)")
    assert normal_form("sum(x)") != normal_form("max(x)")


def test_a_pair_in_a_class_is_found_with_the_cells_that_agree():
    copied = [
        submission("ben", clip=RENAMED, find=renamed(OTHER, "b")),
        submission("ada", clip=ONE, find=OTHER),
    ]
    assert pairs(others(40) + copied) == [(("ada", "ben"), ("clip", "find"))]


def test_one_cell_of_usual_length_is_not_enough():
    copied = [submission("ada", clip=ONE), submission("ben", clip=RENAMED)]
    assert normal_form(OTHER)[1] < ENOUGH
    assert normal_form(ONE)[1] < ALONE
    assert pairs(others(40) + copied) == []


def test_one_cell_has_to_be_longer_than_two_together():
    for lines, found in ((11, []), (20, [(("ada", "ben"), ("clip",))])):
        long = "def clip(g, c):\n" + "".join(
            f"    a{n} = np.sum(g[{n}]) - c * {n}\n" for n in range(lines)
        )
        size = normal_form(long)[1] * rarity(2, 42)
        assert size > ALONE if found else ENOUGH < size < ALONE
        copied = [submission("ada", clip=long), submission("ben", clip="# me\n" + long)]
        assert pairs(others(40) + copied) == found


def test_what_many_wrote_says_nothing():
    honest = [
        submission(f"h{n}", clip=renamed(ONE, n), find=renamed(OTHER, n))
        for n in range(12)
    ]
    assert pairs(others(40) + honest) == []


def test_short_functions_say_nothing_however_many_agree():
    short = {f"cell{n}": f"def f{n}(x):\n    return x + {n}" for n in range(60)}
    copied = [submission("ada", **short), submission("ben", **short)]
    assert pairs(others(40) + copied) == []


def test_what_was_handed_out_or_published_says_nothing():
    untouched = [submission(f"s{n}", clip=ONE, find=OTHER) for n in range(2)]
    known = {"clip": ["def clip(g): ...", RENAMED], "find": [OTHER]}
    assert pairs(others(40) + untouched, known) == []
    assert pairs(others(40) + untouched) != []


def test_a_whole_ring_is_found():
    ring = [
        submission(f"r{n}", clip=renamed(ONE, n), find=renamed(OTHER, n))
        for n in range(4)
    ]
    assert len(pairs(others(60) + ring)) == 6


def test_a_small_class_shows_less_of_what_is_common():
    both = {"clip": ONE, "find": OTHER}
    few = [submission(name, **both) for name in ("ada", "ben")]
    assert pairs(few) == []
    assert rarity(2, 10) < rarity(2, 30) < rarity(2, 200) < 1
    assert rarity(3, 200) > rarity(10, 200) > rarity(30, 200) == 0


def test_the_order_of_records_changes_nothing():
    copied = [
        submission("ada", clip=ONE, find=OTHER),
        submission("ben", clip=RENAMED, find=OTHER),
    ]
    records = others(40) + copied
    assert alike(records) == alike(records[::-1]) != []


def test_an_honest_class_raises_no_alarm():
    """Each exercise solved in one of three usual ways, by two hundred people."""
    records = made_up.crowd(200)
    assert alike(records) == []


HOSTILE = {
    "deep brackets": "x = " + "(" * 5000 + ")" * 5000,
    "deep minus": "x = " + "-" * 15000 + "1",
    "long sum": "x = " + "1 + " * 4000 + "1",
    "long attribute": "x = a" + ".b" * 8000,
    "deep not": "x = " + "not " * 4000 + "1",
    "null": "x = 1\x00",
    "half a character": "x = '\ud800'",
    "huge number": "x = " + "9" * 10000,
    "no Python": "this is no Python",
    "magic": "%%bash\nrm -rf x",
    "long": "x = 1\n" * SOURCE,
    "empty": "",
    "comment": "# only this",
    "nested functions": "".join(f"{' ' * n}def f():\n" for n in range(90)),
    "bad escape": "x = '\\d'",
    "bytes": "x = b'\\xff' + 1j",
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.filterwarnings("error")
def test_hostile_sources_are_passed_over_at_once(source):
    started = time.perf_counter()
    form = normal_form(source)
    assert time.perf_counter() - started < 5
    assert form is None or form[1] >= 0
    records = [submission(name, clip=source) for name in ("ada", "ben", "eve")]
    assert alike(records) == []


def test_brackets_nest_as_deep_as_anybody_writes_them():
    assert normal_form("x = " + "(" * 40 + "1" + ")" * 40) == normal_form("x = 1")
    assert normal_form("x = " + "(" * 61 + "1" + ")" * 61) is None


def test_the_work_grows_as_the_class_does(monkeypatch):
    """However many share a form, nobody is paired with more than a few."""
    made = []

    def counted(students, size):
        found = list(combinations(students, size))
        made.extend(found)
        return found

    monkeypatch.setattr(similarity, "combinations", counted)
    forms = different(300)
    for holders, paired in ((2, 1), (10, 45), (21, 210), (22, 0), (200, 0)):
        made.clear()
        ring = [submission(f"r{n:03d}", clip=forms[n]) for n in range(300 - holders)]
        ring += [submission(f"s{n:03d}", clip=ONE) for n in range(holders)]
        assert alike(ring) == []
        assert len(made) == paired


def test_the_made_up_functions_are_what_they_seem():
    source = textwrap.dedent(inspect.getsource(made_up.rightly_adam))
    assert normal_form(source)[1] > SHORTEST


def answered(*texts):
    return [
        Record(f"s{n:02d}", "a", "", (), {"answer-f": text}, {})
        for n, text in enumerate(texts)
    ]


LONG_ANSWER = "The step is too large for the steep direction. " * 5
OTHERS = [f"{word}. " * 60 for word in ("mine", "own", "why", "so", "it", "is", "a")]


def test_the_same_long_answer_is_found_whatever_its_spaces_and_capitals():
    other = LONG_ANSWER.upper().replace(" ", " \n ")
    (pair,) = same_texts(answered(LONG_ANSWER, *OTHERS, other))
    assert (pair.students, pair.cells) == (("s00", "s08"), ("answer-f",))
    assert not same_texts(answered(LONG_ANSWER, LONG_ANSWER.replace("steep", "flat")))


def test_answers_that_are_short_common_or_handed_out_say_nothing():
    exact = "x" * LONG
    assert same_texts(answered(exact, exact))
    assert not same_texts(answered(exact[1:], exact[1:]))
    assert not same_texts(answered(exact, exact), {"answer-f": f" {exact.upper()}"})
    assert not same_texts(answered(*[LONG_ANSWER] * 5, *OTHERS))
    assert len(same_texts(answered(*[LONG_ANSWER] * 3, *OTHERS))) == 3
