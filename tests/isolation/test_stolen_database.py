"""The database is stolen, and two services' lists: without the Vault nobody is found in it and nobody joined."""

import hashlib
import hmac

import pytest
from components.postgres import Postgres
from components.robbed import Robbed
from components.scale import scaled
from components.town import town
from isolation.stolen_database import (
    Listed,
    Stolen,
    found_with_index_key,
    found_with_keys,
    found_without_key,
    issuers,
    joined_by_nearness,
    joined_by_services_alone,
    joined_by_values,
    keys_in,
)

from connectors.ports import CertificateKind
from idp.login.forgetting import MARGIN_SECONDS, PARTICIPANTS_SECONDS, forget

PEOPLE = scaled(24, 200)
FIRST = 0x01000000
"""Where the test CA's counter begins, but for its first roots."""
CHANCE = 100_000
"""Of so many numbers one at most stands by chance where a thief looks: one in a million was seen."""
LUCK = 13
"""Blind guessing finds one user, however many there are; so many, in any of ten thousand ways, it never finds."""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def robbed(request, tmp_path_factory, founded_world):
    """A municipality with a past, and its database in a thief's hands."""
    folder = tmp_path_factory.mktemp("robbed")
    if request.param == "sqlite":
        with town(folder, founded_world) as made:
            yield _robbed(made, lambda: Stolen.from_sqlite(folder / "idp.db"))
        return
    with Postgres() as server:
        database = server.database()
        dsn = server.superuser_dsn.rpartition("/")[0] + "/" + database.owner_url.rpartition("/")[2]
        with town(folder, founded_world, environment=database.environment, owner_url=database.owner_url) as made:
            yield _robbed(made, lambda: Stolen.from_postgresql(dsn))


def _robbed(made, steal):
    past = Robbed(made, PEOPLE)
    past.live()
    past.steal = steal
    past.stolen = steal()
    return past


def listed(robbed, name):
    """The list of a service, its users in one order that the tests know and the thief does not."""
    return [Listed(sub, tuple(moments)) for sub, moments in (robbed.users[name][one.id] for one in robbed.crowd)]


def all_serials(robbed):
    """Every serial number that the test CA can have issued; at small scale one in 32, and the residents' own.

    Four bytes from a running counter, as the real CA's, where some 120 million are in use: an hour for one core.
    """
    last = robbed.town.world.state.last_serials[CertificateKind.USER]
    return sorted({*range(FIRST, last + 1, scaled(32, 1)), *(one.serial for one in robbed.crowd)})


def test_what_was_stolen_is_a_whole_town(robbed):
    """Everything that the thief could hope for is there, and a service's own users are found by their numbers."""
    for table in (
        "certificate",
        "person",
        "pair",
        "pair_grant",
        "consent",
        "session",
        "session_client",
        "access_token",
        "audit_entry",
        "audit_link",
        "transfer_code",
        "resident_code",
        "password_account",
        "passkey",
        "representation",
        "representation_party",
        "receipt",
        "company",
        "organization_account",
        "account_request",
        "user_number",
        "pair_generation",
        "outbox",
        "ledger",
        "migration",
        "former_number",
        "alembic_version",
    ):
        assert table in robbed.stolen.tables, table
    for table in ("certificate", "person"):
        assert len(robbed.stolen.tables[table]) == PEOPLE
    used = ("pair", "pair_grant", "consent", "session", "access_token", "audit_entry", "transfer_code", "receipt")
    for table in used:
        assert robbed.stolen.tables[table], table
    assert all(joined_by_values(robbed.stolen, users, users) == PEOPLE for users in (listed(robbed, "library"),))


def test_no_serial_number_is_betrayed_without_a_key(robbed):
    """All numbers that there can be, plain and hashed, in every column and at any length: no resident's is there.

    Of millions of numbers a few stand by chance somewhere among sealed bytes, and they are nobody's here.
    """
    tried = all_serials(robbed)
    found = found_without_key(robbed.stolen, "aoba", tried)
    print(f"{len(tried)} serial numbers tried, {len(found)} met by chance")
    assert found & {one.serial for one in robbed.crowd} == set()
    assert len(found) <= len(tried) // CHANCE


