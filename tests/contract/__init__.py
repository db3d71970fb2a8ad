"""What every implementation of a thing must keep to."""
