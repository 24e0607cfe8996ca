"""Who signed: kinds of certificates, their times, revocation, and what a service is told of people."""

import datetime as dt
import json

import pytest
from components import signed
from components.signatories import issued
from components.signed import CONTENT, Signer
from components.signers import load, of_root
from components.tiers import Authority
from cryptography import x509

DAY = dt.timedelta(days=1)
STATED = {"name": "高橋花子", "address": "見本県青葉市見本町1-2-3", "birthdate": "昭和60年6月15日"}


def test_a_signature_after_its_certificates_time_is_refused(desk, tmp_path):
    """By what it says itself; without a word about its time, because the certificate has expired since."""
    signer = issued(desk, tmp_path, -20 * DAY, -DAY)
    assert desk.code("cms", signed.cms(signer), CONTENT) == "expired_at_signing"
    assert desk.code("jws", signed.jws(signer)) == "certificate_expired"
    earlier = int((desk.town.clock() - 5 * DAY).timestamp())
    assert desk.code("jws", signed.jws(signer, header={"iat": earlier})) == "certificate_expired"


def test_a_signature_before_its_certificates_time_is_refused(desk, tmp_path):
    """Nor is one of a certificate that is not valid yet."""
    signer = issued(desk, tmp_path, DAY, 20 * DAY)
    assert desk.code("cms", signed.cms(signer), CONTENT) == "not_yet_valid_at_signing"
    assert desk.code("jws", signed.jws(signer)) == "certificate_not_yet_valid"


@pytest.mark.parametrize("header", [{"iat": 4_000_000_000}, {"sigT": "2096-10-02T07:06:40Z"}])
def test_a_signature_of_tomorrow_is_refused(desk, header):
    """Whatever its certificate says."""
    assert desk.code("jws", signed.jws(desk.signer(), header=header)) == "signing_time_in_future"


@pytest.mark.parametrize("header", [{"iat": "yesterday"}, {"iat": 10**30}, {"sigT": "yesterday"}, {"iat": True}])
def test_a_time_that_is_none_says_nothing(desk, header):
    """It is the signer's own word in any case."""
    assert desk.one("jws", signed.jws(desk.signer(), header=header))["claimed_at"] is None


def test_a_certificate_that_was_never_issued_is_unknown(desk, tmp_path):
    """Though the authority's key signed it."""
    found = desk.one("cms", signed.cms(issued(desk, tmp_path, -DAY, DAY)), CONTENT)
    assert (found["status"], found["code"]) == ("unknown", "certificate_status_unknown")


def test_a_user_certificate_signs_no_application(desk):
    """It names nobody, and its holder never meant to sign."""
    assert desk.code("cms", signed.cms(desk.signer(slot="auth")), CONTENT) == "certificate_wrong_kind"


def test_the_procedure_decides_whose_signatures_it_takes(desk):
    """A resident's, where only posts and companies may sign."""
    found = desk.code("cms", signed.cms(desk.signer()), CONTENT, accept=["lgpki", "commercial-registration"])
    assert found == "certificate_wrong_kind"


def test_nobodys_certificate_is_untrusted(desk, tmp_path):
    """One that its own key signed."""
    root = Authority("Nobody", desk.town.clock().replace(microsecond=0)).root()
    signer = Signer.made(tmp_path, root.certificate, root.key)
    for accept in (["jpki-signature"], ["accredited", "lgpki"]):
        assert desk.code("cms", signed.cms(signer), CONTENT, accept=accept) == "certificate_untrusted"


def test_a_revoked_certificate_is_refused(own_desk):
    """After a move, with the reason; by a list as well, when nobody answers."""
    document = signed.cms(own_desk.signer())
    assert own_desk.code("cms", document, CONTENT) is None
    own_desk.town.control(do="move", resident="hanako")
    own_desk.town.control(do="tick")
    found = own_desk.one("cms", document, CONTENT)
    assert (found["status"], found["code"], found["reason"]) == (
        "revoked",
        "certificate_revoked",
        "affiliationChanged",
    )
    own_desk.town.control(do="ocsp", mode="down")
    found = own_desk.one("cms", document, CONTENT)
    assert (found["status"], found["revocation"]["method"]) == ("revoked", "crl")
    own_desk.town.control(do="crl", mode="stale")
    assert own_desk.one("cms", signed.cms(own_desk.signer("kiyoshi")), CONTENT)["status"] == "evidence_missing"


