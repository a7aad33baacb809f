"""What the checks of lesson 08 say about plateaus and range tests.

Prose apart from code, so that it can be read, and translated, in one sitting.
"""

PLATEAU_MISTAKES = {
    "never": "Your rate never changes. Does the count come back with the state?",
    "clock": (
        "Your rate falls after every so many losses, whatever they are: that is a step "
        "schedule. An improvement has to begin the count anew."
    ),
    "last": (
        "You compare each loss with the one before it. A loss can be lower than the "
        "last one and still above the best."
    ),
    "all of them": (
        "You count all losses without an improvement, also those before the last "
        "improvement. Each improvement begins the count anew."
    ),
    "upwards": (
        "You take a higher loss for an improvement. That is right for an accuracy."
    ),
    "not reset": (
        "After the first cut you cut again at every loss that is no improvement. The "
        "new rate gets the full patience, too."
    ),
    "only once": (
        "After a cut your count goes on, and the next cut comes only after an "
        "improvement, if at all. The count begins anew at a cut, too."
    ),
    "forgets": (
        "At a cut you forget the best loss, so that the next one is an improvement "
        "whatever it is. The best stays."
    ),
    "takes the loss": (
        "At a cut you take the loss of that epoch for the best. The best stays the "
        "lowest: a lower rate does not make old losses undone."
    ),
    "late": (
        "You cut one loss too late. With a patience of 2, the second loss in a row "
        "without an improvement brings the cut."
    ),
    "early": (
        "You cut one loss too early. The loss that is the improvement is not one of "
        "those without."
    ),
    "one late": (
        "You cut at the right loss, and return the rate from before. Asked for is the "
        "rate of the next epoch."
    ),
    "ties": (
        "You take a tie for an improvement. Below by more than `min_delta` means that "
        "by exactly so much is not enough, and equal is not below."
    ),
    "any": "You leave `min_delta` out: any lower loss is an improvement to you.",
    "wrong side": (
        "Your `min_delta` is on the wrong side: losses that are a little higher than "
        "the best count as improvements."
    ),
    "relative": (
        "You take `min_delta` for a share of the best loss, as some libraries do. Here "
        "it is a difference of losses."
    ),
    "creeps": (
        "Your best follows every lower loss, also those that are no improvement. So "
        "progress in small steps is never noticed, however far it gets."
    ),
    "once": (
        "Every cut of yours starts from the first rate. The second one has to lower "
        "the rate that is left."
    ),
    "goes back": "An improvement of yours brings the first rate back. The rate stays.",
    "divided": (
        "You divide by `factor`, and the rate rises. A factor below 1 is multiplied by."
    ),
    "subtracted": "You subtract `factor`. The rate is multiplied by it.",
    "by the rest": "You take `factor` off the rate. It is what is left of the rate.",
}
PLATEAU_NAN = {
    "nan improves": (
        "All right, but for nan. You ask whether a loss is *not* at or above the goal, "
        "and every comparison with nan is false: so nan passes for an improvement. Ask "
        "the other way round."
    ),
    "nan stays best": (
        "All right, but for a first loss of nan. You take it for the best, no loss is "
        "ever below nan, and nothing will be an improvement again."
    ),
    "nan skipped": (
        "All right, but for nan: you skip it. It is a loss without an improvement, and "
        "is counted as one."
    ),
}
PLATEAU_NAN_ADVICE = (
    "All right for ordinary losses, and not for nan. It is never an improvement, also "
    "as the first, and counts like any other loss that is none. What can the best be "
    "before there is one?"
)
PLATEAU_PAIR = "Return two things: the new state, then the rate."
PLATEAU_NO_RATE = (
    "The second thing that you return has to be the rate, a number. First comes the "
    "state."
)
PLATEAU_STATE = (
    "This state cannot be copied, so it could not be saved either. Numbers in a tuple, "
    "a list or a dict are enough."
)
PLATEAU_FIRST = "At the first loss of a run the state is None: there you have to begin."
PLATEAU_OUTSIDE = (
    "Every run from its beginning comes out right. But given the state from the middle "
    "of a run, your function goes on differently: it remembers something outside of "
    "the state, such as in a global variable. Put it all in the state."
)
PLATEAU_CHANGED = (
    "The rates are right. But: your function alters its argument state in place, so a "
    "copy saved before would change afterwards. Make a new one instead."
)
PLATEAU_NOT_FINITE = (
    "Some of your rates are nan or infinite. The rate begins at `start` and is only "
    "ever multiplied by `factor`; no loss should get into it."
)
PLATEAU_ADVICE = (
    "These are not the rates of the three rules. Take the losses below, write the best "
    "and the count beside each of them by hand, and compare with your state."
)
PLATEAU_PRAISE = (
    "Right for ties, small steps and nan, and from any state that was saved. That is "
    "all that a run needs to go on where it was."
)
PLATEAU_HINTS = (
    "What must be known from one loss to the next? Three numbers: one is changed by "
    "improvements, one by everything, and one by cuts.",
    "When the state is None, make one: the first rate, a best that every loss but nan "
    "is below, a count of 0. After that, the first loss is like any other.",
    "Then two questions, one after the other. Is the loss an improvement? It either "
    "sets the best and the count, or raises the count. Is the count full? That changes "
    "the rate and the count, and not the best.",
)

