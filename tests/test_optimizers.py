"""Optimizers against closed forms, the papers' formulas, and their in-place twins.

That they take Keras' steps is tested in `tests/keras_parity`.
"""

import dataclasses
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import approx_fprime, least_squares

from course_utils import optimizers as opt
from course_utils.optimizers import SGD, Optimizer, elementwise

KINDS = {
    "plain": SGD(0.1),
    "momentum": SGD(0.05, momentum=0.9),
    "nesterov": SGD(0.05, momentum=0.9, nesterov=True),
}
kinds = pytest.mark.parametrize("sgd", KINDS.values(), ids=KINDS.keys())


def descend(sgd, gradient_of, theta, steps, **now):
    """The path of `steps` steps, the start included."""
    theta, path = np.array(theta, dtype=float), []
    state = sgd.init(theta)
    path.append(theta.copy())
    for _ in range(steps):
        sgd.update(theta, gradient_of(theta), state, **now)
        path.append(theta.copy())
    return np.array(path)


def test_plain_descent_on_a_quadratic_shrinks_geometrically():
    # f = c x^2 / 2: x_t = (1 - eta c)^t x_0, for three curvatures at once.
    curvature = np.array([0.5, 1.0, 15.0])
    path = descend(SGD(0.1), lambda x: curvature * x, np.ones(3), 50)
    expected = (1 - 0.1 * curvature) ** np.arange(51)[:, None]
    np.testing.assert_allclose(path, expected, rtol=1e-12)


@pytest.mark.parametrize("nesterov", [False, True])
def test_momentum_on_a_quadratic_follows_its_linear_recurrence(nesterov):
    # (v, x) -> A (v, x) is linear; the matrix is written down from the papers, in the
    # position form, and raised to a power. Catches a sign, a missing mu, v used before
    # its update, and Nesterov's look-ahead left out.
    eta, mu, c = 0.05, 0.9, 3.0
    velocity = np.array([mu, -eta * c])  # v' = mu v - eta c x
    if nesterov:
        position = np.array([mu * mu, 1 - eta * c * (1 + mu)])
    else:
        position = velocity + np.array([0, 1])
    matrix = np.stack([velocity, position])
    expected = [(np.linalg.matrix_power(matrix, t) @ [0, 1])[1] for t in range(61)]
    path = descend(SGD(eta, mu, nesterov), lambda x: c * x, [1.0], 60)
    np.testing.assert_allclose(path[:, 0], expected, rtol=1e-10, atol=1e-13)


def test_nesterov_is_the_textbooks_gradient_at_the_look_ahead():
    # Sutskever et al. 2013 keep the point x and take the gradient at x + mu v. The
    # optimizer stores that look-ahead point; both must visit the same ones.
    def gradient(x):
        return 4 * x**3 + x

    eta, mu, x, v, ahead = 0.01, 0.8, 1.3, 0.0, []
    for _ in range(40):
        ahead.append(x + mu * v)
        v = mu * v - eta * gradient(x + mu * v)
        x = x + v
    path = descend(SGD(eta, mu, nesterov=True), gradient, [1.3], 39)
    np.testing.assert_allclose(path[:, 0], ahead, rtol=1e-12)


@pytest.mark.parametrize("mu", [0.5, 0.9, 0.99])
@pytest.mark.parametrize("nesterov", [False, True])
def test_terminal_velocity_is_one_over_one_minus_mu(mu, nesterov):
    # Under a constant slope g each step ends up eta g / (1 - mu) long.
    path = descend(SGD(0.1, mu, nesterov), lambda x: np.full(1, 2.0), [0.0], 4000)
    assert -np.diff(path[:, 0])[-1] == pytest.approx(0.1 * 2.0 / (1 - mu), rel=1e-9)


def test_before_it_is_reached_velocity_grows_as_a_geometric_sum():
    # v_t = -eta g (1 - mu^t) / (1 - mu)
    path = descend(SGD(0.1, 0.9), lambda x: np.ones(1), [0.0], 20)
    t = np.arange(1, 21)
    expected = -0.1 * (1 - 0.9**t) / (1 - 0.9)
    np.testing.assert_allclose(np.diff(path[:, 0]), expected, rtol=1e-12)


