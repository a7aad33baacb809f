import ast
import re
import statistics
from functools import partial

import numpy as np
import pytest

from course_utils import batch_normalization as bn
from course_utils.checks import _batch_cause as causes
from course_utils.checks import _batch_messages as say
from course_utils.checks import batch_normalization as exercises
from course_utils.checks._batch_backward import measured
from course_utils.checks._batch_fold import both_layers, probed
from course_utils.checks.result import Status
from tests.checks.shared import section

TEXT = "04_batch_normalization"
EVERY = exercises.EXERCISES


# Right answers, written the reference's way and in others ----------------------------


def norm_in_lists(x, gamma, beta, epsilon):
    """No NumPy: lists, and one unit after the other."""
    columns = []
    for column, g, b in zip(x.T.tolist(), gamma, beta, strict=True):
        mean, variance = statistics.fmean(column), statistics.pvariance(column)
        columns.append(
            [g * (v - mean) / (variance + epsilon) ** 0.5 + b for v in column]
        )
    return [list(row) for row in zip(*columns, strict=True)]


def backward_by_matrices(gradient, x, gamma, epsilon):
    """The full Jacobian of each unit, as a matrix over the batch."""
    m, d_x = len(x), np.empty_like(x)
    for k in range(x.shape[1]):
        center = np.eye(m) - 1 / m
        std = np.sqrt(x[:, k].var() + epsilon)
        x_hat = center @ x[:, k] / std
        jacobian = gamma[k] * (center - np.outer(x_hat, x_hat) / m) / std
        d_x[:, k] = jacobian.T @ gradient[:, k]
    x_hat = (x - x.mean(0)) / np.sqrt(x.var(0) + epsilon)
    return [d_x.tolist(), list((gradient * x_hat).sum(0)), list(gradient.sum(0))]


def statistics_by_weights(batches, momentum):
    """Not step by step: every batch with the weight that is left of it in the end."""
    fading = [(1 - momentum) * momentum**k for k in range(len(batches))][::-1]
    left = momentum ** len(batches)
    mean = sum(w * x.mean(0) for w, x in zip(fading, batches, strict=True))
    square = [np.mean(x**2, axis=0) - x.mean(0) ** 2 for x in batches]
    spread = sum(w * v for w, v in zip(fading, square, strict=True))
    return mean.tolist(), (left + spread).tolist()


def fold_by_matrix(weights, bias, gamma, beta, mean, variance, epsilon):
    """Diagonal matrices, and lists."""
    scale = np.diag(gamma) @ np.diag((variance + epsilon) ** -0.5)
    return [(weights @ scale).tolist(), ((bias - mean) @ scale + beta).tolist()]


def layer_norm_by_loop(x, gamma, beta, epsilon):
    rows = np.array(x).reshape(-1, x.shape[-1])
    y = [norm_in_lists(r[:, None], [1.0], [0.0], epsilon) for r in rows]
    return np.reshape(y, x.shape) * gamma + beta


def cause_by_what_is_left(record):
    """By the formula of the moving average, instead of by comparing with it."""
    if np.abs([record["normalized_mean"], record["normalized_variance"]]).max() < 1e-12:
        return "batch of one"
    if not record["moving_mean"].any():
        return "never updated"
    if record["momentum"] ** record["steps"] > 0.1:
        return "lagging"
    ratio = record["test_variance"] / record["train_variance"]
    apart = record["test_mean"] - record["train_mean"]
    if abs(np.log(ratio)).max() > 1 or (apart**2 > record["train_variance"]).any():
        return "other data"
    return np.str_("elsewhere")


OTHER_WAYS = (
    norm_in_lists,
    backward_by_matrices,
    statistics_by_weights,
    fold_by_matrix,
    layer_norm_by_loop,
    cause_by_what_is_left,
)


@pytest.mark.parametrize("number", range(len(EVERY)))
@pytest.mark.parametrize("seed", range(5))
def test_another_right_way_is_right(number, seed):
    result = EVERY[number].judge(OTHER_WAYS[number], np.random.default_rng(seed))
    assert result.correct, result


