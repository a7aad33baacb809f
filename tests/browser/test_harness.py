"""The harness sees what is wrong: every fault it looks for, in a deck made for it."""

import re

import numpy as np
import pytest

from tests.browser.accessibility import findings
from tests.browser.decks import Deck
from tests.browser.made_up import write_deck
from tests.browser.pictures import changed, photograph
from tests.browser.watching import visit

PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SVG = "<svg xmlns='http://www.w3.org/2000/svg' width='{0}' height='{1}'/>"
DRAWING = f"data:image/svg+xml,{SVG}"
CODE = "<div class='highlight'><pre>{}</pre></div>"
FINE = "<h2>Fine</h2><p class='fragment'>An idea in a sentence.</p>"

FAULTS = {
    "off the slide": "<h2>a</h2>" + "<p class='fragment'>a line</p>" * 14,
    "px off the slide": "<p style='position:absolute; left:1250px'>to the right</p>",
    "px clipped": "<div style='height:40px; overflow:hidden'><p>a</p><p>b</p></div>",
    "px over one another": "<p>below</p><p style='margin-top:-60px'>above</p>",
    "text of 19 px": "<p>large <span style='font-size:19px'>small</span></p>",
    "code of 16 lines and 1 columns": CODE.format("<br>\n".join("x" * 16)),
    "code of 1 lines and 67 columns": CODE.format("x" * 67),
    "picture only 200 px high": f"<img alt='a' height='200' src=\"{DRAWING}\">".format(
        900, 400
    ),
    "picture is missing: a": "<img alt='a' src='not_there.png'>",
    "picture without a text": f"<img src='{PIXEL}'>",
    "formula not typeset: of $x$": "<p>of $x$</p>",
    r"formula not typeset: \(x\)": r"<p>\(x\)</p>",
    "formula is wrong": "<mjx-container><mjx-merror>x</mjx-merror></mjx-container>",
}
ALLOWED = {
    "fine": FINE,
    "code": CODE.format("<br>\n".join(["x" * 66] * 15)),
    "dollars in code": "<p><code>$HOME</code></p>",
    "index": "<p>x<sub style='font-size:14px'>2</sub></p>",
    "small picture": f"<img alt='a' src='{PIXEL}'>",
    "wide picture": f"<img alt='a' width='1200' src=\"{DRAWING}\">".format(2400, 400),
    "notes": "<p>a</p><aside class='notes'>"
    + "<p>for the lecturer $</p>" * 40
    + "</aside>",
    "hidden": "<p>a</p><p style='display:none; font-size:9px'>$</p>",
}
STYLE = (
    "<style>pre { font: 20px/1.2 monospace; margin: 0 } p { line-height: 40px }</style>"
)


@pytest.fixture(scope="module")
def measured(browser, tmp_path_factory):
    """The faults of each slide of one deck, by the slide's name."""
    folder = tmp_path_factory.mktemp("made_up")
    named = FAULTS | ALLOWED
    page = write_deck(folder, [STYLE + slide for slide in named.values()])
    with visit(browser, folder) as window:
        slides = Deck(window, page).slides()
    return {name: one.faults() for name, one in zip(named, slides, strict=True)}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found_on_its_slide(measured, fault):
    number = list(FAULTS).index(fault) + 1
    assert any(fault in line for line in measured[fault]), measured[fault]
    assert all(line.startswith(f"slide {number} (") for line in measured[fault])


@pytest.mark.parametrize("name", ALLOWED)
def test_what_is_allowed_is_no_fault(measured, name):
    assert measured[name] == []


def test_a_deck_without_faults_has_no_complaints(browser, tmp_path):
    page = write_deck(tmp_path, [FINE, FINE])
    with visit(browser, tmp_path) as window:
        assert len(Deck(window, page).slides()) == 2
        assert window.complaints() == []


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ("fetch('https://example.org/x').catch(() => 0)", "asks outside: https://ex"),
        ("new Image().src = '//example.org/a.png'", "asks outside: file://example.org"),
        ("new Image().src = '../beside.png'", "asks outside: file:///"),
        ("new WebSocket('ws://example.org')", "asks outside: ws://example.org"),
        ("new Image().src = 'not_there.png'", "ERR_FILE_NOT_FOUND"),
        ("console.error('oh')", "console: oh"),
        ("nowhere()", "nowhere is not defined"),
        ("Promise.reject(new Error('let down'))", "let down"),
    ],
)
def test_requests_and_errors_are_recorded(browser, tmp_path, script, complaint):
    page = write_deck(tmp_path, [FINE], script)
    with visit(browser, tmp_path) as window:
        deck = Deck(window, page)
        deck.page.wait_for_timeout(300)
        assert any(complaint in line for line in window.complaints()), (
            window.complaints()
        )
        window.clear()
        assert window.complaints() == []


def test_windows_that_a_page_opens_are_watched_too(browser, tmp_path):
    (tmp_path / "other.html").write_text("<script>console.error('there')</script>")
    page = write_deck(tmp_path, [FINE], "window.open('other.html')")
    with visit(browser, tmp_path) as window:
        Deck(window, page).page.wait_for_timeout(500)
        assert any("console: there" in line for line in window.complaints())


def test_a_deck_is_turned_and_its_fragments_shown(browser, tmp_path):
    page = write_deck(tmp_path, [FINE, FINE + "<p class='fragment'>Two.</p>"])
    with visit(browser, tmp_path) as window:
        deck = Deck(window, page)
        assert len(deck) == 2
        deck.show(1, -1)
        places = [deck.where()]
        for _ in range(4):
            deck.page.keyboard.press("ArrowRight")
            places.append(deck.where())
    assert places == [(1, -1), (1, 0), (2, -1), (2, 0), (2, 1)]


def test_pixels_that_change_are_seen(browser, tmp_path):
    page = write_deck(tmp_path, ["<p id='a'>before</p>"])
    with visit(browser, tmp_path) as window:
        deck = Deck(window, page)
        word = deck.page.locator("#a")
        first, again = photograph(word), photograph(word)
        assert changed(first, again) == 0
        word.evaluate("(word) => { word.textContent = 'after' }")
        assert changed(first, photograph(word)) > 0.001
    assert changed(first, np.zeros((1, 1, 3), dtype=np.uint8)) == 1


def test_axe_finds_what_cannot_be_read_aloud(browser, tmp_path):
    page = tmp_path / "page.html"
    head = "<!doctype html><html lang='en'><title>a</title>"
    text = head + "<main><h1>a</h1>{}</main></html>"
    page.write_text(text.format(f"<img src='{PIXEL}'>"))
    with visit(browser, tmp_path) as window:
        window.open(page)
        (finding,) = findings(window.page)
        assert re.match(r"image-alt \(critical\): .*<img", finding), finding
        page.write_text(text.format(f"<img alt='a dot' src='{PIXEL}'>"))
        window.open(page)
        assert findings(window.page) == []
