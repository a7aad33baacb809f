"""See a deck as the hall does: ``python -m tests.browser.look 04 --out FOLDER``.

Builds the decks of the lessons named, saves a picture of every slide with all of its
fragments shown, and prints what was measured on each of them.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from course_utils.notebooks.errors import CourseError
from course_utils.notebooks.lessons import find_root
from tests.browser.chromium import chromium
from tests.browser.decks import Deck, Slide
from tests.browser.watching import visit

SIZES = {"hall": (1280, 720), "large": (1920, 1080), "phone": (390, 844)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Build, photograph, measure; 1 when a slide has a fault."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.browser.look", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("lesson", nargs="*", help="04; all lessons when omitted")
    parser.add_argument("--out", type=Path, required=True, help="folder for pictures")
    parser.add_argument("--deck", type=Path, help="a deck's page that is there already")
    parser.add_argument("--size", choices=SIZES, default="hall")
    options = parser.parse_args(arguments)
    console = Console(width=150)
    pages = [options.deck] if options.deck else _build(options.lesson, options.out)
    faults = []
    width, height = SIZES[options.size]
    with chromium() as browser:
        for page in pages:
            folder = options.out / page.stem
            folder.mkdir(parents=True, exist_ok=True)
            for old in folder.glob("*.png"):
                old.unlink()
            size = {"width": width, "height": height}
            with visit(browser, page.parent, viewport=size) as window:
                deck, seen = Deck(window, page), []
                for number in range(1, len(deck) + 1):
                    seen.append(deck.measure(number))
                    deck.page.screenshot(path=folder / f"{number:02}.png")
                console.print(_table(page.stem, seen))
                found = [line for slide in seen for line in slide.faults()]
                faults += found + window.complaints()
                for line in found + window.complaints():
                    console.print(line, highlight=False, markup=False, soft_wrap=True)
                console.print(f"pictures: {folder}", highlight=False, soft_wrap=True)
    return 1 if faults else 0


def _build(lessons: Sequence[str], out: Path) -> list[Path]:
    from course_utils.cli.slides import write_decks
    from course_utils.notebooks.lessons import choose

    root, folder = find_root(), out.resolve() / "decks"
    write_decks(root, list(lessons), folder, pdf=False)
    return [folder / f"{one.name}.html" for one in choose(root, list(lessons))]


def _table(name: str, slides: Sequence[Slide]) -> Table:
    drawn = Table(title=f"{name}: {len(slides)} slides")
    drawn.add_column("slide", justify="right")
    drawn.add_column("heading", max_width=44, no_wrap=True)
    for column in ("words", "smallest text", "code", "picture", "notes"):
        drawn.add_column(column, justify="right")
    drawn.add_column("what is wrong, by how many px", max_width=60)
    for slide in slides:
        found = slide.found
        wrong = [
            f"{kind} {one['by']}: {one['text']}"
            for kind in ("beyond", "clipped", "overlapping")
            for one in found[kind][:3]
        ]
        small = found["smallest"]
        drawn.add_row(
            str(slide.number),
            slide.heading.replace("[", r"\["),
            str(found["words"]),
            f"{small['size']:.0f}" if small else "",
            " ".join(f"{one['lines']}x{one['columns']}" for one in found["code"]),
            " ".join(
                f"{one['width']:.0f}x{one['height']:.0f}" for one in found["pictures"]
            ),
            str(len(found["notes"].split())),
            "\n".join(wrong).replace("[", r"\["),
        )
    return drawn


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (CourseError, RuntimeError) as problem:
        sys.exit(str(problem))
