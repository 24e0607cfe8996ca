"""Steps of a browser that is signed in: entering, asking silently, what an answer holds, time going by."""

from urllib.parse import parse_qs, urlsplit

from components.town import id_token_claims

MINUTE = 60


def enter(town, service, browser, resident="hanako", **parameters):
    """Sign in, with the card or without it as it turns out; the ID token's claims."""
    login, url = town.come(service, browser, resident, **parameters)
    return redeemed(town, login, url)


def redeemed(town, login, url):
    """The ID token's claims of an answer."""
    answer = town.redeem(code_of(url), login)
    assert answer.status_code == 200, answer.text
    return id_token_claims(answer.json["id_token"])


def query(url):
    """The members of an answer."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def code_of(url):
    """The code of an answer."""
    return query(url)["code"]


def silently(town, service, browser, **parameters):
    """Authorize with prompt=none; the members of the answer."""
    return query(town.ask(service, browser, prompt="none", **parameters)[1])


def pass_time(town, seconds):
    """Move the town's clock."""
    town.clock.set_offset(town.clock.offset + seconds)


def needs_card(town, service, browser, **parameters):
    """Whether the answer to authorize is the card page; its text, else None."""
    _, url = town.ask(service, browser, **parameters)
    return town.get(browser, url).text if "/login/" in url and not url.endswith("/consent") else None