def test_what_the_lesson_computes_is_right():
    ours = (
        lambda *args: bn.batch_norm(*args)[0],
        lambda g, x, gamma, epsilon: bn.batch_norm_backward(
            g, bn.batch_norm(x, gamma, np.zeros_like(gamma), epsilon)[1]
        ),
        followed_by_the_layer,
        bn.fold,
        lambda *args: bn.batch_norm(*args, axis=-1)[0],
    )
    for exercise, fn in zip(EVERY, ours, strict=False):
        result = exercise.check(fn)
        assert result.correct, result


def followed_by_the_layer(batches, momentum):
    layer = bn.BatchNorm(momentum=momentum)
    n = batches[0].shape[1]
    parameters, state = layer.initialize(n, None), layer.initial_state(n)
    for x in batches:
        layer.forward(x, parameters, state, True, None)
    return state["moving_mean"], state["moving_variance"]


# Wrong answers, as learners write them ------------------------------------------------


def norm(mean=lambda x: x.mean(0), over=lambda x, e: np.sqrt(x.var(0) + e)):
    return lambda x, gamma, beta, e: gamma * (x - mean(x)) / over(x, e) + beta


def by_example(x, gamma, beta, e):
    x_hat = (x.T - x.mean(1)) / np.sqrt(x.var(1) + e)
    return gamma * x_hat.T + beta


def all_entries(x, gamma, beta, e):
    return gamma * (x - x.mean()) / np.sqrt(x.var() + e) + beta


def hat(x, e):
    return (x - x.mean(0)) / np.sqrt(x.var(0) + e)


def backward(d_x, d_gamma=lambda g, h, x, gamma: (g * h).sum(0), d_beta=np.sum):
    """A backward pass from `d_x(g, h, s)`, the gradient for x from that of y."""

    def fn(gradient, x, gamma, e):
        h, s = hat(x, e), np.sqrt(x.var(0) + e)
        whole = d_x(gradient * gamma, h, s, gamma)
        return whole, d_gamma(gradient, h, x, gamma), d_beta(gradient, axis=0)

    return fn


def right_x(g, h, s, gamma):
    return (g - g.mean(0) - h * (g * h).mean(0)) / s


def constants(g, h, s, gamma):
    return g / s


def means_of_both(g, h, x, gamma):
    return (g * h).mean(0)


def swapped_parameters(*args):
    d_x, d_gamma, d_beta = backward(right_x)(*args)
    return d_x, d_beta, d_gamma


def finite_difference(gradient, x, gamma, e, h=1e-5):
    def loss(x):
        return np.sum(gradient * gamma * hat(x, e))

    _, d_gamma, d_beta = backward(right_x)(gradient, x, gamma, e)
    d_x = np.empty_like(x)
    for i in np.ndindex(x.shape):
        nudge = np.zeros_like(x)
        nudge[i] = h
        d_x[i] = (loss(x + nudge) - loss(x - nudge)) / (2 * h)
    return d_x, d_gamma, d_beta


def running(
    start=(0.0, 1.0), old=lambda m: m, of=lambda x: (x.mean(0), x.var(0)), end=None
):
    def fn(batches, momentum):
        share = old(momentum)
        v = start(batches) if callable(start) else np.array(start)[:, None]
        for x in batches:
            v = share * v + (1 - share) * np.array(of(x))
        v = end(v, momentum, len(batches)) if end else v
        return v * np.ones((2, batches[0].shape[1]))

    return fn


def average(batches, momentum):
    return np.mean([(x.mean(0), x.var(0)) for x in batches], axis=0)


def pooled(batches, momentum):
    x = np.vstack(batches)
    return x.mean(0), x.var(0)


def folding(
    bias=lambda b, mean, beta, k: (b - mean) * k + beta,
    by=lambda gamma, v, e: gamma / np.sqrt(v + e),
    weigh=lambda w, k: w * k,
):
    def fn(w, b, gamma, beta, mean, v, e):
        k = by(gamma, v, e)
        return weigh(w, k), bias(b, mean, beta, k)

    return fn


def layer(axis=-1, over=lambda v, e: np.sqrt(v + e), keepdims=True, ddof=0):
    def fn(x, gamma, beta, e):
        mean = x.mean(axis, keepdims=keepdims)
        variance = x.var(axis, keepdims=keepdims, ddof=ddof)
        return gamma * (x - mean) / over(variance, e) + beta

    return fn


