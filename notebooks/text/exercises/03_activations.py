# %% [markdown] slideshow={"slide_type": "skip"}
# # Exercises 03: Activations
#
# Six exercises on [lesson 03](../03_activations.ipynb), from a warm-up to a hard one.
# Each is a function to write. Replace the line that raises an error, run the cell, then
# run the check below it: it answers at once, and when something is wrong it shows one
# small case.
#
# Checks look at what your function returns, not at how it is written. Lists and
# arrays are both welcome; arguments must be left as they were.

# %% [markdown] slideshow={"slide_type": "skip"}
# Stuck? `exercises.softplus.hint(1)` gives a nudge, `hint(2)` a bigger one, and
# `exercises.softplus.solution()` shows our way to write it. The same works for every
# exercise by its name.
#
# Notation, as in the lesson: $z$ is a pre-activation and $a = f(z)$ the activation;
# arrays have a row for each image and a column for each unit; $q$ is the variance
# of $z$.

# %% slideshow={"slide_type": "skip"}
import numpy as np

from course_utils import activations as act
from course_utils.checks import activations as exercises
from course_utils.gaussian import gaussian_mean

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 1. Warm-up: a softplus for all numbers
#
# Softplus is a rounded ReLU,
#
# $$f(z) = \log(1 + e^z).$$
#
# Typed as it stands, it overflows at $z = 1000$ and loses everything at $z = -40$.
# Nothing is wrong with the formula: the function itself is harmless at both places.
#
# Write it for arrays of any shape, with `z` from -1500 to 1500. Accepted error: a
# millionth of the value, however small the value is.


# %% slideshow={"slide_type": "skip"}
def softplus(z):
    """log(1 + exp(z)), for every z.

    z: array of any shape.
    Returns an array of the same shape.
    """
    ### BEGIN SOLUTION
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.softplus.check(softplus)


# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** A classifier with one sigmoid output has the loss $-\log \sigma(z)$
# for an image of class 1. Write it with your softplus. What would the loss be at
# $z = -1000$ if you computed $\sigma(z)$ first and took the logarithm afterwards, and
# what would become of the gradient?
#
# ### BEGIN MARK SCHEME
# *2 points.* $-\log\sigma(z) = \log(1 + e^{-z})$ = `softplus(-z)`; at $z = -1000$ it is
# **1000**. In two steps, $\sigma(-1000)$ is rounded to 0 and $-\log 0$ is infinite. The
# gradient is then $-\sigma'/\sigma = 0/0$, `nan`, and one step with it spoils all
# weights; the true gradient, $\sigma(z) - 1$, is a harmless $-1$. (In float32 this
# begins below about $z = -88$.)
# - **1 point**: `softplus(-z)`; half a point for `softplus(z)` or a missing sign.
# - **1 point**: infinite loss, and a gradient of `nan` (or lost, 0, where the slope is
#   computed first); half a point for the loss alone.
# - Seen often: "the loss is 0", worth nothing; "very large" for infinite, half.
# ### END MARK SCHEME

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 2. A softmax for all numbers
#
# A classifier's last layer gives each image one score a class. Softmax turns the scores
# of an image into probabilities:
#
# $$p_k = \frac{e^{z_k}}{\sum_j e^{z_j}}.$$
#
# Write it for arrays of any shape whose *last* axis holds the classes. Scores may be
# large, far below zero, and different from image to image, between -1500 and 1500.
# Accepted error: $10^{-6}$.


# %% slideshow={"slide_type": "skip"}
def softmax(z):
    """Probabilities from scores.

    z: array of shape (..., classes).
    Returns an array of the same shape.
    """
    ### BEGIN SOLUTION
    e = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.softmax.check(softmax)


# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** Which scores give the same probabilities as `[3, 1]`? What happens
# to the probabilities if all scores are multiplied by 10, and by 1/10? And softmax of
# the two scores `[z, 0]`: which activation of the lesson is its first entry?
#
# ### BEGIN MARK SCHEME
# *2 points.* All $[3 + c, 1 + c]$: only the difference 2 counts, and $e^c$ cancels.
# $[3, 1]$ gives 0.881 and 0.119. Times 10 it is nearly one-hot (the second is
# $2 \cdot 10^{-9}$), times 1/10 nearly even: 0.550 and 0.450. The order stays.
# $e^z/(e^z + 1) = 1/(1 + e^{-z})$: the first entry of softmax of $[z, 0]$ is the
# **sigmoid** of $z$.
# - **1 point**: the same difference (half a point), the sigmoid (half a point).
# - **1 point**: times 10 surer, times 1/10 closer to even, with numbers; half a point
#   without.
# - Seen often: "multiples of $[3, 1]$ give the same", worth nothing: adding a number
#   does, multiplying does not.
# ### END MARK SCHEME

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 3. A slope that learns
#
# PReLU is a leaky ReLU in which every unit learns its own slope $\alpha$:
#
# $$a = z \;\text{ where } z > 0, \qquad a = \alpha z \;\text{ elsewhere}.$$
#
# From the layer above comes the gradient of the loss for $a$. The layer needs two more:
# the one for $z$, to pass on, and the one for $\alpha$, to learn. All images of the
# batch share a unit's $\alpha$.

