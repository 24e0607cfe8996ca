"""POST /signatures/verify: a signed document in; each signature's verdict and a report out.

The document is forgotten with the answer, and the answer is not kept for repetitions: it may hold who signed.
"""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from idp.comparison import fields
from idp.errors import Reason
from idp.login import person
from idp.metering.record import Meters, Purpose
from idp.oversight.audit import Action, Auditor
from idp.procedures.procedure import Way
from idp.receipts.receipts import Given, NotReceived, Receipts
from idp.revocation.recorded import recorded_by_itself
from idp.revocation.tally import Tally
from idp.signatures import contained, documents, report
from idp.signatures.found import Form, Found, NotInstalled, TooMuch, Unreadable
from idp.signatures.judged import Demand, Judged, TimeFault
from idp.signatures.judging import Judging
from idp.signatures.kinds import STANDS_FOR, Kind
from idp.signatures.same_person import SamePerson
from idp.store.engine import Store
from idp.tenants.tenancy import ATTRIBUTES, Client
from idp.verification import for_procedure, signer
from idp.verification import signature_shapes as shapes
from idp.verification.api import JSON, Answer, Call, Endpoint
from idp.verification.comparisons import members_of
from idp.verification.for_procedure import Demanded, Lack
from idp.verification.problems import ApiProblem
from idp.verification.receipts import members_of as receipt_members
from idp.verification.verdict import Status, claim, fresher

MAX_BODY = 15 * 1024 * 1024
_STATUS: Mapping[str, Status] = {
    Reason.CERTIFICATE_REVOKED: Status.REVOKED,
    Reason.CERTIFICATE_STATUS_UNKNOWN: Status.UNKNOWN,
    Reason.REVOCATION_UNAVAILABLE: Status.EVIDENCE_MISSING,
    Reason.EVIDENCE_TOO_OLD: Status.EVIDENCE_MISSING,
    TimeFault.EXPIRED_SINCE: Status.EVIDENCE_MISSING,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Signatures:
    """The endpoint and what it needs."""

    store: Store
    judging: Judging
    same_person: SamePerson
    receipts: Receipts
    auditor: Auditor
    meters: Meters
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]

    def endpoint(self) -> Endpoint:
        """`POST /signatures/verify`."""
        return Endpoint(
            path="/signatures/verify",
            name="signatures",
            run=self.run,
            summary="Whether the signatures of a document (CMS, PDF, XML, JWS) may be relied on.",
            takes=shapes.SignatureRequest,
            gives=shapes.SignatureAnswer,
            problems=("not_found", "procedure_refused", "not_installed", "busy"),
            max_bytes=MAX_BODY,
            media_types={JSON: {"form": "cms", "document": "MIAG", "accept": ["jpki-signature"]}},
        )

    def run(self, call: Call) -> Answer:
        """Answer. Raises ApiProblem and Refusal for what is no signed document and for an unknown `sub`."""
        asked = call.read(shapes.SignatureRequest)
        wanted = for_procedure.demanded(call.client, asked)
        tally = Tally.of_service(call.tenant.tenant_id, call.client.client_id)
        demand = Demand(
            kinds=wanted.kinds if wanted else frozenset(map(Kind, asked.accept or (Kind.JPKI,))),
            policy=fresher(call.client.revocation, asked.freshness),
            tally=tally,
        )
        judged = [self.judging.judge(call.tenant, one, demand) for one in _read(asked)]
        judged = [wanted.judged(one) for one in judged] if wanted else judged
        same = [self._is_same(call, asked.sub, one) for one in judged]
        lacks = wanted.lacks(judged, same) if wanted else ()
        given = self._write_down(call, asked.form, judged, tally, wanted, lacks)
        return Answer(
            {
                "valid": all(one.code is None for one in judged),
                "procedure": _for_procedure(wanted, lacks, given) if wanted else None,
                "signatures": [
                    _members(call.client, asked, one, is_same) for one, is_same in zip(judged, same, strict=True)
                ],
                "law": report.words()["law"],
                "report": report.write(
                    judged,
                    same,
                    asked_same=asked.sub is not None,
                    procedure=wanted.procedure.name("ja") if wanted else "",
                    lacks=lacks,
                ),
            }
        )

    def _is_same(self, call: Call, sub: str | None, judged: Judged) -> bool | None:
        if sub is None or judged.certificate is None or judged.code is not None:
            return None
        return self.same_person.holds(call.tenant, call.client, sub, judged.certificate)

    def _write_down(
        self,
        call: Call,
        form: str,
        judged: Sequence[Judged],
        tally: Tally,
        wanted: Demanded | None,
        lacks: Sequence[Lack],
    ) -> Given | None:
        """One entry for each signature: its verdict, its evidence, and of JPKI's its holder's tag here.

        In the same transaction the receipt, where one is wanted and nothing is lacking.
        """
        tenant, client_id = call.tenant, call.client.client_id
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            for one in judged:
                details: dict[str, object] = {
                    "signature": form,
                    "kind": one.kind,
                    "status": _status(one),
                    "code": one.code,
                }
                if wanted is not None:
                    details |= {"procedure": wanted.procedure.procedure_id, "part": wanted.part}
                if one.certificate is not None:
                    index = person.cert_index(tenant, one.certificate)
                    details["person"] = tenant.keys.audit_tag(client_id, self.now(), index)
                if one.evidence is not None:
                    details["revocation"] = recorded_by_itself(one.evidence, tenant.keys, self.token_bytes)
                self.auditor.record(
                    tx, tenant.keys, Action.VERIFICATION_ANSWERED, "answered", client_id=client_id, **details
                )
            self.meters.record(tx, client_id, Purpose.SIGNATURE, tally.asked)
            if wanted is None or not wanted.receipt or lacks:
                return None
            procedure_id = wanted.procedure.procedure_id
            try:
                return self.receipts.give(tx, tenant, call.client, procedure_id, way=Way.SIGNATURE)
            except NotReceived as refused:
                raise ApiProblem("procedure_refused", "procedure gives no numbers any more") from refused


