import ast
import inspect
import math
import re

import numpy as np
import pytest
from scipy.optimize import minimize

from course_utils import optimizers
from course_utils.checks import _optimizers_adam_messages as adam_say
from course_utils.checks import _optimizers_messages as say
from course_utils.checks import optimizers as exercises
from course_utils.checks._optimizers_choices import SCENARIOS
from course_utils.checks._optimizers_momentum import steps_to
from course_utils.checks.result import Status
from tests.checks.shared import judge, markdown

TEXT = "07_optimizers"
EVERY = exercises.EXERCISES
STEPS = (exercises.nesterov_step, exercises.adam_step, exercises.decayed_step)
WITH_ARGUMENTS = EVERY[:-1]

every_function = pytest.mark.parametrize(
    "exercise", WITH_ARGUMENTS, ids=lambda e: e.name
)
every_step = pytest.mark.parametrize("exercise", STEPS, ids=lambda e: e.name)


# Right answers, written the reference's way and in others -----------------------------


def rolling_by_simulation(gradient, learning_rate, momentum, share):
    """Roll a ball of slope 1 until nothing changes any more; then look back."""
    v, path = 0.0, []
    while not path or path[-1] != v:
        path.append(v)
        v = momentum * v - learning_rate
    steps = next(t for t, u in enumerate(path) if u <= share * v)
    return (v * gradient).tolist(), steps


def rolling_by_logarithm(gradient, learning_rate, momentum, share):
    velocity = -learning_rate * gradient / (1 - momentum)
    if momentum == 0:
        return velocity, 1
    return np.array(velocity), np.ceil(np.log(1 - share) / np.log(momentum))


def nesterov_of_cs231n(x, v, gradient, learning_rate, mu):
    v_prev = v
    v = mu * v - learning_rate * gradient(x)
    return [x - mu * v_prev + (1 + mu) * v, v]


def nesterov_of_keras(x, v, gradient, learning_rate, mu):
    g = gradient(x)
    v = mu * v - learning_rate * g
    return x + mu * v - learning_rate * g, v


def adam_of_the_paper(theta, g, m, s, t, alpha, betas, epsilon):
    """Section 2 of the paper: both corrections in the rate, epsilon moved along."""
    one, two = betas
    t += 1
    m, s = m + (1 - one) * (g - m), s + (1 - two) * (g * g - s)
    root = math.sqrt(1 - two**t)
    rate = alpha * root / (1 - one**t)
    theta = theta - rate * m / (np.sqrt(s) + epsilon * root)
    return theta.tolist(), m.tolist(), s.tolist(), float(t)


def adam_entry_by_entry(theta, g, m, s, t, rate, betas, epsilon):
    new_theta, new_m, new_s = np.empty((3, *theta.shape))
    for i in np.ndindex(theta.shape):
        new_m[i] = betas[0] * m[i] + (1 - betas[0]) * g[i]
        new_s[i] = betas[1] * s[i] + (1 - betas[1]) * g[i] ** 2
        first = new_m[i] / (1 - betas[0] ** (t + 1))
        second = new_s[i] / (1 - betas[1] ** (t + 1))
        new_theta[i] = theta[i] - rate * first / (math.sqrt(second) + epsilon)
    return [new_theta, new_m, new_s, np.array(t + 1)]


REST = (0.9, 0.999), 1e-8


def decay_first(theta, g, m, s, t, rate, strength, rule):
    """Shrink, then step: what Keras does."""
    if rule == "decoupled":
        theta = theta * (1 - rate * strength)
        return adam_of_the_paper(theta, g, m, s, t, rate, *REST)
    return adam_of_the_paper(theta, g + strength * theta, m, s, t, rate, *REST)


OTHER_WAYS = [
    (exercises.terminal_velocity, rolling_by_simulation),
    (exercises.terminal_velocity, rolling_by_logarithm),
    (exercises.nesterov_step, nesterov_of_cs231n),
    (exercises.nesterov_step, nesterov_of_keras),
    (exercises.adam_step, adam_of_the_paper),
    (exercises.adam_step, adam_entry_by_entry),
    (exercises.decayed_step, decay_first),
]


@pytest.mark.parametrize(
    ("exercise", "fn"), OTHER_WAYS, ids=lambda value: getattr(value, "__name__", "")
)
@pytest.mark.parametrize("seed", range(3))
def test_another_right_way_is_right(exercise, fn, seed):
    result = judge(exercise, fn, seed)
    assert result.correct, result


# Wrong answers, as learners write them ------------------------------------------------


def final(g, eta, mu):
    return -eta * g / (1 - mu)


def rolled(velocity):
    """A wrong velocity, and no idea of the steps either."""
    return lambda g, eta, mu, share: (velocity(g, eta, mu, share), 7)


def counted(count):
    """The right velocity, and a wrong number of steps."""
    return lambda g, eta, mu, share: (final(g, eta, mu), count(mu, share))


