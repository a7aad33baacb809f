# %% [markdown] slideshow={"slide_type": "slide"}
# # Start here
#
# A course about one question: **why do deep networks train, or don't?**

# %% [markdown] slideshow={"slide_type": "fragment"}
# Every formula in it is code you can read, every claim an experiment you can run again,
# and every exercise answers back. A laptop with two cores is enough.

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Fifteen minutes. Show the pictures, vote on the shuffled pixels, then do the
# exercise live and do it wrong first.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How a lesson goes
#
# A lesson asks a question and shows the problem as a picture. Then, three or four times:
#
# 1. **Predict.** Say what you expect before you run the cell. Aloud, or on paper.
# 2. **Run.** `Shift` + `Enter` runs a cell and goes on to the next.
# 3. **Explain.** Why was your guess right or wrong?

# %% [markdown] slideshow={"slide_type": "notes"}
# It ends in evidence over several seeds, in a verdict for every claim, and in exercises.
# Being wrong at step 1 is where the learning happens, so do not skip it.

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Say it here, once: a wrong prediction costs nothing and nobody writes it down.
# Then keep to it, also when the first wrong answer is a funny one.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Does everything work?

# %% [markdown] slideshow={"slide_type": "notes"}
# If this cell prints yes twice, your installation is complete. If not, run
# `make check` in the course's folder: it says what is missing and what to do about it.

# %% slideshow={"slide_type": "-"}
from course_utils.lab import data, network, plots
from course_utils.optimizers import SGD

plots.use_style()
files_are_right = all(file.ok for file in data.verify_data())
images = data.load_fashion_mnist()
net = network.mlp([784, 100, 10], "relu", "he_normal", seeds=0)
net.fit(images.train.x, images.train.y, 2, optimizer=SGD(0.05))
score = net.evaluate(images.valid.x, images.valid.y)["accuracy"]

print("images are right:", "yes" if files_are_right else "NO")
print("a network learns:", "yes" if score > 0.8 else "NO")
print(f"it names {score:.0%} of images that it never saw")

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Run it live. Ask how well somebody who guesses would do: one in ten.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The images
#
# Fashion-MNIST: photographs of clothes from a shop, 28 by 28 grey pixels, ten classes.

# %% [markdown] slideshow={"slide_type": "notes"}
# The course ships 20,000 of the 70,000, so nothing is downloaded: 10,000 to train on, 5,000 to
# choose with (*validation*) and 5,000 that are looked at once, at the end (*test*).

# %% slideshow={"slide_type": "-", "show": "output"} alt="Three rows of ten small grey photographs, one column for each class: T-shirt, trouser, pullover, dress, coat, sandal, shirt, sneaker, bag and ankle boot. Shirts, coats and pullovers look much alike; bags and boots do not."
import numpy as np

train = images.train
rows = [np.flatnonzero(train.y == c)[:3] for c in range(10)]
chosen = np.concatenate(np.transpose(rows))
names = [images.class_names[c] for c in train.y[chosen]]
ax = plots.image_grid(train.images[chosen], names, columns=10)

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* "Which two classes would you mix up?" Shirt and T-shirt, or coat and pullover,
# are good answers; networks mix up the same ones.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What a network gets
#
# 784 pixels from 0 to 255, *standardized*: minus the mean, divided by the standard deviation.

# %% [markdown] slideshow={"slide_type": "notes"}
# A network learns faster when its inputs are centred on 0 with a spread of about 1. Mean and
# standard deviation are taken from the **training** images only. The others must stay unseen.

# %% slideshow={"slide_type": "-"}
for name in ("train", "valid", "test"):
    x = getattr(images, name).x
    mean, std = x.mean(), x.std()
    print(f"{name}: {x.shape}, mean {mean:+.3f}, std {std:.3f}")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: what if we shuffle the pixels?
#
# Every pixel of an image moves to another place, in the same way in all images. A new network
# learns from these and is asked about new ones, shuffled alike. **How many does it name?**
#
# - **A** one in ten, as if it guessed
# - **B** about half as many as before
# - **C** about as many as before

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Expect A and B: "there are no shapes left". Do not argue. Ask instead which
# number in `x @ W + b` knows that two pixels are neighbours, and move the slider on the next
# slide from left to right, waiting at each stop for the hall to say what it still recognizes.

# %% [markdown] slideshow={"slide_type": "notes"}
# The next cells move a share of the pixels, train a new network on 5,000 images for each share, and
# draw what you see beside what the network makes of it.

# %% slideshow={"slide_type": "skip"}
def shuffled(share):
    rng = np.random.default_rng(0)
    moved = rng.permutation(784)[: int(share * 784)]
    order = np.arange(784)
    order[moved] = rng.permutation(moved)
    return order

# %% slideshow={"slide_type": "skip"}
def learn(order):
    few = train.x[:5000, order], train.y[:5000]
    unseen = images.valid.x[:, order], images.valid.y
    sizes = [784, 100, 10]
    net = network.mlp(sizes, "relu", "he_normal", seeds=0)
    net.fit(*few, 2, optimizer=SGD(0.05))
    return net.evaluate(*unseen)["accuracy"]

# %% slideshow={"slide_type": "skip"}
shares = [0, 0.25, 0.5, 0.75, 1]
scores = [learn(shuffled(share)) for share in shares]

