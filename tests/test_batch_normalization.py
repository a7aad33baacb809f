"""Normalizations by hand, by complex steps, and as pieces of a network."""

import math
import pickle
import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.batch_normalization import (
    BatchNorm,
    GroupNorm,
    LayerNorm,
    RMSNorm,
    batch_norm,
    batch_norm_backward,
    fold,
    standardize,
    standardize_backward,
    whiten,
)
from course_utils.lab.network import mlp
from course_utils.optimizers import SGD
from tests.lab.pieces import blobs

KINDS = {
    "batch": BatchNorm(),
    "layer": LayerNorm(),
    "group": GroupNorm(2),
    "RMS": RMSNorm(),
}


def drawn(*shape, seed=0, mean=0.0, std=1.0):
    return np.random.default_rng(seed).normal(mean, std, shape)


def problem(replicas=(), n=5, units=4, seed=0, mean=2.0, std=3.0):
    """Inputs, gamma, beta and a gradient from above, none of them special."""
    rng = np.random.default_rng(seed)
    x = rng.normal(mean, std, (*replicas, n, units))
    gamma, beta = rng.normal(1, 0.5, (2, *replicas, units))
    return x, gamma, beta, rng.normal(size=x.shape)


def by_complex_step(function, x):
    """d(function)/dx, one entry at a time, exact to rounding: Im f(x + ih) / h."""
    slope = np.empty(x.shape)
    for k in np.ndindex(x.shape):
        moved = x.astype(complex)
        moved[k] += 1e-30j
        slope[k] = function(moved).imag / 1e-30
    return slope


def passed(layer, x, parameters, state=None, training=True):
    """A layer's output; the caller's state is left alone."""
    state = layer.initial_state(x.shape[-1]) if state is None else state
    state = {k: v.astype(np.result_type(v, x)) for k, v in state.items()}
    return layer.forward(x, parameters, state, training, None)


# The four equations


@pytest.mark.parametrize("axis", [-2, -1])
@pytest.mark.parametrize("replicas", [(), (1,), (3,)])
def test_the_four_equations_written_out(axis, replicas):
    # Catches the n - 1 of statistics.variance, epsilon outside the root, gamma and
    # beta on the wrong axis.
    x, gamma, beta, _ = problem(replicas)
    y, _ = batch_norm(x, gamma, beta, 0.5, axis)
    for r in np.ndindex(*replicas):
        for i, j in np.ndindex(x.shape[-2:]):
            line = x[r][:, j] if axis == -2 else x[r][i]
            mean, variance = statistics.fmean(line), statistics.pvariance(line)
            x_hat = (x[r][i, j] - mean) / math.sqrt(variance + 0.5)
            assert y[r][i, j] == pytest.approx(gamma[r][j] * x_hat + beta[r][j])


@given(st.integers(2, 30), st.integers(1, 6), st.floats(0.1, 10), st.floats(-100, 100))
def test_it_forgets_the_scale_and_mean_of_its_input(n, units, scale, shift):
    x = drawn(n, units, seed=n)
    ones, zeros = np.ones(units), np.zeros(units)
    y, _ = batch_norm(x, ones, zeros, 1e-12)
    moved, _ = batch_norm(scale * x + shift, ones, zeros, 1e-12 * scale**2)
    np.testing.assert_allclose(moved, y, rtol=0, atol=1e-7)
    np.testing.assert_allclose(y.mean(axis=0), 0, atol=1e-9)


def test_epsilon_is_felt_where_the_variance_is_small():
    # std 0.01: variance 1e-4 beside an epsilon of 1e-3, so 1 / sqrt(11) is left.
    x = drawn(1000, 1, seed=1)
    x *= 0.01 / x.std()
    for epsilon, std in [(1e-3, 1 / math.sqrt(11)), (1e-5, 1 / math.sqrt(1.1))]:
        y, _ = batch_norm(x, np.ones(1), np.zeros(1), epsilon)
        assert y.std() == pytest.approx(std)
    assert batch_norm(x, np.ones(1), np.zeros(1))[0].std() == pytest.approx(
        0.3015, 1e-3
    )