@pytest.mark.parametrize("nesterov", [False, True])
def test_a_momentum_for_one_step_replaces_mu_everywhere(nesterov):
    # v' = mu v - eta g; with Nesterov mu appears twice, and both must change.
    sgd = SGD(0.1, 0.9, nesterov)
    state = {"velocity": np.array([2.0])}
    theta, new = sgd.step(np.array([1.0]), np.array([3.0]), state, momentum=0.5)
    v = 0.5 * 2.0 - 0.1 * 3.0
    assert new["velocity"][0] == pytest.approx(v)
    assert theta[0] == pytest.approx(1.0 + (0.5 * v - 0.3 if nesterov else v))


def test_momentum_of_zero_for_one_step_is_a_plain_step():
    state = {"velocity": np.array([2.0])}
    theta, _ = SGD(0.1, 0.9).step(np.ones(1), np.ones(1), state, momentum=0.0)
    assert theta[0] == pytest.approx(0.9)


def test_momentum_without_a_velocity_is_an_error_and_not_silence():
    theta = np.ones(1)
    with pytest.raises(ValueError, match="momentum must be > 0 from the start"):
        SGD(0.1).update(theta, np.ones(1), {}, momentum=0.9)
    assert theta[0] == 1
    SGD(0.1).update(theta, np.ones(1), {}, momentum=0.0)
    assert theta[0] == pytest.approx(0.9)


def test_nesterov_without_momentum_is_plain():
    g, theta = np.array([2.0]), np.array([1.0])
    np.testing.assert_array_equal(
        SGD(0.1, nesterov=True).step(theta, g, {})[0], SGD(0.1).step(theta, g, {})[0]
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"learning_rate": 0}, "learning_rate must be > 0, got 0"),
        ({"learning_rate": -0.1}, "learning_rate must be > 0, got -0.1"),
        ({"learning_rate": float("nan")}, "learning_rate must be > 0, got nan"),
        ({"momentum": 1.0}, r"momentum must be in \[0, 1\), got 1.0"),
        ({"momentum": -0.1}, r"momentum must be in \[0, 1\), got -0.1"),
        ({"momentum": float("nan")}, r"momentum must be in \[0, 1\), got nan"),
    ],
)
def test_hyperparameters_out_of_range(settings, message):
    with pytest.raises(ValueError, match=message):
        SGD(**settings)


def test_a_misspelt_hyperparameter_is_not_swallowed():
    with pytest.raises(TypeError, match="lr"):
        SGD(0.1).update(np.ones(1), np.ones(1), {}, lr=1.0)


def test_the_base_class_asks_for_both_methods():
    with pytest.raises(NotImplementedError):
        Optimizer().init(np.ones(1))
    with pytest.raises(NotImplementedError):
        Optimizer().update(np.ones(1), np.ones(1), {})


# --- every rule, against its formula written down once more, in plain Python ----------


def adagrad(gs, eta, s=0.0, epsilon=1e-10, inside=True):
    for g in gs:
        s += g * g
        yield -eta * g / ((s + epsilon) ** 0.5 if inside else s**0.5 + epsilon)


def rmsprop(gs, eta, rho, mu=0.0, epsilon=1e-7, inside=True, centered=False):
    s = mean = v = 0.0
    for g in gs:
        s = rho * s + (1 - rho) * g * g
        mean = rho * mean + (1 - rho) * g
        square = s - mean * mean if centered else s
        below = (square + epsilon) ** 0.5 if inside else square**0.5 + epsilon
        v = mu * v - eta * g / below
        yield v


def adam(gs, eta, b1, b2, epsilon, at="outside", correct=True, amsgrad=False):
    m = s = largest = 0.0
    for t, g in enumerate(gs, 1):
        m = b1 * m + (1 - b1) * g
        s = b2 * s + (1 - b2) * g * g
        largest = max(s, largest)
        c1, c2 = (1 - b1**t, 1 - b2**t) if correct else (1, 1)
        used = largest if amsgrad else s
        if at == "outside":
            yield -eta * (m / c1) / ((used / c2) ** 0.5 + epsilon)
        elif at == "inside":
            yield -eta * (m / c1) / (used / c2 + epsilon) ** 0.5
        else:
            yield -eta * (m / c1) * c2**0.5 / (used**0.5 + epsilon)


