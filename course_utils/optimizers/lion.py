"""Lion: the sign of a momentum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from course_utils.optimizers.base import (
    must_be_positive,
    must_be_share,
    must_not_be_negative,
)
from course_utils.optimizers.elementwise import Elementwise


@dataclass(frozen=True)
class Lion(Elementwise):
    r"""Lion: every parameter moves by the same length (Chen et al. 2023).

    $$\theta \leftarrow \theta - \eta\,\bigl(\mathrm{sign}(\beta_1 m + (1 - \beta_1) g)
    + \lambda \theta\bigr) \qquad m \leftarrow \beta_2 m + (1 - \beta_2) g$$

    (arXiv:2302.06675, algorithm 2.) Half of Adam's memory, and rates three to ten times
    smaller. The order is Keras': the decay comes first, which is the same.

    Attributes:
        learning_rate: eta, > 0.
        beta_1: share of m in the step, in [0, 1); `update` takes it for one step, also
            under the name `momentum`.
        beta_2: share of m that is kept, in [0, 1).
        weight_decay: lambda, >= 0.

    Raises:
        ValueError: a hyperparameter is outside its range.

    Example:
        >>> lion, theta = Lion(0.1), np.array([0.0, 0.0])
        >>> lion.step(theta, np.array([3.0, -0.01]), lion.init(theta))[0]
        array([-0.1,  0.1])
    """

    learning_rate: float = 0.0001
    beta_1: float = 0.9
    beta_2: float = 0.99
    weight_decay: float = 0.0

    keras: ClassVar = {"learning_rate": 0.001}
    adjustable: ClassVar = {
        "learning_rate": "learning_rate",
        "beta_1": "beta_1",
        "momentum": "beta_1",
    }

    def __post_init__(self) -> None:
        must_be_positive(self, "learning_rate")
        must_be_share(self, "beta_1", "beta_2")
        must_not_be_negative(self, "weight_decay")

    def memory(self) -> tuple[str, ...]:
        """The leaky average of gradients."""
        return ("m",)

    def rule(
        self,
        theta: np.ndarray,
        g: np.ndarray,
        m: np.ndarray,
        *,
        learning_rate: float,
        beta_1: float,
    ) -> None:
        """One step in place."""
        if self.weight_decay:
            theta -= learning_rate * self.weight_decay * theta
        theta -= learning_rate * np.sign(beta_1 * m + (1 - beta_1) * g)
        m *= self.beta_2
        m += (1 - self.beta_2) * g
