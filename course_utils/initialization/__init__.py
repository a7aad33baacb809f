r"""Weight initialization: how large the first random weights should be.

Every named scheme is one rule, *variance scaling*: draw weights with mean 0 and
variance `scale / n`, where `n` counts the connections into a unit (fan-in), out of it
(fan-out), or their mean. Glorot, He and LeCun differ in `scale` and in `n` only.

Where the scale comes from: with $z \sim N(0, q)$, a layer multiplies the variance of
the pre-activations by $n\sigma_w^2\,E[f(z)^2]/q$ on the way up (n is its fan-in) and
the mean square of the gradient by $n\sigma_w^2\,E[f'(z)^2]$ on the way down (n is its
fan-out). `forward_gain` and `backward_gain` are the parts that the activation decides;
`scale_for` is the scale that makes the first product 1.

Sources: LeCun et al. 1998, *Efficient BackProp*; Glorot & Bengio 2010; He et al. 2015;
Saxe et al. 2014; Mishkin & Matas 2016.
"""

from __future__ import annotations

from course_utils.initialization.gains import backward_gain, forward_gain, scale_for
from course_utils.initialization.isometries import identity_like, orthogonal
from course_utils.initialization.lsuv import layer_sequential_unit_variance
from course_utils.initialization.names import INITIALIZERS, get
from course_utils.initialization.schemes import (
    TRUNCATED_STD,
    Initializer,
    constant,
    fans,
    glorot_2010_standard,
    glorot_normal,
    glorot_uniform,
    he_normal,
    he_uniform,
    lecun_normal,
    lecun_uniform,
    normal,
    truncated_standard_normal,
    variance_scaling,
)

__all__ = [
    "INITIALIZERS",
    "TRUNCATED_STD",
    "Initializer",
    "backward_gain",
    "constant",
    "fans",
    "forward_gain",
    "get",
    "glorot_2010_standard",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "identity_like",
    "layer_sequential_unit_variance",
    "lecun_normal",
    "lecun_uniform",
    "normal",
    "orthogonal",
    "scale_for",
    "truncated_standard_normal",
    "variance_scaling",
]
