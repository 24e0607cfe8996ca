"""What is kept of a receipt: which procedure, how far it is, and a sentence of the service. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from idp.keys.sealing import Place, TenantKeys


class State(StrEnum):
    """How far the service is. Each has its words for residents (`receipts.state` of the texts)."""

    RECEIVED = "received"
    IN_REVIEW = "in_review"
    ACTION_NEEDED = "action_needed"
    """Something is missing or to be corrected; the service's sentence says what."""
    COMPLETED = "completed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A receipt as it stands. `since`: the day in Japan of its state; `note`: the service's sentence by language
    (`ja`, `en`), empty for none.
    """

    procedure_id: str
    state: State
    since: date
    note: Mapping[str, str] = field(default_factory=dict, repr=False)

    def says(self, language: str) -> str:
        """The service's sentence in that language, in Japanese where it has none, or the empty string."""
        return self.note.get(language) or self.note.get("ja", "")


def sealed(keys: TenantKeys, arrival_number: str, receipt: Receipt) -> bytes:
    """The body of its row."""
    body: dict[str, Any] = {
        "procedure": receipt.procedure_id,
        "state": str(receipt.state),
        "since": receipt.since.isoformat(),
        "note": dict(receipt.note),
    }
    return keys.seal(_place(arrival_number), json.dumps(body, sort_keys=True).encode())


def opened(keys: TenantKeys, arrival_number: str, sealed_body: bytes) -> Receipt:
    """Undo `sealed`. Raises SealBroken for a row that was altered, or was another's."""
    body = json.loads(keys.open(_place(arrival_number), sealed_body))
    return Receipt(
        procedure_id=body["procedure"],
        state=State(body["state"]),
        since=date.fromisoformat(body["since"]),
        note=body["note"],
    )


def _place(arrival_number: str) -> Place:
    return Place("receipt", arrival_number.encode(), "body")
