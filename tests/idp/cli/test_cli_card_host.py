"""`idp tenant settings --card-host`: which host asks browsers for the certificate on a card."""

import pytest

from idp.compose.custody import card_host_hop
from idp.settings import SettingsRefused, read_settings

CARD_HOST = "https://card.city.example"


def test_it_is_stated_and_taken_back(idp, aoba):
    """Off until it is said, shown, followed by the running server, left alone by other changes, off again."""
    assert idp("tenant", "settings", "aoba", "--json").json["card_host"] == ""
    assert idp("tenant", "settings", "aoba", "--card-host", CARD_HOST, "--json").json["card_host"] == CARD_HOST
    assert idp("tenant", "settings", "aoba", "--public-body", "--json").json["card_host"] == CARD_HOST
    aoba.product.directory.refresh()
    assert aoba.product.directory.tenant("aoba").settings.card_host == CARD_HOST
    assert idp("tenant", "settings", "aoba", "--card-host", "", "--json").json["card_host"] == ""


def test_what_is_none_is_refused(idp):
    """With one sentence, and nothing is stored."""
    refused = idp("tenant", "settings", "aoba", "--card-host", "http://card.city.example")
    assert (refused.code, refused.out, "Traceback" in refused.err) == (1, "", False)
    assert idp("tenant", "settings", "aoba", "--json").json["card_host"] == ""


@pytest.mark.parametrize(("key", "believed"), [("k" * 32, True), ("k" * 31, False), ("", False)])
def test_a_key_that_could_be_guessed_is_refused(aoba, key, believed):
    """At the start of the server, not at the first login."""
    file = aoba.folder / "card-host-key"
    file.write_text(f"{key}\n")
    settings = read_settings(aoba.environment | {"IDP_CARD_HOST_KEY_FILE": str(file)})
    if believed:
        assert [card_host_hop(settings).is_shown_by(shown) for shown in (key, key + "k", "")] == [
            True,
            False,
            False,
        ]
        return
    with pytest.raises(SettingsRefused, match="CARD_HOST_KEY_FILE"):
        card_host_hop(settings)


def test_without_a_key_nobody_is_believed(aoba):
    """Not even who shows nothing."""
    hop = card_host_hop(read_settings(aoba.environment))
    assert [hop.is_shown_by(shown) for shown in ("", "x")] == [False, False]


def test_the_pages_for_nginx_are_written_to_a_folder(idp, tmp_path):
    """Made where it is not there, replaced where it is; a place that cannot be written is a sentence."""
    for _ in range(2):
        told = idp("tenant", "front-pages", "aoba", str(tmp_path / "front"), "--json").json
    assert "problem.html" in told["files"]
    assert {file.name for file in (tmp_path / "front").iterdir()} == set(told["files"])
    (tmp_path / "file").write_text("")
    refused = idp("tenant", "front-pages", "aoba", str(tmp_path / "file"))
    assert (refused.code, "Traceback" in refused.err) == (2, False)
