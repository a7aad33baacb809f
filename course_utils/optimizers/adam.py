"""Adam and its relatives: a leaky average of gradients over one of their squares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from course_utils.optimizers.base import (
    State,
    must_be_positive,
    must_be_share,
    must_not_be_negative,
)
from course_utils.optimizers.elementwise import Elementwise

EPSILON_AT = ("outside", "inside", "uncorrected")


class Moments(Elementwise):
    """What Adam, AdaMax and Nadam share: beta_1 and beta_2, and what is left of zero.

    After t steps a leaky average that began at 0 still holds that 0 with a weight of
    beta^t. The state's array `kept` holds this weight for both averages, as a product,
    so that it is right also where a schedule moves beta_1.
    """

    adjustable: ClassVar = {
        "learning_rate": "learning_rate",
        "beta_1": "beta_1",
        "momentum": "beta_1",
    }

    def __post_init__(self) -> None:
        must_be_positive(self, "learning_rate", "epsilon")
        must_be_share(self, "beta_1", "beta_2")

    def memory(self) -> tuple[str, ...]:
        """The two averages."""
        return ("m", "s")

    def init(self, parameters: np.ndarray) -> State:
        """Averages of zeros, which is all they hold."""
        return {**super().init(parameters), "kept": np.ones(2)}


@dataclass(frozen=True)
class Adam(Moments):
    r"""Adam: momentum and RMSprop in one, both corrected for their start (Kingma & Ba).

    $$m \leftarrow \beta_1 m + (1 - \beta_1) g \qquad
    s \leftarrow \beta_2 s + (1 - \beta_2) g^2$$
    $$\hat m = \frac{m}{1 - \beta_1^t} \qquad \hat s = \frac{s}{1 - \beta_2^t} \qquad
    \theta \leftarrow \theta - \eta\,\frac{\hat m}{\sqrt{\hat s} + \varepsilon}$$

    with t = 1 in the first step (Kingma & Ba 2015, arXiv:1412.6980, algorithm 1). There
    are three places for epsilon: `"outside"` the root as here and in the paper;
    `"inside"`, $\sqrt{\hat s + \varepsilon}$, in some books; and `"uncorrected"`,
    $\hat m \sqrt{1-\beta_2^t} / (\sqrt s + \varepsilon)$, which is what Keras computes:
    `Adam.as_keras()`. They differ where gradients are small.

    Attributes:
        learning_rate: eta, > 0.
        beta_1: share of m that is kept, in [0, 1); `update` takes it for one step, also
            under the name `momentum`.
        beta_2: share of s that is kept, in [0, 1).
        epsilon: keeps the division safe, > 0.
        bias_correction: divide by 1 - beta^t.
        amsgrad: divide by the largest s so far (Reddi et al. 2018, arXiv:1904.09237).
        epsilon_at: one of `EPSILON_AT`.

    Raises:
        ValueError: a hyperparameter is outside its range.

    Example:
        >>> adam, theta = Adam(0.1), np.array([0.0, 0.0])
        >>> adam.step(theta, np.array([3.0, -0.01]), adam.init(theta))[0].round(3)
        array([-0.1,  0.1])
    """

    learning_rate: float = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8
    bias_correction: bool = True
    amsgrad: bool = False
    epsilon_at: str = "outside"

    keras: ClassVar = {"epsilon": 1e-7, "epsilon_at": "uncorrected"}

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.epsilon_at not in EPSILON_AT:
            raise ValueError(
                f"epsilon_at must be one of {', '.join(EPSILON_AT)}, "
                f"got {self.epsilon_at!r}"
            )

    def memory(self) -> tuple[str, ...]:
        """The two averages; with `amsgrad` also the largest s."""
        return ("m", "s", "largest") if self.amsgrad else ("m", "s")

    def settings(
        self, state: State, *, learning_rate: float, beta_1: float
    ) -> dict[str, Any]:
        """The corrections, as one factor on the rate and one on epsilon."""
        state["kept"] *= (beta_1, self.beta_2)
        first, second = 1 - state["kept"] if self.bias_correction else (1.0, 1.0)
        inside = outside = 0.0
        if self.epsilon_at == "inside":
            inside = self.epsilon * float(second)
        elif self.epsilon_at == "outside":
            outside = self.epsilon * float(np.sqrt(second))
        else:
            outside = self.epsilon
        return {
            "rate": learning_rate * float(np.sqrt(second) / first),
            "beta_1": beta_1,
            "inside": inside,
            "outside": outside,
        }

    def rule(
        self,
        theta: np.ndarray,
        g: np.ndarray,
        m: np.ndarray,
        s: np.ndarray,
        largest: np.ndarray | None = None,
        *,
        rate: float,
        beta_1: float,
        inside: float,
        outside: float,
    ) -> None:
        """One step in place."""
        m *= beta_1
        m += (1 - beta_1) * g
        s *= self.beta_2
        s += (1 - self.beta_2) * np.square(g, out=g)
        if largest is not None:
            s = np.maximum(largest, s, out=largest)
        size = np.sqrt(s + inside if inside else s, out=g)
        size += outside
        step = np.divide(m, size, out=size)
        step *= rate
        theta -= step


@dataclass(frozen=True)
class AdamW(Adam):
    r"""Adam with weight decay beside the gradient (Loshchilov & Hutter 2019).

    First $\theta \leftarrow \theta - \eta \lambda \theta$, then Adam's step
    (arXiv:1711.05101, algorithm 2, with the rate in front of the decay, as in Keras and
    PyTorch). A penalty in the loss would go through Adam's division instead.

    Attributes:
        weight_decay: lambda, >= 0. Every parameter decays.

    Example:
        >>> adamw, theta = AdamW(0.1, weight_decay=0.5), np.array([2.0])
        >>> adamw.step(theta, np.zeros(1), adamw.init(theta))[0]
        array([1.9])
    """

    weight_decay: float = 0.004

    def __post_init__(self) -> None:
        super().__post_init__()
        must_not_be_negative(self, "weight_decay")

    def settings(self, state: State, **now: float) -> dict[str, Any]:
        """Adam's, and the share that every parameter loses in this step."""
        loses = now["learning_rate"] * self.weight_decay
        return {**super().settings(state, **now), "loses": loses}

    def rule(
        self, theta: np.ndarray, *args: np.ndarray, loses: float, **now: float
    ) -> None:
        """One step in place."""
        theta -= loses * theta
        super().rule(theta, *args, **now)