def logs(mu, share):
    return math.log(1 - share) / math.log(mu)


def speeds(mu, share):
    return 1 - mu ** np.arange(1, 5 * steps_to(share, mu))


def nesterov(
    move,
    where=lambda x, v, mu: x,
    rate=lambda eta: eta,
    velocity=lambda x, moved, v: v,
):
    """A step with its own idea of where to measure, and how to move."""

    def step(x, v, gradient, eta, mu):
        new = mu * v - rate(eta) * gradient(where(x, v, mu))
        moved = move(x, v, new, mu)
        return moved, velocity(x, moved, new)

    return step


def right_move(x, v, new, mu):
    return x - mu * v + (1 + mu) * new


def overwritten(x, v, gradient, eta, mu):
    v = mu * v - eta * gradient(x)
    return x - mu * v + (1 + mu) * v, v


def adam(
    before=1,
    after=1,
    moments=lambda m, s, g, one, two: (
        one * m + (1 - one) * g,
        two * s + (1 - two) * g**2,
    ),
    corrections=lambda t, one, two: (1 - one**t, 1 - two**t),
    below=lambda s, right, epsilon: np.sqrt(s / right) + epsilon,
    kept=lambda m, s, first, second: (m, s),
    moved=lambda theta, rate, step: theta - rate * step,
    betas=lambda pair: pair,
    old=False,
):
    """Adam with any one thing done another way."""

    def step(theta, g, m, s, t, rate, pair, epsilon):
        one, two = betas(pair)
        new = moments(m, s, g, one, two)
        first, second = corrections(t + before, one, two)
        used = (m, s) if old else new
        theta = moved(theta, rate, used[0] / first / below(used[1], second, epsilon))
        return theta, *kept(*new, first, second), t + after

    return step


def summing(for_m, for_s):
    return lambda m, s, g, one, two: (
        one * m + (1 if for_m else 1 - one) * g,
        two * s + (1 if for_s else 1 - two) * g**2,
    )


def squares(square):
    return lambda m, s, g, one, two: (
        one * m + (1 - one) * g,
        two * s + (1 - two) * square(g),
    )


def no_epsilon_at_zero(theta, g, m, s, t, rate, betas, epsilon):
    _, m, s, t = adam_of_the_paper(theta, g, m, s, t, rate, betas, epsilon)
    m_hat = np.array(m) / (1 - betas[0] ** t)
    s_hat = np.array(s) / (1 - betas[1] ** t)
    root = np.sqrt(s_hat)
    return theta - rate * (m_hat / root) / (1 + epsilon / root), m, s, t


def decayed(**wrong):
    """The right rules, some of them replaced."""

    def step(theta, g, m, s, t, rate, strength, rule):
        if rule in wrong:
            return wrong[rule](theta, g, m, s, t, rate, strength)
        return decay_first(theta, g, m, s, t, rate, strength, rule)

    return step


def penalized(extra):
    """Adam with something added to the gradient."""
    return lambda theta, g, m, s, t, rate, strength: adam()(
        theta, g + extra(theta, rate, strength), m, s, t, rate, *REST
    )


def shrunk(lost, extra=0):
    """Adam, less something that theta loses."""

    def step(theta, g, m, s, t, rate, strength):
        moved, *state = adam()(theta, g + extra * theta, m, s, t, rate, *REST)
        return moved - lost(theta, moved, rate, strength), *state

    return step


def both(theta, g, m, s, t, rate, strength):
    moved, *state = adam()(theta, g + strength * theta, m, s, t, rate, *REST)
    return moved - rate * strength * theta, *state


def adaptive(theta, g, m, s, t, rate, strength):
    _, m, s, t = adam()(theta, g, m, s, t, rate, *REST)
    m_hat, s_hat = m / (1 - 0.9**t), s / (1 - 0.999**t)
    pulled = m_hat + strength * theta
    return theta - rate * pulled / (np.sqrt(s_hat) + 1e-8), m, s, t


def half_penalized(in_m, in_s):
    def step(theta, g, m, s, t, rate, strength):
        whole = g + strength * theta

        def moments(m, s, g, one, two):
            return (
                one * m + (1 - one) * (whole if in_m else g),
                two * s + (1 - two) * (whole if in_s else g) ** 2,
            )

        return adam(moments=moments)(theta, g, m, s, t, rate, *REST)

    return step


def l2_of(**kind):
    return decayed(l2=penalized(**kind))


def times(factor):
    return lambda theta, moved, rate, strength: factor * rate * strength * theta


