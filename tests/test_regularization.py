"""Lesson 09's module against closed forms, finite differences and its own promises."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import gmean

from course_utils import regularization as reg
from course_utils.lab.layers import Noise
from course_utils.lab.losses import softmax_cross_entropy
from course_utils.lab.network import mlp

N = 200_000


def rng(seed=0):
    return np.random.default_rng(seed)


def weights(shape=(5, 4), seed=0, dtype=np.float64):
    return rng(seed).normal(size=shape).astype(dtype)


# --- penalties ---------------------------------------------------------------------

PENALTIES = {
    "l1": (reg.l1(0.3), lambda w: 0.3 * np.abs(w).sum()),
    "l2": (reg.l2(0.3), lambda w: 0.3 * (w**2).sum()),
    "l1_l2": (
        reg.l1_l2(0.3, 0.2),
        lambda w: 0.3 * np.abs(w).sum() + 0.2 * (w**2).sum(),
    ),
}


@pytest.mark.parametrize("name", PENALTIES)
def test_penalty_and_its_gradient(name):
    penalty, closed = PENALTIES[name]
    w, h = weights(), 1e-6
    assert penalty.loss(w) == pytest.approx(closed(w), rel=1e-12)
    gradient = penalty.gradient(w)
    for k in np.ndindex(w.shape):
        up, down = w.copy(), w.copy()
        up[k] += h
        down[k] -= h
        slope = (closed(up) - closed(down)) / (2 * h)
        assert gradient[k] == pytest.approx(slope, rel=1e-6)


def test_penalties_at_zero_and_their_dtype():
    zero = np.zeros((2, 2), np.float32)
    for penalty, _ in PENALTIES.values():
        assert not penalty.gradient(zero).any()
        assert penalty.gradient(zero).dtype == np.float32
        assert penalty.loss(zero).dtype == np.float32


def test_a_leading_axis_of_weights_is_replicas_and_of_a_kernel_is_not():
    w = weights((3, 5, 4))
    each = [reg.l2(0.1).loss(one) for one in w]
    np.testing.assert_allclose(reg.l2(0.1).loss(w), each)
    kernel = weights((3, 3, 2, 4))
    whole = reg.L2(0.1, axes=4).loss(kernel)
    assert whole == pytest.approx(0.1 * (kernel**2).sum())


def test_the_gradient_that_a_network_uses_contains_the_penalty():
    x, y = weights((6, 4)), np.array([0, 1, 2, 0, 1, 2])
    kwargs = {"seeds": 1, "dtype": np.float64}
    plain = mlp([4, 5, 3], **kwargs)
    held = mlp([4, 5, 3], penalty=reg.l2(0.1), **kwargs)
    loss, g = plain.loss_and_gradients(x, y)
    loss_held, g_held = held.loss_and_gradients(x, y)
    assert loss == loss_held
    for k in plain.dense_layers():
        added = g_held[k]["weights"] - g[k]["weights"]
        np.testing.assert_allclose(added, 0.2 * plain.parameters[k]["weights"])
        np.testing.assert_array_equal(g_held[k]["bias"], g[k]["bias"])
    total = sum((p["weights"] ** 2).sum() for p in held.parameters if p)
    assert held.penalty_loss() == pytest.approx(0.1 * total)


@settings(max_examples=30)
@given(w=st.floats(-3, 3), amount=st.floats(0, 2))
def test_soft_threshold_minimizes_what_it_should(w, amount):
    # It is the minimum of (v - w)^2 / 2 + amount |v|: no v on a fine grid is lower.
    found = reg.soft_threshold(np.array(w), amount)
    grid = np.linspace(-4, 4, 4001)
    cost = (grid - w) ** 2 / 2 + amount * np.abs(grid)
    own = (found - w) ** 2 / 2 + amount * np.abs(found)
    assert own <= cost.min() + 1e-12


def test_penalties_refuse():
    for make in (reg.l1, reg.l2, reg.L1, reg.L2):
        for bad in (-0.1, np.inf, np.nan):
            with pytest.raises(ValueError, match="strength must be >= 0"):
                make(bad)
        with pytest.raises(TypeError, match="strength must be a number, got str"):
            make("0.1")
    with pytest.raises(ValueError, match="l2 must be >= 0"):
        reg.l1_l2(0.1, -1)
    with pytest.raises(ValueError, match="axes must be >= 1, got 0"):
        reg.L2(0.1, axes=0)
    with pytest.raises(TypeError, match="weights must hold real numbers"):
        reg.l2().loss(np.array(["a"]))
    with pytest.raises(ValueError, match="amount must be >= 0"):
        reg.soft_threshold(np.ones(2), -1)


# --- dropout -----------------------------------------------------------------------


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_dropout_keeps_the_mean(rate):
    y = reg.dropout(np.ones((2, N // 2)), rate, rng())
    assert set(np.unique(y)) == {0, 1 / (1 - rate)}
    error = 6 * np.sqrt(rate / (1 - rate) / N)
    assert y.mean() == pytest.approx(1, abs=error)
    # each entry for itself: neither the rows nor the columns share a mask
    zero = y == 0
    both = (zero[0] & zero[1]).mean()
    assert both == pytest.approx(rate**2, abs=6 * rate / np.sqrt(N / 2))


def test_dropout_without_the_division_needs_the_other_factor():
    x, layer = np.full((1, N), 2.0), reg.Dropout(0.2, inverted=False)
    training, _ = layer.forward(x, {}, {}, True, rng())
    assert set(np.unique(training)) == {0, 2}
    inference, _ = layer.forward(x, {}, {}, False, None)
    np.testing.assert_allclose(inference, 1.6)
    assert training.mean() == pytest.approx(1.6, abs=6 * 0.8 / np.sqrt(N))


PIECES = [reg.Dropout(0.3), reg.Dropout(0.3, inverted=False), reg.AlphaDropout(0.3)]


@pytest.mark.parametrize("piece", PIECES, ids=repr)
@pytest.mark.parametrize("training", [True, False])
def test_backward_is_the_slope_of_forward(piece, training):
    x, back = weights((6, 5)), weights((6, 5), 1)

    def forward(x):
        return piece.forward(x, {}, {}, training, rng(3))

    gradient = piece.backward(back, forward(x)[1], {}, {})
    h = 1e-6
    for k in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[k] += h
        down[k] -= h
        slope = ((forward(up)[0] - forward(down)[0]) * back).sum() / (2 * h)
        assert gradient[k] == pytest.approx(slope, abs=1e-8)


@pytest.mark.parametrize("piece", PIECES, ids=repr)
def test_pieces_keep_dtype_draw_for_replicas_and_pickle(piece):
    x = weights((2, 7, 5), dtype=np.float32)
    together = Noise([rng(4), rng(5)], True)
    y, cache = piece.forward(x, {}, {}, True, together)
    assert y.dtype == piece.backward(x, cache, {}, {}).dtype == np.float32
    for r, seed in enumerate((4, 5)):
        alone = piece.forward(x[r], {}, {}, True, Noise([rng(seed)], False))[0]
        np.testing.assert_array_equal(y[r], alone)
    again = pickle.loads(pickle.dumps(piece))
    same = again.forward(x, {}, {}, True, Noise([rng(4), rng(5)], True))[0]
    np.testing.assert_array_equal(same, y)
    for training in (True, False):
        before = x.copy()
        piece.forward(x, {}, {}, training, rng())
        np.testing.assert_array_equal(x, before)


def test_rate_zero_changes_nothing():
    x = weights((3, 4))
    for piece in (reg.Dropout(0), reg.AlphaDropout(0.0)):
        np.testing.assert_array_equal(piece.forward(x, {}, {}, True, None)[0], x)
    for f in (reg.dropout, reg.alpha_dropout):
        np.testing.assert_array_equal(f(x, 0, rng()), x)


def test_dropout_refuses():
    for make in (reg.Dropout, reg.AlphaDropout, reg.affine_correction):
        for bad in (-0.1, 1.0, 1.5, np.nan):
            with pytest.raises(ValueError, match=r"rate must be in \[0, 1\), got"):
                make(bad)
        with pytest.raises(TypeError, match="rate must be a number, got bool"):
            make(True)
    for f in (reg.dropout, reg.alpha_dropout):
        with pytest.raises(ValueError, match=r"rate must be in \[0, 1\), got 1"):
            f(np.ones(3), 1, rng())
        with pytest.raises(ValueError, match="rng must be a random generator"):
            f(np.ones(3), 0.5, None)
        with pytest.raises(TypeError, match="x must hold real numbers"):
            f(np.array([1j]), 0.5, rng())
    with pytest.raises(ValueError, match="rng must be a random generator"):
        reg.Dropout(0.5).forward(np.ones((1, 2)), {}, {}, True, None)


@pytest.mark.parametrize("rate", [0.05, 0.2, 0.5])
def test_alpha_dropout_keeps_mean_and_variance_and_dropout_does_not(rate):
    x = weights(N)
    y = reg.alpha_dropout(x, rate, rng(1))
    assert y.mean() == pytest.approx(0, abs=0.02)
    assert y.std() == pytest.approx(1, abs=0.01)
    plain = reg.dropout(x, rate, rng(1))
    assert plain.std() == pytest.approx(1 / np.sqrt(1 - rate), abs=0.01)


def test_affine_correction_is_the_paper_s():
    for p in (0.1, 0.5):
        a, b = reg.affine_correction(p)
        low = -1.7580993408473766
        # mean and variance of a x + b, where x is N(0, 1) or `low`
        assert a * p * low + b == pytest.approx(0, abs=1e-12)
        variance = (1 - p) + p * low**2 - (p * low) ** 2
        assert a * a * variance == pytest.approx(1)


# --- the networks inside -----------------------------------------------------------


def test_every_mask_once_and_their_shares():
    masks, shares = reg.every_mask(5, 0.3)
    assert len({tuple(m) for m in masks}) == 32
    kept = masks.sum(axis=1)
    np.testing.assert_allclose(shares, 0.7**kept * 0.3 ** (5 - kept))
    assert shares.sum() == pytest.approx(1)


@settings(max_examples=20)
@given(rate=st.floats(0, 0.95), n=st.integers(1, 8))
def test_dropout_s_average_is_exact_for_one_linear_layer(rate, n):
    masks, shares = reg.every_mask(n, rate)
    h, w = weights(n), weights((n, 3), 1)
    scores = (masks * h / (1 - rate)) @ w
    np.testing.assert_allclose(shares @ scores, h @ w, atol=1e-9)


def test_with_a_softmax_it_is_the_geometric_mean():
    masks, shares = reg.every_mask(8, 0.5)
    h, w = np.abs(weights(8)), weights((8, 3), 1)
    e = np.exp((masks * h / 0.5) @ w)
    p = e / e.sum(axis=1, keepdims=True)
    whole = np.exp(h @ w) / np.exp(h @ w).sum()
    np.testing.assert_allclose(reg.geometric_mean(p, shares), whole, rtol=1e-9)
    assert np.abs(shares @ p - whole).max() > 0.01


def test_geometric_mean_is_scipy_s():
    p = rng().dirichlet(np.ones(4), size=6)
    ours = reg.geometric_mean(p, np.full(6, 1 / 6))
    theirs = gmean(p, axis=0)
    np.testing.assert_allclose(ours, theirs / theirs.sum(), rtol=1e-12)


def test_ensembles_refuse():
    with pytest.raises(ValueError, match=r"n must be <= 20, got 21"):
        reg.every_mask(21, 0.5)
    with pytest.raises(ValueError, match="probabilities must be > 0"):
        reg.geometric_mean(np.eye(2), np.array([0.5, 0.5]))
    with pytest.raises(ValueError, match=r"shares must have shape \(2,\)"):
        reg.geometric_mean(np.full((2, 2), 0.5), np.ones(3) / 3)


# --- max-norm ----------------------------------------------------------------------


@settings(max_examples=30)
@given(radius=st.floats(0.1, 5), scale=st.floats(0.01, 10), seed=st.integers(0, 99))
def test_max_norm_shortens_what_is_longer_and_nothing_else(radius, scale, seed):
    w = scale * weights((6, 5), seed)
    held = reg.max_norm(w, radius)
    before, after = np.linalg.norm(w, axis=0), np.linalg.norm(held, axis=0)
    np.testing.assert_allclose(after, np.minimum(before, radius))
    short = before <= radius
    np.testing.assert_array_equal(held[:, short], w[:, short])
    np.testing.assert_allclose(held * before, w * after)  # no direction changes


def test_max_norm_of_a_convolution():
    kernel = weights((3, 3, 4, 8), dtype=np.float32)
    held = reg.max_norm(kernel, 1.0, axis=(0, 1, 2))
    assert held.dtype == np.float32
    norms = np.linalg.norm(held.reshape(-1, 8), axis=0)
    np.testing.assert_allclose(norms, 1, rtol=1e-6)
    wrong = reg.max_norm(kernel, 1.0, axis=0)
    assert np.linalg.norm(wrong.reshape(-1, 8), axis=0).min() > 2
    last_axes = reg.MaxNorm(1.0, axis=(-4, -3, -2))(kernel)
    np.testing.assert_array_equal(last_axes, held)


def test_max_norm_at_the_edges():
    zero = np.zeros((3, 2))
    np.testing.assert_array_equal(reg.max_norm(zero, 1.0), zero)
    huge = reg.max_norm(np.full((2, 1), 3e30, np.float32), 1.0)
    np.testing.assert_allclose(huge, np.sqrt(0.5), rtol=1e-6)


def test_a_network_holds_its_weights_replica_by_replica():
    x, y = weights((40, 4)), rng().integers(0, 3, 40)
    nets = mlp([4, 6, 3], constraint=reg.MaxNorm(0.5), seeds=[0, 1])
    nets.fit(x, y, 2, 8)
    for k in nets.dense_layers():
        norms = np.linalg.norm(nets.parameters[k]["weights"], axis=-2)
        assert norms.shape[0] == 2
        assert norms.max() <= 0.5 + 1e-6
    alone = mlp([4, 6, 3], constraint=reg.MaxNorm(0.5, axis=0), seeds=1)
    alone.fit(x, y, 2, 8)
    np.testing.assert_allclose(nets.flat[1], alone.flat, atol=1e-6)


def test_max_norm_refuses():
    for bad in (0, -1, np.inf, np.nan):
        with pytest.raises(ValueError, match="radius must be > 0"):
            reg.max_norm(np.ones((2, 2)), bad)
        with pytest.raises(ValueError, match="radius must be > 0"):
            reg.MaxNorm(bad)
    with pytest.raises(ValueError, match="axis must be within the 2 axes"):
        reg.max_norm(np.ones((2, 2)), 1.0, axis=(0, 1, 2))


# --- Monte Carlo -------------------------------------------------------------------


@settings(max_examples=20)
@given(k=st.integers(1, 30), scale=st.floats(1e-3, 1e3), seed=st.integers(0, 99))
def test_running_moments_are_those_of_the_stack(k, scale, seed):
    stack = 1e3 + scale * weights((k, 4, 3), seed)
    moments = reg.RunningMoments()
    for x in stack:
        moments.add(x)
    np.testing.assert_allclose(moments.mean, stack.mean(axis=0), rtol=1e-12)
    allowed = 1e-9 * scale**2 + 1e-9
    np.testing.assert_allclose(moments.variance, stack.var(axis=0), atol=allowed)


def test_mc_predict_is_what_the_stack_says():
    stack = rng().dirichlet(np.ones(4), size=(25, 6)).astype(np.float32)
    passes = iter(stack)
    seen = reg.mc_predict(lambda x: next(passes), np.zeros((6, 2)), samples=25)
    p = stack.astype(np.float64)
    mean = p.mean(axis=0)
    np.testing.assert_allclose(seen.mean, mean, rtol=1e-6)
    np.testing.assert_allclose(seen.std, p.std(axis=0), rtol=1e-5)
    total = -(mean * np.log(mean)).sum(axis=-1)
    own = -(p * np.log(p)).sum(axis=-1).mean(axis=0)
    np.testing.assert_allclose(seen.entropy, total, rtol=1e-5)
    np.testing.assert_allclose(seen.mutual_information, total - own, rtol=1e-4)
    np.testing.assert_array_equal(seen.labels, mean.argmax(axis=-1))
    for array in (seen.mean, seen.std, seen.entropy, seen.mutual_information):
        assert array.dtype == np.float32
    assert seen.samples == 25


def test_doubt_that_all_share_is_no_disagreement_and_the_other_way_round():
    half, sure = np.full((1, 2), 0.5), iter([[[1.0, 0.0]], [[0.0, 1.0]]])
    same = reg.mc_predict(lambda x: half, half, 2)
    assert same.entropy[0] == pytest.approx(np.log(2))
    assert same.mutual_information[0] == pytest.approx(0, abs=1e-12)
    torn = reg.mc_predict(lambda x: np.array(next(sure)), half, 2)
    assert torn.entropy[0] == pytest.approx(np.log(2))
    assert torn.mutual_information[0] == pytest.approx(np.log(2))


def test_mc_predict_refuses():
    half = np.full((1, 2), 0.5)
    for bad in (0, -3):
        with pytest.raises(ValueError, match=f"samples must be >= 1, got {bad}"):
            reg.mc_predict(lambda x: half, half, bad)
    with pytest.raises(TypeError, match="samples must be an int, got float"):
        reg.mc_predict(lambda x: half, half, 10.0)
    with pytest.raises(TypeError, match="predict must be a function, got ndarray"):
        reg.mc_predict(half, half)
    with pytest.raises(ValueError, match=r"apply a softmax first"):
        reg.mc_predict(lambda x: np.array([[3.0, -1.0]]), half)
    shapes = iter([half, np.full((2, 2), 0.5)])
    with pytest.raises(ValueError, match=r"must have shape \(1, 2\), got \(2, 2\)"):
        reg.mc_predict(lambda x: next(shapes), half, 2)
    with pytest.raises(ValueError, match="variance needs at least one"):
        _ = reg.RunningMoments().variance


# --- calibration -------------------------------------------------------------------


def test_calibration_error_by_hand():
    p = np.array([[0.95, 0.05], [0.95, 0.05], [0.6, 0.4], [0.6, 0.4]])
    y = np.array([0, 1, 0, 0])
    seen = reg.reliability(p, y, bins=10)
    assert np.flatnonzero(seen.share).tolist() == [5, 9]
    np.testing.assert_allclose(seen.accuracy[[5, 9]], [1.0, 0.5])
    assert np.isnan(seen.confidence[0])
    # half of them .45 off, the other half .4
    error = reg.expected_calibration_error(p, y, bins=10)
    assert error == pytest.approx(0.425)
    assert seen.error == error


def test_who_tells_the_truth_has_no_calibration_error():
    # Labels drawn from the stated probabilities: what is left is chance.
    p = rng().dirichlet(np.ones(5), size=50_000)
    y = (p.cumsum(axis=1) > rng(1).random((50_000, 1))).argmax(axis=1)
    assert reg.expected_calibration_error(p, y) < 0.01
    assert reg.expected_calibration_error(p**3 / (p**3).sum(1, keepdims=True), y) > 0.1


def test_certain_answers_fall_into_the_last_bin():
    seen = reg.reliability(np.eye(3), np.array([0, 1, 1]), bins=4)
    assert seen.share.tolist() == [0, 0, 0, 1]
    assert seen.error == pytest.approx(1 / 3)
    everything = reg.reliability(np.eye(3), np.array([0, 1, 2]), bins=1)
    assert everything.error == 0


def test_negative_log_likelihood_is_the_network_s_loss():
    scores, y = weights((9, 4)), rng().integers(0, 4, 9)
    e = np.exp(scores)
    loss, _ = softmax_cross_entropy(scores, y)
    p = e / e.sum(axis=1, keepdims=True)
    assert reg.negative_log_likelihood(p, y) == pytest.approx(loss)
    assert reg.negative_log_likelihood(np.eye(2), np.array([0, 0])) == np.inf


def test_calibration_refuses():
    p = np.full((2, 2), 0.5)
    for f in (reg.reliability, reg.negative_log_likelihood):
        with pytest.raises(ValueError, match=r"labels must have shape \(2,\)"):
            f(p, np.array([0]))
        with pytest.raises(ValueError, match=r"labels must be in \[0, 2\), got 0 to 2"):
            f(p, np.array([0, 2]))
        with pytest.raises(TypeError, match="labels must be integers"):
            f(p, np.array([0.0, 1.0]))
        with pytest.raises(ValueError, match="sum to 1"):
            f(2 * p, np.array([0, 1]))
    with pytest.raises(ValueError, match="bins must be >= 1, got 0"):
        reg.expected_calibration_error(p, np.array([0, 1]), bins=0)
    with pytest.raises(ValueError, match="sum to 1"):
        reg.entropy(np.array([np.nan, 1.0]))


# --- the data's side ---------------------------------------------------------------


def test_smooth_labels_and_their_loss():
    t = reg.smooth_labels(np.array([2, 0]), 4, 0.2)
    np.testing.assert_allclose(t, [[0.05, 0.05, 0.85, 0.05], [0.85, 0.05, 0.05, 0.05]])
    assert t.dtype == np.float32
    scores = weights((2, 4))
    hard = reg.smooth_labels(np.array([2, 0]), 4, 0.0).astype(np.float64)
    loss, gradient = reg.soft_cross_entropy(scores, hard)
    same, same_gradient = softmax_cross_entropy(scores, np.array([2, 0]))
    assert loss == pytest.approx(same)
    np.testing.assert_allclose(gradient, same_gradient)
    by_label, _ = reg.soft_cross_entropy(scores, np.array([2, 0]))
    assert by_label == loss


def test_the_soft_loss_s_gradient():
    scores, t = weights((3, 4)), rng().dirichlet(np.ones(4), size=3)
    gradient, h = reg.soft_cross_entropy(scores, t)[1], 1e-6
    for k in np.ndindex(scores.shape):
        up, down = scores.copy(), scores.copy()
        up[k] += h
        down[k] -= h
        ends = [reg.soft_cross_entropy(z, t)[0] for z in (up, down)]
        assert gradient[k] == pytest.approx((ends[0] - ends[1]) / (2 * h), abs=1e-8)


def test_mixup_mixes_both_alike():
    n = 2_000
    labels = np.arange(n)
    x, t = reg.mixup(np.eye(n, dtype=np.float32), np.eye(n), 0.4, rng())
    np.testing.assert_allclose(x, t, atol=1e-6)  # the same partner, the same share
    assert x.dtype == np.float32
    share = t[labels, labels]
    # Beta(a, a) has mean 1/2 and variance 1 / (4 (2 a + 1))
    assert share.mean() == pytest.approx(0.5, abs=0.06)
    assert share.var() == pytest.approx(1 / (4 * 1.8), rel=0.1)


def test_shift_moves_by_at_most_so_much_in_every_direction():
    images = np.zeros((2_000, 9, 9), np.float32)
    images[:, 4, 4] = 1
    moved = reg.shift(images, 2, rng())
    rows, columns = moved.reshape(-1, 81).argmax(axis=1) // 9, moved.argmax(2).max(1)
    assert set(rows) == set(columns) == {2, 3, 4, 5, 6}
    assert len({*zip(rows.tolist(), columns.tolist(), strict=True)}) == 25
    np.testing.assert_array_equal(moved.sum(axis=(1, 2)), 1)
    filled = reg.shift(np.full((5, 16), 3.0), 1, rng(), fill=7.0)
    assert set(np.unique(filled)) == {3.0, 7.0}
    assert filled.shape == (5, 16)


def test_flip_mirrors_about_half_left_to_right():
    image = np.arange(6.0).reshape(1, 2, 3).repeat(1_000, axis=0)
    turned = reg.flip(image, rng())
    mirrored = (turned[:, 0, 0] == 2).mean()
    assert mirrored == pytest.approx(0.5, abs=0.1)
    for one in turned:
        assert one.tolist() in (image[0].tolist(), image[0][:, ::-1].tolist())


def test_the_data_s_side_refuses():
    with pytest.raises(ValueError, match=r"amount must be in \[0, 1\], got 1.5"):
        reg.smooth_labels(np.array([0]), 2, 1.5)
    with pytest.raises(ValueError, match=r"labels must be in \[0, 2\)"):
        reg.smooth_labels(np.array([2]), 2, 0.1)
    with pytest.raises(ValueError, match="alpha must be > 0"):
        reg.mixup(np.eye(2), np.eye(2), 0, rng())
    with pytest.raises(ValueError, match=r"targets must have shape \(2, classes\)"):
        reg.mixup(np.eye(2), np.eye(3), 1.0, rng())
    with pytest.raises(ValueError, match="most must be < 3, got 3"):
        reg.shift(np.zeros((2, 3, 3)), 3, rng())
    with pytest.raises(ValueError, match="images must have shape"):
        reg.flip(np.zeros((2, 5)), rng())
