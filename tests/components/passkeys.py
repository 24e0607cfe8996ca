"""Passkeys in towns: bound to residents, and shown in logins."""

import re
import secrets
from html import unescape

from components.authenticator import Authenticator
from components.consenting import handle_of
from components.passwords import tenant_of
from components.town import Login, Service, Town
from werkzeug.test import TestResponse

from idp.jpki.profile import Device


def bind(town: Town, passkey: Authenticator, resident_id: str = "hanako") -> Authenticator:
    """Bind it to a resident who has signed in with their card."""
    handle = handle_of(town, town.library, town.sign_in(town.library, resident_id)["sub"])
    return bind_to(town, passkey, handle)


def bind_to(town: Town, passkey: Authenticator, handle: bytes) -> Authenticator:
    """Bind it to that person."""
    passkeys, session = town.product.people.passkeys, secrets.token_bytes(32)
    options = passkeys.offer(tenant_of(town), handle, session, name="青葉市")
    passkeys.bind(tenant_of(town), handle, session, Device.CARD, passkey.create(options))
    return passkey


def begin(town: Town, service: Service, browser=None, **parameters) -> Login:
    """A login of which the passkey page may be opened."""
    login, login_url = town.ask(service, browser, **parameters)
    login.page_url = login_url
    return login


def options_of(town: Town, login: Login) -> str:
    """What the page asks the browser for."""
    page = town.get(login.browser, login.page_url + "/passkey")
    assert page.status_code == 200, page.text
    return unescape(re.search(r'data-options="([^"]+)"', page.text)[1])


def send(town: Town, login: Login, credential: str) -> TestResponse:
    """Submit the page's form."""
    return town.post(login.browser, login.page_url + "/passkey", data={"answer": credential})


def show(town: Town, login: Login, passkey: Authenticator) -> TestResponse:
    """Open the page, let the passkey sign, submit."""
    return send(town, login, passkey.get(options_of(town, login)))
