"""An application on a phone: the browser hands the answer over to whatever has its scheme."""

import secrets
from urllib.parse import parse_qs, urlencode, urlsplit

from browser.conftest import Visit
from components.demo import Demo
from components.stock_client import await_known

HERE = "jp.example.app:/callback"


def test_the_browser_goes_on_to_the_application(visit: Visit, demo: Demo) -> None:
    """After the consent page's form, which may end there; browsers hold that against every redirect."""
    options = ("--name-ja", "見本のアプリ", "--auth-method", "none", "--redirect-uri", HERE)
    client_id = demo.idp("service", "create", "phone-app", *options)["client_id"]
    issuer = demo.tenant()["issuer"]
    await_known(issuer, client_id, HERE)
    visitor = visit("en")
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": HERE,
        "scope": "openid",
        "state": "s",
    }
    query |= {"code_challenge": secrets.token_urlsafe(32), "code_challenge_method": "S256"}
    visitor.page.goto(f"{issuer}/authorize?{urlencode(query)}")
    visitor.read_card("hanako")
    with visitor.page.expect_request(lambda request: request.url.startswith(HERE)) as handed_over:
        visitor.page.click('#consent button[value="allow"]', no_wait_after=True)
    answer = parse_qs(urlsplit(handed_over.value.url).query)
    assert (answer["state"], answer["iss"], len(answer["code"])) == (["s"], [issuer], 1)