def adamax(gs, eta, b1, b2, epsilon):
    m = u = 0.0
    for t, g in enumerate(gs, 1):
        m = b1 * m + (1 - b1) * g
        u = max(b2 * u, abs(g))
        yield -eta / (1 - b1**t) * m / (u + epsilon)


def nadam(gs, eta, b1, b2, epsilon, decay):
    us = [b1 * (1 - 0.5 * 0.96 ** (t * decay)) for t in range(1, len(gs) + 2)]
    m = s = 0.0
    for t, g in enumerate(gs, 1):
        m = b1 * m + (1 - b1) * g
        s = b2 * s + (1 - b2) * g * g
        ahead = us[t] * m / (1 - np.prod(us[: t + 1]))
        ahead += (1 - us[t - 1]) * g / (1 - np.prod(us[:t]))
        yield -eta * ahead / ((s / (1 - b2**t)) ** 0.5 + epsilon)


def lion(gs, eta, b1, b2):
    m = 0.0
    for g in gs:
        yield -eta * np.sign(b1 * m + (1 - b1) * g)
        m = b2 * m + (1 - b2) * g


FORMULAS = {
    "adagrad": (opt.Adagrad(0.3), adagrad, (0.3,)),
    "adagrad 0.1": (
        opt.Adagrad(0.3, 0.1, 1e-4, epsilon_inside=False),
        adagrad,
        (0.3, 0.1, 1e-4, False),
    ),
    "rmsprop": (opt.RMSprop(0.02, 0.8), rmsprop, (0.02, 0.8)),
    "rmsprop, velocity": (
        opt.RMSprop(0.02, 0.8, 0.7, True, 1e-3, False),
        rmsprop,
        (0.02, 0.8, 0.7, 1e-3, False, True),
    ),
    "adam": (opt.Adam(0.1, 0.8, 0.95), adam, (0.1, 0.8, 0.95, 1e-8)),
    "adam inside": (
        opt.Adam(0.1, 0.8, 0.95, 1e-3, epsilon_at="inside"),
        adam,
        (0.1, 0.8, 0.95, 1e-3, "inside"),
    ),
    "adam uncorrected": (
        opt.Adam(0.1, 0.8, 0.95, 1e-3, epsilon_at="uncorrected"),
        adam,
        (0.1, 0.8, 0.95, 1e-3, "uncorrected"),
    ),
    "adam without correction": (
        opt.Adam(0.1, 0.8, 0.95, bias_correction=False),
        adam,
        (0.1, 0.8, 0.95, 1e-8, "outside", False),
    ),
    "amsgrad": (
        opt.Adam(0.1, 0.8, 0.5, amsgrad=True),
        adam,
        (0.1, 0.8, 0.5, 1e-8, "outside", True, True),
    ),
    "adamw 0": (opt.AdamW(0.1, weight_decay=0), adam, (0.1, 0.9, 0.999, 1e-8)),
    "adamax": (opt.Adamax(0.1, 0.8, 0.7), adamax, (0.1, 0.8, 0.7, 1e-8)),
    "nadam": (opt.Nadam(0.1), nadam, (0.1, 0.9, 0.999, 1e-8, 0.004)),
    "lion": (opt.Lion(0.1, 0.7, 0.9), lion, (0.1, 0.7, 0.9)),
}
EVERY = {name: rule for name, (rule, _, _) in FORMULAS.items()} | KINDS
EVERY["adamw"] = opt.AdamW(0.1, weight_decay=0.1)
every = pytest.mark.parametrize("rule", EVERY.values(), ids=EVERY.keys())


