"""Transfer in NumPy: tasks are apart, arms are paired, only what may move does."""

import shutil

import numpy as np
import pytest

from course_utils.lab import network, transfer, trials
from course_utils.lab.layers import Noise
from course_utils.lab.transfer import shelf, sources, trial
from course_utils.optimizers import SGD

QUICK = {"seed": 0, "learning_rate": 0.02, "n_train": 50, "epochs": 3}


@pytest.fixture(scope="module", autouse=True)
def _short_sources():
    """Sources that learn for one epoch are enough here, and are made once."""
    whole = sources.source

    def short(split, name="A", epochs=1):
        return whole(split, name, epochs)

    patch = pytest.MonkeyPatch()
    patch.setattr("course_utils.lab.transfer.trial.source", short)
    yield
    patch.undo()


# --- tasks -------------------------------------------------------------------------


def test_the_textbook_s_split():
    data = trials.images().train
    a, b = transfer.split_tasks(data)
    assert a.x.shape == (8000, 784)
    assert b.x.shape == (2000, 784)
    assert a.y.dtype == np.int64
    assert b.y.dtype == np.float32
    np.testing.assert_array_equal(np.bincount(a.y), [1000] * 8)
    # The old numbers, in the old order: 0 to 4 stay, 7, 8, 9 become 5, 6, 7.
    kept = data.y[(data.y != 5) & (data.y != 6)]
    np.testing.assert_array_equal(a.y, kept - 2 * (kept > 6))
    old = data.y[(data.y == 5) | (data.y == 6)]
    np.testing.assert_array_equal(b.y, old == 6)


def test_the_second_class_named_is_label_one():
    x, y = np.arange(4.0)[:, None], np.array([3, 1, 2, 3])
    _, b = transfer.split_tasks((x, y), classes_b=(3, 1))
    assert b.y.tolist() == [0, 1, 0]
    assert b.x.ravel().tolist() == [0, 1, 3]
    _, b = transfer.split_tasks((x, y), classes_b=(1, 3))
    assert b.y.tolist() == [1, 0, 1]


@pytest.mark.parametrize(
    ("y", "pair", "words"),
    [
        ([0, 1, 2], (1, 1), "two different classes of"),
        ([0, 1, 2], (1, 7), "two different classes of"),
        ([0, 1, 2], (1,), "two different classes of"),
        ([0, 1, 1], (0, 1), "must have a class beside"),
        ([0, 1], (0, 1), "one integer label for each row"),
        ([0.0, 1.0, 2.0], (0, 1), "one integer label for each row"),
    ],
)
def test_tasks_that_cannot_be(y, pair, words):
    with pytest.raises(ValueError, match=words):
        transfer.split_tasks((np.zeros((3, 2)), np.array(y)), pair)


def test_every_other_pair_comes_once():
    pairs = [transfer.pair_of(k) for k in range(45)]
    assert pairs[0] == transfer.TEXTBOOK
    assert len({*pairs}) == 45
    assert all(0 <= low < high <= 9 for low, high in pairs)
    assert transfer.pair_name(0) == "Sandal / Shirt"
    for bad, error in ((-1, ValueError), (1.5, TypeError), (True, TypeError)):
        with pytest.raises(error, match="split must be"):
            transfer.pair_of(bad)


def test_few_labels_are_balanced_nested_and_of_task_b():
    small, large = transfer.few(3, 50), transfer.few(3, 200)
    np.testing.assert_array_equal(small.x, large.x[:50])
    assert small.y.mean() == large.y.mean() == 0.5
    assert {row.tobytes() for row in large.x} <= {
        row.tobytes() for row in transfer.tasks_of(3)[1].x
    }
    assert len(transfer.few(3, 2000).y) == 2000
    for n in (1, 2001):
        with pytest.raises(ValueError, match=rf"n must be in \[2, 2000\], got {n}"):
            transfer.few(3, n)


