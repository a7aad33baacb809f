"""What the checks of lesson 05 say: to the mistakes we know, and to right answers.

Prose apart from code, so that it can be read, and translated, in one sitting.
"""

CLIP_MISTAKES = {
    "value": {
        "one side": (
            "Large positive entries are held, large negative ones pass untouched. An "
            "entry can be too long in two directions."
        ),
        "positive only": (
            "Negative entries have become zero. They may stay as far below zero as "
            "positive ones may rise above it."
        ),
        "no sign": (
            "The sizes are right, and the signs are gone. A step with the wrong sign "
            "goes uphill."
        ),
        "all at limit": (
            "Every entry has the size of the limit now, also those that were smaller. "
            "What is within the limit stays as it is."
        ),
        "whole arrays": (
            "You shortened whole arrays. By value looks at each entry for itself, and "
            "leaves alone the small entries beside a large one."
        ),
        "unit": "You clip at 1. The limit is an argument.",
    },
    "norm": {
        "together": (
            "You used one length for all arrays together. By norm gives each array a "
            "length of its own, and asks each by itself whether it is too long."
        ),
        "stretches": (
            "Arrays that are too long come out right, and short ones are stretched to "
            "the limit. Clipping never makes anything longer."
        ),
        "squared": (
            "Your length is the sum of the squares. Try an array with the entries 3 "
            "and 4: how long is that arrow?"
        ),
        "sizes": (
            "You added up the sizes of the entries. The length of an arrow from its "
            "entries is another sum (Pythagoras)."
        ),
        "largest": (
            "You measure an array by its largest entry. Its norm is longer than that "
            "as soon as a second entry is not zero."
        ),
        "unit": (
            "Long arrays come out at norm 1, whatever the limit is. Where does the "
            "limit enter?"
        ),
        "spectral": (
            "For a matrix, `np.linalg.norm(g, 2)` is another norm: leave the 2 out."
        ),
        "entries": (
            "You held each entry by itself: that is rule 'value'. Here an array keeps "
            "its direction, so all of its entries shrink by the same factor."
        ),
    },
    "global": {
        "alone": (
            "You shortened each array by its own norm, and that turned the step. The "
            "global rule takes all arrays as one long arrow, with one length."
        ),
        "sum of norms": (
            "You added up the norms of the arrays. They are the sides of a box, and "
            "what is wanted is its diagonal: how do lengths at right angles add up?"
        ),
        "root of norms": (
            "You took the root of a sum of norms. What has to stand under the root so "
            "that sides of 3 and 4 make a diagonal of 5?"
        ),
        "stretches": (
            "Gradients that are too long come out right, and short ones are stretched "
            "to the limit. Clipping never makes anything longer."
        ),
        "squared": (
            "Your length is the sum of the squares, so the result is shorter than it "
            "need be, or longer. One operation is missing."
        ),
        "largest norm": (
            "You used the norm of the longest array for all. All arrays together are "
            "longer than the longest of them."
        ),
        "sizes": (
            "You added up the sizes of all entries. The length of an arrow from its "
            "entries is another sum (Pythagoras)."
        ),
        "unit": (
            "Long gradients come out at norm 1, whatever the limit is. Where does the "
            "limit enter?"
        ),
        "spectral": (
            "For a matrix, `np.linalg.norm(g, 2)` is another norm: leave the 2 out."
        ),
        "entries": (
            "You held each entry by itself: that is rule 'value'. Here the whole step "
            "keeps its direction, so all entries shrink by the same factor."
        ),
    },
}
CLIP_ZERO = (
    "An array of zeros, as a layer of dead units gives, was divided by its norm, which "
    "is zero. It is within any limit, so nothing need be divided."
)
RAGGED = (
    "NumPy tried to make one array of the whole list. The arrays in it have different "
    "shapes, so go through the list array by array, or make each one flat first."
)
CLIP_ADVICE = {
    "value": (
        "Rule 'value' looks at one entry at a time. Write down what should become of "
        "an entry below -limit, of one between, and of one above limit."
    ),
    "norm": (
        "Rule 'norm' looks at one array at a time. Compute the norm of each array of "
        "your result: none may exceed the limit, and short arrays must not change."
    ),
    "global": (
        "Rule 'global' has one length and one factor for all arrays. Put all entries "
        "in one row, and compute the norm of that row before and after."
    ),
}
CLIP_PRAISE = (
    "All three, also for arrays that are short or zero. Two of them keep the direction "
    "of something: one of each array, one of the whole step."
)
CLIP_HINTS = (
    "Begin with `'value'`: NumPy has one function that holds all entries of an array "
    "between two bounds. Then run the check: it takes the rules one by one.",
    "`'norm'` multiplies each array by a factor of its own: 1 if its norm is within "
    "the limit, else what makes the norm equal to the limit. `np.linalg.norm` gives "
    "the norm of an array of any shape.",
    "`'global'` needs one norm for the whole list before anything is multiplied: add "
    "up the *squares* of all entries of all arrays, and take the root once, at the "
    "end.",
)

