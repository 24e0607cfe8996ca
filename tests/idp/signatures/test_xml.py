"""XML signed by xmlsec1: the whole document or one element of it, and what attackers do to it."""

import pytest
from components import signed
from components.signed import APPLICATION, DS, application, template, xmlsec
from components.xades import XADES, xades

AMOUNT = f"{{{APPLICATION}}}amount"
FORM = f"{{{APPLICATION}}}form"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where xmlsec1 works."""
    return tmp_path_factory.mktemp("xml")


@pytest.fixture(scope="module")
def whole(desk, folder):
    """An application that hanako signed as a whole."""
    return xmlsec(desk.signer(), folder, application(template()))


@pytest.fixture(scope="module")
def part(desk, folder):
    """One of which an element is signed, and something stands beside it."""
    form = f'<form Id="f"><amount>1000</amount></form><note>nobody signed this</note>{template("#f", "")}'
    text = f'<case xmlns="{APPLICATION}">{form}</case>'
    return xmlsec(desk.signer(), folder, text, f"{APPLICATION}:form")


def test_an_enveloped_signature_is_relied_on(desk, whole):
    """Over the whole document."""
    found = desk.one("xml", whole)
    assert (found["code"], found["coverage"], found["kind"]) == (None, "whole", "jpki-signature")


@pytest.mark.parametrize(("at", "code"), [(None, None), ("2096-10-02T07:06:40Z", "signing_time_in_future")])
def test_xades_says_when_and_by_which_certificate(desk, folder, at, code):
    """Its signed properties are no part of the document, and the document is signed as a whole."""
    moment = at or desk.town.clock().strftime("%Y-%m-%dT%H:%M:%SZ")
    document = xmlsec(desk.signer(), folder, xades(desk.signer(), moment), f"{XADES}:SignedProperties")
    found = desk.one("xml", document)
    assert (found["code"], found["coverage"]) == (code, "whole")
    assert found["claimed_at"] is not None
    assert desk.code("xml", document.replace(b"1000", b"9000")) == "content_altered"
    assert desk.code("xml", document.replace(moment.encode(), b"2026-01-01T00:00:00Z")) == "content_altered"


def test_xades_that_names_another_certificate_is_refused(desk, folder):
    """The certificate beside the signature was exchanged for another one of the same key."""
    text = xades(desk.signer(), desk.town.clock().strftime("%Y-%m-%dT%H:%M:%SZ"), digest=bytes(32))
    document = xmlsec(desk.signer(), folder, text, f"{XADES}:SignedProperties")
    assert desk.code("xml", document) == "certificate_missing"


@pytest.mark.parametrize("method", ["rsa-sha384", "rsa-sha512"])
def test_other_hashes_of_the_family_count(desk, folder, method):
    """SHA-2 in its longer forms."""
    assert desk.code("xml", xmlsec(desk.signer(), folder, application(template(method=method)))) is None


def test_an_enveloping_signature_is_relied_on(desk, folder):
    """Around the document."""
    inside = f'<Object Id="o">{application().split(chr(10))[1]}</Object>'
    document = xmlsec(desk.signer(), folder, template("#o", "", inside), f"{DS}:Object")
    found = desk.one("xml", document)
    assert (found["code"], found["coverage"]) == (None, "whole")


def test_an_element_is_signed_only_for_who_asks_for_it(desk, part):
    """Then what stands beside it is nobody's word."""
    found = desk.one("xml", part, element=FORM)
    assert (found["code"], found["coverage"]) == (None, "element")
    assert desk.code("xml", part) == "not_covered"
    assert desk.code("xml", part, element=f"{{{APPLICATION}}}note") == "not_covered"
    assert desk.code("xml", part, element="form") == "not_covered"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"1000", b"9000"),
        ("高橋".encode(), "髙橋".encode()),
        (b"<name>", b"<name> "),
        (b"<amount>", b'<amount unit="USD">'),
    ],
)
def test_an_altered_document_is_refused(desk, whole, old, new):
    """A digit, a character's form, a space, an attribute."""
    assert desk.code("xml", whole.replace(old, new, 1)) == "content_altered"


def test_an_altered_signature_is_refused(desk, whole):
    """Its value, and what it says it signs."""
    begin = whole.index(b"<SignatureValue>") + 30
    altered = whole[:begin] + (b"A" if whole[begin : begin + 1] != b"A" else b"B") + whole[begin + 1 :]
    assert desk.code("xml", altered) == "signature_invalid"
    assert desk.code("xml", whole.replace(b'URI=""', b'URI="#x"')) in ("signature_invalid", "not_covered")


def test_a_signed_element_that_was_moved_aside_covers_nothing(desk, part):
    """Signature wrapping: the signed form is kept somewhere, and another stands in its place."""
    begin, end = part.index(b"<form"), part.index(b"</form>") + len(b"</form>")
    genuine = part[begin:end]
    forged = genuine.replace(b"1000", b"9000").replace(b' Id="f"', b"")
    wrapped = part[:begin] + forged + b"<note>" + genuine + b"</note>" + part[end:]
    assert desk.code("xml", wrapped, element=FORM) == "not_covered"
    twin = part[:begin] + genuine.replace(b"1000", b"9000") + genuine + part[end:]
    assert desk.code("xml", twin, element=FORM) in ("not_covered", "signature_invalid")
    other_name = part[:begin] + forged.replace(b"<form", b'<form ID="f"') + genuine + part[end:]
    assert desk.code("xml", other_name, element=FORM) in ("not_covered", "signature_invalid")


