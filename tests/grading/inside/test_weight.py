"""An honest answer that is far too large is refused on the student's own side."""

import numpy as np
import pytest

from course_utils.grading.inside.plain import Ref, WireError
from course_utils.grading.inside.weight import MOST, heaviest, listed, widest


@pytest.mark.parametrize(
    "light",
    [
        None,
        {"loss": [0.5] * 50_000, "name": "x" * 300, "weights": np.zeros(1_000_000)},
        np.zeros(MOST // 8),
        np.zeros((1000, 0)),
        ["a word"] * 50_000,
        Ref("list", -1, {"array": np.zeros(1_000_000)}),
        [Ref("array", k, {"array": np.zeros(3)}) for k in range(10_000)],
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_people_return_is_not_too_heavy(light):
    heaviest({"is": "outcome", "value": light})


def test_weight_is_what_a_message_becomes():
    with pytest.raises(WireError, match="weighs"):
        heaviest(np.zeros(MOST // 8 + 1, np.int8))
    with pytest.raises(WireError, match="weighs"):
        heaviest([Ref("callable", k) for k in range(30_000)])
    assert widest((5, 0, 7)) == 5
    assert listed((5, 0, 7)) == 5
    assert listed((2, 3)) == 2 + 6 == sum(1 + len(row) for row in np.zeros((2, 3)))
