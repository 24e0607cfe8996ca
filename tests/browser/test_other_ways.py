"""Signing in without the card at hand, from the sample service's button: password, passkey, and both proofs."""

from browser.conftest import Visit
from browser.visitor import Visitor

PASSWORD = "four quiet herons wade"
SERVICE = "parking"


def open_own_page(visitor: Visitor, resident: str, part: str) -> None:
    """From the municipality's own address to a part of the resident's pages, by card."""
    issuer = next(t["issuer"] for t in visitor.demo.ready["tenants"] if t["id"] == "wakaba")
    visitor.page.goto(f"{issuer}/my/ways/{part}")
    visitor.page.click("#my-sign-in")
    visitor.page.wait_for_selector("#card-tray")
    visitor.read_card(resident)
    visitor.page.wait_for_url(lambda url: "/my" in url)
    visitor.page.goto(f"{issuer}/my/ways/{part}")


def make_password(visitor: Visitor, resident: str) -> str:
    """Choose a password; the ID."""
    open_own_page(visitor, resident, "password")
    visitor.page.fill("#new", PASSWORD)
    visitor.page.fill("#again", PASSWORD)
    visitor.page.click("#next")
    return visitor.page.locator("#sign-in-id").inner_text()


def type_password(visitor: Visitor, sign_in_id: str) -> None:
    """Fill in the form of a login."""
    visitor.page.fill("#sign-in-id", sign_in_id)
    visitor.page.fill("#password", PASSWORD)
    visitor.page.click("#next")


def test_password_then_both_proofs(visit: Visit) -> None:
    """Way 2 by password; way 4 by password, card and signature: each to the service's token, with one number."""
    sign_in_id = make_password(visit(), "hinata")
    second = visit(java_script_enabled=False)
    second.open_service(SERVICE)
    second.page.click("#procedure-renewal")
    second.page.click("#by-password")
    type_password(second, sign_in_id)
    second.consent()
    number = second.number()
    assert second.page.locator("#amr").inner_text() == "pwd"
    assert second.page.locator("#procedure").inner_text() == "定期利用の更新"
    fourth = visit(java_script_enabled=False)
    fourth.open_service(SERVICE)
    fourth.page.click("#procedure-transfer")
    fourth.page.click("#finish")
    digest = fourth.page.locator("#digest").inner_text()
    fourth.page.click("#sign-application")
    assert not fourth.shows("#card-tray")
    type_password(fourth, sign_in_id)
    fourth.read_card("hinata")
    fourth.page.wait_for_selector("#statement")
    assert digest in " ".join(fourth.page.locator(".statement").inner_text().split())
    fourth.sign("hinata")
    fourth.page.wait_for_url(f"{fourth.demo.home(SERVICE)}**")
    assert fourth.number() == number
    assert fourth.page.locator("#amr").inner_text() == "pwd hwk sc pin mfa"
    assert fourth.page.locator("#procedure").inner_text() == "定期利用の名義変更"
    assert fourth.page.locator("#signed-digest").inner_text() == digest
    assert fourth.page.locator("#same-person").inner_text() == "はい"


def test_a_passkey_of_the_browser(visit: Visit) -> None:
    """Chromium makes it after the card was read, and signs with it: the same number, without the card."""
    visitor = visit()
    session = visitor.profile.new_cdp_session(visitor.page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    open_own_page(visitor, "namesake", "passkey")
    visitor.page.click("#make-passkey")
    visitor.page.wait_for_selector('button[name="passkey"]')
    visitor.open_service(SERVICE)
    visitor.page.click("#login")
    visitor.page.click("#by-passkey")
    visitor.page.click("#use-passkey")
    visitor.consent()
    number = visitor.number()
    assert visitor.page.locator("#amr").inner_text() == "hwk mfa"
    by_card = visit()
    by_card.open_card_page(SERVICE)
    by_card.read_card("namesake")
    by_card.page.wait_for_url(f"{by_card.demo.home(SERVICE)}**")
    assert by_card.number() == number
