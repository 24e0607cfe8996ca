"""The whole login inside one process."""

import re
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

from components.town import BASE_URL, id_token_claims

import ppid
from idp.keys.sealing import Place
from idp.store import schema


def test_each_sector_has_its_own_number_and_a_shared_sector_one(shared_town):
    """Two services of one sector receive the same number; every other sector another."""
    subs = {
        name: shared_town.sign_in(getattr(shared_town, name))["sub"]
        for name in ("library", "childcare", "school", "parking")
    }
    assert subs["childcare"] == subs["school"]
    assert len({subs["library"], subs["childcare"], subs["parking"]}) == 3


def test_the_number_is_the_published_derivation(shared_town):
    """The stored number equals ppid.derive over the stored handle, sector and key version."""
    sub = shared_town.sign_in(shared_town.library)["sub"]
    tenant = shared_town.product.directory.tenant("aoba")
    with shared_town.product.store.for_tenant("aoba").read() as tx:
        rows = tx.connection.execute(schema.pair.select().where(schema.pair.c.tenant_id == "aoba")).all()
    derived = {
        ppid.derive(
            shared_town.product.keys,
            tenant_id="aoba",
            sector_id=row.sector_id,
            handle=tenant.keys.open(Place("pair", row.pair_id, "handle"), row.sealed_handle),
            key_version=row.key_version,
        )
        for row in rows
    }
    assert sub in derived


def test_the_same_person_keeps_the_number_and_another_gets_another(shared_town):
    """A second login gives the same number, another resident's login another."""
    first = shared_town.sign_in(shared_town.library)["sub"]
    assert first == shared_town.sign_in(shared_town.library)["sub"]
    assert first != shared_town.sign_in(shared_town.library, "ichiro")["sub"]


def test_a_challenge_tells_its_end_in_utc_and_to_the_second(shared_town):
    """Section 2: as authenticators in the field read it."""
    login = shared_town.begin(shared_town.library)
    shared_town.challenge(login)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", login.challenge["expires_at"])


def test_the_id_token_says_how_the_resident_signed_in(shared_town):
    """acr, amr, nonce and, with jpki_status, the rounded evidence of the revocation check."""
    claims = shared_town.sign_in(shared_town.library, scope="openid jpki_status")
    assert claims["iss"] == f"{BASE_URL}/t/aoba"
    assert claims["aud"] == shared_town.library.client_id
    assert (claims["acr"], claims["amr"]) == ("aal3", ["hwk", "sc", "pin", "mfa"])
    assert claims["revocation"]["method"] == "ocsp"
    assert claims["revocation"]["fallback"] is False
    assert claims["revocation"]["this_update"] % 900 == 0
    assert "auth_time" not in claims


def test_auth_time_comes_only_when_it_is_asked_for(shared_town):
    """max_age asks for auth_time."""
    assert "auth_time" in shared_town.sign_in(shared_town.library, max_age="60")


def test_twenty_parallel_first_logins_make_one_person(aoba):
    """All of them receive the same number, and one certificate row and one pair are stored."""
    with ThreadPoolExecutor(20) as pool:
        subs = set(pool.map(lambda _: aoba.sign_in(aoba.library)["sub"], range(20)))
    assert len(subs) == 1
    assert (aoba.rows("certificate"), aoba.rows("pair")) == (1, 1)


def test_consent_is_asked_once_and_again_for_more(aoba):
    """A remembered consent is not asked again; a wider request is."""
    aoba.sign_in(aoba.library)
    login = aoba.begin(aoba.library)
    answer = aoba.get(login.browser, aoba.accept(login))
    assert "code=" in answer.headers["Location"]
    wider = aoba.begin(aoba.library, scope="openid jpki_status")
    answer = aoba.get(wider.browser, aoba.accept(wider))
    assert answer.headers["Location"].endswith("/consent")


def test_a_denied_consent_gives_access_denied_and_makes_no_pair(aoba):
    """The service is told, nothing of a pair is stored, the audit trail knows."""
    login = aoba.begin(aoba.library)
    answer = aoba.get(login.browser, aoba.accept(login))
    answer = aoba.consent(login, answer.headers["Location"], "deny")
    assert "error=access_denied" in answer.headers["Location"]
    assert (aoba.rows("pair"), aoba.rows("consent"), aoba.rows("pair_grant")) == (0, 0, 0)


def test_a_decline_on_the_card_program_returns_access_denied(aoba):
    """The waiting page sends the browser back to the service."""
    login = aoba.begin(aoba.library)
    assert aoba.post(aoba.browser(), login.link + "/decline").status_code == 204
    assert "error=access_denied" in aoba.get(login.browser, login.page_url).headers["Location"]


def test_a_phone_signs_in_with_its_own_level(aoba):
    """A phone's own certificate gives aal3 with hwk and mfa."""
    aoba.control(do="add-phone", resident="ichiro")
    person = aoba.resident("ichiro")
    login = aoba.begin(aoba.library)
    aoba.challenge(login)
    proof = aoba.sign(login, files=(person.phone_certificate, person.phone_key))
    answer = aoba.get(login.browser, aoba.prove(login, proof).json["return_url"])
    answer = aoba.consent(login, answer.headers["Location"])
    code = parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]
    claims = id_token_claims(aoba.redeem(code, login).json["id_token"])
    assert (claims["acr"], claims["amr"]) == ("aal3", ["hwk", "mfa"])
