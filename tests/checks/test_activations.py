import ast
import re

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import fsolve
from scipy.special import erfc

from course_utils import activations as act
from course_utils.checks import _activations_messages as say
from course_utils.checks import _activations_prelu as parametric
from course_utils.checks import _activations_remedy as remedies
from course_utils.checks import _activations_selu as selu
from course_utils.checks import activations as exercises
from course_utils.checks._activations_networks import Network, record
from course_utils.checks.result import Status
from course_utils.gaussian import gaussian_mean
from tests.checks.shared import section

TEXT = "03_activations"
EVERY = exercises.EXERCISES


# Right answers, written the reference's way and in others ----------------------------


def softplus_by_sides(z):
    """Two formulas, each where it is safe; a list of lists."""
    low, high = np.minimum(z, 0), np.maximum(z, 0)
    right = high + np.log1p(np.exp(-high))
    return np.where(z > 0, right, np.log1p(np.exp(low))).tolist()


def softmax_by_sigmoids(z):
    """p_k = 1 / sum_j exp(z_j - z_k): no maximum in sight."""
    with np.errstate(over="ignore"):
        return 1 / np.exp(z[..., None, :] - z[..., :, None]).sum(axis=-1)


def prelu_by_loops(z, alpha, gradient):
    for_z, for_alpha = np.zeros(z.shape).tolist(), [0.0] * len(alpha)
    for i, row in enumerate(z):
        for j, entry in enumerate(row):
            for_z[i][j] = float(gradient[i, j] * (1 if entry > 0 else alpha[j]))
            for_alpha[j] += float(gradient[i, j] * min(entry, 0))
    return [for_z, for_alpha]


def dead_by_activations(z):
    alive = {j for row in act.relu(z) for j in np.flatnonzero(row)}
    return 1 - len(alive) / len(z[0])


def constants_by_search(h, q):
    """Let a root finder do the algebra."""

    def wishes(pair):
        mean, variance = selu.mean_and_variance(selu.activation(h, *pair), q)
        return [mean, variance - q]

    return list(fsolve(wishes, [1.0, 1.0]))


def remedy_layer_by_layer(activation, x, z):
    if abs(np.mean(x)) > 1 or np.var(x) > 4 or np.var(x) < 0.25:
        return "standardize"
    for layer in z:
        if activation == "relu":
            silent = sum(not unit.any() for unit in act.relu(layer).T)
            if 2 * silent > layer.shape[1]:
                return "leaky_relu"
        a = act.sigmoid(layer)
        if activation == "sigmoid" and np.median(a * (1 - a)) < 0.0125:
            return "relu"
        if activation == "selu" and not 0.5 <= layer.std(ddof=1) <= 2:
            return "lecun_normal"
    return "keep"


OTHER_WAYS = (
    softplus_by_sides,
    softmax_by_sigmoids,
    prelu_by_loops,
    dead_by_activations,
    constants_by_search,
    remedy_layer_by_layer,
)


@pytest.mark.parametrize("fn", OTHER_WAYS)
def test_another_right_way_is_right(fn):
    exercise = dict(zip(OTHER_WAYS, EVERY, strict=True))[fn]
    result = exercise.judge(fn, np.random.default_rng(0), rounds=3)
    assert result.correct, result


# Wrong answers, as learners write them ------------------------------------------------


def softmax(shift, axis=-1, plus=0.0):
    def fn(z):
        e = np.exp(shift(z))
        return e / (e.sum(axis=axis, keepdims=True) + plus)

    return fn


def row_max(z):
    return z - z.max(axis=-1, keepdims=True)


def prelu(for_z=None, for_alpha=None):
    """Both gradients, with another way to one of them."""

    def fn(z, alpha, gradient):
        first = for_z(z, alpha, gradient) if for_z else np.where(z > 0, 1, alpha)
        first = first if for_z else first * gradient
        second = (gradient * np.minimum(z, 0)).sum(axis=0)
        second = for_alpha(z, alpha, gradient) if for_alpha else second
        return first, second

    return fn


def dead(z):
    return np.all(act.relu(z) == 0, axis=0)


