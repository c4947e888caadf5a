"""Checks of the version orders against each ecosystem's own implementation, a million pairs at a time.

``versions`` finds real versions and makes near neighbors of them; ``references`` asks the implementations, each through a
program of ours in ``programs/`` that reads pairs on its standard input. See docs/ecosystems.md for the figures.
"""
