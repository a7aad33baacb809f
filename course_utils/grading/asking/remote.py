"""A student's functions, called from outside the wall they live behind.

A `Session` is one student's process with their cells run in it. Its functions can be
judged like any other, through `guard.call`; only plain values cross. Whatever the
process says may be a lie, so a reply can do no more than be a wrong answer: a verdict
is never taken from it, texts are cut, and what cannot be understood ends the session.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from course_utils.checks import guard
from course_utils.checks._transfer_seen import Loan, Seen
from course_utils.checks.result import Result, Status
from course_utils.grading.asking.foreign import received
from course_utils.grading.asking.talk import SessionLost, Talk, text_of
from course_utils.grading.handing_in.submissions import Submission
from course_utils.grading.inside.plain import Plain, WireError
from course_utils.grading.sandbox.base import Kind, Limits, Tier

__all__ = ["CellRan", "CellsReport", "RemoteFunction", "Session", "SessionLost"]

CELL_SECONDS = 30.0
CALL_SECONDS = 10.0
START_SECONDS = 120.0
GRACE = 2.0  # for the student's own side to speak of a time limit first
MOST_WEIGHTS = 1000
MOST_NAMES, LONGEST_NAME = 200, 100  # of the functions that a cell defines
_AGAIN = 4
_STARTS = 4


@dataclass(frozen=True)
class CellRan:
    """How one cell went, as its process says.

    Attributes:
        error: what it raised, in a line; empty where all is well.
        printed: what it printed, cut.
        defined: the names of the functions that it defined.
        hopeless: whether running it once more would not help.
    """

    error: str = ""
    printed: str = ""
    defined: tuple[str, ...] = ()
    hopeless: bool = False


@dataclass(frozen=True)
class CellsReport:
    """How the cells of a submission went.

    Attributes:
        cells: in their order.
    """

    cells: tuple[CellRan, ...] = ()


class Session:
    """One child with a student's cells run in it.

    Cells that fail are run again after the others, as long as that helps. A cell that
    takes the process down with it is left out when the others are run in a new one.

    Args:
        tier: the wall.
        kind: what the child has loaded.
        limits: what the child may use up.
        submission: the cells and modules.
        cell_seconds: wall time of a cell.
        call_seconds: wall time of a call.
        facades: modules to stand in for, beside the course's checks.

    Attributes:
        ran: how the cells went.

    Raises:
        SessionLost: the cells could not be run.
        GradingError: no child can be begun.
    """

    def __init__(
        self,
        tier: Tier,
        kind: Kind,
        limits: Limits,
        submission: Submission,
        cell_seconds: float = CELL_SECONDS,
        call_seconds: float = CALL_SECONDS,
        facades: tuple[str, ...] = (),
    ) -> None:
        """Begin a child and run the cells."""
        self._cell_seconds, self.call_seconds = cell_seconds, call_seconds
        left_out: dict[int, CellRan] = {}
        while True:
            self.talk = Talk(tier.start(kind, limits), limits.wall_seconds)
            self._running: int | None = None
            try:
                self._begin(submission.modules, facades)
                self.ran = CellsReport(self._run(submission.cells, left_out))
                return
            except SessionLost as lost:
                if self._running is None or len(left_out) == _STARTS - 1:
                    raise
                known = lost.limit or ("" if lost.reason == "died" else lost.reason)
                why = f" ({known})" if known else ""
                error = f"Python was lost while this cell ran{why}; it was left out."
                left_out[self._running] = CellRan(error, hopeless=True)
            except BaseException:
                self.close()
                raise

    def function(self, name: str) -> RemoteFunction | None:
        """A function of the student's; None where there is none of this name.

        Raises:
            SessionLost: the child is gone.
        """
        message = {"do": "find", "name": name}
        reply = self.talk.ask(message, self.call_seconds + GRACE, "found")
        return RemoteFunction(self, name) if reply.get("found") is True else None

    def close(self) -> str:
        """End the child; why it had ended, where the wall knows. See `Child.end`."""
        return self.talk.end()

    def __enter__(self) -> Session:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the child."""
        self.close()

    def _begin(self, modules: dict[str, bytes], facades: tuple[str, ...]) -> None:
        self.talk.ask(None, START_SECONDS, "here")
        message = {
            "do": "begin",
            "modules": dict(modules),
            "facades": list(facades),
            "call_seconds": self.call_seconds,
        }
        self.talk.ask(message, START_SECONDS, "ready")

    def _run(
        self, sources: tuple[str, ...], left_out: dict[int, CellRan]
    ) -> tuple[CellRan, ...]:
        ran: list[CellRan] = []
        for place, source in enumerate(sources):
            ran.append(left_out.get(place) or self._cell(place, source))
        for _ in range(_AGAIN):
            failed = [
                i for i, cell in enumerate(ran) if cell.error and not cell.hopeless
            ]
            for i in failed:
                later = {name for cell in ran[i + 1 :] for name in cell.defined}
                ran[i] = self._cell(i, sources[i], sorted(later))
            if not any(not ran[i].error for i in failed):
                break
        return tuple(ran)

    def _cell(self, place: int, source: str, keep: list[str] | None = None) -> CellRan:
        message = {
            "do": "cell",
            "source": source,
            "seconds": self._cell_seconds,
            "keep": keep or [],
        }
        self._running = place
        reply = self.talk.ask(message, self._cell_seconds + GRACE, "ran")
        self._running = None
        names = reply.get("defined")
        names = names[:MOST_NAMES] if type(names) is list else []
        names = [n[:LONGEST_NAME] for n in names if type(n) is str]
        return CellRan(
            text_of(reply.get("error"), 500),
            text_of(reply.get("printed"), 2000),
            tuple(n for n in names if n.isidentifier()),
            reply.get("too_long") is True,
        )


