"""Experiments: the same table however it is computed, and nothing done is lost."""

import math
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from types import SimpleNamespace

import joblib
import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from course_utils.lab import experiments, network, progress
from course_utils.lab.divergence import DivergenceError
from course_utils.optimizers import SGD

ARMS = {"slow": {"rate": 0.1}, "fast": {"rate": 0.5}, "wild": {"rate": 9.0}}
SEEDS = (3, 0, 5)


def make_train():
    # Nested, so that it travels to a worker by value as a notebook's functions do.
    def train(seed, rate):
        if rate > 1 and seed == 5:
            raise DivergenceError(12, "layer 3 (pre-activation)", "loss is NaN")
        rng = np.random.default_rng(seed)
        weights = rng.normal(size=(200, 200))
        # A product whose last digits depend on the number of BLAS threads.
        total = float(np.linalg.norm(weights @ weights @ weights))
        return [
            {"epoch": epoch, "loss": np.float64(total / (epoch + rate))}
            for epoch in range(2)
        ]

    return train


@pytest.fixture(scope="module")
def expected():
    return experiments.run(make_train(), ARMS, SEEDS, n_jobs=1)


def counting(folder):
    """Return a function that leaves a file for each call."""

    def train(seed, rate=0.0):
        (Path(folder) / f"{rate}-{seed}-{time.time_ns()}").touch()
        return {"loss": seed + rate}

    return train


def calls(folder):
    return sorted(path.name.rsplit("-", 1)[0] for path in Path(folder).iterdir())


# -- the table ---------------------------------------------------------------------


def test_rows_come_in_the_order_of_arms_and_seeds_as_given(expected):
    runs = expected[["arm", "seed"]].drop_duplicates()
    assert list(runs.itertuples(index=False, name=None)) == [
        (arm, seed) for arm in ARMS for seed in SEEDS
    ]
    assert list(expected.columns) == [
        "arm",
        "seed",
        "diverged",
        "epoch",
        "loss",
        "diverged_at",
        "message",
    ]


def test_a_run_that_diverges_is_a_row_without_metrics(expected):
    row = expected[expected["diverged"]]
    assert len(row) == 1
    row = row.iloc[0]
    assert (row["arm"], row["seed"], row["diverged_at"]) == ("wild", 5, 12)
    assert np.isnan(row["loss"])
    assert row["message"] == (
        "loss is NaN at step 12, first seen in layer 3 (pre-activation)"
    )
    assert expected["diverged"].dtype == bool
    assert expected.loc[~expected["diverged"], "loss"].notna().all()


def test_columns_of_divergence_exist_only_when_something_diverged():
    frame = experiments.run(lambda seed: {"loss": 1.0}, {"a": {}}, [0], n_jobs=1)
    assert list(frame.columns) == ["arm", "seed", "diverged", "loss"]


@pytest.mark.parametrize("n_jobs", [2, -1])
def test_processes_give_the_same_table(expected, n_jobs):
    frame = experiments.run(make_train(), ARMS, SEEDS, n_jobs=n_jobs)
    assert_frame_equal(frame, expected, check_exact=True)


def test_threads_give_the_same_table(expected):
    with joblib.parallel_config(backend="threading"):
        frame = experiments.run(make_train(), ARMS, SEEDS, n_jobs=2)
    assert_frame_equal(frame, expected, check_exact=True)


def test_a_backend_that_answers_only_at_the_end_gives_the_same_table():
    # It cannot send a function defined in a test; `dict` returns what it is given.
    with joblib.parallel_config(backend="multiprocessing"):
        frame = experiments.run(dict, ARMS, SEEDS, n_jobs=2)
    assert_frame_equal(frame, experiments.run(dict, ARMS, SEEDS, n_jobs=1))


