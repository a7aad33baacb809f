"""What the checks of lesson 01 say: to the mistakes we know, and to right answers.

Prose apart from code, so that it can be read, and translated, in one sitting.
"""

SLOPE_SQUASHED_TWICE = (
    "You put a through the sigmoid once more. But a already is an output of the "
    "sigmoid: the slope asked for is the one at the z that gave a."
)
SLOPE_SIGN = (
    "The size is right, the sign is not. A sigmoid rises everywhere, so none of its "
    "slopes is negative."
)
SLOPE_GROWS = (
    "Your slope grows all the way to a = 1. But where the output is near 1 the sigmoid "
    "is as flat as where it is near 0: check a sign."
)
SLOPE_ONE_END = (
    "Your slope is right at one end only. A sigmoid is flat at both ends, so the slope "
    "must be zero at a = 0 and at a = 1: one factor is missing."
)
SLOPE_OF_TANH = (
    "That is the slope of tanh from its value. The sigmoid runs from 0 to 1, tanh from "
    "-1 to 1, and their slopes differ."
)
SLOPE_ADVICE = (
    "That is not the sigmoid's slope. Differentiate 1 / (1 + exp(-z)) on paper, then "
    "look for sigmoid(z) in what you get, and call it a."
)
SLOPE_PRAISE = (
    "The slope from the value alone, flat ends included: a network that has kept its "
    "outputs needs nothing else from its sigmoids on the way back."
)
SLOPE_HINTS = (
    "Differentiate $1 / (1 + e^{-z})$ on paper: you get $e^{-z}$ over a square.",
    "Split that fraction into two factors. One of them is $a$. What is the other, "
    "in terms of $a$?",
    "It is zero at both ends, and positive between them. Which simple expression in "
    "$a$ does that?",
)

CHAIN_MISTAKES = {
    "no slope": (
        "You multiply the weights along the way, and leave out the slopes: each layer "
        "also passes the gradient through its sigmoid."
    ),
    "no weight": (
        "Each step down also multiplies by the weight between the two layers."
    ),
    "squashed": (
        "Your slopes are those of an output squashed once more. In layer l the slope "
        "comes from a_l itself, as in the exercise before."
    ),
    "own slope": (
        "One slope is missing in every entry: between w_l and a_l stands layer l's own "
        "sigmoid, too."
    ),
    "shifted": (
        "The weights are off by one. Going from layer l + 1 down to layer l, the "
        "gradient passes through the weight that joins these two."
    ),
    "output": (
        "You use each layer's output where its input belongs: w_l is multiplied by "
        "what comes into layer l."
    ),
    "no input": (
        "These are the gradients for the pre-activations z_l. One more factor leads "
        "from z_l to w_l."
    ),
    "order": "The numbers are right, in the wrong order: the first layer comes first.",
}
CHAIN_NEAR = (
    "Close, but digits are missing where the gradient is tiny. A difference of two "
    "nearly equal outputs cannot hold them; the chain rule can."
)
CHAIN_ADVICE = (
    "The gradient does not match the measured one. Take a chain of two layers, write "
    "out every factor by hand, and compare with your code factor by factor."
)
CHAIN_PRAISE = (
    "Right for chains of 2 to 12 layers, to six digits of the tiniest entry. That is "
    "backpropagation, whole: a wide network does the same with matrices."
)
CHAIN_HINTS = (
    "First go up and keep every activation: $a_0 = x, a_1, \\ldots, a_L$. "
    "You need them all on the way down.",
    "On the way down, carry one number: $d\\,a_L / d\\,z_l$. For the last layer it is "
    "the slope there.",
    "From layer $l+1$ to layer $l$ the carried number is multiplied by one weight and "
    "one slope. And $z_l = w_l\\,a_{l-1}$ tells what the gradient for $w_l$ is.",
)

MEAN_MISTAKES = {
    "no root 2": (
        "The points are too close together by a constant factor. hermgauss is made for "
        "exp(-x^2), and the Gaussian has exp(-z^2 / (2 q)): which z makes them equal?"
    ),
    "not normalized": (
        "The points are right, and the sum is too large by a constant factor: the mean "
        "of the constant 1 must be 1. What do the weights w add up to?"
    ),
    "q as std": ("You use q as the standard deviation. It is the variance of z."),
    "neither": (
        "Two things are missing: the points belong to exp(-x^2) and not to the "
        "Gaussian, and the weights do not add up to 1."
    ),
    "root 2 pi": (
        "The sum is divided by too much: after the change of variable, the mean of the "
        "constant 1 must still be 1. What do the weights w add up to?"
    ),
    "weighted twice": (
        "The factor exp(-x^2) is in your sum twice: the weights w contain it already."
    ),
}
MEAN_PROPERTIES = {
    "one": "the mean of the constant 1 is",
    "square": "the mean of z^2 is the variance q, here",
    "fourth_power": "the mean of z^4 is 3 q^2, here",
    "sigmoid_slope_squared": "on a fine grid the mean of the squared slope comes to",
}
MEAN_NEAR = (
    "Close, but not to 0.01 %. Random samples come this near, and so do too few "
    "points: with 50 points hermgauss is exact to many digits here."
)
MEAN_ADVICE = (
    "The mean is not right. Try your function on g(z) = 1 and on g(z) = z^2: the "
    "first must give 1, the second q."
)
MEAN_PRAISE = (
    "Right to 0.01 %, for variances from 0.2 to 3. How far beyond these a way of "
    "computing a mean can be trusted is a question of its own: it comes next."
)
MEAN_HINTS = (
    "Write the mean as an integral with the density "
    "$e^{-z^2 / (2q)} / \\sqrt{2 \\pi q}$, and replace $z$ by a multiple of $x$ so "
    "that the exponential becomes $e^{-x^2}$.",
    "The right multiple contains $q$ and a 2, both under one root. What is left of "
    "$dz / \\sqrt{2 \\pi q}$?",
    "Test yourself: `g(z) = 1` must give 1, and `g(z) = z**2` must give $q$.",
)

