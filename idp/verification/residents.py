"""POST /residents/status: what a service may know of a person whom it knows already."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from idp.errors import Reason, Refusal
from idp.sealing import digest
from idp.store import user_numbers as rows
from idp.tenancy import Client
from idp.user_numbers.refused import NumberRefused
from idp.user_numbers.registry import Registry
from idp.verification import user_number_shapes as shapes
from idp.verification.api import JSON, Answer, Call, Endpoint
from idp.verification.verdict import quarter

_SUB = "Lf_4yBSyFj0JN5oA-7RcznstB7ozLEClOnPYk1kZdMg"


@dataclass(frozen=True, slots=True, kw_only=True)
class Residents:
    """The endpoint and what it needs."""

    registry: Registry
    now: Callable[[], datetime]

    def endpoint(self) -> Endpoint:
        """`POST /residents/status`."""
        return Endpoint(
            path="/residents/status",
            name="resident_status",
            run=self.run,
            summary="Whether a person still uses this service, and their user number if one is linked.",
            takes=shapes.StatusRequest,
            gives=shapes.StatusAnswer,
            problems=("not_found",),
            media_types={JSON: {"sub": _SUB}},
            example={
                "state": "active",
                "signature_certificate": {"status": "unknown", "checked_at": 1775034000},
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
        return Answer(
            {
                "state": "active" if seen.granted else "ended",
                "signature_certificate": {"status": "unknown", "checked_at": quarter(self.now())},
                **number,
            }
        )


def _may_ask(client: Client) -> bool:
    return client.may_verify or client.may_link