def test_task_b_alone_is_the_one_beside_a():
    alone, beside = transfer.task_b(4, "valid"), transfer.tasks_of(4, "valid")[1]
    np.testing.assert_array_equal(alone.x, beside.x)
    np.testing.assert_array_equal(alone.y, beside.y)
    assert alone.y.dtype == beside.y.dtype == np.int64


def test_no_image_of_b_s_test_is_in_any_source():
    seen = {row.tobytes() for row in sources.autoencoder(0).x}
    asked = transfer.tasks_of(0, "test")[1].x
    # A picture may occur twice in the data set itself; none was put there by a split.
    assert sum(row.tobytes() in seen for row in asked) <= 1
    a = {row.tobytes() for row in sources.task_a(0).x}
    assert not a & {row.tobytes() for row in transfer.few(0, 2000).x}


def test_turns_are_turns_and_shuffled_is_a():
    x = trials.images().train.x
    turned = sources.turns(0)
    for k in range(4):
        row = np.flatnonzero(turned.y == k)[0]
        back = np.rot90(turned.x[row].reshape(28, 28), -k).ravel()
        np.testing.assert_array_equal(back, x[row])
    mixed, a = sources.shuffled(0), sources.task_a(0)
    np.testing.assert_array_equal(mixed.y, a.y)
    np.testing.assert_array_equal(np.sort(mixed.x[0]), np.sort(a.x[0]))
    assert not np.array_equal(mixed.x[0], a.x[0])


# --- sources and starts ------------------------------------------------------------


@pytest.mark.parametrize("name", [None, "B", "a"])
def test_sources_that_are_none(name):
    with pytest.raises(ValueError, match="source must be one of A, shuffled"):
        transfer.source(0, name, 1)


def test_a_source_has_learned():
    net = transfer.source(0, "A", 1)
    assert net.evaluate(*transfer.tasks_of(0, "valid")[0])["accuracy"] > 0.8
    assert transfer.source(0, "A", 1) is net
    assert transfer.source(3, "A", 1) is not net
    assert transfer.source(3, "turns", 1) is transfer.source(0, "turns", 1)
    assert transfer.source(1, "turns", 1) is not transfer.source(0, "turns", 1)


@pytest.mark.parametrize("k", [0, 1, 3])
def test_a_start_has_k_old_layers_and_the_same_new_ones(k):
    scratch = transfer.start_b(0, None).get_weights()
    old, reused = transfer.source(0, "A", 1), transfer.start_b(0, "A", k)
    for i, array in enumerate(reused.get_weights()):
        expected = old.get_weights()[i] if i < 2 * k else scratch[i]
        np.testing.assert_array_equal(array, expected)
    reused.flat += 1
    assert not np.array_equal(reused.get_weights()[0], old.get_weights()[0])


def test_starts_that_cannot_be():
    with pytest.raises(ValueError, match=r"n_layers must be in \[0, 3\], got 4"):
        transfer.start_b(0, "A", 4)


# --- the trial ---------------------------------------------------------------------


def test_from_scratch_it_is_the_network_s_own_training():
    net = transfer.start_b(0, None)
    net.fit(*transfer.few(0, 50), epochs=3, optimizer=SGD(0.02, 0.9))
    seen = net.evaluate(*transfer.tasks_of(0, "test")[1])
    got = transfer.fit_b(reuse=None, **QUICK)
    assert {k: got[k] for k in seen} == seen


@pytest.mark.parametrize("k", [1, 3])
def test_frozen_is_training_with_gradients_of_zero_below(k):
    """The short cut by features against the whole network, its lower steps undone."""
    net, held = transfer.start_b(0, "A", k), transfer.start_b(0, "A", k)
    below = net.get_weights()[: 2 * k]

    def hold(gradients):
        return [g * (i >= 2 * k) for i, g in enumerate(gradients)]

    net.clipping = hold
    net.fit(*transfer.few(0, 50), epochs=3, optimizer=SGD(0.02, 0.9))
    from course_utils.lab.transfer.trial import fit_head

    fit_head(held, k, *transfer.few(0, 50), 3, SGD(0.02, 0.9))
    for ours, slow in zip(held.get_weights(), net.get_weights(), strict=True):
        np.testing.assert_allclose(ours, slow, atol=2e-6)
    for ours, old in zip(held.get_weights(), below, strict=False):
        np.testing.assert_array_equal(ours, old)
    seen = transfer.fit_b(n_layers=k, mode="frozen", **QUICK)
    assert (
        seen["accuracy"] == held.evaluate(*transfer.tasks_of(0, "test")[1])["accuracy"]
    )


