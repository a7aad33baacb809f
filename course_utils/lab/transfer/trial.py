"""The trial: a network for task B, from scratch or from layers that know something."""

from __future__ import annotations

from typing import Any

import numpy as np

from course_utils.lab.layers import Activate, Dense
from course_utils.lab.network import Network, mlp
from course_utils.lab.transfer.low_rank import LowRank
from course_utils.lab.transfer.sources import HIDDEN, source
from course_utils.lab.transfer.tasks import few, task_b, tasks_of
from course_utils.optimizers import SGD

MODES = ("all", "frozen", "head first", "low rank")
SIZES = (784, *HIDDEN, 2)


def start_b(split: int, reuse: str | None = "A", n_layers: int = 3) -> Network:
    """A network for task B: hidden layers that were learned before, and a new head.

    Layers that are not reused are drawn by the split alone, the same in every arm.

    Args:
        split: which split of the classes; also the seed.
        reuse: one of `SOURCES`, or None for a network from scratch.
        n_layers: how many hidden layers to reuse, lowest first.

    Raises:
        ValueError: there is no such source, or `n_layers` is not in [0, 3].
    """
    if not 0 <= n_layers <= len(HIDDEN):
        raise ValueError(f"n_layers must be in [0, {len(HIDDEN)}], got {n_layers}")
    net = mlp(SIZES, "relu", "he_normal", seeds=split)
    if reuse is not None:
        old, new = source(split, reuse).get_weights(), net.get_weights()
        net.set_weights(old[: 2 * n_layers] + new[2 * n_layers :])
    return net


def train_b(
    split: int,
    *,
    learning_rate: float,
    reuse: str | None = "A",
    n_layers: int = 3,
    mode: str = "all",
    n_train: int = 200,
    epochs: int = 20,
    head_epochs: int = 4,
    later: float = 0.1,
    momentum: float = 0.9,
    rank: int = 4,
) -> Network:
    """Learn task B from `n_train` labelled images; batches of 32, SGD.

    Args:
        split: the number of the split, see `pair_of`, and the seed of all else.
        learning_rate: of SGD.
        reuse: the source of the reused layers, or None (then only the mode "all").
        n_layers: how many hidden layers to reuse.
        mode: `"all"`: everything learns, at once; `"frozen"`: the reused layers never
            do; `"head first"`: frozen for `head_epochs`, then everything learns, at the
            rate times `later`; `"low rank"`: the reused layers keep their weights and
            learn corrections of low rank (`LowRank`).
        n_train: labelled images of task B, in [2, 2000].
        epochs: passes through them, all phases together.
        head_epochs: see `mode`, in [0, epochs] where it counts.
        later: see `mode`, > 0.
        momentum: of SGD.
        rank: see `mode`.

    Raises:
        ValueError: a setting is out of range.
        DivergenceError: the run met NaN or infinity.
    """
    if mode not in MODES:
        raise ValueError(f"mode must be one of {', '.join(MODES)}, got {mode!r}")
    if reuse is None and mode != "all":
        raise ValueError(f"mode must be 'all' where nothing is reused, got {mode!r}")
    if epochs < 1:
        raise ValueError(f"epochs must be >= 1, got {epochs}")
    if mode == "head first" and not 0 <= head_epochs <= epochs:
        raise ValueError(f"head_epochs must be in [0, {epochs}], got {head_epochs}")
    if not later > 0:
        raise ValueError(f"later must be > 0, got {later}")
    x, y = few(split, n_train)
    net = start_b(split, reuse, n_layers)
    if mode == "low rank":
        net = low_rank(net, n_layers, rank)
    held = {"frozen": epochs, "head first": head_epochs}.get(mode, 0)
    if held:
        fit_head(net, n_layers, x, y, held, SGD(learning_rate, momentum))
    if held < epochs:
        rate = learning_rate * (later if held else 1)
        sgd = SGD(rate, momentum)
        net.fit(x, y, epochs - held, optimizer=sgd, first_epoch=held)
    return net


