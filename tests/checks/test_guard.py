import sys
import threading
import time
import warnings

import numpy as np
import pytest

from course_utils.checks import guard
from course_utils.checks.guard import Stopped, call
from course_utils.checks.result import Status

X = np.arange(3.0)


def stopped(fn, *args):
    with pytest.raises(Stopped) as caught:
        call(fn, args or (X,), ("x",))
    return caught.value.result


def test_value_and_print_come_back(capsys):
    def talkative(x):
        print("seen", x[1])
        print("to stderr", file=sys.stderr)
        return x + 1

    outcome = call(talkative, (X,))
    assert outcome.value.tolist() == [1, 2, 3]
    assert outcome.printed == "seen 1.0\nto stderr"
    assert outcome.changed == ()
    assert capsys.readouterr() == ("", "")


def test_long_prints_are_shortened():
    outcome = call(lambda x: print("\n".join(["y" * 200] * 50)), (X,))
    lines = outcome.printed.splitlines()
    assert lines[-1] == "... and 44 more lines"
    assert len(lines) == 7
    assert max(map(len, lines)) == 80


def test_closing_the_screen_does_no_harm(capsys):
    call(lambda x: sys.stdout.close() or 1, (X,))
    print("still here")
    assert capsys.readouterr().out == "still here\n"


def test_arguments_are_copies_and_changes_are_noticed():
    def spoil(x, y, z):
        z.sort()
        x[:] = 0
        return x

    x, y, z = X.copy(), X.copy(), [3, 1]
    assert call(spoil, (x, y, z)).changed == (0, 2)
    assert x.tolist() == [0, 1, 2]
    assert z == [3, 1]


def test_nan_in_an_argument_is_not_a_change():
    assert call(lambda x: 1, (np.array([np.nan]),)).changed == ()


def test_warnings_and_error_settings_stay_inside():
    def careless(x):
        np.seterr(all="raise")
        warnings.warn("noise", stacklevel=1)
        return 1

    before = np.geterr()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert call(careless, (X,)).value == 1
    assert np.geterr() == before


def unwritten(x):
    raise NotImplementedError()


def documented(x):
    """Only a docstring."""


def dots(x): ...


def returns_dots(x):
    return ...


def emptied(x):
    """A docstring."""
    pass


@pytest.mark.parametrize("fn", [unwritten, documented, dots, returns_dots, emptied])
def test_an_untouched_function_is_not_attempted(fn):
    assert stopped(fn).status is Status.NOT_ATTEMPTED


def computes(x):
    x + 1


def names_a_value(x):
    """The compiler drops such a value: only the source still holds it."""
    0.25  # noqa: B018


def names_a_word(x):
    """The compiler drops this one, too."""
    "healthy"


def returns_none(x):
    return None


@pytest.mark.parametrize("fn", [computes, names_a_value, names_a_word, returns_none])
def test_a_function_that_forgets_return_was_attempted(fn):
    assert call(fn, (X,)).value is None


def test_code_above_a_forgotten_stub_line_is_told_from_no_code():
    def begun(x):
        x = x + 1
        raise NotImplementedError()

    result = stopped(begun)
    assert result.status is Status.NOT_ATTEMPTED
    assert "raises NotImplementedError is still there" in result.message
    assert result.line[1] == "raise NotImplementedError()"
    assert stopped(unwritten) == guard.not_attempted()


def test_an_exception_is_shown_with_the_learners_own_line():
    def helper(x):
        return x / "two"

    def fn(x):
        y = x + 1
        return helper(y)

    result = stopped(fn)
    number, code = result.line
    assert result.status is Status.CRASHED
    assert "UFuncTypeError" in result.message or "TypeError" in result.message
    assert code == 'return x / "two"'
    assert number == helper.__code__.co_firstlineno + 1


def test_an_exception_below_library_code_is_shown_at_the_learners_line():
    def fn(x):
        return np.apply_along_axis(lambda row: row[9], 0, x)

    assert "row[9]" in stopped(fn).line[1]


def test_what_was_printed_before_a_crash_is_kept():
    def fn(x):
        print("before")
        return 1 / 0

    result = stopped(fn)
    assert result.printed == "before"
    assert result.message == "ZeroDivisionError: division by zero"


def test_an_unknown_name_comes_with_advice():
    result = stopped(lambda x: undefined_name)  # noqa: F821
    assert "'undefined_name'" in result.message
    assert "run the cells above" in result.message


def test_exit_and_endless_recursion_have_their_own_words():
    def again(x):
        return again(x)

    assert "tried to end Python" in stopped(lambda x: sys.exit(3)).message
    assert "calls itself without end" in stopped(again).message


def test_an_exception_whose_text_fails_is_still_named():
    class Nasty(Exception):
        def __str__(self):
            raise ValueError

    def fn(x):
        raise Nasty

    assert stopped(fn).message == "Nasty"


@pytest.mark.parametrize("kind", [BaseException, GeneratorExit, StopIteration])
def test_odd_exceptions_are_caught(kind):
    def fn(x):
        raise kind("odd")

    assert stopped(fn).message == f"{kind.__name__}: odd"


def test_the_stop_button_works():
    def fn(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        call(fn, (X,))


@pytest.mark.parametrize("fn", [lambda: 1, lambda x, y: 1, lambda *, x: 1])
def test_a_changed_first_line_is_explained(fn):
    result = stopped(fn)
    assert result.status is Status.CRASHED
    assert "calls your function with (x)" in result.message


def test_a_typeerror_inside_is_not_mistaken_for_a_wrong_first_line():
    def fn(x):
        return len(x, x)

    assert "calls your function" not in stopped(fn).message


def endless(x):
    while True:
        x = x + 1


def swallowing(x):
    for _ in range(10**9):
        try:
            x = x + 1
        except Exception:
            x = 0


@pytest.mark.parametrize("fn", [endless, swallowing])
def test_an_endless_loop_is_stopped_at_its_line(fn, monkeypatch):
    monkeypatch.setattr(guard, "TIME_LIMIT", 0.1)
    start = time.perf_counter()
    result = stopped(fn)
    assert time.perf_counter() - start < 5
    assert "never ends" in result.message
    first = fn.__code__.co_firstlineno
    assert first < result.line[0] <= first + 6


def test_an_endless_loop_is_stopped_in_another_thread(monkeypatch):
    monkeypatch.setattr(guard, "TIME_LIMIT", 0.1)
    results = []
    thread = threading.Thread(target=lambda: results.append(stopped(endless)))
    thread.start()
    thread.join(10)
    assert results[0].status is Status.CRASHED


def test_a_function_that_ends_just_in_time_is_never_hit_later(monkeypatch):
    monkeypatch.setattr(guard, "TIME_LIMIT", 0.01)

    def busy(x):
        end = time.perf_counter() + 0.01
        while time.perf_counter() < end:
            pass
        return 1

    ends = set()
    for _ in range(100):
        try:
            ends.add(str(call(busy, (X,)).value))
        except Stopped as late:
            ends.add(late.result.message[-12:])
        sum(range(2000))  # an exception thrown late would surface here
    assert ends <= {"1", "Is there a loop that never ends?"[-12:]}


def test_no_watching_threads_stay_behind():
    before = threading.active_count()
    for _ in range(20):
        call(abs, (X,))
    time.sleep(0.2)
    assert threading.active_count() <= before
