"""Clips against their definitions: what is kept, what is shortened, what is refused."""

import math
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from course_utils.gradient_clipping import (
    NormHistory,
    angle,
    clip_by_global_norm,
    clip_by_norm,
    clip_by_value,
    global_norm,
    norm_history,
    threshold_from,
)

CLIPS = [clip_by_value, clip_by_norm, clip_by_global_norm]
every_clip = pytest.mark.parametrize("clip", CLIPS)

ordinary = st.floats(-1e3, 1e3, width=32)
limits = st.floats(1e-3, 1e3)


def gradient_lists(elements=ordinary, dtype=np.float32):
    one = arrays(
        dtype, array_shapes(min_dims=0, max_dims=3, max_side=4), elements=elements
    )
    return st.lists(one, min_size=1, max_size=4)


def long(gradients):
    """All entries as one float64 vector, by the definition."""
    return np.concatenate([np.ravel(g).astype(np.float64) for g in gradients])


# what each clip is


@given(gradient_lists(), limits)
def test_by_value_each_entry_alone(gradients, limit):
    for g, clipped in zip(gradients, clip_by_value(gradients, limit), strict=True):
        for before, after in zip(g.flat, clipped.flat, strict=True):
            expected = math.copysign(min(abs(before), limit), before)
            assert after == pytest.approx(expected, rel=1e-6)


@given(gradient_lists(), limits)
def test_by_norm_each_array_alone(gradients, limit):
    for g, clipped in zip(gradients, clip_by_norm(gradients, limit), strict=True):
        norm = math.sqrt(sum(float(v) ** 2 for v in g.flat))
        factor = min(1.0, limit / norm) if norm else 1.0
        expected = g.astype(np.float64) * factor
        np.testing.assert_allclose(clipped, expected, rtol=1e-6, atol=1e-30)


@given(gradient_lists(), limits)
def test_by_global_norm_one_factor_for_all(gradients, limit):
    norm = math.sqrt(sum(float(v) ** 2 for v in long(gradients)))
    factor = min(1.0, limit / norm) if norm else 1.0
    clipped = clip_by_global_norm(gradients, limit)
    expected = long(gradients) * factor
    np.testing.assert_allclose(long(clipped), expected, rtol=1e-6, atol=1e-30)


def test_the_textbook_gradient():
    # Turned to the diagonal, or kept on its way: y is far from x in the second.
    gradient = [np.array([0.9, 100.0])]
    np.testing.assert_allclose(clip_by_value(gradient, 1.0)[0], [0.9, 1.0])
    length = math.hypot(0.9, 100)
    for clip in (clip_by_norm, clip_by_global_norm):
        np.testing.assert_allclose(clip(gradient, 1.0)[0], [0.9 / length, 100 / length])


def test_two_arrays_tell_per_array_from_global():
    gradients = [np.array([3.0, 4.0]), np.array([0.3, 0.4])]
    alone, together = (clip(gradients, 1.0) for clip in CLIPS[1:])
    np.testing.assert_allclose(long(alone), [0.6, 0.8, 0.3, 0.4])
    length = math.sqrt(25.25)
    np.testing.assert_allclose(long(together), np.array([3, 4, 0.3, 0.4]) / length)
    cosine = (0.6 * 3 + 0.8 * 4 + 0.3 * 0.3 + 0.4 * 0.4) / length / math.sqrt(1.25)
    assert angle(gradients, alone) == pytest.approx(math.degrees(math.acos(cosine)))
    assert angle(gradients, together) == pytest.approx(0, abs=1e-5)


@given(gradient_lists(st.floats(-1e3, 1e3), np.float64), limits)
def test_global_norm_never_turns_the_step(gradients, limit):
    clipped = clip_by_global_norm(gradients, limit)
    assert global_norm(clipped) <= limit * (1 + 1e-12)
    if long(gradients).any():
        assert angle(gradients, clipped) < 1e-5


# what all clips share


