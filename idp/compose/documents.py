"""What judges signatures on application data, over the ground."""

from connectors.ports import TieSource
from idp.compose import jlis
from idp.compose.ground import Ground
from idp.compose.receipts import receipts_of
from idp.revocation.check import RevocationCheck
from idp.signatures.expired import Expired
from idp.signatures.judging import Judging
from idp.signatures.same_person import SamePerson
from idp.trust.judging import TrustStores
from idp.verification.signatures import Signatures


def judging_of(ground: Ground, revocation: RevocationCheck) -> Judging:
    """Who says whether a signature may be relied on, by the tenant's own stores and as logins ask."""
    stores = TrustStores(store=ground.store, responders=jlis.responders, token_bytes=ground.token_bytes)
    expired = Expired(revocation=revocation, stores=stores, now=ground.now)
    return Judging(revocation=revocation, stores=stores, expired=expired, now=ground.now)


def signatures_of(ground: Ground, revocation: RevocationCheck, ties: TieSource) -> Signatures:
    """The endpoint."""
    return Signatures(
        store=ground.store,
        judging=judging_of(ground, revocation),
        same_person=SamePerson(store=ground.store, ties=ties),
        receipts=receipts_of(ground),
        auditor=ground.auditor,
        meters=ground.meters,
        now=ground.now,
        token_bytes=ground.token_bytes,
    )
