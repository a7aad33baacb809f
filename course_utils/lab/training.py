"""The training loop: batches, steps, validation, and what is remembered of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from threadpoolctl import threadpool_limits

from course_utils.lab.divergence import DivergenceError
from course_utils.lab.layers import Noise
from course_utils.optimizers import Optimizer, State

if TYPE_CHECKING:
    import pandas as pd

    from course_utils.lab.network import Network

#: First entries of the seed sequences; `network` uses 0 and 1 for parameters.
BATCHES, NOISE = 2, 3

Schedule = Callable[[int], "float | Mapping[str, float]"]


@dataclass(frozen=True)
class EarlyStopping:
    """Stop when the validation loss has not improved for a while; keep the best weights.

    Attributes:
        patience: epochs without improvement before stopping, >= 1.
        min_delta: how much lower the loss must be to count as improved, >= 0.

    Raises:
        ValueError: a value is outside its range.
    """

    patience: int = 5
    min_delta: float = 0.0

    def __post_init__(self) -> None:
        """Check the ranges."""
        if self.patience < 1 or self.min_delta < 0:
            raise ValueError(
                "patience must be >= 1 and min_delta >= 0, "
                f"got {self.patience} and {self.min_delta}"
            )


@dataclass
class History:
    """What a training run leaves behind.

    Attributes:
        rows: one a seed and epoch; see `frame`.
        records: one a seed, recorded step and layer; see `record_frame`.
        diverged: for each replica that met NaN or infinity, where and when. Its metrics
            are NaN from then on; the other replicas train as if alone.
        optimizer_state: the optimizer's memory at the end, to go on with.
        steps: optimizer steps taken, counted from the first epoch on.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)
    diverged: dict[int, DivergenceError] = field(default_factory=dict)
    optimizer_state: State = field(default_factory=dict)
    steps: int = 0

    @property
    def frame(self) -> pd.DataFrame:
        """Tidy: one row a seed and epoch.

        Columns: `seed`, `epoch` (from 1), `loss` and `accuracy` (running means over the
        epoch's batches, as they were met), `valid_loss` and `valid_accuracy` (after the
        epoch, in inference mode). Losses are without penalty.
        """
        import pandas as pd

        return pd.DataFrame(self.rows)

    @property
    def record_frame(self) -> pd.DataFrame:
        """Tidy: one row a seed, recorded step and layer.

        The columns of `Records.frame`, and `step`, `update_norm` (Frobenius norm of
        the change of W in that step) and `update_ratio` (that over the norm of W).
        """
        import pandas as pd

        return pd.DataFrame(self.records)


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
            hyperparameters such as `{"learning_rate": 0.1, "momentum": 0.9}`.
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
    from course_utils.lab.network import is_labels

    x, y = _checked(net, x, y, "x and y")
    if valid is not None:
        valid = _checked(net, *valid, "valid")
    if epochs < 0 or batch_size < 1 or (record_every is not None and record_every < 1):
        raise ValueError(
            "epochs must be >= 0, batch_size >= 1 and record_every >= 1, "
            f"got {epochs}, {batch_size} and {record_every}"
        )
    if early_stopping is not None and valid is None:
        raise ValueError("early_stopping needs valid=(x, y), got none")

    n, labels = len(x), is_labels(y)
    state = optimizer.init(net.flat) if optimizer_state is None else optimizer_state
    steps_an_epoch = -(-n // batch_size)
    history = History(optimizer_state=state, steps=first_epoch * steps_an_epoch)
    best = _Best(net, early_stopping) if early_stopping is not None else None

    with threadpool_limits(1, "blas"), np.errstate(over="ignore", invalid="ignore"):
        for epoch in range(first_epoch, first_epoch + epochs):
            order = _orders(net, epoch, n)
            noise = Noise(
                [np.random.default_rng([s, NOISE, epoch]) for s in net.seeds],
                net.replicas,
            )
            seen_loss, seen_correct = 0.0, 0.0
            for start in range(0, n, batch_size):
                rows = order[..., start : start + batch_size]
                batch_x, batch_y = x.take(rows, axis=0), y.take(rows, axis=0)
                recorded = record_every and history.steps % record_every == 0
                if recorded:
                    rows_of_record = net.record(batch_x, batch_y).rows()
                    before = net.flat.copy()

                scores, caches, _ = net.forward(batch_x, True, noise)
                loss, gradient = net.loss(scores, batch_y)
                if not np.isfinite(loss).all():
                    _note_divergence(net, history, loss, batch_x)
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
                        {"step": history.steps, **row} for row in rows_of_record
                    ]
                share = rows.shape[-1] / n
                seen_loss = seen_loss + share * loss
                if labels:
                    hits = (scores.argmax(axis=-1) == batch_y).mean(axis=-1)
                    seen_correct = seen_correct + share * hits
                history.steps += 1

            metrics = {"loss": seen_loss}
            metrics |= {"accuracy": seen_correct} if labels else {}
            if valid is not None:
                seen = net.evaluate(*valid)
                metrics |= {f"valid_{name}": value for name, value in seen.items()}
            if not np.isfinite(net.flat).all():
                _note_divergence(net, history, net.flat.sum(axis=-1), x[:batch_size])
            _add_epoch(net, history, epoch + 1, metrics)
            if len(history.diverged) == len(net.seeds):
                break
            if best is not None and best.all_stopped(net, metrics["valid_loss"]):
                break
        if best is not None:
            best.restore(net)
    return history


