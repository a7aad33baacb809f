"""Small pictures: a PNG with a palette is a third of the size and looks the same."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def with_palette(png: bytes, colors: int = 256) -> tuple[bytes, tuple[int, int]]:
    """Return a picture on white, reduced to ``colors`` colours, and its size in pixels.

    Args:
        png: A picture in PNG format, with or without transparency.
        colors: Size of the palette, 2 to 256.

    Raises:
        ValueError: If ``colors`` is out of range.
    """
    from PIL import Image

    if not 2 <= colors <= 256:
        raise ValueError(f"colors must be in [2, 256], got {colors}")
    image = Image.open(io.BytesIO(png)).convert("RGBA")
    ground = Image.new("RGBA", image.size, "white")
    flat = Image.alpha_composite(ground, image).convert("RGB")
    out = io.BytesIO()
    flat.quantize(colors=colors, dither=Image.Dither.NONE).save(
        out, format="png", optimize=True
    )
    return out.getvalue(), image.size


def figure_png(
    figure: Figure, dpi: float, colors: int
) -> tuple[bytes, tuple[int, int]]:
    """Return the palette PNG of the whole figure, never cropped, and its size."""
    import matplotlib as mpl

    raw = io.BytesIO()
    with mpl.rc_context({"savefig.bbox": None}):
        figure.savefig(raw, format="png", dpi=dpi)
    return with_palette(raw.getvalue(), colors)


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
