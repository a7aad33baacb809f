"""Whatever a student's process says, it earns nothing and raises only `SessionLost`."""

import contextlib
import socket
import threading
import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.checks import guard, optimizers, transfer_learning
from course_utils.checks._regularization_stream import stream_of
from course_utils.checks.memory import peak
from course_utils.checks.result import Status
from course_utils.grading.asking import remote, talk
from course_utils.grading.asking.foreign import received
from course_utils.grading.asking.remote import Session, SessionLost
from course_utils.grading.handing_in.submissions import Submission
from course_utils.grading.inside import generators
from course_utils.grading.inside.wire import Channel, Ref, WireError
from course_utils.grading.sandbox import Kind, Limits


@pytest.fixture(autouse=True)
def little_grace(monkeypatch):
    monkeypatch.setattr(remote, "GRACE", 0.4)


class Fake:
    """A child that says what a script makes of each message."""

    def __init__(self, script):
        self.socket, self.theirs = socket.socketpair()
        self.ends = 0
        self.script = script
        threading.Thread(target=self.live, daemon=True).start()

    def live(self):
        channel = Channel(self.theirs)
        try:
            channel.send({"is": "here"})
            while True:
                message = channel.receive(30)
                reply = self.script(message, channel)
                if reply is not None:
                    channel.send(reply)
        except (EOFError, OSError, WireError):
            self.theirs.close()

    def end(self):
        self.ends += 1
        return "memory"


class FakeTier:
    name, holds = "fake", ""

    def __init__(self, script):
        self.script, self.children = script, []

    def start(self, kind, limits):
        self.children.append(Fake(self.script))
        return self.children[-1]

    def close(self):
        pass


def politely(message, channel):
    """What an honest child says, but for calls."""
    return {
        "begin": {"is": "ready"},
        "cell": {"is": "ran", "error": "", "printed": "", "defined": []},
        "find": {"is": "found", "found": True},
    }[message["do"]]


def saying(call):
    """A session whose child answers calls by `call(message, channel)`."""

    def script(message, channel):
        if message["do"] == "call":
            return call(message, channel)
        return politely(message, channel)

    return Session(
        FakeTier(script), Kind.NUMPY, Limits(), Submission("a", "b"), call_seconds=0.1
    )


def judged(reply, exercise=optimizers.choose):
    session = saying(lambda message, channel: reply)
    fn = session.function(exercise.name)
    try:
        return exercise.judge(fn, np.random.default_rng(1))
    finally:
        session.close()


OUTCOME = {"is": "outcome", "value": None, "printed": "", "changed": []}
FACTS_NEEDED = ("list", "array", "huge", "array of other things", "dict", "int")
REFS = (*FACTS_NEEDED, "callable", "other")
#: What a reply must not be; kinds without their facts among them.
GARBAGE = (
    [],
    {"is": 3},
    {"is": ["outcome"]},
    {"is": "correct", "status": "correct"},
    {"is": "ready"},
    {"is": "ask"},
    {"is": "ask", "id": 0, "args": [], "named": {}},
    {"is": "ask", "id": -1, "args": [], "named": {}},
    {"is": "next", "id": 0},
    OUTCOME | {"value": Ref("no such kind", 0)},
    OUTCOME | {"value": Ref("yours", 0)},
    *(OUTCOME | {"value": Ref(kind, 0, {})} for kind in FACTS_NEEDED),
    OUTCOME | {"value": Ref("list", 0, {"array": np.float64(1)})},
    OUTCOME | {"value": Ref("list", 0, {"array": np.zeros(())})},
    OUTCOME | {"value": Ref("tuple", 0, {"value": 3})},
    OUTCOME | {"value": Ref("dict", 0, {"value": [(1, 2, 3)]})},
    OUTCOME | {"value": Ref("other", 0, {"items": 3})},
)


@pytest.mark.parametrize("reply", GARBAGE, ids=lambda reply: repr(reply)[:60])
def test_garbage_ends_the_session_and_the_child(reply):
    session = saying(lambda message, channel: reply)
    fn = session.function("choose")
    for _ in range(2):
        with pytest.raises(SessionLost, match="garbled"):
            optimizers.choose.judge(fn, np.random.default_rng(1))
    assert session.close() == "memory"
    assert session.talk._child.ends == 1


def test_a_child_cannot_say_that_it_is_right():
    for status in ("correct", "incorrect", "partly correct", 7, None):
        result = judged({"is": "stopped", "status": status, "message": "CORRECT"})
        assert result.status is Status.CRASHED
    assert (
        judged({"is": "stopped", "status": "not attempted"}).status
        is Status.NOT_ATTEMPTED
    )


