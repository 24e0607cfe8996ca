"""Who acts for whom, on both databases: kept apart by tenant, used at one moment by many, carried and swept."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from components.agents import acted, asked_for_whom, consented, kept_of, mandate, taking_agents
from components.residents import Office

from idp.agents.representation import EndedBy, State
from idp.store import agents as rows
from idp.store import schema

_DAY = 24 * 3600


@pytest.fixture
def welfare(either):
    """A service at which agents may sign in."""
    return taking_agents(either)


def count(town, table, tenant_id="aoba") -> int:
    """Rows of a tenant."""
    with town.product.store.for_tenant(tenant_id).read() as tx:
        return len(tx.connection.execute(table.select()).all())


def test_one_for_once_is_used_once_by_many_at_once(either, welfare):
    """Six consents of one moment, redeemed together: one gives tokens."""
    kept = mandate(either, welfare, once=True)
    asked = [asked_for_whom(either, welfare) for _ in range(6)]
    codes = [(consented(either, one), one.login) for one in asked]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda code: either.redeem(*code).status_code, codes))
    assert sorted(answers) == [200, *[400] * 5]
    [after] = kept_of(either, "principal", kept.body.principal)
    assert (after.body.state, sum(after.body.uses.popitem()[1].values())) == (State.ENDED, 1)


def test_another_tenant_sees_nothing_of_it(either, welfare):
    """Rows, sides, codes and logins are the tenant's own, whatever is asked for."""
    kept = mandate(either, welfare)
    acted(either, welfare)
    with either.product.store.for_tenant("wakaba").read() as tx:
        assert rows.every(tx) == rows.open_logins(tx) == []
        assert rows.one(tx, kept.representation_id) is None
        assert rows.parties(tx, b"\x00" * 32) == []


def test_it_is_carried_ended_and_forgotten(either, welfare):
    """A merge lets the survivor have it, time ends it, and a year later nothing of it is there."""
    office = Office(either)
    kept = mandate(either, welfare, principal="yoko")
    hanako, yoko = (either.sign_in(either.library, who)["sub"] for who in ("hanako", "yoko"))
    office.merge(office.refer(either.library, hanako), office.refer(either.library, yoko))
    acted(either, welfare)
    either.control(do="clock", seconds=200 * _DAY)
    passing, tenants = either.product.agents.passing, [either.product.directory.tenant("aoba")]
    assert passing.sweep(tenants) == 1
    [after] = kept_of(either, "agent", kept.body.agent)
    assert after.body.ended_by == EndedBy.TIME
    either.control(do="clock", seconds=600 * _DAY)
    assert passing.sweep(tenants) == 0
    for table in (schema.representation, schema.representation_party, schema.acting_login):
        assert count(either, table) == 0
