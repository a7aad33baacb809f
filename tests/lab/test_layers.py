"""Dense, Activate and Noise by hand; their gradients end to end in `test_network`."""

import numpy as np
import pytest

from course_utils import activations, initialization
from course_utils.lab.layers import Activate, Dense, Layer, Noise


def dense(n, d, units, replicas=(), use_bias=True, seed=0):
    """A layer, its parameters, a batch and a gradient from above, all float64."""
    rng = np.random.default_rng(seed)
    parameters = {"weights": rng.normal(size=(*replicas, d, units))}
    if use_bias:
        parameters["bias"] = rng.normal(size=(*replicas, units))
    layer = Dense(units, use_bias=use_bias)
    x = rng.normal(size=(*replicas, n, d))
    return layer, parameters, x, rng.normal(size=(*replicas, n, units))


@pytest.mark.parametrize("replicas", [(), (1,), (3,)])
@pytest.mark.parametrize("use_bias", [True, False])
def test_dense_is_a_sum_over_inputs_written_out(replicas, use_bias):
    # Loops against matrix algebra: catches a transposed product, a bias added to the
    # wrong axis, gradients summed over units instead of examples.
    n, d, units = 4, 3, 2
    layer, parameters, x, above = dense(n, d, units, replicas, use_bias)
    z, cache = layer.forward(x, parameters, {}, True, None)
    gradients = {k: np.full_like(v, np.nan) for k, v in parameters.items()}
    arrays = dict(gradients)
    below = layer.backward(above.copy(), cache, parameters, gradients)
    for r in np.ndindex(*replicas):
        w = parameters["weights"][r]
        b = parameters["bias"][r] if use_bias else np.zeros(units)
        for i, j in np.ndindex(n, units):
            expected = sum(x[r][i, k] * w[k, j] for k in range(d)) + b[j]
            assert z[r][i, j] == pytest.approx(expected)
        for k, j in np.ndindex(d, units):
            expected = sum(x[r][i, k] * above[r][i, j] for i in range(n))
            assert gradients["weights"][r][k, j] == pytest.approx(expected)
        for i, k in np.ndindex(n, d):
            expected = sum(above[r][i, j] * w[k, j] for j in range(units))
            assert below[r][i, k] == pytest.approx(expected)
        if use_bias:
            np.testing.assert_allclose(gradients["bias"][r], sum(above[r]))
    # Written into, not over: the network's flat gradient would go stale.
    assert all(gradients[name] is arrays[name] for name in arrays)


def test_inputs_shared_by_replicas():
    layer, parameters, x, _ = dense(5, 3, 2, (4,))
    shared = x[0]
    z, _ = layer.forward(shared, parameters, {}, False, None)
    for r in range(4):
        one = {name: array[r] for name, array in parameters.items()}
        np.testing.assert_array_equal(
            z[r], layer.forward(shared, one, {}, False, None)[0]
        )


def test_a_pass_leaves_inputs_parameters_and_gradients_from_above_alone():
    layer, parameters, x, above = dense(4, 3, 2)
    before = x.copy(), above.copy(), {k: v.copy() for k, v in parameters.items()}
    _, cache = layer.forward(x, parameters, {}, True, None)
    gradients = {k: np.empty_like(v) for k, v in parameters.items()}
    layer.backward(above, cache, parameters, gradients)
    np.testing.assert_array_equal(x, before[0])
    np.testing.assert_array_equal(above, before[1])
    for name, array in before[2].items():
        np.testing.assert_array_equal(parameters[name], array)


def test_the_gradient_for_parameters_alone_is_the_same():
    layer, parameters, x, above = dense(4, 3, 2)
    _, cache = layer.forward(x, parameters, {}, True, None)
    full = {k: np.empty_like(v) for k, v in parameters.items()}
    part = {k: np.empty_like(v) for k, v in parameters.items()}
    layer.backward(above.copy(), cache, parameters, full)
    layer.backward_to_parameters(above.copy(), cache, part)
    for name in full:
        np.testing.assert_array_equal(full[name], part[name])


def test_dense_starts_from_its_initializer_and_no_bias():
    layer = Dense(7, "he_normal")
    made = layer.initialize(5, np.random.default_rng(3))
    expected = initialization.he_normal((5, 7), np.random.default_rng(3))
    np.testing.assert_array_equal(made["weights"], expected)
    np.testing.assert_array_equal(made["bias"], np.zeros(7))
    assert layer.output_size(5) == 7
    assert list(Dense(7, use_bias=False).initialize(5, np.random.default_rng(3))) == [
        "weights"
    ]


