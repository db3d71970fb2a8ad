"""The colour-blind safe theme: told apart with any colour vision."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import dist

import pytest
from rich.color import Color

from tui.lines import Role
from tui.themes import load_themes

# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB.
AS_IT_IS = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
VISIONS = {
    "normal": AS_IT_IS,
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
# sRGB to XYZ (IEC 61966-2-1), and the white of D65.
TO_XYZ = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
WHITE = (0.9505, 1.0, 1.089)
# A difference in CIELAB of 2.3 is just noticed side by side; curves are far from each other.
APART = 18.0

SEVERITIES = (Role.TEXT, Role.WARNING, Role.CRITICAL)
GAUGES = (Role.BAR_FULL, Role.BAR_WARNING, Role.BAR_CRITICAL)
CURVES = (Role.SERIES_1, Role.SERIES_2, Role.SERIES_3, Role.SERIES_4, Role.BAR_CRITICAL)


def times(matrix: Sequence[Sequence[float]], vector: Sequence[float]) -> list[float]:
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


def linear(channel: int) -> float:
    value = channel / 255
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def seen(colour: Color, vision: str) -> tuple[float, float, float]:
    """A colour in CIELAB as somebody with this vision sees it."""
    rgb = times(VISIONS[vision], [linear(channel) for channel in colour.get_truecolor()])
    xyz = times(TO_XYZ, [min(1.0, max(0.0, channel)) for channel in rgb])
    x, y, z = (
        t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116
        for t in (value / white for value, white in zip(xyz, WHITE, strict=True))
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("roles", [SEVERITIES, GAUGES, CURVES], ids=["severity", "gauge", "curve"])
def test_colours_that_mean_different_things_look_different(
    roles: tuple[Role, ...], vision: str
) -> None:
    styles = load_themes().themes["pgvigil-colour-blind"].roles
    for one, other in combinations(roles, 2):
        colours = styles[one].color, styles[other].color
        assert colours[0] is not None
        assert colours[1] is not None
        apart = dist(seen(colours[0], vision), seen(colours[1], vision))
        assert apart >= APART, f"{one} and {other} are {apart:.1f} apart"
