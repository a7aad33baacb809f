"""A check of lesson 02: do random weights spread as they were asked to?

A sample is compared with a distribution by the largest distance between its empirical
distribution function and the true one. Whatever the distribution, n independent draws
from it stray further than e with a probability of at most 2 exp(-2 n e^2) (Dvoretzky,
Kiefer, Wolfowitz 1956; the constant 2: Massart 1990). With the numbers below that is
3e-8 a draw, 1.9e-7 for the six draws of a check: a right answer is refused less than
once in a million times. A wrong one differs from the right by more than twice the
distance, or reaches further out, and is missed as rarely.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from course_utils.checks import _initialization_draw_messages as say
from course_utils.checks import guard
from course_utils.checks.judging import Complaint, numbers
from course_utils.checks.result import Counterexample, Result, Status, describe

NAMES = ("shape", "rng", "scale", "mode", "distribution")
DRAWS = 90_000
DISTANCE = 0.01
#: Standard deviation of the standard normal cut at two, from its closed form.
CUT_STD = math.sqrt(1 - 4 * math.exp(-2) / math.sqrt(2 * math.pi) / (2 * ndtr(2) - 1))


@dataclass(frozen=True)
class Law:
    """A distribution that weights may follow.

    Attributes:
        family: "uniform", "one-sided", "truncated" or "normal".
        width: end of the interval of a uniform; standard deviation of the normal,
            before it is cut.
    """

    family: str
    width: float

    def cdf(self, w: np.ndarray) -> np.ndarray:
        """The probability that a weight is below w."""
        u = w / self.width
        if self.family == "uniform":
            return np.clip((1 + u) / 2, 0, 1)
        if self.family == "one-sided":
            return np.clip(u, 0, 1)
        if self.family == "normal":
            return ndtr(u)
        return (ndtr(np.clip(u, -2, 2)) - ndtr(-2)) / (ndtr(2) - ndtr(-2))

    @property
    def reach(self) -> tuple[float, float]:
        """Between which bounds the largest of many weights lies."""
        if self.family == "normal":
            return 3 * self.width, math.inf
        end = 2 * self.width if self.family == "truncated" else self.width
        return 0.95 * end, 1.02 * end

    @property
    def variance(self) -> float:
        """That of a uniform, or of a normal cut at two standard deviations."""
        if self.family == "uniform":
            return self.width**2 / 3
        return (self.width * CUT_STD) ** 2

    def fits(self, ordered: np.ndarray) -> bool:
        """Whether sorted weights may well be draws from this law."""
        low, high = self.reach
        if not low <= max(-ordered[0], ordered[-1]) <= high:
            return False
        n, below = len(ordered), self.cdf(ordered)
        ranks = np.arange(n)
        gap = max((below - ranks / n).max(), ((ranks + 1) / n - below).max())
        return bool(gap <= DISTANCE)


def law(args: tuple, mistake: str = "") -> Law:
    """The distribution asked for, or the one that comes of a known mistake."""
    shape, scale, mode, distribution = args
    window = 1 if mistake == "no window" else math.prod(shape[:-2])
    fan_in, fan_out = window * shape[-2], window * shape[-1]
    mode = mistake.removeprefix("always ") if mistake.startswith("always") else mode
    fan_in, fan_out = (fan_out, fan_in) if mistake == "swapped" else (fan_in, fan_out)
    average = (fan_in + fan_out) / (1 if mistake == "sum" else 2)
    if mistake == "root of the product":
        average = math.sqrt(fan_in * fan_out)
    n = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": average}[mode]
    std = math.sqrt(scale / n)
    std = scale / n if mistake == "variance as std" else std
    std = scale / math.sqrt(n) if mistake == "scale outside" else std
    std = 1 / math.sqrt(n) if mistake == "no scale" else std
    if distribution == "uniform":
        ends = {"r is std": std, "r is 3 std": 3 * std, "width": math.sqrt(12) * std}
        ends["not rooted"] = scale / n
        ends["r is a third"], ends["glorot's 6"] = (
            std / math.sqrt(3),
            math.sqrt(6) * std,
        )
        ends["normal for uniform"] = std
        families = {"one-sided": "one-sided", "normal for uniform": "normal"}
        end = ends.get(mistake, math.sqrt(3) * std)
        return Law(families.get(mistake, "uniform"), end)
    widths = {"not paid back": std, "1.3": 1.3 * std, "not cut": std}
    widths["paid the wrong way"] = std * CUT_STD
    family = "normal" if mistake in ("not cut", "paid, not cut") else "truncated"
    return Law(family, widths.get(mistake, std / CUT_STD))


def draw_cases(rng: np.random.Generator) -> list[tuple]:
    """What to ask for: both distributions, every mode, dense and convolution."""
    cases = []
    for distribution in ("uniform", "truncated_normal"):
        for mode in ("fan_in", "fan_out", "fan_avg"):
            window = (3, 3) if (mode, distribution) in _CONVOLUTIONS else ()
            short = int(rng.integers(120, 200)) // (3 if window else 1)
            long = math.ceil(DRAWS / (short * math.prod(window)))
            shape = (long, short) if rng.integers(2) else (short, long)
            # Away from 1, where a misplaced scale could not be seen.
            scale = rng.uniform(1.7, 3.0) if rng.integers(2) else rng.uniform(0.3, 0.6)
            cases.append((window + shape, round(scale, 1), mode, distribution))
    return cases


_CONVOLUTIONS = (("fan_out", "uniform"), ("fan_in", "truncated_normal"))


def judge_draw(fn: Callable, rng: np.random.Generator) -> Result:
    """Judge `draw_weights`: how its weights spread, and where their chance is from."""
    cases = draw_cases(rng)
    seed, *more = (int(s) for s in rng.integers(2**32, size=len(cases) + 1))
    drawn = []
    for number, args in enumerate(cases):
        w, problem = _draw(fn, args, more[number])
        if problem:
            return problem
        drawn.append(w)
    wrong = [i for i, w in enumerate(drawn) if not law(cases[i]).fits(np.sort(w))]
    if wrong:
        # One distribution at a time: whoever errs in both hears of them in turn.
        alike = [i for i, args in enumerate(cases) if args[-1] == cases[wrong[0]][-1]]
        message = _name([cases[i] for i in alike], [drawn[i] for i in alike])
        first = wrong[0]
        return _incorrect(cases[first], message, drawn[first])
    forced = _forced(cases, drawn)
    if forced is not None:
        return _incorrect(cases[forced], say.DRAW_FORCED, drawn[forced], say.EXACT)
    for other, equal, message in (
        (more[0], True, say.DRAW_GLOBAL),
        (seed, False, say.DRAW_OWN_SEED),
    ):
        w, problem = _draw(fn, cases[0], other)
        if problem:
            return problem
        if np.array_equal(w, drawn[0]) != equal:
            return _incorrect(cases[0], message, w, _TWICE[equal])
    return Result(Status.CORRECT, say.DRAW_PRAISE)


_TWICE = {
    True: "called again with an equal generator, it gave other weights",
    False: "called with another generator, it gave these weights, too",
}


def _draw(
    fn: Callable, args: tuple, seed: int
) -> tuple[np.ndarray, None] | tuple[None, Result]:
    """The weights that a learner's function draws, in a row, or what is wrong."""
    shape, *rest = args
    rng = np.random.default_rng(seed)
    outcome = guard.call(fn, (shape, rng, *rest), NAMES)
    try:
        weights = numbers(outcome.value, np.broadcast_to(0.0, shape))
    except Complaint as complaint:
        kind = f"an array of numbers of shape {shape} is expected here"
        given, value = _given(args), describe(outcome.value)
        example = Counterexample(given, value, kind)
        return None, Result(
            Status.INCORRECT, str(complaint), example, printed=outcome.printed
        )
    return weights.ravel(), None