# %% slideshow={"slide_type": "skip"}
import matplotlib.pyplot as plt


def draw(share):
    pixels = train.images[chosen[[0, 1, 3, 5, 7, 8]]]
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.6))
    pixels = pixels.reshape(6, 784)[:, shuffled(share)]
    plots.image_grid(pixels, columns=3, ax=left)
    n = shares.index(share) + 1
    right.plot(shares[:n], scores[:n], "o-", label="network")
    right.axhline(0.1, ls=":", color="gray", label="guessing")
    right.set(xlim=(-0.05, 1.05), ylim=(0, 1))
    right.set(xlabel="pixels shuffled", ylabel="accuracy")
    right.legend(loc="center")
    return figure

# %% slideshow={"slide_type": "skip"}
def describe(share):
    return (
        f"Left, six clothes with {share:.0%} of pixels moved. "
        "Right, accuracy: as high as with no pixel moved."
    )

# %% [markdown] slideshow={"slide_type": "slide"}
# ## C: the network does not mind
#
# Move the slider, from no pixel to all of them:

# %% slideshow={"slide_type": "-", "show": "output"}
plots.frame_slider(
    draw,
    shares,
    label="pixels shuffled",
    format=".0%",
    alt=describe,
    dpi=110,
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# For these layers an image is 784 numbers in any order. They never knew which pixels are
# neighbours.

# %% [markdown] slideshow={"slide_type": "notes"}
# Each unit has a weight of its own for every pixel, so a pixel that always moves to the same place
# takes its weight along. What is hard for you is not what is hard for a network: look at what it
# gets, not at what you see. The curve is flat but for the little by which any two networks differ.
# (Convolutional networks do use neighbours; they would mind.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The notation
#
# One symbol, one meaning, in all lessons:
#
# | symbol | in code | meaning |
# |---|---|---|
# | $x$, $y$ | `x`, `y` | inputs and class labels of a batch |
# | $n$ | `fan_in`, `width` | units that feed a unit; units in a layer |
# | $W_l$, $b_l$ | `weights`, `bias` | parameters of layer $l$; layer 1 is next to the input |
# | $z_l = a_{l-1}W_l + b_l$ | `z` | pre-activation |
# | $a_l = f(z_l)$ | `a` | activation; $a_0 = x$ |
# | $\delta_l$ | `gradient_z` | $\partial\,\text{Loss}/\partial z_l$ |
# | $\sigma_w$, $q$ | `weight_std`, `variance` | standard deviation of weights, variance of $z$ |
# | $E[\cdot]$ | `gaussian_mean` | mean over a normal distribution of $z$ |
# | $\eta$ | `learning_rate` | factor on a step against the gradient |

# %% [markdown] slideshow={"slide_type": "skip"}
# Words, too, have one meaning. *Normalization* acts on data or activations (lesson 4);
# *regularization* keeps a network from fitting noise ([lesson 9](09_regularization.ipynb)); they
# are not the same. An *arm* is one of the things an experiment compares. A *seed* fixes everything
# random in a run: initial weights, order of batches, noise.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## An exercise, answered wrong
#
# You write a function; a check runs it on numbers of its own and tells you what it thinks.

# %% [markdown] slideshow={"slide_type": "notes"}
# Each lesson has a notebook of exercises. Here is the smallest one: standardize `x`, given its
# mean and standard deviation. First a wrong answer, on purpose:

# %% slideshow={"slide_type": "-"}
from course_utils.checks import start_here as exercises


def standardize(x, mean, std):
    return x - mean / std


exercises.standardize.check(standardize)

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Read the check's answer together. "Which lines say that something is wrong, and
# which one what is wrong?" Most look at the numbers first; the sentence above them is the help.

# %% [markdown] slideshow={"slide_type": "notes"}
# A check never shows the code. It shows one small case that goes wrong and what is wrong
# with it. So, with the brackets:

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The same, answered right

# %% slideshow={"slide_type": "-"}
def standardize(x, mean, std):
    return (x - mean) / std


exercises.standardize.check(standardize)

# %% [markdown] slideshow={"slide_type": "skip"}
# Stuck? `exercises.standardize.hint(1)` gives a hint, `exercises.standardize.solution()`
# the solution. Try it yourself in [its notebook](exercises/00_start_here.ipynb).

# %% [markdown] slideshow={"slide_type": "skip"}
# ## If you are ...
#
# - **a learner**: go on with lesson 01. Read, predict, run; then its exercises. Change
#   numbers and run again; a copy of the notebook keeps the original safe.
# - **a lecturer**: `make slides` makes a deck of every lesson, and S opens its speaker notes;
#   `make lab ARGS=--lecture` opens JupyterLab in large type.
# - **a teacher**: exercises live in `notebooks/exercises`; solutions are kept apart, in
#   `notebooks/text/exercises`. Every check has been tested against typical wrong answers.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The promise
#
# You may distrust every sentence in this course. The formulas are short, so read them; the
# tests hold them against Keras, SciPy and finite differences, so run them (`make test`).
# Where well-known texts are wrong, the lesson shows it. Where *we* are, tell us.
#
# On to [lesson 01: vanishing gradients](01_vanishing_gradients.ipynb).

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Ask what they will do when this course and a book disagree. "Ask you" is the
# usual answer. The better one is: run it.
