"""What the checks of lesson 08 say about shapes, steps and cycles.

Prose apart from code, so that it can be read, and translated, in one sitting.
"""

HALF_LIFE = {
    "begins decayed": (
        "You are one step ahead: the first step is number 0, and a run begins with the "
        "full rate."
    ),
    "stairs": (
        "Your rate stands still for a whole half-life and then falls at once. `//` "
        "throws away what is after the point; here the rate changes at every step."
    ),
}
DECAYED = {
    "power": {
        "exponential": (
            "Your rate halves again in every half-life: that is the exponential "
            "schedule. The power schedule halves once in it; what is left after two?"
        ),
        "linear": (
            "Your rate falls along a straight line, to nothing at two half-lives. The "
            "power schedule never gets to zero."
        ),
        "upside down": (
            "You multiply by the half-life. A longer half-life has to make the fall "
            "slower, not faster."
        ),
        "scale": (
            "The shape is right, and the scale is off by two. Put the half-life in for "
            "t: what has t / s to be there?"
        ),
        "other exponent": (
            "You took a root. For 'power' the exponent is 1, so it falls faster."
        ),
        "all steps": "Your rate does not ask for the half-life: where does it enter?",
    },
    "root": {
        "half-life as s": (
            "You took the half-life for s. That is right for 'power' alone: with t = s "
            "the root here has only come to the square root of 2."
        ),
        "no root": "There is no root in it: the exponent is 1/2 here.",
        "square": (
            "Your rate falls with the square. An exponent of 1/2 makes the fall slower "
            "than that of 'power', not faster."
        ),
        "scale": (
            "The shape is right, and the scale is not. At the half-life the root has "
            "to be 2: what has to stand under it, and what is left for t / s?"
        ),
        "upside down": (
            "The factor is right and on the wrong side: is s longer than the "
            "half-life, or shorter?"
        ),
    },
    "exponential": {
        "half-life as s": (
            "You took the half-life for s. In s steps the rate falls to a tenth, not "
            "to half: it is the time of another fall."
        ),
        "base e": (
            "At the half-life your rate is 1/e of the first, 0.37: the base e goes "
            "with another time than the half-life."
        ),
        "upside down": (
            "The logarithm is right and on the wrong side. Is the time in which the "
            "rate falls to a tenth longer than the half-life, or shorter?"
        ),
        "two logarithms": (
            "Two different logarithms meet here. Use the one whose base is the base of "
            "your power, or a base that needs none."
        ),
        "power": (
            "This is the power schedule: after two half-lives a third is left. The "
            "exponential one halves again in every half-life."
        ),
        "every step": (
            "Your rate halves at every step. How many half-lives are t steps?"
        ),
    },
}
DECAYED_ONE = (
    "A step may be one int as well as an array. NumPy's arithmetic takes both as they "
    "are: no loop over the steps is needed."
)
DECAYED_MANY = (
    "A step may be an array as well as one int. NumPy's arithmetic takes both as they "
    "are: `math` and `if` take single numbers only."
)
DECAYED_ADVICE = {
    "power": (
        "These are not the rates of 'power'. Check step 0, where all of the rate is "
        "there, and the half-life, where half of it is."
    ),
    "root": (
        "These are not the rates of 'root'. Check step 0, then the half-life: what has "
        "to stand under the root there?"
    ),
    "exponential": (
        "These are not the rates of 'exponential'. Check step 0, then one half-life, "
        "then two: each brings another halving."
    ),
}
DECAYED_PRAISE = "All three. A half-life says the same of every schedule; s does not."
DECAYED_HINTS = (
    "Count time in half-lives first: `step / half_life` is 0 at the start and 1 where "
    "half is left. The check takes the kinds one by one.",
    "For 'power' and 'root', put the half-life in for t, a half for what is left, and "
    "ask which t / s does it. For 'root' it is not 1.",
    "The exponential schedule halves once in every half-life, however it is written. "
    "So take a half for the base: which exponent belongs to it?",
)

