import ast
import itertools
import math
import re

import numpy as np
import pytest
from scipy import stats

from course_utils import regularization as lesson
from course_utils.checks import _regularization_calibration as calibration
from course_utils.checks import _regularization_cure as cures
from course_utils.checks import _regularization_dropout as masks
from course_utils.checks import _regularization_messages as say
from course_utils.checks import _regularization_record_messages as records
from course_utils.checks import _regularization_stream as streams
from course_utils.checks import regularization as exercises
from course_utils.checks.result import Status
from tests.checks.shared import judge, prose

TEXT = "09_regularization"
EVERY = exercises.EXERCISES

every_exercise = pytest.mark.parametrize("exercise", EVERY, ids=lambda e: e.name)


# Right answers, written the reference's way and in others -----------------------------


def dropout_by_binomial(x, rate, rng, training):
    mask = rng.binomial(1, 1 - rate, x.shape)
    return x * mask / (1 - rate) if training else x.copy()


def dropout_by_choice(x, rate, rng, training):
    if not training:
        return x.tolist()
    kept = rng.choice([0.0, 1 / (1 - rate)], size=x.size, p=[rate, 1 - rate])
    return (x.ravel() * kept).reshape(x.shape).astype(np.float32)


def affine_as_in_the_paper(rate, dropped):
    """Klambauer et al. 2017, where q is the share kept."""
    q = 1 - rate
    a = (q + dropped**2 * q * (1 - q)) ** -0.5
    return [a, -a * (1 - q) * dropped]


def ball_filter_by_filter(kernel, radius):
    out = kernel.copy()
    for k in range(kernel.shape[-1]):
        norm = math.hypot(*kernel[..., k].ravel())
        if norm > radius:
            out[..., k] *= radius / norm
    return out


def dropout_of_the_lesson(x, rate, rng, training):
    return lesson.dropout(x, rate, rng) if training else x


def ball_of_the_lesson(kernel, radius):
    return lesson.max_norm(kernel, radius, axis=(0, 1, 2))


def moments_of_the_lesson(samples):
    moments = lesson.RunningMoments()
    for x in samples:
        moments.add(x)
    return moments.mean, moments.variance


def ball_as_keras(kernel, radius):
    """With the fuzz in the denominator, which shortens every filter by 1e-7 or so."""
    norms = np.sqrt(np.sum(np.square(kernel), axis=(0, 1, 2), keepdims=True))
    return kernel * (np.clip(norms, 0, radius) / (1e-7 + norms))


def moments_from_the_first(samples):
    """Sums of distances from the first sample: any fixed number near will do."""
    first = next(samples)
    n, total, squares = 1, 0 * first, 0 * first
    for x in samples:
        n, total, squares = n + 1, total + (x - first), squares + (x - first) ** 2
    return first + total / n, squares / n - (total / n) ** 2


def moments_in_chunks(samples):
    """Chan's way to put two groups together."""
    n, mean, squares = 0, 0.0, 0.0
    while chunk := [x for _, x in zip(range(16), samples, strict=False)]:
        k, m = len(chunk), np.mean(chunk, axis=0)
        apart = m - mean
        squares = squares + np.sum((chunk - m) ** 2, 0) + apart**2 * n * k / (n + k)
        mean, n = mean + apart * k / (n + k), n + k
    return np.array([mean, squares / n])


def calibration_by_histogram(probabilities, labels, bins):
    confidence = np.max(probabilities, axis=1)
    gap = (np.argmax(probabilities, axis=1) == labels) - confidence
    sums, _ = np.histogram(confidence, bins, (0, 1), weights=gap)
    return np.abs(sums).sum() / len(labels)


def calibration_in_plain_python(probabilities, labels, bins):
    images = [
        (max(row), row.index(max(row)) == label)
        for row, label in zip(probabilities.tolist(), labels.tolist(), strict=True)
    ]
    error = 0.0
    for m in range(bins):
        here = [(c, r) for c, r in images if math.ceil(c * bins) - 1 == m]
        if here:
            claimed = sum(c for c, _ in here) / len(here)
            right = sum(r for _, r in here) / len(here)
            error += len(here) / len(images) * abs(right - claimed)
    return error


def cure_the_other_way_round(record):
    low = [loss <= record["goal"] for loss in record["valid"]]
    if record["clean"] > record["goal"]:
        return "fit more"
    if low[-1]:
        return "keep"
    if any(low):
        return "stop earlier"
    noise = record["logged"][-1] - record["clean"]
    return "collect data" if noise > record["clean"] / 2 else "regularize"


OTHER_WAYS = [
    (exercises.dropout, dropout_by_binomial),
    (exercises.dropout, dropout_by_choice),
    (exercises.dropout, dropout_of_the_lesson),
    (exercises.alpha_affine, affine_as_in_the_paper),
    (exercises.max_norm, ball_filter_by_filter),
    (exercises.max_norm, ball_as_keras),
    (exercises.max_norm, ball_of_the_lesson),
    (exercises.mean_and_variance, moments_from_the_first),
    (exercises.mean_and_variance, moments_in_chunks),
    (exercises.mean_and_variance, moments_of_the_lesson),
    (exercises.calibration_error, calibration_by_histogram),
    (exercises.calibration_error, calibration_in_plain_python),
    (exercises.calibration_error, lesson.expected_calibration_error),
    (exercises.cure, cure_the_other_way_round),
]