def test_who_finishes_first_does_not_matter():
    def train(seed):
        time.sleep(0.3 if seed == 0 else 0.0)
        return {"loss": float(seed)}

    frame = experiments.run(train, {"a": {}}, range(4), n_jobs=2)
    assert list(frame["seed"]) == [0, 1, 2, 3]
    assert list(frame["loss"]) == [0.0, 1.0, 2.0, 3.0]


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_function_that_changes_its_arguments_changes_no_other_run(n_jobs):
    def train(seed, state):
        state["used"] += 1
        return {"used": state["used"]}

    arms = {"a": {"state": {"used": 0}}}
    frame = experiments.run(train, arms, range(4), n_jobs=n_jobs)
    assert list(frame["used"]) == [1, 1, 1, 1]
    assert arms == {"a": {"state": {"used": 0}}}


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_job_has_one_blas_thread(n_jobs):
    def train(seed):
        import numpy as np
        from threadpoolctl import threadpool_info

        np.ones((2, 2)) @ np.ones((2, 2))
        blas = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
        return {"threads": max(pool["num_threads"] for pool in blas)}

    frame = experiments.run(train, {"a": {}}, range(2), n_jobs=n_jobs)
    assert list(frame["threads"]) == [1, 1]


def test_arrays_from_outside_are_mapped_and_not_sent_with_each_job():
    images = np.zeros((600, 784))  # 3.8 MB

    def train(seed):
        return {"kind": type(images).__name__, "sum": float(images.sum())}

    frame = experiments.run(train, {"a": {}}, range(2), n_jobs=2)
    assert set(frame["kind"]) == {"memmap"}


def test_a_function_may_return_a_data_frame_and_numpy_scalars():
    def train(seed):
        return pd.DataFrame({"seed": seed, "epoch": [0, 1], "loss": [2.0, 1.0]})

    frame = experiments.run(train, {"a": {}}, [4], n_jobs=1)
    assert frame.to_dict("list") == {
        "arm": ["a", "a"],
        "seed": [4, 4],
        "diverged": [False, False],
        "epoch": [0, 1],
        "loss": [2.0, 1.0],
    }
    row = {"a": np.float32(0.5), "b": np.array(3), "c": np.bool_(True), "d": None}
    frame = experiments.run(lambda seed: row, {"a": {}}, [4], n_jobs=1)
    assert frame.loc[0, ["a", "b", "c"]].to_list() == [0.5, 3, True]


# -- several seeds at once ---------------------------------------------------------


def test_seeds_at_once_are_grouped_and_give_the_same_table():
    groups = []

    def together(seeds, rate):
        groups.append(seeds)
        return [{"seed": seed, "loss": seed + rate} for seed in reversed(seeds)]

    frame = experiments.run(
        together,
        {"a": {"rate": 1}, "b": {"rate": 2}},
        range(5),
        seeds_at_once=2,
        n_jobs=1,
    )
    assert groups == [(0, 1), (2, 3), (4,)] * 2
    one_by_one = experiments.run(
        lambda seed, rate: {"loss": seed + rate},
        {"a": {"rate": 1}, "b": {"rate": 2}},
        range(5),
        n_jobs=1,
    )
    assert_frame_equal(frame, one_by_one)


def test_of_seeds_that_train_together_only_those_that_diverge_are_marked():
    def together(seeds):
        if 1 in seeds:
            raise DivergenceError(7, "layer 1", "loss is NaN")
        return [{"seed": seed, "loss": float(seed)} for seed in seeds]

    frame = experiments.run(together, {"a": {}}, range(3), seeds_at_once=3, n_jobs=1)
    assert list(frame["diverged"]) == [False, True, False]
    assert frame.loc[[0, 2], "loss"].to_list() == [0.0, 2.0]


@pytest.mark.parametrize("as_rows", [True, False])
def test_a_seed_that_diverges_beside_others_may_say_so(as_rows):
    error = DivergenceError(7, "layer 1", "loss is NaN")

    def together(seeds):
        frame = pd.DataFrame(
            {"seed": seeds, "loss": [math.nan if seed == 1 else 0.5 for seed in seeds]}
        )
        if not as_rows:
            return SimpleNamespace(frame=frame, diverged={1: error})
        return [
            {**row, "diverged": error if row["seed"] == 1 else None}
            for row in frame.to_dict("records")
        ]

    frame = experiments.run(together, {"a": {}}, range(3), seeds_at_once=3, n_jobs=1)
    assert list(frame["diverged"]) == [False, True, False]
    assert frame["diverged_at"].dropna().to_list() == [7]
    assert frame["message"].dropna().to_list() == [str(error)]


