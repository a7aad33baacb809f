"""Training: against a loop written out, and every setting against what it promises."""

import pickle

import numpy as np
import pytest

from course_utils.lab.divergence import DivergenceError
from course_utils.lab.early_stopping import EarlyStopping
from course_utils.lab.layers import Layer
from course_utils.lab.network import Network, mlp
from course_utils.lab.randomness import BATCHES, stream
from course_utils.optimizers import SGD
from tests.lab.pieces import (
    Center,
    Jitter,
    Mask,
    ScaleShift,
    SquarePenalty,
    blobs,
    clip_by_global_norm,
)

SIZES = [6, 8, 3]
MOMENTUM = SGD(0.1, momentum=0.9)


class Spy(Layer):
    """Passes everything on, and keeps what came by in training."""

    def __init__(self):
        self.seen = []

    def forward(self, x, parameters, state, training, rng):
        if training:
            self.seen.append(x.copy())
        return x, None

    def backward(self, gradient, cache, parameters, gradients):
        return gradient


class SpyOptimizer(SGD):
    """Keeps the hyperparameters of each step."""

    def update(self, parameters, gradients, state, **now):
        self.__dict__.setdefault("now", []).append(now)
        super().update(parameters, gradients, state, **now)


def limit_columns(weights):
    """No unit's weights are longer than 1."""
    norms = np.sqrt((weights**2).sum(axis=-2, keepdims=True))
    return weights / np.maximum(norms, 1)


# The loop itself


@pytest.mark.parametrize("batch_size", [7, 30, 100])
def test_it_is_the_loop_of_the_textbook(batch_size):
    # 30 examples: batches of 7 leave 2 over, 100 is one batch of all. Catches a lost or
    # doubled last batch, a metric taken after the step, a mean of unequal batches.
    x, y = blobs(30)
    net, by_hand = (mlp(SIZES, "tanh", seeds=3, dtype=np.float64) for _ in range(2))
    history = net.fit(
        x,
        y,
        epochs=3,
        batch_size=batch_size,
        optimizer=SGD(0.2),
        valid=(x[:11], y[:11]),
    )
    for epoch in range(3):
        order, losses, hits = stream(3, BATCHES, epoch).permutation(30), [], []
        while len(order):
            batch, order = order[:batch_size], order[batch_size:]
            hits += list(by_hand.scores(x[batch]).argmax(axis=1) == y[batch])
            loss, gradients = by_hand.loss_and_gradients(x[batch], y[batch])
            losses += [float(loss)] * len(batch)
            for piece, slopes in zip(by_hand.parameters, gradients, strict=True):
                for name in piece:
                    piece[name] -= 0.2 * slopes[name]
        valid = by_hand.evaluate(x[:11], y[:11])
        assert history.rows[epoch] == pytest.approx(
            {
                "seed": 3,
                "epoch": epoch + 1,
                "loss": np.mean(losses),
                "accuracy": np.mean(hits),
                "valid_loss": valid["loss"],
                "valid_accuracy": valid["accuracy"],
            }
        )
    np.testing.assert_allclose(net.flat, by_hand.flat, rtol=1e-12)
    assert history.steps == 3 * -(-30 // batch_size)


def test_it_learns():
    x, y = blobs(300, spread=0.5)
    valid = blobs(200, seed=1, spread=0.5)
    net = mlp(SIZES, seeds=[0, 1])
    frame = net.fit(x, y, epochs=10, optimizer=MOMENTUM, valid=valid).frame
    assert frame.columns.tolist() == [
        "seed",
        "epoch",
        "loss",
        "accuracy",
        "valid_loss",
        "valid_accuracy",
    ]
    assert frame["seed"].tolist() == [0, 1] * 10
    assert frame["epoch"].tolist() == [e for e in range(1, 11) for _ in range(2)]
    last = frame[frame["epoch"] == 10]
    assert (last["valid_accuracy"] > 0.9).all()
    assert (last["loss"] < 0.5 * frame["loss"][0]).all()
    seen = net.evaluate(*valid)
    np.testing.assert_allclose(last["valid_loss"], seen["loss"], rtol=1e-6)


def test_regression_has_losses_only():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(50, 6))
    targets = x[:, :2] * 2
    net = mlp([6, 2], loss="mean_squared_error", seeds=[0, 1])
    frame = net.fit(x, targets, 40, 10, SGD(0.1), valid=(x, targets)).frame
    assert frame.columns.tolist() == ["seed", "epoch", "loss", "valid_loss"]
    assert (frame["valid_loss"].iloc[-2:] < 1e-3).all()


