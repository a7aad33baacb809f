"""Prediction questions: a few scenarios, a few words to choose from, and reasons.

A wrong choice is answered with why it cannot be so; the right one stays the reader's
to find.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from course_utils.checks import guard
from course_utils.checks.result import Counterexample, Result, Status, describe


@dataclass(frozen=True)
class Scenario:
    """One situation to predict.

    Attributes:
        summary: what it is, in a line.
        right: the right choice.
        wrong: every other choice, and why it is not so.
    """

    summary: str
    right: str
    wrong: Mapping[str, str]

    @property
    def choices(self) -> tuple[str, ...]:
        """All that may be chosen, in an order that tells nothing."""
        return tuple(sorted((self.right, *self.wrong)))


def expect_choices(
    fn: Callable[[], Mapping[str, str]],
    scenarios: Mapping[str, Scenario],
    praise: str,
) -> Result:
    """Judge a function without arguments that returns `{scenario: choice}`.

    Raises:
        guard.Stopped: the function is not written yet, or it raised.
    """
    outcome = guard.call(fn, ())
    answers = outcome.value
    if answers is None:
        return _wrong(guard.RETURNED_NONE, outcome.printed)
    keys = ", ".join(map(repr, scenarios))
    if not isinstance(answers, Mapping):
        return _wrong(
            f"A dict with the keys {keys} is expected, and your function returned "
            f"{describe(answers)}.",
            outcome.printed,
        )
    if answers and not any(key in answers for key in scenarios):
        named = ", ".join(describe(key) for key in answers)
        return _wrong(
            f"The keys {keys} are expected, and your dict has {named}.",
            outcome.printed,
        )
    answers = {k: _choice(answers.get(k)) for k in scenarios}
    open_ones = [key for key, choice in answers.items() if not choice]
    if len(open_ones) == len(scenarios):
        return guard.not_attempted()
    if open_ones:
        return _wrong(f"No prediction yet for {', '.join(open_ones)}.", outcome.printed)
    for key, scenario in scenarios.items():
        if answers[key] not in scenario.choices:
            listed = ", ".join(map(repr, scenario.choices))
            return _wrong(
                f"{key} must be one of {listed}, and is {describe(answers[key])}.",
                outcome.printed,
            )
    missed = [k for k, s in scenarios.items() if answers[k] != s.right]
    if not missed:
        return Result(Status.CORRECT, praise, printed=outcome.printed)
    key = missed[0]
    scenario, choice = scenarios[key], answers[key]
    count = f"{len(scenarios) - len(missed)} of {len(scenarios)} are right."
    return Result(
        Status.INCORRECT,
        f"{count} Look at {key} again.",
        Counterexample(((key, scenario.summary),), choice, scenario.wrong[choice]),
        printed=outcome.printed,
    )


def _choice(value: object) -> str:
    """A prediction as a string; empty when there is none yet."""
    if value is None or value is Ellipsis:
        return ""
    return str(value) if isinstance(value, str) else describe(value)


def _wrong(message: str, printed: str) -> Result:
    return Result(Status.INCORRECT, message, printed=printed)
