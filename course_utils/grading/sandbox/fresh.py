"""The tier for plain users: a fresh bubblewrap process for every submission."""

from __future__ import annotations

import itertools
import os
import socket

from course_utils.grading.errors import GradingError
from course_utils.grading.sandbox import bwrap
from course_utils.grading.sandbox.base import Kind, Limits
from course_utils.grading.sandbox.children import SERVE, Walled
from course_utils.grading.sandbox.linux import LinuxTier


class Bwrap(LinuxTier):
    """A fresh bubblewrap process a submission."""

    name = "bwrap"

    def __init__(self) -> None:
        """Begin with no child."""
        super().__init__()
        self._numbers = itertools.count()

    def start(self, kind: Kind, limits: Limits, serve: str = SERVE) -> Walled:
        """See `base.Tier.start`; `serve` names what the child is to run."""
        outer, inner = socket.socketpair()
        with inner:
            options = bwrap.arguments()
            wrapped = bwrap.launch(options, "fresh", kind, inner)
        number = 1 + next(self._numbers) % (bwrap.UIDS - 1)
        order = {"uid": number if bwrap.mapped() else 0, "serve": serve}
        pidfd = os.dup(wrapped.pidfd)
        try:
            return self._begin(outer, pidfd, limits, wrapped.end, order)
        except GradingError as error:
            raise GradingError(f"{error} {wrapped.said}".strip()) from None
