"""Items of a person that a service can receive: the Basic 4, and what is told instead of them. Pure.

Each is a claim. Those of `FROM` are made of an attribute that is not told itself: whoever only asks whether
somebody is 20 never receives a date of birth.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

NAME, ADDRESS, BIRTHDATE, GENDER = BASIC = ("name", "address", "birthdate", "gender")
"""The Basic 4, each a scope of its own and the claim that it gives."""
KANA = "name#ja-Kana-JP"
"""The name's reading (OpenID Connect Core section 5.2): told beside the Basic 4 by who knows it; no card does."""
TOLD = (NAME, KANA, ADDRESS, BIRTHDATE, GENDER)
"""What a source may tell: the Basic 4, and the reading as an optional fifth."""
AGES: Mapping[str, int] = MappingProxyType({"age_over_18": 18, "age_over_20": 20, "age_over_65": 65})
MUNICIPALITY = "municipality_code"
ITEMS = (NAME, KANA, ADDRESS, MUNICIPALITY, BIRTHDATE, *AGES, GENDER)
"""All of them, in the order in which they are shown."""
FROM: Mapping[str, str] = MappingProxyType({**dict.fromkeys(AGES, BIRTHDATE), MUNICIPALITY: ADDRESS})
"""The attribute that an item is made of, where it is made of one."""
_SCOPES: Mapping[str, str] = MappingProxyType({KANA: NAME})


def scope_of(item: str) -> str:
    """The scope whose holder may have the item, and more."""
    return FROM.get(item) or _SCOPES.get(item, item)


def made_of(items: Iterable[str]) -> tuple[str, ...]:
    """Of what these items are made, names of `TOLD` in their order."""
    needed = {FROM.get(item, item) for item in items}
    return tuple(told for told in TOLD if told in needed)


def read_for(items: Iterable[str]) -> tuple[str, ...]:
    """What of a card is read for these items, names of `BASIC` in their order."""
    return tuple(attribute for attribute in made_of(items) if attribute != KANA)
