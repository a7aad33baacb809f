"""Images with their labels, as pictures and as standardized numbers."""

from dataclasses import dataclass

import numpy as np


def _read_only(array: np.ndarray) -> np.ndarray:
    view = array.view()
    view.flags.writeable = False
    return view


@dataclass(frozen=True, eq=False, repr=False)
class Split:
    """One part of a data set: n images, once as pictures and once as numbers.

    The arrays are read-only, so that an edit in one cell cannot poison the next one:
    `split.x[0] = 0` raises ValueError. Work on a copy: `x = split.x.copy()`.

    Attributes:
        images: uint8 (n, 28, 28), 0 is the empty background, 255 the brightest.
        x: float32 (n, 784), the same pixels row by row, standardized.
        y: int64 (n,), the class of each image, 0, 1, ...

    Raises:
        TypeError: an array has another dtype.
        ValueError: an array has another shape.
    """

    images: np.ndarray
    x: np.ndarray
    y: np.ndarray

    def __post_init__(self) -> None:
        n = len(self.images)
        for name, shape, dtype in (
            ("images", (n, 28, 28), np.uint8),
            ("x", (n, 784), np.float32),
            ("y", (n,), np.int64),
        ):
            array = getattr(self, name)
            if array.dtype != dtype:
                raise TypeError(f"{name} must be {dtype.__name__}, got {array.dtype}")
            if array.shape != shape:
                raise ValueError(f"{name} must have shape {shape}, got {array.shape}")
            object.__setattr__(self, name, _read_only(array))

    def __len__(self) -> int:
        return len(self.y)

    def __repr__(self) -> str:
        return f"Split({len(self):,} images)"

    def take(self, rows: np.ndarray) -> "Split":
        """Return the images at `rows`, in that order.

        Args:
            rows: integers (m,) below n, or booleans (n,).
        """
        return Split(self.images[rows], self.x[rows], self.y[rows])


@dataclass(frozen=True, eq=False, repr=False)
class FashionMNIST:
    """A data set in three parts: learn on train, choose on valid, report on test.

    Attributes:
        train: what a model learns from.
        valid: what decisions are made on (learning rates, when to stop).
        test: left alone until the decisions are made.
        class_names: the name of class 0, 1, ...
        mean: the mean of all pixels of the training images, in [0, 255].
        std: their standard deviation. In all parts `x = (pixel - mean) / std`.
    """

    train: Split
    valid: Split
    test: Split
    class_names: tuple[str, ...]
    mean: float
    std: float

    def __repr__(self) -> str:
        sizes = f"{len(self.train):,} + {len(self.valid):,} + {len(self.test):,}"
        return f"FashionMNIST({sizes} images of {len(self.class_names)} classes)"


def pixel_statistics(images: np.ndarray) -> tuple[float, float]:
    """Return mean and standard deviation over all pixels of all images.

    One pair for all pixels, not a pair for each of the 784: a pixel in the corner is
    nearly always 0, its own standard deviation nearly 0, and dividing by that would
    turn one stray speck into the largest number of the whole data set.

    Computed from exact counts of the 256 values, so it is the same on every machine.

    Args:
        images: uint8 (n, 28, 28), n at least 1.

    Example:
        >>> pixel_statistics(np.array([[0, 0], [200, 200]], dtype=np.uint8))
        (100.0, 100.0)
    """
    # A thousand images at a time, for bincount needs eight bytes a pixel.
    blocks = (images[i : i + 1000] for i in range(0, len(images), 1000))
    counts = sum(np.bincount(block.reshape(-1), minlength=256) for block in blocks)
    values = np.arange(256)
    n, total = int(counts.sum()), int(counts @ values)
    squares = int(counts @ values**2)
    return total / n, (n * squares - total * total) ** 0.5 / n


def standardize(images: np.ndarray, mean: float, std: float) -> np.ndarray:
    """Return `(pixel - mean) / std`, one row an image.

    Args:
        images: uint8 (n, 28, 28).
        mean: the mean of the training pixels.
        std: their standard deviation, more than 0.

    Returns:
        float32 (n, 784).

    Raises:
        ValueError: `std` is not more than 0.
    """
    if not std > 0:
        raise ValueError(f"std must be more than 0, got {std}")
    x = images.reshape(len(images), 784).astype(np.float32)
    x -= np.float32(mean)
    x /= np.float32(std)
    return x
