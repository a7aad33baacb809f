import subprocess
import sys

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from course_utils.lab import plots
from course_utils.lab.plots.style import axes_or_new, layer_ticks, look, put_legend


def luminance(color):
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in mpl.colors.to_rgb(color)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_every_text_of_the_style_has_13_points_or_more():
    plots.use_style()
    fig, ax = plt.subplots()
    ax.plot([0, 1], label="a")
    ax.set(title="t", xlabel="x", ylabel="y")
    legend = ax.legend(title="l")
    texts = [ax.title, ax.xaxis.label, ax.yaxis.label, *ax.get_xticklabels()]
    texts += [*ax.get_yticklabels(), *legend.get_texts(), legend.get_title()]
    assert min(text.get_fontsize() for text in texts) >= 13
    assert tuple(fig.get_size_inches()) == (8.0, 4.5)
    assert luminance(fig.get_facecolor()) == 1.0


def test_colours_are_told_from_white_and_lines_differ_without_colour():
    assert len(set(plots.PALETTE)) == 7
    for color in plots.PALETTE:
        assert 1.05 / (luminance(color) + 0.05) > 2, color
    grey = {(str(look(k)["linestyle"]), look(k)["marker"]) for k in range(7)}
    assert len(grey) == 7


def test_the_first_49_lines_all_differ():
    assert len({str(look(k)) for k in range(49)}) == 49


def test_the_cycle_of_plain_matplotlib_changes_dashes_too():
    plots.use_style()
    lines = [plt.gca().plot([k, k])[0] for k in range(3)]
    assert len({line.get_color() for line in lines}) == 3
    assert len({str(line._dash_pattern) for line in lines}) == 3


def test_axes_or_new_keeps_what_it_is_given_and_refuses_a_figure():
    ax = plt.figure().add_subplot()
    assert axes_or_new(ax) is ax
    assert axes_or_new(None) is not ax
    with pytest.raises(TypeError, match="ax must be a Matplotlib Axes"):
        axes_or_new(ax.figure)


@pytest.mark.parametrize(
    ("first", "layers", "ticks"),
    [
        (1, 1, [1]),
        (1, 10, list(range(1, 11))),
        (1, 20, [1, 5, 10, 15, 20]),
        (0, 5, [0, 1, 2, 3, 4]),
        (1, 100, [1, 20, 40, 60, 80, 100]),
    ],
)
def test_layer_ticks(first, layers, ticks):
    assert layer_ticks(first, layers) == ticks


@pytest.mark.parametrize(("lines", "inside"), [(1, True), (2, True), (3, False)])
def test_a_long_legend_stands_beside_the_axes(lines, inside):
    plots.use_style()
    fig, ax = plt.subplots()
    handles = [ax.plot([0, 1], label=str(k))[0] for k in range(lines)]
    put_legend(ax, handles)
    fig.canvas.draw()
    box = ax.get_legend().get_window_extent()
    assert (box.x1 <= ax.bbox.x1) == inside
    assert (box.x0 >= ax.bbox.x1) != inside
    assert box.x1 <= fig.bbox.x1


def test_no_legend_without_entries():
    ax = plt.figure().add_subplot()
    put_legend(ax, [])
    assert ax.get_legend() is None


def test_importing_the_plots_imports_no_drawing_library():
    heavy = "('matplotlib', 'seaborn', 'pandas', 'scipy', 'PIL', 'tensorflow')"
    code = (
        "import sys, course_utils.lab.plots, course_utils.lab.display; "
        f"print([m for m in {heavy} if m in sys.modules])"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert out.stdout.strip() == "[]"


def test_a_typical_figure_is_small():
    from course_utils.lab.plots.png import figure_png, with_palette

    plots.use_style()
    rng = np.random.default_rng(0)
    curves = {f"arm {k}": rng.random((5, 20)) for k in range(4)}
    ax = plots.learning_curves(curves, chance=0.1)
    png, size = with_palette(figure_png(ax.figure, dpi=90))
    assert size == (720, 405)
    assert len(png) < 60_000