ANGLE_MISTAKES = {
    "mean of angles": (
        "You took the angle array by array, and then the mean. A step is one arrow: a "
        "tiny array counts for little in it, and in your mean it counts in full."
    ),
    "sum of angles": (
        "You added up the angles of the arrays. All the arrays of a list together are "
        "one arrow, and two arrows have one angle."
    ),
    "mean of cosines": (
        "You took the mean of the cosines of the arrays. A tiny array counts for "
        "little in the whole step, and in your mean it counts in full."
    ),
    "norms of parts": (
        "Above the line all is right. Below it you multiplied array by array and added "
        "up: the length of a whole list is not the sum of what its arrays have."
    ),
    "radians": "That is the angle in radians. Degrees are asked for.",
    "cosine": "That is the cosine. The angle itself is asked for, in degrees.",
    "acute": (
        "Your angles stop at 90 degrees. A step that goes against the gradient is "
        "farther away than that: look for a sign that got lost."
    ),
}
ANGLE_NO_COSINE = (
    "There is nan: the inverse of the cosine takes only numbers from -1 to 1. Is what "
    "you give it already a cosine? It must not change when one list is doubled."
)
ANGLE_ROUNDING = (
    "These two lists lie on one line, one a multiple of the other, and no angle came "
    "out. The last digit of a cosine is rounded: print yours with 17 digits, and "
    "compare with 1."
)
ANGLE_OF_ZEROS = (
    "One array in this list is all zeros. There is still an angle between the whole "
    "lists; only an array by itself has none here."
)
ANGLE_LINE = (
    "These two lists lie on one line, one a multiple of the other. What is the angle "
    "between two arrows that point the same way, or opposite ways?"
)
ANGLE_ADVICE = (
    "That is not the angle. Try two lists of which you know it: [[1], [0]] and "
    "[[0], [1]] stand at a right angle, [[1], [0]] and [[1], [1]] at half of one."
)
ANGLE_PRAISE = (
    "Right from 0 to 180 degrees, both ends included, where rounding catches many. "
    "With this you can say how far a clip turns a step."
)
ANGLE_HINTS = (
    "Two lists become two long vectors first: `np.concatenate` joins arrays that were "
    "made flat with `np.ravel`.",
    "The cosine of the angle is the scalar product of the two vectors over the product "
    "of their norms. `np.arccos` and `np.degrees` do the rest; mind a cosine of "
    "1.0000000000000002.",
    "For parallel vectors the computed cosine can be 1.0000000000000002, and its "
    "arccos is nan. Hold it to where a cosine lies: exercise 1 is about such things.",
)

THRESHOLD_MISTAKES = {
    "mean": (
        "The mean is not robust: a single spike a hundred times as long as the others "
        "moves it far above them all."
    ),
    "spread": (
        "Mean and standard deviation are made for bell curves. A single spike moves "
        "both of them, and the threshold flies up with it."
    ),
    "maximum": (
        "At the longest norm nothing at all would be clipped, not even the worst "
        "spike of this history."
    ),
    "upside down": (
        "That many steps are *shorter* than your threshold. It is the long ones that "
        "are clipped."
    ),
    "percent": (
        "np.percentile counts from 0 to 100, so you asked for less than the shortest "
        "percent. np.quantile counts from 0 to 1."
    ),
    "median": (
        "At the median half of the steps are clipped. How many shall be is an argument."
    ),
    "of maximum": (
        "You took a share of the longest norm, so one spike decides everything. It is "
        "a share of the *steps* that is meant."
    ),
    "not a number as zero": (
        "What is not finite you count as zero, as if those steps had been short. They "
        "have no length at all: leave them out of the count."
    ),
    "infinite counts": (
        "Infinite norms are still in your count, as the longest steps of all. They "
        "have no length: leave them out, as you did with nan."
    ),
    "made finite": (
        "You made numbers of what is not finite, and now it counts: nan as the "
        "shortest step of all, infinity as the longest. Such steps have no length."
    ),
}
THRESHOLD_NAN = (
    "No finite threshold came out. One nan or infinity among the norms is enough to "
    "spoil a mean, a sum or a quantile: such steps have no length and do not count."
)
THRESHOLD_ADVICE = (
    "Count: how many of the finite norms are longer than your threshold, and how many "
    "should be?"
)
THRESHOLD_PRAISE = (
    "Right, and it stays the same when the spikes grow a thousand times: only their "
    "number counts. That is what robust means."
)
THRESHOLD_HINTS = (
    "Two steps: throw out what is not finite (`np.isfinite` says which is which), then "
    "find the place that divides the rest into a long and a short part.",
    "Sort the finite norms and count from the long end; or ask `np.quantile`, which "
    "counts from the short end.",
    "`np.quantile(norms, p)` has the share `p` of the norms *below* it. Which `p` "
    "leaves the wanted share above?",
)
