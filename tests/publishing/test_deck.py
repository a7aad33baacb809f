"""Decks as pages: what stands on which slide, what is written, what is left alone."""

import re
import shutil
import stat
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup

from course_utils.cli import main
from course_utils.cli.slides import write_decks
from course_utils.notebooks.errors import CourseError
from course_utils.notebooks.text import from_text, write_notebook
from course_utils.publishing import arranging, assets, deck

ROOT = Path(__file__).resolve().parents[2]
PICTURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)
TEXT = """\
# %% [markdown] slideshow={"slide_type": "slide"}
# # 1. Gradients & $x$
#
# Hello.

# %% [markdown] slideshow={"slide_type": "notes"}
# Ask the hall.

# %% slideshow={"slide_type": "skip"}
hidden = 1

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: which?
#
# **A** or **B**, see [lesson 2](02_second.ipynb), [lesson 9](09_none.ipynb),
# [exercises](exercises/01_first.ipynb), [paper](https://example.org/paper)

# %% [markdown] slideshow={"slide_type": "notes"}
# Say $a < b$.

# %% [markdown] slideshow={"slide_type": "fragment"}
# Revealed.

# %% [markdown] slideshow={"slide_type": "-"}
# There from the beginning.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: which?
#
# $$a = b$$
#
# \\begin{align}
# a &= b
# \\end{align}

# %% slideshow={"slide_type": "-", "show": "output"} alt="Bars, \\"the\\" last < first."
draw()

# %% slideshow={"slide_type": "fragment", "show": "input"}
print("only my code")

# %% slideshow={"slide_type": "fragment"}
print("code and output")

# %% slideshow={"slide_type": "-", "show": "output"}
move()
"""
SLIDER = (
    '<div class="frame-slider"><style>.a { color: red }</style>'
    f'<img data-frame="0" alt="first frame" src="data:image/png;base64,{PICTURE}">'
    "<script>const slides = 1 < 2;</script></div>"
)


def data(**of):
    kinds = {kind.replace("_", "/"): value for kind, value in of.items()}
    return nbformat.v4.new_output("display_data", data=kinds)


def printed(text):
    return nbformat.v4.new_output("stream", text=text)


def lesson(text=TEXT):
    notebook = from_text(text)
    outputs = {
        "draw()": data(image_png=PICTURE, text_plain="<Axes>"),
        'print("only my code")': printed("never shown"),
        'print("code and output")': printed("1 < 2\n"),
        "move()": data(text_html=SLIDER, image_png=PICTURE, text_plain="a slider"),
        "hidden = 1": printed("hidden output"),
    }
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [outputs[cell.source]]
    return notebook


