"""POST /basic4/compare: an application's name, address, date of birth and gender against what is known."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from idp.comparison import fields
from idp.comparison.outcome import Finding
from idp.comparison.words import explanation
from idp.errors import Reason, Refusal
from idp.login.release import Altered, Release
from idp.oidc.tokens.access_tokens import TokenOver, met
from idp.oversight.audit import Action, Auditor
from idp.store.engine import Store
from idp.verification import comparison_shapes as shapes
from idp.verification.api import JSON, Answer, Call, Endpoint
from idp.verification.kept import Kept, as_fields

_STATED = {"name": "高橋 花子", "address": "見本県青葉市緑町1-2-3", "birthdate": "昭和55年2月17日"}
_KNOWN = {"name": "髙橋　花子", "address": "見本県青葉市緑町一丁目2番3号", "birthdate": "19800217"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparisons:
    """The endpoint and what it needs. Nobody is asked about anything: nothing is metered."""

    store: Store
    release: Release
    kept: Kept
    auditor: Auditor
    now: Callable[[], datetime]

    def endpoint(self) -> Endpoint:
        """`POST /basic4/compare`."""
        example = fields.compare(_STATED, _KNOWN)
        return Endpoint(
            path="/basic4/compare",
            name="compare",
            run=self.run,
            summary="Whether an application's values are those that are known: same, different, cannot tell.",
            takes=shapes.CompareRequest,
            gives=shapes.CompareAnswer,
            problems=("not_found",),
            media_types={JSON: {"stated": _STATED, "known": _KNOWN}},
            example={"fields": members_of(example)},
        )

    def run(self, call: Call) -> Answer:
        """Answer.

        Raises Refusal with NOT_FOUND for a token of no live login at this service and for a person whom it never
        knew; ApiProblem with rate_limited for one about whom it asked too often.
        """
        asked = call.read(shapes.CompareRequest)
        stated, gone = asked.stated.values(), frozenset[str]()
        if asked.sub is not None:
            against, person = "person", self.kept.of(call.tenant, call.client, asked.sub)
            known, gone = as_fields(person.values), person.gone
        elif asked.access_token is not None:
            against, known = "login", as_fields(self._released(call, asked.access_token))
        else:
            against, known = "values", asked.known.values() if asked.known else {}
        found = fields.compare(stated, known, gone=gone)
        with self.store.for_tenant(call.tenant.tenant_id).write() as tx:
            self.auditor.record(
                tx,
                call.tenant.keys,
                Action.VERIFICATION_ANSWERED,
                "answered",
                client_id=call.client.client_id,
                compared=sorted(stated),
                against=against,
            )
        return Answer({"fields": members_of(found)})

    def _released(self, call: Call, token: str) -> Mapping[str, str]:
        """What the resident let go to this service in the login of that token, and no more than UserInfo tells."""
        tenant, now = call.tenant, int(self.now().timestamp())
        try:
            found = met(self.store, tenant, token, now=now)
        except TokenOver as over:
            raise Refusal(Reason.NOT_FOUND, "no live token") from over
        if found.client.client_id != call.client.client_id or found.view.resource:
            raise Refusal(Reason.NOT_FOUND, "a token of somebody else")
        if found.view.is_withdrawn:
            raise Refusal(Reason.NOT_FOUND, "a token without consent")
        try:
            read = self.release.told(tenant, found.view)
        except Altered as altered:
            raise Refusal(Reason.NOT_FOUND, "what the login released was altered") from altered
        return {} if read is None else read.values


def members_of(found: Mapping[str, Finding]) -> dict[str, object]:
    """Findings by field, as they are answered."""
    return {
        name: {"result": finding.outcome, "because": list(finding.because), "explanation": explanation(finding)}
        for name, finding in found.items()
    }
