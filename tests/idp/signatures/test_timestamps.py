"""Time stamps by openssl ts in CMS, JAdES, XAdES and PDF: what they show, and which ones show nothing."""

import json

import pytest
from components import signed, stamping
from components.clocks import DAY, clock
from components.signed_pdf import pdf, sign, stamp
from components.signers import load, of_root
from components.tiers import Authority
from components.xades import SIGNED, xades
from cryptography import x509

EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where xmlsec1 and openssl work."""
    return tmp_path_factory.mktemp("stamps")


@pytest.fixture(scope="module")
def trusted(desk, folder):
    """A time stamping authority that the town trusts."""
    return clock(desk, folder)


def xml(desk, folder):
    """An application that hanako signed by XAdES."""
    moment = desk.town.clock().strftime("%Y-%m-%dT%H:%M:%SZ")
    return signed.xmlsec(desk.signer(), folder, xades(desk.signer(), moment), SIGNED)


def stamped(form, desk, authority, folder, **how):
    """A document of that form, by hanako, with a stamp."""
    match form:
        case "cms":
            return stamping.on_cms(signed.cms(desk.signer(), detached=False), authority, folder, **how)
        case "jws":
            return stamping.on_jws(signed.jws(desk.signer()), authority, folder, **how)
        case "xml":
            return stamping.on_xades(xml(desk, folder), authority, folder, **how)
        case _:
            return stamp(sign(pdf(), desk.signer()), authority, folder, earlier=1, **how)


FORMS = ("cms", "jws", "xml", "pdf")


@pytest.mark.parametrize("form", FORMS)
def test_a_trusted_time_stamp_says_when_the_signature_was_there(desk, trusted, folder, form):
    """In the answer and in the report; a document with one is the same document."""
    report = desk.verify(form, stamped(form, desk, trusted, folder))
    (found,) = report["signatures"]
    assert (found["code"], found["timestamp"]) == (None, "trusted")
    assert abs(found["stamped_at"] - desk.town.clock().timestamp()) < 60
    assert "タイムスタンプにより" in report["report"]


@pytest.mark.parametrize("form", ["cms", "jws", "xml"])
def test_a_stamp_of_something_else_shows_nothing(desk, trusted, folder, form):
    """Though whoever made it is trusted; the signature itself is none the worse for it."""
    found = desk.one(form, stamped(form, desk, trusted, folder, over=b"another signature"))
    assert (found["code"], found["timestamp"], found["stamped_at"]) == (None, "untrusted", None)


@pytest.mark.parametrize("form", FORMS)
def test_a_stamp_by_sha1_or_of_nobody_whom_the_town_trusts_shows_nothing(desk, trusted, folder, form):
    """Whatever form carries it."""
    weak = stamped(form, desk, trusted, folder, name="sha1") if form == "pdf" else None
    stranger = stamped(form, desk, clock(desk, folder, trusted=False), folder)
    for document in filter(None, (weak, stranger)):
        found = desk.one(form, document)
        assert (found["code"], found["timestamp"]) == (None, "untrusted")


def test_a_certificate_for_something_else_makes_no_stamp(desk, trusted, folder):
    """One that another purpose's store trusts is no time stamping authority."""
    root = Authority("Trial Office", desk.town.clock().replace(microsecond=0)).root()
    usage = {"purposes": (x509.ExtendedKeyUsageOID.TIME_STAMPING,), "critical": True}
    office = of_root(root, folder, **usage)
    load(desk.town, "lgpki", root)
    assert desk.one("jws", stamped("jws", desk, office, folder))["timestamp"] == "untrusted"


@pytest.mark.parametrize("form", FORMS)
def test_a_resident_who_moves_after_a_stamp_has_signed(own_desk, tmp_path, form):
    """The certificate was revoked since; without the stamp, and by another's stamp, nothing holds."""
    plain = stamped(form, own_desk, clock(own_desk, tmp_path, trusted=False), tmp_path)
    document = stamped(form, own_desk, clock(own_desk, tmp_path), tmp_path)
    own_desk.town.control(do="clock", seconds=2)
    own_desk.town.control(do="move", resident="hanako")
    own_desk.town.control(do="tick")
    found = own_desk.one(form, document)
    assert (found["code"], found["revoked_since"], found["reason"]) == (None, True, "affiliationChanged")
    assert own_desk.code(form, plain) == "certificate_revoked"


