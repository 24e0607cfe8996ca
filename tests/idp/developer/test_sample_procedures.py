"""What a sample service asks of the provider for its procedures, and what it believes of the answers."""

import io
import json
from base64 import b64decode, urlsafe_b64encode
from dataclasses import replace
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.wrappers import Response

from idp.developer.sample import create_sample
from idp.developer.sample.documents import form_of
from idp.developer.sample.procedures import Procedure

HOME = "http://localhost:8001"
NUMBERS = {"arrival_number": "1234-5678-9014", "inquiry_number": "7K3Q-9F0M", "kept_until": "2027-11-27"}
PROCEDURES = [
    Procedure(procedure_id=way, way=way, names={"ja": way, "en": way})
    for way in ("anonymous", "password", "signature", "combined")
]


def answer(body, status=200):
    """JSON of the verification API."""
    return Response(json.dumps(body), status=status, mimetype="application/json")


@pytest.fixture
def browser(service):
    """A browser at a service with a procedure of each way."""
    return create_sample(replace(service, procedures=PROCEDURES)).test_client()


def get(browser, path):
    """A page."""
    return browser.get(path, base_url=HOME)


def post(browser, path, **form):
    """A form."""
    return browser.post(path, data=form, base_url=HOME)


def test_each_way_leads_where_it_begins(browser):
    """Without a login, with one, and by way of an application that is signed."""
    page = get(browser, "/").text
    for way, path in (
        ("anonymous", "/reports/anonymous"),
        ("password", "/login?procedure=password"),
        ("signature", "/applications/signature"),
        ("combined", "/applications/combined"),
    ):
        assert f'id="procedure-{way}" href="{path}"' in page
    for path in ("/reports/combined", "/applications/anonymous", "/applications/unknown", "/reports/unknown"):
        assert get(browser, path).status_code == 404


def test_one_page_gives_one_receipt(browser, provider):
    """The call bears what the page bore; the inquiry number is shown and kept nowhere."""
    provider.api_answers["/receipts/create"] = answer(NUMBERS)
    page = post(browser, "/reports/anonymous", content="a bicycle", once="k1").text
    assert all(number in page for number in NUMBERS.values())
    assert provider.calls == [("/receipts/create", {"procedure": "anonymous"}, "k1")]
    with browser.session_transaction(base_url=HOME) as kept:
        assert "7K3Q" not in str(dict(kept))
    assert post(browser, "/reports/anonymous", content=" ", once="k1").status_code == 400


def test_staff_begin_a_review_of_what_this_browser_handed_in(browser, provider):
    """And of nothing else, whatever number is written into the form."""
    provider.api_answers |= {"/receipts/create": answer(NUMBERS), "/receipts/state": answer({})}
    assert post(browser, "/reviews", arrival_number=NUMBERS["arrival_number"]).status_code == 400
    post(browser, "/reports/anonymous", content="a bicycle", once="k1")
    assert 'id="reviewed"' in post(browser, "/reviews", arrival_number=NUMBERS["arrival_number"]).text
    assert provider.calls[-1][1]["state"] == "in_review"
    assert post(browser, "/reviews", arrival_number="9999-9999-9999").status_code == 400


@pytest.mark.parametrize(("status", "said"), [(403, "not_taken"), (500, "unreachable")])
def test_a_provider_that_refuses_is_a_page(browser, provider, status, said):
    """Nothing is shown as if it had been received."""
    provider.api_answers["/receipts/create"] = answer({"code": "procedure_refused"}, status)
    assert f'id="{said}"' in post(browser, "/reports/anonymous", content="x", once="k").text


def begun(browser, provider, way="combined"):
    """An application handed over: its digest as the provider was told."""
    post(browser, f"/applications/{way}", content="my application")
    assert post(browser, "/application/sign").status_code == 303
    asked = provider.pushed[-1]
    provider.nonce = asked["nonce"]
    return json.loads(asked["claims"])["id_token"]["signed_application"]["value"], asked


def back(browser, asked):
    """The browser comes back with a code."""
    return browser.get("/callback", query_string={"code": "c", "state": asked["state"]}, base_url=HOME)


def test_the_digest_of_the_very_bytes_is_pushed(browser, provider):
    """With the procedure, by the service itself: the browser's address names the request alone."""
    value, asked = begun(browser, provider)
    document = get(browser, "/application/file").data
    assert value["digest"] == urlsafe_b64encode(sha256(document).digest()).decode().rstrip("=")
    assert (value["alg"], asked["procedure"], asked["code_challenge_method"]) == ("sha-256", "combined", "S256")
    to = post(browser, "/application/sign").headers["Location"]
    assert (
        to
        == f"{provider.issuer}/authorize?client_id=c1&request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3Ar1"
    )
    assert (
        "my application"
        not in browser.get_cookie("sample-aoba-library", domain="localhost", path="/").decoded_value
    )


