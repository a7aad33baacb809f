"""Readings of a range test, right and wrong, for the check of lesson 08."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np

FACTOR = 2.0  # the accepted error
WINDOWS = (9, 7, 11, 5, 15)
RAW = (*WINDOWS, 1)  # a mean of one loss is that loss


def near(a: float, b: float, slack: float = 1.0) -> bool:
    """Whether two rates agree, within so many times the accepted error."""
    if not (np.isfinite(a) and a > 0 and b > 0):
        return False
    return bool(abs(np.log10(a / b)) <= slack * np.log10(FACTOR))


def _smooth(rates: np.ndarray, losses: np.ndarray, window: int) -> tuple:
    """Moving means of the logarithms and of the losses."""
    weights = np.ones(window) / window
    x = np.convolve(np.log10(rates), weights, "valid")
    return x, np.convolve(losses, weights, "valid")


def _lowest(y: np.ndarray) -> int:
    return int(np.nanargmin(y))


def read(rates: np.ndarray, losses: np.ndarray, window: int = 9) -> float:
    """The rate at which moving means fall most steeply, up to the lowest of them."""
    x, y = _smooth(rates, losses, window)
    end = _lowest(y) + 1
    return float(10 ** x[np.argmin(np.gradient(y[:end], x[:end]))])


def _lowest_rate(rates: np.ndarray, losses: np.ndarray, window: int) -> float:
    x, y = _smooth(rates, losses, window)
    return float(10 ** x[_lowest(y)])


def _raw(rates: np.ndarray, losses: np.ndarray, side: int) -> float:
    """The largest fall from one loss to the next, before the lowest."""
    end = _lowest(losses) + 1
    return float(rates[np.argmin(np.diff(losses[:end])) + side])


def _uncut(rates: np.ndarray, losses: np.ndarray, window: int) -> float:
    x, y = _smooth(rates, losses, window)
    y = np.where(np.isfinite(y), y, np.nan)
    return float(10 ** x[_lowest(np.gradient(y, x))])


def _linear(rates: np.ndarray, losses: np.ndarray, window: int) -> float:
    x, y = _smooth(rates, losses, window)
    end = _lowest(y) + 1
    return float(10 ** x[np.argmin(np.gradient(y[:end], 10 ** x[:end]))])


def _steepest_either_way(rates: np.ndarray, losses: np.ndarray, window: int) -> float:
    x, y = _smooth(rates, losses, window)
    y = np.where(np.isfinite(y), y, np.nan)
    return float(10 ** x[np.nanargmax(np.abs(np.gradient(y, x)))])


def _rising(rates: np.ndarray, losses: np.ndarray, window: int) -> float:
    x, y = _smooth(rates, losses, window)
    y = np.where(np.isfinite(y), y, np.nan)
    return float(10 ** x[np.nanargmax(np.gradient(y, x))])


def _before_explosion(rates: np.ndarray, losses: np.ndarray, how: str) -> float:
    """The last rate before the loss is not finite, above its start, or many times."""
    after = np.arange(len(losses)) > _lowest(losses)
    bad = ~np.isfinite(losses)
    if how == "start":
        bad |= losses > losses[0]
    if how == "four times":
        bad |= losses > 4 * np.nanmin(losses)
    bad &= after
    last = int(np.argmax(bad)) - 1 if bad.any() else len(losses) - 1
    return float(rates[last])


def _lagging(rates: np.ndarray, losses: np.ndarray, how: tuple[float, bool]) -> float:
    """With an exponential average, whose value belongs to steps before."""
    beta, corrected = how
    mean, out = 0.0 if corrected else losses[0], []
    for t, loss in enumerate(losses[: _lowest(losses) + 1], start=1):
        mean = beta * mean + (1 - beta) * loss
        out.append(mean / (1 - beta**t) if corrected else mean)
    return float(rates[np.argmin(np.gradient(np.array(out)))])


def _each(function: Callable, options: tuple, change: Callable = float) -> tuple:
    return tuple(
        lambda rates, losses, option=option: change(function(rates, losses, option))
        for option in options
    )


def _first_lowest(rates: np.ndarray, losses: np.ndarray, _: int) -> float:
    return float(rates[_lowest(losses)])


WRONG = {
    "lowest": (
        *_each(_first_lowest, (0,)),
        *_each(_lowest_rate, WINDOWS),
    ),
    "tenth": (
        *_each(_first_lowest, (0,), lambda rate: rate / 10),
        *_each(_lowest_rate, WINDOWS, lambda rate: rate / 10),
    ),
    "explosion": _each(_before_explosion, ("finite", "start", "four times")),
    "not smoothed": (*_each(_raw, (0, 1)), *_each(read, (1,))),
    "after the lowest": _each(_uncut, RAW),
    "not logarithmic": _each(_linear, WINDOWS),
    "rising": (*_each(_rising, WINDOWS), *_each(_steepest_either_way, WINDOWS)),
    "lagging": _each(_lagging, tuple(product((0.9, 0.95, 0.98), (True, False)))),
    "exponent": _each(read, WINDOWS, np.log10),
    "first nan": (lambda rates, losses: float(rates[np.argmin(losses)]),),
}
