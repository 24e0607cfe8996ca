"""A statement signed with `idp-card`, from outside: a running demo, stock client software, sockets."""

import json
import subprocess

import requests
from components.stock_client import IDP_CARD, begin, follow, link_of

WANTED = {
    "userinfo": {
        "verified_claims": {
            "verification": {"trust_framework": {"value": "jp_jpki_signature"}, "evidence": [
                {"type": {"value": "electronic_record"}, "record": {"type": None}, "check_details": None}
            ]},
            "claims": {"name": None, "birthdate": None, "address": {"essential": True}},
        }
    }
}  # fmt: skip


def card(link, resident, folder, *, pin="auth_pin", option="--pin-file"):
    """`idp-card login`: its answer, or what it refused."""
    (folder / "pin").write_text(resident.get(pin, "ABC123") + "\n")
    words = [IDP_CARD, "login", link, "--dev", "--no-open", "--json", "--card", resident["card"], option]
    done = subprocess.run([*map(str, words), str(folder / "pin")], capture_output=True, text=True, timeout=120)
    return json.loads(done.stdout or done.stderr)


def at_statement(demo, folder, name):
    """A login at the childcare service up to the page where a statement is signed."""
    service, browser = demo.service("childcare"), requests.Session()
    client, metadata, verifier, page = begin(
        demo.tenant(), service, browser, scope="openid", claims=json.dumps(WANTED)
    )
    answer = card(link_of(page), demo.resident(name), folder)
    page = browser.get(answer["return_url"], timeout=20)
    return browser, page, (client, metadata, verifier)


def test_a_statement_is_signed_from_the_command_line(demo, tmp_path):
    """The signature PIN from its own file; UserInfo tells what the certificate says, and how it was verified."""
    browser, page, (client, metadata, verifier) = at_statement(demo, tmp_path, "namesake")
    resident = demo.resident("namesake")
    refused = card(link_of(page), demo.resident("hinata"), tmp_path, pin="sign_pin", option="--sign-pin-file")
    assert refused["code"] == "certificate_conflict"
    signed = card(link_of(page), resident, tmp_path, pin="sign_pin", option="--sign-pin-file")
    callback = follow(browser, signed["return_url"])
    client.fetch_token(
        metadata["token_endpoint"], authorization_response=callback, code_verifier=verifier, timeout=20
    )
    verified = client.get(metadata["userinfo_endpoint"], timeout=10).json()["verified_claims"]
    assert verified["claims"]["name"] == "見本　あおい"
    (evidence,) = verified["verification"]["evidence"]
    assert evidence["record"] == {"type": "jp_jpki_signature_certificate"}


def test_a_childs_card_is_told_before_a_pin(demo, tmp_path):
    """No signature certificate: the program says so, and the page still has its way out."""
    browser, page, _ = at_statement(demo, tmp_path, "sora")
    refused = card(link_of(page), demo.resident("sora"), tmp_path, pin="none", option="--sign-pin-file")
    assert "certificate" in refused["error"]
    assert 'id="signature"' in browser.get(page.url + "/leave", timeout=20).text
