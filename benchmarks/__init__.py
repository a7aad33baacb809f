"""What `make bench` runs: how fast the bench is, against what, and what bounds it.

Every comparison is made within one run, its contenders taking turns, so that a machine
that is busy or warm slows all of them alike. `python -m benchmarks --help` tells more.
"""