def gamma_by_example(x, gamma, beta, e):
    h = layer()(x, 1, 0, e)
    return gamma[:, None] * h + beta[:, None]


def near(r, a, b, means=True, variances=True):
    m, n = r[f"{a}_mean"], r[f"{b}_mean"]
    v, w = r[f"{a}_variance"], r[f"{b}_variance"]
    close = not means or (abs(m - n) < 0.5 * v**0.5).all()
    return close and (not variances or (abs(np.log2(v / w)) < 1).all())


def tell(**changed):
    """The right rule, from four answers, some of them changed."""

    def fn(r):
        answers = {
            "one": lambda r: r["normalized_variance"].max() == 0,
            "still": lambda r: r["moving_mean"].max() == 0 == r["moving_mean"].min(),
            "lag": lambda r: not near(r, "train", "moving"),
            "other": lambda r: not near(r, "train", "test"),
            "order": ("one", "still", "lag", "other"),
        } | changed
        for question in answers["order"]:
            if answers[question](r):
                return WORD[question]
        return "elsewhere"

    return fn


WORD = {
    "one": "batch of one",
    "still": "never updated",
    "lag": "lagging",
    "other": "other data",
}


def judged(close):
    """The right rule with another idea of what is the same."""

    def differ(other):
        def fn(r):
            pair = "train_mean", f"{other}_mean", "train_variance", f"{other}_variance"
            return not close(*(r[key] for key in pair)).all()

        return fn

    return tell(lag=differ("moving"), other=differ("test"))


def means_of(r, a, b):
    return near(r, a, b, variances=False)


def exactly(r, a, b):
    return np.allclose(r[f"{a}_mean"], r[f"{b}_mean"])