def test_a_batch_of_one_is_beta_and_a_constant_unit_too():
    x, gamma, beta, _ = problem(n=1)
    np.testing.assert_array_equal(batch_norm(x, gamma, beta)[0], beta[None])
    y, _ = batch_norm(np.full((3, 4), 7.0), gamma, beta)
    np.testing.assert_allclose(y, np.tile(beta, (3, 1)))


def test_only_beta_moves_the_share_that_is_negative():
    x = drawn(10_000, 1, mean=3)
    for gamma in (0.5, 1, 3):
        y, _ = batch_norm(x, np.array([gamma]), np.zeros(1))
        np.testing.assert_array_equal(y < 0, x < x.mean())
    y, _ = batch_norm(x, np.ones(1), np.ones(1))
    assert np.mean(y < 0) == pytest.approx(0.159, abs=0.02)  # 5 standard errors


# Backward


@given(
    st.integers(1, 5),
    st.integers(1, 4),
    st.sampled_from([-2, -1]),
    st.sampled_from([1e-3, 1e-1, 2.0]),
    st.integers(0, 99),
)
@settings(max_examples=50)
def test_the_derivation_against_complex_steps(n, units, axis, epsilon, seed):
    # The classic trap, mean and variance taken as constants, is wrong by 100 %.
    x, gamma, beta, above = problem(n=n, units=units, seed=seed)

    def loss(x, gamma, beta):
        return np.sum(above * batch_norm(x, gamma, beta, epsilon, axis)[0])

    _, cache = batch_norm(x, gamma, beta, epsilon, axis)
    d_x, d_gamma, d_beta = batch_norm_backward(above, cache)
    expected = by_complex_step(lambda v: loss(v, gamma, beta), x)
    np.testing.assert_allclose(d_x, expected, rtol=1e-9, atol=1e-11)
    expected = by_complex_step(lambda v: loss(x, v, beta), gamma)
    np.testing.assert_allclose(d_gamma, expected, rtol=1e-9, atol=1e-11)
    expected = by_complex_step(lambda v: loss(x, gamma, v), beta)
    np.testing.assert_allclose(d_beta, expected, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("axis", [-2, -1])
def test_node_by_node_is_the_one_line_of_the_docstring(axis):
    x, _, _, above = problem((2,), n=7)
    x_hat, nodes = standardize(x, axis, 0.1)
    one_line = above - above.mean(axis, keepdims=True)
    one_line -= x_hat * np.mean(above * x_hat, axis, keepdims=True)
    one_line /= np.sqrt(x.var(axis, keepdims=True) + 0.1)
    np.testing.assert_allclose(standardize_backward(above, nodes, axis), one_line)


@given(st.integers(2, 20), st.integers(0, 99))
def test_no_gradient_along_what_the_layer_forgets(n, seed):
    # Shifting or scaling a unit's inputs changes nothing, so the gradient has no part
    # in these two directions.
    x, gamma, beta, above = problem(n=n, seed=seed)
    _, cache = batch_norm(x, gamma, beta, 1e-12)
    d_x, _, _ = batch_norm_backward(above, cache)
    np.testing.assert_allclose(d_x.sum(axis=0), 0, atol=1e-8)
    np.testing.assert_allclose((d_x * x).sum(axis=0), 0, atol=1e-7)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_each_layer_against_complex_steps(kind, training):
    layer = KINDS[kind]
    x, gamma, beta, above = problem()
    parameters = {"gamma": gamma, "beta": beta}
    if kind == "RMS":
        del parameters["beta"]
    state = {"moving_mean": drawn(4), "moving_variance": drawn(4, seed=1) ** 2}

    def loss(x, **moved):
        y, _ = passed(layer, x, parameters | moved, state, training)
        return np.sum(above * y)

    gradients = {name: np.full(4, np.nan) for name in parameters}
    kept = above.copy()
    _, cache = passed(layer, x, parameters, state, training)
    d_x = layer.backward(above, cache, parameters, gradients)
    np.testing.assert_array_equal(above, kept)
    np.testing.assert_allclose(d_x, by_complex_step(loss, x), rtol=1e-9, atol=1e-11)
    for name, array in parameters.items():
        expected = by_complex_step(lambda v, name=name: loss(x, **{name: v}), array)
        np.testing.assert_allclose(gradients[name], expected, rtol=1e-9)


# Training and inference


def test_moving_averages_by_hand():
    layer, x = BatchNorm(momentum=0.9), drawn(8, 2, mean=5, std=2)
    state = layer.initial_state(2)
    arrays = dict(state)
    parameters = layer.initialize(2, None)
    for k in range(1, 4):
        layer.forward(x, parameters, state, True, None)
        left = 0.9**k  # of the first values, 0 and 1
        np.testing.assert_allclose(state["moving_mean"], (1 - left) * x.mean(axis=0))
        expected = left + (1 - left) * x.var(axis=0)  # biased, as in Keras
        np.testing.assert_allclose(state["moving_variance"], expected)
    assert all(state[name] is arrays[name] for name in arrays)  # changed in place


def test_a_momentum_of_k_over_k_plus_one_is_a_plain_average():
    layer, batches = BatchNorm(), drawn(10, 6, 3, mean=4)
    state, parameters = layer.initial_state(3), layer.initialize(3, None)
    for k, batch in enumerate(batches):
        layer.momentum = k / (k + 1)
        layer.forward(batch, parameters, state, True, None)
    np.testing.assert_allclose(state["moving_mean"], batches.mean(axis=(0, 1)))
    expected = batches.var(axis=1).mean(axis=0)
    np.testing.assert_allclose(state["moving_variance"], expected)


def test_inference_uses_the_averages_and_changes_nothing():
    layer, (x, gamma, beta, _) = BatchNorm(epsilon=0.25), problem()
    state = {"moving_mean": np.full(4, 2.0), "moving_variance": np.full(4, 8.75)}
    kept, parameters = {k: v.copy() for k, v in state.items()}, {}
    parameters |= {"gamma": gamma, "beta": beta}
    y, _ = layer.forward(x, parameters, state, False, None)
    np.testing.assert_allclose(y, gamma * (x - 2) / 3 + beta)
    one, _ = layer.forward(x[:1], parameters, state, False, None)  # alone, the same
    np.testing.assert_allclose(one, y[:1])
    for name, array in kept.items():
        np.testing.assert_array_equal(state[name], array)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("training", [True, False])
def test_replicas_each_as_alone(kind, training):
    layer, (x, gamma, beta, above) = KINDS[kind], problem((3,))
    state = {"moving_mean": drawn(3, 4), "moving_variance": drawn(3, 4, seed=1) ** 2}
    parameters = {"gamma": gamma, "beta": beta}
    gradients = {name: np.empty((3, 4)) for name in parameters}
    after = {k: v.copy() for k, v in state.items()}
    y, cache = layer.forward(x, parameters, after, training, None)
    d_x = layer.backward(above, cache, parameters, gradients)
    for r in range(3):
        own = {k: v[r] for k, v in parameters.items()}
        alone = {k: v[r].copy() for k, v in state.items()}
        slopes = {k: np.empty(4) for k in own}
        expected, cache = layer.forward(x[r], own, alone, training, None)
        np.testing.assert_allclose(y[r], expected)
        np.testing.assert_allclose(d_x[r], layer.backward(above[r], cache, own, slopes))
        np.testing.assert_allclose(gradients["gamma"][r], slopes["gamma"])
        for name, array in alone.items():
            np.testing.assert_allclose(after[name][r], array)


@pytest.mark.parametrize("kind", KINDS)
def test_inputs_shared_by_replicas_and_left_alone(kind):
    layer, (x, gamma, beta, _) = KINDS[kind], problem((3,))
    state = {"moving_mean": np.zeros((3, 4)), "moving_variance": np.ones((3, 4))}
    kept = x[0].copy()
    parameters = {"gamma": gamma, "beta": beta}
    y, _ = layer.forward(x[0], parameters, state, True, None)
    own = {"gamma": gamma[1], "beta": beta[1]}
    np.testing.assert_allclose(y[1], passed(layer, x[0], own)[0])
    np.testing.assert_array_equal(x[0], kept)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("training", [True, False])
def test_float32_in_float32_out(kind, training):
    layer, (x, _, _, above) = KINDS[kind], problem()

    def single(arrays):
        return {k: v.astype(np.float32) for k, v in arrays.items()}

    parameters, state = map(single, (layer.initialize(4, None), layer.initial_state(4)))
    gradients = {k: np.empty_like(v) for k, v in parameters.items()}
    y, cache = layer.forward(x.astype("f"), parameters, state, training, None)
    d_x = layer.backward(above.astype("f"), cache, parameters, gradients)
    assert y.dtype == d_x.dtype == np.float32
    assert all(v.dtype == np.float32 for v in state.values())


@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize("scale", [True, False])
@pytest.mark.parametrize(
    "kind", [BatchNorm, LayerNorm, lambda **kwargs: GroupNorm(2, **kwargs)]
)
def test_without_gamma_or_beta(kind, center, scale):
    layer, (x, gamma, beta, above) = kind(center=center, scale=scale), problem()
    parameters = layer.initialize(4, None)
    assert list(parameters) == ["gamma"] * scale + ["beta"] * center
    parameters |= {
        k: v for k, v in (("gamma", gamma), ("beta", beta)) if k in parameters
    }
    full = {"gamma": np.ones(4), "beta": np.zeros(4)} | parameters
    y, cache = passed(layer, x, parameters)
    np.testing.assert_allclose(y, passed(kind(), x, full)[0])
    gradients = {k: np.empty(4) for k in parameters}
    layer.backward(above, cache, parameters, gradients)
    if center:
        np.testing.assert_allclose(gradients["beta"], above.sum(axis=0))


# The relatives


def test_groups_from_one_to_each_its_own():
    x, gamma, beta, _ = problem(n=3, units=6)
    parameters = {"gamma": gamma, "beta": beta}
    one = passed(GroupNorm(1), x, parameters)[0]
    np.testing.assert_allclose(one, passed(LayerNorm(), x, parameters)[0])
    each = passed(GroupNorm(6), x, parameters)[0]
    np.testing.assert_allclose(each, np.tile(beta, (3, 1)))
    pairs = passed(GroupNorm(3), x, parameters)[0]  # neighbours, not every third
    part = {k: v[2:4] for k, v in parameters.items()}
    np.testing.assert_allclose(pairs[:, 2:4], passed(LayerNorm(), x[:, 2:4], part)[0])


def test_layer_norm_treats_each_example_alone():
    x, gamma, beta, _ = problem()
    parameters = {"gamma": gamma, "beta": beta}
    together = passed(LayerNorm(), x, parameters)[0]
    alone = [passed(LayerNorm(), row[None], parameters)[0][0] for row in x]
    np.testing.assert_allclose(together, alone)


def test_rms_norm_is_layer_norm_where_the_mean_is_zero():
    x = problem()[0]
    gamma = {"gamma": np.array([1.0, 2.0, -1.0, 0.5])}
    y = passed(RMSNorm(), x, gamma)[0]
    expected = gamma["gamma"] * x / np.sqrt(np.mean(x**2, axis=1, keepdims=True) + 1e-6)
    np.testing.assert_allclose(y, expected)
    centered = x - x.mean(axis=1, keepdims=True)
    same = passed(LayerNorm(1e-6, center=False), centered, gamma)[0]
    np.testing.assert_allclose(passed(RMSNorm(), centered, gamma)[0], same)


# Folding


@pytest.mark.parametrize("with_bias", [True, False])
@pytest.mark.parametrize("replicas", [(), (3,)])
def test_two_layers_in_one(replicas, with_bias):
    x, gamma, beta, _ = problem(replicas)
    weights = drawn(*replicas, 4, 4)
    bias = drawn(*replicas, 4, seed=5) if with_bias else None
    state = {
        "moving_mean": drawn(*replicas, 4, seed=3),
        "moving_variance": drawn(*replicas, 4, seed=4) ** 2,
    }
    z = x @ weights + (0 if bias is None else bias[..., None, :])
    parameters = {"gamma": gamma, "beta": beta}
    expected, _ = BatchNorm(epsilon=0.01).forward(z, parameters, state, False, None)
    folded, moved = fold(weights, bias, gamma, beta, *state.values(), epsilon=0.01)
    np.testing.assert_allclose(x @ folded + moved[..., None, :], expected)


def test_a_convolution_kernel_is_folded_by_its_last_axis():
    kernel, gamma, beta = drawn(3, 3, 2, 4), drawn(4, seed=1), drawn(4, seed=2)
    mean, variance, bias = drawn(4, seed=3), drawn(4, seed=4) ** 2, drawn(4, seed=5)
    folded, moved = fold(kernel, bias, gamma, beta, mean, variance)
    flat = fold(kernel.reshape(18, 4), bias, gamma, beta, mean, variance)
    np.testing.assert_array_equal(folded.reshape(18, 4), flat[0])
    np.testing.assert_array_equal(moved, flat[1])


# Whitening


def cloud(n=200, features=4, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, features)) @ rng.normal(size=(features, features)) + 5


