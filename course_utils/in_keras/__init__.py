"""Layers that Keras 3 does not have, written as Keras layers.

Only the modules of this package import Keras, and it imports none of them itself: ask
for the one you need, such as `course_utils.in_keras.activations`.
"""
