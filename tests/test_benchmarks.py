"""The benchmarks measure what they say; how fast anything is, no test asserts."""

from __future__ import annotations

import json
import subprocess
import sys

import nbformat
import numpy as np
import pytest
from rich.console import Console

from benchmarks import __main__ as command
from benchmarks import (
    contenders,
    elements,
    lessons,
    monte_carlo,
    neighbours,
    optimizers,
    publishing,
    report,
    scaling,
    starting,
    steps,
    training,
)
from benchmarks.measure import Row, quotients, take_turns
from benchmarks.settings import BATCH_SIZE, DEEP, WIDE, Settings
from course_utils.notebooks.errors import CourseError
from course_utils.optimizers import OPTIMIZERS

TINY = Settings(
    images=64,
    epochs=1,
    rounds=2,
    scaling_images=64,
    scaling_seeds=(1, 3),
    mc_images=20,
    mc_samples=3,
    process_rounds=2,
    n_jobs=2,
)


def at_once(tasks):
    """Do what a pool of processes would do, here and now."""
    return [function(*args, **options) for function, args, options in tasks]


def by_name(rows: list[Row]) -> dict[str, Row]:
    return {row.name: row for row in rows}


def test_contenders_take_turns_and_the_first_round_does_not_count():
    calls = []

    def contender(name):
        calls.append(name)
        return float(len(calls))

    measured = take_turns(
        {name: lambda name=name: contender(name) for name in "ab"}, rounds=2
    )
    assert "".join(calls) == "ababab"
    assert measured == {"a": (3.0, 5.0), "b": (4.0, 6.0)}


def test_no_rounds_are_an_error():
    with pytest.raises(ValueError, match="rounds must be >= 1, got 0"):
        take_turns({}, 0)


def test_quotients_compare_within_a_round():
    assert quotients((6.0, 1.0), (2.0, 4.0)) == (3.0, 0.25)
    with pytest.raises(ValueError, match="zip"):
        quotients((1.0,), (1.0, 2.0))


@pytest.mark.parametrize(
    ("limits", "reached"),
    [
        ({}, None),
        ({"at_least": 2.0}, True),
        ({"at_least": 2.1}, False),
        ({"at_most": 2.0}, True),
        ({"at_most": 1.9}, False),
    ],
)
def test_a_target_is_for_the_median(limits, reached):
    row = Row("wide", "ratio", "x", (1.0, 2.0, 9.0), **limits)
    assert row.reached is reached
    assert report.target(row).endswith(
        {None: "", True: " reached", False: " missed"}[reached]
    )


def test_a_row_needs_a_measurement():
    with pytest.raises(ValueError, match="at least one number"):
        Row("wide", "ratio", "x", ())


def test_training_compares_everybody_on_the_same_work():
    rows = training.compare("deep", (784, 8, 10), TINY, times_fit=4.0, times_bare=1.5)
    found = by_name(rows)
    for name in (training.ENGINE, training.FIT, training.BARE, training.COMPILED):
        assert found[name].unit == "s"
        assert len(found[name].values) == TINY.rounds
        assert found[name].low > 0
    engine, fit = found[training.ENGINE], found[training.FIT]
    over_fit = found["throughput over Keras fit"]
    assert over_fit.values == quotients(fit.values, engine.values)
    assert over_fit.at_least == 4.0
    over_bare = found["time over bare matrix products"]
    assert over_bare.values == quotients(engine.values, found[training.BARE].values)
    assert over_bare.at_most == 1.5
    assert {row.benchmark for row in rows} == {"deep"}


def test_together_counts_every_seed_and_epoch(monkeypatch):
    seen = []

    def work(sizes, seed, n, epochs):
        seen.append((tuple(sizes), seed, n, epochs))

    clock = iter([10.0, 22.0])
    monkeypatch.setattr(contenders.time, "perf_counter", lambda: next(clock))
    measure = contenders.together(at_once, work, (4, 2), 50, 2, jobs=3)
    assert measure() == 12.0 / (3 * 2)
    assert seen == [((4, 2), seed, 50, 2) for seed in range(3)]


def test_the_bare_products_are_all_and_only_those_of_training(monkeypatch):
    shapes = []
    true_matmul = np.matmul

    def matmul(a, b, out=None):
        shapes.append((a.shape, b.shape))
        return true_matmul(a, b, out=out)

    monkeypatch.setattr(contenders.np, "matmul", matmul)
    contenders.multiply((6, 5, 3), seed=0, n=2 * BATCH_SIZE, epochs=1)
    b = BATCH_SIZE
    assert shapes == 2 * [
        ((b, 6), (6, 5)),
        ((b, 5), (5, 3)),
        ((5, b), (b, 3)),
        ((b, 3), (3, 5)),
        ((6, b), (b, 5)),
    ]