WRONG = {
    exercises.batch_norm: [
        (all_entries, "everything"),
        (by_example, "examples"),
        (
            norm(lambda x: x.mean(1), lambda x, e: np.sqrt(x.var(1) + e)),
            "examples, spread",
        ),
        (norm(over=lambda x, e: np.sqrt(x.var(0, ddof=1) + e)), "unbiased"),
        (norm(over=lambda x, e: x.var(0) + e), "variance"),
        (norm(over=lambda x, e: x.std(0) + e), "epsilon outside"),
        (norm(over=lambda x, e: x.std(0)), "no epsilon"),
        (lambda x, gamma, beta, e: norm()(x, beta, gamma, e), "swapped"),
        (lambda x, gamma, beta, e: gamma * (hat(x, e) + beta), "shift first"),
        (lambda x, gamma, beta, e: hat(x, e), "plain"),
        (norm(mean=lambda x: 0), "not centred"),
        (
            lambda x, gamma, beta, e: (
                gamma * (x - x.mean(0) / np.sqrt(x.var(0) + e)) + beta
            ),
            "precedence",
        ),
        (lambda x, gamma, beta, e: x, say.NORM_ADVICE),
    ],
    exercises.batch_norm_backward: [
        (backward(constants), "constants"),
        (backward(constants, means_of_both, np.mean), "constants"),
        (
            backward(lambda g, h, s, gamma: (g - h * (g * h).mean(0)) / s),
            "no mean path",
        ),
        (backward(lambda g, h, s, gamma: (g - g.mean(0)) / s), "no variance path"),
        (backward(lambda g, h, s, gamma: right_x(g / gamma, h, s, 1)), "no gamma"),
        (
            backward(lambda g, h, s, gamma: (g - g.sum(0) - h * (g * h).sum(0)) / s),
            "sums",
        ),
        (
            backward(lambda g, h, s, gamma: (g + g.mean(0) + h * (g * h).mean(0)) / s),
            "signs",
        ),
        (backward(lambda g, h, s, gamma: right_x(g, h, s**2, 1)), "variance"),
        (backward(lambda g, h, s, gamma: right_x(g, h, 1 / s, 1)), "upside down"),
        (backward(right_x, means_of_both, np.mean), "means"),
        (backward(right_x, lambda g, h, x, gamma: (g * x).sum(0)), "raw"),
        (
            backward(right_x, lambda g, h, x, gamma: (g * h * gamma).sum(0)),
            "with gamma",
        ),
        (swapped_parameters, "swapped"),
        (partial(finite_difference, h=1e-2), say.BACK_NEAR),
        (finite_difference, say.BACK_NEAR),
        (lambda g, x, gamma, e: (g, gamma, gamma), say.BACK_ADVICE),
    ],
    exercises.running_statistics: [
        (running(old=lambda m: 1 - m), "other side"),
        (
            running(old=lambda m: 1 - m, of=lambda x: (x.mean(0), x.var(0, ddof=1))),
            "other side",
        ),
        (running(of=lambda x: (x.mean(0), x.var(0, ddof=1))), say.RUN_UNBIASED),
        (running(start=(0.0, 0.0)), "from 0"),
        (running(start=(1.0, 1.0)), "from 1"),
        (
            running(
                start=lambda batches: np.array(
                    [f(batches[0], 0) for f in (np.mean, np.var)]
                )
            ),
            "first batch",
        ),
        (average, "average"),
        (pooled, "pooled"),
        (lambda batches, momentum: (batches[-1].mean(0), batches[-1].var(0)), "last"),
        (running(of=lambda x: (x.mean(0), x.std(0))), "deviation"),
        (
            running(start=(0.0, 0.0), end=lambda v, m, k: v / (1 - m**k)),
            "corrected",
        ),
        (lambda batches, m: running()(batches[::-1], m), "backwards"),
        (
            running(of=lambda x: np.full((2, x.shape[1]), [[x.mean()], [x.var()]])),
            "everything",
        ),
        (lambda batches, m: (batches[0][0], batches[0][0]), say.RUN_ADVICE),
    ],
    exercises.fold: [
        (folding(lambda b, mean, beta, k: b * k + beta), "mean forgotten"),
        (folding(by=lambda gamma, v, e: gamma / (v + e)), "variance"),
        (folding(by=lambda gamma, v, e: gamma / np.sqrt(v)), "no epsilon"),
        (folding(by=lambda gamma, v, e: gamma / (np.sqrt(v) + e)), "epsilon outside"),
        (folding(weigh=lambda w, k: w * k[:, None]), "rows"),
        (folding(weigh=lambda w, k: np.diag(k) @ w), "rows"),
        (folding(lambda b, mean, beta, k: (b - mean) * k), "no beta"),
        (folding(lambda b, mean, beta, k: b), "old bias"),
        (folding(lambda b, mean, beta, k: b + beta - mean * k), "bias alone"),
        (folding(lambda b, mean, beta, k: beta - mean * k), "bias lost"),
        (folding(lambda b, mean, beta, k: b * k + beta - mean), "mean as it is"),
        (folding(lambda b, mean, beta, k: (b + mean) * k + beta), "mean added"),
        (folding(by=lambda gamma, v, e: 1 / np.sqrt(v + e)), "no gamma"),
        (folding(lambda b, mean, beta, k: (b - mean + beta) * k), "beta scaled"),
        (lambda w, b, *rest: (w, b), say.FOLD_ADVICE),
    ],
    exercises.layer_norm: [
        (layer(axis=0), "batch"),
        (layer(axis=None), "everything"),
        (layer(keepdims=False), "spread"),
        (gamma_by_example, "gamma by example"),
        (lambda x, gamma, beta, e: layer()(x, 1, 0, e), "plain"),
        (layer(ddof=1), "unbiased"),
        (layer(over=lambda v, e: v + e), "variance"),
        (layer(over=lambda v, e: np.sqrt(v)), "no epsilon"),
        (layer(over=lambda v, e: np.sqrt(v) + e), "epsilon outside"),
        (layer(axis=1), say.LAYER_DEEPER["steps"]),
        (
            lambda x, *rest: layer(axis=tuple(range(1, x.ndim)))(x, *rest),
            say.LAYER_DEEPER["examples"],
        ),
        (lambda x, gamma, beta, e: x, say.LAYER_ADVICE),
    ],
    exercises.find_cause: [
        (tell(order=("still", "lag", "one", "other")), "moving first"),
        (tell(lag=lambda r: not near(r, "moving", "test")), "moving against test"),
        (
            tell(
                other=lambda r: not near(r, "moving", "test"),
                order=("one", "still", "other", "lag"),
            ),
            "test against moving",
        ),
        (tell(order=("one", "lag", "other")), "frozen is lagging"),
        (tell(still=lambda r: not near(r, "train", "moving")), "lagging is frozen"),
        (
            tell(
                lag=lambda r: not means_of(r, "train", "moving"),
                other=lambda r: not means_of(r, "train", "test"),
            ),
            "means only",
        ),
        (
            tell(
                lag=lambda r: not near(r, "train", "moving", means=False),
                other=lambda r: not near(r, "train", "test", means=False),
            ),
            "variances only",
        ),
        (
            judged(lambda m, n, v, w: (abs(m - n) < v**0.5 / 2) & (w > v / 2)),
            "large passes",
        ),
        (
            judged(lambda m, n, v, w: (abs(m - n) < v**0.5 / 2) & (v > w / 2)),
            "small passes",
        ),
        (
            judged(lambda m, n, v, w: (m - n < v**0.5 / 2) & (v > w / 2) & (w > v / 2)),
            "signed",
        ),
        (
            judged(lambda m, n, v, w: (n - m < v**0.5 / 2) & (v > w / 2) & (w > v / 2)),
            "signed",
        ),
        (tell(lag=lambda r: r["momentum"] > 0.96), "momentum alone"),
        (tell(lag=lambda r: r["steps"] <= 50), "steps alone"),
        (
            tell(
                lag=lambda r: not exactly(r, "train", "moving"),
                other=lambda r: not exactly(r, "train", "test"),
            ),
            "too exact",
        ),
        *((lambda r, w=word: w, say.CAUSE_ADVICE) for word in causes.WORDS),
    ],
}
MISTAKES = {
    exercises.batch_norm: say.NORM_MISTAKES,
    exercises.batch_norm_backward: say.BACK_MISTAKES | say.BACK_PARAMETERS,
    exercises.running_statistics: say.RUN_MISTAKES,
    exercises.fold: say.FOLD_MISTAKES,
    exercises.layer_norm: say.LAYER_MISTAKES,
    exercises.find_cause: say.CAUSE_MISTAKES,
}


