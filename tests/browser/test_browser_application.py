"""An application that runs in the resident's browser, with npm's oidc-client-ts, not patched: a public client.

Its page lies at another origin, so that the browser asks the provider whether it may read the answers.
"""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser.conftest import Visit
from components.demo import Demo
from components.stock_client import await_known
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

LIBRARY = Path(__file__).parents[1] / "clients/node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js"
PAGE = """<!doctype html><html lang="en"><title>Pool</title><h1>Pool bookings</h1>
<button id="login">Sign in</button> <button id="renew">Renew</button> <button id="leave">Leave</button>
<pre id="told"></pre><script src="library.js"></script><script>
const told = (what) => { document.getElementById("told").textContent = JSON.stringify(what); };
const failed = (error) => told({ error: String(error) });
const manager = new oidc.UserManager(SETTINGS);
const claims = async (user) => {  // the library itself asks by no proof
  const url = await manager.metadataService.getUserInfoEndpoint();
  const ask = async (nonce) => {
    const headers = { Authorization: `${user.token_type} ${user.access_token}` };
    if (user.token_type === "DPoP") headers.DPoP = await manager.dpopProof(url, user, "GET", nonce);
    return fetch(url, { headers });
  };
  const answer = await ask();
  const wanted = answer.status === 401 && answer.headers.get("DPoP-Nonce");
  return (wanted ? await ask(wanted) : answer).json();
};
const shown = async (user) => told({
  sub: user.profile.sub, userinfo: (await claims(user)).sub,
  type: user.token_type, renews: Boolean(user.refresh_token),
});
const button = (id, act) => { document.getElementById(id).onclick = () => { told(null); act().catch(failed); }; };
button("login", () => manager.signinRedirect());
button("renew", () => manager.signinSilent().then(shown));
button("leave", () => manager.revokeTokens().then(() => told("left")));
if (location.search.includes("state=")) manager.signinCallback().then(shown).catch(failed);
</script></html>"""
KEYED = "dpop: { store: new oidc.IndexedDbDPoPStore(), bind_authorization_code: true },"


class Application:
    """The application's own server, which holds two files and nothing else. `settings`: of its page."""

    def __init__(self) -> None:
        self.settings = ""
        self.known: dict[str, str] = {}
        self._server = make_server("127.0.0.1", 0, self, threaded=True)
        self.origin = f"http://127.0.0.1:{self._server.port}"

    @Request.application
    def __call__(self, request: Request) -> Response:
        """See PEP 3333."""
        if request.path == "/library.js":
            return Response(LIBRARY.read_bytes(), mimetype="text/javascript")
        return Response(PAGE.replace("SETTINGS", self.settings), mimetype="text/html")

    def serve(self) -> None:
        """In a thread of its own, until `stop`."""
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="module")
def application(demo: Demo) -> Iterator[Application]:
    """Registered by its municipality."""
    made = Application()
    made.serve()
    options = ("--name-ja", "見本のプール", "--auth-method", "none", "--redirect-uri", f"{made.origin}/back")
    service = demo.idp("service", "create", "pool", *options, "--scope", "openid offline_access")
    await_known(demo.tenant()["issuer"], service["client_id"], f"{made.origin}/back")
    made.known = {"authority": demo.tenant()["issuer"], "client_id": service["client_id"]}
    yield made
    made.stop()


@pytest.mark.parametrize(("resident", "keyed"), [("hinata", False), ("hanako", True)], ids=["bearer", "DPoP"])
def test_a_resident_signs_in_at_an_application_in_the_browser(
    visit: Visit, demo: Demo, application: Application, resident: str, keyed: bool
) -> None:
    """From its button to claims, tokens renewed and taken back: the browser lets its page read every answer."""
    options = {"redirect_uri": f"{application.origin}/back", "scope": "openid offline_access"}
    settings = json.dumps({**application.known, **options})
    application.settings = f"{{...{settings}, {KEYED if keyed else ''}}}"
    visitor = visit("en")
    page = visitor.page

    def told() -> Any:
        page.wait_for_function("!['', 'null'].includes(document.getElementById('told').textContent)")
        return json.loads(page.locator("#told").inner_text())

    page.goto(application.origin)
    page.click("#login")
    page.wait_for_selector("#card-tray")
    visitor.read_card(resident)
    visitor.consent()
    page.wait_for_url(f"{application.origin}/**")
    first = told()
    assert "error" not in first, first
    assert first["sub"] == first["userinfo"]
    assert (first["type"], first["renews"]) == ("DPoP" if keyed else "Bearer", True)
    page.click("#renew")
    assert told() == first
    page.click("#leave")
    assert told() == "left"
