import numpy as np
import pytest

from course_utils.checks.choices import Scenario, expect_choices
from course_utils.checks.guard import Stopped
from course_utils.checks.result import Status

SCENARIOS = {
    "A": Scenario("a stone", "sinks", {"floats": "it is denser than water"}),
    "B": Scenario("a cork", "floats", {"sinks": "it is lighter than water"}),
}


def judge(value):
    return expect_choices(lambda: value, SCENARIOS, "Well done.")


def test_right_choices():
    assert judge({"A": "sinks", "B": "floats"}).message == "Well done."
    assert judge({"A": np.str_("sinks"), "B": "floats", "C": "more"}).correct


def test_a_wrong_choice_is_told_why_and_not_what_is_right():
    result = judge({"A": "sinks", "B": "sinks"})
    assert result.status is Status.INCORRECT
    assert result.message == "1 of 2 are right. Look at B again."
    assert result.counterexample.broken == "it is lighter than water"
    assert "floats" not in str(result)


def test_the_choices_are_listed_in_no_telling_order():
    assert SCENARIOS["A"].choices == SCENARIOS["B"].choices == ("floats", "sinks")


@pytest.mark.parametrize("value", [{}, {"A": None, "B": ...}, {"A": "", "B": ""}])
def test_no_choice_at_all_is_not_attempted(value):
    assert judge(value).status is Status.NOT_ATTEMPTED


def test_a_forgotten_return_is_named():
    result = judge(None)
    assert result.status is Status.INCORRECT
    assert result.message == "Your function returned None. Is `return` missing?"
    assert "A dict with the keys" in judge(3).message


def test_a_dict_with_other_keys_is_told_so_and_not_called_empty():
    result = judge({"a": "sinks", 3: "floats"})
    assert result.status is Status.INCORRECT
    told = "The keys 'A', 'B' are expected, and your dict has 'a', 3."
    assert result.message.replace('"', "'") == told


def test_an_open_choice_is_named():
    assert judge({"A": "sinks", "B": None}).message == "No prediction yet for B."


@pytest.mark.parametrize("value", [3, np.array(["sinks"]), ["sinks"], "Sinks", True])
def test_a_choice_that_is_none_is_told_which_there_are(value):
    result = judge({"A": value, "B": "floats"})
    assert result.status is Status.INCORRECT
    assert "A must be one of 'floats', 'sinks'" in result.message


@pytest.mark.parametrize("value", [3, "sinks", ["sinks", "floats"]])
def test_another_kind_of_answer_is_explained(value):
    assert "A dict with the keys 'A', 'B' is expected" in judge(value).message


def test_an_unwritten_function_stops():
    def unwritten():
        raise NotImplementedError

    with pytest.raises(Stopped):
        expect_choices(unwritten, SCENARIOS, "")
