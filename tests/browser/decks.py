"""A deck in the browser: going through it, and measuring what a slide shows."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.browser.watching import Visit

MEASURE = (Path(__file__).parent / "measure.js").read_text(encoding="utf-8")
# Nothing fades in while it is measured or photographed.
STILL = (
    "*, *::before, *::after "
    "{ transition: none !important; animation: none !important; caret-color: #0000 }"
)
# A page has either one deck, which is Reveal itself, or one that it keeps as `deck`.
READY = "(window.deck ?? window.Reveal)?.isReady?.() === true"
SETTLED = """async () => {
  window.deck ??= window.Reveal;
  if (window.MathJax?.startup?.promise) await MathJax.startup.promise;
  await document.fonts.ready;
}"""
SHOW = """async ([index, fragment]) => {
  deck.slide(index, 0, fragment);
  const pictures = [...deck.getCurrentSlide().querySelectorAll("img")];
  const shown = pictures.filter((picture) => picture.checkVisibility());
  await Promise.all(shown.map((picture) => picture.decode().catch(() => null)));
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""
ALL = 1000  # more fragments than any slide has

PLACED = {
    "beyond": "off the slide",
    "clipped": "clipped",
    "overlapping": "over one another",
}
SMALLEST_TEXT = 20
MOST_LINES, MOST_COLUMNS = 15, 66
LOWEST_PICTURE = 300


@dataclass(frozen=True)
class Slide:
    """What was measured on a slide with all its fragments shown.

    Attributes:
        number: its place in the deck, from 1.
        found: what measure.js returned.
    """

    number: int
    found: dict[str, Any]

    @property
    def heading(self) -> str:
        """The first heading on it, or nothing."""
        return self.found["heading"]

    def faults(self) -> list[str]:
        """Everything that the last row of a hall would complain of, one line each."""
        found = self.found
        lines = [
            f"{one['text']}: {one['by']} px off the slide" for one in found["beyond"]
        ]
        lines += [f"{one['text']}: {one['by']} px clipped" for one in found["clipped"]]
        lines += [
            f"{one['text']}: {one['by']} px over one another"
            for one in found["overlapping"]
        ]
        small = found["smallest"]
        if small and small["size"] < SMALLEST_TEXT:
            lines.append(f"{small['text']}: text of {small['size']:.0f} px")
        for code in found["code"]:
            if code["lines"] > MOST_LINES or code["columns"] > MOST_COLUMNS:
                lines.append(
                    f"code of {code['lines']} lines and {code['columns']} columns"
                )
        for picture in found["pictures"]:
            lines += self._picture(picture)
        lines += [f"formula not typeset: {text}" for text in found["dollars"]]
        lines += [f"formula is wrong: {text}" for text in found["broken"]]
        if found["canvas"] != [1280, 720]:
            lines.append(f"a canvas of {found['canvas']}, not 1280 x 720")
        return [f"slide {self.number} ({self.heading}): {line}" for line in lines]

    def _picture(self, picture: dict[str, Any]) -> list[str]:
        lines = []
        if not picture["loaded"]:
            lines.append(f"picture is missing: {picture['alt']}")
        if not (picture["alt"] or "").strip():
            lines.append("picture without a text for who cannot see it")
        # What is shown in full size, or as wide as the slide, cannot get higher.
        whole = picture["height"] >= picture["ownHeight"] - 1
        wide = picture["width"] >= 0.85 * self.found["canvas"][0]
        if picture["height"] < LOWEST_PICTURE and not whole and not wide:
            lines.append(f"picture only {picture['height']:.0f} px high")
        return lines


class Deck:
    """A deck that is open in a visit's page, without movement.

    Args:
        visit: the window.
        path: the deck's page.
        query: what stands behind its address, such as ``?print-pdf``.
    """

    def __init__(self, visit: Visit, path: Path, query: str = "") -> None:
        self.visit, self.path = visit, path
        self.page: Page = visit.open(path.resolve().as_uri() + query)
        self.page.wait_for_function(READY)
        self.page.evaluate(SETTLED)
        self.page.add_style_tag(content=STILL)

    def __len__(self) -> int:
        """How many slides there are."""
        return self.page.evaluate("deck.getTotalSlides()")

    def show(self, number: int, fragment: int = ALL) -> None:
        """Turn to a slide, counted from 1, with its fragments up to one of them.

        Args:
            number: the slide.
            fragment: index of the last fragment shown, -1 for none; all by default.
        """
        self.page.evaluate(SHOW, [number - 1, fragment])

    def where(self) -> tuple[int, int]:
        """The slide shown, counted from 1, and its last fragment, -1 for none."""
        at = self.page.evaluate("deck.getIndices()")
        return at["h"] + 1, at.get("f", -1)

    def measure(self, number: int) -> Slide:
        """Turn to a slide, show all its fragments, and measure."""
        self.show(number)
        return Slide(number, self.page.evaluate(MEASURE))

    def slides(self) -> list[Slide]:
        """Measure all of them, in order."""
        return [self.measure(number) for number in range(1, len(self) + 1)]