@given(st.integers(5, 60), st.integers(1, 5), st.sampled_from(["pca", "zca"]))
def test_white_is_uncorrelated_with_variance_one(n, features, method):
    white = whiten(cloud(max(n, features + 2), features, seed=n), method)
    np.testing.assert_allclose(white.mean(axis=0), 0, atol=1e-9)
    covariance = white.T @ white / len(white)
    np.testing.assert_allclose(covariance, np.eye(features), atol=1e-7)


def test_pca_turns_widest_first_and_zca_turns_back():
    x = cloud()
    centered = x - x.mean(axis=0)
    pca, zca = whiten(x), whiten(x, "zca")
    explained = np.sum((centered.T @ pca / len(x)) ** 2, axis=0)
    assert (np.diff(explained) < 0).all()  # each axis stands for less than the last
    turn = zca.T @ pca / len(x)  # what takes one to the other is a rotation
    np.testing.assert_allclose(turn @ turn.T, np.eye(4), atol=1e-9)
    map_ = np.linalg.lstsq(centered, zca, rcond=None)[0]
    np.testing.assert_allclose(map_, map_.T, atol=1e-9)  # no rotation in it
    # Of all whitenings the closest to the data: closer than PCA and its mirror images.
    standard = centered / centered.std(axis=0)
    assert np.sum((zca - centered) ** 2) < np.sum((np.abs(pca) - np.abs(centered)) ** 2)
    np.testing.assert_allclose(whiten(zca, "zca"), zca, atol=1e-9)
    # Standardizing, as batch normalization does, keeps every correlation.
    before, after = np.corrcoef(x.T), np.corrcoef(standard.T)
    np.testing.assert_allclose(after, before)
    assert np.abs(before - np.eye(4)).max() > 0.3


