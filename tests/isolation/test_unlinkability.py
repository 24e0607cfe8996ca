"""Unlinkability: two services pool every byte that they received, and cannot tell that two people are one.

Two residents sign in at every service within one quarter of an hour. A value that joins one resident's logins
may exist only if it is equal for everybody: if the other resident's logins have it too.
"""

from datetime import timedelta

import pytest
from components.town import town
from isolation.received import Received, receive

QUARTER = 15 * 60
RESIDENTS = ("hanako", "ichiro")
SCOPE = {"scope": "openid jpki_status"}


@pytest.fixture(scope="module")
def pool(tmp_path_factory, founded_world):
    """(resident, service) -> what that service received; each resident signs in everywhere in one browser."""
    with town(tmp_path_factory.mktemp("pool"), founded_world) as made:
        # Two minutes into a quarter: no rounded time changes while the logins run.
        now = made.clock()
        into = now.timestamp() % QUARTER
        made.control(do="clock", seconds=made.clock.offset + QUARTER - into + 120)
        services = {name: getattr(made, name) for name in ("library", "childcare", "school", "parking")}
        services["sports"] = made.register("aoba", "sports")
        received = {}
        for resident in RESIDENTS:
            browser = made.browser()
            for name, service in services.items():
                login, url = made.come(service, browser, resident, **SCOPE)
                received[resident, name] = receive(made, service, login, url)
        assert made.clock() - now < timedelta(seconds=2 * QUARTER)
        yield received


def joins(pool: dict[tuple[str, str], Received], one: str, other: str, seen_as) -> set:
    """What `one` and `other` both received of the first resident and did not both receive of the second."""
    first, second = RESIDENTS
    mine = seen_as(pool[first, one]) & seen_as(pool[first, other])
    everybody = seen_as(pool[second, one]) & seen_as(pool[second, other])
    return mine - everybody


UNRELATED = [("library", "childcare"), ("library", "sports"), ("library", "parking"), ("school", "sports")]


@pytest.mark.parametrize(("one", "other"), UNRELATED)
@pytest.mark.parametrize("seen_as", [Received.joined, Received.windows], ids=["values", "bytes"])
def test_two_sectors_share_nothing_of_a_person(pool, one, other, seen_as):
    """Neither a value nor eight bytes in a row, at one tenant and at two."""
    assert joins(pool, one, other, seen_as) == set()


@pytest.mark.parametrize("seen_as", [Received.joined, Received.windows], ids=["values", "bytes"])
def test_the_search_finds_what_joins_a_shared_sector(pool, seen_as):
    """The number that the two are meant to share, and nothing else: the test above is not blind."""
    found = joins(pool, "childcare", "school", seen_as)
    number = pool["hanako", "childcare"].values["ID token sub"]
    runs = {number[at : at + 8].encode() for at in range(len(number) - 7)}
    assert found == ({number} if seen_as is Received.joined else runs) or runs < found
    if seen_as is Received.windows:
        # Runs that reach over the number's ends hold a part of it too.
        assert all(
            any(part in run for part in (number[:1].encode(), number[-1:].encode())) for run in found - runs
        )


def test_the_search_finds_one_planted_session_id(pool):
    """One value copied from one service to the other is found, whatever it is called."""
    copied = pool["hanako", "library"].values["ID token sid"]
    victim = pool["hanako", "sports"]
    planted = Received(victim.values | {"reference": copied}, victim.parts | {"reference": copied.encode()})
    for seen_as in (Received.joined, Received.windows):
        assert joins(pool | {("hanako", "sports"): planted}, "library", "sports", seen_as)


def test_one_session_has_another_sid_at_every_client(pool, neighbours):
    """Also where one session serves two services: `sid` is of session, client and tenant together."""
    sids = {
        neighbours.product.directory.tenant(tenant_id).keys.session_id(client_id, bytes(32))
        for tenant_id in ("aoba", "wakaba")
        for client_id in (
            neighbours.library.client_id,
            neighbours.childcare.client_id,
            neighbours.school.client_id,
        )
    }
    assert len(sids) == 6
    drawn = [received.values["ID token sid"] for received in pool.values()]
    assert len(set(drawn)) == len(drawn)


def test_no_length_tells_a_person(pool):
    """Every part is as long for one resident as for the other."""
    for name in ("library", "childcare", "school", "parking", "sports"):
        one, other = (pool[resident, name].lengths() for resident in RESIDENTS)
        assert one == other, name


def test_what_is_equal_for_everybody_is_known(pool):
    """What all logins of one tenant have in common: issuer, level, evidence times in quarters, headers."""
    names = ("library", "childcare", "sports")
    common = set.intersection(*(pool[resident, name].joined() for resident in RESIDENTS for name in names))
    sample = pool["hanako", "library"].values
    told = {name for name, value in sample.items() if value in common}
    assert {name for name in told if "header" not in name} == {
        "redirect iss",
        "token token_type",
        "token expires_in",
        "token scope",
        "ID token iss",
        "ID token acr",
        "ID token amr",
        "ID token revocation method",
        "ID token revocation checked_at",
        "ID token revocation this_update",
        "ID token revocation next_update",
        "ID token revocation fallback",
        "ID token signature_certificate status",
        "ID token signature_certificate checked_at",
        "ID token signature_certificate basic4_changed",
        "userinfo revocation method",
        "userinfo revocation checked_at",
        "userinfo revocation this_update",
        "userinfo revocation next_update",
        "userinfo revocation fallback",
        "userinfo signature_certificate status",
        "userinfo signature_certificate checked_at",
        "userinfo signature_certificate basic4_changed",
    }
    for name in ("checked_at", "this_update", "next_update"):
        assert int(sample[f"ID token revocation {name}"]) % QUARTER == 0


def test_nothing_of_the_certificate_or_the_transaction_is_received(pool):
    """A service's claims are a closed list."""
    for received in pool.values():
        claims = {
            name.split()[2] for name in received.values if name.startswith("ID token ") and "header" not in name
        }
        assert claims - {"signature"} == {
            "iss",
            "sub",
            "acr",
            "amr",
            "sid",
            "revocation",
            "signature_certificate",
            "at_hash",
            "c_hash",
            "s_hash",
        }
        assert {name.split()[1] for name in received.values if name.startswith("userinfo ")} == {
            "sub",
            "revocation",
            "signature_certificate",
            "header",
        }
        assert {name.split()[1] for name in received.values if name.startswith("redirect ")} == {"code", "iss"}
