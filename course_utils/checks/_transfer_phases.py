"""A check of lesson 06: training a head first, then everything, on a budget."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course_utils.checks import _transfer_messages as say
from course_utils.checks.judging import Misconception, Question
from course_utils.checks.lists import expect_arrays
from course_utils.checks.result import Result

CALM = 0.1
BUDGET = 20


def _gradients(
    body: np.ndarray, head: np.ndarray, x: np.ndarray, y: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    h = np.tanh(x @ body)
    error = (1 / (1 + np.exp(-h @ head)) - y) / len(y)
    return x.T @ (np.outer(error, head) * (1 - h**2)), h.T @ error


def _head_first(args: tuple, mistake: str) -> tuple[np.ndarray, np.ndarray, int]:
    """Phase 1: body, head and the number of steps taken."""
    body, head, x, y, budget, head_rate, rate = args
    most = budget if mistake == "no cap" else budget // 2
    limit, steps = None, 0
    while steps < most:
        of_body, of_head = _gradients(body, head, x, y)
        norm = np.linalg.norm(of_head)
        if limit is None:
            limits = {"absolute": CALM, "squared": CALM**0.5 * norm}
            limit = limits.get(mistake, CALM * norm)
        calm = norm < limit and mistake != "never calm"
        if calm and mistake != "looks late":
            break
        head = head - head_rate * of_head
        pace = {"body moves": head_rate, "body creeps": rate}.get(mistake, 0.0)
        body = body - pace * of_body
        steps += 1
        if calm:
            break
    return body, head, steps


def _tuned(*args: object, mistake: str = "") -> list[np.ndarray]:
    """Body and head by the rule of the exercise, or with a known mistake."""
    body, head, x, y, budget, head_rate, rate = args
    if mistake == "swapped":
        head_rate, rate = rate, head_rate
    args = body, head, x, y, budget, head_rate, rate
    body, head, steps = _head_first(args, mistake)
    left = {"full budget": budget, "half and half": budget - budget // 2}
    pace = head_rate if mistake == "one rate" else rate
    head_pace = head_rate if mistake == "head too fast" else pace
    for _ in range(left.get(mistake, budget - steps)):
        of_body, of_head = _gradients(body, head, x, y)
        if mistake == "body after head":
            of_body = _gradients(body, head - pace * of_head, x, y)[0]
        if mistake != "never unfrozen":
            body = body - pace * of_body
        if mistake == "one after the other":
            of_head = _gradients(body, head, x, y)[1]
        if mistake != "head frozen":
            head = head - head_pace * of_head
    return [body, head]


def _facts(args: tuple, got: list, right: list, write: Callable) -> str:
    """How far body and head are from where they began, and should be."""
    told = []
    for name, before, mine, true in zip(
        ("body", "head"), args, got, right, strict=False
    ):
        moved, due = (float(np.linalg.norm(after - before)) for after in (mine, true))
        if write(moved) != write(due):
            told.append(
                f"the {name} is {write(moved)} away from where it began, and "
                f"should be {write(due)}"
            )
    return "; ".join(told) or "body or head moved in another direction"


_TUNE = Question(
    names=("body", "head", "x", "y", "budget", "head_rate", "rate"),
    reference=_tuned,
    misconceptions=tuple(
        Misconception(lambda *args, m=mistake: _tuned(*args, mistake=m), message)
        for mistake, message in say.TUNE_MISTAKES.items()
    ),
    broken=_facts,
    advice=say.TUNE_ADVICE,
    praise=say.TUNE_PRAISE,
    not_finite=say.TUNE_NAN,
)


def _norms(body: np.ndarray, head: np.ndarray, x, y, head_rate: float) -> np.ndarray:
    """Norms of the head's gradient while it learns alone, for twenty steps."""
    norms = []
    for _ in range(BUDGET):
        of_head = _gradients(body, head, x, y)[1]
        norms.append(np.linalg.norm(of_head))
        head = head - head_rate * of_head
    return np.array(norms)


def draw_task(early: bool, rng: np.random.Generator) -> tuple:
    """A task whose phase 1 ends early, or is ended by the budget; neither narrowly."""
    for _ in range(2000):
        body, x = (np.round(rng.normal(0, 1, (n, 2)), 1) for n in (2, 6))
        y = np.array([0.0, 1.0])[(x[:, 0] > 0.2 * x[:, 1]).astype(int)]
        head = np.round(rng.choice([-1, 1], 2) * rng.uniform(1.5, 3, 2), 1)
        head_rate = float(rng.choice([1, 2, 3, 4, 6, 8]))
        norms = _norms(body, head, x, y, head_rate)
        limit = CALM * norms[0]
        first = int(np.argmax(norms < limit))
        wanted = range(3, 8) if early else range(13, 19)
        clear = not np.any(np.abs(norms[: first + 1] / limit - 1) < 0.02)
        if first in wanted and clear and 0.2 < norms[0] < 0.8:
            return body, head, x, y, BUDGET, head_rate, 0.1
    raise RuntimeError("no clear task in 2000 draws")


def judge_tune(fn: Callable, rng: np.random.Generator) -> Result:
    """Judge `fine_tune` on tasks whose first phase ends in either way."""
    inputs = [draw_task(early, rng) for early in (True, False, True)]
    return expect_arrays(fn, inputs, _TUNE, tolerance=1e-6, floor=1.0)
