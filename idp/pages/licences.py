"""Of which software the product is made, and under which licences: read from what is installed.

Without versions: a page for everybody is no list for those who look for old ones.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution

PRODUCT = "ppid-idp"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_LONGEST = 60
"""Characters of a licence field that is a name; a longer one is the licence's whole text."""


@dataclass(frozen=True, slots=True)
class Component:
    """A distribution and its licence: an SPDX expression (PEP 639), or the name its classifier gives."""

    name: str
    licence: str


@cache
def components() -> tuple[Component, ...]:
    """What the product needs in every installation, by name; empty when it is not installed as a distribution."""
    try:
        required = distribution(PRODUCT).requires or []
    except PackageNotFoundError:
        return ()
    always = sorted({_NAME.match(line)[0].lower() for line in required if "extra ==" not in line})  # type: ignore[index]
    return tuple(found for name in always if (found := _component(name)) is not None)


def _component(name: str) -> Component | None:
    try:
        installed = distribution(name)
    except PackageNotFoundError:
        return None
    return Component(installed.metadata["Name"], _licence(installed))


def _licence(installed: Distribution) -> str:
    named = [*_stated(installed, "License-Expression"), *_stated(installed, "License")]
    short = [name for name in named if len(name) <= _LONGEST]
    classified = [line for line in _stated(installed, "Classifier") if line.startswith("License :: ")]
    return short[0] if short else ", ".join(line.rpartition(" :: ")[2] for line in classified) or "-"


def _stated(installed: Distribution, member: str) -> list[str]:
    return installed.metadata.get_all(member) or []
