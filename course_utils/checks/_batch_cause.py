"""A check of lesson 04: why a network with batch normalization fails at test time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from course_utils.checks import _batch_messages as say
from course_utils.checks.judging import Misconception, Question, expect_word
from course_utils.checks.result import Result, describe

WORDS = ("batch of one", "never updated", "lagging", "other data", "elsewhere")
EPSILON = 1e-3
UNITS = 3
BATCH = 32


@dataclass(frozen=True)
class Layer:
    """A layer to simulate, and what becomes of it.

    Attributes:
        cause: one of `WORDS`.
        momentum: of the moving statistics.
        steps: batches trained.
        centred: whether its inputs have mean 0; then their variance is far from 1.
        scale: of the test images, where they are other data.
        shift: of the test images, in standard deviations of the training images.
    """

    cause: str
    momentum: float
    steps: int
    centred: bool = False
    scale: float = 1.0
    shift: float = 0.0


LAYERS = (
    Layer("lagging", 0.99, 32),
    Layer("elsewhere", 0.9, 400),
    Layer("never updated", 0.99, 1000),
    Layer("other data", 0.9, 300, scale=255.0),
    Layer("batch of one", 0.9, 300),
    Layer("lagging", 0.999, 500),
    Layer("elsewhere", 0.999, 20000, centred=True),
    Layer("other data", 0.99, 1500, centred=True, scale=1 / 16),
    Layer("never updated", 0.9, 3, centred=True),
    Layer("other data", 0.99, 2000, shift=6.0),
    Layer("lagging", 0.9, 5, centred=True),
    Layer("batch of one", 0.999, 10000),
    Layer("elsewhere", 0.8, 40),
    Layer("other data", 0.95, 700, shift=-4.0),
)


def _trained(
    layer: Layer, mean: np.ndarray, variance: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Moving statistics after the layer's batches, drawn as a Gaussian's are."""
    steps = 0 if layer.cause == "never updated" else layer.steps
    of_batch = rng.normal(mean, np.sqrt(variance / BATCH), (steps, UNITS))
    spread = variance * rng.chisquare(BATCH - 1, (steps, UNITS)) / BATCH
    fading = layer.momentum ** np.arange(steps)[::-1] * (1 - layer.momentum)
    left = layer.momentum**steps
    return fading @ of_batch, left + fading @ spread


def draw_record(layer: Layer, rng: np.random.Generator) -> dict:
    """Simulate a layer and its test; see the exercise for the keys."""
    std = rng.uniform(0.1, 0.25, UNITS) if layer.centred else rng.uniform(0.6, 2, UNITS)
    mean = rng.choice([-1, 1], UNITS) * rng.uniform(2.5, 5, UNITS) * std
    mean = mean * (not layer.centred)
    train = rng.normal(mean, std, (2000, UNITS))
    test = rng.normal(mean + layer.shift * std, std, (1000, UNITS)) * layer.scale
    moving_mean, moving_variance = _trained(layer, mean, std**2, rng)
    x_hat = (test - moving_mean) / np.sqrt(moving_variance + EPSILON)
    if layer.cause == "batch of one":
        # Each image is its own mean, and has no variance; both overwrite the averages.
        x_hat = 0 * test
        for image in test:
            moving_mean = layer.momentum * moving_mean + (1 - layer.momentum) * image
            moving_variance = layer.momentum * moving_variance
    return {
        "momentum": layer.momentum,
        "steps": layer.steps,
        "train_mean": train.mean(axis=0),
        "train_variance": train.var(axis=0),
        "test_mean": test.mean(axis=0),
        "test_variance": test.var(axis=0),
        "moving_mean": moving_mean,
        "moving_variance": moving_variance,
        "normalized_mean": x_hat.mean(axis=0),
        "normalized_variance": x_hat.var(axis=0),
    }


def same(record: dict, this: str, that: str, mistake: str = "") -> bool:
    """Whether two sets of statistics are the same, up to chance."""
    m, v = record[f"{this}_mean"], record[f"{this}_variance"]
    n, w = record[f"{that}_mean"], record[f"{that}_variance"]
    if mistake == "too exact":
        return bool(np.allclose(m, n, 1e-3, 1e-3) and np.allclose(v, w, 1e-3))
    apart = {"signed": m - n, "signed, swapped": n - m}.get(mistake, np.abs(m - n))
    means = apart < np.sqrt(v) / 2
    spreads = (v < 2 * w) | (mistake == "small passes")
    spreads = spreads & ((w < 2 * v) | (mistake == "large passes"))
    means = means | (mistake == "variances only")
    spreads = spreads | (mistake == "means only")
    return bool(np.all(means & spreads))


def cause(record: dict, mistake: str = "") -> str:
    """The rule of the exercise, or one with a known mistake in it."""
    updated = bool(np.any(record["moving_mean"]) or np.ptp(record["moving_variance"]))
    caught_up = same(record, "train", "moving", mistake)
    alike = same(record, "train", "test", mistake)
    if mistake == "moving against test":
        caught_up = same(record, "test", "moving")
    elif mistake == "test against moving" and updated:
        alike = same(record, "moving", "test")
        caught_up = alike or caught_up
    elif mistake == "momentum alone":
        caught_up = record["momentum"] < 0.99
    elif mistake == "steps alone":
        caught_up = record["steps"] >= 100
    one = not np.any(record["normalized_variance"])
    if mistake == "moving first":
        one = one and caught_up
    if one:
        return "batch of one"
    if mistake == "lagging is frozen" and not caught_up:
        return "never updated"
    if not updated and mistake != "frozen is lagging":
        return "never updated"
    if mistake == "test against moving" and not alike:
        return "other data"
    if not caught_up:
        return "lagging"
    return "elsewhere" if alike else "other data"


def _facts(args: tuple, got: object, right: object, write: object) -> str:
    """One unit's numbers, side by side: the one that is furthest off."""
    (record,) = args
    std = np.sqrt(record["train_variance"])
    off = sum(
        np.abs(record[f"{k}_mean"] - record["train_mean"]) / std
        + np.abs(np.log(record[f"{k}_variance"] / record["train_variance"] + 1e-99))
        for k in ("moving", "test")
    )
    unit = int(np.argmax(off))
    told = ", ".join(
        f"{describe(record[f'{k}_mean'][unit], 3)} (variance "
        f"{describe(record[f'{k}_variance'][unit], 3)}) {where}"
        for k, where in (
            ("train", "in training"),
            ("test", "in the test"),
            ("moving", "by the moving statistics"),
            ("normalized", "after normalization in the test"),
        )
    )
    return f"the mean of unit {unit + 1} is {told}"


_CAUSE = Question(
    names=("record",),
    reference=cause,
    misconceptions=tuple(
        Misconception(lambda record, m=mistake: cause(record, m), message)
        for mistake, message in (
            *say.CAUSE_MISTAKES.items(),
            ("signed, swapped", say.CAUSE_MISTAKES["signed"]),
        )
    ),
    broken=_facts,
    advice=say.CAUSE_ADVICE,
    praise=say.CAUSE_PRAISE,
)


def judge_cause(fn: Callable, rng: np.random.Generator) -> Result:
    """Judge `find_cause` on a layer of every kind, in an order that is drawn."""
    layers = [LAYERS[i] for i in rng.permutation(len(LAYERS))]
    inputs = [(draw_record(layer, rng),) for layer in layers]
    return expect_word(fn, inputs, _CAUSE, WORDS)
