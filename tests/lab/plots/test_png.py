import io
import sys
from base64 import b64decode
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from course_utils.lab.plots import png


def as_png(array, mode):
    out = io.BytesIO()
    Image.fromarray(array, mode).save(out, format="png")
    return out.getvalue()


def test_a_picture_with_few_colours_is_kept_as_it_is():
    array = np.zeros((4, 6, 3), np.uint8)
    array[1:, 2:] = (0, 114, 178)
    small, size = png.with_palette(as_png(array, "RGB"), colors=16)
    image = Image.open(io.BytesIO(small))
    assert (image.mode, size) == ("P", (6, 4))
    np.testing.assert_array_equal(np.asarray(image.convert("RGB")), array)


def test_transparent_becomes_white():
    array = np.zeros((3, 3, 4), np.uint8)
    small, _ = png.with_palette(as_png(array, "RGBA"))
    pixels = np.asarray(Image.open(io.BytesIO(small)).convert("RGB"))
    assert (pixels == 255).all()


def test_many_colours_stay_close():
    ramp = np.linspace(0, 255, 200).astype(np.uint8)
    array = np.stack([np.tile(ramp, (50, 1)), np.tile(ramp[::-1], (50, 1))], axis=-1)
    array = np.concatenate([array, np.full((50, 200, 1), 90, np.uint8)], axis=-1)
    small, _ = png.with_palette(as_png(array, "RGB"))
    back = np.asarray(Image.open(io.BytesIO(small)).convert("RGB")).astype(int)
    assert np.abs(back - array).max() <= 4


@pytest.mark.parametrize("colors", [1, 257])
def test_the_palette_has_2_to_256_colours(colors):
    with pytest.raises(
        ValueError, match=rf"colors must be in \[2, 256\], got {colors}"
    ):
        png.with_palette(b"", colors)
    with pytest.raises(ValueError, match=f"got {colors}"):
        png.with_one_palette([b""], colors)


def test_pictures_with_one_palette_keep_what_is_common_to_them():
    # The second picture alone has red in it: a palette of its own would shift the blue.
    rng = np.random.default_rng(0)
    pictures = rng.integers(200, 256, size=(2, 40, 50, 3)).astype(np.uint8)
    pictures[:, :10], pictures[:, 10:20] = 255, (0, 114, 178)
    pictures[1, 20:22] = (213, 94, 0)
    small = png.with_one_palette([as_png(p, "RGB") for p in pictures], colors=8)
    images = [Image.open(io.BytesIO(one)) for one in small]
    assert {image.mode for image in images} == {"P"}
    one, two = (np.asarray(image.convert("RGB")) for image in images)
    np.testing.assert_array_equal(one[:20], two[:20])
    np.testing.assert_array_equal(one[:20], pictures[0, :20])
    np.testing.assert_array_equal(two[20:22], pictures[1, 20:22])
    assert len(np.unique(np.stack([one, two]).reshape(-1, 3), axis=0)) <= 8
    assert np.abs(one.astype(int) - pictures[0]).max() <= 60


def test_white_stays_white_among_many_shades_near_it():
    ramp = np.tile(np.linspace(236, 255, 400), (30, 1)).astype(np.uint8)
    picture = np.stack([ramp, ramp, ramp], axis=-1)
    picture[:15] = 255
    (small,) = png.with_one_palette([as_png(picture, "RGB")], colors=8)
    back = np.asarray(Image.open(io.BytesIO(small)).convert("RGB"))
    assert (back[:15] == 255).all()


def test_few_colours_in_all_pictures_together_are_all_kept():
    pictures = np.zeros((2, 3, 4, 3), np.uint8)
    pictures[0, 1], pictures[1, 2] = (10, 20, 30), (200, 100, 50)
    small = png.with_one_palette([as_png(p, "RGB") for p in pictures], colors=4)
    back = [np.asarray(Image.open(io.BytesIO(p)).convert("RGB")) for p in small]
    np.testing.assert_array_equal(back, pictures)


def test_figure_png_never_crops():
    fig = plt.figure(figsize=(3, 2))
    with plt.rc_context({"savefig.bbox": "tight"}):
        picture = png.figure_png(fig, dpi=50)
    assert png.png_size(picture) == (150, 100)


class FakeFormatter(dict):
    def for_type(self, kind, function):
        self[kind] = function


def test_a_script_is_left_alone():
    assert png.shrink_notebook_figures() is False


def test_a_notebook_stores_its_figures_with_a_palette(monkeypatch):
    formatter = FakeFormatter()
    shell = SimpleNamespace(
        display_formatter=SimpleNamespace(formatters={"image/png": formatter})
    )
    import IPython

    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)
    monkeypatch.setattr("matplotlib.get_backend", lambda: "inline")
    inline = SimpleNamespace(backend_inline=SimpleNamespace())
    monkeypatch.setitem(sys.modules, "matplotlib_inline", inline)
    monkeypatch.setitem(
        sys.modules, "matplotlib_inline.backend_inline", inline.backend_inline
    )
    assert png.shrink_notebook_figures() is True
    fig, ax = plt.subplots()
    ax.plot([0, 1])
    stored = formatter[Figure](fig)
    assert Image.open(io.BytesIO(b64decode(stored))).mode == "P"
    assert formatter[Figure](plt.figure()) is None
