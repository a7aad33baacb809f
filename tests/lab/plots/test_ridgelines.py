import matplotlib.pyplot as plt
import numpy as np
import pytest

from course_utils.lab import plots

RNG = np.random.default_rng(0)


def heights(ax, layer, first=1):
    """Read a ridge's steps back: the top edge over each bin, above its base."""
    points = ax.collections[layer - first].get_paths()[0].vertices
    return points[:, 0], points[:, 1] - layer


def notes(ax):
    return [text.get_text() for text in ax.texts]


def test_each_ridge_is_the_histogram_of_its_layer():
    samples = [RNG.normal(size=(50, 20)), RNG.uniform(-1, 1, size=3000)]
    ax = plots.ridges(samples, xlim=(-4, 4), bins=16)
    for layer, sample in enumerate(samples, start=1):
        counts, edges = np.histogram(sample, 16, (-4, 4))
        x, y = heights(ax, layer)
        for k, count in enumerate(counts):
            middle = (edges[k] + edges[k + 1]) / 2
            top = max(y[(x >= edges[k]) & (x <= edges[k + 1])].max(), 0)
            left, right = counts[max(k - 1, 0)], counts[min(k + 1, 15)]
            if count >= max(left, right):  # a shared edge also carries its neighbour
                expected = 0.85 * count / counts.max()
                assert top == pytest.approx(expected), (layer, middle)
    assert notes(ax) == []


def test_layer_1_is_at_the_bottom_and_all_share_one_range():
    ax = plots.ridges([RNG.normal(size=100) for _ in range(4)], xlabel="activation")
    lowest = [c.get_paths()[0].vertices[:, 1].min() for c in ax.collections]
    assert lowest == [1, 2, 3, 4]
    low, high = ax.get_ylim()
    assert low < high
    ends = {tuple(np.sort(heights(ax, k)[0])[[0, -1]]) for k in range(1, 5)}
    assert ends == {ax.get_xlim()}
    assert ax.get_xlabel() == "activation"
    assert "layer" in ax.get_ylabel()


def test_a_few_outliers_do_not_stretch_the_range():
    samples = [RNG.normal(size=10_000) for _ in range(3)]
    samples[0][:5] = 1e6
    low, high = plots.ridges(samples).get_xlim()
    assert -5 < low < -2 < 2 < high < 5


def test_a_layer_of_large_values_is_in_the_range_however_small_the_sample():
    samples = [RNG.normal(size=10_000), 100 + RNG.normal(size=10)]
    assert plots.ridges(samples).get_xlim()[1] > 99


def test_values_outside_are_told():
    ax = plots.ridges([np.r_[np.zeros(90), np.full(10, 9.0), 0.5]], xlim=(-1, 1))
    assert notes(ax) == ["10% outside"]


def test_odd_layers_are_drawn_and_named():
    ax = plots.ridges(
        [[], [np.nan, np.inf], [0.7] * 5, [np.nan, 1.0, 2.0, 3.0], [0, 1]]
    )
    assert notes(ax) == [
        "no values",
        "no finite values",
        "all equal 0.7",
        "25% not finite",
    ]
    assert len(ax.collections) == 5
    ax.figure.canvas.draw()


@pytest.mark.parametrize("value", [0.0, -3.0, 5e-324, 1e300])
def test_all_layers_equal_and_constant(value):
    ax = plots.ridges([np.full(9, value)] * 2)
    low, high = ax.get_xlim()
    assert low < value < high or (low <= value <= high and value == 5e-324)
    assert heights(ax, 1)[1].max() == pytest.approx(0.85)


def test_only_empty_layers():
    assert notes(plots.ridges([[], []])) == ["no values"] * 2


def test_axes_and_numbering():
    ax = plt.figure().add_subplot()
    assert plots.ridges([[1.0, 2.0]] * 3, first=0, ax=ax) is ax
    assert ax.get_yticks().tolist() == [0, 1, 2]


def test_layers_may_skip_numbers():
    ax = plots.ridges([[1.0, 2.0]] * 3, layers=[1, 10, 20])
    ax.figure.canvas.draw()
    assert [text.get_text() for text in ax.get_yticklabels()] == ["1", "10", "20"]
    assert ax.get_yticks().tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("samples", "settings", "message"),
    [
        ([], {}, "at least one layer"),
        ([[1.0]], {"layers": [1, 2]}, r"name each of the 1 samples, got \[1, 2\]"),
        ([[1.0]], {"bins": 1}, "bins must be at least 2, got 1"),
        ([[1.0]], {"xlim": (1, 0)}, r"xlim must be .* got \(1, 0\)"),
        ([[1.0]], {"xlim": (0, np.inf)}, "finite"),
    ],
)
def test_ridges_refuse(samples, settings, message):
    with pytest.raises(ValueError, match=message):
        plots.ridges(samples, **settings)
    assert not plt.get_fignums()
