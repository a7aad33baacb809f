"""A network asked many times: what stays awake, and what must not."""

import numpy as np
import pytest

from course_utils.batch_normalization import BatchNorm
from course_utils.lab import network
from course_utils.lab.monte_carlo import Sampler, probabilities, softmax
from course_utils.regularization import AlphaDropout, Dropout, every_mask, mc_predict

X = np.random.default_rng(0).normal(size=(6, 5)).astype(np.float32)
Y = np.array([0, 1, 2, 0, 1, 2])


def net(dropout, seeds=0, **settings):
    return network.mlp([5, 4, 3], dropout=dropout, seeds=seeds, **settings)


def test_many_passes_come_to_the_average_over_all_masks():
    trained = net(Dropout(0.5))
    trained.fit(X, Y, 50, 3)
    lower, _, _, top = trained.parameters
    h = np.maximum(X @ lower["weights"] + lower["bias"], 0)
    masks, shares = every_mask(4, 0.5)
    scores = (masks[:, None] * h * 2) @ top["weights"] + top["bias"]
    p = softmax(scores)
    mean = np.tensordot(shares, p, axes=1)
    std = np.sqrt(np.tensordot(shares, (p - mean) ** 2, axes=1))
    passes = many(Sampler(trained), X)
    error = 6 * std.max() / np.sqrt(len(passes))
    np.testing.assert_allclose(passes.mean(axis=0), mean, atol=error)
    np.testing.assert_allclose(passes.std(axis=0), std, atol=0.03)
    seen = mc_predict(Sampler(trained), X, samples=100)
    np.testing.assert_allclose(seen.mean, mean, atol=6 * std.max() / 10)


def many(sampler, x, copies=1_000, calls=4):
    """Thousands of passes, a thousand of them side by side."""
    p = [sampler(np.tile(x, (copies, 1))) for _ in range(calls)]
    return np.reshape(p, (copies * calls, len(x), -1))


@pytest.mark.parametrize("kind", [Dropout, AlphaDropout])
def test_batch_norm_sleeps_and_remembers_nothing(kind):
    trained = net(kind(0.3), normalization=BatchNorm(0.5))
    trained.fit(X, Y, 3, 3)
    before = [{k: v.copy() for k, v in s.items()} for s in trained.state]
    flat = trained.flat.copy()
    whole = many(Sampler(trained), X).mean(axis=0)
    one_by_one = [many(Sampler(trained, k), X[[k]]).mean(axis=0) for k in range(2)]
    for state, now in zip(before, trained.state, strict=True):
        for name, array in state.items():
            np.testing.assert_array_equal(array, now[name])
    np.testing.assert_array_equal(flat, trained.flat)
    # an image's answer does not depend on its company
    for k, alone in enumerate(one_by_one):
        np.testing.assert_allclose(alone[0], whole[k], atol=0.05)


def test_calls_differ_and_a_seed_repeats_them():
    sampler = Sampler(net(Dropout(0.5)), seed=3)
    first, second = sampler(X), sampler(X)
    assert (first != second).any()
    np.testing.assert_allclose(first.sum(axis=-1), 1, rtol=1e-6)
    again = Sampler(net(Dropout(0.5)), seed=3)
    np.testing.assert_array_equal(again(X), first)
    np.testing.assert_array_equal(again.prepared(X)(), second)
    other = Sampler(net(Dropout(0.5)), seed=4)(X)
    assert (other != first).any()


def test_replicas_each_draw_their_own_masks():
    together = Sampler(net(Dropout(0.5), seeds=[7, 8]))(X)
    assert together.shape == (2, 6, 3)
    for r, seed in enumerate((7, 8)):
        alone = Sampler(net(Dropout(0.5), seeds=seed))(X)
        np.testing.assert_allclose(together[r], alone, rtol=1e-5)


def test_replicas_whose_inputs_are_dropped_do_too():
    pieces = [Dropout(0.5), network.Dense(3)]
    twins = network.Network(5, pieces, seeds=[0, 1])
    twins.flat[1] = twins.flat[0]
    seen = Sampler(twins)(X)
    assert (seen[0] != seen[1]).any()


def test_probabilities_are_the_usual_prediction():
    plain = net(Dropout(0.5))
    e = np.exp(plain.scores(X))
    expected = e / e.sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(probabilities(plain, X), expected, rtol=1e-5)


def test_what_cannot_be_sampled_is_refused():
    for nothing in (None, Dropout(0.0)):
        with pytest.raises(ValueError, match="net must have a piece that drops"):
            Sampler(net(nothing))
    with pytest.raises(ValueError, match="seed must be >= 0, got -1"):
        Sampler(net(Dropout(0.5)), seed=-1)
    with pytest.raises(TypeError, match="seed must be an int, got float"):
        Sampler(net(Dropout(0.5)), seed=1.0)
    with pytest.raises(ValueError, match=r"x must have shape \(n, 5\)"):
        Sampler(net(Dropout(0.5)))(X[:, :3])
