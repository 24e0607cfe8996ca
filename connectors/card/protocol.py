"""The authenticator's half of the card login protocol, sections 2 to 4: bytes in, records or bytes out.

The layout of M is written a second time in `idp/jpki/proof.py`, and that under a statement in
`idp/jpki/consent_proof.py`, on purpose: known answers bind each two. Nothing here fetches.
"""

import hashlib
import json
import re
import unicodedata
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Literal, Self, cast

from connectors.card.link import Link
from connectors.errors import Garbled
from connectors.ports import CertificateKind

VERSION = "jpki-login/1"
CONSENT_VERSION = "jpki-consent/1"
"""Of a challenge whose statement is signed with the signature key (section 3, "Other contexts")."""
MOST_CHARACTERS = 4000
"""Of a statement: nobody reads more before they sign."""
ALGORITHM = "RS256"
MAX_BYTES = 64 * 1024
"""Section "Encodings": a JSON body is one object of at most 64 KiB."""

Channel = Literal["same-device", "cross-device", "counter"]
DeviceHint = Literal["reader", "phone", "phone-chip"]
_CHANNELS = ("same-device", "cross-device", "counter")
_BASIC_4 = frozenset({"name", "address", "birthdate", "gender"})
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")


def message(issuer: str, origin: str, transaction: str, nonce: bytes, attributes: bytes = b"") -> bytes:
    """M of section 3, 173 bytes. `nonce`: its 32 raw bytes; `attributes`: the raw bytes of EF 0002."""
    parts = (issuer.encode(), origin.encode(), transaction.encode(), nonce, attributes)
    return VERSION.encode() + b"\0" + b"".join(hashlib.sha256(part).digest() for part in parts)


def consent_message(issuer: str, origin: str, transaction: str, nonce: bytes, statement: str) -> bytes:
    """What the signature key signs, 175 bytes. `statement`: exactly what the person was shown."""
    parts = (issuer.encode(), origin.encode(), transaction.encode(), nonce, statement.encode())
    return CONSENT_VERSION.encode() + b"\0" + b"".join(hashlib.sha256(part).digest() for part in parts)


@dataclass(frozen=True, slots=True)
class Office:
    """Who helps, in one language; each member is one line, or empty."""

    desk: str = ""
    telephone: str = ""
    hours: str = ""
    bring: str = ""
    paper: str = ""


@dataclass(frozen=True, slots=True)
class Challenge:
    """A server's challenge (section 2), checked against the LINK that it was fetched from.

    `origin` is the link's, never a JSON value; `claim` is present only in the answer that claims a QR handle,
    `modes` only where a counter terminal asks: how it may ask the person; so are `offices`, who helps there, by
    BCP 47 tag, and `help_url`, which leads to the issuer. `statement`: what is to be signed with the signature
    key, lines parted by LF; None for a login.
    The texts hold no control characters and may be shown as they are.
    """

    issuer: str
    origin: str
    transaction: str
    nonce: bytes
    expires_at: datetime
    channel: Channel
    tenant_name: str
    service_name: str
    service_purpose: str
    """Empty where the service states none."""
    attributes: tuple[str, ...]
    certificate_types: tuple[str, ...]
    claim: str | None
    modes: tuple[str, ...] = ()
    offices: Mapping[str, Office] = field(default_factory=dict)
    help_url: str | None = None
    statement: str | None = field(default=None, repr=False)

    @property
    def kind(self) -> CertificateKind:
        """Whose key signs."""
        return CertificateKind.USER if self.statement is None else CertificateKind.SIGNATURE

    @classmethod
    def parse(cls, unverified_body: bytes, link: Link) -> Self:
        """Read a challenge strictly. Raises Garbled for another version, issuer, type or size."""
        unverified = strict_object(unverified_body)
        version = unverified.get("version")
        if version not in (VERSION, CONSENT_VERSION):
            raise Garbled("the challenge is of a version unknown here")
        if unverified.get("issuer") != link.issuer:
            raise Garbled("the challenge names another issuer than its address")
        channel = _text(unverified, "channel")
        if channel not in _CHANNELS:
            raise Garbled("the challenge has an unknown channel")
        tenant, service = _member(unverified, "tenant"), _member(unverified, "service")
        attributes = _texts(unverified, "attributes")
        closed = channel == "cross-device" or version == CONSENT_VERSION
        if version == CONSENT_VERSION and channel == "counter":
            raise Garbled("statements are signed on a device of one's own")
        if not _BASIC_4.issuperset(attributes) or (attributes and closed):
            raise Garbled("the challenge asks for attributes that may not be asked for")
        claim = unverified.get("claim")
        return cls(
            issuer=link.issuer,
            origin=link.origin,
            transaction=_text(unverified, "transaction"),
            nonce=random_bytes(unverified.get("nonce"), 32),
            expires_at=_time(unverified.get("expires_at")),
            channel=cast(Channel, channel),
            tenant_name=_text(tenant, "name"),
            service_name=_text(service, "name"),
            service_purpose=_text(service, "purpose", least=0),
            attributes=attributes,
            certificate_types=_texts(unverified, "certificate_types"),
            claim=None if claim is None else base64url(random_bytes(claim, 16)),
            modes=_texts(unverified, "modes") if channel == "counter" and "modes" in unverified else (),
            offices=_offices(tenant) if channel == "counter" else {},
            help_url=_help_url(tenant, link) if channel == "counter" else None,
            statement=_statement(unverified) if version == CONSENT_VERSION else None,
        )

    def message(self, attributes: bytes = b"") -> bytes:
        """What the card signs over this challenge. `attributes` only where it asks for some."""
        if self.statement is not None:
            return consent_message(self.issuer, self.origin, self.transaction, self.nonce, self.statement)
        return message(self.issuer, self.origin, self.transaction, self.nonce, attributes)


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The server's answer to an accepted proof (section 4).

    `return_url` leads to the issuer (same device); `code` has six digits. At least one is there.
    """

    return_url: str | None
    code: str | None

    @classmethod
    def parse(cls, unverified_body: bytes, link: Link) -> Self:
        """Read the answer. Raises Garbled when it is not one, or when `return_url` would lead elsewhere."""
        unverified = strict_object(unverified_body)
        return_url, code = unverified.get("return_url"), unverified.get("code")
        if unverified.get("status") != "accepted" or (return_url is None and code is None):
            raise Garbled("the answer to the proof is not one of the protocol")
        if code is not None and not (isinstance(code, str) and re.fullmatch(r"[0-9]{6}", code)):
            raise Garbled("the code has not six digits")
        if return_url is not None and not (isinstance(return_url, str) and link.leads_home(return_url)):
            raise Garbled("the return address does not belong to the issuer")
        return cls(return_url, code)


def proof_body(*, certificate: bytes, signature: bytes, device: DeviceHint, attributes: bytes = b"") -> bytes:
    """The JSON body of a proof (section 3). `certificate` in DER; `attributes` empty unless asked for."""
    record: dict[str, object] = {
        "certificate": b64encode(certificate).decode(),
        "algorithm": ALGORITHM,
        "signature": base64url(signature),
        "device": device,
    }
    if attributes:
        record["input_support"] = {"ef0002": b64encode(attributes).decode()}
    return json.dumps(record).encode()


def base64url(raw: bytes) -> str:
    """RFC 4648 section 5, without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def strict_object(unverified_body: bytes) -> Mapping[str, object]:
    """One JSON object of at most 64 KiB in UTF-8 without duplicate members. Raises Garbled otherwise."""
    if len(unverified_body) > MAX_BYTES:
        raise Garbled("the answer is too large")
    try:
        value = json.loads(unverified_body.decode(), object_pairs_hook=_without_duplicates)
    except (ValueError, RecursionError) as error:
        raise Garbled("the answer is not JSON") from error
    if not isinstance(value, dict):
        raise Garbled("the answer is not a JSON object")
    return value


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate member")
    return members


