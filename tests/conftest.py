"""What every test shares: repeatable property tests, and no window on any screen."""

import os

from hypothesis import settings

# Set before a test imports matplotlib or TensorFlow.
os.environ.setdefault("MPLBACKEND", "Agg")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

# The same examples on every run and every machine; a slow machine is no failure.
# `HYPOTHESIS_PROFILE=explore pytest` looks for new ones.
settings.register_profile(
    "repeatable", derandomize=True, deadline=None, max_examples=50, print_blob=False
)
settings.register_profile("explore", deadline=None, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))
