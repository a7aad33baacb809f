"""Kernels that change no length: random rotations, and the identity."""

from __future__ import annotations

import math

import numpy as np

from course_utils.initialization.schemes import fans


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
