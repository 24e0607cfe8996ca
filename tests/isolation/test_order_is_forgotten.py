"""PostgreSQL keeps which transaction wrote a row, and where: the act of the deploying guide takes that away."""

from pathlib import Path

import psycopg
import pytest
from components.postgres import Postgres
from components.residents import Office, sub_of
from components.town import town
from isolation.stolen_database import BORN, PLACE, Stolen, pair_of

ACT = Path(__file__).parents[2] / "deploy" / "postgresql" / "forget-order.sql"
RESIDENTS = ("hanako", "ichiro", "yoko")


@pytest.fixture(scope="module")
def kept(tmp_path_factory, founded_world):
    """A town on PostgreSQL, and the address of its database for whoever runs the server."""
    with Postgres() as server:
        database = server.database()
        dsn = server.superuser_dsn.rpartition("/")[0] + "/" + database.owner_url.rpartition("/")[2]
        options = {"environment": database.environment, "owner_url": database.owner_url}
        with town(tmp_path_factory.mktemp("kept"), founded_world, **options) as made:
            yield made, dsn


def test_what_one_transaction_ended_is_joined_until_the_order_is_forgotten(kept):
    """Somebody who is no more: both tombstones are of one transaction. Afterwards all rows are, and lie by key."""
    made, dsn = kept
    office = Office(made)
    numbers = {one: [sub_of(made, service, one) for service in (made.library, made.school)] for one in RESIDENTS}
    office.approve(made.product.wishes.disable(office.tenant, office.refer(made.library, numbers["yoko"][0])))
    before = Stolen.from_postgresql(dsn)
    born = [before.tables["pair"][pair_of(before, sub)[1]][BORN] for sub in numbers["yoko"]]
    assert born[0] == born[1]
    assert [row[BORN] for row in before.tables["pair"]].count(born[0]) == 2
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(ACT.read_text())
    after = Stolen.from_postgresql(dsn)
    for table in ("pair", "pair_grant", "certificate", "person", "acceptance"):
        assert len({row[BORN] for row in after.tables[table]}) == 1, table
    keys = [bytes(row["pair_id"]) for row in sorted(after.tables["pair"], key=lambda row: row[PLACE])]
    assert keys == sorted(keys)
    assert [sub_of(made, service, "hanako") for service in (made.library, made.school)] == numbers["hanako"]
