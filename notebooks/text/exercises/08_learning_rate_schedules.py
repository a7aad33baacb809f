# %% [markdown] slideshow={"slide_type": "skip"}
# # Exercises 08: Learning-rate schedules
#
# Five exercises on [lesson 08](../08_learning_rate_schedules.ipynb), from a warm-up to a
# judgement that many make by eye. Each is a function to write. Replace the line that
# raises an error, run the cell, then run the check below it: it answers at once, and
# when something is wrong it shows one small case.
#
# Checks look at what your function returns, not at how it is written. Lists and arrays
# are both welcome; arguments must be left as they were.

# %% [markdown] slideshow={"slide_type": "skip"}
# Stuck? `exercises.decayed.hint(1)` gives a nudge, `hint(2)` a bigger one, and
# `exercises.decayed.solution()` shows our way to write it. The same works for every
# exercise by its name.
#
# Notation, as in the lesson: $\eta$ is the learning rate, $t$ the step, and **the first
# step is number 0**: $\eta_0$ is the rate that a run begins with. $T$ is the number of
# all steps, and so the last is number $T - 1$.

# %% slideshow={"slide_type": "skip"}
import numpy as np

from course_utils.checks import learning_rate_schedules as exercises

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 1. Warm-up: three shapes, one half-life
#
# Schedules come with a scale $s$, and $s$ means something else in each of them. Here all
# are told the same thing: their **half-life**, the step at which the rate has fallen to
# half of $\eta_0$. `kind` says which is wanted:
#
# - `"power"`: $\eta_t = \eta_0 / (1 + t / s)$;
# - `"root"`: the same with the exponent $c = 1/2$, so $\eta_t = \eta_0 / \sqrt{1 + t / s}$;
# - `"exponential"`: $\eta_t = \eta_0 \cdot 0.1^{\,t / s}$.

# %% [markdown] slideshow={"slide_type": "skip"}
# Each rate changes a little at every step; there are no stairs. You need not compute $s$
# if you find a shorter way. Steps come one by one, as an int, or many at once, as an
# array. Accepted error: $10^{-6}$ of the rate. The check takes the kinds one by one, so
# you can try it after each: remove the line that raises an error first.


# %% slideshow={"slide_type": "skip"}
def decayed(step, learning_rate, half_life, kind):
    """The learning rate at a step, from a schedule's half-life.

    step: an int >= 0, or an array of them.
    learning_rate: the rate at step 0.
    half_life: the step at which the rate is half of that, > 0.
    kind: "power", "root" or "exponential".
    Returns a number, or an array of the shape of step.
    """
    ### BEGIN SOLUTION
    lives = step / half_life
    if kind == "power":
        return learning_rate / (1 + lives)
    if kind == "root":
        return learning_rate / np.sqrt(1 + 3 * lives)
    return learning_rate * 0.5**lives
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.decayed.check(decayed)


# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** All three agree at step 0 and at the half-life. Which is lowest halfway
# there, and which after ten half-lives? Old texts write
# `SGD(learning_rate=0.01, decay=1e-4)` and mean a rate of $0.01 / (1 + 10^{-4}\, t)$:
# what is its half-life, and what does today's Keras do with that line?
#
# ### BEGIN MARK SCHEME
# *2 points.* At half of the half-life: root 0.632, power 0.667, exponential 0.707 of
# $\eta_0$: **root** is lowest. After ten half-lives: root $1/\sqrt{31} = 0.18$, power
# $1/11 = 0.09$, exponential $2^{-10} = 0.001$: **exponential** is lowest. What falls
# fast at first falls slowly later. The text's rate is halved where $10^{-4}\, t = 1$,
# after **10,000 steps**. Today's Keras gives one warning, ignores `decay`, and keeps
# 0.01 for ever (`InverseTimeDecay` is what does it).
# - **1 point**: root, then exponential; half a point for one.
# - **1 point**: 10,000 (half); a warning and a constant rate (half).
# - Seen often: "exponential is always lowest", half a point of the first; "Keras does
#   the same", or "an error", worth nothing.
# ### END MARK SCHEME

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 2. Where does the run go on?
#
# Networks are trained on $n$ examples in batches of $B$, for some number of epochs. Every
# epoch takes all examples once, and **its last batch may be smaller than the others**: a
# step like any other. A copy of everything is saved at the end of each epoch.
#
# Now the power has failed, when `step` steps were done, before the end of the run. You go
# on from the last copy: its epoch is complete, and the one begun after it is done again
# from its first batch.

# %% [markdown] slideshow={"slide_type": "skip"}
# Return three whole numbers:
#
# 1. $T$, the steps that the whole run was to have: a schedule has to know it;
# 2. the number of the epoch to go on with, where the first epoch of all is number 0
#    (Keras: `initial_epoch`). If no epoch was complete, it is 0;
# 3. the number of that epoch's first step, counted over the whole run, from 0: this is
#    where the schedule has to go on.


