"""The house stands as drawn: imports go down, links lead somewhere."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import commands

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "course_utils"

# Lowest first. A module imports from its own floor or from below, nothing from above;
# lesson modules do not even import one another. Below them lies what several of them
# calculate with.
LESSONS = "the lesson modules"
GROUND = "gaussian"
FLOORS = [
    GROUND,
    LESSONS,
    "lab",
    "checks",
    "notebooks",
    "grading",
    "publishing",
    "cli",
]
KERAS = {"tensorflow", "keras", "tf_keras"}
# Beside the others: they import Keras, may use lessons and lab, and no one uses them,
# except, inside functions, the checks of the one lesson that is about Keras models.
KERAS_FLOOR = "in_keras"
KERAS_LESSON = "transfer_learning"
KERAS_CHECKS = re.compile(r"course_utils\.checks\.(_transfer_\w+|transfer_learning)")


def modules():
    """Every module of the package: its dotted name and its file."""
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if parts[-1] == "__init__":
            parts = parts[:-1]
        if "templates" not in parts:  # what `course new-lesson` fills in
            yield ".".join(parts), path


MODULES = dict(modules())


def floor_of(module):
    """The floor that a module of the package stands on; None for the package itself."""
    parts = module.split(".")
    if len(parts) == 1:
        return None
    if parts[1] == KERAS_LESSON:
        return KERAS_FLOOR
    return parts[1] if parts[1] in (*FLOORS, KERAS_FLOOR) else LESSONS


def imports_of(module, path):
    """Every module that a file imports, wherever in it, as absolute dotted names."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, base]).strip(".")
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                yield inner if inner in MODULES else base


def broken_rules(module, path):
    """What a module imports and may not, in words."""
    floor = floor_of(module)
    may_use_keras = floor == KERAS_FLOOR or KERAS_CHECKS.fullmatch(module)
    for name in imports_of(module, path):
        top = name.split(".")[0]
        if top in KERAS and not may_use_keras:
            yield f"{module} imports {name}: only course_utils.in_keras may"
        if top != "course_utils" or name == module:
            continue
        other = floor_of(name)
        if other is None:
            continue
        if floor is None:
            yield f"{module} imports {name}: the package itself imports nothing"
        elif other == KERAS_FLOOR and not may_use_keras:
            yield f"{module} imports {name}, which imports Keras"
        elif floor == other == LESSONS and module.split(".")[1] != name.split(".")[1]:
            yield f"{module} imports another lesson, {name}"
        elif other not in (floor, KERAS_FLOOR):
            highest = "lab" if floor == KERAS_FLOOR else floor
            if FLOORS.index(other) > FLOORS.index(highest):
                yield f"{module} imports {name}, from a floor above"


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_down(module):
    assert not list(broken_rules(module, MODULES[module]))


@pytest.mark.parametrize(
    ("module", "line", "said"),
    [
        ("course_utils.activations", "import tensorflow as tf", "only .*in_keras may"),
        ("course_utils.lab.network", "from keras import layers", "only .*in_keras may"),
        ("course_utils.lab.x", "from course_utils import in_keras", "imports Keras"),
        ("course_utils.optimizers", "from course_utils.lab import data", "above"),
        ("course_utils.optimizers", "from . import activations", "another lesson"),
        ("course_utils.gaussian", "from . import activations", "above"),
        ("course_utils.a.b", "from course_utils.c.d import e", "another lesson"),
        ("course_utils.checks.optimizers", "import keras", "only .*in_keras may"),
        (
            "course_utils.lab.x",
            "import course_utils.transfer_learning",
            "imports Keras",
        ),
        (
            "course_utils.transfer_learning.x",
            "from course_utils import checks",
            "above",
        ),
        ("course_utils.checks.x", "def f():\n    from ..cli import main", "above"),
        ("course_utils.lab.x", "import course_utils.checks.result", "above"),
    ],
)
def test_the_rule_sees_what_it_forbids(tmp_path, monkeypatch, module, line, said):
    path = tmp_path / "x.py"
    path.write_text(line + "\n", encoding="utf-8")
    monkeypatch.setitem(MODULES, "course_utils.in_keras", tmp_path / "in_keras.py")
    (found,) = broken_rules(module, path)
    assert re.search(said, found)


def test_the_checks_of_the_lesson_about_keras_models_may_use_keras(tmp_path):
    path = tmp_path / "x.py"
    path.write_text("def f():\n    import keras\n", encoding="utf-8")
    assert not list(broken_rules("course_utils.checks._transfer_reuse", path))


