import ast
import math
import re

import numpy as np
import pytest
from scipy.optimize import brentq

from course_utils import gradient_clipping as clipping
from course_utils.checks import _clipping_messages as say
from course_utils.checks import _clipping_step_messages as steps
from course_utils.checks import gradient_clipping as exercises
from course_utils.checks import guard
from course_utils.checks.result import Status
from tests.checks.shared import judge, prose, texts_of

TEXT = "05_gradient_clipping"
EVERY = exercises.EXERCISES

every_exercise = pytest.mark.parametrize("exercise", EVERY, ids=lambda e: e.name)


# Right answers, written the reference's way and in others -----------------------------


def clip_in_plain_python(gradients, limit, rule):
    """Lists in, nested lists out, no NumPy: an entry at a time."""

    def entries(g):
        return [x for part in g for x in entries(part)] if isinstance(g, list) else [g]

    def times(g, factor):
        return [times(x, factor) for x in g] if isinstance(g, list) else g * factor

    def hold(g):
        if isinstance(g, list):
            return [hold(x) for x in g]
        return limit if g > limit else -limit if g < -limit else g

    gradients = [g.tolist() for g in gradients]
    if rule == "value":
        return [hold(g) for g in gradients]
    norms = [math.hypot(*entries(g)) for g in gradients]
    if rule == "global":
        norms = [math.hypot(*norms)] * len(norms)
    factors = [limit / norm if norm > limit else 1 for norm in norms]
    return tuple(times(g, factor) for g, factor in zip(gradients, factors, strict=True))


def clip_with_the_lesson(gradients, limit, rule):
    functions = {
        "value": clipping.clip_by_value,
        "norm": clipping.clip_by_norm,
        "global": clipping.clip_by_global_norm,
    }
    return functions[rule](gradients, limit)


def angle_by_haversine(gradients, others):
    """Half the distance between the two unit vectors is the sine of half the angle."""
    a, b = (np.hstack([g.ravel() for g in arrays]) for arrays in (gradients, others))
    half = np.linalg.norm(a / np.linalg.norm(a) - b / np.linalg.norm(b)) / 2
    return math.degrees(2 * math.asin(min(1.0, half)))


def threshold_by_sorting(norms, share):
    finite = sorted(x for x in norms.tolist() if math.isfinite(x))
    return finite[len(finite) - round(share * len(finite)) - 1]


def threshold_in_between(norms, share):
    finite = norms[np.isfinite(norms)]
    return np.percentile(finite, 100 * (1 - share), method="hazen")


def limit_by_brent(gradients, degrees):
    def excess(limit):
        clipped = clipping.clip_by_norm(gradients, limit)
        return clipping.angle(gradients, clipped) - degrees

    norms = [clipping.global_norm([g]) for g in gradients]
    if excess(min(norms)) < 0:
        return 0
    return np.float32(brentq(excess, min(norms), max(norms), rtol=1e-9))


def adam_as_sums(gradients, limit, epsilon):
    clipped = [g * min(1.0, limit / max(np.linalg.norm(g), 1e-99)) for g in gradients]
    lengths = []
    for t in range(1, len(clipped) + 1):
        past = list(zip(range(t - 1, -1, -1), clipped[:t], strict=True))
        m = 0.1 * sum(0.9**age * g for age, g in past) / (1 - 0.9**t)
        v = 0.001 * sum(0.999**age * g * g for age, g in past) / (1 - 0.999**t)
        lengths.append(math.hypot(*(m / (v**0.5 + epsilon))))
    return lengths


OTHER_WAYS = [
    (exercises.clip, clip_in_plain_python),
    (exercises.clip, clip_with_the_lesson),
    (exercises.angle, angle_by_haversine),
    (exercises.angle, clipping.angle),
    (exercises.threshold_for, threshold_by_sorting),
    (exercises.threshold_for, threshold_in_between),
    (exercises.turning_limit, limit_by_brent),
    (exercises.adam_lengths, adam_as_sums),
]