@every_clip
@given(gradients=gradient_lists(), limit=limits)
def test_a_clip_is_new_arrays_and_clips_once(clip, gradients, limit):
    kept = [g.copy() for g in gradients]
    clipped = clip(gradients, limit)
    for g, before, after in zip(gradients, kept, clipped, strict=True):
        np.testing.assert_array_equal(g, before)
        assert isinstance(after, np.ndarray)
        assert (after.dtype, after.shape) == (g.dtype, g.shape)
        assert not np.shares_memory(after, g)
    np.testing.assert_allclose(long(clip(clipped, limit)), long(clipped), rtol=1e-6)


@every_clip
def test_what_is_short_enough_stays_bit_for_bit(clip):
    gradients = [np.float32([[0.1, -0.3]]), np.float64([1 / 3])]
    for g, after in zip(gradients, clip(gradients, 10), strict=True):
        np.testing.assert_array_equal(after, g)


@every_clip
def test_zero_stays_zero_and_empty_arrays_pass(clip):
    gradients = [np.zeros((2, 3), np.float32), np.zeros((0, 4), np.float32)]
    for g, after in zip(gradients, clip(gradients, 1.0), strict=True):
        np.testing.assert_array_equal(after, g)
    assert clip([], 1.0) == []


@every_clip
@pytest.mark.parametrize(
    ("dtype", "size"),
    [("f4", 1e30), ("f4", 3e38), ("f4", 1e-38), ("f8", 1e308), ("f8", 1e-308)],
)
def test_no_square_overflows_or_underflows(clip, dtype, size):
    # 1e30 squared is beyond float32; 1e308 squared beyond float64.
    gradients = [np.array([3, 4], dtype) * np.array(size / 4, dtype)]
    assert np.isfinite(gradients[0]).all()
    limit = size / 8
    clipped = clip(gradients, limit)[0] / np.array(limit, dtype)
    expected = [1, 1] if clip is clip_by_value else [0.6, 0.8]
    np.testing.assert_allclose(clipped, expected, rtol=1e-5)


@every_clip
def test_a_limit_beyond_float32(clip):
    gradients = [np.float32([3e38, -3e38])]
    np.testing.assert_array_equal(clip(gradients, 1e300)[0], gradients[0])


@every_clip
@pytest.mark.parametrize("limit", [0, -1.0, math.nan, math.inf])
def test_a_limit_that_is_none(clip, limit):
    with pytest.raises(ValueError, match="limit must be > 0 and finite, got"):
        clip([np.ones(2)], limit)


@every_clip
@pytest.mark.parametrize("limit", [None, "1", True, [1.0], 1j])
def test_a_limit_that_is_no_number(clip, limit):
    with pytest.raises(TypeError, match="limit must be a number > 0, got"):
        clip([np.ones(2)], limit)


@pytest.mark.parametrize(
    "function", [*(partial(c, limit=1) for c in CLIPS), global_norm]
)
@pytest.mark.parametrize(
    ("bad", "what"),
    [(math.nan, "NaN"), (math.inf, "infinity"), (-math.inf, "infinity")],
)
def test_not_finite_says_which_array(function, bad, what):
    broken = np.ones((2, 3))
    broken[1, 2] = bad
    text = rf"gradients\[1\], shape \(2, 3\), must be finite, got {what}"
    with pytest.raises(ValueError, match=text):
        function([np.ones(4), broken, broken])


@every_clip
def test_not_a_list_of_real_arrays(clip):
    # An array alone would be taken for a list of its rows.
    with pytest.raises(TypeError, match="must be a list of arrays, got ndarray"):
        clip(np.array([0.9, 100.0]), 1.0)
    with pytest.raises(TypeError, match=r"gradients\[0\] must be real numbers"):
        clip([np.array([1j])], 1.0)
    with pytest.raises(TypeError, match=r"gradients\[1\] must be real numbers"):
        clip([np.ones(1), np.array(["a"])], 1.0)


@every_clip
def test_whole_numbers_are_taken_as_floats(clip):
    clipped = clip([np.array([0, 7])], 1.0)[0]
    assert clipped.dtype == np.float64
    np.testing.assert_allclose(clipped, [0, 1])


