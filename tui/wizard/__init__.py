"""The restore wizard: one question a screen, over the state machine in ``core.api``."""
