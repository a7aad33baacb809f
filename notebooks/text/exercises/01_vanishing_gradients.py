# %% [markdown] slideshow={"slide_type": "skip"}
# # Exercises 01: Vanishing gradients
#
# Six exercises on [lesson 01](../01_vanishing_gradients.ipynb), from a warm-up to a
# hard one. Each is a function to write. Replace the line that raises an error, run
# the cell, then run the check below it: it answers at once, and when something is
# wrong it shows one small case.
#
# Checks look at what your function returns, not at how it is written. Lists and
# arrays are both welcome; arguments must be left as they were.

# %% [markdown] slideshow={"slide_type": "skip"}
# Stuck? `exercises.sigmoid_slope.hint(1)` gives a nudge, `hint(2)` a bigger one, and
# `exercises.sigmoid_slope.solution()` shows our way to write it. The same works for
# every exercise by its name.
#
# Notation, as in the lesson: $z$ is a pre-activation and $a = f(z)$ the activation;
# $n$ is the number of inputs of a unit, $\sigma_w$ the standard deviation of the
# weights, $q$ the variance of $z$.

# %% slideshow={"slide_type": "skip"}
import numpy as np

from course_utils import vanishing_gradients as vg
from course_utils.activations import sigmoid, sigmoid_derivative
from course_utils.checks import vanishing_gradients as exercises

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 1. Warm-up: the slope from the value
#
# On the way back, a network needs the slope of each sigmoid. It has already computed
# the output $a = \sigma(z)$ on the way up, and that is all it needs: no second
# exponential.
#
# Write the slope $\sigma'(z)$ as a function of $a$ alone, for an array of any shape.
# Accepted error: $10^{-6}$.


# %% slideshow={"slide_type": "skip"}
def sigmoid_slope(a):
    """Slope of the sigmoid where its output is a.

    a: array of any shape, with values from 0 to 1.
    Returns an array of the same shape.
    """
    ### BEGIN SOLUTION
    return a * (1 - a)
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.sigmoid_slope.check(sigmoid_slope)


# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** Where is the slope largest, and how large is it there? Twenty
# layers multiply twenty such slopes: what is the most that is left, if nothing else
# happened?
#
# ### BEGIN MARK SCHEME
# *2 points.* $\sigma' = a(1-a)$ is largest where $a = 1/2$, at $z = 0$, and is 1/4
# there. Twenty slopes leave at most $(1/4)^{20} = 4^{-20} \approx 9 \cdot 10^{-13}$,
# the best case: off $z = 0$ each slope is smaller.
# - **1 point**: 1/4, at $z = 0$ (or $a = 1/2$); half a point for the number without the
#   place, or the place without the number.
# - **1 point**: $4^{-20}$, or about $10^{-12}$, as a product, not a sum.
# - Seen often: $20 \cdot 1/4 = 5$, or $1/80$, worth nothing; "it gets small" without a
#   number, half a point of the second.
# ### END MARK SCHEME

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 2. Backpropagation through a chain
#
# The smallest deep network has one unit a layer. Start with $a_0 = x$; layer $l$ has
# one weight and no bias:
#
# $$z_l = w_l\, a_{l-1}, \qquad a_l = \sigma(z_l), \qquad l = 1, \ldots, L.$$
#
# How much does the output $a_L$ change with each weight? Return all $L$ derivatives
# $\partial a_L / \partial w_l$, first layer first.

# %% [markdown] slideshow={"slide_type": "skip"}
# Go up once and keep the activations; come down once and carry one number. The check
# measures the derivatives without the chain rule and compares. Accepted error: a
# millionth of each derivative, however small it is, for chains of up to 12 layers.
# Differences of two outputs will not do: they lose the digits of a tiny gradient.


# %% slideshow={"slide_type": "skip"}
def chain_gradient(weights, x):
    """Derivatives of the output of a sigmoid chain.

    weights: array of shape (L,), w_1 first.
    x: the input, a number.
    Returns an array of shape (L,): d a_L / d w_l.
    """
    ### BEGIN SOLUTION
    a = [x]
    for w in weights:
        a.append(sigmoid(w * a[-1]))
    gradient = np.empty(len(weights))
    carried = 1.0  # d a_L / d a_l, from the top down
    for i in reversed(range(len(weights))):
        delta = carried * a[i + 1] * (1 - a[i + 1])
        gradient[i] = delta * a[i]
        carried = delta * weights[i]
    return gradient
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.chain_gradient.check(chain_gradient)


# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** Try a chain of 12 weights of size 1, of size 4, of size 20. Large
# weights multiply the gradient on its way down; why do they not save it?
#
# ### BEGIN MARK SCHEME
# *2 points.* Each layer multiplies the gradient by $w\, a(1-a)$. A large $w$ drives
# $z = w a$ to the flat end, where the slope falls like $e^{-w}$, faster than $w$ grows.
# Deep in the chain the factor is 0.22 for $w = 1$, 0.08 for 4, $4 \cdot 10^{-8}$ for
# 20; at best, near $w = 1.6$, it is 0.28, still below 1. With $x = 1$ and 12 layers the
# first derivative is about $10^{-8}$, $10^{-14}$ and $10^{-90}$.
# - **1 point**: large weights saturate the units, so their slopes go to zero.
# - **1 point**: the slope loses more than the weight gains, with numbers from runs.
# - Seen often: "the weights are multiplied in, so the gradient explodes", worth
#   nothing; "saturated" without the comparison, 1 point.
# ### END MARK SCHEME

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 3. A mean over a Gaussian
#
# Wide layers have Gaussian pre-activations, $z \sim N(0, q)$, and everything in the
# lesson's theory is a mean $E[g(z)]$ over them. The lesson's rules leave it to
# `vg.gaussian_mean`, a sum over very many points. Gauss and Hermite need far fewer:
# they chose points $x_i$ and weights $w_i$ so that
#
# $$\int e^{-x^2} h(x)\, dx \approx \sum_i w_i\, h(x_i),$$
#
# exactly, for polynomials of very high degree.

# %% [markdown] slideshow={"slide_type": "skip"}
# `np.polynomial.hermite.hermgauss(50)` returns the 50 points and weights. Note the
# $e^{-x^2}$: it is not the Gaussian's density with variance $q$, so a change of
# variable is needed.
#
# Return $E[g(z)]$ for $z \sim N(0, q)$, where $q$ is the *variance*, from 0.2 to 3;
# `g` takes an array. Accepted error: 0.01 % (so drawing random numbers is not enough).


# %% slideshow={"slide_type": "skip"}
def hermite_mean(g, q):
    """Mean of g(z) for z from a Gaussian of variance q.

    g: a function from an array to an array of its shape.
    q: the variance of z, a number > 0.
    Returns a number.
    """
    ### BEGIN SOLUTION
    x, w = np.polynomial.hermite.hermgauss(50)
    z = np.sqrt(2 * q) * x
    return np.sum(w * g(z)) / np.sqrt(np.pi)
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.hermite_mean.check(hermite_mean)


# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** Compare your mean of the squared slope, `sigmoid_derivative(z) **
# 2`, with the lesson's `vg.gaussian_mean` at $q = 1$, $10$ and $100$. One of the two
# fails. Draw the function and the points to see why.
#
# ### BEGIN MARK SCHEME
# *2 points.* The squared slope is a narrow bump: it has fallen to half at $|z| = 1.2$,
# whatever $q$ is. The 50 points are $\sqrt{2q}$ times fixed numbers, so they move apart
# as $q$ grows. At $q = 1$ both means are 0.0448; at 10 Hermite is off by 0.13 %
# (0.0198); at 100 it says 0.0027 in place of 0.0066, for its points nearest to 0 are
# $\pm 2.2$ and $\pm 6.6$: none stands on the bump. `vg.gaussian_mean` has its points
# densest near 0.
# - **1 point**: Hermite fails, at $q = 100$, with the numbers (more than half is lost).
# - **1 point**: why: the points step over the bump; it is no polynomial on their scale.
# - Seen often: "rounding errors" or "too few samples", worth nothing.
# ### END MARK SCHEME

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 4. Where vanishing turns to exploding
#
# In a deep sigmoid network with weights $N(0, \sigma_w^2)$ and layers of $n$ units,
# the variance settles where $q = n \sigma_w^2\, E[\sigma(z)^2]$. There the mean
# square of the gradient is multiplied, layer by layer, by
#
# $$\chi = n \sigma_w^2\, E[\sigma'(z)^2], \qquad z \sim N(0, q).$$
#
# The lesson found the *width* at which $\chi = 1$ for given weights.

