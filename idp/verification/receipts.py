"""POST /receipts/create and /receipts/state: the two numbers of the anonymous way, and how far it is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from idp.procedures.procedure import Way
from idp.receipts.receipt import State
from idp.receipts.receipts import Given, NotReceived, Receipts
from idp.receipts.service import may_receive
from idp.verification import receipt_shapes as shapes
from idp.verification.api import JSON, Answer, Call, Endpoint
from idp.verification.problems import ApiProblem

_ARRIVAL, _UNTIL = "1234-5678-9014", "2027-11-27"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptCalls:
    """The endpoints. No resident takes part, and J-LIS is not asked: nothing is metered."""

    receipts: Receipts

    def endpoints(self) -> tuple[Endpoint, ...]:
        """`POST /receipts/create`, `state`."""
        return (
            _endpoint(
                "create",
                self.create,
                "Numbers for what was handed in without signing in: 到達番号 and 問合せ番号.",
                shapes.CreateRequest,
                shapes.CreateAnswer,
                problems=("procedure_refused",),
                media_types={JSON: {"procedure": "opinion"}},
                example={
                    "arrival_number": _ARRIVAL,
                    "inquiry_number": "7K3Q-9F0M-2XAB-54TV",
                    "state": "received",
                    "kept_until": _UNTIL,
                },
            ),
            _endpoint(
                "state",
                self.tell,
                "How far it is, for whoever asks with both numbers.",
                shapes.StateRequest,
                shapes.StateAnswer,
                problems=("not_found",),
                media_types={
                    JSON: {
                        "arrival_number": _ARRIVAL,
                        "state": "action_needed",
                        "note": {"ja": "図面をお送りください。", "en": "Please send the drawing."},
                    }
                },
                example={"arrival_number": _ARRIVAL, "state": "action_needed", "kept_until": _UNTIL},
            ),
        )

    def create(self, call: Call) -> Answer:
        """A new receipt. Raises ApiProblem with procedure_refused."""
        asked = call.read(shapes.CreateRequest)
        with self.receipts.store.for_tenant(call.tenant.tenant_id).write() as tx:
            try:
                given = self.receipts.give(tx, call.tenant, call.client, asked.procedure, way=Way.ANONYMOUS)
            except NotReceived as refused:
                raise ApiProblem("procedure_refused", "procedure is none that is anonymous and open") from refused
            return call.keep(
                tx,
                Answer(members_of(given)),
            )

    def tell(self, call: Call) -> Answer:
        """Another state. Raises Refusal with NOT_FOUND."""
        asked = call.read(shapes.StateRequest)
        note = asked.note.model_dump(exclude_none=True) if asked.note else {}
        with self.receipts.store.for_tenant(call.tenant.tenant_id).write() as tx:
            arrival, found = self.receipts.tell(
                tx, call.tenant, call.client, asked.arrival_number, State(asked.state), note
            )
            told = {"arrival_number": arrival, "state": str(found.receipt.state)}
            return call.keep(tx, Answer({**told, "kept_until": found.kept_until.isoformat()}))


def members_of(given: Given) -> dict[str, object]:
    """A new receipt as its service is told of it."""
    return {
        "arrival_number": given.arrival_number,
        "inquiry_number": given.inquiry_number,
        "state": str(State.RECEIVED),
        "kept_until": given.kept_until.isoformat(),
    }


def _endpoint(
    name: str, run: Callable[[Call], Answer], summary: str, takes: Any, gives: Any, **more: Any
) -> Endpoint:
    return Endpoint(
        path=f"/receipts/{name}",
        name=f"receipts_{name}",
        run=run,
        summary=summary,
        takes=takes,
        gives=gives,
        repeatable=True,
        may_call=may_receive,
        **more,
    )
