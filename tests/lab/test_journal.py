"""The file of finished runs: what a crash can do to it, and what it mistakes."""

import functools

import numpy as np
import pytest

from course_utils.lab import experiments
from course_utils.lab.journal import HEADER, Journal, signature

ROWS = [{"diverged": False, "loss": 0.1 + 0.2, "name": "é", "worst": float("inf")}]


def written(path, count=3):
    journal = Journal(path)
    for number in range(count):
        journal.write(f"key {number}", "He", number, ROWS)
    return path.read_bytes()


def test_what_is_written_is_read_back_exactly(tmp_path):
    path = tmp_path / "runs.jsonl"
    written(path)
    assert Journal(path).runs == {f"key {number}": ROWS for number in range(3)}
    rows = [{"loss": float("nan"), "steps": 2**60}]
    Journal(path).write("key 3", "He", 3, rows)
    back = Journal(path).runs["key 3"][0]
    assert np.isnan(back["loss"])
    assert back["steps"] == 2**60


def test_a_file_torn_anywhere_keeps_its_whole_lines(tmp_path):
    path = tmp_path / "runs.jsonl"
    content = written(path, count=2)
    ends = [at + 1 for at, byte in enumerate(content) if byte == ord("\n")]
    near = {end + step for end in ends for step in (-2, -1, 0, 1)}
    for size in sorted({*range(0, len(content), 17), *near}):
        path.write_bytes(content[:size])
        whole = sum(end <= size for end in ends) - 1
        assert len(Journal(path).runs) == max(whole, 0)
        Journal(path).write("new", "He", 9, ROWS)
        assert len(Journal(path).runs) == max(whole, 0) + 1
        assert path.read_bytes().startswith(HEADER)


def test_a_damaged_line_costs_its_run_only(tmp_path):
    path = tmp_path / "runs.jsonl"
    lines = written(path).splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], b"\x00\xff{\n", *lines[3:]]))
    with pytest.warns(UserWarning, match=r"line 3 of runs\.jsonl is damaged"):
        assert set(Journal(path).runs) == {"key 0", "key 2"}


def test_a_file_of_something_else_is_left_alone(tmp_path):
    path = tmp_path / "thesis.txt"
    path.write_text("three years of work", encoding="utf-8")
    with pytest.raises(ValueError, match="resume must name a new file"):
        experiments.run(lambda seed: {}, {"a": {}}, [0], n_jobs=1, resume=path)
    assert path.read_text(encoding="utf-8") == "three years of work"
    with pytest.raises(ValueError, match="got the folder"):
        Journal(tmp_path)


def scaled(seed, rate, scale=1.0):
    return {"loss": rate * scale}


def test_a_signature_tells_arguments_apart():
    same = signature(scaled, {"rate": np.arange(3.0), "scale": 2})
    assert same == signature(scaled, {"scale": 2, "rate": np.arange(3.0)})
    others = [
        signature(scaled, {"rate": np.arange(3.0), "scale": 3}),
        signature(scaled, {"rate": np.arange(3.0)}),
        signature(scaled, {"rate": np.array([0, 1, 3.0]), "scale": 2}),
        signature(functools.partial(scaled, scale=2), {"rate": 1}),
        signature(functools.partial(scaled, scale=3), {"rate": 1}),
    ]
    assert len({same, *others}) == 6


def test_a_signature_sees_a_changed_function_but_not_a_comment():
    def make(body):
        # As a notebook's cells are: source that `inspect` finds by its file name.
        import linecache

        name = f"<cell {len(linecache.cache)}>"
        linecache.cache[name] = (len(body), None, body.splitlines(keepends=True), name)
        scope = {}
        exec(compile(body, name, "exec"), scope)
        return scope["train"]

    plain = signature(make("def train(seed):\n    return {'loss': 1}\n"), {})
    comment = "def train(seed):\n    # now faster\n    return  {'loss': 1}\n"
    assert signature(make(comment), {}) == plain
    assert signature(make("def train(seed):\n    return {'loss': 2}\n"), {}) != plain


def test_an_argument_that_cannot_be_told_from_others_is_refused(tmp_path):
    with pytest.raises(ValueError, match="with resume, pick must be something that"):
        experiments.run(
            lambda seed, pick: {"loss": 1},
            {"a": {"pick": lambda x: x}},
            [0],
            n_jobs=1,
            resume=tmp_path / "runs.jsonl",
        )