class RemoteFunction(guard.Remote):
    """A student's function.

    Args:
        session: where it lives.
        name: what the student's cells call it.
    """

    def __init__(self, session: Session, name: str) -> None:
        """Stand for it."""
        self._session, self.__name__ = session, name

    def guarded_call(self, args: tuple, names: tuple[str, ...]) -> guard.Outcome:
        """Call it on the other side; see `guard.call`.

        Raises:
            guard.Stopped: it is not written yet, cannot take these arguments, raised,
                or took too long.
            SessionLost: its process did not live to tell.
        """
        return self._outcome(self._asked("call", args, names), len(args))

    def peak(self, args: tuple, names: tuple[str, ...]) -> int:
        """The most bytes it held at a time, by its own account; see `memory.peak`."""
        count = self._asked("peak", args, names, "peak").get("bytes")
        return count if type(count) is int else 0

    def lend(
        self, loan: Loan, n_layers: int, names: tuple[str, ...]
    ) -> tuple[guard.Outcome, Seen]:
        """Lend it a model, and see what it makes; see `_transfer_seen.lend`."""
        reply = self._asked("lend", (vars(loan), n_layers), names)
        try:
            seen = _seen(reply.get("seen"))
        except (TypeError, ValueError, WireError) as error:
            raise self._session.talk.lost("garbled", str(error)) from None
        return self._outcome(reply, 2), seen

    def _asked(
        self, how: str, args: tuple, names: tuple[str, ...], form: str = "outcome"
    ) -> dict[str, Plain]:
        message = {
            "do": "call",
            "how": how,
            "name": self.__name__,
            "args": list(args),
            "names": list(names),
        }
        talk, seconds = self._session.talk, self._session.call_seconds + GRACE
        reply = talk.ask(message, seconds, form, "stopped")
        if reply["is"] == "stopped":
            raise guard.Stopped(_result(reply))
        return reply

    def _outcome(self, reply: dict[str, Plain], count: int) -> guard.Outcome:
        changed = reply.get("changed")
        changed = changed[:count] if type(changed) is list else []
        try:
            value = received(reply.get("value"))
        except WireError as error:
            raise self._session.talk.lost("garbled", str(error)) from None
        return guard.Outcome(
            value,
            text_of(reply.get("printed"), 2000),
            tuple(i for i in changed if type(i) is int and 0 <= i < count),
        )


def _seen(facts: Plain) -> Seen:
    """What its process says is to be seen of a model.

    Raises:
        TypeError: these are other facts.
        ValueError: some of them cannot be.
    """
    facts = received(facts)
    for fact in fields(Seen):
        value = facts.get(fact.name, fact) if type(facts) is dict else fact
        kind = {"bool": bool, "int": int}.get(fact.type, (list, np.ndarray, type(None)))
        if not isinstance(value, kind):
            raise TypeError(f"{fact.name} of a model must be {fact.type}")
    for name in ("old_weights", "weights"):
        if not isinstance(facts[name], list) or len(facts[name]) > MOST_WEIGHTS:
            raise ValueError(f"{name} of a model must be a short list of arrays")
        facts[name] = [np.asarray(part, np.float32) for part in facts[name]]
    if facts["answer"] is not None:
        facts["answer"] = np.asarray(facts["answer"], np.float32)
    return Seen(**facts)


def _result(reply: dict[str, Plain]) -> Result:
    """Why a function stopped, as its process says: nothing that earns a point."""
    status = reply.get("status")
    untouched = type(status) is str and status == Status.NOT_ATTEMPTED
    line = reply.get("line")
    if type(line) is list and len(line) == 2 and type(line[0]) is int:
        line = min(max(line[0], 0), 100_000), text_of(line[1], 500)
    else:
        line = None
    return Result(
        Status.NOT_ATTEMPTED if untouched else Status.CRASHED,
        text_of(reply.get("message"), 2000),
        line=line,
        printed=text_of(reply.get("printed"), 2000),
    )
