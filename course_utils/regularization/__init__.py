r"""Regularization: what makes a network prefer the truth to learning by heart.

Each piece forbids something. A penalty $\lambda \sum w^2$ makes long weights cost;
max-norm cuts them off at a radius; dropout takes units away at random, so that none can
rely on another; the data side moves what has to be learned. And `mc_predict` asks a
network with dropout many times, to see how sure it is, which `reliability` judges.

Example:
    >>> import numpy as np
    >>> w = np.array([[3.0, 0.3], [4.0, 0.4]])
    >>> round(float(l2(0.01).loss(w)), 4)
    0.2525
    >>> max_norm(w, 1.0).tolist()
    [[0.6, 0.3], [0.8, 0.4]]
"""

from __future__ import annotations

from course_utils.regularization.alpha import (
    AlphaDropout,
    affine_correction,
    alpha_dropout,
)
from course_utils.regularization.calibration import (
    Reliability,
    expected_calibration_error,
    negative_log_likelihood,
    reliability,
)
from course_utils.regularization.data_side import (
    flip,
    mixup,
    shift,
    smooth_labels,
    soft_cross_entropy,
)
from course_utils.regularization.dropping import Dropout, dropout, keep_mask
from course_utils.regularization.ensembles import every_mask, geometric_mean
from course_utils.regularization.monte_carlo import (
    Prediction,
    RunningMoments,
    entropy,
    mc_predict,
)
from course_utils.regularization.penalties import (
    L1,
    L1L2,
    L2,
    l1,
    l1_l2,
    l2,
    soft_threshold,
)
from course_utils.regularization.radius import MaxNorm, max_norm

__all__ = [
    "L1",
    "L1L2",
    "L2",
    "AlphaDropout",
    "Dropout",
    "MaxNorm",
    "Prediction",
    "Reliability",
    "RunningMoments",
    "affine_correction",
    "alpha_dropout",
    "dropout",
    "entropy",
    "every_mask",
    "expected_calibration_error",
    "flip",
    "geometric_mean",
    "keep_mask",
    "l1",
    "l1_l2",
    "l2",
    "max_norm",
    "mc_predict",
    "mixup",
    "negative_log_likelihood",
    "reliability",
    "shift",
    "smooth_labels",
    "soft_cross_entropy",
    "soft_threshold",
]
