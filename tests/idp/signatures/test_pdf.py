"""PDF written by hand and signed by OpenSSL: the whole file, one signed again, and what attackers add to it."""

import subprocess
import sys
import zlib

import pytest
from components.signed_pdf import pdf, sign, updated

TEXT = b"<< /Length 48 >>\nstream\nBT /F1 18 Tf 72 700 Td (Another text here) Tj ET\nendstream"


@pytest.fixture(scope="module")
def whole(desk):
    """A PDF that hanako signed."""
    return sign(pdf(), desk.signer())


@pytest.mark.parametrize("subfilter", [b"adbe.pkcs7.detached", b"ETSI.CAdES.detached"])
def test_a_signed_pdf_is_relied_on(desk, subfilter):
    """All of it but the signature's own octets."""
    found = desk.one("pdf", sign(pdf(), desk.signer(), subfilter=subfilter))
    assert (found["code"], found["coverage"], found["kind"]) == (None, "whole", "jpki-signature")
    assert found["claimed_at"] is not None


def test_a_pdf_that_was_signed_again_keeps_its_first_signature(desk, whole):
    """Which covered all that there was then; each has its verdict."""
    again = sign(whole, desk.signer("ichiro"), earlier=1)
    found = desk.verify("pdf", again)["signatures"]
    assert [one["coverage"] for one in found] == ["whole_then_signed_again", "whole"]
    assert [one["code"] for one in found] == [None, None]
    altered = again.replace(b"childcare", b"childcard")
    assert [one["code"] for one in desk.verify("pdf", altered)["signatures"]] == ["content_altered"] * 2


def test_an_altered_pdf_is_refused(desk, whole):
    """One octet of its text."""
    assert desk.code("pdf", whole.replace(b"childcare", b"childcard")) == "content_altered"


@pytest.mark.parametrize(
    "objects",
    [
        {4: TEXT},
        {1: b"<< /Type /Catalog /Pages 20 0 R /AcroForm 6 0 R >>", 20: b"<< /Type /Pages /Kids [] /Count 0 >>"},
    ],
    ids=["text", "pages"],
)
def test_what_was_put_over_the_signed_file_is_refused(desk, whole, objects):
    """An incremental update (shadow attack): the signature itself still holds."""
    assert desk.code("pdf", updated(whole, objects)) == "changed_after_signing"


def certified(desk, level):
    """A PDF that hanako signed as its author, who lets others do so much to it afterwards."""
    lets = b"<< /Type /TransformParams /P %d /V /1.2 >>" % level
    reference = b"/Reference [<< /Type /SigRef /TransformMethod /DocMDP /TransformParams %s >>]" % lets
    catalog = b"<< /Type /Catalog /Pages 2 0 R /AcroForm 6 0 R /Perms << /DocMDP 11 0 R >> >>"
    return sign(updated(pdf(), {1: catalog}), desk.signer(), more=reference)


def test_what_the_author_forbade_is_refused(desk):
    """A second signature where nothing may follow; where signatures may, it does no harm."""
    found = {}
    for level in (1, 2, 3):
        document = certified(desk, level)
        assert desk.code("pdf", document) is None
        again = sign(document, desk.signer("ichiro"), earlier=1)
        found[level] = [one["code"] for one in desk.verify("pdf", again)["signatures"]]
        assert desk.code("pdf", updated(document, {4: TEXT})) == "changed_after_signing"
    assert found == {1: ["changed_after_signing", None], 2: [None, None], 3: [None, None]}


def test_a_form_that_was_filled_in_afterwards_is_refused(desk):
    """Others allow that. An application is what was signed."""
    field = b"<< /FT /Tx /T (amount) /V (%s) >>"
    form = {6: b"<< /Fields [30 0 R] /SigFlags 3 >>", 30: field % b"1000"}
    fields = b"<< /Fields [30 0 R 10 0 R] /SigFlags 3 >>"
    signed = sign(updated(pdf(), form), desk.signer())
    assert desk.code("pdf", updated(signed, {6: fields, 30: field % b"9000"})) == "changed_after_signing"


def test_anything_behind_the_signed_file_is_refused(desk, whole):
    """Even octets that nobody reads."""
    answer = desk.ask("pdf", whole + b"%" + b"x" * 100 + b"\n%%EOF\n")
    codes = [one["code"] for one in answer.json.get("signatures", [])]
    assert answer.status_code == 400 or codes[0] in ("not_covered", "changed_after_signing")