def fit_b(
    *, seed: int, part: str = "test", and_a: bool = False, **settings: Any
) -> dict[str, float]:
    """Train for task B, and judge: what `experiments.run` and `tune` call.

    Args:
        seed: the number of the split, see `pair_of`.
        part: the images to judge by, `"valid"` or `"test"`.
        and_a: whether to ask afterwards what is left of task A.
        **settings: of `train_b`; `learning_rate` among them.

    Returns:
        `accuracy` and `loss` on task B, and `moved`: how far the reused weights went,
        as a share of their length (0 for "low rank"). With `and_a` also `keeps_a`: the
        accuracy on task A with the reused layers put back below A's own head; NaN where
        no layer of A was reused.

    Raises:
        ValueError, DivergenceError: as `train_b` does.
    """
    net = train_b(seed, **settings)
    reuse, n_layers = settings.get("reuse", "A"), settings.get("n_layers", 3)
    before = reused_weights(start_b(seed, reuse, n_layers), n_layers)
    thin = settings.get("mode") == "low rank"
    after = before if thin else reused_weights(net, n_layers)
    with np.errstate(over="ignore"):  # the loss of a run that nearly diverged is inf
        seen = net.evaluate(*task_b(seed, part))
    seen["moved"] = _share(before, after)
    if and_a:
        seen["keeps_a"] = _accuracy_on_a(seed, reuse, after, part)
    return seen


def reused_weights(net: Network, n_layers: int) -> list[np.ndarray]:
    """Copies of weights and biases of the lowest layers."""
    return net.get_weights()[: 2 * n_layers]


def fit_head(
    net: Network, n_layers: int, x: np.ndarray, y: np.ndarray, epochs: int, sgd: SGD
) -> None:
    """Train what stands above the reused layers, in place.

    Below, nothing changes, so what comes out there is computed once.
    """
    outputs = net.forward(x)[2]
    features = outputs[2 * n_layers - 1] if n_layers else x
    sizes = (features.shape[1], *SIZES[n_layers + 1 :])
    head = mlp(sizes, "relu", "he_normal", seeds=net.seeds[0])
    weights = net.get_weights()
    head.set_weights(weights[2 * n_layers :])
    head.fit(features, y, epochs, optimizer=sgd)
    net.set_weights(weights[: 2 * n_layers] + head.get_weights())


def low_rank(net: Network, n_layers: int, rank: int) -> Network:
    """The same network, its lowest layers with corrections of low rank."""
    weights, layers = net.get_weights(), []
    for k in range(len(SIZES) - 1):
        if k < n_layers:
            w, b = weights[2 * k : 2 * k + 2]
            layers.append(LowRank(w, b, min(rank, *w.shape)))
        else:
            layers.append(Dense(SIZES[k + 1], "he_normal"))
        if k < len(SIZES) - 2:
            layers.append(Activate("relu"))
    new = Network(SIZES[0], layers, seeds=net.seeds[0])
    drawn = new.get_weights()
    new.set_weights(drawn[: 3 * n_layers] + weights[2 * n_layers :])
    return new


def _share(before: list[np.ndarray], after: list[np.ndarray]) -> float:
    """The length of the change over the length of what was there; 0 of nothing."""
    # In float64: weights that nearly overflow have squares that do, in float32.
    old, new = (
        np.concatenate([w.ravel() for w in part]).astype(np.float64)
        if part
        else np.zeros(1)
        for part in (before, after)
    )
    size = np.linalg.norm(old)
    return float(np.linalg.norm(new - old) / size) if size else 0.0


def _accuracy_on_a(
    split: int, reuse: str | None, weights: list[np.ndarray], part: str
) -> float:
    if reuse != "A" or not weights:
        return float("nan")
    old = source(split)
    net = mlp([*SIZES[:-1], old.n_outputs], "relu", "he_normal")
    net.set_weights(weights + old.get_weights()[len(weights) :])
    return net.evaluate(*tasks_of(split, part)[0])["accuracy"]