@pytest.mark.parametrize(
    ("exercise", "fn"), OTHER_WAYS, ids=lambda value: getattr(value, "__name__", "")
)
@pytest.mark.parametrize("seed", range(3))
def test_another_right_way_is_right(exercise, fn, seed):
    result = judge(exercise, fn, seed)
    assert result.correct, result


# Wrong answers, as learners write them ------------------------------------------------


def clip_with(**wrong):
    """The right rules, some of them replaced by `fn(gradients, limit)`."""

    def clip(gradients, limit, rule):
        if rule in wrong:
            return wrong[rule](gradients, limit)
        return clip_with_the_lesson(gradients, limit, rule)

    return clip


def each(change):
    return lambda gradients, limit: [change(g, limit) for g in gradients]


def by(length, scale=lambda g, c, n: g * c / n, always=False):
    """Clip each array by some idea of its length."""

    def change(g, limit):
        n = length(g)
        return scale(g, limit, n) if always or n > limit else g.copy()

    return each(change)


def together(length, scale=lambda g, c, n: g * c / n, always=False):
    """Clip all arrays by some idea of their length."""

    def change(gradients, limit):
        n = length(gradients)
        return [
            scale(g, limit, n) if always or n > limit else g.copy() for g in gradients
        ]

    return change


def l2(g):
    return np.linalg.norm(g)


def unit(g, limit, length):
    return g / length


def at_least_one(gradients):
    return max(1, clipping.global_norm(gradients))


def spectral(gradients):
    return sum(np.linalg.norm(g, 2) ** 2 for g in gradients) ** 0.5


def row(gradients):
    return np.concatenate([g.ravel() for g in gradients])


def angles(gradients, others):
    pairs = zip(gradients, others, strict=True)
    return [clipping.angle([a], [b]) for a, b in pairs]


def cos(a, b):
    return row(a) @ row(b) / (l2(row(a)) * l2(row(b)))


def arc(cosine):
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))


def only_finite(change):
    return lambda norms, share: change(norms[np.isfinite(norms)], share)


def search(clip, degrees=lambda d: d, never=0.0, steps=60):
    """Bisect for the limit with some idea of clipping and of degrees."""

    def limit(gradients, angle):
        def turned(c):
            return clipping.angle(gradients, clip(gradients, c))

        high = clipping.global_norm(gradients)
        low = high / 1e6
        if turned(low) < degrees(angle):
            return never
        for _ in range(steps):
            middle = (low * high) ** 0.5
            bigger = turned(middle) > degrees(angle)
            low, high = (middle, high) if bigger else (low, middle)
        return high

    return limit


def grid_search(gradients, angle):
    top = clipping.global_norm(gradients)
    for limit in np.linspace(1, 1e-3, 200) * top:
        clipped = clipping.clip_by_norm(gradients, limit)
        if clipping.angle(gradients, clipped) > angle:
            return limit
    return 0.0


def shorten(g, limit):
    return g * limit / l2(g) if l2(g) > limit else g


def adam(
    before=lambda g, c, all_of_them: shorten(g, c),
    second=None,
    step=lambda m, v, t, e: m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + e),
    after=lambda s, c: s,
    start=1,
):
    def lengths(gradients, limit, epsilon):
        m = v = 0.0
        out = []
        for t, g in enumerate(gradients, start=start):
            clipped = before(g, limit, gradients)
            m = 0.9 * m + 0.1 * clipped
            v = 0.999 * v + 0.001 * (second or (lambda g, c: c))(g, clipped) ** 2
            out.append(l2(after(step(m, v, t, epsilon), limit)))
        return out

    return lengths


