"""Residual pieces by hand and end to end; Fixup's rules; records in training mode."""

import math
import pickle

import numpy as np
import pytest

from course_utils.lab.inspection import record
from course_utils.lab.layers import Activate, Dense, Noise
from course_utils.lab.network import Network, mlp
from course_utils.lab.residual import (
    Residual,
    Scale,
    Shift,
    fixup_block,
    fixup_network,
)
from course_utils.optimizers import SGD
from tests.lab.pieces import Center, Mask, ScaleShift, blobs


def branch():
    return [Dense(5), Activate("tanh"), Center(), ScaleShift(), Dense(4)]


def test_what_comes_in_plus_what_the_branch_makes_of_it():
    x = np.random.default_rng(0).normal(size=(7, 4))
    piece = Residual(branch())
    parameters = piece.initialize(4, np.random.default_rng(1))
    assert list(parameters) == [
        *("0.weights", "0.bias", "3.gamma", "3.beta", "4.weights", "4.bias"),
    ]
    state = piece.initial_state(4)
    assert list(state) == ["2.mean", "2.batches"]
    y, _ = piece.forward(x, parameters, state, True, None)
    a = np.tanh(x @ parameters["0.weights"] + parameters["0.bias"])
    a -= a.mean(axis=0)
    a = parameters["3.gamma"] * a + parameters["3.beta"]
    inside = a @ parameters["4.weights"] + parameters["4.bias"]
    np.testing.assert_allclose(y, x + inside)
    assert state["2.batches"] == 1  # the piece's own array, changed in place


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("replicas", [False, True])
def test_gradients_against_finite_differences(training, replicas):
    # Ten and more numbers by two routes: catches a forgotten skip, a gradient written
    # into a copy, the branch walked in the wrong order.
    x, y = blobs(9)
    seeds = [1, 2] if replicas else 1
    pieces = [
        Dense(4),
        Residual(branch()),
        Scale(),
        Shift(),
        Activate("tanh"),
        Dense(3),
    ]
    net = Network(6, pieces, seeds=seeds, dtype=np.float64)
    net.flat += np.random.default_rng(0).normal(0, 0.2, net.flat.shape)
    net.loss_and_gradients(x, y, training)
    ours, h = net.flat_gradient.copy(), 1e-6
    kept = [{k: v.copy() for k, v in state.items()} for state in net.state]

    def loss():
        for state, before in zip(net.state, kept, strict=True):
            for name, array in before.items():
                state[name][...] = array
        labels = np.broadcast_to(y, (2, 9)) if replicas else y
        return net.loss(net.forward(x.astype(float), training)[0], labels)[0]

    if not training:  # at the averages as they are now
        net.loss_and_gradients(x, y, training)
        ours = net.flat_gradient.copy()
    for k in range(net.n_parameters):
        net.flat[..., k] += h
        above = loss()
        net.flat[..., k] -= 2 * h
        slope = (above - loss()) / (2 * h)
        net.flat[..., k] += h
        np.testing.assert_allclose(ours[..., k], slope, rtol=1e-5, atol=1e-8)


def test_nested_and_pickled_and_trained_on():
    x, y = blobs(100)
    inner = Residual([Dense(8), Activate("relu")])
    pieces = [Dense(8), Residual([inner, Mask(), Dense(8)]), Activate("relu"), Dense(3)]
    net = Network(6, pieces, seeds=[0, 1])
    assert "0.0.weights" in net.parameters[1]
    net.fit(x, y, epochs=3, optimizer=SGD(0.1))
    again = pickle.loads(pickle.dumps(net))
    for one in (net, again):
        one.fit(x, y, epochs=12, first_epoch=3, optimizer=SGD(0.1))
    np.testing.assert_array_equal(net.flat, again.flat)
    assert net.evaluate(x, y)["accuracy"].min() > 0.75