def test_the_networks_are_those_of_the_claims():
    assert WIDE == (784, 300, 100, 10)
    assert DEEP[0] == 784
    assert DEEP[1:-1] == (100,) * 20
    assert DEEP[-1] == 10


def test_steps_names_each_part_of_both_networks():
    names = [row.name for row in steps.steps(TINY)]
    for part in ("gather the batch", "forward", "loss", "backward", "update"):
        assert f"wide: {part}" in names
        assert f"deep: {part}" in names


def test_elements_compare_the_same_work():
    # A leaky slope of another size, or a gelu of the other kind, would be no race.
    for name, (ours, theirs) in elements.activation_pairs((50, 40)).items():
        np.testing.assert_allclose(ours(), theirs(), rtol=1e-4, atol=1e-6, err_msg=name)
        assert ours().dtype == np.float32
    for name, (ours, theirs) in elements.initializer_pairs((300, 200)).items():
        drawn, other = ours(), np.asarray(theirs())
        assert drawn.shape == other.shape == (300, 200), name
        assert drawn.std() == pytest.approx(other.std(), rel=0.03), name
    ours, theirs = elements.normalization_pair((64, 5))
    for mine, other in zip(ours(), theirs(), strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-3, atol=1e-4)


def test_optimizers_take_the_same_steps():
    pairs = optimizers.optimizer_pairs(40, learning_rate=0.01)
    assert set(pairs) == set(OPTIMIZERS)
    for name, (ours, theirs) in pairs.items():
        for _ in range(3):
            mine, other = ours(), theirs()
        np.testing.assert_allclose(mine, other, rtol=0, atol=2e-6, err_msg=name)


def test_monte_carlo_contenders_answer_the_same_question(monkeypatch):
    x = np.random.default_rng(1).random((3, 784), dtype=np.float32)
    for make in ("stacked", "course_network", "course_sampler"):
        once, often = getattr(monte_carlo, make)(x, 4)
        assert np.shape(once()) == (3, 10)
        mean, std = often()
        np.testing.assert_allclose(mean.sum(axis=-1), 1, rtol=1e-5)
        assert std.shape == (3, 10)
        assert std.min() > 0
    monkeypatch.setattr(monte_carlo, "extra_memory", lambda make, images, samples: 2.0)
    found = by_name(monte_carlo.monte_carlo(TINY))
    faster = found[f"{monte_carlo.OURS}: times as fast"]
    assert faster.at_least == 3
    assert faster.values == quotients(
        found[monte_carlo.STACK].values, found[monte_carlo.OURS].values
    )
    share = found[f"{monte_carlo.KERAS}: extra over the stack's"]
    assert (share.values, share.at_most) == ((1.0,), 0.1)


def test_extra_memory_is_what_the_many_passes_add(monkeypatch):
    ran = []

    def fresh(code):
        ran.append(code)
        return 0.0, 130.0 if "often()\n" in code else 100.0, False

    monkeypatch.setattr(monte_carlo, "fresh", fresh)
    assert monte_carlo.extra_memory("course_network", 20, 3) == 30.0
    without, with_passes = ran
    assert "monte_carlo.course_network(x, samples)" in without
    assert with_passes.count("often") == without.count("often") + 1


def test_elements_take_turns_and_divide_within_a_round(monkeypatch):
    turns = []
    pair = lambda: turns.append("o"), lambda: turns.append("t")
    rows = elements.beside("activations", {"relu": pair}, TINY, 2)
    assert "".join(turns) == "oott" * (1 + TINY.rounds)
    assert [(row.name, row.unit) for row in rows] == [
        ("relu", "us"),
        ("relu: time over Keras", "x"),
    ]
    assert all(len(row.values) == TINY.rounds for row in rows)
    taken = {"ours": (6.0, 1.0), "theirs": (2.0, 4.0)}
    monkeypatch.setattr(elements, "take_turns", lambda contenders, rounds: taken)
    rows = elements.beside("activations", {"relu": pair}, TINY, 2)
    assert [row.values for row in rows] == [(6.0, 1.0), (3.0, 0.25)]


def test_scaling_trains_every_seed_each_way(monkeypatch):
    trained = []
    monkeypatch.setattr(
        scaling, "train", lambda sizes, seeds, n, epochs: trained.append((seeds, n))
    )
    rows = scaling.three_ways(at_once, "name", (784, 10), 3, TINY)
    once = [[0, 1, 2], 0, 1, 2, [0, 2], [1]]
    assert trained == [(seeds, 64) for seeds in once * (1 + TINY.rounds)]
    found = by_name(rows)
    assert {"name x 3: replicas", "name x 3: processes", "name x 3: both"} < {*found}
    assert found["throughput of both over processes"].values == quotients(
        found["name x 3: processes"].values, found["name x 3: both"].values
    )