def test_the_data_is_left_alone():
    # Read-only arrays, such as memory maps, will do.
    x, y = blobs(40)
    before = x.copy(), y.copy()
    x.flags.writeable = y.flags.writeable = False
    mlp(SIZES, normalization=Center(), dropout=Mask(), seeds=[0, 1]).fit(
        x, y, epochs=2, valid=(x, y)
    )
    np.testing.assert_array_equal(x, before[0])
    np.testing.assert_array_equal(y, before[1])


def test_no_epochs_is_no_training():
    net = mlp(SIZES)
    before = net.flat.copy()
    history = net.fit(*blobs(10), epochs=0)
    np.testing.assert_array_equal(net.flat, before)
    assert history.rows == []
    assert history.steps == 0
    assert len(history.frame) == 0


def test_without_an_optimizer_it_is_plain_sgd_at_its_default_rate():
    one, other = mlp(SIZES), mlp(SIZES)
    one.fit(*blobs(40), epochs=1)
    other.fit(*blobs(40), epochs=1, batch_size=32, optimizer=SGD(0.01))
    np.testing.assert_array_equal(one.flat, other.flat)


# Batch order


def batches_seen(spy_settings, fit_settings):
    """Which examples were in each batch, from a network that carries a spy."""
    x = np.arange(23, dtype=np.float32)[:, None] * np.ones((1, 6), np.float32)
    spy = Spy()
    net = mlp(SIZES, **spy_settings)
    net = Network(6, [spy, *net.layers], seeds=spy_settings["seeds"])
    net.fit(x / 100, np.zeros(23, int), **fit_settings)
    return [np.rint(batch[..., 0] * 100).astype(int) for batch in spy.seen]


def test_every_epoch_is_a_new_shuffle_of_every_example():
    seen = batches_seen({"seeds": 0}, {"epochs": 3, "batch_size": 5})
    assert [len(batch) for batch in seen] == [5, 5, 5, 5, 3] * 3
    epochs = [np.concatenate(seen[i : i + 5]) for i in (0, 5, 10)]
    for order in epochs:
        assert sorted(order) == list(range(23))
        assert (order != np.arange(23)).any()
    assert (epochs[0] != epochs[1]).any()
    assert (epochs[1] != epochs[2]).any()


def test_the_order_depends_on_seed_and_epoch_alone():
    # Paired arms: whatever the pieces, widths and optimizer, the same batches.
    fit = {"epochs": 2, "batch_size": 5}
    first = batches_seen({"seeds": 4}, fit)
    arms = [
        ({"seeds": 4, "dropout": Mask(), "normalization": ScaleShift()}, fit),
        ({"seeds": 4, "activation": "tanh"}, fit | {"optimizer": MOMENTUM}),
    ]
    for settings, fit_settings in arms:
        again = batches_seen(settings, fit_settings)
        for a, b in zip(first, again, strict=True):
            np.testing.assert_array_equal(a, b)
    together = batches_seen({"seeds": [9, 4]}, fit)
    other = batches_seen({"seeds": 9}, fit)
    for both, a, b in zip(together, other, first, strict=True):
        np.testing.assert_array_equal(both, [a, b])
    assert any((a != b).any() for a, b in zip(first, other, strict=True))


@pytest.mark.parametrize("fit", [{}, {"optimizer": MOMENTUM, "record_every": 2}])
def test_noise_is_new_in_every_batch_and_epoch_and_paired_across_arms(fit):
    def drawn(seeds, above):
        spy = Spy()
        Network(6, [Jitter(), spy, *above], seeds=seeds).fit(
            np.zeros((12, 6)), np.zeros(12, int), 2, 4, **fit
        )
        return spy.seen

    small, large = mlp(SIZES).layers, mlp([6, 20, 20, 3]).layers
    alone = drawn(1, small)
    values = np.concatenate(alone).ravel()
    assert len(alone) == 6
    assert len(np.unique(values)) > 0.99 * values.size
    for other in (drawn(1, large), [both[1] for both in drawn([0, 1], small)]):
        np.testing.assert_array_equal(alone, other)


