"""For which organization somebody signs in, as services are told. Pure."""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum

CLAIM = "organization"


class Kind(StrEnum):
    """Kinds of organizations."""

    COMPANY = "company"
    MUNICIPALITY = "municipality"
    """The tenant itself, for which its staff signs in."""


class KnownBy(StrEnum):
    """On whose word it is who it is."""

    STAFF = "staff"
    """The municipality registered it, and gave out the account."""
    COMMERCIAL_REGISTRATION = "commercial-registration"
    ACCREDITED = "accredited"


@dataclass(frozen=True, slots=True)
class Organization:
    """`name` in Japanese; `corporate_number`: thirteen digits, empty of the municipality itself."""

    kind: Kind
    name: str
    known_by: KnownBy
    corporate_number: str = ""

    def to_json(self) -> bytes:
        """For the transaction of the login."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_json(cls, stored: bytes) -> "Organization":
        """Undo `to_json`."""
        members = json.loads(stored)
        return cls(
            Kind(members["kind"]), members["name"], KnownBy(members["known_by"]), members["corporate_number"]
        )

    @property
    def claim(self) -> dict[str, str]:
        """The claim `organization` of the ID token. A corporate number is public, and the same everywhere."""
        number = {"corporate_number": self.corporate_number} if self.corporate_number else {}
        return {"kind": str(self.kind), "name": self.name, **number, "known_by": str(self.known_by)}