def test_replicas_are_what_they_would_be_alone():
    x, y = blobs(60)
    together = fixup_network([6, 8, 3], blocks=3, seeds=[4, 5])
    together.fit(x, y, epochs=4, optimizer=SGD(0.1))
    for r, seed in enumerate([4, 5]):
        alone = fixup_network([6, 8, 3], blocks=3, seeds=seed)
        alone.fit(x, y, epochs=4, optimizer=SGD(0.1))
        np.testing.assert_allclose(alone.flat, together.flat[r], atol=1e-5)


# Fixup


def test_every_fixup_block_starts_as_the_identity():
    x = np.random.default_rng(0).normal(size=(7, 16))
    piece = fixup_block(16, 9)
    parameters = piece.initialize(16, np.random.default_rng(0))
    y, _ = piece.forward(x, parameters, {}, True, None)
    np.testing.assert_array_equal(y, x)


@pytest.mark.parametrize("blocks", [1, 4, 25])
def test_fixups_weights_shrink_with_the_root_of_the_depth(blocks):
    # 300^2 draws: their standard deviation is known to 0.24 %; 3 % is 12 of those.
    parameters = fixup_block(300, blocks).initialize(300, np.random.default_rng(0))
    expected = math.sqrt(2 / 300) / math.sqrt(blocks)
    assert parameters["1.weights"].std() == pytest.approx(expected, rel=0.03)
    assert sum(p.size for p in parameters.values()) == 2 * 300**2 + 5


def test_fixup_trains_where_plain_depth_does_not():
    # Sixty layers; the first step is taken from scores of 0, at loss ln 3.
    x, y = blobs(300)
    net = fixup_network([6, 16, 3], blocks=30, seeds=[0, 1, 2])
    start = net.evaluate(x, y)["loss"]
    np.testing.assert_allclose(start, math.log(3), rtol=1e-6)
    net.fit(x, y, epochs=10, optimizer=SGD(0.02, momentum=0.9))
    assert net.evaluate(x, y)["accuracy"].min() > 0.8
    plain = mlp([6, *[16] * 61, 3], "relu", "he_normal", seeds=[0, 1, 2])
    plain.fit(x, y, epochs=10, optimizer=SGD(0.02, momentum=0.9))
    assert plain.evaluate(x, y)["accuracy"].max() < 0.6


def test_what_cannot_be():
    with pytest.raises(ValueError, match="branch must hold at least one piece"):
        Residual([])
    with pytest.raises(ValueError, match="as many units as go in, got 5 for 4"):
        Network(4, [Residual([Dense(5)])])
    with pytest.raises(ValueError, match="blocks must be >= 1, got 0"):
        fixup_block(4, 0)
    with pytest.raises(ValueError, match=r"sizes must be \(inputs, units, outputs\)"):
        fixup_network([4, 8, 8, 3], blocks=2)


# Records in training mode


def test_a_record_in_training_mode_sees_the_batch_and_leaves_no_trace():
    x, y = blobs(20)
    net = mlp([6, 5, 3], "tanh", normalization=Center(), seeds=[0, 1])
    for state in net.state:
        if state:
            state["mean"][...] = 100.0
    kept = pickle.loads(pickle.dumps(net.state))
    seen = record(net, x, y, training=True)
    z = seen[0].z
    np.testing.assert_allclose(seen[0].a, np.tanh(z - z.mean(axis=1)[:, None]), 1e-5)
    np.testing.assert_allclose(record(net, x, y)[0].a, -1, atol=1e-6)  # far off
    for state, before in zip(net.state, kept, strict=True):
        assert state.keys() == before.keys()
        for name, array in before.items():
            np.testing.assert_array_equal(state[name], array)


def test_a_record_in_training_mode_can_draw():
    x, y = blobs(50)
    net = mlp([6, 40, 3], "relu", dropout=Mask(0.5))

    def seen(training):
        noise = Noise([np.random.default_rng(0)], False)
        return np.mean(record(net, x, y, training, noise)[0].a == 0)

    assert seen(True) > seen(False) + 0.15
