"""The optimizers by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from course_utils.optimizers.adam import Adam, Adamax, AdamW
from course_utils.optimizers.adaptive import Adagrad, RMSprop
from course_utils.optimizers.base import Optimizer
from course_utils.optimizers.lion import Lion
from course_utils.optimizers.nadam import Nadam
from course_utils.optimizers.sgd import SGD

OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {
    "sgd": SGD,
    "momentum": partial(SGD, momentum=0.9),
    "nesterov": partial(SGD, momentum=0.9, nesterov=True),
    "adagrad": Adagrad,
    "rmsprop": RMSprop,
    "adam": Adam,
    "amsgrad": partial(Adam, amsgrad=True),
    "adamax": Adamax,
    "nadam": Nadam,
    "adamw": AdamW,
    "lion": Lion,
}


def get(optimizer: str | Optimizer, **settings: Any) -> Optimizer:
    """Make an optimizer by its name; one that is made already is returned as it is.

    Args:
        optimizer: a key of `OPTIMIZERS`, or an optimizer.
        **settings: hyperparameters, `learning_rate=0.01` for example; none for an
            optimizer that is made already.

    Raises:
        ValueError: the name is not one of `OPTIMIZERS`, or settings came with an
            optimizer that is made already.

    Example:
        >>> get("nesterov", learning_rate=0.1)
        SGD(learning_rate=0.1, momentum=0.9, nesterov=True)
    """
    if isinstance(optimizer, Optimizer):
        if settings:
            raise ValueError(
                f"settings must come with a name, got {settings} with {optimizer}"
            )
        return optimizer
    if optimizer not in OPTIMIZERS:
        raise ValueError(
            f"optimizer must be one of {', '.join(OPTIMIZERS)} or an Optimizer, "
            f"got {optimizer!r}"
        )
    return OPTIMIZERS[optimizer](**settings)
