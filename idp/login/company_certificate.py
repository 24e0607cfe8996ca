"""A company's certificate in a login: a text of this very login, signed by its own software and handed in as CMS.

No browser signs with a certificate in a file, and companies have theirs there. So the page gives out a text that
names the municipality, the service and the login; the company signs it as it signs an application, and hands the
signature in. It counts in the browser where the login began, and for that login alone. Judged as a signature on an
application is (`idp/signatures`), by the stores of companies' certificates; nothing tells a key in a token from
one in a file, so the level is the lower.
"""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import partial

import structlog

from idp import tries
from idp.errors import Reason, Refusal
from idp.login import levels
from idp.login.other_way import OtherWay, Recognised
from idp.login.states import Channel
from idp.login.transaction import Attempt
from idp.organizations import certified
from idp.organizations.claim import Kind as OrganizationKind
from idp.organizations.claim import KnownBy, Organization
from idp.organizations.companies import Companies
from idp.oversight.audit import Action, Auditor
from idp.revocation.recorded import recorded, written
from idp.revocation.tally import Tally
from idp.signatures import cms
from idp.signatures.found import Fault, Found, TooMuch, Unreadable
from idp.signatures.judged import Demand
from idp.signatures.judging import Judging
from idp.signatures.kinds import Kind
from idp.store.engine import Store
from idp.store.shortlived import ShortLived

KINDS = (Kind.COMMERCIAL_REGISTRATION, Kind.ACCREDITED)
LARGEST = 48 * 1024
"""Bytes of a signature with a few certificates; far more than any has."""
TRIES = (10, 15 * 60)
"""Of one login: whoever tries more begins another."""
_KNOWN_BY = {Kind.COMMERCIAL_REGISTRATION: KnownBy.COMMERCIAL_REGISTRATION, Kind.ACCREDITED: KnownBy.ACCREDITED}
_log = structlog.get_logger("idp.login")


class Trouble(StrEnum):
    """Why a signature signs nobody in; each value names its own text."""

    UNREADABLE = "unreadable"
    OTHER_TEXT = "other_text"
    """It is over another text, or altered."""
    UNTRUSTED = "untrusted"
    ENDED = "ended"
    """Expired, not valid yet, or revoked."""
    UNAVAILABLE = "unavailable"
    """Nobody can tell now whether it was revoked."""
    UNNAMED = "unnamed"
    """The certificate names no company."""
    WAIT = "wait"
    """Tried too often in this login."""


