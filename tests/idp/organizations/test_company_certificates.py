"""A company signs in with its certificate: by its own software, over the text of one login."""

import base64
import datetime as dt

import pytest
from components import passwords, signed
from components.organizations import (
    CERTIFICATE,
    COMPANY,
    NAME,
    NUMBER,
    OTHER_NUMBER,
    certified,
    choose,
    given_to_company,
    hand_in,
    identified,
    registered_info,
    sign_in,
    statement_of,
    tendering,
)
from components.passwords import begin, switch_on, tenant_of
from components.signed import Signer
from components.signers import load, of_root
from components.tiers import Authority
from components.town import town as one_town

from idp.login.company_certificate import TRIES

DAY = dt.timedelta(days=1)


@pytest.fixture(scope="module")
def town(tmp_path_factory, founded_world):
    """A tenant that takes companies' certificates, of two authorities, and a service that does."""
    with one_town(tmp_path_factory.mktemp("certificates"), founded_world) as made:
        switch_on(made, CERTIFICATE, COMPANY)
        made.tenders = tendering(made, "tenders", CERTIFICATE)
        made.keys = tmp_path_factory.mktemp("keys")
        moment = made.clock().replace(microsecond=0)
        made.registrar = Authority("Trial Registrar", moment).root()
        made.accredited = Authority("Trial Accredited", moment).root()
        load(made, "commercial-registration", made.registrar)
        load(made, "accredited", made.accredited)
        made.company = certified(made.registrar, made.keys)
        yield made


def whole(town, signer, *words, service=None, **options):
    """A whole login by certificate: the ID token's claims."""
    login = begin(town, service or town.tenders)
    document = signed.cms(signer, statement_of(town, login), *words, **options)
    return passwords.claims(town, login, hand_in(town, login, document))


def trouble(town, signer, change=bytes, login=None):
    """The status and trouble of the page after a signature over what `change` makes of the text."""
    login = login or begin(town, town.tenders)
    answer = hand_in(town, login, signed.cms(signer, change(statement_of(town, login))))
    return answer.status_code, told(answer)


def told(answer):
    """What the page says went wrong, by the first words of its Japanese text."""
    head = answer.text.partition('id="signature-problem"')[2].partition("</p>")[0]
    words = {
        "読み取れません": "unreadable",
        "このログインの文書への": "other_text",
        "この電子証明書では": "untrusted",
        "失効しています": "ended",
        "確かめられません": "unavailable",
        "法人番号が": "unnamed",
        "送り直されました": "wait",
    }
    [found] = [trouble for text, trouble in words.items() if text in head] or [""]
    return found


def test_a_company_signs_in_by_commercial_registration(town):
    """With the level of a key in a file, its number and name, and evidence that the certificate holds."""
    found = whole(town, town.company)
    assert (found["acr"], found["amr"]) == ("aal2", ["swk"])
    assert found["organization"] == {
        "kind": "company", "name": NAME, "corporate_number": NUMBER, "known_by": "commercial-registration",
    }  # fmt: skip
    login = begin(town, town.tenders, scope="openid jpki_status")
    document = signed.cms(town.company, statement_of(town, login))
    assert passwords.claims(town, login, hand_in(town, login, document))["revocation"]["method"] == "crl"


def test_the_company_is_the_same_with_whatever_certificate_and_by_password(town):
    """Renewed, of an accredited service, by ID: it is the company that is known, not the certificate."""
    both = tendering(town, "both", CERTIFICATE, COMPANY)
    renewed = certified(town.registrar, town.keys)
    other = of_root(town.accredited, town.keys, subject=identified())
    found = [whole(town, signer, service=both) for signer in (town.company, renewed, other)]
    by_password = sign_in(town, both, "company", choose(town, both, "company", given_to_company(town)))
    assert len({one["sub"] for one in (*found, by_password)}) == 1
    assert found[2]["organization"]["known_by"] == "accredited"
    stranger = certified(town.registrar, town.keys, extensions=(registered_info("他社", OTHER_NUMBER[1:]),))
    assert whole(town, stranger, service=both)["sub"] != found[0]["sub"]


def test_a_signature_comes_in_any_ordinary_fashion(town):
    """With the text inside, in PEM, over the text with the line ends of Windows, by another digest."""
    assert whole(town, town.company, detached=False)["acr"] == "aal2"
    assert whole(town, town.company, "-md", "sha512")["acr"] == "aal2"
    login = begin(town, town.tenders)
    windows = signed.cms(town.company, statement_of(town, login).replace(b"\n", b"\r\n"))
    lines = base64.encodebytes(windows)
    pem = b"-----BEGIN CMS-----\n" + lines + b"-----END CMS-----\n"
    assert passwords.claims(town, login, hand_in(town, login, pem))["acr"] == "aal2"


