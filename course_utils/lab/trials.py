"""Standard trials on the course's images, ready for `experiments.run` and `tune`.

They live in a module, not in a notebook, so that worker processes import them and load
the images themselves: no array travels between processes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from inspect import isclass
from typing import Any

from course_utils.activations import Activation
from course_utils.initialization import Initializer
from course_utils.lab import network
from course_utils.lab.data import FashionMNIST, load_fashion_mnist
from course_utils.optimizers import SGD, Optimizer


@cache
def images() -> FashionMNIST:
    """The course's images, loaded once a process."""
    return load_fashion_mnist()


def deep(
    activation: str | Activation,
    initializer: str | Initializer,
    width: int = 100,
    depth: int = 20,
    seeds: int | Sequence[int] = 0,
    **settings: Any,
) -> network.Network:
    """An untrained network for the course's images: equal hidden layers, ten scores.

    Args:
        activation: of the hidden layers.
        initializer: of all layers.
        width: units in each hidden layer.
        depth: how many hidden layers.
        seeds: one int, or several for replicas; see `network.Network`.
        **settings: further arguments of `network.mlp`.

    Example:
        >>> deep("relu", "he_normal", width=50, depth=3).n_parameters
        44860
    """
    sizes = [784, *[width] * depth, 10]
    return network.mlp(sizes, activation, initializer, seeds=seeds, **settings)


def fit_mlp(
    *,
    seed: int,
    hidden: Sequence[int],
    learning_rate: float,
    momentum: float = 0.9,
    optimizer: Callable[..., Optimizer] | None = None,
    schedule: Callable[..., Any] | None = None,
    epochs: int = 4,
    batch_size: int = 32,
    n_train: int = 5_000,
    every_epoch: bool = False,
    **settings: Any,
) -> dict[str, float] | list[dict[str, float]]:
    """Train one multilayer perceptron on Fashion-MNIST and validate it.

    Every seed draws its own initial weights and batch order; the same seed means the
    same ones in every arm. The training images are always the first `n_train`.

    Args:
        seed: of this run, >= 0.
        hidden: widths of the hidden layers, lowest first.
        learning_rate: of the optimizer; with a schedule, what it starts or peaks at.
        momentum: of SGD, which is used unless `optimizer` is given.
        optimizer: a class of `course_utils.optimizers`, called with `learning_rate`.
        schedule: a function of `learning_rate_schedules` with all settings but two
            fixed, such as `partial(cosine, n_steps=628)`: called with the step and
            `learning_rate`; or a class such as `Performance`, made with it. By default
            the rate stays.
        epochs: passes through the training images.
        batch_size: images a step.
        n_train: how many training images to use, at most 10,000.
        every_epoch: return one row an epoch instead of the last one.
        **settings: further arguments of `network.mlp` (`activation`, ...).

    Returns:
        The row or rows of `History.frame`, without the seed.

    Raises:
        DivergenceError: the run met NaN or infinity.
        ValueError: a setting is out of range.
    """
    data = images()
    if not 1 <= n_train <= len(data.train.y):
        raise ValueError(f"n_train must be in [1, {len(data.train.y)}], got {n_train}")
    if epochs < 1:
        raise ValueError(f"epochs must be >= 1, got {epochs}")
    step = (
        SGD(learning_rate, momentum)
        if optimizer is None
        else optimizer(learning_rate=learning_rate)
    )
    if schedule is not None:
        made = partial(schedule, learning_rate=learning_rate)
        schedule = made() if isclass(made.func) else made
    looks = every_epoch or hasattr(schedule, "observe")
    classes = len(data.class_names)
    net = network.mlp([data.train.x.shape[1], *hidden, classes], seeds=seed, **settings)
    history = net.fit(
        data.train.x[:n_train],
        data.train.y[:n_train],
        epochs=epochs,
        batch_size=batch_size,
        optimizer=step,
        valid=(data.valid.x, data.valid.y) if looks else None,
        schedule=schedule,
    )
    rows = [{k: v for k, v in row.items() if k != "seed"} for row in history.rows]
    if every_epoch:
        return rows
    if looks:
        return rows[-1]
    seen = net.evaluate(data.valid.x, data.valid.y)
    return rows[-1] | {f"valid_{name}": value for name, value in seen.items()}
