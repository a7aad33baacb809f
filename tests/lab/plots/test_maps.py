import matplotlib.pyplot as plt
import numpy as np
import pytest

from course_utils.lab import plots

WIDTHS = [10, 30, 100, 300, 1000]
DEPTHS = [2, 4, 6, 8]
VALUES = np.outer(DEPTHS, np.log10(np.array(WIDTHS) / 113))


def contours(ax):
    return [c for c in ax.collections[1:] if type(c).__name__ == "QuadContourSet"]


def draw(values=VALUES, rows=DEPTHS, columns=WIDTHS, **settings):
    return plots.heatmap(values, rows, columns, **settings)


def test_the_mesh_holds_the_values_at_their_places():
    ax = draw()
    mesh = ax.collections[0]
    np.testing.assert_array_equal(mesh.get_array(), VALUES)
    corners = mesh.get_coordinates()
    for row, depth in enumerate(DEPTHS):
        for column, width in enumerate(WIDTHS):
            (x0, y0), (x1, y1) = corners[row, column], corners[row + 1, column + 1]
            assert x0 < width < x1
            assert y0 < depth < y1
            assert x0 * x1 == pytest.approx(width**2, rel=0.1)


def test_ratios_get_a_log_axis_and_differences_a_linear_one():
    ax = draw()
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "linear")
    ax = draw(rows=[-1.0, 0.0, 1.0, 2.0], columns=[1, 2, 3, 4, 50])
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "linear")
    rounded = np.round(np.geomspace(10, 1000, 5))
    assert draw(columns=rounded).get_xscale() == "log"


def test_tick_labels_are_the_callers_numbers():
    ax = draw()
    ax.figure.canvas.draw()
    assert [t.get_text() for t in ax.get_xticklabels()] == list(map(str, WIDTHS))
    assert [t.get_text() for t in ax.get_yticklabels()] == list(map(str, DEPTHS))
    many = plots.heatmap(np.zeros((2, 40)), [1, 2], np.arange(1, 41))
    assert 5 <= len(many.get_xticks()) <= 10


def test_colours_are_symmetric_about_the_centre():
    mesh = draw().collections[0]
    largest = np.abs(VALUES).max()
    assert (mesh.norm.vmin, mesh.norm.vmax) == pytest.approx((-largest, largest))
    red, green, blue, _ = mesh.to_rgba(0.0)
    assert min(red, green, blue) > 0.95
    mesh = draw(center=1.0, limit=2.0).collections[0]
    assert (mesh.norm.vmin, mesh.norm.vmax) == (-1.0, 3.0)
    mesh = draw(center=None).collections[0]
    assert (mesh.norm.vmin, mesh.norm.vmax) == pytest.approx(
        (VALUES.min(), VALUES.max())
    )


def test_the_contour_runs_where_the_values_change_sign():
    (lines,) = contours(draw())
    points = np.concatenate([path.vertices for path in lines.get_paths()])
    assert np.ptp(points[:, 1]) == pytest.approx(6)
    assert 100 < points[:, 0].min() <= points[:, 0].max() < 130
    texts = [t.get_text() for t in lines.labelTexts]
    assert set(texts) == {"0"}


@pytest.mark.parametrize(
    "settings",
    [
        {"contour": None},
        {"contour": 1e9},
        {"columns": list("abcde")},
        {"values": VALUES[:1], "rows": [2]},
        {"values": np.ones((4, 5))},
    ],
)
def test_no_contour_where_there_is_none(settings):
    assert contours(draw(**settings)) == []


def test_few_cells_carry_their_numbers_in_a_colour_that_reads():
    ax = draw(VALUES[:, :2], columns=WIDTHS[:2])
    assert {t.get_text() for t in ax.texts} >= {f"{v:.3g}" for v in VALUES[:, 0]}
    colors = {t.get_text(): t.get_color() for t in ax.texts}
    assert colors[f"{VALUES[3, 0]:.3g}"] == "white"
    assert colors[f"{VALUES[0, 1]:.3g}"] == "black"
    assert len(draw(annotate=False, contour=None).texts) == 0
    big = plots.heatmap(np.zeros((10, 10)), range(10), range(10))
    assert len(big.texts) == 0


def test_cells_without_a_number_are_hatched():
    values = VALUES.copy()
    values[1, 2], values[0, 0] = np.nan, np.inf
    ax = draw(values)
    mask = np.ma.getmaskarray(ax.collections[0].get_array())
    assert list(zip(*np.nonzero(mask), strict=True)) == [(0, 0), (1, 2)]
    assert ax.patch.get_hatch()
    assert not draw().patch.get_hatch()
    ax.figure.canvas.draw()


def test_nothing_but_holes_still_draws():
    draw(np.full((4, 5), np.nan)).figure.canvas.draw()


def test_names_on_both_axes_and_the_bar():
    ax = draw(columns=list("abcde"), xlabel="optimizer", ylabel="depth", label="log10")
    ax.figure.canvas.draw()
    assert [t.get_text() for t in ax.get_xticklabels()] == list("abcde")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("optimizer", "depth")
    assert ax.figure.axes[1].get_ylabel() == "log10"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"rows": [1, 2]}, r"values must have shape \(2, 5\), .* got \(4, 5\)"),
        ({"values": np.zeros((0, 5)), "rows": []}, "not be empty"),
        ({"rows": [4, 3, 2, 1]}, "rows must be strictly increasing"),
        ({"columns": [1, 1, 2, 3, 4]}, "columns must be strictly increasing"),
        ({"columns": [1, 2, 3, 4, np.nan]}, "columns must be"),
        ({"limit": 0.0}, "limit must be positive, got 0.0"),
    ],
)
def test_heatmap_refuses(settings, message):
    with pytest.raises(ValueError, match=message):
        draw(**settings)
    assert not plt.get_fignums()
