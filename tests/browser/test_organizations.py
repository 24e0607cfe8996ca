"""Those without a card, and those who are no residents, in a real browser: a company, and an ID by letter."""

import datetime as dt
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser.conftest import Visit
from browser.test_other_ways import PASSWORD
from browser.visitor import Visitor
from components import signed
from components.demo import IDP, Demo
from components.organizations import NAME, NUMBER, certified
from components.tiers import OUR_POLICY, Authority

SERVICE, TENANT = "parking", "wakaba"
WAYS = ("passwords", "passwords-by-letter", "company-passwords", "company-certificates")
TAKEN = ("password", "company-password", "company-certificate")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A town of this module, which takes companies and gives IDs by letter."""
    running = Demo(tmp_path_factory.mktemp("organizations"))
    try:
        running.start()
        switched = [f"--{way}" for way in WAYS]
        command = [IDP, "tenant", "settings", TENANT, "--data", running.data, "--json", *switched]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        methods = [word for method in TAKEN for word in ("--method", method)]
        running.idp("service", "change", SERVICE, *methods, tenant_id=TENANT)
        yield running
    finally:
        running.stop()


def trusted(demo: Demo, folder: Path) -> signed.Signer:
    """A company's certificate of an authority that the town trusts."""
    root = Authority("Trial Registrar", dt.datetime.now(dt.UTC).replace(microsecond=0)).root()
    (folder / "root.der").write_bytes(root.der)
    (folder / "list.crl").write_bytes(root.crl())
    purpose = "commercial-registration"
    demo.idp("anchor", "add", folder / "root.der", "--purpose", purpose, tenant_id=TENANT)
    demo.idp("anchor", "policy", purpose, "--user-policy", OUR_POLICY, tenant_id=TENANT)
    demo.idp("crl", "load", folder / "list.crl", "--purpose", purpose, tenant_id=TENANT)
    return certified(root, folder)


def begin(visitor: Visitor) -> None:
    """From the sample service's button to the card page."""
    visitor.open_service(SERVICE)
    visitor.page.click("#login")


def type_in(visitor: Visitor, sign_in_id: str, first: str) -> None:
    """The first password of a paper, and an own one."""
    visitor.page.fill("#sign-in-id", sign_in_id)
    visitor.page.fill("#password", first)
    visitor.page.click("#next")
    visitor.page.fill("#password", first)
    visitor.page.fill("#new", PASSWORD)
    visitor.page.fill("#again", PASSWORD)
    visitor.page.click("#next")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_company_by_its_certificate_and_by_its_id(
    demo: Demo, visit: Visit, tmp_path: Path, scripts: bool
) -> None:
    """From the service's button to its number: the text is saved, signed by OpenSSL, handed in; then by ID."""
    signer = trusted(demo, tmp_path)
    visitor = visit(java_script_enabled=scripts, accept_downloads=True)
    begin(visitor)
    visitor.page.click("#for-company")
    visitor.page.click("#by-certificate")
    with visitor.page.expect_download() as begun:
        visitor.page.click("#statement")
    text = Path(begun.value.path()).read_bytes()
    (tmp_path / "login.p7s").write_bytes(signed.cms(signer, text + b"x"))
    visitor.page.set_input_files("#signature", tmp_path / "login.p7s")
    visitor.page.click("#next")
    assert "このログインの文書" in visitor.text
    (tmp_path / "login.p7s").write_bytes(signed.cms(signer, text))
    visitor.page.set_input_files("#signature", tmp_path / "login.p7s")
    visitor.page.click("#next")
    if visitor.shows("#consent"):  # asked once of a company, whoever signs in for it
        assert NUMBER in visitor.text
        visitor.consent()
    visitor.page.wait_for_url(f"{demo.home(SERVICE)}**")
    number = visitor.number()
    assert visitor.page.locator("#amr").inner_text() == "swk"
    demo.idp("company", "add", NUMBER, "--name", NAME, tenant_id=TENANT)
    paper = demo.idp("company", "give", NUMBER, "--person", "総務部", "--by", "post", tenant_id=TENANT)
    by_id = visit(java_script_enabled=scripts)
    begin(by_id)
    by_id.page.click("#for-company")
    type_in(by_id, paper["id"], paper["first_password"])
    by_id.page.wait_for_url(f"{demo.home(SERVICE)}**")
    assert by_id.number() == number


def test_an_id_by_letter(demo: Demo, visit: Visit) -> None:
    """From the password page to the request, the staff's comparison, the letter, and the service's number."""
    visitor = visit(java_script_enabled=False)
    begin(visitor)
    visitor.page.click("#by-password")
    visitor.page.click("#new-account")
    for field, written in (("name", "見本　花子"), ("address", "見本県若葉市1-2"), ("born", "昭和60年6月15日")):
        visitor.page.fill(f"#{field}", written)
    visitor.page.click("#next")
    sign_in_id = visitor.page.locator("#sign-in-id").inner_text()
    number = visitor.page.locator("#request-number").inner_text()
    assert demo.idp("password", "request", number, tenant_id=TENANT)["name"] == "見本　花子"
    letter = demo.idp("password", "accept", number, tenant_id=TENANT)
    begin(visitor)
    visitor.page.click("#by-password")
    type_in(visitor, sign_in_id, letter["first_password"])
    visitor.consent()
    assert visitor.page.locator("#amr").inner_text() == "pwd"
    assert demo.idp("password", "show", sign_in_id, tenant_id=TENANT)["assurance"] == "ial2"
