"""Guided drills on the screen: a runbook to tick off, against the clock."""