@pytest.mark.parametrize("seed", [0, 2**31])
@pytest.mark.parametrize(
    ("exercise", "number"),
    [(exercise, i) for exercise in EVERY for i in range(len(WRONG[exercise]))],
    ids=lambda value: getattr(value, "name", value),
)
def test_each_mistake_has_its_own_words(exercise, number, seed):
    wrong, message = WRONG[exercise][number]
    result = exercise.judge(wrong, np.random.default_rng(seed))
    assert result.status is Status.INCORRECT
    assert result.message == MISTAKES[exercise].get(message, message)
    assert result.counterexample is not None


@pytest.mark.parametrize("exercise", EVERY, ids=lambda e: e.name)
def test_every_message_is_reached_and_none_twice(exercise):
    words = MISTAKES[exercise]
    assert set(words) <= {message for _, message in WRONG[exercise]}
    assert len(set(words.values())) == len(words)
    assert len(words) >= 2


# Counterexamples ----------------------------------------------------------------------


def shown_for(exercise, fn):
    shown = exercise.check(fn).counterexample
    return {name: literal(value) for name, value in shown.given}, shown.broken


def literal(text):
    value = ast.literal_eval(text)
    ragged = isinstance(value, list) and len({np.shape(part) for part in value}) > 1
    return np.array(value) if isinstance(value, list) and not ragged else value


def numbers_in(text):
    found = re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?", text)
    return [float(number) for number in found]


def test_the_unit_shown_has_the_mean_and_the_spread_that_are_stated():
    given, broken = shown_for(exercises.batch_norm, lambda x, *rest: x)
    unit, mean, std, wanted_mean, wanted_std = numbers_in(broken)
    k = int(unit) - 1
    x, gamma, beta, e = (given[name] for name in ("x", "gamma", "beta", "epsilon"))
    assert [mean, std] == pytest.approx([x[:, k].mean(), x[:, k].std()], rel=1e-3)
    variance = x[:, k].var()
    spread = gamma[k] * np.sqrt(variance / (variance + e))
    assert [wanted_mean, wanted_std] == pytest.approx([beta[k], spread], rel=1e-3)


