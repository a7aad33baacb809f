"""The last two checks of lesson 01: read a network's records; foresee them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course_utils.checks import _vanishing_messages as say
from course_utils.checks.choices import Scenario, expect_choices
from course_utils.checks.deep_records import Network, record
from course_utils.checks.judging import Misconception, Question, expect_word
from course_utils.checks.replay import in_drawn_order
from course_utils.checks.result import Result, describe

WORDS = ("vanishing", "exploding", "saturated", "healthy")


def _rule(norms: np.ndarray, saturated: np.ndarray, mistake: str = "") -> str:
    """The rule of the exercise, or one with a known mistake in it."""
    finite = bool(np.isfinite(norms).all())
    often = (saturated.max() if mistake == "any layer" else saturated.mean()) > 0.5
    ratio = norms[0] / norms[-1]
    ratio = norms[0] if mistake == "absolute" else ratio
    ratio = norms[-1] / norms[0] if mistake == "upside down" else ratio
    if mistake == "saturated is vanishing" and often:
        return "vanishing"
    if mistake == "saturated first" and often:
        return "saturated"
    if not finite and mistake != "nan":
        return "exploding"
    if ratio < 0.01:
        return "vanishing"
    if ratio > 100:
        return "exploding"
    return "saturated" if often else "healthy"


def _facts(args: tuple, got: object, right: object, write: object) -> str:
    norms, saturated = args
    if not np.isfinite(norms).all():
        return "not all of these norms are finite numbers"
    return (
        f"the first norm is {describe(norms[0] / norms[-1], 2)} times the last, and "
        f"on average {saturated.mean():.0%} of the units are saturated"
    )


_DIAGNOSE = Question(
    names=("gradient_norms", "saturated"),
    reference=_rule,
    misconceptions=tuple(
        Misconception(lambda n, s, mistake=mistake: _rule(n, s, mistake), message)
        for mistake, message in say.DIAGNOSE_MISTAKES.items()
    ),
    broken=_facts,
    advice=say.DIAGNOSE_ADVICE,
    praise=say.DIAGNOSE_PRAISE,
)

# Each kind of network and what becomes of it, well away from the rule's thresholds.
_KINDS = (
    (Network("sigmoid", 40, 6), "vanishing"),
    (Network("tanh", 80, 7, weight_std=30.0), "exploding"),
    (Network("sigmoid", 40, 5, weight_std=13.0), "saturated"),
    (Network("tanh", 40, 5), "healthy"),
    (Network("sigmoid", 40, 6, bias=-6.0), "vanishing"),
    (Network("linear", 40, 7, weight_std=4.0), "exploding"),
    (Network("tanh", 40, 6, loud_layer=3), "healthy"),
)


def draw_record(
    network: Network, word: str, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """A record that the rule calls `word` and that is on no threshold's edge.

    The norms come in a random unit, as if the loss had been scaled.
    """
    for _ in range(100):
        norms, saturated = record(network, rng)
        ratio, often = norms[0] / norms[-1], saturated.mean()
        clear = min(abs(np.log(ratio / edge)) for edge in (0.01, 100)) > np.log(2)
        if _rule(norms, saturated) == word and clear and abs(often - 0.5) > 0.05:
            return norms * 10 ** rng.uniform(-5, 5), np.round(saturated, 3)
    raise RuntimeError(f"no clear case of {word} in 100 draws of {network}")


def judge_diagnosis(fn: Callable, rng: np.random.Generator) -> Result:
    """Judge `diagnose` on a record of every kind, and on one with nan in it."""
    inputs = [draw_record(network, word, rng) for network, word in _KINDS]
    norms, saturated = inputs[3]
    inputs.append((np.append(np.full(2, np.nan), norms[2:]), saturated))
    asked = in_drawn_order(fn, inputs, _DIAGNOSE.names, rng)
    return expect_word(asked, inputs, _DIAGNOSE, WORDS)


SCENARIOS = {
    "A": Scenario(
        "20 layers of 1000 sigmoids, weights N(0, 1)",
        "exploding",
        {
            "vanishing": (
                "most units are saturated, true; but each gradient is a sum over 1000 "
                "weights of size 1, and that wins: compute chi for n = 1000"
            ),
            "healthy": (
                "chi grows with the width and is 1 near width 103: this network is ten "
                "times as wide, and the excess is multiplied 19 times"
            ),
        },
    ),
    "B": Scenario(
        "20 layers of 20 sigmoids, weights N(0, 1)",
        "vanishing",
        {
            "exploding": (
                "a sum over 20 weights of size 1 grows by about 4, and the squared "
                "slopes take more than that: compute chi for n = 20"
            ),
            "healthy": (
                "chi is 1 near width 103, and this network is five times narrower; "
                "raise what is missing to the power 19 / 2"
            ),
        },
    ),
    "C": Scenario(
        "20 layers of 1000 sigmoids, weights N(0, 1/1000)",
        "vanishing",
        {
            "exploding": (
                "n sigma_w^2 is 1 here, and no slope is above 1/4: nothing makes the "
                "gradient grow"
            ),
            "healthy": (
                "n sigma_w^2 = 1 is made for slopes near 1. What are a sigmoid's "
                "slopes, and what is their square?"
            ),
        },
    ),
    "D": Scenario(
        "20 layers of 1000 tanh units, weights N(0, 1/1000)",
        "healthy",
        {
            "vanishing": (
                "it shrinks, but not 100 times: the signal is small, so the slopes of "
                "tanh are near 1, and chi is just below 1"
            ),
            "exploding": (
                "n sigma_w^2 is 1 here, and no slope of tanh is above 1: nothing makes "
                "the gradient grow"
            ),
        },
    ),
    "E": Scenario(
        "20 layers of 1000 ReLUs, weights N(0, 1/1000)",
        "vanishing",
        {
            "exploding": (
                "n sigma_w^2 is 1 here, and a slope of ReLU is 0 or 1: nothing makes "
                "the gradient grow"
            ),
            "healthy": (
                "the slope of ReLU is 0 for half of the units, so half of the squared "
                "gradient is lost in every layer: what is left after 19?"
            ),
        },
    ),
    "F": Scenario(
        "the gradient's size in C, one layer further down",
        "1/4",
        {
            "1/2": "even the steepest slope of a sigmoid takes more than that",
            "1/16": (
                "that is chi, the factor on the mean square; its size goes with the "
                "square root"
            ),
            "1/64": "C loses about ten powers of ten in 19 layers, not thirty",
        },
    ),
}


def judge_prediction(fn: Callable, rng: np.random.Generator) -> Result:
    """Judge `predict`; nothing is drawn."""
    return expect_choices(fn, SCENARIOS, say.PREDICT_PRAISE)
