"""How far a copy of a backup can be believed: every byte authenticated, every part in place."""
