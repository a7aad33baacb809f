"""What the last two checks of lesson 05 say. See `_clipping_messages`."""

TURN_MISTAKES = {
    "radians": (
        "At your limit the step has turned by far too little: as if degrees had been "
        "taken for radians. Compare like with like."
    ),
    "by value": (
        "That is the limit for clipping each *entry*. Here each *array* is clipped by "
        "its own norm."
    ),
    "begins": (
        "At that limit the turning only begins: it is the norm of the longest array. "
        "The angle wanted comes further down."
    ),
    "smallest": (
        "At that limit the step is turned as far as it ever will be. The angle wanted "
        "comes further up."
    ),
    "share": "You returned a share of the whole norm. The limit itself is wanted.",
    "never": (
        "You say that no limit turns this step so far. One does. If your angle is 0 "
        "at every limit, look at how you clip: one factor for all arrays turns nothing."
    ),
}
TURN_NEVER = (
    "However small the limit, this step does not turn that far: 0 is asked for then. "
    "Look at the angle at a very small limit before you search."
)
TURN_NEAR = (
    "Close, but not to 0.1 %. A grid of limits is too coarse; halving an interval "
    "gains a digit in every three or four steps."
)
TURN_ADVICE = (
    "At that limit the step has not turned by the angle asked for. Print the angle for "
    "a few limits from the longest array's norm downward: which way does it go?"
)
TURN_PRAISE = (
    "Right, for large gradients and tiny ones, and you saw that some steps cannot be "
    "turned that far. Clipping by global norm would not have turned them at all."
)
TURN_HINTS = (
    "Write a small function `turned(limit)` first: the angle between the gradients and "
    "the same gradients clipped by norm. `gc` has both parts, and so have "
    "exercises 1 and 2.",
    "The smaller the limit, the farther the step has turned, until all arrays are "
    "clipped. So bracket it: the norm of everything is a limit that turns nothing, a "
    "millionth of it one that turns as far as it goes.",
    "If even the small end turns less than `degrees`, return 0. Else halve the "
    "interval again and again, in logarithms: the middle is the root of the product of "
    "its ends. Keep the half that still has the angle in it.",
)

ADAM_MISTAKES = {
    "clips the step": (
        "You clip what Adam made of the gradient. Clipping comes first: Adam never "
        "sees the long gradient."
    ),
    "not clipped": "These are the lengths without clipping: the limit does nothing.",
    "stretches": (
        "Long gradients come out right, and short ones are stretched to the limit. "
        "Clipping never makes anything longer."
    ),
    "whole history": (
        "You took the norm of the whole array, all steps at once. Each step's gradient "
        "has a norm of its own; when it comes, nobody knows the later ones."
    ),
    "by value": (
        "You held each entry by itself. Clip each step's gradient by its norm, so that "
        "it keeps its direction."
    ),
    "second unclipped": (
        "m sees the clipped gradient and v the one before clipping. Both have to see "
        "the same."
    ),
    "no correction": (
        "The corrections are missing. m and v begin at 0, so their first values are "
        "far too small: what are they after one step, and what should they be?"
    ),
    "one correction": (
        "Only one of m and v is corrected. Both begin at 0, and each has its own beta."
    ),
    "corrected kept": (
        "From the second step on it goes wrong: you go on with the corrected m and v. "
        "The next update starts from those before correction."
    ),
    "late": ("Your corrections are those of another step. The first step has t = 1."),
    "no root": "A root is missing below the line.",
    "epsilon inside": (
        "Your epsilon is under the root. In the formula it is added after the root is "
        "taken: it makes a difference where the gradient is small."
    ),
    "epsilon early": (
        "You correct after epsilon is added, as Keras does. In the formula above "
        "epsilon is added to the root of the corrected v."
    ),
}
ADAM_NAN = (
    "Some lengths are nan or infinite. At which step? If at the first, look at your "
    "corrections: which t makes a divisor zero?"
)
ADAM_ZERO = (
    "One gradient here is all zeros, and nan came out: zero was divided by zero. Its "
    "length is within any limit, so nothing need be divided."
)
ADAM_INFINITE = (
    "With an infinite limit nothing is clipped, and the lengths should be Adam's own."
)
ADAM_ADVICE = (
    "These are not Adam's lengths. Take one weight, the constant gradient 1 and a "
    "large limit: every step must then have the length 1 / (1 + epsilon)."
)
ADAM_PRAISE = (
    "Right at every step, with a limit and without. Now you have an instrument: use it "
    "on the questions below before you believe anybody."
)
ADAM_HINTS = (
    "One loop over the steps, t from 1. In it: clip, update m, update v, correct both, "
    "make the step, note its length.",
    "m and v may start as the number 0.0: after the first update they have the "
    "gradient's shape. `np.linalg.norm` gives both lengths you need.",
    "Check the first step by hand: corrected, m is the clipped gradient itself, and v "
    "its square. What is their ratio if epsilon is 0?",
)
