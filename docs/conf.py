"""Sphinx: the Markdown of this folder as a site (``make docs``)."""

project = "Seawall"
author = "The Seawall authors"
extensions = ["myst_parser"]
html_theme = "furo"
myst_heading_anchors = 3
exclude_patterns = ["_build"]