@pytest.mark.parametrize(
    ("kind", "stands_for"),
    [("lgpki", "post"), ("commercial-registration", "representative"), ("accredited", "person")],
)
def test_a_signature_by_another_kind_of_certificate(own_desk, tmp_path, kind, stands_for):
    """Relied on where the procedure takes it and the municipality trusts it; a post is no person."""
    root = Authority("Trial Root", own_desk.town.clock().replace(microsecond=0)).root()
    signer = of_root(root, tmp_path)
    load(own_desk.town, kind, root)
    for form, document in (("cms", signed.cms(signer)), ("jws", signed.jws(signer, alg="ES256"))):
        found = own_desk.one(form, document, CONTENT if form == "cms" else None, accept=[kind], show=["subject"])
        assert (found["code"], found["kind"], found["stands_for"]) == (None, kind, stands_for), form
        assert found["revocation"]["method"] == "crl"
        assert "Somebody" in found["signer"]["subject"]
    assert own_desk.code("cms", signed.cms(signer), CONTENT) == "certificate_untrusted"
    revoked = of_root(root, tmp_path)
    own_desk.town.product.trust.lists.load(
        own_desk.town.product.directory.tenant("aoba"), kind, root.crl(revoked.der, number=2)
    )
    assert own_desk.one("cms", signed.cms(revoked), CONTENT, accept=[kind])["status"] == "revoked"
    assert ("職責の署名" in own_desk.verify("cms", signed.cms(signer), CONTENT, accept=[kind])["report"]) == (
        kind == "lgpki"
    )


def test_a_service_sees_of_the_signer_what_it_is_registered_for(desk, verifier):
    """And only what it asks for; another one, registered for nothing of it, sees nothing."""
    document = signed.cms(desk.signer())
    assert desk.one("cms", document, CONTENT, show=["birthdate", "gender"])["signer"] is None
    seen = desk.one("cms", document, CONTENT, show=["name", "birthdate"])["signer"]
    assert (seen["name"], seen["substituted"]) == ("高橋　花子", ["name"])
    assert "birthdate" not in seen
    assert verifier.one("cms", document, CONTENT, show=["name", "subject"])["signer"] is None


def test_an_application_is_compared_with_the_certificate(desk, verifier):
    """Within what the service is registered for; characters that the certificate replaced cannot be told."""
    found = desk.one("cms", signed.cms(desk.signer()), CONTENT, compare=STATED)["comparison"]
    assert {name: one["result"] for name, one in found.items()} == {
        "name": "cannot_tell",
        "address": "same",
        "birthdate": "cannot_tell",
    }
    assert (found["name"]["because"], found["birthdate"]["because"]) == (
        ["substitute_character"],
        ["not_released"],
    )
    found = verifier.one("cms", signed.cms(desk.signer()), CONTENT, compare=STATED)["comparison"]
    assert {one["result"] for one in found.values()} == {"cannot_tell"}
    assert desk.one("cms", signed.cms(desk.signer(slot="auth")), CONTENT, compare=STATED)["comparison"] is None


def test_a_signature_is_in_the_audit_trail_and_on_the_meter(own_desk):
    """With verdict and evidence; nothing of who signed."""
    own_desk.one("cms", signed.cms(own_desk.signer()), CONTENT, show=["name"])
    with own_desk.town.product.store.engine.connect() as connection:
        statement = "SELECT body FROM audit_entry WHERE action = 'verification.answered'"
        (body,) = connection.exec_driver_sql(statement).scalars()
        meters = connection.exec_driver_sql("SELECT purpose, kind, method, count FROM meter").all()
    members = json.loads(body)
    assert (members["signature"], members["status"], members["kind"]) == ("cms", "valid", "jpki-signature")
    assert members["revocation"]["method"] == "ocsp"
    assert "高橋" not in body
    assert [tuple(row) for row in meters] == [("signature", "signature", "ocsp", 1)]


def test_nothing_of_who_signed_stays_behind(own_desk, capfd):
    """Not in the database and not in the log, whatever was shown and compared; nor of what was signed."""
    own_desk.one("cms", signed.cms(own_desk.signer()), CONTENT, show=["name", "address"], compare=STATED)
    own_desk.one("cms", signed.cms(own_desk.signer(slot="auth"), detached=False), show=["name"])
    stored = b"".join(file.read_bytes() for file in own_desk.town.folder.glob("idp.db*"))
    said = capfd.readouterr()
    serial = f"{x509.load_der_x509_certificate(own_desk.signer().der).serial_number:x}"
    for secret in ("高橋", "花子", "見本町", "申請をします", serial):
        assert secret.encode() not in stored
        assert secret not in said.out + said.err
