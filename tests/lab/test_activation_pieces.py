"""Learned, random and grouped activations as pieces of a network."""

import pickle

import numpy as np
import pytest

from course_utils import activations as act
from course_utils.lab.activation_pieces import Maxout, PReLU, RReLU
from course_utils.lab.layers import Noise
from course_utils.lab.network import mlp
from course_utils.optimizers import SGD

PIECES = {"PReLU": PReLU(0.2), "RReLU": RReLU(0.1, 0.6), "Maxout": Maxout(3)}
SIZES = [5, 6, 6, 4]
rng = np.random.default_rng(0)
X, Y = rng.normal(size=(12, 5)), rng.integers(0, 4, 12)


def noise(seeds, replicas):
    """The same random slopes at every call."""
    return Noise([np.random.default_rng(s) for s in seeds], replicas)


@pytest.mark.parametrize("seeds", [3, [3, 4]], ids=["one", "replicas"])
@pytest.mark.parametrize("name", PIECES)
def test_gradients_are_those_of_finite_differences(name, seeds):
    # In float64, every parameter of the network, slopes of PReLU included. Catches an
    # alpha summed over the wrong axis, a loser that gets a gradient, new random
    # slopes on the way back.
    net = mlp(SIZES, PIECES[name], "he_normal", seeds=seeds, dtype=np.float64)

    def loss():
        draws = noise(net.seeds, net.replicas)
        return net.loss_and_gradients(X, Y, training=True, rng=draws)[0].sum()

    loss()
    gradient, h = net.flat_gradient.copy(), 1e-6
    numeric = np.empty_like(gradient)
    for place in np.ndindex(net.flat.shape):
        kept = net.flat[place]
        net.flat[place] = kept + h
        above = loss()
        net.flat[place] = kept - h
        numeric[place] = (above - loss()) / (2 * h)
        net.flat[place] = kept
    np.testing.assert_allclose(gradient, numeric, atol=1e-8)
    assert np.abs(gradient).max() > 0.05


@pytest.mark.parametrize("name", PIECES)
def test_replicas_train_as_they_would_alone(name):
    # Noise and parameters by replica: catches one draw or one slope for all of them.
    def trained(seeds):
        net = mlp(SIZES, PIECES[name], "he_normal", seeds=seeds)
        net.fit(X, Y, epochs=3, batch_size=4, optimizer=SGD(0.1, 0.9))
        return net.flat

    together = trained([5, 6])
    for k, seed in enumerate((5, 6)):
        np.testing.assert_allclose(together[k], trained(seed), atol=2e-6)


@pytest.mark.parametrize("name", PIECES)
def test_pieces_keep_float32_leave_their_input_and_travel(name):
    piece = pickle.loads(pickle.dumps(PIECES[name]))
    x = X[:, :3].astype(np.float32)
    before = x.copy()
    parameters = {
        key: array.astype(np.float32)
        for key, array in piece.initialize(3, np.random.default_rng(0)).items()
    }
    gradients = {key: np.empty_like(array) for key, array in parameters.items()}
    a, cache = piece.forward(x, parameters, {}, True, noise([0], False))
    back = piece.backward(np.ones_like(a), cache, parameters, gradients)
    assert a.dtype == back.dtype == np.float32
    assert a.shape == (12, piece.output_size(3))
    assert back.shape == x.shape
    np.testing.assert_array_equal(x, before)


def test_prelu_starts_as_a_leaky_relu_and_learns_its_slopes():
    x = X.astype(np.float32)
    net = mlp(SIZES, PReLU(0.1), "he_normal")
    fixed = mlp(SIZES, act.variant("leaky_relu", alpha=0.1), "he_normal")
    np.testing.assert_allclose(net.scores(x), fixed.scores(x), rtol=1e-5)
    net.fit(x, Y, epochs=5, batch_size=4, optimizer=SGD(0.1))
    slopes = net.parameters[1]["alpha"]
    assert (slopes != np.float32(0.1)).any()
    assert len(np.unique(slopes)) > 1  # one a unit


def test_prelu_from_zero_is_relu_at_first():
    net, relu = mlp(SIZES, PReLU(0.0)), mlp(SIZES, "relu")
    np.testing.assert_array_equal(net.scores(X), relu.scores(X))


def test_rrelu_draws_in_training_only_and_anew_in_every_pass():
    net = mlp(SIZES, RReLU(0.2, 0.4), "he_normal")
    np.testing.assert_array_equal(net.scores(X), net.scores(X))
    mean = mlp(SIZES, act.variant("leaky_relu", alpha=0.3), "he_normal")
    np.testing.assert_allclose(net.scores(X), mean.scores(X), rtol=1e-5)
    random = noise([0], False)
    first = net.forward(np.float32(X), True, random)[0]
    assert (first != net.forward(np.float32(X), True, random)[0]).any()
    # The same values as the lesson's function, from the same generator.
    z = np.float32(X)
    a, _ = RReLU(0.2, 0.4).forward(z, {}, {}, True, noise([7], False))
    expected = act.rrelu(z, np.random.default_rng(7), 0.2, 0.4)
    np.testing.assert_array_equal(a, expected)


def test_maxout_shrinks_what_the_next_layer_sees():
    net = mlp([5, 12, 12, 4], Maxout(3))
    shapes = [p["weights"].shape for p in net.parameters[::2]]
    assert shapes == [(5, 12), (4, 12), (4, 4)]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: PReLU(np.nan), "initial must be finite, got nan"),
        (lambda: RReLU(0.5, 0.1), "low and high must be"),
        (lambda: RReLU(-0.5), "low and high must be"),
        (lambda: Maxout(0), "k must be a whole number >= 1, got 0"),
        (lambda: Maxout(1.5), "k must be a whole number >= 1, got 1.5"),
        (lambda: mlp(SIZES, Maxout(4)), "k must divide the 6 units below, got 4"),
        (
            lambda: mlp(SIZES, RReLU()).loss_and_gradients(X, Y, training=True),
            "rng must be a Noise in training, got None",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(make, said):
    with pytest.raises(ValueError, match=said):
        make()
