"""Records: what they hold, by hand, and how they are summed up.

Their gradients are held against automatic differentiation in `tests/keras_parity`.
"""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.special import expit, softmax

from course_utils.lab.layers import Noise
from course_utils.lab.network import mlp
from course_utils.lab.records import LayerRecord, Records, rms
from tests.lab.pieces import Center, Jitter, Mask, ScaleShift, SquarePenalty, blobs


@given(arrays.arrays(np.float64, st.integers(1, 30), elements=st.floats(-1e3, 1e3)))
def test_rms_is_the_root_of_the_mean_square(array):
    # 1e-150: below it the plain formula underflows, which is why rms scales.
    plain = np.sqrt(np.mean(array**2))
    assert rms(array) == pytest.approx(plain, rel=1e-12, abs=1e-150)


@pytest.mark.parametrize("scale", [1e-200, 1e-40, 1e40, 1e200])
def test_rms_survives_what_would_overflow_when_squared(scale):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert rms(scale * np.array([3.0, 4.0])) == pytest.approx(scale * 12.5**0.5)


def test_rms_of_nothing_of_zeros_and_of_infinity():
    assert rms(np.array([])) == 0
    assert rms(np.zeros(3)) == 0
    assert rms(np.array([1.0, -np.inf])) == np.inf
    assert np.isnan(rms(np.array([1.0, np.nan])))


def test_a_two_layer_network_written_out():
    # dL/dz of the output is softmax - one-hot, one example's share (times n, not
    # divided by it); below, through W and the sigmoid's slope.
    net = mlp([6, 5, 3], activation="sigmoid", seeds=2, dtype=np.float64)
    x, y = blobs(7)
    w1, b1, w2, b2 = net.get_weights()
    z1 = x.astype(float) @ w1 + b1
    a1 = expit(z1)
    z2 = a1 @ w2 + b2
    delta2 = softmax(z2, axis=-1) - np.eye(3)[y]
    delta1 = (delta2 @ w2.T) * a1 * (1 - a1)

    records = net.record(x, y)
    assert len(records) == 2
    assert [r.layer for r in records.layers] == [1, 2]
    expected = [
        (z1, a1, delta1, w1, x.T.astype(float) @ delta1 / 7),
        (z2, z2, delta2, w2, a1.T @ delta2 / 7),
    ]
    for record, (z, a, delta, w, gradient) in zip(
        records.layers, expected, strict=True
    ):
        np.testing.assert_allclose(record.z, z, rtol=1e-12)
        np.testing.assert_allclose(record.a, a, rtol=1e-12)
        np.testing.assert_allclose(record.gradient_z, delta, rtol=1e-11, atol=1e-15)
        np.testing.assert_array_equal(record.weights, w)
        np.testing.assert_allclose(record.gradient_weights, gradient, rtol=1e-10)


def test_what_stands_between_dense_layers_belongs_to_the_one_below():
    # `a` is what the next dense layer receives: with all pieces applied.
    net = mlp(
        [6, 5, 3],
        "tanh",
        normalization=ScaleShift(),
        dropout=Jitter(),
        dtype=np.float64,
    )
    x, y = blobs(7)
    gamma = net.parameters[1]["gamma"]
    below, top = net.record(x, y).layers
    np.testing.assert_allclose(below.a, np.tanh(gamma * below.z), rtol=1e-12)
    expected = below.a @ top.weights + net.parameters[-1]["bias"]
    np.testing.assert_allclose(top.z, expected, rtol=1e-12)


def test_recording_uses_inference_mode_and_changes_nothing_but_gradients():
    # A record that drew noise or moved an average would change the training it shows.
    net = mlp([6, 5, 3], normalization=Center(), dropout=Mask(0.5))
    x, y = blobs(9)
    weights, state = net.flat.copy(), net.state[1]["mean"].copy()
    first, second = net.record(x, y), net.record(x, y)
    np.testing.assert_array_equal(net.flat, weights)
    np.testing.assert_array_equal(net.state[1]["mean"], state)
    np.testing.assert_array_equal(first[1].z, second[1].z)
    np.testing.assert_array_equal(first[1].z, net.scores(x))


def test_a_record_in_training_mode_leaves_no_trace_either():
    net = mlp([6, 5, 3], normalization=Center(), dropout=Mask(0.5))
    x, y = blobs(9)
    state = net.state[1]["mean"].copy()

    def noise():
        return Noise([np.random.default_rng(1)], replicas=False)

    seen = net.record(x, y, training=True, rng=noise())
    np.testing.assert_array_equal(net.state[1]["mean"], state)
    scores = net.forward(x, True, noise())[0]
    np.testing.assert_array_equal(seen[1].z, scores)
    assert np.abs(seen[1].z - net.record(x, y)[1].z).max() > 0.1