# Replicas


ARMS = {
    "plain": {},
    "noise": {"dropout": Mask(), "normalization": Jitter()},
    "state": {"normalization": Center(), "dropout": Mask()},
    "learned": {"normalization": ScaleShift(), "activation": "sigmoid"},
    "penalty": {"penalty": SquarePenalty(0.01), "activation": "tanh"},
    "clipping": {"clipping": clip_by_global_norm(0.3)},
    "constraint": {"constraint": limit_columns},
}


def solo(seed, settings, fit, data):
    net = mlp(SIZES, **settings, seeds=seed)
    return net, net.fit(*data, **fit)


@pytest.mark.parametrize("settings", ARMS.values(), ids=ARMS.keys())
def test_replicas_train_as_each_would_alone(settings):
    # Float32 rounding is all that may differ (a library may sum in another order).
    seeds, data, valid = [5, 0, 2], blobs(90), blobs(40, seed=1)
    fit = {
        "epochs": 4,
        "batch_size": 16,
        "optimizer": MOMENTUM,
        "valid": valid,
        "schedule": lambda step: 0.1 / (1 + step),
        "record_every": 10,
    }
    net = mlp(SIZES, **settings, seeds=seeds)
    history = net.fit(*data, **fit)
    frame, records = history.frame, history.record_frame
    for r, seed in enumerate(seeds):
        alone, expected = solo(seed, settings, fit, data)
        np.testing.assert_allclose(net.flat[r], alone.flat, rtol=1e-5, atol=1e-6)
        for table, other in ((frame, expected.frame), (records, expected.record_frame)):
            mine = table[table["seed"] == seed].reset_index(drop=True)
            assert mine.shape == other.shape
            np.testing.assert_allclose(mine, other[mine.columns], rtol=1e-4, atol=1e-6)
        for many, one in zip(net.state, alone.state, strict=True):
            for name in one:
                np.testing.assert_allclose(many[name][r], one[name], atol=1e-6)


# Schedules, clipping, constraints


def test_a_schedule_speaks_to_every_step():
    optimizer = SpyOptimizer(0.5)
    mlp(SIZES).fit(*blobs(20), 2, 8, optimizer, schedule=lambda step: 0.1 * (step + 1))
    rates = [now["learning_rate"] for now in optimizer.now]
    np.testing.assert_allclose(rates, 0.1 * np.arange(1, 7))


def test_a_schedule_may_set_several_hyperparameters():
    optimizer = SpyOptimizer(0.5, momentum=0.9)
    net = mlp(SIZES)
    net.fit(
        *blobs(20),
        1,
        8,
        optimizer,
        schedule=lambda step: {"learning_rate": 0.1, "momentum": 0.5},
    )
    assert optimizer.now == [{"learning_rate": 0.1, "momentum": 0.5}] * 3
    other = mlp(SIZES)
    other.fit(*blobs(20), 1, 8, SGD(0.1, momentum=0.5))
    np.testing.assert_array_equal(net.flat, other.flat)


def test_a_rate_of_zero_stands_still():
    net = mlp(SIZES)
    before = net.flat.copy()
    net.fit(*blobs(20), 1, 8, SGD(0.5), schedule=lambda step: 0.0)
    np.testing.assert_array_equal(net.flat, before)


class Watcher:
    """A schedule with a memory: the rate falls with each loss it is shown."""

    def __init__(self):
        self.seen, self.resets = [], 0

    def reset(self):
        self.seen, self.resets = [], self.resets + 1

    def observe(self, valid_loss):
        self.seen.append(valid_loss)

    def __call__(self, step):
        return 0.1 / (1 + len(self.seen))


def test_a_schedule_that_observes_is_told_the_validation_loss_after_each_epoch():
    watcher, optimizer = Watcher(), SpyOptimizer(0.5)
    watcher.seen = [1.0, 2.0]  # of an earlier run: forgotten
    data, valid = blobs(20), blobs(20, seed=1)
    history = mlp(SIZES).fit(*data, 3, 10, optimizer, schedule=watcher, valid=valid)
    assert watcher.seen == [row["valid_loss"] for row in history.rows]
    rates = [now["learning_rate"] for now in optimizer.now]
    np.testing.assert_allclose(rates, np.repeat([0.1, 0.05, 0.1 / 3], 2))


