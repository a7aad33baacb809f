"""Steps that know the curvature: Newton, Gauss-Newton, and L-BFGS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

ArrayFunction = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Descent:
    """Where `lbfgs` arrived, and what it cost.

    Attributes:
        parameters: the last point, in the shape of the start.
        losses: the loss at the start and after each step.
        calls: how often the loss and its gradient were computed.
    """

    parameters: np.ndarray
    losses: np.ndarray
    calls: int


def newton(
    gradient: ArrayFunction,
    hessian: ArrayFunction,
    start: np.ndarray,
    n_steps: int = 10,
    damping: float = 0.0,
    absolute: bool = False,
) -> np.ndarray:
    r"""Newton's method: $\theta \leftarrow \theta - (H + \lambda I)^{-1} g$.

    With no damping it goes straight to where the local parabola is level, be that a
    minimum, a maximum or a saddle. A damping lambda above the largest downward
    curvature makes every step go down; a large one makes it a small step of gradient
    descent. `absolute` takes the size of each curvature without its sign (Dauphin et
    al. 2014, arXiv:1406.2572).

    Args:
        gradient: from a point, shape (d,), to a gradient, shape (d,).
        hessian: from a point to second derivatives, shape (d, d).
        start: a point, shape (d,).
        n_steps: how many, >= 0.
        damping: lambda, >= 0.
        absolute: use |H|.

    Returns:
        The way, the start included: shape (n_steps + 1, d).

    Raises:
        ValueError: damping or n_steps is below 0, or H + lambda I has no inverse.

    Example:
        >>> a = np.array([[2.0, 0.0], [0.0, 50.0]])
        >>> newton(lambda x: a @ x, lambda x: a, np.array([3.0, 4.0]), n_steps=1)
        array([[3., 4.],
               [0., 0.]])
    """
    _check(n_steps, damping)
    path = [np.array(start, dtype=float)]
    for _ in range(n_steps):
        here = path[-1]
        step = _solve(np.asarray(hessian(here)), gradient(here), damping, absolute)
        path.append(here - step)
    return np.array(path)


def gauss_newton(
    residual: ArrayFunction,
    jacobian: ArrayFunction,
    start: np.ndarray,
    n_steps: int = 10,
    damping: float = 0.0,
) -> np.ndarray:
    r"""Gauss-Newton: Newton for sums of squares, with first derivatives only.

    For the loss $\tfrac12 \lVert r(\theta) \rVert^2$ with Jacobian J of the residuals,
    $H \approx J^\top J$, which never has a negative curvature:
    $\theta \leftarrow \theta - (J^\top J + \lambda I)^{-1} J^\top r$. With damping it
    is the method of Levenberg (1944) and Marquardt (1963).

    Args:
        residual: from a point, shape (d,), to residuals, shape (n,).
        jacobian: from a point to their derivatives, shape (n, d).
        start: a point, shape (d,).
        n_steps: how many, >= 0.
        damping: lambda, >= 0.

    Returns:
        The way, the start included: shape (n_steps + 1, d).

    Raises:
        ValueError: damping or n_steps is below 0, or the matrix has no inverse.

    Example:
        A straight line through three points, in one step:

        >>> x, y = np.array([0.0, 1.0, 2.0]), np.array([1.0, 3.0, 5.0])
        >>> j = np.stack([np.ones(3), x], axis=1)
        >>> way = gauss_newton(lambda p: j @ p - y, lambda p: j, np.zeros(2), 1)
        >>> way[-1].round(6)
        array([1., 2.])
    """
    _check(n_steps, damping)
    path = [np.array(start, dtype=float)]
    for _ in range(n_steps):
        r, j = residual(path[-1]), np.asarray(jacobian(path[-1]))
        path.append(path[-1] - _solve(j.T @ j, j.T @ r, damping, False))
    return np.array(path)


def lbfgs(
    loss_and_gradient: Callable[[np.ndarray], tuple[float, np.ndarray]],
    start: np.ndarray,
    n_steps: int = 100,
    memory: int = 10,
) -> Descent:
    """L-BFGS: a curvature guessed from the last few steps (Liu & Nocedal 1989).

    It stores `memory` pairs of steps and changes of the gradient, no Hessian, and looks
    for a good length along each direction (a line search). SciPy does the work.

    Args:
        loss_and_gradient: from parameters to a loss and its gradient; the same
            parameters must give the same loss, so no mini-batches.
        start: parameters, any shape.
        n_steps: at most so many, >= 1.
        memory: pairs to remember, >= 1.

    Raises:
        ValueError: n_steps or memory is below 1.

    Example:
        >>> found = lbfgs(lambda x: ((x**2).sum(), 2 * x), np.array([3.0, 4.0]))
        >>> abs(found.parameters).max() < 1e-6
        np.True_
    """
    from scipy.optimize import minimize

    for name, value in (("n_steps", n_steps), ("memory", memory)):
        if value < 1:
            raise ValueError(f"{name} must be >= 1, got {value}")
    start = np.asarray(start)
    losses: list[float] = []

    def flat(theta: np.ndarray) -> tuple[float, np.ndarray]:
        loss, gradient = loss_and_gradient(theta.reshape(start.shape))
        if not losses:
            losses.append(float(loss))
        return float(loss), np.asarray(gradient, dtype=float).ravel()

    def remember(intermediate_result) -> None:  # the name is SciPy's
        losses.append(float(intermediate_result.fun))

    found = minimize(
        flat,
        start.astype(float).ravel(),
        jac=True,
        method="L-BFGS-B",
        callback=remember,
        options={"maxiter": n_steps, "maxcor": memory, "maxfun": 20 * n_steps},
    )
    parameters = found.x.reshape(start.shape)
    return Descent(parameters, np.array(losses), int(found.nfev))


def numerical_hessian(
    gradient: ArrayFunction, point: np.ndarray, h: float = 1e-5
) -> np.ndarray:
    """Second derivatives by central differences of a gradient, made symmetric.

    Args:
        gradient: from a point, shape (d,), to a gradient, shape (d,).
        point: where, shape (d,).
        h: half the distance between the two gradients, > 0.

    Returns:
        Shape (d, d).

    Raises:
        ValueError: h is not above 0.

    Example:
        >>> numerical_hessian(lambda x: x**3, np.array([1.0, 2.0])).round(4)
        array([[ 3.,  0.],
               [ 0., 12.]])
    """
    if not 0 < h < np.inf:
        raise ValueError(f"h must be > 0, got {h}")
    point = np.asarray(point, dtype=float)
    rows = [
        np.subtract(gradient(point + step), gradient(point - step)) / (2 * h)
        for step in h * np.eye(point.size)
    ]
    return (np.array(rows) + np.transpose(rows)) / 2


def hessian_bytes(
    n_parameters: int, dtype: str = "float32", symmetric: bool = False
) -> int:
    """Memory of a Hessian.

    Args:
        n_parameters: of the network, >= 1.
        dtype: of each entry.
        symmetric: store each pair of equal entries once, n (n + 1) / 2 of them.

    Raises:
        ValueError: n_parameters is below 1.

    Example:
        >>> hessian_bytes(1000), hessian_bytes(1000, symmetric=True)
        (4000000, 2002000)
    """
    if n_parameters < 1:
        raise ValueError(f"n_parameters must be >= 1, got {n_parameters}")
    n = int(n_parameters)
    entries = n * (n + 1) // 2 if symmetric else n * n
    return entries * np.dtype(dtype).itemsize


def _check(n_steps: int, damping: float) -> None:
    if n_steps < 0:
        raise ValueError(f"n_steps must be >= 0, got {n_steps}")
    if not 0 <= damping < np.inf:
        raise ValueError(f"damping must be >= 0, got {damping}")


def _solve(h: np.ndarray, g: np.ndarray, damping: float, absolute: bool) -> np.ndarray:
    """(H + damping I)^-1 g by eigenvalues, so that a singular H is noticed."""
    sizes, directions = np.linalg.eigh(h)
    sizes = (np.abs(sizes) if absolute else sizes) + damping
    if np.abs(sizes).min() <= 1e-14 * max(np.abs(sizes).max(), 1e-300):
        raise ValueError(
            f"the Hessian must have an inverse, got eigenvalues {sizes}: "
            "give some damping"
        )
    return directions @ ((directions.T @ g) / sizes)
