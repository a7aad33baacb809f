r"""Gradient clipping: a gradient that is too long is made shorter, then used.

The gradients of a network come as a list of arrays, one a parameter array. Together
they are one long vector $g$, and there are three ways to hold it to a limit $c$:

* by value, each entry alone: $g_i \leftarrow \min(\max(g_i, -c), c)$;
* by norm, each *array* $g^{(k)}$ alone:
  $g^{(k)} \leftarrow g^{(k)} \min(1, c / \lVert g^{(k)} \rVert)$;
* by global norm, all of it at once: $g \leftarrow g \min(1, c / \lVert g \rVert)$.

Only the last one always keeps the direction of the step. The limits are Keras'
`clipvalue`, `clipnorm` and `global_clipnorm`.

Every clip takes a list of arrays and returns a new list; nothing is changed in place.
`functools.partial(clip_by_global_norm, limit=1.0)` is what a network of this course
takes as its `clipping`.

Source: Mikolov 2012 (by value); Pascanu, Mikolov & Bengio 2013, section 3.2 (by norm).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from numbers import Real

import numpy as np

Gradients = Sequence[np.ndarray]
Clip = Callable[[list[np.ndarray]], list[np.ndarray]]


def clip_by_value(gradients: Gradients, limit: float) -> list[np.ndarray]:
    r"""Hold each entry to [-limit, limit]: $g_i \leftarrow \min(\max(g_i, -c), c)$.

    Large entries shrink, small ones stay: the direction changes, toward a diagonal.

    Args:
        gradients: arrays of any shapes, float; together one gradient.
        limit: c > 0.

    Returns:
        New arrays of the same shapes and dtypes.

    Raises:
        ValueError: `limit` is not positive and finite, or an array holds NaN or
            infinity.
        TypeError: `gradients` is not a list of real arrays, or `limit` not a number.

    Example:
        >>> clip_by_value([np.array([0.9, 100.0])], 1.0)
        [array([0.9, 1. ])]
    """
    limit, clipped = _checked_limit(limit), []
    for g in _checked(gradients):
        most = min(limit, float(np.finfo(g.dtype).max))
        clipped.append(np.asarray(np.clip(g, -most, most), g.dtype))
    return clipped


def clip_by_norm(gradients: Gradients, limit: float) -> list[np.ndarray]:
    r"""Hold the norm of each array to the limit: $g \min(1, c / \lVert g \rVert)$.

    Each array keeps its direction. The whole step does not, unless all arrays are
    shortened by the same factor or none is.

    Args, returns and raises as `clip_by_value`.

    Example:
        >>> clip_by_norm([np.array([3.0, 4.0]), np.array([0.3, 0.4])], 1.0)
        [array([0.6, 0.8]), array([0.3, 0.4])]
    """
    limit = _checked_limit(limit)
    return [_shortened([g], limit)[0] for g in _checked(gradients)]


def clip_by_global_norm(gradients: Gradients, limit: float) -> list[np.ndarray]:
    r"""Hold the norm of all arrays together to the limit: one factor for all.

    $g \leftarrow g \min(1, c / \lVert g \rVert)$ with
    $\lVert g \rVert^2 = \sum_k \lVert g^{(k)} \rVert^2$. The step keeps its direction.

    Args, returns and raises as `clip_by_value`.

    Example:
        >>> clip_by_global_norm([np.array([3.0]), np.array([[4.0]])], 1.0)
        [array([0.6]), array([[0.8]])]
    """
    return _shortened(_checked(gradients), _checked_limit(limit))


def global_norm(gradients: Gradients) -> float:
    r"""The length of all arrays together: $\sqrt{\sum_k \lVert g^{(k)} \rVert^2}$.

    Computed in float64 with the largest entry taken out, so that no square overflows
    or underflows.

    Raises:
        ValueError: an array holds NaN or infinity.
        TypeError: `gradients` is not a list of real arrays.

    Example:
        >>> global_norm([np.array([3.0]), np.array([[4.0]])])
        5.0
    """
    largest, relative = _norm_in_two(_checked(gradients))
    return largest * relative


def angle(gradients: Gradients, others: Gradients) -> float:
    r"""The angle between two gradients, in degrees, each list taken as one vector.

    $2 \arctan(\lVert u - v \rVert / \lVert u + v \rVert)$ of the unit vectors $u$ and
    $v$: unlike the arc cosine, exact for small angles too (Kahan 2006, section 12).

    Args:
        gradients: a list of arrays, not all zero.
        others: a list of arrays of the same shapes, not all zero.

    Returns:
        Degrees in [0, 180].

    Raises:
        ValueError: the shapes differ, all entries of a list are zero, or an array
            holds NaN or infinity.
        TypeError: an argument is not a list of real arrays.

    Example:
        >>> round(angle([np.array([1.0, 0.0])], [np.array([1.0, 1.0])]), 10)
        45.0
    """
    lists = _checked(gradients), _checked(others, "others")
    shapes, other_shapes = ([g.shape for g in arrays] for arrays in lists)
    if shapes != other_shapes:
        raise ValueError(f"others must have shapes {shapes}, got {other_shapes}")
    units = []
    for name, arrays in zip(("gradients", "others"), lists, strict=True):
        largest, relative = _norm_in_two(arrays)
        if largest == 0:
            raise ValueError(f"{name} must not be zero: a zero step has no direction")
        flat = np.concatenate([g.ravel().astype(np.float64) for g in arrays])
        units.append(flat / largest / relative)
    u, v = units
    half = math.atan2(np.linalg.norm(u - v), np.linalg.norm(u + v))
    return math.degrees(2 * half)


class NormHistory:
    """A clip that writes down how long each gradient was before it clips it.

    Args:
        clip: a function from a list of arrays to the clipped list, or None: look only.

    Attributes:
        norms: the global norm of each gradient seen, in order. A network of several
            replicas asks once a replica and step, replicas within a step side by side.

    Example:
        >>> history = NormHistory()
        >>> clipped = [history([np.array([3.0, 4.0]) * k]) for k in (1, 2, 10)]
        >>> history.norms
        [5.0, 10.0, 50.0]
    """

    def __init__(self, clip: Clip | None = None) -> None:
        """Start with no norms."""
        if clip is not None and not callable(clip):
            raise TypeError(f"clip must be a function or None, got {clip!r}")
        self.clip = clip
        self.norms: list[float] = []

    def __call__(self, gradients: Gradients) -> list[np.ndarray]:
        """Note the global norm and return the gradients, clipped if so asked.

        Raises:
            ValueError, TypeError: as `global_norm` and the clip do.
        """
        self.norms.append(global_norm(gradients))
        return list(gradients) if self.clip is None else self.clip(gradients)


def norm_history(clip: Clip | None = None) -> NormHistory:
    """A fresh `NormHistory`, for a network's `clipping`.

    Example:
        >>> from functools import partial
        >>> history = norm_history(partial(clip_by_global_norm, limit=1.0))
        >>> history([np.array([3.0, 4.0])]), history.norms
        ([array([0.6, 0.8])], [5.0])
    """
    return NormHistory(clip)


def threshold_from(
    history: NormHistory | Iterable[float], quantile: float = 0.9
) -> float:
    """A limit that would have left this share of the gradients as they were.

    Look at the norms of training that goes well, then clip what stands out. A quantile
    is deaf to *how* far the outliers stand out; a mean is not. (Pascanu et al. 2013,
    section 3.2, take half to ten times the mean.)

    Args:
        history: a `NormHistory`, or its norms: one or more numbers >= 0.
        quantile: in [0, 1]; 0.9 lets nine of ten gradients through.

    Returns:
        A limit > 0.

    Raises:
        ValueError: no norms, one that is negative, NaN or infinite, a quantile out of
            range, or a limit of 0.

    Example:
        >>> threshold_from([1.0, 2.0, 3.0, 4.0, 1000.0], quantile=0.75)
        4.0
    """
    seen = history.norms if isinstance(history, NormHistory) else list(history)
    norms = np.asarray(seen, dtype=np.float64)
    if norms.ndim != 1 or norms.size == 0:
        raise ValueError(f"history must hold norms, got shape {norms.shape}")
    if not np.isfinite(norms).all() or (norms < 0).any():
        raise ValueError("history must hold finite norms >= 0, got another number")
    if not 0 <= quantile <= 1:
        raise ValueError(f"quantile must be in [0, 1], got {quantile}")
    limit = float(np.quantile(norms, quantile))
    if limit == 0:
        raise ValueError(f"a limit must be > 0, got 0 at the quantile {quantile}")
    return limit


def _checked_limit(limit: float) -> float:
    """The limit as a float."""
    if isinstance(limit, bool) or not isinstance(limit, Real):
        raise TypeError(f"limit must be a number > 0, got {limit!r}")
    if not 0 < limit < math.inf:
        raise ValueError(f"limit must be > 0 and finite, got {limit}")
    return float(limit)


def _checked(gradients: Gradients, name: str = "gradients") -> list[np.ndarray]:
    """The gradients as float arrays, all finite."""
    if not isinstance(gradients, list | tuple):
        kind = type(gradients).__name__
        raise TypeError(f"{name} must be a list of arrays, got {kind}")
    arrays = []
    for k, given in enumerate(gradients):
        array = np.asarray(given)
        if array.dtype.kind not in "fiu":
            raise TypeError(f"{name}[{k}] must be real numbers, got {array.dtype}")
        array = array if array.dtype.kind == "f" else array.astype(np.float64)
        if not np.isfinite(array).all():
            what = "NaN" if np.isnan(array).any() else "infinity"
            shape = array.shape
            raise ValueError(f"{name}[{k}], shape {shape}, must be finite, got {what}")
        arrays.append(array)
    return arrays


def _norm_in_two(arrays: list[np.ndarray]) -> tuple[float, float]:
    """The global norm as a product: the largest entry, and the norm in units of it."""
    largest = max((float(np.abs(g).max(initial=0)) for g in arrays), default=0.0)
    if largest == 0:
        return 0.0, 1.0
    squares = 0.0
    for g in arrays:
        flat = g.ravel().astype(np.float64) / largest
        squares += float(flat @ flat)
    return largest, math.sqrt(squares)


def _shortened(arrays: list[np.ndarray], limit: float) -> list[np.ndarray]:
    """New arrays, multiplied by one factor where together they are too long."""
    largest, relative = _norm_in_two(arrays)
    if largest * relative <= limit:
        return [g.copy() for g in arrays]
    factor = limit / relative
    # The division comes first: 1 / largest alone might underflow.
    return [
        np.asarray(g.astype(np.float64) / largest * factor, g.dtype) for g in arrays
    ]
