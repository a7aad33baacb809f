"""The book as a reader sees it: every page, from its folder, without a network."""

import subprocess
import sys
from pathlib import Path

import pytest

from course_utils.notebooks.lessons import lessons
from tests.browser.accessibility import findings
from tests.browser.books import Page, broken_links, read
from tests.browser.chromium import PHONE
from tests.browser.pictures import changed, photograph
from tests.browser.watching import visit

ROOT = Path(__file__).parents[2]
NAMES = [lesson.name for lesson in lessons(ROOT)]
LESSON = "notebooks/01_vanishing_gradients.html"
EXERCISES = "notebooks/exercises/01_vanishing_gradients.html"
LOOKED_AT = [
    *("index.html", LESSON, EXERCISES, "verdicts.html", "search.html"),
    *("concepts.html", "reference/course_utils.optimizers.html"),
]
PICTURE = "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'/>"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """The book, made once."""
    folder = tmp_path_factory.mktemp("book")
    command = [sys.executable, "-m", "course_utils.cli", "book", "--out", folder]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def pages(browser, home):
    """What is on each page, in a window as narrow as a phone."""
    paths = [
        path
        for path in sorted(home.rglob("*.html"))
        if not path.relative_to(home).parts[0].startswith("_")
    ]
    with visit(browser, home, viewport=PHONE) as window:
        return [read(window, home, path) for path in paths]


@pytest.fixture(scope="module")
def window(browser, home):
    """A reader's window."""
    with visit(browser, home) as opened:
        yield opened


def test_no_page_has_a_fault(pages):
    assert [line for page in pages for line in page.faults()] == []


def test_no_link_between_the_pages_is_broken(home, pages):
    assert broken_links(home, pages) == []


def test_every_lesson_and_every_exercise_has_its_page(pages):
    names = {page.name for page in pages}
    wanted = {f"notebooks/{name}.html" for name in NAMES}
    wanted |= {f"notebooks/exercises/{name}.html" for name in NAMES}
    assert wanted | set(LOOKED_AT) <= names


def test_formulas_are_typeset_in_lessons_and_in_the_reference(pages):
    found = {page.name: page.found["formulas"] for page in pages}
    assert all(found[f"notebooks/{name}.html"] for name in NAMES)
    assert found["reference/course_utils.optimizers.html"]


@pytest.mark.parametrize(
    ("scheme", "name"),
    [("light", name) for name in LOOKED_AT]
    + [("dark", name) for name in LOOKED_AT if name != "verdicts.html"],  # a minute
)
def test_axe_finds_nothing_grave(browser, home, name, scheme):
    with visit(browser, home, color_scheme=scheme) as reader:
        page = reader.open(home / name)
        page.wait_for_function("document.documentElement.dataset.theme !== undefined")
        assert page.evaluate("document.documentElement.dataset.theme") == scheme
        assert findings(page) == []


def test_search_finds_a_word_and_leads_to_its_lesson(window, home):
    page = window.open(home / "search.html")
    page.goto(page.url + "?q=vanishing")
    link = page.locator(f"#search-results a[href*='{LESSON}']").first
    link.click()
    page.wait_for_url(f"**/{LESSON}*")
    assert "Vanishing gradients" in page.locator("h1").first.inner_text()


MARKED = "(marks) => marks.map((mark) => mark.textContent.toLowerCase())"


def test_what_was_searched_for_is_marked_once(window, home):
    page = window.open(home / "search.html")
    page.goto(page.url + "?q=saturated")
    page.locator(f"#search-results a[href*='{LESSON}']").first.click()
    page.wait_for_url(f"**/{LESSON}*")
    marks = page.locator("span.highlighted")
    marks.first.wait_for(state="attached")
    assert set(marks.evaluate_all(MARKED)) == {"saturated"}
    assert page.locator(":is(script, style, nav) .highlighted").count() == 0
    assert page.evaluate("localStorage.sphinx_highlight_terms") is None
    page.keyboard.press("Escape")
    assert marks.count() == 0
    page.goto(page.url.split("#")[0].split("?")[0] + "?highlight=tanh")
    marks.first.wait_for(state="attached")
    assert set(marks.evaluate_all(MARKED)) == {"tanh"}
    assert "highlight" not in page.url