def test_the_nudge_shown_is_what_nudging_does():
    fn = backward(constants)
    given, broken = shown_for(exercises.batch_norm_backward, fn)
    unit, example, stated, mine = numbers_in(broken)
    at = int(example) - 1, int(unit) - 1
    args = [given[name] for name in ("gradient", "x", "gamma", "epsilon")]
    true = finite_difference(*args, h=1e-5)[0][at]
    assert stated == pytest.approx(true, rel=1e-3)
    assert mine == pytest.approx(fn(*args)[0][at], rel=1e-3)


def test_the_gradient_of_gamma_is_pointed_at_when_it_alone_is_wrong():
    fn = backward(right_x, means_of_both)
    _, broken = shown_for(exercises.batch_norm_backward, fn)
    assert broken.startswith("nudging gamma of unit ")


def test_the_batches_shown_are_those_of_the_unit_that_is_wrong():
    fn = running(of=lambda x: (x.mean(0), x.var(0, ddof=1)))
    shown = exercises.running_statistics.check(fn).counterexample
    given = dict(shown.given)
    batches = [np.array(x) for x in ast.literal_eval(given["batches"])]
    unit, *variances = numbers_in(shown.broken)
    *variances, start, end = variances
    k = int(unit) - 1
    assert "the variance of each batch" in shown.broken
    assert variances == pytest.approx([x.var(0)[k] for x in batches], rel=1e-3)
    moving = statistics_by_weights(batches, float(given["momentum"]))[1][k]
    assert (start, end) == (1, pytest.approx(moving, rel=1e-3))


@pytest.mark.parametrize("wrong", [fn for fn, _ in WRONG[exercises.fold]])
def test_the_input_shown_tells_two_layers_from_one(wrong):
    given, broken = shown_for(exercises.fold, wrong)
    weights, bias = wrong(*given.values())
    n_in = len(given["weights"])
    a = {
        "zeros": np.zeros(n_in),
        "ones": np.ones(n_in),
        "the first input": np.eye(n_in)[0],
    }
    (a,) = (
        value for name, value in a.items() if f"of {name}" in broken or name in broken
    )
    mine, true = (literal(part) for part in re.findall(r"\[.*?\]", broken))
    assert mine == pytest.approx(a @ weights + bias, rel=1e-3)
    assert true == pytest.approx(both_layers(a, *given.values()), rel=1e-3)


def test_the_example_shown_has_the_mean_that_is_stated():
    given, broken = shown_for(exercises.layer_norm, layer(axis=0))
    example, mean, std, wanted_mean, wanted_std = numbers_in(broken)
    x = given["x"]
    h = hat(x, given["epsilon"])[int(example) - 1]
    assert [mean, std] == pytest.approx([h.mean(), h.std()], rel=1e-3)
    assert wanted_mean == 0
    variance = x[int(example) - 1].var()
    spread = np.sqrt(variance / (variance + given["epsilon"]))
    assert wanted_std == pytest.approx(spread, rel=1e-3)


@pytest.mark.parametrize("word", causes.WORDS)
def test_facts_about_a_record_do_not_say_the_cause(word):
    shown = exercises.find_cause.check(lambda record: word).counterexample
    assert not [w for w in causes.WORDS if w in shown.broken]
    assert "the mean of unit" in shown.broken


# The text and the answers ------------------------------------------------------------


def test_the_text_says_all_that_the_records_hold_and_every_word():
    text = section(TEXT, 6)
    record = causes.draw_record(causes.LAYERS[0], np.random.default_rng(0))
    assert all(f"`{key}`" in text for key in record)
    assert all(f"**{word}**: " in text for word in causes.WORDS)
    assert re.search("half a standard deviation .* more than twice the other", text)


def test_the_diagnosis_is_described_and_not_dictated():
    said = [
        section(TEXT, 6),
        say.CAUSE_ADVICE,
        *say.CAUSE_HINTS,
        *say.CAUSE_MISTAKES.values(),
    ]
    for text in said:
        assert not re.search(r"normalized_variance\W+(is|==)|compare `?train_", text)


# What a function does to its arguments ------------------------------------------------


