from html.parser import HTMLParser

import numpy as np
import pytest

from course_utils.checks.result import Counterexample, Result, Status, describe

WRONG = Result(
    Status.INCORRECT,
    "Not <b>this</b> one.",
    Counterexample((("a", "[0.2]"),), "1.2", "it should be below 1"),
    line=(3, "return a < b"),
    printed="one\ntwo",
    exercise="slope",
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "None"),
        (True, "True"),
        (np.int64(7), "7"),
        (2 / 3, "0.6667"),
        (np.float32(1e-9), "1e-09"),
        (float("nan"), "nan"),
        (np.array([[1.0, 2.5], [0.0, 1 / 7]]), "[[1, 2.5], [0, 0.1429]]"),
        (np.zeros((5, 5)), "an array of shape (5, 5)"),
        (np.zeros((5, 0)), "[[], [], [], [], []]"),
        (np.zeros((90, 0)), "an array of shape (90, 0)"),
        ({"A": "x"}, "{'A': 'x'}"),
        ("y" * 99, "'" + "y" * 37 + "...'"),
        (len, "len"),
        pytest.param(10**5000, "a huge integer", id="huge"),
        (iter([]), "a value of type list_iterator"),
    ],
)
def test_values_are_described_for_a_reader(value, text):
    assert describe(value) == text


def test_a_list_that_contains_itself_is_described():
    endless = []
    endless.append(endless)
    assert "type list" in describe(endless)


def test_plain_text_shows_every_part_in_line():
    assert str(WRONG).splitlines() == [
        "slope: incorrect",
        "Not <b>this</b> one.",
        "  with          a = [0.2]",
        "  you returned  1.2",
        "  but           it should be below 1",
        "  raised in     line 3 of its cell:  return a < b",
        "  it printed    one",
        "                two",
    ]
    assert repr(WRONG) == str(WRONG)
    assert str(WRONG).isascii()


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.text, self.tags, self.styles, self.open = "", [], "", 0

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.styles += dict(attrs).get("style", "") + ";"
        self.open += tag != "br"

    def handle_endtag(self, tag):
        self.open -= 1

    def handle_data(self, data):
        self.text += data


def page(result):
    parsed = Page()
    parsed.feed(result._repr_html_())
    parsed.close()
    return parsed


def test_html_escapes_what_comes_from_learners():
    parsed = page(WRONG)
    assert "b" not in parsed.tags
    assert "Not <b>this</b> one." in parsed.text
    assert "return a < b" in parsed.text
    assert parsed.open == 0


@pytest.mark.parametrize("status", list(Status))
def test_html_says_the_status_by_symbol_and_word_and_sets_no_text_colour(status):
    parsed = page(Result(status, "Text.", exercise="slope"))
    assert f"slope: {status}" in parsed.text
    assert parsed.text[0] in "✓✗○⚡"
    declarations = [d.split(":")[0].strip() for d in parsed.styles.split(";")]
    assert "color" not in declarations
    assert "background-color" not in declarations


def test_symbols_differ():
    symbols = {page(Result(status, "")).text[0] for status in Status}
    assert len(symbols) == len(Status)


def test_only_correct_is_correct():
    assert [Result(status, "").correct for status in Status] == [True, *[False] * 3]
