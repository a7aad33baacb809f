"""The network: its gradients, its replicas, its parameters, and what it refuses.

How it trains is tested in `test_training.py`, against Keras in `tests/keras_parity`.
"""

import copy
import pickle

import numpy as np
import pytest
from scipy.special import expit, log_softmax

from course_utils import initialization
from course_utils.lab.layers import Activate, Dense, Noise
from course_utils.lab.network import Network, mlp
from course_utils.optimizers import SGD
from tests.lab.pieces import (
    Center,
    Mask,
    ScaleShift,
    SquarePenalty,
    blobs,
    clip_by_global_norm,
)

PIECES = {
    "plain": {},
    "no bias": {"use_bias": False},
    "learned scale": {"normalization": ScaleShift()},
    "scale behind": {"normalization": ScaleShift(), "normalize_first": False},
    "centered": {"normalization": Center()},
    "masked": {"dropout": Mask(0.3)},
    "penalty": {"penalty": SquarePenalty(0.1)},
    "everything": {
        "normalization": Center(),
        "dropout": Mask(0.2),
        "penalty": SquarePenalty(0.1),
        "seeds": [3, 4],
    },
}


# Gradients


def objective(net, x, y):
    """What training lowers: the loss, with fixed noise, and the penalty."""
    noise = Noise([np.random.default_rng(s) for s in net.seeds], net.replicas)
    scores = net.forward(x, True, noise)[0]
    y = np.broadcast_to(y, (*net.flat.shape[:-1], *y.shape))
    return net.loss(scores, y)[0] + net.penalty_loss()


def numeric_gradient(net, x, y, h=1e-4):
    """Fourth-order centred differences: error about h^4 of truncation, 1e-12 rounding.

    All replicas are moved at once; each has its own loss.
    """
    gradient = np.empty_like(net.flat)
    for i in range(net.n_parameters):
        kept, at = net.flat[..., i].copy(), []
        for steps in (-2, -1, 1, 2):
            net.flat[..., i] = kept + steps * h
            at.append(objective(net, x, y))
        net.flat[..., i] = kept
        gradient[..., i] = (at[0] - 8 * at[1] + 8 * at[2] - at[3]) / (12 * h)
    return gradient


def kink_margin(net, x):
    """The distance of the closest pre-activation to 0, in training mode.

    Exact zeros come from a layer below that is off, and stay where they are; a layer
    of nothing else has a margin of 0, because no gradient would pass it.
    """
    noise = Noise([np.random.default_rng(s) for s in net.seeds], net.replicas)
    outputs = [x, *net.forward(x, True, noise)[2]]
    margins = [
        np.abs(z[z != 0]).min() if z.any() else 0
        for z, layer in zip(outputs, net.layers, strict=False)
        if isinstance(layer, Activate)
    ]
    return min(margins)


def checkable(sizes, activation, **settings):
    """A network and a batch without a kink nearby, with gradients of a fair size.

    Inputs and parameters are drawn again until no ReLU stands closer to its kink than
    any step of the differences could carry it.
    """
    net = mlp(sizes, activation, dtype=np.float64, **settings)
    stds = {"weights": 1.4 / sizes[1] ** 0.5, "bias": 0.5, "beta": 0.5}
    for seed in range(200):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(4, sizes[0]))
        for parameters in net.parameters:
            for name in (n for n in parameters if n in stds):
                drawn = rng.normal(0, stds[name], parameters[name].shape)
                parameters[name][...] = drawn
        if activation != "relu" or kink_margin(net, x) > 0.003:
            return net, x, rng
    raise AssertionError("no draw without a kink nearby: make the network smaller")


