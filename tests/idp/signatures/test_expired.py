"""A certificate that has expired since a trusted time stamp: valid only with evidence of the time when it was."""

import datetime as dt
import json

import pytest
from components import signatories, signed, stamping
from components.clocks import DAY, clock
from components.forgery import authority
from components.signed_pdf import pdf, sign, stamp, with_evidence
from components.signers import load, of_root
from components.tiers import Authority
from components.xades import SIGNED, xades

from connectors.ports import CertificateKind
from idp.japan import JAPAN

HOUR = dt.timedelta(hours=1)
MISSING = ("evidence_missing", "expired_since_signing")


class Past:
    """A resident's signature of today, as the town sees it when the certificate has been over for a day."""

    def __init__(self, desk, folder) -> None:
        self.desk, self.folder = desk, folder
        self.now = desk.town.clock().replace(microsecond=0)
        self.signer = signatories.issued(desk, folder, -20 * DAY, DAY)
        self.clock = clock(desk, folder)
        self.issuer = authority(desk.town, CertificateKind.SIGNATURE)
        self.jws = signed.jws(self.signer)
        desk.town.control(do="clock", seconds=2 * 24 * 3600)
        desk.token = desk.fetch_token().json["access_token"]

    def crl(self, begins=HOUR / 60, life=DAY, **how) -> bytes:
        """A list that begins so long after the signature."""
        begin = self.now + begins
        return signatories.revocation_list(self.folder, self.issuer, begin, begin + life, **how)

    def answer(self, **how) -> bytes:
        """An OCSP answer of today."""
        return signatories.answer(self.folder, self.issuer, self.signer, **how)

    def after(self, seconds: int) -> str:
        """So long after the signature, as OpenSSL writes it."""
        return f"{self.now + dt.timedelta(seconds=seconds):%y%m%d%H%M%SZ}"

    def judged(self, form="jws", lists=(), answers=(), **more) -> dict:
        """The verdict on a stamped document with that evidence inside."""
        found = self.desk.one(form, self.document(form, lists, answers), **more)
        assert found["timestamp"] == "trusted"
        return found

    def state(self, *lists, answers=(), **more):
        """Status and code of the JWS."""
        found = self.judged("jws", lists, answers, **more)
        return found["status"], found["code"]

    def document(self, form, lists, answers):
        """Stamped in each form by the means of that form."""
        stamps = (self.clock, self.folder)
        match form:
            case "cms":
                made = signed.cms(self.signer, detached=False)
                return stamping.on_cms(made, *stamps, lists=lists, answers=answers)
            case "jws":
                return stamping.on_jws(self.jws, *stamps, **stamping.of_jades(lists, answers))
            case "xml":
                text = xades(self.signer, f"{self.now:%Y-%m-%dT%H:%M:%SZ}")
                made = signed.xmlsec(self.signer, self.folder, text, SIGNED)
                return stamping.on_xades(made, *stamps, more=stamping.of_xades(lists, answers))
            case _:
                made = stamp(sign(pdf(), self.signer), *stamps, earlier=1)
                return with_evidence(made, lists, answers)


@pytest.fixture(scope="module")
def past(desk, tmp_path_factory):
    """The town of this module, two days later."""
    return Past(desk, tmp_path_factory.mktemp("past"))


@pytest.mark.parametrize("form", ["cms", "jws", "xml", "pdf"])
@pytest.mark.parametrize("kind", ["lists", "answers"])
def test_with_evidence_of_then_it_is_judged_as_of_the_stamp(past, form, kind):
    """A list, or an OCSP answer, in the place that each form has for it."""
    evidence = {"lists": [past.crl()]} if kind == "lists" else {"answers": [past.answer()]}
    found = past.judged(form, **evidence)
    assert (found["status"], found["code"], found["kind"]) == ("valid", None, "jpki-signature")
    assert found["judged_as_of"] == found["stamped_at"]
    assert found["revocation"]["method"] == {"lists": "crl", "answers": "ocsp"}[kind]
    assert "有効期間はその後に過ぎました" in found["explanation"]


@pytest.mark.parametrize("form", ["cms", "jws", "xml", "pdf"])
def test_without_evidence_nobody_can_say(past, form):
    """Neither valid nor refused, and the sentence says what is missing."""
    found = past.judged(form)
    assert (found["status"], found["code"]) == MISSING
    assert "失効情報がない" in found["explanation"]
    assert (found["judged_as_of"], found["revocation"], found["comparison"]) == (None, None, None)


def test_without_a_stamp_an_expired_certificate_is_expired(past):
    """Whatever evidence stands beside the signature, and whatever its own time says."""
    protected, payload, value = past.jws.split(".")
    parts = {"protected": protected, "payload": payload, "signature": value}
    added = [{name: content} for name, content in stamping.of_jades([past.crl()]).items()]
    assert past.desk.code("jws", json.dumps({**parts, "header": {"etsiU": added}})) == "certificate_expired"


def test_evidence_from_after_the_end_says_nothing(past):
    """Authorities need not list what has expired."""
    assert past.state(past.crl(DAY + HOUR)) == MISSING
    assert past.state(past.crl(DAY - HOUR)) == ("valid", None)


