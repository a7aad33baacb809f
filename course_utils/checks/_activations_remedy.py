"""A check of lesson 03: read a network's pre-activations, and name what to change."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course_utils.activations import sigmoid_derivative
from course_utils.checks import _activations_messages as say
from course_utils.checks._activations_networks import Network, record
from course_utils.checks.judging import Misconception, Question, expect_word
from course_utils.checks.replay import in_drawn_order
from course_utils.checks.result import Result, describe

WORDS = ("standardize", "leaky_relu", "relu", "lecun_normal", "keep")
_CURE = {"relu": "leaky_relu", "sigmoid": "relu", "selu": "lecun_normal"}


def dead(z: np.ndarray) -> np.ndarray:
    """The share of units that a ReLU makes zero for every image, layer by layer."""
    return (z <= 0).all(axis=1).mean(axis=1)


def flat(z: np.ndarray) -> np.ndarray:
    """The share of a sigmoid's slopes below 5 % of the steepest, layer by layer."""
    return (sigmoid_derivative(z) < 0.05 / 4).mean(axis=(1, 2))


def spread(z: np.ndarray) -> np.ndarray:
    """The standard deviation of each layer."""
    return z.std(axis=(1, 2))


def _fed_raw(x: np.ndarray, mistake: str) -> bool:
    if mistake == "each feature":
        return any(_fed_raw(feature, "") for feature in x.T)
    mean, std = x.mean(), x.std()
    std = std**2 if mistake == "variance" else std
    far = mean > 1 or (mean < -1 and mistake != "above only")
    wide = std > 2 or (std < 0.5 and mistake != "wide only")
    return bool((far and mistake != "std only") or (wide and mistake != "mean only"))


def _is_sick(activation: str, z: np.ndarray, mistake: str) -> bool:
    mistake, _, only = mistake.partition(", only of ")
    mistake = mistake if only in ("", activation) else ""
    if mistake == "by name":
        return True
    if mistake == "top only":
        z = z[-1:]
    if mistake == "first only":
        z = z[:1]
    if mistake == "pooled":
        z = z.reshape(1, -1, z.shape[-1])
    if activation == "selu":
        std = spread(z).mean() if mistake == "average" else spread(z)
        std = std**2 if mistake == "variance" else std
        return bool(np.any(std > 2) or (np.any(std < 0.5) and mistake != "growth"))
    if activation == "relu":
        share = dead(z)
        if mistake.startswith("zeros"):
            share = (z <= 0).mean(axis=(1, 2))
        if mistake == "zeros, pooled":
            share = share.mean()
        if mistake == "one unit":
            return bool(share.max() > 0)
    else:
        share = flat(z)
        if mistake == "upper end":
            share = (z > 4.36).mean(axis=(1, 2))
        if mistake == "absolute":
            share = (sigmoid_derivative(z) < 0.05).mean(axis=(1, 2))
    return bool((share.mean() if mistake == "average" else share.max()) > 0.5)


def rule(activation: str, x: np.ndarray, z: np.ndarray, mistake: str = "") -> str:
    """The rule of the exercise, or one with a known mistake in it."""
    if mistake == "dead everywhere" and not _fed_raw(x, "") and dead(z).max() > 0.5:
        return "leaky_relu"
    raw, sick = _fed_raw(x, mistake), _is_sick(activation, z, mistake)
    if raw and not (sick and mistake == "units first"):
        return "standardize"
    return _CURE[activation] if sick else "keep"


def _facts(args: tuple, got: object, right: object, write: object) -> str:
    activation, x, z = args
    inputs = (
        f"its inputs have the mean {x.mean():.1f} and the standard deviation "
        f"{x.std():.1f}"
    )
    if activation == "relu":
        state = f"{dead(z).max():.0%} of the units are zero for every image"
    elif activation == "sigmoid":
        state = f"{flat(z).max():.0%} of the slopes are flat"
    else:
        low, high = (describe(s, 2) for s in (spread(z).min(), spread(z).max()))
        state = f"z has a standard deviation, from layer to layer, of {low} to {high}"
        return f"{inputs}; {state}"
    return f"{inputs}; in the worst of its {len(z)} layers {state}"