def test_head_first_is_the_one_and_then_the_other():
    frozen = transfer.fit_b(mode="frozen", **QUICK)
    held = transfer.fit_b(mode="head first", head_epochs=3, **QUICK)
    free = transfer.fit_b(mode="head first", head_epochs=0, **QUICK)
    assert held == frozen
    assert free == transfer.fit_b(**QUICK)
    gentle = transfer.fit_b(mode="head first", head_epochs=2, later=0.1, **QUICK)
    rough = transfer.fit_b(mode="head first", head_epochs=2, later=1, **QUICK)
    assert 0 == frozen["moved"] < gentle["moved"] < rough["moved"] < free["moved"]


def test_what_is_left_of_a():
    kept = transfer.fit_b(mode="frozen", and_a=True, **QUICK)["keeps_a"]
    old = transfer.source(0, "A", 1).evaluate(*transfer.tasks_of(0, "test")[0])
    assert kept == old["accuracy"]
    wild = {**QUICK, "learning_rate": 0.1, "epochs": 10}
    assert transfer.fit_b(and_a=True, **wild)["keeps_a"] < kept - 0.1
    assert np.isnan(transfer.fit_b(reuse=None, and_a=True, **QUICK)["keeps_a"])
    assert "keeps_a" not in transfer.fit_b(**QUICK)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"mode": "thaw"}, "mode must be one of all, frozen"),
        ({"mode": "frozen", "reuse": None}, "mode must be 'all'"),
        ({"epochs": 0}, "epochs must be >= 1"),
        ({"mode": "head first", "head_epochs": 4}, r"head_epochs must be in \[0, 3\]"),
        ({"later": 0}, "later must be > 0, got 0"),
        ({"learning_rate": 0}, "learning_rate must be > 0"),
    ],
)
def test_bad_settings(setting, words):
    with pytest.raises(ValueError, match=words):
        transfer.fit_b(**{**QUICK, "head_epochs": 1, **setting})


# --- low rank ----------------------------------------------------------------------


def low_rank_net(dtype=np.float64):
    rng = np.random.default_rng(0)
    old = rng.normal(size=(5, 4)), rng.normal(size=4)
    net = network.Network(
        5, [transfer.LowRank(*old, rank=2)], seeds=[3, 4], dtype=dtype
    )
    return net, old, rng.normal(size=(6, 5)), rng.integers(4, size=6)


def test_low_rank_starts_as_the_layer_it_was():
    net, (w, b), x, _ = low_rank_net()
    np.testing.assert_allclose(net.scores(x), np.stack([x @ w + b] * 2))
    assert net.n_parameters == 5 * 2 + 2 * 4 + 4
    p = net.parameters[0]["p"]
    assert not np.array_equal(p[0], p[1])


def test_low_rank_gradients_are_those_of_the_loss():
    net, _, x, y = low_rank_net()
    net.flat += np.random.default_rng(1).normal(size=net.flat.shape)
    gradient = net.loss_and_gradients(x, y)[1] and net.flat_gradient.copy()
    for i in range(net.n_parameters):
        at, step = net.flat[0, i], 1e-6
        sides = []
        for sign in (1, -1):
            net.flat[0, i] = at + sign * step
            sides.append(net.loss_and_gradients(x, y)[0][0])
        net.flat[0, i] = at
        assert gradient[0, i] == pytest.approx((sides[0] - sides[1]) / 2e-6, abs=1e-7)