@dataclass(frozen=True)
class Adamax(Moments):
    r"""AdaMax: Adam with the largest gradient in place of the root of squares.

    $$u \leftarrow \max(\beta_2 u,\, |g|) \qquad
    \theta \leftarrow \theta - \frac{\eta}{1 - \beta_1^t}\,\frac{m}{u + \varepsilon}$$

    (Kingma & Ba 2015, section 7.1, which has no epsilon.) A maximum needs no correction
    for its start.

    Attributes:
        learning_rate: eta, > 0.
        beta_1: share of m that is kept, in [0, 1).
        beta_2: how slowly a large gradient is forgotten, in [0, 1).
        epsilon: keeps the division safe, > 0.

    Example:
        >>> adamax, theta = Adamax(0.1), np.array([0.0, 0.0])
        >>> adamax.step(theta, np.array([3.0, -0.01]), adamax.init(theta))[0].round(3)
        array([-0.1,  0.1])
    """

    learning_rate: float = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8

    keras: ClassVar = {"epsilon": 1e-7}

    def memory(self) -> tuple[str, ...]:
        """The average of gradients, and the largest of late."""
        return ("m", "u")

    def settings(
        self, state: State, *, learning_rate: float, beta_1: float
    ) -> dict[str, Any]:
        """The correction as a factor on the rate."""
        state["kept"] *= (beta_1, self.beta_2)
        rate = learning_rate / float(1 - state["kept"][0])
        return {"rate": rate, "beta_1": beta_1}

    def rule(
        self,
        theta: np.ndarray,
        g: np.ndarray,
        m: np.ndarray,
        u: np.ndarray,
        *,
        rate: float,
        beta_1: float,
    ) -> None:
        """One step in place."""
        m *= beta_1
        m += (1 - beta_1) * g
        u *= self.beta_2
        np.maximum(u, np.abs(g, out=g), out=u)
        theta -= rate * m / (u + self.epsilon)
