"""All sources of the book, from the course as it is."""

import os
import re
from pathlib import Path

import nbformat
import pytest

from course_utils.notebooks.errors import CourseError
from course_utils.notebooks.lessons import find_root, lessons
from course_utils.publishing.book import building, concepts
from course_utils.publishing.book.exercises import SOLUTION
from course_utils.publishing.book.lessons import headings
from course_utils.publishing.book.reference import reference_pages
from course_utils.publishing.book.repository import Repository
from course_utils.publishing.book.staging import stage
from course_utils.publishing.book.writing import Sources

ROOT = find_root()
EVIDENCE = "Evidence"
TOPS = ("index.md", "README.md")
LESSONS = [lesson.name for lesson in lessons(ROOT)]


@pytest.fixture(scope="module")
def staged(tmp_path_factory):
    folder = tmp_path_factory.mktemp("book")
    (folder / "left_over.md").write_text("# Old\n", encoding="utf-8")
    stage(ROOT, folder, None)
    return folder


def times(folder):
    return {p: p.stat().st_mtime_ns for p in folder.rglob("*") if p.is_file()}


def test_a_second_staging_writes_nothing_and_a_change_one_page(staged):
    assert not (staged / "left_over.md").exists()
    before = times(staged)
    again = stage(ROOT, staged, None)
    assert again.written == []
    assert times(staged) == before
    page = staged / "errata.md"
    page.write_text("# Changed\n", encoding="utf-8")
    os.utime(page)
    assert stage(ROOT, staged, None).written == ["errata.md"]


@pytest.mark.parametrize("name", LESSONS)
def test_each_lesson_has_a_page_and_its_exercises_another(staged, name):
    assert (staged / "notebooks" / f"{name}.ipynb").is_file()
    page = (staged / "notebooks" / "exercises" / f"{name}.md").read_text("utf-8")
    solved = (ROOT / "notebooks" / "text" / "exercises" / f"{name}.py").read_text(
        "utf-8"
    )
    assert page.count("<details") == page.count("</details>")
    open_part = re.sub(r"<details.*?</details>", "", page, flags=re.DOTALL)
    marks = r"### BEGIN SOLUTION\n(.*?)### END SOLUTION"
    solutions = re.findall(marks, solved, flags=re.DOTALL)
    assert solutions
    assert page.count(SOLUTION) == len(solutions)
    for solution in solutions:
        assert solution.rstrip() in page
        assert solution.rstrip() not in open_part
    schemes = solved.count("# ### BEGIN MARK SCHEME")
    assert page.count('class="fold fold-scheme"') == schemes
    assert "MARK SCHEME" not in page
    assert "BEGIN SOLUTION" not in page


def test_links_of_the_book_lead_to_pages_that_are_there(staged):
    link = re.compile(r"(?<!!)\[[^\]]*\]\(([^()\s#]+\.(?:md|ipynb|rst))(?:#[^)]*)?\)")
    checked = 0
    for page in [*staged.rglob("*.md"), *staged.rglob("*.ipynb")]:
        for target in link.findall(page.read_text("utf-8")):
            if not target.startswith("http"):
                assert (page.parent / target).is_file(), (page.name, target)
                checked += 1
    assert checked > 100


def test_every_label_that_the_index_names_stands_in_a_lesson(staged):
    page = (staged / "concepts.md").read_text("utf-8")
    named = set(re.findall(r"\]\(#(section-\d\d-\d+)\)", page))
    said = "".join(p.read_text("utf-8") for p in staged.glob("notebooks/*.ipynb"))
    assert len(named) > 100
    assert named <= set(re.findall(r"\((section-\d\d-\d+)\)=", said))
    terms = concepts.read_terms((ROOT / "docs/book/terms.txt").read_text("utf-8"))
    assert 120 <= len(terms) <= 200
    assert page.count("\n: ") == len(terms)


def test_no_lesson_tells_answers_on_the_level_of_its_predictions(staged):
    told = predictions = 0
    for page in staged.glob("notebooks/*.ipynb"):
        before = ""
        cells = nbformat.read(page, as_version=4).cells
        texts = [cell.source for cell in cells if cell.cell_type == "markdown"]
        for level, title in [found for text in texts for found in headings(text)]:
            told += level < 3 and before.startswith("Predict") and title != EVIDENCE
            predictions += title.startswith("Predict")
            before = title
    assert told == 0
    assert predictions > 40


