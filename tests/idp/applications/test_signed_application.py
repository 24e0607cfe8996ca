"""`signed_application`: from a digest that a service pushes to the ID token's claim, and every way round it."""

import hashlib
import json

import pytest
from components.applications import DIGEST, at_statement, begun, claims, ended, push, tokens, told
from components.passwords import PASSWORD, by_card, enter, switch_on
from components.signing import ALL, choice, message, opened, proof, signed, wanting
from components.town import BASE_URL, REDIRECT_URI, b64url, id_token_claims
from components.town import town as made_town

from connectors.sandbox.state import Slot
from idp.pages.frames import Frames
from idp.procedures.procedure import Way
from idp.procedures.register import Change
from idp.registration import NotAllowed

GRANTS = ("authorization_code", "refresh_token")


@pytest.fixture(scope="module")
def town(tmp_path_factory, founded_world):
    """An office with a procedure of each way that takes applications, and with some that do not."""
    with made_town(tmp_path_factory.mktemp("applications"), founded_world) as made:
        switch_on(made, "password")
        made.office = made.register("aoba", "office", scopes=("openid", "offline_access"), grant_types=GRANTS)
        register(made, "transfer", Way.SIGNATURE)
        register(made, "strict", Way.SIGNATURE, signed_application=True)
        register(made, "both", Way.COMBINED, signed_application=True)
        register(made, "form", Way.PASSWORD)
        made.hanako = by_card(made)
        yield made


def register(town, procedure_id, way, service=None, **wishes):
    """One more procedure of the office, or of another service."""
    tenant = town.product.directory.tenant("aoba")
    client, wish = (
        tenant.clients[(service or town.office).client_id],
        Change(name_ja=f"見本の{procedure_id}", **wishes),
    )
    town.product.service_acts.procedures.create(tenant, client, procedure_id, way, wish)


def unsigned(town, login, resident="hanako"):
    """The page of somebody who left where the application is signed."""
    location = town.get(login.browser, town.accept(login, resident)).headers["Location"]
    opened(town, login, location)
    return town.get(login.browser, location + "/leave").headers["Location"]


def test_the_application_is_signed_and_told(town):
    """The statement names service, procedure and digest; the ID token tells it with a rounded time, once."""
    login = at_statement(town, town.office)
    statement = login.challenge["statement"]
    digits = hashlib.sha256("名義変更の申請書".encode()).hexdigest()
    assert all(word in statement for word in ("見本のoffice", "見本のtransfer", "SHA-256"))
    assert digits in statement.replace(" ", "").replace("\n", "")
    claim = told(town, login, signed(town, login))["signed_application"]
    assert claim.pop("verified_at") % 900 == 0
    assert claim == {"digest": DIGEST, "alg": "sha-256", "same_person": True}


def test_no_page_with_a_statement_is_kept(town, monkeypatch):
    """It is one person's: what is kept of pages for the next resident never holds a digest of an application."""
    kept, keep = [], Frames.page
    monkeypatch.setattr(
        Frames,
        "page",
        lambda self, render, context, **how: kept.append(context) or keep(self, render, context, **how),
    )
    login = at_statement(town, town.office)
    assert login.challenge["statement"]
    assert kept
    assert [context for context in kept if "statement" in context] == []


@pytest.mark.parametrize("alg", ["sha384", "sha512"])
def test_longer_digests_are_signed_too(town, alg):
    """Each by its name, and shown whole."""
    raw = hashlib.new(alg, b"x").digest()
    named = alg.replace("sha", "sha-")
    login = at_statement(town, town.office, claims=claims(b64url(raw), named))
    assert raw.hex() in login.challenge["statement"].replace(" ", "").replace("\n", "")
    claim = told(town, login, signed(town, login))["signed_application"]
    assert (claim["digest"], claim["alg"]) == (b64url(raw), named)


def test_the_proof_is_kept_sealed_and_belongs_to_the_pair(town):
    """Nothing of the application stands in the row in the clear."""
    login = at_statement(town, town.office)
    told(town, login, signed(town, login))
    with town.product.store.engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT pair_id, sealed_proof FROM signed_statement WHERE purpose = 'application'"
        ).all()
    digits = hashlib.sha256("名義変更の申請書".encode()).hexdigest()
    assert rows
    assert all(pair_id and digits[:4].encode() + b" " not in proof for pair_id, proof in rows)


def test_another_persons_signature_is_refused(town):
    """Card A's login with card B's signature; A's own still counts."""
    login = at_statement(town, town.office)
    refused = town.prove(login, proof(town, login, "yoko"))
    assert refused.json["code"] == "certificate_conflict"
    login = opened(town, login, login.page_url)
    assert "signed_application" in told(town, login, signed(town, login))


def test_only_this_statement_by_the_signature_key_counts(town):
    """Another digest in the text, or the key by which people log in."""
    login = at_statement(town, town.office)
    lines = login.challenge["statement"].split("\n")
    other = "\n".join(["0000" + line[4:] if line[:4].isalnum() and " " in line else line for line in lines])
    assert other != login.challenge["statement"]
    forged = proof(town, login, signed=message(login, statement=other))
    assert town.prove(login, forged).json["code"] == "signature_invalid"
    login = opened(town, login, login.page_url)
    assert town.prove(login, proof(town, login, slot=Slot.AUTH)).json["code"] == "certificate_wrong_kind"


