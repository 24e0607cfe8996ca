"""What a source tells of a person: one frozen record for each item, whoever told it. Pure.

The values are a person's: no representation shows them.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from idp.sources.normal import FORMS, Form


class Source(StrEnum):
    """Where items come from."""

    SELF = "self"
    """The resident's own device."""
    TERMINAL = "terminal"
    """An enrolled counter terminal, staff beside."""
    SIGNATURE = "signature"
    """The signature certificate, with which the resident has signed that they agree."""
    LATEST = "latest"
    """J-LIS's latest-information service, by a consent that the resident has signed before."""

    @property
    def vouching(self) -> "Vouching":
        """Who vouches for what it tells."""
        return _VOUCHING[self]


class Vouching(StrEnum):
    """Who vouches for an item."""

    NOBODY = "nobody"
    MUNICIPALITY = "municipality"
    """Its terminal and its staff."""
    JPKI = "jpki"
    """The certificate's issuer signed it, and J-LIS ties the certificate to the login's."""
    J_LIS = "j-lis"
    """J-LIS's own records, or a certificate that is good today and says the same."""


_VOUCHING: Mapping[Source, Vouching] = {
    Source.SELF: Vouching.NOBODY,
    Source.TERMINAL: Vouching.MUNICIPALITY,
    Source.SIGNATURE: Vouching.JPKI,
    Source.LATEST: Vouching.J_LIS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One item as a source told it. `item`: a name of ITEMS; `value` in its normal `form`.

    `at`: when it was read, seconds since 1970; 0 where only the login's own time is kept. `substituted`: another
    character stands in the place of at least one that the source cannot hold.
    """

    item: str
    value: str = field(repr=False)
    form: Form
    source: Source
    at: int
    substituted: bool = field(default=False, repr=False)

    @property
    def vouching(self) -> Vouching:
        """Who vouches for it."""
        return self.source.vouching


@dataclass(frozen=True, slots=True)
class Read:
    """What was asked for and read in one login, from one source.

    `values` by names of ITEMS, each in its normal form (`normal.Form`); `substituted`: the items of which this is
    true; `at` as for `Told`.
    """

    source: Source
    values: Mapping[str, str] = field(repr=False)
    substituted: tuple[str, ...] = field(default=(), repr=False)
    at: int = 0

    def __iter__(self) -> Iterator[Told]:
        """Each item by itself."""
        for item, value in self.values.items():
            yield Told(
                item=item,
                value=value,
                form=FORMS[item],
                source=self.source,
                at=self.at,
                substituted=item in self.substituted,
            )

    def to_json(self) -> bytes:
        """To be sealed."""
        members = [self.source, dict(self.values), self.substituted, self.at]
        return json.dumps(members, ensure_ascii=False).encode()

    @classmethod
    def from_json(cls, text: bytes) -> "Read":
        """Undo `to_json`."""
        source, values, substituted, *at = json.loads(text)
        return cls(Source(source), values, tuple(substituted), *at)