def test_evidence_that_was_over_when_the_stamp_was_made_says_nothing(past):
    """One that was in force then does, unless the service wants younger evidence."""
    assert past.state(past.crl(-5 * HOUR, life=HOUR)) == MISSING
    assert past.state(past.crl(-5 * HOUR)) == ("valid", None)
    assert past.state(past.crl(-5 * HOUR), freshness=3600) == MISSING
    assert past.state(past.crl(), freshness=3600) == ("valid", None)


def test_evidence_that_its_issuer_did_not_sign_says_nothing(past):
    """An altered list; another generation's; that of the authority for user certificates; what is no list."""
    genuine, begin = past.crl(), past.now + HOUR / 60
    assert past.state(genuine[:-1] + bytes([genuine[-1] ^ 1])) == MISSING
    for kind, generation in ((CertificateKind.SIGNATURE, 2), (CertificateKind.USER, 3)):
        other = authority(past.desk.town, kind, generation)
        assert past.state(signatories.revocation_list(past.folder, other, begin, begin + DAY)) == MISSING
    assert past.state(b"", b"\x30\x03\x02\x01\x01", past.signer.der, answers=[b"\x30\x00", past.crl()]) == MISSING


def test_who_was_revoked_by_the_stamp_is_refused(past):
    """By a list and by an answer, whatever else stands beside them."""
    for said in (-3600, 0):
        moment = past.after(said) + ",affiliationChanged"
        assert past.state(past.crl(revoked=moment)) == ("revoked", "certificate_revoked")
        assert past.state(past.crl(), answers=[past.answer(revoked=moment)]) == ("revoked", "certificate_revoked")
    late = past.crl(DAY + HOUR, revoked=past.after(-3600))
    assert past.state(past.crl(), late) == ("revoked", "certificate_revoked")


def test_who_was_revoked_after_the_stamp_had_signed(past):
    """Not where the key was lost: since when, nobody knows."""
    found = past.judged(lists=[past.crl(HOUR, revoked=past.after(1800) + ",affiliationChanged")])
    assert (found["status"], found["revoked_since"]) == ("valid", True)
    lost = past.crl(HOUR, revoked=past.after(1800) + ",keyCompromise")
    assert past.state(lost) == ("revoked", "certificate_revoked")


def test_too_much_evidence_is_too_much(past):
    """Of which a few are enough."""
    document = past.document("jws", [past.crl()] * 33, ())
    assert past.desk.problem("jws", document) == "too_large"


def test_a_list_of_ours_from_before_the_end_speaks_too(own_desk, tmp_path):
    """As long as it is in use; then the document needs nothing inside."""
    tenant = own_desk.town.product.directory.tenant("aoba")
    own_desk.town.product.policies.change_tenant(tenant, revocation={"order": "crl_first"})
    morning = own_desk.town.clock().astimezone(JAPAN).replace(hour=4, minute=0) + DAY  # lists are made at midnight
    own_desk.town.control(do="clock", seconds=int((morning - own_desk.town.clock()).total_seconds()))
    own_desk.token = own_desk.fetch_token().json["access_token"]
    signer = signatories.issued(own_desk, tmp_path, -20 * DAY, 2 * HOUR)
    document = stamping.on_jws(signed.jws(signer), clock(own_desk, tmp_path), tmp_path)
    assert own_desk.one("jws", document)["revocation"]["method"] == "crl"
    own_desk.town.control(do="clock", seconds=3 * 3600)
    own_desk.token = own_desk.fetch_token().json["access_token"]
    found = own_desk.one("jws", document)
    assert (found["code"], found["judged_as_of"]) == (None, found["stamped_at"])
    own_desk.town.control(do="clock", seconds=5 * 24 * 3600)
    own_desk.token = own_desk.fetch_token().json["access_token"]
    assert own_desk.code("jws", document) == "expired_since_signing"


def test_another_kinds_certificate_is_judged_as_of_the_stamp(own_desk, tmp_path):
    """By the list that the municipality has loaded for it, if that dates from before the end."""
    root = Authority("Trial Office", own_desk.town.clock().replace(microsecond=0)).root()
    signer = of_root(root, tmp_path, life=(root.now - 20 * DAY, root.now + DAY))
    load(own_desk.town, "lgpki", root)
    document = stamping.on_jws(signed.jws(signer, alg="ES256"), clock(own_desk, tmp_path), tmp_path)
    own_desk.town.control(do="clock", seconds=2 * 24 * 3600)
    own_desk.token = own_desk.fetch_token().json["access_token"]
    found = own_desk.one("jws", document, accept=["accredited", "lgpki"])
    assert (found["code"], found["kind"]) == (None, "lgpki")
    assert found["judged_as_of"] == found["stamped_at"]
    trust, tenant = own_desk.town.product.trust, own_desk.town.product.directory.tenant("aoba")
    trust.lists.load(tenant, "lgpki", root.crl(number=2, age=-DAY - HOUR))
    assert own_desk.code("jws", document, accept=["lgpki"]) == "expired_since_signing"
    assert own_desk.code("jws", document, accept=["accredited"]) == "certificate_untrusted"
