"""PDF signed by Poppler's pdfsig: relied on, refused for each reason, and what attackers do to such a file."""

import re

import pytest
from components import signatories
from components.clocks import DAY
from components.poppler import pdfsig, with_field
from components.signed_pdf import pdf, updated

OTHER_TEXT = b"<< /Length 48 >>\nstream\nBT /F1 18 Tf 72 700 Td (Another text here) Tj ET\nendstream"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where pdfsig works."""
    return tmp_path_factory.mktemp("pdfsig")


@pytest.fixture(scope="module")
def whole(desk, folder):
    """A PDF that hanako signed."""
    return pdfsig(pdf(), desk.signer(), folder)


@pytest.mark.parametrize("words", [(), ("-etsi",)])
def test_what_pdfsig_signs_is_relied_on(desk, folder, words):
    """In both of its forms; its CMS is BER, as many programs write it."""
    document = pdfsig(pdf(), desk.signer(), folder, *words)
    assert b"/Contents <3080" in document or b"/Contents <3082" in document
    found = desk.one("pdf", document)
    assert (found["code"], found["coverage"], found["kind"]) == (None, "whole", "jpki-signature")


def test_two_people_sign_one_after_the_other(desk, folder, whole):
    """Where the second one's field stood there before; one that is added later is a change of the page."""
    prepared = with_field(with_field(pdf()))
    first = pdfsig(prepared, desk.signer(), folder, name="Signature0")
    both = pdfsig(first, desk.signer("ichiro"), folder, name="Signature1")
    found = desk.verify("pdf", both)["signatures"]
    assert [(one["code"], one["coverage"]) for one in found] == [
        (None, "whole_then_signed_again"),
        (None, "whole"),
    ]


def test_what_pdfsig_signed_by_another_certificate_is_refused(desk, folder):
    """A resident's user certificate; one that had expired; one that nobody issued."""
    assert desk.code("pdf", pdfsig(pdf(), desk.signer(slot="auth"), folder)) == "certificate_wrong_kind"
    expired = signatories.issued(desk, folder, -20 * DAY, -DAY)
    assert desk.code("pdf", pdfsig(pdf(), expired, folder)) == "expired_at_signing"


def test_what_pdfsig_signed_by_a_revoked_certificate_is_refused(own_desk, tmp_path):
    """The resident has moved."""
    document = pdfsig(pdf(), own_desk.signer(), tmp_path)
    own_desk.town.control(do="move", resident="hanako")
    own_desk.town.control(do="tick")
    found = own_desk.one("pdf", document)
    assert (found["status"], found["code"], found["reason"]) == (
        "revoked",
        "certificate_revoked",
        "affiliationChanged",
    )


def test_an_altered_file_is_refused(desk, whole):
    """Its text, its catalog, its signature."""
    assert desk.code("pdf", whole.replace(b"childcare", b"childcard")) == "content_altered"
    assert desk.code("pdf", whole.replace(b"/SigFlags 3", b"/SigFlags 1")) == "content_altered"
    at = whole.index(b"/Contents <") + 3000
    other = b"0" if whole[at : at + 1] != b"0" else b"1"
    answer = desk.ask("pdf", whole[:at] + other + whole[at + 1 :])
    assert answer.status_code == 400 or not answer.json["valid"]


def shadowed(hidden: dict[int, bytes]) -> bytes:
    """A PDF that holds, before it is signed, objects which nothing shows."""
    return updated(pdf(), hidden)


def shown(document: bytes, number: int, hidden: int) -> bytes:
    """An update without any object: its table says that `number` stands where `hidden` was signed."""
    place = document.index(b"\n%d 0 obj" % hidden) + 1
    before = int(document.rsplit(b"startxref", 1)[1].split()[0])
    size = max(int(one) for one in re.findall(rb"^([0-9]+) 0 obj", document, re.MULTILINE)) + 1
    table = b"xref\n%d 1\n%010d 00000 n \n" % (number, place)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n"
    return document + table + trailer % (size, before, len(document))


def is_refused(desk, document):
    """Not one of its signatures is relied on, or nothing in it is read."""
    answer = desk.ask("pdf", document)
    return answer.status_code == 400 or not any(one["code"] is None for one in answer.json["signatures"])