RANGE_MISTAKES = {
    "lowest": (
        "You took the rate with the lowest loss. There the loss has stopped falling: "
        "it was reached by the steps before, and the next ones will lose it."
    ),
    "tenth": (
        "You took a tenth of the rate with the lowest loss. That is a well-known rule, "
        "and another one: it does not look at the fall at all."
    ),
    "explosion": (
        "You took the last rate before the loss explodes. There the network is about "
        "to be lost. The loss falls long before."
    ),
    "not smoothed": (
        "You took the largest fall from one loss to the next. That is noise: it is "
        "largest at the beginning, where nothing is learned yet. Smooth first, evenly "
        "to both sides."
    ),
    "after the lowest": (
        "The steepest fall that you found comes after the explosion, where the losses "
        "jump up and down. What comes after the lowest point should have no say."
    ),
    "not logarithmic": (
        "You measure the fall over the rate itself. The smallest rates lie so close "
        "together that the least noise there is steep. Measure it over the logarithm."
    ),
    "rising": (
        "You took the steepest place, up or down. Where the loss rises most steeply, "
        "or where noise lets it, is not where it falls."
    ),
    "lagging": (
        "Your rate is too high: an exponential average lags. Its value at a step tells "
        "of the losses some steps before, and so does its fall."
    ),
    "few losses": (
        "You found a fall of the noise, which is largest at the beginning. A leaky "
        "average does not help there: it holds few losses yet. Leave out the start, or "
        "average evenly to both sides."
    ),
    "exponent": "This is the logarithm of a rate. Asked for is the rate.",
    "first nan": (
        "You took the rate of a loss that is nan: `np.argmin` takes nan for the "
        "lowest. There is another function that leaves it out."
    ),
}
RANGE_NEAR = (
    "Near, and not near enough. Does the average of several losses stand at the middle "
    "of their rates, or at the first or last of them? And is the window wide enough "
    "for the noise, and not wider than the fall?"
)
RANGE_NAN = (
    "Your rate is nan or infinite. The last losses may be nan or inf, and an average "
    "with one of them is, too: leave out what comes after the lowest point."
)
RANGE_ADVICE = (
    "This is not where the loss falls most steeply. Plot the losses and your smoothed "
    "ones over the rates with `plt.semilogx`, and mark the rate that you return."
)
RANGE_TOO_LATE = (
    "Your rate is above that of the lowest point. What comes after it, where losses "
    "rise and then jump up and down, should have no say: leave it out before you look "
    "for the fall."
)
RANGE_TOO_EARLY = (
    "Your rate is in the first power of ten, where nothing is learned yet and the "
    "noise is largest. Smooth before you look for the fall. And measure it over the "
    "logarithm of the rate: over the rate itself, the least noise there is steep."
)
RANGE_PRAISE = (
    "Within a factor of two of the steepest point, with the explosion near it and far "
    "off, and with nan at the end."
)
RANGE_HINTS = (
    "Three steps: smooth, leave out what comes after the lowest smoothed loss, and "
    "find where the rest falls most steeply.",
    "A moving mean of about ten losses is enough: `np.convolve` with equal weights and "
    "`mode='valid'`. The same mean of the logarithms of the rates says where each of "
    "them belongs.",
    "`np.gradient(y, x)` is the slope of y over x. Falling most steeply means that the "
    "slope is lowest. `np.nanargmin` leaves nan out.",
)
