"""Verdicts: the right word, a sound interval, and runs that diverged."""

import math
import re

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from course_utils.lab import experiments
from course_utils.lab.intervals import mean_interval
from course_utils.lab.verdicts import Verdict

BASE = np.array([0.80, 0.83, 0.81, 0.84, 0.82])
GAIN = np.array([0.02, 0.03, 0.01, 0.025, 0.015])


def table(he, glorot, diverged=None, **columns):
    count = len(he)
    return pd.DataFrame(
        {
            "arm": ["He"] * count + ["Glorot"] * count,
            "seed": [*range(count)] * 2,
            "diverged": diverged or [False] * 2 * count,
            "score": [*he, *glorot],
            **columns,
        }
    )


def judge(he, glorot, diverged=None, **options):
    return experiments.verdict(
        table(he, glorot, diverged),
        better="He",
        than="Glorot",
        metric="score",
        **options,
    )


# -- the word ----------------------------------------------------------------------


@pytest.mark.parametrize("higher", [True, False])
@pytest.mark.parametrize(
    ("gains", "word"),
    [
        (GAIN, "holds"),
        (-GAIN, "contradicted"),
        (GAIN - GAIN.mean(), "no difference seen"),
        (np.zeros(5), "no difference seen"),
        (np.full(5, 0.01), "holds"),
    ],
)
def test_the_word(gains, word, higher):
    sign = 1 if higher else -1
    v = judge(BASE + sign * gains, BASE, higher_is_better=higher)
    assert v.word == word
    assert v.difference == pytest.approx(gains.mean(), abs=1e-12)
    assert v.low <= v.difference + 1e-12
    assert v.difference <= v.high + 1e-12
    assert v.n_seeds == 5


def test_it_is_the_pairs_that_count_and_not_the_two_clouds():
    rng = np.random.default_rng(1)
    base = rng.normal(0, 10, size=8)
    he = base + rng.normal(0.1, 0.02, size=8)
    assert judge(he, base).word == "holds"
    assert judge(he, rng.permutation(base)).word == "no difference seen"


def test_the_order_of_rows_does_not_matter():
    frame = table(BASE + GAIN, BASE)
    shuffled = frame.sample(frac=1, random_state=3)
    arguments = {"better": "He", "than": "Glorot", "metric": "score"}
    one = experiments.verdict(frame, **arguments)
    assert experiments.verdict(shuffled, **arguments) == one


def test_swapping_the_arms_turns_the_verdict_around():
    frame = table(BASE + GAIN, BASE)
    v = experiments.verdict(frame, better="Glorot", than="He", metric="score")
    assert v.word == "contradicted"
    assert v.difference == pytest.approx(-GAIN.mean())


@pytest.mark.parametrize(
    ("margin", "word"),
    [(0.0, "holds"), (0.005, "holds"), (0.015, "no difference seen")],
)
def test_a_margin_is_what_a_gain_must_exceed(margin, word):
    assert judge(BASE + GAIN, BASE, margin=margin).word == word
    turned = "contradicted" if word == "holds" else word
    assert judge(BASE, BASE + GAIN, margin=margin).word == turned


def test_a_higher_level_widens_the_interval():
    narrow, wide = (judge(BASE + GAIN, BASE, level=level) for level in (0.5, 0.99))
    assert wide.low < narrow.low < narrow.high < wide.high
    assert "(50% interval" in str(narrow)


# -- the interval ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seeds", "cover", "alarms"), [(3, 0.75, 0.13), (5, 0.92, 0.04), (10, 0.95, 0.03)]
)
def test_the_interval_covers_the_truth_as_often_as_stated(seeds, cover, alarms):
    count = 600
    draws = np.random.default_rng(seeds).normal(0.5, 2.0, size=(count, seeds))
    bounds = np.array([mean_interval(values) for values in draws])
    above, below = np.mean(bounds[:, 0] > 0.5), np.mean(bounds[:, 1] < 0.5)
    # Four standard errors of such a simulation: the plain percentile interval, at 83%
    # with 5 seeds, is well outside.
    error = 4 * math.sqrt(cover * (1 - cover) / count)
    assert abs(1 - above - below - cover) < error
    error = 4 * math.sqrt(alarms * (1 - alarms) / count)
    assert above < alarms + error
    assert below < alarms + error


def test_with_many_values_it_is_the_t_interval():
    values = np.random.default_rng(0).normal(size=200)
    expected = stats.t.interval(
        0.95, 199, loc=values.mean(), scale=values.std(ddof=1) / math.sqrt(200)
    )
    np.testing.assert_allclose(mean_interval(values), expected, atol=0.01)


@pytest.mark.parametrize("level", [0.5, 0.95, 0.999999])
@pytest.mark.parametrize("n", [2, 3, 50])
def test_equal_values_and_extreme_levels_give_numbers(n, level):
    assert mean_interval(np.full(n, 0.25), level) == (0.25, 0.25)
    low, high = mean_interval(np.arange(n) * 1.0, level)
    assert 0 <= low < high <= n - 1


@pytest.mark.parametrize(
    ("values", "level"), [([1.0], 0.9), ([[1.0, 2.0]], 0.9), ([1.0, 2.0], 1.0)]
)
def test_bad_intervals(values, level):
    with pytest.raises(ValueError, match="must"):
        mean_interval(np.array(values), level)


# -- in words ----------------------------------------------------------------------