def assert_gradients_match(net, x, y):
    noise = Noise([np.random.default_rng(s) for s in net.seeds], net.replicas)
    net.flat_gradient[...] = np.nan  # arbitrary content, as `Layer.backward` promises
    net.loss_and_gradients(x, y, training=True, rng=noise)
    analytic = net.views(net.flat_gradient.copy())
    numeric = net.views(numeric_gradient(net, x, y))
    whole = np.linalg.norm(net.flat_gradient)
    for k, (ours, theirs) in enumerate(zip(analytic, numeric, strict=True)):
        for name in ours:
            difference = np.linalg.norm(ours[name] - theirs[name])
            size = np.linalg.norm(ours[name]) + np.linalg.norm(theirs[name])
            # A bias that a later centring takes away has no gradient at all: there
            # only the rounding of the differences is left, small beside the rest.
            assert difference < 1e-7 * max(size, 1e-3 * whole), (k, name)


@pytest.mark.parametrize("pieces", PIECES)
@pytest.mark.parametrize("depth", [1, 2, 5])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu", "linear"])
def test_every_gradient_is_the_slope_of_the_objective(activation, depth, pieces):
    # Every parameter of every piece, in float64, to 1e-7. Catches any wrong line on
    # the way back: an order, a transpose, a forgotten slope, mask, penalty or mean.
    sizes = [3, *[4] * depth, 3]
    net, x, rng = checkable(sizes, activation, **PIECES[pieces])
    assert_gradients_match(net, x, rng.integers(0, 3, len(x)))


@pytest.mark.parametrize("replicas", [0, [5, 6]])
def test_gradients_of_regression(replicas):
    net, x, rng = checkable(
        [3, 4, 2], "tanh", loss="mean_squared_error", seeds=replicas
    )
    assert_gradients_match(net, x, rng.normal(size=(len(x), 2)))


def test_gradients_where_the_lowest_piece_is_no_dense_layer():
    # Otherwise dL/dx of the lowest dense layer is skipped, and nobody would miss it.
    layers = [ScaleShift(), Dense(4), Activate("tanh"), Dense(3)]
    net = Network(3, layers, seeds=1, dtype=np.float64)
    rng = np.random.default_rng(0)
    assert_gradients_match(net, rng.normal(size=(5, 3)), rng.integers(0, 3, 5))


def test_gradients_of_a_network_that_ends_in_an_activation():
    layers = [Dense(4), Activate("sigmoid"), Dense(3), Activate("tanh")]
    net = Network(3, layers, dtype=np.float64)
    rng = np.random.default_rng(0)
    assert_gradients_match(net, rng.normal(size=(5, 3)), rng.integers(0, 3, 5))


def test_loss_and_gradients_by_hand():
    # No hidden layer: the loss is without the penalty, the gradient with it.
    net = mlp([6, 3], seeds=1, penalty=SquarePenalty(0.3), dtype=np.float64)
    x, y = blobs(10)
    w, b = net.get_weights()
    p = x @ w + b
    loss, gradients = net.loss_and_gradients(x, y)
    assert loss == pytest.approx(-log_softmax(p, axis=-1)[np.arange(10), y].mean())
    delta = np.exp(log_softmax(p, axis=-1)) - np.eye(3)[y]
    expected = x.T @ delta / 10 + 0.3 * w
    np.testing.assert_allclose(gradients[0]["weights"], expected, rtol=1e-12)
    np.testing.assert_allclose(gradients[0]["bias"], delta.mean(axis=0), rtol=1e-12)
    assert net.penalty_loss() == pytest.approx(0.15 * (w**2).sum())


def test_passes_leave_the_data_and_the_parameters_alone():
    net = mlp([6, 5, 3], normalization=Center(), dropout=Mask())
    x, y = blobs(10)
    kept = x.copy(), y.copy(), net.flat.copy()
    noise = Noise([np.random.default_rng(0)], False)
    net.loss_and_gradients(x, y, training=True, rng=noise)
    net.evaluate(x, y)
    for array, before in zip((x, y, net.flat), kept, strict=True):
        np.testing.assert_array_equal(array, before)


# What a network is made of


