import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from course_utils.lab.splits import (
    FashionMNIST,
    Split,
    pixel_statistics,
    standardize,
)


def split(n=4):
    images = np.arange(n * 784, dtype=np.uint64).astype(np.uint8).reshape(n, 28, 28)
    return Split(images, standardize(images, 100.0, 50.0), np.arange(n) % 2)


@given(arrays.arrays(np.uint8, st.tuples(st.integers(1, 4), st.integers(1, 9))))
def test_statistics_are_those_of_numpy_in_float64(images):
    mean, std = pixel_statistics(images)
    assert mean == pytest.approx(images.mean(dtype=np.float64), abs=1e-12)
    assert std == pytest.approx(images.std(dtype=np.float64), abs=1e-10)


def test_statistics_count_every_block_of_images():
    images = np.zeros((2001, 28, 28), dtype=np.uint8)
    images[[0, 1000, 2000]] = 255
    mean, std = pixel_statistics(images)
    share = 3 / 2001
    assert mean == pytest.approx(255 * share, rel=1e-14)
    assert std == pytest.approx(255 * (share * (1 - share)) ** 0.5, rel=1e-14)


def test_standardize_subtracts_the_mean_and_divides_by_std_row_by_row():
    images = np.zeros((1, 28, 28), dtype=np.uint8)
    images[0, 0, 1], images[0, 1, 0] = 255, 40
    x = standardize(images, mean=40.0, std=43.0)
    assert x.shape == (1, 784)
    assert x.dtype == np.float32
    np.testing.assert_allclose(x[0, [0, 1, 28]], [-40 / 43, 5.0, 0.0], rtol=1e-6)
    assert images[0, 0, 1] == 255


@pytest.mark.parametrize("std", [0.0, -1.0, float("nan")])
def test_standardize_refuses_a_std_that_is_not_positive(std):
    with pytest.raises(ValueError, match=f"std must be more than 0, got {std}"):
        standardize(np.zeros((1, 28, 28), dtype=np.uint8), 0.0, std)


def test_arrays_are_read_only_and_copies_are_not():
    one = split()
    for array in (one.images, one.x, one.y, one.take([1, 2]).x):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
        array.copy()[0] = 0


def test_a_split_does_not_freeze_its_makers_arrays():
    images = np.zeros((1, 28, 28), dtype=np.uint8)
    Split(images, standardize(images, 0.0, 1.0), np.zeros(1, dtype=np.int64))
    images[0] = 1


def test_take_keeps_the_three_arrays_in_step():
    one = split(6)
    for rows in ([4, 0, 4], np.array([True, False] * 3)):
        taken = one.take(rows)
        assert len(taken) == 3
        for name in ("images", "x", "y"):
            np.testing.assert_array_equal(
                getattr(taken, name), getattr(one, name)[rows]
            )


@pytest.mark.parametrize(
    ("name", "value", "error", "message"),
    [
        ("images", np.zeros((4, 28, 28)), TypeError, "images must be uint8"),
        ("images", np.zeros((4, 784), np.uint8), ValueError, r"\(4, 28, 28\), got"),
        ("x", np.zeros((4, 784)), TypeError, "x must be float32, got float64"),
        ("x", np.zeros((3, 784), np.float32), ValueError, r"\(4, 784\), got \(3, 784"),
        ("y", np.zeros(4, np.int32), TypeError, "y must be int64, got int32"),
        ("y", np.zeros((4, 1), np.int64), ValueError, r"\(4,\), got \(4, 1\)"),
    ],
)
def test_a_split_refuses_arrays_that_do_not_fit(name, value, error, message):
    good = {key: getattr(split(), key) for key in ("images", "x", "y")}
    with pytest.raises(error, match=message):
        Split(**good | {name: value})


def test_they_print_in_one_line_and_survive_pickling():
    data = FashionMNIST(split(4), split(3), split(2), ("a", "b"), 1.0, 2.0)
    assert repr(data) == "FashionMNIST(4 + 3 + 2 images of 2 classes)"
    assert repr(data.train) == "Split(4 images)"
    copy = pickle.loads(pickle.dumps(data))
    np.testing.assert_array_equal(copy.train.x, data.train.x)
    assert (copy.class_names, copy.mean, copy.std) == (("a", "b"), 1.0, 2.0)
