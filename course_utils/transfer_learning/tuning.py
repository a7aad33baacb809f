"""Fine-tuning in two phases: first the new head alone, then everything, gently."""

from __future__ import annotations

from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

import keras

from course_utils.transfer_learning.freezing import (
    Chosen,
    chosen_layers,
    compile_settings,
    freeze,
    fresh,
    unfreeze,
)
from course_utils.transfer_learning.reuse import check_built

if TYPE_CHECKING:
    import pandas as pd


def fine_tune(
    model: keras.Model,
    x: Any,
    y: Any,
    *,
    head_epochs: int,
    epochs: int,
    head_rate: float,
    rate: float,
    reused: Chosen = None,
    optimizer: str | keras.optimizers.Optimizer | None = None,
    loss: Any = None,
    metrics: Any = None,
    **fit: Any,
) -> pd.DataFrame:
    """Train a network whose lower layers are reused, in two phases.

    First the reused layers are frozen and the head learns, `head_epochs` long. Then
    what was frozen here is let go, and all learns at the lower `rate`. The model is
    compiled for each phase, with a fresh optimizer. Source: the recipe of Yosinski et
    al. (2014), arXiv:1411.1792, section 4, with a lower rate, as textbooks have it.

    Args:
        model: a built model; it is trained in place, and left compiled at `rate`.
        x: inputs, as for `model.fit`.
        y: targets.
        head_epochs: epochs of the head alone, >= 1.
        epochs: epochs of all layers after them, >= 0.
        head_rate: learning rate of the head's phase, finite and > 0.
        rate: learning rate of the second phase, in (0, head_rate).
        reused: the layers to freeze at first, as for `freeze`; None for all but the
            last. Those that are frozen already stay so in both phases.
        optimizer: a name, or one to take the settings from; by default that of the
            compiled model, and SGD if it is not compiled.
        loss: as for `model.compile`; by default that of the compiled model.
        metrics: likewise.
        **fit: further arguments of `model.fit`, such as `validation_data` and
            `batch_size`; `verbose` is 0 unless given.

    Returns:
        One row an epoch: `phase` ("head" or "all"), `epoch` (from 1), `learning_rate`,
        and what `fit` reports.

    Raises:
        TypeError: an argument has a wrong type, or `epochs` is given to `fit` as well.
        ValueError: a number is out of range (`rate` not below `head_rate`, say), or
            there is no loss.
    """
    check_built(model)
    _check_numbers(head_epochs, epochs, head_rate, rate)
    if "initial_epoch" in fit:
        raise TypeError("fit must not hold initial_epoch: the phases set it")
    settings = _settings(model, optimizer, loss, metrics)
    layers = len(model.layers) - 1 if reused is None else reused
    held = [part for part in chosen_layers(model, layers) if part.trainable]
    like = settings.pop("optimizer")
    fit = {"verbose": 0, **fit}

    now = fresh(like, learning_rate=float(head_rate))
    freeze(model, held, optimizer=now, **settings)
    first = model.fit(x, y, epochs=head_epochs, **fit)
    # A second list of metrics: compiled ones belong to the model's last compile.
    settings = _settings(model, optimizer, loss, metrics) | {
        "optimizer": fresh(like, learning_rate=float(rate))
    }
    unfreeze(model, held, **settings)
    last = head_epochs + epochs
    second = model.fit(x, y, epochs=last, initial_epoch=head_epochs, **fit)
    return _table({"head": (first, head_rate), "all": (second, rate)})


def _settings(
    model: keras.Model, optimizer: Any, loss: Any, metrics: Any
) -> dict[str, Any]:
    settings = compile_settings(model) if model.compiled else {}
    if optimizer is not None:
        settings["optimizer"] = keras.optimizers.get(optimizer)
    settings.setdefault("optimizer", keras.optimizers.SGD())
    settings |= {} if loss is None else {"loss": loss}
    settings |= {} if metrics is None else {"metrics": metrics}
    if settings.get("loss") is None:
        raise ValueError(
            "loss must be given where the model is not compiled with one, got None"
        )
    return settings


def _check_numbers(
    head_epochs: int, epochs: int, head_rate: float, rate: float
) -> None:
    for name, value, least in (
        ("head_epochs", head_epochs, 1),
        ("epochs", epochs, 0),
    ):
        if isinstance(value, bool) or not isinstance(value, Integral):
            raise TypeError(f"{name} must be an int, got {value!r}")
        if value < least:
            raise ValueError(f"{name} must be >= {least}, got {value}")
    for name, value in (("head_rate", head_rate), ("rate", rate)):
        if isinstance(value, bool) or not isinstance(value, Real):
            raise TypeError(f"{name} must be a number, got {value!r}")
    if not 0 < head_rate < float("inf"):
        raise ValueError(f"head_rate must be finite and > 0, got {head_rate}")
    if not 0 < rate < head_rate:
        raise ValueError(
            f"rate must be in (0, head_rate = {head_rate}): the second phase is to be "
            f"gentle with what was reused, got {rate}"
        )


def _table(phases: dict[str, tuple[Any, float]]) -> pd.DataFrame:
    import pandas as pd

    rows = [
        {"phase": phase, "epoch": epoch + 1, "learning_rate": rate}
        | {name: values[k] for name, values in history.history.items()}
        for phase, (history, rate) in phases.items()
        for k, epoch in enumerate(history.epoch)
    ]
    return pd.DataFrame(rows)
