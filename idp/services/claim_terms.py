"""What a service states about each item that it asks for: why, by which right, and for how long. Pure.

As a municipality must tell whom it asks (個人情報の保護に関する法律第62条). One form wherever it is stated: a
file for `idp service create`, client metadata (RFC 7591), the stored registration.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from idp.items import ITEMS

MEMBER = "claim_terms"
TEXT_CHARACTERS = 200
_TEXTS = ("purpose", "law", "article", "kept")
_MEMBERS = frozenset({*_TEXTS, "required"})
_LANGUAGES = ("ja", "en")

Text = Mapping[str, str]
"""By language; always with `ja`."""


class TermsRefused(ValueError):
    """Terms that cannot be read; the sentence says which member."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """One item's. `kept`: how long the service keeps it. `law`, `article`: where it is not the resident's to
    decide.

    `required`: the resident gives it or does not use the service; always so for what a law asks.
    """

    purpose: Text
    kept: Text
    required: bool = True
    law: Text = field(default_factory=dict)
    article: Text = field(default_factory=dict)

    @property
    def by_law(self) -> bool:
        """Whether a law or an ordinance asks for the item, and nobody has to agree."""
        return bool(self.law)

    def to_json(self) -> dict[str, object]:
        """As it was stated, with the member that has a usual value."""
        texts = {name: dict(said) for name in _TEXTS if (said := getattr(self, name))}
        return {**texts, "required": self.required}

    def digest(self) -> str:
        """By which a resident who agreed to other terms is known: hexadecimal."""
        text = json.dumps(self.to_json(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def said(text: Text, language: str) -> str:
    """A text in that language, Japanese where it has none."""
    return text.get(language) or text.get("ja", "")


def read(unverified: object) -> dict[str, Terms]:
    """Terms by item, from an object with one object for each. Raises TermsRefused.

    `{"name": {"purpose": {"ja": "...", "en": "..."}, "kept": "...", "required": false}}`; a bare text is Japanese.
    """
    if not isinstance(unverified, Mapping):
        raise TermsRefused(f"{MEMBER} is an object")
    unknown = unverified.keys() - set(ITEMS)
    if unknown:
        raise TermsRefused(f"{MEMBER} names items: any of {', '.join(ITEMS)}")
    return {item: _terms(item, unverified[item]) for item in ITEMS if item in unverified}


def stored(terms: Mapping[str, Terms]) -> dict[str, dict[str, object]]:
    """Undo `read`."""
    return {item: one.to_json() for item, one in terms.items()}


def _terms(item: str, unverified: object) -> Terms:
    if not isinstance(unverified, Mapping) or not set(unverified) <= _MEMBERS:
        raise TermsRefused(f"{MEMBER} of {item} is an object of {', '.join(sorted(_MEMBERS))}")
    texts = {name: _text(item, name, unverified[name]) for name in _TEXTS if name in unverified}
    if not {"purpose", "kept"} <= texts.keys():
        raise TermsRefused(f"{MEMBER} of {item} says purpose, and how long it is kept")
    if ("law" in texts) != ("article" in texts):
        raise TermsRefused(f"{MEMBER} of {item} names a law and its article together")
    required: Any = unverified.get("required", True)
    if not isinstance(required, bool):
        raise TermsRefused(f"{MEMBER} of {item}: required is true or false")
    if "law" in texts and not required:
        raise TermsRefused(f"{MEMBER} of {item}: what a law asks for is required")
    return Terms(**texts, required=required)


def _text(item: str, name: str, unverified: object) -> Text:
    by_language = {"ja": unverified} if isinstance(unverified, str) else unverified
    if not isinstance(by_language, Mapping) or not set(by_language) <= set(_LANGUAGES):
        raise TermsRefused(f"{MEMBER} of {item}: {name} is a text in ja, and perhaps in en")
    if not all(isinstance(text, str) for text in by_language.values()) or not by_language.get("ja", "").strip():
        raise TermsRefused(f"{MEMBER} of {item}: {name} is a text in ja, and perhaps in en")
    return MappingProxyType(dict(by_language))
