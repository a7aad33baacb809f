"""Every deck as a hall sees it: nothing off the slide, sliders live, no network."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from pypdf import PdfReader

from course_utils.notebooks.lessons import lessons
from tests.browser.decks import Deck
from tests.browser.pictures import changed, photograph
from tests.browser.watching import visit

ROOT = Path(__file__).parents[2]
NAMES = [lesson.name for lesson in lessons(ROOT)]
FIRST = NAMES[0]
FEWEST, MOST = 15, 25
PLAYED = [
    lesson.name
    for lesson in lessons(ROOT)
    if " data-play>" in lesson.notebook.read_text(encoding="utf-8")
]


def course_slides(folder, *arguments):
    """Run `course slides` in the clone; what it said."""
    command = [sys.executable, "-m", "course_utils.cli", "slides", "--out", folder]
    done = subprocess.run(
        [*command, *arguments], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """All decks."""
    made = tmp_path_factory.mktemp("decks")
    course_slides(made)
    return made


@pytest.fixture(scope="module", params=NAMES)
def deck(browser, folder, request):
    """A deck that is open, one lesson after the other."""
    with visit(browser, folder) as window:
        yield Deck(window, folder / f"{request.param}.html")


@pytest.fixture(scope="module")
def slides(deck):
    """What was measured on each of its slides."""
    return deck.slides()


@pytest.fixture
def with_sliders(deck, slides):
    """The slides with a slider, and the first such slider of each."""
    found = []
    for slide in slides:
        if slide.found["sliders"]:
            selector = ".slides > section.present .frame-slider"
            found.append((slide.number, deck.page.locator(selector).first))
    return found


def test_nothing_is_off_a_slide_or_clipped_or_small(slides):
    assert [line for slide in slides for line in slide.faults()] == []


def test_a_deck_has_as_many_slides_as_a_lecture_takes(deck, slides):
    fewest = 8 if deck.path.stem == FIRST else FEWEST
    assert fewest <= len(slides) <= MOST


def test_every_slide_says_what_it_is_about(slides):
    assert [slide.number for slide in slides if not slide.heading] == []


def test_formulas_are_typeset(slides):
    assert sum(slide.found["formulas"] for slide in slides) > 0


def test_there_is_something_to_say(slides):
    assert 3 * sum(bool(slide.found["notes"]) for slide in slides) >= len(slides)


def test_the_right_arrow_alone_goes_through_the_whole_deck(deck):
    deck.show(1, -1)
    places = [deck.where()]
    while True:
        deck.page.keyboard.press("ArrowRight")
        if deck.where() == places[-1]:
            break
        places.append(deck.where())
    numbers = [number for number, _ in places]
    assert numbers == sorted(numbers)
    assert set(numbers) == set(range(1, len(deck) + 1))
    assert deck.page.locator(".slides section section").count() == 0


def test_each_slider_changes_its_picture(deck, with_sliders):
    assert with_sliders
    for number, slider in with_sliders:
        deck.show(number)
        control, stage = slider.locator("input"), slider.locator(".frame-slider-stage")
        seen = []
        for key in ("Home", "ArrowRight", "End"):
            control.press(key)
            text = control.get_attribute("aria-valuetext")
            seen.append((photograph(stage), text))
            assert deck.where()[0] == number, f"{key} turned the slide"
        first, second, last = seen
        assert first[1] != second[1]
        assert first[1] != last[1]
        assert changed(first[0], last[0]) > 0.001, f"slide {number} does not change"


def test_a_remotes_key_goes_on_from_a_slider(deck, with_sliders):
    number, slider = with_sliders[0]
    deck.show(number)
    control = slider.locator("input")
    control.press("Home")
    for _ in range(2):  # the first at the latest leaves the slider
        deck.page.keyboard.press("PageDown")
    assert deck.where()[0] > number
    deck.show(number)
    assert control.input_value() == "0"


def test_a_key_that_moves_no_slider_is_the_decks(deck, with_sliders):
    number, slider = with_sliders[0]
    deck.show(number)
    slider.locator("input").focus()
    deck.page.keyboard.press("b")
    assert deck.page.evaluate("deck.isPaused()")
    deck.page.keyboard.press("b")
    assert not deck.page.evaluate("deck.isPaused()")


@pytest.mark.parametrize("name", PLAYED)
def test_a_player_steps_plays_and_pauses(browser, folder, name):
    with visit(browser, folder) as window:
        deck = Deck(window, folder / f"{name}.html")
        inside = "[...document.querySelectorAll('.slides > section')]"
        inside += ".findIndex((slide) => slide.querySelector('[data-play]'))"
        number = 1 + deck.page.evaluate(inside)
        deck.show(number)
        slider = deck.page.locator(".slides > section.present .frame-slider").first
        control, play = slider.locator("input"), slider.locator("[data-play]")
        control.press("Home")
        slider.locator('[data-step="1"]').click()
        assert control.input_value() == "1"
        slider.locator('[data-step="-1"]').click()
        assert control.input_value() == "0"
        play.click()
        assert play.get_attribute("aria-label") == "pause"
        deck.page.wait_for_function(
            "(slider) => slider.value !== '0'", arg=control.element_handle()
        )
        play.click()
        assert play.get_attribute("aria-label") == "play"
        stopped = control.input_value()
        deck.page.wait_for_timeout(1000)  # longer than a frame stands
        assert control.input_value() == stopped
        assert deck.where()[0] == number


def test_there_are_players():
    assert {"05_gradient_clipping", "07_optimizers"} <= set(PLAYED)


def test_no_request_left_the_folder_and_no_script_complained(deck, slides):
    assert len(slides) == len(deck)
    assert deck.visit.complaints() == []


def test_the_list_leads_to_every_deck(browser, folder):
    with visit(browser, folder) as window:
        page = window.open(folder / "index.html")
        links = page.locator("a[href$='.html']")
        found = links.evaluate_all("(all) => all.map((a) => a.getAttribute('href'))")
        assert sorted(set(found)) == [f"{name}.html" for name in NAMES]
        links.first.click()
        page.wait_for_url(f"**/{FIRST}.html*")
        assert window.complaints() == []


def test_the_speakers_window_shows_the_notes(browser, folder):
    with visit(browser, folder) as window:
        deck = Deck(window, folder / f"{FIRST}.html")
        noted = next(slide for slide in deck.slides() if slide.found["notes"])
        deck.show(noted.number)
        with deck.page.expect_popup() as opened:
            deck.page.keyboard.press("s")
        speaker = opened.value
        begins = " ".join(noted.found["notes"].split()[:4])
        speaker.wait_for_function(
            "(text) => document.querySelector('.speaker-controls-notes .value')"
            "?.textContent.replace(/\\s+/g, ' ').includes(text)",
            arg=begins,
        )
        assert speaker.locator("iframe").count() == 2
        assert window.complaints() == []


def test_a_deck_fits_a_large_projector_as_well(browser, folder):
    large = {"width": 1920, "height": 1080}
    with visit(browser, folder, viewport=large) as window:
        slides = Deck(window, folder / f"{NAMES[1]}.html").slides()
        assert [line for slide in slides for line in slide.faults()] == []


def test_the_pdf_has_a_page_for_every_slide(browser, folder, tmp_path):
    course_slides(tmp_path, FIRST, "--pdf")
    (printed,) = tmp_path.glob("*.pdf")
    pages = PdfReader(printed).pages
    with visit(browser, folder) as window:
        slides = Deck(window, folder / f"{FIRST}.html").slides()
    assert len(pages) == len(slides)
    for page, slide in zip(pages, slides, strict=True):
        assert letters(slide.heading) in letters(page.extract_text())
        assert page.mediabox.width > page.mediabox.height


def letters(text):
    """Letters alone: a printer may break lines and join letters as it likes."""
    return re.sub(r"[^a-z]", "", text.lower())
