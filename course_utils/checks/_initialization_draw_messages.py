"""What the checks of lesson 02 say of random draws, the learner's own and others'."""

DRAW_MISTAKES = {
    "variance as std": (
        "scale / n became the standard deviation of your weights. It is asked for as "
        "their variance."
    ),
    "scale outside": (
        "Your standard deviation grows in step with scale. But scale stands in the "
        "variance."
    ),
    "no scale": "Your weights do not depend on scale.",
    "always fan_in": "You divide by fan_in whatever mode says.",
    "always fan_out": "You divide by fan_out whatever mode says.",
    "always fan_avg": "You divide by the mean of the fans whatever mode says.",
    "swapped": (
        "fan_in and fan_out are swapped. `init.fans(shape)` returns fan_in first."
    ),
    "sum": "For fan_avg, n is the mean of the two fans, and you took their sum.",
    "root of the product": (
        "For fan_avg, n is (fan_in + fan_out) / 2, not the root of their product."
    ),
    "no window": (
        "Your dense kernels are right. For a convolution you took the last two axes as "
        "the fans, and left the window out."
    ),
    "normal for uniform": (
        "You draw from a normal where a uniform distribution is asked for. The "
        "variance alone does not make one."
    ),
    "not rooted": (
        "The interval is r = scale / n. What is the variance of a uniform distribution "
        "from -r to r? (Not r, and not r squared.)"
    ),
    "r is std": (
        "Your interval ends at the standard deviation asked for. But most draws lie "
        "well inside the interval, so their own standard deviation is smaller."
    ),
    "r is 3 std": (
        "Your uniform weights are too wide by a constant factor. Of r^2 / 3 the square "
        "root is wanted: all of it."
    ),
    "r is a third": (
        "Your interval is too narrow: its ends lie closer to 0 than one standard "
        "deviation, so no weight is as large as the typical one should be."
    ),
    "glorot's 6": (
        "Your uniform weights have twice the variance asked for. The 6 in Glorot's "
        "interval stands over the sum of the fans; over n it is another number."
    ),
    "width": (
        "Your uniform weights are twice as wide as they should be: the interval from "
        "-r to r has the width 2r, not r."
    ),
    "one-sided": (
        "Your uniform weights are never negative. The interval is from -r to r, and "
        "the mean 0."
    ),
    "not paid back": (
        "Your uniform weights are right; the truncated ones have 3/4 of the variance "
        "asked for, or a little more. Cutting took the tails away. Draw many numbers "
        "by `init.truncated_standard_normal` and look at their standard deviation."
    ),
    "1.3": (
        "Your truncated weights are too wide. The 1.3 that textbooks give belongs to "
        "the variance of the normal that is cut: you multiplied its standard deviation "
        "by it."
    ),
    "paid the wrong way": (
        "Your truncated weights are even narrower than cutting made them: the "
        "correction works the wrong way round."
    ),
    "not cut": (
        "The variance is right, and nothing was cut: some of your truncated weights "
        "lie where none should."
    ),
    "paid, not cut": (
        "You pay for a truncation that did not take place: your normal weights reach "
        "far out, and are too wide."
    ),
}
DRAW_NOT_FINITE = "Some of your weights are nan (not a number) or infinite."
DRAW_CLIPPED = (
    "Many of your weights sit exactly on the edge. Truncated means drawn again, not "
    "moved to the edge: np.clip makes another distribution."
)
DRAW_REPEATED = (
    "Most of your weights occur more than once, as if one row or one number had been "
    "copied. Each weight is drawn on its own."
)
DRAW_FORCED = (
    "Your weights have exactly the variance asked for, each array to its last digit. "
    "Chance is never so exact: you divide by what the array itself came out as, and "
    "then no weight is drawn on its own. Divide by the standard deviation of the "
    "distribution, which is known before anything is drawn."
)
EXACT = "weights that are drawn have the variance asked for only nearly"
DRAW_OWN_SEED = (
    "Two different generators gave the very same weights, so the randomness is not "
    "from `rng`. Two layers of one shape would start as twins."
)
DRAW_GLOBAL = (
    "The same generator gave different weights the second time, so some of the "
    "randomness is not from `rng`, and no experiment could be repeated."
)
DRAW_ADVICE = (
    "These weights do not spread as asked. Draw a large kernel and compare `w.var()` "
    "with scale / n, for each mode and each distribution; then look at `abs(w).max()`."
)
DRAW_PRAISE = (
    "Both distributions, all three fans, cut and paid back. Every named initializer of "
    "the lesson is one call of your function."
)
DRAW_HINTS = (
    "First n, then the standard deviation you want, `np.sqrt(scale / n)`. Only then "
    "look at the distribution.",
    "Uniform: the variance of an interval from $-r$ to $r$ is $r^2/3$. Which $r$ has "
    "the variance you want?",
    "Truncated: the draws you are given do not have the standard deviation 1. "
    "`init.TRUNCATED_STD` is what they have. Multiply by what makes it the one you "
    "want.",
)

BUG_MISTAKES = {
    "all twins": (
        "You call everything twins. Two generators with the same seed make the same "
        "numbers, in any good initializer: two layers share one generator, and draw "
        "from it one after the other."
    ),
    "std measured": (
        "You call it healthy when the standard deviation is 2 / fan_in. That is what "
        "was promised of the variance."
    ),
    "healthy is truncation": (
        "You find a bug in healthy ones: truncation. Which variance do their weights "
        "have, compared with the one promised?"
    ),
    "root is fans": (
        "You take root for fans. Both change the variance; by how much depends on the "
        "shape, and you choose the shape."
    ),
    "root unseen": (
        "You do not see when the variance was used as standard deviation. Compare the "
        "variance of the weights with the one promised."
    ),
    "fans unseen": (
        "You do not see when fan_out stands where fan_in belongs. Which shapes can "
        "show it?"
    ),
    "fans is root": (
        "You take fans for root. What does each of them make of the variance, in "
        "numbers, for the shape that you ask for?"
    ),
    "fans is truncation": (
        "You take fans for truncation. With your shape they change the variance by "
        "much the same: choose another."
    ),
    "truncation unseen": (
        "You call it healthy when truncation is not paid back. That costs a quarter of "
        "the variance, and your test is too generous to see it, or looks elsewhere."
    ),
    "truncation is fans": (
        "You take truncation for fans. By how much does each of them change the "
        "variance, for the shape that you ask for?"
    ),
    "twins unseen": (
        "You call twins healthy. One array alone cannot show that the next one is "
        "going to be the same."
    ),
}
BUG_FALSE_ALARM = (
    "This one is healthy. Luck can look like a bug in a small sample: draw more "
    "weights."
)
BUG_LUCK = (
    "Two initializers that differ in nothing but luck got different answers from you. "
    "Your kernels are small: how far does the variance of so few draws stray?"
)
BUG_ADVICE = (
    "That is not what is wrong with this one. Which number would each of the four bugs "
    "change, and to what? Print it for the four initializers above."
)
BUG_PRAISE = (
    "Found from outside, code unseen, and the healthy ones left in peace. Such a test, "
    "run once, is worth more than reading the code twice."
)
BUG_HINTS = (
    "One of the bugs cannot be seen in any single array. The other three can be told "
    "by one number.",
    "Draw one large kernel that is far from square, and divide its variance by the one "
    "promised, 2 / fan_in. What does that ratio become for each bug?",
    "With 200 inputs and 500 outputs the ratio is 1, or 200/500, or 2/200, or what "
    "`init.TRUNCATED_STD` squared tells. For twins draw twice from one generator.",
)
