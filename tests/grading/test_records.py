import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils.grading.records import Mark, Outcome, Record

TEXT = st.text(max_size=20)
MARKS = st.builds(
    Mark,
    exercise=TEXT,
    points=st.floats(0, 10),
    possible=st.floats(0, 10),
    outcome=st.sampled_from(Outcome),
    message=TEXT,
    rows=st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple),
    right=st.integers(0, 4),
    rounds=st.integers(0, 4),
    seconds=st.floats(0, 100),
)
RECORDS = st.builds(
    Record,
    student=TEXT,
    assignment=TEXT,
    key=TEXT,
    marks=st.lists(MARKS, max_size=3).map(tuple),
    answers=st.dictionaries(TEXT, TEXT, max_size=3),
    sources=st.dictionaries(TEXT, TEXT, max_size=3),
    notes=st.lists(TEXT, max_size=2).map(tuple),
    flags=st.lists(TEXT, max_size=2).map(tuple),
    seconds=st.floats(0, 100),
    tier=TEXT,
)


@given(RECORDS)
def test_a_record_comes_back_from_its_file_as_it_was(record):
    data = record.to_json().encode()
    assert Record.from_json(data.decode()) == record


def record(**changes):
    mark = Mark("f", 2.0, 4.0, Outcome.PARTLY, "two of four")
    return Record("ann", "a", "k", (mark, mark), {}, {}, **changes)


def test_points_add_up():
    assert record().points == 4.0


def damaged(**changes):
    return json.dumps(json.loads(record().to_json()) | changes)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "3",
        "null",
        "{}",
        damaged(format=2),
        damaged(marks=[{"outcome": "wonderful"}]),
        damaged(marks=3),
        damaged(surprise=1),
        record().to_json()[:-20],
    ],
)
def test_what_is_no_record_is_refused(text):
    with pytest.raises(ValueError, match="not a grading record"):
        Record.from_json(text)
