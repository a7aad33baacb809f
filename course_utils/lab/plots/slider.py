"""A slider over pictures that needs no kernel, no network and no widget library.

Every frame is drawn once, here, and travels as a small PNG inside the output. Where
scripts run (JupyterLab, the book, the slides, an HTML export) a slider shows one frame
at a time. Where they do not (a notebook that is not trusted yet, a code-hosting site)
the first picture shows, and the others unfold below it. PDF and plain text get the
first picture or one line.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from importlib import resources
from numbers import Real
from typing import TYPE_CHECKING, Any

from course_utils.lab.plots.png import figure_png, png_size, with_one_palette

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_IMAGE_STYLE = "max-width:100%;height:auto;margin:0;background-color:#ffffff"


@dataclass(frozen=True)
class Frame:
    """One picture of a slider: its PNG, what it shows, and the slider's text for it."""

    png: bytes
    text: str
    alt: str


@dataclass(frozen=True)
class FrameSlider:
    """What :func:`frame_slider` returns; a notebook displays it.

    Attributes:
        frames: The pictures in the order of the slider.
        label: What the slider changes.
        start: Index of the first picture shown.
        play: Whether there are buttons to step and play.
        size: Width and height of every picture in pixels.
    """

    frames: tuple[Frame, ...]
    label: str
    start: int
    play: bool
    size: tuple[int, int]

    def to_html(self) -> str:
        """Return the widget as one piece of HTML without ids or outside requests."""
        first = self._image(self.start)
        others = "\n".join(
            f'<figure style="margin:0"><figcaption>{escape(frame.text)}</figcaption>'
            f"{self._image(k)}</figure>"
            for k, frame in enumerate(self.frames)
            if k != self.start
        )
        n_others = len(self.frames) - 1
        folded = f"{escape(self.frames[self.start].text)}; {n_others} more pictures"
        here = resources.files(__package__)
        css = (here / "slider.css").read_text(encoding="utf-8")
        script = (here / "slider.js").read_text(encoding="utf-8")
        return (
            f'<div class="frame-slider" data-prevent-swipe>\n<style>\n{css}</style>\n'
            f'<div class="frame-slider-stage">\n{first}\n</div>\n'
            f"{self._controls()}\n"
            f"<details><summary>{folded}</summary>\n{others}\n</details>\n"
            f"<script>\n{script}</script>\n</div>"
        )

    def _image(self, index: int) -> str:
        frame = self.frames[index]
        data = base64.b64encode(frame.png).decode("ascii")
        width, height = self.size
        return (
            f'<img data-frame="{index}" data-text="{escape(frame.text)}" '
            f'alt="{escape(frame.alt)}" width="{width}" height="{height}" '
            f'style="{_IMAGE_STYLE}" src="data:image/png;base64,{data}">'
        )

    def _controls(self) -> str:
        button = '<button type="button" aria-label="{0}" data-{1}>{2}</button>'
        buttons = ""
        if self.play:
            buttons = (
                button.format("back", 'step="-1"', "\u2039")
                + button.format("play", "play", "\u25b6\ufe0e")
                + button.format("forward", 'step="1"', "\u203a")
            )
        text = escape(self.frames[self.start].text)
        width = self.size[0]
        longest = max(len(frame.text) for frame in self.frames)
        return (
            f'<div class="frame-slider-controls" '
            f'style="display:none;max-width:{width}px">{buttons}'
            f'<input type="range" min="0" max="{len(self.frames) - 1}" step="1" '
            f'value="{self.start}" aria-label="{escape(self.label)}" '
            f'aria-valuetext="{text}">'
            f'<span class="frame-slider-value" style="min-width:{longest}ch" '
            f'aria-hidden="true">{text}</span></div>'
        )

    def __repr__(self) -> str:
        """Describe the slider in one line that repeats from run to run."""
        texts = self.frames[0].text, self.frames[-1].text
        return f"Slider of {len(self.frames)} pictures: {texts[0]} to {texts[1]}"

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> dict[str, str]:
        png = self.frames[self.start].png
        return {
            "text/html": self.to_html(),
            "image/png": base64.b64encode(png).decode("ascii"),
            "text/plain": repr(self),
        }


