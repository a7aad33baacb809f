# %% [markdown] slideshow={"slide_type": "skip"}
# # Exercises 09: Regularization
#
# Six exercises on [lesson 09](../09_regularization.ipynb), from a warm-up to reading
# what a training has left behind. Each is a function to write. Replace the line that
# raises an error, run the cell, then run the check below it: it answers at once, and
# when something is wrong it shows one case.
#
# Checks look at what your function returns, not at how it is written. Lists and
# arrays are both welcome; arguments must be left as they were.

# %% [markdown] slideshow={"slide_type": "skip"}
# Stuck? `exercises.dropout.hint(1)` gives a nudge, `hint(2)` a bigger one, and
# `exercises.dropout.solution()` shows our way to write it. The same works for every
# exercise by its name.
#
# Notation, as in the lesson: $p$ is the dropout rate, the share that is *dropped*;
# $K$ the number of Monte Carlo samples; $r$ the radius of max-norm.

# %% slideshow={"slide_type": "skip"}
import numpy as np

from course_utils.checks import regularization as exercises

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 1. Warm-up: inverted dropout
#
# In training each entry of `x` is dropped, which makes it 0, with the probability
# `rate`: each entry by itself, whatever becomes of the others. What is kept is scaled,
# so that the mean over many masks is `x` again. At inference nothing is done at all.
#
# All randomness comes from `rng`. The check sends 90,000 entries, three times, and
# looks at each. Less than once in a million checks does it take a right function for
# a wrong one.


# %% slideshow={"slide_type": "skip"}
def dropout(x, rate, rng, training):
    """What a dropout layer makes of its inputs.

    x: array, one example along axis 0, of any shape.
    rate: the share dropped, a number in [0, 1).
    rng: a NumPy random generator.
    training: True, or False at inference.
    Returns an array of the shape of x.
    """
    ### BEGIN SOLUTION
    if not training:
        return x
    kept = rng.random(x.shape) >= rate
    return np.where(kept, x / (1 - rate), 0)
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.dropout.check(dropout)


# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** Send one `x` through `dropout(x, 0.5, rng, True) @ w` a thousand
# times, with some weights `w` of your own, and compare the mean with `x @ w`. Then take
# the sigmoid of the product each time, and compare the mean with the sigmoid of
# `x @ w`. Which of the two agrees, and what does that say about a dropout network as
# "the average of many networks"?
#
# ### BEGIN MARK SCHEME
# *2 points.* The **product** agrees: its mean is $x \cdot w$ but for chance (the spread
# of one product, over $\sqrt{1000}$), since dropout keeps the mean of each $x$ and a
# product is linear. The **sigmoid** does not: on average it is nearer to 1/2 than the
# sigmoid of $x \cdot w$ (0.46 for 0.37; where products scatter widely 0.73 for 0.9997),
# because it bends. So "the average" is exact for a linear output only; behind a bend
# one must ask many times to have it.
# - **1 point**: product yes, sigmoid no, with numbers.
# - **1 point**: linear: exact; bent: not. Half a point for "it is only approximate".
# - Seen often: "both agree, as dropout is scaled", worth nothing: that mends the mean
#   in front of the bend; $w$ near 0 hides it (half a point).
# ### END MARK SCHEME

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 2. Alpha dropout
#
# A self-normalizing network lives on units with mean 0 and variance 1. Ordinary
# dropout spoils the variance. Alpha dropout does two things instead. First, a dropped
# unit does not become 0 but some other value $v$; for SELU that is where its curve
# ends on the left, $v = -1.758$. Then *every* unit $x$, dropped or not, becomes
# $a x + b$.
#
# Find $a > 0$ and $b$, so that mean 0 and variance 1 go in, and come out. The check
# tries other $v$ than SELU's, too. Accepted error: $10^{-6}$.