def constants(change=None, **mistakes):
    """alpha and scale, solved as a learner would, with something else in between."""
    variance = mistakes.get("variance", lambda q: q)
    start = mistakes.get("alpha")

    def fn(h, q):
        v = variance(q)
        above = gaussian_mean(act.relu, v)
        below = gaussian_mean(lambda z: h(np.minimum(z, 0)), v)
        alpha = start or -above / below

        def f(z, alpha=alpha):
            return np.where(z > 0, z, alpha * h(np.minimum(z, 0)))

        square = gaussian_mean(lambda z: f(z) ** 2, v)
        pair = alpha, np.sqrt(q / square)
        return change(pair, f, q, square) if change else pair

    return fn


def alpha_one_by_variance(h, q):
    f = selu.activation(h, 1.0, 1.0)
    return 1.0, np.sqrt(q / selu.mean_and_variance(f, q)[1])


def scale_first(h, q):
    f = selu.activation(h, 1.0, 1.0)
    scale = np.sqrt(q / gaussian_mean(lambda z: f(z) ** 2, q))
    return constants()(h, q)[0], scale


def uncut(by_side):
    """h without its minimum, in the mean at least."""

    def fn(h, q):
        alpha = -gaussian_mean(act.relu, q) / gaussian_mean(h, q)

        def f(z):
            above = np.where(z > 0, z, alpha * h(z))
            return above if by_side else act.relu(z) + alpha * h(z)

        return alpha, np.sqrt(q / gaussian_mean(lambda z: f(z) ** 2, q))

    return fn


def by_the_mean(root):
    def fn(h, q):
        alpha = constants()(h, q)[0]
        ratio = q / gaussian_mean(selu.activation(h, alpha, 1.0), q)
        return alpha, root(ratio)

    return fn


def sampled(h, q):
    z = np.random.default_rng(3).normal(0, np.sqrt(q), 20_000)
    alpha = -act.relu(z).mean() / h(np.minimum(z, 0)).mean()
    return alpha, np.sqrt(q) / selu.activation(h, alpha, 1.0)(z).std()


def treat(fed=None, dead=None, flat=None, std=None, first="x", by=np.any):
    """A doctor with one habit; what each disease is can be replaced."""

    def raw(x):
        return abs(x.mean()) > 1 or not 0.5 < x.std() < 2

    sick = {
        "relu": dead or (lambda layer: (layer <= 0).all(axis=0).mean() > 0.5),
        "sigmoid": flat or (lambda z: np.median(act.sigmoid_derivative(z)) < 0.0125),
        "selu": std or (lambda layer: not 0.5 < layer.std() < 2),
    }
    word = {"relu": "leaky_relu", "sigmoid": "relu", "selu": "lecun_normal"}

    def fn(activation, x, z):
        ill = by([sick[activation](layer) for layer in z])
        if (fed or raw)(x) and not (first == "units" and ill):
            return "standardize"
        return word[activation] if ill else "keep"

    return fn


def slopes(z):
    return act.sigmoid_derivative(z)


def by_variance(x):
    return abs(x.mean()) > 1 or not 0.5 < x.var() < 2


def treat_on_average(activation, x, z):
    if treat()(activation, x, z) == "standardize":
        return "standardize"
    if activation == "relu":
        share = (z <= 0).all(axis=1).mean()
        return "leaky_relu" if share > 0.5 else "keep"
    if activation == "sigmoid":
        share = (act.sigmoid_derivative(z) < 0.0125).mean()
        return "relu" if share > 0.5 else "keep"
    spread = z.std(axis=(1, 2)).mean()
    return "keep" if 0.5 < spread < 2 else "lecun_normal"


def treat_together(name, sick):
    """Ask all layers of one activation at once, and the others' one by one."""

    def fn(activation, x, z):
        word = treat()(activation, x, z)
        if activation != name or word == "standardize":
            return word
        cure = {"relu": "leaky_relu", "sigmoid": "relu", "selu": "lecun_normal"}
        return cure[name] if sick(z) else "keep"

    return fn


def treat_every_dead_unit(activation, x, z):
    word = treat()(activation, x, z)
    share = np.max(np.mean(np.all(z <= 0, axis=1), axis=1))
    return "leaky_relu" if word != "standardize" and share > 0.5 else word


