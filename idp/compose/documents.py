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


def signatures_of(ground: Ground, revocation: RevocationCheck, ties: TieSource) -> Signatures:
    """The endpoint, by the tenant's own stores and by the revocation that logins use."""
    stores = TrustStores(store=ground.store, responders=jlis.responders, token_bytes=ground.token_bytes)
    return Signatures(
        store=ground.store,
        judging=Judging(
            revocation=revocation,
            stores=stores,
            expired=Expired(revocation=revocation, stores=stores, now=ground.now),
            now=ground.now,
        ),
        same_person=SamePerson(store=ground.store, ties=ties),
        receipts=receipts_of(ground),
        auditor=ground.auditor,
        meters=ground.meters,
        now=ground.now,
        token_bytes=ground.token_bytes,
    )
