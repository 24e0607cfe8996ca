"""CMS by OpenSSL and JWS signed by OpenSSL: what may be relied on, and why the rest may not."""

import base64
import hashlib
import json

import pytest
from asn1crypto import cms as asn1
from components import signed
from components.signed import CONTENT, Signer

from idp.verification import signature_shapes as shapes


@pytest.mark.parametrize("detached", [True, False])
def test_a_residents_signature_is_relied_on(desk, detached):
    """Detached and with its content inside; whose it is nobody is told who did not ask."""
    document = signed.cms(desk.signer(), detached=detached)
    report = desk.verify("cms", document, CONTENT if detached else None)
    (found,) = report["signatures"]
    assert (report["valid"], found["status"], found["code"]) == (True, "valid", None)
    assert (found["kind"], found["stands_for"], found["coverage"]) == ("jpki-signature", "person", "whole")
    assert found["revocation"]["method"] == "ocsp"
    assert abs(found["claimed_at"] - desk.town.clock().timestamp()) < 600
    assert (found["timestamp"], found["stamped_at"], found["signer"], found["same_person"]) == (
        "none",
        None,
        None,
        None,
    )
    shapes.SignatureAnswer.model_validate(report)


def test_the_report_names_the_law_and_does_not_apply_it(desk):
    """In Japanese, without a word about who signed."""
    report = desk.verify("cms", signed.cms(desk.signer()), CONTENT)
    assert "第3条" in report["law"]
    assert "判断するものではありません" in report["law"]
    assert report["report"].splitlines()[0] == "1件の署名は、すべて有効です。"
    assert report["law"] in report["report"]
    assert "高橋" not in report["report"]


PSS = ("-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:32")


@pytest.mark.parametrize(
    "words", [("-cades",), ("-keyid",), ("-stream", "-indef"), ("-md", "sha512"), PSS], ids=lambda words: words[-1]
)
def test_the_ways_of_writing_cms(desk, words):
    """CAdES's signing certificate, the key's identifier, indefinite lengths, another hash, PSS."""
    assert desk.code("cms", signed.cms(desk.signer(), CONTENT, *words), CONTENT) is None


def test_a_signing_certificate_attribute_names_the_certificate(desk):
    """CAdES: another one that has the same key is not the signer's."""
    document = signed.cms(desk.signer(), CONTENT, "-cades")
    named = hashlib.sha256(desk.signer().der).digest()
    assert named in document
    assert desk.code("cms", document.replace(named, bytes(32)), CONTENT) == "signature_invalid"


@pytest.mark.parametrize("alg", ["RS256", "RS512", "PS256"])
@pytest.mark.parametrize("detached", [True, False])
def test_a_jws_is_relied_on(desk, alg, detached):
    """Compact, by the algorithms of an RSA key."""
    document = signed.jws(desk.signer(), alg=alg, detached=detached)
    assert desk.code("jws", document, CONTENT if detached else None) is None


@pytest.mark.parametrize("general", [True, False])
def test_a_jws_in_json_is_relied_on(desk, general):
    """Flattened, and general with two signatures of which each has its verdict."""
    one, other = signed.jws(desk.signer()).split("."), signed.jws(desk.signer("goro", "sign")).split(".")
    members = [{"protected": head, "signature": value} for head, _, value in (one, other)]
    document = {"payload": one[1], "signatures": members} if general else {"payload": one[1], **members[0]}
    found = desk.verify("jws", json.dumps(document))["signatures"]
    assert next(each["code"] for each in found) is None
    assert len(found) == (2 if general else 1)


def test_altered_content_is_refused(desk):
    """Whether it is inside or beside."""
    document = signed.cms(desk.signer())
    assert desk.code("cms", document, CONTENT + b" ") == "content_altered"
    inside = signed.cms(desk.signer(), detached=False)
    assert desk.code("cms", inside.replace("子育て".encode(), "子育で".encode())) == "content_altered"
    head, _, value = signed.jws(desk.signer()).split(".")
    other = base64.urlsafe_b64encode(b"something else").decode().rstrip("=")
    assert desk.code("jws", f"{head}.{other}.{value}") == "signature_invalid"


