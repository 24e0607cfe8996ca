"""The card tray: sample cards in a browser, an authenticator that can be sent nowhere else."""

import re
from base64 import b64decode
from pathlib import Path

import pytest
from components.card_provider import CardProvider, refusal
from werkzeug.test import Client, TestResponse
from werkzeug.wrappers import Response

from connectors.card.softcard import KeySlot
from connectors.sandbox.residents import Resident
from connectors.sandbox.state import Case
from connectors.sandbox.tray import tray_application
from connectors.sandbox.tray.texts import TEXTS, refusal_text

HOST = "http://localhost:8003"


def test_all_cards_are_laid_out(tray: Client, provider: CardProvider) -> None:
    """Every resident's card, the phone of the one who has one, and what each card is an example of."""
    page = _get(tray, f"/?link={provider.link}")
    assert page.status_code == 200
    assert re.findall(r'id="((?:card|phone)-\w+)"', page.text) == [
        "card-hanako",
        "card-midori",
        "phone-midori",
        "card-saburo",
    ]
    assert "有効期限が切れた証明書" in page.text


def test_a_card_signs_and_the_page_goes_on_by_itself(tray: Client, provider: CardProvider) -> None:
    """The answer to the form is a page, never a redirect: a refresh, and a link for whom it does not work."""
    page = _sign(tray, provider)
    assert (page.status_code, page.headers.get("Location")) == (200, None)
    assert f'<meta http-equiv="refresh" content="0;url={provider.return_url}">' in page.text
    assert f'id="go-on" href="{provider.return_url}"' in page.text


def test_a_phone_signs_with_its_own_certificate(
    tray: Client, provider: CardProvider, slots: tuple[KeySlot, KeySlot]
) -> None:
    """Card and phone are two certificates of one resident; the one chosen is the one sent."""
    _sign(tray, provider, "midori", device="phone")
    _sign(tray, provider, "midori")
    assert [b64decode(proof["certificate"]) for proof in provider.proofs] == [
        slots[1].certificate,
        slots[0].certificate,
    ]
    assert [proof["device"] for proof in provider.proofs] == ["phone", "reader"]


def test_a_wrong_pin_is_counted_down_and_blocks(tray: Client, provider: CardProvider) -> None:
    """Two tries are left, then one, then the PIN is locked; nothing reaches the provider."""
    alerts = [_alert(_sign(tray, provider, pin="9999")) for _ in range(4)]
    locked = TEXTS["ja"]["pin_blocked"]
    assert alerts == ["暗証番号が違います。残りの回数: 2", "暗証番号が違います。残りの回数: 1", locked, locked]
    assert provider.proofs == []


@pytest.mark.parametrize("pin", ["", "12", "12345", "abcd", "１２３４", "<b>"])
def test_a_malformed_pin_spends_no_try(tray: Client, provider: CardProvider, pin: str) -> None:
    """The person is told so, and reads nothing of what was typed."""
    page = _sign(tray, provider, pin=pin)
    assert (page.status_code, _alert(page)) == (200, TEXTS["ja"]["pin_malformed"])
    assert _sign(tray, provider).status_code == 200


@pytest.mark.parametrize(
    "code", ["certificate_expired", "certificate_revoked", "already_used", "code_of_tomorrow"]
)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_refusal_is_explained(tray: Client, provider: CardProvider, code: str, language: str) -> None:
    """One sentence, and another card may be chosen."""
    provider.instead["POST", "proof"] = refusal(403, code)
    page = _sign(tray, provider, language=language)
    assert (page.status_code, _alert(page)) == (200, refusal_text(language, code))
    assert TEXTS[language]["back"] in page.text


@pytest.mark.parametrize(
    "link",
    [
        "",
        "hello",
        "{other}",
        "{link}?terminal=t1",
        "{link}#x",
        "http://localhost.evil.jp:{port}/t/aoba/card/AAECAwQFBgcICQoLDA0ODw",
        "http://localhost:{port}/t/wakaba/card/AAECAwQFBgcICQoLDA0ODw",
        "http://localhost:{port}/card/AAECAwQFBgcICQoLDA0ODw",
        "http://127.0.0.1:{port}/t/aoba/card/AAECAwQFBgcICQoLDA0ODw",
        "http://169.254.169.254/t/aoba/card/AAECAwQFBgcICQoLDA0ODw",
        "file:///etc/passwd",
        "http://localhost:{port}/t/aoba/../aoba/card/AAECAwQFBgcICQoLDA0ODw",
    ],
)
def test_the_tray_opens_its_own_issuers_links_only(tray: Client, provider: CardProvider, link: str) -> None:
    """Any other address is refused before anything is fetched, so that the tray reaches nothing else."""
    other = CardProvider()
    stop = other.serve()
    asked = link.format(link=provider.link, port=provider.port, other=other.link)
    pages = [
        _get(tray, "/", link=asked),
        _get(tray, "/card/hanako", link=asked),
        _sign(tray, provider, link=asked),
    ]
    stop()
    assert [page.status_code for page in pages] == [400, 400, 400]
    assert (other.claims, provider.claims) == ([], [])


