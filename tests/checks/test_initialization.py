import itertools
import math
import re

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

from course_utils import initialization as init
from course_utils.activations import relu
from course_utils.checks import _initialization_bugs as bugs
from course_utils.checks import _initialization_draw_messages as chance
from course_utils.checks import _initialization_draws as draws
from course_utils.checks import _initialization_messages as say
from course_utils.checks import initialization as exercises
from course_utils.checks._initialization_layers import draw_layers
from course_utils.checks.judging import CHANGED
from course_utils.checks.result import Status
from course_utils.gaussian import gaussian_mean
from tests.checks.shared import prose

TEXT = "02_initialization"
EVERY = exercises.EXERCISES
by_exercise = pytest.mark.parametrize("exercise", EVERY, ids=lambda e: e.name)


# Right answers, written the reference's way and in others ----------------------------


def fans_by_counting(shape):
    """Draw every line of a convolution, and count them."""
    *window, channels_in, channels_out = shape
    into = list(itertools.product(*map(range, window), range(channels_in)))
    # A value at the middle of a large image: which units' windows contain it?
    middle = [2 * length for length in window]
    near = (range(m - n, m + n + 1) for m, n in zip(middle, window, strict=True))
    above = [
        unit
        for unit in itertools.product(*near)
        if all(u <= m < u + n for u, m, n in zip(unit, middle, window, strict=True))
    ]
    return [len(into), len(above) * channels_out]


def draw_by_scipy(shape, rng, scale, mode, distribution):
    fan_in, fan_out = fans_by_counting(shape)
    n = {"fan_in": fan_in, "fan_out": fan_out}.get(mode, 0.5 * (fan_in + fan_out))
    seed = int(rng.integers(2**31))
    unit = {
        "uniform": stats.uniform(-1, 2),
        "truncated_normal": stats.truncnorm(-2, 2),
    }[distribution]
    sample = unit.rvs(shape, random_state=seed) * math.sqrt(scale / n) / unit.std()
    return sample.astype(np.float32).tolist()


def std_by_quadrature(f, n, q):
    def density(z):
        return np.exp(-(z**2) / (2 * q)) / np.sqrt(2 * np.pi * q)

    end = 12 * math.sqrt(q)
    signal = quad(lambda z: f(np.array([z]))[0] ** 2 * density(z), -end, end)[0]
    return [math.sqrt(q / n / signal)][0]


def std_by_many_draws(f, n, q):
    z = np.random.default_rng(1).normal(0, math.sqrt(q), 1_000_000)
    return np.sqrt(q / n / np.mean(f(z) ** 2))


def rescale_until_it_fits(weights, f, x):
    """As the paper has it: measure again until the variance is near 1."""
    done = []
    for w in weights:
        a = x
        for below in done:
            a = f(a @ below)
        scale = 1.0
        while abs((a @ w * scale).var() - 1) > 0.01:
            scale *= 1 / (a @ w * scale).std() ** 0.7
        done.append(w * scale)
    return tuple(w.tolist() for w in done)


def find_bug_by_size(initializer):
    """Look at the largest weight instead of the variance, in a convolution."""
    rng = np.random.default_rng(5)
    shape, again = (3, 3, 30, 200), rng.normal()
    first, second = initializer(shape, rng), initializer(shape, rng)
    if again and (first == second).all():
        return "twins"
    largest = abs(first).max() / np.sqrt(2 / (9 * 30))
    if largest < 0.5:
        return "root"
    if largest < 1.5:
        return "fans"
    return "truncation" if largest < 2.1 else "healthy"


OTHER_WAYS = {
    fans_by_counting: exercises.fans,
    init.fans: exercises.fans,
    init.variance_scaling: exercises.draw_weights,
    draw_by_scipy: exercises.draw_weights,
    std_by_quadrature: exercises.weight_std,
    std_by_many_draws: exercises.weight_std,
    rescale_until_it_fits: exercises.rescale_layers,
    init.layer_sequential_unit_variance: exercises.rescale_layers,
    find_bug_by_size: exercises.find_bug,
}


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("fn", OTHER_WAYS, ids=lambda fn: fn.__name__)
def test_another_right_way_is_right(fn, seed):
    result = OTHER_WAYS[fn].judge(fn, np.random.default_rng(seed))
    assert result.correct, result