def test_a_record_is_a_snapshot():
    # Views would show the weights of the end of training in every record.
    net = mlp([6, 5, 3])
    x, y = blobs(9)
    records = net.record(x, y)
    kept = [
        {k: v.copy() for k, v in vars(r).items() if k != "layer"}
        for r in records.layers
    ]
    net.fit(x, y, epochs=2)
    net.record(x, y)
    for record, copies in zip(records.layers, kept, strict=True):
        for name, array in copies.items():
            np.testing.assert_array_equal(getattr(record, name), array, err_msg=name)


def test_the_penalty_is_part_of_the_recorded_gradient_of_weights():
    x, y = blobs(9)
    plain, punished = mlp([6, 3]), mlp([6, 3], penalty=SquarePenalty(0.5))
    with_penalty = punished.record(x, y)[0]
    without = plain.record(x, y)[0]
    np.testing.assert_allclose(
        with_penalty.gradient_weights,
        without.gradient_weights + 0.5 * without.weights,
        rtol=1e-5,
    )
    np.testing.assert_array_equal(with_penalty.gradient_z, without.gradient_z)


@pytest.mark.parametrize("own", [False, True], ids=["shared batch", "own batches"])
def test_replicas_are_recorded_as_each_would_be_alone(own):
    seeds, (x, y) = (3, 8), blobs(12)
    xs = np.stack([x, x[::-1]]) if own else x
    ys = np.stack([y, y[::-1]]) if own else y
    together = mlp([6, 5, 4, 3], seeds=seeds).record(xs, ys)
    assert together.replicas
    rows = together.frame
    for r, seed in enumerate(seeds):
        mine = (xs[r], ys[r]) if own else (x, y)
        alone = mlp([6, 5, 4, 3], seeds=seed).record(*mine)
        for one, both in zip(alone.layers, together.layers, strict=True):
            for name in ("z", "a", "gradient_z", "weights", "gradient_weights"):
                np.testing.assert_allclose(
                    getattr(both, name)[r], getattr(one, name), rtol=1e-5, atol=1e-7
                )
        part = rows[rows["seed"] == seed].reset_index(drop=True)
        np.testing.assert_allclose(part, alone.frame, rtol=1e-5, atol=1e-7)


def test_the_frame_by_hand():
    z = np.array([[1.0, 3.0], [5.0, 7.0]])
    a, delta = z / 10, np.array([[3.0, -4.0], [0.0, 0.0]])
    w, dw = np.array([[3.0], [4.0]]), np.array([[-6.0], [8.0]])
    frame = Records([LayerRecord(1, z, a, delta, w, dw)], (42,), False).frame
    assert frame.to_dict("records") == [
        pytest.approx(
            {
                "seed": 42,
                "layer": 1,
                "z_mean": 4.0,
                "z_std": 5**0.5,
                "z_rms": 21**0.5,
                "a_mean": 0.4,
                "a_std": 0.05**0.5,
                "gradient_rms": 2.5,
                "weight_norm": 5.0,
                "weight_gradient_norm": 10.0,
            }
        )
    ]


def test_one_row_a_seed_and_layer():
    x, y = blobs(9)
    frame = mlp([6, 5, 4, 3], seeds=[7, 1]).record(x, y).frame
    assert frame["seed"].tolist() == [7, 7, 7, 1, 1, 1]
    assert frame["layer"].tolist() == [1, 2, 3, 1, 2, 3]


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (np.zeros((4, 5)), np.zeros(4, int)),
        (np.zeros((4, 6)), np.zeros(3, int)),
        (np.zeros((0, 6)), np.zeros(0, int)),
        (np.zeros((4, 6)), np.full(4, 3)),
        (np.zeros((2, 4, 6)), np.zeros((2, 4), int)),
    ],
    ids=["features", "lengths", "empty", "label", "replicas"],
)
def test_data_that_does_not_fit(x, y):
    with pytest.raises(ValueError, match=r"must .*got"):
        mlp([6, 5, 3]).record(x, y)


def test_a_column_by_seed_and_hidden_layer():
    net = mlp([4, 5, 6, 3], seeds=[7, 8])
    x = np.random.default_rng(0).normal(size=(9, 4))
    records = net.record(x, np.zeros(9, dtype=int))
    values = records.by_layer("z_rms")
    frame = records.frame
    assert values.shape == (2, 2)
    for row, seed in enumerate((7, 8)):
        for layer in (1, 2):
            one = frame[(frame.seed == seed) & (frame.layer == layer)]
            assert values[row, layer - 1] == one.z_rms.item()
    with pytest.raises(ValueError, match=r"one of z_mean.*got 'loss'"):
        records.by_layer("loss")
