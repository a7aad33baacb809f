"""IPython's shell without a screen, a keyboard, a history or a system behind it."""

from __future__ import annotations

import tempfile

from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.profiledir import ProfileDir
from IPython.utils.text import SList
from traitlets.config import Config

#: Magics that would reach beyond the notebook; a line says that they were left out.
_NAMES = """
    alias_magic autoreload bash bg cmd conda html javascript js killbgscripts latex
    load_ext mamba markdown matplotlib micromamba notebook perl pip pylab pypy python
    python2 python3 reload_ext ruby save sc script sh svg sx system uv widget
"""
LEFT_OUT = frozenset(_NAMES.split())


class _NoScreen(DisplayPublisher):
    def publish(self, *args: object, **options: object) -> None:
        """Show nothing."""

    def clear_output(self, wait: bool = False) -> None:
        """Nothing was shown."""


class QuietShell(InteractiveShell):
    """Runs cells as a notebook does, and shows nothing.

    Magics run where they stay within Python; installing packages, other languages and
    commands of the system are left out, with a line that says so.
    """

    def init_ipython_dir(self, ipython_dir: str | None) -> None:
        """Have no folder for settings; whatever asks is given that for rubbish."""
        self.ipython_dir = tempfile.gettempdir()

    def init_profile_dir(self, profile_dir: object) -> None:
        """Have no profile on disk."""
        self.profile_dir = ProfileDir()

    def init_display_pub(self) -> None:
        """Publish nothing."""
        self.display_pub = _NoScreen(parent=self, shell=self)

    def init_display_formatter(self) -> None:
        """Have no pictures made of what nobody sees."""
        super().init_display_formatter()
        self.display_formatter.format = lambda *args, **options: ({}, {})

    def showtraceback(self, *args: object, **options: object) -> None:
        """Show nothing: whoever runs the cell has the error."""

    showsyntaxerror = showindentationerror = showtraceback

    def enable_gui(self, gui: str | None = None) -> None:
        """There is no screen."""

    def enable_matplotlib(self, gui: str | None = None) -> tuple[str, str]:
        """Figures are drawn, and not shown."""
        return "agg", "agg"

    def ask_exit(self) -> None:
        """`exit` ends nothing here, as in a notebook that is run again."""

    def system(self, cmd: str) -> None:
        """Leave a command of the system out."""
        print(f"left out while your work is graded: !{cmd}")

    def getoutput(self, cmd: str, split: bool = True, depth: int = 0) -> object:
        """Leave a command of the system out; it has said nothing."""
        self.system(cmd)
        return SList() if split else ""

    def run_line_magic(self, magic_name: str, line: str, _stack_depth: int = 1):
        """Run a magic that is known and stays in here."""
        if magic_name in LEFT_OUT or self.find_line_magic(magic_name) is None:
            return print(f"left out while your work is graded: %{magic_name}")
        return super().run_line_magic(magic_name, line, _stack_depth + 1)

    def run_cell_magic(self, magic_name: str, line: str, cell: str):
        """Run a magic that is known and stays in here."""
        if magic_name in LEFT_OUT or self.find_cell_magic(magic_name) is None:
            return print(f"left out while your work is graded: %%{magic_name}")
        return super().run_cell_magic(magic_name, line, cell)


def make() -> QuietShell:
    """The one shell of this process."""
    config = Config()
    config.HistoryManager.enabled = False
    return QuietShell.instance(config=config)
