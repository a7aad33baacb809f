"""The rates of performance scheduling, right and wrong, for the check of lesson 08."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def rates_of(
    losses: Sequence[float],
    start: float,
    factor: float,
    patience: int,
    min_delta: float,
) -> np.ndarray:
    """The rate after each loss, by looking back from every loss anew."""
    rates, best, counted_from = [], np.inf, 0
    rate = start
    for now, loss in enumerate(losses, start=1):
        if loss < best - min_delta:
            best, counted_from = loss, now
        if now - counted_from == patience:
            rate, counted_from = rate * factor, now
        rates.append(rate)
    return np.array(rates)


def _better(how: str, loss: float, best: float, last: float, min_delta: float) -> bool:
    """Whether a loss is taken for an improvement."""
    kinds = {
        "last": loss < last - min_delta,
        "ties": loss <= best - min_delta,
        "any": loss < best,
        "wrong side": loss < best + min_delta,
        "relative": loss < best * (1 - min_delta),
        "upwards": loss > best + min_delta,
        "nan improves": not loss >= best - min_delta,
        "clock": False,
    }
    return bool(kinds.get(how, loss < best - min_delta))


def _cut(how: str, rate: float, start: float, factor: float) -> float:
    kinds = {
        "once": start * factor,
        "divided": rate / factor,
        "subtracted": rate - factor,
        "by the rest": rate * (1 - factor),
        "start times rest": start * (1 - factor),
        "never": rate,
    }
    return kinds.get(how, rate * factor)


def wrong_rates(
    losses: Sequence[float],
    start: float,
    factor: float,
    patience: int,
    min_delta: float,
    how: str,
) -> np.ndarray:
    """The rate after each loss, by a loop with one thing wrong."""
    rates, rate, waited = [], start, 0
    best = last = -np.inf if how == "upwards" else np.inf
    limit = patience + {"late": 1, "early": -1}.get(how, 0)
    for number, loss in enumerate(losses):
        before = rate
        first_is_nan = how == "nan stays best" and number == 0 and np.isnan(loss)
        if first_is_nan or _better(how, loss, best, last, min_delta):
            best = loss
            waited = waited if how == "all of them" else 0
            rate = start if how == "goes back" else rate
        elif not (how == "nan skipped" and np.isnan(loss)):
            waited += 1
        if how == "creeps":
            best = np.fmin(best, loss)
        reached = waited == limit if how == "only once" else waited >= limit
        if reached and (waited or how != "early"):
            rate = _cut(how, rate, start, factor)
            waited = waited if how in ("not reset", "only once") else 0
            best = {"forgets": np.inf, "takes the loss": loss}.get(how, best)
        last = loss
        rates.append(before if how == "one late" else rate)
    return np.array(rates)
