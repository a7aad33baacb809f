"""A small deck with reveal.js, to see that the harness sees what is wrong with one."""

import shutil
from importlib.resources import files
from pathlib import Path

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>made up</title>
<link rel="stylesheet" href="reveal.css">
<style>
.reveal .slides {{ text-align: left; font: 28px/1.3 sans-serif }}
.reveal h2, .reveal p {{ margin: 0 0 20px }}
</style></head>
<body><div class="reveal"><div class="slides">{slides}</div></div>
<script src="reveal.js"></script>
<script>
Reveal.initialize({{ width: 1280, height: 720, margin: 0, center: false }});
{script}
</script></body></html>
"""


def write_deck(folder: Path, slides: list[str], script: str = "") -> Path:
    """Write a deck of these slides' HTML, and reveal.js beside it; returns its page."""
    dist = Path(str(files("sphinx_revealjs"))) / "_static" / "revealjs" / "dist"
    for name in ("reveal.js", "reveal.css"):
        shutil.copy(dist / name, folder / name)
    sections = "\n".join(f"<section>{slide}</section>" for slide in slides)
    page = folder / "made_up.html"
    page.write_text(PAGE.format(slides=sections, script=script), encoding="utf-8")
    return page
