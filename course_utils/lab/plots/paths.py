"""How an optimizer walks: its path over the contour lines of a loss."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from course_utils.lab.plots.style import axes_or_new, look, put_legend

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def contour_paths(
    f: Callable[[np.ndarray, np.ndarray], np.ndarray],
    paths: Mapping[str, np.ndarray],
    xlim: tuple[float, float],
    ylim: tuple[float, float],
    *,
    minimum: tuple[float, float] | None = None,
    levels: int = 14,
    xlabel: str = "first parameter",
    ylabel: str = "second parameter",
    ax: Axes | None = None,
) -> Axes:
    """Draw paths over the contour lines of ``f``; start and end of each are marked.

    The levels are spaced evenly in the square root of the height above the lowest
    point in view, so that a quadratic bowl gives evenly spaced rings.

    Args:
        f: Function of two float arrays of one shape, returning that shape.
        paths: Label to a float array (steps, 2): where each step stood, start first.
            A path is cut at its first value that is not finite, and its label says so.
        xlim: Horizontal range (low, high).
        ylim: Vertical range (low, high).
        minimum: Point to mark as the minimum.
        levels: Number of contour lines, at least 1.
        xlabel: Name of the horizontal axis.
        ylabel: Name of the vertical axis.
        ax: Axes to draw on; a new figure when None.

    Returns:
        The Axes.

    Raises:
        ValueError: If a range is not increasing, a path is not (steps, 2) with a
            finite start, ``levels`` is below 1, or ``f`` returns another shape.

    Example:
        >>> path = np.array([[1.0, 1.0], [0.5, 0.2], [0.2, 0.0]])
        >>> ax = contour_paths(
        ...     lambda x, y: x**2 + 9 * y**2, {"SGD": path}, (-1.5, 1.5), (-1.5, 1.5)
        ... )
        >>> bool((ax.lines[0].get_xydata() == path).all())
        True
    """
    for name, (low, high) in {"xlim": xlim, "ylim": ylim}.items():
        if not low < high:
            raise ValueError(f"{name} must be increasing, got {(low, high)}")
    if levels < 1:
        raise ValueError(f"levels must be at least 1, got {levels}")
    walked = {name: _finite_part(name, path) for name, path in paths.items()}
    surface = _surface(f, xlim, ylim)
    ax = axes_or_new(ax)
    _contours(ax, surface, levels)
    for index, (name, (steps, cut)) in enumerate(walked.items()):
        style = look(index)
        ax.plot(
            *steps.T,
            label=f"{name}\n(not finite after\nstep {len(steps) - 1})" if cut else name,
            markevery=max(1, len(steps) // 30),
            zorder=3,
            **style | {"markersize": 4.5, "linewidth": 2},
        )
        edge = {"markeredgecolor": style["color"], "markeredgewidth": 2.2}
        ax.plot(*steps[0], "o", ms=12, mfc="white", zorder=4, label="_start", **edge)
        last = "X" if cut else "*"
        ax.plot(
            *steps[-1],
            last,
            color=style["color"],
            ms=17,
            mec="black",
            mew=1,
            zorder=5,
            label="_end",
        )
    if minimum is not None:
        ax.plot(
            *minimum, "+", color="black", ms=16, mew=2.5, zorder=2.5, label="_minimum"
        )
    ax.set(xlim=xlim, ylim=ylim, xlabel=xlabel, ylabel=ylabel)
    ax.grid(visible=False)
    _legend(ax, bool(walked), minimum is not None)
    return ax


def _finite_part(name: str, path: np.ndarray) -> tuple[np.ndarray, bool]:
    steps = np.asarray(path, dtype=np.float64)
    if steps.ndim != 2 or steps.shape[1] != 2 or len(steps) == 0:
        raise ValueError(f"path {name!r} must be (steps, 2), got shape {steps.shape}")
    bad = np.flatnonzero(~np.isfinite(steps).all(axis=1))
    if not len(bad):
        return steps, False
    if bad[0] == 0:
        raise ValueError(f"path {name!r} must start at a finite point, got {steps[0]}")
    return steps[: bad[0]], True


Surface = tuple[np.ndarray, np.ndarray, np.ma.MaskedArray]


def _surface(
    f: Callable[[np.ndarray, np.ndarray], np.ndarray],
    xlim: tuple[float, float],
    ylim: tuple[float, float],
) -> Surface:
    x, y = np.meshgrid(np.linspace(*xlim, 161), np.linspace(*ylim, 161))
    height = np.asarray(f(x, y), dtype=np.float64)
    if height.shape != x.shape:
        raise ValueError(f"f must return shape {x.shape}, got {height.shape}")
    return x, y, np.ma.masked_invalid(height)


def _contours(ax: Axes, surface: Surface, levels: int) -> None:
    height = surface[2]
    low, high = height.min(), height.max()
    if not low < high:
        return  # a flat surface, or nothing finite, has no contour lines
    at = low + (high - low) * np.linspace(0, 1, levels + 2)[1:-1] ** 2
    shades = ax.contourf(*surface, levels=[low, *at, high], cmap="Greys", alpha=0.18)
    shades.set_edgecolor("face")
    ax.contour(*surface, levels=at, colors="#A6A6A6", linewidths=0.9)


def _legend(ax: Axes, walked: bool, minimum: bool) -> None:
    from matplotlib.lines import Line2D

    handles, _ = ax.get_legend_handles_labels()
    plain = {"linestyle": "none", "color": "black"}
    if walked:
        start = {"marker": "o", "ms": 10, "mfc": "white", "mew": 2, "label": "start"}
        handles.append(Line2D([], [], **plain, **start))
        handles.append(Line2D([], [], **plain, marker="*", ms=13, label="end"))
    if minimum:
        handles.append(
            Line2D([], [], **plain, marker="+", ms=13, mew=2, label="minimum")
        )
    put_legend(ax, handles)
