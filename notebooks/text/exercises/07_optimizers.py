# %% [markdown] slideshow={"slide_type": "skip"}
# # Exercises 07: Optimizers
#
# Five exercises on [lesson 07](../07_optimizers.ipynb), from a warm-up to eight
# decisions. Replace the line that raises an error, run the cell, then run the check
# below it: it answers at once, and when something is wrong it shows one small case.
#
# Checks look at what your function returns, not at how it is written. Lists and
# arrays are both welcome; arguments must be left as they were.

# %% [markdown] slideshow={"slide_type": "skip"}
# Stuck? `exercises.adam_step.hint(1)` gives a nudge, `hint(2)` a bigger one, and
# `exercises.adam_step.solution()` shows our way to write it. The same works for every
# exercise by its name.
#
# Notation, as in the lesson: $\theta$ the parameters, $g$ the gradient, $\eta$ the
# learning rate; the velocity $v$ and its momentum $\mu$; Adam's moments $m$ and $s$
# with $\beta_1$ and $\beta_2$. Products, squares and roots of arrays are taken entry
# by entry.

# %% [markdown] slideshow={"slide_type": "skip"}
# Exercises 2 to 4 ask for one step of an optimizer, as a pure function: everything that
# it remembers comes in as an argument and goes out as a result. The check looks at
# single steps from all kinds of states, and then at ten in a row. Accepted error there:
# $10^{-8}$, relative to the larger of 1 and the right value.

# %% slideshow={"slide_type": "skip"}
import numpy as np

from course_utils.checks import optimizers as exercises

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 1. Warm-up: terminal velocity
#
# A ball rolls down a slope that is the same everywhere: the gradient never changes.
# From rest, $v = 0$, each step is
#
# $$v \leftarrow \mu v - \eta g, \qquad \theta \leftarrow \theta + v.$$
#
# The ball gets faster, and friction sees to it that this has an end. Return the velocity
# that it approaches, and the number of steps after which it has reached at least the
# given share of it. The first step makes the velocity $-\eta g$.

# %% [markdown] slideshow={"slide_type": "skip"}
# Accepted error: a millionth for the velocity, none for the number of steps. There may
# be no momentum at all, $\mu = 0$, and there may be a lot: $\mu = 0.999$.


# %% slideshow={"slide_type": "skip"}
def terminal_velocity(gradient, learning_rate, momentum, share):
    """The velocity under a constant gradient, and the steps to get near it.

    gradient: array of any shape.
    learning_rate: a number > 0.
    momentum: mu, from 0 to below 1.
    share: of the final velocity, between 0 and 1.
    Returns an array of the gradient's shape, and a whole number.
    """
    ### BEGIN SOLUTION
    velocity = -learning_rate * gradient / (1 - momentum)
    steps, missing = 1, momentum
    while missing > 1 - share:
        steps, missing = steps + 1, missing * momentum
    return velocity, steps
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.terminal_velocity.check(terminal_velocity)


# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** You raise $\mu$ from 0.9 to 0.99. By what must you multiply $\eta$ so
# that the ball ends up as fast as before, and what has changed even so? Somebody
# compares momentum with plain gradient descent at the same learning rate, and momentum
# wins: what have they measured? And if $\eta$ is suddenly divided by 10, after how many
# steps has the velocity noticed?
#
# ### BEGIN MARK SCHEME
# *2 points.* The final velocity is $-\eta g/(1-\mu)$, so $\eta$ must be **divided by
# 10**. Still the ball is ten times as sluggish: 90 % of its speed takes 230 steps in
# place of 22. At the same rate momentum 0.9 moves ten times as far a step in the end:
# the comparison measured **a ten times larger rate**. After $\eta/10$ the excess falls
# like $\mu^k$: half of the change takes 7 steps at 0.9 and 69 at 0.99, so some
# $1/(1-\mu)$ steps.
# - **1 point**: $1/10$ (half), and slower to speed up or turn (half).
# - **1 point**: a larger rate (half); of the order of $1/(1-\mu)$ steps (half).
# - Seen often: "at once, as $\eta$ is in the formula", worth nothing: only new
#   gradients feel it; "multiply by 10", nothing.
# ### END MARK SCHEME

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 2. The two Nesterov codes are one
#
# Nesterov's momentum measures the gradient a little ahead, where the velocity is about
# to carry the ball. Written down directly, that is form 1:
#
# ```python
# ahead = theta + momentum * v
# v = momentum * v - learning_rate * gradient(ahead)
# theta = theta + v
# ```
#
# It is awkward: the network's weights are `theta`, and the gradient is wanted at
# weights that nobody stores. So libraries store the point *ahead*, and `theta` is
# nowhere written down. That is form 2.

