"""Changes of numbers, on SQLite and PostgreSQL alike: nobody is lost, nobody has two, nothing is issued twice."""

import pytest
from components.jobs import pass_time
from components.migrating import Kit
from components.town import id_token_claims, town

from idp.continuity.plan import DAY_SECONDS
from idp.keys.sealing import digest
from idp.registration import NotAllowed
from idp.store import schema
from idp.store.user_numbers import pair_of

RESIDENTS = ("hanako", "ichiro", "sora")


@pytest.fixture(params=["sqlite", "postgresql"])
def kit(request, tmp_path, founded_world):
    """A town on one of the two databases, whose numbers change."""
    if request.param == "sqlite":
        with town(tmp_path, founded_world) as made:
            yield Kit(made)
        return
    database = request.getfixturevalue("postgres").database()
    with town(tmp_path, founded_world, environment=database.environment, owner_url=database.owner_url) as made:
        yield Kit(made)


def test_a_compromised_version_is_replaced_and_every_service_hears_the_old_number(kit):
    """New number, old one beside it, in ID token and UserInfo; services of one sector agree."""
    made = kit.town
    before = {service.client_id: kit.numbers(service, RESIDENTS[:1]) for service in (made.library, made.childcare)}
    kit.rotate()
    migration = kit.run(kit.compromise())
    assert kit.state(migration) == "open"
    for service in (made.library, made.childcare):
        claims, userinfo = kit.sign_in(service)
        assert [claims["previous_sub"]] == before[service.client_id]
        assert claims["sub"] not in before[service.client_id]
        assert "previous_iss" not in claims
        assert (userinfo["sub"], userinfo["previous_sub"]) == (claims["sub"], claims["previous_sub"])
    assert kit.sign_in(made.school)[0]["sub"] == kit.sign_in(made.childcare)[0]["sub"]
    assert "previous_sub" not in kit.sign_in(made.school)[0]  # it never knew the old number
    live = schema.pair.c.state == "live"
    assert kit.count(schema.pair, live, schema.pair.c.key_version == 1) == 0


def test_a_service_moves_to_another_sector_and_the_others_stay(kit):
    """Its residents get the numbers that they have there, or new ones; who stays behind keeps theirs."""
    made = kit.town
    library = kit.numbers(made.library, RESIDENTS)
    (family,) = kit.numbers(made.childcare, RESIDENTS[:1])
    migration = kit.run(kit.sector(made.library, "family"))
    assert kit.state(migration) == "open"
    found = [kit.sign_in(made.library, resident)[0] for resident in RESIDENTS]
    assert [claims["previous_sub"] for claims in found] == library
    assert found[0]["sub"] == family == kit.numbers(made.childcare)[0]
    assert len({claims["sub"] for claims in found} | set(library)) == 2 * len(RESIDENTS)
    assert kit.numbers(made.childcare, RESIDENTS[1:]) == [claims["sub"] for claims in found[1:]]


def test_what_began_with_the_old_number_ends_with_it(kit):
    """A code from before the switch: old number in ID token and UserInfo, and no word of a previous one."""
    made = kit.town
    ((code, login), old) = made.code(made.library), kit.numbers(made.library)[0]
    kit.rotate()
    kit.run(kit.compromise())
    answer = made.redeem(code, login).json
    claims = id_token_claims(answer["id_token"])
    assert (claims["sub"], "previous_sub" in claims) == (old, False)
    assert kit.userinfo(made.library, answer["access_token"]) == {"sub": old}
    assert kit.sign_in(made.library)[0]["previous_sub"] == old


def test_a_service_may_still_name_a_resident_by_the_old_number(kit):
    """An ID token from before as hint: it is the same person, and not `login_required`."""
    made = kit.town
    old = made.redeem(*made.code(made.library)).json["id_token"]
    kit.rotate()
    migration = kit.run(kit.compromise())
    named = made.redeem(*made.code(made.library, id_token_hint=old))
    assert id_token_claims(named.json["id_token"])["previous_sub"] == id_token_claims(old)["sub"]
    kit.migrations.finish(kit.tenant(), migration, early=True)
    with pytest.raises(KeyError, match="code"):  # finished: it is nobody's number
        made.code(made.library, id_token_hint=old)


def test_consent_and_user_number_move_along_with_the_grant(kit):
    """Nobody is asked again, and the library's own number is still the resident's."""
    made = kit.town
    kit.sign_in(made.library)
    link(kit, made.library)
    kit.rotate()
    kit.run(kit.compromise())
    login = made.begin(made.library)
    answer = made.get(login.browser, made.accept(login))
    assert not answer.headers["Location"].endswith("/consent")
    with made.product.store.for_tenant("aoba").read() as tx:
        linked = tx.connection.execute(schema.user_number.select()).one()
        live = tx.connection.execute(schema.pair.select().where(schema.pair.c.state == "live")).one()
    assert linked.pair_id == live.pair_id
    assert kit.count(schema.grant) == kit.count(schema.consent) == 1


def test_who_comes_while_numbers_change_has_the_new_one_only(kit):
    """A resident's first login after the start: one number for good, and nothing of a previous one."""
    made = kit.town
    kit.sign_in(made.library)
    kit.rotate()
    kit.start(kit.compromise())
    first, _ = kit.sign_in(made.library, "ichiro")
    kit.work()
    again, _ = kit.sign_in(made.library, "ichiro")
    assert (again["sub"], "previous_sub" in first | again) == (first["sub"], False)