def adam_that_keeps_the_corrected(gradients, limit, epsilon):
    m = v = 0.0
    out = []
    for t, g in enumerate(gradients, start=1):
        m = (0.9 * m + 0.1 * shorten(g, limit)) / (1 - 0.9**t)
        v = (0.999 * v + 0.001 * shorten(g, limit) ** 2) / (1 - 0.999**t)
        out.append(l2(m / (np.sqrt(v) + epsilon)))
    return out


def unroot(m, v, t, e):
    return m / (1 - 0.9**t) / (v / (1 - 0.999**t) + e)


VALUE, NORM, GLOBAL = (say.CLIP_MISTAKES[rule] for rule in ("value", "norm", "global"))
WRONG = {
    exercises.clip: [
        (clip_with(value=each(lambda g, c: np.where(g > c, c, g))), VALUE["one side"]),
        (clip_with(value=each(lambda g, c: np.clip(g, 0, c))), VALUE["positive only"]),
        (clip_with(value=each(lambda g, c: np.clip(abs(g), 0, c))), VALUE["no sign"]),
        (clip_with(value=each(lambda g, c: c * np.sign(g))), VALUE["all at limit"]),
        (clip_with(value=clipping.clip_by_norm), VALUE["whole arrays"]),
        (clip_with(value=each(lambda g, c: np.clip(g, -1, 1))), VALUE["unit"]),
        (clip_with(value=each(lambda g, c: g / c)), say.CLIP_ADVICE["value"]),
        (clip_with(norm=clipping.clip_by_global_norm), NORM["together"]),
        (clip_with(norm=by(l2, always=True)), NORM["stretches"]),
        (clip_with(norm=by(lambda g: np.sum(g**2))), NORM["squared"]),
        (clip_with(norm=by(l2, lambda g, c, n: g * c / n**2)), NORM["squared"]),
        (clip_with(norm=by(lambda g: abs(g).sum())), NORM["sizes"]),
        (clip_with(norm=by(lambda g: abs(g).max())), NORM["largest"]),
        (clip_with(norm=by(l2, unit)), NORM["unit"]),
        (clip_with(norm=each(lambda g, c: g / max(1, l2(g)))), NORM["unit"]),
        (clip_with(norm=by(lambda g: np.linalg.norm(g, 2))), NORM["spectral"]),
        (clip_with(norm=clipping.clip_by_value), NORM["entries"]),
        (clip_with(norm=lambda gradients, c: gradients), say.CLIP_ADVICE["norm"]),
        (clip_with(norm=each(lambda g, c: g / l2(g) * min(l2(g), c))), say.CLIP_ZERO),
        (clip_with(**{"global": clipping.clip_by_norm}), GLOBAL["alone"]),
        (
            clip_with(**{"global": together(lambda all_: sum(map(l2, all_)))}),
            GLOBAL["sum of norms"],
        ),
        (
            clip_with(**{"global": together(lambda all_: sum(map(l2, all_)) ** 0.5)}),
            GLOBAL["root of norms"],
        ),
        (
            clip_with(**{"global": together(clipping.global_norm, always=True)}),
            GLOBAL["stretches"],
        ),
        (
            clip_with(**{"global": together(lambda all_: l2(row(all_)) ** 2)}),
            GLOBAL["squared"],
        ),
        (
            clip_with(**{"global": together(lambda all_: max(map(l2, all_)))}),
            GLOBAL["largest norm"],
        ),
        (
            clip_with(**{"global": together(lambda all_: abs(row(all_)).sum())}),
            GLOBAL["sizes"],
        ),
        (
            clip_with(**{"global": together(clipping.global_norm, unit)}),
            GLOBAL["unit"],
        ),
        (
            clip_with(**{"global": together(at_least_one, unit, always=True)}),
            GLOBAL["unit"],
        ),
        (clip_with(**{"global": together(spectral)}), GLOBAL["spectral"]),
        (clip_with(**{"global": clipping.clip_by_value}), GLOBAL["entries"]),
        (
            clip_with(**{"global": lambda gradients, c: [g / 2 for g in gradients]}),
            say.CLIP_ADVICE["global"],
        ),
    ],
    exercises.angle: [
        (lambda a, b: np.mean(angles(a, b)), "mean of angles"),
        (lambda a, b: sum(angles(a, b)), "sum of angles"),
        (
            lambda a, b: arc(np.mean(np.cos(np.radians(angles(a, b))))),
            "mean of cosines",
        ),
        (
            lambda a, b: arc(
                sum((x * y).sum() for x, y in zip(a, b, strict=True))
                / sum(l2(x) * l2(y) for x, y in zip(a, b, strict=True))
            ),
            "norms of parts",
        ),
        (lambda a, b: np.arccos(np.clip(cos(a, b), -1, 1)), "radians"),
        (cos, "cosine"),
        (lambda a, b: arc(abs(cos(a, b))), "acute"),
        (lambda a, b: np.degrees(np.arccos(row(a) @ row(b))), say.ANGLE_NO_COSINE),
        (lambda a, b: np.degrees(np.arccos(cos(a, b))), say.ANGLE_ROUNDING),
        (
            lambda a, b: 1.0 if abs(cos(a, b)) > 1 - 1e-9 else arc(cos(a, b)),
            say.ANGLE_LINE,
        ),
        (
            lambda a, b: arc(cos(a, b)) if all(map(np.any, a)) else 90.0,
            say.ANGLE_OF_ZEROS,
        ),
        (lambda a, b: 45.0, say.ANGLE_ADVICE),
    ],
    exercises.threshold_for: [
        (only_finite(lambda norms, share: norms.mean()), "mean"),
        (only_finite(lambda norms, share: norms.mean() + 2 * norms.std()), "spread"),
        (only_finite(lambda norms, share: norms.max()), "maximum"),
        (only_finite(np.quantile), "upside down"),
        (
            only_finite(lambda norms, share: np.sort(norms)[int(len(norms) * share)]),
            "upside down",
        ),
        (
            lambda norms, share: np.quantile(np.nan_to_num(norms), 1 - share),
            "made finite",
        ),
        (only_finite(lambda norms, share: np.percentile(norms, share)), "percent"),
        (only_finite(lambda norms, share: np.percentile(norms, 1 - share)), "percent"),
        (only_finite(lambda norms, share: np.median(norms)), "median"),
        (only_finite(lambda norms, share: norms.max() * (1 - share)), "of maximum"),
        (
            lambda norms, share: np.quantile(np.nan_to_num(norms, posinf=0), 1 - share),
            "not a number as zero",
        ),
        (
            lambda norms, share: sorted(norms[~np.isnan(norms)])[
                -round(share * np.sum(~np.isnan(norms))) - 1
            ],
            "infinite counts",
        ),
        (lambda norms, share: np.quantile(norms, 1 - share), say.THRESHOLD_NAN),
        (lambda norms, share: np.nanquantile(norms, 1 - share), "infinite counts"),
        (lambda norms, share: np.nanmax(norms), "maximum"),
        (lambda norms, share: 1.0, say.THRESHOLD_ADVICE),
        (
            only_finite(lambda norms, share: np.quantile(norms, 1 - share) * 1.03),
            say.THRESHOLD_ADVICE,
        ),
    ],
    exercises.turning_limit: [
        (search(clipping.clip_by_norm, np.radians), "radians"),
        (search(clipping.clip_by_value), "by value"),
        (search(clipping.clip_by_global_norm), "never"),
        (
            lambda g, degrees: limit_by_brent(g, degrees) / clipping.global_norm(g),
            "share",
        ),
        (lambda g, degrees: max(map(l2, g)), "begins"),
        (lambda g, degrees: min(map(l2, g)), "smallest"),
        (search(clipping.clip_by_norm, never=1e-3), steps.TURN_NEVER),
        (search(clipping.clip_by_norm, steps=9), steps.TURN_NEAR),
        (grid_search, steps.TURN_NEAR),
        (lambda g, degrees: 1.0, steps.TURN_ADVICE),
        (lambda g, degrees: -1.0, steps.TURN_ADVICE),
    ],
    exercises.adam_lengths: [
        (adam(lambda g, c, _: g, after=shorten), "clips the step"),
        (adam(lambda g, c, _: g), "not clipped"),
        (adam(lambda g, c, _: g * c / l2(g)), "stretches"),
        (adam(lambda g, c, every: g * min(1, c / l2(every))), "whole history"),
        (adam(lambda g, c, _: np.clip(g, -c, c)), "by value"),
        (adam(second=lambda g, clipped: g), "second unclipped"),
        (adam(step=lambda m, v, t, e: m / (np.sqrt(v) + e)), "no correction"),
        (
            adam(step=lambda m, v, t, e: m / (1 - 0.9**t) / (np.sqrt(v) + e)),
            "one correction",
        ),
        (
            adam(step=lambda m, v, t, e: m / (np.sqrt(v / (1 - 0.999**t)) + e)),
            "one correction",
        ),
        (adam(start=2), "late"),
        (adam_that_keeps_the_corrected, "corrected kept"),
        (adam(step=unroot), "no root"),
        (
            adam(
                step=lambda m, v, t, e: (
                    m / (1 - 0.9**t) / np.sqrt(v / (1 - 0.999**t) + e)
                )
            ),
            "epsilon inside",
        ),
        (
            adam(
                step=lambda m, v, t, e: (
                    m / (1 - 0.9**t) * np.sqrt(1 - 0.999**t) / (np.sqrt(v) + e)
                )
            ),
            "epsilon early",
        ),
        (adam(start=0), steps.ADAM_NAN),
        (adam(lambda g, c, _: g / l2(g) * min(l2(g), c)), steps.ADAM_ZERO),
        (
            adam(lambda g, c, _: shorten(g, c if c < 1e9 else 1.0)),
            steps.ADAM_INFINITE,
        ),
        (adam(step=lambda m, v, t, e: m), steps.ADAM_ADVICE),
    ],
}
MISTAKES = {
    exercises.angle: say.ANGLE_MISTAKES,
    exercises.threshold_for: say.THRESHOLD_MISTAKES,
    exercises.turning_limit: steps.TURN_MISTAKES,
    exercises.adam_lengths: steps.ADAM_MISTAKES,
}
CASES = [(exercise, i) for exercise in EVERY for i in range(len(WRONG[exercise]))]