WRONG = {
    exercises.softplus: [
        (lambda z: np.log(1 + np.exp(z)), say.SOFTPLUS_AS_WRITTEN),
        (lambda z: -np.log(act.sigmoid(-z)), say.SOFTPLUS_AS_WRITTEN),
        (lambda z: np.log1p(np.exp(z)), say.SOFTPLUS_OVERFLOW),
        (
            lambda z: np.where(z > 30, z, np.log(1 + np.exp(np.minimum(z, 30)))),
            say.SOFTPLUS_LOST,
        ),
        (lambda z: act.relu(z) + np.log(1 + np.exp(-abs(z))), say.SOFTPLUS_LOST),
        (lambda z: np.log1p(np.exp(np.clip(z, -500, 500))), say.SOFTPLUS_CLIPPED),
        (lambda z: np.log(1 + np.exp(np.minimum(z, 700))), say.SOFTPLUS_CLIPPED),
        (act.relu, say.SOFTPLUS_RELU),
        (lambda z: np.log1p(np.exp(-np.abs(z))), say.SOFTPLUS_SYMMETRIC),
        (act.sigmoid, say.SOFTPLUS_SLOPE),
        (lambda z: z + np.log1p(np.exp(-z)), say.SOFTPLUS_MIRRORED),
        (
            lambda z: np.where(z > 0, z + np.log1p(np.exp(-abs(z))), np.exp(z)),
            say.SOFTPLUS_TOO_SOON,
        ),
        (lambda z: np.sqrt(z**2 + 1), say.SOFTPLUS_ADVICE),
    ],
    exercises.softmax: [
        (softmax(lambda z: z), say.SOFTMAX_OVERFLOW),
        (softmax(lambda z: z - z.max()), say.SOFTMAX_UNDERFLOW),
        (softmax(lambda z: z - z.mean(axis=-1, keepdims=True)), say.SOFTMAX_MEAN),
        (softmax(lambda z: z, plus=1e-9), say.SOFTMAX_EPSILON),
        (softmax(lambda z: z - z.max(axis=0), axis=0), say.SOFTMAX_COLUMNS),
        (softmax(lambda z: z, axis=0), say.SOFTMAX_COLUMNS),
        (softmax(row_max, axis=0), say.SOFTMAX_COLUMNS),
        (softmax(lambda z: z, axis=None), say.SOFTMAX_WHOLE),
        (softmax(lambda z: z - z.max(), axis=None), say.SOFTMAX_WHOLE),
        (lambda z: np.exp(row_max(z)), say.SOFTMAX_NOT_DIVIDED),
        (
            lambda z: row_max(z) - np.log(np.exp(row_max(z)).sum(-1, keepdims=True)),
            say.SOFTMAX_LOG,
        ),
        (lambda z: z / z.sum(axis=-1, keepdims=True), say.SOFTMAX_NO_EXPONENTIAL),
        (softmax(lambda z: np.clip(z, -500, 500)), say.SOFTMAX_CLIPPED),
        (lambda z: np.full(z.shape, 1 / z.shape[-1]), say.SOFTMAX_ADVICE),
    ],
    exercises.prelu_gradients: [
        (prelu(lambda z, s, g: np.where(z > 0, 1, s)), say.PRELU_Z_NO_INCOMING),
        (prelu(lambda z, s, g: g * np.where(z > 0, s, 1)), say.PRELU_Z_SIDE),
        (prelu(lambda z, s, g: g * act.relu_derivative(z)), say.PRELU_Z_RELU),
        (prelu(lambda z, s, g: g * s), say.PRELU_Z_BOTH_SIDES),
        (prelu(lambda z, s, g: g * act.prelu(z, s)), say.PRELU_Z_VALUE),
        (prelu(lambda z, s, g: g * np.where(s * z > z, s, 1)), say.PRELU_Z_MAXIMUM),
        (
            prelu(lambda z, s, g: g * act.prelu_derivative(z, s) / len(z)),
            say.PRELU_Z_MEAN,
        ),
        (prelu(lambda z, s, g: g), say.PRELU_Z_ADVICE),
        (
            prelu(None, lambda z, s, g: (g * np.minimum(z, 0)).mean(axis=0)),
            say.PRELU_ALPHA_MEAN,
        ),
        (
            prelu(None, lambda z, s, g: np.minimum(z, 0).sum(axis=0)),
            say.PRELU_ALPHA_NO_INCOMING,
        ),
        (
            prelu(None, lambda z, s, g: np.sum(g * z * (z > 0), axis=0)),
            say.PRELU_ALPHA_SIDE,
        ),
        (prelu(None, lambda z, s, g: (g * z).sum(axis=0)), say.PRELU_ALPHA_BOTH_SIDES),
        (
            prelu(None, lambda z, s, g: np.sum(g * act.prelu(z, s) * (z < 0), axis=0)),
            say.PRELU_ALPHA_TWICE,
        ),
        (prelu(None, lambda z, s, g: (g * (z < 0)).sum(axis=0)), say.PRELU_ALPHA_NO_Z),
        (
            prelu(None, lambda z, s, g: (g * act.relu(-z)).sum(axis=0)),
            say.PRELU_ALPHA_SIGN,
        ),
        (
            prelu(None, lambda z, s, g: (g * z * (s * z > z)).sum(axis=0)),
            say.PRELU_ALPHA_MAXIMUM,
        ),
        (prelu(None, lambda z, s, g: 0 * s), say.PRELU_ALPHA_ADVICE),
        (prelu(None, lambda z, s, g: g * np.minimum(z, 0)), say.PRELU_PER_IMAGE),
        (prelu(None, lambda z, s, g: (g * z).sum(axis=1)), say.PRELU_PER_ROW),
        (prelu(None, lambda z, s, g: (g * z).sum()), say.PRELU_ONE_FOR_ALL),
        (lambda z, s, g: prelu()(z, s, g)[::-1], say.PRELU_SWAPPED),
        (lambda z, s, g: prelu()(z, s, g)[0], say.PRELU_NOT_TWO),
    ],
    exercises.dead_share: [
        (lambda z: (act.relu(z) == 0).mean(), say.DEAD_ZEROS),
        (lambda z: (z < 0).mean(), say.DEAD_ZEROS),
        (lambda z: (z <= 0).any(axis=0).mean(), say.DEAD_SOMETIMES),
        (lambda z: (z.mean(axis=0) < 0).mean(), say.DEAD_ON_AVERAGE),
        (lambda z: (z.mean(axis=0) <= 0).mean(), say.DEAD_ON_AVERAGE),
        (lambda z: ((z <= 0).mean(axis=0) > 0.5).mean(), say.DEAD_MOSTLY),
        (lambda z: (z <= 0).all(axis=1).mean(), say.DEAD_IMAGES),
        (lambda z: float((z <= 0).all()), say.DEAD_LAYER),
        (lambda z: dead(z).sum(), say.DEAD_COUNTED),
        (lambda z: dead(z).sum() / len(z), say.DEAD_DIVIDED),
        (lambda z: 100 * dead(z).mean(), say.DEAD_PERCENT),
        (lambda z: 1 - dead(z).mean(), say.DEAD_ALIVE),
        (lambda z: (z < 0).all(axis=0).mean(), say.DEAD_AT_ZERO),
        (lambda z: dead(z[:1]).mean(), say.DEAD_ADVICE),
    ],
    exercises.self_normalizing: [
        (constants(alpha=1.0), "no mean"),
        (alpha_one_by_variance, "variance only"),
        (scale_first, "scale first"),
        (constants(lambda pair, *_: (pair[0], 1)), "no scale"),
        (constants(lambda pair, *_: (pair[0] * pair[1], pair[1])), "one branch"),
        (constants(lambda pair, f, q, square: (pair[0], q / square)), "no root"),
        (constants(lambda pair, *_: (pair[0], 1 / pair[1])), "upside down"),
        (
            constants(lambda pair, f, q, square: (pair[0], square**-0.5)),
            "target",
        ),
        (constants(variance=lambda q: q * q), "q as std"),
        (lambda h, q: constants()(h, q * q), "q as std"),
        (constants(variance=lambda q: 1.0), "other variance"),
        (constants(variance=np.sqrt), "other variance"),
        (lambda h, q: constants()(h, 1.0), "other variance"),
        (lambda h, q: constants()(h, np.sqrt(q)), "other variance"),
        (uncut(by_side=True), say.SELU_UNCUT),
        (uncut(by_side=False), say.SELU_UNCUT),
        (by_the_mean(np.sqrt), say.SELU_MEAN),
        (by_the_mean(abs), say.SELU_MEAN),
        (by_the_mean(np.negative), say.SELU_MEAN),
        (lambda h, q: act.selu_constants(), "SELU's bend"),
        (lambda h, q: act.selu_constants(0, q), "SELU's bend"),
        (constants(lambda pair, *_: (-pair[0], pair[1])), "alpha's sign"),
        (constants(lambda pair, *_: (pair[0], -pair[1])), "scale's sign"),
        (constants(lambda pair, *_: pair[::-1]), "swapped"),
        (sampled, say.SELU_NEAR),
        (lambda h, q: (2.0, 2.0), say.SELU_ADVICE),
        (lambda h, q: (1e9, -1e300), say.SELU_ADVICE),
    ],
    exercises.remedy: [
        (
            lambda f, x, z: dict(relu="leaky_relu", sigmoid="relu").get(
                f, "lecun_normal"
            ),
            "by name",
        ),
        (treat(by=lambda _: True), "by name"),
        (treat(first="units"), "units first"),
        (treat(fed=lambda x: not 0.5 < x.std() < 2), "std only"),
        (treat(fed=lambda x: abs(x.mean()) > 1), "mean only"),
        (treat(fed=lambda x: x.mean() > 1 or not 0.5 < x.std() < 2), "above only"),
        (treat(fed=lambda x: abs(x.mean()) > 1 or x.std() > 2), "wide only"),
        (treat(dead=lambda z: (z <= 0).mean() > 0.5), "zeros"),
        (treat(dead=lambda z: (z <= 0).all(axis=0).any()), "one unit"),
        (treat_on_average, "average"),
        (
            treat_together("sigmoid", lambda z: np.mean(slopes(z) < 0.0125) > 0.5),
            "average",
        ),
        (treat_together("relu", lambda z: np.mean(z <= 0) > 0.5), "zeros"),
        (treat(by=lambda sick: sick[-1]), "top only"),
        (treat(by=lambda sick: sick[0]), "first only"),
        (
            treat_together("selu", lambda z: not 0.5 < z[0].std() < 2),
            "first only",
        ),
        (treat(std=lambda layer: not 0.5 < layer.var() < 2), "variance"),
        (
            treat(fed=by_variance, std=lambda layer: not 0.5 < layer.var() < 2),
            "variance",
        ),
        (
            treat(
                fed=lambda x: (
                    (abs(x.mean(0)) > 1).any()
                    or x.std(0).max() > 2
                    or x.std(0).min() < 0.5
                )
            ),
            "each feature",
        ),
        (
            treat(
                fed=lambda x: (
                    abs(x.mean()) > 1 or not x.std(0).min() > 0.5 or x.std(0).max() > 2
                )
            ),
            "each feature",
        ),
        (treat(flat=lambda z: np.mean(z > 4.4) > 0.5), "upper end"),
        (
            treat(flat=lambda z: (act.sigmoid_derivative(z) < 0.05).mean() > 0.5),
            "absolute",
        ),
        (treat(std=lambda z: z.std() > 2), "growth"),
        (treat_every_dead_unit, "dead everywhere"),
        (lambda activation, x, z: "keep", say.REMEDY_ADVICE),
        (treat(by=lambda sick: not any(sick)), say.REMEDY_ADVICE),
    ],
}
MISTAKES = {
    exercises.self_normalizing: say.SELU_MISTAKES,
    exercises.remedy: say.REMEDY_MISTAKES,
}


