"""The cost of one returning login, counted: the contract's last section, on SQLite and PostgreSQL."""

from collections import Counter

import pytest
from components.counting import Counted, counting
from components.postgres import Postgres
from components.town import town

from idp.compose import ground


@pytest.fixture(params=["sqlite", "postgresql"])
def counted_town(request, tmp_path, founded_world, monkeypatch):
    """A town whose ports count their calls."""
    counts = Counter()
    real_state, real_keys = ground.short_lived, ground.keys_of
    monkeypatch.setattr(ground, "short_lived", lambda *a: Counted(real_state(*a), "state", counts))
    monkeypatch.setattr(ground, "keys_of", lambda *a: Counted(real_keys(*a), "keys", counts))
    if request.param == "sqlite":
        with town(tmp_path, founded_world) as made:
            yield made, counts
        return
    with Postgres() as server:
        database = server.database()
        environment = database.environment
        with town(tmp_path, founded_world, environment=environment, owner_url=database.owner_url) as made:
            yield made, counts


def test_a_returning_login_costs_what_the_contract_allows(counted_town, monkeypatch):
    """At most 2 write transactions, 2 reads, 8 calls of short-lived state; no configuration, key or Vault."""
    made, port_counts = counted_town
    made.sign_in(made.library)
    port_counts.clear()
    with counting(made.product, monkeypatch) as counts:
        made.sign_in(made.library)
    print({**counts, **port_counts})
    assert counts["write transactions"] <= 2
    assert counts["reads"] <= 2
    assert counts["configuration reads"] == 0
    assert counts["key imports"] == 0
    assert port_counts["keys"] == 0
    assert 0 < port_counts["state"] <= 8


def test_the_counter_counts(counted_town, monkeypatch):
    """A first login needs the key once and more writes: the counter is no constant."""
    made, port_counts = counted_town
    port_counts.clear()
    with counting(made.product, monkeypatch) as counts:
        made.sign_in(made.library)
    assert port_counts["keys"] == 1
    assert counts["write transactions"] == 3


def test_attributes_cost_one_write_more(counted_town, monkeypatch):
    """A returning login whose consent is remembered, with name and address from the card: their release."""
    made, port_counts = counted_town
    clinic = made.register("aoba", "clinic", scopes=("openid", "name", "address"))
    made.sign_in(clinic, scope="openid name address")
    port_counts.clear()
    with counting(made.product, monkeypatch) as counts:
        made.sign_in(clinic, scope="openid name address")
    assert counts["write transactions"] <= 3
    assert counts["reads"] <= 2
    assert (counts["configuration reads"], counts["key imports"], port_counts["keys"]) == (0, 0, 0)
    assert 0 < port_counts["state"] <= 8
