"""A validation authority from the settings to the token: first by policy, and last when all else is out."""

import secrets
from datetime import UTC, datetime

import pytest
from components.forgery import new_key
from components.openssl import write_certificate
from components.serving import served
from components.status import MINUTE
from components.town import town
from cryptography.x509.ocsp import OCSPCertStatus
from werkzeug.wrappers import Request, Response

from connectors.sandbox.clock import OffsetClock
from connectors.sandbox.world import World
from idp import compose
from idp.errors import Reason
from idp.jpki.front_certificate import front_certificate
from idp.jpki.ocsp_answer import FrontResponder, Standing, read_enquiry
from idp.jpki.trust import read_anchor
from idp.settings import SettingsRefused, read_settings


@pytest.fixture
def authority(founded_world, tmp_path):
    """Settings of a validation authority that says good of every certificate of the world's anchors."""
    clock = OffsetClock(tmp_path / "clock of the authority")
    key = new_key()
    lifetime = {"not_before": clock() - MINUTE, "not_after": clock() + 60 * MINUTE}
    responder = FrontResponder(front_certificate(key, "VA", serial=1, **lifetime), key)
    anchors = [read_anchor(kind, der) for kind, der in World.open(founded_world).anchors()]

    @Request.application
    def application(request):
        enquiry = read_enquiry(request.get_data(), anchors)
        standing = Standing(OCSPCertStatus.GOOD, clock(), clock() + MINUTE)
        return Response(responder.answer(enquiry, standing, now=clock()), mimetype="application/ocsp-response")

    with served(application) as url:
        file = write_certificate(tmp_path / "va.pem", responder.certificate)
        yield {"IDP_VA_URL": f"{url}/va", "IDP_VA_CERTIFICATE_FILE": str(file)}


@pytest.fixture
def made(tmp_path, founded_world, authority):
    """A town with that authority."""
    with town(tmp_path / "town", founded_world, environment=authority) as running:
        yield running


def test_the_token_says_that_a_va_spoke(made):
    """First by the service's own policy; another service's is as before."""
    first = made.register("aoba", "va-first", revocation={"order": "va_first"})
    spoke = [made.sign_in(s, scope="openid jpki_status")["revocation"] for s in (first, made.library)]
    assert [(r["method"], r["fallback"]) for r in spoke] == [("va", False), ("ocsp", False)]


def test_a_va_is_the_last_resort(made):
    """OCSP down and the lists old: it speaks, as a fallback."""
    made.control(do="ocsp", mode="down")
    made.control(do="crl", mode="stale")
    spoke = made.sign_in(made.library, scope="openid jpki_status")["revocation"]
    assert (spoke["method"], spoke["fallback"]) == ("va", True)


def test_a_va_is_no_substitute_for_both(made):
    """Who demands OCSP and a list does not take a third."""
    strict = made.register("aoba", "strict", revocation={"order": "both"})
    made.control(do="ocsp", mode="down")
    login = made.begin(strict)
    made.challenge(login)
    assert made.prove(login, made.sign(login)).json["code"] == Reason.REVOCATION_UNAVAILABLE


@pytest.mark.parametrize("content", ["", "-----BEGIN CERTIFICATE-----"])
def test_what_is_no_authority_is_told_at_the_start(tmp_path, content):
    """The setting is named."""
    (tmp_path / "va.pem").write_text(content)
    compose.new_keyfile(tmp_path / "keys", tmp_path / "unlock", secrets.token_bytes)
    environment = {
        "IDP_DATABASE_URL": f"sqlite:///{tmp_path / 'idp.db'}",
        "IDP_KEYFILE": str(tmp_path / "keys"),
        "IDP_KEYFILE_UNLOCK_FILE": str(tmp_path / "unlock"),
        "IDP_VA_URL": "http://127.0.0.1:1/va",
        "IDP_VA_CERTIFICATE_FILE": str(tmp_path / "va.pem"),
    }
    with pytest.raises(SettingsRefused) as refused:
        compose.build(read_settings(environment), lambda: datetime.now(UTC), secrets.token_bytes)
    assert str(refused.value).startswith("IDP_VA_CERTIFICATE_FILE: certificate cannot be read")
