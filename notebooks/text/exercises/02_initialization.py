# %% [markdown] slideshow={"slide_type": "skip"}
# # Exercises 02: Initialization
#
# Five exercises on [lesson 02](../02_initialization.ipynb), from a warm-up to a hard
# one. Each is a function to write. Replace the line that raises an error, run the
# cell, then run the check below it: it answers at once, and when something is wrong
# it shows one small case.
#
# Checks look at what your function returns, not at how it is written. Lists and
# arrays are both welcome; arguments must be left as they were.

# %% [markdown] slideshow={"slide_type": "skip"}
# Stuck? `exercises.fans.hint(1)` gives a nudge, `hint(2)` a bigger one, and
# `exercises.fans.solution()` shows our way to write it. The same works for every
# exercise by its name.
#
# Notation, as in the lesson: $z = aW$ is the pre-activation of a layer that receives
# $a$, and $f(z)$ its activation; $n$ is the number of inputs of a unit, $\sigma_w$
# the standard deviation of the weights, $q$ the variance of $z$.

# %% slideshow={"slide_type": "skip"}
import numpy as np

from course_utils import initialization as init
from course_utils.checks import initialization as exercises
from course_utils.gaussian import gaussian_mean

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 1. Warm-up: count the connections
#
# Every rule of the lesson divides by a fan. A dense kernel has the shape
# `(n_in, n_out)`. A convolution kernel has the shape
# `(*window, channels_in, channels_out)`: each of its units looks at one window of the
# image, all channels of it, and each channel going out has its own weights.
#
# Return two numbers. **fan_in**: from how many values does one unit receive?
# **fan_out**: to how many units does one value send, away from the border, when the
# window moves by one pixel at a time?


# %% slideshow={"slide_type": "skip"}
def fans(shape):
    """Connections into one unit, and out of one value.

    shape: of a kernel, dense or of a convolution over an
        axis, an image or a volume; a tuple of two to five
        whole numbers.
    Returns two numbers, fan_in and fan_out.
    """
    ### BEGIN SOLUTION
    window = np.prod(shape[:-2])  # 1 for a dense kernel
    return window * shape[-2], window * shape[-1]
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.fans.check(fans)


# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** Let the window move by two pixels at a time. Which of the two
# numbers is no longer true, and what does that do to a network whose weights were
# scaled by it?
#
# ### BEGIN MARK SCHEME
# *2 points.* **fan_out**. A unit still receives the same window, so fan_in stays. But
# half of the positions are gone along each axis: in an image a value goes to a quarter
# of the units, on average $9/4$ positions of a 3 by 3 window in place of 9. Weights of
# variance 1/fan_out are scaled for four times too many: going down, the gradient's
# variance is multiplied by 1/4 (its size by 1/2) in every such layer, and vanishes if
# there are many.
# - **1 point**: fan_out, and by a factor of 4 (2 along each axis; "window / stride"
#   counts).
# - **1 point**: the weights are too small, and the gradient shrinks on its way down;
#   half a point for "too small" alone.
# - Seen often: fan_in, "because fewer windows are read", worth nothing.
# ### END MARK SCHEME

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 2. Draw the weights
#
# One function is behind Glorot, He and LeCun. Draw an array of the given shape, each
# weight on its own, with mean 0 and *variance* `scale / n`, where `mode` says what $n$
# is: `"fan_in"`, `"fan_out"`, or `"fan_avg"`, the mean of both. `distribution` is one of
#
# - `"uniform"`, on an interval from $-r$ to $r$;
# - `"truncated_normal"`: a normal from which everything beyond two of *its* standard
#   deviations was drawn again.

# %% [markdown] slideshow={"slide_type": "skip"}
# Given: `init.fans(shape)`, and `init.truncated_standard_normal(shape, rng)`, draws from
# $N(0, 1)$ of which those beyond $\pm 2$ were drawn again. All other randomness comes
# from `rng`, too.
#
# The check draws 90,000 weights, six times, and compares how they spread with what was
# asked. Less than once in a million checks does it take right weights for wrong ones.
# An error of 1 % in the standard deviation it does not see, one of 10 % it does.


