"""From a login that asks for the latest information to its values, without a signature, by an earlier consent.

What is told and by whom: `idp/sources/latest_information.py`. It is handed on and kept nowhere else
(`idp/login/release.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog
from msgspec import structs

from connectors.errors import ConnectorError, Refused
from idp.basic4 import statement
from idp.basic4.request import settled
from idp.basic4.telling import TABLE, Telling, opened
from idp.consent_signing.signed import Signed
from idp.errors import Refusal
from idp.items import FROM, made_of
from idp.jpki.revocation import Method
from idp.keys.sealing import SealBroken
from idp.login import consent, dispatch
from idp.login.attributes import Asked, wanted
from idp.login.pairwise import Pair, Pairs
from idp.login.records import Records
from idp.login.transaction import Attempt, Transaction
from idp.metering.record import Meters, Purpose
from idp.oversight.audit import Action, Auditor
from idp.revocation.tally import Tally
from idp.sources.latest_information import Standing
from idp.sources.port import Basic4Source
from idp.sources.record import Read
from idp.store.engine import Store

_log = structlog.get_logger("idp.basic4")


@dataclass(frozen=True, slots=True, kw_only=True)
class LatestStep:
    """The step and everything it needs."""

    source: Basic4Source[Standing]
    telling: Telling
    pairs: Pairs
    records: Records
    store: Store
    auditor: Auditor
    meters: Meters
    now: Callable[[], datetime]

    def settle(self, attempt: Attempt) -> Attempt | None:
        """The login with the latest values, or without them where there are none to be had.

        As it came where nothing of this is asked for, and where the resident is to sign first: when they come to
        the service for the first time, and when it asks anew (`prompt=consent`). None where there is nothing until
        they have a new signature certificate: they are to be told so.
        """
        transaction, tenant = attempt.transaction, attempt.tenant
        if (
            not transaction.request.attributes.by_latest
            or dispatch.awaited(transaction) is not dispatch.Signs.BASIC_4
        ):
            return attempt
        if not tenant.settings.released_seconds:  # stores nothing: no consent, either
            return self._without(attempt)
        pair = self.pairs.find(tenant, attempt.client, dispatch.handle_of(tenant, transaction))
        signed = None if pair is None else self._signed(attempt, pair)
        if _is_to_sign(attempt, pair, signed):
            return attempt
        if pair is None or signed is None or not (asked := _within(transaction, signed, pair)):
            return self._without(attempt)
        return self._told_by(attempt, pair, signed, asked)

    def _told_by(self, attempt: Attempt, pair: Pair, signed: Signed, asked: Asked) -> Attempt | None:
        """As `settle`, by the resident's consent."""
        try:
            read = self._read(attempt, signed, asked)
        except Refused:  # the resident took it back elsewhere, or J-LIS never took it
            self._end(attempt, pair)
            return self._without(attempt)
        except (Refusal, ConnectorError) as failure:
            _log.warning("latest.unavailable", error=type(failure).__name__)
            return self._without(attempt)
        return None if read is None else self._with(attempt, read)

    def _signed(self, attempt: Attempt, pair: Pair) -> Signed | None:
        """The consent of that pair, None where there is none: an altered one is none, and the operator is told."""
        tenant, client_id = attempt.tenant, attempt.client.client_id
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            row = self.telling.of(tx, client_id, pair.pair_id)
        try:
            return None if row is None else opened(tenant, row)
        except SealBroken:
            _log.error("seal.broken", tenant=tenant.tenant_id, table=TABLE, client=client_id)
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            self.auditor.record(tx, tenant.keys, Action.SEAL_BROKEN, "refused", client_id=client_id, table=TABLE)
        return None

    def _end(self, attempt: Attempt, pair: Pair) -> None:
        tenant = attempt.tenant
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            self.telling.end(tx, tenant, attempt.client.client_id, pair.pair_id)

    def _read(self, attempt: Attempt, signed: Signed, asked: Asked) -> Read | None:
        """The values, None where there are none yet. Raises Refusal and ConnectorError where nobody could tell.

        Every question is counted, whatever comes of it; J-LIS charges for those that found something.
        """
        tenant, client_id = attempt.tenant, attempt.client.client_id
        tally, outcome = Tally.of_service(tenant.tenant_id, client_id), "unanswered"
        standing = Standing(
            tenant=tenant,
            client_id=client_id,
            certificate=signed.certificate,
            name=signed.name,
            policy=attempt.demand.revocation,
            tally=tally,
        )
        try:
            read = self.source.read(standing, wanted(tenant, asked.names, self.now()))
            changed = "changed" if tally.last_method is Method.LATEST else "unchanged"
            outcome = "nothing" if read is None else changed
            return read
        finally:
            with self.store.for_tenant(tenant.tenant_id).write() as tx:
                self.auditor.record(tx, tenant.keys, Action.LATEST_ASKED, outcome, client_id=client_id)
                self.meters.record(tx, client_id, Purpose.LATEST, tally.asked)

    def _with(self, attempt: Attempt, read: Read) -> Attempt | None:
        return settled(self.records, attempt, read, signature=dispatch.SIGNED_EARLIER)

    def _without(self, attempt: Attempt) -> Attempt | None:
        return settled(self.records, attempt, None, signature=dispatch.WITHOUT_SIGNATURE)


def _is_to_sign(attempt: Attempt, pair: Pair | None, signed: Signed | None) -> bool:
    """Whether the resident is asked for a signature in this login."""
    transaction = attempt.transaction
    if pair is None or pair.consent is None or pair.consent.is_withdrawn:
        return True
    if not transaction.request.ask:
        return False
    return signed is None or _within(transaction, signed, pair).names != transaction.request.attributes.names


def _within(transaction: Transaction, signed: Signed, pair: Pair) -> Asked:
    """What is asked for, as far as the signed consent goes and has not been taken back since."""
    asked = transaction.request.attributes
    told = set(statement.covered(signed.statement)) & set(made_of(consent.agreed(pair)))
    mine = {name for name in asked.names if FROM.get(name, name) in told}
    return structs.replace(
        asked,
        plain=tuple(name for name in asked.plain if name in mine),
        verified=tuple(name for name in asked.verified if name in mine),
    )
