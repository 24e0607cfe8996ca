"""POST /residents/status: what a service may know of a person whom it knows already."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from idp.errors import Reason, Refusal
from idp.keys.sealing import digest
from idp.metering.record import Meters, Purpose
from idp.oversight.audit import Action, Auditor
from idp.revocation.tally import Tally
from idp.signature_status.question import SignatureQuestion
from idp.signature_status.status import MEMBER, SCOPE, SignatureStatus, Status
from idp.signature_status.watching import Watched, Watching, opened
from idp.store import signature_watches
from idp.store import user_numbers as rows
from idp.store.signature_watches import HeldRow
from idp.tenants.tenancy import Client, Tenant
from idp.user_numbers.refused import NumberRefused
from idp.user_numbers.registry import Registry
from idp.verification import user_number_shapes as shapes
from idp.verification.api import JSON, Answer, Call, Endpoint
from idp.verification.verdict import fresher

_SUB = "Lf_4yBSyFj0JN5oA-7RcznstB7ozLEClOnPYk1kZdMg"


@dataclass(frozen=True, slots=True, kw_only=True)
class Residents:
    """The endpoint and what it needs."""

    registry: Registry
    signature: SignatureQuestion
    watching: Watching
    auditor: Auditor
    meters: Meters
    now: Callable[[], datetime]

    def endpoint(self) -> Endpoint:
        """`POST /residents/status`."""
        return Endpoint(
            path="/residents/status",
            name="resident_status",
            run=self.run,
            summary="Whether a person still uses this service, how their signature certificate stands where they "
            "agreed to the scope jpki_status (each such question is a check that J-LIS may charge for), and their "
            "user number if one is linked.",
            takes=shapes.StatusRequest,
            gives=shapes.StatusAnswer,
            problems=("not_found",),
            media_types={JSON: {"sub": _SUB}},
            example={
                "state": "active",
                "signature_certificate": {
                    "status": "revoked",
                    "checked_at": 1775034000,
                    "reason": "affiliationChanged",
                    "basic4_changed": True,
                },
                "user_number": "0012345678",
            },
            may_call=_may_ask,
        )

    def run(self, call: Call) -> Answer:
        """Answer. Raises Refusal with NOT_FOUND for a person whom this service never knew."""
        asked, client = call.read(shapes.StatusRequest), call.client
        number: dict[str, object] = {}
        with self.registry.store.for_tenant(call.tenant.tenant_id).read() as tx:
            seen = rows.pair_of(tx, digest(asked.sub), client.client_id)
            if seen is None:
                raise Refusal(Reason.NOT_FOUND, "nobody whom this service knows")
            if client.may_link and seen.granted:
                try:
                    found = self.registry.of_pair(tx, call.tenant, client, seen.pair_id)
                    number["user_number"] = found.number
                except NumberRefused:
                    pass  # none is linked
            watched = signature_watches.held_of(tx, seen.pair_id, client.client_id) if seen.granted else None
        status = self._status(call.tenant, client, asked.sub, watched)
        return Answer({"state": "active" if seen.granted else "ended", MEMBER: status.claim(), **number})

    def _status(self, tenant: Tenant, client: Client, sub: str, held: HeldRow | None) -> SignatureStatus:
        """As of now, where the person agreed to it; a change is kept and told as one that a login finds."""
        if held is None or SCOPE not in client.scopes or SCOPE not in held.released.split():
            return SignatureStatus(Status.UNKNOWN, int(self.now().timestamp()))
        tally = Tally.of_service(tenant.tenant_id, client.client_id)
        user = opened(tenant.keys, held.row).user
        found = self.signature.about(tenant, user, fresher(client.revocation, None), tally)
        with self.registry.store.for_tenant(tenant.tenant_id).write() as tx:
            self.watching.keep(tx, Watched(tenant, client, held.row.pair_id, sub), found)
            said = found.status.members()
            action, client_id = Action.SIGNATURE_STATUS_ASKED, client.client_id
            self.auditor.record(tx, tenant.keys, action, "answered", client_id=client_id, **{MEMBER: said})
            self.meters.record(tx, client_id, Purpose.RESIDENT_STATUS, tally.asked)
        return found.status


def _may_ask(client: Client) -> bool:
    return client.may_verify or client.may_link
