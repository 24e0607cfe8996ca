"""The product's path engine behind the one signature that public vector sets are run with."""

import ipaddress
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from idp.jpki.path.engine import Evidence
from idp.jpki.path.engine import validate as judge
from idp.jpki.path.policy import (
    ANY_POLICY,
    MAX_DEPTH,
    ExpectedName,
    NameKind,
    PathPolicy,
    Revocation,
    purpose,
)
from idp.jpki.path.reasons import PathReason, PathRefusal
from idp.jpki.path.store import Purpose, TrustStore

_KEYS = {
    "revocation",
    "user_policies",
    "explicit_policy",
    "inhibit_mapping",
    "inhibit_any",
    "eku",
    "max_depth",
    "peer_name",
    "weak_ok",
}
_KINDS = {"dns": NameKind.DNS, "ip": NameKind.IP, "rfc822": NameKind.EMAIL, "email": NameKind.EMAIL}


def validate(
    chain_der: list[bytes],
    at_time: datetime,
    trust_anchors: list[bytes],
    crls: list[bytes],
    ocsp: list[bytes],
    policy: dict | None,
) -> dict:
    """Judge `chain_der[0]`; the rest of the chain is an unordered pool. Never raises."""
    try:
        store = TrustStore(Purpose.LGPKI, _policy(policy or {}), _bytes(trust_anchors))
        leaf, *pool = _bytes(chain_der)
        evidence = Evidence(tuple(pool), _bytes(crls), _bytes(ocsp))
        judge(leaf, evidence, store, at_time if at_time.tzinfo else at_time.replace(tzinfo=UTC))
    except PathRefusal as refusal:
        return {"ok": False, "reason": str(refusal.reason)}
    except Exception:  # noqa: BLE001  arguments that are no arguments; the engine's own tests allow it none of these
        return {"ok": False, "reason": str(PathReason.REQUEST_REFUSED)}
    return {"ok": True, "reason": "ok"}


def _bytes(items: list[bytes] | None) -> tuple[bytes, ...]:
    return tuple(bytes(memoryview(item)) for item in items or ())


def _policy(asked: Mapping[str, Any]) -> PathPolicy:
    if not set(asked) <= _KEYS:
        raise PathRefusal(PathReason.REQUEST_REFUSED, "unknown policy key")
    policies, depth = asked.get("user_policies"), asked.get("max_depth")
    return PathPolicy(
        revocation=Revocation(asked.get("revocation") or "off"),
        user_policies=frozenset({ANY_POLICY} if policies is None else map(_policy_oid, policies)),
        explicit_policy=bool(asked.get("explicit_policy")),
        inhibit_mapping=bool(asked.get("inhibit_mapping")),
        inhibit_any=bool(asked.get("inhibit_any")),
        purposes=frozenset(map(purpose, _several(asked.get("eku")))),
        max_depth=MAX_DEPTH if depth is None else int(depth),
        expected_names=tuple(map(_name, _several(asked.get("peer_name")))),
        weak_ok=bool(asked.get("weak_ok")),
    )


def _policy_oid(oid: str) -> str:
    return ANY_POLICY if oid in {"any_policy", "anyPolicy"} else oid


def _several(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple | set | frozenset) else [value]


def _name(asked: Any) -> ExpectedName:
    if isinstance(asked, Mapping):
        kind, value = _KINDS[str(asked["kind"]).lower()], str(asked["value"])
    else:
        value = str(asked)
        kind = NameKind.EMAIL if "@" in value else NameKind.IP if _is_address(value) else NameKind.DNS
    if kind is NameKind.IP:
        ipaddress.ip_address(value)
    return ExpectedName(kind, value)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
