"""A check of lesson 02: unit variance in every layer, one layer after the other."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from course_utils.activations import relu
from course_utils.checks import _initialization_messages as say
from course_utils.checks.judging import Misconception, Question
from course_utils.checks.lists import expect_arrays
from course_utils.checks.result import Result

Arrays = list[np.ndarray]


def _rescaled(weights: Arrays, f: Callable, x: np.ndarray, mistake: str = "") -> Arrays:
    """Rescale layer by layer, or with a known mistake."""
    a, out = x, []
    for number, w in enumerate(weights, start=1):
        z = a @ w
        last = mistake == "last untouched" and number == len(weights)
        divisor = 1.0 if last else _divisor(z, a, w, f, mistake)
        out.append(w / divisor)
        passed_on = {
            "unscaled below": lambda z=z: f(z),
            "linear": lambda a=a: a @ out[-1],
            "activations divided": lambda z=z, divisor=divisor: f(z) / divisor,
        }
        a = passed_on.get(mistake, lambda a=a: f(a @ out[-1]))()
    return out


def _divisor(z: np.ndarray, a: np.ndarray, w: np.ndarray, f: Callable, mistake: str):
    """What a layer's weights are divided by."""
    rules = {
        "activations": lambda: f(z).std(),
        "activations divided": lambda: f(z).std(),
        "variance": z.var,
        "multiplied": lambda: 1 / z.std(),
        "mean square": lambda: np.sqrt(np.mean(z**2)),
        "weights": w.std,
        "each unit": lambda: z.std(axis=0),
        "mean of units": lambda: z.std(axis=0).mean(),
        "inputs": a.std,
    }
    return rules.get(mistake, z.std)()


def _one_for_all(weights: Arrays, f: Callable, x: np.ndarray, which: int) -> Arrays:
    a, stds = x, []
    for w in weights:
        z = a @ w
        stds.append(z.std())
        a = f(z)
    return [w / stds[which] for w in weights]


def _mistaken(mistake: str) -> Callable:
    if mistake == "first for all":
        return lambda weights, f, x: _one_for_all(weights, f, x, 0)
    if mistake == "last for all":
        return lambda weights, f, x: _one_for_all(weights, f, x, -1)
    return lambda weights, f, x: _rescaled(weights, f, x, mistake)


def _what_happens(args: tuple, got: Arrays, right: Arrays, write: Callable) -> str:
    weights, f, a = args
    for number, (w, new) in enumerate(zip(weights, got, strict=True), start=1):
        if not np.isfinite(new).all():
            return f"array {number} holds numbers that are not finite"
        factor = (w * new).sum() / (w * w).sum()
        if not np.allclose(new, factor * w, atol=1e-4 * abs(new).max()):
            return f"array {number} is not a multiple of W_{number}"
        if factor <= 0:
            return f"W_{number} was multiplied by {write(factor)}"
    stds = []
    for new in got:
        z = a @ new
        stds.append(z.std())
        a = f(z)
    return (
        "with these weights the standard deviations of z, from the lowest layer up, "
        f"are {write(np.array(stds))}"
    )


_LAYERS = Question(
    names=("weights", "f", "x"),
    reference=_rescaled,
    misconceptions=(
        *(
            Misconception(_mistaken(mistake), message)
            for mistake, message in say.LAYERS_MISTAKES.items()
        ),
        Misconception(
            _mistaken("activations divided"), say.LAYERS_MISTAKES["activations"]
        ),
    ),
    broken=_what_happens,
    near=(0.06, say.LAYERS_NEAR),
    advice=say.LAYERS_ADVICE,
    praise=say.LAYERS_PRAISE,
)


def draw_layers(
    widths: tuple[int, ...], f: Callable, rng: np.random.Generator
) -> tuple[Arrays, Callable, np.ndarray]:
    """A small network and a batch, with means that are not 0 and layers unalike."""
    for _ in range(100):
        x = np.round(rng.normal(0.5, 1.0, (widths[0] + 2, widths[0])), 1) + 0.0
        sizes = rng.permutation([0.4, 1.5, 3.0])
        weights = [
            np.round(size * rng.normal(0.3, 1.0, pair), 1) + 0.0
            for pair, size in zip(pairwise(widths), sizes, strict=False)
        ]
        with np.errstate(all="ignore"):  # a dead layer is not lively, and no more
            right = _rescaled(weights, f, x)
        if _lively(right, f, x):
            return weights, f, x
    raise RuntimeError(f"no lively network of widths {widths} in 100 draws")


def _lively(weights: Arrays, f: Callable, x: np.ndarray) -> bool:
    """Whether no z is without a mean or a spread that a mistake could show in."""
    a = x
    for w in weights:
        z = a @ w
        if not (np.isfinite(z).all() and abs(z.mean()) > 0.3 and z.std(0).min() > 0.1):
            return False
        a = f(z)
    return True


def judge_layers(fn: Callable, rng: np.random.Generator) -> Result:
    """Judge `rescale_layers` on two networks of two and three layers."""
    inputs = [
        draw_layers((2, 3, 2), np.tanh, rng),
        draw_layers((4, 5, 4, 3), relu, rng),
    ]
    return expect_arrays(fn, inputs, _LAYERS, tolerance=0.02)
