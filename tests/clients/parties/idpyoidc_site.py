"""A service with idpyoidc's relying party handler, whose settings come from the JSON file that is named."""

import json
import sys
from pathlib import Path

from flask import Flask, jsonify, redirect, request
from idpyoidc.client.defaults import DEFAULT_OIDC_SERVICES
from idpyoidc.client.rp_handler import RPHandler

GIVEN = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
ISSUER, ORIGIN = GIVEN["issuer"], f"http://127.0.0.1:{GIVEN['port']}"
SERVICES = {**DEFAULT_OIDC_SERVICES, "end_session": {"class": "idpyoidc.client.oidc.end_session.EndSession"}}
HANDLER = RPHandler(
    base_url=ORIGIN,
    services=SERVICES,
    key_conf={"key_defs": [{"type": "EC", "crv": "P-256", "use": ["sig"]}]},  # kept nowhere
    httpc_params={"verify": GIVEN["ca_file"], "timeout": 30},
    client_configs={
        ISSUER: {
            "issuer": ISSUER,
            "client_type": "oidc",
            "client_id": GIVEN["client_id"],
            "client_secret": GIVEN["client_secret"],
            "redirect_uris": [f"{ORIGIN}/callback"],
            "post_logout_redirect_uris": [f"{ORIGIN}/bye"],
            "response_types_supported": ["code"],
            "scopes_supported": ["openid", "jpki_status", "offline_access"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "client_authn_methods": ["client_secret_basic"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "add_ons": {
                "pkce": {
                    "function": "idpyoidc.client.oauth2.add_on.pkce.add_support",
                    "kwargs": {"code_challenge_length": 64, "code_challenge_method": "S256"},
                }
            },
        }
    },
)
app = Flask(__name__)


@app.get("/login")
def login():
    """Off to the provider."""
    return redirect(HANDLER.begin(ISSUER))


@app.get("/callback")
def callback():
    """Back from it: the handler redeems the code, checks the ID token, asks UserInfo."""
    told = HANDLER.finalize(ISSUER, request.args.to_dict())
    if "error" in told:
        return jsonify(error=str(told["error"])), 500
    state = told["state"]
    return jsonify(state=state, claims=told["id_token"].to_dict(), userinfo=told["userinfo"].to_dict())


@app.get("/refresh")
def refresh():
    """A new access token for a login."""
    before = HANDLER.get_valid_access_token(request.args["state"])[0]
    renewed = HANDLER.refresh_access_token(request.args["state"])
    return jsonify(renewed=renewed["access_token"] != before, token_type=renewed["token_type"])


@app.get("/logout")
def logout():
    """Off to the provider to log out."""
    return redirect(HANDLER.logout(request.args["state"], post_logout_redirect_uri=f"{ORIGIN}/bye")["url"])


@app.get("/bye")
def bye():
    """Back from it."""
    return jsonify(over=True)


if __name__ == "__main__":
    app.run("127.0.0.1", GIVEN["port"])