# %% [markdown] slideshow={"slide_type": "skip"}
# Return both. Training may carry a slope anywhere, so `alpha` may hold 0 (where Keras
# starts), numbers above 1 and negative ones. No `z` is exactly 0. Accepted error:
# $10^{-6}$.


# %% slideshow={"slide_type": "skip"}
def prelu_gradients(z, alpha, gradient):
    """Gradients of a layer of parametric ReLUs.

    z: array of shape (images, units).
    alpha: array of shape (units,), the slopes.
    gradient: array of shape (images, units): dLoss / da.
    Returns dLoss / dz, shape (images, units),
    and dLoss / dalpha, shape (units,).
    """
    ### BEGIN SOLUTION
    for_z = gradient * np.where(z > 0, 1, alpha)
    for_alpha = (gradient * np.where(z > 0, 0, z)).sum(axis=0)
    return for_z, for_alpha
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.prelu_gradients.check(prelu_gradients)


# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** Keras starts with $\alpha = 0$, which is a plain ReLU. Take a unit
# with $z < 0$ for every image. What are its two gradients? Will this unit stay dead
# for ever, as a ReLU's would?
#
# ### BEGIN MARK SCHEME
# *2 points.* For $z$: the gradient from above times $\alpha = 0$, so **0**, for every
# image; the weights below get nothing. For $\alpha$: $\sum_i g_i z_i$, the sum over
# images of gradient times $z$, which is **not 0** in general (all $z$ are). So $\alpha$
# leaves 0 at its first step; from the next one on $z$ gets $\alpha g$, and the unit and
# its weights learn again. A ReLU has no $\alpha$ and stays dead while its inputs stay.
# - **1 point**: both gradients; half a point for one.
# - **1 point**: it comes back, *through* $\alpha$ first.
# - Seen often: "both are 0, since $\alpha = 0$", worth nothing.
# ### END MARK SCHEME

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 4. Count the dead
#
# A ReLU that returns 0 for every image passes no gradient on, for any of them: its
# weights get none, and it cannot leave that state by itself. Such a unit is called
# dead. You are given the pre-activations of a layer of ReLUs. Return the share of its
# units that are dead on these images.


# %% slideshow={"slide_type": "skip"}
def dead_share(z):
    """Share of dead ReLUs.

    z: array of shape (images, units).
    Returns a number from 0 to 1.
    """
    ### BEGIN SOLUTION
    return np.mean(np.max(z, axis=0) <= 0)
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.dead_share.check(dead_share)


# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** You count on 10 images, then on 1,000 images of the same data set.
# Which share is larger, and which would you report? And if the layer *below* keeps
# learning, could a dead unit come back?
#
# ### BEGIN MARK SCHEME
# *2 points.* The share on **10 images is larger** (never smaller, if they are among the
# 1,000): one positive $z$ is enough to be alive, and more images give more chances.
# Report the 1,000, better all training images, and say how many. A dead unit above
# layer 1 can come back: its $z = aW + b$ moves when the $a$ from below moves, even if
# its own weights do not. In layer 1 the inputs are the images and never change.
# - **1 point**: 10, with the reason, and the larger sample to report.
# - **1 point**: yes, through its inputs; half a point for "yes" alone.
# - Seen often: "no, dead is for ever", worth nothing: true in layer 1 only.
# ### END MARK SCHEME

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 5. A SELU of your own
#
# SELU keeps mean 0 and variance 1 because two constants were chosen for it. The bend
# below zero, $e^z - 1$, was chosen first; another would do. So let any bend $h$ be
# given, with $h(0) = 0$, and
#
# $$f(z) = \lambda z \;\text{ where } z > 0, \qquad
# f(z) = \lambda\,\alpha\, h(z) \;\text{ elsewhere}.$$

# %% [markdown] slideshow={"slide_type": "skip"}
# Find the two constants, $\alpha$ and $\lambda > 0$, with which $z \sim N(0, q)$ gives
# activations $a = f(z)$ of mean 0 and variance $q$ again. Then a layer that hands on
# variances ($n\,\sigma_w^2 = 1$) gives the next one the $z$ it had itself.
#
# $q$ is from 0.4 to 2. `gaussian_mean(g, q)` is $E[g(z)]$; `h(np.minimum(z, 0))` is $h$
# below zero and 0 above it. Accepted error: 0.1 %. Search or solve: two lines of
# algebra are enough.