def test_mlp_puts_the_pieces_where_it_says():
    norm, drop = ScaleShift(), Mask()
    kinds = [Dense, ScaleShift, Activate, Mask]
    net = mlp([6, 5, 4, 3], normalization=norm, dropout=drop)
    assert [type(layer) for layer in net.layers] == [*kinds, *kinds, Dense]
    net = mlp([6, 5, 3], normalization=norm, dropout=drop, normalize_first=False)
    kinds = [Dense, Activate, ScaleShift, Mask, Dense]
    assert [type(layer) for layer in net.layers] == kinds
    assert [w.shape for w in mlp([6, 5, 3], use_bias=False).get_weights()] == [
        (6, 5),
        (5, 3),
        (3,),
    ]


def test_the_output_layer_may_start_differently():
    zeros = initialization.normal(0.0)
    net = mlp([6, 5, 3], output_initializer=zeros)
    assert net.parameters[0]["weights"].any()
    assert not net.parameters[-1]["weights"].any()


def test_scores_are_the_formula_from_bottom_to_top():
    net = mlp([6, 5, 4, 3], "sigmoid", seeds=3, dtype=np.float64)
    x, _ = blobs(10)
    w1, b1, w2, b2, w3, b3 = net.get_weights()
    a = expit(x @ w1 + b1)
    expected = expit(a @ w2 + b2) @ w3 + b3
    np.testing.assert_allclose(net.scores(x), expected, rtol=1e-12)
    assert net.scores(x).shape == (10, 3)
    assert net.n_parameters == 6 * 5 + 5 + 5 * 4 + 4 + 4 * 3 + 3


def test_evaluate_in_any_batches_is_the_mean_over_all_examples():
    # 37 examples in batches of 10: catches a mean of unequal batches' means.
    net = mlp([6, 5, 3], dtype=np.float64)
    x, y = blobs(37)
    scores = net.scores(x)
    loss = -log_softmax(scores, axis=-1)[np.arange(37), y].mean()
    accuracy = np.mean(scores.argmax(axis=-1) == y)
    for batch in (1, 10, 37, 2000):
        seen = net.evaluate(x, y, batch=batch)
        assert seen == {
            "loss": pytest.approx(loss, rel=1e-12),
            "accuracy": pytest.approx(accuracy, rel=1e-12),
        }
        assert type(seen["loss"]) is type(seen["accuracy"]) is float


def test_evaluate_of_regression_has_no_accuracy():
    net = mlp([6, 5, 2], loss="mean_squared_error", seeds=[1, 2])
    x, _ = blobs(20)
    targets = np.random.default_rng(0).normal(size=(20, 2))
    seen = net.evaluate(x, targets, batch=7)
    assert seen.keys() == {"loss"}
    expected = ((net.scores(x) - targets) ** 2).mean(axis=(1, 2))
    np.testing.assert_allclose(seen["loss"], expected, rtol=1e-6)


def test_data_comes_in_the_networks_precision():
    # float64 data in a float32 network would run everything twice as slowly.
    net = mlp([6, 5, 3])
    x, y = blobs(10)
    assert net.scores(x.astype(np.float64)).dtype == np.float32
    assert net.scores((x * 50).astype(np.int64)).dtype == np.float32
    record = net.record(x.astype(np.float64), y)[0]
    assert record.z.dtype == record.gradient_z.dtype == np.float32


# Seeds and replicas


def test_the_same_dense_layers_start_the_same_whatever_stands_between():
    # Paired arms: a piece between must not shift the next layer's draw.
    plain = mlp([6, 5, 4, 3], seeds=11)
    full = mlp(
        [6, 5, 4, 3], "tanh", normalization=ScaleShift(), dropout=Mask(), seeds=11
    )
    deeper = mlp([6, 5, 4, 4, 3], seeds=11)
    for a, b in zip(plain.dense_layers(), full.dense_layers(), strict=True):
        np.testing.assert_array_equal(
            plain.parameters[a]["weights"], full.parameters[b]["weights"]
        )
    for k in (0, 2):
        np.testing.assert_array_equal(
            plain.parameters[k]["weights"], deeper.parameters[k]["weights"]
        )