@pytest.mark.parametrize("name", FORMULAS)
def test_a_rule_follows_its_formula_number_by_number(name):
    # Big, ordinary, tiny and missing gradients: they tell where epsilon stands, whether
    # zeros leave a memory alone, and whether t starts at 1.
    rule, formula, settings = FORMULAS[name]
    rng = np.random.default_rng(3)
    gradients = rng.normal(size=(40, 4)) * [100.0, 1.0, 1e-5, 1.0]
    gradients[::3, 3] = 0
    theta = np.zeros(4)
    state, path = rule.init(theta), [theta.copy()]
    for g in gradients:
        rule.update(theta, g.copy(), state)
        path.append(theta.copy())
    expected = np.array([list(formula(gs, *settings)) for gs in gradients.T]).T
    np.testing.assert_allclose(np.diff(path, axis=0), expected, rtol=1e-9, atol=1e-12)


@every
def test_step_equals_update_and_changes_nothing(rule):
    # Catches a step that forgets to copy the parameters or the velocity.
    rng = np.random.default_rng(1)
    start, gradients = rng.normal(size=(3, 4)), rng.normal(size=(5, 3, 4))
    in_place, in_place_state = start.copy(), rule.init(start)
    pure, pure_state = start, rule.init(start)
    for g in gradients:
        kept = pure.copy(), g.copy(), {k: v.copy() for k, v in pure_state.items()}
        new, new_state = rule.step(pure, g, pure_state)
        np.testing.assert_array_equal(pure, kept[0])
        np.testing.assert_array_equal(g, kept[1])
        for name, array in kept[2].items():
            np.testing.assert_array_equal(pure_state[name], array)
        rule.update(in_place, g, in_place_state)  # uses g up
        np.testing.assert_array_equal(new, in_place)
        assert new_state.keys() == in_place_state.keys()
        for name in new_state:
            np.testing.assert_array_equal(new_state[name], in_place_state[name])
        pure, pure_state = new, new_state


@every
@given(eta=st.floats(1e-4, 10))
def test_a_learning_rate_for_one_step_is_that_of_an_optimizer_made_with_it(rule, eta):
    # Also: the next step without it goes back to the old rate.
    made = dataclasses.replace(rule, learning_rate=eta)
    theta, g = np.array([1.0, -2.0]), np.array([0.3, 0.4])
    one, state = rule.step(theta, g, rule.init(theta), learning_rate=eta)
    np.testing.assert_array_equal(one, made.step(theta, g, made.init(theta))[0])
    again, _ = rule.step(one, g, state)
    by_hand, _ = rule.step(one, g, state, learning_rate=rule.learning_rate)
    np.testing.assert_array_equal(again, by_hand)


@every
def test_float32_stays_float32_and_rows_are_independent(rule):
    # One flat array may hold several networks: what one row does, it does alone.
    rng = np.random.default_rng(2)
    both, gradient = rng.normal(size=(2, 2, 5)).astype(np.float32)
    state = rule.init(both)
    assert all(state[name].dtype == np.float32 for name in rule.memory())
    moved, state = rule.step(both, gradient, state)
    assert moved.dtype == np.float32
    alone, _ = rule.step(both[1], gradient[1], rule.init(both[1]))
    np.testing.assert_array_equal(moved[1], alone)


@every
def test_long_arrays_are_worked_through_in_pieces_and_none_is_left_out(rule):
    # Also arrays that do not lie in one piece, which cannot be cut.
    rng = np.random.default_rng(4)
    theta, g = rng.normal(size=(2, 5, 7)).astype(np.float32)
    whole, state = rule.step(theta, g, rule.init(theta))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(elementwise, "BLOCK", 4)
        cut, cut_state = rule.step(theta, g, rule.init(theta))
        across = np.asfortranarray(theta)
        rule.update(across, np.asfortranarray(g), rule.init(across))
    np.testing.assert_array_equal(cut, whole)
    np.testing.assert_array_equal(across, whole)
    for name in state:
        np.testing.assert_array_equal(cut_state[name], state[name])


