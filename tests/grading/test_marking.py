"""One submission, from its cells to its marks, behind the best wall there is here."""

import numpy as np
import pytest

from course_utils.checks.exercise import Exercise
from course_utils.checks.judging import Question, expect_close, expect_word
from course_utils.grading.assignments import Assignment, Given, Task
from course_utils.grading.handing_in.submissions import Submission
from course_utils.grading.marking import limits, mark
from course_utils.grading.records import Outcome
from course_utils.grading.rounds import ROUNDS
from course_utils.grading.sandbox import Kind, choose

KEY = b"k" * 32


def judge_double(fn, rng):
    question = Question(("x",), lambda x: 2 * x, advice="Twice.", praise="Right.")
    inputs = [(rng.normal(size=5),) for _ in range(2)]
    return expect_close(fn, inputs, question, tolerance=1e-9, floor=1)


def judge_sign(fn, rng):
    words = ("plus", "minus")
    question = Question(
        ("x",), lambda x: words[x < 0], advice="Look again.", praise="Right."
    )
    return expect_word(fn, [(float(rng.normal()),)], question, words)


def judge_sum(fn, rng):
    question = Question(("x",), np.sum, advice="Add.", praise="Right.")
    return expect_close(fn, [(rng.normal(size=3),)], question, tolerance=1e-9, floor=1)


EXERCISES = (
    Exercise("double", "x", judge_double),
    Exercise("sign", "x", judge_sign, all_rounds=True),
    Exercise("total", "x", judge_sum, points=3.0, forbidden=("numpy.sum",)),
)
ASSIGNMENT = Assignment(
    name="made",
    tasks=tuple(Task(e, e.name, f"check-{e.name}") for e in EXERCISES),
    questions=(),
    cells=tuple(Given(e.name, "code", "solution", "") for e in EXERCISES),
    tensorflow=False,
    digest="d",
)
DOUBLE = "def double(x):\n    return 2 * x"
SIGN = "def sign(x):\n    return 'minus' if x < 0 else 'plus'"
TOTAL = "def total(x):\n    return sum(x)"


@pytest.fixture(scope="module")
def wall():
    chosen = choose(trust=True)
    yield chosen
    chosen.close()


def submission(double=DOUBLE, sign=SIGN, total=TOTAL, before=(), **more):
    sources = {"double": double, "sign": sign, "total": total}
    cells = (*before, *sources.values())
    return Submission("ann", "made", cells=cells, sources=sources, **more)


@pytest.fixture(scope="module")
def marked(wall):
    def run(*args, seconds=5.0, **kwargs):
        return mark(submission(*args, **kwargs), ASSIGNMENT, KEY, wall, seconds)

    return run


def points(record):
    return [one.points for one in record.marks]


def test_right_answers_earn_all_the_points(marked, wall):
    record = marked()
    assert points(record) == [4.0, 4.0, 3.0]
    assert {one.outcome for one in record.marks} == {Outcome.CORRECT}
    assert {(one.right, one.rounds) for one in record.marks} == {(ROUNDS, ROUNDS)}
    assert record.flags == record.notes == ()
    assert (record.student, record.assignment, record.tier) == (
        "ann",
        "made",
        wall.name,
    )
    assert record.sources["double"] == DOUBLE
    assert record.seconds >= sum(one.seconds for one in record.marks) - 0.01


def test_the_same_key_gives_the_same_marks_and_another_key_other_inputs(marked, wall):
    wrong = submission(double="def double(x):\n    return 3 * x")
    first, again = (mark(wrong, ASSIGNMENT, KEY, wall, 5.0) for _ in range(2))
    assert first.marks[0].rows == again.marks[0].rows
    other = mark(wrong, ASSIGNMENT, b"l" * 32, wall, 5.0)
    assert first.marks[0].rows != other.marks[0].rows


