# %% [markdown] slideshow={"slide_type": "skip"}
# # Exercises 04: Batch normalization
#
# Six exercises on [lesson 04](../04_batch_normalization.ipynb): the layer forward and
# backward, what it remembers, how it disappears, its closest relative, and the
# mistake that everybody makes with it once. Replace the line that raises an error,
# run the cell, then run the check below it: it answers at once, and when something is
# wrong it shows one small case.
#
# Checks look at what your function returns, not at how it is written. Lists and
# arrays are both welcome; arguments must be left as they were.

# %% [markdown] slideshow={"slide_type": "skip"}
# Stuck? `exercises.batch_norm.hint(1)` gives a nudge, `hint(2)` a bigger one, and
# `exercises.batch_norm.solution()` shows our way to write it. The same works for
# every exercise by its name.
#
# Notation, as in the lesson: a batch $x$ holds $m$ examples, one a row, and one
# column for each unit. $\mu$ and $\sigma^2$ are the mean and the variance of one
# unit, $\gamma$ and $\beta$ its learned scale and shift, $\varepsilon$ a small number
# added to the variance.

# %% slideshow={"slide_type": "skip"}
import numpy as np

from course_utils.checks import batch_normalization as exercises

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 1. Warm-up: the layer, forward
#
# In training, every unit gets mean 0 and variance 1 over the batch, then a scale and
# a shift of its own:
#
# $$\mu = \frac{1}{m} \sum_i x_i, \qquad \sigma^2 = \frac{1}{m} \sum_i (x_i - \mu)^2,
# \qquad \hat{x}_i = \frac{x_i - \mu}{\sqrt{\sigma^2 + \varepsilon}}, \qquad
# y_i = \gamma\, \hat{x}_i + \beta.$$
#
# These are the formulas of one unit. Write them for all units at once. Accepted
# error: $10^{-6}$.


# %% slideshow={"slide_type": "skip"}
def batch_norm(x, gamma, beta, epsilon):
    """Batch normalization in training.

    x: array of shape (m, n), m examples of n units.
    gamma, beta: arrays of shape (n,).
    epsilon: a number > 0.
    Returns y, an array of shape (m, n).
    """
    ### BEGIN SOLUTION
    mean = x.mean(axis=0)
    variance = x.var(axis=0)
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.batch_norm.check(batch_norm)


# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** Feed a unit whose standard deviation is 0.01, with $\gamma = 1$,
# and $\varepsilon = 10^{-3}$ (Keras' default) and then $10^{-5}$ (PyTorch's). Which
# standard deviation comes out? And: a ReLU follows, and you want it to zero fewer
# numbers. Which helps, a larger $\gamma$ or a larger $\beta$? Try both before you
# answer.
#
# ### BEGIN MARK SCHEME
# *2 points.* $\sigma/\sqrt{\sigma^2 + \varepsilon}$: **0.30** with $10^{-3}$, **0.95**
# with $10^{-5}$. A larger **$\beta$** helps: zeros are where $\hat x < -\beta/\gamma$.
# With $\beta = 0$ half are zero for every $\gamma > 0$; $\beta = 1$, $\gamma = 1$
# leaves 16 %. A larger $\gamma$ helps not at all, and takes back what $\beta$ gained
# ($\gamma = 3$, $\beta = 1$: 37 %).
# - **1 point**: both numbers; half a point for one, or for
#   $\sigma^2/(\sigma^2 + \varepsilon)$ (0.09 and 0.91).
# - **1 point**: $\beta$, since a positive factor changes no sign.
# - Seen often: "$\gamma$ spreads the numbers out, so fewer are zero", worth nothing.
# ### END MARK SCHEME

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 2. Backward
#
# The classic trap. The layer above hands down $\partial\,\text{Loss} / \partial y$.
# Turn it into three gradients: for $x$, which goes further down, and for $\gamma$ and
# $\beta$, which are learned.
#
# One $x_i$ reaches the loss on three ways: directly through its own $\hat{x}_i$, and
# through $\mu$ and $\sigma^2$, which change the $\hat{x}$ of *every* example in the
# batch. Draw the graph first.