def test_the_contents_name_an_answer_to_whom_it_is_in_sight(window, home):
    page = window.open(home / LESSON)
    contents = page.locator(".bd-sidebar-secondary nav")
    title, go = "D: about a million million", "(heading) => heading.scrollIntoView()"
    page.locator("h2", has_text="Predict: how small?").evaluate(go)
    contents.locator("a.active", has_text="Predict: how small?").wait_for()
    assert not contents.get_by_text(title).is_visible()
    page.locator("h3", has_text=title).evaluate(go)
    contents.get_by_text(title).wait_for()


def test_search_says_so_when_it_finds_nothing(window, home):
    page = window.open(home / "search.html")
    page.goto(page.url + "?q=xylophone")
    page.get_by_text("did not match any documents").wait_for()
    assert page.locator("#search-results li a").count() == 0


@pytest.mark.parametrize("name", NAMES[1:])
def test_each_lessons_sliders_move(window, home, name):
    page = window.open(home / "notebooks" / f"{name}.html")
    sliders = page.locator(".frame-slider").all()
    assert sliders
    for slider in sliders:
        slider.scroll_into_view_if_needed()
        stage = slider.locator(".frame-slider-stage")
        slider.locator("input").press("Home")
        first = photograph(stage)
        slider.locator("input").press("End")
        assert changed(first, photograph(stage)) > 0.001


def test_a_slider_is_a_picture_where_scripts_do_not_run(browser, home):
    with visit(browser, home, java_script_enabled=False) as reader:
        page = reader.open(home / LESSON)
        slider = page.locator(".frame-slider").first
        shown = [image for image in slider.locator("img").all() if image.is_visible()]
        assert len(shown) == 1
        assert not slider.locator("input").is_visible()


def test_hints_and_solutions_are_folded_until_they_are_opened(window, home):
    page = window.open(home / EXERCISES)
    for kind in ("hint", "solution"):
        folds = page.locator(f"details.fold-{kind}")
        assert folds.count() > 0
        inside = folds.first.locator("> :not(summary)").first
        assert not inside.is_visible()
        folds.first.locator("summary").click()
        assert inside.is_visible()
    assert not page.locator("details.fold-solution").nth(1).evaluate("(e) => e.open")


def test_the_reader_can_choose_the_dark(browser, home):
    with visit(browser, home, color_scheme="light") as reader:
        page = reader.open(home / "index.html")
        ground = "getComputedStyle(document.body).backgroundColor"
        light = page.evaluate(ground)
        page.locator(".theme-switch-button:visible").first.click()
        page.locator(".theme-change-button[data-mode=dark]:visible").first.click()
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"
        assert page.evaluate(ground) != light
        page = reader.open(home / LESSON)  # and it stays so on the next page
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_nothing_that_a_reader_did_left_the_folder(window):
    assert window.complaints() == []


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (f"<img src=\"{PICTURE}\" alt=''>", "picture without a text"),
        ("<img src='not_there.png' alt='a'>", "picture is missing"),
        ("<p>so $x$ is</p>", "formula not typeset: so $x$ is"),
        ("<p style='width:900px'>a</p>", "px wider than the window"),
        ("<mjx-container><mjx-merror>x</mjx-merror></mjx-container>", "is wrong: x"),
        ("<script>nowhere()</script>", "nowhere is not defined"),
    ],
)
def test_a_page_with_a_fault_is_seen(browser, tmp_path, body, fault):
    path = tmp_path / "page.html"
    meta = "<meta name='viewport' content='width=device-width'>"
    path.write_text(f"<!doctype html><title>a</title>{meta}<main>{body}</main>")
    with visit(browser, tmp_path, viewport=PHONE) as reader:
        faults = read(reader, tmp_path, path).faults()
    assert any(fault in line for line in faults), faults


def test_a_broken_link_is_seen(tmp_path):
    (tmp_path / "there.html").write_text("")
    start = tmp_path.resolve().as_uri()

    def page(name, links):
        return Page(name, {"ids": ["top"], "links": links}, [])

    good = [f"{start}/there.html", f"{start}/there.html#top", "https://example.org/"]
    bad = [f"{start}/gone.html", f"{start}/there.html#gone", f"{start}/../beside.html"]
    assert broken_links(tmp_path, [page("there.html", good)]) == []
    assert len(broken_links(tmp_path, [page("there.html", bad)])) == 3
