"""A distribution per layer, stacked like the network: layer 1 at the bottom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from course_utils.lab.plots.style import FAINT, QUIET, axes_or_new, layer_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def ridges(
    samples: Sequence[np.ndarray],
    *,
    xlabel: str = "value",
    xlim: tuple[float, float] | None = None,
    bins: int = 80,
    first: int = 1,
    layers: Sequence[int] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw one histogram per layer above the other, layer 1 at the bottom.

    All share one horizontal range and one set of bins; each is scaled to its own
    highest bin, so shapes and positions can be compared, heights cannot. By default
    the range leaves out at most 0.5 % of the values on either side, every layer
    counting the same. A layer with more than 1 % of its values outside, without
    values, or with a single value says so.

    Args:
        samples: One array of any shape and real dtype per layer, layer 1 first.
        xlabel: What the values are, with their unit.
        xlim: Horizontal range (low, high); chosen from the values when None.
        bins: Number of bins over the range.
        first: Number of the first layer.
        layers: Numbers of the layers, where they do not follow one another.
        ax: Axes to draw on; a new figure when None.

    Returns:
        The Axes. The outline of layer k is the k-th of ``ax.collections``.

    Raises:
        ValueError: If there are no samples, ``xlim`` is not increasing and finite,
            ``bins`` is below 2, or ``layers`` does not name every sample.

    Example:
        >>> ax = ridges([np.linspace(-1, 1, 50), np.linspace(-2, 2, 50)])
        >>> len(ax.collections)
        2
    """
    values = [np.asarray(a, dtype=np.float64).ravel() for a in samples]
    if not values:
        raise ValueError("samples must hold at least one layer, got none")
    if bins < 2:
        raise ValueError(f"bins must be at least 2, got {bins}")
    finite = [a[np.isfinite(a)] for a in values]
    low, high = _range(finite) if xlim is None else xlim
    if not (np.isfinite([low, high]).all() and low < high):
        raise ValueError(f"xlim must be finite and increasing, got {xlim}")
    if layers is not None and len(layers) != len(values):
        raise ValueError(
            f"layers must name each of the {len(values)} samples, got {list(layers)}"
        )
    if ax is None:
        ax = axes_or_new(None, figsize=(8.0, min(7.0, 1.6 + 0.42 * len(values))))
    else:
        axes_or_new(ax)
    from matplotlib import colormaps

    tints = colormaps["viridis"](np.linspace(0.15, 0.8, len(values)))
    edges = np.linspace(low, high, bins + 1)
    notes = []
    for index, (all_values, kept) in enumerate(zip(values, finite, strict=True)):
        counts = np.histogram(kept, edges)[0]
        heights = 0.85 * counts / max(1, counts.max())
        base = first + index
        ax.fill_between(
            edges,
            base,
            base + np.append(heights, heights[-1]),
            step="post",
            facecolor=tints[index],
            linewidth=0,
            antialiased=False,
        )
        if note := _note(all_values, kept, low, high):
            notes.append((base, note))
    _dress(ax, len(values), first, (low, high), xlabel)
    if layers is not None:
        ax.set_yticks(range(first, first + len(values)), [str(k) for k in layers])
    for base, note in notes:
        ax.annotate(
            note,
            (0.995, base + 0.1),
            xycoords=("axes fraction", "data"),
            ha="right",
            va="bottom",
            fontsize=12,
            color=QUIET,
            zorder=5,
            bbox={"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 1},
        )
    return ax


def _range(finite: list[np.ndarray]) -> tuple[float, float]:
    """Return the range of all but 0.5 % a side, each layer weighing the same."""
    filled = [np.sort(a) for a in finite if a.size]
    if not filled:
        return -1.0, 1.0
    pooled = np.concatenate(filled)
    weights = np.concatenate([np.full(a.size, 1 / a.size) for a in filled])
    order = np.argsort(pooled, kind="stable")
    share = np.cumsum(weights[order]) / len(filled)
    low = pooled[order][np.searchsorted(share, 0.005)]
    high = pooled[order][min(np.searchsorted(share, 0.995), len(pooled) - 1)]
    pad = 0.03 * (high - low) or 0.5 * abs(high) or 1.0
    return float(low - pad), float(high + pad)


def _note(values: np.ndarray, finite: np.ndarray, low: float, high: float) -> str:
    if not values.size:
        return "no values"
    if not finite.size:
        return "no finite values"
    notes = []
    if finite.size < values.size:
        notes.append(f"{1 - finite.size / values.size:.0%} not finite")
    if finite.min() == finite.max():
        notes.append(f"all equal {finite[0]:.3g}")
    outside = np.mean((finite < low) | (finite > high))
    if outside > 0.01:
        notes.append(f"{outside:.0%} outside")
    return ", ".join(notes)


def _dress(
    ax: Axes, layers: int, first: int, xlim: tuple[float, float], xlabel: str
) -> None:
    ax.set_yticks(layer_ticks(first, layers))
    for base in range(first, first + layers):
        ax.axhline(base, color=FAINT, linewidth=0.8, zorder=0.9)
    ax.set_xlim(*xlim)
    ax.set_ylim(first - 0.15, first + layers)
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=False, axis="y")
    ax.spines["left"].set_visible(False)
    ax.set_xlabel(xlabel)
    ax.set_ylabel("layer (1 = next to the input)")