# %% slideshow={"slide_type": "skip"}
def resume(n, batch_size, epochs, step):
    """Where a run goes on that was stopped.

    n: number of examples.
    batch_size: examples in a batch; the last of an epoch may have fewer.
    epochs: how many epochs the whole run was to have.
    step: how many steps were done; fewer than all.
    Returns three whole numbers: all steps, the epoch, its first step.
    """
    ### BEGIN SOLUTION
    in_an_epoch = int(np.ceil(n / batch_size))
    epoch = step // in_an_epoch
    return epochs * in_an_epoch, epoch, epoch * in_an_epoch
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.resume.check(resume)


# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** A well-known book lowers the rate by a factor of ten in every
# `s = 20 * len(X) // 32` steps and says that this is 20 epochs. By how much is the rate
# after 20 epochs off, with 55,000 examples and with 1,000? And which of these two
# mistakes would you rather make: this one, or to resume at epoch 15 with the schedule at
# step 0?
#
# ### BEGIN MARK SCHEME
# *2 points.* 55,000: $s = 34{,}375$, but 20 epochs are $20 \cdot 1719 = 34{,}380$
# steps: the rate is **0.03 %** too low. 1,000: $s = 625$, epochs have 32 steps, 640 in
# all: $0.1^{640/625}$ is **5.4 %** too low. Rather this one: with the schedule back at
# step 0 the rate is at once $10^{15/20} = 5.6$ times too high, and falls too late by 15
# epochs.
# - **1 point**: both percentages (5 to 6 % counts); half a point for one, or for the
#   steps (5 and 15) without the rates.
# - **1 point**: the rounding, with the other's size (a factor, not per cent).
# - Seen often: "too high", half: after more steps the rate is lower, not higher.
# ### END MARK SCHEME

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 3. One cycle, and its mirror
#
# 1cycle (Smith 2018, arXiv 1803.09820) leads the rate up, down, and at the end far down;
# the momentum goes the other way. Here are the corners. Between two neighbouring corners
# both run in a straight line:
#
# | step | rate | momentum |
# |---|---|---|
# | $0$ | $\eta_1 / 10$ | $0.95$ |
# | `half` | $\eta_1$ | $0.85$ |
# | 2 `half` | $\eta_1 / 10$ | $0.95$ |
# | $T - 1$, the last | $\eta_1 / 1000$ | $0.95$ |

# %% [markdown] slideshow={"slide_type": "skip"}
# Return the rate and the momentum of one step. Accepted error: $10^{-6}$ of each. There is
# always at least one step between the third corner and the last one, and `half` need not
# be anywhere near the middle of the run. (The lesson's `one_cycle` has corners of its own,
# and would arrive one step later.)


# %% slideshow={"slide_type": "skip"}
def one_cycle(step, n_steps, half, peak):
    """Rate and momentum of 1cycle at a step.

    step: an int, from 0 to n_steps - 1.
    n_steps: T, the number of all steps.
    half: the step of the highest rate; 2 * half < n_steps - 2.
    peak: the highest rate, > 0.
    Returns two numbers, the rate and the momentum.
    """
    ### BEGIN SOLUTION
    corners = 0, half, 2 * half, n_steps - 1
    rates = peak / 10, peak, peak / 10, peak / 1000
    momenta = 0.95, 0.85, 0.95, 0.95
    return np.interp(step, corners, rates), np.interp(step, corners, momenta)
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.one_cycle.check(one_cycle)


# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** With momentum $\mu$, a constant gradient is in the end followed with
# steps of $\eta / (1 - \mu)$ times its length. How many times as long as at step 0 is that
# at the peak, with the mirrored momentum and with 0.95 throughout? Much code on the web
# sets `optimizer.momentum` before each batch of a Keras model. How would you find out
# whether anything comes of it?
#
# ### BEGIN MARK SCHEME
# *2 points.* At step 0 $\eta/(1-\mu) = (\eta_1/10)/0.05 = 2\eta_1$. At the peak
# $\eta_1/0.15 = 6.7\eta_1$ with 0.85: **3.3 times**; $\eta_1/0.05 = 20\eta_1$ with
# 0.95: **10 times**. To find out: train twice from the same weights with the same
# batches, once setting momentum to something drastic (0 after the first batch), once
# not, and compare the weights. They are equal: Keras has compiled the number in.
# - **1 point**: 3.3 and 10; half a point for one.
# - **1 point**: an experiment that compares *weights* (or losses) of two runs.
# - Seen often: printing `optimizer.momentum`, worth nothing: the attribute changes, the
#   step does not read it.
# ### END MARK SCHEME

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 4. A detector of plateaus
#
# Performance scheduling lowers the rate when the validation loss no longer gets better.
# This takes a memory. Ours is kept outside: the function is given the **state** that it
# returned the last time, and returns the next one. So it can be saved with the network,
# and a run can go on where it was.
#
# You decide what the state is: a tuple, a dict, whatever can be saved. At the first loss
# of a run the state is `None`. A state that was given is left as it was.

# %% [markdown] slideshow={"slide_type": "skip"}
# After each epoch comes one loss, and these are the rules:
#
# - The *best* loss is that of the last improvement. A loss is an **improvement** if it is
#   below the best by more than `min_delta`; the first loss of a run is one. Equal is not
#   below, and by exactly `min_delta` is not by more.
# - After `patience` losses in a row without an improvement, the rate is multiplied by
#   `factor`. Then the counting begins anew; the best loss stays.
# - A loss that is `nan` is never an improvement, not even as the first.

