"""The phone stand-in: who asks stands before the PIN, the claim travels, the digits are shown."""

import re
from base64 import b64decode
from datetime import date
from html import unescape

import pytest
from components.card_provider import CLAIM, CardProvider, answer, refusal
from werkzeug.test import Client, TestResponse

from connectors.card.basic4 import parse
from connectors.card.softcard import SoftwareCard
from connectors.sandbox.basic4 import Basic4
from connectors.sandbox.card import face
from connectors.sandbox.phone.texts import TEXTS, refusal_text
from connectors.sandbox.residents import Resident

HOST = "http://localhost:8003"


@pytest.fixture
def across(provider: CardProvider) -> CardProvider:
    """The provider's login is reached by its QR code."""
    provider.challenge_changes |= {"channel": "cross-device", "claim": CLAIM}
    provider.instead["POST", "proof"] = answer({"status": "accepted", "code": "041790"})
    return provider


def post(phone: Client, step: str, language: str = "ja", **form: str) -> TestResponse:
    return phone.post(f"/{step}", base_url=HOST, data={"lang": language, **form})


def opened(phone: Client, provider: CardProvider, **changes: str) -> TestResponse:
    return post(phone, "open", **{"link": provider.link, "holder": "midori", **changes})


def filled(page: TestResponse, **typed: str) -> dict[str, str]:
    """The form of a page, with what the person types."""
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text)
    return {name: unescape(value) for name, value in hidden} | typed


def test_whose_phone_and_what_it_reads(phone: Client, provider: CardProvider) -> None:
    """Those who have a phone, and the LINK that an app link brought; nothing is fetched yet."""
    page = phone.get("/", base_url=HOST, query_string={"link": provider.link})
    assert (page.status_code, "phone-midori" in page.text, "phone-hanako" in page.text) == (200, True, False)
    assert provider.link in page.text
    assert provider.claims == []


def test_who_asks_stands_before_the_pin(phone: Client, across: CardProvider) -> None:
    """Municipality, service, purpose and host first; then the field for the PIN."""
    page = opened(phone, across)
    asked = across.challenge()
    told = [asked["tenant"]["name"], asked["service"]["name"], asked["service"]["purpose"]]
    places = [page.text.index(words) for words in [*told, f"localhost:{across.port}", 'id="pin"']]
    assert places == sorted(places)
    assert TEXTS["ja"]["cross"] in page.text


def test_the_digits_are_shown_large_and_the_claim_travels(phone: Client, across: CardProvider, slot) -> None:
    """First fetch without a claim, everything after with it; the phone's own certificate is sent."""
    page = post(phone, "prove", **filled(opened(phone, across), pin="1234"))
    assert re.search(r'id="digits">(\d{6})<', page.text)[1] == "041790"
    assert "go-on" not in page.text
    assert across.claims == [None, CLAIM, CLAIM]


def test_on_the_same_phone_the_browser_goes_on(phone: Client, provider: CardProvider, slot) -> None:
    """A way back; the digits are folded away until the person says that it did not go on."""
    both = {"status": "accepted", "return_url": provider.return_url, "code": "041790"}
    page = post(phone, "prove", **filled(opened(phone, provider), pin="1234"))
    assert f'id="go-on" href="{provider.return_url}"' in page.text
    assert "digits" not in page.text
    assert b64decode(provider.proofs[0]["certificate"]) == slot.certificate
    provider.instead["POST", "proof"] = answer(both)
    page = post(phone, "prove", **filled(opened(phone, provider), pin="1234"))
    assert page.text.index("<details") < page.text.index("041790") < page.text.index("</details>")


def test_a_wrong_pin_keeps_the_claim(phone: Client, across: CardProvider) -> None:
    """The same page again with the tries left; the next PIN signs."""
    page = post(phone, "prove", **filled(opened(phone, across), pin="9999"))
    assert f"{TEXTS['ja']['pin_incorrect']}: 2" in page.text
    page = post(phone, "prove", **filled(page, pin="1234"))
    assert "041790" in page.text


