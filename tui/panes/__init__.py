"""What each area shows: pure functions from the model's values to lines of text."""
