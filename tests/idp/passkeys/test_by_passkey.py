"""Signing in with a passkey that was bound with the card: one person, one number, one challenge, one use."""

import json

import pytest
from components.authenticator import Authenticator
from components.passkeys import begin, bind, bind_to, options_of, send, show
from components.passwords import claims, switch_on, tenant_of
from components.residents import Office
from components.town import id_token_claims
from components.town import town as one_town

from idp.passkeys.ceremony import CeremonyFailed
from idp.passkeys.passkeys import MOST
from idp.procedures.procedure import Way
from idp.procedures.register import Change
from idp.registration import NotAllowed


@pytest.fixture(scope="module")
def town(tmp_path_factory, founded_world):
    """A tenant that has switched passkeys on, and one that is bound to hanako."""
    with one_town(tmp_path_factory.mktemp("passkeys"), founded_world) as made:
        switch_on(made, "passkey")
        made.hanako = bind(made, Authenticator())
        yield made


@pytest.mark.parametrize(("copied", "method"), [(False, "hwk"), (True, "swk")])
def test_card_and_passkey_are_one_number(town, copied, method):
    """At the level of a card across devices; whether the key may leave its device is told."""
    passkey = bind(town, Authenticator(copied=copied, counts=not copied))
    login = begin(town, town.library, scope="openid jpki_status")
    told = claims(town, login, show(town, login, passkey))
    assert told["sub"] == town.sign_in(town.library)["sub"]
    assert (told["acr"], told["amr"]) == ("aal2", [method, "mfa"])
    assert told["revocation"]["method"] == "ocsp"


def test_a_service_that_needs_the_card_at_hand_offers_no_passkey(town):
    """Nor does one that takes another kind of certificate than the one that bound it."""
    strict = town.register("aoba", "strict", minimum_acr="aal3")
    login = begin(town, strict)
    assert "by-passkey" not in town.get(login.browser, login.page_url).text
    assert town.get(login.browser, login.page_url + "/passkey").status_code == 404
    assert 'id="by-passkey"' in town.get((plain := begin(town, town.library)).browser, plain.page_url).text


def test_a_tenant_that_has_not_switched_passkeys_on_offers_none(town):
    """wakaba's parking."""
    login = begin(town, town.parking)
    assert "by-passkey" not in town.get(login.browser, login.page_url).text
    assert send(town, login, "{}").status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "http://127.0.0.1:8000"},
        {"origin": "https://localhost:8000"},
        {"host": "example.org"},
        {"verifies": False},
        {"copied": True},
    ],
)
def test_an_answer_for_another_place_or_without_its_owner_proves_nothing(town, wrong):
    """Origin, relying party, user verification, and a flag that never changes."""
    true = town.hanako
    forged = Authenticator(credential_id=true.credential_id, key=true.key, count=true.count + 50, **wrong)
    login = begin(town, town.library)
    assert show(town, login, forged).status_code == 403
    true.count += 1
    assert show(town, login, true).status_code == 303


def test_another_key_and_an_unknown_credential_prove_nothing(town):
    """A signature by somebody else's key; a credential that is bound to nobody."""
    login = begin(town, town.library)
    for forged in (Authenticator(credential_id=town.hanako.credential_id, count=10_000), Authenticator()):
        assert show(town, login, forged).status_code == 403


def test_a_challenge_is_answered_once_and_in_its_own_login(town):
    """Replayed in the same login, shown in another one, or after a newer challenge: refused."""
    one, other = begin(town, town.library), begin(town, town.library)
    answer = town.hanako.get(options_of(town, one))
    options_of(town, other)
    assert send(town, other, answer).status_code == 403
    late = town.hanako.get(options_of(town, one))
    options_of(town, one)
    assert send(town, one, late).status_code == 403
    assert show(town, one, town.hanako).status_code == 303
    assert send(town, one, answer).headers["Location"] == one.page_url


def test_a_counter_that_does_not_go_up_is_refused(town):
    """There are two of that key."""
    login = begin(town, town.library)
    assert show(town, login, town.hanako).status_code == 303
    town.hanako.count -= 1
    assert show(town, begin(town, town.library), town.hanako).status_code == 403


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        "x",
        "[]",
        "{}",
        "null",
        json.dumps({"id": "AA", "rawId": "AA", "type": "public-key"}),
        "x" * 20000,
        "[" * 16000,
    ],
)
def test_garbage_is_refused(town, garbage):
    """With the page again, never with an error of ours."""
    login = begin(town, town.library)
    options_of(town, login)
    assert send(town, login, garbage).status_code == 403


def test_too_many_challenges_end_in_the_card(town):
    """One login gives twenty."""
    login = begin(town, town.library)
    statuses = [town.get(login.browser, login.page_url + "/passkey").status_code for _ in range(21)]
    assert statuses == [200] * 20 + [303]