@pytest.mark.parametrize(
    "unexpected",
    [
        Response("<html>"),
        Response(status=302, headers={"Location": "https://evil.example/"}),
        Response("x" * 70_000, mimetype="application/json"),
    ],
)
def test_a_provider_that_answers_otherwise_is_a_page(
    tray: Client, provider: CardProvider, unexpected: Response
) -> None:
    """No stack trace and no redirect: the person is told to start anew."""
    provider.instead["GET", "card"] = unexpected
    page = _sign(tray, provider)
    assert (page.status_code, TEXTS["ja"]["unreachable"] in page.text) == (502, True)


def test_a_provider_that_is_gone_is_a_page(residents: list[Resident]) -> None:
    """The same page when nobody listens."""
    gone = CardProvider()
    gone.serve()()
    assert _sign(Client(tray_application(lambda: residents, [gone.issuer])), gone).status_code == 502


def test_a_card_file_that_is_gone_is_a_page(tray: Client, provider: CardProvider, tmp_path: Path) -> None:
    """A card that another process took away does not break the tray."""
    (tmp_path / "hanako.card.json").unlink()
    assert _sign(tray, provider).status_code == 502


@pytest.mark.parametrize("host", ["evil.example:8003", "localhost.evil.example:8003", "169.254.169.254", ""])
def test_another_host_name_is_not_answered(tray: Client, provider: CardProvider, host: str) -> None:
    """A web site that points its name at this computer (DNS rebinding) sees nothing."""
    page = tray.get(f"/?link={provider.link}", headers={"Host": host})
    assert (page.status_code, "hanako" in page.text) == (403, False)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/card/nobody"),
        ("GET", "/card/%00"),
        ("GET", "/card/../../etc/passwd"),
        ("GET", "//card//hanako"),
        ("GET", "/static/other.css"),
        ("GET", "/static/..%2f..%2ftexts.py"),
        ("GET", "/none"),
        ("PUT", "/"),
        ("POST", "/"),
        ("DELETE", "/card/hanako"),
        ("POST", "/card/nobody"),
    ],
)
def test_garbage_is_a_client_error(tray: Client, provider: CardProvider, method: str, path: str) -> None:
    """Whatever is asked for otherwise is a page with a 4xx status."""
    page = tray.open(path, base_url=HOST, method=method, query_string={"link": provider.link})
    assert 400 <= page.status_code < 500
    assert page.mimetype == "text/html"


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"pin=" + b"1" * 20_000, "application/x-www-form-urlencoded", 413),
        (b"\xff\xfe\x00", "application/x-www-form-urlencoded", 200),
        (b"--x\r\n", "multipart/form-data; boundary=x", 200),
        (b"", "multipart/form-data", 200),
        (b"{}", "application/json", 200),
    ],
)
def test_a_garbage_form_is_refused_or_holds_no_pin(
    tray: Client, provider: CardProvider, body: bytes, content_type: str, status: int
) -> None:
    """A body without a PIN is answered as an empty PIN is; one too large is not read."""
    page = tray.post(
        "/card/hanako", base_url=HOST, data=body, content_type=content_type, query_string={"link": provider.link}
    )
    assert (status, []) == (page.status_code, provider.proofs)


def test_the_pin_is_not_shown_again(tray: Client, provider: CardProvider) -> None:
    """What was typed is in no page, not even in the field."""
    page = _sign(tray, provider, pin="9876")
    assert "9876" not in page.text.replace(str(provider.port), "")


def test_every_page_forbids_what_it_does_not_need(tray: Client, provider: CardProvider) -> None:
    """No script, no frame, no cache, no cookie, no referrer, on pages and style sheets alike."""
    for page in (_get(tray, f"/?link={provider.link}"), _get(tray, "/none"), _get(tray, "/static/tray.css")):
        policy = page.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'; form-action 'self'")
        assert (page.headers["Cache-Control"], page.headers.get("Set-Cookie")) == ("no-store", None)


@pytest.mark.parametrize(
    ("query", "header", "language"),
    [({}, "", "ja"), ({}, "en-GB,en", "en"), ({"lang": "ja"}, "en", "ja"), ({"lang": "xx"}, "fr", "ja")],
)
def test_the_language_is_the_link_or_the_browsers(
    tray: Client, provider: CardProvider, query: dict[str, str], header: str, language: str
) -> None:
    """Japanese unless somebody asks for English."""
    page = tray.get(
        "/",
        base_url=HOST,
        query_string={"link": provider.link, **query},
        headers={"Accept-Language": header} if header else {},
    )
    assert f'<html lang="{language}">' in page.text


def test_both_languages_say_the_same_things() -> None:
    """Every text and every case exists in Japanese and in English."""
    assert TEXTS["ja"].keys() == TEXTS["en"].keys()
    assert {f"case.{case}" for case in Case} <= TEXTS["ja"].keys()


def _get(tray: Client, path: str, **query: str) -> TestResponse:
    return tray.get(path, base_url=HOST, query_string=query or None)


def _sign(
    tray: Client,
    provider: CardProvider,
    resident: str = "hanako",
    *,
    pin: str = "1234",
    link: str | None = None,
    language: str = "ja",
    **form: str,
) -> TestResponse:
    query = {"link": provider.link if link is None else link, "lang": language}
    return tray.post(f"/card/{resident}", base_url=HOST, query_string=query, data={"pin": pin, **form})


def _alert(page: TestResponse) -> str:
    found = re.search(r'role="alert"[^>]*>([^<]*)<', page.text)
    assert found is not None, page.text
    return found[1]