@pytest.mark.parametrize(("seeds", "jobs"), [(1, 2), (2, 2), (16, 3), (3, 8)])
def test_split_deals_each_seed_once_and_evenly(seeds, jobs):
    hands = scaling.split(seeds, jobs)
    assert sorted(seed for hand in hands for seed in hand) == list(range(seeds))
    sizes = [len(hand) for hand in hands]
    assert max(sizes) - min(sizes) <= 1
    assert len(hands) == min(seeds, jobs)


def test_a_fresh_process_reports_its_own_time_memory_and_imports():
    seconds, mib, keras = starting.fresh("import time\ntime.sleep(0.2)")
    assert seconds >= 0.2
    assert 1 < mib < 64
    assert keras is False
    assert starting.fresh("sys.modules['keras.layers'] = None")[2] is True
    held = starting.fresh("block = bytearray(200 * 2**20)")[1]
    assert held > mib + 190


def test_a_fresh_process_that_fails_is_an_error_with_its_own_words():
    with pytest.raises(RuntimeError, match="no such thing"):
        starting.fresh("raise ValueError('no such thing')")


def test_a_lesson_is_run_as_far_as_its_first_figure(tmp_path):
    text = tmp_path / "lesson.py"
    text.write_text(
        "# %%\nimport matplotlib.pyplot as plt\n\n# %% [markdown]\n# Words.\n\n"
        "# %%\nplt.plot([1, 2])\n\n# %%\nraise SystemExit('too far')\n",
        encoding="utf-8",
    )
    cells = starting.code_cells(text)
    assert cells[0].startswith("import")
    assert len(cells) == 3
    starting.fresh(starting.UNTIL_A_FIGURE.format(cells=cells))
    with pytest.raises(RuntimeError, match="no cell drew a figure"):
        starting.fresh(starting.UNTIL_A_FIGURE.format(cells=cells[:1]))


def test_the_courses_own_imports_bring_no_tensorflow():
    for module in ("course_utils", "course_utils.lab.network"):
        assert starting.fresh(f"import {module}")[2] is False


def test_notebooks_come_lessons_first_in_order(tmp_path):
    (tmp_path / "exercises").mkdir()
    for name in ("02_b", "01_a", "exercises/01_a"):
        (tmp_path / f"{name}.ipynb").touch()
    found = [p.relative_to(tmp_path).as_posix() for p in lessons.notebooks(tmp_path)]
    assert found == ["01_a.ipynb", "02_b.ipynb", "exercises/01_a.ipynb"]


def test_one_table_and_one_json_hold_every_row(tmp_path, monkeypatch, capsys):
    rows = [
        Row("wide", "engine", "s", (0.1, 0.25, 0.2)),
        Row("wide", "over fit", "x", (7.0,), at_least=6.0),
    ]
    monkeypatch.setattr(
        command, "BENCHMARKS", {"wide": lambda settings: rows, "deep": pytest.fail}
    )
    monkeypatch.setattr(command, "titles", lambda: {"wide": "seconds", "deep": "-"})
    path = tmp_path / "build" / "bench.json"
    assert command.main(["--only", "wide", "--quick", "--json", str(path)]) == 0
    kept = json.loads(path.read_text(encoding="utf-8"))
    assert [row["values"] for row in kept["rows"]] == [[0.1, 0.25, 0.2], [7.0]]
    assert kept["rows"][1]["reached"] is True
    assert kept["machine"]["cores"] >= 1
    assert 0 <= kept["machine"]["taken_by_others"] <= 1
    printed = capsys.readouterr().out
    assert "0.200 s" in printed
    assert "0.100 - 0.250" in printed
    assert ">= 6 reached" in printed


def test_our_own_work_is_not_our_neighbours(monkeypatch):
    seconds = iter([(100.0, 40.0, 10.0), (120.0, 56.0, 22.0)])
    monkeypatch.setattr(neighbours, "busy_seconds", lambda: next(seconds))
    assert neighbours.Neighbours().share() == (16.0 - 12.0) / 20.0


def test_our_own_work_counts_children_too():
    before = neighbours.own_seconds()
    spin = "import time\nwhile time.process_time() < 0.5: pass"
    subprocess.run([sys.executable, "-c", spin], check=True)
    assert neighbours.own_seconds() - before > 0.4


