"""Talking with a student's process, whatever it says.

A question is sent, and a reply of one form must come within a time; in between the
process may ask for what stayed on this side, such as the values of a function that it
was given. Anything else ends the talk with `SessionLost`.
"""

from __future__ import annotations

import copy
import re
import time
from collections.abc import Iterator

import numpy as np

from course_utils.grading.asking.foreign import Kept, Numbers, received
from course_utils.grading.inside import generators
from course_utils.grading.inside.plain import Plain, Ref, WireError
from course_utils.grading.inside.weight import heaviest
from course_utils.grading.inside.wire import Channel
from course_utils.grading.sandbox.base import Child

MOST_ASKED = 100_000
MOST_KEPT = 10_000
_UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


class SessionLost(Exception):
    """A student's process is gone, and what it was doing remains unfinished.

    Attributes:
        reason: "time", "died" or "garbled".
        limit: the limit that ended it, where the wall knows; see `Child.end`.
    """

    def __init__(self, reason: str, limit: str = "", detail: str = "") -> None:
        """Say what was lost, and why."""
        super().__init__(": ".join(filter(None, (reason, limit, detail))))
        self.reason, self.limit = reason, limit


class Talk:
    """One line to one child, and what it was lent meanwhile.

    Args:
        child: to talk with; it is ended where it cannot be understood.
        seconds: from now on, for all there is to say.
    """

    def __init__(self, child: Child, seconds: float) -> None:
        """Begin."""
        self._child, self._channel = child, Channel(child.socket)
        self._until = time.monotonic() + seconds
        self._things: list[object] = []
        self._why: str | None = None
        self._lost: SessionLost | None = None

    def end(self) -> str:
        """End the child; why it had ended, where the wall knows. See `Child.end`."""
        if self._why is None:
            self._why = self._child.end()
            self._channel.close()
        return self._why

    def lost(self, reason: str, detail: str = "") -> SessionLost:
        """End the child, and return what to raise, now and from now on."""
        if self._lost is None:
            self._lost = SessionLost(reason, self.end(), detail)
        return self._lost

    def ask(
        self, message: dict[str, Plain] | None, seconds: float, *forms: str
    ) -> dict[str, Plain]:
        """Send a message, and wait for a reply of one of these forms.

        Args:
            message: what to say; None to listen only. Callables, generators and
                iterators in it stay here, and are lent.
            seconds: until the reply must be there, questions in between included.
            forms: the replies that will do.

        Raises:
            SessionLost: no such reply came, now or before.
        """
        if self._lost is not None:
            raise self._lost
        if self._why is not None:
            raise self.lost("died", "the session was closed")
        until = min(time.monotonic() + seconds, self._until)
        try:
            if message is not None:
                self._send(message, until)
            for _ in range(MOST_ASKED):
                reply = self._channel.receive(until - time.monotonic())
                heaviest(reply)
                if type(reply) is not dict or type(reply.get("is")) is not str:
                    raise WireError("a reply must be a dict that says what it is")
                form = reply["is"]
                if form in forms:
                    return reply
                if form not in ("ask", "next"):
                    raise WireError(f"{' or '.join(forms)} is expected, and not this")
                self._answer(reply, until)
        except TimeoutError:
            raise self.lost("time") from None
        except (EOFError, OSError) as error:
            raise self.lost("died", str(error)) from None
        except WireError as error:
            raise self.lost("garbled", text_of(str(error), 200)) from None
        raise self.lost("time", f"more than {MOST_ASKED:,} questions in one call")

    # What the child asks for ----------------------------------------------------------

    def _answer(self, question: dict[str, Plain], until: float) -> None:
        number = question.get("id")
        if type(number) is not int or not 0 <= number < len(self._things):
            raise WireError("something was asked for that was never lent")
        work = self._stepped if question["is"] == "next" else self._called
        try:
            answer = work(self._things[number], question)
        except WireError:
            raise
        except Exception as error:
            answer = _raised(error)
        try:
            self._send({"do": "answer", **answer}, until)
        except (TypeError, WireError) as error:
            self._send({"do": "answer", **_raised(error)}, until)

    def _called(self, thing: object, question: dict[str, Plain]) -> dict[str, Plain]:
        given, named = question.get("args"), question.get("named")
        if type(given) is not list or type(named) is not dict or not callable(thing):
            raise WireError("a function must be given a list and a dict of arguments")
        if not all(type(name) is str for name in named):
            raise WireError("arguments must be named by strings")
        args = [_argument(value) for value in given]
        options = {name: _argument(value) for name, value in named.items()}
        with np.errstate(all="ignore"):
            value = thing(*args, **options)
        drawn = {str(place): arg for place, arg in enumerate(args)} | options
        states = {
            place: generators.taken_apart(rng)
            for place, rng in drawn.items()
            if isinstance(rng, generators.Random)
        }
        return {"value": value, "states": states}

    def _stepped(self, thing: object, question: dict[str, Plain]) -> dict[str, Plain]:
        if not isinstance(thing, Iterator):
            raise WireError("what was lent gives nothing one by one")
        for value in thing:
            return {"ended": False, "value": value}
        return {"ended": True, "value": None}

    # What is lent ---------------------------------------------------------------------

    def _send(self, message: dict[str, Plain], until: float) -> None:
        self._channel.send(message, self._lend, until - time.monotonic())

    def _lend(self, thing: object) -> Plain:
        """What crosses in place of a thing that does not."""
        if isinstance(thing, Kept):
            return Ref("yours", thing.number)
        if isinstance(thing, np.ufunc) and getattr(np, thing.__name__, None) is thing:
            return Ref("ufunc", -1, {"name": thing.__name__})
        if isinstance(thing, np.random.Generator):
            return Ref("generator", -1, generators.taken_apart(thing))
        if isinstance(thing, Iterator):
            facts = {"type": type(thing).__name__, "repr": repr(thing)[:200]}
            return Ref("iterator", self._keep(copy.deepcopy(thing)), facts)
        if callable(thing):
            name = getattr(thing, "__name__", type(thing).__name__)
            return Ref("callable", self._keep(thing), {"name": str(name)})
        raise TypeError(f"{type(thing).__name__} cannot cross to a student's process")

    def _keep(self, thing: object) -> int:
        if len(self._things) >= MOST_KEPT:
            raise self.lost("garbled", f"more than {MOST_KEPT:,} things were lent")
        self._things.append(thing)
        return len(self._things) - 1


def text_of(value: object, most: int) -> str:
    r"""A text that can be shown and stored; empty where none came.

    >>> text_of("half a line, and the rest", 11), text_of(7, 11)
    ('half a line', '')
    """
    return _UNSAFE.sub("\ufffd", value[:most]) if type(value) is str else ""


def _argument(value: Plain) -> object:
    """What a student's code hands to a function of this side."""
    if type(value) is Ref and value.kind == "generator":
        try:
            return generators.put_together(value.facts)
        except ValueError as error:
            raise WireError(str(error)) from None
    if type(value) in (list, tuple):
        return type(value)(_argument(item) for item in value)
    thing = received(value)
    return np.asarray(thing) if isinstance(thing, Numbers) else thing


def _raised(error: Exception) -> dict[str, Plain]:
    try:
        text = str(error)[:500]
    except Exception:
        text = ""
    return {"raised": [type(error).__name__, text]}
