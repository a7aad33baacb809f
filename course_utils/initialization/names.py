"""The initializers by name, as a network looks them up."""

from __future__ import annotations

from course_utils.initialization.isometries import identity_like, orthogonal
from course_utils.initialization.schemes import (
    Initializer,
    glorot_2010_standard,
    glorot_normal,
    glorot_uniform,
    he_normal,
    he_uniform,
    lecun_normal,
    lecun_uniform,
)

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
