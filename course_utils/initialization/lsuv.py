"""Layer-sequential unit variance: measure, then rescale."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

ArrayFunction = Callable[[np.ndarray], np.ndarray]


def layer_sequential_unit_variance(
    weights: Sequence[np.ndarray],
    f: ArrayFunction,
    x: np.ndarray,
    tolerance: float = 0.01,
    max_iterations: int = 10,
) -> list[np.ndarray]:
    """Measure instead of calculating: rescale layer by layer until z has variance 1.

    From the lowest layer up, send `x` through what is already done, and divide the
    layer's weights by the standard deviation of its pre-activations (over all units
    and examples). Their mean is left where it is. Biases are taken to be zero; then z
    is proportional to W and one division is enough, but for rounding.

    Args:
        weights: matrices of shape (n_in, n_out), lowest layer first; the original
            starts from orthonormal ones, see `orthogonal`.
        f: the activation between them.
        x: a batch of inputs, shape (n, n_in of the first).
        tolerance: how far from 1 a variance may stay, > 0.
        max_iterations: at most so many divisions a layer, >= 1.

    Returns:
        New arrays; those given are left as they are.

    Raises:
        ValueError: a setting is out of range, shapes do not fit, or a layer's
            pre-activations do not vary or are not finite.

    Source: Mishkin & Matas 2016, *All you need is a good init*, algorithm 1.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> x, w = rng.normal(size=(500, 9)), [rng.normal(size=(9, 9))] * 2
        >>> first, second = layer_sequential_unit_variance(w, np.tanh, x)
        >>> float((np.tanh(x @ first) @ second).var().round(6))
        1.0
    """
    if not (tolerance > 0 and max_iterations >= 1):
        raise ValueError(
            "tolerance must be > 0 and max_iterations >= 1, "
            f"got {tolerance} and {max_iterations}"
        )
    a, rescaled = np.asarray(x), []
    for k, w in enumerate(map(np.array, weights), start=1):
        if w.ndim != 2 or a.ndim != 2 or a.shape[1] != len(w):
            raise ValueError(
                f"weights of layer {k} must have shape (n_in, n_out) and its input "
                f"(n, n_in), got {w.shape} and {a.shape}"
            )
        for _ in range(max_iterations):
            with np.errstate(over="ignore", invalid="ignore"):
                variance = np.var(a @ w, dtype=np.float64)
            if not 0 < variance < math.inf:
                raise ValueError(
                    f"pre-activations of layer {k} must vary and be finite, "
                    f"got variance {variance}"
                )
            if abs(variance - 1) < tolerance:
                break
            w = (w / math.sqrt(variance)).astype(np.result_type(w, np.float32))
        a = f(a @ w)
        rescaled.append(w)
    return rescaled