def test_the_textbooks_rounded_correction_is_not_called_wrong():
    def draw(shape, rng, scale, mode, distribution):
        w = init.variance_scaling(shape, rng, scale, mode, distribution)
        rounded = math.sqrt(1.3) * init.TRUNCATED_STD
        return w * rounded if distribution == "truncated_normal" else w

    assert exercises.draw_weights.check(draw).correct


# Wrong answers, as learners write them ------------------------------------------------


def count(shape):
    return math.prod(shape[:-2])


def drawing(
    std=lambda scale, n: math.sqrt(scale / n),
    average=2,
    fans=init.fans,
    uniform=lambda rng, std, shape: std * math.sqrt(3) * rng.uniform(-1, 1, shape),
    cut=lambda rng, std, shape: (
        std / 0.8796 * init.truncated_standard_normal(shape, rng)
    ),
    always=None,
):
    """A right `draw_weights`, of which a part can be replaced."""

    def draw_weights(shape, rng, scale, mode, distribution):
        fan_in, fan_out = fans(shape)
        n = {
            "fan_in": fan_in,
            "fan_out": fan_out,
            "fan_avg": (fan_in + fan_out) / average,
        }[always or mode]
        draw = uniform if distribution == "uniform" else cut
        return draw(rng, std(scale, n), shape)

    return draw_weights


def between(low, high):
    """A part for `drawing`: uniform from `low(std)` to `high(std)`."""
    return lambda rng, std, shape: rng.uniform(low(std), high(std), shape)


def gaussian(rng, std, shape):
    return rng.normal(0, std, shape)


def normal_cut_by(factor):
    return lambda rng, std, shape: (
        factor * std * init.truncated_standard_normal(shape, rng)
    )


def own_seed(shape, rng, scale, mode, distribution):
    return drawing()(shape, np.random.default_rng(42), scale, mode, distribution)


def forced(shape, rng, scale, mode, distribution, dtype=float):
    """Spread exactly as asked, whatever was drawn."""
    fan_in, fan_out = init.fans(shape)
    n = {"fan_in": fan_in, "fan_out": fan_out}.get(mode, (fan_in + fan_out) / 2)
    w = init.variance_scaling(shape, rng, scale, mode, distribution)
    return (w / w.std() * math.sqrt(scale / n)).astype(dtype)


def forced_where_cut(shape, rng, scale, mode, distribution):
    draw = init.variance_scaling if distribution == "uniform" else forced
    return draw(shape, rng, scale, mode, distribution)


def root_of_the_product(shape, rng, scale, mode, distribution):
    fan_in, fan_out = init.fans(shape)
    if mode == "fan_avg":
        scale, mode = scale * math.sqrt(fan_in / fan_out), "fan_in"
    return init.variance_scaling(shape, rng, scale, mode, distribution)


def no_seed(shape, rng, scale, mode, distribution):
    return drawing()(shape, np.random.default_rng(), scale, mode, distribution)


def one_row(shape, rng, scale, mode, distribution):
    w = init.variance_scaling(shape, rng, scale, mode, distribution)
    return np.broadcast_to(w[:1], shape)


def clipped(rng, std, shape):
    return np.clip(rng.normal(0, std / 0.8796, shape), -2 * std, 2 * std)


WIDE = 12**0.5


def mean_square(f, q):
    return gaussian_mean(lambda z: f(z) ** 2, q)


def slope(f):
    return lambda z: (f(z + 1e-5) - f(z - 1e-5)) / 2e-5


def few_draws(f, n, q):
    z = np.random.default_rng(3).normal(0, math.sqrt(q), 3000)
    return np.sqrt(q / n / np.mean(f(z) ** 2)) * 1.015


def layers(step):
    """LSUV with `step(w, z, a, f) -> (new w, what the next layer receives)`."""

    def rescale_layers(weights, f, x):
        a, out = x, []
        for w in weights:
            w, a = step(w, a @ w, a, f)
            out.append(w)
        return out

    return rescale_layers


def by(divisor, linear=False):
    def step(w, z, a, f):
        w = w / divisor(z, a, w, f)
        return w, (a @ w if linear else f(a @ w))

    return layers(step)


def as_it_was(w, z, a, f):
    return w / z.std(), f(z)


