"""Text that is folded until a reader wants it: hints, solutions, notes."""


def fold(summary: str, text: str, kind: str) -> str:
    r"""Return Markdown that shows one line, and the rest when that line is clicked.

    Args:
        summary: the line, plain text.
        text: Markdown; formulas and code in it work.
        kind: a class for the style sheet, such as ``hint`` or ``solution``.

    Example:
        >>> print(fold("Hint", "Think of $x$.", "hint"))
        <details class="fold fold-hint">
        <summary>Hint</summary>
        <BLANKLINE>
        Think of $x$.
        <BLANKLINE>
        </details>
    """
    return (
        f'<details class="fold fold-{kind}">\n<summary>{summary}</summary>\n\n'
        f"{text.strip()}\n\n</details>"
    )
