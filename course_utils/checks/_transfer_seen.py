"""Lending a function a Keras model, and what can be seen of the model it gives back.

For a check of lesson 06. It holds no answers: what was seen is judged elsewhere, also
in another process than the one that has the models. Keras is imported when a model is
lent, not before.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from course_utils.checks import guard


@dataclass(frozen=True)
class Loan:
    """A model to lend, as plain data.

    Attributes:
        plan: its layers: (units, activation) of a dense layer, or "norm".
        weights: of all layers, in Keras' order, float32.
        x: inputs on which the new model is tried, float32 (n, features).
    """

    plan: tuple
    weights: list[np.ndarray]
    x: np.ndarray


@dataclass(frozen=True)
class Seen:
    """What can be seen of a new model, and of the one that was lent.

    Attributes:
        is_old: whether it is the very model that was lent.
        is_model: whether it is a Keras model at all; if not, the rest is empty.
        old_weights: of the model that was lent, as they are now.
        old_trainable: how many of these can be trained.
        built: whether it knew its shapes before it saw any data.
        answer: what it puts out for the loan's inputs, float32; None where it fails.
        weights: all its arrays of weights.
        shared: how many of them are those of the model that was lent.
        trained: how many of them can be trained.
    """

    is_old: bool = False
    is_model: bool = False
    old_weights: list[np.ndarray] = field(default_factory=list)
    old_trainable: int = 0
    built: bool = False
    answer: np.ndarray | None = None
    weights: list[np.ndarray] = field(default_factory=list)
    shared: int = 0
    trained: int = 0


class Lent(tuple):
    """Arguments that are handed over as they are, where others are copied.

    Whether a new model shares layers with the one that was given can only be seen when
    that very one was given.
    """

    __slots__ = ()

    def __deepcopy__(self, memo: dict) -> tuple:
        """The same objects; the tuple itself is not copied either."""
        return tuple(self)


def lend(
    fn: Callable, loan: Loan, n_layers: int, names: tuple[str, ...]
) -> tuple[guard.Outcome, Seen]:
    """Call `fn(model, n_layers)`, and look at what it returns; see `guard.call`.

    Of a function that lives elsewhere, its own side says what is seen: weights and
    answers can be checked against one another, what is shared or trained cannot.

    Raises:
        guard.Stopped: the function is not written yet, or it raised.
    """
    if isinstance(fn, guard.Remote):
        return fn.lend(loan, n_layers, names)
    model = build(loan)
    outcome = guard.call(fn, Lent((model, n_layers)), names)
    return outcome, look(outcome.value, model, loan.x)


def build(loan: Loan) -> object:
    """The Keras model that a loan describes."""
    import keras

    layers = [
        keras.layers.BatchNormalization()
        if part == "norm"
        else keras.layers.Dense(part[0], activation=part[1])
        for part in loan.plan
    ]
    model = keras.Sequential([keras.Input((loan.x.shape[1],)), *layers])
    model.set_weights(loan.weights)
    return model


def look(new: object, old: object, x: np.ndarray) -> Seen:
    """What can be seen of what a function returned."""
    import keras

    if new is old:
        return Seen(is_old=True)
    if not isinstance(new, keras.Model):
        return Seen()
    old_weights, old_trainable = old.get_weights(), len(old.trainable_weights)
    variables = {id(variable) for variable in old.weights}
    built, answer, weights, shared, trained = new.built, None, [], 0, 0
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            answer = np.array(keras.ops.convert_to_numpy(new(x)), dtype=np.float32)
        weights = new.get_weights()
        shared = len({id(variable) for variable in new.weights} & variables)
        trained = len(new.trainable_weights)
    except Exception:
        answer = None
    return Seen(
        False,
        True,
        old_weights,
        old_trainable,
        bool(built),
        answer,
        weights,
        shared,
        trained,
    )