def test_the_text_names_everything_that_it_is_for(town):
    """Municipality, service, login; and it says that it is no application."""
    login = begin(town, town.tenders)
    text = statement_of(town, login).decode()
    transaction = login.page_url.rsplit("/", 1)[1]
    for word in (
        "company-login/1",
        "青葉市（見本）",
        "/t/aoba",
        town.tenders.client_id,
        transaction,
        "このログインだけ",
    ):
        assert word in text
    answer = town.get(login.browser, f"{login.page_url}/company-certificate/statement")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="login.txt"'
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_signature_counts_for_one_login_and_one_service(town):
    """Not for another login, nor at another service, nor a second time."""
    other = tendering(town, "other", CERTIFICATE)
    first, second, elsewhere = begin(town, town.tenders), begin(town, town.tenders), begin(town, other)
    document = signed.cms(town.company, statement_of(town, first))
    for login in (second, elsewhere):
        answer = hand_in(town, login, document)
        assert (answer.status_code, told(answer)) == (403, "other_text")
    assert hand_in(town, first, document).status_code == 303
    assert hand_in(town, first, document).headers["Location"] == first.page_url


def test_another_browser_cannot_hand_it_in(town):
    """It belongs to whoever holds the transaction's cookie; nor does it get the text."""
    login = begin(town, town.tenders)
    document = signed.cms(town.company, statement_of(town, login))
    login.browser = town.browser()
    assert hand_in(town, login, document).status_code == 410
    assert town.get(login.browser, f"{login.page_url}/company-certificate/statement").status_code == 410


def test_an_altered_text_is_refused(town):
    """One character is enough."""
    assert trouble(town, town.company, lambda text: text + b" ") == (403, "other_text")
    assert trouble(town, town.company, lambda text: b"An application") == (403, "other_text")


def test_certificates_of_nobody_of_residents_and_of_posts_are_refused(town):
    """And so is one that names no company."""
    moment = town.clock().replace(microsecond=0)
    nobody = certified(Authority("Nobody", moment).root(), town.keys)
    resident = Signer.of(town.resident("hanako"))
    post = Authority("Trial Government", moment).root()
    load(town, "lgpki", post)
    for signer in (nobody, resident, certified(post, town.keys)):
        assert trouble(town, signer) == (403, "untrusted")
    assert trouble(town, of_root(town.registrar, town.keys)) == (403, "unnamed")


def test_certificates_that_count_no_more_are_refused(town):
    """Expired and not valid yet."""
    moment = town.clock().replace(microsecond=0)
    for life in ((moment - 20 * DAY, moment - DAY), (moment + DAY, moment + 20 * DAY)):
        assert trouble(town, certified(town.registrar, town.keys, life=life))[1] in ("ended", "untrusted")


def test_a_revoked_certificate_is_refused_and_the_next_is_the_same_company(aoba, tmp_path):
    """By the authority's list; and without a list that is fresh, nobody signs in."""
    switch_on(aoba, CERTIFICATE)
    aoba.tenders = tendering(aoba, "tenders", CERTIFICATE)
    root = Authority("Trial Registrar", aoba.clock().replace(microsecond=0)).root()
    load(aoba, "commercial-registration", root)
    lost, renewed = (certified(root, tmp_path) for _ in "ab")
    before = whole(aoba, lost)["sub"]
    aoba.product.trust.lists.load(tenant_of(aoba), "commercial-registration", root.crl(lost.der, number=2))
    assert trouble(aoba, lost) == (403, "ended")
    assert whole(aoba, renewed)["sub"] == before
    aoba.control(do="clock", seconds=3 * 24 * 3600)
    assert trouble(aoba, renewed) == (503, "unavailable")


@pytest.mark.parametrize(
    "octets", [b"", b"no signature", b"-----BEGIN CMS-----\n%%%\n-----END CMS-----", b"0" * 60_000, b"\x30\x80"]
)
def test_what_is_no_signature_is_told_so(town, octets):
    """Without a failure of ours, and nothing of it comes back."""
    answer = hand_in(town, begin(town, town.tenders), octets)
    assert (answer.status_code, told(answer)) == (400, "unreadable")
    assert "no signature" not in answer.text


def test_a_form_without_the_file_is_refused(town):
    """As everywhere."""
    login = begin(town, town.tenders)
    assert town.post(login.browser, f"{login.page_url}/company-certificate", data={}).status_code == 400


def test_two_signatures_are_nobodys(town):
    """Who of the two would sign in?"""
    login = begin(town, town.tenders)
    second = certified(town.registrar, town.keys)
    pair = ("-signer", second.certificate, "-inkey", second.key)
    document = signed.cms(town.company, statement_of(town, login), *map(str, pair))
    assert told(hand_in(town, login, document)) == "unreadable"


def test_there_is_an_end_to_trying(town):
    """In one login; another one is begun anew."""
    login = begin(town, town.tenders)
    for _ in range(TRIES[0]):
        assert hand_in(town, login, b"x").status_code == 400
    answer = hand_in(town, login, b"x")
    assert (answer.status_code, told(answer)) == (429, "wait")
    assert whole(town, town.company)["acr"] == "aal2"


def test_a_company_is_known_with_the_name_that_the_municipality_wrote(town):
    """The register is the municipality's to read, not a certificate's to change."""
    acts, number = town.product.people.organizations.companies, "1180301018771"
    acts.register(tenant_of(town), number, "見本製造株式会社")
    signer = certified(town.registrar, town.keys, extensions=(registered_info("旧名", number[1:]),))
    assert whole(town, signer)["organization"]["name"] == "見本製造株式会社"
