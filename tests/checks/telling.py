"""What would answer an exercise, what may be said all the same, and what else differs.

The tests are in `test_every_exercise.py`; an exercise is called by its lesson and name.
"""

EXAMPLES = {
    "initialization": 5,
    "activations": 20,
    "batch_normalization": 15,
    "gradient_clipping": 20,
    "transfer_learning": 10,
    "optimizers": 20,
    "learning_rate_schedules": 8,
    "regularization": 10,
}
"""How many seeds a solution is judged with; elsewhere as many as the profile says."""

SLOW = {"transfer_learning.reuse"}
"""Runs Keras: its lesson's file judges the solution with a few seeds."""

PRAISE = {
    "vanishing_gradients": {
        "sigmoid_slope": (r"1/[24]|0\.25|largest|four", "never above 1/4, at a = 1/2"),
        "chain_gradient": (r"1/4|saturat|flat", "and slopes are at most 1/4."),
        "hermite_mean": (
            r"needle|narrow|fails|grid|[Ff]ifty|50",
            "Fifty points, and more",
        ),
        "critical_std": (r"103|sqrt|saturated|same number", "always the same number"),
    },
    "initialization": {
        "fans": (r"strid|border|two pixels", "With a stride of two, fan_out is less."),
        "draw_weights": (r"1\.3|parent", "The parent has 1.3 times the variance."),
        "weight_std": (r"stable|explod|cosine", "But max(0, z)^2 explodes."),
        "rescale_layers": (r"theor.*wide|image|Gaussian", "Images are not Gaussian."),
        "find_bug": (r"deep|twenty|layers", "Only twenty layers would show it."),
    },
    "activations": {
        "softplus": (r"sigm|minus|loss", "minus the softplus of -z is log sigmoid"),
        "softmax": (r"differ|same|sigmoid|sharp", "only differences count"),
        "prelu_gradients": (r"dead|wake|reviv", "so a dead unit can wake up"),
        "dead_share": (r"few|more images|come back|reviv", "more images, fewer dead"),
        "self_normalizing": (r"pull|back|closer", "it is pulled back to 1"),
        "remedy": (
            r"He|before the first step|narrow|born",
            "the narrow one is born dead",
        ),
    },
    "batch_normalization": {
        "batch_norm": (r"0\.3|gamma alone|only beta|\bbeta can", "only beta can"),
        "batch_norm_backward": (
            r"\bzero\b|constant|bias",
            "the bias of the layer below",
        ),
        "running_statistics": (r"459|44|\b0\.9\b|noisy", "noisy with momentum 0.9"),
        "fold": (r"slower|same time|no cost|activation", "no cost at all"),
        "layer_norm": (
            r"remember|(?<!cost )nothing|length|moving",
            "nothing to remember",
        ),
        "find_cause": (r"recompute|moving|training=False|pass", "recompute the moving"),
    },
    "gradient_clipping": {
        "clip": (r"nan|inf", "and nan goes through"),
        "angle": (r"90|right angle|dimension", "two random ones are at 90 degrees"),
        "threshold_for": (r"constant length|normali", "steps of constant length"),
        "turning_limit": (r"45|root|sqrt|equal norms", "at most 45 degrees"),
        "adam_lengths": (r"epsilon|spike|almost nothing", "which is almost nothing"),
    },
    "transfer_learning": {
        "count": (r"order|inner|later", "the later of two words counts"),
        "reuse": (r"compile|without compiling", "only after compile"),
        "fine_tune": (r"features|once|cache", "the features could be kept"),
        "leaked": (
            r"crop|flip|mirror|half|fifty|tenth",
            "a flipped photograph is missed",
        ),
        "verdict": (r"1\.16|1\.87|best of", "the best of five gains 1.16"),
    },
    "optimizers": {
        "terminal_velocity": (r"1 / \(1 - mu\)|ten times", "ten times as fast"),
        "nesterov_step": (r"[Kk]eras|stores", "it is what Keras stores"),
        "adam_step": (r"correction|uncorrected|31", "without correction three times"),
        "decayed_step": (r"small gradients|regularizer", "weights of small gradients"),
        "choose": (r"noise|axis", "with noise it would be another"),
    },
    "learning_rate_schedules": {
        "decayed": (r"lowest|ignor", "the exponential is lowest after ten"),
        "resume": (r"5 ?%|rather", "you would rather be off by 5 %"),
        "one_cycle": (r"effective|3\.3|callback", "the effective step rises 3.3 times"),
        "plateau": (r"noise|smooth", "noise is taken for progress"),
        "choose_rate": (
            r"leaky|scatter|right of",
            "a leaky average moves it right of it",
        ),
    },
    "regularization": {
        "dropout": (r"average of|linear|sigmoid", "exact for a linear unit"),
        "alpha_affine": (r"square root|v = 0|either", "for v = 0 it keeps either"),
        "max_norm": (r"axis 0|Keras", "axis 0 holds only columns"),
        "mean_and_variance": (r"float32|root of K", "in float32 nothing is left"),
        "calibration_error": (r"useless|bias|few images", "but it may be useless"),
        "cure": (r"under-fit|averag|MC dropout", "averaging harms the under-fit"),
    },
}
"""What would answer the questions that follow the check, and a praise that did."""

