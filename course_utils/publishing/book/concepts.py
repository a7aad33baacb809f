"""The index of concepts: for each term the sections of the lessons that speak of it.

The terms are listed by hand, their places are found in the lessons' own prose. First
comes where a term is emphasised or stands in a heading: there it is explained. Where
that finds the wrong place, the list names the right one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from nbformat import NotebookNode

from course_utils.notebooks.errors import CourseError
from course_utils.publishing.book.lessons import FOR_LECTURERS, headings

MOST_PLACES = 2  # of each lesson
# Sections that speak of everything and explain nothing: they count where no other does.
ASIDE = re.compile(
    r"Further reading|Summary|What you will be able to do|Now you|Predict\b.*"
    r"|What goes wrong in other texts"
)
_UNSAID = re.compile(
    r"^(```+|~~~+).*?^\1[ ]*$|\$\$.*?\$\$|\$[^$\n]+?\$|(`+)(?!`).+?\2|\]\([^)\s]*\)",
    re.DOTALL | re.MULTILINE,
)
_PLACE = re.compile(r"(\d\d)(?::\s*(\S.*))?")
_EMPHASIS = re.compile(r"^#+ .*$|(?<!\*)(\*{1,2})(?![\s*])([^*]{1,60})\1", re.MULTILINE)


@dataclass(frozen=True)
class Term:
    """A concept and the other words for it.

    Attributes:
        name: as the index shows it.
        words: what to look for; the name is the first.
        lesson: the number of the lesson that explains it, such as ``"03"``; empty
            where the best place is found by itself.
        heading: the section there that does; empty where the best of the lesson will
            do.
    """

    name: str
    words: tuple[str, ...]
    lesson: str = ""
    heading: str = ""

    def pattern(self) -> re.Pattern[str]:
        """What matches the term: any spacing or hyphens, singular or plural.

        A word with a capital letter is looked for as it is written, others in any case.
        """
        choices = []
        for word in self.words:
            parts = [re.escape(part) for part in re.split(r"[\s-]+", word)]
            case = "" if word != word.lower() else "i"
            text = r"[\s-]+".join(parts) + ("" if case == "" else r"(?:s|es)?")
            choices.append(f"(?{case}:{text})" if case else text)
        return re.compile(rf"(?<![\w-])(?:{'|'.join(choices)})(?!\w)")


@dataclass(frozen=True)
class Section:
    """A part of a lesson below one heading.

    Attributes:
        lesson: the lesson's title.
        title: the heading.
        anchor: the label that the book puts above it.
        text: its prose, without code and formulas.
    """

    lesson: str
    title: str
    anchor: str
    text: str


def read_terms(text: str, name: str = "terms.txt") -> list[Term]:
    """Read the list of terms: one a line, other words for it behind bars.

    Args:
        text: lines such as ``saddle point | saddle``, or, with the place that comes
            first, ``ELU -> 03`` and ``ELU | elu -> 03: A heading``; ``#`` begins a
            comment.
        name: what an error calls the list.

    Raises:
        CourseError: a line without a name or with a place that cannot be read, or a
            term listed twice.
    """
    terms: list[Term] = []
    for number, line in enumerate(text.splitlines(), 1):
        said = line.split("#")[0].strip()
        if not said:
            continue
        listed, arrow, place = said.partition("->")
        words = tuple(word.strip() for word in listed.split("|"))
        at = _PLACE.fullmatch(place.strip())
        if not all(words) or (arrow and not at):
            raise CourseError(
                f"{name}, line {number}: expected 'term | other word', and behind it "
                f"perhaps '-> 03: heading', got {line!r}"
            )
        if any(words[0].lower() == term.name.lower() for term in terms):
            raise CourseError(f"{name}, line {number}: {words[0]!r} is listed twice")
        home = (at[1], at[2] or "") if at else ("", "")
        terms.append(Term(words[0], words, *home))
    return terms


def anchor(name: str, number: int) -> str:
    """The label of a lesson's heading, headings being counted from 1.

    Example:
        >>> anchor("07_optimizers", 3)
        'section-07-3'
    """
    return f"section-{name[:2]}-{number}"


def sections(name: str, title: str, notebook: NotebookNode) -> list[Section]:
    """Return a lesson's sections in order.

    Args:
        name: the lesson's, with its number.
        title: the lesson's title.
        notebook: the lesson.
    """
    found: list[list[str]] = []
    for cell in notebook.cells:
        if cell.cell_type != "markdown" or cell.source.startswith(FOR_LECTURERS):
            continue
        heads = headings(cell.source)
        if heads:
            found.append([heads[0][1]])
        if found:
            found[-1].append(_UNSAID.sub(" ", cell.source))
    return [
        Section(title, _plain(heading), anchor(name, number), "\n\n".join(texts))
        for number, (heading, *texts) in enumerate(found, 1)
    ]


def with_anchors(name: str, notebook: NotebookNode) -> None:
    """Put labels above the headings of a lesson, as `sections` counts them."""
    number = 0
    for cell in notebook.cells:
        if cell.cell_type != "markdown" or cell.source.startswith(FOR_LECTURERS):
            continue
        heads = headings(cell.source)
        if heads:
            number += 1
            lines = cell.source.split("\n")
            at = next(i for i, line in enumerate(lines) if line.startswith("#"))
            lines[at:at] = [f"({anchor(name, number)})="]
            cell.source = "\n".join(lines)


def places(term: Term, all_sections: Sequence[Section]) -> list[Section]:
    """Return the sections that speak of a term, those that emphasise it first.

    The place that the list names comes before all others.

    Raises:
        CourseError: no section does, or none at the place that the list names.
    """
    pattern = term.pattern()
    ranked = []
    for section in all_sections:
        if pattern.search(section.text):
            aside = ASIDE.fullmatch(section.title) is not None
            ranked.append((aside, _weakness(pattern, section), section))
    if not ranked:
        raise CourseError(
            f"terms.txt: no lesson speaks of {term.name!r}, nor by another of its "
            f"words ({', '.join(term.words)})"
        )
    ranked.sort(key=lambda entry: entry[:2])
    found = [section for aside, _, section in ranked if aside == ranked[0][0]]
    if not term.lesson:
        return found
    home = _home(term, [section for *_, section in ranked])
    return [home, *(section for section in found if section != home)]


def _home(term: Term, speaking: Sequence[Section]) -> Section:
    """The first of the sections that the list of terms could mean."""
    for section in speaking:
        here = section.anchor.startswith(anchor(term.lesson, 0)[:-1])
        if here and term.heading in ("", section.title):
            return section
    where = f"section {term.heading!r} of lesson" if term.heading else "lesson"
    raise CourseError(
        f"terms.txt: {where} {term.lesson} does not speak of {term.name!r}, nor by "
        f"another of its words ({', '.join(term.words)})"
    )


def _weakness(pattern: re.Pattern[str], section: Section) -> int:
    """How little a section makes of a term: 0 where it is what the heading begins with.

    1 where it stands in the heading, 2 where it is emphasised, 3 elsewhere.
    """
    if pattern.match(section.title.lstrip("0123456789. ")):
        return 0
    if pattern.search(section.title):
        return 1
    spans = _EMPHASIS.finditer(section.text)
    return 2 if any(pattern.search(span[0]) for span in spans) else 3


def concept_page(terms: Iterable[Term], all_sections: Sequence[Section]) -> str:
    """Return the index of concepts.

    Raises:
        CourseError: a term that is found in no lesson.
    """
    ordered = sorted(terms, key=lambda term: term.name.lower())
    parts = [
        "# Concepts\n\nWhere the lessons speak of what. The first place, in bold, is "
        "where a term is explained or emphasised."
    ]
    for letter, group in groupby(ordered, key=lambda term: term.name[0].upper()):
        entries = [
            f"{term.name}\n: {_listed(places(term, all_sections))}" for term in group
        ]
        parts += [f"## {letter}", *entries]
    return "\n\n".join(parts)


def _listed(found: Sequence[Section]) -> str:
    """The first place, and then the lessons in order with some places each."""
    first, *others = found
    links = [f"**{_link(first, full=True)}**"]
    others.sort(key=lambda section: section.anchor[:10])
    for _, group in groupby(others, key=lambda section: section.lesson):
        lesson = list(group)
        more = len(lesson) - MOST_PLACES
        links += [_link(section) for section in lesson[:MOST_PLACES]]
        links[-1] += f" and {more} more there" if more > 0 else ""
    return "; ".join(links)


def _link(section: Section, full: bool = False) -> str:
    number, name = section.lesson.split(". ", 1) if ". " in section.lesson else ("", "")
    where = section.lesson if full or not number else f"Lesson {number}"
    if section.title == section.lesson or section.title == name:
        return f"[{section.lesson}](#{section.anchor})"
    return f"[{where}: {section.title}](#{section.anchor})"


def _plain(title: str) -> str:
    """A heading as the text of a link: no brackets in it."""
    return title.replace("[", "").replace("]", "")
