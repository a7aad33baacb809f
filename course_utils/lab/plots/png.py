"""Small pictures: a PNG with a palette is a third of the size and looks the same."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from PIL.Image import Image


def with_palette(png: bytes, colors: int = 256) -> tuple[bytes, tuple[int, int]]:
    """Return a picture on white, reduced to ``colors`` colours, and its size in pixels.

    Args:
        png: A picture in PNG format, with or without transparency.
        colors: Size of the palette, 2 to 256.

    Raises:
        ValueError: If ``colors`` is out of range.
    """
    from PIL import Image

    _check_colors(colors)
    flat = _on_white(png)
    small = flat.quantize(colors=colors, dither=Image.Dither.NONE)
    return _saved(small), flat.size


def with_one_palette(pngs: Sequence[bytes], colors: int = 256) -> list[bytes]:
    """Return pictures on white, all reduced to the same ``colors`` colours.

    Side by side or one after the other, a line keeps its colour. Half of the palette
    are the commonest colours as they are, of all pictures together: the ground and
    what is drawn on it. The other half serves what is left, shades and edges.

    Args:
        pngs: Pictures in PNG format, at least one.
        colors: Size of the palette, 2 to 256.

    Raises:
        ValueError: If ``colors`` is out of range.
    """
    from PIL import Image
    from scipy.spatial import cKDTree

    _check_colors(colors)
    flat = np.stack([np.asarray(_on_white(png), dtype=np.uint32) for png in pngs])
    codes = flat[..., 0] << 16 | flat[..., 1] << 8 | flat[..., 2]
    found, which, counts = np.unique(codes, return_inverse=True, return_counts=True)
    order = found[np.argsort(-counts, kind="stable")]
    entries = _rgb(order if len(order) <= colors else order[: colors // 2])
    if len(order) > colors:
        others = Image.fromarray(_rgb(order[len(entries) :])[None])
        rest = colors - len(entries)
        shades = others.quantize(colors=rest).getpalette()[: 3 * rest]
        entries = np.concatenate([entries, np.reshape(shades, (-1, 3))])
    # Not Pillow's own search, which looks at the first bits of a colour only.
    nearest = cKDTree(entries).query(_rgb(found))[1].astype(np.uint8)
    return [
        _saved(_indexed(indices, entries))
        for indices in nearest[which.reshape(codes.shape)]
    ]


def _indexed(indices: np.ndarray, entries: np.ndarray) -> Image:
    """The picture of indices into a palette."""
    from PIL import Image

    image = Image.fromarray(indices, mode="P")
    image.putpalette(entries.astype(np.uint8).tobytes())
    return image


def _check_colors(colors: int) -> None:
    if not 2 <= colors <= 256:
        raise ValueError(f"colors must be in [2, 256], got {colors}")


def _on_white(png: bytes) -> Image:
    """The picture without transparency."""
    from PIL import Image

    image = Image.open(io.BytesIO(png)).convert("RGBA")
    ground = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(ground, image).convert("RGB")


def _saved(image: Image) -> bytes:
    out = io.BytesIO()
    image.save(out, format="png", optimize=True)
    return out.getvalue()


def _rgb(codes: np.ndarray) -> np.ndarray:
    """Colours as rows of red, green and blue from 0 to 255."""
    return np.stack([codes >> 16, codes >> 8 & 255, codes & 255], axis=-1).astype("u1")


def figure_png(figure: Figure, dpi: float) -> bytes:
    """Return the PNG of the whole figure, never cropped, in all its colours."""
    import matplotlib as mpl

    raw = io.BytesIO()
    with mpl.rc_context({"savefig.bbox": None}):
        figure.savefig(raw, format="png", dpi=dpi)
    return raw.getvalue()


def png_size(png: bytes) -> tuple[int, int]:
    """Return width and height of a picture in pixels."""
    from PIL import Image

    return Image.open(io.BytesIO(png)).size


def shrink_notebook_figures() -> bool:
    """Let the running notebook store its Matplotlib figures with a palette.

    Returns:
        Whether there is a notebook to set up: False in a script or a terminal.
    """
    import matplotlib as mpl

    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is None or "inline" not in str(mpl.get_backend()).lower():
        return False
    import matplotlib_inline.backend_inline  # noqa: F401 - it sets its own format first
    from matplotlib.figure import Figure

    shell.display_formatter.formatters["image/png"].for_type(Figure, _notebook_png)
    return True


def _notebook_png(figure: Figure) -> str | None:
    from base64 import b64encode

    from IPython.core.pylabtools import print_figure

    raw = print_figure(figure, fmt="png")
    return b64encode(with_palette(raw)[0]).decode("ascii") if raw else None