def course_at(root):
    """A course of two lessons with the real template."""
    (root / "notebooks" / "text").mkdir(parents=True)
    (root / "pyproject.toml").write_text("")
    shutil.copytree(ROOT / "docs" / "deck", root / "docs" / "deck")
    for name in ("01_first", "02_second"):
        write_notebook(root / "notebooks" / f"{name}.ipynb", lesson())
    return root


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The folder of the decks of a course, as first written."""
    root = course_at(tmp_path_factory.mktemp("course"))
    out = root / "decks"
    assert write_decks(root, [], out, pdf=False) == 0
    return out


@pytest.fixture(scope="module")
def page(made):
    return BeautifulSoup((made / "01_first.html").read_text("utf-8"), "html.parser")


@pytest.fixture(scope="module")
def sections(page):
    return page.select("div.slides > section")


def test_a_slide_is_a_section_and_none_is_nested(page, sections):
    assert len(sections) == 3
    assert page.select("section section") == []
    assert [len(one.select("h1, h2")) for one in sections] == [1, 1, 1]


def test_looks_follow_from_what_a_slide_is(sections):
    classes = [one.get("class") for one in sections]
    assert classes == [["title-slide"], ["question", "words"], ["question"]]


def test_fragments_are_what_the_cells_say_and_the_rest_stands_still(sections):
    second = sections[1].select("div.block")
    assert ["fragment" in block["class"] for block in second] == [False, True, False]
    assert "There from the beginning." in second[2].text
    third = sections[2].select("div.block")
    assert ["fragment" in block["class"] for block in third] == [
        False,
        False,
        True,
        True,
        False,
    ]


def test_notes_belong_to_the_slide_and_come_last(sections):
    for section, said in zip(sections, ("Ask the hall.", "Say", None), strict=True):
        notes = section.select("aside.notes")
        assert len(notes) == (said is not None)
        if said:
            assert said in notes[0].text
            assert notes[0].find_parent(class_="fragment") is None
            assert notes[0].find_next_sibling() is None


def test_skipped_cells_are_not_in_the_page(page):
    assert "hidden" not in page.text


def test_show_leaves_out_code_or_output(sections):
    blocks = sections[2].select("div.block")
    assert "draw()" not in sections[2].text
    only_code, both = blocks[2], blocks[3]
    assert only_code.select(".code")
    assert not only_code.select(".printed")
    assert 'print("only my code")' in only_code.text
    assert both.select(".code")
    assert both.select_one(".printed").text.strip() == "1 < 2"


def test_a_picture_says_what_its_cell_says(sections):
    assert sections[2].select_one(".picture img")["alt"] == 'Bars, "the" last < first.'
    alts = [img["alt"] for img in sections[2].select("img")]
    assert alts == ['Bars, "the" last < first.', "first frame"]


def test_a_slider_stands_live_in_a_block_that_takes_the_space(sections):
    slider = sections[2].select_one(".pictured > .rich.slider > .frame-slider")
    assert slider.script.string == "const slides = 1 < 2;"
    assert slider.style.string == ".a { color: red }"
    assert "never shown" not in sections[2].text
    assert "a slider" not in sections[2].text


def test_formulas_reach_mathjax_as_they_were_written(page):
    assert "Gradients & $x$" in page.h1.text
    assert "$$a = b$$" in page.text
    assert "\\begin{align}\na &= b\n\\end{align}" in page.text
    assert "Say $a < b$." in page.text


def test_links_lead_to_decks_or_are_plain_text(page):
    links = {link.text: link["href"] for link in page.select(".slides a")}
    assert links == {"lesson 2": "02_second.html", "paper": "https://example.org/paper"}
    assert "lesson 9" in page.text
    assert page.find("a", string="paper")["rel"] == ["noopener"]


def test_no_id_comes_twice(page):
    ids = [one["id"] for one in page.select("[id]")]
    assert len(ids) == len(set(ids))


def test_everything_that_a_page_loads_lies_in_the_folder(made):
    loaded = 0
    for path in made.glob("*.html"):
        soup = BeautifulSoup(path.read_text("utf-8"), "html.parser")
        for one in soup.select("[src], link[href]"):
            address = one.get("src") or one["href"]
            if not address.startswith("data:"):
                assert (made / address).is_file(), address
                loaded += 1
        assert "@import" not in path.read_text("utf-8")
    assert loaded == 15  # seven of each deck, one of the list


def test_styles_and_own_scripts_load_nothing_from_elsewhere(made):
    for path in made.rglob("*.css"):
        text = path.read_text("utf-8")
        assert re.findall(r"@import|url\(['\"]?(?!data:)", text) == [], path.name
    assert "http" not in (made / "_static" / "deck.js").read_text("utf-8")


def test_the_list_names_every_deck(made):
    soup = BeautifulSoup((made / "index.html").read_text("utf-8"), "html.parser")
    assert [link["href"] for link in soup.select("li a")] == [
        "01_first.html",
        "02_second.html",
    ]
    assert soup.select_one("li a").text == "1. Gradients & $x$"


def snapshot(folder):
    return {
        path.relative_to(folder).as_posix(): path.stat().st_mtime_ns
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def course(tmp_path, made):
    """A course whose decks are written, to be changed by a test."""
    root = course_at(tmp_path / "course")
    shutil.copytree(made, root / "decks")
    return root


def changed(root, *wanted):
    before = snapshot(root / "decks")
    write_decks(root, list(wanted), root / "decks", pdf=False)
    after = snapshot(root / "decks")
    return sorted(name for name in after if after[name] != before.get(name))


def test_a_second_build_touches_nothing(course, capsys):
    assert changed(course) == []
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["same    01_first.html", "same    02_second.html"]
    assert lines[2].startswith("0 files written.")


def test_a_changed_notebook_rewrites_its_own_deck(course, capsys):
    path = course / "notebooks" / "02_second.ipynb"
    write_notebook(path, lesson(TEXT.replace("Hello.", "Good morning.")))
    assert changed(course) == ["02_second.html"]
    assert "written 02_second.html" in capsys.readouterr().out
    assert "Good morning." in (course / "decks" / "02_second.html").read_text("utf-8")


def test_another_title_is_in_the_list_too(course):
    path = course / "notebooks" / "02_second.ipynb"
    write_notebook(path, lesson(TEXT.replace("# 1. Gradients", "# 2. Others")))
    assert changed(course) == ["02_second.html", "index.html"]


def test_a_changed_template_rewrites_every_deck_and_a_style_none(course):
    template = course / "docs" / "deck" / "index.html.j2"
    template.write_text(template.read_text("utf-8").replace("<main", "<main id='m'"))
    assert changed(course) == ["01_first.html", "02_second.html"]
    style = course / "docs" / "deck" / "static" / "deck.css"
    style.write_text(style.read_text("utf-8") + "/* more */\n")
    assert changed(course) == ["_static/deck.css"]


def test_one_lesson_alone_links_to_no_deck_that_is_not_there(tmp_path):
    root = course_at(tmp_path / "course")
    write_decks(root, ["1"], tmp_path / "out", pdf=False)
    assert sorted(path.name for path in (tmp_path / "out").glob("*")) == [
        "01_first.html",
        "_static",
        "index.html",
    ]
    text = (tmp_path / "out" / "01_first.html").read_text("utf-8")
    assert "02_second.html" not in text
    write_decks(root, [], tmp_path / "out", pdf=False)
    text = (tmp_path / "out" / "01_first.html").read_text("utf-8")
    assert 'href="02_second.html"' in text


def test_a_damaged_deck_is_written_again(course):
    (course / "decks" / "01_first.html").write_bytes(b"\xff\xfe")
    assert changed(course) == ["01_first.html"]


def test_an_unknown_lesson_is_named(course):
    with pytest.raises(CourseError, match="no lesson 7; there are 01_first to 02_seco"):
        write_decks(course, ["7"], course / "decks", pdf=False)


def test_a_folder_that_cannot_be_written_is_named(course, monkeypatch, capsys):
    blocked = course / "blocked"
    blocked.write_text("a file")
    monkeypatch.chdir(course)
    with pytest.raises(SystemExit) as stopped:
        main(["slides", "--out", str(blocked / "decks")])
    assert stopped.value.code == 1
    message = capsys.readouterr().err
    assert message.startswith("course: ")
    assert "blocked" in message


@pytest.mark.parametrize("missing", ["package", "file"])
def test_a_missing_extra_says_what_to_run(course, monkeypatch, tmp_path, missing):
    import importlib.metadata as metadata

    class Empty:
        def locate_file(self, file):
            return tmp_path / "nowhere" / file

    def distribution(name):
        if missing == "package":
            raise metadata.PackageNotFoundError(name)
        return Empty()

    monkeypatch.setattr(metadata, "distribution", distribution)
    with pytest.raises(CourseError, match='"make slides", or "make install ARGS=sl'):
        write_decks(course, [], course / "other", pdf=False)
    with pytest.raises(CourseError, match='"make book", or "make install ARGS=book"'):
        assets.mathjax("book")
    assert not (course / "other").exists()


def test_a_file_is_copied_when_it_differs_and_with_its_bytes_only(tmp_path):
    source, target = tmp_path / "a", tmp_path / "folder" / "b"
    source.write_bytes(b"one\r\n")
    source.chmod(stat.S_IRUSR)
    assert assets.copy_when_different(source, target)
    assert not assets.copy_when_different(source, target)
    source.chmod(stat.S_IRUSR | stat.S_IWUSR)
    source.write_bytes(b"two")
    assert assets.copy_when_different(source, target)
    assert target.read_bytes() == b"two"
    assert [path.name for path in target.parent.iterdir()] == ["b"]


def test_cells_before_the_first_slide_begin_one():
    notebook = from_text(TEXT.partition("Ask the hall.\n\n")[2])
    assert [len(one.shown) for one in arranging.slides(notebook)] == [3, 5]
    assert arranging.slides(from_text("# %%\n1\n"))[0].notes == ()


def test_arranging_leaves_the_notebook_as_it_was():
    notebook = lesson()
    before = nbformat.writes(notebook)
    arranging.arrange(notebook)
    assert nbformat.writes(notebook) == before


def test_a_notebook_without_a_heading_is_called_by_its_name():
    assert deck.title(from_text("# %%\n1\n"), "01_first") == "01_first"


def test_colours_of_code_can_be_read_on_their_ground():
    colours = set(re.findall(r"(?<!-)\bcolor: #([0-9A-Fa-f]{6})", deck.code_css()))
    assert len(colours) > 10
    pale = luminance("F6F8FA") + 0.05
    faint = {one for one in colours if pale / (luminance(one) + 0.05) < 4.5}
    # Blank space has a colour too, which nobody sees.
    assert faint <= {"BBBBBB", "bbbbbb"}


def luminance(colour):
    """How bright a colour is to the eye, as WCAG 2 defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [
        p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