def test_a_signature_counts_once_and_for_its_own_login(town):
    """Neither again in its own login nor in another one of the same browser."""
    login = at_statement(town, town.office)
    back = signed(town, login)
    second = begun(town, town.office, login.browser, prompt="login")
    location = town.get(second.browser, town.accept(second)).headers["Location"]
    page = town.get(second.browser, location + "/leave").headers["Location"]
    stolen = f"{page}?by={back.partition('?by=')[2]}"
    assert town.get(login.browser, stolen).status_code == 403
    first = ended(town, login, back)
    assert town.get(login.browser, back).status_code == 410
    assert "signed_application" in id_token_claims(town.redeem(first.code, login).json["id_token"])


def test_who_does_not_sign_goes_on_without_where_the_procedure_lets_them(town):
    """No claim stands for nothing."""
    login = begun(town, town.office)
    page = unsigned(town, login)
    assert page.endswith("/application")
    assert "申請への署名を求めています" in town.get(login.browser, page).text.replace("<wbr>", "")
    location = choice(town, login, page, "without").headers["Location"]
    assert "signed_application" not in told(town, login, location)


@pytest.mark.parametrize(
    "parameters", [{"procedure": "strict"}, {"claims": claims(essential=True)}], ids=["procedure", "request"]
)
def test_who_does_not_sign_where_it_is_required_does_not_go_on(town, parameters):
    """Neither by the other choice nor by asking for the consent page; back to the service they may go."""
    login = begun(town, town.office, **parameters)
    page = unsigned(town, login)
    assert choice(town, login, page, "without").status_code == 400
    consent_url = page.replace("/application", "/consent")
    assert town.get(login.browser, consent_url).headers["Location"] == page
    again = opened(town, login, choice(town, login, page, "sign").headers["Location"])
    assert "signed_application" in told(town, login, signed(town, again))


def test_a_procedure_that_requires_it_meanwhile_holds_for_who_went_on_without(town):
    """A login is measured by the registration as it is when it ends."""
    register(town, "later", Way.SIGNATURE)
    login = begun(town, town.office, procedure="later", prompt="consent")
    location = choice(town, login, unsigned(town, login), "without").headers["Location"]
    tenant = town.product.directory.tenant("aoba")
    client = tenant.clients[town.office.client_id]
    town.product.service_acts.procedures.change(tenant, client, "later", Change(signed_application=True))
    assert ended(town, login, location).error == "unmet_authentication_requirements"


def test_the_combined_way_takes_password_card_and_signature_of_one_person(town):
    """Way 4 whole; another person's signature is refused there too."""
    login, page_url = town.ask(
        town.office, request_uri=push(town, town.office, procedure="both").json["request_uri"]
    )
    page_url = page_url.removesuffix("/password")
    login.verifier, login.state, login.page_url = None, "s", page_url
    enter(town, login, town.hanako, PASSWORD)
    opened(town, login, page_url)
    location = town.get(login.browser, town.accept(login)).headers["Location"]
    login = opened(town, login, location)
    assert town.prove(login, proof(town, login, "yoko")).json["code"] == "certificate_conflict"
    login = opened(town, login, location)
    said = told(town, login, signed(town, login))
    assert said["amr"] == ["pwd", "hwk", "sc", "pin", "mfa"]
    assert (said["procedure"], said["signed_application"]["same_person"]) == ("both", True)


def test_who_signed_in_by_password_signs_too(town):
    """Whose password it was is who must sign."""
    office = town.register("aoba", "pw-office", minimum_acr="aal1", methods=("password",))
    register(town, "transfer", Way.SIGNATURE, office)
    pushed = push(town, office).json["request_uri"]
    login, page_url = town.ask(office, request_uri=pushed)
    login.verifier, login.state, login.page_url = None, "s", page_url
    back = enter(town, login, town.hanako, PASSWORD).headers["Location"]
    location = town.get(login.browser, back).headers["Location"]
    login = opened(town, login, location)
    assert town.prove(login, proof(town, login, "yoko")).json["code"] == "certificate_conflict"
    login = opened(town, login, location)
    said = told(town, login, signed(town, login))
    assert (said["amr"], said["signed_application"]["digest"]) == (["pwd"], DIGEST)


def test_the_basic_4_and_the_application_are_signed_one_after_the_other(town):
    """Two statements, two signatures, and each is told where it was asked for."""
    office = town.register("aoba", "full-office", scopes=ALL)
    register(town, "transfer", Way.SIGNATURE, office)
    both = json.dumps(json.loads(wanting("name")) | json.loads(claims()))
    login = at_statement(town, office, claims=both)
    assert "氏名" in login.challenge["statement"]
    second = town.get(login.browser, signed(town, login)).headers["Location"]
    login = opened(town, login, second)
    assert "見本のtransfer" in login.challenge["statement"]
    given = tokens(town, login, signed(town, login))
    assert id_token_claims(given["id_token"])["signed_application"]["digest"] == DIGEST
    assert "verified_claims" in town.userinfo(office, given["access_token"]).json


