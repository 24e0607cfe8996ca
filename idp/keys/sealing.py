"""A tenant's data keys in memory: what is stored sealed, and the keyed indexes that find it again.

The keys are random, wrapped by the custody of `connectors.ports.Keys`, and never stored or logged in clear.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from copy import copy
from datetime import datetime
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from msgspec import Struct

from connectors.ports import CertificateKind
from ppid.encoding import length_prefixed

KEY_BYTES = 32
_NONCE_BYTES = 12
SEAL = "seal"
LABELS = (SEAL, "index", "audit")
"""One data key per use, so that the holder of an index key cannot open what is sealed."""
FIRST_GENERATION = 1
_GENERATION_BYTES = 4


class SealBroken(Exception):
    """Sealed bytes that were altered, or moved to another tenant, row or field."""


class Place(Struct, frozen=True):
    """Where sealed bytes live; bound as associated data. `row` is the row's key within the table."""

    table: str
    row: bytes
    field: str


@cache
def _around_row(tenant_id: bytes, table: str, field: str) -> tuple[bytes, bytes]:
    """What the associated data of all rows of a tenant's table have in common."""
    return length_prefixed(tenant_id, table.encode()), length_prefixed(field.encode())


class _Macs:
    """HMAC-SHA-256 under one key of a tenant, over length-prefixed parts: a label, the tenant, what is given.

    Label and tenant are hashed once; what is given for that label goes into a copy of that.
    """

    def __init__(self, key: bytes, tenant_id: bytes) -> None:
        self._key = HMAC(key, SHA256())
        self._tenant_id = tenant_id
        self._begun: dict[bytes, HMAC] = {}

    def of(self, label: bytes, *parts: bytes) -> bytes:
        """The 32 bytes. `label`: what they are for; one of a few."""
        mac = (self._begun.get(label) or self._begin(label)).copy()
        mac.update(length_prefixed(*parts))
        return mac.finalize()

    def _begin(self, label: bytes) -> HMAC:
        begun = self._key.copy()
        begun.update(length_prefixed(label, self._tenant_id))
        return self._begun.setdefault(label, begun)


