"""Trust stores per purpose, as data: anchors that the operator loads, and what a leaf of that purpose must be.

Policy object identifiers marked "operator" are not public or differ by contract: the store refuses every path
until somebody who knows has configured them, because an explicit policy is required and the set is empty.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

from idp.jpki.path.policy import PURPOSES, PathPolicy, Revocation


class Purpose(StrEnum):
    """What a trust store is for; an anchor of one purpose is worth nothing for another."""

    JPKI_USER = "jpki-user"
    JPKI_SIGNATURE = "jpki-signature"
    COMMERCIAL_REGISTRATION = "commercial-registration"
    ACCREDITED_PRIVATE = "accredited-private"
    LGPKI = "lgpki"
    TIMESTAMP = "timestamp"


@dataclass(frozen=True, slots=True)
class TrustStore:
    """The anchors of one purpose (certificates in DER) and the policy that every path to them must satisfy."""

    purpose: Purpose
    policy: PathPolicy
    anchors: tuple[bytes, ...] = ()

    def with_anchors(self, anchors: Iterable[bytes]) -> "TrustStore":
        """The same store with these anchors in place of its own."""
        return replace(self, anchors=tuple(anchors))

    def with_policies(self, oids: Iterable[str]) -> "TrustStore":
        """The same store that accepts exactly these certificate policies."""
        return replace(self, policy=replace(self.policy, user_policies=frozenset(oids)))


_STRICT = PathPolicy(explicit_policy=True, user_policies=frozenset())
_ONE_TIER = replace(_STRICT, inhibit_mapping=True, inhibit_any=True, max_depth=0)
_SIGNING = replace(_STRICT, key_usage=frozenset({"digital_signature"}))

_STORES = (
    TrustStore(
        Purpose.JPKI_USER,
        replace(
            _ONE_TIER,
            user_policies=frozenset({"1.2.392.200149.8.5.1.3.30"}),
            purposes=frozenset({PURPOSES["client_auth"]}),
            key_usage=frozenset({"digital_signature"}),
            revocation=Revocation.OCSP,
        ),
    ),
    TrustStore(
        Purpose.JPKI_SIGNATURE,
        replace(
            _ONE_TIER,
            user_policies=frozenset({"1.2.392.200149.8.5.1.1.20"}),
            key_usage=frozenset({"digital_signature", "content_commitment"}),
        ),
    ),
    # operator: policies of the Ministry of Justice's registration CA
    TrustStore(Purpose.COMMERCIAL_REGISTRATION, replace(_SIGNING, max_depth=1)),
    # operator: one policy per accredited authority
    TrustStore(Purpose.ACCREDITED_PRIVATE, replace(_SIGNING, max_depth=2)),
    # operator: LGPKI's policies; the bridge maps them, so mapping stays allowed
    TrustStore(Purpose.LGPKI, replace(_SIGNING, max_depth=4)),
    # operator: policies of accredited time stamping services; the key usage is that of RFC 3161 section 2.3
    TrustStore(Purpose.TIMESTAMP, replace(_SIGNING, max_depth=3, purposes=frozenset({PURPOSES["time_stamping"]}))),
)
STORES: Mapping[Purpose, TrustStore] = MappingProxyType({store.purpose: store for store in _STORES})
"""Every purpose without anchors: nothing is trusted until an operator loads some."""
