"""Steps of a login that asks for the Basic 4 of a card: from the challenge to what UserInfo tells."""

from urllib.parse import parse_qs, urlsplit

ALL = ("openid", "name", "address", "birthdate", "gender", "profile")
HANAKO = {
    "name": "髙橋　花子",
    "address": {"formatted": "見本県青葉市見本町一丁目２－３"},
    "birthdate": "1985-06-15",
    "gender": "female",
}


def begun(town, service, scope):
    """A login whose challenge was fetched."""
    login = town.begin(service, scope=scope)
    assert town.challenge(login).status_code == 200
    return login


def tokens_of(town, login, answer, decision="allow"):
    """From an accepted proof to the token answer; consent where it is asked."""
    assert answer.status_code == 200, answer.text
    location = town.get(login.browser, answer.json["return_url"]).headers["Location"]
    if location.endswith("/consent"):
        location = town.consent(login, location, decision).headers["Location"]
    return town.redeem(parse_qs(urlsplit(location).query)["code"][0], login).json


def told(town, service, resident="hanako", *, scope="openid name address birthdate gender", ef0002=None):
    """What UserInfo tells after a whole login, beside the subject."""
    login = begun(town, service, scope)
    tokens = tokens_of(town, login, town.prove(login, town.sign(login, resident, ef0002=ef0002)))
    claims = town.userinfo(service, tokens["access_token"]).json
    return {name: value for name, value in claims.items() if name != "sub"}


def consent_page(town, service, resident="hanako", *, scope="openid name address birthdate gender", ef0002=None):
    """The page that asks; the login and the page's address."""
    login = begun(town, service, scope)
    answer = town.prove(login, town.sign(login, resident, ef0002=ef0002))
    url = town.get(login.browser, answer.json["return_url"]).headers["Location"]
    return login, url, town.get(login.browser, url).text if url.endswith("/consent") else ""
