"""One step of every optimizer on a million parameters, beside Keras' in the same run.

float32, as one array for ours and one variable for theirs. Ours works on one core;
Keras' step is a traced graph, as it is in `fit`, on the CPU, and may use all cores.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from benchmarks.elements import Work, beside, on_cpu
from benchmarks.measure import Row
from benchmarks.settings import Settings

PARAMETERS = 1_000_000

KERAS = {
    "sgd": ("SGD", {}),
    "momentum": ("SGD", {"momentum": 0.9}),
    "nesterov": ("SGD", {"momentum": 0.9, "nesterov": True}),
    "adagrad": ("Adagrad", {}),
    "rmsprop": ("RMSprop", {}),
    "adam": ("Adam", {}),
    "amsgrad": ("Adam", {"amsgrad": True}),
    "adamax": ("Adamax", {}),
    "nadam": ("Nadam", {}),
    "adamw": ("AdamW", {}),
    "lion": ("Lion", {}),
}
"""Our names, and what Keras calls the same."""

RATE = 1e-6
"""So low that the same gradient again and again carries no parameter away."""


def optimizers(settings: Settings) -> list[Row]:
    """A step of an optimizer on 10^6 parameters, microseconds, and over Keras' time."""
    return beside("optimizers", optimizer_pairs(PARAMETERS), settings, 20)


def optimizer_pairs(n: int, **settings: Any) -> dict[str, tuple[Work, Work]]:
    """Our step and Keras' for each optimizer, on n parameters.

    Args:
        n: how many parameters.
        **settings: hyperparameters for both.

    Returns:
        For each name two functions that take a step and return the parameters.
    """
    rng = np.random.default_rng(0)
    start, gradient = rng.standard_normal((2, n), dtype=np.float32)
    settings = {"learning_rate": RATE} | settings
    pairs = {}
    for name, (keras_name, own) in KERAS.items():
        theirs = keras_step(keras_name, start, gradient, own | settings)
        pairs[name] = our_step(name, start, gradient, settings), theirs
    return pairs


def our_step(
    name: str, start: np.ndarray, gradient: np.ndarray, settings: dict[str, Any]
) -> Work:
    """A step in place, the gradient copied first: an update uses its gradient up."""
    from course_utils.optimizers import OPTIMIZERS

    made = OPTIMIZERS[name]
    kind = made.func if isinstance(made, partial) else made
    fixed = made.keywords if isinstance(made, partial) else {}
    optimizer = kind.as_keras(**fixed, **settings)
    theta, g = start.copy(), np.empty_like(gradient)
    state = optimizer.init(theta)

    def step() -> np.ndarray:
        np.copyto(g, gradient)
        optimizer.update(theta, g, state)
        return theta

    return step


def keras_step(
    name: str, start: np.ndarray, gradient: np.ndarray, settings: dict[str, Any]
) -> Work:
    """A traced step on one variable."""
    import keras
    import tensorflow as tf

    def made() -> tuple[Any, Any, Any]:
        variable = keras.Variable(start)
        optimizer = getattr(keras.optimizers, name)(**settings)
        optimizer.build([variable])
        return variable, optimizer, tf.constant(gradient)

    variable, optimizer, g = on_cpu(made)()
    step_on = tf.function(lambda g: optimizer.apply([g], [variable]))
    traced = on_cpu(partial(step_on.get_concrete_function, g))()

    def step() -> Any:
        traced(g)
        return variable.value

    return on_cpu(step)
