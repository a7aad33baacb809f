"""SGD and its momentum against closed forms and its own in-place twin.

That it takes Keras' steps is tested in `tests/keras_parity`.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils.optimizers import SGD, Optimizer

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


@kinds
def test_step_equals_update_and_changes_nothing(sgd):
    # Catches a step that forgets to copy the parameters or the velocity.
    rng = np.random.default_rng(1)
    start, gradients = rng.normal(size=(3, 4)), rng.normal(size=(5, 3, 4))
    in_place, in_place_state = start.copy(), sgd.init(start)
    pure, pure_state = start, sgd.init(start)
    for g in gradients:
        kept = pure.copy(), g.copy(), {k: v.copy() for k, v in pure_state.items()}
        new, new_state = sgd.step(pure, g, pure_state)
        np.testing.assert_array_equal(pure, kept[0])
        np.testing.assert_array_equal(g, kept[1])
        for name, array in kept[2].items():
            np.testing.assert_array_equal(pure_state[name], array)
        sgd.update(in_place, g, in_place_state)  # uses g up
        np.testing.assert_array_equal(new, in_place)
        assert new_state.keys() == in_place_state.keys()
        for name in new_state:
            np.testing.assert_array_equal(new_state[name], in_place_state[name])
        pure, pure_state = new, new_state


@kinds
@given(eta=st.floats(1e-4, 10))
def test_a_learning_rate_for_one_step_is_that_of_an_optimizer_made_with_it(sgd, eta):
    # Also: the next step without it goes back to the old rate.
    made = SGD(eta, sgd.momentum, sgd.nesterov)
    theta, g = np.array([1.0, -2.0]), np.array([0.3, 0.4])
    one, state = sgd.step(theta, g, sgd.init(theta), learning_rate=eta)
    np.testing.assert_array_equal(one, made.step(theta, g, made.init(theta))[0])
    again, _ = sgd.step(one, g, state)
    by_hand, _ = sgd.step(one, g, state, learning_rate=sgd.learning_rate)
    np.testing.assert_array_equal(again, by_hand)


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


@kinds
def test_float32_stays_float32_and_rows_are_independent(sgd):
    # One flat array may hold several networks: what one row does, it does alone.
    rng = np.random.default_rng(2)
    both, gradient = rng.normal(size=(2, 2, 5)).astype(np.float32)
    state = sgd.init(both)
    assert all(v.dtype == np.float32 for v in state.values())
    moved, state = sgd.step(both, gradient, state)
    assert moved.dtype == np.float32
    alone, _ = sgd.step(both[1], gradient[1], sgd.init(both[1]))
    np.testing.assert_array_equal(moved[1], alone)


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