@pytest.mark.parametrize("seed", [0, 2**31])
@pytest.mark.parametrize(
    ("exercise", "number"), CASES, ids=lambda value: getattr(value, "name", value)
)
def test_each_mistake_has_its_own_words(exercise, number, seed):
    wrong, message = WRONG[exercise][number]
    result = judge(exercise, wrong, seed)
    assert result.status is Status.INCORRECT
    said = re.sub(r"^'\w+'( and '\w+' are| is) right\. ", "", result.message)
    assert said == MISTAKES.get(exercise, {}).get(message, message)
    assert result.counterexample is not None


@every_exercise
def test_every_message_is_reached_and_none_twice(exercise):
    words = MISTAKES.get(exercise) or {**VALUE, **NORM, **GLOBAL}
    named = MISTAKES.get(exercise) or {m: m for m in words.values()}
    assert set(named) <= {message for _, message in WRONG[exercise]}
    for group in (words,) if exercise in MISTAKES else (VALUE, NORM, GLOBAL):
        assert len(set(group.values())) == len(group)


def test_a_clip_is_told_which_rules_are_right_already():
    def only_by_value(gradients, limit, rule):
        if rule == "value":
            return clipping.clip_by_value(gradients, limit)

    result = exercises.clip.check(only_by_value)
    assert result.message == f"'value' is right. {guard.RETURNED_NONE}"
    assert ("rule", "'norm'") in result.counterexample.given
    wrong = clip_with(**{"global": clipping.clip_by_norm})
    assert exercises.clip.check(wrong).message.startswith(
        "'value' and 'norm' are right. You shortened each array"
    )