# %% [markdown] slideshow={"slide_type": "skip"}
# Forward is as in exercise 1. The check nudges every entry of $x$, every $\gamma$ and
# every $\beta$ by an imaginary $10^{-30}$, which measures derivatives to the last
# digit, and compares. Accepted error: $10^{-6}$.


# %% slideshow={"slide_type": "skip"}
def batch_norm_backward(gradient, x, gamma, epsilon):
    """Gradients of batch normalization in training.

    gradient: array of shape (m, n), dLoss/dy.
    x: array of shape (m, n), what went into the layer.
    gamma: array of shape (n,).
    epsilon: a number > 0.
    Returns dLoss/dx of shape (m, n), dLoss/dgamma and dLoss/dbeta of shape (n,).
    """
    ### BEGIN SOLUTION
    std = np.sqrt(x.var(axis=0) + epsilon)
    x_hat = (x - x.mean(axis=0)) / std
    d_gamma = np.sum(gradient * x_hat, axis=0)
    d_beta = np.sum(gradient, axis=0)
    d_x_hat = gradient * gamma
    by_mean = d_x_hat.mean(axis=0)
    by_variance = x_hat * np.mean(d_x_hat * x_hat, axis=0)
    return (d_x_hat - by_mean - by_variance) / std, d_gamma, d_beta
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.batch_norm_backward.check(batch_norm_backward)


# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** Hand your function a `gradient` whose entries are all 1. What
# becomes of the gradient for $x$, and why *must* it be so? The dense layer below
# computes $x = a W + b$: what is the gradient of its bias $b$, whatever the loss is?
# So what is `use_bias=False` for?
#
# ### BEGIN MARK SCHEME
# *2 points.* It is **0** (to rounding, $10^{-15}$). Such a loss is the sum of all $y$,
# and per unit $\sum_i y_i = \gamma \sum_i \hat x_i + m\beta = m\beta$: no $x$ can
# change it. In general the gradients for $x$ sum to 0 over the batch, as the mean is
# subtracted. The bias $b$ adds the same to every example, so its gradient is that sum:
# **0**, for any loss. $\beta$ does its work; `use_bias=False` leaves out a number that
# never learns.
# - **1 point**: 0, because the sum (or mean) of $\hat x$ is fixed.
# - **1 point**: the bias gets 0, so it is useless there; half a point for "$\beta$
#   replaces it" alone.
# - Seen often: "0 by rounding" or "ones cancel", worth nothing without the mean.
# ### END MARK SCHEME

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 3. What the layer remembers
#
# At test time one image comes alone, and has no batch to be compared with. So the
# layer follows its statistics while it trains. After each batch, for each unit,
#
# $$\hat{v} \leftarrow \rho\, \hat{v} + (1 - \rho)\, v,$$
#
# where $v$ is the batch's mean or variance, $\hat{v}$ the moving one and $\rho$ the
# *momentum*. As in Keras, the moving mean starts at 0, the moving variance at 1, and
# the variance of a batch is the one of exercise 1.

# %% [markdown] slideshow={"slide_type": "skip"}
# Return both after a list of batches; the last one of an epoch may well be smaller
# than the others. Accepted error: $10^{-6}$.


# %% slideshow={"slide_type": "skip"}
def running_statistics(batches, momentum):
    """Moving mean and variance of a new layer after some batches.

    batches: list of arrays of shape (m, n); m may differ from batch to batch.
    momentum: a number from 0 to 1.
    Returns the moving mean and the moving variance, both of shape (n,).
    """
    ### BEGIN SOLUTION
    n = batches[0].shape[1]
    mean, variance = np.zeros(n), np.ones(n)
    for x in batches:
        mean = momentum * mean + (1 - momentum) * x.mean(axis=0)
        variance = momentum * variance + (1 - momentum) * x.var(axis=0)
    return mean, variance
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.running_statistics.check(running_statistics)


# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** With $\rho = 0.99$, after how many batches is less than 1 % left of
# the start? And with 0.9? You train for one epoch of 32 batches: which one would you
# take? And what speaks for the other one where a batch holds only two images?
#
# ### BEGIN MARK SCHEME
# *2 points.* $\rho^k < 0.01$ from $k = \ln 0.01/\ln\rho$ on: **459** batches with 0.99,
# **44** with 0.9. After 32 batches $0.99^{32} = 72$ % of the start (0 and 1) is left,
# with 0.9 only 3 %: take **0.9**. With two images a batch's statistics are very noisy,
# and 0.99 looks back ten times as far (100 batches): the moving mean scatters by 0.05
# standard deviations, not 0.16 (given steps enough).
# - **1 point**: 459 and 44 (or 458 and 43); half a point for one.
# - **1 point**: 0.9, by the share left (half); 0.99 averages more of the noise (half).
# - Seen often: "0.99, as it is more exact", without the 32 batches, worth nothing.
# ### END MARK SCHEME

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 4. Now you see it, now you don't
#
# At test time $\mu$ and $\sigma^2$ are constants: the moving statistics. A dense layer
# $z = a W + b$ and the batch normalization behind it are then two linear steps in a
# row, and two linear steps are one.
#
# Return the weights and the bias of the *one* dense layer that does the work of both,
# for every input $a$. Accepted error: $10^{-6}$.


# %% slideshow={"slide_type": "skip"}
def fold(weights, bias, gamma, beta, mean, variance, epsilon):
    """A dense layer with the batch normalization behind it folded in.

    weights: array of shape (n_in, n), one column for each unit.
    bias, gamma, beta: arrays of shape (n,).
    mean, variance: the moving statistics of z, arrays of shape (n,).
    epsilon: a number > 0.
    Returns new weights of shape (n_in, n) and a new bias of shape (n,).
    """
    ### BEGIN SOLUTION
    factor = gamma / np.sqrt(variance + epsilon)
    return weights * factor, (bias - mean) * factor + beta
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.fold.check(fold)


# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** "Batch normalization makes predictions slower." What is left of
# that sentence? Could you fold a layer that stands *behind* the activation, between
# it and the next dense layer? And why not fold before training, and be rid of it?
#
# ### BEGIN MARK SCHEME
# *2 points.* Only training is slower. At test time the layer is a factor and a shift
# for each unit, which go into the dense layer: nothing is left to compute. **Behind**
# the activation: yes, into the *next* dense layer: with
# $s = \gamma/\sqrt{\sigma^2 + \varepsilon}$ its row of each unit is multiplied by $s$,
# and $(\beta - \mu s)W$ is added to its bias. In training the statistics are the
# batch's own and the gradient runs through them; folded, they are constants, and
# nothing normalizes any more.
# - **1 point**: no cost after folding (half); next layer, not the one before (half).
# - **1 point**: in training $\mu$ and $\sigma$ depend on the batch.
# - Seen often: "no, the ReLU is in between", half a point of the first: true for the
#   layer below.
# ### END MARK SCHEME

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 5. Layer normalization, by changing an axis
#
# Layer normalization (Ba, Kiros and Hinton, 2016) turns the table: each *example* gets
# mean 0 and variance 1 over its own units. The formulas are those of exercise 1, with
# the sums along the other axis; $\gamma$ and $\beta$ still belong to the units.
#
# An example may also be one step of a sequence: $x$ has the units on its last axis,
# and any number of axes in front of it. Accepted error: $10^{-6}$.


# %% slideshow={"slide_type": "skip"}
def layer_norm(x, gamma, beta, epsilon):
    """Layer normalization.

    x: array of shape (m, n), or (m, steps, n): n units on the last axis.
    gamma, beta: arrays of shape (n,).
    epsilon: a number > 0.
    Returns y, an array of the shape of x.
    """
    ### BEGIN SOLUTION
    mean = x.mean(axis=-1, keepdims=True)
    variance = x.var(axis=-1, keepdims=True)
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.layer_norm.check(layer_norm)


# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** Normalize a batch of four examples with your functions of
# exercises 1 and 5. Then replace the fourth by an outlier. Which of the other three
# outputs change? What does layer normalization have to remember for test time? Why do
# recurrent networks, whose sequences all have lengths of their own, prefer it?
#
# ### BEGIN MARK SCHEME
# *2 points.* With batch normalization **all three** change: the outlier moves mean and
# variance of every unit. With layer normalization **none**: each example is normalized
# by itself. Layer normalization remembers **nothing** for test time but the learned
# $\gamma$ and $\beta$; it does the same as in training. In sequences each time step
# would need statistics of its own: late steps occur in few sequences of a batch, and
# steps beyond the longest one in training have none.
# - **1 point**: three against none.
# - **1 point**: no moving statistics (half); the reason for sequences (half).
# - Seen often: "the mean of all time steps", worth nothing: no one average fits them
#   all.
# ### END MARK SCHEME

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 6. Why is my accuracy 10 % at test time?
#
# A network of ten classes trained without a complaint; batch after batch, it knew
# nearly all images. At test time it answers by chance. You are handed the record of
# one of its batch normalization layers, of three units, taken *after the test*. It is
# a dict with an array of shape (3,) under each name, except where it says otherwise:
#
# | key | what it is |
# |---|---|
# | `momentum`, `steps` | two numbers: $\rho$, and the batches trained |
# | `train_mean`, `train_variance` | of the layer's input, over training images |
# | `test_mean`, `test_variance` | of the layer's input, over test images |
# | `moving_mean`, `moving_variance` | the moving statistics |
# | `normalized_mean`, `normalized_variance` | of the layer's $\hat{x}$ in the test |

# %% [markdown] slideshow={"slide_type": "skip"}
# Return the cause, one of five:
#
# - **batch of one**: the test ran with `training=True`, one image at a time. Like any
#   training step, it overwrites the moving statistics as it goes;
# - **never updated**: the moving statistics were not followed in training at all;
# - **lagging**: they were followed, and have not caught up;
# - **other data**: the layer is fed something else at test time: pixels from 0 to 255
#   instead of 0 to 1, say, or a mean that nobody subtracted;
# - **elsewhere**: this layer does what it should. Look elsewhere.

# %% [markdown] slideshow={"slide_type": "skip"}
# Two samples of images never agree to the last digit. Call two sets of statistics the
# same when, in every unit, the means are less than half a standard deviation apart
# and neither variance is more than twice the other. What differs here differs by more,
# in one unit at least, though perhaps only in the means, or only in the variances.
#
# The check simulates such layers. Which numbers to compare, and in which order, is
# yours to find. `np.all` and `np.any` turn three answers into one.


# %% slideshow={"slide_type": "skip"}
def find_cause(record):
    """Why a network with batch normalization fails at test time.

    record: dict, see above.
    Returns "batch of one", "never updated", "lagging", "other data" or "elsewhere".
    """

    ### BEGIN SOLUTION
    def same(this, that):
        apart = np.abs(record[f"{this}_mean"] - record[f"{that}_mean"])
        v, w = record[f"{this}_variance"], record[f"{that}_variance"]
        near = apart < np.sqrt(v) / 2
        return np.all(near & (v < 2 * w) & (w < 2 * v))

    if np.all(record["normalized_variance"] == 0):
        return "batch of one"
    if np.all(record["moving_mean"] == 0) and np.all(record["moving_variance"] == 1):
        return "never updated"
    if not same("train", "moving"):
        return "lagging"
    if not same("train", "test"):
        return "other data"
    return "elsewhere"
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.find_cause.check(find_cause)

# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** For each of the first four: what would you change, and can the
# network be saved without training it again? Where does it take one more pass over
# the training images, in which nothing is learned, and what would that pass compute?
#
# ### BEGIN MARK SCHEME
# *2 points.* *Batch of one*: test with `training=False`; load the saved weights, as the
# averages were overwritten (or make the pass). *Never updated*: make the pass; find out
# who froze them. *Lagging*: the pass, or a smaller $\rho$ next time. *Other data*:
# prepare test images as training ones were. **All four can be saved without training.**
# The pass sends the training images through in training mode, learning nothing, and
# averages each layer's batch means and variances (momentum $k/(k+1)$): it serves the
# first three, not *other data*.
# - **1 point**: a change for each; half a point for two or three.
# - **1 point**: where the pass helps, and that it computes $\mu$ and $\sigma^2$; half
#   for one.
# - Seen often: "train longer" for all, half a point of the first; it mends lagging
#   only.
# ### END MARK SCHEME
