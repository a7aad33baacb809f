"""The strict run of the notebooks (``pytest --nbval``): see course_utils.notebooks."""

import pytest

from course_utils.notebooks.replay import strict

# Lessons as text are not modules: collected for their doctests, they would be executed
# here, and once more in every worker that an experiment starts.
collect_ignore = ["text"]


@pytest.hookimpl(wrapper=True)
def pytest_collect_file():
    """Replay with the kernel that recorded, and compare every output."""
    return strict((yield))