@pytest.mark.parametrize(
    ("exercise", "number"),
    [(exercise, i) for exercise in EVERY for i in range(len(WRONG[exercise]))],
    ids=lambda value: getattr(value, "name", value),
)
def test_each_mistake_has_its_own_words(exercise, number):
    wrong, message = WRONG[exercise][number]
    for seed in (0, 2**31):
        result = exercise.judge(wrong, np.random.default_rng(seed))
        assert result.status is Status.INCORRECT
        assert result.message == MISTAKES.get(exercise, {}).get(message, message)
        assert result.counterexample is not None


@pytest.mark.parametrize("fn", [softmax(row_max, axis=1), lambda z: z.sum(axis=1)])
def test_a_missing_second_axis_is_explained(fn):
    result = exercises.softmax.check(fn)
    assert result.status is Status.CRASHED
    assert result.message.startswith("AxisError: axis 1 is out of bounds")
    assert result.message.endswith(f"\n{say.SOFTMAX_NO_SECOND_AXIS}")


def test_other_errors_of_a_softmax_are_left_as_they_are():
    assert exercises.softmax.check(cry).message == "KeyError: 'lost'"


def test_every_message_is_reached_and_none_twice():
    known = {message for pairs in WRONG.values() for _, message in pairs}
    known.add(say.SOFTMAX_NO_SECOND_AXIS)
    for name, text in vars(say).items():
        if name.endswith("_MISTAKES"):
            assert set(text) <= known
            assert len(set(text.values())) == len(text)
        elif name.isupper() and not name.endswith(("_HINTS", "_PRAISE")):
            assert text in known, name


