"""A repository in a folder of this host, also one that a network brings here."""