def test_a_schedule_that_observes_goes_on_where_training_goes_on():
    watcher, data, valid = Watcher(), blobs(20), blobs(20, seed=1)
    net = mlp(SIZES)
    fit = {"batch_size": 10, "schedule": watcher, "valid": valid}
    net.fit(*data, 2, **fit)
    net.fit(*data, 1, first_epoch=2, **fit)
    assert len(watcher.seen) == 3
    assert watcher.resets == 1
    whole, again = mlp(SIZES), Watcher()
    whole.fit(*data, 3, **fit | {"schedule": again})
    assert watcher.seen == again.seen
    np.testing.assert_array_equal(net.flat, whole.flat)


@pytest.mark.parametrize(
    ("seeds", "valid", "message"),
    [
        (0, None, r"a schedule that observes needs valid=\(x, y\), got none"),
        ([0, 1], blobs(9), "needs a single network.* got 2 replicas"),
    ],
)
def test_a_schedule_that_could_not_observe_is_refused(seeds, valid, message):
    with pytest.raises(ValueError, match=message):
        mlp(SIZES, seeds=seeds).fit(*blobs(20), 1, schedule=Watcher(), valid=valid)


@pytest.mark.parametrize("seeds", [3, [3, 4]])
def test_clipping_sees_one_networks_gradients_at_a_time(seeds):
    # Clipping by the norm over all replicas at once would tie them together.
    calls = []

    def clip(gradients):
        calls.append([g.copy() for g in gradients])
        return [np.zeros_like(g) for g in gradients[:-1]] + [gradients[-1] * 2]

    net = mlp(SIZES, seeds=seeds, clipping=clip, dtype=np.float64)
    before = net.flat.copy()
    x, y = blobs(10)
    net.fit(x, y, epochs=1, batch_size=10, optimizer=SGD(0.5))
    n_networks = len(net.seeds)
    assert len(calls) == n_networks
    for r, call in enumerate(calls):
        assert [g.shape for g in call] == [(6, 8), (8,), (8, 3), (3,)]
        alone = mlp(SIZES, seeds=net.seeds[r], dtype=np.float64)
        _, true = alone.loss_and_gradients(x, y)
        flat = [g for piece in true for g in piece.values()]
        for seen, expected in zip(call, flat, strict=True):
            np.testing.assert_allclose(seen, expected, rtol=1e-9, atol=1e-15)
    # And the result is what moves the network: the top bias alone, twice as far.
    moved = np.atleast_2d(net.flat - before)
    assert not moved[:, :-3].any()
    np.testing.assert_allclose(moved[:, -3:], [-0.5 * 2 * c[-1] for c in calls])


def test_a_replica_that_diverged_is_not_clipped():
    # Its NaN would be refused by a clip, and stop the others.
    def clip(gradients):
        assert all(np.isfinite(g).all() for g in gradients)
        return gradients

    net = mlp(SIZES, seeds=[3, 4], clipping=clip)
    net.parameters[0]["weights"][1] = np.nan
    history = net.fit(*blobs(20), 2, 10, SGD(0.1))
    assert list(history.diverged) == [4]
    assert np.isfinite(net.flat[0]).all()


def test_a_constraint_holds_after_every_step_for_dense_weights_alone():
    checked = []

    def constraint(weights):
        checked.append(weights.shape)
        return limit_columns(weights)

    net = mlp(SIZES, constraint=constraint, seeds=[0, 1], normalization=ScaleShift())
    net.parameters[1]["gamma"][...] = 5
    net.fit(*blobs(30), 2, 10, SGD(1.0))
    assert checked == [(2, 6, 8), (2, 8, 3)] * 6
    for k in net.dense_layers():
        norms = np.linalg.norm(net.parameters[k]["weights"], axis=-2)
        assert (norms < 1 + 1e-6).all()
        assert (norms > 0.9).any()  # it had something to do
    assert (net.parameters[1]["gamma"] > 2).all()


# Early stopping