def test_a_wrong_answer_shows_one_counterexample(marked):
    record = marked(double="def double(x):\n    return x + x[0]")
    (one, *others) = record.marks
    assert (one.points, one.outcome, one.right) == (0.0, Outcome.INCORRECT, 0)
    assert one.message == "Twice."
    assert [label for label, _ in one.rows] == ["with", "you returned", "but"]
    assert all(other.outcome is Outcome.CORRECT for other in others)


def test_right_in_some_rounds_earns_a_share(marked):
    record = marked(
        double="n = [0]\ndef double(x):\n    n[0] += 1\n    return 2 * x + (n[0] == 3)"
    )
    one = record.marks[0]
    assert (one.points, one.outcome, one.right) == (2.0, Outcome.PARTLY, 1)
    assert one.rows


def test_guessing_a_word_earns_nothing(marked):
    record = marked(sign="def sign(x):\n    return 'plus'")
    one = record.marks[1]
    assert 0 < one.right < ROUNDS
    assert (one.points, one.outcome) == (0.0, Outcome.INCORRECT)


def test_what_is_forbidden_is_not_run_for_points(marked):
    record = marked(
        total="def total(x):\n    return np.sum(x)", before=("import numpy as np",)
    )
    one = record.marks[2]
    assert (one.points, one.outcome) == (0.0, Outcome.FORBIDDEN)
    assert "numpy.sum" in one.message
    assert "numpy.sum" in " ".join(record.flags)
    assert points(record)[:2] == [4.0, 4.0]


def test_what_other_cells_use_forbids_nothing(marked):
    """Renamed, or not there at all: neither is to be called forbidden for that."""
    elsewhere = "import numpy as np\ncheck = np.sum([1, 2])"
    renamed = marked(total="def summed(x):\n    return sum(x)", before=(elsewhere,))
    assert points(renamed) == [4.0, 4.0, 3.0]
    broken = marked(total="def total(x)\n    return sum(x)", before=(elsewhere,))
    assert broken.marks[2].outcome is Outcome.MISSING
    renamed = "import numpy as np\ndef summed(x):\n    return np.sum(x)"
    assert marked(total=renamed).marks[2].outcome is Outcome.FORBIDDEN


def test_a_stub_is_not_attempted(marked):
    stub = "def {}(x):\n    raise NotImplementedError()"
    record = marked(*(stub.format(e.name) for e in EXERCISES))
    assert {one.outcome for one in record.marks} == {Outcome.NOT_ATTEMPTED}
    assert record.points == 0
    assert "Nothing was attempted." in record.flags


def test_a_renamed_function_is_judged_and_said(marked):
    record = marked(double="def twice(x):\n    return 2 * x")
    assert points(record) == [4.0, 4.0, 3.0]
    assert "twice" in " ".join(record.notes)
    assert "twice" in " ".join(record.flags)


def test_a_function_that_is_nowhere_is_missing_with_its_reason(marked):
    record = marked(double="def double(x)\n    return 2 * x")
    one = record.marks[0]
    assert (one.points, one.outcome) == (0.0, Outcome.MISSING)
    assert "SyntaxError" in one.message
    assert points(record)[1:] == [4.0, 3.0]


def test_an_exception_is_told_with_its_line(marked):
    record = marked(double="def double(x):\n    return x / undefined")
    one = record.marks[0]
    assert one.outcome is Outcome.CRASHED
    assert "NameError" in one.message
    assert ("raised in", "line 2 of its cell:  return x / undefined") in one.rows


def test_who_takes_the_process_down_loses_that_exercise_only(marked):
    record = marked(sign="import os\ndef sign(x):\n    os._exit(0)")
    assert points(record) == [4.0, 0.0, 3.0]
    assert record.marks[1].outcome is Outcome.KILLED
    assert "sign" in " ".join(record.flags)


def test_what_goes_on_after_an_answer_costs_the_next_exercise_nothing(marked):
    later = """import os, threading
def double(x):
    if not double.__dict__:
        double.timer = threading.Timer(0.3, os._exit, (0,))
        double.timer.start()
    return 2 * x"""
    slow = "import time\ndef sign(x):\n    time.sleep(0.4)\n    " + SIGN[13:].strip()
    record = marked(double=later, sign=slow)
    assert record.marks[0].points == 4.0
    assert record.marks[2].points == 3.0