@every
def test_an_optimizer_and_its_state_survive_a_pickle(rule):
    theta = np.ones(3)
    state = rule.step(theta, theta, rule.init(theta))[1]
    again, old = pickle.loads(pickle.dumps((rule, state)))
    assert again == rule
    for a, b in zip(
        again.step(theta, theta, old), rule.step(theta, theta, state), strict=True
    ):
        np.testing.assert_equal(a, b)


@every
def test_what_cannot_be_changed_for_a_step_is_named(rule):
    theta = np.ones(2)
    state = rule.init(theta)
    with pytest.raises(TypeError, match=r"can change learning_rate.* got lr"):
        rule.update(theta, np.ones(2), state, lr=1.0)
    for bad in (-0.1, np.nan, np.inf):
        with pytest.raises(ValueError, match="learning_rate must be >= 0, got"):
            rule.update(theta, np.ones(2), state, learning_rate=bad)
    with pytest.raises(ValueError, match=r"shape \(2,\), got \(3,\)"):
        rule.update(theta, np.ones(3), state)
    np.testing.assert_array_equal(theta, 1)
    if "momentum" in rule.adjustable:
        with pytest.raises(ValueError, match=r"momentum must be in \[0, 1\), got 1"):
            rule.update(theta, np.ones(2), state, momentum=1.0)


@pytest.mark.parametrize("name", ["adam", "adamax", "nadam", "lion", "adamw"])
def test_momentum_for_one_step_is_beta_1(name):
    rule = opt.get(name)
    theta, g = np.ones(2), np.array([1.0, -2.0])
    state = rule.init(theta)
    for _ in range(3):
        state = rule.step(theta, -g, state)[1]
    one = rule.step(theta, g, state, momentum=0.99)
    two = rule.step(theta, g, state, beta_1=0.99)
    usual = rule.step(theta, g, state)
    np.testing.assert_equal(one[0], two[0])
    assert not np.array_equal(one[0], usual[0])


def test_the_correction_is_right_while_beta_1_moves():
    # Under one and the same gradient each average of it, corrected, is that gradient:
    # every step has the length of the rate. 1 - beta_1^t with today's beta_1 is not it.
    rule, theta = opt.Adam(0.1, epsilon=1e-12), np.zeros(1)
    state = rule.init(theta)
    for beta in (0.95, 0.9, 0.85, 0.5, 0.9, 0.99):
        before = theta.copy()
        rule.update(theta, np.full(1, 3.0), state, beta_1=beta)
        assert before - theta == pytest.approx(0.1, rel=1e-9)


def test_without_correction_adams_first_steps_are_larger():
    # Constant gradient: the ratio is (1 - beta_1^t) / sqrt(1 - beta_2^t) in theory.
    def steps(correct):
        rule = opt.Adam(1.0, epsilon=1e-15, bias_correction=correct)
        theta = np.zeros(1)
        state, path = rule.init(theta), [0.0]
        for _ in range(2000):
            rule.update(theta, np.ones(1), state)
            path.append(theta[0])
        return np.diff(path)

    ratio, t = steps(False) / steps(True), np.arange(1, 2001)
    np.testing.assert_allclose(ratio, (1 - 0.9**t) / np.sqrt(1 - 0.999**t), rtol=1e-9)
    assert ratio[0] == pytest.approx(0.1 / 0.001**0.5)  # 3.16
    assert ratio.argmax() + 1 == 12


@pytest.mark.parametrize("name", ["adagrad", "rmsprop", "adam", "adamax", "nadam"])
def test_a_scale_that_all_gradients_share_cancels(name):
    rule = opt.get(name, epsilon=1e-30)
    gradients = np.random.default_rng(5).normal(size=(20, 6))
    ends = []
    for scale in (1.0, 1e-6, 1e6):
        theta = np.zeros(6)
        state = rule.init(theta)
        for g in gradients:
            rule.update(theta, scale * g, state)
        ends.append(theta)
    np.testing.assert_allclose(ends[1:], [ends[0]] * 2, rtol=1e-9)


