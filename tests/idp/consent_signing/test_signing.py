"""A statement signed with the signature certificate: from a login that asks for it to verified claims."""

import pytest
from components.identity_assurance import ANSWER
from components.signing import ALL, at_statement, begun, choice, opened, to_consent, told
from components.town import town as made_town


@pytest.fixture(scope="module")
def town(tmp_path_factory, founded_world):
    """A town of its own: residents sign in here for the first time."""
    with made_town(tmp_path_factory.mktemp("signing"), founded_world) as made:
        yield made


@pytest.fixture(scope="module")
def office(town):
    """A service that may have all four."""
    return town.register("aoba", "office", scopes=ALL, purpose_ja="補助金の申請のため")


def test_a_signed_statement_brings_verified_claims(town, office):
    """The statement names service, items and purpose; UserInfo tells what the certificate says, by the schema."""
    login = at_statement(town, office)
    statement = login.challenge["statement"]
    assert all(word in statement for word in ("見本のoffice", "氏名、住所", "補助金の申請のため", "同意します"))
    consent_url = to_consent(town, login)
    page = town.get(login.browser, consent_url).text
    assert "代わりの字" in page  # 髙 cannot stand in a certificate
    assert ("高橋　花子" in page, "見本県青葉市見本町一丁目２－３" in page) == (True, True)
    claims = told(town, login, consent_url)
    ANSWER.validate(claims)
    verified = claims["verified_claims"]
    assert verified["verification"] == {"trust_framework": "jp_jpki_signature"}
    assert verified["claims"] == {"name": "高橋　花子", "address": {"formatted": "見本県青葉市見本町一丁目２－３"}}


def test_the_row_keeps_the_proof_sealed_and_belongs_to_the_pair(town, office):
    """One row; nothing of the person is legible in it."""
    login = at_statement(town, office, "ichiro", names=("birthdate",))
    told(town, login, to_consent(town, login, "ichiro"))
    with town.product.store.engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT purpose, pair_id, sealed_proof FROM signed_statement WHERE sealed_proof IS NOT NULL"
        ).all()
    assert {purpose for purpose, _, _ in rows} == {"basic4"}
    assert all(pair_id and "同意".encode() not in sealed for _, pair_id, sealed in rows)


def test_who_does_not_sign_goes_on_without(town, office):
    """The service made it optional: nothing of the certificate is told, and the rest is as ever."""
    login, location = begun(town, office, "yoko")
    opened(town, login, location)
    back = town.get(login.browser, location + "/leave").headers["Location"]
    consent_url = choice(town, login, back, "without").headers["Location"]
    assert told(town, login, consent_url).keys() == {"sub"}


def test_who_does_not_sign_where_it_is_required_does_not_go_on(town, office):
    """Neither by the page's other choice nor by asking for the consent page; a second try at signing is open."""
    login, location = begun(town, office, "yoko", essential=True)
    back = town.get(login.browser, location + "/leave").headers["Location"]
    assert choice(town, login, back, "without").status_code == 400
    consent_url = back.replace("/signature", "/consent")
    assert town.get(login.browser, consent_url).headers["Location"] == back
    again = choice(town, login, back, "sign").headers["Location"]
    consent_url = to_consent(town, opened(town, login, again), "yoko")
    assert "verified_claims" in told(town, login, consent_url)