V, N, C = say.VELOCITY_MISTAKES, say.STEPS_MISTAKES, say.NESTEROV_MISTAKES
A = adam_say.ADAM_MISTAKES
L2, OUT = (adam_say.DECAY_MISTAKES[rule] for rule in ("l2", "decoupled"))
WRONG = {
    exercises.terminal_velocity: [
        (rolled(lambda g, eta, mu, share: eta * g / (1 - mu)), V["uphill"]),
        (rolled(lambda g, eta, mu, share: -g / (1 - mu)), V["no rate"]),
        (rolled(lambda g, eta, mu, share: -eta * g / mu), V["over mu"]),
        (rolled(lambda g, eta, mu, share: -eta * g * (1 - mu)), V["times the rest"]),
        (rolled(lambda g, eta, mu, share: -eta * g), V["first step"]),
        (rolled(lambda g, eta, mu, share: mu * final(g, eta, mu)), V["one short"]),
        (
            rolled(
                lambda g, eta, mu, share: (
                    final(g, eta, mu) * (1 - mu ** steps_to(share, mu))
                )
            ),
            V["after the steps"],
        ),
        (
            rolled(
                lambda g, eta, mu, share: (
                    final(g, eta, mu)
                    * sum(1 - mu**t for t in range(1, steps_to(share, mu) + 1))
                )
            ),
            V["distance"],
        ),
        (rolled(lambda g, eta, mu, share: 3 * g), say.VELOCITY_ADVICE),
        (counted(lambda mu, share: int(logs(mu, share))), N["last before"]),
        (counted(lambda mu, share: round(logs(mu, share))), N["last before"]),
        (counted(lambda mu, share: steps_to(share, mu) + 1), N["one late"]),
        (counted(logs), N["not whole"]),
        (
            counted(lambda mu, share: math.ceil(math.log(share) / math.log(mu))),
            N["missing taken for share"],
        ),
        (counted(lambda mu, share: 1 / (1 - mu)), N["time constant"]),
        (counted(lambda mu, share: share / (1 - mu)), N["time constant"]),
        (
            counted(
                lambda mu, share: (
                    int(np.argmax(np.cumsum(speeds(mu, share)) >= share)) + 1
                )
            ),
            N["of the distance"],
        ),
        (counted(lambda mu, share: 3), say.STEPS_ADVICE),
        (counted(lambda mu, share: -2.5), say.STEPS_ADVICE),
        (
            counted(lambda mu, share: steps_to(share, mu) if mu else 0),
            say.NO_MOMENTUM,
        ),
        (
            lambda g, eta, mu, share: (
                -eta * g / (1 - mu),
                np.ceil(np.log(1 - share) / np.log(mu)),
            ),
            say.NO_MOMENTUM,
        ),
    ],
    exercises.nesterov_step: [
        (nesterov(lambda x, v, new, mu: x + new), C["plain"]),
        (overwritten, C["plain"]),
        (nesterov(lambda x, v, new, mu: x - mu * v + new + mu * v), C["plain"]),
        (
            nesterov(lambda x, v, new, mu: x + new, lambda x, v, mu: x + mu * v),
            C["form 1"],
        ),
        (nesterov(right_move, lambda x, v, mu: x + mu * v), C["looks twice"]),
        (nesterov(right_move, lambda x, v, mu: x - mu * v), C["looks back"]),
        (nesterov(lambda x, v, new, mu: x - mu * v + new), C["theta"]),
        (nesterov(lambda x, v, new, mu: x + (1 + mu) * new), C["old kept"]),
        (nesterov(lambda x, v, new, mu: x + mu * v + (1 + mu) * new), C["old added"]),
        (nesterov(lambda x, v, new, mu: x - v + (1 + mu) * new), C["old in full"]),
        (nesterov(lambda x, v, new, mu: x - mu * v + 2 * new), C["new in full"]),
        (nesterov(lambda x, v, new, mu: x + mu * new), C["no step"]),
        (nesterov(right_move, rate=lambda eta: 1.0), C["no rate"]),
        (nesterov(right_move, rate=lambda eta: -eta), C["uphill"]),
        (
            nesterov(right_move, velocity=lambda x, moved, v: moved - x),
            C["step for velocity"],
        ),
        (lambda *args: nesterov_of_cs231n(*args)[::-1], C["swapped"]),
        (nesterov(lambda x, v, new, mu: x), say.NESTEROV_ADVICE),
    ],
    exercises.adam_step: [
        (adam(before=0), A["t from 0"]),
        (adam(before=0, after=0), A["t from 0"]),
        (adam(after=0), A["t not counted"]),
        (adam(below=lambda s, c, e: np.sqrt(s / c + e)), A["epsilon inside"]),
        (
            adam(below=lambda s, c, e: (np.sqrt(s) + e) / np.sqrt(c)),
            A["epsilon early"],
        ),
        (adam(below=lambda s, c, e: np.sqrt(s / c)), A["no epsilon"]),
        (adam(corrections=lambda t, one, two: (1.0, 1.0)), A["no correction"]),
        (adam(corrections=lambda t, one, two: (1 - one**t, 1.0)), A["only m"]),
        (adam(corrections=lambda t, one, two: (1.0, 1 - two**t)), A["only s"]),
        (adam(kept=lambda m, s, c, d: (m / c, s / d)), A["corrected kept"]),
        (adam(corrections=lambda t, one, two: (1 - one**t,) * 2), A["one beta"]),
        (adam(corrections=lambda t, one, two: (1 - two**t,) * 2), A["one beta"]),
        (
            adam(corrections=lambda t, one, two: ((1 - one) ** t, (1 - two) ** t)),
            A["power of the rest"],
        ),
        (
            adam(
                corrections=lambda t, one, two: (
                    1 - (1 - one) ** t,
                    1 - (1 - two) ** t,
                )
            ),
            A["power of the rest"],
        ),
        (
            adam(corrections=lambda t, one, two: (1 - one * t, 1 - two * t)),
            A["times t"],
        ),
        (adam(moments=squares(lambda g: g)), A["not squared"]),
        (adam(moments=squares(abs)), A["not squared"]),
        (adam(moments=summing(True, True)), A["sum"]),
        (
            adam(
                moments=summing(True, True),
                corrections=lambda t, one, two: (1.0, 1.0),
            ),
            A["sum"],
        ),
        (adam(moments=summing(True, False)), A["sum of m"]),
        (adam(moments=summing(False, True)), A["sum of s"]),
        (adam(below=lambda s, c, e: s / c + e), A["no root"]),
        (adam(betas=lambda pair: pair[::-1]), A["betas swapped"]),
        (adam(old=True), A["old moments"]),
        (adam(moved=lambda theta, rate, step: theta + rate * step), A["uphill"]),
        (adam(moved=lambda theta, rate, step: theta - step), A["no rate"]),
        (adam(below=lambda s, c, e: np.log(-s)), adam_say.ADAM_NAN),
        (no_epsilon_at_zero, adam_say.ADAM_ZERO),
        (adam(moved=lambda theta, rate, step: theta), adam_say.ADAM_ADVICE),
    ],
    exercises.decayed_step: [
        (decayed(l2=shrunk(times(1))), L2["decoupled"]),
        (l2_of(extra=lambda x, eta, k: 2 * k * x), L2["twice"]),
        (l2_of(extra=lambda x, eta, k: eta * k * x), L2["with rate"]),
        (l2_of(extra=lambda x, eta, k: -k * x), L2["away"]),
        (l2_of(extra=lambda x, eta, k: k * x / np.linalg.norm(x)), L2["norm"]),
        (l2_of(extra=lambda x, eta, k: k * np.linalg.norm(x)), L2["length"]),
        (l2_of(extra=lambda x, eta, k: k * np.sign(x)), L2["sign"]),
        (decayed(l2=half_penalized(True, False)), L2["only m"]),
        (decayed(l2=half_penalized(False, True)), L2["only s"]),
        (l2_of(extra=lambda x, eta, k: 0 * x), L2["none"]),
        (l2_of(extra=lambda x, eta, k: np.nan * x), adam_say.DECAY_NAN),
        (l2_of(extra=lambda x, eta, k: 7.0), adam_say.DECAY_ADVICE["l2"]),
        (
            decayed(decoupled=penalized(lambda x, eta, k: k * x)),
            OUT["l2"],
        ),
        (decayed(decoupled=adaptive), OUT["adaptive"]),
        (
            decayed(decoupled=shrunk(lambda x, moved, eta, k: k * x)),
            OUT["no rate"],
        ),
        (
            decayed(decoupled=shrunk(lambda x, moved, eta, k: eta * k * moved)),
            OUT["after"],
        ),
        (decayed(decoupled=shrunk(times(-1))), OUT["away"]),
        (decayed(decoupled=both), OUT["both"]),
        (decayed(decoupled=shrunk(times(2))), OUT["twice"]),
        (decayed(decoupled=shrunk(times(0))), OUT["none"]),
        (
            decayed(decoupled=shrunk(times(1), extra=7.0)),
            adam_say.DECAY_ADVICE["decoupled"],
        ),
    ],
}
MISTAKES = {
    exercises.terminal_velocity: (V, N),
    exercises.nesterov_step: (C,),
    exercises.adam_step: (A,),
    exercises.decayed_step: (L2, OUT),
}
CASES = [(e, i) for e in WITH_ARGUMENTS for i in range(len(WRONG[e]))]