def test_decay_beside_the_gradient_is_a_share_and_no_gradient():
    # Without a gradient Adam stands still, and the decay alone is left.
    rule, theta = opt.AdamW(0.1, weight_decay=0.5), np.array([3.0, -2.0])
    state = rule.init(theta)
    for _ in range(10):
        rule.update(theta, np.zeros(2), state)
    np.testing.assert_allclose(theta, np.array([3.0, -2.0]) * 0.95**10)
    rule, theta = opt.Lion(0.1, weight_decay=0.5), np.array([3.0])
    rule.update(theta, np.zeros(1), rule.init(theta), learning_rate=0.2)
    assert theta[0] == pytest.approx(3.0 * 0.9)


def test_where_adam_goes_the_wrong_way_and_amsgrad_does_not():
    # Reddi et al. 2018, section 3: slopes 3, -1, -1, over and over, on [-1, 1]; their
    # sum is 1, so -1 is best. beta_1 = 0, beta_2 = 1/10.
    def end(amsgrad):
        rule = opt.Adam(0.1, 0.0, 0.1, amsgrad=amsgrad)
        theta = np.zeros(1)
        state = rule.init(theta)
        for t in range(1, 3001):
            g = np.full(1, 3.0 if t % 3 == 1 else -1.0)
            rule.update(theta, g, state, learning_rate=0.1 / np.sqrt(t))
            np.clip(theta, -1, 1, out=theta)
        return theta[0]

    assert end(amsgrad=False) > 0.9
    assert end(amsgrad=True) < -0.9


@pytest.mark.parametrize(
    ("make", "settings", "message"),
    [
        (opt.Adagrad, {"learning_rate": 0}, "learning_rate must be > 0, got 0"),
        (opt.Adagrad, {"initial_accumulator": -1}, "accumulator must be >= 0, got -1"),
        (opt.RMSprop, {"rho": 1.0}, r"rho must be in \[0, 1\), got 1.0"),
        (opt.RMSprop, {"epsilon": 0}, "epsilon must be > 0, got 0"),
        (opt.Adam, {"beta_2": 1}, r"beta_2 must be in \[0, 1\), got 1"),
        (opt.Adam, {"epsilon_at": "top"}, "epsilon_at must be one of .*got 'top'"),
        (opt.Adam, {"learning_rate": np.inf}, "learning_rate must be > 0, got inf"),
        (opt.AdamW, {"weight_decay": -1}, "weight_decay must be >= 0, got -1"),
        (opt.Adamax, {"beta_1": -0.1}, r"beta_1 must be in \[0, 1\), got -0.1"),
        (opt.Nadam, {"schedule_decay": np.nan}, "schedule_decay must be >= 0, got nan"),
        (opt.Lion, {"learning_rate": -1}, "learning_rate must be > 0, got -1"),
    ],
)
def test_settings_out_of_range(make, settings, message):
    with pytest.raises(ValueError, match=message):
        make(**settings)


def test_get_makes_an_optimizer_or_returns_one():
    for name in opt.OPTIMIZERS:
        assert opt.get(name, learning_rate=0.5).learning_rate == 0.5
    assert opt.get("nesterov") == SGD(0.01, 0.9, nesterov=True)
    rule = opt.Adam()
    assert opt.get(rule) is rule
    with pytest.raises(ValueError, match=r"must be one of sgd, .* got 'adan'"):
        opt.get("adan")
    with pytest.raises(ValueError, match="settings must come with a name"):
        opt.get(rule, learning_rate=1.0)


# --- landscapes and walks ------------------------------------------------------------

LANDSCAPES = {
    "bowl": (opt.quadratic(30, 20), 2),
    "saddle": (opt.saddle(), 2),
    "rosenbrock": (opt.rosenbrock(), 2),
    "wells": (opt.double_well(0.2), 1),
}


