"""Seawall: an open AI-cybersecurity clearinghouse."""

__version__ = "0.1.0"
