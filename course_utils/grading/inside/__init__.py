"""What runs behind the wall, with the student's code, and is trusted by nobody.

It imports nothing of the course but itself: NumPy, IPython and the standard library.
"""
