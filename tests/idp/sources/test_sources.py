"""Each source of the Basic 4 behind the one port: the same record out, in the same form, or a refusal."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from components.particulars import Particulars
from components.signature_certificates import words
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from connectors.ports import CertificateKind, CertificateName, Latest
from idp.errors import Reason, Refusal
from idp.items import ADDRESS, BASIC, BIRTHDATE, GENDER, ITEMS, KANA, MUNICIPALITY, NAME
from idp.jpki.profile import PRODUCTION, SANDBOX
from idp.jpki.revocation import Method
from idp.revocation.policy import RevocationPolicy
from idp.revocation.tally import Tally
from idp.sources.card_file import CardFile
from idp.sources.latest_information import LatestInformation, Standing
from idp.sources.normal import FORMS, Form, Wanted
from idp.sources.record import Source, Vouching
from idp.sources.signature_certificate import SignatureCertificate, SignedBy

KEY = ec.generate_private_key(ec.SECP256R1())
NOW = datetime(2026, 11, 26, 3, tzinfo=UTC)
ALL = Wanted(items=ITEMS, day=date(2026, 11, 26), municipalities={"見本県青葉市": "990019"}, at=1_795_662_000)
OVER = datetime(2026, 1, 1, tzinfo=UTC)


def certificate(held, ends=datetime(2031, 1, 1, tzinfo=UTC)) -> bytes:
    """A certificate with these words, in DER; nothing else of it matters here."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "JP")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(KEY.public_key())
    builder = builder.serial_number(7).not_valid_before(datetime(2025, 1, 1, tzinfo=UTC)).not_valid_after(ends)
    made = builder.add_extension(held.extension(), critical=False).sign(KEY, hashes.SHA256())
    return made.public_bytes(Encoding.DER)


class JLis:
    """What J-LIS answers, whoever asks; it lies beyond the port."""

    def __init__(self, **values):
        self.values = values

    def ask(self, name, client_id):
        return Latest(name if self.values else None, self.values)


def latest(**values):
    """The source after the certificate that signed has expired, and the consent to it."""
    name = CertificateName(CertificateKind.SIGNATURE, bytes(20), 7)
    standing = Standing(
        tenant=None,
        client_id="office",
        certificate=certificate(words(), ends=OVER),
        name=name,
        policy=RevocationPolicy(),
        tally=Tally(),
    )
    return LatestInformation(j_lis=JLis(**values), revocation=None, now=lambda: NOW), standing


def card(said) -> bytes:
    """EF 0002 with these words."""
    name, address, birth, gender = (said[item].encode() for item in BASIC)
    return Particulars(name, address, birth, gender).file


SAID = {"name": "見本　花子", "address": "見本県青葉市１－２", "birthdate": "19850615", "gender": "2"}
READINGS = {
    "own reading": lambda: CardFile(Source.SELF).read(card(SAID), ALL),
    "terminal": lambda: CardFile(Source.TERMINAL).read(card(SAID), ALL),
    "signature": lambda: SignatureCertificate().read(SignedBy(certificate(words()), SANDBOX), ALL),
    "latest": lambda: latest(**SAID)[0].read(latest()[1], ALL),
}
VOUCHING = {
    "own reading": Vouching.NOBODY,
    "terminal": Vouching.MUNICIPALITY,
    "signature": Vouching.JPKI,
    "latest": Vouching.J_LIS,
}


@pytest.mark.parametrize("source", READINGS)
def test_every_source_tells_the_same_person_in_the_same_form(source):
    """Item, value, form, who vouches, when: nothing but the word that it counts for differs."""
    told = {one.item: one for one in READINGS[source]()}
    assert {item: told[item].value for item in BASIC} == SAID
    assert (told[MUNICIPALITY].value, told["age_over_65"].value) == ("990019", "false")
    assert KANA not in told
    assert {one.form for one in told.values()} == {FORMS[item] for item in told}
    assert {one.vouching for one in told.values()} == {VOUCHING[source]}
    assert {one.at for one in told.values()} == {ALL.at}
    assert not any("見本" in repr(one) for one in told.values())


