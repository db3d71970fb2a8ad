"""How an older store becomes one of this version."""
