import matplotlib.pyplot as plt
import numpy as np
import pytest

from course_utils.lab import plots
from course_utils.lab.plots.intervals import mean_and_interval

SEEDS = 10.0 ** np.random.default_rng(0).normal(size=(5, 4))


def labelled(ax, label):
    return next(line for line in ax.lines if line.get_label() == label)


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_one_seed_is_drawn_as_given_and_joined():
    values = [1e-9, 1e-6, 0.1 + 0.2]
    ax = plots.by_layer({"deep": values})
    line = labelled(ax, "deep")
    assert line.get_ydata().tolist() == values
    assert line.get_xdata().tolist() == [1, 2, 3]
    assert line.get_linestyle() != "None"
    assert ax.get_yscale() == "log"
    assert len(ax.collections) == 0


@pytest.mark.parametrize("log", [True, False])
def test_seeds_give_a_mean_and_its_interval(log):
    ax = plots.by_layer({"deep": SEEDS}, log=log)
    if log:
        expected = np.exp(mean_and_interval(np.log(SEEDS)))
        assert ax.get_legend().get_title().get_text() == "geometric mean\nof 5 seeds"
    else:
        expected = np.array(mean_and_interval(SEEDS))
        assert ax.get_legend().get_title().get_text() == "mean of 5 seeds"
    assert ax.get_yscale() == ("log" if log else "linear")
    np.testing.assert_allclose(labelled(ax, "deep").get_ydata(), expected[0])
    bars = np.array(ax.collections[0].get_segments())
    np.testing.assert_allclose(bars[:, :, 0].T, [np.arange(1, 5)] * 2)
    np.testing.assert_allclose(bars[:, :, 1].T, expected[1:])
    assert "95 % t interval" in legend(ax)


def test_theory_is_a_line_in_the_colour_of_its_dots():
    theory = [0.5, 1.0, 2.0, 4.0]
    ax = plots.by_layer({"a": SEEDS, "b": SEEDS * 2}, {"b": theory, "c": theory})
    dots = labelled(ax, "b")
    line = labelled(ax, "_theory")
    assert line.get_ydata().tolist() == theory
    assert line.get_color() == dots.get_color()
    assert dots.get_linestyle() == "None"
    assert line.get_marker() in (None, "None")
    assert legend(ax) == ["a", "b", "c\n(theory)", "95 % t interval", "theory"]


def test_what_a_log_axis_cannot_show_is_marked_at_its_edge_and_named():
    ax = plots.by_layer({"a": [0.0, 1.0, np.nan, np.inf, -2.0, 3.0]})
    shown = labelled(ax, "a").get_ydata()
    np.testing.assert_array_equal(np.isfinite(shown), [0, 1, 0, 0, 0, 1])
    marked = {
        kind: labelled(ax, f"_{kind}").get_xdata().tolist()
        for kind in ("exactly 0", "not a number", "infinite", "negative")
    }
    assert marked == {
        "exactly 0": [1],
        "not a number": [3],
        "infinite": [4],
        "negative": [5],
    }
    assert set(marked) < set(legend(ax))
    ax.figure.canvas.draw()
    for kind in marked:
        line = labelled(ax, f"_{kind}")
        x, y = line.get_transform().transform(line.get_xydata())[0]
        assert ax.bbox.contains(x, y)


def test_a_linear_axis_shows_zero_and_negative_values():
    ax = plots.by_layer({"a": [0.0, -1.0, np.nan]}, log=False)
    assert labelled(ax, "a").get_ydata()[:2].tolist() == [0.0, -1.0]
    assert legend(ax) == ["a", "not a number"]


def test_a_seed_with_a_zero_leaves_the_mean_of_the_others():
    values = SEEDS.copy()
    values[2, 0] = 0.0
    ax = plots.by_layer({"a": values})
    others = np.delete(SEEDS[:, 0], 2)
    assert labelled(ax, "a").get_ydata()[0] == pytest.approx(
        np.exp(np.log(others).mean())
    )
    assert labelled(ax, "_exactly 0").get_xdata().tolist() == [1]


def test_all_zero_still_draws():
    ax = plots.by_layer({"dead": np.zeros((3, 20))})
    ax.figure.canvas.draw()
    assert len(labelled(ax, "_exactly 0").get_xdata()) == 20


def test_numbering_names_and_axes():
    ax = plt.figure().add_subplot()
    out = plots.by_layer({"a": np.ones(3)}, first=0, ylabel="E[a]", ax=ax)
    assert out is ax
    assert labelled(ax, "a").get_xdata().tolist() == [0, 1, 2]
    assert ax.get_xticks().tolist() == [0, 1, 2]
    assert ax.get_ylabel() == "E[a]"
    assert "layer" in ax.get_xlabel()


@pytest.mark.parametrize(
    ("measured", "theory", "message"),
    [
        ({}, None, "at least one"),
        ({"a": 1.0}, None, r"'a' must be \(layers,\) or \(seeds, layers\)"),
        ({"a": np.zeros((1, 2, 3))}, None, r"got shape \(1, 2, 3\)"),
        ({"a": []}, None, "not empty"),
        ({"a": [1.0]}, {"a": [[1.0]]}, r"'a' must be \(layers,\) and not empty"),
    ],
)
def test_by_layer_refuses(measured, theory, message):
    with pytest.raises(ValueError, match=message):
        plots.by_layer(measured, theory)
    assert not plt.get_fignums()