def test_the_claim_about_this_application_is_shown(browser, provider):
    """Its text, its digest, when it was checked, by the same person; and gone with the logout."""
    value, asked = begun(browser, provider)
    signed = {**value, "verified_at": 1795651200, "same_person": True}
    provider.claims = {"procedure": "combined", "signed_application": signed}
    assert back(browser, asked).status_code == 303
    page = get(browser, "/?lang=en").text
    assert all(words in page for words in ('id="signed-application"', "my application", "2026-11-26"))
    assert '<dd id="same-person">Yes</dd>' in page
    post(browser, "/logout")
    assert get(browser, "/application").headers["Location"] == "/"


def test_nobody_knows_whether_it_is_the_same_person(browser, provider):
    """Null is not yes: another may have applied where that may be, and is refused where it may not."""
    for way, status in (("combined", 400), ("signature", 303)):
        value, asked = begun(browser, provider, way)
        signed = {**value, "verified_at": 1795651200, "same_person": None}
        provider.claims = {"procedure": way, "signed_application": signed}
        assert back(browser, asked).status_code == status
    assert '<dd id="same-person">確認できません</dd>' in get(browser, "/").text


@pytest.mark.parametrize("wrong", [{"digest": "x" * 43}, {"alg": "sha-512"}, {"procedure": "signature"}], ids=str)
def test_a_signature_on_something_else_signs_nobody_in(browser, provider, wrong):
    """Another digest, another algorithm, another procedure."""
    value, asked = begun(browser, provider)
    procedure = wrong.pop("procedure", "combined")
    signed = {**value, "verified_at": 1795651200, "same_person": True, **wrong}
    provider.claims = {"procedure": procedure, "signed_application": signed}
    assert back(browser, asked).status_code == 400
    assert 'id="sub"' not in get(browser, "/").text


def test_no_claim_is_no_signature(browser, provider):
    """They are signed in, and nothing says that they signed."""
    _, asked = begun(browser, provider)
    provider.claims = {"procedure": "combined"}
    assert back(browser, asked).status_code == 303
    assert 'id="signed-application"' not in get(browser, "/").text


def test_a_file_is_handed_to_the_provider_as_what_it_is(browser, provider):
    """Detached CMS with the application that was saved; the report is shown line by line."""
    provider.api_answers["/signatures/verify"] = answer(
        {"report": "一つ目\n　詳しく", "procedure": {"satisfied": True, "receipt": NUMBERS}}
    )
    post(browser, "/applications/signature", content="refund")
    document = get(browser, "/application/file").data
    file = (io.BytesIO(b"\x30\x03" + bytes(100_000)), "signed.p7s")  # more than any form of the service holds
    sent = {"file": file, "beside": "yes"}
    page = browser.post("/documents", data=sent, content_type="multipart/form-data", base_url=HOME).text
    assert 'class="detail">詳しく' in page
    assert all(number in page for number in NUMBERS.values())
    asked = provider.calls[-1][1]
    assert (asked["form"], b64decode(asked["content"]), asked["procedure"]) == ("cms", document, "signature")


def test_forms_are_told_by_their_first_bytes():
    """Nothing of the file's name is believed."""
    assert form_of(b"%PDF-1.7 x") == "pdf"
    assert form_of(b'\xef\xbb\xbf\n<?xml version="1.0"?><a/>') == "xml"
    assert form_of(b"abc.def.ghi\n") == "jws"
    assert form_of(b'{"payload": ""}') == "jws"
    assert form_of(b"\x30\x82\x01") == "cms"


def test_what_was_taken_back_is_not_received_again(service, provider):
    """UserInfo is asked again by a button: an item less, and nothing at all where it refuses."""
    browser = create_sample(replace(service, scope="openid name address")).test_client()
    to = get(browser, "/login").headers["Location"]
    asked = {name: values[0] for name, values in parse_qs(urlsplit(to).query).items()}
    provider.nonce = asked["nonce"]
    provider.userinfo |= {"name": "髙橋　花子", "address": {"formatted": "見本県"}}
    back(browser, asked)
    del provider.userinfo["address"]
    assert post(browser, "/received").status_code == 303
    page = get(browser, "/").text
    assert ("髙橋" in page, "見本県" in page) == (True, False)
    provider.userinfo["sub"] = "somebody else"
    post(browser, "/received")
    page = get(browser, "/").text
    assert ('id="over"' in page, "髙橋" in page, 'id="sub"' in page) == (True, False, True)
