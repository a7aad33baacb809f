"""Deterministic ways to choose among images: fewer of them, or fewer classes."""

from collections.abc import Iterable
from dataclasses import replace
from numbers import Integral
from typing import TYPE_CHECKING

import numpy as np

from course_utils.lab.splits import FashionMNIST, Split

if TYPE_CHECKING:
    import pandas as pd


def _whole(name: str, value: int, low: int) -> int:
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be an integer, got {value!r}")
    if value < low:
        raise ValueError(f"{name} must be at least {low}, got {value}")
    return int(value)


def _quotas(counts: np.ndarray, n: int, order: np.ndarray) -> np.ndarray:
    """Share n out in proportion to counts; what is left over goes by remainder."""
    quotas, remainders = np.divmod(counts * n, counts.sum())
    first = order[np.argsort(-remainders[order], kind="stable")]
    quotas[first[: n - quotas.sum()]] += 1
    return quotas


def subset(split: Split, n: int, seed: int, stratified: bool = True) -> Split:
    """Draw n images without putting any back, the same ones for the same seed.

    Of equally frequent classes, as in Fashion-MNIST, a smaller draw with the same seed
    is part of a larger one, so that accuracy against n compares like with like. The
    images keep their order.

    Args:
        split: where to draw from.
        n: how many, 1 to `len(split)`.
        seed: 0, 1, ...
        stratified: give each class its share of n. Where n does not divide evenly, no
            class is more than one image from its exact share, and the seed says which
            ones get one more. Otherwise all images have the same chance.

    Returns:
        The n images, standardized as they were.

    Raises:
        TypeError: `n` or `seed` is not an integer.
        ValueError: `n` or `seed` is out of range.

    Example:
        >>> from course_utils.lab.data import load_fashion_mnist
        >>> data = load_fashion_mnist()
        >>> few = subset(data.train, 200, seed=0)
        >>> np.bincount(few.y)
        array([20, 20, 20, 20, 20, 20, 20, 20, 20, 20])
    """
    n, seed = _whole("n", n, 1), _whole("seed", seed, 0)
    if n > len(split):
        raise ValueError(f"n must be at most {len(split)}, the size, got {n}")
    rng = np.random.default_rng(seed)
    shuffled = rng.permutation(len(split))
    if stratified:
        classes, counts = np.unique(split.y, return_counts=True)
        quotas = _quotas(counts, n, rng.permutation(len(classes)))
        labels = split.y[shuffled]
        drawn = [
            shuffled[labels == label][:quota]
            for label, quota in zip(classes, quotas, strict=True)
        ]
        shuffled = np.concatenate(drawn)
    return split.take(np.sort(shuffled[:n]))


def _number(data: FashionMNIST, name: str, value: str) -> int:
    if value not in data.class_names:
        names = ", ".join(data.class_names)
        raise ValueError(f"{name} must be one of {names}; got {value!r}")
    return data.class_names.index(value)


def _choose(data: FashionMNIST, numbers: list[int]) -> FashionMNIST:
    """Keep the classes `numbers`, and call them 0, 1, ... in this order."""
    new = np.full(len(data.class_names), -1, dtype=np.int64)
    new[numbers] = np.arange(len(numbers))

    def keep(split: Split) -> Split:
        rows = new[split.y] >= 0
        return Split(split.images[rows], split.x[rows], new[split.y[rows]])

    return replace(
        data,
        train=keep(data.train),
        valid=keep(data.valid),
        test=keep(data.test),
        class_names=tuple(data.class_names[number] for number in numbers),
    )


def binary_task(data: FashionMNIST, *, positive: str, negative: str) -> FashionMNIST:
    """Keep two classes: `negative` becomes class 0 and `positive` class 1.

    `x` stays standardized as in `data`, so a network trained on the other classes
    meets inputs on the scale it knows.

    Args:
        data: the data set to choose from.
        positive: the name of the class to recognize.
        negative: the name of the class to tell it from.

    Raises:
        ValueError: a name is unknown, or both are the same.

    Example:
        >>> from course_utils.lab.data import load_fashion_mnist
        >>> binary_task(load_fashion_mnist(), positive="Sandal", negative="Shirt")
        FashionMNIST(2,000 + 1,000 + 1,000 images of 2 classes)
    """
    numbers = [_number(data, "negative", negative), _number(data, "positive", positive)]
    if positive == negative:
        raise ValueError(f"positive and negative must differ, got {positive!r} twice")
    return _choose(data, numbers)


def without_classes(data: FashionMNIST, names: Iterable[str]) -> FashionMNIST:
    """Leave out some classes; the others keep their order and are numbered anew.

    `x` stays standardized as in `data`.

    Args:
        data: the data set to choose from.
        names: the names of the classes to leave out.

    Raises:
        TypeError: `names` is one string rather than several.
        ValueError: a name is unknown, or no class is left.

    Example:
        >>> from course_utils.lab.data import load_fashion_mnist
        >>> without_classes(load_fashion_mnist(), ["Sandal", "Shirt"])
        FashionMNIST(8,000 + 4,000 + 4,000 images of 8 classes)
    """
    if isinstance(names, str):
        raise TypeError(f"names must be several names, such as a list, got {names!r}")
    out = {_number(data, "names", name) for name in names}
    left = [number for number in range(len(data.class_names)) if number not in out]
    if not left:
        raise ValueError(f"names must leave a class over, got all {len(out)}")
    return _choose(data, left)


def class_counts(data: FashionMNIST) -> "pd.DataFrame":
    """Count the images of each class in each part.

    Returns:
        int64, one row a class, columns train, valid, test.

    Example:
        >>> from course_utils.lab.data import load_fashion_mnist
        >>> class_counts(load_fashion_mnist()).loc["Sandal"].tolist()
        [1000, 500, 500]
    """
    import pandas as pd

    parts = {"train": data.train, "valid": data.valid, "test": data.test}
    k = len(data.class_names)
    counts = {name: np.bincount(part.y, minlength=k) for name, part in parts.items()}
    return pd.DataFrame(counts, index=pd.Index(data.class_names, name="class"))