def test_a_session_by_passkey_goes_on(town):
    """Within its sector, as one by card does, and not where the card has to be at hand."""
    login = begin(town, town.library)
    claims(town, login, show(town, login, town.hanako))
    assert "code=" in town.ask(town.library, login.browser)[1]


def test_a_session_by_passkey_does_not_go_on_where_no_passkey_is_taken(town):
    """A service that wants the signature certificate's state takes the card alone, of a session, too."""
    sector = {"sector_id": "family", "sector_purpose": "子育てのため"}
    careful = town.register("aoba", "careful", require_signature_status=True, **sector)
    login = begin(town, town.childcare)
    claims(town, login, show(town, login, town.hanako))
    assert "code=" not in town.ask(careful, login.browser, prompt="none")[1]
    page = town.get(login.browser, town.ask(careful, login.browser)[1])
    assert "もっと確かな方法" in page.text


def test_a_revoked_certificate_suspends_the_passkey(aoba):
    """As the password: it counts again once the renewed card has signed in."""
    switch_on(aoba, "passkey")
    passkey = bind(aoba, Authenticator())
    aoba.control(do="revoke", resident="hanako")
    aoba.control(do="tick")
    login = begin(aoba, aoba.library)
    assert show(aoba, login, passkey).headers["Location"] == login.page_url
    state = aoba.get(login.browser, login.page_url, headers={"Accept": "application/json"}).json
    assert state == {"state": "refused", "refusal": "certificate_revoked"}
    aoba.control(do="renew", resident="hanako")
    aoba.sign_in(aoba.library)
    assert show(aoba, begin(aoba, aoba.library), passkey).status_code == 303


def test_a_passkey_is_taken_away_by_its_owner_alone(town):
    """Another person's mark takes nothing; afterwards it proves nothing."""
    passkeys, tenant = town.product.people.passkeys, tenant_of(town)
    mine = bind(town, Authenticator(), "midori")
    index = tenant.keys.passkey_index(mine.credential_id)
    handle = passkeys.find(tenant, mine.credential_id).handle
    other = passkeys.find(tenant, town.hanako.credential_id).handle
    assert not passkeys.remove(tenant, other, index)
    assert passkeys.remove(tenant, handle, index)
    assert [one.credential_id for one in passkeys.of_person(tenant, handle)] == []
    assert show(town, begin(town, town.library), mine).status_code == 403


def test_one_credential_is_bound_once_and_a_person_has_ten(town):
    """Whoever shows a bound credential again binds nothing; the eleventh is refused before it is made."""
    handle = town.product.people.passkeys.find(
        tenant_of(town), bind(town, Authenticator(), "ichiro").credential_id
    ).handle
    again = Authenticator()
    bind_to(town, again, handle)
    with pytest.raises(CeremonyFailed):
        bind_to(town, again, handle)
    for _ in range(MOST - 2):
        bind_to(town, Authenticator(), handle)
    with pytest.raises(NotAllowed):
        bind_to(town, Authenticator(), handle)


def test_merging_ends_the_passkeys_of_who_is_merged(aoba):
    """And splitting those of both."""
    switch_on(aoba, "passkey")
    office = Office(aoba)
    kept, given = bind(aoba, Authenticator()), bind(aoba, Authenticator(), "midori")
    subs = [aoba.sign_in(aoba.library, name)["sub"] for name in ("hanako", "midori")]
    operation = office.merge(*(office.refer(aoba.library, sub) for sub in subs))
    assert show(aoba, begin(aoba, aoba.library), given).status_code == 403
    assert show(aoba, begin(aoba, aoba.library), kept).status_code == 303
    office.split(operation)
    assert show(aoba, begin(aoba, aoba.library), kept).status_code == 403


def test_passkey_then_card_is_the_combined_way_too(town):
    """Where passwords are switched off, the first page is that of the passkey."""
    tenant = tenant_of(town)
    client = tenant.clients[town.library.client_id]
    town.product.service_acts.procedures.create(tenant, client, "both", Way.COMBINED, Change(name_ja="届"))
    login = begin(town, town.library, procedure="both")
    assert login.page_url.endswith("/passkey")
    login.page_url = login.page_url.removesuffix("/passkey")
    assert show(town, login, town.hanako).headers["Location"] == login.page_url
    page = town.get(login.browser, login.page_url).text
    login.link = page.partition('rel="jpki-login" href="')[2].partition('"')[0]
    told = id_token_claims(town.redeem(*town.finish(login, town.accept(login))).json["id_token"])
    assert (told["acr"], told["procedure"]) == ("aal3", "both")
    assert told["sub"] == town.sign_in(town.library)["sub"]


def test_the_way_of_the_browser_is_that_of_the_options(town):
    """User verification is required, attestation is not asked for, and the host is the issuer's."""
    asked = json.loads(options_of(town, begin(town, town.library)))
    assert (asked["rpId"], asked["userVerification"], asked["allowCredentials"]) == ("localhost", "required", [])
