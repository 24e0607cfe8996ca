"""All promises made to the product by the outside world, and the plain values exchanged.

Each port is a Protocol with one contract suite under `tests/contracts`, which every implementation, fake or
real, must pass. Every method may raise the three errors of `connectors.errors` and no other.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol


class CertificateKind(StrEnum):
    """The two JPKI certificate kinds, for card and phone alike."""

    USER = "user"
    """利用者証明用電子証明書, the user-authentication certificate."""
    SIGNATURE = "signature"
    """署名用電子証明書, the signature certificate."""


class Keys(Protocol):
    """Key custody for tenants: one PPID key and one wrapping key per tenant, versioned, never exported.

    Satisfies `ppid.Mac`. Implementations: HashiCorp Vault / OpenBao Transit, and the encrypted key file.
    """

    def create(self, tenant_id: str, *, ppid_key: bool = True) -> int:
        """Make the PPID key (version 1) and the wrapping key if absent; return the PPID key's latest version.

        Without `ppid_key` the wrapping key alone, for a PPID key that is brought later: 0 while there is none.
        """
        ...

    def bring(self, tenant_id: str, key: bytes, version: int) -> None:
        """Put in 32 bytes that were made elsewhere, in a ceremony, as this version of the PPID key.

        Raises Refused unless it is the version after the latest (1 where there is none), and for a key whose
        first version was made in a custody that then takes none from outside.
        """
        ...

    def rotate(self, tenant_id: str) -> int:
        """Add a PPID key version and return its number; earlier versions go on answering.

        Raises Refused for a tenant without PPID key.
        """
        ...

    def latest_version(self, tenant_id: str) -> int:
        """The highest PPID key version, >= 1. Raises Refused for a tenant without PPID key."""
        ...

    def hmac_sha256(self, tenant_id: str, key_version: int, message: bytes) -> bytes:
        """HMAC-SHA-256 of `message` under exactly that version: 32 bytes.

        Raises Refused for an unknown tenant or version, Garbled when the answer names another version.
        """
        ...

    def hmac_sha256_many(self, tenant_id: str, key_version: int, messages: Sequence[bytes]) -> list[bytes]:
        """`hmac_sha256` of every message, in their order, in as few conversations as the custody allows.

        For administration: it may take long. Raises as `hmac_sha256` does, and then gives nothing.
        """
        ...

    def wrap(self, tenant_id: str, label: str, plaintext: bytes) -> bytes:
        """Encrypt a data key (at most 64 KiB) for storage; `label` is bound as associated data."""
        ...

    def unwrap(self, tenant_id: str, label: str, wrapped: bytes) -> bytes:
        """Undo `wrap`. Raises Refused when tenant, label or bytes are not those that were wrapped."""
        ...

    def rotate_wrapping(self, tenant_id: str) -> int:
        """Add a version of the wrapping key, under which `wrap` works from now on, and return its number.

        Earlier versions go on unwrapping. Raises Refused for a tenant without keys.
        """
        ...

    def wrapping_version(self, tenant_id: str) -> int:
        """The highest version of the wrapping key, >= 1. Raises Refused for a tenant without keys."""
        ...

    def wrapped_under(self, wrapped: bytes) -> int:
        """The version of the wrapping key that `wrapped` names. Asks nobody. Raises Refused for other bytes."""
        ...

    def keep(self) -> None:
        """See to it that the custody goes on knowing us: called now and then, beside all requests."""
        ...

    def ping(self) -> None:
        """Return when the custody can answer now; raise Unreachable otherwise (sealed counts as that)."""
        ...


class KeySnapshot(Protocol):
    """A copy of a whole key custody for a backup, sealed as the custody seals it, and of no use without that."""

    kind: str
    """`keyfile` or `raft`: how it is put back."""

    def chunks(self) -> Iterator[bytes]:
        """The copy's bytes, in pieces of at most 1 MiB, as the custody is at one moment."""
        ...


class OcspSource(Protocol):
    """A way to an OCSP responder (RFC 6960 appendix A)."""

    def ask(self, request: bytes) -> bytes:
        """Send a DER OCSPRequest, return the DER OCSPResponse unjudged (at most 32 KiB)."""
        ...


class ListStream(Protocol):
    """The bytes of one list as they come in; nobody holds the whole."""

    def readinto(self, buffer: memoryview, /) -> int:
        """Read into the buffer, at least one byte; 0 at the end of a whole answer.

        Raises Unreachable for one that is cut short or comes too slowly, Garbled for one over the source's limit.
        """
        ...


class CrlSource(Protocol):
    """A way to the repository that holds certificate revocation lists."""

    def open(
        self, kind: CertificateKind, issuer_key_id: bytes, point: bytes | None
    ) -> AbstractContextManager[ListStream]:
        """The newest DER CertificateList of that CA generation, unjudged, for the length of a block.

        `issuer_key_id`: the CA's subject key identifier (RFC 5280 section 4.2.1.2), 20 bytes. `point`: the DER
        Name of a distribution point (section 4.2.1.13), None for the list of the whole CA.
        Entering raises Unreachable, Refused (there is no such list) or Garbled (not a list by its type).
        """
        ...


class LineageAnswer(StrEnum):
    """What J-LIS says of the person behind a certificate."""

    FIRST = "first"
    """The person has no other certificate of this kind, and never had."""
    LINKED = "linked"
    """The named certificates belong to the same person."""
    UNOBTAINABLE = "unobtainable"
    """There may be others that cannot be found any more: the resident must be asked."""


@dataclass(frozen=True, slots=True)
class CertificateName:
    """A certificate as J-LIS names it: kind, issuing generation and 発行番号."""

    kind: CertificateKind
    issuer_key_id: bytes
    serial: int