def test_a_busy_machine_is_named(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(
        command,
        "BENCHMARKS",
        {"wide": lambda settings: [Row("wide", "a", "s", (1.0,))]},
    )
    monkeypatch.setattr(command, "titles", lambda: {"wide": "seconds"})
    for share, said in ((0.5, True), (0.01, False)):
        monkeypatch.setattr(command.Neighbours, "share", lambda self, s=share: s)
        command.main(["--json", str(tmp_path / "bench.json")])
        assert ("took 50% of the machine" in capsys.readouterr().out) is said


def test_what_fails_does_not_take_the_rest_with_it(monkeypatch, tmp_path, capsys):
    def failing(settings):
        yield Row("lessons", "00_fine", "s", (1.0,))
        raise CourseError("01_broken: it raises")

    other = [Row("wide", "engine", "s", (2.0,))]
    monkeypatch.setattr(
        command, "BENCHMARKS", {"lessons": failing, "wide": lambda settings: other}
    )
    monkeypatch.setattr(command, "titles", lambda: {"lessons": "-", "wide": "-"})
    path = tmp_path / "bench.json"
    assert command.main(["--json", str(path)]) == 1
    assert "lessons: 01_broken: it raises" in capsys.readouterr().err
    kept = json.loads(path.read_text(encoding="utf-8"))["rows"]
    assert [row["name"] for row in kept] == ["00_fine", "engine"]


def test_each_notebook_is_executed_and_a_broken_one_named_last(tmp_path, monkeypatch):
    folder = tmp_path / "notebooks"
    folder.mkdir()
    for name, source in (("01_broken", "1 / 0"), ("02_fine", "1 + 1")):
        cells = [nbformat.v4.new_code_cell(source)]
        nbformat.write(
            nbformat.v4.new_notebook(cells=cells), str(folder / f"{name}.ipynb")
        )
    monkeypatch.setattr(lessons, "ROOT", tmp_path)
    measured = lessons.lessons(TINY)
    seconds, peak = next(measured), next(measured)
    assert (seconds.name, seconds.unit) == ("02_fine", "s")
    assert peak.unit == "MiB"
    assert peak.median > 10
    together = next(measured)
    assert (together.name, together.median) == (
        "all of these together",
        seconds.median,
    )
    with pytest.raises(CourseError, match=r"01_broken(.|\n)*ZeroDivisionError"):
        next(measured)


def test_a_second_build_is_judged_by_the_files_it_writes(tmp_path, monkeypatch):
    """A builder that writes its list each time, and a lesson's page when it changed."""
    path = tmp_path / "notebooks" / "01_a.ipynb"
    path.parent.mkdir()
    cells = [nbformat.v4.new_markdown_cell("first")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), str(path))
    monkeypatch.setattr(publishing, "ROOT", tmp_path)
    monkeypatch.setattr(publishing, "WHAT", {"decks": ["slides"]})

    def build(course, command, folder):
        assert command == ["slides"]
        folder.mkdir(exist_ok=True)
        page, text = folder / "01_a.html", (course / path.relative_to(tmp_path))
        if not page.exists() or page.read_text() != text.read_text():
            page.write_text(text.read_text())
        (folder / "index.html").unlink(missing_ok=True)
        (folder / "index.html").write_text("x" * 2**20)
        return 2.0

    monkeypatch.setattr(publishing, "build", build)
    found = by_name(list(publishing.publishing(TINY)))
    assert found["decks"].median == 2.0
    assert 1.0 < found["decks: size"].median < 1.01
    unchanged = found["decks, unchanged: files written"]
    assert (unchanged.median, unchanged.reached) == (1, False)
    assert found["decks, a lesson changed: files written"].median == 2
    assert "first" in path.read_text()
    assert " 0" not in nbformat.read(path, as_version=4).cells[0].source


def test_a_build_that_fails_says_why(tmp_path):
    with pytest.raises(RuntimeError, match=r"course slides 99 failed(.|\n)*lesson 99"):
        publishing.build(publishing.ROOT, ["slides", "99"], tmp_path)


def test_an_unknown_benchmark_is_a_usage_error(capsys):
    with pytest.raises(SystemExit) as stopped:
        command.main(["--only", "wide,speed"])
    assert stopped.value.code == 2
    assert "got 'speed'" in capsys.readouterr().err


def test_the_table_is_readable_in_eighty_columns():
    rows = [
        Row("wide", training.COMPILED, "s", (0.1234, 0.2345)),
        Row("wide", "time over bare matrix products", "x", (1.0,), at_most=1.5),
    ]
    console = Console(width=80, record=True, file=None, quiet=False)
    with console.capture() as captured:
        console.print(report.table(rows, command.titles()))
    assert "..." not in captured.get()
    assert max(len(line) for line in captured.get().splitlines()) <= 80


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(0.0612, "s", "0.0612 s"), (12.0, "x", "12.0 x"), (573.4, "MiB", "573 MiB")],
)
def test_numbers_have_three_digits(value, unit, text):
    assert report.number(value, unit) == text