def divide_activations(w, z, a, f):
    size = f(z).std()
    return w / size, f(z) / size


def one_for_all(which):
    def rescale_layers(weights, f, x):
        a, stds = x, []
        for w in weights:
            stds.append((a @ w).std())
            a = f(a @ w)
        return [w / stds[which] for w in weights]

    return rescale_layers


def all_but_last(weights, f, x):
    return [*by(lambda z, a, w, f: z.std())(weights[:-1], f, x), weights[-1]]


def looking(
    shape=(100, 400),
    twice=True,
    one_generator=True,
    cut=0.7737,
    words=("healthy", "truncation", "fans", "root"),
):
    """A right `find_bug` by the ratio of variances, of which a part can be replaced."""
    truth = (1, cut, shape[0] / shape[1], 2 / shape[0])

    def find_bug(initializer):
        rng = np.random.default_rng(0)
        first = initializer(shape, rng)
        second = initializer(shape, rng if one_generator else np.random.default_rng(0))
        if twice and np.array_equal(first, second):
            return "twins"
        ratio = first.var() * shape[0] / 2
        distance = [abs(math.log(ratio / t)) for t in truth]
        return words[int(np.argmin(distance))]

    return find_bug


def measuring_std(otherwise):
    """Compare the standard deviation with the variance promised."""

    def find_bug(initializer):
        w = initializer((100, 400), np.random.default_rng(0))
        ratio = w.std() * 100 / 2
        return "healthy" if abs(ratio - 1) < 0.1 else otherwise

    return find_bug