@pytest.mark.parametrize(
    ("exercise", "fn"),
    [
        (exercises.clip, lambda g, c, rule: np.clip(g, -c, c)),
        (exercises.clip, clip_with(norm=lambda g, c: np.array(g) * c / l2(g))),
        (exercises.angle, lambda a, b: np.sum(np.multiply(a, b)) / l2(row(a))),
    ],
)
def test_a_list_taken_for_one_array_is_explained(exercise, fn):
    result = exercise.check(fn)
    assert result.status is Status.CRASHED
    assert result.message.endswith(say.RAGGED)


def test_dividing_by_the_norm_of_zeros_is_explained_also_where_python_raises():
    def one_by_one(gradients, limit):
        return [g * min(1, limit / float(l2(g))) for g in gradients]

    result = exercises.clip.check(clip_with(norm=one_by_one))
    assert result.status is Status.CRASHED
    assert result.message.startswith("ZeroDivisionError: ")
    assert result.message.endswith(say.CLIP_ZERO)


def test_a_search_that_never_ends_is_told_of_steps_that_cannot_turn_so_far(monkeypatch):
    monkeypatch.setattr(guard, "TIME_LIMIT", 0.2)

    def patient(gradients, degrees):
        limit = limit_by_brent(gradients, degrees)
        while not limit:
            pass
        return limit

    result = exercises.turning_limit.check(patient)
    assert result.status is Status.CRASHED
    assert "never ends" in result.message
    assert result.message.endswith(steps.TURN_NEVER)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    "cosine",
    [
        lambda u, v: u @ v / (l2(u) * l2(v)),
        lambda u, v: u @ v / l2(u) / l2(v),
        lambda u, v: u @ v / np.sqrt((u @ u) * (v @ v)),
        lambda u, v: (u / l2(u)) @ (v / l2(v)),
        lambda u, v: sum(u * v) / (sum(u * u) ** 0.5 * sum(v * v) ** 0.5),
    ],
)
def test_a_rounded_cosine_is_caught_however_it_is_computed(cosine, seed):
    def by_numpy(a, b):
        return np.degrees(np.arccos(cosine(row(a), row(b))))

    def by_math(a, b):
        return math.degrees(math.acos(cosine(row(a), row(b))))

    assert judge(exercises.angle, by_numpy, seed).message == say.ANGLE_ROUNDING
    result = judge(exercises.angle, by_math, seed)
    assert result.status is Status.CRASHED
    assert result.message.endswith(say.ANGLE_ROUNDING)


