"""A signature's verdict, and what a service demanded of it."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from idp.errors import Reason
from idp.jpki.revocation import Evidence
from idp.jpki.verify import VerifiedCertificate
from idp.revocation.policy import RevocationPolicy
from idp.revocation.tally import Tally
from idp.signatures.found import Fault, Found
from idp.signatures.kinds import Kind


class TimeFault(StrEnum):
    """What a signature's own time says against it. Values are stable and public."""

    IN_FUTURE = "signing_time_in_future"
    EXPIRED = "expired_at_signing"
    NOT_YET_VALID = "not_yet_valid_at_signing"
    EXPIRED_SINCE = "expired_since_signing"
    """The certificate was inside its time, and nothing shows that it was not revoked then."""


class StampState(StrEnum):
    """What is known of a signature's time stamp."""

    NONE = "none"
    TRUSTED = "trusted"
    UNTRUSTED = "untrusted"
    """Not about this signature, or of nobody whom the municipality trusts for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One signature with its verdict: relied on where `code` is None.

    `stamped_at`: the time of a trusted stamp. `revoked_since`: the certificate is revoked, but was not when the
    stamp was made. `judged_as_of`: the moment, where the certificate has expired since. `certificate`: JPKI's,
    `path`: another store's, each only of one that could be trusted.
    """

    found: Found
    kind: Kind | None = None
    code: Fault | TimeFault | Reason | None = None
    reason: str | None = None
    evidence: Evidence | None = None
    stamp: StampState = StampState.NONE
    stamped_at: datetime | None = None
    revoked_since: bool = False
    judged_as_of: datetime | None = None
    certificate: VerifiedCertificate | None = field(default=None, repr=False)
    path: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Demand:
    """What a service wants: the kinds of signers that it takes, and how certificates are asked about."""

    kinds: Collection[Kind]
    policy: RevocationPolicy
    tally: Tally
