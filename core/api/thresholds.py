"""The thresholds that decide how a screen labels a figure."""

from __future__ import annotations

from core.config.settings import Threshold, ThresholdSettings

__all__ = ["Threshold", "ThresholdSettings"]
