"""Documents that were changed at random: refused or judged, never a failure of ours, never a content that was not
signed.
"""

import random

import pytest
from components.scale import scaled
from components.signed import CONTENT, application, cms, jws, template, xmlsec
from components.signed_pdf import pdf, sign

from idp.signatures import documents, timestamps
from idp.signatures.found import Form, Token, TooMuch, Unreadable


@pytest.fixture(scope="module")
def signed_by(desk, tmp_path_factory):
    """One document of each form that is read in this process."""
    signer, folder = desk.signer(), tmp_path_factory.mktemp("mutations")
    return {
        Form.CMS: cms(signer, detached=False),
        Form.JWS: jws(signer).encode(),
        Form.XML: xmlsec(signer, folder, application(template())),
    }


def mutated(document: bytes, chance: random.Random) -> bytes:
    """Some octets turned, left out, or said twice."""
    out = bytearray(document)
    for _ in range(chance.choice((1, 1, 2, 8))):
        at, other, length = chance.randrange(len(out)), chance.randrange(len(out)), chance.randrange(1, 40)
        match chance.randrange(4):
            case 0:
                out[at] ^= 1 << chance.randrange(8)
            case 1:
                out[at] = chance.randrange(256)
            case 2:
                del out[at : at + length]
            case _:
                out[at:at] = out[other : other + length]
    return bytes(out)


@pytest.mark.parametrize("form", [Form.CMS, Form.JWS, Form.XML])
@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
def test_a_mutated_document_is_refused_or_judged(signed_by, form):
    """Whatever was changed; what is judged good still holds the content that was signed."""
    chance = random.Random(20260401)
    for _ in range(scaled(1500, 100_000)):
        document = mutated(signed_by[form], chance)
        try:
            found = documents.read(form, document)
        except (Unreadable, TooMuch):
            continue
        timestamps.read(Token(document, CONTENT))
        if form is Form.XML and any(one.fault is None for one in found):
            assert "高橋　花子</name><amount>1000<".encode() in document
        if form is Form.CMS and any(one.fault is None for one in found):
            assert CONTENT in document


def test_a_mutated_pdf_is_refused_or_judged(desk):
    """The same through the process that reads its structure."""
    chance, whole = random.Random(20260402), sign(pdf(), desk.signer())
    for _ in range(scaled(3, 300)):
        answer = desk.ask("pdf", mutated(whole, chance))
        assert answer.status_code in (200, 400, 413)
