"""Taking secrets out of text that leaves the console."""

from __future__ import annotations

from core.collect.redact import redact

__all__ = ["redact"]
