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

import math
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from course_utils.gaussian import gaussian_mean

ArrayFunction = Callable[[np.ndarray], np.ndarray]
Initializer = Callable[[tuple[int, ...], np.random.Generator], np.ndarray]

#: Standard deviation of a standard normal cut off at two: what truncation costs.
TRUNCATED_STD = 0.8796256610342398


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """Connections into and out of one unit of a kernel.

    A dense kernel has shape `(fan_in, fan_out)`. A convolution kernel has shape
    `(*window, channels_in, channels_out)`: each unit sees the whole window.

    Raises:
        ValueError: fewer than two axes, or an axis shorter than 1.

    Example:
        >>> fans((300, 100))
        (300, 100)
        >>> fans((3, 3, 16, 32))
        (144, 288)
    """
    if len(shape) < 2 or min(shape) < 1:
        raise ValueError(
            "shape must be (fan_in, fan_out) or (*window, channels_in, channels_out) "
            f"with positive lengths, got {tuple(shape)}"
        )
    window = math.prod(shape[:-2])
    return window * shape[-2], window * shape[-1]


def variance_scaling(
    shape: tuple[int, ...],
    rng: np.random.Generator,
    scale: float = 1.0,
    mode: str = "fan_in",
    distribution: str = "truncated_normal",
) -> np.ndarray:
    """Draw weights with mean 0 and variance `scale / n`.

    Args:
        shape: of the kernel, see `fans`.
        rng: where the randomness comes from.
        scale: the numerator of the variance, > 0.
        mode: `n` is "fan_in", "fan_out" or "fan_avg", their mean.
        distribution: "truncated_normal" (nothing beyond two standard deviations of
            the parent normal, whose variance is raised so that the *weights* have
            variance `scale / n`), "untruncated_normal" or "uniform".

    Returns:
        A float64 array of the given shape.

    Raises:
        ValueError: `scale`, `mode` or `distribution` is not one of the above.

    Example:
        >>> w = variance_scaling((500, 400), np.random.default_rng(0), scale=2.0)
        >>> bool(abs(w.var() * 500 - 2.0) < 0.02)
        True
    """
    if not scale > 0:
        raise ValueError(f"scale must be > 0, got {scale}")
    fan_in, fan_out = fans(shape)
    counts = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}
    if mode not in counts:
        raise ValueError(f"mode must be one of {', '.join(counts)}, got {mode!r}")
    std = math.sqrt(scale / counts[mode])
    if distribution == "uniform":
        limit = math.sqrt(3) * std  # the variance of U[-r, r] is r^2 / 3
        return rng.uniform(-limit, limit, shape)
    if distribution == "untruncated_normal":
        return std * rng.standard_normal(shape)
    if distribution == "truncated_normal":
        return std / TRUNCATED_STD * truncated_standard_normal(shape, rng)
    raise ValueError(
        "distribution must be one of truncated_normal, untruncated_normal, uniform, "
        f"got {distribution!r}"
    )


def truncated_standard_normal(
    shape: tuple[int, ...], rng: np.random.Generator
) -> np.ndarray:
    """Draw from a standard normal, again and again where a draw lies beyond two."""
    z = rng.standard_normal(shape)
    while (outside := np.abs(z) > 2).any():
        z[outside] = rng.standard_normal(np.count_nonzero(outside))
    return z


