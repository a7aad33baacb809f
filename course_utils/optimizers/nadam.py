"""Nadam: Adam that looks ahead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from course_utils.optimizers.adam import Moments
from course_utils.optimizers.base import State, must_not_be_negative


@dataclass(frozen=True)
class Nadam(Moments):
    r"""Nadam: Adam with Nesterov's look-ahead (Dozat 2016).

    In place of $\hat m$ stands what the next step would use of it, with this step's
    gradient already in:

    $$\hat m = \frac{u_{t+1}\, m}{1 - \prod_{i \le t+1} u_i}
    + \frac{(1 - u_t)\, g}{1 - \prod_{i \le t} u_i} \qquad
    u_t = \beta_1 (1 - \tfrac12\, 0.96^{\,t d})$$

    A warm-up of beta_1 comes with it: $u_t$ begins at half of it. The paper's d is
    0.004, slow; Keras leaves it out, `Nadam.as_keras()` has d = 1. In both m itself is
    averaged with beta_1.

    Attributes:
        learning_rate: eta, > 0.
        beta_1: where u ends up, in [0, 1).
        beta_2: share of s that is kept, in [0, 1).
        epsilon: keeps the division safe, > 0.
        schedule_decay: d, >= 0.

    Raises:
        ValueError: a hyperparameter is outside its range.

    Example:
        >>> nadam, theta = Nadam(0.1, schedule_decay=1.0), np.array([0.0])
        >>> nadam.step(theta, np.ones(1), nadam.init(theta))[0].round(3)
        array([-0.106])
    """

    learning_rate: float = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8
    schedule_decay: float = 0.004

    keras: ClassVar = {"epsilon": 1e-7, "schedule_decay": 1.0}

    def __post_init__(self) -> None:
        super().__post_init__()
        must_not_be_negative(self, "schedule_decay")

    def init(self, parameters: np.ndarray) -> State:
        """Averages of zeros, and a count of steps for the warm-up."""
        return {**super().init(parameters), "t": np.zeros((), np.int64)}

    def settings(
        self, state: State, *, learning_rate: float, beta_1: float
    ) -> dict[str, Any]:
        """How much of m and how much of g make the step."""
        state["t"] += 1
        t = int(state["t"])
        u, u_next = (
            beta_1 * (1 - 0.5 * 0.96 ** (step * self.schedule_decay))
            for step in (t, t + 1)
        )
        state["kept"] *= (u, self.beta_2)
        product, zeros = (float(kept) for kept in state["kept"])
        return {
            "beta_1": beta_1,
            "of_m": learning_rate * u_next / (1 - product * u_next),
            "of_g": learning_rate * (1 - u) / (1 - product),
            "correction": 1 - zeros,
        }

    def rule(
        self,
        theta: np.ndarray,
        g: np.ndarray,
        m: np.ndarray,
        s: np.ndarray,
        *,
        beta_1: float,
        of_m: float,
        of_g: float,
        correction: float,
    ) -> None:
        """One step in place."""
        m *= beta_1
        m += (1 - beta_1) * g
        s *= self.beta_2
        s += (1 - self.beta_2) * g**2
        size = np.sqrt(s / correction)
        size += self.epsilon
        theta -= (of_m * m + of_g * g) / size