RESUME_STEPS = {
    "floor": (
        "All steps: you left out the smaller last batch of each epoch. Its examples "
        "are trained on too, so it is a step."
    ),
    "one more": (
        "All steps: you count a last batch that may be empty. When the examples divide "
        "evenly there is no smaller batch."
    ),
    "round": (
        "All steps: you rounded to the nearest. A last batch of a single example is a "
        "step too."
    ),
    "across": (
        "All steps: you divided the examples of all epochs at once, as if a batch "
        "could begin in one epoch and end in the next. Each epoch ends with its own "
        "smaller batch."
    ),
    "fraction": (
        "All steps: this is not a whole number of batches an epoch. What becomes of "
        "the examples that are left?"
    ),
    "one epoch": "All steps: these are those of one epoch. How many has the run?",
    "last number": (
        "All steps: this is the number of the last step. Counted from 0, there is one "
        "step more than that."
    ),
    "left": "All steps: these are those still to do. T counts all, also those done.",
}
RESUME_EPOCH = {
    "floor": (
        "All steps are right, but for the epoch you left out the smaller last batches. "
        "Each epoch is longer by one step."
    ),
    "examples": (
        "All steps are right, but for the epoch you counted examples as if every batch "
        "were full. The last of an epoch is not."
    ),
    "from one": (
        "All steps are right, and your epoch is one too high. The first is number 0: "
        "its number says how many were complete before it."
    ),
    "rounded up": (
        "All steps are right, but you rounded the epoch up, and an epoch that is not "
        "complete is done again."
    ),
    "boundary": (
        "All steps are right. Now look at a stop right at the end of an epoch: that "
        "epoch is complete and saved, so the next one follows."
    ),
    "fraction": (
        "All steps are right. The epoch has to be a whole number: only complete epochs "
        "were saved."
    ),
    "last complete": (
        "All steps are right, and your epoch is the last one that is complete. The run "
        "goes on with the one after it."
    ),
}
RESUME_FIRST = {
    "here": (
        "You go on at the step of the stop. But the network is the one saved at the "
        "end of the last complete epoch, and the schedule has to fit the network."
    ),
    "restart": (
        "You begin the schedule again, with a network that is half trained: its rate "
        "would be the first one. Steps count over the whole run."
    ),
    "from one": "The first step of all is number 0: your number is one too high.",
    "last complete": (
        "This is the last step that was saved. The run goes on with the one after it."
    ),
    "other epoch": (
        "Your epoch is right, and your first step belongs to another epoch. How many "
        "epochs lie before it?"
    ),
    "within": (
        "This is the number of steps that are lost. Asked for is the first step of the "
        "epoch, counted over the whole run."
    ),
    "across": (
        "You counted the steps before the epoch without the smaller last batch of each."
    ),
    "examples": "These are examples. How many steps do they take?",
}
RESUME_ADVICE = (
    "The first number is not that of all steps. Take 10 examples, batches of 4 and 2 "
    "epochs, and write down every batch with its size.",
    "All steps are right, and the epoch is not. Take 10 examples and batches of 4: "
    "which steps are epoch 0, and which are epoch 1?",
    "Steps and epoch are right, and the epoch's first step is not. How many steps have "
    "all epochs before it together?",
)
RESUME_PRAISE = (
    "Right, also for a full last batch, and for a stop exactly between two epochs. A "
    "schedule that is given these numbers goes on as if nothing had happened."
)
RESUME_HINTS = (
    "How many batches has one epoch? Take 10 examples in batches of 4, and write them "
    "down. All the rest follows from this number.",
    "Division that throws the rest away (`//`) is right in one place and wrong in the "
    "other: a smaller batch counts, and an epoch that is not complete does not.",
    "`np.ceil` rounds up and gives a float; make it an int. The epoch's first step is "
    "the number of steps of all epochs before it.",
)

CYCLE_RATE = {
    "swapped": (
        "Your first number is the momentum. The rate is the first of the two, the "
        "momentum the second."
    ),
    "no drop": (
        "The rate: the last part is missing. After the third corner the rate falls on, "
        "to a thousandth of its peak."
    ),
    "one fall": (
        "The rate: it falls from the peak to the end in one line. On the way it has to "
        "pass through the third corner, and from there it falls more gently."
    ),
    "middle": (
        "The rate: its peak is in the middle of the run. It belongs at step `half`, "
        "and that leaves room for the last part."
    ),
    "shifted": (
        "The rate: your corners are one step early or late. The first step is number "
        "0, and the peak is at the step with the number `half`."
    ),
    "at once": (
        "The rate: at the third corner it drops at once. From there to the last step "
        "it runs in a straight line."
    ),
    "jump": (
        "The rate: it jumps where two parts meet. Each part begins where the one "
        "before it has ended: from which step has its share of the way to be counted?"
    ),
    "ends late": (
        "The rate: it does not arrive. Of T steps the last has the number T - 1, and "
        "there it must be at its end."
    ),
    "ends early": (
        "The rate: it arrives a step too early. The last step has the number T - 1."
    ),
    "end": "The rate: it ends at another value. It should be a thousandth of the peak.",
    "start": "The rate: it begins at another value. It should be a tenth of the peak.",
    "geometric": (
        "The rate: your corners are right, and between them it changes by equal "
        "factors. Here it runs in straight lines."
    ),
    "bowed": (
        "The rate: your corners are right, and between them it runs along a cosine. "
        "Here it runs in straight lines."
    ),
}
CYCLE_MOMENTUM = {
    "constant": (
        "The rates are right, and your momentum stands still. It falls while the rate "
        "rises, and comes back."
    ),
    "not mirrored": (
        "The rates are right, and your momentum goes with them. It has to go the other "
        "way: lowest where the rate is highest."
    ),
    "goes on": (
        "The rates are right. Your momentum follows the rate also in the last part, "
        "and so rises above 0.95: there it should stay."
    ),
    "stays low": (
        "The rates are right. Your momentum falls, and does not come back after the "
        "peak."
    ),
    "stretched": (
        "The rates are right. Your momentum takes the whole rest of the run to come "
        "back. It has to be back at the third corner."
    ),
    "falls again": (
        "The rates are right. In the last part your momentum falls again, and it "
        "should stay at 0.95."
    ),
    "middle": (
        "The rates are right. Your momentum is lowest in the middle of the run, and "
        "not where the rate is highest."
    ),
    "shifted": (
        "The rates are right, and the corners of your momentum are one step early or "
        "late."
    ),
    "bowed": (
        "The rates are right. Between its corners your momentum runs along a cosine, "
        "and should in straight lines."
    ),
}
CYCLE_ADVICE = {
    "rate": (
        "These are not the rates of the cycle. Check the four corners first, then a "
        "step between two of them. The rate is the first of the two numbers."
    ),
    "momentum": (
        "The rates are right, and the momentum is not. Check its four corners first: "
        "only one of them is not 0.95."
    ),
}
CYCLE_PRAISE = (
    "Both, at the corners and between them, and the last step arrives. The two go "
    "opposite ways until the last part, where only the rate still moves."
)
CYCLE_HINTS = (
    "The table gives four corners, and between two of them everything is a straight "
    "line. So three cases, or one function that knows how to draw such lines.",
    "In each case: which share of the way from its first step to its last is done? "
    "Start plus that share of the difference. Try it at both ends.",
    "`np.interp(step, steps, values)` does all three cases at once: it wants the steps "
    "of the corners and the values there. Use it twice.",
)
