"""Each test starts from Matplotlib's own look and leaves no figure open."""

import matplotlib as mpl
import pytest


@pytest.fixture(autouse=True)
def clean_matplotlib():
    import matplotlib.pyplot as plt

    with mpl.rc_context():
        yield
    plt.close("all")