def in_a_fresh_python(code):
    """Run code in a new interpreter; return what it prints, as words."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_importing_the_package_imports_none_of_its_floors_nor_numpy():
    code = "import sys, course_utils; print(*sys.modules)"
    loaded = in_a_fresh_python(code)
    assert "course_utils" in loaded
    assert not [name for name in loaded if name.startswith("course_utils.")]
    assert not {"numpy", "pandas", "matplotlib", "scipy"} & set(loaded)


def test_nothing_but_in_keras_loads_tensorflow():
    """All the rest imported at once, as a notebook would."""
    names = [
        name
        for name in MODULES
        if floor_of(name) not in (None, KERAS_FLOOR) and "__main__" not in name
    ]
    code = f"import importlib, sys\nfor name in {names!r}:\n"
    code += "    importlib.import_module(name)\nprint(*sys.modules)"
    loaded = in_a_fresh_python(code)
    assert set(names) <= set(loaded)
    assert not KERAS & set(loaded)


# --- documents ---------------------------------------------------------------------


def documents():
    """Every text that people read, and the folder that its links start from."""
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        yield path, path.parent
    yield ROOT / "data" / "README.md", ROOT / "data"
    texts = ROOT / "notebooks" / "text"
    for path in texts.rglob("*.py"):  # their notebooks lie one folder higher
        yield path, ROOT / "notebooks" / path.parent.relative_to(texts)


DOCUMENTS = dict(documents())


def anchors(text):
    """The fragments that a document's headings can be linked by."""
    for title in re.findall(r"^#+ +(.+?) *$", text, re.MULTILINE):
        kept = re.sub(r"[^\w\- ]", "", title.lower())
        yield kept.replace(" ", "-")


def dead_links(text, folder):
    """The relative links of a text that lead nowhere."""
    links = re.findall(r"\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)", text)
    links += re.findall(r"<(?:img|a)\b[^>]*?(?:src|href)=\"([^\"]+)\"", text)
    for link in links:
        if re.match(r"[a-z][a-z0-9+.-]*:", link):
            continue
        path, _, fragment = link.partition("#")
        target = folder / path
        if path and not target.exists():
            yield link
        elif fragment and (not path or path.endswith(".md")):
            there = target.read_text(encoding="utf-8") if path else text
            if fragment not in anchors(there):
                yield link


@pytest.mark.parametrize(
    "path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix()
)
def test_links_lead_somewhere(path):
    text = path.read_text(encoding="utf-8")
    assert not list(dead_links(text, DOCUMENTS[path]))


def test_a_dead_link_is_seen(tmp_path):
    (tmp_path / "there.md").write_text("# One *title*, here\n", encoding="utf-8")
    text = (
        "[a](there.md) [b](there.md#one-title-here) [c](https://example.org/x) "
        '[d](gone.md) ![e](gone.png "Title") [f](there.md#other) [g](#nowhere) '
        '<img src="gone.svg" alt="x">'
    )
    dead = ["gone.md", "gone.png", "there.md#other", "#nowhere", "gone.svg"]
    assert list(dead_links(text, tmp_path)) == dead


def test_the_documents_name_commands_that_exist():
    for name in ("README.md", "CONTRIBUTING.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        code = " ".join(re.findall(r"`[^`\n]+`|```.*?```", text, re.DOTALL))
        pattern = r"(?m)(?:^|`)make ([a-z]+)|bootstrap\.py ([a-z]+)"
        used = set(re.findall(pattern, code))
        assert used
        for pair in used:
            assert {*pair} - {""} <= set(commands.COMMANDS)


# --- every file --------------------------------------------------------------------

SKIPPED = {".git", ".venv", "__pycache__", "node_modules", "build", "dist"}
TEXTS = {".py", ".md", ".ipynb", ".toml", ".yml", ".yaml", ".cff", ".json", ".lock"}
TEXTS |= {".css", ".js", ".txt", ""}


def files():
    """Every file of the project that holds text."""
    for folder, inner, names in os.walk(ROOT):
        hidden = {name for name in inner if name.startswith(".") and name != ".ci"}
        inner[:] = sorted(set(inner) - SKIPPED - hidden)
        for name in sorted(names):
            if Path(name).suffix in TEXTS and name != ".DS_Store":
                yield Path(folder) / name


# Folders that are someone's machine: a home, a root's home, a drive's users, a
# temporary place. Written in pieces, so that this file is not one of its own finds.
MACHINE_PATH = re.compile(
    r"(?<![\w.~/-])(?:/" + r"(?:home|Users)/\w+/|/" + r"(?:root|work|tmp)/\w)"
    r"|\b[A-Za-z]:\\\\?" + r"Users\\"
)


# Who looks for such folders has to name them.
LOOKS_FOR_THEM = {"course_utils/notebooks/rules.py", "tests/notebooks/test_rules.py"}


def test_no_machine_s_folders_are_in_the_files():
    """In notebooks their own rules look for them, and know pictures from text."""
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in files()
        if path.suffix != ".ipynb"
        and path.relative_to(ROOT).as_posix() not in LOOKS_FOR_THEM
        for match in MACHINE_PATH.finditer(path.read_text(encoding="utf-8"))
    ]
    assert not found


def test_a_machine_s_folder_is_seen():
    slash = "/"
    for path in ["home/ann/x", "root/x", "tmp/x.py", "Users/ann/x"]:
        assert MACHINE_PATH.search(f'File "{slash}{path}"')
    assert MACHINE_PATH.search("C:\\" + "Users\\ann")
    for fine in ["docs/home/index.md", "https://example.org/home/ann/", "~/work/x"]:
        assert not MACHINE_PATH.search(fine)


def test_every_text_is_utf_8_with_plain_line_ends():
    for path in files():
        data = path.read_bytes()
        data.decode("utf-8")
        assert b"\r" not in data, path
        assert data.endswith(b"\n") or not data, path
