"""Arguments as they come in, and stand-ins for those that stay on the other side."""

from __future__ import annotations

import builtins
import threading
from collections.abc import Callable, Iterator

import numpy as np

from course_utils.grading.inside import generators
from course_utils.grading.inside.alarm import Alarm
from course_utils.grading.inside.plain import Plain, Ref
from course_utils.grading.inside.values import Keeper, asked
from course_utils.grading.inside.wire import Channel


class Line:
    """Asks the other side in the middle of a call.

    Args:
        channel: to the other side.
        alarm: kept back while a message is on its way.
        keeper: of the things that stay on this side.
    """

    def __init__(self, channel: Channel, alarm: Alarm, keeper: Keeper) -> None:
        """Be closed until a call begins."""
        self._channel, self._alarm, self.keeper = channel, alarm, keeper
        self.open = False

    def ask(self, message: dict[str, Plain]) -> dict[str, Plain]:
        """Send a question and wait for the answer.

        Raises:
            RuntimeError: no call is going on, or another thread asks.
            Exception: what was raised on the other side.
        """
        if not self.open or threading.current_thread() is not threading.main_thread():
            raise RuntimeError("the grader's functions can be called in the check only")
        with self._alarm.kept_back():
            self._channel.send(message)
            answer = self._channel.receive()
        if "raised" in answer:
            name, text = answer["raised"]
            kind = getattr(builtins, name, None)
            known = isinstance(kind, type) and issubclass(kind, Exception)
            raise (kind if known else RuntimeError)(text)
        return answer

    def restored(self, value: Plain) -> object:
        """An argument as the student's function gets it."""
        if type(value) in (list, tuple):
            return type(value)(self.restored(item) for item in value)
        if type(value) is dict:
            return {key: self.restored(item) for key, item in value.items()}
        if not isinstance(value, Ref):
            return value
        if value.kind == "yours":
            return self.keeper[value.id]
        if value.kind == "ufunc":
            return getattr(np, value.facts["name"])
        if value.kind == "generator":
            return generators.put_together(value.facts)
        make = {"callable": self._function, "iterator": self._iterator}
        return make[value.kind](value.id, value.facts)

    def _function(self, number: int, facts: dict[str, Plain]) -> Callable:
        def function(*args: object, **options: object) -> object:
            given = [asked(arg, self.keeper) for arg in args]
            named = {key: asked(arg, self.keeper) for key, arg in options.items()}
            answer = self.ask(
                {"is": "ask", "id": number, "args": given, "named": named}
            )
            states = answer["states"]
            for place, state in states.items():
                rng = options[place] if place in options else args[int(place)]
                rng = np.random.mtrand._rand if rng is np.random else rng
                generators.follow(rng, state)
            return answer["value"]

        function.__name__ = function.__qualname__ = facts["name"]
        return function

    def _iterator(self, number: int, facts: dict[str, Plain]) -> Iterator:
        def following(_: object) -> object:
            answer = self.ask({"is": "next", "id": number})
            if answer["ended"]:
                raise StopIteration
            return answer["value"]

        # A check calls on copies, and this is one: the other side has begun anew.
        body = {
            "__next__": following,
            "__deepcopy__": lambda stream, memo: stream,
            "__repr__": lambda _: facts["repr"],
        }
        return type(facts["type"], (Iterator,), body)()
