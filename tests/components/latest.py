"""Logins that ask for the latest information, and what the worker tells J-LIS of consents to it."""

import secrets
from urllib.parse import parse_qs, urlsplit

from components.identity_assurance import asking
from components.jobs import jobs
from components.signing import opened, to_consent, told

from connectors.http import Outbound
from connectors.jlis.latest import LatestHttp
from idp.basic4.telling import KIND, TellJlis
from idp.oversight.audit import Auditor

FRAMEWORK = "jp_jpki_latest_information"
LATEST = {"trust_framework": {"value": FRAMEWORK}}


def begun(town, service, resident="hanako", *, names=("name", "address"), **parameters):
    """A login that asks for these: it, and where the browser is sent from its return link."""
    claims = asking({"verification": LATEST, "claims": dict.fromkeys(names)})
    login = town.begin(service, **{"scope": "openid", "claims": claims, **parameters})
    return login, town.get(login.browser, town.accept(login, resident)).headers["Location"]


def consented(town, service, resident="hanako", *, heard=True, **options):
    """What UserInfo tells of the login in which the resident signs the consent; J-LIS has `heard` of it."""
    login, location = begun(town, service, resident, **options)
    login = opened(town, login, location)
    claims = told(town, login, to_consent(town, login, resident))
    if heard:
        work(town)
    return claims


def returning(town, service, resident="hanako", **options):
    """What UserInfo tells of a login without a signature: at once, or after the consent page."""
    login, location = begun(town, service, resident, **options)
    assert "/login/" not in location or location.endswith("/consent"), location
    return told(town, login, location)


def verified(claims):
    """The verified ones."""
    return claims["verified_claims"]["claims"]


def work(town):
    """All that waits to be told to J-LIS, by the handler that the worker has."""
    town.product.directory.refresh()
    source = LatestHttp(f"{town.jlis}/latest", Outbound([town.jlis]))
    auditor = Auditor(town.clock, secrets.token_bytes)
    worker = jobs(town, {KIND: TellJlis(store=town.product.store, source=source, auditor=auditor)})
    while worker.do_one():
        pass


def agreed(town):
    """What J-LIS holds of consents: resident and items."""
    return [(one.resident, one.items) for one in town.world.state.latest]


def redirected(location):
    """Whether the browser is back at the service with a code."""
    return "code" in parse_qs(urlsplit(location).query)
