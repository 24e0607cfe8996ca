"""Procedures: registered per service, named by a request, told to the service, and never a way to ask for less."""

from urllib.parse import parse_qs, urlsplit

import pytest
from components.phone import finish, scan, type_code
from components.town import BASE_URL, REDIRECT_URI

from idp.procedures.procedure import Way
from idp.procedures.register import Change
from idp.registration import NotAllowed
from idp.services.service_changes import ServiceChange


def register(town, procedure_id, way, service=None, **wishes):
    """One more procedure of a service."""
    tenant = town.product.directory.tenant("aoba")
    client = tenant.clients[(service or town.library).client_id]
    wish = Change(**{"name_ja": f"見本の{procedure_id}", **wishes})
    return town.product.service_acts.procedures.create(tenant, client, procedure_id, way, wish)


def change(town, procedure_id, **wishes):
    """The procedure of the library, changed."""
    tenant = town.product.directory.tenant("aoba")
    client = tenant.clients[town.library.client_id]
    return town.product.service_acts.procedures.change(tenant, client, procedure_id, Change(**wishes))


@pytest.fixture(scope="module")
def town(shared_town):
    """A library with one procedure of each way that needs neither password nor passkey, and one by level."""
    register(shared_town, "notice", Way.ANONYMOUS)
    register(shared_town, "renewal", Way.PASSWORD)
    register(shared_town, "transfer", Way.SIGNATURE)
    register(shared_town, "donation", Way.LEVEL, minimum_acr="aal3")
    register(shared_town, "old", Way.PASSWORD)
    change(shared_town, "old", open=False)
    return shared_town


def answered(town, **parameters):
    """What the service is answered at once."""
    _, url = town.ask(town.library, **parameters)
    return {name: value for name, [value] in parse_qs(urlsplit(url).query).items()}


@pytest.mark.parametrize("procedure", ["renewal", "transfer", "donation"])
def test_the_procedure_of_a_request_returns_in_its_id_token(town, procedure):
    """As it was registered."""
    assert town.sign_in(town.library, procedure=procedure)["procedure"] == procedure


def test_a_login_without_procedure_tells_of_none(town):
    """No claim stands for nothing."""
    assert "procedure" not in town.sign_in(town.library)


def test_a_pushed_request_names_a_procedure_too(town):
    """And an unknown one is refused where it is pushed."""
    service = town.library
    form = {
        "response_type": "code",
        "client_id": service.client_id,
        "redirect_uri": REDIRECT_URI,
        "scope": "openid",
    }

    def push(procedure):
        url, credentials = f"{BASE_URL}/t/aoba/par", (service.client_id, service.client_secret)
        return town.post(town.browser(), url, data={**form, "procedure": procedure}, auth=credentials)

    assert push("donation").status_code == 201
    refused = push("unheard-of")
    assert (refused.status_code, refused.json["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("procedure", "word"), [("unheard-of", "no procedure"), ("old", "closed"), ("notice", "anonymous")]
)
def test_a_procedure_that_nobody_signs_in_for_is_refused_with_the_reason(town, procedure, word):
    """Unknown, closed, anonymous: the service learns which, and no card is read."""
    told = answered(town, procedure=procedure)
    assert told["error"] == "invalid_request"
    assert word in told["error_description"]


def test_another_services_procedure_is_unknown(town):
    """Ids belong to one service."""
    _, url = town.ask(town.childcare, procedure="renewal")
    assert "invalid_request" in url


def test_a_procedure_raises_what_the_registration_asks(town):
    """Across devices is enough for the library and not for its donation: no QR code is shown there."""
    plain, raised = town.begin(town.library), town.begin(town.library, procedure="donation")
    assert "jpki-login-qr" in town.get(plain.browser, plain.page_url).text
    assert "jpki-login-qr" not in town.get(raised.browser, raised.page_url).text


def test_a_procedure_never_lowers_what_the_registration_asks(town):
    """The way of passwords at a service that takes no less than a card at the very device."""
    strict = town.register("aoba", "strict", minimum_acr="aal3")
    register(town, "form", Way.PASSWORD, strict)
    login = town.begin(strict, procedure="form")
    assert "jpki-login-qr" not in town.get(login.browser, login.page_url).text
    assert town.sign_in(strict, procedure="form")["acr"] == "aal3"


def test_an_earlier_login_that_is_too_weak_does_not_go_on(town):
    """Single sign-on is measured by the procedure as well."""
    browser = town.browser()
    login = town.begin(town.library, browser)
    digits = scan(town, login).code()
    assert finish(town, login, type_code(town, login, digits))["acr"] == "aal2"
    _, plain = town.ask(town.library, browser)
    _, raised = town.ask(town.library, browser, procedure="donation")
    assert plain.startswith(REDIRECT_URI)
    assert "/login/" in raised


def test_a_procedure_that_is_raised_meanwhile_holds_for_who_is_on_the_way(aoba):
    """A login is measured by the registration as it is when it ends."""
    register(aoba, "form", Way.LEVEL)
    login = aoba.begin(aoba.library, procedure="form")
    digits = scan(aoba, login).code()
    change(aoba, "form", minimum_acr="aal3")
    answer = type_code(aoba, login, digits)
    if answer.headers["Location"].endswith("/consent"):
        answer = aoba.consent(login, answer.headers["Location"])
    assert "unmet_authentication_requirements" in answer.headers["Location"]


@pytest.mark.parametrize(
    ("procedure_id", "way", "wishes"),
    [
        ("Upper", Way.PASSWORD, {}),
        ("", Way.PASSWORD, {}),
        ("renewal", Way.PASSWORD, {}),
        ("nameless", Way.PASSWORD, {"name_ja": ""}),
        ("long", Way.PASSWORD, {"name_en": "x" * 201}),
        ("unheard", Way.LEVEL, {"minimum_acr": "aal4"}),
        ("weak", Way.COMBINED, {"minimum_acr": "aal1"}),
        ("both", Way.COMBINED, {}),
    ],
)
def test_what_cannot_be_a_procedure_is_refused(town, procedure_id, way, wishes):
    """Ids, names, levels; and the combined way where neither passwords nor passkeys are switched on."""
    with pytest.raises(NotAllowed):
        register(town, procedure_id, way, **wishes)


def test_a_change_of_the_service_leaves_its_procedures(aoba):
    """They stand in its registration beside what the service is."""
    register(aoba, "form", Way.PASSWORD)
    tenant = aoba.product.directory.tenant("aoba")
    client = tenant.clients[aoba.library.client_id]
    aoba.product.service_changes.change(tenant, client, ServiceChange(name_ja="別の名"))
    changed = aoba.product.directory.tenant("aoba").clients[client.client_id]
    assert (changed.name("ja"), changed.procedures["form"].name("en")) == ("別の名", "見本のform")


def test_discovery_tells_of_the_claim(town):
    """Services read there what they may expect."""
    found = town.get(town.browser(), f"{BASE_URL}/t/aoba/.well-known/openid-configuration").json
    assert "procedure" in found["claims_supported"]
