"""Signing a statement with the signature certificate: from a login that asks for it to what UserInfo tells."""

import base64
import hashlib
import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

from components.identity_assurance import asking
from components.town import BASE_URL, b64url
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from connectors.sandbox.residents import ResidentFiles
from connectors.sandbox.state import Slot

ALL = ("openid", "name", "address", "birthdate", "gender")
BY_SIGNATURE = {"trust_framework": {"value": "jp_jpki_signature"}}
FORM = re.compile(r'name="form" value="([^"]+)"')


def wanting(*names, essential=False):
    """The `claims` parameter that asks for these, vouched for by the signature certificate."""
    wanted = {"essential": True} if essential else None
    return asking({"verification": BY_SIGNATURE, "claims": dict.fromkeys(names, wanted)})


def begun(town, service, resident="hanako", *, names=("name", "address"), essential=False, **parameters):
    """A login whose card proof is accepted: it, and where the browser is sent from its return link."""
    claims = wanting(*names, essential=essential)
    login = town.begin(service, **{"scope": "openid", "claims": claims, **parameters})
    location = town.get(login.browser, town.accept(login, resident)).headers["Location"]
    return login, location


def at_statement(town, service, resident="hanako", **options):
    """The same, with LINK and challenge of the page where the statement is signed in their place."""
    login, location = begun(town, service, resident, **options)
    return opened(town, login, location)


def opened(town, login, url):
    """The login with LINK and challenge of a page where a statement is signed."""
    page = town.get(login.browser, url)
    login.page_url, login.link = url, unescape(re.search(r'rel="jpki-login" href="([^"]+)"', page.text)[1])
    assert town.challenge(login).status_code == 200
    return login


def message(login, origin=BASE_URL, **changes):
    """What is signed (card login protocol, section 3), written here a third time, by hand."""
    asked = {**login.challenge, **changes}
    nonce = base64.urlsafe_b64decode(asked["nonce"] + "=")
    texts = (asked["issuer"], origin, asked["transaction"])
    parts = (*(text.encode() for text in texts), nonce, asked["statement"].encode())
    return b"jpki-consent/1\x00" + b"".join(hashlib.sha256(part).digest() for part in parts)


def pair(town, resident, slot=Slot.SIGN):
    """Certificate and private key in that place of a resident."""
    files = ResidentFiles(town.resident(resident).card.parent, resident)
    certificate = x509.load_pem_x509_certificate(files.certificate(slot).read_bytes())
    return certificate, load_pem_private_key(
        files.key(slot).read_bytes(), None, unsafe_skip_rsa_key_validation=True
    )


def proof(town, login, resident="hanako", *, slot=Slot.SIGN, signed=None, origin=BASE_URL, **changes):
    """A signature over the challenge by that resident's card; `signed`: another message; `changes`: of members."""
    return by(*pair(town, resident, slot), message(login, origin) if signed is None else signed, **changes)


def by(held, key, signed, **changes):
    """The JSON of a proof by the certificate and the key that somebody holds."""
    return {
        "certificate": base64.b64encode(held.public_bytes(Encoding.DER)).decode(),
        "algorithm": "RS256",
        "signature": b64url(key.sign(signed, padding.PKCS1v15(), hashes.SHA256())),
        "device": "reader",
        **changes,
    }


def signed(town, login, resident="hanako", **options):
    """From the statement's challenge to where the login goes on: the URL to which its page leads back."""
    answer = town.prove(login, proof(town, login, resident, **options))
    assert answer.status_code == 200, answer.text
    return town.get(login.browser, answer.json["return_url"]).headers["Location"]


def to_consent(town, login, resident="hanako"):
    """From the statement's challenge to the consent page's URL."""
    return town.get(login.browser, signed(town, login, resident)).headers["Location"]


def told(town, login, location):
    """From the consent page, or straight from the signature, to what UserInfo tells."""
    if location.endswith("/consent"):
        location = town.consent(login, location).headers["Location"]
    tokens = town.redeem(parse_qs(urlsplit(location).query)["code"][0], login).json
    return town.userinfo(login.service, tokens["access_token"]).json


def choice(town, login, url, choice):
    """What follows a choice on the page of somebody who came back without a signature."""
    form = FORM.search(town.get(login.browser, url).text)[1]
    return town.post(login.browser, url.partition("?")[0], data={"form": form, "choice": choice})
