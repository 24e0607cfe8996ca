"""Signed OCSP questions on the way: to OpenSSL's responder, and in a whole login to one that demands them."""

import secrets
from datetime import UTC, datetime

import pytest
from components.hierarchy import SERIAL
from components.openssl import responding, write_key
from components.town import town
from cryptography.hazmat.primitives.serialization import Encoding

from connectors.http import Outbound
from connectors.jlis.ocsp import OcspHttp
from idp import compose
from idp.errors import Reason, Refusal
from idp.jpki.ocsp_request import RequestSigner
from idp.jpki.revocation import Method
from idp.revocation.breaker import Breaker
from idp.revocation.by_ocsp import ByOcsp
from idp.revocation.signed_questions import SignedQuestions
from idp.settings import SettingsRefused, read_settings


@pytest.fixture(scope="module")
def signer(hierarchy):
    """A verifier's certificate, here a card's, and its key."""
    return RequestSigner(hierarchy.certificate(), hierarchy.card_key)


@pytest.fixture
def asker_files(tmp_path, signer):
    """The settings that name a verifier's certificate and key."""
    (tmp_path / "asker.pem").write_bytes(signer.certificate.public_bytes(Encoding.PEM))
    write_key(tmp_path / "asker.key", signer.key)
    return {
        "IDP_OCSP_SIGNING_CERTIFICATE_FILE": str(tmp_path / "asker.pem"),
        "IDP_OCSP_SIGNING_KEY_FILE": str(tmp_path / "asker.key"),
    }


def test_openssl_answers_signed_questions(hierarchy, signer, tmp_path):
    """A responder of another make: good, revoked with its reason, unknown, each judged."""
    with responding(tmp_path, hierarchy, {SERIAL: "V", SERIAL + 1: "R"}) as url:
        source = SignedQuestions(OcspHttp(url, Outbound([url.rstrip("/")])), signer)
        asked = ByOcsp(
            source,
            breaker=Breaker(lambda: 0.0),
            now=lambda: datetime.now(UTC),
            token_bytes=secrets.token_bytes,
        )
        assert asked.evidence_for(hierarchy.anchor, SERIAL).method is Method.OCSP
        with pytest.raises(Refusal) as revoked:
            asked.evidence_for(hierarchy.anchor, SERIAL + 1)
        with pytest.raises(Refusal) as unknown:
            asked.evidence_for(hierarchy.anchor, SERIAL + 2)
    assert (revoked.value.reason, revoked.value.revocation_reason) == (Reason.CERTIFICATE_REVOKED, "keyCompromise")
    assert unknown.value.reason is Reason.CERTIFICATE_STATUS_UNKNOWN


@pytest.mark.parametrize(("signing", "method"), [(True, "ocsp"), (False, "crl")], ids=["signed", "unsigned"])
def test_a_responder_that_demands_signatures_has_them(tmp_path, founded_world, asker_files, signing, method):
    """With the setting OCSP speaks; without, it does not, and a list does."""
    with town(tmp_path / "town", founded_world, environment=asker_files if signing else {}) as made:
        made.control(do="ocsp", mode="signed")
        claims = made.sign_in(made.library, scope="openid jpki_status")
    assert claims["revocation"]["method"] == method


def test_what_cannot_sign_is_told_at_the_start(hierarchy, tmp_path, asker_files):
    """The settings are named, what is in the files is not."""
    write_key(tmp_path / "asker.key", hierarchy.stranger_key)
    custody = {"IDP_KEYFILE": str(tmp_path / "keys"), "IDP_KEYFILE_UNLOCK_FILE": str(tmp_path / "unlock")}
    compose.new_keyfile(tmp_path / "keys", tmp_path / "unlock", secrets.token_bytes)
    environment = {
        "IDP_DATABASE_URL": f"sqlite:///{tmp_path / 'idp.db'}",
        "IDP_OCSP_URL": "http://127.0.0.1:1/ocsp",
        **custody,
        **asker_files,
    }
    with pytest.raises(SettingsRefused) as refused:
        compose.build(read_settings(environment), lambda: datetime.now(UTC), secrets.token_bytes)
    assert str(refused.value) == (
        "IDP_OCSP_SIGNING_CERTIFICATE_FILE and IDP_OCSP_SIGNING_KEY_FILE: the key is not that of the certificate"
    )