# The same mistakes in one kind of network only, and what they are told.
_VARIANTS = {
    "pooled": "average",
    "pooled, only of relu": "average",
    "pooled, only of sigmoid": "average",
    "average, only of relu": "average",
    "average, only of sigmoid": "average",
    "zeros, pooled": "zeros",
    "first only, only of selu": "first only",
    "variance, only of selu": "variance",
}

_REMEDY = Question(
    names=("activation", "x", "z"),
    reference=rule,
    misconceptions=(
        Misconception(lambda f, x, z: _CURE[f], say.REMEDY_MISTAKES["by name"]),
        *(
            Misconception(lambda f, x, z, m=mistake: rule(f, x, z, m), message)
            for mistake, message in say.REMEDY_MISTAKES.items()
        ),
        *(
            Misconception(
                lambda f, x, z, m=variant: rule(f, x, z, m), say.REMEDY_MISTAKES[told]
            )
            for variant, told in _VARIANTS.items()
        ),
    ),
    broken=_facts,
    advice=say.REMEDY_ADVICE,
    praise=say.REMEDY_PRAISE,
)

_HE, _LECUN = 2**0.5, 1.0

# Each kind of network and what it needs, well away from the rule's thresholds.
KINDS = (
    (Network("relu", _HE), "keep"),
    (Network("relu", _HE, sick_layer=3, sick_bias=-12.0), "leaky_relu"),
    (Network("sigmoid", 13.0), "relu"),
    (Network("sigmoid", _LECUN), "keep"),
    (Network("selu", _LECUN, depth=8), "keep"),
    (Network("selu", _HE, depth=8), "lecun_normal"),
    (Network("selu", _LECUN, depth=8, input_mean=90, input_std=80), "standardize"),
    (Network("relu", _HE, depth=2, sick_layer=0, sick_bias=-1.2), "keep"),
    (Network("relu", _HE, width=3, depth=20), "leaky_relu"),
    (Network("relu", _HE, input_mean=-4.0), "standardize"),
    (Network("sigmoid", _LECUN, input_std=60.0), "standardize"),
    (Network("sigmoid", _LECUN, bias=-6.0), "relu"),
    (Network("sigmoid", _LECUN, sick_layer=5, sick_gain=40.0), "relu"),
    (Network("sigmoid", _LECUN, bias=-3.4), "keep"),
    (Network("selu", 0.5, depth=8), "lecun_normal"),
    (Network("selu", _LECUN, depth=8, input_std=0.1), "standardize"),
    (Network("selu", _LECUN, depth=8, input_mean=4.0), "standardize"),
    (
        Network("selu", _LECUN, input_std=1.2, z_std=1.55, odd_feature=(3.0, 4.0)),
        "keep",
    ),
)


def _clear(activation: str, x: np.ndarray, z: np.ndarray) -> bool:
    """Whether nothing that the rule looks at lies near a threshold."""
    near = abs(abs(x.mean()) - 1) < 0.5
    near |= min(abs(np.log(x.std() / edge)) for edge in (0.5, 2)) < 0.3
    if activation == "selu":
        low, high = spread(z).min(), spread(z).max()
        return not (near or abs(np.log(low / 0.5)) < 0.2 or abs(np.log(high / 2)) < 0.2)
    share = (dead if activation == "relu" else flat)(z).max()
    return not (near or abs(share - 0.5) < 0.1)


def draw_record(network: Network, word: str, rng: np.random.Generator) -> tuple:
    """A record that needs `word` and is on no threshold's edge."""
    for _ in range(100):
        x, z = record(network, rng)
        if rule(network.activation, x, z) == word and _clear(network.activation, x, z):
            return network.activation, x, z
    raise RuntimeError(f"no clear case of {word} in 100 draws of {network}")


def judge_remedy(fn: Callable, rng: np.random.Generator) -> Result:
    """Judge `remedy` on a record of every kind."""
    inputs = [draw_record(network, word, rng) for network, word in KINDS]
    asked = in_drawn_order(fn, inputs, _REMEDY.names, rng)
    return expect_word(asked, inputs, _REMEDY, WORDS)
