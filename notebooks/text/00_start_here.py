# %% [markdown] slideshow={"slide_type": "slide"}
# # Start here
#
# A course about one question: **why do deep networks train, or don't?**
#
# Every formula in it is code you can read, every claim an experiment you can run again,
# and every exercise answers back. A laptop with two cores is enough.

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Fifteen minutes. Show the pictures, let the hall guess the classes,
# then do the exercise live and do it wrong first.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How a lesson goes
#
# A lesson asks a question and shows the problem as a picture. Then, three or four times:
#
# 1. **Predict.** Say what you expect before you run the cell. Aloud, or on paper.
# 2. **Run.** `Shift` + `Enter` runs a cell and goes on to the next.
# 3. **Explain.** Why was your guess right or wrong?
#
# It ends in evidence over several seeds, in a verdict for every claim, and in exercises.
# Being wrong at step 1 is where the learning happens, so do not skip it.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Does everything work?
#
# If this cell prints yes twice, your installation is complete. If not, run
# `make check` in the course's folder: it says what is missing and what to do about it.

# %% slideshow={"slide_type": "fragment"}
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

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The images
#
# Fashion-MNIST: photographs of clothes from a shop, 28 by 28 grey pixels, ten classes. The
# course ships 20,000 of the 70,000, so nothing is downloaded: 10,000 to train on, 5,000 to
# choose with (*validation*) and 5,000 that are looked at once, at the end (*test*).

# %% slideshow={"slide_type": "fragment"}
import numpy as np

train = images.train
rows = [np.flatnonzero(train.y == c)[:3] for c in range(10)]
chosen = np.concatenate(np.transpose(rows))
names = [images.class_names[c] for c in train.y[chosen]]
ax = plots.image_grid(train.images[chosen], names, columns=10)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What a network gets
#
# Pixels are numbers from 0 to 255. A network learns faster when its inputs are centred on 0
# with a spread of about 1, so they are *standardized*: minus the mean, divided by the
# standard deviation, both taken from the **training** images only. The others must stay
# unseen.

# %% slideshow={"slide_type": "fragment"}
for name in ("train", "valid", "test"):
    x = getattr(images, name).x
    mean, std = x.mean(), x.std()
    print(f"{name}: {x.shape}, mean {mean:+.3f}, std {std:.3f}")

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
# *regularization* keeps a network from fitting noise ([lesson 9](09_regularization.ipynb)); they are not the same. An
# *arm* is one of the things an experiment compares. A *seed* fixes everything random in a
# run: initial weights, order of batches, noise.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## An exercise, answered wrong and right
#
# Each lesson has a notebook of exercises. You write a function; a check runs it on numbers
# of its own and tells you at once what it thinks. Here is the smallest one: standardize
# `x`, given its mean and standard deviation. First a wrong answer, on purpose:

# %% slideshow={"slide_type": "fragment"}
from course_utils.checks import start_here as exercises


def standardize(x, mean, std):
    return x - mean / std


exercises.standardize.check(standardize)

# %% [markdown] slideshow={"slide_type": "fragment"}
# A check never shows the code. It shows one small case that goes wrong and what is wrong
# with it. So, with the brackets:

# %% slideshow={"slide_type": "slide"}
def standardize(x, mean, std):
    return (x - mean) / std


exercises.standardize.check(standardize)

# %% [markdown] slideshow={"slide_type": "skip"}
# Stuck? `exercises.standardize.hint(1)` gives a hint, `exercises.standardize.solution()`
# the solution. Try it yourself in [its notebook](exercises/00_start_here.ipynb).

# %% [markdown] slideshow={"slide_type": "slide"}
# ## If you are ...
#
# - **a learner**: go on with lesson 01. Read, predict, run; then its exercises. Change
#   numbers and run again; a copy of the notebook keeps the original safe.
# - **a lecturer**: every cell carries slide metadata, with speaker notes; in JupyterLab open
#   *View > Appearance > Presentation Mode*, and see the README for decks.
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
