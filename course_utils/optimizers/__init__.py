r"""Optimizers: how a gradient becomes a step.

Each rule adds one memory to plain gradient descent
$\theta \leftarrow \theta - \eta g$: a velocity (`SGD(momentum=...)`), a look-ahead
(`nesterov=True`), a scale for each parameter (`Adagrad`), one that leaks (`RMSprop`),
both (`Adam` and its relatives), the sign of a momentum (`Lion`). `second_order` asks
for the curvature instead; `landscapes` are to race on.

An optimizer is a small object that knows its hyperparameters and nothing else. What it
remembers between steps, its *state*, is a dictionary that it makes with `init` and that
the caller keeps. Parameters and gradients are float arrays of one shape, any shape.

Example:
    >>> import numpy as np
    >>> theta, rule = np.array([4.0, 1.0]), Adam(learning_rate=0.1)
    >>> state = rule.init(theta)
    >>> for _ in range(3):
    ...     rule.update(theta, 2 * theta, state)
    >>> theta.round(3)
    array([3.7 , 0.702])
"""

from __future__ import annotations

from course_utils.optimizers.adam import Adam, Adamax, AdamW
from course_utils.optimizers.adaptive import Adagrad, RMSprop
from course_utils.optimizers.base import Optimizer, State
from course_utils.optimizers.landscapes import (
    Landscape,
    double_well,
    noisy,
    quadratic,
    rosenbrock,
    saddle,
)
from course_utils.optimizers.lion import Lion
from course_utils.optimizers.nadam import Nadam
from course_utils.optimizers.names import OPTIMIZERS, get
from course_utils.optimizers.second_order import (
    Descent,
    gauss_newton,
    hessian_bytes,
    lbfgs,
    newton,
    numerical_hessian,
)
from course_utils.optimizers.sgd import SGD
from course_utils.optimizers.walking import descend, paths, steps_until

__all__ = [
    "OPTIMIZERS",
    "SGD",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Descent",
    "Landscape",
    "Lion",
    "Nadam",
    "Optimizer",
    "RMSprop",
    "State",
    "descend",
    "double_well",
    "gauss_newton",
    "get",
    "hessian_bytes",
    "lbfgs",
    "newton",
    "noisy",
    "numerical_hessian",
    "paths",
    "quadratic",
    "rosenbrock",
    "saddle",
    "steps_until",
]