# %% [markdown] slideshow={"slide_type": "skip"}
# Write one step of form 2. You get the point where form 1 would measure its gradient
# now, and the velocity. Return the point where form 1 would measure it next, and the
# new velocity.
#
# `gradient` is a function: give it a point, and it returns the gradient there.


# %% slideshow={"slide_type": "skip"}
def nesterov_step(ahead, v, gradient, learning_rate, momentum):
    """One step of Nesterov's momentum, from look-ahead to look-ahead.

    ahead: array of any shape, theta + mu v.
    v: array of the same shape, the velocity.
    gradient: a function, array -> array.
    learning_rate: eta.
    momentum: mu.
    Returns the next ahead and the next v.
    """
    ### BEGIN SOLUTION
    v_next = momentum * v - learning_rate * gradient(ahead)
    theta = ahead - momentum * v
    theta_next = theta + v_next
    return theta_next + momentum * v_next, v_next
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.nesterov_step.check(nesterov_step)


# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** Keras' `SGD(nesterov=True)` has the line
# `x = x + momentum * v - learning_rate * g`, with the new `v` and the gradient `g` at
# `x`. Show that this is your step. Which weights does Keras save, then: `theta` or the
# point ahead? When does that matter, and when do the two come together? And has
# Nesterov's ball another terminal velocity than that of exercise 1?
#
# ### BEGIN MARK SCHEME
# *2 points.* Put $\theta = x - \mu v$ and $v' = \mu v - \eta g$ into
# $x' = \theta + v' + \mu v'$: the two $\mu v$ cancel and leave Keras' line,
# $x' = x + \mu v' - \eta g$. Keras saves the point **ahead**. It differs from $\theta$
# by $\mu v$: that matters while the velocity is large; where $v \to 0$ (the rate falls,
# or it has arrived) the two come together. Terminal velocity: the same,
# $-\eta g/(1-\mu)$, since a constant gradient is the same ahead.
# - **1 point**: the algebra; half a point if only checked by numbers.
# - **1 point**: the point ahead (half); when it matters, and the same velocity (half).
# - Seen often: "$\theta$, of course", or "Nesterov is faster on the slope", worth
#   nothing.
# ### END MARK SCHEME

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 3. Adam
#
# Adam (Kingma and Ba, 2015, arXiv 1412.6980) remembers two averages that leak: $m$ of
# the gradient, $s$ of its square. $t$ counts the steps, and the first one has $t = 1$:
#
# $$t \leftarrow t + 1, \qquad m \leftarrow \beta_1 m + (1 - \beta_1)\, g, \qquad
# s \leftarrow \beta_2 s + (1 - \beta_2)\, g^2,$$
#
# $$\hat m = \frac{m}{1 - \beta_1^t}, \qquad \hat s = \frac{s}{1 - \beta_2^t}, \qquad
# \theta \leftarrow \theta - \eta\, \frac{\hat m}{\sqrt{\hat s} + \epsilon}.$$

# %% [markdown] slideshow={"slide_type": "skip"}
# Write one step. The argument `t` says how many steps were made *before* this one, so it
# is 0 at first, and $m$ and $s$ are then zero. What goes out is what the next step
# needs: the new $\theta$, $m$, $s$ and $t$, in this order.


# %% slideshow={"slide_type": "skip"}
def adam_step(theta, g, m, s, t, learning_rate, betas, epsilon):
    """One step of Adam.

    theta, g: arrays of one shape.
    m, s: arrays of the same shape, what Adam remembers.
    t: the number of steps made so far, 0, 1, 2, ...
    betas: the pair beta_1, beta_2.
    Returns the next theta, m, s and t.
    """
    ### BEGIN SOLUTION
    beta_1, beta_2 = betas
    t = t + 1
    m = beta_1 * m + (1 - beta_1) * g
    s = beta_2 * s + (1 - beta_2) * g**2
    m_hat = m / (1 - beta_1**t)
    s_hat = s / (1 - beta_2**t)
    theta = theta - learning_rate * m_hat / (np.sqrt(s_hat) + epsilon)
    return theta, m, s, t
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.adam_step.check(adam_step)


# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** Leave both corrections out and follow a constant gradient for 3000
# steps, at $\beta_1 = 0.9$ and $\beta_2 = 0.999$: how long are the steps compared with
# the corrected ones, when are they longest, and when does it cease to matter? Then turn
# to epsilon: Keras adds it to the root of the *uncorrected* $s$. Which $\epsilon$ of
# yours makes the same first step as Keras' default of $10^{-7}$, and for which gradients
# can you see the difference?
#
# ### BEGIN MARK SCHEME
# *2 points.* Uncorrected over corrected: $(1 - 0.9^t)/\sqrt{1 - 0.999^t}$: **3.16** at
# step 1, most at step **12** (6.57), below 1.1 from step 1,751 on, 1.03 at 3,000.
# Keras: $\sqrt{s} = \sqrt{0.001}\, \lvert g \rvert$ in the first step, so its $10^{-7}$
# counts like $10^{-7}/\sqrt{0.001} = 3.2 \cdot 10^{-6}$ beside $\sqrt{\hat s}$. Seen
# where $\lvert g \rvert$ is not far above that: at $10^{-5}$ the step is 0.76, not
# 0.99; at $10^{-3}$ the two agree to 0.3 %.
# - **1 point**: three times, longest near step 12 (6.6 times), over after some 2,000
#   steps; half a point for two of them.
# - **1 point**: $3.2 \cdot 10^{-6}$ (half), and tiny gradients only, up to about
#   $10^{-4}$ (half).
# - Seen often: "shorter without correction, as $m$ is too small", worth nothing.
# ### END MARK SCHEME

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 4. Two ways to keep weights small
#
# With plain gradient descent it does not matter whether you add
# $\frac{\lambda}{2} \lVert \theta \rVert^2$ to the loss or pull the weights toward zero
# in each step. With Adam it does. Write both, as `rule` says:
#
# - `"l2"`: the penalty is part of the loss, so it is part of the gradient that Adam gets.
#   `g` is the gradient of the loss without it;
# - `"decoupled"`: Adam never hears of the penalty. $\theta$ also loses
#   $\eta \lambda \theta$ in the step, with $\theta$ as it came in. This is AdamW
#   (Loshchilov and Hutter, 2019, arXiv 1711.05101).

# %% [markdown] slideshow={"slide_type": "skip"}
# Adam has $\beta_1 = 0.9$, $\beta_2 = 0.999$ and $\epsilon = 10^{-8}$ here, and you may
# call your `adam_step`. The check takes the rules one by one, so you can try it after
# the first.


# %% slideshow={"slide_type": "skip"}
def decayed_step(theta, g, m, s, t, learning_rate, strength, rule):
    """One step of Adam that also keeps the weights small.

    theta, g, m, s, t: as in adam_step.
    strength: lambda, a number > 0.
    rule: "l2" or "decoupled".
    Returns the next theta, m, s and t.
    """
    ### BEGIN SOLUTION
    lost = 0.0
    if rule == "l2":
        g = g + strength * theta
    else:
        lost = learning_rate * strength * theta
    rest = learning_rate, (0.9, 0.999), 1e-8
    moved, m, s, t = adam_step(theta, g, m, s, t, *rest)
    return moved - lost, m, s, t
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.decayed_step.check(decayed_step)


# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** Follow two weights that both start at 1, for 500 steps, with
# $\eta = 0.01$ and $\lambda = 0.1$. Their gradients change sign with every step: 10, -10,
# 10, ... for the first weight, 0.01, -0.01, 0.01, ... for the second. What is left of
# each, by each rule? Which weights does L2 in Adam press, and is that what you want? In
# Keras, which rule is `kernel_regularizer="l2"`, and which is `weight_decay=`?
#
# ### BEGIN MARK SCHEME
# *2 points.* L2 leaves **0.93** of the first weight and **0** of the second (at 250
# steps it was 0.003). Decoupled leaves **0.60** of both, near
# $(1 - 0.001)^{500} = 0.606$. In Adam the penalty's gradient is divided by
# $\sqrt{\hat s}$ like all the rest: weights with *small* gradients are pressed hard,
# loud ones hardly. That is seldom wanted. In Keras `kernel_regularizer="l2"` is the
# rule `"l2"`, `weight_decay=` is `"decoupled"`.
# - **1 point**: the four numbers; half a point for one rule.
# - **1 point**: the quiet weight is pressed, as the root divides (half); Keras (half).
# - Seen often: "the first is pressed more, as its gradient is larger", worth nothing;
#   both Keras names mixed up, nothing of that half.
# ### END MARK SCHEME

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 5. Which optimizer?
#
# Eight cases; for each, three to choose from. In A to E and in H, choose what gets
# there soonest: down, out of the saddle, to the exact fit. In F and G, choose what made
# the steps. Learning rates are tuned for each choice, except where one is given.
#
# | | the case | choose |
# |---|---|---|
# | A | A ravine 1000 times as steep across as along, not along an axis but at 45 degrees. Exact gradients. | `"gradient descent"`, `"adagrad"`, `"momentum"` |
# | B | Text, and a linear model with one weight for each word. Each example has dozens of frequent words in it and one of many rare ones, each of which comes up a handful of times in all. | `"gradient descent"`, `"adagrad"`, `"momentum"` |
# | C | The saddle $x^2 - y^2$, started at $(1, 10^{-6})$. Exact gradients, and learning rate 0.01 where there is one. | `"gradient descent"`, `"newton"`, `"rmsprop"` |
# | D | A network of 31 weights is to follow a smooth curve through 50 points. All of them go into one step with ease, and the fit should be as exact as can be. | `"l-bfgs"`, `"adam"`, `"stochastic gradient descent"` |

# %% [markdown] slideshow={"slide_type": "skip"}
# | | the case | choose |
# |---|---|---|
# | E | Momentum trains well, but about one gradient in 300 is 1000 times as long as the rest and throws the network away. | `"smaller rate"`, `"more momentum"`, `"clipping"` |
# | F | Gradients have kept the same size all the time. The steps had the length 0.1 at first, 0.01 after 100 of them and 0.001 after 10,000. | `"adam"`, `"adagrad"`, `"rmsprop"` |
# | G | The gradient is constant, the learning rate 0.001. The steps had the length 0.0032 at first, 0.0066 at the 12th, and 0.001 in the end. | `"adam"`, `"adam, no correction"`, `"rmsprop"` |
# | H | A billion weights in float32 on a device of 16 GB. Weights and gradients need 4 GB each, the activations 3. | `"l-bfgs"`, `"adam"`, `"momentum"` |
#
# Write your reason beside each, as a comment: nobody grades it, and it is where the
# learning is. The check tells why a wrong choice is wrong.


# %% slideshow={"slide_type": "skip"}
def choose():
    """Your choices: a dict with the keys A to H."""
    ### BEGIN SOLUTION
    return {
        "A": "momentum",  # root of kappa; no axis is special to it
        "B": "adagrad",  # a rare word still has its large step
        "C": "rmsprop",  # divides by the tiny slope
        "D": "l-bfgs",  # exact, small, curved: it learns the curvature
        "E": "clipping",  # all other steps stay as they are
        "F": "adagrad",  # 1 / sqrt(t): its sum never forgets
        "G": "adam, no correction",  # m and s both start too small
        "H": "momentum",  # one more array fits, two do not
    }
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.choose.check(choose)

# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** For each case, change one thing in its description so that another
# of the three becomes the best. Where does one word do it: *exact*, *45 degrees*, *all
# of them*? And for the network that you train next: which of these cases does it look
# like, and how would you find out?
#
# ### BEGIN MARK SCHEME
# *2 points.* For example: **A** along an axis: AdaGrad (3 steps for momentum's 68).
# **B** all words equally frequent: descent. **C** the bowl $x^2 + y^2$: Newton, one
# step; or noise of size 1 in place of *exact*: descent (190 steps, RMSprop 222). **D**
# mini-batches in place of *all of them*: Adam. **E** every gradient that long: smaller
# rate. **F** always 0.1: Adam. **G** 0.001 from the first: Adam; 0.0032 and then only
# shorter: RMSprop. **H** 24 GB: Adam ($4 + 4 + 3 + 8 = 19$). One word does it in A (*45
# degrees*), D (*all of them*), and C (*exact*), if the noise is large.
# - **1 point**: six that work; half a point for three.
# - **1 point**: two of the words (half); for the own network a likeness, and a way to
#   test it (half).
# - Seen often: "Adam always", worth nothing.
# ### END MARK SCHEME