def frame_slider(
    draw: Callable[[Any], Any],
    values: Sequence[Any],
    label: str = "value",
    *,
    format: str | Callable[[Any], str] | None = None,
    alt: str | Callable[[Any], str] | None = None,
    start: int = 0,
    play: bool = False,
    dpi: int = 80,
    colors: int = 48,
) -> FrameSlider:
    """Draw one picture per value, and put them behind a slider.

    Fix the axes' limits in ``draw``, so that only what changes moves. Every picture is
    closed after it is drawn. One palette for all keeps them small and alike.

    Args:
        draw: Called with each value; returns a Figure, an Axes, an array of Axes, or
            None for the current pyplot figure.
        values: Where the slider stops, in order; at least two.
        label: What the slider changes, with its unit.
        format: Format of a value after the label, such as ``".2f"``, or a function
            from value to text. None means ``"g"`` for numbers, else plain text.
        alt: Description of the pictures for those who cannot see them (the value is
            added), or a function from value to description.
        start: Index of the picture shown first; may count from the end.
        play: Add buttons that step and play.
        dpi: Pixels per inch of the figure.
        colors: Size of the palette that all pictures share, 2 to 256.

    Returns:
        An object that a notebook displays.

    Raises:
        TypeError: If ``draw`` leaves no figure.
        ValueError: If there are fewer than two values, ``start`` or ``colors`` is out
            of range, or a picture's size in pixels differs from the first.

    Example:
        >>> import matplotlib.pyplot as plt
        >>> def draw(scale):
        ...     fig, ax = plt.subplots()
        ...     ax.plot([0, 1], [0, scale])
        ...     ax.set_ylim(0, 2)
        >>> frame_slider(draw, [0.5, 1.0, 2.0], label="scale")
        Slider of 3 pictures: scale = 0.5 to scale = 2
    """
    values = list(values)
    if len(values) < 2:
        raise ValueError(f"values must hold at least two values, got {len(values)}")
    if not -len(values) <= start < len(values):
        raise ValueError(f"start must index the {len(values)} values, got {start}")
    if not 2 <= colors <= 256:
        raise ValueError(f"colors must be in [2, 256], got {colors}")
    pictures = []
    size = None
    for value in values:
        png = _render(draw, value, dpi)
        this_size = png_size(png)
        size = size or this_size
        if this_size != size:
            raise ValueError(
                f"all pictures must have the same size, got {size} pixels first and "
                f"{this_size} for {value!r}"
            )
        pictures.append(png)
    frames = []
    small = with_one_palette(pictures, colors)
    for value, png in zip(values, small, strict=True):
        text = f"{label} = {_shown(value, format)}"
        described = alt(value) if callable(alt) else f"{alt}, {text}" if alt else text
        frames.append(Frame(png, text, described))
    return FrameSlider(tuple(frames), label, start % len(values), play, size)


def _shown(value: Any, format: str | Callable[[Any], str] | None) -> str:
    if callable(format):
        return format(value)
    if format is None:
        format = "g" if isinstance(value, Real) else ""
    return f"{value:{format}}"


def _render(draw: Callable[[Any], Any], value: object, dpi: int) -> bytes:
    """Return the PNG of what ``draw`` draws."""
    import matplotlib.pyplot as plt

    open_before = set(plt.get_fignums())
    figure = _figure(draw(value), plt)
    png = figure_png(figure, dpi)
    plt.close(figure)
    for number in set(plt.get_fignums()) - open_before:
        plt.close(number)
    return png


def _figure(drawn: object, plt: Any) -> Figure:
    from matplotlib.figure import Figure

    if drawn is None and plt.get_fignums():
        return plt.gcf()
    if isinstance(drawn, Figure):
        return drawn
    first = drawn.flat[0] if hasattr(drawn, "flat") else drawn
    figure = getattr(first, "figure", None)
    if not isinstance(figure, Figure):
        raise TypeError(f"draw must return a Figure or an Axes, got {drawn!r}")
    return figure