def hard_task():
    """Few examples and much overlap, so that validation soon gets worse."""
    return blobs(40, spread=1.5), blobs(60, seed=1, spread=1.5)


STOPPING = {
    "epochs": 60,
    "batch_size": 8,
    "optimizer": SGD(0.3, momentum=0.8),
    "early_stopping": EarlyStopping(patience=3, min_delta=1e-4),
}


@pytest.mark.parametrize("arm", ["plain", "state"])
def test_each_replica_stops_as_it_would_alone(arm):
    seeds, (data, valid) = [0, 1, 2, 3], hard_task()
    fit = STOPPING | {"valid": valid}
    net = mlp(SIZES, **ARMS[arm], seeds=seeds)
    frame = net.fit(*data, **fit, record_every=5).frame
    lengths = []
    for r, seed in enumerate(seeds):
        alone, expected = solo(seed, ARMS[arm], fit, data)
        mine = frame[frame["seed"] == seed].reset_index(drop=True)
        assert len(mine) == len(expected.frame)
        np.testing.assert_allclose(mine, expected.frame, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(net.flat[r], alone.flat, rtol=1e-4, atol=1e-5)
        for many, one in zip(net.state, alone.state, strict=True):
            for name in one:
                np.testing.assert_allclose(many[name][r], one[name], atol=1e-5)
        lengths.append(len(mine))
    assert len(set(lengths)) > 1  # they stop at different times, or nothing is shown
    assert max(lengths) < 60


def test_a_stopped_replica_leaves_no_further_records():
    seeds, (data, valid) = [0, 1, 2, 3], hard_task()
    net = mlp(SIZES, seeds=seeds)
    history = net.fit(*data, **STOPPING, valid=valid, record_every=1)
    epochs = history.frame.groupby("seed")["epoch"].max()
    steps = history.record_frame.groupby("seed")["step"].max()
    np.testing.assert_array_equal(steps + 1, epochs * 5)  # 40 examples, batches of 8


def test_a_stopped_replica_cannot_diverge_any_more():
    # It has stopped: what happens to the others later is not its affair.
    seeds, (data, valid) = [0, 1, 2, 3], hard_task()
    frame = mlp(SIZES, seeds=seeds).fit(*data, **STOPPING, valid=valid).frame
    stops = frame.groupby("seed")["epoch"].max()
    explodes = int(stops.min()) * 5  # the first step after the first replica stops
    history = mlp(SIZES, seeds=seeds).fit(
        *data,
        **STOPPING,
        valid=valid,
        schedule=lambda step: 1e39 if step >= explodes else 0.3,
    )
    assert history.diverged.keys() == set(stops[stops > stops.min()].index)
    assert 0 < len(history.diverged) < 4


@pytest.mark.parametrize("seeds", [1, [1, 2]])
def test_the_best_weights_come_back_with_what_pieces_remember(seeds):
    # The last weights, or the best weights with the last moving averages, would give
    # another loss than the lowest that was seen.
    data, valid = hard_task()
    net = mlp(SIZES, **ARMS["state"], seeds=seeds)
    frame = net.fit(*data, **STOPPING, valid=valid).frame
    lowest = frame.groupby("seed")["valid_loss"].min().to_numpy()
    last = frame.groupby("seed")["valid_loss"].last().to_numpy()
    seen = np.atleast_1d(net.evaluate(*valid)["loss"])
    np.testing.assert_allclose(seen, lowest, rtol=1e-5)
    assert (last > lowest * 1.001).all()


class Script:
    """A loss function that follows a script in validation."""

    def __init__(self, losses):
        self.losses, self.next = losses, 0

    def __call__(self, scores, y):
        if len(y) != 7:  # training
            return np.float64(1), np.zeros_like(scores)
        self.next += 1
        return np.float64(self.losses[self.next - 1]), np.zeros_like(scores)


@pytest.mark.parametrize(
    ("losses", "patience", "min_delta", "epochs"),
    [
        ([3, 2, 2, 2, 1, 1], 2, 0.0, 4),  # equal is not better
        ([3, 2, 2, 1, 1, 1, 1], 2, 0.0, 6),  # a better one starts the count again
        ([3, 2.9, 2.88, 2.6, 9, 9], 2, 0.15, 3),  # too little each time
        ([3, 2.9, 2.8, 2.6, 9, 9, 9], 3, 0.15, 7),  # against the best, not the last
        ([9, 8, 7, 6, 5, 4, 3, 2], 1, 0.0, 8),
        ([np.nan, np.nan, 5], 2, 0.0, 2),  # NaN is never better
        ([3, np.nan, 2, 4, 4, 4], 2, 0.0, 5),
    ],
)
def test_patience_and_min_delta_count_as_they_say(losses, patience, min_delta, epochs):
    net = mlp(SIZES, loss=Script(losses))
    x, y = blobs(20)
    rule = EarlyStopping(patience, min_delta)
    history = net.fit(x, y, 8, early_stopping=rule, valid=(x[:7], y[:7]))
    assert len(history.rows) == epochs


@pytest.mark.parametrize(
    "settings", [{"patience": 0}, {"min_delta": -1.0}, {"min_delta": np.nan}]
)
def test_an_early_stopping_that_cannot_be(settings):
    with pytest.raises(ValueError, match="patience must be >= 1 and min_delta >= 0"):
        EarlyStopping(**settings)


# Divergence


def test_a_run_that_explodes_stops_at_the_step_that_can_be_foretold():
    # One weight, x = 1, target 0: w <- (1 - 2 eta) w = -1000 w. From w = 1 the loss
    # w^2 is 1e36 at step 6 and beyond float32 (3.4e38) at step 7, where w still fits.
    net = mlp([1, 1], loss="mean_squared_error")
    net.set_weights([[[1.0]], [0.0]])
    net.layers[0].use_bias = False
    x, y = np.ones((1, 1)), np.zeros((1, 1))
    with pytest.raises(DivergenceError) as raised:
        net.fit(x, y, epochs=20, optimizer=SGD(500.5))
    assert (raised.value.step, raised.value.layer) == (7, "the loss")
    assert net.flat[0] == pytest.approx(-(1000.0**7), rel=1e-5)


@pytest.mark.parametrize(
    ("rate", "layer", "what"),
    [
        (1e30, "layer 2 (pre-activation)", "infinity|NaN"),  # 1e30 squared
        (1e39, "layer 1 (weights)", "infinity|NaN"),  # not a float32 at all
    ],
)
def test_it_is_named_where_and_when_it_went_wrong(rate, layer, what):
    net = mlp([6, 8, 8, 3], seeds=0)
    with pytest.raises(DivergenceError, match=what) as raised:
        net.fit(
            *blobs(80), 3, 8, SGD(0.1), schedule=lambda step: rate if step == 4 else 0.1
        )
    assert raised.value.step == 5
    assert raised.value.layer == layer


def test_divergence_in_the_last_step_of_all_is_noticed():
    net = mlp([6, 8, 3], seeds=0)
    with pytest.raises(DivergenceError) as raised:
        net.fit(*blobs(80), 2, 8, schedule=lambda step: 1e39 if step == 19 else 0.1)
    assert (raised.value.step, raised.value.layer) == (20, "layer 1 (weights)")


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ((0, "weights"), "layer 1 (weights)"),
        ((1, "beta"), "layer 1 (beta)"),
        ((3, "bias"), "layer 2 (bias)"),
        ((6, "weights"), "layer 3 (weights)"),
    ],
)
@pytest.mark.parametrize("seeds", [0, [1, 0]])
def test_every_parameter_can_be_named(place, expected, seeds):
    net = mlp([6, 8, 8, 3], normalization=ScaleShift(), seeds=seeds)
    piece, name = place
    net.parameters[piece][name][..., -1] = np.nan
    if seeds == 0:
        with pytest.raises(DivergenceError, match="NaN at step 0") as raised:
            net.fit(*blobs(20), epochs=1)
        error = raised.value
    else:
        history = net.fit(*blobs(20), epochs=1)
        assert history.diverged.keys() == {0, 1}
        error = history.diverged[1]
    assert (error.layer, error.what, error.step) == (expected, "NaN", 0)


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ({"normalization": ScaleShift()}, "layer 1 (ScaleShift output)"),
        ({"activation": "linear"}, "layer 2 (pre-activation)"),
    ],
)
def test_an_output_that_overflows_is_named_by_its_piece(layers, expected):
    net = mlp([6, 8, 3], **layers)
    for parameters in net.parameters[:2]:
        for name in {"weights", "gamma"} & parameters.keys():
            parameters[name][...] = 1e30
    net.parameters[-1]["weights"][...] = 1e30
    with pytest.raises(DivergenceError) as raised:
        net.fit(np.ones((8, 6)), blobs(8)[1], epochs=1)
    assert raised.value.layer == expected


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("seeds", [0, [0, 1]])
def test_a_bad_number_in_the_data_is_named(bad, seeds):
    # At the step whose batch holds it, which the order of the batches foretells.
    x, y = blobs(40)
    x[17, 3] = bad
    step = {
        s: int(np.flatnonzero(stream(s, BATCHES, 0).permutation(40) == 17)[0] // 4)
        for s in (0, 1)
    }
    net = mlp(SIZES, seeds=seeds)
    if seeds == 0:
        with pytest.raises(DivergenceError) as raised:
            net.fit(x, y, epochs=1, batch_size=4)
        errors = {0: raised.value}
    else:
        errors = net.fit(x, y, epochs=1, batch_size=4).diverged
        assert step[0] != step[1]
    assert errors.keys() == set(net.seeds)
    for seed, error in errors.items():
        assert error.layer == "the inputs x"
        assert error.what == ("NaN" if np.isnan(bad) else "infinity")
        assert error.step == step[seed]


def test_one_replica_diverges_and_the_others_go_on_as_if_alone():
    seeds, data, valid = [5, 6, 7], blobs(60), blobs(30, seed=1)
    fit = {"epochs": 3, "batch_size": 16, "optimizer": MOMENTUM, "valid": valid}
    net = mlp([6, 8, 8, 3], seeds=seeds)
    net.flat[1] *= 1e20  # fits, but not when multiplied
    history = net.fit(*data, **fit)
    assert history.diverged.keys() == {6}
    assert history.diverged[6].step == 0
    assert history.diverged[6].layer == "layer 2 (pre-activation)"
    frame = history.frame
    bad = frame[frame["seed"] == 6].drop(columns=["seed", "epoch"])
    assert len(bad) == 3
    assert bad.isna().all(axis=None)
    for r, seed in ((0, 5), (2, 7)):
        alone = mlp([6, 8, 8, 3], seeds=seed)
        expected = alone.fit(*data, **fit).frame
        mine = frame[frame["seed"] == seed].reset_index(drop=True)
        np.testing.assert_allclose(mine, expected, rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(net.flat[r], alone.flat, rtol=1e-5, atol=1e-6)


def test_when_all_have_diverged_there_is_nothing_left_to_do():
    net = mlp(SIZES, seeds=[0, 1])
    history = net.fit(*blobs(40), epochs=50, optimizer=SGD(1e39))
    assert history.diverged.keys() == {0, 1}
    assert len(history.rows) == 2


def test_it_survives_the_way_from_another_process():
    net = mlp(SIZES, seeds=[0])
    history = net.fit(*blobs(40), epochs=1, optimizer=SGD(1e39))
    again = pickle.loads(pickle.dumps(history))
    assert str(again.diverged[0]) == str(history.diverged[0])


# Going on


@pytest.mark.parametrize("settings", ARMS.values(), ids=ARMS.keys())
@pytest.mark.parametrize("seeds", [4, [4, 5]])
def test_a_resumed_run_is_the_uninterrupted_one(settings, seeds):
    # Exactly: shuffles, noise, velocity, moving averages, schedule and step numbers.
    data, valid = blobs(50), blobs(20, seed=1)
    fit = {
        "batch_size": 16,
        "optimizer": MOMENTUM,
        "valid": valid,
        "record_every": 3,
        "schedule": lambda step: 0.1 / (1 + step),
    }
    whole = mlp(SIZES, **settings, seeds=seeds)
    expected = whole.fit(*data, epochs=5, **fit)
    net = mlp(SIZES, **settings, seeds=seeds)
    first = net.fit(*data, epochs=2, **fit)
    if "clipping" not in settings:  # a function inside a function cannot be pickled
        net = pickle.loads(pickle.dumps(net))
    memory = {k: v.copy() for k, v in first.optimizer_state.items()}
    second = net.fit(
        *data, epochs=3, first_epoch=2, optimizer_state=first.optimizer_state, **fit
    )
    np.testing.assert_array_equal(net.flat, whole.flat)
    assert first.rows + second.rows == expected.rows
    assert first.records + second.records == expected.records
    assert second.steps == expected.steps
    # The first run's memory is still that of its end, to go on from a second time.
    for name, array in memory.items():
        np.testing.assert_array_equal(first.optimizer_state[name], array)
        assert (array != second.optimizer_state[name]).any()


def test_without_its_memory_it_is_not():
    # Or the test above would pass with a state that is ignored.
    data = blobs(50)
    whole, net = mlp(SIZES), mlp(SIZES)
    whole.fit(*data, epochs=2, optimizer=MOMENTUM)
    net.fit(*data, epochs=1, optimizer=MOMENTUM)
    net.fit(*data, epochs=1, first_epoch=1, optimizer=MOMENTUM)
    assert np.abs(net.flat - whole.flat).max() > 1e-4


# Records


def test_records_while_training():
    x, y = blobs(40)
    net = mlp([6, 5, 4, 3], "tanh", seeds=[1, 2], dtype=np.float64)
    frame = net.fit(x, y, 2, 8, SGD(0.5), record_every=4).record_frame
    assert frame["step"].unique().tolist() == [0, 4, 8]
    assert len(frame) == 3 * 2 * 3
    # Plain descent moves W by the rate times its gradient.
    np.testing.assert_allclose(
        frame["update_norm"], 0.5 * frame["weight_gradient_norm"], rtol=1e-9
    )
    np.testing.assert_allclose(
        frame["update_ratio"], frame["update_norm"] / frame["weight_norm"], rtol=1e-12
    )
    # The first is of the first batch, before its step.
    fresh = mlp([6, 5, 4, 3], "tanh", seeds=2, dtype=np.float64)
    batch = stream(2, BATCHES, 0).permutation(40)[:8]
    expected = fresh.record(x[batch], y[batch]).frame
    mine = frame[(frame["step"] == 0) & (frame["seed"] == 2)].reset_index(drop=True)
    np.testing.assert_allclose(mine[expected.columns], expected, rtol=1e-9)


@pytest.mark.parametrize("settings", ARMS.values(), ids=ARMS.keys())
def test_looking_does_not_change_what_is_seen(settings):
    nets = [mlp(SIZES, **settings) for _ in range(2)]
    nets[0].fit(*blobs(40), 2, 8, MOMENTUM)
    nets[1].fit(*blobs(40), 2, 8, MOMENTUM, record_every=1, valid=blobs(10))
    np.testing.assert_array_equal(nets[0].flat, nets[1].flat)


# What it refuses


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"epochs": -1}, "epochs and first_epoch must be >= 0, got -1 and 0"),
        ({"first_epoch": -2}, "epochs and first_epoch must be >= 0, got 1 and -2"),
        ({"batch_size": 0}, "batch_size and record_every must be >= 1, got 0 and None"),
        ({"record_every": 0}, "batch_size and record_every must be >= 1, got 32 and 0"),
        ({"early_stopping": EarlyStopping()}, r"early_stopping needs valid=\(x, y\)"),
        ({"valid": (np.zeros((3, 5)), np.zeros(3, int))}, "valid: x must have shape"),
        ({"valid": (np.zeros((3, 6)), np.full(3, 3))}, r"valid: labels must be in \[0"),
        ({"valid": (np.full((3, 6), np.nan), np.zeros(3, int))}, "must be finite"),
        ({"optimizer_state": {"velocity": np.zeros(3)}}, "optimizer_state must have"),
        ({"optimizer": MOMENTUM, "optimizer_state": {}}, "optimizer_state must have"),
    ],
)
def test_settings_that_cannot_be(settings, message):
    net = mlp(SIZES)
    before = net.flat.copy()
    with pytest.raises(ValueError, match=message):
        net.fit(*blobs(20), **({"epochs": 1} | settings))
    np.testing.assert_array_equal(net.flat, before)


def test_a_misspelt_setting_is_not_swallowed():
    with pytest.raises(TypeError, match="shedule"):
        mlp(SIZES).fit(*blobs(20), epochs=1, shedule=lambda step: 0.1)