def _checked(
    net: Network, x: np.ndarray, y: np.ndarray, what: str
) -> tuple[np.ndarray, np.ndarray]:
    """Data in the network's dtype, or an error that says what does not fit."""
    x, y = np.asarray(x), np.asarray(y)
    if x.ndim != 2 or x.shape[1] != net.n_inputs:
        raise ValueError(
            f"{what}: x must have shape (n, {net.n_inputs}), got {x.shape}"
        )
    if len(x) != len(y) or len(x) == 0:
        raise ValueError(
            f"{what}: x and y must hold equally many examples, at least one, "
            f"got {len(x)} and {len(y)}"
        )
    outputs = [*net._input_sizes(), None][-2]
    for layer in net.layers[-1:]:
        outputs = layer.output_size(outputs)
    if y.dtype.kind in "iu" and not 0 <= y.min() <= y.max() < outputs:
        raise ValueError(
            f"{what}: labels must be in [0, {outputs}), got {y.min()} to {y.max()}"
        )
    return x.astype(net.dtype, copy=False), y


def _orders(net: Network, epoch: int, n: int) -> np.ndarray:
    """A shuffled order of the examples, shape (n,) or (replicas, n)."""
    orders = [
        np.random.default_rng([seed, BATCHES, epoch]).permutation(n)
        for seed in net.seeds
    ]
    return np.stack(orders) if net.replicas else orders[0]


def _clip(net: Network) -> None:
    """Clip the gradients of each replica as one network's."""
    for r in range(len(net.seeds)):
        one = [
            array[r] if net.replicas else array
            for piece in net.gradients
            for array in piece.values()
        ]
        for array, clipped in zip(one, net.clipping(one), strict=True):
            array[...] = clipped


def _constrain(net: Network) -> None:
    """Put the weights of dense layers back where they are allowed."""
    for piece in net.parameters:
        if "weights" in piece:
            piece["weights"][...] = net.constraint(piece["weights"])


def _add_updates(net: Network, before: np.ndarray, rows: list[dict]) -> None:
    """Add to each recorded row how far W moved in this step."""
    old = net._views(before)
    moved = {}
    for r, seed in enumerate(net.seeds):
        for layer, k in enumerate(net._dense(), 1):
            change = net.parameters[k]["weights"] - old[k]["weights"]
            change = change[r] if net.replicas else change
            moved[seed, layer] = float(np.linalg.norm(change.astype(np.float64)))
    for row in rows:
        row["update_norm"] = moved[row["seed"], row["layer"]]
        norm = row["weight_norm"]
        row["update_ratio"] = row["update_norm"] / norm if norm else np.nan


