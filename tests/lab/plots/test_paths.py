import matplotlib.pyplot as plt
import numpy as np
import pytest

from course_utils.lab import plots

PATH = np.array([[-2.0, 1.0], [-1.0, -0.5], [-0.3, 0.1], [0.0, 0.0]])
WINDOW = ((-3, 3), (-2, 2))


def bowl(x, y):
    return x**2 + 4 * y**2


def labelled(ax, label):
    return next(line for line in ax.lines if line.get_label() == label)


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_a_path_with_its_start_and_end():
    ax = plots.contour_paths(bowl, {"SGD": PATH}, *WINDOW, minimum=(0, 0))
    np.testing.assert_array_equal(labelled(ax, "SGD").get_xydata(), PATH)
    np.testing.assert_array_equal(labelled(ax, "_start").get_xydata(), PATH[:1])
    np.testing.assert_array_equal(labelled(ax, "_end").get_xydata(), PATH[-1:])
    np.testing.assert_array_equal(labelled(ax, "_minimum").get_xydata(), [[0, 0]])
    assert legend(ax) == ["SGD", "start", "end", "minimum"]
    assert (ax.get_xlim(), ax.get_ylim()) == WINDOW


def test_the_rings_are_level_sets_evenly_spaced_for_a_bowl():
    ax = plots.contour_paths(bowl, {}, *WINDOW, levels=5)
    rings = ax.collections[1]
    radii = np.sqrt(rings.levels)
    np.testing.assert_allclose(np.diff(radii), radii[0], rtol=1e-6)
    for level, path in zip(rings.levels, rings.get_paths(), strict=True):
        points = path.vertices[(path.codes != 79)]
        np.testing.assert_allclose(bowl(*points.T), level, rtol=0.01)


def test_a_path_is_cut_where_it_is_no_longer_finite():
    path = PATH.copy()
    path[2:] = np.inf, np.nan
    ax = plots.contour_paths(bowl, {"too fast": path}, *WINDOW)
    assert legend(ax)[0] == "too fast\n(not finite after\nstep 1)"
    line = ax.lines[0]
    np.testing.assert_array_equal(line.get_xydata(), PATH[:2])
    assert labelled(ax, "_end").get_marker() == "X"


def test_paths_differ_in_more_than_colour():
    ax = plots.contour_paths(bowl, {"a": PATH, "b": PATH / 2}, *WINDOW)
    a, b = labelled(ax, "a"), labelled(ax, "b")
    assert a.get_marker() != b.get_marker()
    assert a._dash_pattern != b._dash_pattern


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_a_flat_or_undefined_surface_has_no_rings(value):
    ax = plots.contour_paths(lambda x, y: 0 * x + value, {"a": PATH}, *WINDOW)
    assert len(ax.collections) == 0
    ax.figure.canvas.draw()


def test_given_axes_and_names():
    ax = plt.figure().add_subplot()
    out = plots.contour_paths(bowl, {}, *WINDOW, xlabel="w", ylabel="b", ax=ax)
    assert out is ax
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("w", "b")
    assert ax.get_legend() is None


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"xlim": (1, 1)}, r"xlim must be increasing, got \(1, 1\)"),
        ({"ylim": (2, 1)}, "ylim must be increasing"),
        ({"levels": 0}, "levels must be at least 1, got 0"),
        (
            {"paths": {"a": PATH.T}},
            r"path 'a' must be \(steps, 2\), got shape \(2, 4\)",
        ),
        ({"paths": {"a": np.zeros((0, 2))}}, "path 'a' must be"),
        ({"paths": {"a": [[np.nan, 0.0]]}}, "start at a finite point"),
        ({"f": lambda x, y: 0.0}, r"f must return shape \(161, 161\), got \(\)"),
    ],
)
def test_contour_paths_refuse(settings, message):
    defaults = {"f": bowl, "paths": {"a": PATH}, "xlim": (-3, 3), "ylim": (-2, 2)}
    with pytest.raises(ValueError, match=message):
        plots.contour_paths(**defaults | settings)
    assert not plt.get_fignums()