def test_a_cell_that_takes_the_process_down_is_left_out_and_said(marked):
    record = marked(before=("import os\nos._exit(0)",))
    assert points(record) == [4.0, 4.0, 3.0]
    assert "Code cell 1" in " ".join(record.notes)
    assert record.flags


def test_a_function_that_hangs_keeps_what_it_answered(marked):
    record = marked(
        double="""n = [0]
def double(x):
    n[0] += 1
    while n[0] > 2:
        try:
            import time
            time.sleep(9)
        except BaseException:
            pass
    return 2 * x""",
        seconds=0.5,
    )
    assert record.marks[0].outcome is Outcome.UNFINISHED
    assert (record.marks[0].right, record.marks[0].points) == (1, 2.0)
    assert points(record)[1:] == [4.0, 3.0]


def test_an_answer_that_breaks_the_judge_is_no_answer(wall):
    def judge(fn, rng):
        from course_utils.checks import guard

        return guard.call(fn, (), ()).value["no such key"]

    exercise = Exercise("double", "x", judge)
    task = Task(exercise, "double", "check-double")
    assignment = Assignment("made", (task,), (), (), False, "d")
    source = "def double():\n    return {}"
    handed_in = Submission("ann", "made", cells=(source,), sources={"double": source})
    record = mark(handed_in, assignment, KEY, wall, 5.0)
    assert record.marks[0].points == 0
    assert "KeyError in line" in " ".join(record.flags)
    assert "test_marking.py" in " ".join(record.flags)
    assert len(record.flags) == 1
    assert record.marks[0].message.endswith("Your teacher will look at it.")


def test_notes_and_flags_of_reading_are_kept(marked):
    record = marked(notes=("mended",), flags=("look",))
    assert record.notes == ("mended",)
    assert record.flags == ("look",)


def test_an_empty_submission_has_a_record(wall):
    record = mark(Submission("ann", "made"), ASSIGNMENT, KEY, wall, 5.0)
    assert record.points == 0
    assert {one.outcome for one in record.marks} == {Outcome.MISSING}


def test_tensorflow_gets_more_time_and_memory():
    small, large = (limits(kind, 10.0) for kind in Kind)
    assert (small.wall_seconds, large.wall_seconds) == (120, 240)
    assert small.memory < large.memory


def test_a_module_of_ones_own_is_no_way_round_what_is_forbidden(marked):
    helper = {"helper.py": b"import numpy as np\n\ndef add(x):\n    return np.sum(x)\n"}
    total = "from helper import add\ndef total(x):\n    return add(x)"
    record = marked(total=total, modules=helper)
    assert points(record) == [4.0, 4.0, 0.0]
    assert record.marks[2].outcome is Outcome.FORBIDDEN
    assert "np.sum(x)" in record.marks[2].message


def test_no_cell_hides_another_from_what_is_forbidden(wall):
    total = "import numpy as np\ndef total(x):\n    return np.sum(x)"
    cells = (DOUBLE, SIGN, 'text = """', total, '"""')
    sources = {"double": DOUBLE, "sign": SIGN, "total": total}
    given = Submission("ann", "made", cells=cells, sources=sources)
    record = mark(given, ASSIGNMENT, KEY, wall, 5.0)
    assert record.marks[2].outcome is Outcome.FORBIDDEN


def test_a_record_holds_no_more_than_a_page_can(marked):
    """Some thousand short strings, told one by one, would be megabytes."""
    row = "    row = ['x' * 37] * 24\n"
    record = marked(f"def double(x):\n{row}    return [[row] * 24] * 20")
    returned = dict(record.marks[0].rows)["you returned"]
    assert returned.endswith(" ...")
    assert len(record.to_json()) < 20_000
