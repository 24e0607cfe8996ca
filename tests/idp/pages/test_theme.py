"""A municipality's own colour: readable or refused."""

import re

import pytest

from idp.pages.theme import READABLE, ColourRefused, contrast, tenant_stylesheet

WCAG_PAIRS = [("#000000", "#ffffff", 21.0), ("#ffffff", "#ffffff", 1.0), ("#777777", "#ffffff", 4.48)]
"""Ratios as any contrast checker gives them, to two places."""


@pytest.mark.parametrize(("one", "other", "ratio"), WCAG_PAIRS)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    """The ratio of two colours, whichever comes first."""
    assert ratio == pytest.approx(contrast(one, other), abs=0.01)
    assert contrast(one, other) == contrast(other, one)


@pytest.mark.parametrize("colour", ["#0017c1", "#0B5C3B", "#7a3b00", "#000000", "#8a1c4a"])
def test_a_readable_colour_makes_a_stylesheet(colour: str) -> None:
    """The sheet sets two properties and nothing else, and the lightened colour is readable on dark ground."""
    shape = r":root \{ --key-on-light: (#[0-9a-f]{6}); --key-on-dark: (#[0-9a-f]{6}); \}\n"
    found = re.fullmatch(shape, tenant_stylesheet(colour))
    assert found is not None
    assert colour.lower() == found[1]
    assert contrast(found[1], "#f2f2f2") >= READABLE
    assert contrast(found[2], "#1a1a1a") >= READABLE


@pytest.mark.parametrize("colour", ["#ffd43d", "#ffffff", "#8ab4f8", "#767676"])
def test_a_colour_that_cannot_be_read_is_refused(colour: str) -> None:
    """Too light for text on our light grounds."""
    with pytest.raises(ColourRefused, match="contrast"):
        tenant_stylesheet(colour)


@pytest.mark.parametrize("colour", ["", "blue", "#fff", "#0017c1;}", "0017c1", "#0017c1\n", "#00１7c1"])
def test_what_is_not_a_colour_is_refused(colour: str) -> None:
    """Nothing but `#rrggbb` reaches a stylesheet."""
    with pytest.raises(ColourRefused):
        tenant_stylesheet(colour)
