"""``python -m course_utils.cli`` is the command ``course``."""

from course_utils.cli import main

main()
