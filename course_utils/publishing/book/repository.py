"""Where a copy of the course is public: the one setting behind all links out."""

from __future__ import annotations

import re
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from course_utils.notebooks.errors import CourseError

SETTINGS = "docs/book/settings.toml"
_HOSTS = {"github.com": "github", "gitlab.com": "gitlab", "codeberg.org": "forgejo"}
_FILES = {
    "github": "{url}/blob/{branch}/{path}",
    "gitlab": "{url}/-/blob/{branch}/{path}",
    "forgejo": "{url}/src/branch/{branch}/{path}",
}
_ADDRESS = re.compile(
    r"https://(?P<host>[a-z.]+)/(?P<path>[\w.-]+(?:/[\w.-]+)+?)"
    r"(?:/(?:-/)?(?:tree|src/branch)/(?P<branch>[\w./-]+?))?/?"
)
_EXPECTED = (
    "expected the https address of a public copy on github.com, gitlab.com or "
    "codeberg.org, such as https://github.com/you/course, or "
    "https://github.com/you/course/tree/main for a certain branch"
)


@dataclass(frozen=True)
class Repository:
    """A public copy of the course.

    Attributes:
        url: its address, without ``.git`` and without a slash at its end.
        branch: the branch that links lead to.
        kind: ``github``, ``gitlab`` or ``forgejo``.
    """

    url: str
    branch: str
    kind: str

    def file(self, path: str) -> str:
        """The address of a file, `path` being its place in the clone."""
        return _FILES[self.kind].format(
            url=self.url, branch=quote(self.branch), path=quote(path)
        )

    def colab(self, notebook: str) -> str | None:
        """The address that opens a notebook in Colab, which reads from GitHub only."""
        if self.kind != "github":
            return None
        path = self.url.removeprefix("https://github.com/")
        return (
            f"https://colab.research.google.com/github/{path}/blob/"
            f"{quote(self.branch)}/{quote(notebook)}"
        )

    def binder(self, notebook: str) -> str:
        """The address that opens a notebook on Binder."""
        branch = quote(self.branch, safe="")
        if self.kind == "github":
            place = f"gh/{self.url.removeprefix('https://github.com/')}"
        elif self.kind == "gitlab":
            path = self.url.removeprefix("https://gitlab.com/")
            place = f"gl/{quote(path, safe='')}"
        else:
            place = f"git/{quote(self.url, safe='')}"
        asked = quote(f"lab/tree/{notebook}", safe="")
        return f"https://mybinder.org/v2/{place}/{branch}?urlpath={asked}"


def parse(address: str, branch: str = "main") -> Repository:
    """Return the repository that an address names.

    Args:
        address: ``https://HOST/OWNER/NAME``, with or without ``.git``, a slash, or
            ``/tree/BRANCH`` at its end.
        branch: the branch where the address names none.

    Raises:
        CourseError: it is no such address; the text says what was expected.

    Example:
        >>> parse("https://github.com/you/course.git")
        Repository(url='https://github.com/you/course', branch='main', kind='github')
        >>> parse("https://github.com/you/course/tree/spring").branch
        'spring'
    """
    found = _ADDRESS.fullmatch(address.strip())
    if found is None or found["host"] not in _HOSTS:
        raise CourseError(f"repository: {_EXPECTED}; got {address!r}")
    kind = _HOSTS[found["host"]]
    path = found["path"].removesuffix(".git")
    if kind != "gitlab" and path.count("/") != 1:
        raise CourseError(f"repository: {_EXPECTED}; got {address!r}")
    url = f"https://{found['host']}/{path}"
    return Repository(url, found["branch"] or branch, kind)


def find(root: Path, asked: str | None = None) -> Repository | None:
    """Return where the clone is public, or None when nobody said so.

    Args:
        root: the clone.
        asked: an address that was given on the command line; it wins over the settings,
            and these over the clone's remote ``origin``, which counts only where it is
            the https address of a known host.

    Raises:
        CourseError: an address that was given or set cannot be understood.
    """
    settings = read_settings(root)
    branch = settings["branch"] or _git(root, "branch", "--show-current") or "main"
    if asked is not None:
        return parse(asked, branch)
    if settings["repository"]:
        try:
            return parse(settings["repository"], branch)
        except CourseError as error:
            raise CourseError(f"{SETTINGS}: {error}") from None
    try:
        return parse(_git(root, "remote", "get-url", "origin"), branch)
    except CourseError:
        return None


def read_settings(root: Path) -> dict[str, str]:
    """Return `repository` and `branch` from the settings, empty where not set.

    Raises:
        CourseError: the file is no TOML, or holds something else.
    """
    path = root / SETTINGS
    found = {"repository": "", "branch": ""}
    if not path.is_file():
        return found
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CourseError(f"{SETTINGS} is not valid TOML: {error}") from None
    for key, value in table.items():
        if key not in found or not isinstance(value, str):
            raise CourseError(
                f"{SETTINGS}: expected texts repository and branch, got {key} = "
                f"{value!r}"
            )
    return found | table


def _git(root: Path, *arguments: str) -> str:
    """What git answers, or an empty text where it does not."""
    if not (root / ".git").exists():
        return ""
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
