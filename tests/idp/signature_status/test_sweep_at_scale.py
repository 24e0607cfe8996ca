"""A hundred thousand residents whose signature certificates are watched, one in a hundred of whom has moved."""

import time
from dataclasses import replace

import pytest
from components.migrating import Kit, settle_people
from components.scale import FULL, against, scaled
from components.signatures import receiving, sweep
from components.town import town
from cryptography.x509 import ReasonFlags

from connectors.ports import CertificateKind, CertificateName
from connectors.sandbox.state import Issued, Revocation, Slot
from idp.keys.sealing import digest
from idp.signature_status.named import Seen
from idp.signature_status.status import SignatureStatus, Status
from idp.signature_status.sweep import Swept
from idp.signature_status.watching import place
from idp.store import schema, signature_watches
from idp.store.signature_watches import WatchRow

TOTAL = scaled(1_000, 100_000)
MOVED_IN = 100
SECONDS_PER_THOUSAND = 0.6 if FULL else 3.0
"""A minute for all of them; a small sweep is not worth its first list."""
FIRST_SERIAL = 0x30000000


@pytest.fixture
def watched(tmp_path, founded_world):
    """A town of that many residents, all with the library, which wants events."""
    with town(tmp_path, founded_world, environment={"IDP_CRL_REFRESH_SECONDS": "3600"}) as made:
        settle_people(Kit(made), made.library, TOTAL)
        receiving(made, made.library)
        issuer = [a for a in made.world.authorities if a.kind is CertificateKind.SIGNATURE][-1]
        watch(made, issuer.key_id)
        move_some(made, issuer.generation)
        yield made


def watch(made, key_id):
    """A consent and a watched certificate beside every grant."""
    keys, now = made.product.directory.tenant("aoba").keys, int(made.clock().timestamp())
    with made.product.store.for_tenant("aoba").write() as tx:
        grants = tx.connection.execute(schema.grant.select()).all()
        consent = {"released": "jpki_status openid", "purpose_digest": digest("x")}
        rows = [
            {"tenant_id": "aoba", "pair_id": g.pair_id, "client_id": g.client_id, "created": g.created, **consent}
            for g in grants
        ]
        tx.connection.execute(schema.consent.insert(), rows)
        for number, grant in enumerate(grants):
            user = CertificateName(CertificateKind.USER, key_id, FIRST_SERIAL + number)
            seen = Seen(SignatureStatus(Status.VALID, now), user, replace(user, kind=CertificateKind.SIGNATURE))
            watch_id = digest(str(number))[:16]
            sealed = keys.seal(place(watch_id), seen.to_json().ljust(1024).encode())
            signature_watches.add(tx, WatchRow(watch_id, grant.pair_id, grant.client_id, sealed))


def move_some(made, generation):
    """J-LIS has issued and revoked every hundredth of them."""
    at = made.clock()
    why = Revocation(at, ReasonFlags.affiliation_changed)
    gone = tuple(
        Issued(Slot.SIGN, "hanako", generation, FIRST_SERIAL + number, at, revocation=why, municipality="99001")
        for number in range(0, TOTAL, MOVED_IN)
    )
    made.world.change(lambda state: replace(state, certificates=(*state.certificates, *gone)))
    made.control(do="tick")


def test_a_night_is_long_enough(watched):
    """Everybody is looked up, whoever moved is told of, and nobody twice."""
    began = time.monotonic()
    assert sweep(watched) == Swept(watched=TOTAL, changed=TOTAL // MOVED_IN)
    took = time.monotonic() - began
    assert watched.rows("outbox") == 2 * TOTAL // MOVED_IN
    again = time.monotonic()
    assert sweep(watched) == Swept(watched=TOTAL, changed=0)
    quiet = time.monotonic() - again
    against("sweep of a thousand, ten of whom moved", took / TOTAL * 1000, SECONDS_PER_THOUSAND, "s")
    against("sweep of a thousand of whom nobody moved", quiet / TOTAL * 1000, SECONDS_PER_THOUSAND, "s")
