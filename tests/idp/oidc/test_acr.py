"""`acr_values` and the essential `acr`: what is preferred, what binds, and what happens when it cannot be had."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from components.counter import enrol, kazashi_service, refused, switch
from components.phone import scan, type_code
from components.town import BASE_URL, REDIRECT_URI, id_token_claims

from idp.errors import Reason
from idp.jpki.revocation import Method
from idp.oidc.authorization.acr import AcrRequest, Unmet, read
from idp.oidc.authorization.claims_request import NOTHING, parse
from idp.oidc.claims.claims import for_id_token
from idp.services.service_changes import ServiceChange

UNMET = "unmet_authentication_requirements"


def essential(*values, **more):
    """The `claims` parameter that makes these classes essential."""
    return json.dumps({"id_token": {"acr": {"essential": True, **({"values": values} if values else {}), **more}}})


def judged(acr_values="", claims=None):
    """What the two parameters come to."""
    asked = NOTHING if claims is None else parse(claims, userinfo=(), id_token=("acr",))
    return read(acr_values, asked)


@pytest.mark.parametrize(
    ("acr_values", "claims", "binding", "method"),
    [
        ("", None, (), None),
        ("aal3", None, (), None),
        ("urn:x unknown", None, (), None),
        ("aal3 crl", None, (), Method.CRL),
        ("ocsp aal3", None, (), Method.OCSP),
        ("crl ocsp", None, (), Method.CRL),
        ("", essential("aal3"), ("aal3",), None),
        ("aal2 crl", essential("aal3"), ("aal3",), Method.CRL),
        ("", essential("aal3", "aal2", "gold"), ("aal3", "aal2"), None),
        ("aal3 ocsp", essential(), ("aal3",), Method.OCSP),
        ("", essential(), (), None),
        ("crl", essential(), (), Method.CRL),
        ("", json.dumps({"id_token": {"acr": {"values": ["aal3"]}}}), (), None),
        ("", json.dumps({"id_token": {"acr": {"value": "gold"}}}), (), None),
    ],
)
def test_what_binds_and_what_is_taken_out(acr_values, claims, binding, method):
    """A list is a preference until it is essential; the words of the Digital Agency's form are no classes."""
    assert judged(acr_values, claims) == AcrRequest(binding, method)


@pytest.mark.parametrize("values", [("gold",), ("AAL3",), ("gold", "silver"), (3,), ("aal3 crl",), ("ocsp",)])
def test_an_essential_class_that_nobody_knows_here_is_unmet(values):
    """At once, and only when none of them is known."""
    with pytest.raises(Unmet):
        judged("", essential(*values))


@pytest.mark.parametrize(
    ("binding", "least", "answers"),
    [
        ((), "", {"aal1": "aal1", "aal2": "aal2", "aal3": "aal3"}),
        (("aal3",), "aal3", {"aal1": None, "aal2": None, "aal3": "aal3"}),
        (("aal2",), "aal2", {"aal1": None, "aal2": "aal2", "aal3": "aal2"}),
        (("aal3", "aal1"), "aal1", {"aal1": "aal1", "aal2": "aal1", "aal3": "aal3"}),
    ],
)
def test_the_answer_is_the_highest_essential_class_that_was_reached(binding, least, answers):
    """It must be one of those asked for (OpenID Connect Core section 5.5.1.1)."""
    asked = AcrRequest(binding)
    assert asked.least == least
    for earned, answer in answers.items():
        if answer is None:
            with pytest.raises(Unmet):
                asked.answer(earned)
        else:
            assert asked.answer(earned) == answer


def error_at_service(answer):
    """The error that the service receives."""
    assert answer.status_code == 303
    location = answer.headers["Location"]
    assert location.startswith(REDIRECT_URI + "?"), location
    return parse_qs(urlsplit(location).query)["error"][0]


def test_an_unknown_essential_class_is_told_to_the_service_at_once(shared_town):
    """Before anybody reads a card."""
    query = {
        "response_type": "code",
        "client_id": shared_town.library.client_id,
        "redirect_uri": REDIRECT_URI,
        "scope": "openid",
        "claims": essential("gold"),
    }
    answer = shared_town.browser().get("/t/aoba/authorize", base_url=BASE_URL + "/", query_string=query)
    assert error_at_service(answer) == UNMET


@pytest.mark.parametrize(
    "parameters", [{"claims": essential("aal3")}, {"claims": essential(), "acr_values": "aal3"}]
)
def test_an_essential_highest_class_offers_no_code_and_no_qr_code(shared_town, parameters):
    """The page names no QR handle, there is no picture, and a card on this computer gets no digits."""
    login = shared_town.begin(shared_town.library, **parameters)
    page = shared_town.get(login.browser, login.page_url)
    assert "jpki-login-qr" not in page.text
    assert shared_town.get(login.browser, login.page_url + "/qr.svg").status_code == 404
    shared_town.challenge(login)
    answer = shared_town.prove(login, shared_town.sign(login))
    assert answer.json.keys() == {"status", "return_url"}


def test_a_preference_binds_nothing(shared_town):
    """`acr_values` alone: the phone's way is offered, and its level is an answer."""
    login = shared_town.begin(shared_town.library, acr_values="aal3")
    assert "jpki-login-qr" in shared_town.get(login.browser, login.page_url).text


def test_the_id_token_says_one_of_the_classes_asked_for(shared_town):
    """A card on this computer reaches both."""
    for asked, said in (("aal3", "aal3"), ("aal2", "aal2")):
        assert shared_town.sign_in(shared_town.library, claims=essential(asked))["acr"] == said