# Counterexamples ----------------------------------------------------------------------


def shown(exercise, fn):
    """What a check shows of one case: its arguments and the sentence about it."""
    case = exercise.check(fn).counterexample
    given = {name: ast.literal_eval(value) for name, value in case.given}
    return {k: np.array(v) for k, v in given.items()}, case.broken


def test_the_softplus_shown_is_the_integral_of_the_sigmoid():
    given, broken = shown(exercises.softplus, lambda z: 0 * z)
    stated = ast.literal_eval(broken.split("it is ")[1])
    for z, value in zip(given["z"], stated, strict=True):
        assert value == pytest.approx(quad(act.sigmoid, -50, z)[0], rel=1e-3)


def test_the_softmax_shown_is_a_quotient_of_exponentials():
    given, broken = shown(exercises.softmax, lambda z: 0 * z)
    stated = ast.literal_eval(broken.split("are ")[1])
    exact = np.exp(given["z"]) / np.exp(given["z"]).sum()
    assert stated == pytest.approx(exact, rel=1e-3)


@pytest.mark.parametrize("which", ["z", "alpha"])
def test_the_gradients_shown_are_what_a_nudge_does_to_the_loss(which):
    def loss(z, alpha, gradient):
        return (gradient * act.prelu(z, alpha)).sum()

    def zeros(z, alpha, gradient):
        right = prelu()(z, alpha, gradient)
        return (0 * z, right[1]) if which == "z" else (right[0], 0 * alpha)

    given, broken = shown(exercises.prelu_gradients, zeros)
    stated = np.array(ast.literal_eval(broken.split("by ")[-1]))
    measured = np.zeros(given[which].shape)
    for index in np.ndindex(measured.shape):
        nudge = np.zeros(measured.shape)
        nudge[index] = 1e-4
        up, down = (
            loss(**given | {which: given[which] + sign * nudge}) for sign in (1, -1)
        )
        measured[index] = (up - down) / 2e-4
    assert stated == pytest.approx(measured, rel=1e-3)