WRONG = {
    exercises.fans: [
        (lambda s: s[-2:], "last two"),
        (lambda s: (count(s) * s[-1], count(s) * s[-2]), "swapped"),
        (lambda s: (math.prod(s), math.prod(s)), "product"),
        (lambda s: (math.prod(s[:-1]), s[-1]), "window in only"),
        (lambda s: [s[-2], count(s) * s[-1]], "window out only"),
        (lambda s: (s[0], s[-1]), "ends"),
        (lambda s: (sum(s[:-2]) * s[-2], sum(s[:-2]) * s[-1]), None),
        (
            lambda s: ((sum(s[:-2]) or 1) * s[-2], (sum(s[:-2]) or 1) * s[-1]),
            "window added",
        ),
        (lambda s: (math.prod(s[1:]), s[0] * math.prod(s[2:])), "channels first"),
        (lambda s: s[:2], "first two"),
        (lambda s: (math.prod(s[:-1]), math.prod(s[1:])), "all but the first"),
        (lambda s: (1, 1), None),
    ],
    exercises.draw_weights: [
        (drawing(std=lambda scale, n: scale / n), "variance as std"),
        (drawing(std=lambda scale, n: scale / math.sqrt(n)), "scale outside"),
        (drawing(std=lambda scale, n: n**-0.5), "no scale"),
        (drawing(always="fan_in"), "always fan_in"),
        (drawing(always="fan_out"), "always fan_out"),
        (drawing(always="fan_avg"), "always fan_avg"),
        (drawing(fans=lambda shape: init.fans(shape)[::-1]), "swapped"),
        (drawing(average=1), "sum"),
        (root_of_the_product, "root of the product"),
        (drawing(fans=lambda shape: shape[-2:]), "no window"),
        (drawing(uniform=between(lambda s: -(s**2), lambda s: s**2)), "not rooted"),
        (drawing(uniform=between(lambda s: -s, lambda s: s)), "r is std"),
        (drawing(uniform=between(lambda s: -3 * s, lambda s: 3 * s)), "r is 3 std"),
        (drawing(uniform=between(lambda s: -WIDE * s, lambda s: WIDE * s)), "width"),
        (
            drawing(uniform=between(lambda s: -s / 3**0.5, lambda s: s / 3**0.5)),
            "r is a third",
        ),
        (
            drawing(uniform=between(lambda s: -(6**0.5) * s, lambda s: 6**0.5 * s)),
            "glorot's 6",
        ),
        (drawing(uniform=gaussian, cut=gaussian), "normal for uniform"),
        (drawing(uniform=between(lambda s: 0, lambda s: s * 3**0.5)), "one-sided"),
        (drawing(cut=normal_cut_by(1.0)), "not paid back"),
        (drawing(cut=normal_cut_by(1.3)), "1.3"),
        (drawing(cut=normal_cut_by(0.8796)), "paid the wrong way"),
        (drawing(cut=gaussian), "not cut"),
        (
            drawing(cut=lambda rng, std, shape: rng.normal(0, std / 0.8796, shape)),
            "paid, not cut",
        ),
        (drawing(cut=clipped), chance.DRAW_CLIPPED),
        (one_row, chance.DRAW_REPEATED),
        (own_seed, chance.DRAW_OWN_SEED),
        (no_seed, chance.DRAW_GLOBAL),
        (forced, chance.DRAW_FORCED),
        (lambda *args: forced(*args, np.float32), chance.DRAW_FORCED),
        (forced_where_cut, chance.DRAW_FORCED),
        (lambda shape, *_: np.full(shape, np.nan), chance.DRAW_NOT_FINITE),
        (lambda shape, rng, *_: rng.normal(0, 0.5, shape), None),
    ],
    exercises.weight_std: [
        (lambda f, n, q: q / (n * mean_square(f, q)), "variance"),
        (lambda f, n, q: q / mean_square(f, q), "scale"),
        (lambda f, n, q: np.sqrt(q / mean_square(f, q)), "root of scale"),
        (
            lambda f, n, q: np.sqrt(
                q / n / (mean_square(f, q) - gaussian_mean(f, q) ** 2)
            ),
            "variance of f",
        ),
        (lambda f, n, q: np.sqrt(q / n / mean_square(f, np.sqrt(q))), "q as std"),
        (lambda f, n, q: 1 / np.sqrt(n * mean_square(f, q)), "unit target"),
        (lambda f, n, q: 1 / np.sqrt(n * mean_square(f, 1)), "unit q"),
        (lambda f, n, q: np.sqrt(q / n / mean_square(f, 1)), "mean at 1"),
        (lambda f, n, q: 1 / np.sqrt(n * mean_square(slope(f), q)), "slope"),
        (lambda f, n, q: np.sqrt(mean_square(f, q) / q / n), "inverse"),
        (lambda f, n, q: np.sqrt(n * mean_square(f, q) / q), "reciprocal"),
        (lambda f, n, q: q / np.sqrt(n * mean_square(f, q)), "q outside"),
        (lambda f, n, q: np.sqrt(q / n / f(q) ** 2), "f of q"),
        (lambda f, n, q: np.sqrt(q / n / gaussian_mean(f, q)), "mean of f"),
        (
            lambda f, n, q: np.sqrt(np.divide(q, n)) / abs(gaussian_mean(f, q)),
            "squared mean",
        ),
        (
            lambda f, n, q: np.sqrt(q / n) / gaussian_mean(lambda z: abs(f(z)), q),
            "mean size",
        ),
        (lambda f, n, q: np.sqrt(2 / n), "he"),
        (lambda f, n, q: np.sqrt(1 / n), "lecun"),
        (few_draws, say.STD_NEAR),
        (lambda f, n, q: 5.0, None),
        (lambda f, n, q: -1.0, None),
        (lambda f, n, q: 1e30, None),
    ],
    exercises.rescale_layers: [
        (layers(as_it_was), "unscaled below"),
        (one_for_all(0), "first for all"),
        (one_for_all(-1), "last for all"),
        (by(lambda z, a, w, f: z.var()), "variance"),
        (by(lambda z, a, w, f: 1 / z.std()), "multiplied"),
        (by(lambda z, a, w, f: f(z).std()), "activations"),
        (layers(divide_activations), "activations"),
        (by(lambda z, a, w, f: np.sqrt((z**2).mean())), "mean square"),
        (by(lambda z, a, w, f: z.std(), linear=True), "linear"),
        (by(lambda z, a, w, f: w.std()), "weights"),
        (all_but_last, "last untouched"),
        (by(lambda z, a, w, f: z.std(axis=0)), "each unit"),
        (by(lambda z, a, w, f: z.std(axis=0).mean()), "mean of units"),
        (by(lambda z, a, w, f: a.std()), "inputs"),
        (by(lambda z, a, w, f: 1.05 * z.std()), say.LAYERS_NEAR),
        (by(lambda z, a, w, f: -z.std()), None),
        (by(lambda z, a, w, f: np.ones_like(z[0]) * 7), None),
        (layers(lambda w, z, a, f: (w - w.mean(), f(z))), None),
    ],
    exercises.find_bug: [
        (looking(one_generator=False), "all twins"),
        (measuring_std("fans"), "std measured"),
        (measuring_std("root"), "std measured"),
        (measuring_std("truncation"), "std measured"),
        (
            looking(words=("truncation", "healthy", "fans", "root")),
            "healthy is truncation",
        ),
        (looking(words=("healthy", "truncation", "root", "fans")), "root is fans"),
        (looking(words=("healthy", "truncation", "fans", "healthy")), "root unseen"),
        (looking(shape=(200, 200)), "fans unseen"),
        (looking(shape=(200, 200), twice=False), "fans unseen"),
        (looking(words=("healthy", "truncation", "root", "root")), "fans is root"),
        (
            looking(words=("healthy", "truncation", "truncation", "root")),
            "fans is truncation",
        ),
        (looking(cut=1e9), "truncation unseen"),
        (looking(words=("healthy", "fans", "fans", "root")), "truncation is fans"),
        (looking(twice=False), "twins unseen"),
        (looking(shape=(4, 9)), chance.BUG_FALSE_ALARM),
        (looking(shape=(4, 9)), chance.BUG_LUCK),
        (lambda initializer: "healthy", "root unseen"),
        (lambda initializer: "fans", None),
    ],
}
MISTAKES = {
    exercises.fans: (say.FANS_MISTAKES, say.FANS_ADVICE),
    exercises.draw_weights: (chance.DRAW_MISTAKES, chance.DRAW_ADVICE),
    exercises.weight_std: (say.STD_MISTAKES, say.STD_ADVICE),
    exercises.rescale_layers: (say.LAYERS_MISTAKES, say.LAYERS_ADVICE),
    exercises.find_bug: (chance.BUG_MISTAKES, chance.BUG_ADVICE),
}