def test_draws_scale_with_the_initializer():
    # Same seed, two standard deviations: the same weights up to the factor.
    one = mlp([6, 5, 3], initializer=initialization.normal(1.0), dtype=np.float64)
    two = mlp([6, 5, 3], initializer=initialization.normal(2.0), dtype=np.float64)
    weights = one.parameters[0]["weights"], two.parameters[0]["weights"]
    np.testing.assert_allclose(2 * weights[0], weights[1], rtol=1e-15)


def test_layers_and_seeds_have_draws_of_their_own():
    net = mlp([5, 5, 5, 5], seeds=0, initializer=initialization.normal(1.0))
    other = mlp([5, 5, 5, 5], seeds=1, initializer=initialization.normal(1.0))
    weights = [
        n.parameters[k]["weights"].ravel() for n in (net, other) for k in (0, 2, 4)
    ]
    # And none is the stream that a lesson's own default_rng(seed) would give.
    weights += [np.random.default_rng(s).standard_normal(25) for s in (0, 1)]
    for i, a in enumerate(weights):
        for b in weights[:i]:
            assert np.abs(a - b).min() > 1e-6  # in float32, equal is not identical


@pytest.mark.parametrize("pieces", ["plain", "learned scale", "everything"])
def test_each_replica_starts_as_it_would_alone(pieces):
    settings = PIECES[pieces] | {"normalization": ScaleShift()}
    together = mlp([6, 5, 3], **(settings | {"seeds": [4, 0, 9]}))
    for r, seed in enumerate([4, 0, 9]):
        alone = mlp([6, 5, 3], **(settings | {"seeds": seed}))
        np.testing.assert_array_equal(together.flat[r], alone.flat)
        for many, one in zip(together.state, alone.state, strict=True):
            assert many.keys() == one.keys()
            for name in one:
                np.testing.assert_array_equal(many[name][r], one[name])


@pytest.mark.parametrize("own", [False, True], ids=["shared batch", "own batches"])
def test_replicas_compute_what_each_would_alone(own):
    seeds, (x, y) = [4, 0, 9], blobs(12)
    xs = np.stack([x, x[::-1], -x]) if own else x
    ys = np.stack([y, y[::-1], y]) if own else y
    together = mlp([6, 5, 3], "tanh", seeds=seeds, dtype=np.float64)
    loss, gradients = together.loss_and_gradients(xs, ys)
    assert loss.shape == (3,)
    for r, seed in enumerate(seeds):
        alone = mlp([6, 5, 3], "tanh", seeds=seed, dtype=np.float64)
        mine = (xs[r], ys[r]) if own else (x, y)
        one_loss, one = alone.loss_and_gradients(*mine)
        assert loss[r] == pytest.approx(one_loss, rel=1e-14)
        for many_arrays, arrays in zip(gradients, one, strict=True):
            for name, array in arrays.items():
                np.testing.assert_allclose(many_arrays[name][r], array, rtol=1e-11)
    if not own:
        seen = together.evaluate(x, y)
        assert seen["loss"].shape == seen["accuracy"].shape == (3,)
        np.testing.assert_allclose(seen["loss"], loss, rtol=1e-12)


def test_a_list_of_one_seed_keeps_its_axis():
    net = mlp([6, 5, 3], seeds=[7])
    assert net.replicas
    assert net.flat.shape == (1, net.n_parameters)
    assert net.scores(blobs(4)[0]).shape == (1, 4, 3)
    assert mlp([6, 5, 3], seeds=np.int64(7)).flat.ndim == 1


# Parameters