def test_the_readme_has_a_title_of_its_own(staged):
    titles = [(staged / name).read_text("utf-8").splitlines()[0] for name in TOPS]
    assert titles == ["# Training deep neural networks", "# Install and run"]


def test_every_lesson_but_the_first_is_judged_and_has_errata(staged):
    for page in ("verdicts.md", "errata.md"):
        text = (staged / page).read_text("utf-8")
        for name in LESSONS[1:]:
            assert f"(notebooks/{name}.ipynb)" in text


def test_the_front_page_shows_what_the_readme_says(staged):
    page = (staged / "index.md").read_text("utf-8")
    assert "Why do deep networks train" in page
    assert "(notebooks/01_vanishing_gradients.ipynb)" in page
    assert "<!-- README" not in page


def test_the_reference_has_every_public_module_once(staged):
    pages = reference_pages(ROOT / "course_utils")
    documented = re.findall(
        r"automodule:: (\S+)", "\n".join(page.text() for page in pages)
    )
    assert len(documented) == len(set(documented))
    assert {"course_utils.optimizers.adam", "course_utils.lab.plots.slider"} <= set(
        documented
    )
    for left_out in ("cli", "grading.inside", "checks._activations_messages"):
        assert not any(
            name.startswith(f"course_utils.{left_out}") for name in documented
        )
    names = {page.name for page in pages}
    assert names == {
        p.relative_to(staged).as_posix() for p in staged.glob("reference/*.rst")
    }
    children = {child for page in pages for child in page.children}
    assert children == {page.module for page in pages[1:]}


def test_only_what_changed_is_written(tmp_path):
    sources = Sources(tmp_path)
    sources.text("a/b.md", "x\n\n")
    assert (tmp_path / "a" / "b.md").read_text("utf-8") == "x\n"
    again = Sources(tmp_path)
    again.text("a/b.md", "x")
    again.copy("c.png", tmp_path / "a" / "b.md")
    assert (again.written, again.kept) == (["c.png"], ["a/b.md"])
    assert Sources(tmp_path, kept=["c.png"]).sweep() == ["a/b.md"]