@pytest.mark.parametrize("name", LANDSCAPES)
def test_slopes_and_curvatures_are_those_of_the_heights(name):
    land, d = LANDSCAPES[name]
    points = np.random.default_rng(6).uniform(-2, 2, size=(4, 3, d))
    slopes, curvatures = land.gradient(points), land.hessian(points)
    assert slopes.shape == (4, 3, d)
    assert curvatures.shape == (4, 3, d, d)
    for at in np.ndindex(4, 3):
        by_height = approx_fprime(points[at], lambda p: float(land.value(p)), 1e-7)
        np.testing.assert_allclose(slopes[at], by_height, rtol=1e-4, atol=1e-3)
        by_slope = opt.numerical_hessian(land.gradient, points[at])
        np.testing.assert_allclose(curvatures[at], by_slope, rtol=1e-4, atol=1e-4)
    if land.minimum is not None:
        flat = np.array(land.minimum)
        np.testing.assert_allclose(land.gradient(flat), 0, atol=1e-9)
        assert (land.value(points) >= land.value(flat)).all()
    assert pickle.loads(pickle.dumps(land)).gradient(points[0, 0]) == pytest.approx(
        slopes[0, 0]
    )


def test_a_turned_bowl_is_the_bowl_seen_from_another_side():
    # Gradient descent does not mind; the steepness is along the second axis at 0.
    land = opt.quadratic(50)
    np.testing.assert_allclose(land.hessian(np.zeros(2)), np.diag([1, 50]), atol=1e-12)
    sizes = np.linalg.eigvalsh(opt.quadratic(50, 33).hessian(np.zeros(2)))
    np.testing.assert_allclose(sizes, [1, 50])