COSTLY = (exercises.draw_weights, exercises.find_bug)


@pytest.mark.parametrize(
    ("exercise", "number", "seed"),
    [
        (exercise, number, seed)
        for exercise in EVERY
        for number in range(len(WRONG[exercise]))
        for seed in ([number] if exercise in COSTLY else [0, 11, 2**31])
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_each_mistake_has_its_own_words(exercise, number, seed):
    wrong, message = WRONG[exercise][number]
    words, advice = MISTAKES[exercise]
    result = exercise.judge(wrong, np.random.default_rng(seed))
    assert result.status is Status.INCORRECT
    assert result.message == words.get(message, message or advice)
    assert result.counterexample is not None


@by_exercise
def test_every_message_is_reached_and_none_twice(exercise):
    words, advice = MISTAKES[exercise]
    assert set(words) <= {message for _, message in WRONG[exercise]}
    assert len({*words.values(), advice}) == len(words) + 1


def test_two_mistakes_are_told_one_after_the_other():
    both = drawing(
        uniform=lambda rng, std, shape: rng.uniform(-std, std, shape),
        cut=normal_cut_by(1.0),
    )
    first = exercises.draw_weights.check(both)
    assert first.message == chance.DRAW_MISTAKES["r is std"]
    one = exercises.draw_weights.check(drawing(cut=normal_cut_by(1.0)))
    assert one.message == chance.DRAW_MISTAKES["not paid back"]


@pytest.mark.parametrize("generator", [lambda: 0, itertools.count().__next__])
def test_a_false_alarm_in_a_small_sample_is_put_down_to_luck(generator):
    """Whether the generator that a learner makes has one seed or never the same."""

    def find_bug(initializer):
        rng = np.random.default_rng(generator())
        w = initializer((10, 20), rng)
        if np.array_equal(w, initializer((10, 20), rng)):
            return "twins"
        expected = {"healthy": 0.2, "root": 0.04, "truncation": 0.155, "fans": 0.1}
        return min(expected, key=lambda word: abs(math.log(w.var() / expected[word])))

    said = {
        exercises.find_bug.judge(find_bug, np.random.default_rng(seed)).message
        for seed in range(20)
    }
    assert chance.BUG_FALSE_ALARM in said
    assert said <= {chance.BUG_FALSE_ALARM, chance.BUG_LUCK, chance.BUG_PRAISE}


def test_a_healthy_one_always_called_ill_is_no_matter_of_luck():
    result = exercises.find_bug.check(looking(words=("fans", "root", "fans", "root")))
    assert result.message == chance.BUG_ADVICE


# How often the statistical check errs -------------------------------------------------


def test_right_weights_are_refused_less_than_once_in_a_million():
    n_draws = len(draws.draw_cases(np.random.default_rng(0)))
    once = 2 * math.exp(-2 * draws.DRAWS * draws.DISTANCE**2)
    assert n_draws * once < 1e-6


@pytest.mark.parametrize("seed", range(5))
def test_every_draw_is_as_large_as_the_bound_supposes(seed):
    for shape, *_ in draws.draw_cases(np.random.default_rng(seed)):
        assert math.prod(shape) >= draws.DRAWS


def test_the_bound_holds_where_it_can_be_counted():
    rng, n, distance = np.random.default_rng(0), 200, 0.1
    bound = 2 * math.exp(-2 * n * distance**2)
    u, ranks = np.sort(rng.random((4000, n))), np.arange(n)
    gaps = np.maximum(u - ranks / n, (ranks + 1) / n - u).max(axis=1)
    assert bound / 2 < np.mean(gaps > distance) < bound


def miss(right, wrong):
    """A bound on how often draws from the wrong law pass for the right one's."""
    low, high = right.reach
    if wrong.reach[0] > high or wrong.reach[1] < low:
        return 0.0  # of 90,000 draws the largest lies where it should not
    w = np.linspace(-3, 3, 20_001) * right.width
    excess = abs(right.cdf(w) - wrong.cdf(w)).max() - draws.DISTANCE
    return 2 * math.exp(-2 * draws.DRAWS * excess**2) if excess > 0 else 1.0


@pytest.mark.parametrize("mistake", chance.DRAW_MISTAKES)
@pytest.mark.parametrize("seed", range(3))
def test_every_mistake_is_missed_less_than_once_in_a_million(mistake, seed):
    cases = draws.draw_cases(np.random.default_rng(seed))
    missed = [miss(draws.law(c), draws.law(c, mistake)) for c in cases]
    assert math.prod(missed) < 1e-6


def test_how_small_an_error_is_seen_is_stated():
    asked = draws.law(((300, 300), 2.0, "fan_in", "truncated_normal"))
    assert miss(asked, draws.Law("truncated", 1.01 * asked.width)) == 1.0
    assert miss(asked, draws.Law("truncated", 1.1 * asked.width)) < 1e-6
    said = "of 1 % in the standard deviation it does not see, one of 10 %"
    assert said in prose(TEXT)


@pytest.mark.parametrize("family", ["uniform", "truncated"])
def test_the_laws_are_those_of_scipy(family):
    known = {"uniform": stats.uniform(-1, 2), "truncated": stats.truncnorm(-2, 2)}
    w = np.linspace(-3, 3, 101)
    expected = known[family].cdf(w)
    assert draws.Law(family, 1.0).cdf(w) == pytest.approx(expected, abs=1e-12)
    assert stats.truncnorm(-2, 2).std() == pytest.approx(draws.CUT_STD, rel=1e-12)


@pytest.mark.parametrize(
    ("w", "said"),
    [
        (np.random.default_rng(0).normal(1, 1, 9), "their mean is"),
        (np.array([-3.0, 3.0]), "asks for a variance of 0.01, and theirs is 9"),
        (np.array([-0.1, 0.1]), "mean and variance are right, but"),
        (np.array([np.nan]), "must be finite"),
    ],
)
def test_what_is_shown_is_the_property_that_is_broken(w, said):
    assert said in draws._property(((200, 9), 2.0, "fan_in", "uniform"), w)


# Counterexamples ----------------------------------------------------------------------


def test_the_fans_shown_are_the_counted_ones():
    shown = exercises.fans.check(lambda shape: (1, 1)).counterexample
    shape = [int(n) for n in re.findall(r"\d+", dict(shown.given)["shape"])]
    assert list(map(int, re.findall(r"\d+", shown.broken))) == fans_by_counting(shape)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (0.3, "the variance of z would become"),
        (1e9, "enormous"),
        (0.0, "must be positive"),
        (np.inf, "must be positive"),
    ],
)
def test_a_wrong_scale_is_told_what_it_does_and_not_what_is_right(answer, words):
    result = exercises.weight_std.check(lambda f, n, q: answer)
    assert words in result.counterexample.broken
    given = dict(result.counterexample.given)
    n, q = int(given["n"]), float(given["q"])
    assert given["f"] == "z -> max(0, z)^2"
    right = std_by_quadrature(lambda z: np.maximum(0, z) ** 2, n, q)
    assert f"{right:.3g}" not in str(result)


