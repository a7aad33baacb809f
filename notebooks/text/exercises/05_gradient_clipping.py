# %% [markdown] slideshow={"slide_type": "skip"}
# # Exercises 05: Gradient clipping
#
# Five exercises on [lesson 05](../05_gradient_clipping.ipynb), from a warm-up to a
# question that experience answers wrongly. Each is a function to write. Replace the
# line that raises an error, run the cell, then run the check below it: it answers at
# once, and when something is wrong it shows one small case.
#
# Checks look at what your function returns, not at how it is written. Lists and
# arrays are both welcome; arguments must be left as they were.

# %% [markdown] slideshow={"slide_type": "skip"}
# Stuck? `exercises.clip.hint(1)` gives a nudge, `hint(2)` a bigger one, and
# `exercises.clip.solution()` shows our way to write it. The same works for every
# exercise by its name.
#
# Notation, as in the lesson: the gradients of a network are a *list* of arrays, one
# for each array of weights or biases, of any shapes. Taken together they are one long
# vector $g$, and its norm $\lVert g \rVert$ is the root of the sum of the squares of
# all entries.

# %% slideshow={"slide_type": "skip"}
import numpy as np

from course_utils import gradient_clipping as gc
from course_utils.checks import gradient_clipping as exercises

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 1. Warm-up: three clips
#
# Write all three, without the lesson's functions. `rule` says which is wanted:
#
# - `"value"`: each entry is held between $-c$ and $c$, where $c$ is the limit;
# - `"norm"`: an array whose norm is above $c$ is made shorter, to the norm $c$. Each
#   array is judged by itself;
# - `"global"`: if the norm of all arrays together is above $c$, all of them are made
#   shorter by one factor, so that it becomes $c$.
#
# What is within the limit stays as it is. Accepted error: $10^{-6}$. The check takes
# the rules one by one, so you can try it after each.


# %% slideshow={"slide_type": "skip"}
def clip(gradients, limit, rule):
    """Gradients held to a limit.

    gradients: a list of arrays, of any shapes.
    limit: a number > 0.
    rule: "value", "norm" or "global".
    Returns a list of arrays of the same shapes.
    """
    ### BEGIN SOLUTION
    if rule == "value":
        return [np.clip(g, -limit, limit) for g in gradients]
    norms = np.array([np.linalg.norm(g) for g in gradients])
    if rule == "global":
        norms[:] = np.sqrt(np.sum(norms**2))
    pairs = zip(gradients, norms, strict=True)
    return [g * limit / max(limit, norm) for g, norm in pairs]
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.clip.check(clip)


# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** Put one `np.nan` into one of three arrays, then one `np.inf`, and
# run your function with each rule. Which arrays are spoiled, and why? Which rule would
# you rather have while you look for a bug?
#
# ### BEGIN MARK SCHEME
# *2 points.* `nan`: *value* spoils one entry; *norm* the whole array, as its norm is
# `nan`; *global* all three, as they share one norm. (Code with Python's `max(limit,
# norm)` leaves out the clip instead, and the rest comes through at full length.) `inf`:
# *value* turns it into $c$ and **hides** it; *norm* makes that array zeros and one
# `nan` ($\infty/\infty$); *global* all arrays so. For a search, a rule that shows the
# array (*norm*) or shouts (*global*), or an error; *value* is the worst.
# - **1 point**: both rows, with the norm as the reason; half a point for one. Results
#   of the learner's own code count.
# - **1 point**: a choice, with a reason.
# - Seen often: "*value*, since least is spoiled", worth nothing where `inf` was hidden.
# ### END MARK SCHEME

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 2. How far has the step turned?
#
# A clipped gradient may point elsewhere. Return the angle between two lists of
# gradients, in degrees from 0 to 180, each list taken as one long vector. The norm of
# neither is zero; single arrays may be.
#
# Accepted error: 0.001 degrees, also where the two point the same way or exactly
# opposite.


# %% slideshow={"slide_type": "skip"}
def angle(gradients, others):
    """Angle between two lists of arrays, in degrees.

    gradients: a list of arrays, of any shapes.
    others: a list of arrays of the same shapes.
    Returns a number from 0 to 180.
    """
    ### BEGIN SOLUTION
    a = np.concatenate([np.ravel(g) for g in gradients])
    b = np.concatenate([np.ravel(g) for g in others])
    cosine = a @ b / (np.linalg.norm(a) * np.linalg.norm(b))
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.angle.check(angle)


# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** Draw two lists of Gaussian random numbers with 2 entries, then with
# 100, then with 100,000, several times each. How far apart do they point? A clip has
# turned the step of a network of 100,000 weights by 60 degrees: is that step still
# better than a random one?
#
# ### BEGIN MARK SCHEME
# *2 points.* Two entries: anything from 0 to 180 degrees. A hundred: $90 \pm 6$;
# 100,000: $90 \pm 0.2$ (about $57/\sqrt{n}$ degrees of scatter). In many dimensions two
# random directions are nearly at right angles. A step turned by 60 degrees keeps
# $\cos 60° = 1/2$ of its length along the gradient: half as much downhill for its
# length. A random one keeps $\cos 90° \approx 0$ (some 0.003, up as often as down). So
# it is **far better**.
# - **1 point**: the three spreads, narrowing around 90 degrees; half a point for "90"
#   alone.
# - **1 point**: yes, much better, by the cosine: a half against 0.
# - Seen often: "60 is two thirds of 90, so nearly random", worth nothing: the cosine
#   counts.
# ### END MARK SCHEME

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 3. A threshold from a history
#
# Which limit should it be? One way is to train for a while without clipping, to write
# down the norm of each gradient, and then to choose the threshold that *would have*
# clipped a given share of these steps.
#
# Such histories have spikes, hundreds of times as long as the rest. Some steps may even
# have overflowed: their norm is `nan` or infinity. A step without a finite norm says
# nothing about how long steps are: leave it out.

# %% [markdown] slideshow={"slide_type": "skip"}
# Return a threshold for which exactly the given share of the *finite* norms is longer
# than it. The share times their number is a whole number here, so this can be done:
# every number between two neighbouring norms does it. The check draws histories where
# those two are near each other, and accepts an error of 1 %. (The lesson's `quantile` is
# the share left alone.)


# %% slideshow={"slide_type": "skip"}
def threshold_for(norms, share):
    """The threshold that would have clipped a share of the steps.

    norms: array of shape (T,), some of it perhaps nan or inf.
    share: of the finite norms, the part to be clipped; between 0 and 1.
    Returns a number.
    """
    ### BEGIN SOLUTION
    finite = norms[np.isfinite(norms)]
    return np.quantile(finite, 1 - share)
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.threshold_for.check(threshold_for)


# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** Gradients often get shorter as training goes on, and sometimes
# longer. What becomes of a threshold chosen from the first hundred steps, in each case? And
# at the other extreme: with a share of 1 every step is clipped by global norm. What
# kind of training is that, and what has taken over the part of the gradient's length?
#
# ### BEGIN MARK SCHEME
# *2 points.* **Shorter** gradients: soon none is longer than the threshold; only spikes
# above the *old* sizes are caught, and smaller spikes pass. **Longer**: it cuts most,
# in the end all. With a share of 1 every gradient gets the norm $c$: **normalized**
# gradient descent, in which only the direction counts. $\eta c$, threshold times rate,
# has taken over the part of the length; steps do not get shorter near the goal, so it
# hovers unless the rate falls.
# - **1 point**: both cases; half a point for one.
# - **1 point**: steps of one length (half), set by threshold times rate (half).
# - Seen often: "training stops, as everything is cut off", worth nothing: a cut
#   gradient is a shorter one, not zero.
# ### END MARK SCHEME

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 4. The limit that turns the step
#
# Keras' `clipnorm` clips each array by its own norm, rule `"norm"` above. Each array
# keeps its direction, and the step turns all the same: long arrays are made shorter,
# short ones are not. A limit above all norms turns nothing; the smaller the limit, the
# farther the step turns, until every array is clipped.

# %% [markdown] slideshow={"slide_type": "skip"}
# Return the limit at which the step has turned by the given angle. Where no limit turns
# it so far, return 0. Accepted error: 0.1 % of the limit.
#
# Gradients come in all sizes, from thousandths to thousands. You may use
# `gc.clip_by_norm(gradients, limit)` and `gc.angle(gradients, others)`, or
# your own functions from above.


# %% slideshow={"slide_type": "skip"}
def turning_limit(gradients, degrees):
    """The limit at which clipping by norm has turned the step so far.

    gradients: a list of arrays, of any shapes.
    degrees: the angle, a number > 0.
    Returns a number > 0, or 0 where no limit turns the step so far.
    """

    ### BEGIN SOLUTION
    def turned(limit):
        clipped = gc.clip_by_norm(gradients, limit)
        return gc.angle(gradients, clipped)

    high = gc.global_norm(gradients)  # turns nothing
    low = high / 1e6  # turns as far as it goes
    if turned(low) < degrees:
        return 0.0
    while high / low > 1.0001:
        middle = np.sqrt(low * high)
        if turned(middle) > degrees:
            low = middle
        else:
            high = middle
    return high
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.turning_limit.check(turning_limit)


# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** How far can the step of a network with two arrays turn at most? With
# twenty? Try arrays of equal norms, then one long array among short ones. Which of
# these does a deep network with vanishing or exploding gradients look like, and which
# of its layers gain by `clipnorm`?
#
# ### BEGIN MARK SCHEME
# *2 points.* Fully clipped, all $k$ arrays have one length. One long array among very
# short ones then turns by $\arccos(1/\sqrt{k})$: at most **45 degrees** with two, **77
# degrees** with twenty ($\cos = 0.22$). Arrays of equal norms turn by 0. A deep network
# whose gradients vanish or explode is the other case: few layers have nearly all of the
# length. Those with **short** gradients gain, relative to the rest: the lowest where
# they vanish, the highest where they explode.
# - **1 point**: 45 and 77 degrees, or the formula; half a point for one.
# - **1 point**: one long among short (half), and which layers gain (half).
# - Seen often: "90 degrees", half a point of the first: the long array is never lost;
#   "the long ones gain", worth nothing.
# ### END MARK SCHEME

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 5. What clipping does to Adam
#
# With plain gradient descent, a gradient half as long makes a step half as long. Adam
# divides by the size of past gradients. So what does clipping do to *its* steps? Guess
# first, then build the instrument that can tell.

# %% [markdown] slideshow={"slide_type": "skip"}
# Step $t = 1, 2, \ldots$ brings a gradient $g_t$. It is clipped by its norm, to the
# limit, before Adam sees it. With $m_0 = v_0 = 0$, entry by entry:
#
# $$m_t = 0.9\, m_{t-1} + 0.1\, g_t, \qquad v_t = 0.999\, v_{t-1} + 0.001\, g_t^2,$$
#
# $$\hat m_t = \frac{m_t}{1 - 0.9^t}, \qquad \hat v_t = \frac{v_t}{1 - 0.999^t},
# \qquad s_t = \frac{\hat m_t}{\sqrt{\hat v_t} + \epsilon}.$$

# %% [markdown] slideshow={"slide_type": "skip"}
# The step is $s_t$ times the learning rate. Leave the learning rate out, and return the
# norms of $s_1, s_2, \ldots$, one for each step. Accepted error: $10^{-6}$ of each.
# (Adam: Kingma and Ba, 2015, arXiv 1412.6980. Lesson 07 is about it; here the formula
# is all you need.)
#
# With the limit `np.inf` nothing is clipped: your function should know that, too
# (`gc.clip_by_norm` refuses it).


# %% slideshow={"slide_type": "skip"}
def adam_lengths(gradients, limit, epsilon):
    """Lengths of Adam's steps when each gradient is clipped first.

    gradients: array of shape (T, n), one gradient for each step.
    limit: a number > 0, or np.inf.
    epsilon: a number > 0.
    Returns an array of shape (T,).
    """
    ### BEGIN SOLUTION
    m = v = 0.0
    lengths = []
    for t, g in enumerate(gradients, start=1):
        norm = np.linalg.norm(g)
        if norm > limit:
            g = g * limit / norm
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g**2
        m_hat = m / (1 - 0.9**t)
        v_hat = v / (1 - 0.999**t)
        step = m_hat / (np.sqrt(v_hat) + epsilon)
        lengths.append(np.linalg.norm(step))
    return np.array(lengths)
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.adam_lengths.check(adam_lengths)

# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** Take a constant gradient of norm 100, and divide the lengths with
# limit 1 by those with limit `np.inf`, for $\epsilon = 10^{-7}$ and for $\epsilon = 1$.
# What has clipping done, and why does $\epsilon$ decide? Then make all gradients short
# but one, a thousand times as long, and compare the steps *after* it, with clipping and
# without. Would you still say that Adam needs no clipping?
#
# ### BEGIN MARK SCHEME
# *2 points.* With $10^{-7}$ the ratio is **1**: the factor 1/100 is in $\hat m$ and in
# $\sqrt{\hat v}$, and cancels; clipping did nothing. With $\epsilon = 1$ it is
# **0.505** for one entry (0.34 for four equal ones): $\epsilon$ is not small beside a
# clipped gradient of 1, and $g/(g + \epsilon)$ falls from 0.99 to 0.5. The spike *does*
# matter: it stays in $\hat v$ for thousands of steps. 1,000 at step 100 among gradients
# of 1: unclipped steps fell to 0.014 and were 0.13 after 2,900 more; clipped, they
# stayed 1.
# - **1 point**: 1 and about a half (or less), with the reason.
# - **1 point**: shortened steps long after the spike, so Adam does gain by a clip.
# - Seen often: "Adam normalizes, so it never needs one", worth nothing of the second
#   point.
# ### END MARK SCHEME