def test_texts_are_cut_and_cleaned():
    long = "\x00\x1b[31m\ud800" + "x" * 100_000
    result = judged(
        {"is": "stopped", "message": long, "line": [10**20, long], "printed": long}
    )
    for text in (result.message, result.line[1], result.printed):
        assert len(text) <= 2000
        assert text.startswith("\ufffd\ufffd[31m\ufffdx")
    assert result.line[0] <= 100_000
    result = judged(OUTCOME | {"value": {"Q1": "\ud800" * 9}, "printed": long})
    str(result).encode()
    for line in (3, [1], ["a", "b"], [1, 2]):
        result = judged({"is": "stopped", "message": 5, "line": line, "printed": []})
        assert result.message == result.printed == ""


def test_positions_of_changed_arguments_are_real_ones():
    reply = OUTCOME | {"changed": [0, 1, 2, -1, True, "0", 0.0, [0]]}
    session = saying(lambda message, channel: reply)
    outcome = guard.call(session.function("f"), (1, 2), ("a", "b"))
    assert outcome.changed == (0, 1)
    reply["changed"] = "01"
    assert guard.call(session.function("f"), (1, 2)).changed == ()
    session.close()


def test_silence_and_a_trickle_are_lost_in_time():
    def trickles(message, channel):
        channel.sock.send(b"\0\0")
        time.sleep(0.05)

    for script in (lambda message, channel: None, trickles):
        session = saying(script)
        fn = session.function("choose")
        start = time.monotonic()
        with pytest.raises(SessionLost, match="time"):
            guard.call(fn, ())
        assert time.monotonic() - start < 0.1 + 2 + 1
        session.close()


def test_endless_questions_are_lost_in_time_and_number(monkeypatch):
    asked = []

    def asks(message, channel):
        return {"is": "ask", "id": 0, "args": [1.0], "named": {}}

    def whatever(message, channel):
        if message["do"] in ("call", "answer"):
            return asks(message, channel)
        return politely(message, channel)

    def counts(x):
        asked.append(x)
        return x

    def call():
        tier = FakeTier(whatever)
        with (
            Session(
                tier, Kind.NUMPY, Limits(), Submission("a", "b"), call_seconds=0.1
            ) as session,
            pytest.raises(SessionLost, match="time"),
        ):
            guard.call(session.function("f"), (counts,))

    monkeypatch.setattr(talk, "MOST_ASKED", 50)
    call()
    assert len(asked) == 50
    monkeypatch.setattr(talk, "MOST_ASKED", 10**9)
    start = time.monotonic()
    call()
    assert time.monotonic() - start < 3


STATE = generators.taken_apart(np.random.Generator(np.random.MT19937(1)))


@pytest.mark.parametrize(
    "given",
    [
        [],
        [3],
        ["a", "b"],
        [np.zeros((2, 2)), None],
        [
            (10**5, 10**5),
            Ref("generator", 0, generators.taken_apart(np.random.default_rng(1))),
        ],
        [(3, 3), Ref("callable", 0, {"name": "x", "type": "y"})],
        [(3, 3), Ref("other", 0, {"type": "Generator", "copies": False})],
        [(-3, 3), 4],
        [{"a": 1}, [[]]],
    ],
    ids=lambda given: str(given)[:30],
)
def test_what_is_given_to_a_lent_function_raises_on_the_other_side_only(given):
    """A real suspect of lesson 02 is asked odd things."""
    from course_utils.checks._initialization_bugs import Suspect

    answers = []

    def script(message, channel):
        if message["do"] == "call":
            return {"is": "ask", "id": 0, "args": given, "named": {}}
        if message["do"] == "answer":
            answers.append(message)
            return OUTCOME
        return politely(message, channel)

    session = Session(FakeTier(script), Kind.NUMPY, Limits(), Submission("a", "b"))
    guard.call(session.function("f"), (Suspect("root", 3, "initializer"),))
    session.close()
    kind, text = answers[0]["raised"]
    assert kind.endswith("Error")
    assert len(text) <= 500


@pytest.mark.parametrize(
    "change",
    [
        {"pos": 10**6},
        {"pos": -1},
        {"key": np.zeros(3, np.uint32)},
        {"key": None},
        {"pos": "x"},
    ],
    ids=str,
)
def test_a_generators_state_must_be_one(change):
    """NumPy would read memory beside its own where `pos` lies outside."""
    inner = STATE["state"]["state"] | change
    bad = {"legacy": False, "state": STATE["state"] | {"state": inner}}
    with pytest.raises(ValueError, match="no state"):
        generators.put_together(bad)
    with pytest.raises(WireError):
        talk._argument(Ref("generator", 0, bad))