def test_the_spread_of_every_layer_is_shown():
    shown = exercises.rescale_layers.check(layers(as_it_was)).counterexample
    stds = shown.broken.split("are ")[1]
    first, second = map(float, stds.strip("[]").split(", "))
    assert first == pytest.approx(1.0, abs=1e-3)
    assert second != pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (by(lambda z, a, w, f: z.std(axis=0)), "array 1 is not a multiple of W_1"),
        (by(lambda z, a, w, f: -z.std()), "W_1 was multiplied by -"),
        (by(lambda z, a, w, f: np.nan), "array 1 holds numbers that are not finite"),
    ],
)
def test_what_is_no_multiple_is_pointed_out(wrong, said):
    assert said in exercises.rescale_layers.check(wrong).counterexample.broken


# The suspects -------------------------------------------------------------------------


@pytest.mark.parametrize("letter", "abcd")
def test_the_four_given_initializers_have_one_bug_each(letter, reference):
    words = dict(zip("abcd", ("truncation", "fans", "twins", "root"), strict=True))
    broken = reference[f"initializer_{letter}"]
    assert reference["find_bug"](broken) == words[letter]
    assert find_bug_by_size(broken) == words[letter]
    assert broken((3, 3, 2, 4), np.random.default_rng(0)).shape == (3, 3, 2, 4)


