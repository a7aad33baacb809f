"""Whether something looks different: photographs of an element, compared."""

import io

import numpy as np
from PIL import Image
from playwright.sync_api import Locator

LEVELS = 16  # of 255: less is the edge of a letter


def photograph(element: Locator) -> np.ndarray:
    """The element as it is seen now, an array of (height, width, 3) bytes."""
    with Image.open(io.BytesIO(element.screenshot(animations="disabled"))) as image:
        return np.asarray(image.convert("RGB"))


def changed(before: np.ndarray, after: np.ndarray) -> float:
    """The share of pixels that differ visibly; 1.0 where the sizes differ.

    Example:
        >>> black = np.zeros((2, 2, 3), dtype=np.uint8)
        >>> white_corner = black.copy()
        >>> white_corner[0, 0] = 255
        >>> changed(black, black), changed(black, white_corner)
        (0.0, 0.25)
    """
    if before.shape != after.shape:
        return 1.0
    apart = np.abs(before.astype(int) - after.astype(int)).max(axis=2)
    return float((apart > LEVELS).mean())
