"""`idp crl load|status --purpose`: revocation lists of multi-tier stores."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from idp.cli.context import tenant_of
from idp.cli.files import read_file
from idp.cli.output import CommandFailed, Exit
from idp.compose import Product
from idp.jpki.crl_refused import CrlRefused
from idp.tenants.tenancy import Tenant
from idp.trust.changes import known_purpose
from idp.trust.lists import MAX_BYTES, ListFacts, LoadedList, facts

STATUS = ("issuer", "crl_number", "this_update", "next_update", "entries", "state")
COLUMNS = ("file", "state", "reason", "detail", "issuer", "crl_number", "this_update", "next_update", "entries")


def load_lists(product: Product, tenant: str | None, purpose: str, files: Sequence[Path]) -> list[dict[str, Any]]:
    """What became of each file: loaded, unchanged or refused. Raises CommandFailed, NotAllowed."""
    of = _tenant(product, tenant)
    known_purpose(purpose)
    rows = []
    for file in files:
        content = read_file(file, max_bytes=MAX_BYTES)
        try:
            rows.append(_row(file, product.trust.lists.load(of, purpose, content)))
        except CrlRefused as refused:
            said = {"file": str(file), "state": "refused", "reason": refused.reason, "detail": refused.detail}
            rows.append(dict.fromkeys(COLUMNS, "") | said)
    return rows


def list_rows(product: Product, tenant: str | None, purpose: str) -> list[dict[str, Any]]:
    """The lists of a store in use, fresh or stale. Raises CommandFailed, NotAllowed."""
    of = _tenant(product, tenant)
    now = product.now()
    found = [facts(der) for der in product.trust.stores.content(of, known_purpose(purpose)).lists]
    return [_said(each) | {"state": "fresh" if now <= each.next_update else "stale"} for each in found]


def _tenant(product: Product, tenant: str | None) -> Tenant:
    if tenant is None:
        raise CommandFailed("--purpose goes with --tenant", Exit.USAGE)
    return tenant_of(product, tenant)


def _row(file: Path, loaded: LoadedList) -> dict[str, Any]:
    state = "unchanged" if loaded.unchanged else "loaded"
    return {"file": str(file), "state": state, "reason": "", "detail": ""} | _said(loaded.facts)


def _said(about: ListFacts) -> dict[str, Any]:
    return {
        "issuer": about.issuer,
        "crl_number": about.number,
        "this_update": about.this_update.isoformat(),
        "next_update": about.next_update.isoformat(),
        "entries": about.entries,
    }