GIVEN = {
    "initialization.draw_weights": {
        "init.fans(shape)",
        "scale/n",
        "np.sqrt(scale/n)",
        "fan_in+fan_out",
        "(fan_in+fan_out)/2",
    },
    "initialization.weight_std": {"gaussian_mean(lambdaz:f(z)**2,q)", "f(z)**2"},
    "initialization.find_bug": {"w.var()", "2/fan_in", "2/fan_out"},
    "activations.self_normalizing": {"np.minimum(z,0)", "h(np.minimum(z,0))"},
    "activations.remedy": {"dead_share(layer)"},
    "transfer_learning.leaked": {"b*std+mean"},
    "optimizers.adam_step": {"1-beta_1", "1-beta_2", "beta_1,beta_2=betas"},
    "learning_rate_schedules.decayed": {"step/half_life"},
    "regularization.dropout": {"1-rate", "rng.random(x.shape)"},
    "regularization.alpha_affine": {"1-rate"},
    "regularization.max_norm": {"kernel**2"},
}
"""What a formula, a text or a hint gives, or an exercise before has asked for."""

TOLD = {
    "vanishing_gradients.sigmoid_slope": "Try a * (1 - a) instead.",
    "initialization.fans": "Take window * shape[-2], window * shape[-1].",
    "activations.softplus": "Try np.maximum(z, 0) + ...",
    "batch_normalization.layer_norm": "Try (x - mean) / np.sqrt(variance + epsilon).",
    "gradient_clipping.threshold_for": "Try np.quantile(finite, 1 - share) here.",
    "transfer_learning.leaked": "Try np.round(b * std + mean).astype(np.uint8) here.",
    "optimizers.terminal_velocity": (
        "Try velocity = -learning_rate * gradient / (1 - momentum)."
    ),
    "learning_rate_schedules.one_cycle": "Try np.interp(step, corners, rates) here.",
    "regularization.max_norm": "Take kernel * radius / np.maximum(norms, radius).",
}
"""Messages that would contain a solution's code."""

NOT_TOLD = {
    "regularization.cure": (
        "Take kernel * radius / np.maximum(norms, radius): return kernel * radius"
    ),
}
"""Messages that contain the code of another one only."""

TEXTS = {
    "start_here": 120,
    "vanishing_gradients": 120,
    "initialization": 145,
    "activations": 135,
    "batch_normalization": 120,
    "gradient_clipping": 105,
    "transfer_learning": 130,
    "optimizers": 165,
    "learning_rate_schedules": 165,
    "regularization": 165,
}
"""Fewer texts than these, and some of a lesson's messages were not looked through."""

SHORT = {
    "vanishing_gradients.sigmoid_slope",
    "vanishing_gradients.predict",
    "optimizers.choose",
}
"""Solved in one line."""

HELPERS = {
    "initialization": {f"initializer_{letter}" for letter in "abcd"},
    "transfer_learning": {"gradients"},
}
"""Functions that the exercises' notebook gives."""

NO_ARGUMENTS = {"vanishing_gradients.predict", "optimizers.choose"}

NOT_SHOWN = {"initialization.draw_weights": {"rng"}, "regularization.dropout": {"rng"}}
"""A generator cannot be shown."""
