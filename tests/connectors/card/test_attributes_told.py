"""What the card program says where a service asks for name or address: before the PIN, and when there is none."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.card.conversation import Face
from connectors.card.errors import AttributesUnreadable, PinBlocked
from connectors.card.pin import PinKind
from connectors.card.protocol import Challenge
from connectors.card.terminal import PinFile, Terminal
from connectors.card.texts import attribute_list, explain

CHALLENGE = Challenge(
    issuer="http://localhost:8000/t/aoba",
    origin="http://localhost:8000",
    transaction="x",
    nonce=bytes(32),
    expires_at=datetime(2026, 11, 26, tzinfo=UTC),
    channel="same-device",
    tenant_name="青葉市（見本）",
    service_name="図書館",
    service_purpose="本の予約のため",
    attributes=("name", "birthdate"),
    certificate_types=("card",),
    claim=None,
)


@pytest.mark.parametrize("face", [lambda _: Terminal(), lambda path: PinFile(path, quiet=False)])
def test_what_will_be_read_is_said_with_who_asks(
    face: Callable[[Path], Face], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In both languages; nothing of it where nothing is asked."""
    face(tmp_path).introduce(CHALLENGE, "localhost:8000")
    assert "氏名・生年月日 / name, birth date" in capsys.readouterr().err
    face(tmp_path).introduce(replace(CHALLENGE, attributes=()), "localhost:8000")
    assert "カードから読み取り" not in capsys.readouterr().err


def test_all_four_have_names() -> None:
    """Whatever a challenge may ask for."""
    assert attribute_list(("name", "address", "birthdate", "gender")).ja == "氏名・住所・生年月日・性別"


@pytest.mark.parametrize("error", [PinBlocked(PinKind.INPUT_SUPPORT), AttributesUnreadable()])
def test_a_card_that_cannot_give_them_is_told_with_the_way_without(error: Exception) -> None:
    """The QR code of the login page; a blocked PIN is named, and the office that mends it."""
    words = explain(error)
    assert ("二次元コード" in words.ja, "QR code" in words.en) == (True, True)
    if isinstance(error, PinBlocked):
        assert ("券面事項入力補助用" in words.ja, "市区町村の窓口" in words.ja) == (True, True)
