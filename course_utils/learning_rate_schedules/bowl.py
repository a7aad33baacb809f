r"""A noisy bowl: the smallest problem that shows what a schedule is for.

One parameter, one valley: the loss is $\tfrac{1}{2} \lambda \theta^2$, but a step sees
the gradient $\lambda \theta + \sigma \epsilon$, with a new standard normal $\epsilon$
each time, as a batch shows a noisy picture of all examples.

$$\theta_{t+1} = (1 - \eta_t \lambda)\, \theta_t - \eta_t \sigma \epsilon_t$$

Square it and take the mean: $\epsilon_t$ has mean 0 and knows nothing of $\theta_t$, so

$$m_{t+1} = (1 - \eta_t \lambda)^2\, m_t + \eta_t^2 \sigma^2, \qquad m = E[\theta^2].$$

The expected loss is $\tfrac{1}{2} \lambda m$, for any schedule, without a single draw.
"""

from __future__ import annotations

import numpy as np

from course_utils.learning_rate_schedules.checking import check_above_zero


def expected_loss(
    rates: np.ndarray, start: float = 10.0, curvature: float = 1.0, noise: float = 1.0
) -> np.ndarray:
    r"""The mean loss over all noise, before the first step and after each.

    Args:
        rates: the rate of each step, shape (steps,), each >= 0.
        start: $\theta_0$.
        curvature: $\lambda$, > 0.
        noise: $\sigma$, standard deviation of the gradient's noise, > 0.

    Returns:
        Float64, shape (steps + 1,).

    Raises:
        ValueError: a value is out of its range.

    Example:
        >>> expected_loss(np.array([1.0, 0.5]))
        array([50.  ,  0.5 ,  0.25])
    """
    rates = _checked(rates, curvature, noise)
    m = [float(start) ** 2]
    for rate in rates:
        m.append((1 - rate * curvature) ** 2 * m[-1] + (rate * noise) ** 2)
    return curvature * np.array(m) / 2


def descend(
    rates: np.ndarray,
    rng: np.random.Generator,
    n_runs: int = 1,
    start: float = 10.0,
    curvature: float = 1.0,
    noise: float = 1.0,
) -> np.ndarray:
    r"""Walk down the bowl with real noise, several runs at once.

    Args:
        rates: the rate of each step, shape (steps,), each >= 0.
        rng: of the noise.
        n_runs: how many, >= 1.
        start: $\theta_0$.
        curvature: $\lambda$, > 0.
        noise: $\sigma$, > 0.

    Returns:
        $\theta$, float64, shape (n_runs, steps + 1). The loss of each is
        `curvature * theta**2 / 2`.

    Raises:
        ValueError: a value is out of its range.
    """
    rates = _checked(rates, curvature, noise)
    if n_runs < 1:
        raise ValueError(f"n_runs must be >= 1, got {n_runs}")
    theta = np.empty((n_runs, len(rates) + 1))
    theta[:, 0] = start
    for t, rate in enumerate(rates):
        gradient = curvature * theta[:, t] + noise * rng.normal(size=n_runs)
        theta[:, t + 1] = theta[:, t] - rate * gradient
    return theta


def floor(learning_rate: float, curvature: float = 1.0, noise: float = 1.0) -> float:
    r"""Where the mean loss comes to rest at a constant rate.

    Nothing changes any more where $m_{t+1} = m_t$:

    $$\tfrac{1}{2} \lambda m_\infty = \frac{\eta \sigma^2}{2 (2 - \eta \lambda)}
    \approx \tfrac{1}{4}\, \eta\, \sigma^2.$$

    Args:
        learning_rate: $\eta$, in (0, 2 / curvature); above that the walk diverges.
        curvature: $\lambda$, > 0.
        noise: $\sigma$, > 0.

    Raises:
        ValueError: a value is out of its range.

    Example:
        >>> floor(1.0), round(floor(0.01), 5)
        (0.5, 0.00251)
    """
    check_above_zero(curvature=curvature, noise=noise)
    if not 0 < learning_rate * curvature < 2:
        raise ValueError(
            f"learning_rate must be in (0, {2 / curvature:g}), got {learning_rate}"
        )
    return learning_rate * noise**2 / (2 * (2 - learning_rate * curvature))


def best_rates(
    n_steps: int, start: float = 10.0, curvature: float = 1.0, noise: float = 1.0
) -> np.ndarray:
    r"""The rates that no schedule can beat on this bowl: power scheduling.

    Each step's rate minimizes $m_{t+1}$: set its derivative in $\eta_t$ to 0,

    $$\eta_t = \frac{\lambda m_t}{\lambda^2 m_t + \sigma^2}
    \quad\Longrightarrow\quad \eta_t = \frac{\eta_0}{1 + t / s}, \qquad
    s = 1 + \frac{\sigma^2}{\lambda^2 m_0} = \frac{1}{\lambda \eta_0}.$$

    A smaller $m_t$ never makes a later $m$ larger, so what is best for each step is
    best for all. Source: Robbins & Monro (1951) for the 1/t; the constants are worked
    out here.

    Args:
        n_steps: how many, >= 1.
        start: $\theta_0$, not 0.
        curvature: $\lambda$, > 0.
        noise: $\sigma$, > 0.

    Returns:
        Float64, shape (n_steps,).

    Raises:
        ValueError: a value is out of its range.

    Example:
        >>> best_rates(3, start=1.0)
        array([0.5       , 0.33333333, 0.25      ])
    """
    check_above_zero(curvature=curvature, noise=noise, n_steps=n_steps)
    check_above_zero(start=abs(start))
    s = 1 + (noise / (curvature * start)) ** 2
    return 1 / (curvature * s) / (1 + np.arange(int(n_steps)) / s)


def _checked(rates: np.ndarray, curvature: float, noise: float) -> np.ndarray:
    """The rates as an array, if they and the bowl make sense."""
    check_above_zero(curvature=curvature, noise=noise)
    rates = np.asarray(rates, dtype=np.float64)
    if rates.ndim != 1 or not ((rates >= 0) & (rates < np.inf)).all():
        raise ValueError(f"rates must be a row of finite numbers >= 0, got {rates}")
    return rates