def test_no_value_of_the_dump_is_a_key_to_a_serial_number(robbed):
    """HMAC under every value that might be one. The residents' own serials are enough: others are nobody's."""
    mine = {one.serial for one in robbed.crowd[: scaled(4, 40)]}
    assert found_with_keys(robbed.stolen, "aoba", mine, keys_in(robbed.stolen)) == set()


def test_a_planted_hash_is_found(robbed):
    """The search is not blind: a plain hash, one under a value of the dump, and one cut to twelve bytes."""
    serial, key = robbed.crowd[0].serial, keys_in(robbed.stolen)[-1]
    issuer = issuers(robbed.stolen, "aoba")[0]
    plain = Stolen(
        {**robbed.stolen.tables, "planted": [{"note": hashlib.sha256(b"%d" % serial).hexdigest()[:24]}]}
    )
    assert found_without_key(plain, "aoba", [serial - 1, serial, serial + 1]) == {serial}
    tag = hmac.digest(key, issuer.message(serial), "sha256")
    keyed = Stolen({**robbed.stolen.tables, "planted": [{"note": tag}]})
    assert found_with_keys(keyed, "aoba", [serial], keys_in(keyed)) == {serial}


def test_no_values_join_two_services_lists(robbed):
    """Rows that hang together by whatever equal value: no row of one sector's number with one of another's."""
    lists = {name: listed(robbed, name) for name in ("library", "sports", "clinic")}
    for one, other in (("library", "sports"), ("sports", "clinic"), ("library", "clinic")):
        assert joined_by_values(robbed.stolen, lists[one], lists[other]) == 0


def test_no_order_joins_two_services_lists(robbed):
    """Place, transaction number, moments, lengths, against one another: no better than blind guessing."""
    found = joined_by_nearness(robbed.stolen, listed(robbed, "library"), listed(robbed, "sports"))
    assert len(found) > 100
    print(f"{len(found)} ways of ordering join at most {max(found.values()):.1f} of {PEOPLE} (chance: 1)")
    assert {columns: share for columns, share in found.items() if share > LUCK} == {}


def test_the_published_limit_of_one_sitting(robbed):
    """Two services that a resident visits within a minute are near in the dump too, as they are in their own logs.

    That is what the services' clocks tell without any dump; it also shows that the search above is not blind.
    """
    library, clinic = listed(robbed, "library"), listed(robbed, "clinic")
    alone = joined_by_services_alone(*([Listed(u.sub, u.moments) for u in users] for users in (library, clinic)))
    assert alone > PEOPLE * 2 / 3
    found = joined_by_nearness(robbed.stolen, library, clinic)
    print(f"at one sitting: {alone:.1f} by the services' clocks, {max(found.values()):.1f} by the dump")
    assert max(found.values()) > LUCK


def test_the_published_limit_with_a_process_s_memory(robbed):
    """With the index key too, serial numbers are tried one by one, and every resident's certificate is found."""
    macs = vars(robbed.town.product.directory.tenant("aoba").keys)["_index"].__self__
    keyed = vars(macs)["_key"]
    found = {}
    for issuer in issuers(robbed.stolen, "aoba"):
        found |= found_with_index_key(robbed.stolen, issuer, all_serials(robbed), keyed)
    assert {one.serial for one in robbed.crowd} == set(found)


def test_the_published_limit_of_single_sign_on_everywhere(robbed):
    """A municipality that opted for it: one proof, two sectors, and that proof's row joins them for a month."""
    made, some = robbed.town, robbed.crowd[:12]
    tenant = made.product.directory.tenant("aoba")
    bath, pool = (made.register("aoba", name) for name in ("bath", "pool"))
    made.product.policies.change_tenant(tenant, revocation={}, single_sign_on_everywhere=True)
    for one in some:
        browser = made.browser()
        robbed.visit("bath", bath, one, browser)
        robbed.visit("pool", pool, one, browser)
    one, other = (
        [Listed(sub, tuple(moments)) for sub, moments in (robbed.users[name][who.id] for who in some)]
        for name in ("bath", "pool")
    )
    assert joined_by_values(robbed.steal(), one, other) == len(some)
    made.clock.set_offset(made.clock.offset + PARTICIPANTS_SECONDS + MARGIN_SECONDS + 1)
    forget(made.product.store, [tenant], made.clock())
    assert joined_by_values(robbed.steal(), one, other) == 0