# %% slideshow={"slide_type": "skip"}
def draw_weights(shape, rng, scale, mode, distribution):
    """Random weights of variance scale / n.

    shape: of the kernel, dense or of a convolution.
    rng: a NumPy random generator.
    scale: a number > 0.
    mode: "fan_in", "fan_out" or "fan_avg".
    distribution: "uniform" or "truncated_normal".
    Returns an array of the given shape.
    """
    ### BEGIN SOLUTION
    fan_in, fan_out = init.fans(shape)
    n = {
        "fan_in": fan_in,
        "fan_out": fan_out,
        "fan_avg": (fan_in + fan_out) / 2,
    }[mode]
    std = np.sqrt(scale / n)
    if distribution == "uniform":
        r = np.sqrt(3) * std  # its variance is r^2 / 3
        return rng.uniform(-r, r, shape)
    z = init.truncated_standard_normal(shape, rng)
    return std / init.TRUNCATED_STD * z
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.draw_weights.check(draw_weights)


# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** Textbooks give the truncated normal "variance 1.3 · scale / n".
# Which normal has that variance, and which does not? Would your function pass the
# check with 1.3 in place of `1 / init.TRUNCATED_STD**2`, and with how many weights
# would the difference show?
#
# ### BEGIN MARK SCHEME
# *2 points.* The **parent**, the normal that is cut, has variance
# $1.29 \cdot \text{scale}/n$, as $1/0.8796^2 = 1.292$. The weights themselves, after
# the cut, have $\text{scale}/n$. With 1.3 in place of 1.292 their variance is
# $1.3 \cdot 0.7737 = 1.0059$ times too large, the standard deviation by 0.3 %. The
# check passes it. A measured variance scatters by $\sqrt{1.37/N}$ of itself: 0.6 % are
# three of these at $N \approx 360{,}000$ weights (two: 160,000).
# - **1 point**: parent 1.3, weights not.
# - **1 point**: it passes, as 0.3 % is less than 1 %, and "some hundred thousand" with
#   a reason; half a point for one of the two.
# - Seen often: "the weights have variance 1.3 scale/n", worth nothing.
# ### END MARK SCHEME

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 3. An activation you have never met
#
# Somebody hands you an activation $f$ that no textbook has an initializer for: a
# cosine, a bump, anything. Your layer receives $f(z)$ from $n$ units below, where
# $z \sim N(0, q)$. Its own pre-activations shall have the variance $q$ again, so that
# the signal can go on for as many layers as it likes. Biases are 0.
#
# Which $\sigma_w$, the *standard deviation* of the weights, does that?

# %% [markdown] slideshow={"slide_type": "skip"}
# `gaussian_mean(g, q)` returns $E[g(z)]$ for $z \sim N(0, q)$; `g` takes an array, and
# `q` is the variance. The check tries several $f$, $n$ from 10 to 1000, $q$ from 0.2
# to 4. Accepted error: 1 %.
#
# For ReLU the lesson found $\sqrt{2/n}$. Do you get it, at every $q$?


# %% slideshow={"slide_type": "skip"}
def weight_std(f, n, q):
    """Spread of the weights that keeps the variance of z.

    f: a function from an array to an array of its shape.
    n: how many inputs a unit has.
    q: the variance of z in the layer below, a number > 0.
    Returns sigma_w, the weights' standard deviation.
    """
    ### BEGIN SOLUTION
    signal = gaussian_mean(lambda z: f(z) ** 2, q)
    return np.sqrt(q / (n * signal))
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.weight_std.check(weight_std)


# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** Take $f(z) = \max(0, z)^2$ and your $\sigma_w$ for $q = 1$. Now let
# the first layer have $q = 1.1$ by accident, and compute $q$ for the next ten layers.
# Do the same with the cosine. Keeping $q$ is one thing; what is the other?
#
# ### BEGIN MARK SCHEME
# *2 points.* Here $E[f^2] = 1.5\, q^2$, so $n\sigma_w^2 = 2/3$ and $q \leftarrow q^2$:
# 1.21, 1.46, 2.14, 4.6, 21, 446, ... and $1.1^{1024} \approx 2 \cdot 10^{42}$ after ten
# layers. (From 0.9 it falls to $10^{-47}$.) For the cosine,
# $q \leftarrow (1 + e^{-2q})/(1 + e^{-2})$: 0.978, 1.005, 0.999, ... back to 1. The
# other thing: $q$ must be **stable**, the slope of $q \to q'$ there between $-1$ and 1.
# It is 2 for the square, $-0.24$ for the cosine.
# - **1 point**: both series, one running away, one returning.
# - **1 point**: stability (attraction, small errors must shrink), in words or by the
#   slope.
# - Seen often: "keep the gradient", half a point: true of depth, but not what the two
#   series show.
# ### END MARK SCHEME

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 4. Measure instead: LSUV
#
# Means over a Gaussian are a theory; images are not Gaussian. Layer-sequential unit
# variance (Mishkin & Matas 2016) takes a batch of them and measures. Start with any
# weights. Layer $l$ computes
#
# $$z_l = a_{l-1} W_l, \qquad a_l = f(z_l), \qquad a_0 = x.$$
#
# Multiply each $W_l$ by one positive number of its own, so that in the finished
# network *every* $z_l$ has variance 1 on this batch, the last one too.

# %% [markdown] slideshow={"slide_type": "skip"}
# The variance is that of all numbers in $z_l$, all examples and units together:
# `z.var()`. Return the new arrays in a list, and leave the old ones alone. Accepted
# error: 2 %. (The paper begins with orthogonal weights; here the weights are given.)


# %% slideshow={"slide_type": "skip"}
def rescale_layers(weights, f, x):
    """Weights with which every z has unit variance on x.

    weights: list of arrays of shape (n_in, n_out), the
        lowest layer first.
    f: the activation, from an array to an array.
    x: the batch, of shape (examples, inputs).
    Returns a list of arrays, shaped like weights.
    """
    ### BEGIN SOLUTION
    a, rescaled = x, []
    for w in weights:
        w = w / (a @ w).std()
        rescaled.append(w)
        a = f(a @ w)
    return rescaled
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.rescale_layers.check(rescale_layers)


# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** Give twenty layers of 100 ReLUs weights by `init.he_normal`, and a
# batch of Gaussian noise, then of real images (`course_utils.lab.trials.images()`).
# Which numbers does your function multiply them by? Which of the theory's assumptions
# does each departure from 1 go back to?
#
# ### BEGIN MARK SCHEME
# *2 points.* Layer 1: about **0.71** $= 1/\sqrt{2}$ (noise), 0.66 to 0.75 (images).
# He's 2 makes up for a ReLU below, and below the first layer there is none. Higher up:
# around 1, with luck of 10 % or so either way at 100 units (about 0.85 to 1.2; 3 % at
# 1,000): the theory's mean is over infinitely many units. Images depart a little more
# in the first layers: pixels are no independent Gaussians.
# - **1 point**: 0.71 in the first layer, because its inputs are not the halves that a
#   ReLU leaves.
# - **1 point**: the rest near 1; its scatter goes back to finite width (images: not
#   Gaussian, correlated); numbers alone, half a point.
# - Seen often: "He is wrong by $\sqrt{2}$" for all layers, worth nothing.
# ### END MARK SCHEME

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 5. Find the bug
#
# Four initializers, each of which promises He's normal: mean 0, variance
# $2 / \text{fan}_{in}$, truncated at two standard deviations of the parent normal.
# They come with any shape you ask for, nothing crashes, and every one of them is
# wrong. Read them first.