# Counterexamples ----------------------------------------------------------------------


def given_of(result):
    """The arguments shown, as numbers again."""
    return [ast.literal_eval(text) for _, text in result.counterexample.given]


@pytest.mark.parametrize(
    ("wrong", "broken"),
    [
        ({"value": lambda g, c: g}, "an entry of array 1 was {0} and stayed so"),
        (
            {"value": lambda g, c: [np.clip(g[0], -c, c), g[1] * 0, *g[2:]]},
            "an entry of array 2 was {1} and became 0, though it was within the limit",
        ),
        ({"norm": lambda g, c: g}, "the norm of array 1 was {2} and stayed so"),
        (
            {"norm": lambda g, c: [*clipping.clip_by_norm(g[:1], c), g[1] * 2, *g[2:]]},
            "the norm of array 2 was {3} and became {4}, though it was within",
        ),
        (
            {"global": lambda g, c: g},
            "the norm of all arrays was {5} and stayed so",
        ),
        (
            {"global": lambda g, c: [g[0], g[1] * 0, *g[2:]]},
            "the norm of all arrays was {5} and became {2}, and the step has turned",
        ),
    ],
)
def test_a_clip_is_told_what_it_did_to_what(wrong, broken):
    result = judge(exercises.clip, clip_with(**wrong), 3)
    first, second = map(np.array, given_of(result)[0][:2])
    known = first[0], second[0], l2(first), l2(second), 2 * l2(second)
    numbers = [f"{x:.4g}" for x in (*known, l2([*first, *second]))]
    assert result.counterexample.broken.startswith(broken.format(*numbers))


