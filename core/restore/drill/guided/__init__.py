"""Guided drills: runbooks to tick off against the clock, and what is written down of it."""
