"""Tenants that merge: the same number at another issuer, found by certificate, and nothing else of the giver's."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from components.migrating import Kit
from components.town import BASE_URL, id_token_claims, town

from idp.oversight.approval import ApprovalRefused
from idp.registration import NotAllowed
from idp.store import schema

OLD_ISS = f"{BASE_URL}/t/aoba"


@pytest.fixture
def kit(tmp_path, founded_world):
    """A town in which aoba's library is to be served by wakaba."""
    with town(tmp_path, founded_world) as made:
        made.new_library = made.register("wakaba", "library")
        yield Kit(made)


def merge(kit):
    """Release, accept, carry over; the taker's migration."""
    release, merger = kit.merger(kit.town.library, kit.town.new_library)
    kit.start(release, "aoba")
    return kit.run(merger, "wakaba")


def test_the_same_number_comes_out_at_the_new_issuer(kit):
    """Known to the giver before, new at the taker: same `sub`, with the old issuer beside it."""
    made = kit.town
    (old,) = kit.numbers(made.library)
    migration = merge(kit)
    assert kit.state(migration, "wakaba") == "open"
    claims, userinfo = kit.sign_in(made.new_library)
    assert claims["iss"] == f"{BASE_URL}/t/wakaba"
    assert (claims["sub"], claims["previous_sub"], claims["previous_iss"]) == (old, old, OLD_ISS)
    assert (userinfo["previous_sub"], userinfo["previous_iss"]) == (old, OLD_ISS)
    assert kit.numbers(made.library) == [old]  # the old issuer goes on answering
    assert kit.numbers(made.new_library) == [old]


def test_a_person_whom_the_taker_knows_already_is_one_person(kit):
    """Their numbers at the taker's other services stay; the one they bring becomes theirs."""
    made = kit.town
    (old,) = kit.numbers(made.library)
    (parking,) = kit.numbers(made.parking)
    merge(kit)
    assert kit.numbers(made.new_library) == [old]
    assert kit.numbers(made.parking) == [parking]
    assert kit.count(schema.certificate, tenant_id="wakaba") == 1


def test_who_comes_to_the_giver_after_the_carrying_is_taken_over_at_their_login(kit):
    """And who was never at the giver gets a number of the taker's own, with nothing previous."""
    made = kit.town
    merge(kit)
    (late,) = kit.numbers(made.library, ["ichiro"])
    claims, _ = kit.sign_in(made.new_library, "ichiro")
    assert (claims["sub"], claims["previous_sub"]) == (late, late)
    stranger, _ = kit.sign_in(made.new_library, "sora")
    assert "previous_sub" not in stranger


def test_a_renewed_certificate_is_found_by_its_link(kit):
    """The old card at the giver, the new one at the taker: J-LIS links them."""
    made = kit.town
    (old,) = kit.numbers(made.library)
    merge(kit)
    made.control(do="renew", resident="hanako")
    assert kit.numbers(made.new_library) == [old]


def test_without_the_givers_officers_nothing_goes_over(kit):
    """The taker's cannot take what is not released; nor a release to another client; nor one withdrawn."""
    made = kit.town
    release, merger = kit.merger(made.library, made.new_library)
    wrong, _ = kit.merger(made.library, made.parking)
    kit.start(wrong, "aoba")
    with pytest.raises(NotAllowed, match="have not released"):
        kit.start(merger, "wakaba")
    given = kit.start(release, "aoba")
    kit.migrations.abort(kit.tenant("aoba"), given)
    with pytest.raises((NotAllowed, ApprovalRefused), match="have not released"):
        kit.start(merger, "wakaba")
    assert kit.count(schema.moved_grant, tenant_id="wakaba") == 0


def test_a_release_that_is_withdrawn_gives_nobody_any_more(kit):
    """A resident who comes then has a number of the taker's own."""
    made = kit.town
    release, merger = kit.merger(made.library, made.new_library)
    given = kit.start(release, "aoba")
    kit.run(merger, "wakaba")
    (late,) = kit.numbers(made.library, ["ichiro"])
    kit.migrations.abort(kit.tenant("aoba"), given)
    claims, _ = kit.sign_in(made.new_library, "ichiro")
    assert claims["sub"] != late
    assert "previous_sub" not in claims