def glorot_uniform(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Variance `1 / fan_avg`, uniform (Glorot & Bengio 2010); Keras' default."""
    return variance_scaling(shape, rng, 1.0, "fan_avg", "uniform")


def glorot_normal(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Variance `1 / fan_avg`, truncated normal (Glorot & Bengio 2010)."""
    return variance_scaling(shape, rng, 1.0, "fan_avg", "truncated_normal")


def he_uniform(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Variance `2 / fan_in`, uniform (He et al. 2015)."""
    return variance_scaling(shape, rng, 2.0, "fan_in", "uniform")


def he_normal(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Variance `2 / fan_in`, truncated normal (He et al. 2015)."""
    return variance_scaling(shape, rng, 2.0, "fan_in", "truncated_normal")


def lecun_uniform(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Variance `1 / fan_in`, uniform (LeCun et al. 1998)."""
    return variance_scaling(shape, rng, 1.0, "fan_in", "uniform")


def lecun_normal(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Variance `1 / fan_in`, truncated normal (LeCun et al. 1998)."""
    return variance_scaling(shape, rng, 1.0, "fan_in", "truncated_normal")


def normal(std: float) -> Initializer:
    """An initializer that draws every weight from N(0, std^2), whatever the fans.

    Raises:
        ValueError: `std` is negative.

    Example:
        >>> normal(1.0)((2, 3), np.random.default_rng(0)).shape
        (2, 3)
    """
    if not std >= 0:
        raise ValueError(f"std must be >= 0, got {std}")
    return partial(_draw_normal, std)


def _draw_normal(
    std: float, shape: tuple[int, ...], rng: np.random.Generator
) -> np.ndarray:
    # Not a function inside `normal`, which could not be pickled for another process.
    return std * rng.standard_normal(shape)


def constant(value: float) -> Initializer:
    """An initializer that gives every weight the same value: units stay copies.

    Raises:
        ValueError: `value` is not finite.

    Example:
        >>> constant(0.5)((1, 2), np.random.default_rng(0))
        array([[0.5, 0.5]])
    """
    if not math.isfinite(value):
        raise ValueError(f"value must be finite, got {value}")
    return partial(_fill, value)


def _fill(value: float, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    return np.full(shape, float(value))


def glorot_2010_standard(
    shape: tuple[int, ...], rng: np.random.Generator
) -> np.ndarray:
    """What Glorot & Bengio (2010, eq. 1) call the standard of their day.

    Uniform on `[-1/sqrt(n), 1/sqrt(n)]` with `n = fan_in`: variance `1 / (3n)`.
    """
    return variance_scaling(shape, rng, 1 / 3, "fan_in", "uniform")


def orthogonal(
    shape: tuple[int, ...], rng: np.random.Generator, gain: float = 1.0
) -> np.ndarray:
    r"""A random rotation, times `gain`: $W^\top W = g^2 I$, or $W W^\top$ if wide.

    Random normal numbers are made orthogonal by a QR decomposition. QR leaves the sign
    of each column open and libraries choose it their own way; with the signs of R's
    diagonal put back into Q, every rotation is equally likely (Haar measure: Stewart
    1980, Mezzadri 2007). A convolution kernel is treated as one tall matrix, as Keras
    does: `window * channels_in` rows, `channels_out` columns.

    Args:
        shape: of the kernel, see `fans`.
        rng: where the randomness comes from.
        gain: what all singular values will be, > 0.

    Raises:
        ValueError: `gain` is not a positive number, or `shape` is no kernel's.

    Source: Saxe, McClelland & Ganguli 2014, section 3.

    Example:
        >>> w = orthogonal((5, 3), np.random.default_rng(0), gain=2.0)
        >>> np.allclose(w.T @ w, 4 * np.eye(3))
        True
    """
    fans(shape)
    _check_gain(gain)
    rows, columns = math.prod(shape[:-1]), shape[-1]
    q, r = np.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
    q *= np.copysign(1.0, np.diag(r))
    return gain * (q if rows >= columns else q.T).reshape(shape)


def identity_like(
    shape: tuple[int, ...], rng: np.random.Generator, gain: float = 1.0
) -> np.ndarray:
    """A layer that hands on its input unchanged, times `gain`.

    A dense kernel gets ones on its diagonal; if it is not square, the surplus inputs
    are ignored or the surplus units silent. That is what Keras' `Identity` does; it
    refuses other kernels. A convolution kernel here is that matrix in the middle of
    its window and zero elsewhere (a delta kernel), so that with "same" padding each
    channel passes as it is. Nothing is random: `rng` is not used.

    Args:
        shape: of the kernel, see `fans`.
        rng: not used; every initializer is given one.
        gain: what stands on the diagonal, > 0.

    Raises:
        ValueError: `gain` is not a positive number, or `shape` is no kernel's.

    Source: Le, Jaitly & Hinton 2015 (dense); Xiao et al. 2018 (delta kernels).

    Example:
        >>> identity_like((2, 3), np.random.default_rng(0))
        array([[1., 0., 0.],
               [0., 1., 0.]])
    """
    fans(shape)
    _check_gain(gain)
    kernel = np.zeros(shape)
    middle = tuple((length - 1) // 2 for length in shape[:-2])
    kernel[middle] = gain * np.eye(*shape[-2:])
    return kernel


def _check_gain(gain: float) -> None:
    if not 0 < gain < math.inf:
        raise ValueError(f"gain must be > 0 and finite, got {gain}")


INITIALIZERS: dict[str, Initializer] = {
    draw.__name__: draw
    for draw in (
        glorot_uniform,
        glorot_normal,
        he_uniform,
        he_normal,
        lecun_uniform,
        lecun_normal,
        glorot_2010_standard,
        orthogonal,
        identity_like,
    )
}


def get(initializer: str | Initializer) -> Initializer:
    """Look an initializer up by name; a function is returned as it is.

    Raises:
        ValueError: the name is not one of `INITIALIZERS`.

    Example:
        >>> get("he_normal") is he_normal
        True
    """
    if callable(initializer):
        return initializer
    if initializer not in INITIALIZERS:
        raise ValueError(
            f"initializer must be one of {', '.join(INITIALIZERS)} or a function of "
            f"(shape, rng), got {initializer!r}"
        )
    return INITIALIZERS[initializer]


def forward_gain(f: ArrayFunction, variance: float | np.ndarray = 1.0) -> np.ndarray:
    r"""What an activation leaves of a signal: $E[f(z)^2] / q$ for $z \sim N(0, q)$.

    Args:
        f: the activation.
        variance: q > 0 of the pre-activations, a number or an array.

    Returns:
        A float64 array of the shape of `variance`.

    Raises:
        ValueError: `variance` is not positive and finite.

    Source: He et al. 2015, section 2.2, where it is 1/2 (ReLU).

    Example:
        >>> float(forward_gain(lambda z: np.maximum(z, 0)).round(6))
        0.5
    """
    q = np.asarray(variance, dtype=float)
    if not (np.isfinite(q).all() and (q > 0).all()):
        raise ValueError(f"variance must be finite and > 0, got {variance}")
    return gaussian_mean(lambda z: f(z) ** 2, q) / q


def backward_gain(
    slope: ArrayFunction, variance: float | np.ndarray = 1.0
) -> np.ndarray:
    r"""What an activation leaves of a squared gradient: $E[f'(z)^2]$, $z \sim N(0, q)$.

    Args:
        slope: f', the derivative of the activation.
        variance: q >= 0 of the pre-activations, a number or an array.

    Returns:
        A float64 array of the shape of `variance`.

    Raises:
        ValueError: `variance` is negative or not finite.

    Source: He et al. 2015, section 2.2; Schoenholz et al. 2017.

    Example:
        >>> float(backward_gain(lambda z: (z > 0).astype(float)).round(6))
        0.5
    """
    return gaussian_mean(lambda z: slope(z) ** 2, variance)


def scale_for(f: ArrayFunction, variance: float | np.ndarray = 1.0) -> np.ndarray:
    r"""The scale that keeps a signal as strong as it came: $q / E[f(z)^2]$.

    With `variance_scaling(..., scale=scale_for(f), mode="fan_in")` the pre-activations
    of every layer have variance q if those of the first have.

    Args:
        f: the activation.
        variance: q > 0. For ReLU and its leaky kin the scale is the same at any q;
            for others it is not, and 1 is the usual choice.

    Returns:
        A float64 array of the shape of `variance`.

    Raises:
        ValueError: `variance` is not positive and finite, or `f` is 0 everywhere.

    Example:
        >>> float(scale_for(lambda z: np.maximum(z, 0)).round(6))
        2.0
        >>> leaky = lambda z: np.where(z > 0, z, 0.2 * z)
        >>> bool(np.isclose(scale_for(leaky), 2 / (1 + 0.2**2)))
        True
    """
    gain = forward_gain(f, variance)
    if not (gain > 0).all():
        raise ValueError(
            f"f must let something through, got E[f(z)^2] = 0 at variance {variance}"
        )
    return 1 / gain


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