def test_the_book_writes_into_no_folder_that_holds_something_else(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(CourseError, match="holds something else"):
        building.build(ROOT, tmp_path, None)
    with pytest.raises(CourseError, match="is a file"):
        building.build(ROOT, tmp_path / "thesis.txt", None)
    assert (tmp_path / "thesis.txt").read_text("utf-8") == "mine"


def test_a_missing_package_is_named_with_what_installs_it(tmp_path, monkeypatch):
    monkeypatch.setattr(building, "PACKAGES", ("no-such-package-here",))
    with pytest.raises(CourseError, match=r"needs no-such-package-here.*make book"):
        building.build(ROOT, tmp_path / "new", None)


class Said:
    """What a run of Sphinx left."""

    def __init__(self, returncode, stderr=""):
        self.returncode, self.stderr, self.stdout = returncode, stderr, ""


@pytest.fixture
def sphinx(monkeypatch):
    """Sphinx and the staging, replaced by what a test wants them to do."""
    calls = []

    def replaced(said, pages=("index.md",), made=()):
        def staged(root, folder, repository):
            sources = Sources(folder)
            for page in pages:
                sources.text(page, "# Title")
            sources.sweep()
            return sources

        def run(command, **settings):
            calls.append((command, settings["env"]))
            for name in made:
                path = Path(command[-1]) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(f"made of {len(pages)}", encoding="utf-8")
            return said

        monkeypatch.setattr(building, "stage", staged)
        monkeypatch.setattr(building.subprocess, "run", run)
        return calls

    return replaced


def inside(folder):
    """The names of all files in it but the book's mark."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix() for path in files} - {building.MARK}


def test_what_sphinx_complains_of_is_the_error_and_the_book_stays(tmp_path, sphinx):
    out = tmp_path / "book"
    sphinx(Said(0), made=["index.html"])
    building.build(ROOT, out, None)
    sphinx(
        Said(2, "a.md:3: WARNING: no such page"), ["index.md", "a.md"], ["index.html"]
    )
    with pytest.raises(CourseError, match=r"not made:\na\.md:3: WARNING: no such page"):
        building.build(ROOT, out, None)
    assert (out / "index.html").read_text("utf-8") == "made of 1"


def test_after_a_complaint_sphinx_reads_every_page_again(tmp_path, sphinx):
    memory = tmp_path / "book-source" / "doctrees"
    memory.mkdir(parents=True)
    sphinx(Said(0))
    building.build(ROOT, tmp_path / "book", None)
    assert memory.is_dir()
    sphinx(Said(2, "no such page"), ["index.md", "a.md"])
    with pytest.raises(CourseError, match="no such page"):
        building.build(ROOT, tmp_path / "book", None)
    assert not memory.exists()


def test_warnings_are_errors_and_the_public_copy_is_handed_on(tmp_path, sphinx):
    calls = sphinx(Said(0))
    public = Repository("https://gitlab.com/a/course", "dev", "gitlab")
    building.build(ROOT, tmp_path / "book", public)
    building.build(ROOT, tmp_path / "book", None)
    (first, env), (second, _) = calls
    assert "--fail-on-warning" in first
    assert "course_url=https://gitlab.com/a/course" in first
    assert {"course_branch=dev", "course_kind=gitlab"} <= set(first)
    assert {"course_url=", "course_branch=", "course_kind="} <= set(second)
    assert (Path(env[building.STATIC]) / building.MATHJAX).is_file()


def test_a_second_build_writes_what_changed_and_nothing_else(tmp_path, sphinx):
    out, made = tmp_path / "book", ["index.html", "search.js"]
    calls = sphinx(Said(0), made=made)
    assert building.build(ROOT, out, None) == 2
    before = (out / building.MARK).stat().st_mtime_ns
    assert building.build(ROOT, out, None) == 0
    (out / "search.js").unlink()
    assert building.build(ROOT, out, None) == 1
    assert (out / building.MARK).stat().st_mtime_ns == before
    assert len(calls) == 1
    sphinx(Said(0), ["index.md", "a.md"], [*made, "a.html"])
    assert building.build(ROOT, out, None) == 3
    assert all((out / name).read_text("utf-8") == "made of 2" for name in made)


def test_sphinx_is_asked_again_where_something_changed(tmp_path, sphinx, monkeypatch):
    calls = sphinx(Said(0), made=["index.html"])
    public = Repository("https://github.com/a/course", "main", "github")

    def asked(repository=None):
        before = len(calls)
        building.build(ROOT, tmp_path / "book", repository)
        return len(calls) > before

    assert [asked(), asked()] == [True, False]
    assert [asked(public), asked(public)] == [True, False]
    monkeypatch.setattr(building, "VERSIONED", ("numpy",))
    assert [asked(public), asked(public)] == [True, False]
    sphinx(Said(0), ["index.md", "a.md"])
    assert [asked(public), asked(public)] == [True, False]
    monkeypatch.setattr(building, "PACKAGE", "tests/publishing")
    assert [asked(public), asked(public)] == [True, False]
    sphinx(Said(1, "full"), ["index.md"])
    with pytest.raises(CourseError, match="full"):
        asked(public)
    sphinx(Said(0), ["index.md", "a.md"])
    assert [asked(public), asked(public)] == [True, False]


def test_what_is_no_more_goes_and_what_is_not_the_books_stays(tmp_path, sphinx):
    out = tmp_path / "book"
    made = ["index.html", "a/b.html", "search.html", "_images/1.png", ".buildinfo"]
    sphinx(Said(0), ["index.md", "a/b.ipynb"], [*made, "_static/part_of_a_theme.html"])
    building.build(ROOT, out, None)
    assert inside(out) == {*made} - {".buildinfo"}
    for name in ("old.html", "_images/old.png", "CNAME"):
        (out / name).write_text("mine", encoding="utf-8")
    sphinx(Said(0), ["index.md"], made)
    building.build(ROOT, out, None)
    assert inside(out) == {"index.html", "search.html", "_images/1.png", "CNAME"}


def test_everything_lies_in_the_book_and_in_one_folder_beside_it(tmp_path, sphinx):
    sphinx(Said(0), made=["index.html"])
    building.build(ROOT, tmp_path / "book", None)
    assert {path.name for path in tmp_path.iterdir()} == {"book", "book-source"}
