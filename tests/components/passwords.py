"""IDs and passwords in towns: switched on, given out, typed."""

import re
from urllib.parse import parse_qs, urlsplit

from components.consenting import handle_of
from components.town import Login, Service, Town, id_token_claims
from werkzeug.test import TestResponse

from idp.jpki.profile import Device
from idp.passwords.account import Issued

PASSWORD = "four quiet herons wade"
OTHER = "seven loud frogs answer"
FAR = "203.0.113.7"
"""A stranger's address."""


def switch_on(town: Town, *methods: str) -> None:
    """All ways that the tenant has switched on from now on."""
    town.product.policies.change_tenant(tenant_of(town), revocation={}, methods=list(methods))


def tenant_of(town: Town):
    """The tenant as it is now."""
    return town.product.directory.tenant("aoba")


def weak_service(town: Town, service_id: str = "mail", **wishes) -> Service:
    """A service that takes passwords."""
    return town.register("aoba", service_id, minimum_acr="aal1", methods=("password",), **wishes)


def by_card(town: Town, resident_id: str = "hanako", password: str = PASSWORD) -> str:
    """The ID that a resident gave themselves with their card."""
    handle = handle_of(town, town.library, town.sign_in(town.library, resident_id)["sub"])
    return town.product.people.passwords.set_by_card(tenant_of(town), handle, Device.CARD, password)


def by_staff(town: Town, issued: Issued = Issued.COUNTER) -> tuple[str, str]:
    """An ID and its first password, as the staff hand them over."""
    given = town.product.people.passwords.give_out(tenant_of(town), issued)
    return given.sign_in_id, given.first_password


def begin(town: Town, service: Service, browser=None, **parameters) -> Login:
    """A login of which the password page stands open: the first of the combined way, else one step from it."""
    login, page_url = town.ask(service, browser, **parameters)
    login.page_url = page_url.removesuffix("/password")
    return login


def enter(town: Town, login: Login, sign_in_id: str, password: str, *, source="", **new: str) -> TestResponse:
    """Type ID and password; `new`, `again`: a new one besides."""
    url = f"{login.page_url}/password" + ("/change" if new else "")
    environ = {"environ_base": {"REMOTE_ADDR": source}} if source else {}
    return town.post(login.browser, url, data={"id": sign_in_id, "password": password, **new}, **environ)


def told(answer: TestResponse) -> tuple[int, str]:
    """The answer's status, and what the page says went wrong."""
    found = re.search(r'id="password-problem" role="alert">.*?<span>\s*(.*?)</span>', answer.text, re.S)
    return answer.status_code, re.sub(r"<[^>]+>|\s", "", found[1]) if found else ""


def ended(town: Town, login: Login, answer: TestResponse) -> dict:
    """From a right password to the query that the service receives."""
    assert answer.status_code == 303, answer.text
    answer = town.get(login.browser, answer.headers["Location"])
    if answer.headers["Location"].endswith("/consent"):
        answer = town.consent(login, answer.headers["Location"])
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    return {name: value for name, [value] in query.items()}


def claims(town: Town, login: Login, answer: TestResponse) -> dict:
    """From a right password to the ID token's claims."""
    redeemed = town.redeem(ended(town, login, answer)["code"], login)
    assert redeemed.status_code == 200, redeemed.text
    return id_token_claims(redeemed.json["id_token"])


def sign_in(town: Town, service: Service, sign_in_id: str, password: str = PASSWORD, **options) -> dict:
    """A whole login by password: the ID token's claims."""
    login = begin(town, service)
    return claims(town, login, enter(town, login, sign_in_id, password, **options))
