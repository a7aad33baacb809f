"""Submissions that are the same but for names, for a human to look at.

Two functions are the same here when their syntax trees are, once local names are
numbered in the order in which they appear, and comments, layout, docstrings and
annotations are gone. That alone says little: many honest people write the same three
lines. So a form counts by its length, and the less the more others in the class wrote
it; nothing counts that was handed out, or that is published. What remains is a reason
to look, never a verdict.
"""

from __future__ import annotations

import ast
import hashlib
import re
import warnings
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from course_utils.grading.records import Record

SOURCE, DEPTH = 20_000, 60
SHORTEST = 25  # nodes: about two lines of arithmetic
ENOUGH, ALONE = 120, 150  # nodes, weighed: of several cells together, of one alone
COMMON, FEW, MANY = 0.1, 3, 20  # others with the same form, until it says nothing
UNKNOWN = (
    5  # students that a class seems smaller by, as it shows less of what is common
)
_BRACKETS = re.compile(r"[\[({})\]]")


@dataclass(frozen=True)
class Pair:
    """Two submissions with functions that are the same but for names.

    Attributes:
        students: the two, in alphabetical order.
        cells: the grade ids of the cells that agree, and are not common.
        weight: nodes of the syntax tree that agree, those of rare forms in full.
    """

    students: tuple[str, str]
    cells: tuple[str, ...]
    weight: float


def alike(
    records: Iterable[Record], known: Mapping[str, Iterable[str]] | None = None
) -> list[Pair]:
    """Find pairs that are the same but for names; the work grows as the class does.

    Args:
        records: of a whole class.
        known: sources that say nothing, by grade id: what was handed out, and any
            solution that students can look up.

    Returns:
        The pairs, the heaviest first.
    """
    known = known or {}
    holders: dict[tuple[str, str], list[str]] = defaultdict(list)
    sizes: dict[tuple[str, str], int] = {}
    given = {
        cell: {form[0] for form in map(normal_form, sources) if form}
        for cell, sources in known.items()
    }
    writers: dict[str, int] = defaultdict(int)
    for record in sorted(records, key=lambda r: r.student):
        for cell, source in record.sources.items():
            form = normal_form(source)
            if form is None or form[0] in given.get(cell, ()):
                continue
            writers[cell] += 1
            if form[1] >= SHORTEST:
                holders[cell, form[0]].append(record.student)
                sizes[cell, form[0]] = form[1]
    return [
        pair
        for pair in pairs_of(holders, sizes, writers)
        if pair.weight >= (ENOUGH if len(pair.cells) > 1 else ALONE)
    ]


def pairs_of(
    holders: Mapping[tuple[str, Hashable], list[str]],
    sizes: Mapping[tuple[str, Hashable], int],
    writers: Mapping[str, int],
) -> list[Pair]:
    """Pair up the students who hold the same thing in the same cell.

    Args:
        holders: by cell and what was found there, the students who wrote it, in order.
        sizes: how much each of these counts before `rarity`.
        writers: by cell, how many students wrote anything of their own.

    Returns:
        The pairs whose weight is above zero, the heaviest first.
    """
    found: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for (cell, digest), students in holders.items():
        weight = sizes[cell, digest] * rarity(len(students), writers[cell])
        if len(students) > 1 and weight > 0:
            for pair in combinations(students, 2):
                found[pair][cell] = weight
    pairs = [
        Pair(students, tuple(cells), sum(cells.values()))
        for students, cells in found.items()
    ]
    return sorted(pairs, key=lambda pair: (-pair.weight, pair.students))


def rarity(holders: int, writers: int) -> float:
    """How much it says that two wrote the same form: near 1 where nobody else did.

    It falls to 0 as others have it too: a tenth of the class, though not less than
    three nor more than twenty. And it is lower the smaller the class, which shows less
    of what is common.

    Args:
        holders: how many wrote this form.
        writers: how many wrote anything in the cell.

    Example:
        >>> rarity(2, 195), rarity(90, 195), rarity(2, 5)
        (0.975, 0.0, 0.5)
    """
    others = holders - 2
    limit = min(max(COMMON * (writers - 2), FEW), MANY)
    return max(1.0 - (others / limit) ** 2, 0.0) * writers / (writers + UNKNOWN)


