"""A check of lesson 06: lower layers reused in a new Keras model, without sharing.

What the layers put out is calculated here; Keras itself is `_transfer_seen`'s.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course_utils.checks import _transfer_messages as say
from course_utils.checks import guard
from course_utils.checks._transfer_seen import Loan, Seen, lend
from course_utils.checks.result import Counterexample, Result, Status, describe

NAMES = ("model", "n_layers")
TOLERANCE = 1e-4


class Wrong(Exception):
    """What is wrong with a model: the message, and what there is to see."""

    def __init__(self, message: str, broken: str = "") -> None:
        """Carry both to where the result is made."""
        super().__init__(message)
        self.broken = broken


class Case:
    """A trained model, how many layers to reuse, and what these put out.

    Attributes:
        loan: the model that is lent, and images, float32 (8, 4).
        n_layers: how many of its layers are to be reused.
        outputs: of every layer, from the images themselves to the model's answer.
        without_statistics: the same, were the moving statistics those of a new model.
        with_new_norm: the same, were the batch normalizations new altogether.
        averages: how many arrays below the new head are never trained.
        arrays: how many arrays the new model has, its head among them.
    """

    def __init__(self, plan: tuple, n_layers: int, rng: np.random.Generator) -> None:
        """Draw the weights of the model that a plan describes."""
        self.plan, self.n_layers = plan, n_layers
        shapes, before = [], 4
        for part in plan:
            width = before if part == "norm" else part[0]
            dense = [(before, width), (width,)]
            shapes += [(width,)] * 4 if part == "norm" else dense
            before = width
        weights = [_draw(shape, rng).astype(np.float32) for shape in shapes]
        x = rng.normal(0, 1, (8, 4)).astype(np.float32)
        self.loan = Loan(plan, weights, x)
        self.outputs = self._through()
        self.without_statistics = self._through("statistics")
        self.with_new_norm = self._through("norm")
        self.averages = 2 * plan[:n_layers].count("norm")
        self.arrays = 2 * n_layers + self.averages + 2

    def _through(self, fresh: str = "") -> list[np.ndarray]:
        """What every layer puts out, or would with new statistics or a new norm."""
        outputs, weights = [self.loan.x], iter(self.loan.weights)
        for part in self.plan:
            if part == "norm":
                gamma, beta, mean, variance = (next(weights) for _ in range(4))
                gamma, beta = (1, 0) if fresh == "norm" else (gamma, beta)
                mean, variance = (0, 1) if fresh else (mean, variance)
                scaled = (outputs[-1] - mean) / np.sqrt(variance + _EPSILON)
                outputs.append((gamma * scaled + beta).astype(np.float32))
            else:
                z = outputs[-1] @ next(weights) + next(weights)
                outputs.append(_ACTIVATIONS[part[1]](z))
        return outputs

    def told(self) -> str:
        """The model in words."""
        names = {"norm": "batch normalization"}
        parts = [
            names[part] if part in names else f"dense({part[0]}, {part[1]})"
            for part in self.plan
        ]
        return f"Input(4), {', '.join(parts)}"

    def spoiled(self, seen: Seen) -> bool:
        """Whether the old model is not what it was."""
        now, before = seen.old_weights, self.loan.weights
        due = seen.old_trainable + 2 * self.plan.count("norm")
        if not len(now) == len(before) == due:
            return True
        pairs = zip(now, before, strict=True)
        return any(not np.array_equal(a, b) for a, b in pairs)


def _draw(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Weights of either sign; of one dimension, as moving variances are, positive."""
    signs = rng.choice([-1, 1], shape) if len(shape) > 1 else 1
    return signs * rng.uniform(0.3, 1.5, shape)


