"""Make the README's picture from the executed lesson 01: two figures in a row.

    python tools/readme_picture.py

The figures are the pictures of the cells tagged ``readme``.
"""

import base64
import io
from pathlib import Path

import nbformat
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
LESSON = ROOT / "notebooks" / "01_vanishing_gradients.ipynb"
PICTURE = ROOT / "docs" / "images" / "lesson_01.png"


def figures(notebook: nbformat.NotebookNode) -> list[Image.Image]:
    """The pictures of the tagged cells, in order."""
    pictures = [
        output.data["image/png"]
        for cell in notebook.cells
        if "readme" in cell.metadata.get("tags", [])
        for output in cell.outputs
        if "image/png" in output.get("data", {})
    ]
    return [
        Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB")
        for picture in pictures
    ]


def side_by_side(pictures: list[Image.Image]) -> Image.Image:
    """All pictures in a row on white."""
    size = sum(p.width for p in pictures), max(p.height for p in pictures)
    row, left = Image.new("RGB", size, "white"), 0
    for picture in pictures:
        row.paste(picture, (left, 0))
        left += picture.width
    return row


if __name__ == "__main__":
    found = figures(nbformat.read(LESSON, as_version=4))
    row = side_by_side(found)
    row.quantize(256, dither=Image.Dither.NONE).save(PICTURE, optimize=True)