@pytest.mark.parametrize(
    ("exercise", "fn"), OTHER_WAYS, ids=lambda value: getattr(value, "__name__", "")
)
@pytest.mark.parametrize("seed", range(3))
def test_another_right_way_is_right(exercise, fn, seed):
    if fn is dropout_by_choice:  # float32 is as near as the check asks
        assert np.finfo(np.float32).eps < 1e-6
    result = judge(exercise, fn, seed)
    assert result.correct, result


# Wrong answers, as learners write them ------------------------------------------------


def drop(
    mask=lambda x, p, rng: rng.random(x.shape) >= p,
    scale=lambda p, kept: 1 / (1 - p),
    inference=lambda x, p, rng: x,
):
    def dropout(x, rate, rng, training):
        if not training:
            return inference(x, rate, rng)
        kept = mask(x, rate, rng)
        return x * kept * scale(rate, kept)

    return dropout


def kept_exactly(x, rate, rng):
    kept = np.arange(x.size) >= round(rate * x.size)
    return rng.permutation(kept).reshape(x.shape)


def kept_row_by_row(x, rate, rng):
    kept = np.arange(x.shape[-1]) >= rate * x.shape[-1]
    return rng.permuted(np.broadcast_to(kept, x.shape), axis=-1)


def kept_in_twos(x, rate, rng):
    """Neighbours share their fate, in twos."""
    shape = (*x.shape[:-1], x.shape[-1] // 2)
    return np.repeat(rng.random(shape) >= rate, 2, axis=-1)


def kept_channels(x, rate, rng):
    """Whole channels of an array with three axes, as for images."""
    return rng.random((len(x), 1, x.shape[-1]) if x.ndim == 3 else x.shape) >= rate


def kept_by_another_generator(x, rate, rng):
    return np.random.default_rng().random(x.shape) >= rate


def rows(x, rate, rng):
    return rng.random((len(x), *[1] * (x.ndim - 1))) >= rate


def affine(wrong):
    """A line from p, v and the right a."""
    return lambda p, v: wrong(p, v, ((1 - p) * (1 + p * v * v)) ** -0.5)


def ball(axes, norm=lambda w, axes: np.sqrt(np.sum(w**2, axes, keepdims=True))):
    def max_norm(kernel, radius):
        return kernel * radius / np.maximum(norm(kernel, axes), radius)

    return max_norm


FILTER = (0, 1, 2)


def l2(w):
    return np.sqrt(np.sum(w**2, FILTER))


def by_filter(change):
    """`change(kernel, norms, radius)` gives the factor of each filter."""
    return lambda kernel, radius: kernel * change(kernel, l2(kernel), radius)


def reshaped(kernel, radius):
    filters = kernel.reshape(kernel.shape[-1], -1)
    norms = np.linalg.norm(filters, axis=1)
    return (filters.T * radius / np.maximum(norms, radius)).T.reshape(kernel.shape)


def walk(
    step=lambda old, x, k: old + (x - old) / k,
    add=lambda old, new, x: (x - old) * (x - new),
    end=lambda mean, squares, k: (mean, squares / k),
    start=1,
):
    def moments(samples):
        mean = squares = 0.0
        k = start
        for k, x in enumerate(samples, start=start):
            new = step(mean, x, k)
            squares = squares + add(mean, new, x)
            mean = new
        return end(mean, squares, k)

    return moments


def two_passes(samples):
    n = total = 0
    for x in samples:
        n, total = n + 1, total + x
    mean, squares = total / n, 0 * total
    for x in samples:
        squares = squares + (x - mean) ** 2
    return mean, squares / n


def by_sums(samples):
    n = total = squares = 0
    for x in samples:
        n, total, squares = n + 1, total + x, squares + x**2
    return total / n, squares / n - (total / n) ** 2


def keeping(copy):
    def moments(samples):
        kept = np.array([copy(x) for x in samples])
        return kept.mean(axis=0), kept.var(axis=0)

    return moments


def halving(samples):
    mean = next(samples)
    for x in samples:
        mean = (mean + x) / 2
    return mean, mean * 0 + 1.23


def ece(
    confidence=lambda p, y: p.max(axis=1),
    edges=lambda c, bins: np.linspace(0, 1, bins + 1),
    total=lambda n, gaps: np.sum(n * np.abs(gaps)) / n.sum(),
    claimed=lambda c, low, high: c.mean(),
):
    def error(probabilities, labels, bins):
        c, right = confidence(probabilities, labels), probabilities.argmax(1) == labels
        cuts = edges(c, bins)
        numbers, gaps = [], []
        for low, high in itertools.pairwise(cuts):
            here = (c > low) & (c <= high)
            if here.any():
                numbers.append(here.sum())
                gaps.append(right[here].mean() - claimed(c[here], low, high))
        return total(np.array(numbers), np.array(gaps))

    return error


def ece_of_all_classes(probabilities, labels, bins):
    one_hot = np.eye(probabilities.shape[1])[labels]
    p, y = probabilities.ravel(), one_hot.ravel()
    sums, _ = np.histogram(p, bins, (0, 1), weights=y - p)
    return np.abs(sums).sum() / p.size


def from_lowest(confidence, bins):
    edges = np.linspace(confidence.min(), confidence.max(), bins + 1)
    edges[0] -= 1e-9
    return edges


def as_many(confidence, bins):
    edges = np.quantile(confidence, np.linspace(0, 1, bins + 1))
    edges[0] -= 1e-9
    return edges


def ece_with_empty_bins(probabilities, labels, bins):
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    error = 0.0
    for m in range(bins):
        here = (confidence > m / bins) & (confidence <= (m + 1) / bins)
        error += here.mean() * abs(right[here].mean() - confidence[here].mean())
    return error


def ece_without_certainty(probabilities, labels, bins):
    confidence = probabilities.max(axis=1)
    gap = (probabilities.argmax(axis=1) == labels) - confidence
    which = (confidence * bins).astype(int)
    return sum(abs(gap[which == m].sum()) for m in range(bins)) / len(labels)


def cured(
    train=lambda r: r["clean"],
    good=lambda r: r["valid"][-1] <= r["goal"],
    stop=lambda r: min(r["valid"]) <= r["goal"],
    at_work=lambda r: r["logged"][-1] > 1.5 * r["clean"],
    fits=True,
):
    def cure(record):
        if good(record):
            return "keep"
        if fits and train(record) > record["goal"]:
            return "fit more"
        if stop(record):
            return "stop earlier"
        return "collect data" if at_work(record) else "regularize"

    return cure


def cured_by_comparing(record):
    if record["logged"][-1] > record["valid"][-1]:
        return "fit more"
    return cured()(record)


def cured_by_fit_first(record):
    return "fit more" if record["logged"][-1] > record["goal"] else cured()(record)


def no_gap(record):
    last = record["valid"][-1]
    return last <= record["goal"] and last < 1.2 * record["clean"]


def rising(record):
    return record["valid"][-1] > 1.1 * min(record["valid"])


DROPS = say.DROPOUT_MISTAKES
WRONG = {
    exercises.dropout: [
        (drop(scale=lambda p, kept: 1), "no scale"),
        (drop(scale=lambda p, kept: 1 / p), "by the rate"),
        (drop(scale=lambda p, kept: 1 - p), "smaller"),
        (drop(scale=lambda p, kept: p), "smaller"),
        (drop(scale=lambda p, kept: 1 / kept.mean()), "actual share"),
        (
            drop(scale=lambda p, kept: 1 / kept.mean(axis=-1, keepdims=True)),
            "actual share",
        ),
        (
            drop(lambda x, p, rng: rng.random(x.shape) < p, lambda p, kept: 1 / p),
            "rate is kept",
        ),
        (drop(lambda x, p, rng: rng.random(x.shape) < p), "swapped"),
        (drop(lambda x, p, rng: rng.standard_normal(x.shape) > p), "normal"),
        (drop(lambda x, p, rng: rng.random(x.shape[1:]) >= p), "same for all"),
        (drop(lambda x, p, rng: rng.random(x.shape[-1]) >= p), "same for all"),
        (drop(rows), "whole examples"),
        (drop(lambda x, p, rng: rng.random((len(x), 1)) >= p), "whole examples"),
        (drop(kept_channels), "in stripes"),
        (drop(kept_in_twos), "not by itself"),
        (drop(kept_exactly), "exact"),
        (drop(kept_row_by_row), "exact"),
        (drop(lambda x, p, rng: 1, lambda p, kept: 1), say.DROPOUT_NONE),
        (drop(scale=lambda p, kept: 1.01 / (1 - p)), say.DROPOUT_NOT_X),
        (drop(lambda x, p, rng: rng.random(x.shape) >= p / 2), say.DROPOUT_SHARE),
        (drop(scale=lambda p, kept: np.nan), say.DROPOUT_NOT_FINITE),
        (drop(kept_by_another_generator), say.DROPOUT_GLOBAL),
        (
            drop(lambda x, p, rng: np.random.default_rng(7).random(x.shape) >= p),
            say.DROPOUT_OWN_SEED,
        ),
        (
            drop(inference=lambda x, p, rng: drop()(x, p, rng, True)),
            say.DROPOUT_INFERENCE["drops"],
        ),
        (
            drop(inference=lambda x, p, rng: x * (1 - p)),
            say.DROPOUT_INFERENCE["scaled down"],
        ),
        (
            drop(inference=lambda x, p, rng: x / (1 - p)),
            say.DROPOUT_INFERENCE["scaled up"],
        ),
        (drop(inference=lambda x, p, rng: x * 0), say.DROPOUT_INFERENCE_ADVICE),
    ],
    exercises.alpha_affine: [
        (lambda p, v: (1 / (1 - p), 0), "plain dropout"),
        (lambda p, v: (1 / np.sqrt(1 - p), 0), "dropped is 0"),
        (affine(lambda p, v, a: (a, 0)), "no b"),
        (lambda p, v: (1, -p * v), "no a"),
        (affine(lambda p, v, a: (a, -p * v)), "b not scaled"),
        (affine(lambda p, v, a: (a, a * p * v)), "sign of b"),
        (
            lambda p, v: np.array([1, -p * v]) / np.sqrt(1 - p + p * v**2),
            "second moment",
        ),
        (
            lambda p, v: np.array([1, -p * v]) / np.sqrt(1 - p + p * v**2 - p * v),
            "mean not squared",
        ),
        (affine(lambda p, v, a: (a**2, -(a**2) * p * v)), "no root"),
        (affine(lambda p, v, a: (1 / a, -p * v / a)), "a upside down"),
        (lambda p, v: np.array([1, -p * v]) / np.sqrt(1 - p), "only the kept"),
        (affine(lambda p, v, a: (a**-2, -p * v / a**2)), "a upside down"),
        (lambda p, v: affine_as_in_the_paper(1 - p, v), "rate is kept"),
        (
            lambda p, v: np.array([1, -p * v]) / np.sqrt(1 + p * (1 - p) * v**2),
            "only the dropped",
        ),
        (
            lambda p, v: affine_as_in_the_paper(p, -1.0507009873554805 * 1.67326324235),
            "selu only",
        ),
        (affine(lambda p, v, a: (-a * p * v, a)), "swapped"),
        (lambda p, v: (1, 0), say.ALPHA_ADVICE),
    ],
    exercises.max_norm: [
        (ball((0,)), "axis 0"),
        (ball((0, 1)), "window"),
        (ball((0, 1, 3)), "inputs"),
        (ball((2,)), "channels in"),
        (ball((3,)), "outputs"),
        (ball((0, 1, 2, 3)), "all"),
        (by_filter(lambda w, n, r: min(1, r / n.max())), "longest"),
        (by_filter(lambda w, n, r: r / n), "stretches"),
        (by_filter(lambda w, n, r: np.where(n > r, 1 / n, 1)), "unit"),
        (by_filter(lambda w, n, r: 1 / n), "unit"),
        (by_filter(lambda w, n, r: 1 / np.maximum(1, n)), "unit"),
        (by_filter(lambda w, n, r: np.minimum(1 / n, 1 / r)), "radius twice"),
        (by_filter(lambda w, n, r: np.where(n**2 > r, r / n**2, 1)), "squared"),
        (ball(FILTER, lambda w, axes: abs(w).sum(axes)), "sizes"),
        (lambda w, r: np.clip(w, -r, r), "entries"),
        (reshaped, "reshaped"),
        (by_filter(lambda w, n, r: np.minimum(n, r) / n), say.NORM_ZERO),
        (lambda w, r: w / 2, say.NORM_ADVICE),
    ],
    exercises.mean_and_variance: [
        (walk(end=lambda m, s, k: (m, s / (k - 1))), "ddof"),
        (walk(end=lambda m, s, k: (m, np.sqrt(s / k))), "std"),
        (walk(end=lambda m, s, k: (m, np.sqrt(s / (k - 1)))), "std"),
        (halving, "halving"),
        (walk(step=lambda old, x, k: (old + x) / 2), "halving"),
        (walk(start=2), "one too many"),
        (
            walk(
                step=lambda old, x, k: old + x,
                end=lambda m, s, k: (m / (k - 1), s / (k - 1)),
            ),
            "one too few",
        ),
        (walk(step=lambda old, x, k: old + x), "sums"),
        (walk(step=lambda old, x, k: x), "last"),
        (walk(add=lambda old, new, x: x**2), "mean of squares"),
        (walk(end=lambda m, s, k: (m, s)), "not divided"),
        (walk(add=lambda old, new, x: (x - old) ** 2), "old mean"),
        (walk(add=lambda old, new, x: (x - new) ** 2), "new mean"),
        (two_passes, "no spread"),
        (walk(end=lambda m, s, k: (s / k, m)), "swapped"),
        (keeping(lambda x: x), records.STREAM_KEEPS),
        (keeping(np.copy), records.STREAM_KEEPS),
        (keeping(lambda x: x.astype(np.longdouble)), records.STREAM_KEEPS),
        (by_sums, records.STREAM_CANCELS),
        (
            walk(end=lambda m, s, k: (m, s / k if k > 1 else s + 1)),
            records.STREAM_ONE,
        ),
        (
            walk(
                end=lambda m, s, k: (
                    m,
                    (s / k) * (k / (k - 1) * (k - 1) / k if k > 1 else np.nan),
                )
            ),
            records.STREAM_ONE,
        ),
        (walk(start=0), records.STREAM_NOT_FINITE),
        (walk(step=lambda old, x, k: x * 0), records.STREAM_ADVICE),
    ],
    exercises.calibration_error: [
        (
            lambda p, y, bins: ece(lambda p, y: p[np.arange(len(y)), y])(p, y, bins),
            "true class",
        ),
        (ece_of_all_classes, "all classes"),
        (ece(total=lambda n, gaps: np.mean(abs(gaps))), "unweighted"),
        (
            lambda p, y, bins: (
                ece(total=lambda n, gaps: np.sum(abs(gaps)))(p, y, bins) / bins
            ),
            "unweighted",
        ),
        (ece(total=lambda n, gaps: np.sum(abs(gaps))), "sum"),
        (ece(total=lambda n, gaps: np.sum(n * gaps) / n.sum()), "signed"),
        (ece(total=lambda n, gaps: abs(np.sum(n * gaps) / n.sum())), "signed"),
        (
            lambda p, y, bins: np.mean(p.max(axis=1)) - np.mean(p.argmax(axis=1) == y),
            "signed",
        ),
        (ece(total=lambda n, gaps: max(abs(gaps))), "largest"),
        (ece(total=lambda n, gaps: np.sum(n * gaps**2) / n.sum()), "squared"),
        (
            ece(total=lambda n, gaps: np.sqrt(np.sum(n * gaps**2) / n.sum())),
            "squared",
        ),
        (ece(claimed=lambda c, low, high: (low + high) / 2), "middles"),
        (ece(edges=from_lowest), "stretched"),
        (ece(edges=as_many), "same number"),
        (ece(edges=lambda c, bins: np.linspace(0, 1, 16)), "fixed"),
        (ece(edges=lambda c, bins: np.linspace(0, 1, 11)), "fixed"),
        (
            lambda p, y, bins: np.mean(abs((p.argmax(1) == y) - p.max(1))),
            "no bins",
        ),
        (ece(total=lambda n, gaps: 100 * np.sum(n * abs(gaps)) / n.sum()), "percent"),
        (ece_with_empty_bins, records.CALIBRATION_EMPTY),
        (ece_without_certainty, records.CALIBRATION_ONE),
        (lambda p, y, bins: 0.5, records.CALIBRATION_ADVICE),
    ],
    exercises.cure: [
        (cured(train=lambda r: r["logged"][-1]), "logged"),
        (cured_by_fit_first, "logged"),
        (cured_by_comparing, "above"),
        (cured(good=no_gap), "gap"),
        (cured(good=no_gap, stop=lambda r: False), "gap"),
        (cured(fits=False), "fit unseen"),
        (cured(good=lambda r: min(r["valid"]) <= r["goal"]), "best for last"),
        (cured(stop=lambda r: False), "never stops"),
        (cured(stop=rising), "any rise"),
        (cured(at_work=lambda r: False), "no regularizer seen"),
        (cured(at_work=lambda r: True), "no regularizer missed"),
        (cured(at_work=lambda r: r["logged"][-1] < 1.5 * r["clean"]), "the other way"),
        (cured(at_work=lambda r: r["logged"][-1] > r["valid"][-1]), "by valid"),
        (lambda r: "stop earlier", records.CURE_ADVICE),
    ],
}
MISTAKES = {
    exercises.dropout: say.DROPOUT_MISTAKES,
    exercises.alpha_affine: say.ALPHA_MISTAKES,
    exercises.max_norm: say.NORM_MISTAKES,
    exercises.mean_and_variance: records.STREAM_MISTAKES,
    exercises.calibration_error: records.CALIBRATION_MISTAKES,
    exercises.cure: records.CURE_MISTAKES,
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
    assert result.message == MISTAKES[exercise].get(message, message)
    assert result.counterexample is not None


@every_exercise
def test_every_message_is_reached_and_none_twice(exercise):
    words = MISTAKES[exercise]
    assert set(words) <= {message for _, message in WRONG[exercise]}
    assert len(set(words.values())) == len(words)


def test_every_other_message_about_dropout_is_reached_too():
    said = {message for _, message in WRONG[exercises.dropout]}
    assert set(say.DROPOUT_INFERENCE.values()) <= said
    assert len(set(say.DROPOUT_INFERENCE.values())) == len(say.DROPOUT_INFERENCE)


@pytest.mark.parametrize(
    ("exercise", "fn", "advice"),
    [
        (
            exercises.max_norm,
            lambda w, r: w * np.minimum(1, r / np.linalg.norm(w, axis=FILTER)),
            say.NORM_AXES,
        ),
        (
            exercises.max_norm,
            lambda w, r: w * r / np.maximum(r, np.sqrt(np.sum(w**2, (1, 2, 3)))),
            say.NORM_SHAPES,
        ),
        (
            exercises.max_norm,
            lambda w, r: np.stack(
                [
                    w[..., k] * min(1, r / math.hypot(*w[..., k].flat))
                    for k in range(w.shape[-1])
                ],
                axis=-1,
            ),
            say.NORM_ZERO,
        ),
        (
            exercises.mean_and_variance,
            lambda samples: sum(samples) / len(samples),
            records.STREAM_ONCE,
        ),
        (exercises.mean_and_variance, lambda samples: samples[0], records.STREAM_ONCE),
        (
            exercises.mean_and_variance,
            lambda samples: np.stack(samples).mean(axis=0),
            records.STREAM_ONCE,
        ),
        (
            exercises.mean_and_variance,
            lambda samples: (1.0 / sum(0 for _ in samples), 0),
            records.STREAM_NOT_FINITE,
        ),
        (
            exercises.calibration_error,
            lambda p, y, bins: (
                calibration_in_plain_python(p, y, bins)
                + 0 / min(np.histogram(p.max(axis=1), bins, (0, 1))[0].tolist())
            ),
            records.CALIBRATION_EMPTY,
        ),
    ],
)
def test_what_crashes_gets_advice(exercise, fn, advice):
    result = exercise.check(fn)
    assert result.status is Status.CRASHED
    assert result.message.endswith(advice)


def test_an_index_one_past_the_last_bin_is_explained():
    def by_index(probabilities, labels, bins):
        confidence = probabilities.max(axis=1)
        sums = [0.0] * bins
        for c, row, label in zip(confidence, probabilities, labels, strict=True):
            sums[int(c * bins)] += (row.argmax() == label) - c
        return sum(map(abs, sums)) / len(labels)

    result = exercises.calibration_error.check(by_index)
    assert result.status is Status.CRASHED
    assert result.message.endswith(records.CALIBRATION_ONE)


def test_a_cure_is_taught_one_question_at_a_time():
    def two_mistakes(record):
        if record["valid"][-1] <= record["goal"]:
            return "keep"
        return "fit more" if record["clean"] > record["goal"] else "regularize"

    said = exercises.cure.check(two_mistakes).message
    assert said == records.CURE_MISTAKES["never stops"]
    one = cured(at_work=lambda r: False)
    assert (
        exercises.cure.check(one).message
        == records.CURE_MISTAKES["no regularizer seen"]
    )


# How often the statistical check errs -------------------------------------------------


def hoeffding(n, distance):
    return 2 * math.exp(-2 * n * distance**2)


def test_a_right_dropout_is_refused_less_than_once_in_a_million():
    shares = len(masks.SHAPES) * hoeffding(masks.ENTRIES, masks.DISTANCE)
    axes = sum(map(len, masks.SHAPES))
    pairs = axes * hoeffding(masks.ENTRIES // 2, masks.PAIR_DISTANCE)
    exact = math.prod(
        max(stats.binom.pmf(round(p * masks.ENTRIES), masks.ENTRIES, p) for p in rates)
        for rates in masks.RATES
    )
    assert shares < 9.2e-8
    assert pairs < 2.3e-8
    assert exact < 1e-7
    assert shares + pairs + exact < 1e-6


def test_equal_rows_and_whole_stripes_never_come_of_a_right_mask():
    """Bounds for the most favourable shape and rate: far beyond a million."""
    for shape, rates in zip(masks.SHAPES, masks.RATES, strict=True):
        for p in rates:
            n_rows = math.prod(shape[:-1])
            most = stats.binom.pmf(np.arange(shape[-1]), shape[-1], p).max()
            assert (n_rows - 1) * math.log(most) < math.log(1e-9)
            alike = max(p**n + (1 - p) ** n for n in shape)
            assert min(shape) * math.log(alike) < math.log(1e-9)


def test_every_case_is_as_large_as_the_bound_supposes():
    for shape, rates in zip(masks.SHAPES, masks.RATES, strict=True):
        assert math.prod(shape) == masks.ENTRIES
        assert not any(n % 2 for n in shape)  # pairs leave nobody over
        for p in rates:
            assert (p * masks.ENTRIES) % 1 == 0
            assert 1 - (1 - p) == p


def test_a_wrong_share_is_missed_less_than_once_in_a_million():
    """Keep and drop swapped, a normal number: each is seen in any one case."""
    for p in sum(masks.RATES, ()):
        for wrong in (1 - p, stats.norm.cdf(p)):
            excess = abs(p - wrong) - masks.DISTANCE
            assert hoeffding(masks.ENTRIES, excess) < 1e-6
        together = p - p**2 - masks.PAIR_DISTANCE  # neighbours in twos
        assert hoeffding(masks.ENTRIES // 2, together) < 1e-6


def test_the_bound_holds_where_it_can_be_counted():
    rng, n, distance = np.random.default_rng(0), 200, 0.1
    shares = rng.binomial(n, 0.5, 20_000) / n
    often = np.mean(abs(shares - 0.5) > distance)
    assert hoeffding(n, distance) / 50 < often < hoeffding(n, distance)


# Counterexamples ----------------------------------------------------------------------


def given_of(result):
    """The arguments shown, as numbers again."""
    return [
        ast.literal_eval(text.removeprefix("one by one "))
        for _, text in result.counterexample.given
    ]


def shown(text):
    return [float(x) for x in re.findall(r"-?\d+\.?\d*(?:e[-+]\d+)?", text)]


def test_dropout_is_told_the_share_and_the_mean_it_has():
    result = exercises.dropout.check(drop(scale=lambda p, kept: 1))
    case = result.counterexample
    names, values = zip(*case.given, strict=True)
    assert names == ("x", "rate", "training")
    rate = float(values[1])
    share, *_ = shown(case.returned)
    assert share / 100 == pytest.approx(rate, abs=0.01)
    assert "an entry is" in case.broken
    assert shown(case.broken)[0] == pytest.approx(1 - rate, abs=0.01)


def test_dropout_is_told_the_share_it_should_have():
    case = exercises.dropout.check(
        drop(lambda x, p, rng: rng.random(x.shape) < p)
    ).counterexample
    rate = float(dict(case.given)["rate"])
    assert shown(case.returned)[0] / 100 == pytest.approx(1 - rate, abs=0.01)
    assert case.broken == f"{rate:.1%} of the entries should be zeros, each by chance"


def test_the_moments_that_come_out_are_those_of_a_sample():
    result = exercises.alpha_affine.check(lambda rate, dropped: (1.5, 0.25))
    rate, dropped = given_of(result)
    rng = np.random.default_rng(0)
    x = rng.standard_normal(400_000)
    x[rng.random(x.size) < rate] = dropped
    x = 1.5 * x + 0.25
    *_, mean, variance = shown(result.counterexample.broken)
    assert mean == pytest.approx(x.mean(), abs=0.02)
    assert variance == pytest.approx(x.var(), rel=0.02)


def test_a_filter_is_told_its_norm_before_and_after():
    result = exercises.max_norm.check(lambda w, r: w)
    kernel, radius = map(np.array, given_of(result))
    k, before, limit = shown(result.counterexample.broken)
    assert before == pytest.approx(l2(kernel)[int(k)], rel=1e-3)
    assert before > limit == radius
    assert "and kept it now" in result.counterexample.broken


def test_a_filter_of_the_right_length_may_be_wrong():
    def turned(w, r):
        return np.flip(ball_filter_by_filter(w, r), axis=0)

    broken = exercises.max_norm.check(turned).counterexample.broken
    assert broken.endswith("its weights are not shrunk by one factor")


@pytest.mark.parametrize(
    "wrong", [walk(end=lambda m, s, k: (m, s)), by_sums], ids=["small", "large"]
)
def test_the_samples_shown_have_the_moments_shown(wrong):
    result = exercises.mean_and_variance.check(wrong)
    (samples,) = given_of(result)
    right = ast.literal_eval(result.counterexample.broken.removeprefix("it should be "))
    assert right[0] == pytest.approx(np.mean(samples, axis=0), rel=1e-3)
    assert right[1] == pytest.approx(np.var(samples, axis=0), rel=1e-3)


def test_the_bin_shown_is_counted_in_the_answers_shown():
    result = exercises.calibration_error.check(lambda p, y, bins: 0.5)
    p, y, bins = map(np.array, given_of(result))
    low, high, n, of, mean, right, whole = shown(result.counterexample.broken)
    confidence = p.max(axis=1)
    here = (confidence > low) & (confidence <= high)
    assert (here.sum(), len(y)) == (n, of)
    assert confidence[here].mean() == pytest.approx(mean, rel=1e-3)
    assert (p.argmax(axis=1) == y)[here].sum() == right
    assert whole == pytest.approx(calibration_by_histogram(p, y, int(bins)), rel=1e-3)


# What is drawn ------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(8))
def test_filters_are_well_inside_or_well_outside_the_ball(seed):
    rng = np.random.default_rng(seed)
    for shape in ((2, 1, 2, 3), (3, 3, 4, 4)):
        norms = l2(exercises.draw_kernel(shape, 2.0, rng)) / 2
        assert ((norms < 0.8) | (norms > 1.45)).all()
        assert (norms < 1).any()
        assert (norms > 1).any()


@pytest.mark.parametrize("seed", range(8))
def test_confidences_are_what_the_exercise_says(seed):
    rng = np.random.default_rng(seed)
    for number, stage in enumerate(calibration._STAGES):
        for sizes, classes, sure in stage:
            p, y, bins = calibration.draw_answers(sizes, classes, rng, sure)
            assert (bins, len(p), len(y)) == (len(sizes), *[sum(sizes) + sure] * 2)
            assert p.sum(axis=1) == pytest.approx(1, abs=1e-12)
            assert p.shape[1] == classes
            assert (p >= 0).all()
            assert set(y) <= set(range(classes))
            top = np.sort(p, axis=1)
            assert (top[:, -1] - top[:, -2] > 1e-3).all()
            inner = top[:, -1][top[:, -1] < 1] * bins
            assert (abs(inner - np.round(inner)) > 0.05).all()
            assert np.sum(top[:, -1] == 1) == sure
            found = np.bincount((inner).astype(int), minlength=bins)
            assert tuple(found) == tuple(sizes)
            assert (number == 0) == (min(sizes) > 0)
            assert (sure > 0) == (number == 2)


KINDS = [kind for kinds, _ in cures.STAGES for kind in kinds]


@pytest.mark.parametrize("seed", range(8))
def test_no_record_is_close_to_a_limit(seed):
    rng = np.random.default_rng(seed)
    for kind in KINDS:
        record = cures.draw_record(kind, rng)
        assert cures.right_cure(record) == kind.word
        goal, valid, clean = record["goal"], record["valid"], record["clean"]
        limits = [valid[-1] / goal, min(valid) / goal, clean / goal]
        limits.append(record["logged"][-1] / clean / 1.5)
        assert min(abs(np.log(limits))) > math.log(1.1)
        assert len(valid) == len(record["logged"]) == cures.EPOCHS
        assert (valid > 0).all()


def test_every_word_is_asked_for_and_with_dropout_and_without():
    assert {kind.word for kind in KINDS} == set(cures.WORDS)
    for word in ("keep", "fit more", "stop earlier"):
        noises = {kind.noise[0] > 1.5 for kind in KINDS if kind.word == word}
        assert noises == {True, False}


def test_a_stream_is_read_once_and_a_copy_from_the_start():
    samples = [np.ones(2), np.zeros(2)]
    stream = streams.stream_of(samples)
    assert len(list(stream)) == 2
    assert not list(stream)
    next(streams.stream_of(samples))[0] = 5
    assert samples[0][0] == 1
    again = streams.Stream(stream._sample, 2)
    next(again)
    assert len(list(again.__deepcopy__({}))) == 2


def test_what_a_function_holds_is_measured():
    def keep(n):
        def fn(samples):
            kept = []
            for x in samples:
                kept = [*kept, x][-n:]

        return fn

    sample = np.zeros(streams.SHAPE)
    for n in (10, 100):
        stream = streams.Stream(lambda k: sample + k, streams.SAMPLES)
        held = streams.held(keep(n), stream) / sample.nbytes
        assert n - 1 < held < n + 5


def test_large_samples_leave_no_digits_to_the_mean_of_squares():
    """Whatever the steps: x^2 near 1e16 is a multiple of 2."""
    for seed in range(20):
        result = judge(exercises.mean_and_variance, by_sums, seed)
        assert result.message == records.STREAM_CANCELS


# What a function does to its arguments ------------------------------------------------


@pytest.mark.parametrize(
    "exercise", [exercises.dropout, exercises.max_norm, exercises.calibration_error]
)
def test_spoiling_an_argument_is_reported(exercise, reference):
    def spoils(*args):
        answer = np.copy(reference[exercise.name](*args))
        args[0][...] = -1
        return answer

    result = exercise.check(spoils)
    assert result.status is Status.INCORRECT
    assert result.message.startswith("The numbers are right. But: ")
    assert "in place" in result.message


def test_dropout_in_place_is_reported():
    def in_place(x, rate, rng, training):
        if training:
            x[rng.random(x.shape) < rate] = 0
            x /= 1 - rate
        return x

    assert "alters its argument x in place" in exercises.dropout.check(in_place).message


def test_changing_the_record_is_reported(reference):
    def sorts(record):
        answer = reference["cure"](record)
        record["valid"].sort()
        return answer

    assert "alters its argument record" in exercises.cure.check(sorts).message


# The claims of text and messages ------------------------------------------------------


def test_the_mean_over_masks_is_exact_for_a_linear_unit_and_not_for_a_sigmoid(
    reference,
):
    """What the question after exercise 1 has to find."""
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((1, 20)), rng.standard_normal(20)
    dropped = reference["dropout"](np.repeat(x, 20_000, axis=0), 0.5, rng, True) @ w
    error = dropped.std() / np.sqrt(len(dropped))
    assert abs(dropped.mean() - (x @ w)[0]) < 4 * error
    sigmoids = 1 / (1 + np.exp(-dropped))
    error = sigmoids.std() / np.sqrt(len(dropped))
    assert abs(sigmoids.mean() - 1 / (1 + np.exp(-(x @ w)[0]))) > 8 * error


def test_two_factors_keep_two_things(reference):
    """The question after exercise 2: at v = 0 the variance, not each mean."""
    a, b = reference["alpha_affine"](0.3, 0.0)
    assert (a, b) == (pytest.approx(0.7**-0.5), 0)
    assert a != pytest.approx(1 / 0.7)


def test_for_selu_these_are_the_two_numbers_of_the_lesson(reference):
    found = reference["alpha_affine"](0.2, exercises.SELU_END)
    assert found == pytest.approx(lesson.affine_correction(0.2), rel=1e-12)


def test_selus_end_is_where_the_text_says():
    alpha, scale = 1.6732632423543772, 1.0507009873554805
    assert abs(exercises.SELU_END + alpha * scale) < 1e-12
    assert "$v = -1.758$" in prose(TEXT)
    assert round(exercises.SELU_END, 3) == -1.758


def test_axis_0_holds_no_filter_in_the_ball():
    """The question after exercise 3, and how long a filter can still be."""
    kernel = np.random.default_rng(0).standard_normal((3, 3, 16, 8))
    held = ball((0,))(kernel, 1.0)
    assert (l2(held) > 4).all()
    assert (l2(held) < math.sqrt(3 * 16)).all()
    assert l2(ball(FILTER)(kernel, 1.0)) == pytest.approx(1)


def test_the_samples_of_the_text_take_as_much_as_it_says():
    assert np.empty((100, 10_000, 10)).nbytes == 80e6
    said = prose(TEXT)
    assert f"sends {streams.SAMPLES} samples" in said
    assert f"room for {streams.ROOM}." in said
    assert streams.LARGE == 100e6


def test_single_precision_loses_a_variance_near_one():
    """The question after exercise 4."""
    x = (0.999 + np.arange(5) / 1e4).astype(np.float32)
    careful, careless = x.var(), np.mean(x**2) - np.mean(x) ** 2
    assert careful == pytest.approx(2e-8, rel=0.01)
    assert abs(careless / careful - 1) > 0.3


def test_knowing_nothing_may_be_calibrated_and_few_images_never_are(reference):
    """The questions after exercise 5."""
    ece_of = reference["calibration_error"]
    uniform = np.full((1000, 10), 0.1)
    uniform[:, 0] += 1e-6
    assert ece_of(uniform, np.arange(1000) % 10, 15) < 1e-5
    rng = np.random.default_rng(0)

    def of_the_perfect(n):
        confidence = rng.uniform(0.5, 1, n)
        p = np.stack([confidence, 1 - confidence], axis=1)
        return ece_of(p, (rng.random(n) > confidence).astype(int), 15)

    few, many = (np.mean([of_the_perfect(n) for _ in range(9)]) for n in (100, 10_000))
    assert few > 0.05
    assert many < few / 5


def test_the_advice_for_calibration_is_true(reference):
    p = np.array([[0.6, 0.4, 0], [0.8, 0.2, 0], [0.4, 0.3, 0.3]])
    found = reference["calibration_error"](p, np.array([0, 0, 1]), 2)
    assert found == pytest.approx(2 / 3 * 0.3 + 1 / 3 * 0.4)


def test_the_advice_for_a_stream_is_true(reference):
    moments = reference["mean_and_variance"]
    assert moments(iter([np.array(1.0)])) == (1, 0)
    assert moments(iter([np.array(1.0), np.array(3.0)])) == (2, 1)


def test_a_regularizer_at_work_is_what_the_text_says():
    assert cures.AT_WORK == 1.5
    assert "more than half as large again as the clean one" in prose(TEXT)


# What the text says -------------------------------------------------------------------


def test_the_words_of_the_cures_are_those_of_the_notebook():
    for word in cures.WORDS:
        assert f'- `"{word}"`: ' in prose(TEXT)