def _forced(cases: list[tuple], drawn: list[np.ndarray]) -> int | None:
    """The first of the draws whose spread was set afterwards, not left to chance.

    Of 90,000 right weights it strays by some 0.2 %; the probability that it comes
    within a millionth in all three draws of a distribution is below 1e-9.
    """
    for distribution in ("uniform", "truncated_normal"):
        those = [i for i, args in enumerate(cases) if args[-1] == distribution]
        ratios = [drawn[i].var() / law(cases[i]).variance for i in those]
        if all(abs(ratio - 1) < 2e-6 for ratio in ratios):
            return those[0]
    return None


def _name(cases: list[tuple], drawn: list[np.ndarray]) -> str:
    """The message that fits all these draws."""
    if not all(np.isfinite(w).all() for w in drawn):
        return say.DRAW_NOT_FINITE
    if any(len(np.unique(w)) < len(w) / 2 for w in drawn):
        return say.DRAW_REPEATED
    if any(np.mean(abs(w) == abs(w).max()) > 0.01 for w in drawn):
        return say.DRAW_CLIPPED
    ordered = [np.sort(w) for w in drawn]
    for mistake, message in say.DRAW_MISTAKES.items():
        pairs = zip(cases, ordered, strict=True)
        if all(law(args, mistake).fits(w) for args, w in pairs):
            return message
    return say.DRAW_ADVICE


def _incorrect(
    args: tuple, message: str, w: np.ndarray, broken: str | None = None
) -> Result:
    value = f"{w.size} weights from {describe(w.min())} to {describe(w.max())}"
    example = Counterexample(_given(args), value, broken or _property(args, w))
    return Result(Status.INCORRECT, message, example)


def _given(args: tuple) -> tuple[tuple[str, str], ...]:
    shape, scale, mode, distribution = args
    shown = {"shape": shape, "scale": scale}
    shown |= {"mode": mode, "distribution": distribution}
    return tuple((name, describe(value)) for name, value in shown.items())


def _property(args: tuple, w: np.ndarray) -> str:
    """Which property of the weights asked for these do not have."""
    goal = law(args).variance
    mean, variance = w.mean(), w.var()
    if not np.isfinite(variance):
        return "weights must be finite numbers"
    if abs(mean) > 0.03 * math.sqrt(goal):
        return f"their mean is {describe(mean)}, and it must be 0"
    if abs(variance / goal - 1) > 0.02:
        return (
            f"scale / n asks for a variance of {describe(goal)}, and theirs is "
            f"{describe(variance)}"
        )
    return (
        "mean and variance are right, but they are not spread as those of the "
        "distribution asked for"
    )
