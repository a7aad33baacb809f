"""How pages put things: points and rounds in sentences, titles, questions as text."""

from __future__ import annotations

import re

from course_utils.grading.records import Mark, Outcome

ALL_ROUNDS = (
    " Here every round has to be right: with so few possible answers, some come out "
    "right by chance."
)
EMPTY = "The function was handed in empty."
_UNASKED = (Outcome.MISSING, Outcome.NOT_ATTEMPTED, Outcome.FORBIDDEN)


def rounds_in_words(mark: Mark) -> str:
    """How many rounds were right, in a sentence."""
    if mark.outcome in _UNASKED or mark.rounds < 1:
        return ""
    if mark.right >= mark.rounds:
        which = "Both" if mark.rounds == 2 else f"All {mark.rounds}"
        return f"{which} rounds were right." if mark.rounds > 1 else ""
    if mark.right == 0:
        two = mark.rounds == 2
        which = "Neither round" if two else f"None of the {mark.rounds} rounds"
        return f"{which} was right." if mark.rounds > 1 else ""
    verb = "was" if mark.right == 1 else "were"
    of = "One of the two" if mark.rounds == 2 else f"{mark.right} of {mark.rounds}"
    sentence = f"{of} rounds {verb} right."
    return sentence if mark.points else sentence + ALL_ROUNDS


def message_of(mark: Mark) -> str:
    """What to say of an exercise once it is handed in.

    The check's words for an empty function are for who sits in front of it.
    """
    return EMPTY if mark.outcome is Outcome.NOT_ATTEMPTED else mark.message


def waiting_in_words(count: int, again: int = 0) -> str:
    """What waits for a human, in a sentence or two; "" where nothing does.

    Args:
        count: open questions that are not marked.
        again: cells that changed after a human gave their points.

    Example:
        >>> waiting_in_words(0, 1)
        'Points for one thing count as they were, until your teacher looks again.'
    """
    sentences = []
    if count:
        what = "One open question is" if count == 1 else f"{count} open questions are"
        sentences.append(f"{what} still to be marked.")
    if again:
        what = "one thing" if again == 1 else f"{again} things"
        sentences.append(
            f"Points for {what} count as they were, until your teacher looks again."
        )
    return " ".join(sentences)


def title_of(name: str) -> str:
    """An assignment's name for a heading: 07_optimizers becomes 07 Optimizers."""
    lead, _, rest = name.partition("_")
    words = (rest if lead.isdigit() else name).replace("_", " ").strip() or name
    return f"{lead} {words.capitalize()}" if lead.isdigit() else words.capitalize()


def reflowed(markdown: str) -> str:
    r"""A question's Markdown without its first words, and with a line a paragraph.

    Example:
        >>> print(reflowed("**Then explain.** What if $x$\nis 0?\n\n- Yes\n- No"))
        What if $x$ is 0?
        <BLANKLINE>
        - Yes
        - No
    """
    text = re.sub(r"^\s*\*\*Then explain\.\*\*\s*", "", markdown)
    paragraphs = []
    for paragraph in text.strip().split("\n\n"):
        if not paragraph.startswith(("```", "- ", "|", "    ", "1. ")):
            paragraph = " ".join(paragraph.split())
        paragraphs.append(paragraph)
    return "\n\n".join(paragraphs)
