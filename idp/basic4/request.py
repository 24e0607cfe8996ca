"""From a login that asks for the signature certificate's Basic 4 to their values, or to a login without them.

The consent to the latest-information service is such a signature, too; logins after it: `latest.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from msgspec import structs

from idp.basic4 import statement
from idp.basic4.telling import Telling
from idp.consent_signing.signings import Signings
from idp.items import made_of
from idp.japan import day_in_japan
from idp.login import consent, dispatch
from idp.login.acceptance import seal_in
from idp.login.attributes import wanted
from idp.login.pairwise import Pair
from idp.login.records import Records, after
from idp.login.transaction import TRANSACTION_SECONDS, Attempt
from idp.sources.port import Basic4Source
from idp.sources.record import Read
from idp.sources.signature_certificate import SignedBy
from idp.store import signed_statements
from idp.store.engine import Store
from idp.store.shortlived import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureRequest:
    """The steps and everything they need.

    `source`: what the certificate that signed says; `consenting`: what it says as the latest, where it signed for
    years.
    """

    signings: Signings
    source: Basic4Source[SignedBy]
    consenting: Basic4Source[SignedBy]
    telling: Telling
    records: Records
    store: Store
    now: Callable[[], datetime]
    step: dispatch.Signs = dispatch.Signs.BASIC_4

    def begin(self, attempt: Attempt) -> tuple[str, str]:
        """Begin the signature for a login: (its transaction's id, the secret for its cookie).

        The login waits as long as the signature may take.
        """
        tenant, client, transaction = attempt.tenant, attempt.client, attempt.transaction
        asked, today = transaction.request.attributes, day_in_japan(self.now())
        self.records.prolong(tenant, transaction.transaction_id, (), seconds=2 * TRANSACTION_SECONDS)
        handle = dispatch.handle_of(tenant, transaction)
        words = statement.latest if asked.by_latest else statement.of
        signed = words(tenant, client, asked.names, today)
        return self.signings.begin(tenant, client, handle, signed, back=self.step.path(attempt))

    def collected(self, attempt: Attempt, transaction_id: str, cookie: str) -> Attempt | None:
        """The login with what was signed for it in that transaction; None where nothing was, or not for it."""
        signed = self.signings.collect(attempt.tenant, transaction_id, cookie, back=self.step.path(attempt))
        if signed is None:
            return None
        tenant, asked = attempt.tenant, attempt.transaction.request.attributes
        source = self.consenting if asked.by_latest else self.source
        evidence = SignedBy(signed.certificate, tenant.profile)
        read = source.read(evidence, wanted(tenant, asked.names, self.now()))
        return settled(self.records, attempt, read, signature=transaction_id)

    def without(self, attempt: Attempt) -> Attempt | None:
        """The login without it, where the service does not require it; None where it does, or it is over."""
        if self.is_required(attempt):
            return None
        return settled(self.records, attempt, None, signature=dispatch.WITHOUT_SIGNATURE)

    def is_required(self, attempt: Attempt) -> bool:
        """Whether nobody goes on without."""
        return attempt.transaction.request.attributes.required

    def belongs_to(self, attempt: Attempt, pair: Pair) -> None:
        """The resident let the service know them: what they signed is theirs. Nothing where there is nothing."""
        tenant, transaction = attempt.tenant, attempt.transaction
        if not (signed := dispatch.signatures_of(transaction)):
            return
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            for signature in signed:
                signed_statements.belongs_to(tx, signature, pair.pair_id)
            if transaction.request.attributes.by_latest and transaction.signature in signed:
                items = made_of(set(transaction.request.attributes.names) & consent.agreed(pair))
                client_id = attempt.client.client_id
                self.telling.given(tx, tenant, client_id, pair.pair_id, transaction.signature, items)

    def forget(self, attempt: Attempt) -> None:
        """The resident did not: nothing was released, and nothing need be proven."""
        if signed := dispatch.signatures_of(attempt.transaction):
            with self.store.for_tenant(attempt.tenant.tenant_id).write() as tx:
                for signature in signed:
                    signed_statements.forget(tx, signature)


def settled(records: Records, attempt: Attempt, read: Read | None, *, signature: str) -> Attempt | None:
    """The login with what was `read` in the place of what the card said, and with what became of its signature.

    None where it had become something already, or is over; or was chosen to be for somebody else, in another
    window.
    """
    transaction, put = attempt.transaction, {"signature": signature}
    if read is not None:
        sealed = seal_in(attempt.tenant, transaction.transaction_id, "attributes", read.to_json())
        put["accepted"] = structs.replace(dispatch.accepted(transaction), sealed_attributes=sealed).to_json()
    step = Change(dispatch.as_seen(transaction) | {"signature": ""}, put)
    changed = records.change(attempt.tenant, transaction.transaction_id, step)
    if changed is None or not changed.applied:
        return None
    return structs.replace(attempt, transaction=after(changed, step))
