import gc
import json
import math
import socket
import subprocess
import sys
import threading
import time
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from course_utils.grading.inside import unpacking, wire
from course_utils.grading.inside.wire import CAPS, Channel, Ref, WireError, pack, unpack

DTYPES = ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"]
dtypes = st.sampled_from([*DTYPES, ">i4", ">f8", ">u2"]).map(np.dtype)
arrays = hnp.arrays(dtypes, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0))
scalars = dtypes.flatmap(lambda d: hnp.arrays(d.newbyteorder("="), ())).map(
    lambda a: a[()]
)
integers = st.integers(-(2**256) + 1, 2**256 - 1)
keys = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats() | st.text()
)
leaves = keys | integers | st.binary(max_size=50) | arrays | scalars
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(keys, inner, max_size=4)
        | st.builds(
            Ref,
            st.text(max_size=9),
            integers,
            st.dictionaries(st.text(), inner, max_size=3),
        )
    ),
    max_leaves=12,
)


def same(a, b):
    """Equal in every type and every bit that the wire promises to keep."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        alike = a.dtype.str[1:] == b.dtype.str[1:] and a.shape == b.shape
        return alike and np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
    if isinstance(a, float | np.floating):
        equal = a == b or (math.isnan(a) and math.isnan(b))
        return (equal and np.signbit(a) == np.signbit(b)) or math.isnan(a)
    if isinstance(a, dict):
        return same(list(a), list(b)) and same(list(a.values()), list(b.values()))
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, Ref):
        return same((a.kind, a.id, a.facts), (b.kind, b.id, b.facts))
    return a == b


def all_arrays(value):
    if isinstance(value, np.ndarray):
        yield value
    for part in value if isinstance(value, list | tuple) else ():
        yield from all_arrays(part)


def owner(array):
    """What holds the memory that an array lies in."""
    while isinstance(array, np.ndarray) and array.base is not None:
        array = array.base
    return array


def message(tree, raw=b"", length=None):
    """A message as an attacker writes it: any header, any data."""
    header = tree if isinstance(tree, bytes) else json.dumps(tree).encode()
    size = len(header) if length is None else length
    start = b"plain\x01\0\0" + size.to_bytes(8, "big") + header
    return start + bytes(-len(start) % 8 if raw else 0) + raw


def pair(caps=CAPS):
    a, b = socket.socketpair()
    return Channel(a, caps), Channel(b, caps), b


@given(values)
def test_round_trip_keeps_values_and_types(value):
    assert same(unpack(pack(value)), value)


@given(st.lists(arrays, max_size=4))
def test_arrays_arrive_ready_for_use_and_share_nothing(given_arrays):
    for data in (pack(given_arrays), bytearray(pack(given_arrays))):
        came = unpack(data)
        assert same(came, given_arrays)
        for array in came:
            assert array.flags.c_contiguous
            assert array.flags.writeable
            assert array.flags.aligned
            assert array.dtype.isnative
        for i, array in enumerate(came):
            assert not any(np.shares_memory(array, other) for other in came[:i])


def test_arrays_in_any_order_of_memory():
    grid = np.arange(24.0).reshape(2, 3, 4)
    for odd in (grid.T, grid[:, ::-1], grid[..., ::2], np.broadcast_to(1.5, (3, 2))):
        assert same(unpack(pack(odd)), odd)


@given(st.text(max_size=20), st.integers(0xD800, 0xDFFF))
def test_half_a_surrogate_pair_arrives_as_a_replacement(text, half):
    came = unpack(pack(text + chr(half) + "."))
    assert came.encode("utf-8").decode().endswith("�.")
    assert came[:-2] == text


def test_what_is_not_plain_goes_through_convert():
    class Mine(list):
        pass

    for odd in (len, 1j, Mine(), np.array([None]), np.array("x"), np.str_("x"), {1}):
        with pytest.raises(TypeError, match="expected plain values"):
            pack([odd])
    came = unpack(pack([len, 2], convert=lambda thing: Ref("callable", 3, {"of": [1]})))
    assert came == [Ref("callable", 3, {"of": [1]}), 2]
    with pytest.raises(TypeError, match="expected a plain key"):
        pack({(1, 2): 3})
    with pytest.raises(WireError, match="levels of nesting"):
        pack(len, convert=lambda thing: thing)  # which never gets any plainer
    loop = []
    loop.append(loop)
    with pytest.raises(WireError, match="levels of nesting"):
        pack(loop)


def nested(depth):
    value = 1
    for _ in range(depth):
        value = [value]
    return value


SMALL = replace(CAPS, frame=4096, header=600, items=50, text=40, arrays=6)
BEYOND = {
    "bytes, and at most 4096": (np.zeros(600), np.zeros(400)),
    "bytes of header": ([30 * "y"] * 24, [30 * "y"] * 12),
    "levels of nesting": (nested(17), nested(16)),
    "items": ([1] * 51, [1] * 50),
    "items, and": (dict.fromkeys(range(26)), dict.fromkeys(range(25))),
    "characters of a string": ("y" * 41, "y" * 40),
    "arrays": ([b""] * 7, [np.zeros(0)] * 6),
    "dimensions": (np.zeros((1,) * 9), np.zeros((1,) * 8)),
    "bits of an integer": (2**256, 2**256 - 1),
    "bits of a dict's key": ({2**64: 1}, {2**64 - 1: 1}),
    "numbers in an array": (np.zeros((0, 5000)), np.zeros((0, 4000))),
}


@pytest.mark.parametrize("words", BEYOND)
def test_each_cap_holds_on_both_sides(words):
    beyond, within = BEYOND[words]
    generous = replace(CAPS, depth=99, dims=30, bits=999, frame=1 << 20, header=1 << 20)
    assert same(unpack(pack(within, caps=SMALL), SMALL), within)
    with pytest.raises(WireError, match=words):
        pack(beyond, caps=SMALL)
    if "key" not in words:  # those are no setting
        with pytest.raises(WireError, match=words):
            unpack(pack(beyond, caps=generous), SMALL)


FORGED = {
    "empty": b"",
    "a pickle": b"\x80\x04\x95" + bytes(40),
    "header longer than the message": message([], length=50),
    "header of 2**63 bytes": message([], length=2**63),
    "header is no JSON": message(b"{"),
    "header is not ASCII": message('"é"'.encode()),
    "header in two parts": message(b"1 2"),
    "JSON object": message({"a": 1}),
    "JSON object inside": message(["l", {"a": 1, "b": 2}]),
    "a million brackets": message(b"[" * 1_000_000),
    "a string of brackets without end": message(b'["l","\\"]' + b"[" * 1_000_000),
    "many brackets behind a string": message(b'["l","\\"",' + b"[" * 1_000_000),
    "an unended string of marks": message(b"[" * 101 + b'"' + b'\\"' * 400_000),
    "nested beyond the cap": message(b'["l",' * 40 + b"1" + b"]" * 40),
    "an integer of a million digits": message(b"9" * 1_000_000),
    "a float of a million digits": message(b"0." + b"9" * 1_000_000),
    "an integer of 300 bits": message(2**300),
    "a list without tag": message([]),
    "unknown tag": message(["x", 1]),
    "tag that is a list": message([["l"], 1]),
    "tag that is a number": message([1, 2]),
    "dict with half a pair": message(["d", 1]),
    "dict with a key twice": message(["d", "a", 1, "a", 2]),
    "dict with equal keys": message(["d", 1, 1, True, 2]),
    "dict with a list as key": message(["d", ["l"], 1]),
    "dict with an array as key": message(["d", ["a", "f8", []], 1], bytes(8)),
    "dict with a huge key": message(["d", 2**70, 1]),
    "keys that collide": message(["d", *(i * (2**61 - 1) for i in range(1, 20_001))]),
    "array of objects": message(["a", "O", [1]], bytes(8)),
    "array of dates": message(["a", "M8[s]", [1]], bytes(8)),
    "dtype that is a list": message(["a", [], [1]], bytes(8)),
    "shape that is a number": message(["a", "f8", 1], bytes(8)),
    "negative side": message(["a", "f8", [-1]], bytes(8)),
    "two negative sides": message(["a", "f8", [-1, -1]], bytes(8)),
    "side that is a float": message(["a", "f8", [1.0]], bytes(8)),
    "side that is a boolean": message(["a", "f8", [True]], bytes(8)),
    "sides whose product overflows": message(["a", "f8", [2**32, 2**32]], bytes(8)),
    "empty, with a side of 2**62": message(["a", "f8", [0, 2**62]]),
    "a terabyte": message(["a", "f8", [2**37]], bytes(8)),
    "60 MB announced, 8 bytes there": message(["a", "f8", [7_000_000]], bytes(8)),
    "one byte missing": message(["a", "f8", [2]], bytes(15)),
    "one byte more": message(["a", "f8", [1]], bytes(9)),
    "bytes that nobody announced": message(1, bytes(8)),
    "the same data twice": message(
        ["l", ["a", "f8", [2]], ["a", "f8", [2]]], bytes(16)
    ),
    "negative bytes": message(["l", ["b", 8], ["b", -8], ["b", 8]], bytes(8)),
    "boolean of 2": message(["a", "b1", [2]], b"\1\2"),
    "scalar too large": message(["s", "i1", 300]),
    "scalar of the wrong kind": message(["s", "i8", 1.5]),
    "boolean scalar of 2": message(["s", "b1", 2]),
    "scalar of no dtype": message(["s", "O", 1]),
    "scalar that is a list": message(["s", "f8", [1]]),
    "Ref without id": message(["r", "callable"]),
    "Ref with a text as id": message(["r", "callable", "1"]),
    "Ref with a number as fact": message(["r", "callable", 1, 2, 3]),
    "too many items": message(["l"] + [1] * 100_001),
    "too many lists": message(["l"] + [["l"]] * 100_001),
    "too many arrays": message(["l"] + [["b", 0]] * 10_001),
    "too long a string": message("y" * (CAPS.text + 1)),
}


@pytest.mark.parametrize("name", FORGED)
def test_forged_messages_are_refused_quickly(name):
    began = time.perf_counter()
    with pytest.raises(WireError) as caught:
        unpack(FORGED[name])
    assert len(str(caught.value)) < 200
    assert time.perf_counter() - began < 2


@pytest.mark.parametrize(
    "name", ["a million brackets", "many brackets behind a string"]
)
def test_deep_nesting_does_not_reach_the_parser(name, monkeypatch):
    monkeypatch.setattr(unpacking, "_DECODER", None)
    with pytest.raises(WireError, match="levels of nesting"):
        unpack(FORGED[name])


def test_long_integers_are_refused_whatever_python_allows():
    limit = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        with pytest.raises(WireError, match="an integer of 1000000 digits"):
            unpack(FORGED["an integer of a million digits"])
    finally:
        sys.set_int_max_str_digits(limit)


def survives(data):
    """Unpack bytes from anybody; whatever comes out can be packed again."""
    try:
        value = unpack(data)
    except WireError:
        return None
    assert same(unpack(pack(value)), value)
    return value


@settings(max_examples=300)
@given(st.binary(max_size=200), st.booleans())
def test_random_bytes(data, disguised):
    survives(message(data) if disguised else data)


trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)
    | st.sampled_from(["l", "t", "d", "r", "a", "s", "b", "f8", "b1", "i2"]),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.tuples(st.sampled_from("ltdrasb"), inner, inner).map(list)
    ),
    max_leaves=20,
)  # fmt: skip


@settings(max_examples=300)
@given(trees, st.binary(max_size=64))
def test_random_headers(tree, raw):
    survives(message(tree, raw))


@settings(max_examples=300)
@given(values, st.data())
def test_damaged_messages(value, data):
    raw = bytearray(pack(value))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(raw)))
        what = data.draw(st.sampled_from(("change", "cut", "insert", "repeat")))
        if what == "change" and place < len(raw):
            raw[place] = data.draw(st.integers(0, 255))
        elif what == "cut":
            del raw[place : place + data.draw(st.integers(1, 9))]
        elif what == "insert":
            raw[place:place] = data.draw(st.binary(max_size=9) | st.just(b"["))
        else:
            raw[place:place] = raw[max(0, place - 9) : place]
    survives(bytes(raw))


def test_refusing_takes_little_memory():
    gc.collect()
    tracemalloc.start()
    try:
        for data in FORGED.values():
            with pytest.raises(WireError):
                unpack(data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 100 << 20


def test_a_call_is_packed_and_unpacked_quickly():
    call = {"name": "f", "args": (np.ones((3, 4)), np.ones(5), 0.5), "number": 3}
    seconds = []
    for _ in range(200):
        began = time.perf_counter()
        unpack(pack(call))
        seconds.append(time.perf_counter() - began)
    assert sorted(seconds)[100] < 2e-4


@given(st.lists(values, max_size=4))
def test_channel_keeps_the_order(several):
    left, right, _ = pair()
    for value in several:
        left.send(value, timeout=5)
    for value in several:
        assert same(right.receive(5), value)
    left.close()
    with pytest.raises(EOFError):
        right.receive(5)
    right.close()


def test_large_arrays_cross_while_the_other_side_reads():
    left, right, _ = pair()
    sent = [np.random.default_rng(0).normal(size=(2000, 1000)), "x", np.ones(10_000)]
    thread = threading.Thread(target=left.send, args=(sent,), kwargs={"timeout": 20})
    thread.start()
    came = right.receive(20)
    thread.join()
    assert same(came, sent)
    assert owner(came[0]).obj.nbytes > came[0].nbytes  # it lies where it was received
    assert isinstance(owner(came[2]), np.ndarray)  # a copy: holds on to its own only
    left.close()
    right.close()


@pytest.mark.parametrize("kept", [2, 4, 12, 40, -1])
def test_the_line_closed_in_the_middle_of_a_message(kept):
    left, right, _ = pair()
    data = pack(["some", np.ones(5)])
    left.sock.sendall((len(data).to_bytes(4, "big") + data)[:kept])
    left.close()
    with pytest.raises(EOFError):
        right.receive(5)
    with pytest.raises(WireError, match="cannot be used any more"):
        right.receive(5)


def test_silence_ends_in_time_and_does_no_harm():
    left, right, _ = pair()
    for timeout in (0, 0.05):
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            right.receive(timeout)
        assert time.monotonic() - began < 3
    left.send(1)
    assert right.receive(0) == 1
    patient = Channel(right.sock, replace(CAPS, seconds=0.05))
    with pytest.raises(TimeoutError):
        patient.receive()


def test_a_message_that_drips_does_not_extend_the_timeout():
    left, right, _ = pair()
    data = pack(np.zeros(100_000))
    stop = threading.Event()

    def drip():
        left.sock.sendall(len(data).to_bytes(4, "big"))
        for byte in data:
            if stop.wait(0.0005):
                return
            left.sock.send(bytes([byte]))

    thread = threading.Thread(target=drip)
    thread.start()
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        right.receive(0.3)
    took = time.monotonic() - began
    stop.set()
    thread.join()
    assert 0.25 < took < 3
    with pytest.raises(WireError, match="came in part only"):
        right.receive(1)


def test_a_flood_does_not_extend_the_timeout():
    """A reader that looks at the clock only when nothing has come never looks."""
    left, right, _ = pair()
    left.sock.sendall((CAPS.frame).to_bytes(4, "big"))

    class Flood:
        def __init__(self):
            self.ready = 0

        def recv_into(self, buffer):
            self.ready += 1
            time.sleep(0.001)
            buffer[:1] = b"x"
            return 1

    taken = bytearray(4)
    assert right.sock.recv_into(taken) == 4
    flood = Flood()
    right.sock = flood
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        right._fill(memoryview(bytearray(10_000)), began + 0.2, begun=True)
    assert time.monotonic() - began < 3
    assert flood.ready > 2


def test_who_does_not_read_does_not_hold_the_sender():
    left, _, keep = pair()
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        left.send(np.zeros(1_000_000), timeout=0.2)
    assert time.monotonic() - began < 3
    with pytest.raises(WireError, match="sent in part only"):
        left.send(1, timeout=1)
    keep.close()


def test_sending_to_a_closed_line():
    left, right, _ = pair()
    right.close()
    with pytest.raises(EOFError):
        left.send(1, timeout=1)


def test_a_value_that_cannot_be_sent_leaves_the_line_as_it_was():
    left, right, _ = pair()
    for odd, kind in ((len, TypeError), (2**300, WireError)):
        with pytest.raises(kind):
            left.send([1, odd])
    left.send("next", timeout=1)
    assert right.receive(1) == "next"


@pytest.mark.parametrize("size", [CAPS.frame + 1, 2**32 - 1])
def test_an_oversize_frame_is_refused_before_it_comes(size):
    left, right, _ = pair()
    left.sock.sendall(size.to_bytes(4, "big") + b"x" * 100)
    with pytest.raises(WireError, match="was announced"):
        right.receive(1)
    with pytest.raises(WireError, match="cannot be used any more"):
        right.receive(1)


def test_a_bad_message_in_a_good_frame_leaves_the_line_in_step():
    left, right, _ = pair()
    left.sock.sendall((5).to_bytes(4, "big") + b"bytes")
    left.send("next")
    with pytest.raises(WireError, match="not a message"):
        right.receive(1)
    assert right.receive(1) == "next"


def test_without_sendmsg_as_on_windows(monkeypatch):
    class Plain:
        def __init__(self, sock):
            self.send, self.setblocking = sock.send, sock.setblocking
            self.fileno, self.recv_into = sock.fileno, sock.recv_into

    left, right, _ = pair()
    value = [np.arange(30_000), "x", np.arange(9.0)]
    thread = threading.Thread(target=Channel(Plain(left.sock)).send, args=(value,))
    monkeypatch.delattr("select.poll", raising=False)
    thread.start()
    assert same(right.receive(5), value)
    thread.join()


def test_nothing_of_the_course_is_imported():
    code = (
        f"import sys; sys.path.insert(0, {str(sys.path[0])!r}); import {wire.__name__};"
        "print(*[m for m in sys.modules if m.startswith('course_utils')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    inside = [m for m in done.stdout.split() if ".inside." in m]
    others = set(done.stdout.split()) - set(inside)
    assert others == {
        "course_utils",
        "course_utils.grading",
        "course_utils.grading.inside",
    }
    assert sorted(m.rpartition(".")[2] for m in inside) == [
        "packing",
        "plain",
        "unpacking",
        "wire",
    ]
