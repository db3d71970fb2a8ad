"""One file a command: ``add_arguments(parser)`` says what it takes, ``run(arguments)`` does it.

``run`` gives the exit code and raises ``PgvigilError`` for what a person has to know. A module
imports what is heavy inside ``run``, so that ``--help`` answers at once.
"""
