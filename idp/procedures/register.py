"""Registering the procedures of a service: the rules that one must keep, and the acts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from idp.login import levels
from idp.oversight.audit import Action, Auditor
from idp.procedures.procedure import ID, LEAST_ACR, MOST_RECEIPT_DAYS, RECEIPT_DAYS, Procedure, Way, read
from idp.registration import NotAllowed
from idp.registration.texts import NAME_CHARACTERS, require_short
from idp.services.registrations import Members, change
from idp.signatures.kinds import Kind
from idp.store.engine import Store
from idp.tenants.directory import Directory
from idp.tenants.sign_in_methods import PASSKEY, PASSWORD
from idp.tenants.tenancy import MINIMUM_ACRS, Client, Tenant

MOST = 500
"""Of one service: they stand in its registration, which every process holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What of a procedure is to be another; None leaves it as it is."""

    name_ja: str | None = None
    name_en: str | None = None
    way: Way | None = None
    minimum_acr: str | None = None
    open: bool | None = None
    signed_application: bool | None = None
    receipt_days: int | None = None
    signers: Sequence[Kind] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedures:
    """The acts, over the store."""

    store: Store
    directory: Directory
    auditor: Auditor

    def create(self, tenant: Tenant, client: Client, procedure_id: str, way: Way, wish: Change) -> Procedure:
        """Register a procedure. Raises NotAllowed, and nothing is written then."""
        if not ID.fullmatch(procedure_id):
            raise NotAllowed("a procedure's id has 1 to 64 characters of a-z, 0-9 and hyphen")
        made = _changed(Procedure(procedure_id=procedure_id, way=way, minimum_acr=LEAST_ACR[way]), wish)

        def put(procedures: dict[str, Procedure]) -> Procedure:
            if procedure_id in procedures:
                raise NotAllowed("the service has a procedure with this id")
            if len(procedures) >= MOST:
                raise NotAllowed(f"a service has at most {MOST} procedures")
            return made

        return self._write(tenant, client, put)

    def change(self, tenant: Tenant, client: Client, procedure_id: str, wish: Change) -> Procedure:
        """Change a procedure; logins under way follow. Raises NotAllowed, and nothing is written then."""

        def put(procedures: dict[str, Procedure]) -> Procedure:
            if procedure_id not in procedures:
                raise NotAllowed("the service has no procedure with this id")
            return _changed(procedures[procedure_id], wish)

        return self._write(tenant, client, put)

    def _write(
        self, tenant: Tenant, client: Client, put: Callable[[dict[str, Procedure]], Procedure]
    ) -> Procedure:
        """Store what `put` makes of the procedures as they stand now."""
        made: list[Procedure] = []

        def anew(stored: Members) -> Members:
            procedures = read(stored.get("procedures", {}))
            made.append(put(procedures))
            _require(tenant, made[-1])
            procedures[made[-1].procedure_id] = made[-1]
            return {**stored, "procedures": {key: one.to_json() for key, one in procedures.items()}}

        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            change(tx, client.client_id, anew)
            said = {"procedure": made[-1].procedure_id, **made[-1].to_json()}
            self.auditor.record(
                tx, tenant.keys, Action.PROCEDURE_CHANGED, "done", client_id=client.client_id, **said
            )
        self.directory.refresh()
        return made[-1]


def _changed(procedure: Procedure, wish: Change) -> Procedure:
    names = dict(procedure.names)
    names |= {"ja": wish.name_ja} if wish.name_ja is not None else {}
    names |= {"en": wish.name_en} if wish.name_en is not None else {}
    way = procedure.way if wish.way is None else wish.way
    stated = wish.minimum_acr
    if stated is None:
        stated = procedure.minimum_acr if wish.way is None else LEAST_ACR[way]
    opened = procedure.open if wish.open is None else wish.open
    signed = procedure.signed_application if wish.signed_application is None else wish.signed_application
    kept = wish.receipt_days
    signers = tuple(dict.fromkeys(procedure.signers if wish.signers is None else wish.signers))
    changed = replace(
        procedure,
        names=names,
        way=way,
        minimum_acr=stated,
        open=opened,
        signed_application=signed,
        receipt_days=procedure.receipt_days if kept is None else kept,
        signers=signers,
    )
    if kept is None and not changed.gives_receipts:
        changed = replace(changed, receipt_days=RECEIPT_DAYS)
    return (
        changed
        if wish.signers is not None or changed.takes_applications
        else replace(changed, signers=(Kind.JPKI,))
    )


def _require(tenant: Tenant, procedure: Procedure) -> None:
    """Raise NotAllowed unless residents can be led through it."""
    if not procedure.names.get("ja"):
        raise NotAllowed("a procedure needs a name in Japanese, for residents")
    require_short(NAME_CHARACTERS, *procedure.names.values())
    if procedure.minimum_acr not in MINIMUM_ACRS:
        raise NotAllowed(f"minimum_acr is one of {', '.join(MINIMUM_ACRS)}")
    if not levels.reaches(procedure.minimum_acr, LEAST_ACR[procedure.way]):
        raise NotAllowed(f"a procedure of the way {procedure.way} needs {LEAST_ACR[procedure.way]} at least")
    if procedure.signed_application and not procedure.takes_applications:
        raise NotAllowed("applications are signed in the ways signature and combined")
    if not procedure.gives_receipts and procedure.receipt_days != RECEIPT_DAYS:
        raise NotAllowed("receipts are given in procedures of the ways anonymous and signature alone")
    if not 1 <= procedure.receipt_days <= MOST_RECEIPT_DAYS:
        raise NotAllowed(f"receipts are kept for 1 to {MOST_RECEIPT_DAYS} days")
    _require_signers(procedure)
    if procedure.combined and not {PASSWORD, PASSKEY} & set(tenant.settings.methods):
        raise NotAllowed("the combined way needs passwords or passkeys, and this tenant has switched on neither")


def _require_signers(procedure: Procedure) -> None:
    """Raise NotAllowed unless those whose signature counts can sign an application of its way."""
    if not procedure.signers:
        raise NotAllowed("an application is signed by somebody: name one kind of signers at least")
    if not procedure.takes_applications and procedure.signers != (Kind.JPKI,):
        raise NotAllowed("applications are signed in the ways signature and combined")
    if procedure.combined and procedure.signers != (Kind.JPKI,):
        raise NotAllowed("in the combined way the resident signs who has signed in, and nobody else")
    if procedure.signed_application and Kind.JPKI not in procedure.signers:
        raise NotAllowed(
            "in a login residents alone sign: it cannot be required where their signature counts for nothing"
        )