# %% slideshow={"slide_type": "skip"}
def initializer_a(shape, rng):
    fan_in, _ = init.fans(shape)
    std = np.sqrt(2 / fan_in)
    return std * init.truncated_standard_normal(shape, rng)


def initializer_b(shape, rng):
    _, fan = init.fans(shape)
    std = np.sqrt(2 / fan) / init.TRUNCATED_STD
    return std * init.truncated_standard_normal(shape, rng)


def initializer_c(shape, rng):
    fan_in, _ = init.fans(shape)
    std = np.sqrt(2 / fan_in) / init.TRUNCATED_STD
    draw = np.random.default_rng(seed=fan_in)
    return std * init.truncated_standard_normal(shape, draw)


def initializer_d(shape, rng):
    fan_in, _ = init.fans(shape)
    std = 2 / fan_in / init.TRUNCATED_STD
    return std * init.truncated_standard_normal(shape, rng)


# %% [markdown] slideshow={"slide_type": "skip"}
# In somebody else's library you cannot read: you can only draw. Write a function that
# is given an initializer. Make `rng` by `np.random.default_rng`, call the initializer
# as often and with whatever shapes you like, and return what is wrong with it:
#
# - **twins**: two layers of one shape get the very same weights;
# - **root**: the number that should be the variance is the standard deviation;
# - **truncation**: cutting made the variance smaller, and nothing pays it back;
# - **fans**: the other fan stands where fan_in belongs;
# - **healthy**: nothing of the kind.

# %% [markdown] slideshow={"slide_type": "skip"}
# None has two bugs. Try your function on the four above, and on `init.he_normal`. The
# check brings others of the same kinds, whose code you do not see. It calls your
# function as often as it takes to rule out luck.


# %% slideshow={"slide_type": "skip"}
def find_bug(initializer):
    """What is wrong with an initializer that promises He.

    initializer: a function of (shape, rng) that returns an
        array of that shape; rng is a random generator.
    Returns "twins", "root", "truncation", "fans", "healthy".
    """
    ### BEGIN SOLUTION
    rng = np.random.default_rng(0)
    fan_in, fan_out = 200, 500
    w = initializer((fan_in, fan_out), rng)
    if np.array_equal(w, initializer((fan_in, fan_out), rng)):
        return "twins"
    truncated = init.TRUNCATED_STD**2
    expected = {
        "healthy": 2 / fan_in,
        "root": (2 / fan_in) ** 2,
        "truncation": truncated * 2 / fan_in,
        "fans": 2 / fan_out,
    }
    v = w.var()
    return min(expected, key=lambda word: abs(np.log(v / expected[word])))
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.find_bug.check(find_bug)

# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** Train networks of two and of twenty hidden layers from each of the
# four (`trials.fit_mlp` takes an initializer; that it diverges is an answer, too).
# Which bugs does the shallow one forgive?
#
# With twins, layers of one shape multiply by the very same matrix, again and again.
# Over ten seeds, compare the size of the signal after twenty such layers with what
# fresh matrices give. What decides now whether it grows?
#
# ### BEGIN MARK SCHEME
# *2 points.* Two layers forgive nearly everything: after two epochs at rate 0.01 A, B
# and C stand where He's do (0.76 to 0.82), D learns, more slowly (0.66). Twenty layers:
# A and B fall behind (0.5 and 0.4 for 0.58; B's hidden layers are square), C diverges,
# D stays at chance: a factor becomes a power. **Twins**: after twenty equal ReLU layers
# of 100 the signal was 0.17 to 6.5, with fresh matrices 0.6 to 1.6. The one matrix's
# own growth (its largest eigenvalue) decides now; luck is repeated, not averaged.
# - **1 point**: the shallow one forgives all or nearly all, the deep one not, with
#   accuracies.
# - **1 point**: twins scatter more, and the one matrix decides.
# - Seen often: "twins are fine, as each has He's variance", worth nothing.
# ### END MARK SCHEME
