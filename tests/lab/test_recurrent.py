"""The recurrent piece: against a loop over numbers, finite differences, replicas."""

import pickle

import numpy as np
import pytest

from course_utils import initialization as init
from course_utils.lab.layers import Dense
from course_utils.lab.network import Network
from course_utils.lab.recurrent import Recurrent, back_through_time, first_symbol
from course_utils.optimizers import SGD

STEPS, FEATURES, UNITS, CLASSES = 5, 3, 4, 3


def small(seeds=0, **settings):
    layers = [Recurrent(UNITS, STEPS), Dense(CLASSES)]
    return Network(STEPS * FEATURES, layers, seeds=seeds, **settings)


def data(n=6, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, STEPS * FEATURES)), rng.integers(CLASSES, size=n)


def test_forward_is_the_recurrence_number_by_number():
    net = small(dtype=np.float64)
    net.flat[...] = np.random.default_rng(1).normal(size=net.flat.shape)
    x, _ = data()
    w, u, b = (net.parameters[0][k] for k in ("weights", "recurrent", "bias"))
    for row, last in zip(x, net.forward(x)[2][0], strict=True):
        h = [0.0] * UNITS
        for t in range(STEPS):
            now = row[t * FEATURES : (t + 1) * FEATURES]
            h = [
                np.tanh(
                    sum(now[i] * w[i, j] for i in range(FEATURES))
                    + sum(h[i] * u[i, j] for i in range(UNITS))
                    + b[j]
                )
                for j in range(UNITS)
            ]
        np.testing.assert_allclose(last, h, rtol=1e-12)


def test_every_gradient_is_the_slope_of_the_loss():
    net = small(dtype=np.float64)
    net.flat[...] = np.random.default_rng(2).normal(size=net.flat.shape) * 0.7
    x, y = data()
    net.loss_and_gradients(x, y)
    by_hand, step = net.flat_gradient.copy(), 1e-6
    for k in range(net.n_parameters):
        kept, losses = net.flat[k], []
        for sign in (1, -1):
            net.flat[k] = kept + sign * step
            losses.append(float(net.loss(net.scores(x), y)[0]))
        net.flat[k] = kept
        slope = (losses[0] - losses[1]) / (2 * step)
        assert by_hand[k] == pytest.approx(slope, rel=1e-6, abs=1e-9)


def test_the_gradient_for_the_inputs():
    piece, rng = Recurrent(UNITS, STEPS), np.random.default_rng(3)
    parameters = piece.initialize(STEPS * FEATURES, rng)
    parameters["recurrent"] *= 1.5
    x, above = rng.normal(size=(2, STEPS * FEATURES)), rng.normal(size=(2, UNITS))
    gradients = {k: np.full_like(v, np.nan) for k, v in parameters.items()}

    def value(x):
        return float((piece.forward(x, parameters, {}, True, None)[0] * above).sum())

    _, cache = piece.forward(x, parameters, {}, True, None)
    kept = x.copy(), above.copy()
    to_inputs = piece.backward(above, cache, parameters, gradients)
    np.testing.assert_array_equal(x, kept[0])
    np.testing.assert_array_equal(above, kept[1])
    assert all(np.isfinite(g).all() for g in gradients.values())
    for place in np.ndindex(x.shape):
        nudge = np.zeros_like(x)
        nudge[place] = 1e-6
        slope = (value(x + nudge) - value(x - nudge)) / 2e-6
        assert to_inputs[place] == pytest.approx(slope, rel=1e-6, abs=1e-9)


def test_back_through_time_is_a_power_of_one_matrix():
    # Where every state is 0, f' is 1: T - t factors of U and nothing else.
    recurrent = np.random.default_rng(4).normal(size=(UNITS, UNITS))
    gradient = np.ones((1, UNITS))
    delta = back_through_time(gradient, np.zeros((STEPS + 1, 1, UNITS)), recurrent)
    for t in range(STEPS):
        factor = np.linalg.matrix_power(recurrent.T, STEPS - 1 - t)
        np.testing.assert_allclose(delta[t], gradient @ factor, rtol=1e-10)


