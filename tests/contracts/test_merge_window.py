"""After a merge services hear for a while which number was replaced: on SQLite and PostgreSQL alike."""

from datetime import timedelta

import pytest
from components.jobs import pass_time
from components.migrating import Kit
from components.refreshing import ask_about, refresh, refreshing, signed_in
from components.residents import Office
from components.town import id_token_claims

from idp.people import forgetting
from idp.store import schema
from idp.tenants.tenancy import WINDOW_DAYS

WINDOW = int(timedelta(days=WINDOW_DAYS).total_seconds())


@pytest.fixture
def kit(either):
    """A town whose people are merged and whose numbers change."""
    return Kit(either)


@pytest.fixture
def office(either, kit):
    """Its two officers, for both."""
    made = Office(either)
    kit.tokens["aoba"] = made.tokens
    return made


def previous(kit, service, resident):
    """What ID token and UserInfo, which agree, say of a former number."""
    claims, userinfo = kit.sign_in(service, resident)
    names = ("sub", "previous_sub", "previous_iss")
    assert [claims.get(name) for name in names] == [userinfo.get(name) for name in names]
    assert "previous_iss" not in claims
    return claims.get("previous_sub")


def merge(kit, office, keep="hanako", other="yoko"):
    """Both known at the library, and one person from then on; the merge, and the number that was replaced."""
    stays, replaced = kit.numbers(kit.town.library, (keep, other))
    return office.merge(*(office.refer(kit.town.library, sub) for sub in (stays, replaced))), replaced


def rows(kit):
    """How many former numbers are stored."""
    return kit.count(schema.former_number)


def test_a_service_that_knew_both_hears_the_replaced_number_with_either_card(kit, office):
    """And nobody else does: no other service, where only one was known, and of no other person."""
    made = kit.town
    family = kit.numbers(made.childcare, ("yoko",))
    kit.sign_in(made.library, "ichiro")
    _, replaced = merge(kit, office)
    assert [previous(kit, made.library, card) for card in ("hanako", "yoko")] == [replaced, replaced]
    assert previous(kit, made.library, "ichiro") is None
    assert kit.numbers(made.childcare, ("hanako", "yoko")) == family * 2
    assert [previous(kit, made.childcare, card) for card in ("hanako", "yoko")] == [None, None]
    assert previous(kit, made.school, "hanako") is None
    assert rows(kit) == 1


def test_in_a_shared_sector_only_the_service_that_knew_the_replaced_number_hears_it(kit, office):
    """Hanako at the school, Yoko at childcare, one sector: childcare's number changes, the school's does not."""
    made = kit.town
    (stays,), (replaced,) = kit.numbers(made.school, ("hanako",)), kit.numbers(made.childcare, ("yoko",))
    office.merge(office.refer(made.school, stays), office.refer(made.childcare, replaced))
    assert kit.numbers(made.childcare, ("yoko",)) == [stays]
    assert previous(kit, made.childcare, "yoko") == replaced
    assert previous(kit, made.school, "yoko") is None


def test_the_window_ends_by_the_clock_and_is_forgotten(kit, office):
    """A login just before its end hears it, its UserInfo just after does not; then the row goes."""
    made = kit.town
    _, replaced = merge(kit, office)
    pass_time(made, WINDOW - 120)
    made.control(do="tick")
    answer = made.redeem(*made.code(made.library)).json
    assert kit.userinfo(made.library, answer["access_token"])["previous_sub"] == replaced
    forgetting.forget(made.product.store, made.product.directory.all(), made.clock())
    assert rows(kit) == 1
    pass_time(made, 120)
    assert "previous_sub" not in kit.userinfo(made.library, answer["access_token"])
    assert previous(kit, made.library, "hanako") is None
    forgetting.forget(made.product.store, made.product.directory.all(), made.clock())
    assert rows(kit) == 0


def test_a_split_ends_the_window_at_once(kit, office):
    """Neither of the two who are two again has a former number; tokens of the merged one are over."""
    made = kit.town
    operation, _ = merge(kit, office)
    answer = made.redeem(*made.code(made.library)).json
    office.split(operation)
    assert kit.userinfo(made.library, answer["access_token"]) == 401
    assert [previous(kit, made.library, card) for card in ("hanako", "yoko")] == [None, None]
    assert rows(kit) == 0


def test_a_split_ends_it_where_the_survivors_own_number_was_replaced(kit, office):
    """The older grant was the other's: the survivor's number is the former one, and their own again."""
    made = kit.town
    old = kit.numbers(made.library, ("yoko",))[0]
    pass_time(made, 3 * 24 * 3600)
    made.control(do="tick")
    young = kit.numbers(made.library)[0]
    operation = office.merge(office.refer(made.library, young), office.refer(made.library, old))
    assert kit.numbers(made.library, ("hanako", "yoko")) == [old, old]
    assert previous(kit, made.library, "yoko") == young
    office.split(operation)
    assert kit.numbers(made.library, ("hanako", "yoko")) == [young, old]
    assert [previous(kit, made.library, card) for card in ("hanako", "yoko")] == [None, None]


