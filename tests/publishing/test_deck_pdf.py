"""Finding a browser and printing with it, tried on programs that only act as one."""

import os
import sys
import time
from pathlib import Path

import psutil
import pytest

from course_utils.notebooks.errors import CourseError
from course_utils.publishing import browser, pdf


def program(path, body="", interpreter=sys.executable):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!{interpreter}\n{body}\n")
    path.chmod(0o755)
    return path


PRINTS = """
import sys
target = [a for a in sys.argv if a.startswith("--print-to-pdf=")][0].split("=", 1)[1]
open(target, "wb").write(b"%PDF-1.4\\n" + "\\n".join(sys.argv).encode() + b"\\n")
"""


@pytest.fixture
def nothing(monkeypatch, tmp_path):
    """A machine without any browser."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv(browser.VARIABLE, raising=False)
    for variable in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
        monkeypatch.delenv(variable, raising=False)
    return tmp_path


@pytest.fixture
def page(tmp_path):
    """A deck and what it loads."""
    folder = tmp_path / "two words"
    (folder / "_static").mkdir(parents=True)
    (folder / "_static" / "deck.css").write_text("b { color: red }")
    page = folder / "01_first.html"
    page.write_text("<p>")
    return page


@pytest.mark.parametrize("platform", ["linux", "win32", "freebsd"])
def test_without_a_browser_the_error_says_what_to_install(nothing, platform):
    with pytest.raises(CourseError, match=r"install Chromium, Chrome or Edge.*\?print"):
        browser.find_browser(platform)


def test_a_browser_on_the_path_is_found_and_chromium_first(nothing):
    program(nothing / "bin" / "microsoft-edge")
    assert browser.find_browser("linux") == nothing / "bin" / "microsoft-edge"
    program(nothing / "bin" / "chromium")
    assert browser.find_browser("linux") == nothing / "bin" / "chromium"


def test_browsers_are_found_where_macos_and_windows_keep_them(nothing, monkeypatch):
    mac = nothing / "home/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
    program(mac)
    assert browser.find_browser("darwin") == mac
    monkeypatch.setenv("PROGRAMFILES(X86)", str(nothing / "programs"))
    edge = program(nothing / "programs/Microsoft/Edge/Application/msedge.exe")
    assert browser.find_browser("win32") == edge


def test_a_variable_names_another_browser(nothing, monkeypatch):
    own = program(nothing / "elsewhere" / "my-browser")
    monkeypatch.setenv(browser.VARIABLE, str(own))
    assert browser.find_browser() == own
    monkeypatch.setenv(browser.VARIABLE, "no-such-browser")
    with pytest.raises(CourseError, match="COURSE_BROWSER names 'no-such-browser'"):
        browser.find_browser()


def test_a_deck_is_printed_by_its_address_and_leaves_only_the_pdf(tmp_path, page):
    target = page.with_suffix(".pdf")
    pdf.print_deck(program(tmp_path / "prints", PRINTS), page, target)
    said = target.read_text()
    assert f"{page.resolve().as_uri()}?print-pdf" in said
    assert "--headless" in said
    assert ("--no-sandbox" in said) == (sys.platform == "linux" and os.geteuid() == 0)
    assert sorted(path.name for path in page.parent.iterdir()) == [
        "01_first.html",
        "01_first.pdf",
        "_static",
    ]


BUSY = """
import sys
arguments = dict(a.split("=", 1) for a in sys.argv if a.startswith("--") and "=" in a)
early = int(arguments["--virtual-time-budget"]) < 100_000
pages = b"<< /Type /Pages >>\\n" + b"<</Type /Page\\n>>" * (1 if early else 3)
open(arguments["--print-to-pdf"], "wb").write(b"%PDF-1.4" + pages)
"""


def test_a_browser_that_printed_too_early_prints_again(tmp_path, page):
    page.write_text("<section></section>" * 3)
    busy = program(tmp_path / "busy", BUSY)
    pdf.print_deck(busy, page, page.with_suffix(".pdf"))
    assert page.with_suffix(".pdf").read_bytes().count(b"/Page\n") == 3


def test_pages_that_are_missing_are_counted_and_the_old_pdf_stays(tmp_path, page):
    page.write_text("<section></section>" * 4)
    target = page.with_suffix(".pdf")
    target.write_bytes(b"%PDF-old")
    with pytest.raises(CourseError, match=r"3 pages of 01_first.html, which has 4 sli"):
        pdf.print_deck(program(tmp_path / "busy", BUSY), page, target)
    assert target.read_bytes() == b"%PDF-old"


def test_a_pdf_knows_what_it_was_printed_from(tmp_path, page):
    target = page.with_suffix(".pdf")
    assert not pdf.is_printed(target, pdf.mark_of(page))
    pdf.print_deck(program(tmp_path / "prints", PRINTS), page, target)
    assert pdf.is_printed(target, pdf.mark_of(page))
    page.with_name("_static").joinpath("deck.css").write_text("b { color: blue }")
    assert not pdf.is_printed(target, pdf.mark_of(page))


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (
            "import sys; sys.exit('no display\\nno printer')",
            "ended with code 1\n.*no pr",
        ),
        ("", "ended without an error and wrote no PDF"),
        (PRINTS.replace("%PDF-1.4", "<html>"), "wrote no PDF"),
    ],
)
def test_a_browser_that_fails_is_named_and_the_old_pdf_stays(
    tmp_path, page, body, sentence
):
    target = page.with_suffix(".pdf")
    target.write_bytes(b"%PDF-old")
    fails = program(tmp_path / "fails", body)
    with pytest.raises(CourseError, match=f"(?s)fails .*{sentence}"):
        pdf.print_deck(fails, page, target)
    assert target.read_bytes() == b"%PDF-old"
    assert len(list(page.parent.iterdir())) == 3


def test_a_browser_that_does_not_start_is_named(tmp_path, page):
    broken = program(tmp_path / "broken", interpreter="/no/such/program")
    with pytest.raises(CourseError, match="broken does not start"):
        pdf.print_deck(broken, page, page.with_suffix(".pdf"))


def test_a_browser_that_hangs_is_ended_with_its_children(tmp_path, page, monkeypatch):
    monkeypatch.setattr(pdf, "SECONDS", 3)
    note = tmp_path / "child"
    hangs = program(
        tmp_path / "hangs",
        "import pathlib, subprocess, sys, time\n"
        "sleep = [sys.executable, '-c', 'import time; time.sleep(99)']\n"
        "child = subprocess.Popen(sleep)\n"
        f"pathlib.Path({str(note)!r}).write_text(str(child.pid))\n"
        "time.sleep(99)",
    )
    with pytest.raises(CourseError, match="did not finish printing within 3 seconds"):
        pdf.print_deck(hangs, page, page.with_suffix(".pdf"))
    child = int(note.read_text())
    for _ in range(50):
        if not psutil.pid_exists(child):
            break
        if psutil.Process(child).status() == psutil.STATUS_ZOMBIE:
            break
        time.sleep(0.1)
    else:
        pytest.fail("the browser's child still runs")
    assert not Path(page.with_suffix(".pdf")).exists()