def test_a_service_that_nobody_has_told_goes_back_and_the_numbers_are_never_issued_again(kit):
    """Abort before any service received a new number: as if nothing had been; a second attempt makes others."""
    made = kit.town
    before = kit.numbers(made.library, RESIDENTS)
    for plan in (kit.compromise, lambda: kit.sector(made.library, "family")):
        kit.rotate()
        migration = kit.run(plan())
        tried = digests(kit, live=True)
        kit.migrations.abort(kit.tenant(), migration)
        kit.work()
        assert kit.state(migration) == "aborted"
        assert kit.numbers(made.library, RESIDENTS) == before
        assert "previous_sub" not in kit.sign_in(made.library)[0]
        kit.migrations.finish(kit.tenant(), migration, early=True)
        again = kit.run(plan())
        assert not digests(kit, live=True) & tried
        kit.migrations.abort(kit.tenant(), again)
        kit.work()
        kit.migrations.finish(kit.tenant(), again, early=True)
    assert kit.numbers(made.library, RESIDENTS) == before


def test_whoever_has_a_new_number_already_keeps_it(kit):
    """Abort after one resident signed in: that one stays where they are and is counted, the others go back."""
    made = kit.town
    for plan in (lambda: kit.compromise(made.library.sector_id), lambda: kit.sector(made.library, "family")):
        before = kit.numbers(made.library, RESIDENTS)
        kit.rotate()
        migration = kit.run(plan())
        told, _ = kit.sign_in(made.library)
        kit.migrations.abort(kit.tenant(), migration)
        kit.work()
        (progress,) = kit.migrations.status(kit.tenant(), migration)[1]
        assert (progress.moved, progress.told) == (1, 1)
        assert kit.numbers(made.library, RESIDENTS) == [told["sub"], *before[1:]]
        assert kit.sign_in(made.library)[0]["previous_sub"] == before[0]
        with made.product.store.for_tenant("aoba").read() as tx:  # its user number is found, too
            known = kit.client(made.library)
            assert pair_of(tx, digest(told["sub"]), known.client_id).granted
        kit.migrations.finish(kit.tenant(), migration, early=True)
        assert kit.numbers(made.library, RESIDENTS) == [told["sub"], *before[1:]]
    again = kit.run(kit.sector(made.library, "family"))  # what was left behind is taken up
    assert kit.numbers(made.library, RESIDENTS)[0] == told["sub"]
    assert kit.state(again) == "open"


def test_who_stayed_in_another_sector_is_found_after_a_later_compromise(kit):
    """One migration's end forgets nothing of an earlier one's."""
    made = kit.town
    before = kit.numbers(made.library, RESIDENTS)
    migration = kit.run(kit.sector(made.library, "family"))
    told, _ = kit.sign_in(made.library)
    kit.migrations.abort(kit.tenant(), migration)
    kit.work()
    kit.migrations.finish(kit.tenant(), migration, early=True)
    kit.rotate()
    later = kit.run(kit.compromise())
    now = [kit.sign_in(made.library, resident)[0] for resident in RESIDENTS]
    assert [claims["previous_sub"] for claims in now] == [told["sub"], *before[1:]]
    kit.migrations.finish(kit.tenant(), later, early=True)
    assert kit.numbers(made.library, RESIDENTS) == [claims["sub"] for claims in now]


def test_a_window_ends_by_the_clock_and_is_closed_by_finish(kit):
    """Until its end both numbers, then one; finishing before is refused, and afterwards nothing joins them."""
    made = kit.town
    kit.sign_in(made.library)
    kit.rotate()
    migration = kit.run(kit.compromise(window_days=2))
    assert "previous_sub" in kit.sign_in(made.library)[0]
    with pytest.raises(NotAllowed, match="still open"):
        kit.migrations.finish(kit.tenant(), migration)
    pass_time(made, 2 * DAY_SECONDS)
    made.control(do="tick")
    claims, userinfo = kit.sign_in(made.library)
    assert "previous_sub" not in claims | userinfo
    kit.migrations.finish(kit.tenant(), migration)
    assert (kit.state(migration), kit.count(schema.moved_grant)) == ("finished", 0)
    assert kit.sign_in(made.library)[0]["sub"] == claims["sub"]
    with made.product.store.for_tenant("aoba").read() as tx:
        rows = tx.connection.execute(schema.pair.select().where(schema.pair.c.tenant_id == "aoba")).all()
    assert sorted(row.state for row in rows) == ["ended", "live"]
    assert len({row.pair_index for row in rows}) == 2  # and nothing joins the tombstone with the person


def digests(kit, *, live):
    """Digests of the tenant's numbers, live or ended."""
    state = schema.pair.c.state == "live" if live else schema.pair.c.state != "live"
    with kit.town.product.store.for_tenant("aoba").read() as tx:
        rows = tx.connection.execute(schema.pair.select().where(schema.pair.c.tenant_id == "aoba", state))
        return {row.ppid_digest for row in rows}


def link(kit, service):
    """A user number of the service for its only resident."""
    with kit.town.product.store.for_tenant("aoba").write() as tx:
        grant = tx.connection.execute(schema.grant.select()).one()
        number = {
            "tenant_id": "aoba",
            "number_id": bytes(16),
            "client_id": service.client_id,
            "number_index": bytes(32),
            "sealed_number": b"",
            "pair_id": grant.pair_id,
            "claim_tries": 0,
            "created": grant.created,
        }
        tx.connection.execute(schema.user_number.insert(), number)


def test_nothing_moves_before_every_server_has_heard_of_it(kit):
    """A server that does not know would give a new number away as if it were a stranger's."""
    kit.sign_in(kit.town.library)
    kit.rotate()
    migration = kit.start(kit.compromise())
    kit.migrations.resume(kit.tenant(), migration)
    worker = kit.worker()
    while worker.do_one():
        pass
    assert (kit.state(migration), kit.count(schema.moved_grant)) == ("moving", 0)
    kit.work()
    assert kit.state(migration) == "open"
