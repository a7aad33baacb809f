import matplotlib.pyplot as plt
import numpy as np
import pytest

from course_utils.lab import plots

GREY = np.random.default_rng(0).integers(0, 256, size=(7, 28, 28), dtype=np.uint8)
NAMES = [f"name {k}" for k in range(7)]


def test_images_and_names_in_order():
    ax = plots.image_grid(GREY, NAMES)
    assert len(ax.images) == 7
    for drawn, image in zip(ax.images, GREY, strict=True):
        np.testing.assert_array_equal(drawn.get_array(), image)
        assert drawn.get_clim() == (GREY.min(), GREY.max())
    assert [text.get_text() for text in ax.texts] == NAMES
    for text, drawn in zip(ax.texts, ax.images, strict=True):
        left, right, bottom, _ = drawn.get_extent()
        assert left < text.get_position()[0] < right
        assert text.get_position()[1] < bottom


def test_rows_fill_from_the_top_left():
    ax = plots.image_grid(GREY, columns=3)
    corners = [drawn.get_extent()[::3] for drawn in ax.images]
    lefts = [left for left, _ in corners]
    assert lefts[0] < lefts[1] < lefts[2]
    assert lefts[3:6] == lefts[:3]
    tops = [top for _, top in corners]
    assert tops[0] == tops[2] > tops[3] > tops[6]


def test_images_do_not_overlap_and_fit():
    ax = plots.image_grid(GREY, NAMES, columns=4)
    (x0, x1), (y0, y1) = ax.get_xlim(), ax.get_ylim()
    boxes = [drawn.get_extent() for drawn in ax.images]
    for left, right, bottom, top in boxes:
        assert x0 < left < right < x1
        assert y0 < bottom < top < y1
    for k, (left, right, bottom, top) in enumerate(boxes):
        for other in boxes[:k]:
            apart = other[1] < left or right < other[0]
            assert apart or other[2] > top or bottom > other[3]


@pytest.mark.parametrize(("columns", "labels"), [(10, None), (5, NAMES), (7, NAMES)])
def test_a_figure_is_never_wider_than_a_page(columns, labels):
    images = GREY if labels else np.repeat(GREY, 8, axis=0)
    ax = plots.image_grid(images, labels, columns=columns)
    assert ax.figure.get_size_inches()[0] <= 12


def test_flat_images_and_colour():
    ax = plots.image_grid(GREY.reshape(7, 784) / 255 - 0.5)
    np.testing.assert_array_equal(ax.images[3].get_array(), GREY[3] / 255 - 0.5)
    colour = np.random.default_rng(1).random((2, 5, 9, 3))
    ax = plots.image_grid(colour)
    np.testing.assert_array_equal(ax.images[1].get_array(), colour[1])


def test_given_axes():
    ax = plt.figure().add_subplot()
    assert plots.image_grid(GREY, ax=ax) is ax


@pytest.mark.parametrize(
    ("images", "settings", "message"),
    [
        (GREY, {"labels": ["one"]}, "labels must have 7 names, got 1"),
        (GREY, {"columns": 0}, "columns must be at least 1, got 0"),
        (GREY[0, 0], {}, r"got shape \(28,\)"),
        (np.zeros((2, 27)), {}, r"got shape \(2, 27\)"),
        (np.zeros((2, 5, 5, 4)), {}, r"got shape \(2, 5, 5, 4\)"),
        (GREY[:0], {}, "not empty"),
    ],
)
def test_image_grid_refuses(images, settings, message):
    with pytest.raises(ValueError, match=message):
        plots.image_grid(images, **settings)
    assert not plt.get_fignums()