def test_the_history_of_a_network_is_a_result():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(64, 5)).astype(np.float32)
    y = rng.integers(0, 3, size=64)

    def train(seeds, rate):
        net = network.mlp([5, 8, 3], seeds=list(seeds))
        return net.fit(x, y, epochs=2, batch_size=16, optimizer=SGD(rate))

    frame = experiments.run(
        train,
        {"mild": {"rate": 0.1}, "wild": {"rate": 1e38}},
        range(2),
        seeds_at_once=2,
        n_jobs=1,
    )
    mild, wild = (frame[frame["arm"] == arm] for arm in ("mild", "wild"))
    assert list(mild["epoch"]) == [1, 2, 1, 2]
    assert mild["loss"].notna().all()
    assert list(wild["diverged"]) == [True, True]
    assert wild["message"].str.contains("first seen in").all()


# -- errors ------------------------------------------------------------------------


@pytest.mark.parametrize(("n_jobs", "awkward"), [(1, False), (2, False), (2, True)])
def test_an_error_names_the_run_and_loses_no_finished_one(tmp_path, n_jobs, awkward):
    class AwkwardError(Exception):
        """Cannot be unpickled: its class wants two arguments."""

        def __init__(self, one, two):
            super().__init__(f"{one} and {two}")

    kind, details = (
        (AwkwardError, ("a", "b")) if awkward else (ZeroDivisionError, ("c",))
    )
    path = tmp_path / "runs.jsonl"

    def train(seed, rate):
        if seed == 2:
            while b'"seed": 0' not in path.read_bytes():
                time.sleep(0.01)
            raise kind(*details)
        return {"loss": rate}

    with pytest.raises(experiments.RunError) as caught:
        experiments.run(
            train, {"slow": {"rate": 0.1}}, [0, 2, 4], n_jobs=n_jobs, resume=path
        )
    message = str(caught.value)
    assert message.startswith("arm 'slow', seed 2: ")
    assert f"{kind.__name__}: {kind(*details)}" in message
    assert "runs.jsonl, where a new call goes on, and in this error's .frame" in message
    assert 0 in set(caught.value.frame["seed"])
    assert 2 not in set(caught.value.frame["seed"])
    cause = caught.value.__cause__
    if n_jobs == 1:
        assert cause.__traceback__ is not None
    else:
        assert "in train" in "".join(cause.__notes__)


@pytest.mark.filterwarnings("error")
def test_an_error_cancels_the_other_jobs(tmp_path):
    folder = str(tmp_path)

    def train(seed):
        if seed == 0:
            raise ValueError("no")
        time.sleep(0.5)
        (Path(folder) / str(seed)).touch()
        return {"loss": 0.0}

    with pytest.raises(experiments.RunError):
        experiments.run(train, {"a": {}}, range(12), n_jobs=2)
    time.sleep(1.0)
    assert len(list(tmp_path.iterdir())) <= 2
    again = experiments.run(lambda seed: {"loss": seed}, {"a": {}}, range(3), n_jobs=2)
    assert list(again["loss"]) == [0, 1, 2]