class NotRecognised(Exception):
    """No company signs in by this; why, for the page."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble)
        self.trouble = trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyCertificateStep:
    """The step and everything it needs."""

    store: Store
    state: ShortLived
    judging: Judging
    companies: Companies
    other_way: OtherWay
    auditor: Auditor
    now: Callable[[], datetime]

    def run(self, attempt: Attempt, handed_in: bytes) -> str:
        """Where the browser goes on. `handed_in`: CMS in DER or PEM, detached from the text or with it inside.

        Raises NotRecognised; Refusal: LEVEL_INSUFFICIENT, ALREADY_USED.
        """
        tenant = attempt.tenant
        if not attempt.demand.offers_company_certificate:
            raise Refusal(Reason.LEVEL_INSUFFICIENT, "companies' certificates are not taken here")
        counted = f"company-certificate:{tenant.tenant_id}:{attempt.transaction.transaction_id}"
        if tries.spend(self.state, [(counted, TRIES)]):
            raise NotRecognised(Trouble.WAIT)
        try:
            return self.other_way.run(attempt, self._recognised(attempt, _signature(handed_in, attempt)))
        except NotRecognised as failure:
            self._note(attempt, failure.trouble)
            raise

    def _recognised(self, attempt: Attempt, found: Found) -> Recognised:
        tenant, tally = attempt.tenant, Tally.of_service(attempt.tenant.tenant_id, attempt.client.client_id)
        untimed = replace(found, tokens=())  # a time stamp helps an application; here the certificate counts now
        judged = self.judging.judge(tenant, untimed, Demand(KINDS, attempt.demand.revocation, tally))
        if judged.code is not None or judged.kind is None or judged.evidence is None or not judged.path:
            raise NotRecognised(_TROUBLES.get(judged.code, Trouble.UNTRUSTED))
        named = certified.company_of(judged.path[0])
        if named is None:
            raise NotRecognised(Trouble.UNNAMED)
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            company = self.companies.certified(tx, tenant, named.number, named.name)
        tag = partial(tenant.keys.evidence_tag, attempt.transaction.transaction_id)
        return Recognised(
            handle=company.handle,
            level=levels.IN_FILE,
            channel=Channel.ORGANIZATION,
            mark=tenant.keys.sign_in_id_mark(company.handle),
            evidence=written(recorded(judged.evidence, tag)),
            organization=Organization(
                OrganizationKind.COMPANY, company.name, _KNOWN_BY[judged.kind], company.number
            ),
            asked=tally.asked,
        )

    def _note(self, attempt: Attempt, trouble: Trouble) -> None:
        _log.info("login.refused", reason="company-certificate", detail=trouble)
        with self.store.for_tenant(attempt.tenant.tenant_id).write() as tx:
            client_id, reason = attempt.client.client_id, f"company_certificate_{trouble}"
            self.auditor.record(
                tx, attempt.tenant.keys, Action.LOGIN_REFUSED, "refused", client_id=client_id, reason=reason
            )


def statement(attempt: Attempt) -> str:
    """The text that is signed: of one login, and like no application."""
    return (
        "company-login/1\n"
        f"issuer: {attempt.tenant.issuer}\n"
        f"client: {attempt.client.client_id}\n"
        f"login: {attempt.transaction.transaction_id}\n"
        "\n"
        f"{attempt.tenant.name('ja')}の「{attempt.client.name('ja')}」にログインするための文書です。\n"
        "この文書への電子署名は、このログインだけに使われます。申請や契約の署名にはなりません。\n"
    )


def _signature(handed_in: bytes, attempt: Attempt) -> Found:
    """The one signature over the text of this login. Raises NotRecognised."""
    if len(handed_in) > LARGEST:
        raise NotRecognised(Trouble.UNREADABLE)
    text = statement(attempt).encode()
    found: list[Found] = []
    for content in (text, text.replace(b"\n", b"\r\n")):  # some software signs text with its own line ends
        try:
            found = cms.read(_der(handed_in), content)
        except (Unreadable, TooMuch):
            continue
        if len(found) == 1 and found[0].fault is None:
            return found[0]
    if len(found) != 1:
        raise NotRecognised(Trouble.UNREADABLE)
    return found[0]


def _der(handed_in: bytes) -> bytes:
    """CMS as it is, or out of its PEM (RFC 7468)."""
    if not handed_in.lstrip().startswith(b"-----BEGIN"):
        return handed_in
    lines = handed_in.strip().splitlines()
    try:
        return base64.b64decode(b"".join(lines[1:-1]), validate=True)
    except binascii.Error as error:
        raise NotRecognised(Trouble.UNREADABLE) from error


_TROUBLES: dict[object, Trouble] = {
    Fault.CONTENT_ALTERED: Trouble.OTHER_TEXT,
    Fault.SIGNATURE_INVALID: Trouble.OTHER_TEXT,
    Reason.CERTIFICATE_EXPIRED: Trouble.ENDED,
    Reason.CERTIFICATE_NOT_YET_VALID: Trouble.ENDED,
    Reason.CERTIFICATE_REVOKED: Trouble.ENDED,
    Reason.REVOCATION_UNAVAILABLE: Trouble.UNAVAILABLE,
    Reason.EVIDENCE_TOO_OLD: Trouble.UNAVAILABLE,
}
