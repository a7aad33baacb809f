import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from course_utils.lab import plots
from course_utils.lab.plots.intervals import mean_and_interval

RUNS = {
    "He": np.random.default_rng(0).random((5, 8)),
    "Glorot": np.random.default_rng(1).random((5, 8)),
}


def tidy(runs):
    rows = [
        {"arm": arm, "seed": seed, "epoch": epoch + 1, "valid_accuracy": value}
        for arm, values in runs.items()
        for seed, curve in enumerate(values)
        for epoch, value in enumerate(curve)
    ]
    return pd.DataFrame(rows)


def labels(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def band(collection):
    points = collection.get_paths()[0].vertices
    return {float(x): sorted({*points[points[:, 0] == x, 1]}) for x in points[:, 0]}


@pytest.mark.parametrize("kind", ["t", "bootstrap"])
def test_learning_curves_draw_mean_and_band(kind):
    ax = plots.learning_curves(tidy(RUNS), band=kind)
    assert [line.get_label() for line in ax.lines] == ["He", "Glorot"]
    for line, collection, values in zip(
        ax.lines, ax.collections, RUNS.values(), strict=True
    ):
        mean, low, high = mean_and_interval(values, band=kind)
        np.testing.assert_array_equal(line.get_xdata(), np.arange(1, 9))
        np.testing.assert_allclose(line.get_ydata(), mean)
        drawn = band(collection)
        for k in range(8):
            np.testing.assert_allclose(drawn[k + 1.0], [low[k], high[k]])
    assert labels(ax) == ["He", "Glorot", f"95 % {kind} interval"]
    assert ax.get_legend().get_title().get_text() == "mean of 5 seeds"


def test_rows_in_any_order_and_arrays_draw_the_same():
    shuffled = tidy(RUNS).sample(frac=1, random_state=3)
    first = plots.learning_curves(shuffled)
    second = plots.learning_curves(RUNS)
    drawn = {line.get_label(): line.get_ydata() for line in first.lines}
    for line in second.lines:
        np.testing.assert_allclose(drawn[line.get_label()], line.get_ydata())


def test_axes_name_their_unit():
    ax = plots.learning_curves(RUNS, chance=0.1)
    assert ax.get_xlabel() == "epoch"
    assert ax.get_ylabel() == "validation accuracy (% of images)"
    ax.figure.canvas.draw()
    assert all(text.get_text().endswith("%") for text in ax.get_yticklabels())
    chance = next(line for line in ax.lines if line.get_label() == "chance")
    assert set(chance.get_ydata()) == {0.1}
    assert "chance" in labels(ax)
    ax = plots.learning_curves(RUNS, y="loss", ylabel="loss (nats)")
    assert ax.get_ylabel() == "loss (nats)"


def test_curves_differ_in_more_than_colour():
    one, two = plots.learning_curves(RUNS).lines
    assert one.get_marker() != two.get_marker()
    assert one._dash_pattern != two._dash_pattern


def test_a_single_run_has_no_band_and_says_nothing_of_seeds():
    frame = tidy(RUNS).query("arm == 'He' and seed == 2").drop(columns=["arm", "seed"])
    ax = plots.learning_curves(frame, hue=None)
    np.testing.assert_allclose(ax.lines[0].get_ydata(), RUNS["He"][2])
    assert len(ax.collections) == 0
    assert labels(ax) == ["validation accuracy"]
    assert ax.get_legend().get_title().get_text() == ""


def test_seeds_that_failed_are_counted_not_averaged():
    runs = {"He": RUNS["He"].copy()}
    runs["He"][1, 4:] = np.nan
    runs["He"][3, 6] = np.inf
    ax = plots.learning_curves(runs)
    assert labels(ax)[0] == "He\n(2 of 5 diverged)"
    kept = np.delete(RUNS["He"], 1, axis=0)[:, 5]
    assert ax.lines[0].get_ydata()[5] == pytest.approx(kept.mean())


def test_a_run_whose_rows_end_early_counts_as_failed():
    frame = tidy(RUNS).query("not (arm == 'He' and seed == 0 and epoch > 3)")
    assert labels(plots.learning_curves(frame))[0] == "He\n(1 of 5 diverged)"


def test_a_failed_run_that_left_one_row_without_epoch_is_counted():
    failed = pd.DataFrame([{"arm": "He", "seed": 9}, {"arm": "SGD", "seed": 0}])
    ax = plots.learning_curves(pd.concat([tidy(RUNS), failed]))
    assert labels(ax)[:3] == [
        "He\n(1 of 6 diverged)",
        "Glorot",
        "SGD\n(1 of 1 diverged)",
    ]
    np.testing.assert_allclose(ax.lines[0].get_ydata(), RUNS["He"].mean(axis=0))
    assert ax.lines[2].get_xdata().size == 0
    ax.figure.canvas.draw()


def test_given_axes_are_used():
    ax = plt.figure().add_subplot()
    assert plots.learning_curves(RUNS, ax=ax) is ax


@pytest.mark.parametrize(
    ("frame", "settings", "message"),
    [
        (tidy(RUNS), {"y": "loss"}, "must have a column 'loss', got"),
        (tidy(RUNS).drop(columns="arm"), {}, "column 'arm' .hue=None draws one"),
        (tidy(RUNS).head(0), {}, "at least one row"),
        (tidy(RUNS), {"hue": None}, "one row for each curve"),
        ({}, {}, "at least one curve"),
        ({"a": np.zeros((2, 2, 2))}, {}, r"'a' must be .* got shape \(2, 2, 2\)"),
        ({"a": []}, {}, "not empty"),
        (RUNS, {"band": "sd"}, "band must be one of"),
    ],
)
def test_learning_curves_refuse(frame, settings, message):
    with pytest.raises(ValueError, match=message):
        plots.learning_curves(frame, **settings)
    assert not plt.get_fignums()


def test_learning_curves_refuse_another_type():
    with pytest.raises(TypeError, match="DataFrame or a mapping"):
        plots.learning_curves([1, 2, 3])


def slope_of_tanh(z):
    return 1 - np.tanh(z) ** 2


def test_function_and_slope_draw_both_and_shade_where_flat():
    z = np.linspace(-4, 4, 81)
    ax = plots.function_and_slope({"tanh": (np.tanh, slope_of_tanh)}, z, saturated=0.1)
    np.testing.assert_allclose(ax.lines[0].get_ydata(), np.tanh(z))
    np.testing.assert_allclose(ax.lines[1].get_ydata(), slope_of_tanh(z))
    (shade,) = ax.collections
    shaded = np.concatenate([path.vertices[:, 0] for path in shade.get_paths()])
    flat = z[slope_of_tanh(z) < 0.1]
    np.testing.assert_allclose(np.abs(shaded).min(), np.abs(flat).min())
    assert "saturated" in labels(ax)[2]
    assert ax.get_xlabel() == "input z"


def test_several_functions_are_not_shaded():
    pair = (np.tanh, slope_of_tanh)
    ax = plots.function_and_slope({"tanh": pair, "again": pair})
    assert len(ax.collections) == 0
    assert labels(ax) == ["tanh", "slope of tanh", "again", "slope of again"]


def test_a_function_that_writes_into_its_input_does_no_harm():
    def spoil(z):
        z *= 0
        return z

    z = np.linspace(-1, 1, 5)
    plots.function_and_slope({"spoil": (spoil, spoil)}, z)
    np.testing.assert_array_equal(z, np.linspace(-1, 1, 5))


@pytest.mark.parametrize(
    ("functions", "z", "message"),
    [
        ({}, None, "at least one"),
        ({"f": (np.tanh, np.tanh)}, [1.0, 0.0], "increasing"),
        ({"f": (np.tanh, np.tanh)}, [1.0], "two or more"),
        ({"f": (np.sum, np.tanh)}, None, r"^f must return shape \(241,\), got \(\)"),
        ({"f": (np.tanh, np.sum)}, None, "slope of f must return"),
    ],
)
def test_function_and_slope_refuse(functions, z, message):
    with pytest.raises(ValueError, match=message):
        plots.function_and_slope(functions, z)