def _sigmoid(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


def _softmax(z: np.ndarray) -> np.ndarray:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


_ACTIVATIONS = {
    "relu": lambda z: np.maximum(z, 0),
    "tanh": np.tanh,
    "softmax": _softmax,
}
_EPSILON = 1e-3  # what Keras' batch normalization adds to a variance


def _close(a: np.ndarray, b: np.ndarray) -> bool:
    return a.shape == b.shape and bool(np.allclose(a, b, TOLERANCE, TOLERANCE))


def _look(seen: Seen, case: Case) -> None:
    """Raise `Wrong` for the first thing that is wrong, the gravest first."""
    if seen.is_old:
        raise Wrong(say.REUSE_IT_IS_THE_OLD_ONE)
    if not seen.is_model:
        raise Wrong(say.REUSE_NO_MODEL)
    if case.spoiled(seen):
        raise Wrong(say.REUSE_SPOILED)
    if seen.answer is None:
        raise Wrong(say.REUSE_NOT_CALLABLE)
    if seen.shared:
        raise Wrong(
            say.REUSE_SHARED,
            f"{seen.shared} of its {len(seen.weights)} arrays of weights are those of "
            "the old model",
        )
    _look_at_head(seen.answer, case)
    _look_below(seen.answer, seen.weights, case)
    trained, due = seen.trained, len(seen.weights) - case.averages
    if trained < due:
        told = f"{trained} of its arrays of weights can be trained, and {due} should be"
        raise Wrong(say.REUSE_FROZEN, told)
    if not seen.built:
        raise Wrong(say.REUSE_UNBUILT, "before it has seen data, it is not built")


def _look_at_head(answer: np.ndarray, case: Case) -> None:
    shape = f"for 8 images it puts out numbers of shape {answer.shape}"
    if answer.shape == (8, 1):
        return
    if _close(answer, case.outputs[case.n_layers]):
        raise Wrong(say.REUSE_NO_HEAD, shape)
    if _close(answer, case.outputs[-1]):
        raise Wrong(say.REUSE_OLD_OUTPUT, shape)
    raise Wrong(say.REUSE_OUTPUT, shape)


def _look_below(answer: np.ndarray, weights: list[np.ndarray], case: Case) -> None:
    """What the new layer is given, and what it makes of it."""
    n = case.n_layers
    kernel, bias = _head(weights)

    def made_of(features: np.ndarray, activation: Callable = _sigmoid) -> bool:
        fits = len(kernel) == features.shape[1]
        return fits and _close(answer, activation(features @ kernel + bias))

    if made_of(case.outputs[n]):
        return
    if len(weights) == case.arrays and made_of(case.with_new_norm[n]):
        raise Wrong(say.REUSE_NEW_NORM)
    if made_of(case.outputs[n], lambda z: z):
        raise Wrong(say.REUSE_NO_SIGMOID, "it answers with the head's bare sums")
    for activation in (lambda z: np.maximum(z, 0), np.tanh, np.ones_like):
        if made_of(case.outputs[n], activation):
            raise Wrong(say.REUSE_OTHER_ACTIVATION)
    whole = len(case.outputs) - 1
    if made_of(case.outputs[whole]):
        raise Wrong(say.REUSE_ON_THE_OLD_HEAD)
    for k in range(whole):
        if made_of(case.outputs[k]):
            one_less = say.REUSE_ONE_LESS if k == n - 1 else ""
            number = say.REUSE_OTHER_NUMBER.format(got=k, right=n)
            given = f"the outputs of layer {k}" if k else "the images themselves"
            told = f"the new layer is given {given}, not the outputs of layer {n}"
            raise Wrong(one_less or number, told)
    if made_of(case.without_statistics[n]):
        raise Wrong(say.REUSE_MOVING)
    old = [w for w in case.loan.weights if w.ndim == 2]
    new = [w for w in weights if w.ndim == 2][:-1]
    pairs = list(zip(old, new, strict=False))
    alike = pairs and all(a.shape == b.shape for a, b in pairs)
    if alike and not any(_close(a, b) for a, b in pairs):
        raise Wrong(say.REUSE_FRESH)
    raise Wrong(say.REUSE_FEATURES.format(n_layers=n))


def _head(weights: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Kernel and bias of the new layer, the bias perhaps left out."""
    kernels = [w for w in weights if w.ndim == 2 and w.shape[1] == 1]
    biases = [w for w in weights if w.shape == (1,)]
    return (
        kernels[-1] if kernels else np.zeros((0, 1), np.float32),
        biases[-1] if biases else np.zeros(1, np.float32),
    )


# Widths differ from layer to layer, so that each layer is known by its outputs.
PLANS = (
    (((5, "relu"), (4, "tanh"), (3, "softmax")), 2),
    (((6, "tanh"), "norm", (5, "relu"), (4, "softmax")), 2),
)


def judge_reuse(fn: Callable, rng: np.random.Generator) -> Result:
    """Judge `reuse` on a plain model, and on one with batch normalization."""
    for plan, n_layers in PLANS:
        case = Case(plan, n_layers, rng)
        outcome, seen = lend(fn, case.loan, n_layers, NAMES)
        if outcome.value is None:
            wrong = Wrong(guard.RETURNED_NONE)
        else:
            try:
                _look(seen, case)
                continue
            except Wrong as found:
                wrong = found
        given = zip(NAMES, (case.told(), str(n_layers)), strict=True)
        broken = wrong.broken or f"{n_layers} layers and a new head are expected"
        return Result(
            Status.INCORRECT,
            str(wrong),
            Counterexample(tuple(given), describe(outcome.value), broken),
            printed=outcome.printed,
        )
    return Result(Status.CORRECT, say.REUSE_PRAISE)