def test_the_real_he_is_healthy(reference):
    assert reference["find_bug"](init.he_normal) == "healthy"


def test_a_suspect_spreads_as_its_word_says():
    shape = (200, 500)
    asked = draws.law((shape, 2.0, "fan_in", "truncated_normal"))
    for suspect in bugs.draw_suspects(np.random.default_rng(0)):
        w = np.sort(suspect(shape, np.random.default_rng(1)), axis=None)
        assert asked.fits(w) == (bugs.kind(suspect) in ("healthy", "twins"))


def test_suspects_of_one_kind_differ_in_luck():
    suspects = bugs.draw_suspects(np.random.default_rng(0))
    shape = (5, 4)
    drawn = [suspect(shape, np.random.default_rng(1)).var() for suspect in suspects]
    assert len(set(drawn)) == len(suspects) == 3 * len(bugs.WORDS)


# The text and the answers ------------------------------------------------------------


def test_the_text_states_what_the_check_does():
    text = prose(TEXT)
    assert f"draws {draws.DRAWS:,} weights, six times" in text
    assert "Less than once in a million" in text
    for word in bugs.WORDS:
        assert f"- **{word}**: " in text


def test_everything_the_text_and_the_hints_use_is_there():
    hints = " ".join(hint for exercise in EVERY for hint in exercise.hints)
    named = set(re.findall(r"\binit\.(\w+)", prose(TEXT) + hints))
    assert {"fans", "truncated_standard_normal", "TRUNCATED_STD"} <= named
    assert [name for name in named if not hasattr(init, name)] == []


# What a function does to its arguments ------------------------------------------------


def test_rescaling_the_given_arrays_is_reported():
    def in_place(weights, f, x):
        for i, w in enumerate(init.layer_sequential_unit_variance(weights, f, x)):
            weights[i][...] = w
        return weights

    result = exercises.rescale_layers.check(in_place)
    assert result.status is Status.INCORRECT
    assert CHANGED.format(names="weights") in result.message


def test_networks_are_drawn_for_the_activation_in_use():
    weights, f, _ = draw_layers((4, 5, 3), relu, np.random.default_rng(0))
    assert [w.shape for w in weights] == [(4, 5), (5, 3)]
    assert f is relu
    with pytest.raises(RuntimeError, match="no lively network"):
        draw_layers((2, 2), lambda z: z * np.nan, _Zeros())


class _Zeros:
    """A generator whose draws never vary."""

    def normal(self, mean, std, shape):
        return np.zeros(shape)

    def permutation(self, values):
        return values
