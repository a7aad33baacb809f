"""A check of lesson 02: tell four broken initializers from a healthy one."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.special import ndtr, ndtri

from course_utils.checks import _initialization_draw_messages as say
from course_utils.checks import guard
from course_utils.checks._initialization_draws import CUT_STD
from course_utils.checks.judging import Misconception, Question, expect_word
from course_utils.checks.replay import in_drawn_order
from course_utils.checks.result import Result, describe

WORDS = ("twins", "root", "truncation", "fans", "healthy")
FACTS = {
    "twins": "asked twice for one shape, with one generator, it gives equal arrays",
    "root": "its weights have the standard deviation 2 / fan_in",
    "truncation": "its weights have 77 % of the variance promised",
    "fans": "its weights have the variance 2 / fan_out",
    "healthy": "its weights have the variance promised, and are new every time",
}


MOST = 4_000_000


class Suspect:
    """An initializer that keeps He's promise, or breaks it in one way.

    Args:
        word: what is wrong with it, one of `WORDS`.
        seed: makes two suspects of one kind give different weights to one generator.
        name: how a counterexample calls it.
    """

    def __init__(self, word: str, seed: int, name: str) -> None:
        """Keep the verdict where a learner's function does not stumble over it."""
        self.__name__, self._word, self._seed = name, word, seed

    def __call__(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Draw weights of this shape.

        Raises:
            ValueError: that would be more than `MOST` weights.
        """
        if len(shape) > 32 or math.prod(map(int, shape)) > MOST:
            raise ValueError(f"at most {MOST:,} weights can be drawn at once")
        window = math.prod(shape[:-2])
        fan_in, fan_out = window * shape[-2], window * shape[-1]
        variance = 2 / (fan_out if self._word == "fans" else fan_in)
        std = variance if self._word == "root" else math.sqrt(variance)
        std /= 1.0 if self._word == "truncation" else CUT_STD
        own = np.random.default_rng([self._seed, *shape])
        u = (own if self._word == "twins" else rng).random(shape)
        u = (u + 0.618 * self._seed) % 1  # as uniform as before, and other numbers
        return std * ndtri(ndtr(-2) + u * (ndtr(2) - ndtr(-2)))

    def __deepcopy__(self, memo: dict) -> Suspect:
        """Itself: a suspect does not change."""
        return self


def kind(initializer: Suspect) -> str:
    """The word that is right for a suspect."""
    return initializer._word


# What each mistake makes of which words; `judge_bug` asks for the easiest first.
_CONFUSED: tuple[tuple[str, dict[str, str]], ...] = (
    ("all twins", dict.fromkeys(WORDS, "twins")),
    ("std measured", {"root": "healthy", "healthy": "fans"}),
    ("std measured", {"root": "healthy", "healthy": "root"}),
    ("std measured", {"root": "healthy", "healthy": "truncation"}),
    ("healthy is truncation", {"healthy": "truncation"}),
    ("root is fans", {"root": "fans"}),
    ("root unseen", {"root": "healthy"}),
    ("fans unseen", {"fans": "healthy"}),
    ("fans is root", {"fans": "root"}),
    ("fans is truncation", {"fans": "truncation"}),
    ("truncation unseen", {"truncation": "healthy"}),
    ("truncation is fans", {"truncation": "fans"}),
    ("twins unseen", {"twins": "healthy"}),
)
_STAGES = (("healthy", "root"), ("fans",), ("truncation",), ("twins",))


def _confused(words: dict[str, str]) -> Callable[[Suspect], str]:
    return lambda initializer: words.get(kind(initializer), kind(initializer))


_BUG = Question(
    names=("initializer",),
    reference=kind,
    misconceptions=tuple(
        Misconception(_confused(words), say.BUG_MISTAKES[mistake])
        for mistake, words in _CONFUSED
    ),
    broken=lambda args, got, right, write: FACTS[right],
    advice=say.BUG_ADVICE,
    praise=say.BUG_PRAISE,
)


def draw_suspects(rng: np.random.Generator) -> list[Suspect]:
    """Three of every kind, in random order."""
    words = rng.permutation([word for word in WORDS for _ in range(3)])
    seeds = rng.permutation(len(words))
    return [
        Suspect(str(word), int(seed), f"initializer number {number}")
        for number, (word, seed) in enumerate(zip(words, seeds, strict=True), start=1)
    ]


def judge_bug(fn: Callable, rng: np.random.Generator) -> Result:
    """Judge `find_bug` on initializers of every kind, one kind after the other.

    So whoever has made two mistakes hears of the easier one first.
    """
    suspects = draw_suspects(rng)
    stages = [[s for s in suspects if kind(s) in words] for words in _STAGES]
    inputs = [(suspect,) for some in stages for suspect in some]
    asked = in_drawn_order(fn, inputs, _BUG.names, rng)
    for some in stages:
        result = expect_word(asked, [(suspect,) for suspect in some], _BUG, WORDS)
        if result.message == say.BUG_ADVICE:
            return replace(result, message=_chance(fn, some, result) or result.message)
        if not result.correct:
            return result
    return result


def _chance(fn: Callable, suspects: list[Suspect], result: Result) -> str:
    """What to say when suspects of one kind get different answers, or nothing.

    They are asked for again, and twice: a function that draws from a generator without
    a seed need not answer what it answered before.
    """
    given: dict[str, set[str]] = {}
    for suspect in 2 * suspects:
        answer = guard.call(fn, (suspect,), ("initializer",)).value
        given.setdefault(kind(suspect), set()).add(describe(answer))
    case = result.counterexample
    shown = next(word for word in WORDS if FACTS[word] == case.broken)
    given[shown].add(case.returned)
    if all(len(answers) == 1 for answers in given.values()):
        return ""
    false_alarm = shown == "healthy" and describe(shown) in given[shown]
    return say.BUG_FALSE_ALARM if false_alarm else say.BUG_LUCK
