"""One number per layer, from input to output: measured dots, lines of theory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from course_utils.lab.plots.intervals import band_name, mean_and_interval
from course_utils.lab.plots.style import (
    QUIET,
    axes_or_new,
    layer_ticks,
    look,
    put_legend,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# What a log axis cannot show, and how it is shown instead: marker and height.
_OFF_SCALE = {
    "exactly 0": ("v", 0.03),
    "negative": ("<", 0.03),
    "infinite": ("^", 0.97),
    "not a number": ("X", 0.03),
}


def by_layer(
    measured: Mapping[str, np.ndarray],
    theory: Mapping[str, np.ndarray] | None = None,
    *,
    log: bool = True,
    ylabel: str = "gradient norm",
    xlabel: str = "layer (1 = next to the input)",
    first: int = 1,
    level: float = 0.95,
    ax: Axes | None = None,
) -> Axes:
    """Draw a quantity layer by layer: measured dots, theory as lines through them.

    Several seeds give one dot, their mean (on a log axis the geometric mean), with a
    bar for its t interval. Without theory thin lines join the dots. Values that the
    axis cannot show (zero or negative on a log axis, infinite, NaN) are hollow marks
    at its edge, named in the legend; they enter neither mean nor interval.

    Args:
        measured: Label to a float array (layers,) or (seeds, layers).
        theory: Label to a float array (layers,). A label that is also in
            ``measured`` gets the same colour.
        log: Logarithmic vertical axis.
        ylabel: What is measured, with its unit.
        xlabel: Name of the horizontal axis.
        first: Number of the first layer.
        level: Coverage of the interval, in (0, 1).
        ax: Axes to draw on; a new figure when None.

    Returns:
        The Axes.

    Raises:
        ValueError: If nothing is given or an array has another shape.

    Example:
        >>> ax = by_layer(
        ...     {"sigmoid": [1e-3, 1e-2, 1e-1]}, {"sigmoid": [1e-3, 1e-2, 0.1]}
        ... )
        >>> ax.get_yscale(), ax.lines[0].get_ydata().tolist()
        ('log', [0.001, 0.01, 0.1])
    """
    if not measured and not theory:
        raise ValueError("measured must hold at least one array, got none")
    dots = {name: _array(name, a, (1, 2)) for name, a in measured.items()}
    lines = {name: _array(name, a, (1,))[0] for name, a in (theory or {}).items()}
    ax = axes_or_new(ax)
    if log:
        ax.set_yscale("log")
    names = [*dots, *(name for name in lines if name not in dots)]
    looks = {name: look(index) for index, name in enumerate(names)}
    off: set[str] = set()
    for name, values in dots.items():
        joined = not lines
        _draw_dots(ax, name, values, looks[name], first, log, level, joined)
        off |= _draw_off_scale(ax, values, looks[name]["color"], first, log)
    for name, values in lines.items():
        style = looks[name] | {"marker": None}
        label = "_theory" if name in dots else f"{name}\n(theory)"
        shown = np.where(
            np.isfinite(values) & ((values > 0) | (not log)), values, np.nan
        )
        ax.plot(first + np.arange(len(values)), shown, label=label, zorder=1.9, **style)
    _dress(ax, dots, lines, off, first=first, log=log, level=level)
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel)
    return ax


def _array(name: str, values: np.ndarray, dimensions: tuple[int, ...]) -> np.ndarray:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim not in dimensions or array.size == 0:
        shapes = " or ".join(("(layers,)", "(seeds, layers)")[: len(dimensions)])
        raise ValueError(
            f"{name!r} must be {shapes} and not empty, got shape {array.shape}"
        )
    return np.atleast_2d(array)


def _draw_dots(
    ax: Axes,
    name: str,
    values: np.ndarray,
    style: dict[str, object],
    first: int,
    log: bool,
    level: float,
    joined: bool,
) -> None:
    shown = np.where(np.isfinite(values) & ((values > 0) | (not log)), values, np.nan)
    if len(shown) == 1:  # one seed: exactly the numbers that were given
        middle, low, high = shown[0], None, None
    else:
        summary = mean_and_interval(np.log(shown) if log else shown, level=level)
        middle, low, high = np.exp(summary) if log else summary
    layers = first + np.arange(values.shape[1])
    dashes = style["linestyle"] if joined else "none"
    ax.plot(
        layers,
        middle,
        label=name,
        markeredgecolor="white",
        markersize=8,
        **style | {"linestyle": dashes, "linewidth": 1.6},
    )
    if low is not None:
        ax.vlines(layers, low, high, color=style["color"], linewidth=2, alpha=0.7)


def _draw_off_scale(
    ax: Axes, values: np.ndarray, color: object, first: int, log: bool
) -> set[str]:
    found = {"infinite": np.isinf(values), "not a number": np.isnan(values)}
    if log:
        found |= {
            "exactly 0": values == 0,
            "negative": (values < 0) & ~np.isinf(values),
        }
    for kind, where in found.items():
        layers = first + np.flatnonzero(where.any(axis=0))
        if len(layers):
            marker, height = _OFF_SCALE[kind]
            ax.plot(
                layers,
                np.full(len(layers), height),
                linestyle="none",
                marker=marker,
                markersize=11,
                markerfacecolor="white",
                markeredgecolor=color,
                markeredgewidth=1.8,
                transform=ax.get_xaxis_transform(),
                label=f"_{kind}",
                zorder=4,
            )
    return {kind for kind, where in found.items() if where.any()}


def _dress(
    ax: Axes,
    dots: Mapping[str, np.ndarray],
    lines: Mapping[str, np.ndarray],
    off: set[str],
    *,
    first: int,
    log: bool,
    level: float,
) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.ticker import LogLocator, NullLocator

    ax.set_xticks(
        layer_ticks(first, max(a.shape[-1] for a in (*dots.values(), *lines.values())))
    )
    if log:
        ax.yaxis.set_major_locator(LogLocator(numticks=7))
        low, high = sorted(ax.get_ylim())
        if high / low > 100:
            ax.yaxis.set_minor_locator(NullLocator())
    handles, _ = ax.get_legend_handles_labels()
    seeds = max((len(values) for values in dots.values()), default=1)
    grey = {"color": QUIET, "linewidth": 2}
    if seeds > 1:
        name = band_name("t", level)
        handles.append(Line2D([], [], ls="none", marker="|", ms=16, label=name, **grey))
        handles[-1].set_markeredgewidth(2)
    if lines.keys() & dots.keys():
        handles.append(Line2D([], [], label="theory", **grey))
    for kind, (marker, _) in _OFF_SCALE.items():
        if kind in off:
            hollow = {"markerfacecolor": "white", "markeredgecolor": QUIET}
            handles.append(
                Line2D([], [], ls="none", marker=marker, ms=11, label=kind, **hollow)
            )
    mean = "geometric mean\n" if log else "mean "
    put_legend(ax, handles, f"{mean}of {seeds} seeds" if seeds > 1 else None)
