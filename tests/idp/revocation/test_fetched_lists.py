"""A town that lives on fetched lists alone: the whole CA's, its distribution points', on the web or delivered."""

import pytest
from components.town import town

from connectors.jlis.crl import place
from connectors.sandbox import names
from connectors.sandbox.lists import revocation_list
from connectors.sandbox.names import MUNICIPALITIES
from idp.errors import Reason


def outcome(made, resident="hanako"):
    """`accepted`, or why a resident's proof is refused."""
    login = made.begin(made.library)
    made.challenge(login)
    answer = made.prove(login, made.sign(login, resident))
    return "accepted" if answer.status_code == 200 else answer.json["code"]


def deliver(made, folder):
    """What the platform would put there: every list that there is now."""
    state = made.world.published(made.clock())
    for authority in made.world.authorities:
        for municipality in (None, *MUNICIPALITIES.values()):
            name = municipality and names.distribution_point_name(authority.kind, municipality).public_bytes()
            file = folder / place(authority.kind, authority.key_id, name or None)
            file.parent.mkdir(parents=True, exist_ok=True)
            draft = file.with_suffix(".new")
            draft.write_bytes(revocation_list(authority, state, municipality))
            draft.replace(file)


@pytest.mark.parametrize("way", ["web", "folder"])
@pytest.mark.parametrize("scope", ["whole", "point", "both"])
def test_revocations_are_seen(tmp_path, founded_world, scope, way):
    """Accepted; revoked and published: refused; another resident still accepted; three days later nobody is."""
    folder = tmp_path / "delivered"
    source = {"IDP_CRL_URL": None, "IDP_CRL_FOLDER": str(folder)} if way == "folder" else {}
    with town(tmp_path, founded_world, environment={**source, "IDP_CRL_SCOPE": scope}) as made:
        made.control(do="ocsp", mode="down")
        deliver(made, folder)
        assert outcome(made) == "accepted"
        made.clock.set_offset(60)
        made.control(do="revoke", resident="hanako")
        made.control(do="tick")
        deliver(made, folder)
        assert outcome(made) == Reason.CERTIFICATE_REVOKED
        assert outcome(made, "ichiro") == "accepted"
        made.control(do="crl", mode="stale")
        deliver(made, folder)
        assert outcome(made, "ichiro") == Reason.EVIDENCE_TOO_OLD
        made.control(do="crl", mode="fresh")
        deliver(made, folder)
        assert outcome(made, "ichiro") == "accepted"


def test_a_clock_set_back_hides_no_newer_list(aoba):
    """A list of next month is in use when the clock returns: today's comes in all the same."""
    aoba.control(do="ocsp", mode="down")
    aoba.control(do="clock", seconds=30 * 24 * 3600)
    assert outcome(aoba) == "accepted"
    aoba.control(do="clock", seconds=0)
    assert outcome(aoba) == "accepted"


def test_a_folder_serves_every_anchor_before_anybody_asks(tmp_path, founded_world):
    """Both kinds, all generations: what the background thread does in its turn."""
    folder = tmp_path / "delivered"
    environment = {"IDP_CRL_URL": None, "IDP_CRL_FOLDER": str(folder), "IDP_CRL_REFRESH_SECONDS": "3600"}
    with town(tmp_path, founded_world, environment=environment) as made:
        deliver(made, folder)
        assert [made.product.lists.refresh_all() for _ in range(2)] == [len(made.world.authorities), 0]
        made.control(do="ocsp", mode="down")
        assert outcome(made) == "accepted"