def test_the_angle_shown_is_the_measured_one():
    result = exercises.angle.check(lambda a, b: 361.0)
    a, b = ([np.array(x) for x in lists] for lists in given_of(result))
    stated = float(result.counterexample.broken.split()[-1])
    assert stated == pytest.approx(clipping.angle(a, b), rel=1e-3)


def test_a_threshold_is_told_what_it_would_clip():
    result = exercises.threshold_for.check(lambda norms, share: 0.0)
    norms, share = given_of(result)
    n = len(norms)
    assert result.counterexample.broken == (
        f"of the {n} finite norms {n} are longer than that, and {share * n:.0f} "
        "should be"
    )


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (1e9, "has turned by 0 degrees"),
        (-1.0, "a limit is a positive number, and 0 stands for none"),
        (np.inf, "a limit is a positive number"),
    ],
)
def test_a_wrong_limit_is_told_what_it_does_and_not_what_is_right(answer, words):
    result = judge(exercises.turning_limit, lambda g, degrees: answer, 4)
    assert words in result.counterexample.broken
    gradients, degrees = given_of(result)
    right = limit_by_brent([np.array(g) for g in gradients], degrees)
    assert f"{right:.3g}" not in str(result)


def test_an_adam_is_told_its_first_wrong_step():
    def late(gradients, limit, epsilon):
        lengths = np.array(adam_as_sums(gradients, limit, epsilon))
        lengths[-1] *= 1.01
        return lengths

    result = exercises.adam_lengths.check(late)
    assert result.counterexample.broken.startswith("step 3 has the length ")


# What a function does to its arguments ------------------------------------------------


@every_exercise
def test_spoiling_an_argument_is_reported(exercise, reference):
    def spoils(*args):
        answer = reference[exercise.name](*args)
        array = args[0][0] if isinstance(args[0], list) else args[0]
        array[...] = -1
        return answer

    result = exercise.check(spoils)
    assert result.status is Status.INCORRECT
    assert "The numbers are right. But: " in result.message
    assert "in place" in result.message


def test_clipping_in_place_is_reported():
    def in_place(gradients, limit, rule):
        for g, clipped in zip(
            gradients, clip_with_the_lesson(gradients, limit, rule), strict=True
        ):
            g[...] = clipped
        return gradients

    result = exercises.clip.check(in_place)
    assert result.status is Status.INCORRECT
    assert "alters its argument gradients in place" in result.message


# What is drawn ------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(8))
def test_every_history_has_one_threshold_for_every_definition(seed):
    """Within the error that the exercise accepts; the next norms are well outside."""
    rng = np.random.default_rng(seed)
    for size in sum(exercises._HISTORIES, ()):
        norms, share = exercises._draw_history(*size, rng)
        finite = np.sort(norms[np.isfinite(norms)])
        n, k, lost = size
        assert (len(finite), len(norms), share) == (n, n + lost, k / n)
        right = exercises._threshold(norms, share)
        assert np.sum(finite > right) == k
        for method in ("linear", "hazen", "weibull", "lower", "median_unbiased"):
            value = np.quantile(finite, 1 - share, method=method)
            assert value == pytest.approx(right, rel=0.005)
        others = np.delete(finite, [n - k - 1, n - k])
        assert np.min(abs(others / right - 1)) > 0.03
        assert finite[-1] > 10 * finite[n - k]