def _member(unverified: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = unverified.get(name)
    if not isinstance(value, dict):
        raise Garbled(f"the challenge has no {name}")
    return value


def _offices(tenant: Mapping[str, object]) -> Mapping[str, Office]:
    stated = tenant.get("offices", {})
    if not isinstance(stated, dict) or not all(isinstance(office, dict) for office in stated.values()):
        raise Garbled("the challenge has no proper offices")
    names = [member.name for member in fields(Office)]
    return {
        tag: Office(**{name: _text(office, name) for name in names if office.get(name)})
        for tag, office in stated.items()
    }


def _help_url(tenant: Mapping[str, object], link: Link) -> str | None:
    stated = tenant.get("help")
    if stated is None:
        return None
    if not isinstance(stated, str) or not link.leads_home(stated):
        raise Garbled("the help of the challenge does not belong to the issuer")
    return stated


def _text(unverified: Mapping[str, object], name: str, *, least: int = 1) -> str:
    """A text of `least` to 400 characters that may be shown on a terminal."""
    # U+3000, the Japanese space, is ordinary in names but not printable to Python.
    value = unverified.get(name)
    if (
        not isinstance(value, str)
        or not least <= len(value) <= 400
        or not value.replace("\u3000", "x").isprintable()
    ):
        raise Garbled(f"the challenge has no proper {name}")
    return value


def _statement(unverified: Mapping[str, object]) -> str:
    """Every character of it is seen on a screen, or it is not shown and not signed."""
    value = unverified.get("statement")
    if not isinstance(value, str) or not 0 < len(value) <= MOST_CHARACTERS:
        raise Garbled("the challenge has no proper statement")
    categories = {unicodedata.category(character) for character in value.replace("\n", "")}
    if categories & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}:
        raise Garbled("the statement holds characters that are not shown")
    return value


def _texts(unverified: Mapping[str, object], name: str) -> tuple[str, ...]:
    values = unverified.get(name)
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise Garbled(f"the challenge has no proper {name}")
    return tuple(values)


def random_bytes(unverified: object, size: int) -> bytes:
    """A random value of that size in its one spelling. Raises Garbled."""
    if isinstance(unverified, str) and _BASE64URL.fullmatch(unverified) and len(unverified) == -(-size * 4 // 3):
        raw = urlsafe_b64decode(unverified + "=" * (-len(unverified) % 4))
        if base64url(raw) == unverified:
            return raw
    raise Garbled(f"a random value of the challenge is not {size} bytes in base64url")


def _time(unverified: object) -> datetime:
    try:
        moment = datetime.fromisoformat(cast(str, unverified))
    except (TypeError, ValueError) as error:
        raise Garbled("expires_at is no time") from error
    if moment.tzinfo is None:
        raise Garbled("expires_at has no time zone")
    return moment