def test_hidden_content_is_not_shown_afterwards(desk, folder):
    """Shadow attack, hide and replace: what the table points at was signed, but nobody saw it."""
    document = pdfsig(shadowed({40: OTHER_TEXT}), desk.signer(), folder)
    assert desk.code("pdf", document) is None
    assert is_refused(desk, shown(document, 4, 40))
    assert is_refused(desk, updated(document, {4: OTHER_TEXT}))


def test_what_covered_the_text_is_not_taken_away_afterwards(desk, folder):
    """Shadow attack, hide: a picture over the text is gone after signing, by another object or by none."""
    cover = b"<< /Type /Annot /Subtype /Square /Rect [70 690 400 720] /IC [1 1 1] /F 4 /P 3 0 R >>"
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> /Annots [%s] >>"
    )
    document = pdfsig(updated(pdf(), {30: cover}), desk.signer(), folder, annotations=(b"30 0 R",))
    assert desk.code("pdf", document) is None
    fields = re.findall(rb"/Annots \[([^\]]*)\]", document)[-1]
    assert is_refused(desk, updated(document, {3: page % fields.replace(b"30 0 R", b"")}))
    assert is_refused(
        desk, updated(document, {30: b"<< /Type /Annot /Subtype /Square /Rect [0 0 0 0] /P 3 0 R >>"})
    )
    assert is_refused(desk, updated(document, {30: b"null"}))


def test_a_letter_is_not_exchanged_for_another_afterwards(desk, whole):
    """Shadow attack, replace: a font in which 1 looks like 9; a note over the text."""
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding << /Differences [49 /nine] >> >>"
    assert is_refused(desk, updated(whole, {5: font}))
    fields = re.findall(rb"/Annots \[([^\]]*)\]", whole)[-1]
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> /Annots [%s 41 0 R] >>" % fields
    )
    note = (
        b"<< /Type /Annot /Subtype /FreeText /Rect [72 690 400 720] /Contents (9000) /DA (/F1 18 Tf) /P 3 0 R >>"
    )
    assert is_refused(desk, updated(whole, {3: page, 41: note}))


def test_an_action_is_not_added_afterwards(desk, whole):
    """Something that opens, runs or sends."""
    catalog = (
        b"<< /Type /Catalog /Pages 2 0 R /AcroForm 6 0 R /OpenAction << /S /JavaScript /JS (app.alert(1)) >> >>"
    )
    assert is_refused(desk, updated(whole, {1: catalog}))
    assert is_refused(desk, updated(whole, {1: b"<< /Type /Catalog /Pages 2 0 R >>"}))


def test_the_signed_octets_are_not_moved_aside(desk, whole):
    """Signature wrapping: the range jumps over what was put in; the signed end stands behind it."""
    first, second, length = map(int, re.search(rb"/ByteRange \[0 +([0-9]+) +([0-9]+) +([0-9]+)", whole).groups())
    text = whole[whole.index(b"/ByteRange [") : whole.index(b"]", whole.index(b"/ByteRange [")) + 1]
    injected = b"4 0 obj\n" + OTHER_TEXT + b"\nendobj\n"
    moved = b"/ByteRange [0 %d %d %d]" % (first, second + len(injected), length)
    document = whole[:second] + injected + whole[second:]
    assert is_refused(desk, document.replace(text, moved.ljust(len(text))))
    twice = b"/ByteRange [0 %d %d %d 0 0]" % (first, second, length)
    for other in (b"/ByteRange []", b"/ByteRange null", b"/ByteRange [0 0 0 0]", b"/ByteRange [0 9 1 -9]", twice):
        assert is_refused(desk, whole.replace(text, other.ljust(len(text))))


@pytest.mark.parametrize("value", [b"null", b"<00>", b"()", b"<>", b"5 0 R"])
def test_a_field_without_a_signature_is_none(desk, whole, value):
    """Universal forgery: readers that find nothing to check say that all is well."""
    begin = whole.index(b"/Contents <") + len(b"/Contents ")
    end = whole.index(b">", begin) + 1
    assert is_refused(desk, whole[:begin] + value.ljust(end - begin) + whole[end:])