def test_declining_tells_the_provider(phone: Client, across: CardProvider) -> None:
    """With the claim."""
    page = post(phone, "decline", **filled(opened(phone, across)))
    assert TEXTS["ja"]["declined"] in page.text
    assert (across.declined, across.claims[-1]) == (True, CLAIM)


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("code", ["already_used", "expired", "certificate_revoked", "code_of_tomorrow"])
def test_a_refusal_is_explained(phone: Client, provider: CardProvider, code: str, language: str) -> None:
    """One sentence in the person's language."""
    provider.instead["GET", "card"] = refusal(409, code)
    page = opened(phone, provider, language=language)
    assert refusal_text(language, code) in page.text


@pytest.mark.parametrize(
    "changes",
    [
        {"link": ""},
        {"link": "hello"},
        {"link": "http://localhost:{port}/t/wakaba/card/AAECAwQFBgcICQoLDA0ODw"},
        {"link": "http://169.254.169.254/t/aoba/card/AAECAwQFBgcICQoLDA0ODw"},
        {"holder": "hanako"},
        {"holder": "nobody"},
    ],
)
@pytest.mark.parametrize("step", ["open", "prove", "decline"])
def test_nothing_else_is_opened(phone: Client, provider: CardProvider, changes: dict[str, str], step: str) -> None:
    """Another address, or a phone that nobody has, is refused before anything is fetched."""
    if step == "decline" and "holder" in changes:
        changes = {"link": ""}
    form = {"link": provider.link, "holder": "midori"} | changes
    page = post(phone, step, **{name: value.format(port=provider.port) for name, value in form.items()})
    assert page.status_code == 400
    assert provider.claims == []


@pytest.mark.parametrize(("method", "path"), [("GET", "/open"), ("PUT", "/"), ("GET", "/none"), ("POST", "/")])
def test_garbage_is_a_client_error(phone: Client, method: str, path: str) -> None:
    """A page with a 4xx status."""
    page = phone.open(path, base_url=HOST, method=method)
    assert (400 <= page.status_code < 500, page.mimetype) == (True, "text/html")


def test_another_host_name_is_not_answered(phone: Client) -> None:
    """DNS rebinding sees nothing; nor does a form that another site sends."""
    assert phone.get("/", headers={"Host": "evil.example:8003"}).status_code == 403
    crossed = {"Sec-Fetch-Site": "cross-site"}
    assert phone.post("/open", base_url=HOST, headers=crossed).status_code == 403


def test_both_languages_say_the_same_things() -> None:
    """No text exists in one language only."""
    assert TEXTS["ja"].keys() == TEXTS["en"].keys()


def test_on_the_same_phone_particulars_are_read_from_the_card(
    phone: Client, provider: CardProvider, residents: list[Resident], slot
) -> None:
    """Said before the PIN, and sent with the proof; a card that has none is told, with the way without them."""
    provider.challenge_changes = {"attributes": ["name"]}
    SoftwareCard.create(residents[0].card, holder="midori", device="card", user=slot, signature=None)
    asked = opened(phone, provider, lang="en")
    assert "reads them from a card held to the phone" in asked.text
    told = post(phone, "prove", **filled(asked, pin="1234"))
    assert ("Choose the QR code on the login page" in told.text, provider.proofs) == (True, [])
    particulars = face.personalise(
        Basic4("見本　みどり", "見本県", date(2001, 5, 4), "2"),
        four_digits="1234",
        expiry_year=2031,
        resident="midori",
    )
    SoftwareCard.create(
        residents[0].card, holder="midori", device="card", user=slot, signature=None, chip=face.dump(particulars)
    )
    post(phone, "prove", **filled(asked, pin="1234"))
    assert parse(b64decode(provider.proofs[0]["input_support"]["ef0002"])).name == "見本　みどり"