def test_of_several_the_latest_is_said(kit, office):
    """Two merges one after the other; a split of the first one leaves the second one's window."""
    made = kit.town
    first, _ = merge(kit, office)
    second, replaced = merge(kit, office, other="ichiro")
    assert previous(kit, made.library, "hanako") == replaced
    office.split(first)
    assert [previous(kit, made.library, card) for card in ("hanako", "ichiro", "yoko")] == [replaced] * 2 + [None]
    office.split(second)
    assert [previous(kit, made.library, card) for card in ("hanako", "ichiro")] == [None, None]


def test_a_window_goes_along_with_a_number_that_moves(kit, office):
    """Yoko has a former number and becomes one with Hanako, whom the library does not know; and two again."""
    made = kit.town
    _, replaced = merge(kit, office, keep="yoko", other="ichiro")
    known, family = kit.numbers(made.library, ("yoko",))[0], kit.numbers(made.childcare)[0]
    operation = office.merge(office.refer(made.childcare, family), office.refer(made.library, known))
    assert [previous(kit, made.library, card) for card in ("hanako", "yoko", "ichiro")] == [replaced] * 3
    office.split(operation)
    assert [previous(kit, made.library, card) for card in ("yoko", "hanako")] == [replaced, None]


def test_who_stops_the_service_is_not_told_of_again(kit, office):
    """What hung on the grant goes with it."""
    made = kit.town
    merge(kit, office)
    hanako = office.read(office.refer(made.library, kit.numbers(made.library)[0])).body
    with made.product.store.for_tenant("aoba").write() as tx:
        made.product.people.ending.run(tx, kit.tenant(), kit.client(made.library), hanako)
    assert rows(kit) == 0
    assert previous(kit, made.library, "hanako") is None


def test_a_later_migration_wins(kit, office):
    """The number that stayed has changed, too: it is the latest, and afterwards there is none."""
    made = kit.town
    merge(kit, office)
    stayed = kit.numbers(made.library)[0]
    kit.rotate()
    migration = kit.run(kit.compromise())
    assert previous(kit, made.library, "yoko") == stayed
    kit.migrations.finish(kit.tenant(), migration, early=True)
    assert previous(kit, made.library, "yoko") is None


def test_a_merge_within_a_migrations_window_wins_until_its_own_ends(kit, office):
    """Then the migration's is heard again, as long as its window is open."""
    made = kit.town
    before = kit.numbers(made.library)[0]
    kit.rotate()
    kit.run(kit.compromise(window_days=2 * WINDOW_DAYS))
    assert previous(kit, made.library, "hanako") == before
    _, replaced = merge(kit, office)
    assert previous(kit, made.library, "hanako") == replaced
    pass_time(made, WINDOW)
    made.control(do="tick")
    assert previous(kit, made.library, "hanako") == before


def test_refreshed_tokens_and_introspection_say_it_too(kit, office):
    """A refresh of the survivor's after the merge; none of it after the split, and not at another service."""
    made = kit.town
    mobile = refreshing(made)
    given, yoko = signed_in(made, mobile), signed_in(made, mobile, "yoko")
    subs = [id_token_claims(one["id_token"])["sub"] for one in (given, yoko)]
    elsewhere = refreshing(made, "elsewhere")
    other = signed_in(made, elsewhere)["access_token"]
    operation = office.merge(*(office.refer(mobile, sub) for sub in subs))
    again = refresh(made, mobile, given["refresh_token"]).json
    assert id_token_claims(again["id_token"])["previous_sub"] == subs[1]
    for name in ("access_token", "refresh_token"):
        assert ask_about(made, mobile, again[name]).json["previous_sub"] == subs[1]
    assert refresh(made, mobile, yoko["refresh_token"]).status_code == 400
    assert "previous_sub" not in ask_about(made, elsewhere, other).json
    office.split(operation)
    for name in ("access_token", "refresh_token"):
        assert "previous_sub" not in ask_about(made, mobile, again[name]).json


def test_a_service_may_still_name_somebody_by_the_replaced_number(kit, office):
    """An ID token of the merged person's as hint: it is who signs in, and not `login_required`."""
    made = kit.town
    hint = made.redeem(*made.code(made.library, "yoko")).json["id_token"]
    merge(kit, office)
    assert made.redeem(*made.code(made.library, "hanako", id_token_hint=hint)).status_code == 200