def test_the_dead_shown_are_the_columns_without_a_positive_number():
    given, broken = shown(exercises.dead_share, lambda z: 0.0)
    silent = sum(all(entry <= 0 for entry in unit) for unit in given["z"].T)
    assert broken == f"the dead units are {silent} of {given['z'].shape[1]}"


def test_a_wrong_pair_of_constants_is_told_what_it_does():
    case = exercises.self_normalizing.check(lambda h, q: (1.0, 1.0)).counterexample
    mean, variance = map(
        float, re.findall(r"the (?:mean|variance) ([\d.]+)", case.broken)
    )
    z = np.random.default_rng(0).standard_normal(400_000)
    a = act.elu(z)
    assert mean == pytest.approx(a.mean(), abs=0.01)
    assert variance == pytest.approx(a.var(), abs=0.02)
    assert "1.67" not in str(case)


def test_a_spoilt_argument_is_reported_beside_another_mistake():
    def spoils(z, alpha, gradient):
        gradient *= 0.5
        return gradient, alpha

    message = exercises.prelu_gradients.check(spoils).message
    assert message.startswith(say.PRELU_Z_ADVICE)
    assert "Also: Your function alters its argument gradient in place" in message


# The text and the answers ------------------------------------------------------------


def test_every_word_of_the_remedy_is_described():
    for word in remedies.WORDS:
        assert f"**{word}**: " in section(TEXT, 6)