def test_replicas_are_networks_of_their_own():
    together, (x, y) = small(seeds=[5, 6]), data(20)
    together.fit(x, y, epochs=3, batch_size=8, optimizer=SGD(0.1, 0.9))
    for r, seed in enumerate((5, 6)):
        alone = small(seeds=seed)
        alone.fit(x, y, epochs=3, batch_size=8, optimizer=SGD(0.1, 0.9))
        np.testing.assert_allclose(together.flat[r], alone.flat, rtol=1e-4, atol=1e-6)
        seen = together.scores(x)[r]  # one x for both
        np.testing.assert_allclose(seen, alone.scores(x), rtol=1e-3, atol=1e-5)


def test_it_starts_as_it_is_told_and_travels():
    piece = Recurrent(UNITS, STEPS, recurrent_initializer=init.normal(0.01))
    drawn = piece.initialize(STEPS * FEATURES, np.random.default_rng(0))
    assert [v.shape for v in drawn.values()] == [(3, 4), (4, 4), (4,)]
    assert np.abs(drawn["recurrent"]).max() < 0.1
    u = Recurrent(9, 2).initialize(4, np.random.default_rng(0))["recurrent"]
    np.testing.assert_allclose(u.T @ u, np.eye(9), atol=1e-6)
    net = pickle.loads(pickle.dumps(small()))
    np.testing.assert_array_equal(net.flat, small().flat)
    assert net.scores(np.float32(data()[0])).dtype == np.float32


def test_a_short_memory_is_learned():
    # Chance is a quarter; what does not reach back to the first step stays there.
    x, y = first_symbol(500, n_steps=8, seed=0)
    net = Network(x.shape[-1], [Recurrent(16, 8), Dense(4)], seeds=0)
    net.fit(x, y, epochs=5, optimizer=SGD(0.03, 0.9))
    new = first_symbol(500, n_steps=8, seed=1)
    assert net.evaluate(*new)["accuracy"] > 0.95


def test_first_symbol_is_in_the_first_step_alone():
    x, y = first_symbol(300, n_steps=6, seed=2, n_symbols=5, noise=0.0)
    steps = x.reshape(300, 6, 5)
    np.testing.assert_array_equal(steps[:, 0].argmax(axis=1), y)
    np.testing.assert_array_equal(steps[:, 0].sum(axis=1), 1)
    assert not steps[:, 1:].any()
    assert (x.dtype, set(y)) == (np.float32, set(range(5)))
    noisy, same = first_symbol(3000, n_steps=6, seed=2, noise=0.5)
    assert noisy.reshape(3000, 6, 4)[:, 1:].std() == pytest.approx(0.5, rel=0.02)
    again = first_symbol(3000, n_steps=6, seed=2, noise=0.5)
    np.testing.assert_array_equal(again[0], noisy)
    np.testing.assert_array_equal(again[1], same)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Recurrent(0, 5), "units and n_steps must be >= 1, got 0 and 5"),
        (lambda: Recurrent(5, 0), "units and n_steps must be >= 1, got 5 and 0"),
        (lambda: Recurrent(5, 4).output_size(10), "divide into 4 steps, got 10"),
        (lambda: Recurrent(5, 4, "He"), "initializer"),
        (lambda: first_symbol(0, 5, 0), "n and n_steps must be >= 1"),
        (lambda: first_symbol(5, 0, 0), "n and n_steps must be >= 1"),
        (lambda: first_symbol(5, 5, 0, n_symbols=1), "n_symbols >= 2"),
        (lambda: first_symbol(5, 5, 0, noise=float("nan")), "noise >= 0"),
    ],
)
def test_bad_settings(make, text):
    with pytest.raises(ValueError, match=text):
        make()