@pytest.mark.parametrize("seeds", [0, [1, 2]])
def test_parameters_are_views_of_one_array(seeds):
    net = mlp([6, 5, 3], normalization=ScaleShift(), seeds=seeds)
    net.flat[...] = np.arange(net.flat.size).reshape(net.flat.shape)
    pieces = [array for piece in net.parameters for array in piece.values()]
    joined = np.concatenate(
        [array.reshape(*net.flat.shape[:-1], -1) for array in pieces], axis=-1
    )
    np.testing.assert_array_equal(joined, net.flat)
    for piece, gradients in zip(net.parameters, net.gradients, strict=True):
        assert piece.keys() == gradients.keys()
        for name in piece:
            assert np.shares_memory(piece[name], net.flat)
            assert np.shares_memory(gradients[name], net.flat_gradient)
            assert piece[name].shape == gradients[name].shape


COPIES = {
    "pickled": lambda net: pickle.loads(pickle.dumps(net)),
    "copied": copy.deepcopy,
}


@pytest.mark.parametrize("again", COPIES.values(), ids=COPIES.keys())
@pytest.mark.parametrize("seeds", [0, [1, 2]])
def test_a_copy_goes_on_as_the_original_and_apart_from_it(again, seeds):
    # Views pickled as copies would train a flat array that no layer reads.
    settings = {
        "normalization": Center(),
        "dropout": Mask(),
        "seeds": seeds,
        "initializer": initialization.normal(0.3),
        "penalty": SquarePenalty(0.1),
    }
    net = mlp([6, 5, 3], **settings)
    x, y = blobs(30)
    net.fit(x, y, epochs=1)
    twin = again(net)
    before = net.flat.copy()
    np.testing.assert_array_equal(twin.flat, before)
    twin.fit(x, y, epochs=2, optimizer=SGD(0.1))
    np.testing.assert_array_equal(net.flat, before)
    for piece in twin.parameters:
        for array in piece.values():
            assert np.shares_memory(array, twin.flat)
    net.fit(x, y, epochs=2, optimizer=SGD(0.1))
    np.testing.assert_array_equal(net.flat, twin.flat)
    np.testing.assert_array_equal(net.scores(x), twin.scores(x))


def test_get_and_set_weights():
    one, other = mlp([6, 5, 3], seeds=1), mlp([6, 5, 3], seeds=2)
    x, _ = blobs(10)
    weights = one.get_weights()
    assert [w.shape for w in weights] == [(6, 5), (5,), (5, 3), (3,)]
    other.set_weights(weights)
    np.testing.assert_array_equal(other.scores(x), one.scores(x))
    np.testing.assert_array_equal(other.flat, one.flat)
    weights[0][...] = 0  # copies, not views
    assert one.flat.all() or one.parameters[0]["weights"].any()
    one.set_weights([w.tolist() for w in other.get_weights()])
    assert one.flat.dtype == np.float32


@pytest.mark.parametrize(
    "spoil",
    [
        lambda w: w[:-1],
        lambda w: [*w, w[0]],
        lambda w: [*w[:-1], w[-1][:-1]],
        lambda w: [*w[:-1], w[-1][None]],
        lambda w: [*w[:-1], np.float32(1)],
        lambda w: [*w[:-1], ["a", "b", "c"]],
    ],
    ids=["too few", "too many", "shorter", "axis more", "number", "text"],
)
def test_set_weights_changes_all_or_nothing(spoil):
    net = mlp([6, 5, 3])
    before = net.flat.copy()
    with pytest.raises(ValueError, match=r"arrays must have shapes|could not convert"):
        net.set_weights(spoil([w + 1 for w in net.get_weights()]))
    np.testing.assert_array_equal(net.flat, before)