# What a function does to its arguments ------------------------------------------------


def cry(*args):
    raise KeyError("lost")


def test_what_a_wrong_function_prints_is_shown():
    def chatty(z, alpha, gradient):
        print("alpha is", alpha)
        return z, alpha

    assert exercises.prelu_gradients.check(chatty).printed.startswith("alpha is [")


@pytest.mark.parametrize("exercise", EVERY[:4], ids=lambda e: e.name)
def test_spoiling_an_argument_is_reported(exercise, reference):
    right = reference[exercise.name]

    def spoils(*args):
        answer = right(*args)
        args[0][...] = -1
        return answer

    result = exercise.check(spoils)
    assert result.status is Status.INCORRECT
    assert result.message.startswith("The numbers are right. But: ")
    assert "argument z in place" in result.message


# What the checks take for true --------------------------------------------------------


def test_the_constants_are_those_that_klambauer_derived():
    """Klambauer et al. (2017), equation (14), in closed form."""
    tail = erfc(1 / np.sqrt(2)) * np.exp(0.5)
    alpha = -np.sqrt(2 / np.pi) / (tail - 1)
    ours = selu.constants(np.expm1, 1.0)
    assert ours[0] == pytest.approx(alpha, rel=1e-9)
    assert ours == pytest.approx(act.selu_constants(), rel=1e-9)
    assert selu.constants(np.expm1, 1.7) == pytest.approx(
        act.selu_constants(0, 1.7), rel=1e-9
    )


def test_a_bend_that_is_no_bend_needs_no_constants():
    assert selu.constants(lambda z: z, 0.6) == pytest.approx([1, 1], rel=1e-9)


@pytest.mark.parametrize("h", [np.expm1, np.tanh, selu.softsign, np.arctan])
@pytest.mark.parametrize("q", [0.4, 2.0])
def test_the_constants_of_every_shape_do_what_they_promise(h, q):
    """Measured on random numbers; 5 standard errors of a million of them."""
    z = np.random.default_rng(1).normal(0, np.sqrt(q), 1_000_000)
    a = selu.activation(h, *selu.constants(h, q))(z)
    assert abs(a.mean()) < 5 * np.sqrt(q) / 1000
    assert abs(a.var() - q) < 5 * np.std(a**2) / 1000


def test_prelu_reference_agrees_with_the_lesson():
    rng = np.random.default_rng(2)
    z, gradient = rng.normal(size=(2, 7, 3))
    alpha = np.array([0.0, 1.5, -0.3])
    for_z = gradient * act.prelu_derivative(z, alpha)
    for_alpha = (gradient * act.prelu_alpha_derivative(z)).sum(axis=0)
    np.testing.assert_allclose(parametric._for_z(z, alpha, gradient), for_z)
    np.testing.assert_allclose(parametric._for_alpha(z, alpha, gradient), for_alpha)


@pytest.mark.parametrize(("network", "word"), remedies.KINDS)
def test_drawn_networks_are_what_they_should_be_and_clear(network, word):
    rng = np.random.default_rng(0)
    for _ in range(3):
        activation, x, z = remedies.draw_record(network, word, rng)
        assert activation == network.activation
        assert remedies.rule(activation, x, z) == word
        assert z.shape == (network.depth, len(x), network.width)
        assert x.mean() == pytest.approx(network.input_mean, abs=1e-9)
        assert x.std() == pytest.approx(network.input_std)
        shares = {"relu": remedies.dead(z), "sigmoid": remedies.flat(z)}
        worst = shares.get(activation, np.zeros(1)).max()
        assert not 0.4 < worst < 0.6