def test_a_worker_that_dies_is_told_and_loses_no_finished_run(tmp_path):
    def train(seed):
        if seed == 3:
            time.sleep(0.5)
            os._exit(1)
        return {"loss": seed}

    path = tmp_path / "runs.jsonl"
    with pytest.raises(experiments.RunError, match="worker process died") as caught:
        experiments.run(train, {"a": {}}, range(4), n_jobs=2, resume=path)
    assert "runs.jsonl" in str(caught.value)
    assert list(caught.value.frame["seed"]) == [0, 1, 2]


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"function": 3}, TypeError, "function must be callable, got 3"),
        ({"arms": {}}, ValueError, "arms must name at least one arm"),
        ({"arms": [("a", {})]}, TypeError, "arms must be a dict of dicts, got list"),
        ({"arms": {3: {}}}, TypeError, "arms must have str names, got 3"),
        ({"arms": {"a": 0.1}}, TypeError, r"arms\['a'\] must be a dict"),
        ({"arms": {"a": {"seed": 1}}}, ValueError, "must leave the seed"),
        ({"seeds": 5}, TypeError, r"write range\(5\)"),
        ({"seeds": []}, ValueError, "at least one seed, got none"),
        ({"seeds": [1, 2, 1]}, ValueError, "distinct, got 1 more than once"),
        ({"seeds": [0.5]}, TypeError, "seeds must be ints, got 0.5"),
        ({"seeds": [True]}, TypeError, "seeds must be ints, got True"),
        ({"seeds": [-1]}, ValueError, "at least 0, got -1"),
        ({"seeds_at_once": 0}, ValueError, "seeds_at_once must be at least 1, got 0"),
        ({"seeds_at_once": 1.5}, TypeError, "seeds_at_once must be an int, got 1.5"),
        ({"n_jobs": 0}, ValueError, "n_jobs must be at least 1"),
    ],
)
def test_bad_arguments(change, error, words):
    good = {"function": lambda seed: {"loss": 0}, "arms": {"a": {}}, "seeds": [0]}
    with pytest.raises(error, match=words):
        experiments.run(**{**good, **change})


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize(
    ("result", "error", "words"),
    [
        (0.5, TypeError, "must return a dict, a list of dicts.* got float"),
        ([0.5], TypeError, "must return a dict, a list of dicts"),
        ("loss", TypeError, "must return a dict"),
        ([], ValueError, "a row for every seed, got none of 0"),
        ({"arm": "b"}, ValueError, "a row must not set 'arm'"),
        ({"message": "?"}, ValueError, "a row must not set 'message'"),
        ({"diverged": True}, ValueError, "must be a DivergenceError, None or False"),
        ({"seed": 9}, ValueError, r"was given, \(0,\), got seed 9"),
        ({"norms": np.ones(3)}, TypeError, "got norms=ndarray"),
        ({1: 2.0}, TypeError, "str keys, got 1"),
    ],
)
def test_bad_results_name_the_run(result, error, words, n_jobs):
    with pytest.raises(error, match=words) as caught:
        experiments.run(lambda seed: result, {"b": {}}, [0], n_jobs=n_jobs)
    assert str(caught.value).startswith("arm 'b', seed 0: ")


def test_the_functions_own_type_error_is_not_taken_for_a_bad_result():
    def train(seed):
        raise TypeError("mine")

    with pytest.raises(experiments.RunError, match="TypeError: mine"):
        experiments.run(train, {"a": {}}, [0], n_jobs=1)


def test_several_seeds_need_their_seed_in_each_row():
    with pytest.raises(ValueError, match="must name its 'seed'"):
        experiments.run(
            lambda seeds: [{"loss": 1}], {"a": {}}, [0, 1], seeds_at_once=2, n_jobs=1
        )


# -- going on where one stopped ----------------------------------------------------


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_second_call_does_only_what_is_missing(tmp_path, n_jobs):
    log, path = tmp_path / "calls", tmp_path / "new folder" / "runs.jsonl"
    log.mkdir()
    train, arms = counting(str(log)), {"a": {"rate": 1.0}}
    first = experiments.run(train, arms, [0, 1], n_jobs=n_jobs, resume=path)
    more = {**arms, "b": {"rate": 2.0}}
    second = experiments.run(train, more, [0, 1, 2], n_jobs=n_jobs, resume=path)
    assert calls(log) == ["1.0-0", "1.0-1", "1.0-2", "2.0-0", "2.0-1", "2.0-2"]
    assert list(second["loss"]) == [1.0, 2.0, 3.0, 2.0, 3.0, 4.0]
    third = experiments.run(train, arms, [0, 1], n_jobs=n_jobs, resume=path)
    assert_frame_equal(third, first)
    assert len(calls(log)) == 6


def test_a_resumed_table_equals_one_done_in_one_go(tmp_path, expected):
    path = tmp_path / "runs.jsonl"
    experiments.run(make_train(), ARMS, SEEDS[:2], n_jobs=1, resume=path)
    frame = experiments.run(make_train(), ARMS, SEEDS, n_jobs=1, resume=path)
    assert_frame_equal(frame, expected, check_exact=True)
    again = experiments.run(make_train(), ARMS, SEEDS, n_jobs=1, resume=path)
    assert_frame_equal(again, expected, check_exact=True)


def test_a_changed_arm_or_function_is_run_again(tmp_path):
    log, path = tmp_path / "calls", tmp_path / "runs.jsonl"
    log.mkdir()
    experiments.run(
        counting(str(log)), {"a": {"rate": 1.0}}, [0], n_jobs=1, resume=path
    )
    frame = experiments.run(
        counting(str(log)), {"a": {"rate": 2.0}}, [0], n_jobs=1, resume=path
    )
    assert list(frame["loss"]) == [2.0]
    assert calls(log) == ["1.0-0", "2.0-0"]

    def train(seed, rate):
        return {"loss": -rate}

    frame = experiments.run(train, {"a": {"rate": 2.0}}, [0], n_jobs=1, resume=path)
    assert list(frame["loss"]) == [-2.0]