def test_whitening_replicas_and_with_epsilon():
    x = np.stack([cloud(seed=1), cloud(seed=2)])
    for method in ("pca", "zca"):
        for r in range(2):
            np.testing.assert_allclose(whiten(x, method)[r], whiten(x[r], method))
    twice = x[0][:, [0, 0]]  # the same feature twice: no variance across
    white = whiten(twice, epsilon=1e-6)
    np.testing.assert_allclose(white.std(axis=0), [1, 0], atol=1e-4)
    assert whiten(x.astype("f"), "zca").dtype == np.float32


def test_the_signs_of_pca_do_not_depend_on_the_linear_algebra_library():
    x = cloud()
    white = whiten(x)
    axes = np.linalg.lstsq(white, x - x.mean(axis=0), rcond=None)[0]
    largest = np.abs(axes).argmax(axis=1)
    assert (axes[np.arange(4), largest] > 0).all()


# In a network


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_a_networks_gradient_against_finite_differences(kind, training):
    x, y = blobs(12)
    net = mlp([6, 4, 4, 3], "tanh", normalization=KINDS[kind], dtype=np.float64)
    net.flat += 0.3 * drawn(net.n_parameters)
    _, gradients = net.loss_and_gradients(x, y, training)
    ours, h = np.concatenate([g.ravel() for p in gradients for g in p.values()]), 1e-5
    theirs = np.empty_like(ours)
    for k in range(net.n_parameters):
        around = []
        for step in (h, -h):
            net.flat[k] += step
            for state in net.state:  # the same start for both
                for array in state.values():
                    array[...] = 0.5
            scores = net.forward(x.astype(float), training)[0]
            around.append(float(net.loss(scores, y)[0]))
            net.flat[k] -= step
        theirs[k] = (around[0] - around[1]) / (2 * h)
    if kind == "batch" and not training:  # at the state above, not the first one
        ours = np.concatenate(
            [
                g.ravel()
                for p in net.loss_and_gradients(x, y, training)[1]
                for g in p.values()
            ]
        )
    np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_networks_train_are_pickled_and_train_on(kind):
    x, y = blobs(200)
    net = mlp([6, 8, 8, 3], "relu", normalization=KINDS[kind], use_bias=False)
    net.fit(x, y, epochs=5, optimizer=SGD(0.1))
    again = pickle.loads(pickle.dumps(net))
    for one in (net, again):
        one.fit(x, y, epochs=10, first_epoch=5, optimizer=SGD(0.1))
    np.testing.assert_array_equal(net.flat, again.flat)
    assert net.evaluate(x, y) == again.evaluate(x, y)
    assert net.evaluate(x, y)["accuracy"] > 0.8


