"""The only door for a screen and for the command line, one file a subject.

Each module imports what it needs when it is called, so that the program starts at once.
"""