def test_what_stands_inside_a_signature_is_not_the_document(desk, whole):
    """An enveloped signature does not cover itself: nothing of an application may hide in it."""
    forged = f'<Object><amount xmlns="{APPLICATION}">9000</amount></Object>'.encode()
    assert desk.code("xml", whole.replace(b"</KeyInfo>", b"</KeyInfo>" + forged)) == "not_covered"
    inside = f'<amount xmlns="{APPLICATION}">9000</amount></KeyInfo>'.encode()
    assert desk.code("xml", whole.replace(b"</KeyInfo>", inside)) in ("not_covered", "signature_invalid")


@pytest.mark.parametrize("place", [b"00</amount>", b"</application>", b"<application "])
def test_comments_are_refused(desk, whole, place):
    """Canonical XML leaves them out, and readers cut texts in two at them; inside, at the end, and before."""
    assert desk.code("xml", whole.replace(place, b"<!-- x -->" + place, 1)) == "not_covered"


def test_instructions_outside_are_not_covered(desk, whole):
    """A style sheet could show another amount than the one that was signed."""
    instruction = b'<?xml-stylesheet href="x.xsl"?><application '
    assert desk.code("xml", whole.replace(b"<application ", instruction, 1)) == "not_covered"


BOMB = "<!DOCTYPE a [<!ENTITY b 'xxxxxxxxxx'>" + "".join(
    f"<!ENTITY {chr(99 + at)} '{f'&{chr(98 + at)};' * 10}'>" for at in range(9)
)


@pytest.mark.parametrize(
    "kind",
    [
        BOMB + "]>",
        "<!DOCTYPE a SYSTEM 'file:///etc/passwd'>",
        "<!DOCTYPE a [<!ENTITY x SYSTEM 'http://127.0.0.1:1/'>]>",
        "<!doctype a>",
    ],
)
def test_document_types_are_refused(desk, whole, kind):
    """No entity is ever expanded, nothing is ever fetched."""
    text = whole.decode().replace("<application", kind + "<application", 1)
    assert desk.problem("xml", text) == "malformed"
    assert desk.problem("xml", text.encode("utf-16")) == "malformed"


@pytest.mark.parametrize(
    "algorithm",
    ["http://www.w3.org/TR/1999/REC-xslt-19991116", "http://www.w3.org/TR/1999/REC-xpath-19991116", f"{DS}base64"],
)
def test_transforms_that_can_do_anything_are_refused(desk, whole, algorithm):
    """XSLT, XPath, base64: what is signed is what is read."""
    altered = whole.replace(f"{DS}enveloped-signature".encode(), algorithm.encode())
    assert desk.code("xml", altered) == "algorithm_refused"


def test_weak_algorithms_are_refused(desk, folder):
    """SHA-1 as the digest; SHA-1 and HMAC as the method."""
    weak = xmlsec(desk.signer(), folder, application(template(digest="2000/09/xmldsig#sha1")))
    assert desk.code("xml", weak) == "algorithm_refused"
    good = xmlsec(desk.signer(), folder, application(template()))
    for method in (f"{DS}rsa-sha1", f"{DS}hmac-sha1", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"):
        swapped = good.replace(b"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", method.encode())
        assert desk.code("xml", swapped) == "algorithm_refused"


def test_a_user_certificate_and_no_certificate(desk, folder, whole):
    """Whose the signature is decides; one that does not say is refused."""
    by_user = xmlsec(desk.signer(slot="auth"), folder, application(template()))
    assert desk.code("xml", by_user) == "certificate_wrong_kind"
    begin, end = whole.index(b"<X509Data>"), whole.index(b"</X509Data>")
    assert desk.code("xml", whole[:begin] + b"<X509Data>" + whole[end:]) == "certificate_missing"
    other = signed.base64.b64encode(desk.signer("kiyoshi").der)
    begin, end = whole.index(b"<X509Certificate>"), whole.index(b"</X509Certificate>")
    swapped = whole[:begin] + b"<X509Certificate>" + other + whole[end:]
    assert desk.code("xml", swapped) == "signature_invalid"


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"x",
        b"<a/>",
        b"<a>",
        b"\xff\xfe<\0a\0",
        b"<a>\0</a>",
        b"<a>" * 5000,
        "<a>&nbsp;</a>",
        b"<a xmlns:x='x'><x:b></a>",
    ],
)
def test_what_is_no_signed_xml_is_malformed(desk, document):
    """Nothing, no signature, no XML, too deep."""
    assert desk.problem("xml", document) == "malformed"


def test_too_much_is_refused(desk, whole):
    """Of octets and of signatures."""
    assert desk.problem("xml", b"<a>" + b"x" * (2 * 1024 * 1024) + b"</a>") == "too_large"
    begin, end = whole.index(b"<Signature "), whole.index(b"</Signature>") + len(b"</Signature>")
    many = whole[:end] + whole[begin:end] * 8 + whole[end:]
    assert desk.problem("xml", many) == "too_large"
    one = whole[whole.index(b"<Reference") : whole.index(b"</SignedInfo>")]
    assert desk.code("xml", whole.replace(one, one * 5)) == "algorithm_refused"