@pytest.mark.parametrize("seed", range(8))
def test_the_angles_asked_for_are_within_reach_of_clipping(seed):
    seen = []

    def spy(gradients, degrees):
        seen.append((gradients, degrees))
        return limit_by_brent(gradients, degrees)

    assert judge(exercises.turning_limit, spy, seed).correct
    most = [clipping.angle(g, [x / l2(x) for x in g]) for g, _ in seen]
    for (_, degrees), reach in zip(seen[:3], most[:3], strict=True):
        assert 1 < degrees < 0.85 * reach
    assert seen[3][1] > 1.15 * most[3]
    assert most[4] == pytest.approx(0, abs=1e-5)  # a single array never turns


# The claims of text and messages ------------------------------------------------------


def test_the_largest_turn_is_that_of_one_long_array_among_short_ones():
    """What exercise 4 asks to be found: at most the arc cosine of 1 / sqrt(arrays)."""
    for n in (2, 20):
        most = math.degrees(math.acos(n**-0.5))
        one_long = [np.ones(3) * (1e6 if k == 0 else 1.0) for k in range(n)]
        clipped = clipping.clip_by_norm(one_long, 1e-3)
        assert clipping.angle(one_long, clipped) == pytest.approx(most, abs=0.01)
        alike = [np.ones(3)] * n
        turned = clipping.angle(alike, clipping.clip_by_norm(alike, 1e-3))
        assert turned == pytest.approx(0, abs=1e-6)


def test_a_constant_gradient_leaves_adam_unmoved_by_clipping_but_for_epsilon(reference):
    lengths = reference["adam_lengths"]
    gradients = np.tile([60.0, 80.0], (20, 1))

    def ratio(epsilon):
        return lengths(gradients, 1.0, epsilon) / lengths(gradients, np.inf, epsilon)

    assert ratio(1e-7) == pytest.approx(1, abs=1e-6)
    assert (ratio(1.0) < 0.5).all()


def test_a_spike_stops_an_adam_without_clipping(reference):
    lengths = reference["adam_lengths"]
    gradients = np.random.default_rng(1).normal(0, 0.1, (200, 5))
    gradients[20] *= 1000
    with_clipping = lengths(gradients, 1.0, 1e-7)[60:]
    without = lengths(gradients, np.inf, 1e-7)[60:]
    assert without.mean() < with_clipping.mean() / 5


def test_the_advice_for_adam_is_true(reference):
    found = reference["adam_lengths"](np.ones((5, 1)), 10.0, 0.25)
    assert found == pytest.approx(np.full(5, 1 / 1.25))


def test_adam_here_is_that_of_the_paper_and_not_where_keras_puts_epsilon(reference):
    """Step 1 by hand: m-hat = g, v-hat = g^2."""
    g = np.array([[3.0, -4.0]])
    (first,) = reference["adam_lengths"](g, np.inf, 2.0)
    assert first == pytest.approx(math.hypot(3 / 5, 4 / 6))


def test_what_nan_does_differs_from_rule_to_rule(reference):
    """The question after exercise 1 has something to find."""
    gradients = [np.array([3.0, 4.0]), np.array([1.0, np.inf]), np.array([0.1])]
    with np.errstate(invalid="ignore"):
        spoiled = {
            rule: [
                not np.allclose(g, reference["clip"]([h], 1.0, rule)[0])
                for g, h in zip(
                    reference["clip"](gradients, 1.0, rule), gradients, strict=True
                )
            ]
            for rule in ("value", "global")
        }
    assert spoiled["value"] == [False, False, False]
    assert all(spoiled["global"])


# What the text says -------------------------------------------------------------------


def test_the_library_that_text_and_hints_name_is_there():
    said = " ".join([prose(TEXT), *texts_of("gradient_clipping")])
    named = set(re.findall(r"\bgc\.(\w+)\(", said))
    assert {"clip_by_norm", "angle"} <= named
    assert all(callable(getattr(clipping, name)) for name in named)
