"""One notebook becomes one page: a deck for reveal.js, made by nbconvert."""

import hashlib
import re
from collections.abc import Collection
from importlib.metadata import version
from pathlib import Path

from nbformat import NotebookNode

from course_utils.publishing.arranging import arrange

_FINGERPRINT = re.compile(r'<meta content="([0-9a-f]{64})" name="course-deck"/?>')
_LESSON_LINK = re.compile(r"(?:\./)?(\d\d_[a-z0-9_]+)\.ipynb(#.*)?")
_OUTSIDE = ("http://", "https://", "mailto:")


def title(notebook: NotebookNode, otherwise: str) -> str:
    """Return the first heading of a notebook as plain text.

    Args:
        notebook: the lesson.
        otherwise: the answer for a notebook without a heading.
    """
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            found = re.search(r"^# +(.+)$", cell.source, re.MULTILINE)
            if found:
                return found[1].strip()
    return otherwise


def make_page(
    notebook: NotebookNode, templates: Path, linked: Collection[str], fingerprint: str
) -> str:
    """Return the page of one deck.

    Args:
        notebook: the lesson, executed.
        templates: the folder that holds the template ``deck``.
        linked: names of the lessons that have a deck; links to others become text.
        fingerprint: kept in the page, see :func:`fingerprint_of`.
    """
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(
        template_name="deck",
        extra_template_basedirs=[str(templates)],
        exclude_anchor_links=True,
        filters={"deck_links": deck_links},
    )
    deck = {
        "title": title(notebook, "Slides"),
        "linked": frozenset(linked),
        "fingerprint": fingerprint,
    }
    page, _ = exporter.from_notebook_node(arrange(notebook), {"deck": deck})
    return page


def deck_links(html: str, linked: Collection[str]) -> str:
    """Point links between lessons at their decks, and make dead ones plain text.

    Also takes out the headings' ids: "Predict" comes more than once in a deck.

    Example:
        >>> one = '<a href="01_vanishing_gradients.ipynb">lesson 1</a>'
        >>> deck_links(one, ["01_vanishing_gradients"])
        '<a href="01_vanishing_gradients.html">lesson 1</a>'
        >>> deck_links(one, [])
        'lesson 1'
    """
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(html, "html.parser")
    for heading in soup.find_all(re.compile("h[1-6]"), id=True):
        del heading["id"]
    for link in soup.find_all("a"):
        address = link.get("href", "")
        lesson = _LESSON_LINK.fullmatch(address)
        if lesson and lesson[1] in linked:
            link["href"] = f"{lesson[1]}.html"
        elif address.startswith(_OUTSIDE):
            link["target"] = "_blank"
            link["rel"] = "noopener"
        else:
            link.unwrap()
    return str(soup)


def fingerprint_of(notebook: Path, templates: Path, linked: Collection[str]) -> str:
    """Return a hash of everything that a page is made from.

    Args:
        notebook: the lesson's file.
        templates: the folder that holds the template ``deck``.
        linked: names of the lessons that have a deck.
    """
    digest = hashlib.sha256()
    makers = [
        *templates.joinpath("deck").glob("*.*"),
        *Path(__file__).parent.glob("*.py"),
    ]
    for path in [notebook, *sorted(makers)]:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    for word in (version("nbconvert"), version("pygments"), *sorted(linked)):
        digest.update(f"{word}\n".encode())
    return digest.hexdigest()


def fingerprint_in(page: Path) -> str | None:
    """Return the fingerprint that a page keeps; None without a page or without one."""
    try:
        with page.open(encoding="utf-8") as file:
            found = _FINGERPRINT.search(file.read(2000))
    except (FileNotFoundError, UnicodeDecodeError):
        return None
    return found[1] if found else None


def code_css() -> str:
    """Return the colours of code: dark on light, each readable on the pale ground."""
    from pygments.formatters import HtmlFormatter

    return HtmlFormatter(style="default").get_style_defs(".highlight") + "\n"