def test_the_canonical_form_that_a_stamp_names_is_the_one_that_counts(desk, trusted, folder):
    """Exclusive or not; one that nobody knows makes it a stamp of nothing, as does a list of what it is about."""
    document = xml(desk, folder)
    for method, state in ((EXCLUSIVE, "trusted"), ("urn:example:c14n", "untrusted")):
        found = desk.one("xml", stamping.on_xades(document, trusted, folder, method=method))
        assert (found["code"], found["timestamp"]) == (None, state)
    named = stamping.on_xades(document, trusted, folder)
    named = named.replace(b"<x:SignatureTimeStamp>", b'<x:SignatureTimeStamp><x:Include URI="#p"/>')
    assert desk.one("xml", named)["timestamp"] == "untrusted"


def test_what_etsi_u_holds_may_stand_in_clear(desk, trusted, folder):
    """Both ways of JAdES; members that nobody knows are passed over."""
    document = stamping.on_jws(signed.jws(desk.signer()), trusted, folder, clear=True, arcTst={}, sigPSt={"x": 1})
    assert desk.one("jws", document)["timestamp"] == "trusted"


@pytest.mark.parametrize(
    "etsi_u", ["x", [1], ["!"], [{"sigTst": 1}], [{"sigTst": {"tstTokens": [{"val": "!"}]}}], [{}] * 17]
)
def test_an_etsi_u_that_is_none_is_malformed(desk, etsi_u):
    """Or too much; never a failure of ours."""
    protected, payload, value = signed.jws(desk.signer()).split(".")
    parts = {"protected": protected, "payload": payload, "signature": value, "header": {"etsiU": etsi_u}}
    assert desk.problem("jws", json.dumps(parts)) in ("malformed", "too_large")


def test_jades_may_demand_that_its_time_is_understood(desk):
    """`crit` with `sigT`, as it was in its first version; not where the parameter is missing, and nothing else."""
    moment = desk.town.clock().strftime("%Y-%m-%dT%H:%M:%SZ")
    assert desk.code("jws", signed.jws(desk.signer(), header={"crit": ["sigT"], "sigT": moment})) is None
    for header in ({"crit": ["sigT"]}, {"crit": ["sigT", "sigT"], "sigT": moment}, {"sigD": {}}):
        assert desk.code("jws", signed.jws(desk.signer(), header=header)) == "algorithm_refused"


def test_the_earliest_trusted_stamp_counts(desk, trusted, folder):
    """Beside one of a stranger."""
    document = stamped("jws", desk, trusted, folder)
    parts = json.loads(document)
    other = json.loads(stamped("jws", desk, clock(desk, folder, trusted=False), folder))
    parts["header"]["etsiU"] += other["header"]["etsiU"]
    assert desk.one("jws", json.dumps(parts))["timestamp"] == "trusted"
    parts["header"]["etsiU"] *= 5
    assert desk.problem("jws", json.dumps(parts)) == "too_large"


def test_a_stamp_of_a_pdf_covers_what_stood_there_before(desk, trusted, folder):
    """A signature that was added behind it was not there yet."""
    first = stamp(sign(pdf(), desk.signer()), trusted, folder, earlier=1)
    both = sign(first, desk.signer("ichiro"), earlier=2)
    states = [(one["code"], one["timestamp"]) for one in desk.verify("pdf", both)["signatures"]]
    assert states == [(None, "trusted"), (None, "none")]
    altered = both.replace(b"childcare", b"childcard")
    assert [one["timestamp"] for one in desk.verify("pdf", altered)["signatures"]] == ["untrusted", "none"]
    assert desk.problem("pdf", stamp(pdf(), trusted, folder, earlier=0)) == "malformed"
    other = stamp(sign(pdf(), desk.signer()), trusted, folder, earlier=1, subfilter=b"adbe.pkcs7.detached")
    assert desk.one("pdf", other)["timestamp"] == "none"


def test_a_stamp_of_tomorrow_shows_nothing(own_desk, tmp_path):
    """By our own clock."""
    trusted = clock(own_desk, tmp_path, life=(own_desk.town.clock() - 20 * DAY, own_desk.town.clock() + 20 * DAY))
    document = stamped("jws", own_desk, trusted, tmp_path)
    own_desk.town.clock.set_offset(own_desk.town.clock.offset - 3600)
    own_desk.token = own_desk.fetch_token().json["access_token"]
    assert own_desk.one("jws", document)["timestamp"] == "untrusted"
