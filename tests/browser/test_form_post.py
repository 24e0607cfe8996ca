"""An answer that the browser posts: at once where scripts run, by the page's button where none does."""

from urllib.parse import parse_qs, urlencode

import pytest
from browser.conftest import Visit

BACK = "http://127.0.0.1:8901/callback"
STATE = "\"'<b>&amp; %41+"


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_browser_posts_the_answer_to_the_service(visit: Visit, scripts: bool) -> None:
    """The service receives what was meant for it, letter by letter."""
    visitor = visit("en", java_script_enabled=scripts)
    arrived: list[str] = []

    def service(route, request) -> None:
        arrived.append(f"{request.method} {request.post_data}")
        route.fulfill(body="back at the service")

    visitor.profile.route(f"{BACK}**", service)
    tenant, library = visitor.demo.tenant(), visitor.demo.service("library")
    query = {
        "response_type": "token",
        "response_mode": "form_post",
        "client_id": library["client_id"],
        "redirect_uri": BACK,
        "scope": "openid",
        "state": STATE,
    }
    visitor.page.goto(f"{tenant['issuer']}/authorize?{urlencode(query)}")
    if not scripts:
        assert "You are being sent to" in visitor.heading
        visitor.page.click("#go-on")
    visitor.page.wait_for_url(BACK)
    method, _, body = arrived[0].partition(" ")
    fields = parse_qs(body)
    assert (method, fields["error"], fields["state"]) == ("POST", ["unsupported_response_type"], [STATE])
    assert fields["iss"] == [tenant["issuer"]]
