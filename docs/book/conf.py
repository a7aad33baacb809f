"""Sphinx' settings for the book. `course book` runs it; see docs/book/settings.toml."""

import os
from pathlib import Path

project = "Training deep neural networks"
author = "The course authors"
copyright = "code: MIT; lessons and pictures: CC BY 4.0"
language = "en"

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.githubpages",  # which else leaves out what begins with "_"
    "sphinx.ext.napoleon",
    "sphinx.ext.mathjax",
    "course_utils.publishing.book.extension",
]

# Notebooks are shown as they are stored: nothing runs, nothing is fetched for widgets.
nb_execution_mode = "off"
nb_merge_streams = True
nb_ipywidgets_js = {}

myst_enable_extensions = ["attrs_inline", "deflist", "dollarmath"]
myst_heading_anchors = 4
highlight_language = "none"
pygments_style = "a11y-high-contrast-light"

# The book can be made where these, from other extras, are not installed.
autodoc_mock_imports = ["nbgrader", "nbval"]
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
python_use_unqualified_type_names = True
toc_object_entries_show_parents = "hide"
# Type hints name classes shortly; where two modules have one of a name, either will do.
suppress_warnings = ["ref.python"]

# MathJax lies beside the pages. Its menu would fetch more.
mathjax_path = "tex-svg-full.js"
mathjax3_config = {"options": {"enableMenu": False}}

html_theme = "sphinx_book_theme"
html_title = project
html_static_path = ["static", os.environ["COURSE_BOOK_STATIC"]]
html_css_files = ["book.css"]
html_js_files = [("book.js", {"defer": "defer"})]
html_copy_source = False
html_show_search_summary = False  # a page opened from a folder may not read others
html_search_scorer = str(Path(__file__).with_name("scorer.js"))
html_show_sourcelink = False
html_show_sphinx = False
html_last_updated_fmt = None
html_permalinks_icon = "#"
html_use_index = True
html_domain_indices = False
html_context = {"default_mode": "auto"}
html_theme_options = {
    "navbar_start": [],
    "navbar_center": [],
    "navbar_end": [],
    "navbar_persistent": [],
    "home_page_in_toc": True,
    "show_navbar_depth": 1,
    "max_navbar_depth": 2,
    "collapse_navbar": True,  # the reference unfolds on its own pages only
    "use_download_button": False,
    "use_fullscreen_button": False,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
    "show_toc_level": 2,
}