@pytest.mark.parametrize("seed", [0, 2**31])
@pytest.mark.parametrize(
    ("exercise", "number"), CASES, ids=lambda value: getattr(value, "name", value)
)
def test_each_mistake_has_its_own_words(exercise, number, seed):
    wrong, message = WRONG[exercise][number]
    result = judge(exercise, wrong, seed)
    assert result.status is Status.INCORRECT
    assert result.message.removeprefix("'l2' is right. ") == message
    assert result.counterexample is not None


@every_function
def test_every_message_is_reached_and_none_twice(exercise):
    reached = {message for _, message in WRONG[exercise]}
    for words in MISTAKES[exercise]:
        assert set(words.values()) <= reached
        assert len(set(words.values())) == len(words)


def test_a_logarithm_of_zero_is_explained_where_python_raises():
    fn = counted(lambda mu, share: math.ceil(logs(mu, share)))
    result = exercises.terminal_velocity.check(fn)
    assert result.status is Status.CRASHED
    assert result.message.startswith("ValueError: ")
    assert result.message.endswith(say.NO_MOMENTUM)


def test_whoever_has_one_rule_is_told_so():
    def only_l2(theta, g, m, s, t, rate, strength, rule):
        if rule == "l2":
            return decay_first(theta, g, m, s, t, rate, strength, rule)

    result = exercises.decayed_step.check(only_l2)
    assert result.message == (
        "'l2' is right. Your function returned None. Is `return` missing?"
    )
    assert ("rule", "'decoupled'") in result.counterexample.given