def test_low_rank_passes_the_gradient_down():
    net, _, x, _ = low_rank_net()
    net.flat += 0.3
    piece, parameters = net.layers[0], net.parameters[0]
    noise = Noise([np.random.default_rng(0)], replicas=False)
    z, cache = piece.forward(x, parameters, net.state[0], True, noise)
    weight = np.random.default_rng(2).normal(size=z.shape)
    down = piece.backward(weight, cache, parameters, net.gradients[0])
    full = net.state[0]["weights"] + parameters["p"] @ parameters["q"]
    np.testing.assert_allclose(down, weight @ full.swapaxes(-1, -2))


def test_low_rank_moves_no_weight_and_its_correction_has_the_rank():
    net, (w, b), x, y = low_rank_net(np.float32)
    net.fit(x, y, 30, optimizer=SGD(0.1))
    np.testing.assert_array_equal(net.state[0]["weights"][0], np.float32(w))
    z = net.scores(x)[0] - net.parameters[0]["bias"][0] - np.float32(x @ w)
    assert z.dtype == np.float32
    singular = np.linalg.svd(z, compute_uv=False)
    assert singular[1] > 0.01 > 1e-4 > singular[2]
    assert not np.allclose(net.parameters[0]["bias"][0], b, atol=1e-3)


def test_the_low_rank_arm_learns():
    score = transfer.fit_b(mode="low rank", **{**QUICK, "epochs": 10})
    assert score["accuracy"] > 0.9
    assert score["moved"] == 0


@pytest.mark.parametrize("rank", [0, 5])
def test_ranks_that_cannot_be(rank):
    with pytest.raises(ValueError, match=rf"rank must be in \[1, 4\], got {rank}"):
        transfer.LowRank(np.ones((5, 4)), np.zeros(4), rank)


def test_low_rank_shapes_that_do_not_fit():
    with pytest.raises(ValueError, match="weights and bias must be"):
        transfer.LowRank(np.ones((5, 4)), np.zeros(5), 1)
    with pytest.raises(ValueError, match="inputs must be 5, got 3"):
        network.Network(3, [transfer.LowRank(np.ones((5, 4)), np.zeros(4), 1)])


# --- what processes share ----------------------------------------------------------


def test_another_process_is_handed_the_same_source(tmp_path, monkeypatch):
    monkeypatch.setenv(shelf.FOLDER, str(tmp_path))
    fresh = sources.source.__wrapped__
    learned = fresh(0, "A", 1)
    assert [path.name for path in tmp_path.iterdir()] == ["A-0-1.npz"]
    monkeypatch.setattr(network.Network, "fit", None)  # so it cannot learn again
    handed = fresh(0, "A", 1)
    assert handed is not learned
    for one, other in zip(learned.get_weights(), handed.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert handed.loss == learned.loss


def test_the_shelf_is_made_once_and_what_is_gone_is_not_missed(monkeypatch):
    monkeypatch.setenv(shelf.FOLDER, "restored afterwards")
    monkeypatch.delenv(shelf.FOLDER)
    made = shelf.folder()
    assert shelf.folder() == made
    assert shelf.find("nothing") is None
    shelf.keep("one", [np.ones(3, np.float32)])
    (again,) = shelf.find("one")
    assert again.dtype == np.float32
    shutil.rmtree(made)
    assert shelf.find("one") is None
    shelf.keep("one", [np.ones(3)])
    assert not made.exists()


def test_weights_that_nearly_overflow_have_moved_by_a_number():
    before, after = ([np.full(2, size, np.float32)] for size in (1e25, 3e25))
    assert trial._share(before, after) == pytest.approx(2)
    assert trial._share([], []) == 0


def test_a_run_that_nearly_diverged_is_judged_in_silence():
    wild = {"seed": 20, "learning_rate": 0.1, "reuse": None, "n_train": 20}
    seen = transfer.fit_b(**wild, part="valid")
    assert seen["loss"] > 1e6
    assert 0.4 < seen["accuracy"] < 0.7
