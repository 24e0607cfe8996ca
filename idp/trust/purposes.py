"""The purposes of multi-tier trust stores and their policies, as data: what every path of a purpose must satisfy.

Policy object identifiers are not public or differ by contract. A purpose therefore accepts none until two officers
have stated them, and with none every path is refused: an explicit policy is required (RFC 5280 section 6.1.1).
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509

from idp.jpki.path.policy import MAX_DEPTH, PathPolicy
from idp.jpki.path.store import STORES, Purpose

MAX_POLICIES, MAX_RESPONDERS = 16, 4


class PolicyRefused(ValueError):
    """A statement about a purpose that cannot be kept; the sentence says why."""


class Required(StrEnum):
    """Which evidence every tier below the anchor must have."""

    CRL = "crl"
    OCSP = "ocsp"
    EITHER = "crl-or-ocsp"


@dataclass(frozen=True, slots=True)
class PurposePolicy:
    """What two officers may state of a purpose; the rest is the table's.

    `user_policies`, `extended_key_usages`: OIDs, of which a leaf must have one and all respectively. `max_depth`:
    intermediates that are not self-issued. `responders`: OCSP URLs, the only ones ever asked.
    """

    user_policies: tuple[str, ...] = ()
    extended_key_usages: tuple[str, ...] = ()
    max_depth: int = MAX_DEPTH
    revocation: Required = Required.CRL
    responders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PurposeRow:
    """One row. `fixed`: what nobody changes, mapping among it; `default`: what holds before anything is stated."""

    title: str
    fixed: PathPolicy
    default: PurposePolicy
    max_answer_age: timedelta = timedelta(hours=12)
    """Of an OCSP answer without our nonce, whatever its own nextUpdate says."""


def _row(title: str, purpose: Purpose, *, mapping: bool = False) -> PurposeRow:
    fixed = replace(STORES[purpose].policy, inhibit_mapping=not mapping)
    return PurposeRow(title=title, fixed=fixed, default=PurposePolicy(max_depth=fixed.max_depth))


PURPOSES: Mapping[str, PurposeRow] = MappingProxyType(
    {
        "commercial-registration": _row("商業登記に基づく電子認証", Purpose.COMMERCIAL_REGISTRATION),
        "accredited": _row("認定認証業務（民間認証局）", Purpose.ACCREDITED_PRIVATE),
        "lgpki": _row("地方公共団体組織認証基盤", Purpose.LGPKI, mapping=True),
        "timestamp": _row("時刻認証業務", Purpose.TIMESTAMP),
    }
)
"""Mapping is for LGPKI alone, whose bridge needs it (RFC 5280 section 4.2.1.5)."""


def path_policy(purpose: str, stated: PurposePolicy) -> PathPolicy:
    """RFC 5280's inputs for one purpose; the kind of revocation evidence is chosen by the caller."""
    return replace(
        PURPOSES[purpose].fixed,
        user_policies=frozenset(stated.user_policies),
        purposes=PURPOSES[purpose].fixed.purposes | frozenset(stated.extended_key_usages),
        max_depth=stated.max_depth,
    )


def require_purpose(name: str) -> str:
    """The same name. Raises PolicyRefused for one that is not in the table."""
    if name not in PURPOSES:
        raise PolicyRefused(f"a purpose is one of {', '.join(PURPOSES)}")
    return name


def read_policy(purpose: str, text: str) -> PurposePolicy:
    """What was stated, as JSON, over the purpose's default. Raises PolicyRefused."""
    try:
        return from_values(purpose, json.loads(text))
    except (ValueError, RecursionError) as error:
        if isinstance(error, PolicyRefused):
            raise
        raise PolicyRefused("the policy is not JSON") from error


def write_policy(policy: PurposePolicy) -> str:
    """A policy as it is stored."""
    return json.dumps(values_of(policy), sort_keys=True)


def values_of(policy: PurposePolicy) -> dict[str, Any]:
    """A policy as plain JSON values."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(policy).items()}


def from_values(purpose: str, stated: object) -> PurposePolicy:
    """A policy from plain JSON values over the purpose's default. Raises PolicyRefused."""
    row = PURPOSES[require_purpose(purpose)]
    if not isinstance(stated, dict) or not set(stated) <= {field.name for field in fields(PurposePolicy)}:
        raise PolicyRefused("this is no policy of a purpose")
    said = values_of(row.default) | stated
    return _whole(
        PurposePolicy(
            user_policies=_texts(said["user_policies"]),
            extended_key_usages=_texts(said["extended_key_usages"]),
            max_depth=_depth(said["max_depth"], row.fixed.max_depth),
            revocation=_required(said["revocation"]),
            responders=_texts(said["responders"]),
        )
    )


def _whole(policy: PurposePolicy) -> PurposePolicy:
    for oid in (*policy.user_policies, *policy.extended_key_usages):
        try:
            x509.ObjectIdentifier(oid)
        except ValueError as error:
            raise PolicyRefused("a policy and a key usage are object identifiers") from error
    if len(policy.user_policies) > MAX_POLICIES or len(policy.extended_key_usages) > MAX_POLICIES:
        raise PolicyRefused(f"at most {MAX_POLICIES} object identifiers")
    if len(policy.responders) > MAX_RESPONDERS or not all(map(_is_responder, policy.responders)):
        raise PolicyRefused(
            f"at most {MAX_RESPONDERS} responders, each an http or https URL without user and query"
        )
    if policy.revocation is Required.OCSP and not policy.responders:
        raise PolicyRefused("revocation by OCSP alone needs a responder")
    return policy


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise PolicyRefused("object identifiers and responders are lists of texts")
    return tuple(dict.fromkeys(value))


def _depth(value: object, greatest: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= greatest:
        raise PolicyRefused(f"a depth of this purpose is 0 to {greatest}")
    return value


def _required(value: object) -> Required:
    try:
        return Required(str(value))
    except ValueError as error:
        raise PolicyRefused(f"revocation is one of {', '.join(Required)}") from error


def _is_responder(url: str) -> bool:
    """http is allowed as RFC 6960 has it: answers are signed."""
    try:
        parts = urlsplit(url)
        port_is_well_formed = parts.port is None or parts.port > 0
    except ValueError:
        return False
    plain = all("!" <= character <= "~" for character in url) and not (parts.query or parts.fragment)
    return bool(parts.scheme in ("http", "https") and parts.hostname and port_is_well_formed) and (
        plain and "@" not in parts.netloc
    )