def test_a_rule_still_to_be_written_does_not_hide_the_one_that_is_right():
    def later(theta, g, m, s, t, rate, strength, rule):
        if rule == "decoupled":
            raise NotImplementedError
        return decay_first(theta, g, m, s, t, rate, strength, rule)

    result = exercises.decayed_step.check(later)
    assert result.status is Status.INCORRECT
    empty = adam_say.DECAY_EMPTY.format(rule="decoupled")
    assert result.message == f"'l2' is right. {empty}"


def test_an_empty_first_rule_is_not_an_attempt():
    def none(theta, g, m, s, t, rate, strength, rule):
        if rule in ("l2", "decoupled"):
            raise NotImplementedError

    assert exercises.decayed_step.check(none).status is Status.NOT_ATTEMPTED


# What must come back ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("exercise", "fn", "words"),
    [
        (
            exercises.terminal_velocity,
            lambda g, eta, mu, share: -eta * g / (1 - mu),
            "Return the velocity and the steps, in this order: 2 things are expected.",
        ),
        (
            exercises.terminal_velocity,
            lambda g, eta, mu, share: (1.0, 2),
            "Return the velocity and the steps, in this order, and let the velocity be "
            "an array of shape (2,).",
        ),
        (
            exercises.adam_step,
            lambda theta, g, m, s, t, rate, betas, epsilon: (theta, m, s),
            "Return theta, m, s and t, in this order: you returned 3 of 4 things.",
        ),
        (
            exercises.adam_step,
            lambda theta, g, m, s, t, rate, betas, epsilon: (theta, m, s, m),
            "Return theta, m, s and t, in this order, and let t be a single number.",
        ),
    ],
)
def test_what_is_missing_is_said(exercise, fn, words):
    assert exercise.check(fn).message == words


# What a function does to its arguments, and what it keeps -----------------------------


@every_function
def test_spoiling_an_argument_is_reported(exercise, reference):
    def spoils(*args):
        answer = reference[exercise.name](*args)
        args[0][...] = -1
        return answer

    result = exercise.check(spoils)
    assert result.status is Status.INCORRECT
    assert "The numbers are right. But: " in result.message
    assert "in place" in result.message


def test_moments_updated_in_place_are_reported(reference):
    def in_place(theta, g, m, s, t, rate, betas, epsilon):
        right = reference["adam_step"](theta, g, m, s, t, rate, betas, epsilon)
        m[...], s[...] = right[1:3]
        return right[0], m, s, right[3]

    result = exercises.adam_step.check(in_place)
    assert "alters its argument m and s in place" in result.message


@every_step
def test_a_step_that_keeps_something_for_itself_is_found_out(exercise, reference):
    """Right alone and in any state, but tired after six calls with two weights."""
    calls = []

    def tired(*args):
        answer = reference[exercise.name](*args)
        if args[0].shape == (2,):
            calls.append(args)
        return (answer[0] * 1.001, *answer[1:]) if len(calls) > 6 else answer

    result = exercise.check(tired)
    assert result.message.removeprefix("'l2' is right. ") == say.PATH
    found = re.search(r"in step (\d+) of this path the next", str(result))
    assert 5 < int(found.group(1)) < 8
    assert len(result.counterexample.given) == len(
        inspect.signature(reference[exercise.name]).parameters
    )


@every_step
def test_a_step_that_stops_returning_is_found_out(exercise, reference):
    calls = []

    def silent(*args):
        calls.append(args[0].shape)
        late = calls.count((2,)) > 6
        return None if late else reference[exercise.name](*args)

    result = exercise.check(silent)
    assert result.status is Status.INCORRECT
    assert result.message.endswith("Is `return` missing?")


