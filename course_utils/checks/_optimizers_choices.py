"""The last check of lesson 07: eight cases, and an optimizer for each."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course_utils.checks import _optimizers_messages as say
from course_utils.checks.choices import Scenario, expect_choices
from course_utils.checks.result import Result

SCENARIOS = {
    "A": Scenario(
        "a ravine, 1000 times as steep across as along, at 45 degrees",
        "momentum",
        {
            "gradient descent": (
                "the steep walls bound its rate, and along the ravine that rate is "
                "1000 times too small: it needs thousands of steps"
            ),
            "adagrad": (
                "it has a rate for each axis, and here both axes see the same "
                "steepness: such a scale cannot tell across from along, and it shrinks "
                "for ever"
            ),
        },
    ),
    "B": Scenario(
        "one weight a word; dozens of frequent words in an example, and one rare word",
        "adagrad",
        {
            "gradient descent": (
                "one rate for all, and the dozens of frequent words bound it: at that "
                "rate, a handful of examples takes a rare word nowhere"
            ),
            "momentum": (
                "it multiplies all steps by the same 1 / (1 - mu): still one rate for "
                "all words, and the frequent ones bound it"
            ),
        },
    ),
    "C": Scenario(
        "the saddle x^2 - y^2, started at (1, 1e-6), learning rate 0.01",
        "rmsprop",
        {
            "gradient descent": (
                "its step is proportional to the slope, which is 2e-6 in the direction "
                "that leads out: it grows by 2 % a step, from next to nothing"
            ),
            "newton": (
                "it looks for a point where the gradient is zero, and there is one "
                "close by: the saddle itself"
            ),
        },
    ),
    "D": Scenario(
        "31 weights, 50 points, all of them in each step, an exact fit wanted",
        "l-bfgs",
        {
            "adam": (
                "its steps stay about as long as the rate says, and it knows nothing "
                "of how weights act together: good early, far from exact for long"
            ),
            "stochastic gradient descent": (
                "small batches would bring in noise that nobody needs here, and with a "
                "constant rate the noise is a floor under the fit"
            ),
        },
    ),
    "E": Scenario(
        "one gradient in 300 is 1000 times as long as the rest",
        "clipping",
        {
            "smaller rate": (
                "a rate at which the long ones are harmless is 1000 times too small "
                "for the 299 others"
            ),
            "more momentum": (
                "the velocity takes the long gradient in and keeps it longer: where "
                "the terminal velocity is the same, it is thrown exactly as far"
            ),
        },
    ),
    "F": Scenario(
        "gradients of one size; steps of 0.1, after 100 of 0.01, after 10,000 of 0.001",
        "adagrad",
        {
            "adam": (
                "its averages leak: gradients of one size give steps of one size, in "
                "the end as at first"
            ),
            "rmsprop": (
                "its average leaks and settles within some tens of steps; from then on "
                "gradients of one size give steps of one size"
            ),
        },
    ),
    "G": Scenario(
        "a constant gradient, rate 0.001; steps of 0.0032, at the 12th 0.0066, then "
        "0.001",
        "adam, no correction",
        {
            "adam": (
                "under a constant gradient each of its steps has the length of the "
                "rate, the first one too"
            ),
            "rmsprop": (
                "it does begin with 0.0032 at rho = 0.9, but then its steps only get "
                "shorter: nothing in it makes the 12th longer"
            ),
        },
    ),
    "H": Scenario(
        "a billion weights in float32, 16 GB, of which 11 are taken",
        "momentum",
        {
            "adam": "two more arrays of 4 GB do not fit into the 5 GB that are left",
            "l-bfgs": (
                "it keeps the last steps and changes of the gradient, commonly ten of "
                "each: 80 GB, and it wants exact gradients"
            ),
        },
    ),
}


def judge_choices(fn: Callable, rng: np.random.Generator) -> Result:
    """Judge `choose`; nothing is drawn."""
    return expect_choices(fn, SCENARIOS, say.CHOOSE_PRAISE)