def test_descend_starts_many_walks_at_once_and_repeats_its_noise():
    land, starts = opt.noisy(opt.quadratic(5), 0.3), np.ones((3, 2))
    many = opt.descend(opt.Adam(0.1), opt.quadratic(5), starts, 7)
    assert many.shape == (8, 3, 2)
    one = opt.descend(opt.Adam(0.1), opt.quadratic(5), starts[0], 7)
    np.testing.assert_array_equal(many[:, 1], one)
    first, again, other = (
        opt.descend(SGD(0.1), land, [1.0, 1.0], 9, s) for s in [1, 1, 2]
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    np.testing.assert_array_equal(starts, 1)
    assert set(opt.paths({"a": SGD(0.1)}, land, [1.0, 1.0], 2)) == {"a"}


def test_noise_is_what_it_says():
    flat = opt.noisy(opt.quadratic(1), 0.5)
    way = opt.descend(SGD(1.0), flat, np.zeros((4000, 2)), 1)
    assert way[1].std() == pytest.approx(0.5, rel=0.03)


def test_a_walk_that_overflows_does_so_quietly():
    for land, _ in LANDSCAPES.values():
        start = [1.5] * (1 if land.name == "two hollows" else 2)
        way = opt.descend(SGD(3.0), land, start, 1000)
        assert not np.isfinite(way[-1]).all()
        assert not np.isfinite(land.value(way)[-1])
        land.hessian(way[-1])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([5, 0.5, 2, 0.9, 0.1], 3),  # the first visit does not count
        ([0.1, 0.2], 0),
        ([3, 2, 1], np.inf),  # below means below
        ([0.5, np.nan, 0.5], 2),
        ([0.5, np.nan], np.inf),
    ],
)
def test_steps_until_it_stays_below(values, expected):
    assert opt.steps_until(values, 1.0) == expected
    both = np.stack([values, [0.0] * len(values)], axis=1)
    np.testing.assert_array_equal(opt.steps_until(both, 1.0), [expected, 0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: opt.quadratic(0.5), "kappa must be >= 1, got 0.5"),
        (lambda: opt.double_well(0.5), "tilt must be in"),
        (lambda: opt.noisy(opt.saddle(), -1), "noise must be >= 0, got -1"),
        (lambda: opt.descend(SGD(), opt.saddle(), [0.0, 0.0], -1), "n_steps must be"),
        (lambda: opt.hessian_bytes(0), "n_parameters must be >= 1, got 0"),
        (lambda: opt.lbfgs(None, [0.0], n_steps=0), "n_steps must be >= 1, got 0"),
        (lambda: opt.lbfgs(None, [0.0], memory=0), "memory must be >= 1, got 0"),
        (lambda: opt.newton(None, None, [0.0], -1), "n_steps must be >= 0, got -1"),
        (lambda: opt.gauss_newton(None, None, [0.0], 1, -1), "damping must be >= 0"),
        (lambda: opt.numerical_hessian(None, [0.0], 0), "h must be > 0, got 0"),
    ],
)
def test_arguments_out_of_range(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# --- with curvature ------------------------------------------------------------------


def arch(x):
    """sqrt(1 + x^2): its slope and its curvature."""
    return x / np.sqrt(1 + x**2), (1 + x**2) ** -1.5


def test_newton_needs_one_step_on_a_bowl_of_any_shape():
    bowl = opt.quadratic(1e6, 30)
    way = opt.newton(bowl.gradient, bowl.hessian, [3.0, -2.0], 1)
    np.testing.assert_allclose(way[-1], 0, atol=1e-8)


def test_newton_walks_onto_a_saddle_unless_it_is_damped_or_takes_sizes():
    land, start = opt.saddle(), [1.0, 1e-3]
    onto = opt.newton(land.gradient, land.hessian, start, 1)[-1]
    np.testing.assert_allclose(onto, 0, atol=1e-12)
    damped = opt.newton(land.gradient, land.hessian, start, 3, damping=3.0)
    sizes = opt.newton(land.gradient, land.hessian, start, 3, absolute=True)
    for way in (damped, sizes):
        assert abs(way[-1, 1]) > 4 * abs(way[0, 1])


def test_newton_without_damping_can_fly_away():
    # x -> -x^3 on sqrt(1 + x^2)
    way = opt.newton(
        lambda x: arch(x)[0], lambda x: np.diag(arch(x)[1]), np.array([1.1]), 4
    )
    np.testing.assert_allclose(way[1:, 0], -(way[:-1, 0] ** 3), rtol=1e-9)
    tame = opt.newton(
        lambda x: arch(x)[0], lambda x: np.diag(arch(x)[1]), np.array([1.1]), 60, 1.0
    )
    assert abs(tame[-1, 0]) < 1e-6


def test_newton_says_when_there_is_no_inverse():
    flat = np.diag([1.0, 0.0])
    with pytest.raises(ValueError, match=r"must have an inverse.*damping"):
        opt.newton(lambda x: x, lambda x: flat, np.ones(2))
    opt.newton(lambda x: x, lambda x: flat, np.ones(2), damping=0.1)


@pytest.mark.parametrize("damping", [0.0, 0.01])
def test_gauss_newton_finds_what_scipy_finds(damping):
    t = np.linspace(0, 3, 20)
    y = 2.5 * np.exp(-1.3 * t) + 0.01 * np.sin(40 * t)

    def residual(p):
        return p[0] * np.exp(-p[1] * t) - y

    def jacobian(p):
        e = np.exp(-p[1] * t)
        return np.stack([e, -p[0] * t * e], axis=1)

    way = opt.gauss_newton(residual, jacobian, [2.0, 1.0], 30, damping)
    theirs = least_squares(residual, [2.0, 1.0], jacobian).x
    np.testing.assert_allclose(way[-1], theirs, rtol=1e-6)


def test_lbfgs_goes_through_the_bent_ravine():
    land = opt.rosenbrock()
    found = opt.lbfgs(
        lambda p: (land.value(p), land.gradient(p)), np.array([-1.2, 1.0]), 100
    )
    np.testing.assert_allclose(found.parameters, 1, atol=1e-4)
    assert found.losses[0] == pytest.approx(float(land.value(np.array([-1.2, 1.0]))))
    assert (np.diff(found.losses) <= 0).all()  # the line search sees to it
    assert len(found.losses) - 1 <= found.calls < 100
    few = opt.lbfgs(lambda p: ((p**2).sum(), 2 * p), np.ones((2, 3), np.float32), 1)
    assert few.parameters.shape == (2, 3)
    assert len(few.losses) == 2


def test_a_hessian_of_a_million_parameters_has_3725_gibibytes_or_4000_gigabytes():
    size = opt.hessian_bytes(10**6)
    assert size / 2**30 == pytest.approx(3725.29, abs=0.005)
    assert size == 4000 * 10**9
    assert opt.hessian_bytes(3, "float64", symmetric=True) == 6 * 8
