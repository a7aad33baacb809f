"""One look for every picture: legible at the back of a lecture hall.

The colours are those of Okabe and Ito (2008, "Color Universal Design"), without the
yellow, which is too faint on white. A colour never stands alone: the n-th line also
has the n-th dash pattern and the n-th marker.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from course_utils.lab.plots.png import shrink_notebook_figures

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

PALETTE: tuple[str, ...] = (
    "#0072B2",  # blue
    "#D55E00",  # vermilion
    "#009E73",  # green
    "#CC79A7",  # pink
    "#56B4E9",  # sky
    "#E69F00",  # orange
    "#000000",  # black
)
DASHES: tuple[object, ...] = (
    "-",
    (0, (5, 1.5)),
    (0, (6, 1.5, 1.5, 1.5)),
    (0, (1.2, 1.2)),
    (0, (9, 2)),
    (0, (6, 1.5, 1.2, 1.5, 1.2, 1.5)),
    (0, (3, 2)),
)
MARKERS: tuple[str, ...] = ("o", "s", "^", "D", "v", "P", "X")
INK = "#222222"
QUIET = "#595959"
FAINT = "#D9D9D9"

_SETTINGS: dict[str, object] = {
    "figure.figsize": (8.0, 4.5),
    "figure.dpi": 90,
    "figure.facecolor": "white",
    "figure.constrained_layout.use": True,
    "figure.constrained_layout.w_pad": 0.08,
    "figure.constrained_layout.h_pad": 0.08,
    "savefig.dpi": 90,
    "savefig.facecolor": "white",
    "font.family": ["DejaVu Sans"],  # ships with Matplotlib: the same on every system
    "font.size": 14,
    "axes.titlesize": 15,
    "axes.titleweight": "bold",
    "axes.labelsize": 14,
    "xtick.labelsize": 13,
    "ytick.labelsize": 13,
    "legend.fontsize": 13,
    "legend.title_fontsize": 13,
    "legend.frameon": True,
    "legend.framealpha": 0.9,
    "legend.edgecolor": "none",
    "legend.handlelength": 2.6,
    "axes.facecolor": "white",
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.linewidth": 1.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.formatter.useoffset": False,
    "grid.color": FAINT,
    "grid.linewidth": 0.8,
    "text.color": INK,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "lines.linewidth": 2.4,
    "lines.markersize": 7,
    "patch.linewidth": 0.8,
    "image.cmap": "viridis",
}


def use_style() -> None:
    """Set the course's look for every figure drawn from now on.

    Fonts of 13 points and more on an 8 x 4.5 inch figure, light background, no frame
    around the axes, and a cycle that changes colour and dash pattern together. In a
    notebook, figures are also stored with a palette of 256 colours: a third the size.

    Example:
        >>> use_style()
        >>> import matplotlib as mpl
        >>> float(mpl.rcParams["font.size"])
        14.0
    """
    import matplotlib as mpl
    from cycler import cycler

    mpl.rcParams.update(_SETTINGS)
    mpl.rcParams["axes.prop_cycle"] = cycler(color=PALETTE) + cycler(linestyle=DASHES)
    shrink_notebook_figures()


def look(index: int) -> dict[str, object]:
    """Return colour, dash pattern and marker of the ``index``-th line (0, 1, ...).

    Colours repeat after seven lines, dash patterns shift by one each time round, so
    the first 49 lines all differ.

    Example:
        >>> look(0) == look(7)
        False
        >>> look(0)["color"] == look(7)["color"]
        True
    """
    rounds, place = divmod(index, len(PALETTE))
    other = (place + rounds) % len(DASHES)
    return {
        "color": PALETTE[place],
        "linestyle": DASHES[other],
        "marker": MARKERS[other],
    }


def axes_or_new(ax: Axes | None, figsize: tuple[float, float] | None = None) -> Axes:
    """Return ``ax``, or the Axes of a new figure when it is None.

    Raises:
        TypeError: If ``ax`` is neither None nor a Matplotlib Axes.
    """
    if ax is None:
        import matplotlib.pyplot as plt

        return plt.subplots(figsize=figsize)[1]
    from matplotlib.axes import Axes

    if not isinstance(ax, Axes):
        raise TypeError(f"ax must be a Matplotlib Axes or None, got {ax!r}")
    return ax


def put_legend(ax: Axes, handles: list[Artist], title: str | None = None) -> None:
    """Add a legend: inside when it has at most two lines, else right of the axes.

    A longer legend inside would sooner or later hide what was measured.
    """
    lines = len(handles) + (title.count("\n") + 1 if title else 0)
    if lines > 2:
        beside = {"bbox_to_anchor": (1.01, 1.0), "borderaxespad": 0.0}
        legend = ax.legend(handles=handles, title=title, loc="upper left", **beside)
    elif lines:
        legend = ax.legend(handles=handles, title=title, loc="best")
    else:
        return
    legend.set_alignment("left")


def layer_ticks(first: int, layers: int) -> list[int]:
    """Return at most 10 layer numbers to label: the first and round ones.

    Example:
        >>> layer_ticks(1, 20), layer_ticks(1, 3)
        ([1, 5, 10, 15, 20], [1, 2, 3])
    """
    last = first + layers - 1
    for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000):
        rounded = [n for n in range(first + 1, last + 1) if n % step == 0]
        if len(rounded) < 10:
            break
    return [first, *rounded]
