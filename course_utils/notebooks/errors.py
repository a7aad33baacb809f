"""The errors that the course's own tools report in a sentence, without a traceback."""


class CourseError(Exception):
    """Something a person can put right; its text says what and how."""


class NotebookError(CourseError):
    """A notebook that cannot be read, or a cell that does not do what it should.

    Args:
        notebook: the notebook's name, for example ``01_vanishing_gradients``.
        problem: what is wrong, in a sentence.
        cell: number of the code cell, counted from 1; None when it is none of them.
        source: text of that cell, shown below the sentence.
        details: what the kernel said, shown last.
    """

    def __init__(
        self,
        notebook: str,
        problem: str,
        *,
        cell: int | None = None,
        source: str = "",
        details: str = "",
    ) -> None:
        """Keep the parts and join them into the message."""
        self.notebook, self.problem, self.cell = notebook, problem, cell
        where = notebook if cell is None else f"{notebook}, code cell {cell}"
        parts = [f"{where}: {problem}"]
        if source:
            parts.append("\n".join(f"    | {line}" for line in source.splitlines()))
        if details:
            parts.append("\n".join(f"    {line}" for line in details.splitlines()))
        super().__init__("\n".join(parts))