def test_only_the_released_services_residents_go_over(kit):
    """Another service's residents at the giver, and other services of the taker, are as before."""
    made = kit.town
    kit.numbers(made.library)
    (family,) = kit.numbers(made.childcare, ["ichiro"])
    merge(kit)
    assert kit.numbers(made.new_library, ["ichiro"]) != [family]
    parking, _ = kit.sign_in(made.parking, "ichiro")
    assert "previous_sub" not in parking
    assert kit.count(schema.pair, schema.pair.c.sealed_origin.is_not(None), tenant_id="wakaba") == 1


def test_going_back_leaves_the_taker_as_it_was(kit):
    """Nobody has signed in there: no pair is left, and a second attempt carries all over again."""
    made = kit.town
    (old,) = kit.numbers(made.library)
    migration = merge(kit)
    kit.migrations.abort(kit.tenant("wakaba"), migration)
    kit.work()
    assert (kit.state(migration, "wakaba"), kit.count(schema.pair, tenant_id="wakaba")) == ("aborted", 0)
    kit.migrations.finish(kit.tenant("wakaba"), migration, early=True)
    _, merger = kit.merger(made.library, made.new_library)
    kit.run(merger, "wakaba")
    assert kit.numbers(made.new_library) == [old]


def test_who_stayed_after_going_back_is_met_by_a_second_attempt(kit):
    """Signed in at the taker before the abort: their number stays, and the second migration can be finished."""
    made = kit.town
    old = kit.numbers(made.library, ["hanako", "ichiro"])
    migration = merge(kit)
    assert kit.numbers(made.new_library) == old[:1]
    kit.migrations.abort(kit.tenant("wakaba"), migration)
    kit.work()
    kit.migrations.finish(kit.tenant("wakaba"), migration, early=True)
    _, merger = kit.merger(made.library, made.new_library)
    again = kit.run(merger, "wakaba")
    assert kit.numbers(made.new_library, ["hanako", "ichiro"]) == old
    kit.migrations.finish(kit.tenant("wakaba"), again, early=True)
    assert kit.state(again, "wakaba") == "finished"
    assert kit.numbers(made.new_library, ["hanako", "ichiro"]) == old


def test_the_life_goes_on_after_the_merger(kit):
    """The window is over: the same number, nothing previous; a later compromise at the taker leaves it alone."""
    made = kit.town
    (old,) = kit.numbers(made.library)
    migration = merge(kit)
    assert kit.numbers(made.new_library) == [old]
    kit.migrations.finish(kit.tenant("wakaba"), migration, early=True)
    claims, userinfo = kit.sign_in(made.new_library)
    assert (claims["sub"], userinfo["sub"]) == (old, old)
    assert not {"previous_sub", "previous_iss"} & set(claims | userinfo)


def test_who_must_be_asked_who_they_are_brings_their_number_all_the_same(kit):
    """A phone known to the giver, whose link the taker cannot obtain: the question first, then the same number."""
    made = kit.town
    midori = made.resident("midori")
    phone = (midori.phone_certificate, midori.phone_key)
    old = number_of(made, *by_files(made, made.library, phone))
    merge(kit)
    made.control(do="unlink", resident="midori", certificate="phone")
    login, asked = by_files(made, made.new_library, phone)
    assert asked.endswith("/person")
    said = made.post(login.browser, asked, data={**hidden(made, login, asked), "answer": "none"})
    assert number_of(made, login, said.headers["Location"]) == old


def by_files(made, service, files):
    """A login with this certificate: it, and where the browser is sent next."""
    login = made.begin(service)
    made.challenge(login)
    answer = made.prove(login, made.sign(login, files=files))
    assert answer.status_code == 200, answer.text
    return login, made.get(login.browser, answer.json["return_url"]).headers["Location"]


def hidden(made, login, url):
    """The hidden inputs of a page's form."""
    return dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', made.get(login.browser, url).text))


def number_of(made, login, location):
    """Consent, and the number that the service receives."""
    location = made.consent(login, location).headers["Location"]
    (code,) = parse_qs(urlsplit(location).query)["code"]
    return id_token_claims(made.redeem(code, login).json["id_token"])["sub"]