def test_it_is_one_plain_sentence_with_few_digits():
    v = judge(BASE + GAIN / 3, BASE)
    text = str(v)
    assert text.startswith(
        "He beats Glorot on score: holds, the mean gain is 0.00667 (95%"
    )
    assert text.endswith(", 5 paired seeds).")
    for number in re.findall(r"\d+\.\d+", text):
        assert len(number.replace(".", "").lstrip("0")) <= 4
    assert "lower is better" in str(judge(BASE, BASE, higher_is_better=False))


@pytest.mark.parametrize(("count", "share"), [(3, "75%"), (4, "87.5%"), (5, "")])
def test_few_seeds_carry_a_caution(count, share):
    v = judge((BASE + GAIN)[:count], BASE[:count])
    assert bool(v.caution) == bool(share)
    assert share in v.caution
    assert v.caution in str(v)


def test_rounding_is_not_a_difference():
    row = judge([0.1 + 0.2] * 5, [0.3] * 5).row()
    assert (row["difference"], row["interval"]) == (0.0, "0 to 0")


def test_no_minus_zero():
    assert "-0 " not in str(judge(BASE, BASE, higher_is_better=False))


def test_a_row_of_a_table_of_verdicts():
    v = judge(BASE + GAIN, BASE)
    assert v.row("He first", "20 layers", "points") == {
        "claim": "He first",
        "condition": "20 layers",
        "verdict": "holds",
        "difference": 0.02,
        "interval": v.row()["interval"],
        "unit": "points",
        "seeds": 5,
    }
    plain = judge(BASE, BASE).row()
    assert plain["claim"] == "He beats Glorot on score"
    assert plain["interval"] == "0 to 0"
    assert (plain["verdict"], plain["unit"]) == ("no difference seen", "score")


# -- diverged runs -----------------------------------------------------------------


def test_a_diverged_run_counts_as_what_the_caller_says():
    he, glorot = [0.8, 0.81, 0.82, 0.8, 0.79], [0.7, math.nan, 0.72, math.nan, 0.7]
    diverged = [False] * 5 + [False, True, False, True, False]
    v = judge(he, glorot, diverged, diverged_as=0.1)
    assert v.word == "holds"
    assert v.difference == pytest.approx(np.mean([0.1, 0.71, 0.1, 0.7, 0.09]))
    assert v.diverged == (0, 2)
    assert "; diverged: 2 of Glorot, counted as 0.1)." in str(v)
    with pytest.raises(ValueError, match="2 runs diverged; diverged_as must say"):
        judge(he, glorot, diverged)


@pytest.mark.parametrize(("higher", "worst"), [(True, 0.05), (False, 0.82)])
def test_a_diverged_run_is_never_better_than_one_that_finished(higher, worst):
    he, glorot = [0.8, 0.82, 0.81], [math.nan, 0.05, 0.7]
    v = judge(
        he,
        glorot,
        [False, False, False, True, False, False],
        diverged_as=0.1,
        higher_is_better=higher,
    )
    assert v.diverged_as == worst
    gain = np.mean([0.8 - worst, 0.77, 0.11]) * (1 if higher else -1)
    assert v.difference == pytest.approx(gain)


def test_two_arms_that_both_diverge_do_not_differ():
    frame = table([math.nan] * 3, [math.nan] * 3, [True] * 6).drop(columns="score")
    v = experiments.verdict(frame, "He", "Glorot", "score", diverged_as=0.1)
    assert (v.word, v.difference) == ("no difference seen", 0.0)
    assert v.diverged == (3, 3)


def test_a_verdict_on_what_run_returns():
    def train(seed, shift):
        from course_utils.lab.divergence import DivergenceError

        if shift and seed == 0:
            raise DivergenceError(1, "layer 1", "loss is NaN")
        return [{"epoch": e, "score": 0.5 * e + shift + seed / 100} for e in range(2)]

    arms = {"He": {"shift": 0.0}, "Glorot": {"shift": 0.1}}
    frame = experiments.run(train, arms, range(4), n_jobs=1)
    with pytest.raises(ValueError, match="got 2 of arm 'He' with seed 0; reduce it"):
        experiments.verdict(frame, "He", "Glorot", "score")
    v = experiments.verdict(
        experiments.last(frame), "He", "Glorot", "score", diverged_as=0.1
    )
    assert isinstance(v, Verdict)
    assert v.difference == pytest.approx((0.4 - 0.3) / 4)


# -- bad input ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"frame": {"arm": []}}, TypeError, "frame must be a DataFrame, got dict"),
        ({"metric": "loss"}, ValueError, "must have a column 'loss'"),
        ({"better": "LeCun"}, ValueError, "must hold the arm 'LeCun'"),
        ({"better": "Glorot"}, ValueError, "two arms, got 'Glorot' twice"),
        ({"level": 1.0}, ValueError, r"level must be in \(0, 1\), got 1.0"),
        ({"margin": -1}, ValueError, "margin must be finite and at least 0, got -1"),
        ({"diverged_as": math.nan}, ValueError, "diverged_as must be finite or None"),
        (
            {"frame": table([1, 2], [1, 3])},
            ValueError,
            "at least 3 seeds, got 2",
        ),
        (
            {"frame": table(BASE, BASE).iloc[:-1]},
            ValueError,
            r"the same seeds, got \[0, 1, 2, 3, 4\] of 'He' and \[0, 1, 2, 3\]",
        ),
        (
            {"frame": table([1, 2, math.nan], [1, 2, 3])},
            ValueError,
            "score must be finite .* got nan of arm 'He' with seed 2",
        ),
    ],
)
def test_bad_arguments(change, error, words):
    good = {
        "frame": table(BASE, BASE),
        "better": "He",
        "than": "Glorot",
        "metric": "score",
    }
    with pytest.raises(error, match=words):
        experiments.verdict(**{**good, **change})