def test_a_service_that_asks_less_than_it_is_registered_for_still_gets_that(shared_town):
    """An essential aal1 lowers nothing: a service of aal3 offers no code."""
    strict = shared_town.register("aoba", "strictest", minimum_acr="aal3")
    login = shared_town.begin(strict, claims=essential("aal1"))
    assert "jpki-login-qr" not in shared_town.get(login.browser, login.page_url).text


def test_kazashi_is_not_offered_where_more_is_essential(aoba):
    """At a service that takes it otherwise: not in the challenge, and refused; leaving says why."""
    switch(aoba, ["kazashi"])
    desk = kazashi_service(aoba)
    window = enrol(aoba, desk)
    aoba.sign_in(desk)
    login = aoba.begin(desk, claims=essential("aal2"))
    assert window.challenge(login).json["modes"] == ["pin"]
    assert refused(window.prove(login, "kazashi")) == (Reason.LEVEL_INSUFFICIENT, 403)
    assert error_at_service(aoba.get(login.browser, login.page_url + "/leave")) == UNMET


def test_leaving_without_a_level_refused_is_a_denial(shared_town):
    """Who simply goes back has not failed at the level."""
    login = shared_town.begin(shared_town.library, claims=essential("aal3"))
    assert error_at_service(shared_town.get(login.browser, login.page_url + "/leave")) == "access_denied"


def test_a_phone_across_devices_meets_the_lower_of_two(shared_town):
    """aal3 preferred, aal2 enough: the code's way is open and the token says aal2."""
    login = shared_town.begin(shared_town.library, claims=essential("aal3", "aal2"))
    answer = type_code(shared_town, login, scan(shared_town, login).code())
    answer = shared_town.consent(login, answer.headers["Location"])
    code = parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]
    assert id_token_claims(shared_town.redeem(code, login).json["id_token"])["acr"] == "aal2"


def require_aal3(town, service):
    """Raise the registration while somebody is on the way."""
    tenant = town.product.directory.tenant("aoba")
    change = ServiceChange(minimum_acr="aal3")
    town.product.service_changes.change(tenant, tenant.clients[service.client_id], change)


def test_a_registration_raised_before_the_code_is_typed_holds_for_it(aoba):
    """The login is not what the service requires by now: it is told so, and gets no code."""
    login = aoba.begin(aoba.library)
    digits = scan(aoba, login).code()
    require_aal3(aoba, aoba.library)
    answer = type_code(aoba, login, digits)
    assert error_at_service(aoba.consent(login, answer.headers["Location"])) == UNMET


def test_a_registration_raised_before_the_code_is_redeemed_holds_for_it(aoba):
    """The code is spent by that, even when the registration is lowered again."""
    login = aoba.begin(aoba.library)
    answer = type_code(aoba, login, scan(aoba, login).code())
    answer = aoba.consent(login, answer.headers["Location"])
    code = parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]
    require_aal3(aoba, aoba.library)
    for _ in range(2):
        refusal = aoba.redeem(code, login)
        assert (refusal.status_code, refusal.json["error"]) == (400, "invalid_grant")
    assert aoba.rows("access_token") == 0


def test_a_login_that_reaches_the_raised_level_goes_on(aoba):
    """A card on this computer is enough before and after."""
    login = aoba.begin(aoba.library)
    link = aoba.accept(login)
    require_aal3(aoba, aoba.library)
    answer = aoba.consent(login, aoba.get(login.browser, link).headers["Location"])
    assert "code=" in answer.headers["Location"]


def test_a_service_suspended_while_its_resident_decides_receives_no_code(aoba):
    """The consent page was open when it was stopped."""
    login = aoba.begin(aoba.library)
    link = aoba.accept(login)
    page = aoba.get(login.browser, link).headers["Location"]
    aoba.get(login.browser, page)
    with aoba.product.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE client SET state = 'suspended'")
        connection.exec_driver_sql("UPDATE tenant SET config_version = config_version + 1")
    aoba.product.directory.refresh()
    answer = aoba.consent(login, page)
    assert (answer.status_code, "Location" in answer.headers) == (400, False)


@pytest.mark.parametrize(
    ("acr_values", "wishes", "method"),
    [
        ("aal3 crl", {}, "crl"),
        ("aal3 ocsp", {}, "ocsp"),
        ("crl", {"revocation": {"order": "ocsp_first"}}, "ocsp"),
        ("crl", {"revocation": {"order": "both"}}, "ocsp"),
        ("ocsp", {"revocation": {"order": "crl_first"}}, "ocsp"),
        ("aal2", {"revocation": {"order": "crl_first"}}, "crl"),
    ],
)
def test_the_revocation_method_of_one_login(shared_town, acr_values, wishes, method):
    """Chosen by the request, never weaker than the service's own decision."""
    name = f"by-{acr_values}-{wishes.get('revocation', {}).get('order', 'default')}".replace(" ", "-")
    service = shared_town.register("aoba", name.replace("_", "-"), **wishes)
    claims = shared_town.sign_in(service, scope="openid jpki_status", acr_values=acr_values)
    assert (claims["revocation"]["method"], claims["revocation"]["fallback"]) == (method, False)
    assert claims["acr"] == "aal3"


def test_what_is_published_of_levels_and_claims_is_true(aoba):
    """The lowest level only where a method gives it; every claim that `claims` can ask for is listed."""
    url = f"{BASE_URL}/t/aoba/.well-known/openid-configuration"
    metadata = aoba.get(aoba.browser(), url).json
    assert metadata["acr_values_supported"] == ["aal3", "aal2"]
    assert metadata["claims_parameter_supported"] is True
    assert for_id_token(aoba.product.directory.tenant("aoba").clients[aoba.library.client_id]) <= set(
        metadata["claims_supported"]
    )
    switch(aoba, ["kazashi"])
    assert aoba.get(aoba.browser(), url).json["acr_values_supported"] == ["aal3", "aal2", "aal1"]
