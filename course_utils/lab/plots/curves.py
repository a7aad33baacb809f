"""Curves: what a run does over its epochs, and what a function does over its input."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from course_utils.lab.plots.intervals import band_name, mean_and_interval
from course_utils.lab.plots.style import QUIET, axes_or_new, look, put_legend

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def learning_curves(
    frame: pd.DataFrame | Mapping[str, np.ndarray],
    y: str = "valid_accuracy",
    *,
    hue: str | None = "arm",
    x: str = "epoch",
    seed: str = "seed",
    band: str = "t",
    level: float = 0.95,
    chance: float | None = None,
    ylabel: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw one curve per arm: the mean over seeds, in a band that says how sure it is.

    The legend names the band. An arm in which some seeds have missing, NaN or
    infinite values is drawn from the others, and its label says how many failed.

    Args:
        frame: Tidy frame with the columns ``x``, ``y``, ``seed`` (not needed for a
            single run) and ``hue``; or a mapping from label to an array of shape
            (epochs,) or (seeds, epochs), whose epochs count from 1.
        y: Column to draw, or what the arrays hold. Names that end in ``accuracy``
            are shown in percent.
        hue: Column that tells the curves apart, or None for one curve.
        x: Column of the horizontal axis.
        seed: Column of the random seed.
        band: ``"t"`` or ``"bootstrap"``, see
            :func:`course_utils.lab.plots.intervals.mean_and_interval`.
        level: Coverage of the band, in (0, 1).
        chance: Level that guessing reaches: a dotted line with its name.
        ylabel: Name of the vertical axis, with its unit; made from ``y`` when None.
        ax: Axes to draw on; a new figure when None.

    Returns:
        The Axes.

    Raises:
        ValueError: If a column is missing, there are no rows, or an array is not one-
            or two-dimensional.

    Example:
        >>> ax = learning_curves({"wide": [[0.5, 0.7], [0.6, 0.8]]}, chance=0.1)
        >>> [round(float(v), 2) for v in ax.lines[0].get_ydata()]
        [0.55, 0.75]
    """
    if isinstance(frame, Mapping):
        curves = {name: _from_array(name, a) for name, a in frame.items()}
        if not curves:
            raise ValueError("frame must hold at least one curve, got none")
    else:
        curves = _from_frame(frame, y=y, hue=hue, x=x, seed=seed)
    summaries = {
        name: (positions, *mean_and_interval(values, band=band, level=level))
        for name, (positions, values) in curves.items()
    }
    from matplotlib.patches import Patch

    ax = axes_or_new(ax)
    for index, (name, (at, mean, low, high)) in enumerate(summaries.items()):
        style = look(index)
        runs = curves[name][1]
        lost = int((~np.isfinite(runs).all(axis=1)).sum()) if len(at) else len(runs)
        label = f"{name}\n({lost} of {len(runs)} diverged)" if lost else name
        every = max(1, len(at) // 8)
        ax.plot(at, mean, label=label, markevery=every, **style)
        if np.isfinite(low).any():
            ax.fill_between(at, low, high, color=style["color"], alpha=0.2, lw=0)
    _dress(ax, x, y, at)
    if ylabel is not None:
        ax.set_ylabel(ylabel)
    if chance is not None:
        ax.axhline(chance, color=QUIET, linestyle=":", linewidth=1.8, label="chance")
    handles, _ = ax.get_legend_handles_labels()
    seeds = max(len(values) for _, values in curves.values())
    if seeds > 1:
        name = band_name(band, level)
        handles.append(Patch(color=QUIET, alpha=0.2, lw=0, label=name))
    put_legend(ax, handles, f"mean of {seeds} seeds" if seeds > 1 else None)
    return ax


def _from_array(name: str, array: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    values = np.asarray(array, dtype=np.float64)
    if values.ndim not in (1, 2) or values.size == 0:
        raise ValueError(
            f"{name!r} must be (epochs,) or (seeds, epochs) and not empty, "
            f"got shape {values.shape}"
        )
    values = np.atleast_2d(values)
    return np.arange(1, values.shape[1] + 1), values


def _from_frame(
    frame: pd.DataFrame, *, y: str, hue: str | None, x: str, seed: str
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    columns = getattr(frame, "columns", None)
    if columns is None:
        raise TypeError(f"frame must be a DataFrame or a mapping, got {type(frame)}")
    for column in [x, y] if hue is None else [x, y, hue]:
        if column not in columns:
            hint = " (hue=None draws one curve)" if column == hue else ""
            raise ValueError(
                f"frame must have a column {column!r}{hint}, got {list(columns)}"
            )
    if len(frame) == 0:
        raise ValueError("frame must have at least one row, got none")
    groups = (
        {_plain(y): frame}
        if hue is None
        else {str(name): part for name, part in frame.groupby(hue, sort=False)}
    )
    return {name: _seeds_by_x(part, x, y, seed) for name, part in groups.items()}


def _seeds_by_x(
    part: pd.DataFrame, x: str, y: str, seed: str
) -> tuple[np.ndarray, np.ndarray]:
    seeds = part[seed] if seed in part.columns else np.zeros(len(part), dtype=int)
    keys, row = np.unique(np.asarray(seeds), return_inverse=True)
    at = np.asarray(part[x], dtype=np.float64)
    known = np.isfinite(at)  # a run that failed may have left a row without epoch
    row, y_values = row[known], np.asarray(part[y], dtype=np.float64)[known]
    positions, column = np.unique(at[known], return_inverse=True)
    if len({*zip(row.tolist(), column.tolist(), strict=True)}) < len(row):
        raise ValueError(
            f"frame must have one row for each curve, {seed!r} and {x!r}, "
            "got several (is hue= the right column?)"
        )
    values = np.full((len(keys), len(positions)), np.nan)
    values[row, column] = y_values
    return positions, values


def _plain(column: str) -> str:
    return column.replace("_", " ").replace("valid ", "validation ")


def _dress(ax: Axes, x: str, y: str, positions: np.ndarray) -> None:
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    name = _plain(y)
    if y.endswith("accuracy"):
        ax.yaxis.set_major_formatter(PercentFormatter(xmax=1.0, decimals=None))
        name += " (% of images)"
    if (positions == np.round(positions)).all():
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel(x.replace("_", " "))
    ax.set_ylabel(name)


Function = Callable[[np.ndarray], np.ndarray]


def function_and_slope(
    functions: Mapping[str, tuple[Function, Function]],
    z: np.ndarray | None = None,
    *,
    saturated: float | None = 0.05,
    ax: Axes | None = None,
) -> Axes:
    """Draw functions and their slopes on the same axes.

    The function is a thick line, its slope a thin one with markers. With a single
    function, the region where it is saturated is shaded.

    Args:
        functions: Label to (f, f'), each from a float array to one of its shape.
        z: Inputs, float array (points,), increasing; -6 to 6 when None.
        saturated: Shade where ``abs(f'(z))`` is below this; None shades nothing.
        ax: Axes to draw on; a new figure when None.

    Returns:
        The Axes.

    Raises:
        ValueError: If there is no function, ``z`` is not a vector of two or more
            increasing values, or a function returns another shape.

    Example:
        >>> ax = function_and_slope({"tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2)})
        >>> [line.get_label() for line in ax.lines[:2]]
        ['tanh', 'slope of tanh']
    """
    z = np.linspace(-6.0, 6.0, 241) if z is None else np.asarray(z, dtype=np.float64)
    if z.ndim != 1 or z.size < 2 or not (np.diff(z) > 0).all():
        raise ValueError("z must be a vector of two or more increasing values")
    if not functions:
        raise ValueError("functions must hold at least one (f, slope), got none")
    drawn = {}
    for name, (f, slope) in functions.items():
        drawn[name] = np.asarray(f(z.copy())), np.asarray(slope(z.copy()))
        for what, values in zip((name, f"slope of {name}"), drawn[name], strict=True):
            if values.shape != z.shape:
                raise ValueError(
                    f"{what} must return shape {z.shape}, got {values.shape}"
                )
    ax = axes_or_new(ax)
    for index, (name, (values, slopes)) in enumerate(drawn.items()):
        style = look(index)
        marker = style.pop("marker")
        ax.plot(z, values, label=name, **{**style, "linewidth": 3.2})
        style |= {"marker": marker, "linewidth": 1.6, "markersize": 5}
        every = max(1, len(z) // 24)
        ax.plot(z, slopes, label=f"slope of {name}", markevery=every, **style)
    if len(drawn) == 1 and saturated is not None:
        ax.fill_between(
            z,
            0,
            1,
            where=np.abs(slopes) < saturated,
            transform=ax.get_xaxis_transform(),
            facecolor="#F1F1F1",
            edgecolor="#C4C4C4",
            hatch="//",
            linewidth=0,
            zorder=0,
            label=f"saturated:\nslope < {saturated:g}",
        )
    ax.axhline(0, color=QUIET, linewidth=0.8, label="_zero")
    ax.set_xlabel("input z")
    ax.set_ylabel("value and slope")
    ax.margins(x=0)
    put_legend(ax, ax.get_legend_handles_labels()[0])
    return ax
