"""The pictures of the course: one style, and functions that draw measured numbers.

Call :func:`use_style` once at the top of a notebook. Every other function takes
arrays or a tidy frame, draws on ``ax`` (or on a new figure) and returns the Axes;
:func:`frame_slider` returns an object that a notebook displays.

Importing this package costs no Matplotlib import: that waits for the first picture.
"""

from course_utils.lab.plots.curves import function_and_slope, learning_curves
from course_utils.lab.plots.images import image_grid
from course_utils.lab.plots.layers import by_layer
from course_utils.lab.plots.maps import heatmap
from course_utils.lab.plots.paths import contour_paths
from course_utils.lab.plots.ridgelines import ridges
from course_utils.lab.plots.slider import FrameSlider, frame_slider
from course_utils.lab.plots.style import PALETTE, use_style

__all__ = [
    "PALETTE",
    "FrameSlider",
    "by_layer",
    "contour_paths",
    "frame_slider",
    "function_and_slope",
    "heatmap",
    "image_grid",
    "learning_curves",
    "ridges",
    "use_style",
]