class TenantKeys:
    """The opened data keys of one tenant. Of the key that seals there are generations: all open, one seals."""

    def __init__(
        self,
        tenant_id: str,
        keys: Mapping[str, bytes],
        token_bytes: Callable[[int], bytes],
        *,
        generations: Mapping[int, bytes] | None = None,
        sealing: int = FIRST_GENERATION,
    ) -> None:
        """`generations`: the keys that seal; left out, `keys` has the first one. `sealing`: which one seals."""
        self._tenant_id = tenant_id.encode()
        seals = {FIRST_GENERATION: keys[SEAL]} if generations is None else generations
        self._aeads = {generation: AESGCM(key) for generation, key in seals.items()}
        self._sealing = sealing
        self._index = _Macs(keys["index"], self._tenant_id).of
        self._audit = _Macs(keys["audit"], self._tenant_id).of
        self._token_bytes = token_bytes

    @property
    def generations(self) -> frozenset[int]:
        """Under which generations sealed bytes open."""
        return frozenset(self._aeads)

    @property
    def sealing(self) -> int:
        """The generation that seals."""
        return self._sealing

    def with_generations(self, opened: Mapping[int, bytes], *, kept: Iterable[int], sealing: int) -> "TenantKeys":
        """The same keys with other generations: of those held the `kept` ones, and `opened` besides."""
        changed = copy(self)
        held = {generation: self._aeads[generation] for generation in kept}
        changed._aeads = held | {generation: AESGCM(key) for generation, key in opened.items()}
        changed._sealing = sealing
        return changed

    def seal(self, place: Place, plaintext: bytes) -> bytes:
        """The generation in 4 bytes, a random 96-bit nonce, AES-256-GCM ciphertext with its tag."""
        nonce = self._token_bytes(_NONCE_BYTES)
        sealed = self._aeads[self._sealing].encrypt(nonce, plaintext, self._associated_data(place))
        return self._sealing.to_bytes(_GENERATION_BYTES, "big") + nonce + sealed

    def open(self, place: Place, sealed: bytes) -> bytes:
        """Undo `seal`. Raises SealBroken unless tenant, place and bytes are those that were sealed.

        Bytes of the first form name no generation: they begin with their nonce, and are of the first one.
        """
        named = self._open_under(
            int.from_bytes(sealed[:_GENERATION_BYTES], "big"), place, sealed[_GENERATION_BYTES:]
        )
        if named is None:
            named = self._open_under(FIRST_GENERATION, place, sealed)
        if named is None:
            raise SealBroken(place.table)
        return named

    def resealed(self, place: Place, sealed: bytes) -> bytes | None:
        """The same sealed anew, or None when it is under the sealing generation already. Raises as `open`."""
        named = int.from_bytes(sealed[:_GENERATION_BYTES], "big")
        if named == self._sealing and self._open_under(named, place, sealed[_GENERATION_BYTES:]) is not None:
            return None
        return self.seal(place, self.open(place, sealed))

    def _open_under(self, generation: int, place: Place, sealed: bytes) -> bytes | None:
        aead = self._aeads.get(generation)
        if aead is None:
            return None
        nonce, ciphertext = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return aead.decrypt(nonce, ciphertext, self._associated_data(place))
        except (InvalidTag, ValueError):
            return None

    def cert_index(self, kind: CertificateKind, anchor_spki_sha256: bytes, serial: int) -> bytes:
        """Finds a certificate's row: HMAC over (kind, issuing key, serial), never a plain hash of a serial."""
        minimal = serial.to_bytes((serial.bit_length() + 7) // 8 or 1, "big")
        return self._index(b"cert-index/1", kind.encode(), anchor_spki_sha256, minimal)

    def key_index(self, public_key_sha256: bytes) -> bytes:
        """Tells whether a certificate row belongs to this very public key."""
        return self._index(b"key-index/1", public_key_sha256)

    def person_index(self, handle: bytes) -> bytes:
        """Finds the row of a person, to which no other row refers."""
        return self._index(b"person-index/1", handle)

    def pair_index(self, sector_id: str, handle: bytes) -> bytes:
        """Finds the pair of a sector and a person."""
        return self._index(b"pair-index/1", sector_id.encode(), handle)

    def ended_pair_index(self, pair_id: bytes) -> bytes:
        """Takes the place of a pair's index once it has ended: nothing joins it to the one that follows."""
        return self._index(b"pair-ended/1", pair_id)

    def former_index(self, client_id: str, pair_index: bytes) -> bytes:
        """Finds what one client knew the person of a pair by before."""
        return self._index(b"former-number/1", client_id.encode(), pair_index)

    def transfer_index(self, code: str) -> bytes:
        """What is kept of a transfer code."""
        return self._index(b"transfer-code/1", code.encode())

    def reference_index(self, reference: str) -> bytes:
        """What is kept of a reference by which officers name a person."""
        return self._index(b"person-reference/1", reference.encode())

    def resident_code_index(self, code: str) -> bytes:
        """Finds the code that a resident chose."""
        return self._index(b"resident-code/1", code.encode())

    def resident_code_mark(self, handle: bytes) -> bytes:
        """Tells whether a person has a code; it is like no other index of theirs."""
        return self._index(b"resident-code-person/1", handle)

    def agent_mark(self, role: str, handle: bytes) -> bytes:
        """Finds the representations in which a person has that role; it is like no other index of theirs."""
        return self._index(b"agent-party/1", role.encode(), handle)

    def agent_code_index(self, code: str) -> bytes:
        """What is kept of a code by which somebody becomes another's agent."""
        return self._index(b"agent-code/1", code.encode())

    def sign_in_id_index(self, sign_in_id: str) -> bytes:
        """Finds an ID with which somebody signs in by password."""
        return self._index(b"sign-in-id/1", sign_in_id.encode())

    def sign_in_id_mark(self, handle: bytes) -> bytes:
        """Finds a person's own ID; it is like no other index of theirs."""
        return self._index(b"sign-in-id-person/1", handle)

    def company_index(self, corporate_number: str) -> bytes:
        """Finds a company."""
        return self._index(b"company/1", corporate_number.encode())

    def organization_id_index(self, sign_in_id: str) -> bytes:
        """Finds an ID with which somebody signs in for an organization."""
        return self._index(b"organization-id/1", sign_in_id.encode())

    def organization_mark(self, corporate_number: str) -> bytes:
        """Finds the IDs of a company, or with the empty number those of the staff."""
        return self._index(b"organization-id-of/1", corporate_number.encode())

    def inquiry_index(self, arrival_number: str, inquiry_number: str) -> bytes:
        """What is kept of the secret number of a receipt."""
        return self._index(b"receipt-inquiry/1", arrival_number.encode(), inquiry_number.encode())

    def passkey_index(self, credential_id: bytes) -> bytes:
        """Finds a passkey by its credential id."""
        return self._index(b"passkey/1", credential_id)

    def passkey_mark(self, handle: bytes) -> bytes:
        """Finds a person's passkeys; it is like no other index of theirs."""
        return self._index(b"passkey-person/1", handle)

    def passkey_user(self, handle: bytes) -> bytes:
        """What an authenticator takes for the person (`user.id`): no row holds it."""
        return self._index(b"passkey-user/1", handle)

    def source_tag(self, address: str) -> str:
        """A network address in the counters of tries: whoever reads those learns none."""
        return self._index(b"source/1", address.encode())[:16].hex()

    def own_pages_mark(self, handle: bytes) -> bytes:
        """Finds the sign-ins of a person to their own pages; it is like no other index of theirs."""
        return self._index(b"own-pages-person/1", handle)

    def own_form(self, session_digest: bytes, what: str) -> str:
        """What a form of somebody's own pages bears: another value for every session and every thing in it."""
        return self._index(b"own-form/1", session_digest, what.encode())[:16].hex()

    def attribute_mark(self, client_id: str, handle: bytes, name: str, value: str) -> str:
        """Tells whether an attribute of a person is what one client received last, and nothing else of it."""
        return self._index(b"attribute/1", client_id.encode(), handle, name.encode(), value.encode()).hex()

    def request_index(self, client_id: str, *parts: bytes) -> bytes:
        """Tells a client's idempotency key, or the request made with it, again: neither is stored in clear."""
        return self._index(b"request/1", client_id.encode(), *parts)

    def number_index(self, client_id: str, number: str) -> bytes:
        """Finds a service's own user number; the same number is another value for every other service."""
        return self._index(b"user-number/1", client_id.encode(), number.encode())

    def carried_number_id(self, migration_id: str, client_id: str, number_index: bytes) -> bytes:
        """The row's id of a user number that a merger brought: 16 bytes by which it is told from others."""
        return self._index(b"carried-number/1", migration_id.encode(), client_id.encode(), number_index)[:16]

    def claim_mac(self, client_id: str, number: str, claim: str) -> bytes:
        """What is kept of the code by which somebody shows that a user number is theirs."""
        return self._index(b"user-number-claim/1", client_id.encode(), number.encode(), claim.encode())

    def code_mac(self, transaction_id: str, code: str) -> str:
        """What is kept of the six digits of a login: without the key a million guesses tell nothing."""
        return self._index(b"login-code/1", transaction_id.encode(), code.encode()).hex()

    def browser_mark(self, browser: str, handle: bytes) -> str:
        """Tells a person again in one browser, and nowhere else."""
        return self._index(b"browser/1", browser.encode(), handle)[:16].hex()

    def session_id(self, client_id: str, session_digest: bytes) -> str:
        """`sid` of a session for one client: another value for every client, so that it joins nobody."""
        return self._index(b"sid/1", client_id.encode(), session_digest)[:16].hex()

    def dpop_nonce(self, span: int) -> str:
        """The nonce that proofs of one span of time have to bear (`idp/oidc/binding/proofs.py`)."""
        return self._index(b"dpop-nonce/1", span.to_bytes(8, "big"))[:16].hex()

    def audit_mac(self, *parts: bytes) -> bytes:
        """HMAC-SHA-256 of an audit entry's fields, length-prefixed."""
        return self._audit(b"audit/1", *parts)

    def audit_tag(self, client_id: str, at: datetime, cert_index: bytes) -> str:
        """A name for a person inside one service's audit of the month of that moment, meaningless elsewhere."""
        month = f"{at.year:04}-{at.month:02}"  # `%Y-%m`, which takes six times as long
        tag = self._audit(b"audit-tag/1", client_id.encode(), month.encode(), cert_index)
        return tag[:12].hex()

    def evidence_tag(self, transaction_id: str, digest: bytes) -> str:
        """The digest of an OCSP answer or list inside one transaction, meaningless elsewhere."""
        return self._audit(b"evidence-tag/1", transaction_id.encode(), digest).hex()

    def officer_digest(self, officer_id: str, token_sha256: bytes) -> bytes:
        """What is stored of an officer's token: a row written into the database makes nobody an officer."""
        return self._audit(b"officer/1", officer_id.encode(), token_sha256)

    def approval_mac(self, *parts: bytes) -> bytes:
        """HMAC-SHA-256 over what an officer approved, length-prefixed."""
        return self._audit(b"approval/1", *parts)

    def trust_mac(self, *parts: bytes) -> bytes:
        """HMAC-SHA-256 over a row that decides whom the tenant trusts, length-prefixed."""
        return self._audit(b"trust-row/1", *parts)

    def ledger_mac(self, *parts: bytes) -> bytes:
        """HMAC-SHA-256 over a row of the ledger and the MAC of the one before, length-prefixed."""
        return self._audit(b"ledger/1", *parts)

    def audit_signing_seed(self) -> bytes:
        """32 bytes from which the key that signs the audit chain's heads is made."""
        return self._audit(b"audit-head/1")

    def _associated_data(self, place: Place) -> bytes:
        before, after = _around_row(self._tenant_id, place.table, place.field)
        return before + length_prefixed(place.row) + after


def digest(value: str) -> bytes:
    """SHA-256 of a random value of at least 128 bits (code, token, cookie, PPID), for storing instead of it."""
    return hashlib.sha256(value.encode()).digest()