# lengths and angles


@given(gradient_lists())
def test_global_norm_is_the_length_of_one_vector(gradients):
    assert global_norm(gradients) == pytest.approx(np.linalg.norm(long(gradients)))


def test_global_norm_of_nothing():
    assert global_norm([]) == 0


@pytest.mark.parametrize("degrees", [0, 1e-6, 1e-3, 1, 45, 90, 135, 179, 180])
def test_angles_large_and_tiny(degrees):
    # The arc cosine of a rounded cosine would make 0 of the second.
    turn = math.radians(degrees)
    ours = [np.array([1e-200]), np.array([[0.0]])]
    others = [np.array([5e100 * math.cos(turn)]), np.array([[5e100 * math.sin(turn)]])]
    assert angle(ours, others) == pytest.approx(degrees, rel=1e-9, abs=1e-12)
    assert angle(others, ours) == pytest.approx(degrees, rel=1e-9, abs=1e-12)


def test_angles_that_do_not_exist():
    one, zero = [np.ones(2)], [np.zeros(2)]
    with pytest.raises(ValueError, match="gradients must not be zero"):
        angle(zero, one)
    with pytest.raises(ValueError, match="others must not be zero"):
        angle(one, zero)
    with pytest.raises(ValueError, match=r"others must have shapes \[\(2,\)\], got"):
        angle(one, [np.ones(1), np.ones(1)])
    with pytest.raises(ValueError, match=r"others\[0\].* must be finite, got NaN"):
        angle(one, [np.array([math.nan, 1])])


# histories and thresholds


def test_a_history_looks_before_it_clips():
    history = norm_history(partial(clip_by_global_norm, limit=1.0))
    clipped = [history([np.array([3.0, 4.0]) * k]) for k in (1, 0.01)]
    assert history.norms == pytest.approx([5, 0.05])
    np.testing.assert_allclose(clipped[0][0], [0.6, 0.8])
    np.testing.assert_allclose(clipped[1][0], [0.03, 0.04])
    assert norm_history().norms == []


def test_a_history_without_a_clip_changes_nothing():
    gradients, history = [np.array([3.0, 4.0])], NormHistory()
    assert history(gradients)[0] is gradients[0]
    with pytest.raises(TypeError, match=r"clip must be a function or None, got 1\.0"):
        NormHistory(1.0)


def test_a_threshold_lets_its_share_through():
    norms = np.random.default_rng(0).lognormal(size=999)
    history = NormHistory()
    for n in norms:
        history([np.array([n])])
    for quantile in (0.0, 0.5, 0.9, 1.0):
        limit = threshold_from(history, quantile)
        assert np.mean(norms <= limit) == pytest.approx(quantile, abs=0.002)
        assert limit == pytest.approx(threshold_from(list(norms), quantile))
    assert threshold_from(norms) == threshold_from(norms, 0.9)


def test_one_outlier_hardly_moves_a_threshold():
    calm = [1.0] * 99
    assert threshold_from([*calm, 1e30]) == threshold_from(calm)


@pytest.mark.parametrize(
    ("history", "quantile", "text"),
    [
        ([], 0.9, "history must hold norms"),
        (NormHistory(), 0.9, "history must hold norms"),
        ([[1.0]], 0.9, "history must hold norms"),
        ([1.0, math.nan], 0.9, "finite norms >= 0"),
        ([1.0, math.inf], 0.9, "finite norms >= 0"),
        ([1.0, -1.0], 0.9, "finite norms >= 0"),
        ([1.0], -0.1, r"quantile must be in \[0, 1\], got -0.1"),
        ([1.0], 90, r"quantile must be in \[0, 1\], got 90"),
        ([1.0], math.nan, r"quantile must be in \[0, 1\], got nan"),
        ([0.0, 0.0, 1.0], 0.5, "a limit must be > 0"),
    ],
)
def test_no_threshold(history, quantile, text):
    with pytest.raises(ValueError, match=text):
        threshold_from(history, quantile)