def test_an_altered_signature_is_refused(desk):
    """One bit of it, and one bit of what it signs beside the content: its time."""
    document = bytearray(signed.cms(desk.signer()))
    document[-10] ^= 1
    assert desk.code("cms", bytes(document), CONTENT) == "signature_invalid"
    document = signed.cms(desk.signer())
    at = document.index(b"\x17\x0d", document.index(bytes.fromhex("2a864886f70d010905")))
    moved = document[: at + 2] + b"19" + document[at + 4 :]
    assert desk.code("cms", moved, CONTENT) in ("signature_invalid", "not_yet_valid_at_signing")


def test_signed_attributes_are_required(desk):
    """Without them, attributes that were signed could be shown as content."""
    document = signed.cms(desk.signer(), CONTENT, "-noattr")
    assert desk.code("cms", document, CONTENT) == "signed_attributes_missing"


def test_weak_algorithms_are_refused(desk):
    """SHA-1, and JOSE's `none` and HMAC."""
    assert desk.code("cms", signed.cms(desk.signer(), CONTENT, "-md", "sha1"), CONTENT) == "algorithm_refused"
    for alg in ("none", "HS256", "ES256"):
        head, payload, value = signed.jws(desk.signer(), header={"alg": alg}).split(".")
        assert desk.code("jws", f"{head}.{payload}.{value}") == "algorithm_refused"


@pytest.mark.parametrize("header", [{"crit": ["b64"], "b64": False}, {"b64": True}, {"crit": []}])
def test_header_parameters_that_must_be_understood_are_not(desk, header):
    """RFC 7515 section 4.1.11: whoever does not understand them refuses."""
    assert desk.code("jws", signed.jws(desk.signer(), header=header)) == "algorithm_refused"


def test_a_document_without_its_signers_certificate_is_refused(desk):
    """In CMS, in a JWS, and in one whose thumbprint is of another."""
    assert desk.code("cms", signed.cms(desk.signer(), CONTENT, "-nocerts"), CONTENT) == "certificate_missing"
    for header in ({"x5c": []}, {"x5c": ["!"]}, {"x5c": 1}, {"x5t#S256": "A" * 43}):
        assert desk.code("jws", signed.jws(desk.signer(), header=header)) == "certificate_missing"


def test_another_persons_certificate_does_not_fit(desk):
    """The key that signed is not its."""
    own, other = desk.signer(), desk.signer("kiyoshi")
    swapped = Signer(other.certificate, own.key)
    assert desk.code("jws", signed.jws(swapped)) == "signature_invalid"


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"x",
        b"\x30\x80",
        b"\x30\x03\x02\x01\x01",
        b"MIAG",
        bytes(5000),
        b"{}",
        b"\xff" * 64,
        b"a.b",
        b"..",
        b"[]",
    ],
)
@pytest.mark.parametrize("form", ["cms", "jws"])
def test_what_is_no_signed_document_is_malformed(desk, form, document):
    """A problem, never a verdict."""
    assert desk.problem(form, document, CONTENT) == "malformed"


