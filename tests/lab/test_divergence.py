"""The error of a run that diverges must survive the way between processes."""

import copy
import pickle

import pytest

from course_utils.lab.divergence import DivergenceError


@pytest.mark.parametrize(
    "travel",
    [
        copy.copy,
        *(lambda e, p=p: pickle.loads(pickle.dumps(e, p)) for p in (2, 4, 5)),
    ],
)
def test_it_survives_pickling(travel):
    error = DivergenceError(12, "layer 3", "loss is NaN")
    error.add_note("seen before")
    back = travel(error)
    assert type(back) is DivergenceError
    assert isinstance(back, RuntimeError)
    assert (back.step, back.layer, back.what) == (12, "layer 3", "loss is NaN")
    assert str(back) == "loss is NaN at step 12, first seen in layer 3"
    assert back.__notes__ == ["seen before"]
