"""What nginx says by itself, at the card host and before the issuer: a page in the residents' languages."""

import http.client
import re
import ssl
from dataclasses import replace
from pathlib import Path

import pytest
from components.card_host import CardHostTown, asked, write_front_pages
from components.nginx import fronts
from components.ports import free_port
from components.tls import make_tls
from components.virtual_reader import await_condition

from idp.cli.front import pages_of

ISSUER = "http://localhost:8000/t/aoba"

NUMBER = re.compile(r"<code>([0-9]+)</code>")


def get(host: CardHostTown, port: int, path: str, method: str = "GET"):
    """One visit without a certificate."""
    context = ssl.create_default_context(cafile=str(host.fronts.tls.ca_file))
    return asked(http.client.HTTPSConnection("localhost", port, context=context, timeout=20), method, path, [])


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/t/aoba/login/x", 404),
        ("POST", "/t/aoba/tls-card/AAECAwQFBgcICQoLDA0ODw", 405),
        ("GET", "/t/wakaba/tls-card/AAECAwQFBgcICQoLDA0ODw", 404),
    ],
)
def test_a_dead_end_at_the_card_host_is_explained(host: CardHostTown, method: str, path: str, status: int) -> None:
    """By nginx and by the product behind it alike: what to do, and a number that a log without addresses knows."""
    answer = get(host, host.fronts.card_port, path, method)
    assert (answer.status, "この画面を<wbr>開けませんでした" in answer.body) == (status, True)
    assert "ログインの画面に戻り" in answer.body
    number = NUMBER.search(answer.body)
    assert number is not None
    log = next(Path(host.fronts.tls.ca_file).parent.rglob("card-problems.log"))
    await_condition(lambda: log.read_text().endswith(f" {status} {number[1]}\n"))
    assert "tls-card" not in log.read_text()


def test_its_pages_need_nothing_from_elsewhere(host: CardHostTown) -> None:
    """Every address on them is of this folder, or leads to the issuer; each is there, and may be loaded."""
    for name in ("problem.html", "problem.en.html", "problem.ja-simple.html", "problem.ja-simple.plain.html"):
        page = get(host, host.fronts.card_port, f"/front/{name}")
        assert page.status == 200
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        found = set(re.findall(r'(?:href|src)="([^"#]+)"', page.body))
        elsewhere = {url for url in found if not url.startswith(("/front/", f"{ISSUER}/help"))}
        assert elsewhere == {f"{ISSUER}/my"}
        for url in found:
            if url.startswith("/front/"):
                assert get(host, host.fronts.card_port, url).status == 200
    assert "<rt>" in get(host, host.fronts.card_port, "/front/problem.ja-simple.html").body
    assert "<rt>" not in get(host, host.fronts.card_port, "/front/problem.ja-simple.plain.html").body


def test_the_issuer_answers_for_itself(host: CardHostTown) -> None:
    """Before it the files are for nginx's own failures: what the product says passes through."""
    answer = get(host, host.fronts.issuer_port, "/t/aoba/none")
    assert (answer.status, "ページが<wbr>見つかりません" in answer.body) == (404, True)
    assert get(host, host.fronts.issuer_port, "/front/problem.en.html").status == 200


def test_a_services_document_passes_where_little_else_does(host: CardHostTown) -> None:
    """To the product, which asks for a token; anything else of that size ends at the front."""
    context, body = ssl.create_default_context(cafile=str(host.fronts.tls.ca_file)), b"x" * (1 << 20)
    for path, status in (("/t/aoba/api/v1/signatures/verify", 401), ("/t/aoba/api/v1/basic4/compare", 413)):
        connection = http.client.HTTPSConnection("localhost", host.fronts.issuer_port, context=context, timeout=20)
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        assert connection.getresponse().status == status
        connection.close()


def test_a_product_that_is_out(host: CardHostTown, tmp_path: Path) -> None:
    """Both hosts say so in the residents' words, with the office, while nothing answers behind them."""
    write_front_pages(host.town, tmp_path / "front")
    tls, authorities = make_tls(tmp_path), Path(host.fronts.tls.ca_file).parent / "authorities.pem"
    nobody = f"127.0.0.1:{free_port()}"
    with fronts(tmp_path, tls, upstream=nobody, issuer_host="localhost", authorities=authorities) as alone:
        dark = replace(host, fronts=alone)
        paths = {alone.issuer_port: "/t/aoba/help", alone.card_port: "/t/aoba/tls-card/AAECAwQFBgcICQoLDA0ODw"}
        for port, path in paths.items():
            answer = get(dark, port, path)
            assert (answer.status, "この画面を<wbr>開けませんでした" in answer.body) == (502, True)


def test_the_office_is_on_them(host: CardHostTown) -> None:
    """Written anew, they say what the municipality has stated since."""
    product = host.town.product
    lines = {"ja": {"desk": "市民課 1階", "bring": "カード", "paper": "申請書の郵送"}}
    product.policies.change_tenant(product.directory.tenant("aoba"), revocation={}, offices=lines)
    product.directory.refresh()
    page = pages_of(product.directory.tenant("aoba"))["problem.html"].decode()
    assert [word in page for word in ("市民課 1階", "持ち物", "申請書の郵送")] == [True] * 3