def _read(asked: shapes.SignatureRequest) -> list[Found]:
    """The document's signatures. Raises ApiProblem."""
    try:
        document = base64.b64decode(asked.document, validate=True)
        content = None if asked.content is None else base64.b64decode(asked.content, validate=True)
        return documents.read(Form(asked.form), document, content=content, element=asked.element)
    except binascii.Error as error:
        raise ApiProblem("malformed", "document or content is not base64") from error
    except Unreadable as error:
        raise ApiProblem("malformed", str(error)) from error
    except TooMuch as error:
        raise ApiProblem("too_large", str(error)) from error
    except NotInstalled as error:
        raise ApiProblem("not_installed", "this installation reads CMS and JWS alone") from error
    except contained.Busy as error:
        raise ApiProblem("busy", "other files are being read") from error


def _status(judged: Judged) -> Status:
    if judged.code is None:
        return Status.VALID
    return _STATUS.get(judged.code, Status.REFUSED)


def _for_procedure(wanted: Demanded, lacks: Sequence[Lack], given: Given | None) -> dict[str, object]:
    return {
        "id": wanted.procedure.procedure_id,
        "name": wanted.procedure.name("ja"),
        "way": wanted.procedure.way,
        "part": wanted.part,
        "signers": list(wanted.signers),
        "satisfied": not lacks,
        "lacks": list(lacks),
        "receipt": None if given is None else receipt_members(given),
    }


def _members(
    client: Client, asked: shapes.SignatureRequest, judged: Judged, is_same: bool | None
) -> dict[str, object]:
    known = signer.known(judged)
    compared = None if asked.compare is None or judged.code is not None else asked.compare.values()
    released = {name: value for name, value in known.comparable.items() if name in client.scopes}
    return {
        "status": _status(judged),
        "code": judged.code,
        "reason": judged.reason,
        "revocation": None if judged.evidence is None else claim(judged.evidence),
        "revoked_since": judged.revoked_since,
        "kind": judged.kind,
        "stands_for": None if judged.kind is None else STANDS_FOR[judged.kind],
        "coverage": judged.found.coverage,
        "claimed_at": _seconds(judged.found.claimed_at),
        "timestamp": judged.stamp,
        "stamped_at": _seconds(judged.stamped_at),
        "judged_as_of": _seconds(judged.judged_as_of),
        "same_person": is_same,
        "signer": known.shown([name for name in asked.show if name in _may_see(client)]),
        "comparison": None if compared is None else members_of(fields.compare(compared, released)),
        "explanation": report.verdict(judged),
    }


def _may_see(client: Client) -> set[str]:
    """What the municipality lets the service know of people: the items that it is registered for.

    A subject names people and companies: it goes with the name.
    """
    items = {name for name in ATTRIBUTES if name in client.scopes}
    return items | {"subject"} if "name" in items else items


def _seconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())