def test_a_source_tells_what_is_wanted_and_no_more():
    """Whoever asks for an age receives no date of birth, and who asks for nothing receives nothing."""
    for read in (
        CardFile(Source.SELF).read(card(SAID), replace(ALL, items=("age_over_20",))),
        SignatureCertificate().read(SignedBy(certificate(words()), SANDBOX), replace(ALL, items=("age_over_20",))),
    ):
        assert dict(read.values) == {"age_over_20": "true"}
    assert CardFile(Source.SELF).read(b"", replace(ALL, items=())) is None


@pytest.mark.parametrize(
    ("item", "texts"),
    [
        (NAME, ["見本［旧姓］　花子", "SMITH JOHN（見本　太郎）", "ＭＩＨＯＮ　ＡＬＥＸ", "𠮷田　花子", "花子"]),
        (
            ADDRESS,
            ["国外転出（令和８年１１月２６日）", "", "見本県青葉市見本町１－２　見本ハイツ１０１号", "ー" * 200],
        ),
        (BIRTHDATE, ["19850615", "19850600", "19850000", "00000000"]),
        (GENDER, ["1", "2", "3", "9"]),
    ],
)
def test_no_source_changes_what_is_recorded(item, texts):
    """Brackets, widths, hyphens, unknown parts of a date, people who moved abroad: as they stand."""
    oid = {NAME: "n1", ADDRESS: "n5", BIRTHDATE: "n4", GENDER: "n3"}[item]
    for text in texts:
        stands = f"3{text}" if item == BIRTHDATE else text
        source, standing = latest(**{**SAID, item: text})
        for read in (
            CardFile(Source.SELF).read(card({**SAID, item: text}), ALL),
            SignatureCertificate().read(SignedBy(certificate(words(**{oid: stands})), SANDBOX), ALL),
            source.read(standing, ALL),
        ):
            assert read.values[item] == text


@pytest.mark.parametrize(
    "wrong",
    [{"birthdate": "1985-06-15"}, {"gender": "女"}, {"name": ""}, {"name": "花\n子"}, {"address": "x" * 601}],
)
def test_what_j_lis_tells_in_another_form_is_refused_and_not_repeated(wrong):
    """As of a card or a certificate."""
    source, standing = latest(**{**SAID, **wrong})
    with pytest.raises(Refusal) as refused:
        source.read(standing, ALL)
    assert refused.value.reason is Reason.ATTRIBUTES_INVALID
    assert not any(text and text in str(refused.value.detail) for text in wrong.values())


def test_nothing_until_there_is_a_new_certificate_and_every_question_counted():
    """J-LIS charges for those that found something: the tally says which."""
    for values in ({}, SAID):
        source, standing = latest(**values)
        assert (source.read(standing, ALL) is None) == (not values)
        (asked,) = standing.tally.asked
        assert (asked.method, asked.answered) == (Method.LATEST, bool(values))


def test_a_character_that_the_certificate_cannot_hold_is_marked():
    """In the record of that item alone; an item that nobody asked for is not spoken of."""
    signed = SignedBy(certificate(words(n2="10000")), SANDBOX)
    told = {one.item: one.substituted for one in SignatureCertificate().read(signed, ALL)}
    assert [item for item, substituted in told.items() if substituted] == [NAME]
    assert SignatureCertificate().read(signed, replace(ALL, items=(GENDER,))).substituted == ()


@pytest.mark.parametrize(
    ("stands", "profile", "told"),
    [
        ("ミホン　ハナコ", SANDBOX, "ミホン　ハナコ"),
        ("スミス・ジョン", SANDBOX, "スミス・ジョン"),
        ("みほん　はなこ", SANDBOX, None),
        ("ﾐﾎﾝ ﾊﾅｺ", SANDBOX, None),
        ("ミホン　ハナコ", PRODUCTION, None),
    ],
)
def test_a_name_s_reading_is_an_optional_fifth_item(stands, profile, told):
    """In full-width katakana or not at all; nobody guesses under which type a real certificate holds it."""
    held = words(**{"n0.7": stands})
    read = SignatureCertificate().read(SignedBy(certificate(held), profile), ALL)
    assert read.values.get(KANA) == told
    assert FORMS[KANA] is Form.KATAKANA


def test_j_lis_tells_the_reading_too():
    """Under the name that our stand-in gives it."""
    source, standing = latest(**SAID, kana="ミホン　ハナコ")
    assert source.read(standing, ALL).values[KANA] == "ミホン　ハナコ"