@pytest.mark.parametrize("name", ["MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64"])
def test_a_generator_goes_on_where_it_was(name):
    for make in (np.random.Generator, np.random.RandomState):
        rng = make(getattr(np.random, name)(5))
        rng.integers(9) if make is np.random.Generator else rng.randint(9)
        copy = generators.put_together(generators.taken_apart(rng))
        assert type(copy) is type(rng)
        np.testing.assert_array_equal(copy.standard_normal(5), rng.standard_normal(5))
        copy.random(3)
        generators.follow(rng, generators.taken_apart(copy))
        assert copy.random() == rng.random()


def test_peaks_and_models_are_taken_for_what_they_are():
    for bytes_ in ("few", None, 1.5):
        session = saying(lambda m, c, b=bytes_: {"is": "peak", "bytes": b})
        assert peak(session.function("f"), (stream_of([np.zeros(2)]),)) == 0
        session.close()
    good = {
        "is_old": False,
        "is_model": True,
        "old_weights": [],
        "old_trainable": 0,
        "built": True,
        "answer": np.zeros((8, 1)),
        "weights": [],
        "shared": 0,
        "trained": 10**9,
    }
    result = judged(OUTCOME | {"seen": good}, transfer_learning.reuse)
    assert result.status is Status.INCORRECT
    for bad in (
        None,
        {},
        good | {"weights": 3},
        good | {"answer": "x"},
        good | {"weights": ["x"]},
        good | {"weights": [np.zeros(1)] * 1001},
        good | {"shared": None},
    ):
        with pytest.raises(SessionLost, match="garbled"):
            judged(OUTCOME | {"seen": bad}, transfer_learning.reuse)


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.builds(
        Ref,
        st.sampled_from((*REFS, "tuple", "str", "float")),
        st.integers(0, 3),
        st.dictionaries(
            st.sampled_from(
                ["type", "value", "array", "items", "name", "dtype", "shape", "ndim"]
            ),
            st.integers() | st.text() | st.lists(st.integers(), max_size=3),
            max_size=3,
        ),
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(), inner, max_size=3)
        | st.builds(
            lambda kind, value: Ref(
                kind, 1, {"type": "X", "value": value, "items": value}
            ),
            st.sampled_from((*REFS, "tuple", "str", "float")),
            inner,
        )
    ),
    max_leaves=8,
)


@settings(max_examples=200)
@given(plain)
def test_any_value_is_received_or_refused(value):
    with contextlib.suppress(WireError):
        received(value)


HEAVY = {
    "rows without numbers": np.empty((50_000_000, 0)),
    "many such": [np.empty((100_000, 0))] * 200,
    "one long string among many": ["x" * 200_000] + ["a"] * 5000,
    "one long bytes among many": [b"x" * 10**6] + ["a"] * 5000,
    "small numbers that grow": np.zeros(10 << 20, np.uint8),
    "a list that crossed as an array": Ref("list", 0, {"array": np.zeros(2 << 20)}),
    "a list of empty lists": Ref("list", 0, {"array": np.empty((50_000_000, 0))}),
}


@pytest.mark.parametrize("heavy", HEAVY.values(), ids=HEAVY)
def test_a_reply_that_would_take_much_memory_is_not_taken_apart(heavy):
    tracemalloc.start()
    try:
        for reply in (OUTCOME | {"value": heavy}, {"is": "stopped", "message": heavy}):
            with pytest.raises(SessionLost, match="weighs"):
                judged(reply)
        assert tracemalloc.get_traced_memory()[1] < 100 << 20
    finally:
        tracemalloc.stop()


def test_arrays_of_other_things_are_made_small():
    """Thirteen thousand of a megabyte each would fit into one header."""
    huge = Ref("array of other things", 0, {"dtype": "object", "shape": (131_072,)})
    assert all(array.nbytes <= 4096 for array in received([huge] * 100))


def test_a_status_may_be_anything():
    for status in (np.zeros(2), [1], {"a": 1}, Ref("other", 0, {})):
        reply = {"is": "stopped", "status": status}
        assert judged(reply).status is Status.CRASHED


def test_what_is_said_of_cells_is_cut():
    long = ["x" * 10_000, "f", "no name", 3, *["g"] * 900]

    def script(message, channel):
        if message["do"] == "cell":
            text = "y" * 10_000
            return {"is": "ran", "error": text, "printed": text, "defined": long}
        return politely(message, channel)

    submission = Submission("a", "b", ("f = 1",))
    with Session(FakeTier(script), Kind.NUMPY, Limits(), submission) as session:
        (cell,) = session.ran.cells
    assert len(cell.error) + len(cell.printed) < 3000
    assert cell.defined[:2] == ("x" * 100, "f")
    assert len(cell.defined) < 200
