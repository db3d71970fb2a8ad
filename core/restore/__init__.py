"""Restoring: planned before anything is touched, done beside what is live, proven afterwards."""
