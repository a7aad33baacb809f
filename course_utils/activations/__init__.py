"""Activation functions: the bend between two layers, and its slope.

Each function takes an array of pre-activations `z` of any shape and float dtype and
returns an array of that shape and dtype; its derivative stands beside it. All of them
stay finite, without a warning, from -1e4 to 1e4 and far beyond, in float32 as well.

Where two branches meet in a kink, the slope there is the left one: 0 for ReLU.

Example:
    >>> import numpy as np
    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    >>> sigmoid_derivative(np.array([0.0]))
    array([0.25])
"""

from __future__ import annotations

from course_utils.activations.exponential import (
    SELU_ALPHA,
    SELU_SCALE,
    celu,
    celu_derivative,
    elu,
    elu_derivative,
    selu,
    selu_constants,
    selu_derivative,
)
from course_utils.activations.names import (
    ACTIVATIONS,
    PARAMETERS,
    Activation,
    get,
    variant,
)
from course_utils.activations.rectified import (
    leaky_relu,
    leaky_relu_derivative,
    linear,
    linear_derivative,
    prelu,
    prelu_alpha_derivative,
    prelu_derivative,
    relu,
    relu_derivative,
    rrelu,
    rrelu_derivative,
    rrelu_slopes,
)
from course_utils.activations.several_units import (
    maxout,
    maxout_derivative,
    softmax,
    softmax_backward,
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

__all__ = [
    "ACTIVATIONS",
    "PARAMETERS",
    "SELU_ALPHA",
    "SELU_SCALE",
    "Activation",
    "celu",
    "celu_derivative",
    "elu",
    "elu_derivative",
    "gelu",
    "gelu_derivative",
    "gelu_tanh",
    "gelu_tanh_derivative",
    "get",
    "leaky_relu",
    "leaky_relu_derivative",
    "linear",
    "linear_derivative",
    "maxout",
    "maxout_derivative",
    "mish",
    "mish_derivative",
    "prelu",
    "prelu_alpha_derivative",
    "prelu_derivative",
    "relu",
    "relu_derivative",
    "rrelu",
    "rrelu_derivative",
    "rrelu_slopes",
    "selu",
    "selu_constants",
    "selu_derivative",
    "sigmoid",
    "sigmoid_derivative",
    "silu",
    "silu_derivative",
    "softmax",
    "softmax_backward",
    "softplus",
    "softplus_derivative",
    "tanh",
    "tanh_derivative",
    "variant",
]
