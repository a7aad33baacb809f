"""What the book adds to Sphinx: formulas in docstrings, links to run, contents."""

from __future__ import annotations

import re
from typing import Any

from course_utils.publishing.book.docstrings import process
from course_utils.publishing.book.repository import Repository

_ICONS = {"github": "fab fa-github", "gitlab": "fab fa-gitlab"}


def setup(app: Any) -> dict[str, bool]:
    """Connect with Sphinx."""
    for name in ("course_url", "course_branch", "course_kind"):
        app.add_config_value(name, "", "html")
    # Before napoleon, which then finds Google's sections as always.
    app.connect("autodoc-process-docstring", process, priority=400)
    # Behind the theme, which makes the list of buttons.
    app.connect("html-page-context", add_buttons, priority=502)
    # Before the theme, which makes the contents once and keeps them.
    app.connect("html-page-context", shorten_contents, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def add_buttons(
    app: Any, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Put links to Colab, Binder and the source above a page, where they are known."""
    config = app.config
    if not config.course_url:
        return
    repository = Repository(config.course_url, config.course_branch, config.course_kind)
    context["header_buttons"][:0] = buttons(pagename, repository)


def shorten_contents(
    app: Any, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Let a lesson's contents name what lies below a section only to who is there.

    The headings below a prediction tell its answer, see `lesson_page`.
    """
    if re.fullmatch(r"notebooks/\w+", pagename):
        context["theme_show_toc_level"] = 1


def buttons(page: str, repository: Repository) -> list[dict[str, Any]]:
    """The buttons of a page, as the theme's template wants them.

    Args:
        page: its name in the book, without ending.
        repository: where the clone is public.

    Returns:
        For lessons and exercises links that run the notebook and one to its source; for
        texts of the clone one to the source; for pages made by the book none.
    """
    if page.startswith("notebooks/"):
        notebook = f"{page}.ipynb"
        ways = {
            "Colab": (repository.colab(notebook), "_static/images/logo_colab.png"),
            "Binder": (repository.binder(notebook), "_static/images/logo_binder.svg"),
        }
        links = [
            {"type": "link", "text": text, "url": url, "icon": icon}
            for text, (url, icon) in ways.items()
            if url is not None
        ]
        launch = {
            "type": "group",
            "buttons": links,
            "icon": "fas fa-rocket",
            "tooltip": "Run this page online",
            "label": "launch-buttons",
        }
        return [launch, _source(notebook, repository)]
    if page.startswith("docs/") or page.isupper():
        return [_source(f"{page}.md", repository)]
    return []


def _source(path: str, repository: Repository) -> dict[str, Any]:
    return {
        "type": "link",
        "text": "Source",
        "url": repository.file(path),
        "icon": _ICONS.get(repository.kind, "fas fa-code"),
        "label": "source-button",
    }
