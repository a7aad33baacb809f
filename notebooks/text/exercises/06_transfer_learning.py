# %% [markdown] slideshow={"slide_type": "skip"}
# # Exercises 06: Transfer learning
#
# Five exercises on [lesson 06](../06_transfer_learning.ipynb): what is trained and
# what is not, reuse that leaves the old network alone, training in two phases, and two
# questions about evidence. Replace the line that raises an error, run the cell, then
# run the check below it: it answers at once, and when something is wrong it shows one
# small case.
#
# Checks look at what your function returns, not at how it is written. Lists and
# arrays are both welcome; arguments must be left as they were.

# %% [markdown] slideshow={"slide_type": "skip"}
# Stuck? `exercises.reuse.hint(1)` gives a nudge, `hint(2)` a bigger one, and
# `exercises.reuse.solution()` shows our way to write it. The same works for every
# exercise by its name.
#
# As in the lesson, a network has learned task A, and its lower layers, the *body*,
# are reused for task B under a new output layer, the *head*. Only exercise 2 needs
# Keras; the first cell takes some seconds to load it.

# %% slideshow={"slide_type": "skip"}
import keras
import numpy as np

from course_utils.checks import transfer_learning as exercises

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 1. Warm-up: what will be trained?
#
# Keras calls a network's numbers its parameters, and divides them into trainable ones
# and others. A frozen layer has none that are trainable. Count both, for a list of
# layers like these:
#
# - `{"kind": "dense", "inputs": 4, "units": 3, "bias": True, "trainable": True}`
# - `{"kind": "batch norm", "units": 3, "trainable": True}`
# - `{"kind": "dropout", "trainable": True}`
# - `{"kind": "model", "layers": [...], "trainable": False}`

# %% [markdown] slideshow={"slide_type": "skip"}
# A dense layer has a weight for each pair of an input and a unit and, where `bias` is
# `True`, one bias a unit. Batch normalization has four numbers a unit: `gamma` and
# `beta`, and the moving mean and variance, which are averages and never trained.
# Dropout has none.
#
# A model has what its layers have, and some of these may be models again. A frozen
# model freezes everything in it; in any other, each layer decides for itself.


# %% slideshow={"slide_type": "skip"}
def count(layers):
    """Numbers of trainable and of other parameters.

    layers: a list of dicts, as above.
    Returns two whole numbers.
    """
    ### BEGIN SOLUTION
    trainable = others = 0
    for layer in layers:
        mine = fixed = 0
        if layer["kind"] == "dense":
            mine = (layer["inputs"] + layer["bias"]) * layer["units"]
        elif layer["kind"] == "batch norm":
            mine = fixed = 2 * layer["units"]
        elif layer["kind"] == "model":
            mine, fixed = count(layer["layers"])
        if not layer["trainable"]:
            mine, fixed = 0, mine + fixed
        trainable += mine
        others += fixed
    return trainable, others
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.count.check(count)


# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** Build a Keras model with a model inside, freeze the inner one with
# `inner.trainable = False`, and compare `model.summary()` with your count. Then set
# `trainable = True` for a single layer of the frozen inner model: what does the outer
# model's summary say now? Which would you teach to set first, the model or the layer?
#
# ### BEGIN MARK SCHEME
# *2 points.* Frozen as a whole, the inner model counts as "other", as in `count`. After
# `layer.trainable = True` the outer summary **counts that layer as trainable** again,
# and `fit` of the outer model does train it, though `inner.trainable` is still `False`.
# Setting the switch of a model sets it in all its layers; the last one set wins. (The
# rule of `count` is simpler: frozen.) So first the whole model, then its exceptions;
# the other way round freezes the exception, too.
# - **1 point**: the layer's numbers are trainable in the outer summary.
# - **1 point**: whole first, then parts, because setting it on a model overwrites its
#   layers; half a point without the reason.
# - Seen often: "nothing changes, as the model is frozen", worth nothing: not tried.
# ### END MARK SCHEME

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 2. Reuse without sharing
#
# A network has learned task A. Its first `n_layers` layers shall serve another task
# while the old network stays in use. So the new network must start from *copies*:
# whatever is done to it, the old one keeps its weights.

# %% [markdown] slideshow={"slide_type": "skip"}
# Return a new Keras model, of the same inputs:
#
# - its first layers are copies of the first `n_layers` of `model.layers`, with all the
#   numbers they have learned and gathered;
# - on top is a new `Dense` layer of one unit with the sigmoid;
# - every layer can be trained, as in `model`;
# - it is built: its weights exist before it has seen any data.
#
# `model` is a `Sequential` that began with an `Input`, its layers are dense ones and
# batch normalizations, and `model.input_shape` says what it takes. Accepted error of
# the outputs: $10^{-4}$. Write it without the lesson's function.


