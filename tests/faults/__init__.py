"""Bad days, done for real."""
