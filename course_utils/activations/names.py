"""The activations by name, as a network needs them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from course_utils.activations.exponential import (
    SELU_ALPHA,
    SELU_SCALE,
    celu,
    celu_derivative,
    elu,
    elu_derivative,
    selu,
    selu_derivative,
)
from course_utils.activations.rectified import (
    leaky_relu,
    leaky_relu_derivative,
    linear,
    linear_derivative,
    relu,
    relu_derivative,
)
from course_utils.activations.smooth import (
    gelu,
    gelu_derivative,
    gelu_tanh,
    gelu_tanh_derivative,
    mish,
    mish_derivative,
    silu,
    silu_derivative,
    softplus,
    softplus_derivative,
)
from course_utils.activations.squashing import (
    sigmoid,
    sigmoid_derivative,
    tanh,
    tanh_derivative,
)

ArrayFunction = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Activation:
    """A function and its slope, as a network needs them.

    Attributes:
        name: the field's name for it.
        function: `f(z)`.
        derivative: `f'(z)`.
        slope_from_output: `f'(z)` computed from `a = f(z)`, where that is cheaper
            (for the sigmoid, `a (1 - a)`); None where only `z` will do. A slope that is
            only ever 0 or 1 may come as booleans, which multiply faster.
    """

    name: str
    function: ArrayFunction
    derivative: ArrayFunction
    slope_from_output: ArrayFunction | None = None

    def __call__(self, z: np.ndarray) -> np.ndarray:
        """`f(z)`."""
        return self.function(z)


# Named functions rather than lambdas, so that a network can be pickled and sent to
# another process.
def _sigmoid_slope_from_output(a: np.ndarray) -> np.ndarray:
    return a * (1 - a)


def _tanh_slope_from_output(a: np.ndarray) -> np.ndarray:
    return 1 - a * a


def _relu_slope_from_output(a: np.ndarray) -> np.ndarray:
    return a > 0


def _elu_slope_from_output(a: np.ndarray, alpha: float = 1.0) -> np.ndarray:
    return np.where(a > 0, np.ones_like(a), a + float(alpha))


def _selu_slope_from_output(a: np.ndarray) -> np.ndarray:
    return np.where(a > 0, np.full_like(a, SELU_SCALE), a + SELU_SCALE * SELU_ALPHA)


ACTIVATIONS = {
    activation.name: activation
    for activation in (
        Activation("sigmoid", sigmoid, sigmoid_derivative, _sigmoid_slope_from_output),
        Activation("tanh", tanh, tanh_derivative, _tanh_slope_from_output),
        Activation("relu", relu, relu_derivative, _relu_slope_from_output),
        Activation("leaky_relu", leaky_relu, leaky_relu_derivative),
        Activation("elu", elu, elu_derivative, _elu_slope_from_output),
        Activation("celu", celu, celu_derivative),
        Activation("selu", selu, selu_derivative, _selu_slope_from_output),
        Activation("softplus", softplus, softplus_derivative),
        Activation("gelu", gelu, gelu_derivative),
        Activation("gelu_tanh", gelu_tanh, gelu_tanh_derivative),
        Activation("silu", silu, silu_derivative),
        Activation("mish", mish, mish_derivative),
        Activation("linear", linear, linear_derivative),
    )
}


def get(activation: str | Activation) -> Activation:
    """Look an activation up by name; an `Activation` is returned as it is.

    Raises:
        ValueError: the name is not one of `ACTIVATIONS`.

    Example:
        >>> get("relu")(np.array([-1.0, 2.0]))
        array([0., 2.])
    """
    if isinstance(activation, Activation):
        return activation
    if activation not in ACTIVATIONS:
        raise ValueError(
            f"activation must be one of {', '.join(ACTIVATIONS)} or an Activation, "
            f"got {activation!r}"
        )
    return ACTIVATIONS[activation]


# Which of them have a parameter, and what it is called.
PARAMETERS = {"leaky_relu": "alpha", "elu": "alpha", "celu": "alpha", "silu": "beta"}


def variant(name: str, **parameters: float) -> Activation:
    """An activation with its parameter set, for a network.

    Args:
        name: one of `ACTIVATIONS`.
        **parameters: `alpha` for the leaky ReLU, ELU and CELU, `beta` for SiLU; without
            any, the activation as it is.

    Raises:
        ValueError: the name or the parameter is unknown, or its value out of range.

    Example:
        >>> activation = variant("leaky_relu", alpha=0.2)
        >>> activation.name, activation(np.array([-1.0]))
        ('leaky_relu(alpha=0.2)', array([-0.2]))
    """
    plain = get(name)
    if not parameters:
        return plain
    if set(parameters) != {PARAMETERS.get(name)}:
        raise ValueError(
            f"parameters must be {PARAMETERS.get(name, 'none')} for {name}, "
            f"got {', '.join(parameters)}"
        )
    plain.function(np.zeros(1), **parameters)  # refuses a value out of range
    slope = plain.slope_from_output
    settings = ", ".join(f"{key}={value:g}" for key, value in parameters.items())
    return Activation(
        f"{name}({settings})",
        partial(plain.function, **parameters),
        partial(plain.derivative, **parameters),
        partial(slope, **parameters) if slope is not None else None,
    )