@pytest.mark.parametrize("exercise", EVERY, ids=lambda e: e.name)
def test_spoiling_an_argument_is_reported(exercise, reference):
    right = reference[exercise.name]

    def spoils(*args):
        answer = right(*args)
        if isinstance(args[0], np.ndarray):
            args[0][...] = -1
        elif isinstance(args[0], dict):
            args[0]["steps"] = -1
        else:
            args[0].reverse()
        return answer

    result = exercise.check(spoils)
    assert result.status is Status.INCORRECT
    assert result.message.startswith("The numbers are right. But: ")
    assert "in place" in result.message


# What the checks take for true --------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_derivatives_are_measured_and_not_only_believed(seed):
    rng = np.random.default_rng(seed)
    g, x, gamma = rng.normal(size=(5, 3)), rng.normal(size=(5, 3)), rng.normal(size=3)
    true = bn.batch_norm_backward(g, bn.batch_norm(x, gamma, 0 * gamma, 0.01)[1])
    for mine, theirs in zip(measured(g, x, gamma, 0.01), true, strict=True):
        assert mine == pytest.approx(theirs, rel=1e-9, abs=1e-12)


def test_probing_finds_the_one_layer():
    rng = np.random.default_rng(0)
    weights, rest = rng.normal(size=(3, 2)), rng.uniform(0.5, 2, (5, 2))
    for mine, theirs in zip(
        probed(weights, *rest, 0.01), bn.fold(weights, *rest, 0.01), strict=True
    ):
        assert mine == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize("layer", causes.LAYERS, ids=lambda k: f"{k.cause} {k.steps}")
def test_drawn_records_have_their_cause_and_are_clear(layer):
    for seed in range(10):
        record = causes.draw_record(layer, np.random.default_rng(seed))
        assert causes.cause(record) == layer.cause
        assert cause_by_what_is_left(record) == layer.cause
        clear_of_the_edges(record, layer.cause)


def clear_of_the_edges(record, word):
    """Half the distance still counts as the same, and twice as different."""
    pairs = {"lagging": ("moving",), "other data": ("test",)}.get(word, ())
    for other in ("moving", "test"):
        if other == "moving" and word in ("batch of one", "never updated"):
            continue
        v, w = record["train_variance"], record[f"{other}_variance"]
        off = abs(record["train_mean"] - record[f"{other}_mean"]) / np.sqrt(v)
        ratio = np.maximum(v / w, w / v)
        if other in pairs:
            assert off.max() > 1 or ratio.max() > 4
        else:
            assert off.max() < 0.25
            assert ratio.max() < 1.41


def test_a_record_holds_what_the_layer_itself_would_have():
    """The simulated averages are those of the lesson's layer, up to chance."""
    layer = causes.Layer("lagging", 0.95, 10)
    record = causes.draw_record(layer, np.random.default_rng(3))
    rng = np.random.default_rng(4)
    std = np.sqrt(record["train_variance"])
    batches = [rng.normal(record["train_mean"], std, (32, 3)) for _ in range(10)]
    mean, variance = followed_by_the_layer(batches, 0.95)
    assert record["moving_mean"] == pytest.approx(mean, rel=0.15, abs=0.1)
    assert record["moving_variance"] == pytest.approx(variance, rel=0.15)
    x_hat = (record["test_mean"] - record["moving_mean"]) / np.sqrt(
        record["moving_variance"] + 1e-3
    )
    assert record["normalized_mean"] == pytest.approx(x_hat)


def test_guessing_does_not_pass():
    rng = np.random.default_rng(1)
    fn = lambda record: str(rng.choice(causes.WORDS))  # noqa: E731
    assert not any(exercises.find_cause.judge(fn, rng).correct for _ in range(5))


@pytest.mark.parametrize("name", ["batch_norm", "fold"])
@pytest.mark.parametrize("right_ones", [0, 1, 2, 3])
def test_what_goes_wrong_late_is_told_like_what_goes_wrong_at_once(
    name, right_ones, solved
):
    """Some known mistakes give numbers for square arrays only."""
    exercise = next(e for e in EVERY if e.name == name)
    fn, calls = solved(TEXT)[name], []

    def late(*args):
        calls.append(1)
        value = fn(*args)
        wrong = len(calls) > right_ones
        if isinstance(value, np.ndarray):
            return value * (1.1 if wrong else 1)
        return [part * (1.1 if wrong else 1) for part in value]

    result = exercise.judge(late, np.random.default_rng(1))
    assert result.status is Status.INCORRECT
    assert result.counterexample
