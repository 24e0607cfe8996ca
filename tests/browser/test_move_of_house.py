"""A resident moves house, as everybody sees it: J-LIS, the municipality's sweep, the service, and the resident."""

from pathlib import Path

import requests
from browser.conftest import Visit
from browser.own_page import received, told
from browser.visitor import Visitor
from components.demo import Demo
from components.virtual_reader import await_condition
from cryptography import x509

RESIDENT, SERVICE = "kiyoshi", "childcare"
BEFORE, AFTER = "見本県青葉市見本町一丁目２－３", "見本県若葉市見本町一丁目２－３"


def load_list(demo: Demo, folder: Path) -> None:
    """What a municipality does that does not wait for the hour: fetch the list of who issued it, and load it."""
    pair = Path(demo.resident(RESIDENT)["auth_certificate"]).with_name(f"{RESIDENT}-sign.pem")
    held = x509.load_pem_x509_certificate(pair.read_bytes()).extensions
    issuer = held.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    assert issuer is not None
    answer = requests.get(f"{demo.ready['sandbox']['crl']}/signature/{issuer.hex()}.crl", timeout=20)
    answer.raise_for_status()
    (folder / "signature.crl").write_bytes(answer.content)
    (loaded,) = demo.idp("crl", "load", folder / "signature.crl")
    assert loaded["state"] in ("loaded", "unchanged")  # where the server was quicker


def by_signature(visitor: Visitor) -> None:
    """From the service's button to the statement."""
    forget(visitor)
    visitor.page.click("#login-signed")
    visitor.read_card(RESIDENT)
    visitor.page.wait_for_selector("#statement")


def sign_in_by_card(visitor: Visitor) -> None:
    """Without the signature certificate: what the service may have of the card it has already."""
    forget(visitor)
    visitor.page.click("#login")
    visitor.read_card(RESIDENT)
    visitor.page.wait_for_selector("#consent, #sub")
    if visitor.page.locator("#consent").count():
        visitor.consent()
    visitor.page.wait_for_selector("#sub")


def forget(visitor: Visitor) -> None:
    """The service as a browser sees it in which nobody is signed in anywhere."""
    visitor.profile.clear_cookies()
    visitor.open_service(SERVICE)


def test_a_move_of_house(visit: Visit, demo: Demo, tmp_path: Path) -> None:
    """The old certificate ends and is reported; the new address comes by a new one, and only by new consent."""
    visitor = visit()
    page = visitor.page
    by_signature(visitor)
    visitor.sign(RESIDENT)
    page.wait_for_selector("#consent")
    visitor.consent()
    assert BEFORE in page.locator("#received").inner_text()
    assert page.locator("#signature").inner_text() == "有効"

    demo.control(do="move", resident=RESIDENT)
    demo.control(do="tick")
    load_list(demo, tmp_path)
    demo.idp("crl", "sweep")  # or the server's own, which may be due just now
    await_condition(lambda: len(told(visitor, SERVICE)) == 2)
    assert sorted(told(visitor, SERVICE)) == ["basic4-changed", "certificate-status-changed"]
    assert BEFORE in received(visitor)

    by_signature(visitor)
    visitor.sign(RESIDENT)
    assert "失効" in visitor.text  # the old certificate signs nothing any more

    sign_in_by_card(visitor)
    assert page.locator("#signature").inner_text() == "失効（氏名・住所などの変更）"
    assert AFTER not in page.locator("#received").inner_text()

    demo.control(do="renew", resident=RESIDENT, certificate="sign")
    demo.control(do="tick")
    by_signature(visitor)
    visitor.sign(RESIDENT)
    page.wait_for_selector("#consent")
    assert page.locator(".given", has_text=AFTER).locator(".changed").count() == 1
    page.click('#consent button[value="deny"]')
    assert "ログインをやめました" in visitor.heading  # and nothing of the new address went anywhere

    by_signature(visitor)
    visitor.sign(RESIDENT)
    page.wait_for_selector("#consent")
    visitor.consent()
    shown = page.locator("#received").inner_text()
    assert (AFTER in shown, BEFORE in shown, "署名用電子証明書" in shown) == (True, False, True)
    assert page.locator("#signature").inner_text() == "有効"
