"""A book in the browser: what is found on its pages, and where their links lead."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.browser.decks import STILL
from tests.browser.watching import Visit

# What a page holds once its formulas are set.
READ = r"""async () => {
  if (window.MathJax?.startup?.promise) await MathJax.startup.promise;
  const text = (element) => (element.textContent || "").trim().slice(0, 60);
  const raw = [];
  const article = document.querySelector(".bd-article, main, body");
  const walker = document.createTreeWalker(article, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (parent.closest("pre, code, script, style, mjx-container, .sig")) continue;
    if (/\\\(|\\\[|\\frac|\$[^$\s][^$]*\$/.test(node.data)) raw.push(text(node));
  }
  const wide = document.documentElement;
  return {
    url: location.href,
    ids: [...document.querySelectorAll("[id], a[name]")].map((e) => e.id || e.name),
    links: [...document.querySelectorAll("a[href]")].map((a) => a.href),
    pictures: [...document.images].map((image) => ({
      source: image.getAttribute("src").slice(0, 80),
      alt: image.getAttribute("alt"),
      loaded: image.complete && image.naturalWidth > 0,
    })),
    formulas: document.querySelectorAll("mjx-container").length,
    wrong: [...document.querySelectorAll(
      "mjx-merror, [data-mml-node='merror'], [data-mjx-error]")].map(text),
    raw,
    beyond: wide.scrollWidth - wide.clientWidth,
  };
}"""


@dataclass(frozen=True)
class Page:
    """What was found on a page.

    Attributes:
        name: its path in the book.
        found: what the script above returned.
        complaints: requests that left the folder, and errors.
    """

    name: str
    found: dict[str, Any]
    complaints: list[str]

    def faults(self) -> list[str]:
        """What a reader would complain of, one line each; links apart."""
        found, lines = self.found, list(self.complaints)
        for picture in found["pictures"]:
            if not picture["loaded"]:
                lines.append(f"picture is missing: {picture['source']}")
            if not (picture["alt"] or "").strip():
                lines.append(f"picture without a text: {picture['source']}")
        lines += [f"formula is wrong: {text}" for text in found["wrong"]]
        lines += [f"formula not typeset: {text}" for text in found["raw"]]
        if found["beyond"] > 0:
            lines.append(f"the page is {found['beyond']} px wider than the window")
        return [f"{self.name}: {line}" for line in lines]


def read(visit: Visit, home: Path, path: Path) -> Page:
    """Open a page, and return what is found on it."""
    visit.clear()
    page = visit.open(path)
    page.add_style_tag(content=STILL)
    found = page.evaluate(READ)
    name = path.relative_to(home).as_posix()
    return Page(name, found, visit.complaints())


def broken_links(home: Path, pages: list[Page]) -> list[str]:
    """Links between the pages that lead to no file, or to no place on their page."""
    ids = {page.name: set(page.found["ids"]) for page in pages}
    start = home.resolve().as_uri() + "/"
    broken = set()
    for page in pages:
        for url in page.found["links"]:
            if not url.startswith("file:"):
                continue
            if not url.startswith(start):
                broken.add(f"{page.name}: {url} is outside the book")
                continue
            parts = urlsplit(url[len(start) :])
            name, place = unquote(parts.path), unquote(parts.fragment)
            if not (home / name).is_file():
                broken.add(f"{page.name}: there is no {name}")
            elif place and name in ids and place not in ids[name]:
                broken.add(f"{page.name}: there is no {name}#{place}")
    return sorted(broken)
