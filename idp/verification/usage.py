"""POST /usage: what a service's own checks of a month were, and what J-LIS charges for them."""

from dataclasses import asdict, dataclass
from typing import Annotated, Literal

from pydantic import Field

from idp.metering.report import Line, month_of, report, totals
from idp.store.engine import Store
from idp.verification.api import JSON, Answer, Call, Endpoint
from idp.verification.shapes import Kind, Shape


class UsageRequest(Shape):
    """A month in Japan."""

    month: Annotated[str, Field(pattern="^20[0-9]{2}-(0[1-9]|1[0-2])$", examples=["2026-04"])]


class UsageLine(Shape):
    """Checks of one kind, purpose and method that cost alike; remembered and unanswered ones cost nothing."""

    kind: Kind
    purpose: str
    method: Literal["ocsp", "crl", "va", "latest-information"]
    checks: int
    remembered: int
    unanswered: int
    status: Literal["charged", "waived", "exempt", "unconfirmed"]
    amount: Annotated[int, Field(description="yen that are certainly owed")]
    unconfirmed: Annotated[
        int | None, Field(description="yen owed unless a waiver is confirmed; null: no fee is known")
    ]
    source: str


class UsageTotals(Shape):
    """Sums; `unknown_fees`: checks for which no fee is known."""

    checks: int
    amount: int
    unconfirmed: int
    unknown_fees: int


class UsageAnswer(Shape):
    """The service's own meter, and nobody else's."""

    month: str
    lines: list[UsageLine]
    totals: UsageTotals


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Reads the meter for whoever calls."""

    store: Store

    def endpoint(self) -> Endpoint:
        """POST /usage."""
        return Endpoint(
            path="/usage",
            name="usage",
            run=self._run,
            summary="Your own checks of a month, and their fees",
            takes=UsageRequest,
            gives=UsageAnswer,
            media_types={JSON: {"month": "2026-04"}},
        )

    def _run(self, call: Call) -> Answer:
        month = call.read(UsageRequest).month
        first, last = month_of(month)
        with self.store.for_tenant(call.tenant.tenant_id).read() as tx:
            lines = report(tx, call.tenant, first, last, client_id=call.client.client_id)
        members = {"month": month, "lines": [_line(line) for line in lines], "totals": asdict(totals(lines))}
        return Answer(members)


def _line(line: Line) -> dict[str, object]:
    """A line without the service's id, which is the caller's own."""
    return {name: value for name, value in asdict(line).items() if name != "service_id"}
