"""The scale of a run: `make test` checks every behaviour small, `make prove` (IDP_SCALE=full) at its full size."""

import os
from typing import TypeVar

T = TypeVar("T")

FULL = os.environ.pop("IDP_SCALE", "") == "full"
"""Taken out of the environment: programs that a test starts would refuse a setting that they do not know."""


def scaled(small: T, full: T) -> T:
    """How many, at the scale of this run."""
    return full if FULL else small


def against(name: str, figure: float, bar: float, unit: str) -> None:
    """Print the figure beside its bar, as `make prove` shows it, and fail on a miss (`figure` above `bar`)."""
    print(f"{name}: {figure:.4g} {unit} (bar {bar:.4g} {unit})")
    assert figure <= bar, f"{name}: {figure:.4g} {unit} misses {bar:.4g} {unit}"


def at_least(name: str, figure: float, bar: float, unit: str) -> None:
    """The same for what must not be less."""
    print(f"{name}: {figure:.4g} {unit} (bar {bar:.4g} {unit})")
    assert figure >= bar, f"{name}: {figure:.4g} {unit} misses {bar:.4g} {unit}"