@dataclass(frozen=True, slots=True)
class Lineage:
    """The answer of the lineage port, about certificates of one kind: card and phone, old and new.

    `certificates`, the person's others, is empty for FIRST and not for LINKED; for UNOBTAINABLE it holds what was
    found all the same.
    """

    answer: LineageAnswer
    certificates: tuple[CertificateName, ...] = ()


@dataclass(frozen=True, slots=True)
class EventAnswer:
    """What a receiver answered: the status code, and with 400 its error code (RFC 8935 section 2.4) or ""."""

    status: int
    error: str = ""


class EventReceiver(Protocol):
    """A way to the services' receivers of Security Event Tokens, pushed (RFC 8935)."""

    def push(self, endpoint: str, token: bytes, *, bearer: str | None, sandbox: bool) -> EventAnswer:
        """Deliver one signed token (RFC 8417, compact), over a connection of its own.

        Raises Refused for an endpoint that may not be reached: anything but https at a public or listed address,
        and for a sandbox tenant http on loopback besides.
        """
        ...


class LogoutReceiver(Protocol):
    """A way to tell services that a session is over (OpenID Connect Back-Channel Logout 1.0)."""

    def tell(self, uri: str, token: bytes, *, sandbox: bool) -> int:
        """Deliver one logout token (compact) as a form, over a connection of its own; the status answered.

        Raises as `EventReceiver.push` does.
        """
        ...


class KeySetSource(Protocol):
    """A way to the key sets that services publish (`jwks_uri`, RFC 7591 section 2)."""

    def fetch(self, uri: str, *, sandbox: bool) -> bytes:
        """The document at `uri`, unjudged, at most 64 KiB, within 3 seconds.

        Raises as `EventReceiver.push` does, and Garbled for any status but 200.
        """
        ...


class RequestObjectSource(Protocol):
    """A way to the request objects that services let lie on their own servers (RFC 9101 section 5.2)."""

    def fetch(self, uri: str, *, sandbox: bool) -> bytes:
        """The document at `uri`, unjudged, within the limits of `KeySetSource`. Raises as that does."""
        ...


class SectorSource(Protocol):
    """A way to the documents of sectors (`sector_identifier_uri`, OpenID Connect Registration 1.0 section 5)."""

    def fetch(self, uri: str, *, sandbox: bool) -> bytes:
        """As `KeySetSource.fetch`."""
        ...


class Reachability(Protocol):
    """A way to find out whether anybody answers at an address of a service."""

    def knock(self, uri: str, *, sandbox: bool) -> None:
        """Return when it answers, with whatever but a server's own failure, within 3 seconds.

        Raises Refused for an address that may not be asked from here, else Unreachable or Garbled.
        """
        ...


class TieAnswer(StrEnum):
    """What J-LIS says of the certificates of the other kind on the same card or phone."""

    TIED = "tied"
    """The named certificates stand beside it."""
    NONE = "none"
    """There never was one: children under 15 ordinarily have no signature certificate."""
    UNOBTAINABLE = "unobtainable"
    """The tie cannot be found any more."""


@dataclass(frozen=True, slots=True)
class Ties:
    """The answer of the ties port. `certificates`: of the other kind, the newest first; empty unless TIED.

    Whether they are revoked or over is not said: that is asked as of any certificate.
    """

    answer: TieAnswer
    certificates: tuple[CertificateName, ...] = ()


class TieSource(Protocol):
    """J-LIS's tie of user and signature certificates (証明書紐付け情報; the real interface is under NDA)."""

    def ask(self, certificate: CertificateName) -> Ties:
        """Which certificates of the other kind belong to the holder of `certificate`, on the same card or phone.

        Raises Refused when it was never issued.
        """
        ...


class LineageSource(Protocol):
    """J-LIS's linkage of old and new, card and phone certificates (the real interface is under NDA)."""

    def ask(self, certificate: CertificateName) -> Lineage:
        """Which other certificates belong to the person of `certificate`.

        Raises Refused when it was never issued.
        """
        ...


@dataclass(frozen=True, slots=True)
class LatestConsent:
    """A resident's consent that J-LIS tells a service what of their Basic 4 has changed.

    `service`: by which J-LIS knows the service, at most 64 characters. `items`: any of name, kana (its reading),
    address, birthdate and gender. `certificate` in DER; its key has signed `message`, which ends in the
    SHA-256 of the `statement` that the resident read.
    """

    service: str
    items: tuple[str, ...]
    statement: str = field(repr=False)
    message: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    certificate: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Latest:
    """What has changed: the newer signature certificate, and the items consented to as they are now.

    `values`: birthdate as YYYYMMDD, gender a digit. Both are empty while no newer certificate has been issued.
    """

    certificate: CertificateName | None = None
    values: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)


class LatestSource(Protocol):
    """J-LIS's latest-information service (最新の利用者情報提供; the real interface is under NDA)."""

    def agree(self, consent: LatestConsent) -> None:
        """Hand in a consent, in the place of an earlier one: for ten years, reckoned from the following day.

        Raises Refused for one that was not signed so by a good signature certificate.
        """
        ...

    def withdraw(self, certificate: CertificateName, service: str, items: tuple[str, ...] = ()) -> None:
        """The holder takes these items of the consent back, all of it where none is named: from now on nothing is
        told of them. Nothing to take back is no error.
        """
        ...

    def ask(self, certificate: CertificateName, service: str) -> Latest:
        """What has changed since `certificate`, which the service knows; each hit costs 20 yen.

        Raises Refused without a consent that counts.
        """
        ...
