"""A browser, a service and a card in one, as light as can be: the driver of `make bench`."""

import base64
import hashlib
import json
import re
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key


class Returning:
    """One resident who signs in again and again at one service, each time from a browser without cookies."""

    def __init__(self, tenant, service, resident) -> None:
        self.issuer, self.service = tenant["issuer"], service
        pem, key = (Path(resident[name]).read_bytes() for name in ("auth_certificate", "auth_key"))
        self.certificate = x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)
        self.key = load_pem_private_key(key, None)
        self.redirect_uri = next(u for u in service["redirect_uris"] if u.endswith(":8901/callback"))
        self.machine = requests.Session()

    def sign_in(self) -> dict:
        """One login; the token response."""
        browser = requests.Session()
        query = {
            "response_type": "code",
            "client_id": self.service["client_id"],
            "redirect_uri": self.redirect_uri,
            "scope": "openid",
            "state": "s",
            "nonce": "n",
        }
        page = browser.get(f"{self.issuer}/authorize?{urlencode(query)}")
        link = unescape(re.search(r'rel="jpki-login" href="([^"]+)"', page.text)[1])
        answer = self.prove(link)
        back = browser.get(answer["return_url"], allow_redirects=False)
        if back.headers["Location"].endswith("/consent"):
            form = browser.get(back.headers["Location"])
            fields = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form.text))
            back = browser.post(form.url, {**fields, "decision": "allow"}, allow_redirects=False)
        code = parse_qs(urlsplit(back.headers["Location"]).query)["code"][0]
        browser.close()
        body = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect_uri}
        token = self.machine.post(
            f"{self.issuer}/token", body, auth=(self.service["client_id"], self.service["client_secret"])
        )
        token.raise_for_status()
        return token.json()

    def prove(self, link: str) -> dict:
        """Fetch the challenge, sign it, send the proof."""
        asked = self.machine.get(link, headers={"Accept": "application/json"}).json()
        nonce = base64.urlsafe_b64decode(asked["nonce"] + "=")
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(link))
        parts = (asked["issuer"].encode(), origin.encode(), asked["transaction"].encode(), nonce, b"")
        message = b"jpki-login/1\x00" + b"".join(hashlib.sha256(part).digest() for part in parts)
        signature = self.key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        proof = {
            "certificate": base64.b64encode(self.certificate).decode(),
            "algorithm": "RS256",
            "signature": base64.urlsafe_b64encode(signature).rstrip(b"=").decode(),
        }
        headers = {"Content-Type": "application/json"}
        return self.machine.post(link + "/proof", json.dumps(proof), headers=headers).json()
