"""The whole product with a card in a real reader: a stock service, `idp-card`, pcscd, and a card of its own."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from components.demo import Demo
from components.stock_client import CardRefused, sign_in
from components.virtual_reader import VirtualReader, virtual_reader

IDP_CARD = Path(sys.executable).with_name("idp-card")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A running product with its sandbox town."""
    running = Demo(tmp_path_factory.mktemp("demo"))
    try:
        yield running.start()
    finally:
        running.stop()


@pytest.fixture
def reader(demo: Demo, tmp_path: Path) -> Iterator[VirtualReader]:
    """A reader that another process feeds with Ichiro's card."""
    card = Path(demo.resident("ichiro")["card"])
    with virtual_reader(tmp_path / "reader", card, "--atr", "type-b") as running:
        yield running


def test_the_reader_gives_the_same_number_as_the_file(demo: Demo, reader: VirtualReader, tmp_path: Path) -> None:
    """One person, one service: the card in the reader and its file are the same card to the provider."""

    def use_reader(link: str, resident: dict[str, str], folder: Path) -> dict[str, str]:
        pin = folder / "pin"
        pin.write_text(resident["auth_pin"])
        done = reader.run(str(IDP_CARD), "login", link, "--dev", "--no-open", "--json", "--pin-file", pin)
        answer: dict[str, str] = json.loads(done.out or done.err)
        if done.code:
            raise CardRefused(answer)
        return answer

    tenant, service, resident = demo.tenant(), demo.service("library"), demo.resident("ichiro")
    by_reader = sign_in(tenant, service, resident, tmp_path, use=use_reader)
    by_file = sign_in(tenant, service, resident, tmp_path)
    assert by_reader.claims["sub"] == by_file.claims["sub"] == by_reader.userinfo["sub"]
    assert by_reader.claims["acr"].split()[0].endswith("aal3")
