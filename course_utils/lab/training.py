"""The training loop: batches, steps, validation, and what is remembered of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from threadpoolctl import threadpool_limits

from course_utils.lab.early_stopping import BestWeights, EarlyStopping
from course_utils.lab.history import History
from course_utils.lab.inputs import checked_data, is_labels
from course_utils.lab.layers import Noise
from course_utils.lab.not_finite import note_divergence
from course_utils.lab.randomness import BATCHES, NOISE, stream
from course_utils.optimizers import Optimizer, State

if TYPE_CHECKING:
    from course_utils.lab.network import Network

Schedule = Callable[[int], "float | Mapping[str, float]"]


def train(
    net: Network,
    x: np.ndarray,
    y: np.ndarray,
    epochs: int,
    batch_size: int,
    optimizer: Optimizer,
    *,
    valid: tuple[np.ndarray, np.ndarray] | None = None,
    schedule: Schedule | None = None,
    early_stopping: EarlyStopping | None = None,
    record_every: int | None = None,
    first_epoch: int = 0,
    optimizer_state: State | None = None,
) -> History:
    """Train a network in place.

    Every replica sees its own batch order, which depends on its seed and the epoch
    alone: the same in every arm of an experiment, and the same when training resumes.

    Args:
        net: the network.
        x: examples, shape (n, n_inputs); converted to the network's dtype.
        y: labels, shape (n,), ints; or targets of the loss.
        epochs: passes through the data, >= 0.
        batch_size: examples a step, >= 1; the last batch of an epoch may be smaller.
        optimizer: see `course_utils.optimizers`.
        valid: `(x, y)` to evaluate after each epoch.
        schedule: from the step (0 for the first) to a learning rate, or to a mapping of
            hyperparameters such as `{"learning_rate": 0.1, "momentum": 0.9}`. One that
            has a method `observe` is told the validation loss after each epoch; its
            `reset` is called first, unless training resumes. It needs `valid` and a
            single network: each replica would need a rate of its own.
        early_stopping: watches the validation loss of each replica.
        record_every: record each layer at every so manieth step, on that step's batch.
        first_epoch: the number of epochs already trained, when resuming.
        optimizer_state: `History.optimizer_state` of the run to resume.

    Returns:
        A `History`.

    Raises:
        ValueError: shapes or settings do not fit.
        DivergenceError: a single network met NaN or infinity. With replicas the run
            goes on until all have, and `History.diverged` names them.
    """
    x, y = checked_data(net, x, y)
    if valid is not None:
        valid = checked_data(net, *valid, "valid")
        if not np.isfinite(valid[0]).all():
            raise ValueError("valid: x must be finite, got NaN or infinity")
    if epochs < 0 or first_epoch < 0:
        raise ValueError(
            f"epochs and first_epoch must be >= 0, got {epochs} and {first_epoch}"
        )
    if batch_size < 1 or (record_every is not None and record_every < 1):
        raise ValueError(
            "batch_size and record_every must be >= 1, "
            f"got {batch_size} and {record_every}"
        )
    if early_stopping is not None and valid is None:
        raise ValueError("early_stopping needs valid=(x, y), got none")

    observe = getattr(schedule, "observe", None)
    if observe is not None:
        _check_observed(net, valid)
        if first_epoch == 0:
            schedule.reset()

    n, labels = len(x), is_labels(y)
    state = _optimizer_state(net, optimizer, optimizer_state)
    steps_an_epoch = -(-n // batch_size)
    history = History(optimizer_state=state, steps=first_epoch * steps_an_epoch)
    best = BestWeights(net, early_stopping) if early_stopping is not None else None

    with threadpool_limits(1, "blas"), np.errstate(over="ignore", invalid="ignore"):
        for epoch in range(first_epoch, first_epoch + epochs):
            order = _orders(net, epoch, n)
            noise = Noise([stream(s, NOISE, epoch) for s in net.seeds], net.replicas)
            stopped = best.stopped_seeds(net) if best is not None else ()
            seen_loss, seen_scores = 0.0, []
            for start in range(0, n, batch_size):
                rows = order[..., start : start + batch_size]
                batch_x, batch_y = x.take(rows, axis=0), y.take(rows, axis=0)
                recorded = record_every and history.steps % record_every == 0
                if recorded:
                    rows_of_record = net.record(batch_x, batch_y).rows()
                    before = net.flat.copy()

                scores, caches, _ = net.forward(batch_x, True, noise)
                loss, gradient = net.loss(scores, batch_y)
                if not (healthy := np.isfinite(loss)).all():
                    note_divergence(net, history, healthy, batch_x)
                net.backward(gradient, caches)
                if net.clipping is not None:
                    _clip(net)
                now = {} if schedule is None else schedule(history.steps)
                now = now if isinstance(now, Mapping) else {"learning_rate": now}
                optimizer.update(net.flat, net.flat_gradient, state, **now)
                if net.constraint is not None:
                    _constrain(net)
                if best is not None:
                    best.hold_stopped(net)

                if recorded:
                    _add_updates(net, before, rows_of_record)
                    history.records += [
                        {"step": history.steps, **row}
                        for row in rows_of_record
                        if row["seed"] not in stopped
                    ]
                seen_loss = seen_loss + rows.shape[-1] / n * loss
                if labels:
                    seen_scores.append(scores)
                history.steps += 1

            metrics = {"loss": seen_loss}
            if labels:
                guesses = np.concatenate(seen_scores, axis=-2).argmax(axis=-1)
                metrics["accuracy"] = (guesses == y.take(order)).mean(axis=-1)
            if valid is not None:
                seen = net.evaluate(*valid)
                metrics |= {f"valid_{name}": value for name, value in seen.items()}
            if not (healthy := np.isfinite(net.flat).all(axis=-1)).all():
                note_divergence(net, history, healthy, x[:batch_size])
            _add_epoch(net, history, epoch + 1, metrics, stopped)
            if observe is not None:
                observe(float(metrics["valid_loss"]))
            if len(history.diverged) == len(net.seeds):
                break
            if best is not None and best.all_stopped(net, metrics["valid_loss"]):
                break
        if best is not None:
            best.restore(net)
    return history


def _check_observed(net: Network, valid: tuple | None) -> None:
    """Refuse a schedule that could not see, or not decide, what it has to."""
    if valid is None:
        raise ValueError("a schedule that observes needs valid=(x, y), got none")
    if net.replicas:
        raise ValueError(
            "a schedule that observes needs a single network, because each replica "
            f"would need a rate of its own, got {len(net.seeds)} replicas"
        )


def _optimizer_state(net: Network, optimizer: Optimizer, given: State | None) -> State:
    """A fresh state, or a copy of the one to go on with."""
    state = optimizer.init(net.flat)
    if given is None:
        return state
    expected = {name: array.shape for name, array in state.items()}
    got = {name: np.shape(array) for name, array in given.items()}
    if got != expected:
        raise ValueError(f"optimizer_state must have shapes {expected}, got {got}")
    return {name: array.copy() for name, array in given.items()}


def _orders(net: Network, epoch: int, n: int) -> np.ndarray:
    """A shuffled order of the examples, shape (n,) or (replicas, n)."""
    orders = [stream(seed, BATCHES, epoch).permutation(n) for seed in net.seeds]
    return np.stack(orders) if net.replicas else orders[0]


def _clip(net: Network) -> None:
    """Clip the gradients of each replica as one network's.

    A replica whose gradients are not finite has nothing to clip: it has diverged, which
    the next loss will say.
    """
    healthy = np.atleast_1d(np.isfinite(net.flat_gradient).all(axis=-1))
    for r in np.flatnonzero(healthy):
        one = [
            array[r] if net.replicas else array
            for piece in net.gradients
            for array in piece.values()
        ]
        for array, clipped in zip(one, net.clipping(one), strict=True):
            array[...] = clipped


def _constrain(net: Network) -> None:
    """Put the weights of dense layers back where they are allowed."""
    for k in net.dense_layers():
        weights = net.parameters[k]["weights"]
        weights[...] = net.constraint(weights)


def _add_updates(net: Network, before: np.ndarray, rows: list[dict]) -> None:
    """Add to each recorded row how far W moved in this step."""
    old = net.views(before)
    moved = {}
    for r, seed in enumerate(net.seeds):
        for layer, k in enumerate(net.dense_layers(), 1):
            change = net.parameters[k]["weights"] - old[k]["weights"]
            change = change[r] if net.replicas else change
            moved[seed, layer] = float(np.linalg.norm(change.astype(np.float64)))
    for row in rows:
        row["update_norm"] = moved[row["seed"], row["layer"]]
        norm = row["weight_norm"]
        row["update_ratio"] = row["update_norm"] / norm if norm else np.nan


def _add_epoch(
    net: Network, history: History, epoch: int, metrics: dict, stopped: tuple[int, ...]
) -> None:
    """One row a replica that trained; NaN for those that have diverged."""
    for r, seed in enumerate(net.seeds):
        if seed in stopped:
            continue
        row: dict[str, Any] = {"seed": seed, "epoch": epoch}
        for name, value in metrics.items():
            value = float(value[r] if net.replicas else value)
            row[name] = np.nan if seed in history.diverged else value
        history.rows.append(row)
