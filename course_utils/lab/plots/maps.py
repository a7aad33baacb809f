"""A quantity over two settings: a map of it, with the line where it changes side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from course_utils.lab.plots.style import axes_or_new

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

Labels = Sequence[float] | Sequence[str] | np.ndarray


def heatmap(
    values: np.ndarray,
    rows: Labels,
    columns: Labels,
    *,
    contour: float | None = 0.0,
    center: float | None = 0.0,
    limit: float | None = None,
    annotate: bool | None = None,
    ylabel: str = "rows",
    xlabel: str = "columns",
    label: str = "value",
    ax: Axes | None = None,
) -> Axes:
    """Draw a table of numbers as colours, with one contour line.

    Rows and columns stand where their values are: on a log axis when these are spaced
    by ratios (10, 30, 100) rather than by differences (10, 20, 30); names are evenly
    spaced. Cells that are not finite are hatched.

    Args:
        values: Float array (rows, columns).
        rows: Vertical positions (numbers, strictly increasing) or names, bottom first.
        columns: Horizontal positions or names, left first.
        contour: Level of the contour line, labelled; None for no line. It is drawn
            only where the values cross the level and both axes are numbers.
        center: Value of the neutral colour of the diverging map; None for a map from
            low to high.
        limit: Colours end at ``center - limit`` and ``center + limit``; the largest
            distance from the centre when None. Ignored without a centre.
        annotate: Write the numbers into the cells; by default up to 60 cells.
        ylabel: Name of the rows, with the unit.
        xlabel: Name of the columns, with the unit.
        label: Name of the values, with the unit, at the colour bar.
        ax: Axes to draw on; a new figure when None.

    Returns:
        The Axes. ``ax.collections[0]`` holds the values.

    Raises:
        ValueError: If shapes do not match, numbers are not strictly increasing, or
            ``limit`` is not positive.

    Example:
        >>> ax = heatmap([[-1.0, 2.0], [3.0, -4.0]], [1, 2], [10, 100])
        >>> ax.collections[0].get_array().tolist()
        [[-1.0, 2.0], [3.0, -4.0]]
        >>> ax.get_xscale(), ax.get_yscale()
        ('log', 'linear')
    """
    values = np.asarray(values, dtype=np.float64)
    if values.shape != (len(rows), len(columns)) or values.size == 0:
        raise ValueError(
            f"values must have shape {(len(rows), len(columns))}, the numbers of rows "
            f"and columns, and not be empty, got {values.shape}"
        )
    if limit is not None and not limit > 0:
        raise ValueError(f"limit must be positive, got {limit}")
    (y, y_edges, y_log), (x, x_edges, x_log) = (
        _positions("rows", rows),
        _positions("columns", columns),
    )
    ax = axes_or_new(ax)
    ax.set_xscale("log" if x_log else "linear")
    ax.set_yscale("log" if y_log else "linear")
    shown = np.ma.masked_invalid(values)
    mesh = ax.pcolormesh(x_edges, y_edges, shown, **_colours(shown, center, limit))
    bar = ax.figure.colorbar(mesh, ax=ax, pad=0.02)
    bar.set_label(label, labelpad=10)
    bar.outline.set_visible(False)
    _ticks(ax.xaxis, x, columns)
    _ticks(ax.yaxis, y, rows)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.grid(visible=False)
    if shown.mask.any():
        ax.set_facecolor("#EEEEEE")
        ax.patch.set(hatch="xx", edgecolor="#AAAAAA", linewidth=0)
    numbers = not (_named(rows) or _named(columns))
    if contour is not None and numbers and _crosses(shown, contour):
        _contour(ax, x, y, shown, contour)
    if values.size <= 60 if annotate is None else annotate:
        _annotate(ax, mesh, x, y, shown)
    return ax


def _named(labels: Labels) -> bool:
    return any(isinstance(label, str) for label in labels)


def _positions(name: str, labels: Labels) -> tuple[np.ndarray, np.ndarray, bool]:
    """Return the cells' middles, their edges, and whether the axis is logarithmic."""
    if _named(labels):
        at = np.arange(len(labels), dtype=np.float64)
    else:
        at = np.asarray(labels, dtype=np.float64)
        if not np.isfinite(at).all() or not (np.diff(at) > 0).all():
            raise ValueError(
                f"{name} must be strictly increasing numbers, got {labels}"
            )
    log = not _named(labels) and _geometric(at)
    scaled = np.log(at) if log else at
    if len(scaled) == 1:
        edges = scaled[0] + np.array([-0.5, 0.5])
    else:
        inner = (scaled[1:] + scaled[:-1]) / 2
        ends = 2 * scaled[[0, -1]] - inner[[0, -1]]
        edges = np.concatenate([ends[:1], inner, ends[1:]])
    return at, np.exp(edges) if log else edges, bool(log)


def _geometric(at: np.ndarray) -> bool:
    """Whether the ratios of neighbours vary less than their differences."""
    if len(at) < 2 or at[0] <= 0:
        return False
    if len(at) == 2:
        return bool(at[1] / at[0] >= 10)
    steps, ratios = np.diff(at), np.diff(np.log(at))
    return bool(ratios.std() / ratios.mean() < steps.std() / steps.mean())


def _colours(
    shown: np.ma.MaskedArray, center: float | None, limit: float | None
) -> dict[str, object]:
    if center is None:
        return {"cmap": "viridis"}
    if limit is None:
        kept = shown.compressed()
        limit = float(np.abs(kept - center).max()) if kept.size else 1.0
    limit = limit or 1.0
    return {"cmap": "RdBu_r", "vmin": center - limit, "vmax": center + limit}


def _ticks(axis: Axis, at: np.ndarray, labels: Labels) -> None:
    from matplotlib.ticker import NullLocator

    keep = np.arange(0, len(at), max(1, -(-len(at) // 10)))
    text = [x if isinstance(x, str) else f"{x:.4g}" for x in labels]
    axis.set_major_locator(NullLocator())
    axis.set_minor_locator(NullLocator())
    axis.set_ticks(at[keep], [text[k] for k in keep])
    axis.set_tick_params(length=0)


def _crosses(shown: np.ma.MaskedArray, level: float) -> bool:
    kept = shown.compressed()
    return min(shown.shape) > 1 and kept.size > 0 and kept.min() < level < kept.max()


def _contour(
    ax: Axes, x: np.ndarray, y: np.ndarray, shown: np.ma.MaskedArray, level: float
) -> None:
    from matplotlib.patheffects import withStroke

    lines = ax.contour(x, y, shown, levels=[level], colors="black", linewidths=2.4)
    lines.set(path_effects=[withStroke(linewidth=4.4, foreground="white")])
    for text in ax.clabel(lines, fmt=f"{level:g}", fontsize=13):
        text.set(rotation=0, path_effects=[withStroke(linewidth=3, foreground="white")])


def _annotate(
    ax: Axes, mesh: object, x: np.ndarray, y: np.ndarray, shown: np.ma.MaskedArray
) -> None:
    for row, column in zip(*np.nonzero(~np.ma.getmaskarray(shown)), strict=True):
        value = float(shown[row, column])
        red, green, blue, _ = mesh.to_rgba(value)
        dark = 0.299 * red + 0.587 * green + 0.114 * blue < 0.55
        ax.text(
            x[column],
            y[row],
            f"{value:.3g}",
            ha="center",
            va="center",
            fontsize=12,
            color="white" if dark else "black",
        )