# %% slideshow={"slide_type": "skip"}
def alpha_affine(rate, dropped):
    """The line that makes up for what alpha dropout did.

    rate: the share dropped, a number in [0, 1).
    dropped: v, the value of a dropped unit.
    Returns two numbers, a and b.
    """
    ### BEGIN SOLUTION
    mean = rate * dropped
    second_moment = (1 - rate) * 1 + rate * dropped**2
    a = 1 / np.sqrt(second_moment - mean**2)
    return a, -a * mean
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.alpha_affine.check(alpha_affine)


# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** Ask your function about $v = 0$: dropped units are 0 again. Its $a$
# is not the factor of exercise 1. Which of the two factors keeps what? And why is
# there no factor that keeps both the mean over many masks of *each* `x`, and the
# variance?
#
# ### BEGIN MARK SCHEME
# *2 points.* For $v = 0$: $a = 1/\sqrt{1-p}$ and $b = 0$; at $p = 1/2$ that is 1.41,
# and exercise 1 has $1/(1-p) = 2$. The root keeps the **variance** over units (mean 0,
# variance 1), the other one **each $x$'s mean** over masks. A factor $a$ makes that
# mean $a(1-p)\,x$, and the variance $a^2(1-p)$. The first is $x$ only for
# $a = 1/(1-p)$, and then the second is $1/(1-p) > 1$.
# - **1 point**: both factors, and what each keeps.
# - **1 point**: the two demands contradict each other, unless $p = 0$; half a point for
#   "each keeps one" without the calculation.
# - Seen often: "the mean is 0 either way, so the root keeps both", worth nothing: that
#   is the mean over units, not of each $x$.
# ### END MARK SCHEME

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 3. Max-norm for a convolution
#
# Max-norm holds the weights that lead *into one unit* within a ball: where their norm
# is above the radius $r$, all of them are made shorter by one factor, until it is $r$.
# Where it is not, they stay as they are.
#
# The kernel of a convolution has the shape `(height, width, channels_in,
# channels_out)`. Each channel that goes out has its own filter, and a filter looks at a
# window of all channels that come in. Accepted error: $10^{-6}$.


# %% slideshow={"slide_type": "skip"}
def max_norm(kernel, radius):
    """A kernel with every filter inside the ball.

    kernel: array of shape (height, width, channels_in,
        channels_out).
    radius: r, a number > 0.
    Returns an array of the same shape.
    """
    ### BEGIN SOLUTION
    norms = np.sqrt(np.sum(kernel**2, axis=(0, 1, 2)))
    return kernel * radius / np.maximum(norms, radius)
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.max_norm.check(max_norm)


# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** `keras.constraints.MaxNorm(max_value=1)` has `axis=0`, unless you say
# otherwise. Whose norms does that hold at 1, in a dense kernel `(n_in, n_out)` and in
# this one? Draw a kernel `(3, 3, 16, 8)` from a Gaussian with standard deviation 1,
# divide what is too long by its norm along axis 0, and measure the filters. How long
# can a filter be at most?
#
# ### BEGIN MARK SCHEME
# *2 points.* Dense: the sums run over the inputs, so **each unit's** incoming weights
# are held, as they should. In `(3, 3, 16, 8)` axis 0 is the height: it holds each
# **column of three** weights, for each place along the width, channel and filter. A
# filter has $3 \cdot 16 = 48$ columns of length 1 at most, so its norm can be up to
# $\sqrt{48} = 6.9$. From a Gaussian: about 12 before ($\sqrt{144}$), 6.5 to 6.8
# afterwards; nearly seven times too long. `axis=[0, 1, 2]` is right.
# - **1 point**: units in the dense kernel, columns in the convolution; half a point for
#   one.
# - **1 point**: $\sqrt{48}$ (half), and measured norms near 6.6 (half).
# - Seen often: "$\sqrt{3}$", "12" (before, no bound), or "1, Keras sees to it", worth
#   nothing.
# ### END MARK SCHEME

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 4. Mean and variance of a stream
#
# MC dropout predicts the same images $K$ times, each time with other units missing.
# What is wanted are the mean of these samples and their variance, entry by entry. A
# hundred predictions of 10,000 images and ten classes are eighty megabytes, so none is
# kept: they come one by one, from an iterator, and each is seen once.
#
# The variance here is the mean of the squared distances from the mean: divide by $K$.
# ($K$ is at least 1; nobody tells you how large it is.)