# What it refuses


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"seeds": []}, ValueError, r"seeds must be one or more ints >= 0, got \[\]"),
        ({"seeds": -1}, ValueError, "seeds must be one or more ints >= 0, got -1"),
        ({"seeds": [1, 2, 1]}, ValueError, "seeds must differ from one another"),
        ({"seeds": 0.5}, TypeError, "float"),
        ({"seeds": [0, 1.5]}, TypeError, "float"),
        ({"loss": "mse"}, ValueError, "loss must be one of .*got 'mse'"),
        ({"dtype": np.int64}, ValueError, "dtype must be float32 or float64, got"),
        ({"activation": "rleu"}, ValueError, "activation must be one of"),
        ({"initializer": "he"}, ValueError, "initializer must be one of"),
        ({"sizes": [6]}, ValueError, r"sizes must name inputs and outputs .*got \[6\]"),
        ({"sizes": [6, 0, 3]}, ValueError, "units must be >= 1, got 0"),
        ({"sizes": [0, 3]}, ValueError, "must be .*got"),
        ({"droput": Mask()}, TypeError, "droput"),
    ],
)
def test_settings_that_cannot_be(settings, error, message):
    with pytest.raises(error, match=message):
        mlp(**({"sizes": [6, 5, 3]} | settings))


X, Y = np.zeros((4, 6)), np.array([0, 1, 2, 0])
BAD_DATA = {
    "one example as a row": (X[0], Y, "x must have shape"),
    "features": (X[:, 1:], Y, r"x must have shape \(n, 6\)"),
    "nothing": (X[:0], Y[:0], "n >= 1"),
    "lengths": (X, Y[:-1], "labels must have shape"),
    "one-hot": (X, np.eye(3, dtype=int)[Y], "labels must have shape"),
    "floats": (X, Y.astype(float), "labels must be integers, got float64"),
    "booleans": (X, Y > 0, "labels must be integers, got bool"),
    "too high": (X, Y + 1, r"labels must be in \[0, 3\), got 1 to 3"),
    "negative": (X, Y - 1, r"labels must be in \[0, 3\), got -1 to 1"),
}


@pytest.mark.parametrize(("x", "y", "message"), BAD_DATA.values(), ids=BAD_DATA.keys())
@pytest.mark.parametrize("seeds", [0, [0, 1]])
@pytest.mark.parametrize("method", ["fit", "evaluate", "record", "loss_and_gradients"])
def test_data_that_does_not_fit(method, seeds, x, y, message):
    # NumPy alone would broadcast, or count a label of -1 from the end, in silence.
    net = mlp([6, 5, 3], seeds=seeds)
    before = net.flat.copy()
    settings = {"epochs": 1} if method == "fit" else {}
    with pytest.raises(ValueError, match=message):
        getattr(net, method)(x, y, **settings)
    np.testing.assert_array_equal(net.flat, before)


@pytest.mark.parametrize("y", [np.zeros(4), np.zeros((4, 1)), np.zeros((4, 2), int)])
@pytest.mark.parametrize("method", ["fit", "evaluate", "record", "loss_and_gradients"])
def test_targets_that_do_not_fit(method, y):
    # (n,) against scores of (n, 1) would broadcast to (n, n) and train on nonsense.
    net = mlp([6, 5, 2], loss="mean_squared_error")
    settings = {"epochs": 1} if method == "fit" else {}
    with pytest.raises(ValueError, match="targets must"):
        getattr(net, method)(X, y, **settings)


def test_a_batch_size_for_evaluation_must_be_positive():
    with pytest.raises(ValueError, match="batch must be >= 1, got 0"):
        mlp([6, 3]).evaluate(X, Y, batch=0)


def test_scores_of_data_that_does_not_fit():
    with pytest.raises(ValueError, match="x must have shape"):
        mlp([6, 3]).scores(X[:, 1:])


def test_clipping_and_constraint_are_for_training_alone():
    # The gradients that a lesson looks at are the true ones.
    x, y = blobs(10)
    plain, pieces = (
        mlp([6, 5, 3]),
        mlp([6, 5, 3], clipping=clip_by_global_norm(1e-3), constraint=np.zeros_like),
    )
    for n in (plain, pieces):
        n.loss_and_gradients(x, y)
    np.testing.assert_array_equal(plain.flat_gradient, pieces.flat_gradient)
    np.testing.assert_array_equal(plain.flat, pieces.flat)
