"""Steps of logging out: a service's login in one browser, the page that asks, and what is over afterwards."""

import re
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

from components.town import BASE_URL

from idp.services.service_changes import ServiceChange

BYE = "http://127.0.0.1:8901/bye"
LOGOUT = f"{BASE_URL}/t/aoba/logout"


def tokens_of(town, service, browser, resident="hanako", **parameters):
    """Sign in; what the token endpoint answered."""
    login, url = town.come(service, browser, resident, **parameters)
    answered = town.redeem(parse_qs(urlsplit(url).query)["code"][0], login)
    assert answered.status_code == 200, answered.text
    return answered.json


def ask(town, browser, tenant="aoba", **parameters):
    """The end session endpoint by GET, followed to the page or to what it leads to."""
    url = f"{BASE_URL}/t/{tenant}/logout"
    found = town.get(browser, f"{url}?{urlencode(parameters)}")
    if found.status_code == 303 and found.headers["Location"].startswith(url):
        found = town.get(browser, found.headers["Location"])
    return found


def decide(town, browser, page, decision="leave", **more):
    """Press a button of the page that asks."""
    form = re.search(r'<form id="sign-out".*?</form>', page.text, re.S)[0]
    fields = {name: unescape(value) for name, value in re.findall(r'name="(sealed)" value="([^"]*)"', form)}
    action = unescape(re.search(r'action="([^"]*)"', form)[1])
    return town.post(browser, action, data={**fields, "decision": decision, **more})


def hint(services, name="tax"):
    """The parameters of a service that has an ID token."""
    return {"id_token_hint": services[name][1]["id_token"], "post_logout_redirect_uri": BYE, "state": "s t"}


def is_signed_in(town, service, browser):
    """Whether prompt=none gives a code."""
    return "code=" in town.ask(service, browser, prompt="none")[1]


def is_live(town, tokens):
    """Whether an access token still opens UserInfo."""
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    return town.get(town.browser(), f"{BASE_URL}/t/aoba/userinfo", headers=headers).status_code == 200


def change(town, service, **members):
    """Change a service's registration."""
    tenant = town.product.directory.tenant("aoba")
    town.product.service_changes.change(tenant, tenant.clients[service.client_id], ServiceChange(**members))
    town.product.directory.refresh()