@every_step
def test_ten_steps_are_made_in_a_row_and_each_gets_what_the_last_one_gave(
    exercise, reference
):
    seen = []

    def spy(*args):
        answer = reference[exercise.name](*args)
        seen.append((args, answer))
        return answer

    assert exercise.check(spy).correct
    (first, _), *later = seen[-10:]
    assert not np.any(first[2] if exercise is not exercises.nesterov_step else first[1])
    before = seen[-10:-1]
    for (args, _), (_, answer) in zip(later, before, strict=True):
        state = args[:2] if len(answer) == 2 else (args[0], *args[2:5])
        for a, b in zip(state, answer, strict=True):
            assert np.array_equal(a, b)


# Counterexamples ----------------------------------------------------------------------


def test_a_wrong_velocity_is_told_that_it_does_not_stay():
    result = exercises.terminal_velocity.check(lambda g, *rest: (0 * g, 1))
    g, eta, mu, _ = (ast.literal_eval(text) for _, text in result.counterexample.given)
    turns = re.search(r"one more step turns (.*) into (.*)$", str(result))
    now, later = map(ast.literal_eval, turns.groups())
    assert now == [0, 0]
    assert later == pytest.approx([mu * 0 - eta * x for x in g], rel=1e-3)


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (lambda mu, share: 2.5, "must be a whole number, 1 or more"),
        (lambda mu, share: np.nan, "must be a whole number, 1 or more"),
        (lambda mu, share: 1, "0.1 of the final velocity is reached after 1 steps"),
    ],
)
def test_a_wrong_number_of_steps_is_told_what_it_reaches(count, words):
    result = exercises.terminal_velocity.check(counted(count))
    assert words in result.counterexample.broken


def test_a_wrong_step_is_told_which_part_is_wrong_and_only_that():
    result = exercises.adam_step.check(adam(moments=summing(False, True)))
    assert re.match(
        r"the next theta is .*, s is .* and not", result.counterexample.broken
    )
    assert ", m is" not in result.counterexample.broken
    result = exercises.nesterov_step.check(nesterov(lambda x, v, new, mu: x + new))
    assert "following form 1, the next ahead is" in result.counterexample.broken
    assert "x -> [1.0, 4.0] * x" in str(result)


# The choices --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "choice"),
    [(key, choice) for key, s in SCENARIOS.items() for choice in s.wrong],
)
def test_every_wrong_choice_is_told_why(key, choice, reference):
    answers = reference["choose"]() | {key: choice}
    result = exercises.choose.check(lambda: answers)
    assert result.status is Status.INCORRECT
    assert result.message == f"7 of 8 are right. Look at {key} again."
    assert result.counterexample.broken == SCENARIOS[key].wrong[choice]
    assert SCENARIOS[key].right not in result.counterexample.broken.split()


def test_the_notebook_offers_what_the_check_knows():
    assert "Eight cases" in markdown(TEXT)
    assert len(SCENARIOS) == 8
    rows = re.findall(r"^\| ([A-H]) \| .* \| (.*) \|$", markdown(TEXT), re.M)
    assert {key: set(re.findall(r'"([^"]+)"', words)) for key, words in rows} == {
        key: set(scenario.choices) for key, scenario in SCENARIOS.items()
    }


# The claims of text and messages: each case is run ------------------------------------


def descend(step, gradient, start, n_steps, done):
    """Steps until `done`; infinity when that does not happen."""
    x, memory = np.array(start), {}
    for t in range(1, n_steps + 1):
        x = x + step(gradient(x), memory, t)
        if not np.isfinite(x).all() or np.max(abs(x)) > 1e6:
            break
        if done(x):
            return t
    return math.inf


def gd(eta):
    return lambda g, memory, t: -eta * g


def momentum(eta, mu=0.9):
    def step(g, memory, t):
        memory["v"] = mu * memory.get("v", 0.0) - eta * g
        return memory["v"]

    return step


def adagrad(eta):
    def step(g, memory, t):
        memory["s"] = memory.get("s", 0.0) + g * g
        return -eta * g / (np.sqrt(memory["s"]) + 1e-10)

    return step


def rmsprop(eta, rho=0.9):
    def step(g, memory, t):
        memory["s"] = rho * memory.get("s", 0.0) + (1 - rho) * g * g
        return -eta * g / (np.sqrt(memory["s"]) + 1e-10)

    return step


def kingma(eta, correct=True):
    def step(g, memory, t):
        memory["m"] = 0.9 * memory.get("m", 0.0) + 0.1 * g
        memory["s"] = 0.999 * memory.get("s", 0.0) + 0.001 * g * g
        first, second = (1 - 0.9**t, 1 - 0.999**t) if correct else (1.0, 1.0)
        return -eta * memory["m"] / first / (np.sqrt(memory["s"] / second) + 1e-10)

    return step