# %% [markdown] slideshow={"slide_type": "skip"}
# Now a network of $n$ units is given, and you choose the *scale*. Return the standard
# deviation $\sigma_w$ at which gradients neither vanish nor explode, for $n$ from 10
# to 1000. Accepted error: 1 %.
#
# `vg.forward_variance` and `vg.backward_gain` are the two rules;
# `help(vg.backward_gain)` tells what they take. $\chi$ rises with $\sigma_w$, and the
# answer lies between 0.1 and 10, so halving an interval finds it.


# %% slideshow={"slide_type": "skip"}
def critical_std(n):
    """Scale of the weights at which deep layers have chi = 1.

    n: units in each layer of a sigmoid network, a number.
    Returns sigma_w, the standard deviation of the weights.
    """
    ### BEGIN SOLUTION
    slope = sigmoid_derivative
    low, high = 0.1, 10.0
    while high / low > 1.001:
        middle = np.sqrt(low * high)
        q = 1.0
        for _ in range(20):
            q = vg.forward_variance(q, sigmoid, n, middle)
        if vg.backward_gain(q, slope, n, middle) < 1:
            low = middle
        else:
            high = middle
    return np.sqrt(low * high)
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.critical_std.check(critical_std)


# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** Compute your $\sigma_w$ for $n = 10$, $100$ and $1000$, and find
# the simple law behind it. Then compare with $1/\sqrt{n}$, the scale that many texts
# recommend. What state are the units in at your scale, and would you like to train
# such a network?
#
# ### BEGIN MARK SCHEME
# *2 points.* $\sigma_w = 3.21$, $1.015$, $0.321$: always $10.15/\sqrt{n}$, since $q$
# and $\chi$ depend on $n\sigma_w^2$ alone, which must be 103. That is ten times
# $1/\sqrt{n}$, where $\chi$ is only 0.056. There $q \approx 46$, and 52 % of the units
# are saturated. A few steep units carry the gradient, most learn next to nothing:
# rather another activation.
# - **1 point**: $\sigma_w \propto 1/\sqrt{n}$, with the factor 10; half a point for one
#   of the two.
# - **1 point**: about half of the units are saturated, and a judgement with a reason
#   ("yes, it trains at all, lesson 1 saw it" is one, too).
# - Seen often: "$\chi = 1$, so all is well", worth nothing of the second point.
# ### END MARK SCHEME

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 5. A diagnosis
#
# You are given a deep network's record: `gradient_norms[l]`, the size of the loss's
# gradient for the pre-activations of layer $l + 1$, and `saturated[l]`, the fraction
# of that layer's units that sit on a flat end. The first layer, next to the input,
# comes first. All layers are equally wide.
#
# The check draws small networks and measures them. Their losses come in different
# units, so compare layers, not sizes: a gradient is large or small only beside that
# of another layer of the same network.

# %% [markdown] slideshow={"slide_type": "skip"}
# Return one of four words, and decide yourself how to tell them apart:
#
# - **vanishing**: the gradient is lost on its way from the last layer to the first;
# - **exploding**: it grows out of hand on that way. Somewhere it may even leave the
#   numbers a computer has: then the record holds `nan` or infinity;
# - **saturated**: most of the network's units sit on a flat end, and pass on little;
# - **healthy**: nothing of the kind.
#
# Between the last layer and the first, a change of the gradient up to 100 times,
# either way, is still fine; *most* means more than half of all units. The gradient
# goes first, since it stops training: a network is called saturated only where its
# gradient is fine.


# %% slideshow={"slide_type": "skip"}
def diagnose(gradient_norms, saturated):
    """What ails a deep network, in one word.

    gradient_norms: array of shape (L,), first layer first.
    saturated: array of shape (L,), values from 0 to 1.
    Returns "vanishing", "exploding", "saturated", "healthy".
    """
    ### BEGIN SOLUTION
    if not np.isfinite(gradient_norms).all():
        return "exploding"
    ratio = gradient_norms[0] / gradient_norms[-1]
    if ratio < 1 / 100:
        return "vanishing"
    if ratio > 100:
        return "exploding"
    if np.mean(saturated) > 0.5:
        return "saturated"
    return "healthy"
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.diagnose.check(diagnose)


# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** Which remedy would you try for each of the four words? Is there
# one that cures *vanishing* and makes *saturated* worse?
#
# ### BEGIN MARK SCHEME
# *2 points.* *Vanishing*: larger first weights, an activation with slopes near 1, or
# batch normalization. *Exploding*: smaller weights; clipping, to survive. *Saturated*:
# smaller weights, standardized inputs, another activation. *Healthy*: nothing here;
# look elsewhere (rate, data). **Larger weights** in a sigmoid network cure vanishing
# and make saturation worse: from variance $1/n$ to $N(0,1)$ at 103 units $\chi$ goes
# from 0.056 to 1, and saturated units from none to half.
# - **1 point**: a fitting remedy for each word; half a point for two or three of them.
# - **1 point**: larger weights, with the reason: larger $z$ on flatter ends.
# - Seen often: clipping against vanishing gradients, worth nothing (it only shortens);
#   "a larger learning rate", nothing: bits that do not change stay so.
# ### END MARK SCHEME

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 6. Predict
#
# Six predictions, to make before you compute anything. A to E: the gradient's size in
# the first of 20 hidden layers, against that in the last. Say `"vanishing"` if it is
# less than 1/100, `"exploding"` if it is more than 100 times as large, else
# `"healthy"`.
#
# | | units | width | weights |
# |---|---|---|---|
# | A | sigmoid | 1000 | N(0, 1) |
# | B | sigmoid | 20 | N(0, 1) |
# | C | sigmoid | 1000 | N(0, 1/1000) |
# | D | tanh | 1000 | N(0, 1/1000) |
# | E | ReLU | 1000 | N(0, 1/1000) |

# %% [markdown] slideshow={"slide_type": "skip"}
# F: in network C, about which factor takes the gradient's size from one layer to the
# layer below: `"1/2"`, `"1/4"`, `"1/16"` or `"1/64"`?
#
# The second number of $N(0, \cdot)$ is the variance. Write your reason for each
# beside it, as a comment: nobody grades it, and it is where the learning is. The
# check tells why a wrong choice is wrong.


# %% slideshow={"slide_type": "skip"}
def predict():
    """Your predictions: a dict with the keys A to F."""
    ### BEGIN SOLUTION
    return {
        "A": "exploding",  # 1000 large weights outweigh slopes
        "B": "vanishing",  # 20 do not: chi = 1 needs n = 103
        "C": "vanishing",  # n sigma_w^2 = 1, slopes <= 1/4
        "D": "healthy",  # n sigma_w^2 = 1, slopes near 1
        "E": "vanishing",  # half of the slopes are 0
        "F": "1/4",  # the slope at z near 0
    }
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.predict.check(predict)

# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** Change one thing in each vanishing network so that it becomes
# healthy, and say through what it works: $n\,\sigma_w^2$, $E[f(z)^2]$ on the way up or
# $E[f'(z)^2]$ on the way down. [Lesson 02](../02_initialization.ipynb) makes a
# method of it.
#
# ### BEGIN MARK SCHEME
# *2 points.* One change each is enough. **B**: 103 units, or
# $\sigma_w = 10.15/\sqrt{20} = 2.3$: $n\sigma_w^2$ becomes 103. **C**: variance 0.103,
# the same number; or tanh: there $E[f'(z)^2]$ near 0 is almost 1 in place of 1/16
# (layer 1 over 20: 0.19). **E**: variance $2/1000$: both means halve ($E[f^2] = q/2$,
# $E[f'^2] = 1/2$), and $n\sigma_w^2 = 2$ pays for both. In B and C the larger scale
# *lowers* $E[f'^2]$, since $q$ grows; $n\sigma_w^2$ gains more.
# - **1 point**: a change that works for each of B, C, E; half a point for two.
# - **1 point**: through what it works, for two of them at least.
# - Seen often: more layers, a larger rate, or tanh with $N(0,1)$ in B (explodes:
#   22,000), worth nothing.
# ### END MARK SCHEME
