"""Calling a student's function on the other side of the wall."""