# %% slideshow={"slide_type": "skip"}
def reuse(model, n_layers):
    """A new model on copies of a model's lower layers.

    model: a keras.Sequential, built.
    n_layers: how many of model.layers to reuse, at least 1.
    Returns a Keras model with one output between 0 and 1.
    """
    ### BEGIN SOLUTION
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    return keras.Sequential(
        [
            keras.Input(model.input_shape[1:]),
            *copy.layers[:n_layers],
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.reuse.check(reuse)


# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** Compile your new model, `fit` it once on a few random numbers, and
# look at the weights of its first layer. Set `trainable = False` for that layer, `fit`
# again *without* compiling, and look again. Then compile and `fit` once more. Which
# change did Keras notice, and when?
#
# ### BEGIN MARK SCHEME
# *2 points.* First `fit`: the weights move. After `trainable = False` without `compile`
# they **move again**, as if nothing had been said. After `compile` they **stay**, to
# the last bit. The first `fit` makes the training step and with it the list of weights
# that learn; `compile` throws both away. The attribute (and the summary) changes at
# once; training notices only with `compile`. Letting go is ignored, too.
# - **1 point**: moves, moves, stands still.
# - **1 point**: because the step is built once and keeps its list; freeze, *then*
#   compile.
# - Seen often: "the second fit moved it less, so it was partly frozen", worth nothing:
#   it is all or none; the summary as proof that it was frozen, half a point at most.
# ### END MARK SCHEME

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 3. Two phases on a budget
#
# A new head is random, and its first gradients say little about the task. So the head
# learns alone at first, and only then the body moves, at a lower rate. A small network
# with a body $W$ and a head $v$:
#
# $$h = \tanh(x W), \qquad p = \frac{1}{1 + e^{-h v}}, \qquad
# \text{loss} = -\frac{1}{n} \sum_i \bigl(y_i \ln p_i + (1 - y_i) \ln(1 - p_i)\bigr).$$
#
# The next cell has its gradients.


# %% slideshow={"slide_type": "skip"}
def gradients(body, head, x, y):
    """Gradients of the loss with respect to body and head."""
    h = np.tanh(x @ body)
    error = (1 / (1 + np.exp(-h @ head)) - y) / len(y)
    of_body = x.T @ (np.outer(error, head) * (1 - h**2))
    return of_body, h.T @ error


# %% [markdown] slideshow={"slide_type": "skip"}
# You have a budget of steps of gradient descent, each on all examples.
#
# - **Phase 1**: the head alone, at `head_rate`. Before each step look at the norm of
#   the head's gradient: once it is below a tenth of what it was at the very start, the
#   phase is over. It also ends when half of the budget is spent.
# - **Phase 2**: body and head together, both at `rate`, for all that is left of the
#   budget. Each step takes both gradients at the same point.

# %% [markdown] slideshow={"slide_type": "skip"}
# The old network still needs its body: leave the argument as it is. Accepted error:
# $10^{-6}$.


# %% slideshow={"slide_type": "skip"}
def fine_tune(body, head, x, y, budget, head_rate, rate):
    """Body and head after training in two phases.

    body: array of shape (d, m), reused.
    head: array of shape (m,), random.
    x: array of shape (n, d).
    y: array of shape (n,), zeros and ones.
    budget: the number of steps, even.
    head_rate, rate: learning rates of the two phases.
    Returns a list of the trained body and the trained head.
    """
    ### BEGIN SOLUTION
    steps = 0
    first = np.linalg.norm(gradients(body, head, x, y)[1])
    while steps < budget // 2:
        of_head = gradients(body, head, x, y)[1]
        if np.linalg.norm(of_head) < first / 10:
            break
        head = head - head_rate * of_head
        steps += 1
    for _ in range(budget - steps):
        of_body, of_head = gradients(body, head, x, y)
        body = body - rate * of_body
        head = head - rate * of_head
    return [body, head]
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.fine_tune.check(fine_tune)


# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** Draw a random head of norm 1, then one of norm 10. How far has the
# body moved after 20 steps of both, and how far after 20 steps of phase 1 and 20 of
# both? And for which learning rates does it matter? A last one: in phase 1, which part
# of each step always gives the same numbers, and what would you save by keeping them?
#
# ### BEGIN MARK SCHEME
# *2 points.* The body's gradient contains the head, so a head ten times as long drives
# the body farther. In our draws (8 units, 50 examples; moves over the body's length)
# norm 1 moved it by 0.15 at rate 0.1, norm 10 by 0.43. Phase 1 first helps only if its
# rate unlearns the head in 20 steps. Norm 10, without and with it: at rate 0.01 0.178
# and 0.176, at 0.1 0.43 and 0.40, at 1 1.17 and 0.68. So it matters at **large** rates.
# In phase 1 $h = \tanh(xW)$ never changes: compute it once, and save the way through
# the body.
# - **1 point**: farther with the long head, and phase 1 helps at large rates, with
#   numbers.
# - **1 point**: $h$ is constant; what is saved.
# - Seen often: "the loss is constant", worth nothing.
# ### END MARK SCHEME

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 4. Has it seen the answers?
#
# Task B is tested on images that the network must never have seen, neither in B's
# training nor long ago in A's. Files get mixed, and indices change when data are
# shuffled, so only the images themselves can tell.
#
# Given A's images, whole grey values from 0 to 255, and B's, which were standardized
# as networks like them, `(grey - mean) / std`, and stored as `float32`, say which of
# B's images also occur among A's: the same grey values at the same places.

# %% [markdown] slideshow={"slide_type": "skip"}
# The two lists have no common order, and an image may occur more than once in either.
# Images that differ in one pixel by one grey value are different images here.


# %% slideshow={"slide_type": "skip"}
def leaked(a, b, mean, std):
    """Which images of task B occur among those of task A.

    a: array of shape (n, height, width), uint8.
    b: array of shape (m, height, width), float32, standardized.
    mean, std: numbers that b was standardized with.
    Returns an array of m truth values, one for each image of b.
    """
    ### BEGIN SOLUTION
    grey = np.round(b * std + mean).astype(np.uint8)
    seen = {image.tobytes() for image in a}
    return np.array([image.tobytes() in seen for image in grey])
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.leaked.check(leaked)


# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** From the same 2,000 images of sandals and shirts somebody draws 200
# at random for training and then, again from all 2,000, 500 for testing. How many test
# images were trained on? Guess, then let your function count. And which leaks would it
# never find? Think of what a shop does with one photograph.
#
# ### BEGIN MARK SCHEME
# *2 points.* On average **50**: each test image is one of the 200 with probability
# $200/2000$, and $500 \cdot 0.1 = 50$, give or take 6. So 10 % of the test was seen in
# training. `leaked` finds only equal images, grey value by grey value. It misses what a
# shop makes of one photograph: crops, mirrored or resized copies, other brightness or
# compression, the same shoe from another side; and leaks without images, such as
# choices made on the test set.
# - **1 point**: about 50 (40 to 60), with the reason or a count.
# - **1 point**: two kinds of near-duplicates at least; half a point for one.
# - Seen often: "25 %, as 500 of 2,000 were drawn", or "0, it is random", worth nothing.
# ### END MARK SCHEME

# %% [markdown] slideshow={"slide_type": "skip"}
# ## 5. Does the claim hold?
#
# "We gained two points by transfer", a text says, and shows one split of the data. You
# repeat it on $n$ splits and write down both accuracies for each. Let $d_i$ be the gain
# of split $i$, transfer minus scratch, $\bar d$ the mean of the gains and $s$ their
# standard deviation (with $n - 1$ below the line). The 95 % interval of the mean is
#
# $$\bar d \pm t_n \frac{s}{\sqrt n},$$
#
# with a number $t_n$ of Student's distribution, which you are given.

# %% [markdown] slideshow={"slide_type": "skip"}
# Return one of three words:
#
# - `"holds"`, if the whole interval lies above zero;
# - otherwise `"cherry-picked"`, if at most one of your splits gains as much as the
#   text tells, or more: then the text shows an exception, knowingly or not;
# - `"does not hold"` in all other cases.


# %% slideshow={"slide_type": "skip"}
def verdict(scratch, transfer, told, t):
    """What n splits say about a gain that somebody told.

    scratch, transfer: arrays of shape (n,), accuracies in percent.
    told: the gain that the text tells, in points.
    t: Student's number for n splits.
    Returns "holds", "cherry-picked" or "does not hold".
    """
    ### BEGIN SOLUTION
    gains = transfer - scratch
    half = t * gains.std(ddof=1) / np.sqrt(len(gains))
    if gains.mean() - half > 0:
        return "holds"
    reached = np.count_nonzero(gains >= told)
    return "cherry-picked" if reached <= 1 else "does not hold"
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.verdict.check(verdict)

# %% [markdown] slideshow={"slide_type": "skip"}
# **Then explain.** Suppose transfer gains nothing at all, and single splits differ from
# that by chance, with a standard deviation of one point. Somebody tries five splits and
# shows the best. Which gain will the text tell, on average? And with twenty splits?
# Draw it with `rng.normal`. How would you write a text whose readers can tell?
#
# ### BEGIN MARK SCHEME
# *2 points.* The best of five draws of $N(0, 1)$ is **1.16** on average, of twenty
# **1.87**: a gain of one or two points out of nothing. A text whose readers can tell
# says how many splits were tried and how they were chosen, and shows **all** of them,
# with the mean and its interval.
# - **1 point**: 1.2 and 1.9 (within 0.1); half a point for one, or for "larger with
#   twenty" without numbers.
# - **1 point**: number of trials and all results (or mean with interval); half for one.
# - Seen often: "0, as the mean is 0", worth nothing: the best is not the mean; "use
#   more seeds" without showing them, half a point.
# ### END MARK SCHEME