@pytest.mark.parametrize("name", sorted(activations.ACTIVATIONS))
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_activate_is_the_lessons_function_and_slope(name, dtype):
    rng = np.random.default_rng(0)
    x, above = rng.normal(0, 2, (2, 3, 50, 4)).astype(dtype)
    layer, activation = Activate(name), activations.get(name)
    kept = x.copy(), above.copy()
    a, cache = layer.forward(x, {}, {}, True, None)
    below = layer.backward(above, cache, {}, {})
    np.testing.assert_array_equal(x, kept[0])
    np.testing.assert_array_equal(above, kept[1])
    # A slope taken from the output may lose the last digits of 1.76 (SELU).
    small = {"rtol": 2e-6, "atol": 5e-7}
    tolerance = small if dtype == np.float32 else {"rtol": 1e-12, "atol": 1e-14}
    np.testing.assert_allclose(a, activation.function(x), **tolerance)
    np.testing.assert_allclose(below, above * activation.derivative(x), **tolerance)
    assert a.dtype == below.dtype == dtype


def test_activate_uses_the_slope_of_z_where_there_is_no_other():
    own = activations.Activation("cube", lambda z: z**3, lambda z: 3 * z**2)
    x = np.array([[1.0, -2.0]])
    a, cache = Activate(own).forward(x, {}, {}, True, None)
    np.testing.assert_array_equal(a, [[1.0, -8.0]])
    np.testing.assert_array_equal(
        Activate(own).backward(np.ones((1, 2)), cache, {}, {}), [[3.0, 12.0]]
    )


@pytest.mark.parametrize("draw", ["random", "standard_normal"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_each_replica_draws_what_it_would_draw_alone(draw, dtype):
    def generators():
        return [np.random.default_rng(s) for s in (4, 5, 6)]

    together = Noise(generators(), True)
    drawn = [getattr(together, draw)((3, 2, 5), dtype=dtype) for _ in range(2)]
    for r, generator in enumerate(generators()):
        alone = Noise([generator], False)
        for one in drawn:
            assert one.dtype == dtype
            expected = getattr(alone, draw)((2, 5), dtype=dtype)
            np.testing.assert_array_equal(one[r], expected)


def test_noise_is_uniform_or_normal_as_named():
    # 10,000 draws: the variances 1/12 and 1 lie 40 standard errors apart.
    noise = Noise([np.random.default_rng(0)], False)
    assert noise.random((10_000,)).var() == pytest.approx(1 / 12, rel=0.05)
    assert noise.standard_normal((10_000,)).var() == pytest.approx(1, rel=0.1)


@pytest.mark.parametrize("rate", [0.2, 0.5, 0.999, 1e-3])
def test_a_mask_drops_each_entry_alone_at_its_rate(rate):
    # Six standard errors of 2e6 coins. Without the second digits, 0.2 would become 52
    # of 256 and 0.001 one of 256: eleven and more standard errors away.
    n = 2_000_000
    keep = Noise([np.random.default_rng(1)], False).keep_mask((2, n // 2), rate)
    assert keep.shape == (2, n // 2)
    assert keep.dtype == bool
    error = 6 * np.sqrt(rate * (1 - rate) / n)
    assert abs((~keep).mean() - rate) < error
    neighbours = (~keep[:, 1:] & ~keep[:, :-1]).mean()
    assert abs(neighbours - rate**2) < 6 * np.sqrt(rate**2 / n)
    assert abs((~keep[0] & ~keep[1]).mean() - rate**2) < 6 * np.sqrt(2 * rate**2 / n)


def test_masks_of_replicas_are_those_they_would_draw_alone():
    def generators():
        return [np.random.default_rng(s) for s in (4, 5)]

    together = Noise(generators(), True).keep_mask((2, 3, 7), 0.3)
    for r, generator in enumerate(generators()):
        alone = Noise([generator], False).keep_mask((3, 7), 0.3)
        np.testing.assert_array_equal(together[r], alone)


def test_rate_zero_keeps_everything_and_rate_one_is_none():
    noise = Noise([np.random.default_rng(0)], False)
    assert noise.keep_mask((3, 4), 0.0).all()
    for rate in (-0.1, 1.0, np.nan):
        with pytest.raises(ValueError, match=r"rate must be in \[0, 1\), got"):
            noise.keep_mask((3, 4), rate)


def test_a_piece_may_leave_out_what_it_does_not_need():
    piece = Layer()
    assert piece.output_size(5) == 5
    assert piece.initialize(5, np.random.default_rng(0)) == {}
    assert piece.initial_state(5) == {}
    with pytest.raises(NotImplementedError):
        piece.forward(np.ones((1, 5)), {}, {}, False, None)
    with pytest.raises(NotImplementedError):
        piece.backward(np.ones((1, 5)), None, {}, {})


def test_layers_that_cannot_be():
    with pytest.raises(ValueError, match="units must be >= 1, got 0"):
        Dense(0)
    with pytest.raises(ValueError, match="initializer must be one of"):
        Dense(3, "he")
    with pytest.raises(ValueError, match="activation must be one of"):
        Activate("rleu")
