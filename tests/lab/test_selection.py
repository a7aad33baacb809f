import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils.lab import data as lab_data
from course_utils.lab.selection import (
    binary_task,
    class_counts,
    subset,
    without_classes,
)
from course_utils.lab.splits import FashionMNIST, Split


def split(labels):
    """Images whose pixels all hold the image's own number, so each can be known."""
    n = len(labels)
    images = np.broadcast_to(np.arange(n, dtype=np.uint8)[:, None, None], (n, 28, 28))
    x = images.reshape(n, 784).astype(np.float32)
    return Split(images, x, np.asarray(labels, dtype=np.int64))


def rows(chosen):
    return chosen.images[:, 0, 0].tolist()


LABELS = st.lists(st.integers(0, 4), min_size=1, max_size=60)


@given(LABELS, st.data(), st.integers(0, 99), st.booleans())
def test_a_subset_is_n_different_images_in_their_order(labels, data, seed, stratified):
    whole = split(labels)
    n = data.draw(st.integers(1, len(labels)))
    chosen = subset(whole, n, seed, stratified)
    assert len(set(rows(chosen))) == len(chosen) == n
    assert rows(chosen) == sorted(rows(chosen))
    np.testing.assert_array_equal(chosen.y, whole.y[rows(chosen)])
    np.testing.assert_array_equal(chosen.x[:, 0], rows(chosen))
    assert rows(subset(whole, n, seed, stratified)) == rows(chosen)


@given(LABELS, st.data(), st.integers(0, 99))
def test_no_class_is_a_whole_image_from_its_share(labels, data, seed):
    n = data.draw(st.integers(1, len(labels)))
    chosen = subset(split(labels), n, seed)
    share = np.bincount(labels, minlength=5) * n / len(labels)
    assert np.all(np.abs(np.bincount(chosen.y, minlength=5) - share) < 1)


@given(st.integers(1, 40), st.integers(0, 40), st.integers(0, 99), st.booleans())
def test_of_equal_classes_a_smaller_draw_is_part_of_a_larger(n, more, seed, stratified):
    whole = split(np.arange(40) % 4)
    large = subset(whole, min(n + more, 40), seed, stratified)
    assert set(rows(subset(whole, n, seed, stratified))) <= set(rows(large))


def test_even_shares_are_exact_and_the_seed_says_who_gets_the_rest():
    whole = split(np.arange(60) % 5)
    for seed in range(5):
        np.testing.assert_array_equal(np.bincount(subset(whole, 20, seed).y), [4] * 5)
    extra = {tuple(np.bincount(subset(whole, 21, seed).y)) for seed in range(40)}
    assert len(extra) == 5


def test_another_seed_gives_other_images():
    whole = split(np.arange(60) % 5)
    for stratified in (True, False):
        draws = {tuple(rows(subset(whole, 10, seed, stratified))) for seed in range(20)}
        assert len(draws) == 20


def test_every_image_is_as_likely_as_any_other():
    whole = split([0] * 6 + [1] * 3)
    for stratified in (True, False):
        seen = np.zeros(9)
        for seed in range(900):
            seen[rows(subset(whole, 3, seed, stratified))] += 1
        # Each is expected 300 times, with a standard deviation of 14.
        assert np.all(np.abs(seen - 300) < 70)


@pytest.mark.parametrize(
    ("n", "seed", "error", "message"),
    [
        (0, 0, ValueError, "n must be at least 1, got 0"),
        (5, 0, ValueError, "n must be at most 4, the size, got 5"),
        (2.0, 0, TypeError, "n must be an integer, got 2.0"),
        (True, 0, TypeError, "n must be an integer, got True"),
        (2, -1, ValueError, "seed must be at least 0, got -1"),
        (2, None, TypeError, "seed must be an integer, got None"),
    ],
)
def test_subset_refuses_what_it_cannot_draw(n, seed, error, message):
    with pytest.raises(error, match=message):
        subset(split([0, 0, 1, 1]), n, seed)


@pytest.fixture
def data():
    parts = (split([2, 0, 1, 2, 3]), split([3, 2, 2]), split([0, 1]))
    return FashionMNIST(*parts, ("zero", "one", "two", "three"), 10.0, 5.0)


def test_a_binary_task_has_the_positive_class_as_one(data):
    task = binary_task(data, positive="zero", negative="two")
    assert task.class_names == ("two", "zero")
    assert task.train.y.tolist() == [0, 1, 0]
    assert rows(task.train) == [0, 1, 3]
    assert task.train.x[:, 0].tolist() == [0.0, 1.0, 3.0]
    assert task.valid.y.tolist() == [0, 0]
    assert task.test.y.tolist() == [1]
    assert (task.mean, task.std) == (10.0, 5.0)
    other = binary_task(data, positive="two", negative="zero")
    assert other.class_names == ("zero", "two")
    assert other.train.y.tolist() == [1, 0, 1]


def test_without_classes_numbers_the_others_anew_in_their_order(data):
    left = without_classes(data, ["zero", "two"])
    assert left.class_names == ("one", "three")
    assert left.train.y.tolist() == [0, 1]
    assert rows(left.train) == [2, 4]
    assert left.valid.y.tolist() == [1]
    assert rows(left.test) == [1]
    assert without_classes(data, []).train.y.tolist() == data.train.y.tolist()
    assert without_classes(data, (name for name in ["zero"])).class_names[0] == "one"


@pytest.mark.parametrize(
    ("choose", "error", "message"),
    [
        (
            lambda data: binary_task(data, positive="two", negative="Two"),
            ValueError,
            "negative must be one of zero, one, two, three; got 'Two'",
        ),
        (
            lambda data: binary_task(data, positive=2, negative="two"),
            ValueError,
            "positive must be one of .*; got 2",
        ),
        (
            lambda data: binary_task(data, positive="two", negative="two"),
            ValueError,
            "positive and negative must differ, got 'two' twice",
        ),
        (
            lambda data: without_classes(data, "two"),
            TypeError,
            "names must be several names, such as a list, got 'two'",
        ),
        (
            lambda data: without_classes(data, ["two", "four"]),
            ValueError,
            "names must be one of .*; got 'four'",
        ),
        (
            lambda data: without_classes(data, data.class_names),
            ValueError,
            "names must leave a class over, got all 4",
        ),
    ],
)
def test_unknown_or_senseless_names_are_refused(data, choose, error, message):
    with pytest.raises(error, match=message):
        choose(data)


def test_counts_are_of_every_class_in_every_part(data):
    counts = class_counts(data)
    assert counts.columns.tolist() == ["train", "valid", "test"]
    assert counts.index.tolist() == ["zero", "one", "two", "three"]
    assert counts.to_numpy().tolist() == [[1, 0, 1], [1, 0, 1], [2, 2, 0], [1, 1, 0]]


def test_the_transfer_lessons_two_tasks_share_no_class_and_no_image():
    every = lab_data.load_fashion_mnist()
    b = binary_task(every, positive="Sandal", negative="Shirt")
    a = without_classes(every, ["Sandal", "Shirt"])
    assert not set(a.class_names) & set(b.class_names)
    assert class_counts(a).to_numpy().tolist() == [[1000, 500, 500]] * 8
    assert class_counts(b).to_numpy().tolist() == [[1000, 500, 500]] * 2
    names = np.array(every.class_names)[every.train.y]
    np.testing.assert_array_equal(
        np.array(b.class_names)[b.train.y], names[np.isin(names, ["Sandal", "Shirt"])]
    )
