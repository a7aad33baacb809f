"""The strict run of the notebooks (``pytest --nbval``): see course_utils.notebooks."""

import pytest

from course_utils.notebooks.replay import strict


@pytest.hookimpl(wrapper=True)
def pytest_collect_file():
    """Replay with the kernel that recorded, and compare every output."""
    return strict((yield))
