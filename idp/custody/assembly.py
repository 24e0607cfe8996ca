"""Everything about the life of keys, put together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from connectors.ports import Keys
from idp.custody.ceremony import Ceremony, CeremonyActs
from idp.custody.ppid_key import PpidKey
from idp.custody.resealing import Resealing
from idp.custody.signing_ring import SigningRing
from idp.custody.wrapping import Wrapping
from idp.oversight.approval import Action, Approvals
from idp.oversight.audit import Auditor
from idp.store.engine import Store
from idp.tenants.directory import Directory


@dataclass(frozen=True, slots=True, kw_only=True)
class Custody:
    """The parts, for the command line."""

    wrapping: Wrapping
    resealing: Resealing
    ppid_key: PpidKey
    ceremony: Ceremony
    signing_ring: SigningRing


def actions(*, store: Store, keys: Keys, directory: Directory, auditor: Auditor) -> Mapping[str, Action]:
    """What two officers can do to keys, by name."""
    ppid_key = PpidKey(store=store, keys=keys, directory=directory, auditor=auditor)
    return CeremonyActs(ppid_key=ppid_key, auditor=auditor).actions()


def assemble(
    *,
    store: Store,
    keys: Keys,
    directory: Directory,
    auditor: Auditor,
    approvals: Approvals,
    signing_ring: SigningRing,
    now: Callable[[], datetime],
    token_bytes: Callable[[int], bytes],
) -> Custody:
    """The parts over one store and one key custody. `approvals` knows what `actions` gives."""
    return Custody(
        wrapping=Wrapping(store=store, keys=keys, auditor=auditor),
        resealing=Resealing(
            store=store, keys=keys, directory=directory, auditor=auditor, now=now, token_bytes=token_bytes
        ),
        ppid_key=PpidKey(store=store, keys=keys, directory=directory, auditor=auditor),
        ceremony=Ceremony(keys=keys, approvals=approvals, now=now, token_bytes=token_bytes),
        signing_ring=signing_ring,
    )
