"""Lists, indexes and issuers as the rows that `idp crl` prints."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from asn1crypto.x509 import Name

from idp.jpki.crl_refused import CrlRefused
from idp.jpki.trust import Anchor
from idp.store.crl_index.catalogue import Catalogue, Loaded
from idp.store.crl_index.layout import Facts
from idp.store.crl_index.lists import is_fresh


def loaded_row(file: str, outcome: Loaded | CrlRefused) -> dict[str, Any]:
    """What became of one file: loaded, unchanged or refused."""
    if isinstance(outcome, CrlRefused):
        facts = dict.fromkeys(
            ("issuer_key_id", "shard", "crl_number", "this_update", "next_update", "entries"), ""
        )
        return {"file": file, "state": "refused", "reason": outcome.reason, "detail": outcome.detail} | facts
    state = "unchanged" if outcome.unchanged else "loaded"
    return {"file": file, "state": state, "reason": "", "detail": ""} | _facts(outcome.facts)


def status_row(catalogue: Catalogue, name: str, now: datetime, *, sound: bool) -> dict[str, Any]:
    """One index: fresh, stale, or why it cannot be used. `sound`: compare the hash of its tables."""
    try:
        index = catalogue.index(name)
        if sound:
            index.require_sound()
    except CrlRefused as refused:
        key_id, _, shard = name.partition(".")
        row = dict.fromkeys(("crl_number", "this_update", "next_update", "age_hours", "entries"), "")
        return row | {"issuer_key_id": key_id.partition("-")[0], "shard": shard, "state": refused.reason}
    facts = index.facts
    age = (now - facts.this_update).total_seconds() / 3600
    extra = {
        "age_hours": round(age, 1),
        "state": "fresh" if is_fresh(facts, now) else "stale",
        "distribution_point": "" if facts.point is None else _readable(facts.point),
        "loaded_at": facts.loaded_at.isoformat(),
        "tbs_sha256": facts.digest.hex(),
    }
    return _facts(facts) | extra


def issuer_rows(catalogue: Catalogue, anchors: Iterable[Anchor]) -> list[dict[str, Any]]:
    """The anchors with the number of their lists, then the unknown issuers. Raises CrlRefused."""
    known = [
        {
            "issuer_key_id": anchor.key_id.hex(),
            "kind": anchor.kind,
            "name": _readable(anchor.certificate.subject.public_bytes()),
            "lists": len(catalogue.of_anchor(anchor)),
            "state": "trusted",
            "offered_at": "",
        }
        for anchor in anchors
    ]
    trusted = {row["issuer_key_id"] for row in known}
    return known + [
        {
            "issuer_key_id": offered.key_id.hex(),
            "kind": "",
            "name": _readable(offered.name),
            "lists": 0,
            "state": "unknown",
            "offered_at": offered.offered_at.isoformat(),
        }
        for offered in catalogue.unknown_issuers()
        if offered.key_id.hex() not in trusted
    ]


def _facts(facts: Facts) -> dict[str, Any]:
    return {
        "issuer_key_id": facts.issuer_key_id.hex(),
        "shard": facts.shard,
        "crl_number": "" if facts.crl_number is None else facts.crl_number,
        "this_update": facts.this_update.isoformat(),
        "next_update": facts.next_update.isoformat(),
        "entries": facts.entries,
    }


def _readable(name: bytes) -> str:
    """A DER Name for people. An unknown issuer's may be anything: what cannot be printed is left out."""
    try:
        text = str(Name.load(name).human_friendly)
    except (ValueError, TypeError, KeyError):
        return ""
    return "".join(character for character in text if character.isprintable())[:200]