def _add_epoch(net: Network, history: History, epoch: int, metrics: dict) -> None:
    """One row a replica; NaN for those that have diverged."""
    for r, seed in enumerate(net.seeds):
        row: dict[str, Any] = {"seed": seed, "epoch": epoch}
        for name, value in metrics.items():
            value = float(value[r] if net.replicas else value)
            row[name] = np.nan if seed in history.diverged else value
        history.rows.append(row)


def _note_divergence(
    net: Network, history: History, loss: np.ndarray, batch: np.ndarray
) -> None:
    """Remember which replicas diverged, and where; raise if there is only one network."""
    for r in np.flatnonzero(~np.isfinite(np.atleast_1d(loss))):
        seed = net.seeds[r]
        if seed in history.diverged:
            continue
        layer, what = _first_not_finite(net, batch, int(r))
        error = DivergenceError(history.steps, layer, what)
        if not net.replicas:
            raise error
        history.diverged[seed] = error


def _first_not_finite(net: Network, batch: np.ndarray, r: int) -> tuple[str, str]:
    """The lowest place in the network that holds NaN or infinity, and which."""

    def problem(array: np.ndarray) -> str | None:
        array = array[r] if net.replicas else array
        if np.isnan(array).any():
            return "NaN"
        return "infinity" if np.isinf(array).any() else None

    batch = np.broadcast_to(batch, (len(net.seeds), *batch.shape[-2:]))
    outputs = net.forward(batch if net.replicas else batch[0])[2]
    number = 0
    for k, layer in enumerate(net.layers):
        number += "weights" in net.parameters[k]
        for name, array in net.parameters[k].items():
            if found := problem(array):
                return f"layer {number} ({name})", found
        if found := problem(outputs[k]):
            return f"layer {number} ({type(layer).__name__} output)", found
    return "the loss", "NaN or infinity"


class _Best:
    """The best weights each replica has had, and which replicas have stopped."""

    def __init__(self, net: Network, rule: EarlyStopping) -> None:
        r = len(net.seeds)
        self.rule, self.waited = rule, np.zeros(r, dtype=int)
        self.loss, self.flat = np.full(r, np.inf), net.flat.copy()
        self.state = [{k: v.copy() for k, v in piece.items()} for piece in net.state]

    @property
    def stopped(self) -> np.ndarray:
        return self.waited >= self.rule.patience

    def hold_stopped(self, net: Network) -> None:
        """A replica that has stopped keeps its best weights while others go on."""
        if net.replicas and self.stopped.any():
            net.flat[self.stopped] = self.flat[self.stopped]

    def all_stopped(self, net: Network, loss: Any) -> bool:
        """Compare this epoch's validation loss; True when nobody is left training."""
        loss = np.nan_to_num(np.atleast_1d(loss), nan=np.inf)
        better = (loss < self.loss - self.rule.min_delta) & ~self.stopped
        self.loss = np.where(better, loss, self.loss)
        self.waited = np.where(better, 0, self.waited + 1)
        if net.replicas:
            self.flat[better] = net.flat[better]
            for kept, piece in zip(self.state, net.state, strict=True):
                for name in kept:
                    kept[name][better] = piece[name][better]
        elif better[0]:
            self.flat[...] = net.flat
            for kept, piece in zip(self.state, net.state, strict=True):
                for name in kept:
                    kept[name][...] = piece[name]
        return bool(self.stopped.all())

    def restore(self, net: Network) -> None:
        """Give every replica the best weights it has had."""
        net.flat[...] = self.flat
        for kept, piece in zip(self.state, net.state, strict=True):
            for name in kept:
                piece[name][...] = kept[name]