def test_a_feature_may_be_odd_where_all_together_are_fit():
    network = Network("selu", 1.0, input_std=1.2, z_std=1.55, odd_feature=(3.0, 4.0))
    assert network in [network for network, _ in remedies.KINDS]
    x, z = record(network, np.random.default_rng(0))
    assert x[:, 0].std() > 3
    assert x[:, 0].mean() > 1.5
    assert x.std() == pytest.approx(1.2)
    assert x[:, 1:].std(axis=0).max() < 2
    assert z.std(axis=(1, 2)) == pytest.approx(1.55)


@pytest.mark.parametrize("name", ["relu", "sigmoid", "selu"])
def test_a_record_holds_the_layers_of_one_network(name):
    """The theory of wide layers: each is fed what the one below it returns."""
    network = Network(name, 1.0, width=300, depth=2, input_mean=0.5, input_std=1.5)
    x, z = record(network, np.random.default_rng(4))
    variance = 1.5**2 + 0.5**2
    assert x.mean() == pytest.approx(0.5, abs=0.05)
    assert z[0].var() == pytest.approx(variance, rel=0.1)
    expected = gaussian_mean(lambda z: act.get(name).function(z) ** 2, variance)
    assert np.mean(z[1] ** 2) == pytest.approx(expected, rel=0.1)


def test_a_sick_layer_gets_what_it_is_given_and_no_other_does():
    rng = np.random.default_rng
    plain = Network("relu", 2**0.5, width=40, depth=4, bias=0.25)
    ill = Network(
        "relu", 2**0.5, width=40, depth=4, bias=0.25, sick_layer=2, sick_bias=-50.0
    )
    loud = Network(
        "relu", 2**0.5, width=40, depth=4, bias=0.25, sick_layer=2, sick_gain=9.0
    )
    well, bad, much = (record(network, rng(3))[1] for network in (plain, ill, loud))
    np.testing.assert_array_equal(well[:2], bad[:2])
    assert np.isin(np.round(bad[2] - well[2], 6), [0.0, -50.0]).all()
    assert remedies.dead(bad)[2] == 0.8
    np.testing.assert_allclose(much[2] - 0.25, 9 * (well[2] - 0.25))


def test_a_kind_that_never_comes_is_an_error_and_not_a_wrong_check():
    network = Network("relu", 1.0, width=8, depth=2)
    with pytest.raises(RuntimeError, match="no clear case of leaky_relu"):
        remedies.draw_record(network, "leaky_relu", np.random.default_rng(0))


CURED = {
    "standardize": {"input_mean": 0.0, "input_std": 1.0},
    "leaky_relu": {},
    "relu": {
        "activation": "relu",
        "weight_std": 2**0.5,
        "bias": 0.0,
        "sick_layer": None,
    },
    "lecun_normal": {"weight_std": 1.0},
}


@pytest.mark.parametrize(
    ("network", "word"), [pair for pair in remedies.KINDS if pair[1] in CURED]
)
def test_the_remedy_cures(network, word):
    """Change the one thing; then no network of ten asks for that remedy again."""
    cured = Network(**vars(network) | CURED[word])
    for seed in range(10):
        x, z = record(cured, np.random.default_rng(seed))
        if word == "leaky_relu":
            slopes = act.leaky_relu_derivative(z, 0.2)
            assert (slopes.max(axis=1) > 0).all()  # every unit learns from some image
        else:
            assert remedies.rule(cured.activation, x, z) == "keep"


def test_no_constant_answer_and_no_rule_by_name_comes_far():
    words = [word for _, word in remedies.KINDS]
    assert max(words.count(word) for word in remedies.WORDS) <= len(words) / 3
    for name in ("relu", "sigmoid", "selu"):
        kinds = {word for network, word in remedies.KINDS if network.activation == name}
        assert len(kinds) == 3
    unnamed = words.count("standardize") + words.count("lecun_normal")
    assert (len(words), unnamed) == (18, 7)
    assert "eighteen networks. Seven of" in say.REMEDY_PRAISE