# %% [markdown] slideshow={"slide_type": "skip"}
# Return the new state and the rate for the *next* epoch: a loss that ends the patience
# lowers it at once. The rate begins at `start`. Accepted error: $10^{-6}$ of the rate.


# %% slideshow={"slide_type": "skip"}
def plateau(state, loss, start, factor, patience, min_delta):
    """One step of performance scheduling.

    state: what the last call returned as state; None at the first loss.
    loss: the validation loss of an epoch, a number or nan.
    start: the rate that the run begins with.
    factor: what the rate is multiplied by, between 0 and 1.
    patience: so many losses without improvement lower the rate; >= 1.
    min_delta: an improvement is larger than this, >= 0.
    Returns the new state and the rate.
    """
    ### BEGIN SOLUTION
    if state is None:
        state = start, np.inf, 0
    rate, best, waited = state
    if loss < best - min_delta:
        best, waited = loss, 0
    else:
        waited += 1
    if waited == patience:
        rate, waited = rate * factor, 0
    return (rate, best, waited), rate
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.plateau.check(plateau)


# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** Feed your function losses that are nothing but noise around 1, a
# hundred of them, with a `patience` of 5 and a `min_delta` of 0: how often is the rate
# lowered, and how often with noise of half the size? What would you change so that
# noise is not taken for progress? And what becomes of a detector whose first loss was
# `nan` if it takes this `nan` for the best?
#
# ### BEGIN MARK SCHEME
# *2 points.* On average **17** times (13 to 19; 19 is the most that 100 losses allow),
# and **exactly as often** with half the noise: only the order of the losses counts
# while `min_delta` is 0, and halving keeps the order. Against it: a `min_delta` of
# several times the noise, or smoothed losses. `loss < nan` is never true, so no loss
# would ever count as better: the rate falls after every `patience` losses, however well
# it learns.
# - **1 point**: about 17, and the same (half a point each).
# - **1 point**: `min_delta` or smoothing (half); `nan` blocks every improvement (half).
# - Seen often: "half as often with half the noise", worth nothing: not tried; "nan is
#   skipped", nothing.
# ### END MARK SCHEME

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 5. Read a range test
#
# A range test trains for a few hundred steps while the rate rises from far too small to
# far too large, by the same factor at every step, and notes the loss of each batch. First
# nothing happens, then the loss falls, then it stops falling, and at last it explodes.
#
# Single losses are noisy, **and at the beginning the noise is largest**. Behind the noise
# is a smooth curve. Its most useful point is where it **falls most steeply**, drawn as
# everybody draws it: over the *logarithm* of the rate.

# %% [markdown] slideshow={"slide_type": "skip"}
# Return the rate at that point. The check knows the curve without the noise, and accepts
# everything within a factor of two: no range test knows it better.
#
# After the explosion losses jump up and down, and some are `inf` or `nan`: nothing that
# comes after the lowest point of the curve should have a say. How you smooth is your
# choice. Rates cover four to seven powers of ten with 20 steps each, and the fall takes
# about one of them.


# %% slideshow={"slide_type": "skip"}
def choose_rate(rates, losses):
    """The rate at which the loss of a range test falls most steeply.

    rates: array of shape (T,), rising by equal factors.
    losses: array of shape (T,), noisy; the last ones may be inf or nan.
    Returns a number > 0.
    """
    ### BEGIN SOLUTION
    window = np.ones(9) / 9
    smooth = np.convolve(losses, window, "valid")
    middle = np.convolve(np.log10(rates), window, "valid")
    lowest = np.nanargmin(smooth)
    slope = np.gradient(smooth[: lowest + 1], middle[: lowest + 1])
    return 10 ** middle[np.argmin(slope)]
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.choose_rate.check(choose_rate)

# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** Draw range tests of your own: a smooth curve and noise. Read each with
# your function and with the rule "a tenth of the rate with the lowest loss". Which of the
# two answers is scattered more? Smooth with a leaky average instead: to which side does
# the steepest point move? And a range test sees some hundred steps, all of them near the
# random start: name one thing that it cannot know about a run of ten thousand.
#
# ### BEGIN MARK SCHEME
# *2 points.* It depends on the curve. The steepest point comes from differences of
# noisy numbers: with the check's curves nine of ten lay within a factor of 1.8, a few
# powers of ten off. The lowest point hardly scatters where the explosion comes soon,
# and by a factor of 3 where the bottom is long and flat. A leaky average lags behind:
# the point moves to **larger** rates (1.8 times with 0.9 and 20 steps a decade). Not
# known: later curvature and noise, what a falling schedule bears, overfitting.
# - **1 point**: an answer with numbers from own runs, and a reason that fits the curve.
# - **1 point**: to the right (half); one thing about later training (half).
# - Seen often: "they agree", without runs, or "to the left", worth nothing.
# ### END MARK SCHEME
