"""Pictures that come with a signature's field: what an attacker lays over a signed page, or takes away from it."""

import pytest
from components.signed_pdf import PAGE, fill, pdf, sign, updated

PICTURE = b"BT /F1 18 Tf 2 2 Td (9000) Tj ET"
OVER_TEXT, NOWHERE = b"70 690 400 720", b"0 0 0 0"
FIELD, OTHER_PICTURE = 40, 45


def form(stream: bytes) -> bytes:
    """A picture."""
    resources = b"/BBox [0 0 330 30] /Resources << /Font << /F1 5 0 R >> >>"
    head = b"<< /Type /XObject /Subtype /Form %s /Length %d >>" % (resources, len(stream))
    return head + b"\nstream\n%s\nendstream" % stream


def widget(rect=OVER_TEXT, flags=132, picture=FIELD + 1, more=b"") -> bytes:
    """A field for a signature, with that picture."""
    shown = b"/AP << /N %d 0 R >>" % picture if picture else b""
    head = b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (Field) /P 3 0 R"
    return head + b" /Rect [%s] /F %d %s %s >>" % (rect, flags, shown, more)


def with_field(document: bytes, earlier: bytes = b"", **wishes) -> bytes:
    """The PDF with such a field on its page; `earlier`: fields that are there."""
    fields = b"%s %d 0 R" % (earlier, FIELD)
    objects = {3: PAGE % fields, 6: b"<< /Fields [%s] /SigFlags 3 >>" % fields, FIELD: widget(**wishes)}
    return updated(document, {**objects, FIELD + 1: form(PICTURE)})


def filled(document: bytes, signer, **wishes) -> bytes:
    """The PDF with a signature in its field, which has that picture from then on."""
    field = widget(more=b"/V 51 0 R", **wishes)
    return fill(document, signer, {FIELD: field, OTHER_PICTURE: form(PICTURE)}, value=51)


def codes(desk, document):
    """The verdict on each signature."""
    return [one["code"] for one in desk.verify("pdf", document)["signatures"]]


@pytest.fixture(scope="module")
def whole(desk):
    """A PDF that hanako signed."""
    return sign(pdf(), desk.signer())


def test_a_field_that_nobody_signed_shows_nothing_over_the_text(desk, whole):
    """It needs no signature, only a picture."""
    assert codes(desk, with_field(whole, b"10 0 R")) == ["changed_after_signing"]
    assert codes(desk, with_field(whole, b"10 0 R", flags=132 | 32)) == ["changed_after_signing"]


def test_a_later_signature_shows_nothing_over_the_text(desk, whole):
    """Though it is good itself."""
    document = sign(with_field(whole, b"10 0 R"), desk.signer("ichiro"), earlier=1, more_fields=b"40 0 R")
    assert codes(desk, document)[0] == "changed_after_signing"


@pytest.mark.parametrize("wishes", [{"rect": NOWHERE}, {"flags": 132 | 2}])
def test_a_later_field_that_nobody_sees_does_no_harm(desk, whole, wishes):
    """As signatures without a picture and time stamps have it."""
    assert codes(desk, with_field(whole, b"10 0 R", **wishes)) == [None]


def test_a_field_that_the_first_signer_saw_is_filled(desk):
    """The second person's seal stands where it was to stand."""
    prepared = with_field(pdf(), picture=0)
    first = sign(prepared, desk.signer(), more_fields=b"40 0 R")
    second = filled(first, desk.signer("ichiro"), picture=OTHER_PICTURE)
    assert codes(desk, first) == [None]
    assert codes(desk, second) == [None, None]


@pytest.mark.parametrize("flags", [132 | 2, 132 | 32])
def test_a_field_that_was_hidden_is_not_filled_with_a_picture(desk, flags):
    """The first signer did not know of it."""
    first = sign(with_field(pdf(), picture=0, flags=flags), desk.signer(), more_fields=b"40 0 R")
    assert codes(desk, first) == [None]
    assert codes(desk, filled(first, desk.signer("ichiro"), picture=OTHER_PICTURE))[0] == "changed_after_signing"


def test_a_picture_that_covered_something_is_not_taken_away(desk):
    """By a signature in the very field; nor exchanged where it stands."""
    first = sign(with_field(pdf()), desk.signer(), more_fields=b"40 0 R")
    assert codes(desk, first) == [None]
    assert codes(desk, filled(first, desk.signer("ichiro"), picture=OTHER_PICTURE))[0] == "changed_after_signing"
    assert codes(desk, updated(first, {FIELD + 1: form(b"q Q")})) == ["changed_after_signing"]