def test_case_a_the_turned_ravine():
    turn = np.array([[1, -1], [1, 1]]) / math.sqrt(2)
    hessian = turn @ np.diag([1000.0, 1.0]) @ turn.T
    assert hessian[0, 0] == pytest.approx(hessian[1, 1])  # no axis is the steep one

    def best(steps, n_steps):
        return min(
            descend(
                s,
                lambda x: hessian @ x,
                [2.1, -1.35],
                n_steps,
                lambda x: x @ hessian @ x < 1e-6,
            )
            for s in steps
        )

    ours = best([momentum(e, 0.95) for e in (5e-4, 1e-3, 2e-3)], 400)
    assert ours < 400
    assert best([gd(e) for e in (5e-4, 1e-3, 1.9e-3)], 4 * ours) == math.inf
    rates = np.geomspace(0.01, 30, 8)
    assert best([adagrad(e) for e in rates], 4 * ours) == math.inf


def test_case_b_rare_words():
    rng = np.random.default_rng(0)
    n, frequent, rare = 1500, 40, 300  # each rare word comes five times or so
    x = np.zeros((n, frequent + rare))
    x[:, :frequent] = rng.random((n, frequent)) < 0.5
    x[np.arange(n), frequent + rng.integers(0, rare, n)] = 1
    truth = rng.normal(0, 1, frequent + rare)
    labels = x @ truth + rng.normal(0, 0.3, n)

    def error(step):
        """The mean squared error that is left, but for the noise of the labels."""
        w, memory = np.zeros(len(truth)), {}
        for t, (words, label) in enumerate(zip(x, labels, strict=True), start=1):
            w = w + step((words @ w - label) * words, memory, t)
        off = w - truth
        common = np.mean((x[:, :frequent] @ off[:frequent]) ** 2)
        return common + np.mean(off[frequent:] ** 2)

    ours = min(error(adagrad(e)) for e in (0.3, 1.0))
    assert 2 * ours < min(error(gd(e)) for e in (0.01, 0.02, 0.03, 0.05, 0.07))
    assert 2 * ours < min(error(momentum(e / 10)) for e in (0.01, 0.02, 0.03, 0.05))


def test_case_c_the_saddle():
    curvature = np.array([2.0, -2.0])

    def steps(step):
        start = [1.0, 1e-6]
        return descend(step, lambda x: curvature * x, start, 2000, lambda x: x[1] > 1)

    assert 5 * steps(rmsprop(0.01)) < steps(gd(0.01)) < 2000
    assert steps(lambda g, memory, t: -g / curvature) == math.inf


def test_case_d_the_small_net():
    x = np.linspace(-3, 3, 50)[:, None]
    y, n = np.sin(2 * x), 10

    def loss(p, rows=slice(None)):
        w, b, v = p[:n], p[n : 2 * n], p[2 * n : 3 * n]
        h = np.tanh(x[rows] * w + b)
        error = h @ v[:, None] + p[-1] - y[rows]
        d = error / len(error)
        dh = d * v * (1 - h * h)
        parts = (x[rows] * dh).sum(0), dh.sum(0), (h.T @ d)[:, 0], d.sum(0)
        return 0.5 * np.mean(error**2), np.concatenate(parts)

    start = np.random.default_rng(0).normal(0, 1, 3 * n + 1)
    assert len(start) == 31
    calls = 600
    ours = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxfun": calls})
    assert ours.nfev <= calls + 20

    def other(step, rows=lambda: slice(None)):
        p, memory = start, {}
        for t in range(1, ours.nfev + 1):
            p = p + step(loss(p, rows())[1], memory, t)
        return loss(p)[0]

    rng = np.random.default_rng(1)
    adams = [other(kingma(e)) for e in (0.003, 0.01, 0.03, 0.1, 0.3)]
    batches = [other(gd(e), lambda: rng.integers(0, 50, 10)) for e in (0.03, 0.1, 0.3)]
    assert 5 * ours.fun < min(adams + batches)


def test_case_e_long_gradients():
    """From rest the whole way that one gradient of 1000 makes, with others of zero."""

    def thrown(eta, mu):
        step, memory = momentum(eta, mu), {}
        return sum(step(1000.0 * (t == 1), memory, t) for t in range(1, 3000))

    assert thrown(0.01, 0.9) == pytest.approx(thrown(0.001, 0.99))
    assert thrown(0.01, 0.9) == pytest.approx(-100)  # and -0.1 when clipped to 1


