# %% [markdown] slideshow={"slide_type": "skip"}
# # Exercise 00: Meet the checks
#
# One line to write, so that you know how exercises work before they get hard. You
# replace the line that raises an error, run the cell, and run the check below it. Try
# a wrong answer first, on purpose: that is what checks are for.

# %% slideshow={"slide_type": "skip"}
from course_utils.checks import start_here as exercises

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Standardize
#
# Networks learn faster when their inputs are centred on 0 and spread over about 1. So
# each value is told as *how many standard deviations it lies above the mean*.
#
# The mean and the standard deviation are given. In the course they come from the
# training images only, and serve all other images as well. Accepted error: $10^{-6}$.


# %% slideshow={"slide_type": "skip"}
def standardize(x, mean, std):
    """How many standard deviations x lies above the mean.

    x: array of any shape.
    mean, std: numbers, std > 0.
    Returns an array of the shape of x.
    """
    ### BEGIN SOLUTION
    return (x - mean) / std
    ### END SOLUTION


# %% slideshow={"slide_type": "skip"}
exercises.standardize.check(standardize)

# %% [markdown] slideshow={"slide_type": "skip"}
# When you are stuck, ask for `exercises.standardize.hint(1)`; when you have had
# enough, for `exercises.standardize.solution()`. Reading it is no defeat, but you
# learn more from a wrong try than from a right copy.

# %% [markdown] slideshow={"slide_type": "skip"}
# **What the four answers mean.** *Correct*: as the name says. *Incorrect*: with one
# small case that goes wrong. *Not attempted*: the function is still empty. *Crashed*:
# Python stopped in your function, and the check shows the line.
#
# Ready? Go on with [lesson 01](../01_vanishing_gradients.ipynb).