def test_an_earlier_login_does_not_stand_for_it(town):
    """Single sign-on asks for the card, and prompt none is told so; a procedure without applications goes on."""
    login = at_statement(town, town.office)
    told(town, login, signed(town, login))
    _, plain = town.ask(town.office, login.browser, procedure="form")
    assert plain.startswith(REDIRECT_URI)
    pushed = push(town, town.office).json["request_uri"]
    assert "/login/" in town.ask(town.office, login.browser, request_uri=pushed)[1]
    silent = push(town, town.office, prompt="none").json["request_uri"]
    assert "error=login_required" in town.ask(town.office, login.browser, request_uri=silent)[1]


def test_a_refreshed_id_token_does_not_tell_it_again(town):
    """It belongs to the login in which it was signed."""
    login = at_statement(town, town.office, scope="openid offline_access", prompt="consent")
    given = tokens(town, login, signed(town, login))
    assert "signed_application" in id_token_claims(given["id_token"])
    form = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
    auth = (town.office.client_id, town.office.client_secret)
    fresh = town.post(town.browser(), f"{BASE_URL}/t/aoba/token", data=form, auth=auth).json
    assert "signed_application" not in id_token_claims(fresh["id_token"])


def test_a_digest_that_a_browser_brings_is_refused(town):
    """Whoever writes a link could have people sign anything; nothing is asked of them."""
    _, url = town.ask(town.office, procedure="transfer", claims=claims())
    assert "error=invalid_request" in url
    assert "pushed" in url


def test_a_service_that_does_not_authenticate_hands_nothing_over(town):
    """Anybody could push in its name."""
    app = town.register("aoba", "app", token_endpoint_auth_method="none", require_pkce=True)
    register(town, "transfer", Way.SIGNATURE, app)
    form = {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": REDIRECT_URI,
        "scope": "openid",
        "procedure": "transfer",
        "claims": claims(),
        "code_challenge": DIGEST,
        "code_challenge_method": "S256",
    }
    refused = town.post(town.browser(), f"{BASE_URL}/t/aoba/par", data=form)
    assert (refused.status_code, refused.json["error"]) == (400, "invalid_request")
    assert "authenticates" in refused.json["error_description"]


@pytest.mark.parametrize(
    ("parameters", "word"),
    [
        ({"procedure": "strict", "claims": None}, "needs the digest"),
        ({"procedure": "strict", "claims": json.dumps({"id_token": {"signed_application": None}})}, "needs"),
        ({"procedure": "both", "claims": json.dumps({"userinfo": json.loads(claims())["id_token"]})}, "needs"),
        ({"procedure": "form"}, "ways signature and combined"),
        ({"procedure": None}, "ways signature and combined"),
        ({"claims": claims("花子")}, "base64url"),
        ({"claims": claims(DIGEST + "=")}, "base64url"),
        ({"claims": claims(DIGEST[:-1])}, "base64url"),
        ({"claims": claims("")}, "length"),
        ({"claims": claims(DIGEST, "sha-512")}, "length"),
        ({"claims": claims(DIGEST, "SHA-256")}, "alg"),
        ({"claims": claims(DIGEST, "md5")}, "alg"),
        ({"claims": claims(1)}, "texts"),
        ({"claims": claims(DIGEST, None)}, "texts"),
        ({"claims": claims(essential="yes")}, "essential"),
        ({"claims": claims(values=[DIGEST])}, "no other member"),
        ({"claims": json.dumps({"id_token": {"signed_application": DIGEST}})}, "object"),
        ({"claims": json.dumps({"id_token": {"signed_application": {"value": DIGEST}}})}, "object"),
        ({"claims": json.dumps({"id_token": {"signed_application": {}}})}, "object"),
        ({"claims": json.dumps({"id_token": {"signed_application": {"value": {"digest": DIGEST}}}})}, "object"),
    ],
)
def test_what_cannot_be_signed_is_refused_where_it_is_pushed(town, parameters, word):
    """A typed error that says why and repeats nothing."""
    refused = push(town, town.office, **parameters)
    assert (refused.status_code, refused.json["error"]) == (400, "invalid_request")
    assert word in refused.json["error_description"]
    assert DIGEST[:20] not in refused.text


@pytest.mark.parametrize("way", [Way.ANONYMOUS, Way.PASSWORD, Way.LEVEL])
def test_the_other_ways_require_no_application(town, way):
    """A procedure in whose logins nothing is signed cannot require it."""
    with pytest.raises(NotAllowed):
        register(town, "never", way, signed_application=True)


def test_discovery_tells_of_the_claim(town):
    """Services read there what they may expect."""
    found = town.get(town.browser(), f"{BASE_URL}/t/aoba/.well-known/openid-configuration").json
    assert "signed_application" in found["claims_supported"]