def test_a_leftover_of_one_at_the_end_of_an_epoch_is_named():
    x, y = blobs(33)
    net = mlp([6, 4, 3], normalization=BatchNorm())
    with pytest.raises(ValueError, match=r"at least 2 examples .* batch_size"):
        net.fit(x, y, epochs=1, batch_size=32)
    net.fit(x, y, epochs=1, batch_size=31)
    assert np.isfinite(net.evaluate(x[:1], y[:1])["loss"])  # inference takes one


# What cannot be


@pytest.mark.parametrize("momentum", [-0.1, 1, 1.5, math.nan])
def test_a_momentum_out_of_range(momentum):
    with pytest.raises(ValueError, match=r"momentum must be in \[0, 1\), got"):
        BatchNorm(momentum=momentum)


@pytest.mark.parametrize("epsilon", [0, -1e-3, math.nan, math.inf])
def test_an_epsilon_out_of_range(epsilon):
    x, gamma, beta, _ = problem()
    makers = [
        lambda: BatchNorm(epsilon=epsilon),
        lambda: LayerNorm(epsilon=epsilon),
        lambda: GroupNorm(2, epsilon=epsilon),
        lambda: RMSNorm(epsilon=epsilon),
        lambda: batch_norm(x, gamma, beta, epsilon),
        lambda: fold(drawn(2, 4), None, gamma, beta, beta, gamma**2, epsilon),
    ]
    for make in makers:
        with pytest.raises(ValueError, match="epsilon must be > 0, got"):
            make()


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_features_that_do_not_fit(kind, training):
    layer = KINDS[kind]
    parameters, state = layer.initialize(4, None), layer.initial_state(4)
    for shape in [(5, 6), (4,), (0, 4)]:
        with pytest.raises(ValueError, match="x must have shape"):
            layer.forward(np.ones(shape), parameters, state, training, None)
    with pytest.raises(ValueError, match="gamma and beta must have one number"):
        batch_norm(np.ones((5, 4)), np.ones(4), np.zeros(3))