# %% [markdown] slideshow={"slide_type": "skip"}
# Accepted error: $10^{-6}$ of each number. Two things make this harder than it looks,
# and the check looks for both.
#
# - **Memory.** It sends 200 samples and measures how much your function holds at any
#   time. There is room for 60.
# - **Digits.** It sends numbers near 100 million that differ by a few units. Their
#   variance must be right to one part in ten thousand, still.


# %% slideshow={"slide_type": "skip"}
def mean_and_variance(samples):
    """Mean and variance of samples that come one by one.

    samples: an iterator over arrays of one shape.
    Returns two arrays of that shape: mean and variance.
    """
    ### BEGIN SOLUTION
    mean = squares = 0.0
    for count, sample in enumerate(samples, start=1):
        step = sample - mean
        mean = mean + step / count
        squares = squares + step * (sample - mean)
    return mean, squares / count
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.mean_and_variance.check(mean_and_variance)


# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** A network is sure of its class: its ten samples are 0.9990, 0.9991
# and so on to 0.9999. Compute their variance with your function and as "mean of the
# squares minus square of the mean", both in `float32`. Which digits are left? And how
# many samples does it take until the *mean* is ten times as certain as one sample is?
#
# ### BEGIN MARK SCHEME
# *2 points.* The variance is $8.25 \cdot 10^{-8}$. The stream's function gives
# $8.247 \cdot 10^{-8}$: three digits. The difference of the squares gives
# $5.96 \cdot 10^{-8}$ (or 0, or below 0, for others): **no digit** is right. Just below
# 1 float32 has steps of $6 \cdot 10^{-8}$, nearly the variance itself: of two numbers
# near 0.9989 only rounding is left. The stream squares *differences*. The mean's
# standard deviation falls like $1/\sqrt{K}$: ten times as certain with **100** samples.
# - **1 point**: the numbers, with cancellation as the reason; half a point for one of
#   the two.
# - **1 point**: 100, from $1/\sqrt{K}$.
# - Seen often: "10 samples", worth nothing: it is the variance that falls like $1/K$;
#   computed in float64, half a point of the first.
# ### END MARK SCHEME

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 5. Does it know how much it knows?
#
# A network's **confidence** is the probability it gives to the class that it chooses.
# Among all images about which it is 80 % confident, 80 % should be right. To measure
# how far it is from that, cut the interval from 0 to 1 into equal bins, and put each
# image into the bin of its confidence. In each bin, compare the mean confidence with
# the share that is right. Return the mean of these distances, where each bin counts
# for as many images as it holds:
#
# $$\mathrm{ECE} = \sum_m \frac{n_m}{n}\, \bigl| \mathrm{right}_m -
# \mathrm{confidence}_m \bigr|$$

# %% [markdown] slideshow={"slide_type": "skip"}
# This is the *expected calibration error* (Guo et al., 2017, arXiv 1706.04599). Bin
# $m$ of $M$ holds the confidences above $(m-1)/M$, up to $m/M$ and with it. In the
# check none lies on the border of two bins, but some are exactly 1, and bins may be
# empty. No two classes share the highest probability. Accepted error: $10^{-6}$.


# %% slideshow={"slide_type": "skip"}
def calibration_error(probabilities, labels, bins):
    """Expected calibration error.

    probabilities: array of shape (n, classes); rows sum to 1.
    labels: array of shape (n,), the true classes from 0.
    bins: M, how many.
    Returns a number from 0 to 1.
    """
    ### BEGIN SOLUTION
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    error = 0.0
    for m in range(bins):
        here = (confidence > m / bins) & (confidence <= (m + 1) / bins)
        # a sum, not a mean: nothing is divided by an empty bin
        error += abs(np.sum(right[here] - confidence[here]))
    return error / len(labels)
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.calibration_error.check(calibration_error)


# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** A network of ten classes answers every image with "10 % each, class
# 0 by a hair". Its test set is balanced. What is its calibration error, and would you
# use it? And what does your function say of a network that is *perfectly* calibrated
# (draw confidences, then draw right and wrong with these probabilities) on 100 images
# and 15 bins? On 10,000?
#
# ### BEGIN MARK SCHEME
# *2 points.* It is right for 10 % of the images and 10 % confident: **ECE 0** (to the
# hair). Useless all the same: it tells no two images apart. The perfect network gets an
# ECE **above 0**, for each bin is off by chance, and distances do not cancel: with 100
# images about 0.06 to 0.13 (more, the more they spread), with 10,000 a tenth of that,
# 0.006 to 0.012. It falls like $1/\sqrt{n}$.
# - **1 point**: 0, and no use, with a reason; half a point for one.
# - **1 point**: above 0 by chance, around 0.1 and 0.01; half a point for "it falls with
#   $n$".
# - Seen often: "0, as it is perfect", worth nothing of the second; "0.9" for the first
#   network, nothing.
# ### END MARK SCHEME

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 6. Which cure for which curve?
#
# A training is over, and this is its record, a dictionary. All losses in it are cross-
# entropies, without penalties.
#
# - `"logged"`: array, the training loss of each epoch as it was reported *while*
#   training, dropout at work
# - `"clean"`: the training loss of the finished network, measured at inference
# - `"valid"`: array, the validation loss after each epoch
# - `"goal"`: a validation loss that is good enough

# %% [markdown] slideshow={"slide_type": "skip"}
# Say what to do first, in one of five words:
#
# - `"keep"`: the network is good enough as it is;
# - `"fit more"`: it does not even fit what it was trained on as well as the goal asks.
#   A larger network, more epochs, less regularization;
# - `"stop earlier"`: it fits, it is not good enough, and it has been;
# - `"regularize"`: it fits, it never was good enough, and nothing holds it back;
# - `"collect data"`: the same, though a regularizer is at work already.
#
# The regularizer is always dropout, and dropout at work shows: it makes the reported
# training loss more than half as large again as the clean one. No case in the check is
# close to a limit.


# %% slideshow={"slide_type": "skip"}
def cure(record):
    """What to do first about a finished training.

    record: a dictionary with the keys logged, clean, valid
        and goal.
    Returns "keep", "fit more", "stop earlier", "regularize"
    or "collect data".
    """
    ### BEGIN SOLUTION
    goal, valid, clean = record["goal"], record["valid"], record["clean"]
    if valid[-1] <= goal:
        return "keep"
    if clean > goal:
        return "fit more"
    if min(valid) <= goal:
        return "stop earlier"
    at_work = record["logged"][-1] > 1.5 * clean
    return "collect data" if at_work else "regularize"
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.cure.check(cure)

# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** Suppose that your framework gave you only `logged` and `valid`. Which
# of the five could you still tell apart, and which two would you mix up most often?
# Weight decay at work would not show in these numbers: where would you look for it? And
# for which of these five networks would you expect averaging over dropout masks to make
# the probabilities better, and for which worse?
#
# ### BEGIN MARK SCHEME
# *2 points.* Still told: **keep** (last `valid` below the goal) and **stop earlier**
# (it was below once, and rose). The other three mix: without `clean`, `logged` above
# the goal may be bad fitting or only dropout (*fit more*, *collect data*), and below
# the goal nothing shows whether dropout is at work (*regularize*, *collect data*).
# Either pair counts, with its reason. Weight decay shows in the **weights**: their
# length, against a run without it. Averaging takes confidence away: better for over-fit
# networks with dropout (*collect data*, *stop earlier*), worse for *fit more*;
# *regularize* has no dropout to average.
# - **1 point**: two told (half), a pair with its reason (half).
# - **1 point**: weights (half); over-fit better, under-fit worse (half).
# - Seen often: "`logged` above `valid`, so fit more", worth nothing: that is dropout.
# ### END MARK SCHEME