def normal_form(source: str) -> tuple[str, int] | None:
    """A digest of what a source does, whatever its names, and its size in nodes.

    Returns:
        None where the source is no Python, is empty, or is too long or too deep.

    Example:
        >>> one = normal_form("def f(x): y = x + 1; return y  # one more")
        >>> one == normal_form("def f(a): b = a + 1; return b")
        True
        >>> one == normal_form("def f(x): y = x - 1; return y")
        False
    """
    if len(source) > SOURCE or _depth(source) > DEPTH:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
        digest, size = hashlib.sha256(), 0
        for words in _words(tree):
            digest.update(repr(words).encode("utf-8", "backslashreplace"))
            size += words[0] not in _SIGNATURE
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return (digest.hexdigest(), size) if size else None


def _depth(source: str) -> int:
    """How deep brackets are nested at most; those in strings count as well."""
    depth = deepest = 0
    for match in _BRACKETS.finditer(source):
        depth += 1 if match[0] in "([{" else -1
        deepest = max(deepest, depth)
    return deepest


def _words(tree: ast.Module) -> Iterator[tuple]:
    """Each node in words, in the order of the source, with numbers for local names.

    Names of the cell are numbered across the cell, those inside a function or a
    class for each of them anew; what stands for neither, such as `np`, keeps its name.
    """
    outer = _Names(_bound(tree.body, deep=False))
    for statement in tree.body:
        scope = isinstance(statement, _SCOPES)
        inner = _Names(_bound([statement], deep=True) if scope else set(), outer)
        if scope:
            inner.bound.discard(statement.name)
        stack = [] if _silent(statement) else [statement]
        while stack:
            node = stack.pop()
            words, children = [type(node).__name__], []
            for field, value in ast.iter_fields(node):
                if field in _UNSAID:
                    continue
                items = value if isinstance(value, list) else [value]
                items = [item for item in items if not _silent(item)]
                words += [field, len(items)]
                for item in items:
                    if isinstance(item, ast.AST):
                        children.append(item)
                    elif isinstance(item, str) and field in _NAMES.get(words[0], ()):
                        words.append(inner.number(item))
                    else:
                        words.append(repr(item))
            stack.extend(reversed(children))
            yield tuple(words)


_SCOPES = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
# Fields that say nothing of what a source does, and those that name something.
_UNSAID = {"annotation", "returns", "type_comment", "kind", "ctx", "simple"}
_NAMES = {
    "Name": ("id",),
    "arg": ("arg",),
    "FunctionDef": ("name",),
    "AsyncFunctionDef": ("name",),
    "ClassDef": ("name",),
    "alias": ("asname",),
    "ExceptHandler": ("name",),
    "Global": ("names",),
    "Nonlocal": ("names",),
    "MatchAs": ("name",),
    "MatchStar": ("name",),
}
_SIGNATURE = {"FunctionDef", "AsyncFunctionDef", "arguments", "arg"}


class _Names:
    """Numbers for names, in the order in which they appear."""

    def __init__(self, bound: set[str], outer: _Names | None = None) -> None:
        self.bound, self.outer = bound, outer
        self.numbers: dict[str, int] = {}

    def number(self, name: str) -> str:
        if name in self.bound:
            place = self.numbers.setdefault(name, len(self.numbers))
            return f"{'inner' if self.outer else 'outer'} {place}"
        return self.outer.number(name) if self.outer else f"name {name}"


def _bound(nodes: list[ast.stmt], deep: bool) -> set[str]:
    """The names that statements bind; inside functions only where `deep`."""
    names, stack = set(), list(nodes)
    while stack:
        node = stack.pop()
        for field in _NAMES.get(type(node).__name__, ()):
            value = getattr(node, field)
            if isinstance(value, str) and not isinstance(
                getattr(node, "ctx", None), ast.Load
            ):
                names.add(value)
        if deep or not isinstance(node, _SCOPES):
            stack.extend(ast.iter_child_nodes(node))
    return names


def _silent(node: object) -> bool:
    """Whether this is a statement that does nothing, such as a docstring."""
    lone = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return lone or isinstance(node, ast.Pass)