def test_an_object_that_nothing_shows_is_refused_too(desk, whole):
    """It is no signature and no evidence, which is all that may follow."""
    assert desk.code("pdf", updated(whole, {44: TEXT})) == "changed_after_signing"


def test_a_range_that_leaves_out_more_than_the_signature_is_refused(desk):
    """What stands in such a gap can be changed at will."""
    assert desk.code("pdf", sign(pdf(), desk.signer(), gap=9)) == "not_covered"


def test_a_range_that_was_changed_is_refused(desk, whole):
    """Into the file, behind its end, backwards."""
    at = whole.index(b"/ByteRange [") + len(b"/ByteRange ")
    said = whole[at : whole.index(b"]", at) + 1]
    first, second, length = (int(one) for one in said[1:-1].split()[1:])
    for changed in ((0, first, second, length + 99), (0, second, first, length)):
        text = b"[" + b" ".join(b"%010d" % one for one in changed) + b"]"
        assert desk.code("pdf", whole.replace(said, text)) is not None


@pytest.mark.parametrize("subfilter", [b"adbe.pkcs7.sha1", b"Unknown"])
def test_other_forms_of_signatures_are_refused(desk, subfilter):
    """Old ones that sign by SHA-1, and one that nobody knows: none is passed over."""
    assert desk.code("pdf", sign(pdf(), desk.signer(), subfilter=subfilter)) == "algorithm_refused"


def test_a_user_certificate_signs_no_pdf(desk):
    """The same kinds count as in other forms."""
    assert desk.code("pdf", sign(pdf(), desk.signer(slot="auth"))) == "certificate_wrong_kind"


@pytest.mark.parametrize(
    "document",
    [b"", b"x", b"%PDF-1.7\n", b"%PDF-1.7\n" + bytes(5000), pdf(), pdf()[:300], b"\n" + pdf()],
    ids=["empty", "x", "head", "zeros", "unsigned", "half", "late"],
)
def test_what_is_no_signed_pdf_is_malformed(desk, document):
    """Nothing, garbage, a file without signatures, half of one."""
    assert desk.problem("pdf", document) == "malformed"


@pytest.mark.parametrize(
    "bomb",
    [b"[" * 50_000, b"<< /A " * 50_000, b"(" * 500_000, b"<" + b"3" * 900_000],
    ids=["arrays", "dictionaries", "strings", "digits"],
)
def test_depth_and_length_end_at_a_refusal(desk, whole, bomb):
    """Of the page itself."""
    assert desk.problem("pdf", updated(whole, {3: bomb})) in ("malformed", "too_large")


@pytest.mark.parametrize(
    "inside", [b"\x30\x80" * 4000, b"\x30\x80" + bytes(4000), bytes(8000), b"\x30\x84\xff" * 2000]
)
def test_octets_that_are_no_cms_are_not_covered(desk, whole, inside):
    """Nested without an end, empty, of a length that is not there."""
    begin = whole.index(b"/Contents <") + len(b"/Contents <")
    room = whole.index(b">", begin) - begin
    digits = inside.hex().encode()[:room].ljust(room, b"0")
    answer = desk.ask("pdf", whole[:begin] + digits + whole[begin + room :])
    assert answer.json.get("code") == "malformed" or answer.json["signatures"][0]["code"] == "not_covered"


def test_a_file_that_asks_for_more_than_it_has_is_refused(desk, whole):
    """Its table is zeros, compressed twice."""
    bomb, start = zlib.compress(zlib.compress(bytes(50 * 1024 * 1024), 9), 9), len(whole)
    head = b"40 0 obj\n<< /Type /XRef /Size 50 /W [1 4 2] /Root 1 0 R /Filter [/FlateDecode /FlateDecode]"
    tail = b" /Length %d >>\nstream\n%s\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % (len(bomb), bomb, start)
    assert desk.problem("pdf", whole + head + tail) in ("malformed", "too_large")


@pytest.mark.parametrize("greed", ["bytearray(2 << 30)", "[bytes(1 << 20) for _ in range(2000)]"])
def test_the_process_that_reads_a_file_gets_little_memory(greed):
    """Whatever a reader would ask for."""
    script = f"from idp.signatures import pdf_structure\npdf_structure.limit()\n{greed}\n"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert "MemoryError" in done.stderr
