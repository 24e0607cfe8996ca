"""What becomes of sessions, on SQLite and on a real PostgreSQL alike: forgotten in time, and never half ended."""

import threading
from urllib.parse import parse_qs, urlsplit

import pytest
from components.backs import BackChannels
from components.postgres import Postgres
from components.town import town
from sqlalchemy import func, select

from idp.events.outbox import Outbox
from idp.login import forgetting
from idp.login.sessions import SESSION_SECONDS
from idp.login.sign_out import SignOut
from idp.store import acceptances, schema, sessions
from idp.store.sessions import Told

HOUR, DAY = 60 * 60, 24 * 60 * 60
TABLES = (schema.session, schema.session_client, schema.code_redemption, schema.access_token, schema.acceptance)


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request, tmp_path, founded_world):
    """A town on one of the two databases."""
    if request.param == "sqlite":
        with town(tmp_path, founded_world) as made:
            yield made
        return
    with Postgres() as server:
        database = server.database()
        environment = {**database.environment, "IDP_CRL_DIRECTORY": str(tmp_path / "lists")}
        with town(tmp_path, founded_world, environment=environment, owner_url=database.owner_url) as made:
            yield made


def counts(made, tenant_id="aoba"):
    """How many rows each table holds of a tenant, in the order of `TABLES`."""
    with made.product.store.for_tenant(tenant_id).read() as tx:
        questions = [select(func.count()).where(table.c.tenant_id == tenant_id) for table in TABLES]
        return [tx.connection.execute(question).scalar_one() for question in questions]


def forget_after(made, seconds):
    """Let that much time pass, and let the daily task forget."""
    made.clock.set_offset(made.clock.offset + seconds)
    forgetting.forget(made.product.store, made.product.directory.all(), made.clock())


def sign_out_of(made):
    """Who ends logins, as the product has it."""
    return SignOut(
        store=made.product.store,
        outbox=Outbox(made.clock, made.product.events.token_bytes),
        auditor=made.product.service_changes.auditor,
        now=made.clock,
        token_bytes=made.product.events.token_bytes,
        delay_seconds=0,
    )


def come(made, service, browser):
    """Sign in up to the code: the login, its code, and the transaction of its proof."""
    login, url = made.come(service, browser)
    return login, parse_qs(urlsplit(url).query)["code"][0], login.page_url.rpartition("/")[2]


def test_a_login_that_is_over_is_forgotten_step_by_step(either):
    """Nothing while it may be used; then whose it was; after a month where it went on; never that it was."""
    either.sign_in(either.library)
    either.sign_in(either.parking)
    whole = [1, 1, 1, 1, 1]
    assert counts(either) == counts(either, "wakaba") == whole
    forget_after(either, SESSION_SECONDS)
    assert counts(either) == [1, 1, 1, 0, 1]
    forget_after(either, DAY)
    assert counts(either) == counts(either, "wakaba") == [0, 1, 0, 0, 1]
    forget_after(either, 30 * DAY)
    assert counts(either) == counts(either, "wakaba") == [0, 0, 0, 0, 1]


def test_the_worker_forgets_by_itself(either):
    """Among what recurs daily."""
    either.sign_in(either.library)
    either.clock.set_offset(either.clock.offset + 31 * DAY)
    either.product.worker.once()
    assert counts(either) == [0, 0, 0, 0, 1]


def test_a_code_that_is_shown_again_after_its_tombstone_is_refused(either):
    """By its own minute: what was forgotten opens nothing."""
    login, code, _ = come(either, either.library, either.browser())
    assert either.redeem(code, login).status_code == 200
    forget_after(either, 2 * DAY)
    answer = either.redeem(code, login)
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_grant")
    assert counts(either)[2:4] == [0, 0]


def test_a_session_that_does_not_go_on_is_not_revived_by_an_older_code(either):
    """Two tabs: the choice of a shared computer stands, whichever code is redeemed last."""
    either.sign_in(either.library)
    store, moment = either.product.store.for_tenant("aoba"), int(either.clock().timestamp())
    with store.write() as tx:
        session_digest = tx.connection.execute(select(schema.session.c.session_digest)).scalar_one()
        assert acceptances.activate_session(tx, session_digest, now=moment, idle_until=moment + HOUR)
        assert acceptances.activate_session(tx, session_digest, now=moment, idle_until=0)
        assert acceptances.activate_session(tx, session_digest, now=moment, idle_until=moment + HOUR)
        (row,) = sessions.among(tx, [session_digest])
    assert row.idle_until == 0


def test_a_service_that_comes_at_the_moment_of_the_end_is_told_or_gets_nothing(either):
    """A redemption that is being written holds up the end; the end then finds its service, too."""
    with BackChannels() as back:
        service = either.register("aoba", "desk", backchannel_logout_uri=back.uri)
        login, code, transaction_id = come(either, service, either.browser())
        assert either.redeem(code, login).status_code == 200
        tenant, store = either.product.directory.tenant("aoba"), either.product.store.for_tenant("aoba")
        moment = int(either.clock().timestamp())
        with store.read() as tx:
            (first,) = sessions.participants(tx, [transaction_id])
            session = sessions.of_login(tx, transaction_id)
        ending = threading.Thread(
            target=sign_out_of(either).run, args=(tenant, [transaction_id]), kwargs={"sector_id": ""}
        )
        with store.write() as tx:
            assert acceptances.activate_session(tx, session.session_digest, now=moment, idle_until=0)
            ending.start()
            ending.join(0.3)
            assert ending.is_alive()
            part = acceptances.NewParticipant(either.school.client_id, first.pair_id, "late")
            acceptances.join_session(tx, session.session_digest, part, now=moment, idle_until=0)
        ending.join(20)
        with store.read() as tx:
            told = {one.client_id: one.told for one in sessions.participants(tx, [transaction_id])}
        assert told == {service.client_id: Told.WAITING, either.school.client_id: Told.NOBODY}
        with store.write() as tx:
            assert not acceptances.activate_session(tx, session.session_digest, now=moment, idle_until=moment)