INTERRUPTED = """
    import os, signal, sys, threading, time
    from pathlib import Path
    from course_utils.lab import experiments

    path, n_jobs, keep = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "keep"
    started = Path(sys.argv[1] + ".started")

    def train(seed):
        if seed == 3:
            started.touch()
        time.sleep(0.0 if seed < 3 else 60)
        return {"loss": float(seed)}

    def interrupt():
        while not started.exists():
            time.sleep(0.02)
        while keep and path.read_bytes().count(b"\\n") < 4:
            time.sleep(0.02)
        if hasattr(os, "killpg"):
            os.killpg(0, signal.SIGINT)  # as a terminal does: the workers get it too
        else:
            signal.raise_signal(signal.SIGINT)

    if __name__ == "__main__":
        # A shell that starts the tests in the background has them ignore interrupts.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        threading.Thread(target=interrupt, daemon=True).start()
        try:
            experiments.run(
                train, {"a": {}}, range(6), n_jobs=n_jobs, resume=path if keep else None
            )
        except KeyboardInterrupt as stop:
            print(stop)
            print(sorted(stop.frame["seed"]), stop.frame is experiments.interrupted)
"""


@pytest.mark.parametrize(("n_jobs", "keep"), [(1, False), (2, True)])
def test_an_interrupt_keeps_what_is_done(tmp_path, n_jobs, keep):
    script, path = tmp_path / "script.py", tmp_path / "runs.jsonl"
    script.write_text(textwrap.dedent(INTERRUPTED), encoding="utf-8")
    result = subprocess.run(
        [sys.executable, script, path, str(n_jobs), "keep" if keep else "lose"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=50,
        start_new_session=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    message, frame = result.stdout.splitlines()
    assert message.startswith("3 of 6 runs had finished")
    assert message.endswith("in experiments.interrupted")
    assert ("runs.jsonl" in message) == keep
    assert frame == "[0, 1, 2] True"
    if keep:
        assert len(path.read_text(encoding="utf-8").splitlines()) == 4  # and a header


# -- progress ----------------------------------------------------------------------


def test_a_short_experiment_writes_nothing(capfd):
    experiments.run(lambda seed: {"loss": seed}, {"a": {}}, range(3), n_jobs=2)
    assert capfd.readouterr() == ("", "")


def test_a_long_experiment_shows_a_bar_unless_it_is_turned_off(capfd, monkeypatch):
    monkeypatch.setattr(progress, "AFTER", 0.0)
    arguments = (lambda seed: {"loss": seed}, {"a": {}}, range(3))
    experiments.run(*arguments, n_jobs=1)
    assert "0/3" in capfd.readouterr().err
    monkeypatch.setenv("TQDM_DISABLE", "1")
    experiments.run(*arguments, n_jobs=1)
    assert capfd.readouterr() == ("", "")


def test_the_bench_is_imported_fast_and_brings_nothing_heavy():
    code = (
        "import sys, course_utils.lab.experiments\n"
        "heavy = {'pandas', 'scipy', 'joblib', 'tqdm', 'dask', 'tensorflow', 'keras'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"


# -- a cluster ---------------------------------------------------------------------


def test_a_dask_cluster_gives_the_same_table(expected):
    from dask import distributed

    class Parcel:
        """Counts how often it is packed in this process."""

        packed = 0

        def __reduce__(self):
            Parcel.packed += 1
            return int, ()

    parcel, inner = Parcel(), make_train()

    def train(seed, rate):
        return [{**row, "process": os.getpid()} for row in inner(seed, rate)][
            parcel is None :
        ]

    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
        joblib.parallel_config(backend="dask"),
    ):
        workers = set(client.run(os.getpid).values())
        frame = experiments.run(train, ARMS, SEEDS)
        with pytest.raises(experiments.RunError, match="arm 'a', seed 0: KeyError"):
            experiments.run(lambda seed: {}["x"], {"a": {}}, [0])
    assert len(workers) == 2
    assert set(frame["process"].dropna()) <= workers
    assert os.getpid() not in workers
    assert_frame_equal(frame.drop(columns="process"), expected, check_exact=True)
    assert 1 <= Parcel.packed < len(ARMS) * len(SEEDS)
