"""Everything about trust, put together: who approves, what they can change, and the stores in use."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from connectors.ports import OcspSource
from idp.oversight.approval import Action, Approvals
from idp.oversight.audit import Auditor
from idp.oversight.officers import OfficerActs, Officers
from idp.store.crl_index.catalogue import Catalogue
from idp.store.engine import Store
from idp.tenants.administration import Administration
from idp.tenants.directory import Directory
from idp.trust.anchors import AnchorActs, Anchors
from idp.trust.changes import TrustActs, TrustChanges
from idp.trust.inventory import Inventory
from idp.trust.judging import TrustStores
from idp.trust.lists import TrustLists


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """The parts, for the command line, the worker and whoever judges certificates of other purposes."""

    approvals: Approvals
    officers: Officers
    anchors: Anchors
    changes: TrustChanges
    lists: TrustLists
    stores: TrustStores
    inventory: Inventory


def assemble(
    *,
    store: Store,
    directory: Directory,
    administration: Administration,
    auditor: Auditor,
    now: Callable[[], datetime],
    token_bytes: Callable[[int], bytes],
    responders: Callable[[Sequence[str]], OcspSource],
    actions: Mapping[str, Action],
    catalogue: Catalogue | None,
    configured: Sequence[tuple[str, x509.Certificate]],
) -> Trust:
    """The parts over one store. `actions`: what else two officers can do, by name.

    `catalogue`: JPKI's indexed lists, where there are any. `configured`: certificates of responders and of our own
    that the settings name, with what each is for.
    """
    officer_acts = OfficerActs(auditor=auditor, now=now, token_bytes=token_bytes)
    anchor_acts, trust_acts = AnchorActs(auditor=auditor), TrustActs(auditor=auditor)
    approvals = Approvals(
        store=store,
        auditor=auditor,
        now=now,
        token_bytes=token_bytes,
        actions={**officer_acts.actions(), **anchor_acts.actions(), **trust_acts.actions(), **actions},
        applied=directory.refresh,
    )
    return Trust(
        approvals=approvals,
        officers=Officers(store=store, approvals=approvals, acts=officer_acts, token_bytes=token_bytes),
        anchors=Anchors(
            store=store, directory=directory, administration=administration, approvals=approvals, acts=anchor_acts
        ),
        changes=TrustChanges(store=store, approvals=approvals, acts=trust_acts),
        lists=TrustLists(store=store, auditor=auditor, now=now),
        stores=TrustStores(store=store, responders=responders, token_bytes=token_bytes),
        inventory=Inventory(
            store=store, directory=directory, catalogue=catalogue, responders=tuple(configured), now=now
        ),
    )
