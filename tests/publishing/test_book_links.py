"""Where the book's links lead: between its pages, and to a public copy."""

import subprocess

import pytest

from course_utils.notebooks.errors import CourseError
from course_utils.publishing.book.extension import buttons
from course_utils.publishing.book.links import Links
from course_utils.publishing.book.repository import Repository, find, parse

HERE = Repository("https://github.com/you/course", "main", "github")
PAGES = {
    "README.md": "README.md",
    "docs/teachers.md": "docs/teachers.md",
    "notebooks/01_a.ipynb": "notebooks/01_a.ipynb",
    "notebooks/exercises/01_a.ipynb": "notebooks/exercises/01_a.md",
}


@pytest.fixture
def root(tmp_path):
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "x.py").write_text("x = 1\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "source", "expected"),
    [
        (
            "notebooks/01_a.ipynb",
            "[the\nexercises](exercises/01_a.ipynb)",
            "[the\nexercises](exercises/01_a.md)",
        ),
        (
            "notebooks/exercises/01_a.ipynb",
            "[up](../01_a.ipynb#top)",
            "[up](../01_a.ipynb#top)",
        ),
        (
            "docs/teachers.md",
            "[r](../README.md#two-commands)",
            "[r](../README.md#two-commands)",
        ),
        ("README.md", "[t](docs/teachers.md)", "[t](docs/teachers.md)"),
        ("README.md", "[web](https://example.org/a)", "[web](https://example.org/a)"),
        ("README.md", "a formula $[f](x)$", "a formula $[f](x)$"),
        ("README.md", "`[x](tools/x.py)`", "`[x](tools/x.py)`"),
        (
            "README.md",
            "```\n[x](tools/x.py)\n```",
            "```\n[x](tools/x.py)\n```",
        ),
        ("README.md", "![picture](tools/x.py)", "![picture](tools/x.py)"),
    ],
)
def test_links_between_pages_lead_to_pages_and_code_stays(root, name, source, expected):
    assert Links(root, PAGES).rewrite(source, name) == expected


def test_a_file_that_is_no_page_leads_to_the_public_copy_or_is_plain_text(root):
    source = "see [the tool](../tools/x.py)"
    assert Links(root, PAGES).rewrite(source, "docs/teachers.md") == "see the tool"
    public = Links(root, PAGES, HERE).rewrite(source, "docs/teachers.md")
    assert (
        public == "see [the tool](https://github.com/you/course/blob/main/tools/x.py)"
    )


@pytest.mark.parametrize(
    ("address", "url", "branch", "kind"),
    [
        ("https://github.com/you/course", "github.com/you/course", "b", "github"),
        ("https://github.com/you/course.git", "github.com/you/course", "b", "github"),
        ("https://github.com/you/course/", "github.com/you/course", "b", "github"),
        (
            "https://github.com/you/course/tree/x/y",
            "github.com/you/course",
            "x/y",
            "github",
        ),
        ("https://gitlab.com/a/b/course", "gitlab.com/a/b/course", "b", "gitlab"),
        (
            "https://gitlab.com/a/course/-/tree/dev",
            "gitlab.com/a/course",
            "dev",
            "gitlab",
        ),
        (
            "https://codeberg.org/you/course/src/branch/dev",
            "codeberg.org/you/course",
            "dev",
            "forgejo",
        ),
    ],
)
def test_addresses_of_known_hosts_are_understood(address, url, branch, kind):
    assert parse(address, "b") == Repository(f"https://{url}", branch, kind)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "course",
        "http://github.com/you/course",
        "https://github.com/you",
        "https://github.com/you/course/issues",
        "https://example.org/you/course",
        "git@github.com:you/course.git",
        "https://user:word@github.com/you/course",
    ],
)
def test_other_addresses_are_refused_with_what_was_expected(address):
    with pytest.raises(CourseError, match="expected the https address") as caught:
        parse(address)
    assert repr(address) in str(caught.value)


def settings(root, text):
    path = root / "docs" / "book" / "settings.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def git(root, *arguments):
    subprocess.run(["git", "-C", str(root), *arguments], check=True)


def test_the_command_line_wins_then_the_settings_then_the_origin(tmp_path):
    assert find(tmp_path) is None
    git(tmp_path, "init", "-q", "-b", "spring")
    assert find(tmp_path) is None
    git(tmp_path, "remote", "add", "origin", "https://github.com/c/course.git")
    assert find(tmp_path) == Repository(
        "https://github.com/c/course", "spring", "github"
    )
    settings(tmp_path, 'repository = "https://github.com/b/course"\nbranch = "dev"\n')
    assert find(tmp_path) == Repository("https://github.com/b/course", "dev", "github")
    asked = "https://github.com/a/course/tree/main"
    assert find(tmp_path, asked) == Repository(
        "https://github.com/a/course", "main", "github"
    )


@pytest.mark.parametrize("origin", ["git@github.com:c/course.git", "/a/folder"])
def test_an_origin_that_is_not_public_is_not_linked(tmp_path, origin):
    git(tmp_path, "init", "-q")
    git(tmp_path, "remote", "add", "origin", origin)
    assert find(tmp_path) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("repository = \n", "not valid TOML"),
        ("repository = 3\n", "expected texts repository and branch"),
        ('url = "x"\n', "expected texts repository and branch"),
        ('repository = "elsewhere"\n', "settings.toml: repository: expected"),
    ],
)
def test_settings_that_cannot_be_understood_are_named(tmp_path, text, said):
    settings(tmp_path, text)
    with pytest.raises(CourseError, match=said):
        find(tmp_path)


def urls(page, repository):
    made = buttons(page, repository)
    inner = [link for b in made if b["type"] == "group" for link in b["buttons"]]
    return [b["url"] for b in [*inner, *made] if b["type"] == "link"]


def test_a_lesson_runs_in_colab_and_binder_and_shows_its_source():
    assert urls("notebooks/01_a", HERE) == [
        "https://colab.research.google.com/github/you/course/blob/main/notebooks/01_a.ipynb",
        "https://mybinder.org/v2/gh/you/course/main?urlpath=lab%2Ftree%2Fnotebooks%2F01_a.ipynb",
        "https://github.com/you/course/blob/main/notebooks/01_a.ipynb",
    ]


def test_colab_is_offered_for_github_alone():
    there = Repository("https://gitlab.com/a/course", "x/y", "gitlab")
    assert urls("notebooks/01_a", there) == [
        "https://mybinder.org/v2/gl/a%2Fcourse/x%2Fy?urlpath=lab%2Ftree%2Fnotebooks%2F01_a.ipynb",
        "https://gitlab.com/a/course/-/blob/x/y/notebooks/01_a.ipynb",
    ]


def test_texts_show_their_source_and_made_pages_have_no_buttons():
    assert urls("docs/teachers", HERE) == [HERE.file("docs/teachers.md")]
    assert urls("CONTRIBUTING", HERE) == [HERE.file("CONTRIBUTING.md")]
    assert buttons("verdicts", HERE) == buttons("reference/course_utils", HERE) == []