def test_groups_that_cannot_be():
    with pytest.raises(ValueError, match="groups must be >= 1, got 0"):
        GroupNorm(0)
    with pytest.raises(ValueError, match=r"divide .* got 3 groups for 4"):
        mlp([6, 4, 3], normalization=GroupNorm(3))
    with pytest.raises(ValueError, match="groups must divide"):
        passed(GroupNorm(3), np.ones((2, 4)), {})


@pytest.mark.parametrize("name", ["bias", "gamma", "beta", "mean", "variance"])
def test_a_fold_that_does_not_fit(name):
    good = {k: np.ones(4) for k in ("bias", "gamma", "beta", "mean", "variance")}
    with pytest.raises(ValueError, match=f"{name} must have one number for each of"):
        fold(np.ones((3, 4)), **(good | {name: np.ones(3)}))
    with pytest.raises(ValueError, match="variance must be >= 0, got -1"):
        fold(np.ones((3, 4)), **(good | {"variance": -np.ones(4)}))


def test_whitening_that_cannot_be():
    with pytest.raises(ValueError, match="method must be 'pca' or 'zca', got 'ica'"):
        whiten(cloud(), "ica")
    with pytest.raises(ValueError, match="epsilon must be >= 0, got -1"):
        whiten(cloud(), epsilon=-1)
    for shape in [(4,), (1, 4)]:
        with pytest.raises(ValueError, match="x must have shape"):
            whiten(np.ones(shape))
    for dependent in (cloud()[:, [0, 0, 1]], cloud(3, 4), np.ones((5, 2))):
        with pytest.raises(ValueError, match="linearly independent features"):
            whiten(dependent)
