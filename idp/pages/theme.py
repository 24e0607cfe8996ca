"""A tenant's own colour: checked for contrast, turned into the one stylesheet that may differ between tenants.

Contrast is WCAG 2.2, success criterion 1.4.3, with its definition of relative luminance.
"""

import re
from colorsys import hls_to_rgb, rgb_to_hls

READABLE = 4.5
"""Least contrast of text, WCAG 2.2 level AA."""

_PAPER_ON_LIGHT, _WASH_ON_LIGHT, _PAPER_ON_DARK = "#ffffff", "#f2f2f2", "#1a1a1a"
"""The grounds of `page.css` on which the key colour is read."""

_WANTED_ON_DARK = 7.0
_STEPS_OF_LIGHTNESS = 100
_COLOUR = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)


class ColourRefused(ValueError):
    """The key colour is not `#rrggbb`, or text in it could not be read on our grounds."""


def tenant_stylesheet(key_colour: str) -> str:
    """Return the tenant's stylesheet for `#rrggbb`, which also serves as the ground of white letters.

    For dark screens the colour is lightened until it is readable there. Raises ColourRefused.
    """
    if not _COLOUR.fullmatch(key_colour):
        raise ColourRefused("a key colour is written #rrggbb")
    found = min(contrast(key_colour, ground) for ground in (_PAPER_ON_LIGHT, _WASH_ON_LIGHT))
    if found < READABLE:
        raise ColourRefused(f"contrast {found:.1f} is below {READABLE} on our light ground")
    return f":root {{ --key-on-light: {key_colour.lower()}; --key-on-dark: {_lightened(key_colour)}; }}\n"


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio, 1 to 21, of two colours written `#rrggbb`."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _lightened(colour: str) -> str:
    """Raise the lightness alone, so that the hue stays the tenant's own; white always suffices."""
    hue, lightness, saturation = rgb_to_hls(*(part / 255 for part in _parts(colour)))
    steps = (step / _STEPS_OF_LIGHTNESS for step in range(_STEPS_OF_LIGHTNESS + 1))
    lighter = (_written(*hls_to_rgb(hue, max(lightness, step), saturation)) for step in steps)
    return next(tried for tried in lighter if contrast(tried, _PAPER_ON_DARK) >= _WANTED_ON_DARK)


def _written(red: float, green: float, blue: float) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in (red, green, blue))


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(part / 255) for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
