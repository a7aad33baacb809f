"""Pictures of the data: images side by side, each with its name."""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt
from typing import TYPE_CHECKING

import numpy as np

from course_utils.lab.plots.style import INK, axes_or_new

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def image_grid(
    images: np.ndarray,
    labels: Sequence[str] | None = None,
    *,
    columns: int | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw images row by row, with a name under each.

    Grey images share one scale: the largest value is black, the smallest white.

    Args:
        images: Array (n, height, width), (n, height, width, 3), or (n, pixels) of
            square images. Any real dtype; colours as uint8 or float in [0, 1].
        labels: One name per image, or None.
        columns: Images in a row; by default at most 5 with names, 10 without.
        ax: Axes to draw on; a new figure when None.

    Returns:
        The Axes; ``ax.images`` holds the images in order.

    Raises:
        ValueError: If the shape is another, there are no images, the number of labels
            is not that of the images, or ``columns`` is below 1.

    Example:
        >>> ax = image_grid(np.zeros((3, 784)), ["coat", "bag", "boot"])
        >>> ax.images[0].get_array().shape
        (28, 28)
    """
    images = _as_images(np.asarray(images))
    n, height, width = images.shape[:3]
    if labels is not None and len(labels) != n:
        raise ValueError(f"labels must have {n} names, got {len(labels)}")
    columns = (10 if labels is None else 5) if columns is None else columns
    if columns < 1:
        raise ValueError(f"columns must be at least 1, got {columns}")
    columns = min(columns, n)
    rows = -(-n // columns)
    step_x = 1.12
    step_y = height / width + (0.34 if labels is not None else 0.12)
    if ax is None:
        inches = min(1.4, 10.0 / (step_x * columns))
        size = (inches * step_x * columns, inches * step_y * rows)
        ax = axes_or_new(None, figsize=size)
    else:
        axes_or_new(ax)
    grey = {"cmap": "gray_r", "vmin": images.min(), "vmax": images.max()}
    for index, image in enumerate(images):
        row, column = divmod(index, columns)
        left, top = column * step_x, -row * step_y
        ax.imshow(
            image,
            extent=(left, left + 1, top - height / width, top),
            interpolation="nearest",
            **(grey if image.ndim == 2 else {}),
        )
        if labels is not None:
            ax.text(
                left + 0.5,
                top - height / width - 0.04,
                str(labels[index]),
                ha="center",
                va="top",
                color=INK,
                fontsize=13,
            )
    ax.set_xlim(-0.06, columns * step_x - 0.06)
    ax.set_ylim(-rows * step_y + 0.06, 0.06)
    ax.set_aspect("equal")
    ax.set_axis_off()
    return ax


def _as_images(images: np.ndarray) -> np.ndarray:
    flat = images.ndim == 2 and isqrt(images.shape[1]) ** 2 == images.shape[1]
    if flat:
        side = isqrt(images.shape[1])
        images = images.reshape(-1, side, side)
    grey = images.ndim == 3
    colour = images.ndim == 4 and images.shape[-1] == 3
    if not (grey or colour) or images.size == 0:
        raise ValueError(
            "images must be (n, height, width), (n, height, width, 3) or (n, side**2) "
            f"and not empty, got shape {images.shape}"
        )
    return images