def test_a_broken_document_is_refused_wherever_it_breaks(desk):
    """Cut short, or with octets behind; never a failure of ours."""
    whole = signed.cms(desk.signer(), detached=False)
    for at in range(1, len(whole), len(whole) // 40):
        answer = desk.ask("cms", whole[:at])
        assert answer.status_code == 400, at
    assert desk.problem("cms", whole + b"\0") == "malformed"


@pytest.mark.parametrize(
    ("form", "more"),
    [
        ("cms", {"element": "x"}),
        ("pdf", {"content": "AAAA"}),
        ("xml", {"content": "AAAA"}),
        ("cms", {"accept": []}),
        ("cms", {"accept": ["jpki-user"]}),
        ("cms", {"show": ["serial"]}),
        ("odf", {}),
    ],
)
def test_a_question_that_makes_no_sense_is_malformed(desk, form, more):
    """Members that do not belong together, or that nobody knows."""
    body = {"form": form, "document": base64.b64encode(signed.cms(desk.signer())).decode(), **more}
    answer = desk.post("/signatures/verify", body)
    assert (answer.status_code, answer.json["code"]) == (400, "malformed")


def test_content_belongs_to_what_is_signed(desk):
    """Detached without it, or beside another one that is inside."""
    assert desk.problem("cms", signed.cms(desk.signer())) == "malformed"
    assert desk.problem("cms", signed.cms(desk.signer(), detached=False), CONTENT + b"x") == "malformed"
    assert desk.problem("jws", signed.jws(desk.signer(), detached=True)) == "malformed"
    assert desk.problem("jws", signed.jws(desk.signer()), CONTENT + b"x") == "malformed"


def test_too_much_is_refused(desk):
    """Of octets, and of signatures."""
    assert desk.problem("cms", bytes(5 * 1024 * 1024 + 1)) in ("malformed", "too_large")
    head, payload, value = signed.jws(desk.signer()).split(".")
    many = {"payload": payload, "signatures": [{"protected": head, "signature": value}] * 9}
    assert desk.problem("jws", json.dumps(many)) == "too_large"


@pytest.mark.parametrize(
    "document",
    [b'{"payload":' + b"[" * 500_000, b'{"payload":"AA","header":{"etsiU":' + b'[{"a":' * 100_000],
    ids=["payload", "etsiU"],
)
def test_a_jws_of_endless_depth_is_malformed(desk, document):
    """No failure of ours."""
    assert desk.problem("jws", document) == "malformed"


def test_a_cms_of_endless_depth_or_number_is_refused(desk):
    """Nested elements, attributes without end, lists without end."""
    assert desk.problem("cms", b"\x30\x80" * 500_000, CONTENT) == "malformed"
    info = asn1.ContentInfo.load(signed.cms(desk.signer()))
    signer = info["content"]["signer_infos"][0]
    attribute = asn1.CMSAttribute({"type": "1.2.3.4", "values": [asn1.OctetString(b"1")]})
    signer["unsigned_attrs"] = asn1.CMSAttributes([attribute] * 5000)
    assert desk.problem("cms", info.dump(), CONTENT) == "too_large"


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "rs256"},
        {"alg": ["RS256"]},
        {"alg": None},
        {"alg": "RS1"},
        {"alg": "PS256"},
        {"alg": "EdDSA"},
        {"alg": "RS512"},
    ],
)
def test_an_alg_that_says_something_else_proves_nothing(desk, header):
    """Of another case, of no text, of another padding or hash than signed."""
    good = signed.jws(desk.signer())
    changed = signed.jws(desk.signer(), header=header)
    assert desk.code("jws", good) is None
    assert desk.code("jws", changed) in ("algorithm_refused", "signature_invalid")


def test_a_key_that_is_sent_along_is_not_used(desk):
    """`jwk`, `jku`, `x5u` and `kid` choose nothing: the certificate's key alone counts, and nothing is fetched."""
    own, other = desk.signer(), desk.signer("ichiro")
    header = {
        "jwk": {"kty": "oct", "k": "AAAA"},
        "jku": "http://127.0.0.1:9/",
        "x5u": "http://127.0.0.1:9/",
        "kid": "1",
    }
    assert desk.code("jws", signed.jws(own, header=header)) is None
    assert desk.code("jws", signed.jws(Signer(other.certificate, own.key), header=header)) == "signature_invalid"


def test_a_member_that_stands_twice_is_malformed(desk):
    """Which one counted another reader would decide."""
    protected, payload, value = signed.jws(desk.signer()).split(".")
    parts = f'"protected":"{protected}","payload":"{payload}","signature":"{value}"'
    assert desk.code("jws", "{" + parts + "}") is None
    assert desk.problem("jws", "{" + parts + ',"payload":"QQ"}') == "malformed"
    twice = signed._text(b'{"alg":"none","alg":"RS256"}')
    assert desk.problem("jws", f"{twice}.{payload}.{value}") == "malformed"
