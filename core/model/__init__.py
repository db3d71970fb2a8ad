"""The language that all rooms speak: frozen dataclasses, one file a subject."""