# %% slideshow={"slide_type": "skip"}
def self_normalizing(h, q):
    """The constants of an activation that keeps mean 0, variance q.

    h: the bend below zero, a function of arrays.
    q: the variance of z, a number > 0.
    Returns alpha and lambda.
    """
    ### BEGIN SOLUTION
    above = gaussian_mean(lambda z: np.maximum(z, 0), q)
    below = gaussian_mean(lambda z: h(np.minimum(z, 0)), q)
    alpha = -above / below

    def unscaled(z):
        return np.where(z > 0, z, alpha * h(np.minimum(z, 0)))

    square = gaussian_mean(lambda z: unscaled(z) ** 2, q)
    return alpha, np.sqrt(q / square)
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.self_normalizing.check(self_normalizing)


# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** Take your constants for `np.expm1` and $q = 1$, and feed the
# activation a $z$ of variance 1.5, then 0.5. Which mean square comes out? Do the same
# with ReLU times $\sqrt{2}$, which is what He's weights make of it. Which of the two
# would you call *self*-normalizing, and what does the other one lack besides?
#
# ### BEGIN MARK SCHEME
# *2 points.* The constants are SELU's, 1.673 and 1.051. From 1.5 comes a mean square of
# **1.37**, from 0.5 comes **0.58**: both nearer to 1, and after more layers it is 1
# again. ReLU times $\sqrt{2}$ gives **1.5** and **0.5**, exactly what went in: it keeps
# every variance and mends none. So the first is *self*-normalizing: 1 attracts. The
# other one also lacks mean 0: at $q = 1$ its mean is $1/\sqrt{\pi} = 0.56$.
# - **1 point**: the four numbers; half a point for two.
# - **1 point**: attraction against mere keeping (half a point), and the mean (half a
#   point).
# - Seen often: "both keep variance 1, so both are", worth nothing of the second point.
# ### END MARK SCHEME

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 6. One remedy
#
# Networks are brought to you that do not learn, or may not. You get the name of the
# activation (`"relu"`, `"sigmoid"` or `"selu"`), the inputs `x`, and `z[l]`, the
# pre-activations of layer $l + 1$, the first layer first. Return the one thing to
# change:
#
# - **standardize**: the inputs are not fit to be fed to any layer. Taken together, their
#   mean is farther than 1 from 0, or their standard deviation is not between 1/2 and 2;
# - **leaky_relu**: ReLUs, most of which are dead;
# - **relu**: sigmoids, most of whose slopes are flat, less than 5 % of the steepest;
# - **lecun_normal**: SELUs that do not keep the signal: the standard deviation of $z$ is
#   not between 1/2 and 2;
# - **keep**: nothing of the kind.
#
# (Each word is first aid for the state you see, not for its cause. The lesson's dead
# networks had too high a rate, and there a leak saves nothing; these have not been
# trained yet.)

# %% [markdown] slideshow={"slide_type": "skip"}
# *Most* means more than half. One sick layer is enough to make a network sick. And the
# inputs come first: where they are not fit, say so, whatever state the units are in.
#
# The check draws small networks of each kind and sends inputs through, well away from
# all these limits.


# %% slideshow={"slide_type": "skip"}
def remedy(activation, x, z):
    """The one thing to change in a network, in one word.

    activation: "relu", "sigmoid" or "selu".
    x: array of shape (images, features), the inputs.
    z: array of shape (layers, images, units).
    Returns "standardize", "leaky_relu", "relu",
    "lecun_normal" or "keep".
    """
    ### BEGIN SOLUTION
    if abs(x.mean()) > 1 or not 0.5 < x.std() < 2:
        return "standardize"
    if activation == "relu":
        if max(dead_share(layer) for layer in z) > 0.5:
            return "leaky_relu"
    elif activation == "sigmoid":
        flat = act.sigmoid_derivative(z) < 0.05 * act.sigmoid_derivative(0)
        if np.mean(flat, axis=(1, 2)).max() > 0.5:
            return "relu"
    else:
        std = np.std(z, axis=(1, 2))
        if std.min() < 0.5 or std.max() > 2:
            return "lecun_normal"
    return "keep"
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.remedy.check(remedy)

# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** Justify each word in a sentence, as you would to whoever brought the
# network. Of dead ReLUs and flat sigmoids: how could each be cured with its activation
# left as it is? One kind that the check draws is a ReLU network of 20 layers with 3
# units each, dead before the first step: would a smaller learning rate have helped?
#
# ### BEGIN MARK SCHEME
# *2 points.* *standardize*: no layer is built for such inputs; *leaky_relu*: a slope
# below 0 lets gradients pass again; *relu*: its slope is 1 however large $z$ gets;
# *lecun_normal*: SELU's fixed point needs $n\sigma_w^2 = 1$; *keep*: signal and slope
# arrive. Cures: for flat sigmoids **smaller weights**; for dead ReLUs positive biases,
# a fresh draw, wider layers; for both batch normalization. No: no step was made yet. Of
# 20 layers of 3, one is silent for an image with probability $1 - (7/8)^{20} = 0.93$;
# width helps.
# - **1 point**: the words justified (half), one cure for each of the two (half).
# - **1 point**: "no", since it was born dead; half a point without a reason.
# - Seen often: "yes, dying comes from large rates", worth nothing: not before a step.
# ### END MARK SCHEME