CRITICAL_SQUARE = "That is the weights' variance. Give their standard deviation."
CRITICAL_MISTAKES = {
    "unit activations": (
        "You took q = n sigma_w^2, as if the activations had E[a^2] = 1. A sigmoid's "
        "activations lie between 0 and 1, so their mean square is smaller."
    ),
    "fixed q": (
        "You took the slopes at q = 1. But q is not yours to choose: it settles at a "
        "value that depends on n and sigma_w."
    ),
    "once": (
        "You applied the forward rule once; q has not settled yet: apply it until "
        "it no longer changes."
    ),
    "slope not squared": (
        "You averaged the slope. The mean square of the gradient is multiplied by the "
        "mean of the squared slope."
    ),
    "variance of a": (
        "You used the variance of the activations in the forward rule. The rule has "
        "E[f(z)^2], and a sigmoid's mean of 1/2 counts in it."
    ),
    "step": (
        "A good approximation, 5 % off: it takes the sigmoid for a step, on the way "
        "forward or for all of it. Use the means of the sigmoid itself."
    ),
    "forward only": (
        "Here the forward signal keeps the variance 1. The question is about the "
        "gradient: it is chi that must be 1."
    ),
    "lecun": (
        "1 / sqrt(n) keeps the signal of a linear network. In a sigmoid network of "
        "that scale the gradient vanishes, as the lesson measured."
    ),
}
CRITICAL_NEAR = "Close, but more than 1 % off. Let q settle longer, or bisect further."
CRITICAL_ADVICE = (
    "Deep layers do not have chi = 1 at this scale. For a given n, print chi for a few "
    "sigma_w between 0.1 and 10: it rises through 1 somewhere."
)
CRITICAL_PRAISE = (
    "At this scale deep layers pass the gradient on at the size they received it, be "
    "they narrow or wide. Whether that is enough to learn is another matter."
)
CRITICAL_HINTS = (
    "Write a small function `chi(sigma_w)` first. It needs q, and q is what the "
    "forward rule settles at.",
    "chi rises with sigma_w. So bracket it: a scale where chi is below 1, one where it "
    "is above, and halve until they agree to 1 % (in logarithms, if you like).",
    "For one sigma_w: begin with q at 1, and replace q by what `vg.forward_variance` "
    "makes of it, again and again, until it no longer changes (twenty times will do). "
    "Only then ask `vg.backward_gain`, at that last q, for chi.",
)

DIAGNOSE_MISTAKES = {
    "absolute": (
        "You judge the first layer's gradient by its size alone. A loss in other units "
        "changes all the norms and nothing else: compare layers with one another."
    ),
    "upside down": (
        "Vanishing and exploding are swapped. The gradient travels from the last layer "
        "to the first, and the arrays start with the first."
    ),
    "saturated first": (
        "You look at saturation first. The gradient goes first, since it stops "
        "training: when saturated and exploding, a network is called exploding."
    ),
    "saturated is vanishing": (
        "You call saturated networks vanishing. They are two things: saturated units "
        "with large weights can pass a gradient on, or even make it grow."
    ),
    "any layer": (
        "You call a network saturated when a single layer is. Half of the units of the "
        "whole network are meant."
    ),
    "nan": (
        "A norm that is nan or infinite slips through. Every comparison with nan is "
        "False, so it has to be asked for first (np.isfinite)."
    ),
}
DIAGNOSE_ADVICE = (
    "That is not the word for this record. Does the gradient get through to the first "
    "layer? And only if it does: in which state are the units?"
)
DIAGNOSE_PRAISE = (
    "You just read records of real small networks. Note the pair the lesson is about: "
    "saturated is a state of the units, vanishing a fate of the gradient, and either "
    "comes without the other."
)
DIAGNOSE_HINTS = (
    "Sort the four words first: which of them are about the gradient, which about the "
    "units? Answer the first question before you ask the second.",
    "Which number tells what became of the gradient on its way? A loss a thousand "
    "times larger changes every norm, and must not change your number.",
    "`np.isfinite(x).all()` is False as soon as one entry is nan or infinite.",
)

PREDICT_PRAISE = (
    "All right. Width, scale and activation act through two numbers only, n sigma_w^2 "
    "E[f^2] and n sigma_w^2 E[f'^2]: with these you can foresee networks not yet built."
)
PREDICT_HINTS = (
    "For each scenario you need one number: chi of the deep layers. The gradient over "
    "19 steps is chi to the power 19 / 2.",
    "For sigmoid and tanh let q settle as in exercise 4, then take `vg.backward_gain`. "
    "ReLU needs neither: half of its slopes are 1, half are 0.",
    "For F take the square root: chi multiplies the mean *square* of the gradient.",
)
