"""Landscapes to race on: each with its value, its gradient and its Hessian.

A point is the last axis of an array; axes in front are many points at once, so that one
call of `descend` may start from many places.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

# Who walks too fast ends in infinity; that is a place like any other.
_quiet = np.errstate(over="ignore", invalid="ignore")

ArrayFunction = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Landscape:
    """A function to descend on.

    Attributes:
        name: what to call it in a figure.
        value: from points, shape (..., d), to heights, shape (...).
        gradient: from points to gradients, shape (..., d).
        hessian: from points to second derivatives, shape (..., d, d).
        minimum: the lowest point, shape (d,); None where there is none.
        noise: standard deviation of what `descend` adds to each entry of a gradient.
    """

    name: str
    value: ArrayFunction
    gradient: ArrayFunction
    hessian: ArrayFunction
    minimum: tuple[float, ...] | None = None
    noise: float = 0.0


def quadratic(kappa: float = 10.0, angle: float = 0.0) -> Landscape:
    r"""A bowl, $\tfrac12 \theta^\top H \theta$ with eigenvalues 1 and kappa.

    Args:
        kappa: the condition number, >= 1. The steep direction is the second axis.
        angle: how far the bowl is turned, in degrees.

    Raises:
        ValueError: kappa is below 1.

    Example:
        >>> quadratic(100).gradient(np.array([3.0, 2.0]))
        array([  3., 200.])
    """
    if not 1 <= kappa < np.inf:
        raise ValueError(f"kappa must be >= 1, got {kappa}")
    cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    turn = np.array([[cos, -sin], [sin, cos]])
    h = turn @ np.diag([1.0, kappa]) @ turn.T
    name = f"ravine, {kappa:g} : 1" + (f", turned by {angle:g}°" if angle else "")
    functions = (_bowl, _bowl_gradient, _bowl_hessian)
    return Landscape(name, *(partial(f, h=h) for f in functions), (0.0, 0.0))


@_quiet
def _bowl(x: np.ndarray, h: np.ndarray) -> np.ndarray:
    return 0.5 * (x * (x @ h)).sum(axis=-1)


@_quiet
def _bowl_gradient(x: np.ndarray, h: np.ndarray) -> np.ndarray:
    return x @ h


def _bowl_hessian(x: np.ndarray, h: np.ndarray) -> np.ndarray:
    return np.broadcast_to(h, (*x.shape[:-1], *h.shape))


def saddle() -> Landscape:
    """x^2 - y^2: up along the first axis, down along the second, level at (0, 0).

    Example:
        >>> saddle().gradient(np.array([1.0, 0.5]))
        array([ 2., -1.])
    """
    h = np.diag([2.0, -2.0])
    functions = (_bowl, _bowl_gradient, _bowl_hessian)
    return Landscape("saddle", *(partial(f, h=h) for f in functions))


def rosenbrock() -> Landscape:
    """(1 - x)^2 + 100 (y - x^2)^2: a bent ravine to (1, 1) (Rosenbrock 1960).

    Example:
        >>> float(rosenbrock().value(np.array([-1.0, 1.0])))
        4.0
    """
    functions = (_banana, _banana_gradient, _banana_hessian)
    return Landscape("Rosenbrock's valley", *functions, (1.0, 1.0))


@_quiet
def _banana(p: np.ndarray) -> np.ndarray:
    x, y = p[..., 0], p[..., 1]
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


@_quiet
def _banana_gradient(p: np.ndarray) -> np.ndarray:
    x, y = p[..., 0], p[..., 1]
    off = y - x**2
    return np.stack([2 * (x - 1) - 400 * x * off, 200 * off], axis=-1)


@_quiet
def _banana_hessian(p: np.ndarray) -> np.ndarray:
    x, y = p[..., 0], p[..., 1]
    cross, flat = -400 * x, np.full_like(x, 200.0)
    top = np.stack([2 - 400 * (y - 3 * x**2), cross], axis=-1)
    return np.stack([top, np.stack([cross, flat], axis=-1)], axis=-2)


def double_well(tilt: float = 0.1) -> Landscape:
    """(x^2 - 1)^2 / 4 + tilt x: two hollows, the left one deeper for a tilt above 0.

    Args:
        tilt: in (-0.38, 0.38); beyond, one of the hollows is gone.

    Raises:
        ValueError: tilt is outside its range.

    Example:
        >>> double_well(0.0).value(np.array([[-1.0], [0.0], [1.0]]))
        array([0.  , 0.25, 0.  ])
    """
    if not abs(tilt) < 0.38:
        raise ValueError(f"tilt must be in (-0.38, 0.38), got {tilt}")
    functions = (_wells, _wells_gradient)
    roots = np.roots([1.0, 0.0, -1.0, tilt]).real
    lowest = min(roots, key=lambda x: (x**2 - 1) ** 2 / 4 + tilt * x)
    return Landscape(
        "two hollows",
        *(partial(f, tilt=tilt) for f in functions),
        _wells_hessian,
        (float(lowest),),
    )


@_quiet
def _wells(p: np.ndarray, tilt: float) -> np.ndarray:
    x = p[..., 0]
    return (x**2 - 1) ** 2 / 4 + tilt * x


@_quiet
def _wells_gradient(p: np.ndarray, tilt: float) -> np.ndarray:
    return p**3 - p + tilt


@_quiet
def _wells_hessian(p: np.ndarray) -> np.ndarray:
    return (3 * p**2 - 1)[..., None]


def noisy(landscape: Landscape, noise: float) -> Landscape:
    """The same landscape, seen by someone whose gradients are noisy.

    Args:
        landscape: any.
        noise: standard deviation of what is added to each entry, >= 0.

    Raises:
        ValueError: noise is below 0.

    Example:
        >>> noisy(saddle(), 0.5).name
        'saddle, noisy'
    """
    if not 0 <= noise < np.inf:
        raise ValueError(f"noise must be >= 0, got {noise}")
    return replace(landscape, name=f"{landscape.name}, noisy", noise=noise)
