"""Which office helps a tenant's residents: how its lines are checked and changed."""

import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from idp.pages.languages import LANGUAGES
from idp.registration import NotAllowed
from idp.tenants.tenant_settings import Office

LINE_CHARACTERS = 200
_TELEPHONE = re.compile(r"[+(0-9][0-9() -]{1,23}")
"""What a telephone dials: digits and the marks that people write between them."""


def merged_offices(
    present: Mapping[str, Office], changes: Mapping[str, Mapping[str, str]]
) -> Mapping[str, Office]:
    """The offices by language after the changes; an office of which nothing is left is taken out.

    Raises NotAllowed for a language without pages, a line that does not fit, a telephone that cannot be dialled.
    """
    offices = dict(present)
    for language, members in changes.items():
        if language not in LANGUAGES:
            raise NotAllowed(f"an office is said in one of {', '.join(LANGUAGES)}")
        for name, text in members.items():
            _require_line(name, text)
        offices[language] = replace(offices.get(language, Office()), **members)
    return MappingProxyType({language: office for language, office in offices.items() if office != Office()})


def _require_line(name: str, text: str) -> None:
    if len(text) > LINE_CHARACTERS or not text.isprintable() or text != text.strip():
        raise NotAllowed(f"{name} of an office is one line of at most {LINE_CHARACTERS} characters")
    if name == "telephone" and text and not _TELEPHONE.fullmatch(text):
        raise NotAllowed("telephone of an office is digits with +, brackets, hyphens and spaces")