def test_cases_f_and_g_the_lengths_of_steps():
    rng = np.random.default_rng(0)

    def lengths(step, gradients):
        memory = {}
        return [abs(step(g, memory, t)) for t, g in enumerate(gradients, start=1)]

    signs = rng.choice([-1.0, 1.0], 10_000)
    falling = lengths(adagrad(0.1), signs)
    told = [falling[0], falling[99], falling[9999]]
    assert told == pytest.approx([0.1, 0.01, 0.001], rel=1e-3)
    kept = lengths(rmsprop(0.1), signs)
    assert np.ptp(kept[100:]) < 1e-4

    ones = np.ones(5000)
    bare = lengths(kingma(0.001, correct=False), ones)
    assert [f"{bare[i]:.4f}" for i in (0, 11)] == ["0.0032", "0.0066"]
    assert int(np.argmax(bare)) == 11
    assert bare[-1] == pytest.approx(0.001, rel=0.01)
    assert lengths(kingma(0.001), ones) == pytest.approx(np.full(5000, 0.001))
    root = lengths(rmsprop(0.001), ones)
    assert f"{root[0]:.4f}" == "0.0032"
    assert np.all(np.diff(root) <= 0)


def test_the_first_steps_of_adam_by_hand(reference):
    """What the advice and the praise say of it."""
    for g in (1.0, 1e-4, 300.0):
        theta, m, s, t = reference["adam_step"](
            np.array([5.0]), np.array([g]), np.zeros(1), np.zeros(1), 0, 0.1, REST[0], 0
        )
        assert theta[0] == pytest.approx(4.9)
        assert (m[0], s[0], t) == pytest.approx((0.1 * g, 0.001 * g * g, 1))


def test_the_epsilon_of_keras_is_31_times_as_large_at_first(reference):
    """The last question after exercise 3 has an answer."""
    g, zero = np.array([1e-6]), np.zeros(1)
    ours = reference["adam_step"](
        zero, g, zero, zero, 0, 1.0, REST[0], 1e-7 / math.sqrt(0.001)
    )[0]
    m, s = 0.1 * g, 0.001 * g**2
    rate = math.sqrt(1 - 0.999) / (1 - 0.9)
    assert ours == pytest.approx(-rate * m / (np.sqrt(s) + 1e-7))


def test_the_lessons_optimizers_make_the_same_steps(reference):
    rng = np.random.default_rng(0)
    start = rng.normal(0, 1, 3)
    adamw = optimizers.AdamW(0.01, weight_decay=0.1)
    sgd = optimizers.SGD(0.05, momentum=0.9, nesterov=True)
    ours = [(start, np.zeros(3), np.zeros(3), 0), (start, np.zeros(3))]
    theirs = [(start, adamw.init(start)), (start, sgd.init(start))]
    for _ in range(10):
        (theta, m, s, t), (ahead, v) = ours
        g = rng.normal(0, 1, 3)
        ours = [
            reference["decayed_step"](theta, g, m, s, t, 0.01, 0.1, "decoupled"),
            reference["nesterov_step"](ahead, v, np.sin, 0.05, 0.9),
        ]
        (theta, first), (ahead, second) = theirs
        theirs = [adamw.step(theta, g, first), sgd.step(ahead, np.sin(ahead), second)]
    for (mine, *_), (right, _) in zip(ours, theirs, strict=True):
        assert np.max(abs(mine - start)) > 0.01
        assert mine == pytest.approx(right, rel=1e-6)


def test_what_the_question_on_decay_leads_to(reference):
    """L2 in Adam spares the weight with large gradients; decoupled decay does not."""

    def left(rule):
        state = np.ones(2), np.zeros(2), np.zeros(2), 0
        for k in range(500):
            theta, m, s, t = state
            g = np.array([10.0, 0.01]) * (-1) ** k
            state = reference["decayed_step"](theta, g, m, s, t, 0.01, 0.1, rule)
        return state[0]

    large, small = left("l2")
    assert large > 0.9
    assert abs(small) < 0.1
    assert left("decoupled") == pytest.approx(np.full(2, 0.999**500), abs=0.02)


def test_both_forms_have_the_terminal_velocity_of_plain_momentum(reference):
    state = np.zeros(1), np.zeros(1)
    for _ in range(400):
        before = state[0]
        state = reference["nesterov_step"](*state, lambda x: np.full(1, 2.0), 0.1, 0.9)
    assert state[1] == pytest.approx([-2.0])
    assert state[0] - before == pytest.approx([-2.0])


# What the text says -------------------------------------------------------------------


def test_form_1_of_the_notebook_is_the_one_that_the_check_follows():
    from course_utils.checks._optimizers_nesterov import form_1

    code = re.search(r"```python\n(.*?)```", markdown(TEXT), re.S).group(1)
    values = {
        "theta": np.array([1.0, -2.0]),
        "v": np.array([0.5, 0.25]),
        "gradient": np.sin,
        "learning_rate": 0.3,
        "momentum": 0.7,
    }
    now = dict(values)
    exec(code, now)
    order = ("theta", "v", "gradient", "learning_rate", "momentum")
    theta, v = form_1(*(values[name] for name in order))
    assert now["theta"] == pytest.approx(theta)
    assert now["v"] == pytest.approx(v)
